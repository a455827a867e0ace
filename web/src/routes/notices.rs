//! Notices: the canteen acknowledges, rectifies or appeals; the regulator closes, rejects or extends.

use crate::{
    app::App,
    caller::Caller,
    error::{ApiError, ErrorBody},
    extract::{Body, Id, Params},
    photo,
    record::notice::{Extension, Notice, NoticeDetail, NoticePage, NoticeQuery, OptionalText, RectificationForm, Text},
    registry::{Access, Routes},
};
use axum::{
    Json,
    extract::{DefaultBodyLimit, Multipart, State, multipart::MultipartRejection},
};
use mingchu_domain::{
    id::{NoticeId, RectificationId},
    notice::NoticeEvent,
    role::Permission,
};
use mingchu_store::{Answer, NoticeFilter, PageKey, Photo};
use sha2::{Digest as _, Sha256};
use utoipa_axum::{router::UtoipaMethodRouterExt as _, routes};

const LONGEST_TEXT: usize = 500;
/// Room in an upload for the form's text and boundaries.
const FORM_BYTES: usize = 64 << 10;

pub(super) fn add(routes: Routes) -> Routes {
    let view = Access::Needs(Permission::ViewNotices);
    let answer = Access::Needs(Permission::AnswerNotices);
    let review = Access::Needs(Permission::Review);
    let upload_limit = DefaultBodyLimit::max(routes.app().config.upload_limit_bytes() + FORM_BYTES);
    routes
        .add(view, routes!(notices))
        .add(view, routes!(notice))
        .add(answer, routes!(acknowledge))
        .add(answer, routes!(rectify).layer(upload_limit))
        .add(answer, routes!(appeal))
        .add(review, routes!(close))
        .add(review, routes!(reject))
        .add(review, routes!(extend))
}

/// Returns the notices of the caller's scope, newest first.
#[utoipa::path(
    get, path = "/api/v1/notices", tag = "notices", params(NoticeQuery),
    responses(
        (status = 200, body = NoticePage), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 422, body = ErrorBody)
    )
)]
async fn notices(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<NoticeQuery>,
) -> Result<Json<NoticePage>, ApiError> {
    let filter = NoticeFilter {
        state: query.state,
        open: query.open.unwrap_or(false),
        overdue: query.overdue.unwrap_or(false),
        canteen_id: query.canteen_id,
    };
    let key = PageKey { after: query.cursor, limit: query.limit.unwrap_or(0) };
    let now = app.now();
    let page = app.store.notices(&caller.scope, &filter, &key, now).await?;
    let notices = page.items.into_iter().map(|notice| Notice::new(notice, now));
    Ok(Json(NoticePage { notices: notices.collect(), next: page.next }))
}

/// Returns a notice with everything that happened to it.
#[utoipa::path(
    get, path = "/api/v1/notices/{id}", tag = "notices", params(("id" = String, Path, description = "notice")),
    responses((status = 200, body = NoticeDetail), (status = 404, body = ErrorBody))
)]
async fn notice(State(app): State<App>, caller: Caller, Id(id): Id<NoticeId>) -> Result<Json<NoticeDetail>, ApiError> {
    detail(&app, &caller, id).await
}

/// The canteen has read it.
#[utoipa::path(
    post, path = "/api/v1/notices/{id}/acknowledge", tag = "notices",
    params(("id" = String, Path, description = "notice")),
    responses((status = 200, body = NoticeDetail), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody))
)]
async fn acknowledge(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<NoticeId>,
) -> Result<Json<NoticeDetail>, ApiError> {
    take(&app, &caller, id, NoticeEvent::Acknowledge, String::new()).await
}

