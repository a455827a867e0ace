//! What the recorder tells the database.

use mingchu_domain::{
    camera::GapCause,
    id::{GapId, SegmentId, StreamId, VolumeId},
    time::{MediaTime, TimeRange, WallTime},
};
use mingchu_store::{Gap, PacketLoss, Segment, Store, StoreError};
use serde::{Deserialize, Serialize};

/// What the recorder tells the database. Telling it twice does no harm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Fact {
    /// A file is durable.
    Segment(#[serde(with = "SegmentForm")] Segment),
    /// A file of this time was found afterwards: gaps over it are cut.
    Found {
        /// Of which stream.
        stream: StreamId,
        /// From when to when.
        #[serde(with = "range")]
        range: TimeRange,
    },
    /// Footage is missing from a time on, or between two.
    Gap(#[serde(with = "GapForm")] Gap),
    /// Footage came again.
    GapEnded {
        /// Which gap.
        gap: GapId,
        /// When.
        at: WallTime,
    },
    /// Pictures came broken or not at all.
    PacketLoss(#[serde(with = "PacketLossForm")] PacketLoss),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Segment")]
struct SegmentForm {
    id: SegmentId,
    stream_id: StreamId,
    #[serde(with = "range")]
    range: TimeRange,
    first_90k: MediaTime,
    frames: u32,
    size_bytes: u64,
    volume_id: Option<VolumeId>,
    path: String,
    sha256: String,
    chain: String,
    clock_offset_us: Option<i64>,
    fault: Option<GapCause>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Gap")]
struct GapForm {
    id: GapId,
    stream_id: StreamId,
    started_at: WallTime,
    ended_at: Option<WallTime>,
    cause: GapCause,
    detail: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "PacketLoss")]
struct PacketLossForm {
    stream_id: StreamId,
    started_at: WallTime,
    ended_at: WallTime,
    packets: u32,
    events: u32,
}

mod range {
    use super::{Deserialize, Serialize, TimeRange, WallTime};
    use serde::{Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(range: &TimeRange, serializer: S) -> Result<S::Ok, S::Error> {
        (range.start(), range.end()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TimeRange, D::Error> {
        let (start, end) = <(WallTime, WallTime)>::deserialize(deserializer)?;
        TimeRange::new(start, end).ok_or_else(|| D::Error::custom("range is reversed"))
    }
}

impl Fact {
    /// Writes it into the database.
    pub(super) async fn write(&self, store: &Store) -> Result<(), StoreError> {
        match self {
            Self::Segment(segment) => store.insert_segment(segment).await,
            Self::Found { stream, range } => store.cut_gaps(*stream, *range).await,
            Self::Gap(gap) => store.insert_gap(gap).await,
            Self::GapEnded { gap, at } => store.end_gap(*gap, *at).await,
            Self::PacketLoss(loss) => store.insert_packet_loss(loss).await,
        }
    }
}
