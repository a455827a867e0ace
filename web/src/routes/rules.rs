//! The rule pack, what reviews say of it, mutes, and what canteens say of themselves.

use super::cameras::range_of;
use crate::{
    app::App,
    caller::Caller,
    error::{ApiError, ErrorBody},
    extract::{Body, Id, Params, Segments},
    record::{
        archive::Span,
        rule::{
            Judgement, Judgements, Limit, NewMute, Precision, Precisions, Rules, RulesEdit, Site, SiteEdit, Version,
        },
    },
    registry::{Access, Routes},
};
use axum::{Json, extract::State, http::StatusCode};
use mingchu_domain::{
    id::{CameraId, CanteenId},
    role::Permission,
    rule::{InvalidPack, Rule, RuleCode, RulePack},
    time::TimeRange,
};
use mingchu_store::{Mute, StoreError};
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;
use utoipa_axum::routes;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// Precision looks back this far.
const PRECISION_OF: Duration = DAY.saturating_mul(7);
/// Fewer verdicts say nothing about a rule.
const LEAST_VERDICTS: u32 = 4;
const LONGEST_MUTE: Duration = DAY.saturating_mul(90);
const MOST_COLOURS: usize = 6;

pub(super) fn add(routes: Routes) -> Routes {
    let view = Access::Needs(Permission::ViewPlaces);
    let edit = Access::Needs(Permission::EditRules);
    routes
        .add(view, routes!(rules))
        .add(edit, routes!(edit_rules))
        .add(Access::Needs(Permission::ViewViolations), routes!(precision))
        .add(edit, routes!(mute, unmute))
        .add(view, routes!(judgements))
        .add(view, routes!(site))
        .add(edit, routes!(set_site))
}

/// Returns the rules in force, with their versions.
#[utoipa::path(
    get, path = "/api/v1/rules", tag = "rules",
    responses((status = 200, body = Rules), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody))
)]
async fn rules(State(app): State<App>, _caller: Caller) -> Result<Json<Rules>, ApiError> {
    answer(&app).await
}

async fn answer(app: &App) -> Result<Json<Rules>, ApiError> {
    let pack = app.store.rule_pack().await?;
    let versions = app.store.rule_versions().await?;
    let version = |v: mingchu_store::PackVersion| Version { version: v.version, saved_at: v.saved_at, by: v.by };
    let limit = |&code: &RuleCode| {
        let (measures, least, most) = Rule::limit_of(code)?;
        Some(Limit { code, measures: measures.to_owned(), least, most })
    };
    Ok(Json(Rules {
        rules: same(&pack.rules)?,
        provinces: same(&pack.provinces)?,
        pack: pack.pack,
        version: pack.version,
        service_hours: pack.service_hours,
        limits: RuleCode::ALL.iter().filter_map(limit).collect(),
        versions: versions.into_iter().map(version).collect(),
    }))
}

/// Saves a new version of the rules, which binds from now on; old violations keep the version they were judged by.
#[utoipa::path(
    put, path = "/api/v1/rules", tag = "rules", request_body = RulesEdit,
    responses(
        (status = 200, body = Rules), (status = 403, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "somebody has saved another version meanwhile"),
        (status = 422, body = ErrorBody, description = "names the rule, the field and what it may be")
    )
)]
async fn edit_rules(
    State(app): State<App>,
    caller: Caller,
    Body(edit): Body<RulesEdit>,
) -> Result<Json<Rules>, ApiError> {
    let old = app.store.rule_pack().await?;
    if edit.version != old.version {
        return Err(stale(old.version));
    }
    let next = RulePack {
        version: old.version + 1,
        service_hours: edit.service_hours,
        rules: same(&edit.rules)?,
        provinces: same(&edit.provinces)?,
        ..old.clone()
    };
    next.check().map_err(|error| invalid(&error))?;
    if let Some(gone) = old.rules.iter().find(|rule| next.rule(rule.code).is_none()) {
        let message = format!("rule {} is missing; switch a rule off instead of leaving it out", gone.code.as_str());
        return Err(ApiError::invalid("invalid_rules", "rules", message));
    }
    let is_changed = |rule: &&Rule| old.rule(rule.code) != Some(*rule);
    let mut changed: Vec<&str> = next.rules.iter().filter(is_changed).map(|rule| rule.code.as_str()).collect();
    if next.provinces != old.provinces {
        changed.push("provinces");
    }
    if next.service_hours != old.service_hours {
        changed.push("service_hours");
    }
    if changed.is_empty() {
        return Err(ApiError::invalid("nothing_changed", "rules", "nothing differs from the rules in force"));
    }
    match app.store.edit_rules(&next, &changed, &caller.reviewer(), app.now()).await {
        Err(StoreError::Conflict { .. }) => Err(stale(next.version)),
        saved => {
            saved?;
            answer(&app).await
        }
    }
}

