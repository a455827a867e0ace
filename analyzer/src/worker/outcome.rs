//! What inference threads hand to the writer.

use super::seat::Seat;
use crate::{chain::Pictures, coverage::Shares, judge::Opened};
use bytes::Bytes;
use mingchu_domain::{rule::RuleCode, time::WallTime};
use std::sync::Arc;

/// Something to be written down.
pub(super) enum Outcome {
    /// A new violation with its pictures.
    Opened(Arc<Seat>, Box<Opened>, Pictures),
    /// A violation goes on.
    Continued(Arc<Seat>, RuleCode, WallTime, u32),
    /// The camera's still for lists, JPEG.
    Still(Arc<Seat>, Bytes),
    /// What was observed and judged, by hour.
    Coverage(Arc<Seat>, Vec<(WallTime, Shares)>),
    /// How often each rule was judged, by hour.
    Tallies(Arc<Seat>, Vec<(WallTime, Vec<(crate::chain::Outcome, u64)>)>),
    /// What is seen now, JSON.
    Scene(Arc<Seat>, Bytes),
}
