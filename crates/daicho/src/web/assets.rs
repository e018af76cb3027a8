//! Style sheet, script and icon.

use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

/// An embedded file. Its address changes with its content, so a browser may keep it for ever.
pub async fn asset(uri: Uri) -> Response {
    match ui::assets::find(uri.path()) {
        Some(asset) => {
            let headers = [
                (header::CONTENT_TYPE, asset.content_type),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ];
            (headers, asset.bytes).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The icon under the address that browsers guess.
pub async fn icon() -> Response {
    ([(header::CONTENT_TYPE, ui::assets::ICON.content_type)], ui::assets::ICON.bytes).into_response()
}
