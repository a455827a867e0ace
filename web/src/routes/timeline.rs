//! Where a camera has footage. No picture is in these answers, so that they need no entry in the access ledger.

use crate::{
    app::App,
    caller::Caller,
    error::{ApiError, ErrorBody},
    extract::{Id, Params},
    record::timeline::{Day, Days, DaysQuery, Service, Span, Timeline, TimelineQuery, seconds},
    registry::{Access, Routes},
};
use axum::{Json, extract::State};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use mingchu_domain::{
    id::CameraId,
    media::StreamKind,
    role::Permission,
    time::{TimeRange, WallTime},
    timeline::{Known, coarsen, cover},
};
use mingchu_store::{ArchivedCamera, RecordedStream};
use std::{collections::HashMap, time::Duration};
use utoipa_axum::routes;

/// Longest range of a timeline.
const LONGEST: Duration = Duration::from_secs(31 * 24 * 3600);
const MOST_DAYS: i32 = 92;
const MOST_VIOLATIONS: u32 = 2000;
const ZONE: &str = "Asia/Shanghai";
const DAY: Duration = Duration::from_secs(24 * 3600);
const COARSEST_S: u32 = 86_400;

pub(super) fn add(routes: Routes) -> Routes {
    let view = Access::Needs(Permission::ViewPlaces);
    routes.add(view, routes!(timeline)).add(view, routes!(days))
}

/// Returns where a camera has footage, and where not and why, and what was found.
#[utoipa::path(
    get, path = "/api/v1/cameras/{id}/timeline", tag = "footage",
    params(("id" = String, Path, description = "camera"), TimelineQuery),
    responses(
        (status = 200, body = Timeline), (status = 404, body = ErrorBody),
        (status = 422, body = ErrorBody, description = "names the field and what it may be")
    )
)]
async fn timeline(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<CameraId>,
    Params(query): Params<TimelineQuery>,
) -> Result<Json<Timeline>, ApiError> {
    let now = app.now();
    let wanted = wanted(&query, now)?;
    let resolution = query.resolution.unwrap_or(0);
    if resolution > COARSEST_S {
        let message = format!("resolution is 0 to {COARSEST_S} seconds");
        return Err(ApiError::invalid("bad_resolution", "resolution", message));
    }
    let camera = app.store.archived_camera(&caller.scope, id).await?;
    let told = until_now(wanted, now);
    let stream = stream_of(&camera, query.stream);
    let known = known(&app, &camera, stream, told, now).await?;
    let cut = coarsen(cover(&known, told), Duration::from_secs(resolution.into()), told.end());
    let violations = if caller.person.role.may(Permission::ViewViolations) {
        let found = app.store.timeline_violations(id, wanted, MOST_VIOLATIONS).await?;
        Some(found.into_iter().map(Into::into).collect())
    } else {
        None
    };
    let held = app.store.holds_in(id, wanted).await?;
    let observed = app.store.hourly_coverage(id, told).await?;
    Ok(Json(Timeline {
        from: wanted.start(),
        to: wanted.end(),
        as_of: told.end(),
        service: known.service.map(|(from, to)| Service { from, to }),
        codec: stream.and_then(|stream| stream.codec),
        spans: cut.spans.iter().map(|span| Span { from: span.start(), to: span.end() }).collect(),
        gaps: cut.holes.into_iter().map(Into::into).collect(),
        violations,
        observed: observed.into_iter().map(Into::into).collect(),
        held: held.into_iter().map(Into::into).collect(),
    }))
}