/// The canteen sends what it did, with a photo.
#[utoipa::path(
    post, path = "/api/v1/notices/{id}/rectify", tag = "notices", params(("id" = String, Path, description = "notice")),
    request_body(content = RectificationForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, body = NoticeDetail), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
        (status = 413, body = ErrorBody, description = "over the limit, which it names"),
        (status = 422, body = ErrorBody, description = "no picture, or none at all")
    )
)]
async fn rectify(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<NoticeId>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Json<NoticeDetail>, ApiError> {
    let form =
        form.map_err(|_| ApiError::invalid("invalid_form", "photo", "send text and photo as a multipart form"))?;
    let form = photo::read_form(form, app.config.upload_limit_bytes()).await?;
    let text = checked(&form.text)?;
    let picture = form.photo.ok_or_else(|| {
        ApiError::invalid("photo_missing", "photo", "a rectification needs a photo of what was put right")
    })?;
    let jpeg = app.photos.rewrite(picture).await?;
    let object_key = format!("rectification/{}.jpg", RectificationId::generate());
    let sha256 = hex::encode(Sha256::digest(&jpeg));
    app.store.objects().put(&object_key, jpeg).await?;
    let answer = Answer { text, photo: Some(Photo { object_key: object_key.clone(), sha256 }) };
    let event = NoticeEvent::Rectify;
    let taken = app.store.notice_event(&caller.scope, id, &caller.reviewer(), event, &answer, app.now()).await;
    if let Err(refused) = taken {
        // the bytes came first; without a row nobody will ever ask for them
        if let Err(error) = app.store.objects().delete(&object_key).await {
            tracing::warn!(%error, "photo of a refused rectification stays behind");
        }
        return Err(refused.into());
    }
    detail(&app, &caller, id).await
}

/// The canteen objects.
#[utoipa::path(
    post, path = "/api/v1/notices/{id}/appeal", tag = "notices", params(("id" = String, Path, description = "notice")),
    request_body = Text,
    responses(
        (status = 200, body = NoticeDetail), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
        (status = 422, body = ErrorBody)
    )
)]
async fn appeal(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<NoticeId>,
    Body(words): Body<Text>,
) -> Result<Json<NoticeDetail>, ApiError> {
    take(&app, &caller, id, NoticeEvent::Appeal, checked(&words.text)?).await
}

/// The regulator accepts the rectification.
#[utoipa::path(
    post, path = "/api/v1/notices/{id}/close", tag = "notices", params(("id" = String, Path, description = "notice")),
    request_body = OptionalText,
    responses(
        (status = 200, body = NoticeDetail), (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "not rectified, or nobody has confirmed the violation yet")
    )
)]
async fn close(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<NoticeId>,
    words: Option<Json<OptionalText>>,
) -> Result<Json<NoticeDetail>, ApiError> {
    let text = words.and_then(|Json(words)| words.text).unwrap_or_default();
    let text = if text.trim().is_empty() { String::new() } else { checked(&text)? };
    take(&app, &caller, id, NoticeEvent::Close, text).await
}

/// The regulator wants more, or refuses the appeal; the notice is open again.
#[utoipa::path(
    post, path = "/api/v1/notices/{id}/reject", tag = "notices", params(("id" = String, Path, description = "notice")),
    request_body = Text,
    responses(
        (status = 200, body = NoticeDetail), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
        (status = 422, body = ErrorBody)
    )
)]
async fn reject(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<NoticeId>,
    Body(words): Body<Text>,
) -> Result<Json<NoticeDetail>, ApiError> {
    take(&app, &caller, id, NoticeEvent::Reject, checked(&words.text)?).await
}

/// The regulator gives more time.
#[utoipa::path(
    post, path = "/api/v1/notices/{id}/extend", tag = "notices", params(("id" = String, Path, description = "notice")),
    request_body = Extension,
    responses(
        (status = 200, body = NoticeDetail), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
        (status = 422, body = ErrorBody)
    )
)]
async fn extend(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<NoticeId>,
    Body(extension): Body<Extension>,
) -> Result<Json<NoticeDetail>, ApiError> {
    let text = checked(&extension.text)?;
    let now = app.now();
    if extension.deadline_at <= now {
        return Err(ApiError::invalid("deadline_past", "deadline_at", "the new deadline must lie in the future"));
    }
    app.store.extend_deadline(&caller.scope, id, &caller.reviewer(), extension.deadline_at, &text, now).await?;
    detail(&app, &caller, id).await
}

async fn take(
    app: &App,
    caller: &Caller,
    id: NoticeId,
    event: NoticeEvent,
    text: String,
) -> Result<Json<NoticeDetail>, ApiError> {
    let answer = Answer { text, photo: None };
    app.store.notice_event(&caller.scope, id, &caller.reviewer(), event, &answer, app.now()).await?;
    detail(app, caller, id).await
}

async fn detail(app: &App, caller: &Caller, id: NoticeId) -> Result<Json<NoticeDetail>, ApiError> {
    let found = app.store.notice(&caller.scope, id).await?;
    Ok(Json(NoticeDetail::new(found, app.now())))
}

fn checked(text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST_TEXT {
        let message = format!("write 1 to {LONGEST_TEXT} characters: what was done, or why");
        return Err(ApiError::invalid("bad_text", "text", message));
    }
    Ok(text.to_owned())
}
