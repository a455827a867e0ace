//! Hands each picture of a stream to everybody who wants it, and never waits for any of them.
//!
//! ```text
//! session --Publisher--> Channel --+--> archive queue   bounded by bytes; overflow is a gap with cause overload
//!                                  +--> units queues    bounded; overflow drops to the next key unit, counted
//!                                  '--> viewers         muxed once; overflow drops to the next key unit, counted
//! ```
//!
//! Architecture invariant: publishing takes one short lock and never awaits (design.md invariant 3).

mod archive_queue;
mod channel;
mod derived;
mod live;
#[cfg(test)]
mod tests;
mod units;

pub(crate) use archive_queue::{ARCHIVE_QUEUE_BYTES, ArchiveEvent, ArchiveReceiver, End, PacketLoss, archive_queue};
pub(crate) use channel::Publisher;
pub use derived::Derived;

use crate::session::Viewers;
use archive_queue::ArchiveSender;
use channel::Channel;
use mingchu_domain::{
    id::StreamId,
    live::{LiveRefused, LiveUnit},
    media::AccessUnit,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::sync::mpsc;

/// All streams of the gateway. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    /// `None` after the gateway has stopped.
    channels: Mutex<Option<HashMap<StreamId, Arc<Channel>>>>,
    viewers_per_stream: usize,
    viewers: Viewers,
}

impl Hub {
    pub(crate) fn new(viewers_per_stream: usize) -> Self {
        let channels = Mutex::new(Some(HashMap::new()));
        Self(Arc::new(Inner { channels, viewers_per_stream, viewers: Viewers::default() }))
    }

    /// Returns the count of viewers, which goes on counting.
    pub(crate) fn viewers(&self) -> Viewers {
        Arc::clone(&self.0.viewers)
    }

    /// Returns the pictures of a stream from the next key unit on.
    ///
    /// The queue stays open while the camera is away and ends when the gateway stops; the stream may begin later.
    /// Overflow: units are dropped up to the next key unit, and counted.
    #[must_use]
    pub fn units(&self, stream: StreamId) -> mpsc::Receiver<AccessUnit> {
        match self.channel(stream) {
            Some(channel) => channel.add_units(),
            None => mpsc::channel(1).1,
        }
    }

    /// The same from the last key unit on, so that the newest picture can be shown at once.
    pub(crate) fn units_since_key(&self, stream: StreamId) -> mpsc::Receiver<AccessUnit> {
        match self.channel(stream) {
            Some(channel) => channel.add_units_since_key(),
            None => mpsc::channel(1).1,
        }
    }

    /// Returns the loss of the camera that lasts, if any.
    ///
    /// # Errors
    /// When nobody pulls the stream.
    pub(crate) fn loss(&self, stream: StreamId) -> Result<Option<LiveUnit>, LiveRefused> {
        self.channel(stream).ok_or(LiveRefused::NotPulled)?.loss()
    }

    /// Returns a stream muxed for browsers: the init segment, the pictures since the last key unit, then each picture.
    ///
    /// Overflow: fragments are dropped up to the next key unit, and counted.
    ///
    /// # Errors
    /// When nobody pulls the stream, browsers do not play it, or it has too many viewers.
    pub fn live(&self, stream: StreamId) -> Result<mpsc::Receiver<LiveUnit>, LiveRefused> {
        let channel = self.channel(stream).ok_or(LiveRefused::NotPulled)?;
        channel.add_viewer(self.0.viewers_per_stream)
    }

    /// Returns the coded pictures since the last key unit, that one first.
    ///
    /// # Errors
    /// When nobody pulls the stream, or the camera is lost.
    pub(crate) fn newest(&self, stream: StreamId) -> Result<Vec<AccessUnit>, LiveRefused> {
        self.channel(stream).ok_or(LiveRefused::NotPulled)?.newest()
    }

    pub(crate) fn publish(&self, stream: StreamId, archive: Option<ArchiveSender>) -> Option<Publisher> {
        Some(Publisher::new(self.channel(stream)?, archive))
    }

    fn forget(&self, stream: StreamId) {
        if let Some(channels) = self.channels().as_mut() {
            channels.remove(&stream);
        }
    }

    /// Ends every queue.
    pub(crate) fn close(&self) {
        let channels = self.channels().take();
        channels.into_iter().flatten().for_each(|(_, channel)| channel.close());
    }

    fn channel(&self, stream: StreamId) -> Option<Arc<Channel>> {
        let new = || Arc::new(Channel::new(self.viewers()));
        Some(Arc::clone(self.channels().as_mut()?.entry(stream).or_insert_with(new)))
    }

    fn channels(&self) -> MutexGuard<'_, Option<HashMap<StreamId, Arc<Channel>>>> {
        self.0.channels.lock().expect("nobody panics while holding this lock")
    }
}
