//! Problem details (RFC 9457).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ledger::Refusal;
use ledger::port::StoreError;
use serde_json::{Value, json};

/// Why a call fails.
pub enum Failure {
    /// Nobody known calls.
    Unauthorised,
    /// A session without its secret.
    Forged,
    /// The last proof of a person is too old for a dangerous act.
    Stale,
    /// A token for reading only.
    ReadOnly,
    /// The body or a parameter cannot be read.
    Malformed(String),
    /// `If-Match` is missing.
    NoRevision,
    /// The address asks too often.
    TooMany,
    /// The kernel refuses.
    Refusal(Refusal),
    /// The program failed.
    Broken,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Failure::Refusal(refusal)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Refusal(error.into())
    }
}

/// The response for a failure. `type` is an address on this server that never changes for its meaning.
pub fn response(failure: &Failure) -> Response {
    let (status, kind, title, more) = describe(failure);
    if status.is_server_error() {
        tracing::error!(kind, "call failed");
    }
    let mut body = json!({ "type": format!("/help/problems/{kind}"), "title": title, "status": status.as_u16() });
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    let text = serde_json::to_string(&body).unwrap_or_default();
    let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], text).into_response();
    if matches!(failure, Failure::Unauthorised) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

fn describe(failure: &Failure) -> (StatusCode, &'static str, &'static str, Value) {
    let none = Value::Null;
    match failure {
        Failure::Unauthorised => {
            (StatusCode::UNAUTHORIZED, "unauthorised", "有効なトークンまたはサインインが必要です。", none)
        }
        Failure::Forged => (
            StatusCode::FORBIDDEN,
            "forged",
            "要求を受け付けられません。",
            json!({ "detail": "Cookieで呼び出すときは、X-Daicho-Secretヘッダーが必要です。" }),
        ),
        Failure::Stale => (
            StatusCode::FORBIDDEN,
            "stale",
            "大切な操作なので、本人の確認が必要です。",
            json!({ "detail": "画面の /sign-in/again で本人の確認をしてから、もう一度呼び出してください。" }),
        ),
        Failure::ReadOnly => (StatusCode::FORBIDDEN, "read-only", "このトークンは読取り専用です。", none),
        Failure::Malformed(detail) => {
            (StatusCode::BAD_REQUEST, "malformed", "要求を読み取れません。", json!({ "detail": detail }))
        }
        Failure::NoRevision => (
            StatusCode::PRECONDITION_REQUIRED,
            "no-revision",
            "If-Matchヘッダーが必要です。",
            json!({ "detail": "読み取ったときのETagを、そのままIf-Matchに指定してください。" }),
        ),
        Failure::TooMany => (
            StatusCode::TOO_MANY_REQUESTS,
            "too-many",
            "短い時間に多くの要求がありました。",
            json!({ "detail": "Retry-Afterの秒数だけ待ってから、もう一度要求してください。" }),
        ),
        Failure::Broken => (StatusCode::INTERNAL_SERVER_ERROR, "broken", "処理に失敗しました。", none),
        Failure::Refusal(refusal) => match refusal {
            Refusal::NotFound => (StatusCode::NOT_FOUND, "not-found", "見つかりません。", none),
            Refusal::Disposed(by) => (
                StatusCode::GONE,
                "disposed",
                "廃棄済みです。",
                json!({ "detail": "保存期間が過ぎ、二人の決定で廃棄されました。", "disposal": by.disposal, "disposed_at": by.at }),
            ),
            Refusal::Denied(detail) => {
                (StatusCode::FORBIDDEN, "denied", "許されていません。", json!({ "detail": detail }))
            }
            Refusal::Conflict(record) => (
                StatusCode::PRECONDITION_FAILED,
                "conflict",
                "ほかの人が先に更新しました。",
                json!({ "detail": "今の内容を読み直してから、もう一度要求してください。", "revision": record.revision }),
            ),
            Refusal::Invalid(problems) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "invalid", "入力に誤りがあります。", json!({ "errors": problems }))
            }
            Refusal::Store(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "データベースを利用できません。", none)
            }
            Refusal::Definition(_) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "definition", "業務パックの定義に誤りがあります。", none)
            }
        },
    }
}
