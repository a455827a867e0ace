//! One stream's facts: its segments, chained by hash, and the gap that is open.

use super::{chain, clerk::Clerk, fact::Fact, part::Facts, recover::Recovered};
use crate::{hub::PacketLoss, metric};
use mingchu_domain::{
    camera::GapCause,
    id::{GapId, StreamId},
    time::{TimeRange, WallTime},
};
use mingchu_store::{self as store, Gap};

/// One stream's facts, on their way to the database.
pub(super) struct Ledger {
    stream: StreamId,
    clerk: Clerk,
    gap: Option<Gap>,
    chain: String,
}

impl Ledger {
    pub(super) fn new(stream: StreamId, clerk: Clerk) -> Self {
        Self { stream, clerk, gap: None, chain: String::new() }
    }

    /// Goes on from the end of the stream's hash chain and the gap that was open.
    pub(super) fn resume(&mut self, chain_end: String, gap: Option<Gap>) {
        (self.chain, self.gap) = (chain_end, gap);
    }

    /// Returns the gap that lasts.
    pub(super) fn open_gap(&self) -> Option<&Gap> {
        self.gap.as_ref()
    }

    /// Notes a durable file.
    pub(super) async fn segment(&mut self, facts: &Facts, end: WallTime, sha256: String, offset_us: Option<i64>) {
        self.chain = chain(&self.chain, &sha256);
        if let Some(segment) = facts.segment(end, sha256, self.chain.clone(), offset_us) {
            self.clerk.note(Fact::Segment(segment)).await;
        }
    }

    /// Notes a durable file that was left behind; what was declared missing and lies in it is missing no more.
    pub(super) async fn found(&mut self, file: Recovered) {
        // what came in the file ended the gap, though nobody was told
        if self.gap.as_ref().is_some_and(|gap| gap.started_at <= file.facts.start) {
            self.end_gap(file.facts.start).await;
        }
        let range = TimeRange::new(file.facts.start, file.end.max(file.facts.start));
        self.segment(&file.facts, file.end, file.sha256, None).await;
        if let Some(range) = range {
            self.clerk.note(Fact::Found { stream: self.stream, range }).await;
        }
    }

    /// Says that footage is missing from `at` on. A gap of the same cause goes on, one of another ends.
    pub(super) async fn begin_gap(&mut self, at: WallTime, cause: GapCause, detail: &str) {
        if self.gap.as_ref().is_some_and(|gap| gap.cause == cause) {
            return;
        }
        // a gap that somebody was told of began then
        let at = self.gap.as_ref().map_or(at, |gap| at.max(gap.started_at));
        self.count(at);
        let gap = self.gap(at, None, cause, detail);
        self.clerk.note(Fact::Gap(gap.clone())).await;
        self.gap = Some(gap);
    }

    /// Says that footage is there again from `at` on.
    pub(super) async fn end_gap(&mut self, at: WallTime) {
        self.count(at);
        if let Some(gap) = self.gap.take() {
            self.clerk.note(Fact::GapEnded { gap: gap.id, at }).await;
        }
    }

    /// Notes a gap that is over.
    pub(super) async fn past_gap(&self, start: WallTime, end: WallTime, cause: GapCause, detail: &str) {
        count(start, end, cause);
        self.clerk.note(Fact::Gap(self.gap(start, Some(end.max(start)), cause, detail))).await;
    }

    /// Notes packets that never came.
    pub(super) async fn packet_loss(&self, loss: PacketLoss) {
        let PacketLoss { packets, events, first, last } = loss;
        let (started_at, ended_at) = (first, last.max(first));
        let loss = store::PacketLoss { stream_id: self.stream, started_at, ended_at, packets, events };
        self.clerk.note(Fact::PacketLoss(loss)).await;
    }

    fn gap(&self, started_at: WallTime, ended_at: Option<WallTime>, cause: GapCause, detail: &str) -> Gap {
        let (id, stream_id, detail) = (GapId::generate(), self.stream, detail.to_owned());
        Gap { id, stream_id, started_at, ended_at, cause, detail }
    }

    fn count(&self, end: WallTime) {
        if let Some(gap) = &self.gap {
            count(gap.started_at, end, gap.cause);
        }
    }
}

fn count(start: WallTime, end: WallTime, cause: GapCause) {
    metrics::counter!(metric::GAP_SECONDS, "cause" => cause.as_str()).increment(end.since(start).as_secs());
}