fn stale(version: u32) -> ApiError {
    let message = format!("version {version} is in force now; load the rules again and repeat your change");
    ApiError::conflict("rules_changed", message)
}

fn invalid(error: &InvalidPack) -> ApiError {
    ApiError::invalid("invalid_rules", "rules", error.to_string())
}

/// Returns a value as the type of the same JSON on the other side of the API.
fn same<T: DeserializeOwned>(value: &impl Serialize) -> Result<T, ApiError> {
    let json = serde_json::to_value(value).map_err(|error| ApiError::internal(&error))?;
    serde_json::from_value(json).map_err(|error| ApiError::invalid("invalid_rules", "rules", error.to_string()))
}

/// Returns what reviews of the last seven days say of each rule at each camera.
#[utoipa::path(
    get, path = "/api/v1/rules/precision", tag = "rules",
    responses((status = 200, body = Precisions), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody))
)]
async fn precision(State(app): State<App>, caller: Caller) -> Result<Json<Precisions>, ApiError> {
    let now = app.now();
    let range = TimeRange::new(now - PRECISION_OF, now + DAY).ok_or_else(|| ApiError::not_found("span"))?;
    let found = app.store.precision(&caller.scope, range).await?;
    let mutes = app.store.mutes(&caller.scope, now).await?;
    let muted = |camera: CameraId, code| mutes.iter().find(|mute| mute.camera_id == camera && mute.code == code);
    let row = |p: &mingchu_store::Precision| {
        let mute = muted(p.camera_id, p.code);
        let verdicts = p.confirmed + p.dismissed;
        Precision {
            camera_id: p.camera_id,
            code: p.code,
            confirmed: p.confirmed,
            dismissed: p.dismissed,
            to_review: p.to_review,
            is_mute_offered: mute.is_none() && verdicts >= LEAST_VERDICTS && 2 * p.dismissed > verdicts,
            muted_until: mute.map(|mute| mute.until),
            muted_because: mute.map(|mute| mute.reason.clone()),
        }
    };
    let mut rows: Vec<Precision> = found.iter().map(row).collect();
    let is_listed = |mute: &&Mute| found.iter().any(|p| p.camera_id == mute.camera_id && p.code == mute.code);
    rows.extend(mutes.iter().filter(|mute| !is_listed(mute)).map(|mute| Precision {
        camera_id: mute.camera_id,
        code: mute.code,
        confirmed: 0,
        dismissed: 0,
        to_review: 0,
        is_mute_offered: false,
        muted_until: Some(mute.until),
        muted_because: Some(mute.reason.clone()),
    }));
    Ok(Json(Precisions { rows }))
}

