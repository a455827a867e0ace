//! What a refused or failed request answers: `{"error": {"code", "message", "field"?}}`.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use mingchu_domain::{camera::GapCause, notice::NoticeRefused, time::WallTime};
use mingchu_store::{Refused, StoreError};
use serde::Serialize;
use utoipa::ToSchema;

/// The body of every 4xx and 5xx.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorDetail,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorDetail {
    /// A stable word for programs, as `photo_too_large`.
    #[schema(value_type = String)]
    pub code: &'static str,
    /// For a person: the thing and the remedy.
    pub message: String,
    /// The field of the request that is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub field: Option<&'static str>,
    /// Why the camera is lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::record::word::GapCause>)]
    pub cause: Option<GapCause>,
    /// Since when the camera is lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<WallTime>,
}

/// A refused or failed request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    /// HTTP status.
    pub status: StatusCode,
    /// A stable word for programs.
    pub code: &'static str,
    /// For a person.
    pub message: String,
    /// The field at fault.
    pub field: Option<&'static str>,
    /// When trying again makes sense.
    pub retry_after_s: Option<u64>,
    /// Why and since when the camera is lost that should be shown.
    pub lost: Option<(GapCause, WallTime)>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), field: None, retry_after_s: None, lost: None }
    }
    /// 422: a field of the request, and what it may be.
    pub(crate) fn invalid(code: &'static str, field: &'static str, message: impl Into<String>) -> Self {
        Self { field: Some(field), ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message) }
    }
    /// 401.
    pub(crate) fn not_signed_in() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not_signed_in", "sign in first; the session may have expired")
    }
    /// 404: absent, or outside the caller's scope.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("{what} does not exist or is outside your area"))
    }
    /// 403.
    pub(crate) fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }
    /// 409: the request does not fit the state of the thing.
    pub(crate) fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }
    /// 429.
    pub(crate) fn too_many(code: &'static str, message: impl Into<String>, retry_after_s: u64) -> Self {
        Self { retry_after_s: Some(retry_after_s), ..Self::new(StatusCode::TOO_MANY_REQUESTS, code, message) }
    }
    /// 500; the cause is logged here, with its whole chain, and never shown.
    pub(crate) fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut chain = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            chain.push_str(": ");
            chain.push_str(&cause.to_string());
            source = cause.source();
        }
        tracing::error!(error = %chain, "request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the server failed; nothing was changed. Try again, and tell the operator the time if it stays",
        )
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (cause, since) = self.lost.unzip();
        let error = ErrorDetail { code: self.code, message: self.message, field: self.field, cause, since };
        let mut response = (self.status, Json(ErrorBody { error })).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::NotFound { what } => Self::not_found(what),
            StoreError::BadCursor(_) => Self::invalid("invalid_cursor", "cursor", "start again from the first page"),
            StoreError::Conflict { constraint } => {
                tracing::info!(constraint, "request refused by a constraint");
                Self::conflict(
                    "conflict",
                    format!("this contradicts what is stored ({constraint}); load the page again"),
                )
            }
            StoreError::Refused(Refused::Policy(invalid)) => {
                Self::invalid("invalid_policy", invalid.field, invalid.to_string())
            }
            StoreError::Refused(refused) => Self::conflict(code_of(refused), refused.to_string()),
            _ => Self::internal(&error),
        }
    }
}

const fn code_of(refused: &Refused) -> &'static str {
    match refused {
        Refused::Notice(NoticeRefused::NotFormal) => "not_confirmed_yet",
        Refused::Notice(NoticeRefused::Illegal { .. }) => "does_not_fit_state",
        Refused::Reviewed(_) => "already_reviewed",
        Refused::NotReviewed => "not_reviewed",
        Refused::UndoTooLate => "undo_too_late",
        Refused::NeverPublic(_) => "zone_never_public",
        Refused::EnoughReferences => "enough_references",
        Refused::NoDeadline => "no_deadline",
        Refused::Policy(_) => "invalid_policy",
        Refused::OtherStill => "other_still",
        Refused::Released => "already_released",
        Refused::Held => "footage_held",
    }
}
