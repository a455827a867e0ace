//! Tells the database what the recorders have to say, and keeps it in the journal while the database is away.
//!
//! ```text
//! recorders --facts, in order--> Clerk --database answers--> rows
//!                                   '--- does not ---> journal --tried every second--> rows
//! ```
//!
//! Invariant: when [`Clerk::note`] returns, the fact is in the database or in the journal, after all facts noted before.

use super::{disk::Disk, fact::Fact, journal::Journal};
use mingchu_store::{Store, StoreError};
use std::{collections::VecDeque, io, path::Path, sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::spawn_blocking,
    time::{sleep, timeout},
};

/// How long the database may take for a row before it counts as away.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long it may take when it was away.
const LITTLE_PATIENCE: Duration = Duration::from_secs(1);
/// How soon a database that was away is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// Facts on their way. Overflow: the recorder waits, and its own queue grows.
const QUEUE_FACTS: usize = 256;
/// Facts kept in memory while both database and journal refuse. Overflow: the oldest is forgotten; the next start adopts
/// its file and declares the time before it.
const HELD_FACTS: usize = 20_000;

type Message = (Fact, oneshot::Sender<()>);

/// The recorders' end. Cheap to clone; the clerk ends when the last one is gone.
#[derive(Clone)]
pub(crate) struct Clerk {
    queue: mpsc::Sender<Message>,
    is_away: watch::Receiver<bool>,
}

/// The task behind it.
pub(crate) struct Desk {
    store: Store,
    journal: Option<Journal>,
    /// What the journal refused; newer than all that is in it.
    held: VecDeque<Fact>,
    queue: mpsc::Receiver<Message>,
    is_away: watch::Sender<bool>,
}

/// Returns both ends. What an earlier run left in the journal is written first.
pub(crate) async fn clerk(store: Store, disk: Disk, folder: Arc<Path>) -> (Clerk, Desk) {
    let opened = spawn_blocking(move || Journal::open(&disk, &folder)).await;
    let journal = match opened.unwrap_or_else(|stopped| Err(io::Error::other(stopped))) {
        Ok(journal) => Some(journal),
        Err(error) => {
            tracing::error!(%error, "archive journal cannot be opened; rows wait in memory while the database is away");
            None
        }
    };
    let (queue, receiver) = mpsc::channel(QUEUE_FACTS);
    let is_away = watch::Sender::new(journal.as_ref().is_some_and(|journal| !journal.is_empty()));
    let clerk = Clerk { queue, is_away: is_away.subscribe() };
    (clerk, Desk { store, journal, held: VecDeque::new(), queue: receiver, is_away })
}

impl Clerk {
    /// Notes a fact; returns when it is durable.
    pub(super) async fn note(&self, fact: Fact) {
        let (done, noted) = oneshot::channel();
        if self.queue.send((fact, done)).await.is_err() || noted.await.is_err() {
            tracing::warn!("archive clerk has ended before its recorders; the next start recovers");
        }
    }

    /// Waits until the database knows everything that was noted before.
    pub(super) async fn settled(&self) {
        // an error means that the clerk has ended: nothing more will be known
        let ended = self.is_away.clone().wait_for(|away| !away).await.is_err();
        if ended {
            tracing::debug!("archive clerk has ended");
        }
    }
}

impl Desk {
    /// Runs until the last [`Clerk`] is gone.
    pub(crate) async fn run(mut self) {
        loop {
            let away = *self.is_away.borrow();
            let message = if away {
                tokio::select! {
                    biased;
                    message = self.queue.recv() => message,
                    () = sleep(RETRY) => {
                        self.catch_up().await;
                        continue;
                    }
                }
            } else {
                self.queue.recv().await
            };
            let Some((fact, done)) = message else { break };
            self.take(fact).await;
            // a recorder that was stopped in the meantime does not listen any more
            done.send(()).ok();
        }
        if *self.is_away.borrow() {
            self.catch_up().await;
        }
    }

    async fn take(&mut self, fact: Fact) {
        if *self.is_away.borrow() {
            return self.keep(fact).await;
        }
        if let Err(away) = tell(&self.store, &fact, PATIENCE).await {
            tracing::warn!(error = away, "database is away; archive goes on, rows wait in the journal");
            self.is_away.send_replace(true);
            self.keep(fact).await;
        }
    }

    /// Keeps a fact for later.
    async fn keep(&mut self, fact: Fact) {
        if let (Some(mut journal), true) = (self.journal.take(), self.held.is_empty()) {
            let kept = spawn_blocking(move || {
                let appended = journal.append(&fact);
                (journal, fact, appended)
            });
            let Ok((journal, fact, appended)) = kept.await else {
                tracing::error!("archive journal is lost; rows wait in memory");
                return;
            };
            self.journal = Some(journal);
            match appended {
                Ok(()) => return,
                Err(error) => tracing::error!(%error, "archive journal refused a record; it waits in memory"),
            }
            self.hold(fact);
        } else {
            self.hold(fact);
        }
    }

    fn hold(&mut self, fact: Fact) {
        self.held.push_back(fact);
        if self.held.len() > HELD_FACTS {
            self.held.pop_front();
        }
    }

    /// Writes what waits, oldest first, until the database refuses again.
    async fn catch_up(&mut self) {
        let mut written = 0_u32;
        loop {
            match self.next().await {
                Ok(Some((fact, end))) => {
                    if tell(&self.store, &fact, LITTLE_PATIENCE).await.is_err() {
                        return;
                    }
                    written += 1;
                    self.forget(end).await;
                }
                Ok(None) => break,
                Err(error) => {
                    tracing::error!(%error, "archive journal cannot be read");
                    return;
                }
            }
            while let Ok((fact, done)) = self.queue.try_recv() {
                self.keep(fact).await;
                done.send(()).ok();
            }
        }
        tracing::info!(written, "database is back; it knows the whole archive again");
        self.is_away.send_replace(false);
    }

    /// Returns the oldest fact that waits, and where it ends in the journal.
    async fn next(&mut self) -> io::Result<Option<(Fact, Option<u64>)>> {
        if let Some(mut journal) = self.journal.take() {
            let read = spawn_blocking(move || {
                let first = journal.first();
                (journal, first)
            });
            let (journal, first) = read.await.map_err(io::Error::other)?;
            self.journal = Some(journal);
            if let Some((fact, end)) = first? {
                return Ok(Some((fact, Some(end))));
            }
        }
        Ok(self.held.front().map(|fact| (fact.clone(), None)))
    }

    async fn forget(&mut self, end: Option<u64>) {
        match (end, &mut self.journal) {
            (Some(end), Some(journal)) => {
                // no fsync: a record that comes back after a crash does no harm
                if let Err(error) = journal.forget(end) {
                    tracing::warn!(%error, "archive journal cannot be shortened");
                }
            }
            _ => drop(self.held.pop_front()),
        }
    }
}

/// Writes a fact into the database. One that the database refuses for good is logged and done with.
async fn tell(store: &Store, fact: &Fact, patience: Duration) -> Result<(), String> {
    match timeout(patience, fact.write(store)).await {
        Ok(Err(StoreError::Conflict { constraint })) => {
            tracing::warn!(constraint, ?fact, "database refuses a row of the archive; the file stays");
            Ok(())
        }
        Ok(written) => written.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {} s", patience.as_secs())),
    }
}
