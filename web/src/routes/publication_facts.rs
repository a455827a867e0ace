//! What a canteen has done before any picture of it may be public. The canteen enters it; the authority reads it.

use crate::{
    app::App,
    caller::Caller,
    error::{ApiError, ErrorBody},
    extract::{Body, Segments},
    record::publication::{EnterFact, PublicationFact, PublicationFacts},
    registry::{Access, Routes},
};
use axum::{Json, extract::State};
use jiff::{civil::Date, tz::Offset};
use mingchu_domain::{id::CanteenId, publication::FactKind, role::Permission, time::WallTime};
use mingchu_store::NewPublicationFact;
use utoipa_axum::routes;

const MOST_LETTERS: usize = 200;

pub(super) fn add(routes: Routes) -> Routes {
    let access = Access::Needs(Permission::EnterFacts);
    routes.add(access, routes!(enter_fact)).add(access, routes!(withdraw_fact))
}

/// Enters what the canteen has done; the entry of its kind before is no longer in force.
#[utoipa::path(
    put, path = "/api/v1/canteens/{id}/publication-facts/{kind}", tag = "publication",
    params(
        ("id" = String, Path, description = "canteen"),
        ("kind" = String, Path, description = "signage, staff_notice or assessment")
    ),
    request_body = EnterFact,
    responses(
        (status = 200, body = PublicationFacts), (status = 404, body = ErrorBody), (status = 422, body = ErrorBody)
    )
)]
async fn enter_fact(
    State(app): State<App>,
    caller: Caller,
    segments: Segments<(String, String)>,
    Body(entered): Body<EnterFact>,
) -> Result<Json<PublicationFacts>, ApiError> {
    let (canteen, kind) = asked(segments)?;
    let EnterFact { basis, done_on, note } = entered;
    if basis.is_some() != (kind == FactKind::StaffNotice) {
        let message = "a staff notice says on what the staff's pictures may go out; nothing else does";
        return Err(ApiError::invalid("bad_basis", "basis", message));
    }
    let fact = NewPublicationFact { kind, basis, done_on: day(&done_on, app.now())?, note: note.trim().to_owned() };
    if fact.note.chars().count() > MOST_LETTERS {
        return Err(ApiError::invalid("too_long", "note", format!("at most {MOST_LETTERS} letters")));
    }
    app.store.enter_publication_fact(&caller.scope, canteen, &fact, &caller.reviewer(), app.now()).await?;
    known(&app, canteen).await
}

/// Says that it is no longer so; whoever watches the canteen is sent away at once.
#[utoipa::path(
    delete, path = "/api/v1/canteens/{id}/publication-facts/{kind}", tag = "publication",
    params(
        ("id" = String, Path, description = "canteen"),
        ("kind" = String, Path, description = "signage, staff_notice or assessment")
    ),
    responses(
        (status = 200, body = PublicationFacts), (status = 404, body = ErrorBody)
    )
)]
async fn withdraw_fact(
    State(app): State<App>,
    caller: Caller,
    segments: Segments<(String, String)>,
) -> Result<Json<PublicationFacts>, ApiError> {
    let (canteen, kind) = asked(segments)?;
    app.store.withdraw_publication_fact(&caller.scope, canteen, kind, &caller.reviewer(), app.now()).await?;
    app.gate_news.send_modify(|count| *count += 1);
    known(&app, canteen).await
}

fn asked(Segments((canteen, kind)): Segments<(String, String)>) -> Result<(CanteenId, FactKind), ApiError> {
    let canteen = canteen.parse().map_err(|_| ApiError::not_found("canteen"))?;
    let kind = FactKind::parse(&kind).ok_or_else(|| ApiError::not_found("fact"))?;
    Ok((canteen, kind))
}

/// Returns the day as it is stored, which has come in China.
fn day(text: &str, now: WallTime) -> Result<String, ApiError> {
    let wrong = || ApiError::invalid("bad_day", "done_on", "a day as 2026-09-01, today at the latest");
    let day: Date = text.parse().map_err(|_| wrong())?;
    let now = jiff::Timestamp::from_microsecond(now.micros()).map_err(|_| wrong())?;
    let today = Offset::constant(8).to_datetime(now).date();
    if day > today { Err(wrong()) } else { Ok(day.to_string()) }
}

async fn known(app: &App, canteen: CanteenId) -> Result<Json<PublicationFacts>, ApiError> {
    let facts = app.store.publication_facts(canteen).await?;
    Ok(Json(PublicationFacts { facts: facts.into_iter().map(PublicationFact::from).collect() }))
}
