//! What every stream is doing, collected from the sessions and written by one task.

use crate::metric;
use mingchu_domain::{
    camera::{CameraState, GapCause},
    id::StreamId,
    media::AccessUnit,
    time::WallTime,
};
use mingchu_store::{Store, StoreError, StreamHeard, StreamStatus};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

/// How often the time of the last picture is written.
const REFRESH: Duration = Duration::from_secs(5);

/// What every stream is doing. Sessions write it without waiting for the database.
#[derive(Clone, Default)]
pub(crate) struct StatusBoard(Arc<Inner>);

#[derive(Default)]
struct Inner {
    entries: Mutex<HashMap<StreamId, Entry>>,
    changed: Notify,
}

struct Entry {
    status: StreamStatus,
    news: News,
}

/// What the database does not know yet, the more urgent the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum News {
    None,
    /// Only the time of the last picture.
    Fresh,
    /// The state itself.
    Changed,
}

impl StatusBoard {
    pub(crate) fn connecting(&self, stream: StreamId, since: WallTime) {
        let status = StreamStatus {
            state: CameraState::Connecting,
            since,
            cause: None,
            detail: String::new(),
            codec: None,
            width: None,
            height: None,
            last_frame_at: None,
            clock_offset_us: None,
        };
        self.entries().insert(stream, Entry { status, news: News::Changed });
        self.0.changed.notify_one();
    }

    pub(crate) fn live(&self, stream: StreamId, unit: &AccessUnit) {
        self.edit(stream, |status| {
            let parameters = &unit.parameters;
            let was = (status.state, status.codec, status.width, status.height);
            if status.state != CameraState::Live {
                (status.state, status.since) = (CameraState::Live, unit.arrived_at);
                (status.cause, status.detail) = (None, String::new());
                up(stream, 1.0);
            }
            status.codec = Some(parameters.codec);
            (status.width, status.height) = (Some(parameters.width), Some(parameters.height));
            status.last_frame_at = Some(unit.arrived_at);
            if was == (status.state, status.codec, status.width, status.height) { News::Fresh } else { News::Changed }
        });
    }

    pub(crate) fn failing(&self, stream: StreamId, cause: GapCause, detail: &str, at: WallTime) {
        self.edit(stream, |status| {
            if status.state != CameraState::Failing {
                (status.state, status.since) = (CameraState::Failing, at);
                up(stream, 0.0);
            } else if status.cause == Some(cause) && status.detail == detail {
                return News::None;
            }
            (status.cause, status.detail) = (Some(cause), detail.to_owned());
            News::Changed
        });
    }

    pub(crate) fn gateway_down(&self, stream: StreamId, at: WallTime) {
        self.failing(stream, GapCause::GatewayDown, "gateway was stopped", at);
    }

    pub(crate) fn clock_offset(&self, stream: StreamId, offset_us: i64) {
        self.edit(stream, |status| {
            status.clock_offset_us = Some(offset_us);
            News::Fresh
        });
    }

    pub(crate) fn remove(&self, stream: StreamId) {
        self.entries().remove(&stream);
        up(stream, 0.0);
    }

    fn edit(&self, stream: StreamId, edit: impl FnOnce(&mut StreamStatus) -> News) {
        let mut entries = self.entries();
        let Some(entry) = entries.get_mut(&stream) else { return };
        let news = edit(&mut entry.status);
        entry.news = entry.news.max(news);
        if news == News::Changed {
            self.0.changed.notify_one();
        }
    }

    /// Returns what is at least as urgent as `least`, and takes it as written.
    fn take(&self, least: News) -> Vec<(StreamId, StreamStatus, News)> {
        let mut entries = self.entries();
        let due = entries.iter_mut().filter(|(_, entry)| entry.news >= least);
        due.map(|(stream, entry)| {
            let news = std::mem::replace(&mut entry.news, News::None);
            (*stream, entry.status.clone(), news)
        })
        .collect()
    }

    fn put_back(&self, stream: StreamId) {
        if let Some(entry) = self.entries().get_mut(&stream) {
            entry.news = News::Changed;
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<StreamId, Entry>> {
        self.0.entries.lock().expect("nobody panics while holding this lock")
    }
}

fn up(stream: StreamId, value: f64) {
    metrics::gauge!(metric::CAMERA_UP, "stream" => stream.to_string()).set(value);
}

/// Writes changed states at once and the rest every five seconds, until `stop`; then what is left.
pub(crate) async fn write_statuses(board: StatusBoard, store: Store, stop: CancellationToken) {
    let mut refreshed = Instant::now();
    while !stop.is_cancelled() {
        let least = tokio::select! {
            () = stop.cancelled() => News::Changed,
            waited = timeout(REFRESH.saturating_sub(refreshed.elapsed()), board.0.changed.notified()) => {
                if waited.is_ok() { News::Changed } else { News::Fresh }
            }
        };
        if least == News::Fresh {
            refreshed = Instant::now();
        }
        write(&board, &store, least).await;
    }
}

/// Writes the times of the last pictures, all at once: a transaction each would cost more than hashing the pictures.
async fn write_fresh(board: &StatusBoard, store: &Store, fresh: &[(StreamId, StreamStatus, News)]) {
    let heard = fresh.iter().map(|(stream, status, _)| StreamHeard {
        stream: *stream,
        last_frame_at: status.last_frame_at,
        clock_offset_us: status.clock_offset_us,
    });
    if let Err(error) = store.set_streams_heard(&heard.collect::<Vec<_>>()).await {
        tracing::warn!(streams = fresh.len(), %error, "times of the last pictures not written; will retry");
        fresh.iter().for_each(|(stream, ..)| board.put_back(*stream));
    }
}

async fn write(board: &StatusBoard, store: &Store, least: News) {
    let (changed, fresh): (Vec<_>, Vec<_>) =
        board.take(least).into_iter().partition(|(_, _, news)| *news == News::Changed);
    write_fresh(board, store, &fresh).await;
    for (stream, status, _) in changed {
        match store.set_stream_status(stream, &status).await {
            Ok(()) => {}
            // removed in the meantime
            Err(StoreError::Conflict { .. }) => board.remove(stream),
            Err(error) => {
                tracing::warn!(stream.id = %stream, %error, "stream status not written; will retry");
                board.put_back(stream);
            }
        }
    }
}
