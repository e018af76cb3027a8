//! Figures for monitoring, in the text format of Prometheus. No figure has a label that names a person or record.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::App;

/// Upper bounds of the classes of duration, in milliseconds.
const BOUNDS: [u64; 9] = [1, 2, 5, 10, 25, 100, 500, 2_000, 10_000];

/// Figures since the program started.
#[derive(Default)]
pub struct Metrics {
    classes: [AtomicU64; 10],
    microseconds: AtomicU64,
    by_status: [AtomicU64; 5],
}

impl Metrics {
    fn add(&self, status: u16, took: Duration) {
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let class = BOUNDS.iter().position(|bound| millis <= *bound).unwrap_or(BOUNDS.len());
        if let Some(class) = self.classes.get(class) {
            class.fetch_add(1, Ordering::Relaxed);
        }
        self.microseconds.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        if let Some(count) = self.by_status.get(usize::from(status / 100).saturating_sub(1)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The figures as text. `gauges` are further figures with their help.
    pub fn text(&self, gauges: &[(&str, &str, u64)]) -> String {
        let mut text = String::from(
            "# HELP daicho_requests_total Requests answered, by class of status.\n# TYPE daicho_requests_total counter\n",
        );
        for (class, count) in self.by_status.iter().enumerate() {
            let count = count.load(Ordering::Relaxed);
            let _ = writeln!(text, "daicho_requests_total{{status=\"{}xx\"}} {count}", class + 1);
        }
        text.push_str("# HELP daicho_request_seconds Time to answer.\n# TYPE daicho_request_seconds histogram\n");
        let mut sum = 0;
        for (index, class) in self.classes.iter().enumerate() {
            sum += class.load(Ordering::Relaxed);
            match BOUNDS.get(index) {
                Some(millis) => {
                    let seconds = Duration::from_millis(*millis).as_secs_f64();
                    let _ = writeln!(text, "daicho_request_seconds_bucket{{le=\"{seconds}\"}} {sum}");
                }
                None => {
                    let _ = writeln!(text, "daicho_request_seconds_bucket{{le=\"+Inf\"}} {sum}");
                }
            }
        }
        let seconds = Duration::from_micros(self.microseconds.load(Ordering::Relaxed)).as_secs_f64();
        let _ = writeln!(text, "daicho_request_seconds_sum {seconds}\ndaicho_request_seconds_count {sum}");
        for (name, help, value) in gauges {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}");
        }
        text
    }
}

/// Measure how long an answer takes, and log it without address of record or person.
pub async fn measure(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = started();
    let method = request.method().clone();
    // The pattern of the route, never the address itself: identifiers and search words stay out of the log.
    let route = request.extensions().get::<axum::extract::MatchedPath>().map(|path| path.as_str().to_string());
    let response = next.run(request).await;
    let took = started.elapsed();
    app.metrics.add(response.status().as_u16(), took);
    tracing::info!(
        %method,
        route = route.as_deref().unwrap_or("-"),
        status = response.status().as_u16(),
        millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "answered"
    );
    response
}

fn started() -> std::time::Instant {
    std::time::Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_add_up_and_the_last_holds_all() {
        let metrics = Metrics::default();
        metrics.add(200, Duration::from_millis(1));
        metrics.add(404, Duration::from_millis(30));
        metrics.add(503, Duration::from_secs(60));
        let text = metrics.text(&[("daicho_jobs_waiting", "Jobs.", 4)]);
        for line in [
            "daicho_requests_total{status=\"2xx\"} 1",
            "daicho_requests_total{status=\"4xx\"} 1",
            "daicho_request_seconds_bucket{le=\"0.001\"} 1",
            "daicho_request_seconds_bucket{le=\"0.1\"} 2",
            "daicho_request_seconds_bucket{le=\"+Inf\"} 3",
            "daicho_request_seconds_count 3",
            "daicho_jobs_waiting 4",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
