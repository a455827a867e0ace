//! A simulated camera: its streams, their clock, and the faults that are on.

use super::{
    fault::{Fault, Lastings, Until},
    media::Media,
    program::Program,
};
use mingchu_domain::media::StreamKind;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{sync::watch, time::Instant};

const TICKS_PER_SECOND: u32 = 90_000;

/// Time before the wrap at which [`Fault::Wrap`] puts the RTP timestamp.
const BEFORE_WRAP_90K: u32 = 2 * TICKS_PER_SECOND;

/// A camera with one or two streams.
#[derive(Debug)]
pub(super) struct Camera {
    main: Arc<Stream>,
    sub: Option<Arc<Stream>>,
}

/// One stream; all who watch it see the same picture at the same time.
#[derive(Debug)]
pub(super) struct Stream {
    /// When the clip began.
    started: Instant,
    /// What [`Fault::Parameters`] changes to and back.
    medias: [Arc<Media>; 2],
    pub(super) viewers: AtomicUsize,
    /// Number of the picture after the last one that left whole, to whichever viewer.
    sent: AtomicU64,
    state: watch::Sender<State>,
}

/// What may change while people watch.
#[derive(Debug, Clone)]
pub(super) struct State {
    /// In order of time, never empty.
    programs: Vec<Arc<Program>>,
    pub(super) ssrc: u32,
    /// RTP timestamp of stream time 0.
    pub(super) offset_90k: u32,
    pub(super) lastings: Lastings,
    /// How often sessions were to be closed.
    pub(super) closings: u64,
    /// How often one picture was to be garbage.
    pub(super) garbages: u64,
}

impl Camera {
    /// Returns a camera whose clip begins at `started`.
    pub(super) fn new(main: &Arc<Media>, sub: Option<&Arc<Media>>, started: Instant, first_90k: Option<u32>) -> Self {
        let fits = |other: &&Arc<Media>| other.codec == main.codec;
        let other = |own: &Arc<Media>| Arc::new(own.at_another_level());
        let main_other = sub.filter(fits).map_or_else(|| other(main), Arc::clone);
        let sub = sub.map(|sub| {
            let sub_other = if fits(&sub) { Arc::clone(main) } else { other(sub) };
            Arc::new(Stream::new([Arc::clone(sub), sub_other], started, first_90k))
        });
        Self { main: Arc::new(Stream::new([Arc::clone(main), main_other], started, first_90k)), sub }
    }

    pub(super) fn stream(&self, kind: StreamKind) -> Option<&Arc<Stream>> {
        match kind {
            StreamKind::Main => Some(&self.main),
            StreamKind::Sub => self.sub.as_ref(),
        }
    }

    pub(super) fn streams(&self) -> impl Iterator<Item = (StreamKind, &Arc<Stream>)> {
        let kinds = [StreamKind::Main, StreamKind::Sub];
        kinds.into_iter().filter_map(|kind| Some((kind, self.stream(kind)?)))
    }

    pub(super) fn apply(&self, fault: Fault) {
        for (_, stream) in self.streams() {
            stream.apply(fault);
        }
    }
}

impl Stream {
    fn new(medias: [Arc<Media>; 2], started: Instant, first_90k: Option<u32>) -> Self {
        let programs = vec![Arc::new(Program::new(Arc::clone(&medias[0])))];
        let offset_90k = first_90k.unwrap_or_else(rand::random);
        let (ssrc, lastings) = (rand::random(), Lastings::default());
        let state = State { programs, ssrc, offset_90k, lastings, closings: 0, garbages: 0 };
        Self {
            started,
            medias,
            viewers: AtomicUsize::new(0),
            sent: AtomicU64::new(0),
            state: watch::Sender::new(state),
        }
    }

    /// Returns stream time.
    pub(super) fn time_90k(&self, now: Instant) -> u64 {
        let micros = now.saturating_duration_since(self.started).as_micros();
        u64::try_from(micros * 9 / 100).unwrap_or(u64::MAX)
    }

    /// Returns when a stream time is reached.
    pub(super) fn instant(&self, time_90k: u64) -> Instant {
        // rounded up: a picture is never sent before it is due
        self.started + Duration::from_micros((time_90k.saturating_mul(100)).div_ceil(9))
    }

    pub(super) fn watch(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    /// Returns what is shown at `now`.
    pub(super) fn program_now(&self, now: Instant) -> Arc<Program> {
        let time_90k = self.time_90k(now);
        let state = self.state.borrow();
        let begun = state.programs.iter().rev().find(|program| program.has_begun(time_90k));
        Arc::clone(begun.unwrap_or(&state.programs[0]))
    }

    pub(super) fn lastings(&self) -> Lastings {
        self.state.borrow().lastings
    }

    pub(super) fn viewers(&self) -> usize {
        self.viewers.load(Ordering::Relaxed)
    }

    /// Returns how many pictures have left, the first one included even when nobody watched it.
    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    pub(super) fn count_sent(&self, pictures: u64) {
        self.sent.fetch_max(pictures, Ordering::Relaxed);
    }

    fn apply(&self, fault: Fault) {
        let time_90k = self.time_90k(Instant::now());
        self.state.send_modify(|state| match fault {
            Fault::Close => state.closings += 1,
            Fault::Freeze(lasting) => state.lastings.freeze = Until::after(lasting),
            Fault::Refuse(lasting) => state.lastings.refuse = Until::after(lasting),
            Fault::Password(lasting) => state.lastings.password = Until::after(lasting),
            Fault::Jump { seconds } => {
                let ticks = i64::from(seconds) * i64::from(TICKS_PER_SECOND);
                state.offset_90k = state.offset_90k.wrapping_add(low_bits(ticks.cast_unsigned()));
            }
            Fault::Wrap => {
                state.offset_90k = 0_u32.wrapping_sub(BEFORE_WRAP_90K).wrapping_sub(low_bits(time_90k));
            }
            Fault::Ssrc => state.ssrc = rand::random(),
            Fault::Parameters => state.change_parameters(&self.medias, time_90k),
            Fault::Loss { percent, lasting } => {
                (state.lastings.loss, state.lastings.loss_percent) = (Until::after(lasting), percent);
            }
            Fault::Garbage(None) => state.garbages += 1,
            Fault::Garbage(lasting) => state.lastings.garbage = Until::after(lasting),
            Fault::Slow { kbps, lasting } => {
                (state.lastings.slow, state.lastings.slow_kbps) = (Until::after(lasting), kbps);
            }
            Fault::Clear => state.lastings = Lastings::default(),
        });
    }
}

impl State {
    /// Returns the program that shows the picture of that number.
    pub(super) fn program_of(&self, number: u64) -> &Arc<Program> {
        let shown = self.programs.iter().rev().find(|program| program.first_number <= number);
        shown.unwrap_or(&self.programs[0])
    }

    fn change_parameters(&mut self, medias: &[Arc<Media>; 2], time_90k: u64) {
        // a change that has not begun yet is replaced
        if self.programs.len() > 1 {
            self.programs.retain(|program| program.has_begun(time_90k));
        }
        let Some(current) = self.programs.last() else { return };
        let is_changed = Arc::ptr_eq(&current.media, &medias[1]);
        let next = Arc::clone(&medias[usize::from(!is_changed)]);
        let next = Arc::new(current.followed_by(next, time_90k));
        self.programs.push(next);
    }
}

/// Returns the bits that an RTP timestamp keeps (RFC 3550 §5.1).
pub(super) fn low_bits(ticks: u64) -> u32 {
    u32::try_from(ticks & u64::from(u32::MAX)).unwrap_or_default()
}