/// Returns what a camera has, day by day, for a calendar.
#[utoipa::path(
    get, path = "/api/v1/cameras/{id}/days", tag = "footage",
    params(("id" = String, Path, description = "camera"), DaysQuery),
    responses(
        (status = 200, body = Days), (status = 404, body = ErrorBody),
        (status = 422, body = ErrorBody, description = "names the field and what it may be")
    )
)]
async fn days(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<CameraId>,
    Params(query): Params<DaysQuery>,
) -> Result<Json<Days>, ApiError> {
    let now = app.now();
    let (first, last) = (day("from", &query.from)?, day("to", &query.to)?);
    if last < first {
        return Err(ApiError::invalid("bad_range", "to", "the last day must not lie before the first"));
    }
    if (last - first).get_days() >= MOST_DAYS {
        let message = format!("at most {MOST_DAYS} days at once; ask for a later first day");
        return Err(ApiError::invalid("range_too_long", "to", message));
    }
    let begin = midnight(first)?;
    if begin > now {
        return Err(ApiError::invalid("in_future", "from", "the first day has not begun yet"));
    }
    let range = TimeRange::new(begin, midnight(last)? + DAY).ok_or_else(|| ApiError::not_found("day"))?;
    let camera = app.store.archived_camera(&caller.scope, id).await?;
    let told = until_now(range, now);
    let known = known(&app, &camera, stream_of(&camera, None), told, now).await?;
    let found = if caller.person.role.may(Permission::ViewViolations) {
        let rows = app.store.violation_days(id, range).await?;
        Some(rows.into_iter().map(|row| (row.day, (row.violations, row.open))).collect::<HashMap<_, _>>())
    } else {
        None
    };
    let mut days = Vec::new();
    let mut date = first;
    while let Some(told) = TimeRange::new(midnight(date)?, (midnight(date)? + DAY).min(told.end())) {
        let cut = cover(&known, told);
        let number = (midnight(date)? + Duration::from_secs(8 * 3600)).micros() / 86_400_000_000;
        let found = found.as_ref().map(|found| found.get(&number).copied().unwrap_or_default());
        days.push(Day {
            date: date.to_string(),
            footage_s: seconds(cut.spans.iter().map(|span| span.length()).sum()),
            gap_s: seconds(cut.holes.iter().map(|hole| hole.missing).sum()),
            violations: found.map(|(all, _)| all),
            open_violations: found.map(|(_, open)| open),
        });
        date = date.checked_add(1.day()).map_err(|_| ApiError::not_found("day"))?;
        if date > last {
            break;
        }
    }
    Ok(Json(Days { zone: ZONE, days }))
}

/// Returns the range asked for.
fn wanted(query: &TimelineQuery, now: WallTime) -> Result<TimeRange, ApiError> {
    let to = query.to.unwrap_or(now);
    let from = query.from.unwrap_or(to - DAY);
    let range = TimeRange::new(from, to).filter(|range| range.length() > Duration::ZERO);
    let range = range.ok_or_else(|| ApiError::invalid("bad_range", "to", "to must lie after from"))?;
    if from > now {
        return Err(ApiError::invalid("in_future", "from", "from lies in the future; nothing is recorded yet"));
    }
    if range.length() > LONGEST {
        return Err(ApiError::invalid("range_too_long", "to", "a timeline is at most 31 days long; ask for less"));
    }
    Ok(range)
}

fn until_now(range: TimeRange, now: WallTime) -> TimeRange {
    TimeRange::new(range.start(), range.end().min(now).max(range.start())).unwrap_or(range)
}

/// Returns the stream asked for; without a wish the full-size one, which is the archived one.
pub(super) fn stream_of(camera: &ArchivedCamera, wished: Option<StreamKind>) -> Option<RecordedStream> {
    let of_kind = |kind| camera.streams.iter().find(|stream| stream.kind == kind).copied();
    match wished {
        Some(kind) => of_kind(kind),
        None => of_kind(StreamKind::Main).or_else(|| of_kind(StreamKind::Sub)),
    }
}

/// Returns what the store knows of a stream in a range.
async fn known(
    app: &App,
    camera: &ArchivedCamera,
    stream: Option<RecordedStream>,
    range: TimeRange,
    now: WallTime,
) -> Result<Known, ApiError> {
    let Some(stream) = stream else { return Ok(Known { now, ..Known::default() }) };
    let reach = app.store.archive_reach(stream.id).await?;
    Ok(Known {
        service: reach.map(|reach| (reach.first, camera.removed_at.map(|at| at.max(reach.last)))),
        spans: app.store.footage_spans(stream.id, range).await?,
        gaps: app.store.told_gaps(stream.id, range).await?,
        last_word: reach.map(|reach| reach.last),
        alive_at: stream.alive_at,
        now,
    })
}

fn day(field: &'static str, text: &str) -> Result<Date, ApiError> {
    let refused = |_| ApiError::invalid("bad_day", field, format!("{field} must be a day, as 2026-11-21"));
    text.parse().map_err(refused)
}

/// Returns when a day begins in China.
fn midnight(day: Date) -> Result<WallTime, ApiError> {
    let zone = TimeZone::fixed(jiff::tz::offset(8));
    let stamp: Result<Timestamp, _> = day.to_zoned(zone).map(|zoned| zoned.timestamp());
    let refused = |_| ApiError::invalid("bad_day", "from", "the day lies outside the calendar");
    stamp.map(|stamp| WallTime::from_micros(stamp.as_microsecond())).map_err(refused)
}
