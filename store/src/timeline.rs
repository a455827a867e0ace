//! What a timeline is made of: spans of footage, gaps, violations, by camera and time.

use crate::{
    cell::{Cells, Record},
    coverage::CameraCoverage,
    db::args,
    error::StoreError,
    open::Store,
    scope::{scoped, within},
};
use mingchu_domain::{
    id::{CameraId, CanteenId, StreamId, ViolationId},
    media::{Codec, StreamKind},
    place::ZoneKind,
    role::Scope,
    rule::RuleCode,
    time::{TimeRange, WallTime},
    timeline::ToldGap,
    violation::ViolationState,
};

/// A camera whose archive somebody asks for; it may have been taken out of use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivedCamera {
    /// Its id.
    pub id: CameraId,
    /// Where it hangs.
    pub canteen_id: CanteenId,
    /// The canteen's Chinese name.
    pub canteen_name: String,
    /// Chinese name.
    pub name: String,
    /// What it watches.
    pub zone: Option<ZoneKind>,
    /// When it was taken out of use.
    pub removed_at: Option<WallTime>,
    /// Its streams, main first.
    pub streams: Vec<RecordedStream>,
}

/// A stream of an [`ArchivedCamera`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordedStream {
    /// Its id.
    pub id: StreamId,
    /// Main or sub.
    pub kind: StreamKind,
    /// The codec of its last picture.
    pub codec: Option<Codec>,
    /// When its last picture came, if it is being pulled.
    pub alive_at: Option<WallTime>,
}

/// Begin and end of all that the index says of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveReach {
    /// When the first footage or gap begins.
    pub first: WallTime,
    /// When the last footage, or the last gap that is over, ends.
    pub last: WallTime,
}

/// A violation on a timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimelineViolation {
    /// Its id.
    pub id: ViolationId,
    /// First judgement.
    pub started_at: WallTime,
    /// Last judgement.
    pub ended_at: WallTime,
    /// Which rule.
    pub code: RuleCode,
    /// Whether a person has looked.
    pub state: ViolationState,
}

/// Violations that began on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViolationDay {
    /// Days since the Unix epoch, in China.
    pub day: i64,
    /// All but dismissed ones.
    pub violations: u32,
    /// Of these, those that nobody has decided, or whose notice is not closed.
    pub open: u32,
}

struct CameraRow(ArchivedCamera);

impl Record for CameraRow {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self(ArchivedCamera {
            id: row.cell("camera_id")?,
            canteen_id: row.cell("canteen_id")?,
            canteen_name: row.cell("canteen_name")?,
            name: row.cell("name")?,
            zone: row.maybe("zone")?,
            removed_at: row.maybe("removed_at")?,
            streams: vec![],
        }))
    }
}

impl Record for RecordedStream {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.cell("stream_id")?,
            kind: row.cell("kind")?,
            codec: row.maybe("codec")?,
            alive_at: row.maybe("alive_at")?,
        })
    }
}

struct Span(TimeRange);

impl Record for Span {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let range = TimeRange::new(row.cell("started_at")?, row.cell("ended_at")?);
        range.map(Self).ok_or_else(|| sqlx::Error::Decode("span is reversed".into()))
    }
}

struct GapRow(ToldGap);

impl Record for GapRow {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self(ToldGap {
            from: row.cell("started_at")?,
            to: row.maybe("ended_at")?,
            cause: row.cell("cause")?,
            detail: row.cell("detail")?,
        }))
    }
}

struct ReachRow(Option<ArchiveReach>);

impl Record for ReachRow {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let reach = row.maybe("first_at")?.zip(row.maybe("last_at")?);
        Ok(Self(reach.map(|(first, last)| ArchiveReach { first, last })))
    }
}

impl Record for TimelineViolation {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let verdict: Option<ViolationState> = row.maybe("verdict")?;
        Ok(Self {
            id: row.cell("violation_id")?,
            started_at: row.cell("started_at")?,
            ended_at: row.cell("ended_at")?,
            code: row.cell("code")?,
            state: verdict.unwrap_or(ViolationState::ToReview),
        })
    }
}

impl Record for ViolationDay {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self { day: row.cell("day")?, violations: row.cell("violations")?, open: row.cell("open")? })
    }
}

/// Coverage of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourCoverage {
    /// Start of the hour.
    pub hour: WallTime,
    /// What was observed and judged in it.
    pub coverage: CameraCoverage,
}

impl Record for HourCoverage {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self { hour: row.cell("hour")?, coverage: CameraCoverage::read(row)? })
    }
}

