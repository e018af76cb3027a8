//! The server: how requests come in, who they are from, and how answers go out.
//!
//! In reading order: [`App`] is what every request shares, `request` reads one, `dispatch` runs the handler of a route
//! in a transaction, `answer` sends what it gave, `frame` puts a page into its surroundings. The other modules are
//! addresses that are no records: signing in, assets, health.

mod answer;
mod apart;
mod app;
mod assets;
mod backups;
mod cookies;
pub(crate) mod danger;
pub mod device;
mod dispatch;
pub mod evidence;
mod factors;
mod foreign;
mod frame;
mod headers;
mod health;
mod help;
mod journal;
mod locks;
mod metrics;
mod paper;
mod password;
mod profile;
mod proof;
pub mod request;
mod second;
mod sign_in;
mod sso;
mod work;

pub use app::App;
pub use dispatch::serve_route;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use ui::web::{Handler, Place, Route};

/// Every page route: those of the generic screens, of the areas, and the server's own.
pub fn routes() -> Vec<Route> {
    let mut routes = ui::screens::routes();
    routes.extend(talent::routes());
    routes.extend(engagement::routes());
    routes.extend(assurance::routes());
    routes.extend(paper::routes());
    routes.extend(profile::routes());
    routes.extend(locks::routes());
    routes.extend(work::routes());
    routes.extend(backups::routes());
    routes.extend(journal::routes());
    routes
}

/// Places in the navigation that are no ledgers.
pub fn places() -> Vec<Place> {
    let mut places = talent::places();
    places.extend(engagement::places());
    places.extend(assurance::places());
    places.push(password::PLACE);
    places.push(backups::PLACE);
    places.push(journal::PLACE);
    places.push(locks::PLACE);
    places
}

/// The whole server as one service.
pub fn router(app: App) -> Router {
    let mut router = Router::new()
        .route("/sign-in", get(sign_in::form).post(sign_in::enter))
        .route("/sign-in/sso", get(sso::begin))
        .route("/sign-in/sso/callback", get(sso::finish))
        .route("/signed-out", get(sso::signed_out))
        .route("/sign-in/second", get(second::form).post(second::show))
        .route("/sign-in/again", get(second::again_form).post(second::again))
        .route("/sign-in/challenge", post(second::challenge))
        .route("/sign-in/lock", post(second::lock))
        .route("/sign-out", post(sign_in::leave))
        .route("/profile/password", get(sign_in::password_form).post(sign_in::change_password))
        .route("/profile/factors", get(factors::list))
        .route("/profile/factors/code", post(factors::begin_code))
        .route("/profile/factors/code/confirm", post(factors::confirm_code))
        .route("/profile/factors/passkey", post(factors::begin_passkey))
        .route("/profile/factors/passkey/confirm", post(factors::confirm_passkey))
        .route("/profile/factors/name", post(factors::name))
        .route("/profile/factors/remove", post(factors::remove))
        .route("/profile/factors/recovery", post(factors::recovery))
        .route("/accounts/password", get(password::form).post(password::issue))
        .route("/documents/{name}", get(paper::one))
        .route("/help", get(help::help))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .route("/assets/{*path}", get(assets::asset))
        .route("/favicon.ico", get(assets::icon));
    for route in routes() {
        let handler = match route.handler {
            Handler::Read(_) | Handler::Noted(_) | Handler::Traced(_) => {
                get(move |app, request| dispatch::serve_route(app, request, route))
            }
            Handler::Write(_) => post(move |app, request| dispatch::serve_route(app, request, route)),
        };
        router = router.route(route.path, handler);
    }
    let largest = app.installation.settings.upload_megabytes.saturating_mul(1_000_000);
    router
        .merge(crate::api::router())
        .fallback(dispatch::not_found)
        .layer(DefaultBodyLimit::max(largest))
        .layer(from_fn_with_state(app.clone(), metrics::measure))
        .layer(from_fn_with_state(app.clone(), headers::limit))
        .layer(from_fn_with_state(app.clone(), apart::guard))
        .layer(from_fn_with_state(app.clone(), foreign::guard))
        .layer(from_fn(headers::sound))
        .layer(from_fn_with_state(app.clone(), headers::protect))
        .layer(from_fn_with_state(app.clone(), headers::client))
        .with_state(app)
}
