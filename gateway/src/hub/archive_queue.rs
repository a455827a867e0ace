//! The archive's queue: it may not be dropped, so it grows while the disk is slow, up to a bound in bytes.

use crate::{metric, session::Step};
use mingchu_domain::{camera::GapCause, media::AccessUnit, time::WallTime};
use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicUsize, Ordering},
};
use tokio::sync::mpsc;

/// About a minute of a 2 Mbit/s stream that the disk may be behind.
/// Overflow: units are dropped up to the next key unit once half is free, and the time is a gap with cause overload.
pub(crate) const ARCHIVE_QUEUE_BYTES: usize = 16 << 20;

/// Why a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The gateway goes down; the time until it is back is a gap.
    GatewayStops,
    /// The camera was removed, disabled or given another address.
    StreamRemoved,
}

/// A sender that sees no key unit hands over after so many units all the same: ten seconds at 25 frames a second.
const BATCH_UNITS: usize = 250;

/// What the recorder is told, in order.
#[derive(Debug)]
pub(crate) enum ArchiveEvent {
    /// Units up to a key unit, all at once: the recorder can write nothing before, and waking it costs more than the
    /// rest of its work.
    Units(Vec<(AccessUnit, Step)>),
    /// Packets that never came, among the units that follow.
    PacketLoss(PacketLoss),
    Lost {
        cause: GapCause,
        detail: String,
        at: WallTime,
    },
    Ended {
        end: End,
        at: WallTime,
    },
}

/// Pictures that came broken or not at all, up to a key unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PacketLoss {
    pub(crate) packets: u32,
    /// How many times some were missing.
    pub(crate) events: u32,
    /// Arrival of the first picture behind a loss.
    pub(crate) first: WallTime,
    /// Arrival of the last one.
    pub(crate) last: WallTime,
}

/// Stands for a clock offset that was never measured.
const NOT_MEASURED: i64 = i64::MIN;

pub(crate) struct ArchiveSender {
    queue: mpsc::UnboundedSender<ArchiveEvent>,
    bytes: Arc<AtomicUsize>,
    limit: usize,
    is_overflowing: bool,
    batch: Vec<(AccessUnit, Step)>,
    loss: Option<PacketLoss>,
    clock_offset_us: Arc<AtomicI64>,
}

pub(crate) struct ArchiveReceiver {
    queue: mpsc::UnboundedReceiver<ArchiveEvent>,
    bytes: Arc<AtomicUsize>,
    clock_offset_us: Arc<AtomicI64>,
}

/// Returns both ends of an archive queue that holds `limit` bytes of pictures.
pub(crate) fn archive_queue(limit: usize) -> (ArchiveSender, ArchiveReceiver) {
    // Unbounded in messages, bounded in bytes by the sender: a loss or an end must never be dropped.
    let (sender, receiver) = mpsc::unbounded_channel();
    let bytes = Arc::new(AtomicUsize::new(0));
    let clock_offset_us = Arc::new(AtomicI64::new(NOT_MEASURED));
    let receiver = ArchiveReceiver { queue: receiver, bytes: Arc::clone(&bytes), clock_offset_us };
    let sender = ArchiveSender {
        queue: sender,
        bytes,
        limit,
        is_overflowing: false,
        batch: Vec::new(),
        loss: None,
        clock_offset_us: Arc::clone(&receiver.clock_offset_us),
    };
    (sender, receiver)
}

impl ArchiveSender {
    pub(super) fn unit(&mut self, unit: &AccessUnit, step: Step) {
        let waiting = self.bytes.load(Ordering::Relaxed);
        if self.is_overflowing && unit.is_key && waiting < self.limit / 2 {
            self.is_overflowing = false;
        } else if self.is_overflowing || waiting + unit.data.len() > self.limit {
            if !self.is_overflowing {
                self.is_overflowing = true;
                self.lost(GapCause::Overload, "disk slower than the cameras", unit.arrived_at);
            }
            metrics::counter!(metric::DROPPED, "consumer" => "archive").increment(1);
            return;
        }
        self.bytes.fetch_add(unit.data.len(), Ordering::Relaxed);
        self.batch.push((unit.clone(), step));
        if unit.is_key || self.batch.len() >= BATCH_UNITS {
            self.hand_over();
        }
    }

    pub(super) fn packet_loss(&mut self, packets: u32, at: WallTime) {
        let loss = self.loss.get_or_insert(PacketLoss { packets: 0, events: 0, first: at, last: at });
        loss.packets = loss.packets.saturating_add(packets);
        loss.events += 1;
        loss.last = loss.last.max(at);
    }

    /// Takes the camera's clock minus ours. The recorder is not woken for it.
    pub(super) fn clock_offset(&self, offset_us: i64) {
        self.clock_offset_us.store(offset_us, Ordering::Relaxed);
    }

    pub(super) fn lost(&mut self, cause: GapCause, detail: &str, at: WallTime) {
        self.hand_over();
        self.send(ArchiveEvent::Lost { cause, detail: detail.to_owned(), at });
    }

    pub(super) fn end(mut self, end: End, at: WallTime) {
        self.hand_over();
        self.send(ArchiveEvent::Ended { end, at });
    }

    fn hand_over(&mut self) {
        if let Some(loss) = self.loss.take() {
            self.send(ArchiveEvent::PacketLoss(loss));
        }
        if !self.batch.is_empty() {
            let batch = std::mem::take(&mut self.batch);
            self.send(ArchiveEvent::Units(batch));
        }
    }

    fn send(&self, event: ArchiveEvent) {
        if self.queue.send(event).is_err() {
            tracing::warn!("recorder has ended before its session");
        }
    }
}

impl ArchiveReceiver {
    /// Returns the next event, or `None` after the end.
    pub(crate) async fn next(&mut self) -> Option<ArchiveEvent> {
        let event = self.queue.recv().await?;
        if let ArchiveEvent::Units(units) = &event {
            let bytes = units.iter().map(|(unit, _)| unit.data.len()).sum();
            self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
        Some(event)
    }

    /// Returns the camera's clock minus ours in microseconds, as last measured.
    pub(crate) fn clock_offset_us(&self) -> Option<i64> {
        Some(self.clock_offset_us.load(Ordering::Relaxed)).filter(|offset| *offset != NOT_MEASURED)
    }
}