/// Mutes a rule at a camera: it is judged and counted, and opens no violations until then.
#[utoipa::path(
    put, path = "/api/v1/cameras/{id}/mutes/{code}", tag = "rules", request_body = NewMute,
    params(("id" = String, Path, description = "camera"), ("code" = String, Path, description = "rule")),
    responses((status = 204), (status = 404, body = ErrorBody), (status = 422, body = ErrorBody))
)]
async fn mute(
    State(app): State<App>,
    caller: Caller,
    Id(camera_id): Id<CameraId>,
    segments: Segments<(String, String)>,
    Body(new): Body<NewMute>,
) -> Result<StatusCode, ApiError> {
    let (code, now) = (code_of(segments)?, app.now());
    if new.until <= now || new.until > now + LONGEST_MUTE {
        return Err(ApiError::invalid("bad_until", "until", "a mute ends between now and 90 days from now"));
    }
    let reason = new.reason.trim();
    if reason.is_empty() || reason.chars().count() > 200 {
        return Err(ApiError::invalid("bad_text", "reason", "say why, in at most 200 characters"));
    }
    let by = caller.reviewer();
    let mute = Mute { camera_id, code, until: new.until, reason: reason.to_owned(), by: by.office.clone() };
    app.store.mute(&caller.scope, &mute, &by, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a mute.
#[utoipa::path(
    delete, path = "/api/v1/cameras/{id}/mutes/{code}", tag = "rules",
    params(("id" = String, Path, description = "camera"), ("code" = String, Path, description = "rule")),
    responses((status = 204), (status = 404, body = ErrorBody))
)]
async fn unmute(
    State(app): State<App>,
    caller: Caller,
    Id(camera): Id<CameraId>,
    segments: Segments<(String, String)>,
) -> Result<StatusCode, ApiError> {
    app.store.unmute(&caller.scope, camera, code_of(segments)?, &caller.reviewer(), app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn code_of(Segments((_, code)): Segments<(String, String)>) -> Result<RuleCode, ApiError> {
    RuleCode::parse(&code).ok_or_else(|| ApiError::not_found("rule"))
}

/// Returns how often each rule was judged, and how often it could not be, and why.
#[utoipa::path(
    get, path = "/api/v1/judgements", tag = "rules", params(Span),
    responses((status = 200, body = Judgements), (status = 401, body = ErrorBody), (status = 422, body = ErrorBody))
)]
async fn judgements(
    State(app): State<App>,
    caller: Caller,
    Params(span): Params<Span>,
) -> Result<Json<Judgements>, ApiError> {
    let rows = app.store.tallies(&caller.scope, range_of(&app, &span)?).await?;
    let rows = rows.into_iter().map(|row| Judgement {
        camera_id: row.camera_id,
        code: row.code,
        state: row.state,
        why_not: row.why_not,
        judged: row.judged,
    });
    Ok(Json(Judgements { rows: rows.collect() }))
}

/// Returns in which colours a canteen works, and when.
///
/// When it works is said on the page for public pictures: `PUT /api/v1/canteens/{id}/service-hours`.
#[utoipa::path(
    get, path = "/api/v1/canteens/{id}/site", tag = "rules", params(("id" = String, Path, description = "canteen")),
    responses((status = 200, body = Site), (status = 404, body = ErrorBody))
)]
async fn site(State(app): State<App>, caller: Caller, Id(id): Id<CanteenId>) -> Result<Json<Site>, ApiError> {
    let site = app.store.site(&caller.scope, id).await?;
    site_of(&app, id, site).await.map(Json)
}

/// Says in which colours a canteen works.
#[utoipa::path(
    put, path = "/api/v1/canteens/{id}/site", tag = "rules", params(("id" = String, Path, description = "canteen")),
    request_body = SiteEdit,
    responses((status = 200, body = Site), (status = 404, body = ErrorBody), (status = 422, body = ErrorBody))
)]
async fn set_site(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<CanteenId>,
    Body(new): Body<SiteEdit>,
) -> Result<Json<Site>, ApiError> {
    let is_colour = |text: &String| {
        text.strip_prefix('#').is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    if new.clothes.len() > MOST_COLOURS || !new.clothes.iter().all(is_colour) {
        return Err(ApiError::invalid("bad_colour", "clothes", "at most 6 colours, each written as #ffffff"));
    }
    let site = mingchu_store::Site { clothes: new.clothes };
    app.store.set_site(&caller.scope, id, &site, Some(&caller.reviewer()), app.now()).await?;
    site_of(&app, id, site).await.map(Json)
}

async fn site_of(app: &App, canteen: CanteenId, site: mingchu_store::Site) -> Result<Site, ApiError> {
    let windows = app.store.service_windows(canteen).await?;
    Ok(Site { hours: windows.into_iter().map(Into::into).collect(), clothes: site.clothes })
}
