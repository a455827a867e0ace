//! Archived footage on its way to people: why somebody looks, what may come of it, what is handed out.

use crate::{
    place::{ZoneKind, words},
    time::{TimeRange, WallTime},
};
use bytes::Bytes;

words! {
    /// What somebody wants of archived footage.
    ViewPurpose {
        /// To look at it here.
        View = "view", "查看", "View";
        /// To take a copy away.
        Export = "export", "导出", "Export";
    }
}

words! {
    /// Why somebody looks at archived footage (事由, 国务院令第799号 Art. 16).
    ViewReason {
        /// 日常检查.
        RoutineInspection = "routine_inspection", "日常检查", "Routine inspection";
        /// 投诉举报核查.
        Complaint = "complaint", "投诉举报核查", "Complaint";
        /// 违规核实.
        ViolationReview = "violation_review", "违规核实", "Review of a violation";
        /// 申辩复核.
        Appeal = "appeal", "申辩复核", "Appeal";
        /// 食堂自查.
        SelfCheck = "self_check", "食堂自查", "Self-check of the canteen";
        /// 食品安全事件调查.
        Incident = "incident", "食品安全事件调查", "Investigation of a food safety case";
        /// Anything else, in words.
        Other = "other", "其他", "Other";
    }
}

words! {
    /// Where an export of footage stands.
    ExportState {
        /// The gateway has not begun.
        Queued = "queued", "排队中", "Queued";
        /// The gateway is cutting it.
        Running = "running", "导出中", "Running";
        /// It can be fetched.
        Ready = "ready", "可下载", "Ready";
        /// There is none; the reason is written.
        Failed = "failed", "失败", "Failed";
        /// Its bytes were deleted.
        Expired = "expired", "已过期", "Expired";
    }
}

/// A picture of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Still {
    /// The picture as JPEG.
    pub jpeg: Bytes,
    /// When it was taken.
    pub at: WallTime,
}

/// A playlist of the archive (RFC 8216).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Playlist {
    /// The playlist's text.
    pub text: String,
    /// Codec strings of RFC 6381 in the order in which they appear, each once.
    pub codecs: Vec<String>,
}

/// Why no footage is handed out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FootageRefused {
    /// This process has no archive.
    #[error("this server runs no gateway; footage comes from the server with the role gateway")]
    NoGateway,
    /// Nothing was recorded then.
    #[error("there is no footage of {0}; the timeline says why")]
    NoFootage(String),
    /// The file is gone.
    #[error("the archive file of {0} is missing; the timeline shows the gap")]
    FileMissing(WallTime),
    /// The file is not the one that was recorded.
    #[error("the archive file of {0} was changed after it was recorded and is not shown; the timeline shows the gap")]
    FileDamaged(WallTime),
    /// The disk is not there.
    #[error("the disk with this footage is not there now; the footage is not lost. Tell the operator")]
    DiskAway,
    /// The pictures cannot be decoded here.
    #[error("the picture cannot be decoded: {0}")]
    NotDecodable(String),
    /// Too many pictures are being decoded.
    #[error("too many pictures are being decoded; try again in a second")]
    Busy,
    /// The disk or the database failed.
    #[error("the archive cannot be read: {0}")]
    Failed(String),
}

/// What an exported file is called and says of itself. No person is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportLabel {
    /// The canteen's Chinese name.
    pub canteen: String,
    /// The camera's Chinese name.
    pub camera: String,
    /// What the camera watches.
    pub zone: Option<ZoneKind>,
    /// The time it shows.
    pub range: TimeRange,
}

impl ExportLabel {
    /// Returns the title inside the file, with the time in China.
    #[must_use]
    pub fn title(&self) -> String {
        let zone = self.zone.map_or_else(String::new, |zone| format!("（{}）", zone.zh()));
        let (from, to) = (in_china(self.range.start()), in_china(self.range.end()));
        let (from, to) = (from.strftime("%Y-%m-%d %H:%M:%S%.3f"), to.strftime("%Y-%m-%d %H:%M:%S%.3f"));
        format!("{} {}{zone} {from} – {to} (UTC+8)", self.canteen, self.camera)
    }

    /// Returns the file's name, with the time in China; without what file systems refuse.
    #[must_use]
    pub fn file_name(&self) -> String {
        let (from, to) = (in_china(self.range.start()), in_china(self.range.end()));
        let (from, to) = (from.strftime("%Y%m%d-%H%M%S"), to.strftime("%Y%m%d-%H%M%S"));
        let zone = self.zone.map_or_else(String::new, |zone| format!("_{}", zone.zh()));
        let name = format!("{}_{}{zone}_{from}_{to}.mp4", self.canteen, self.camera);
        let is_refused = |c: char| c.is_control() || "/\\:*?\"<>|;%".contains(c);
        name.chars().map(|c| if is_refused(c) || c.is_whitespace() { '-' } else { c }).collect()
    }
}

fn in_china(at: WallTime) -> jiff::civil::DateTime {
    let stamp = jiff::Timestamp::from_microsecond(at.micros()).unwrap_or_default();
    jiff::tz::Offset::constant(8).to_datetime(stamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exported_file_says_where_and_when_in_a_name_that_every_system_takes() {
        let range = |from: &str, to: &str| TimeRange::new(from.parse().unwrap(), to.parse().unwrap()).unwrap();
        let label = ExportLabel {
            canteen: "第一小学/食堂".into(),
            camera: "备餐间 1号".into(),
            zone: Some(ZoneKind::Serving),
            range: range("2026-11-21T03:59:59.5Z", "2026-11-21T16:00:01Z"),
        };
        assert_eq!(label.file_name(), "第一小学-食堂_备餐间-1号_备餐间_20261121-115959_20261122-000001.mp4");
        let title = "第一小学/食堂 备餐间 1号（备餐间） 2026-11-21 11:59:59.500 – 2026-11-22 00:00:01.000 (UTC+8)";
        assert_eq!(label.title(), title);
    }
}
