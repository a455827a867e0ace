//! Where a camera has footage, hour by hour and day by day.

use super::word;
use mingchu_domain::{
    id::ViolationId,
    media::{Codec, StreamKind},
    rule::RuleCode,
    time::WallTime,
    timeline::Hole,
    violation::ViolationState,
};
use mingchu_store::{Hold, HourCoverage, TimelineViolation};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

/// Which part of a timeline is wanted, and how fine.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TimelineQuery {
    /// First instant; 24 hours before `to` when left out.
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<WallTime>,
    /// First instant after it; now when left out. May lie ahead, as the end of a running day: the answer ends now.
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<WallTime>,
    /// Which stream; the one that is archived when left out.
    #[param(value_type = Option<word::StreamKind>)]
    pub stream: Option<StreamKind>,
    /// Gaps less than so many seconds apart are given as one, 0 to 86400; 0 when left out.
    pub resolution: Option<u32>,
}

/// Where a camera has footage, and where not and why: every instant of its service up to `as_of` is in exactly one of
/// `spans` and `gaps`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Timeline {
    /// First instant.
    #[schema(value_type = String, format = DateTime)]
    pub from: WallTime,
    /// First instant after it.
    #[schema(value_type = String, format = DateTime)]
    pub to: WallTime,
    /// Up to when it is told: `to`, or now.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: WallTime,
    /// Since when the camera is recorded; null while nothing is.
    pub service: Option<Service>,
    /// Codec of the stream's last picture; browsers do not play H.265.
    #[schema(value_type = Option<word::Codec>)]
    pub codec: Option<Codec>,
    /// Where there is footage, in order.
    pub spans: Vec<Span>,
    /// Where there is none, and why, in order.
    pub gaps: Vec<Gap>,
    /// Violations, newest first, at most 2000; null for who may not see them.
    pub violations: Option<Vec<ViolationMark>>,
    /// How much was observed and judged, hour by hour.
    pub observed: Vec<Observed>,
    /// What may not be deleted, in order.
    pub held: Vec<Held>,
}

/// Since when a camera is recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct Service {
    /// The first footage or gap.
    #[schema(value_type = String, format = DateTime)]
    pub from: WallTime,
    /// When it was taken out of use.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<WallTime>,
}

/// A time with footage.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = FootageSpan)]
pub struct Span {
    /// First instant.
    #[schema(value_type = String, format = DateTime)]
    pub from: WallTime,
    /// First instant after it.
    #[schema(value_type = String, format = DateTime)]
    pub to: WallTime,
}

/// A time without footage.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FootageGap)]
pub struct Gap {
    /// First instant.
    #[schema(value_type = String, format = DateTime)]
    pub from: WallTime,
    /// First instant after it; null while it lasts.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<WallTime>,
    /// Why; of several, that of the longest.
    #[schema(value_type = word::TimelineCause)]
    pub cause: &'static str,
    /// More.
    pub detail: String,
    /// How many gaps it stands for.
    pub count: u32,
    /// Seconds without footage in it.
    pub missing_s: f64,
}

/// A violation on a timeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViolationMark {
    /// Its id.
    #[schema(value_type = String)]
    pub violation_id: ViolationId,
    /// First judgement.
    #[schema(value_type = String, format = DateTime)]
    pub at: WallTime,
    /// Last judgement.
    #[schema(value_type = String, format = DateTime)]
    pub ended_at: WallTime,
    /// Which rule.
    #[schema(value_type = word::RuleCode)]
    pub code: RuleCode,
    /// Whether a person has looked.
    #[schema(value_type = word::ViolationState)]
    pub state: ViolationState,
}

/// How much of an hour was observed and judged.
#[derive(Debug, Serialize, ToSchema)]
pub struct Observed {
    /// Start of the hour.
    #[schema(value_type = String, format = DateTime)]
    pub from: WallTime,
    /// Its end.
    #[schema(value_type = String, format = DateTime)]
    pub to: WallTime,
    /// Milliseconds with a picture.
    pub observed_ms: u64,
    /// Of these, judged violating or compliant.
    pub judged_ms: u64,
    /// Of these, with somebody there who could not be judged.
    pub cannot_judge_ms: u64,
}

/// A time whose footage may not be deleted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Held {
    /// First instant.
    #[schema(value_type = String, format = DateTime)]
    pub from: WallTime,
    /// First instant after it; null: all that comes.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<WallTime>,
    /// Why.
    pub reason: String,
}

/// Which days are wanted, both included, in China; at most 92.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DaysQuery {
    /// First day, as `2026-11-01`.
    #[param(value_type = String, format = Date)]
    pub from: String,
    /// Last day.
    #[param(value_type = String, format = Date)]
    pub to: String,
}

/// What a camera has, day by day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Days {
    /// Time zone of the days.
    #[schema(value_type = String)]
    pub zone: &'static str,
    /// The days up to today, in order.
    pub days: Vec<Day>,
}

/// What a camera has of a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Day {
    /// As `2026-11-21`.
    #[schema(format = Date)]
    pub date: String,
    /// Seconds with footage.
    pub footage_s: f64,
    /// Seconds of the camera's service without.
    pub gap_s: f64,
    /// Violations that began on it, without dismissed ones; null for who may not see them.
    pub violations: Option<u32>,
    /// Of these, those that nobody has decided, or whose notice is not closed.
    pub open_violations: Option<u32>,
}

/// Returns seconds to the millisecond.
pub(crate) fn seconds(length: Duration) -> f64 {
    f64::from(u32::try_from(length.as_secs()).unwrap_or(u32::MAX)) + f64::from(length.subsec_millis()) / 1000.0
}

impl From<Hole> for Gap {
    fn from(hole: Hole) -> Self {
        let Hole { from, to, why, detail, count, missing } = hole;
        Self { from, to, cause: why.as_str(), detail, count, missing_s: seconds(missing) }
    }
}

impl From<TimelineViolation> for ViolationMark {
    fn from(found: TimelineViolation) -> Self {
        let TimelineViolation { id, started_at, ended_at, code, state } = found;
        Self { violation_id: id, at: started_at, ended_at, code, state }
    }
}

impl From<Hold> for Held {
    fn from(hold: Hold) -> Self {
        Self { from: hold.started_at, to: hold.ended_at, reason: hold.reason }
    }
}

impl From<HourCoverage> for Observed {
    fn from(hour: HourCoverage) -> Self {
        Self {
            from: hour.hour,
            to: hour.hour + Duration::from_secs(3600),
            observed_ms: hour.coverage.observed_ms,
            judged_ms: hour.coverage.judged_ms,
            cannot_judge_ms: hour.coverage.cannot_judge_ms,
        }
    }
}
