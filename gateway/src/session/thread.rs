//! The thread on which cameras are read over TCP.
//!
//! Cameras send a packet every few milliseconds. Woken for each, a hundred cameras wake the process 18,000 times a
//! second, which costs more than all the rest of recording. So this thread does not wake when something comes but at a
//! steady beat, and takes what has come since: as network cards moderate their interrupts. Nothing is lost meanwhile:
//! the system's socket buffers hold seconds of a stream, and a full one makes the camera wait.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};
use tokio::{runtime, task::JoinHandle};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

/// A picture at 25 a second: what nobody watches may come later by so much.
const BEAT: Duration = Duration::from_millis(40);
/// While somebody watches, no picture is later by more than this.
const WATCHED_BEAT: Duration = Duration::from_millis(2);

/// How many wait for pictures: the viewers of all streams, and cameras that are called for the first time.
pub(crate) type Viewers = Arc<AtomicUsize>;

/// Keeps the beat short while it lives.
pub(crate) struct Hurry(Viewers);

impl Hurry {
    pub(crate) fn new(viewers: &Viewers) -> Self {
        viewers.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(viewers))
    }
}

impl Drop for Hurry {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A thread of its own with a runtime of its own; ends when dropped.
///
/// Architecture invariant: only sessions live here. What answers people or the database must not wait for a beat.
pub(crate) struct SessionThread {
    runtime: runtime::Handle,
    thread: thread::JoinHandle<()>,
    stop: DropGuard,
}

impl SessionThread {
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(viewers: Viewers) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .on_thread_park(move || wait_for_beat(&viewers))
            .build()?;
        let handle = runtime.handle().clone();
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let thread = thread::Builder::new().name("cameras".to_owned()).spawn(move || {
            runtime.block_on(stopped.cancelled());
            // a name that is being looked up must not hold up the end
            runtime.shutdown_background();
        })?;
        Ok(Self { runtime: handle, thread, stop: stop.drop_guard() })
    }

    pub(crate) fn spawn(
        &self,
        tracker: &TaskTracker,
        session: impl Future<Output = ()> + Send + 'static,
    ) -> JoinHandle<()> {
        tracker.spawn_on(session, &self.runtime)
    }

    /// Ends the thread and what runs on it.
    pub(crate) async fn end(self) {
        drop(self.stop);
        // never blocks longer than a beat
        let joined = tokio::task::spawn_blocking(|| self.thread.join()).await;
        if !matches!(joined, Ok(Ok(()))) {
            tracing::error!("the thread that reads cameras panicked");
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the thread itself rests, with all its tasks")]
fn wait_for_beat(viewers: &Viewers) {
    thread::sleep(if viewers.load(Ordering::Relaxed) > 0 { WATCHED_BEAT } else { BEAT });
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn what_comes_piece_by_piece_is_taken_in_larger_ones_and_whole() {
        const PIECES: usize = 400;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let cameras = SessionThread::start(Viewers::default()).unwrap();
        let reads = Arc::new(AtomicUsize::new(0));
        let (tracker, counted) = (TaskTracker::new(), Arc::clone(&reads));
        let reader = cameras.spawn(&tracker, async move {
            let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
            let (mut piece, mut taken) = ([0; 4096], 0);
            while taken < PIECES {
                taken += socket.read(&mut piece).await.unwrap();
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.set_nodelay(true).unwrap();
        for _ in 0..PIECES {
            socket.write_all(&[7]).await.unwrap();
            tokio::task::yield_now().await;
        }
        reader.await.unwrap();
        assert!(reads.load(Ordering::Relaxed) < PIECES / 2, "{} reads", reads.load(Ordering::Relaxed));
        cameras.end().await;
    }

    #[tokio::test]
    async fn its_end_ends_what_runs_on_it() {
        let cameras = SessionThread::start(Viewers::default()).unwrap();
        let endless = cameras.spawn(&TaskTracker::new(), std::future::pending());
        cameras.end().await;
        assert!(endless.await.unwrap_err().is_cancelled());
    }
}
