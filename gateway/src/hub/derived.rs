//! A stream made in this process instead of by a camera: viewers, one mux, no archive.

use super::{Hub, Publisher, archive_queue::End};
use crate::session::Step;
use mingchu_domain::{camera::GapCause, id::StreamId, media::AccessUnit, time::WallTime};

/// Publishes pictures as a stream of the hub; the stream ends and is forgotten when this is dropped.
pub struct Derived {
    hub: Hub,
    stream: StreamId,
    // `None` only while it is dropped.
    publisher: Option<Publisher>,
}

impl Hub {
    /// Opens a derived stream; `None` when the gateway has stopped.
    #[must_use]
    pub fn derive(&self, stream: StreamId) -> Option<Derived> {
        let publisher = self.publish(stream, None)?;
        Some(Derived { hub: self.clone(), stream, publisher: Some(publisher) })
    }
}

impl Derived {
    /// Hands a picture to every viewer; never waits.
    pub fn publish(&self, unit: &AccessUnit) {
        if let Some(publisher) = &self.publisher {
            publisher.unit(unit, Step::Continues);
        }
    }

    /// Tells every viewer that nothing comes now, and why.
    pub(crate) fn lost(&self, cause: GapCause, detail: &str, since: WallTime) {
        if let Some(publisher) = &self.publisher {
            publisher.lost(cause, detail, since);
        }
    }

    /// Returns how many viewers there are.
    #[must_use]
    pub fn viewers(&self) -> usize {
        self.publisher.as_ref().map_or(0, Publisher::viewers)
    }
}

impl Drop for Derived {
    fn drop(&mut self) {
        if let Some(publisher) = self.publisher.take() {
            publisher.end(End::StreamRemoved, WallTime::default());
        }
        self.hub.forget(self.stream);
    }
}