impl Store {
    /// Returns a camera with its streams, also one that was taken out of use: its footage stays.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope.
    pub async fn archived_camera(&self, scope: &Scope, id: CameraId) -> Result<ArchivedCamera, StoreError> {
        const CAMERA: &str = concat!(
            "select camera.camera_id, camera.canteen_id, camera.name, camera.removed_at, \
             canteen.name as canteen_name, \
             (select kind from zone where zone.camera_id = camera.camera_id order by zone_id limit 1) as zone \
             from camera join canteen using (canteen_id) where camera_id = $3 and ",
            within!("canteen.path"),
        );
        // a stream that is not pulled, or failing, is not being recorded
        const STREAMS: &str = "select stream.stream_id, stream.kind, s.codec, \
             case when s.state = 'live' and camera.is_enabled and camera.removed_at is null then s.last_frame_at end \
             as alive_at from stream join camera using (camera_id) \
             left join stream_status s on s.stream_id = stream.stream_id where camera_id = $1 order by stream.kind";
        let CameraRow(camera) = self.db.one("camera", CAMERA, scoped(scope, args![id])).await?;
        let streams = self.db.all(STREAMS, args![id]).await?;
        Ok(ArchivedCamera { streams, ..camera })
    }

    /// Returns where a stream has footage in the range, in order; spans may touch, overlap and reach out of the range.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn footage_spans(&self, stream: StreamId, range: TimeRange) -> Result<Vec<TimeRange>, StoreError> {
        const SQL: &str = "select started_at, ended_at from footage_span \
             where stream_id = $1 and started_at < $3 and ended_at > $2 order by started_at";
        let spans: Vec<Span> = self.db.all(SQL, args![stream, range.start(), range.end()]).await?;
        Ok(spans.into_iter().map(|Span(span)| span).collect())
    }

    /// Returns the gaps that touch the range, as a timeline takes them, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn told_gaps(&self, stream: StreamId, range: TimeRange) -> Result<Vec<ToldGap>, StoreError> {
        const SQL: &str = "select started_at, ended_at, cause, detail from gap where stream_id = $1 \
             and started_at < $3 and (ended_at is null or ended_at > $2) order by started_at, gap_id";
        let gaps: Vec<GapRow> = self.db.all(SQL, args![stream, range.start(), range.end()]).await?;
        Ok(gaps.into_iter().map(|GapRow(gap)| gap).collect())
    }

    /// Returns begin and end of what is known of a stream; `None` when nothing is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn archive_reach(&self, stream: StreamId) -> Result<Option<ArchiveReach>, StoreError> {
        // an open gap says nothing of the time after it began that the timeline would not ask for
        const SQL: &str = "select min(started_at) as first_at, max(ended_at) as last_at from ( \
             select min(started_at) as started_at, max(ended_at) as ended_at from footage_span where stream_id = $1 \
             union all \
             select min(started_at), max(coalesce(ended_at, started_at)) from gap where stream_id = $1) as known";
        let ReachRow(reach) = self.db.one("archive", SQL, args![stream]).await?;
        Ok(reach)
    }

    /// Returns the camera's violations that touch the range, newest first, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn timeline_violations(
        &self,
        camera: CameraId,
        range: TimeRange,
        limit: u32,
    ) -> Result<Vec<TimelineViolation>, StoreError> {
        const SQL: &str = "select v.violation_id, v.started_at, v.ended_at, v.code, r.verdict from violation v \
             left join review r on r.violation_id = v.violation_id \
             where v.camera_id = $1 and v.started_at < $3 and v.ended_at >= $2 order by v.started_at desc limit $4";
        self.db.all(SQL, args![camera, range.start(), range.end(), limit]).await
    }

    /// Returns how many of the camera's violations began on each day of the range that has any, dismissed ones left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn violation_days(&self, camera: CameraId, range: TimeRange) -> Result<Vec<ViolationDay>, StoreError> {
        // 28,800,000,000 µs: China is 8 h ahead of UTC all year
        const SQL: &str = "select day, count(*) as violations, cast(sum(is_open) as bigint) as open from ( \
             select (v.started_at + 28800000000) / 86400000000 as day, \
             case when r.verdict is null or n.state not in ('closed', 'withdrawn') then 1 else 0 end as is_open \
             from violation v left join review r on r.violation_id = v.violation_id \
             left join notice n on n.violation_id = v.violation_id \
             where v.camera_id = $1 and v.started_at >= $2 and v.started_at < $3 \
             and coalesce(r.verdict, '') <> 'dismissed') as counted group by day order by day";
        self.db.all(SQL, args![camera, range.start(), range.end()]).await
    }

    /// Returns how much of each hour of the range the camera was observed and judged.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hourly_coverage(&self, camera: CameraId, range: TimeRange) -> Result<Vec<HourCoverage>, StoreError> {
        const SQL: &str = "select camera_id, hour, observed_ms, judged_ms, cannot_judge_ms from coverage \
             where camera_id = $1 and hour > $2 - 3600000000 and hour < $3 order by hour";
        self.db.all(SQL, args![camera, range.start(), range.end()]).await
    }
}
