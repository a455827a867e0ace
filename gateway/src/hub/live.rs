//! Viewers of a stream, and the one mux that feeds them all.

use crate::{
    metric,
    mp4::{Picture, fragment_head, init_segment},
    session::Viewers,
};
use bytes::Bytes;
use mingchu_domain::{
    live::{LiveRefused, LiveUnit},
    media::{AccessUnit, Codec, VideoParameters},
    time::MediaTime,
};
use std::sync::{Arc, atomic::Ordering};
use tokio::sync::mpsc;

/// Room beyond the pictures a viewer starts with: ten seconds at 25 frames a second.
/// Overflow: fragments are dropped up to the next key unit, and counted.
const QUEUE_FRAGMENTS: usize = 256;
/// Shown as the length of the newest picture until the first distance is known: 25 frames a second.
const USUAL_STEP_90K: u32 = 3600;

/// Makes fragments of pictures, one each.
struct Mux {
    parameters: Arc<VideoParameters>,
    init: LiveUnit,
    begin: MediaTime,
    last: MediaTime,
    step_90k: u32,
    sequence: u32,
}

impl Mux {
    fn new(unit: &AccessUnit) -> Self {
        let parameters = Arc::clone(&unit.parameters);
        let init = LiveUnit::Init {
            codec_string: parameters.codec_string.clone(),
            width: parameters.width,
            height: parameters.height,
            data: Bytes::from(init_segment(&parameters.sample_entry)),
        };
        Self { parameters, init, begin: unit.pts_90k, last: unit.pts_90k, step_90k: USUAL_STEP_90K, sequence: 0 }
    }

    fn fragment(&mut self, unit: &AccessUnit) -> LiveUnit {
        let step = unit.pts_90k.ticks_since(self.last);
        if (1..MediaTime::PER_SECOND).contains(&step) {
            self.step_90k = u32::try_from(step).unwrap_or(USUAL_STEP_90K);
        }
        self.last = unit.pts_90k;
        self.sequence = self.sequence.wrapping_add(1);
        let pts_90k = unit.pts_90k.ticks_since(self.begin).max(0);
        let picture = Picture {
            size_bytes: u32::try_from(unit.data.len()).unwrap_or(0),
            duration_90k: self.step_90k,
            is_key: unit.is_key,
        };
        let mut data = fragment_head(self.sequence, pts_90k.unsigned_abs(), &[picture]);
        data.reserve_exact(unit.data.len());
        data.extend_from_slice(&unit.data);
        LiveUnit::Fragment { data: Bytes::from(data), is_key: unit.is_key, pts_90k }
    }
}

struct Viewer {
    queue: mpsc::Sender<LiveUnit>,
    waits_for_key: bool,
    needs_init: bool,
}

/// What keeps a viewer.
#[derive(PartialEq)]
enum Sent {
    Taken,
    Missed,
    Gone,
}

impl Viewer {
    fn send(&mut self, unit: LiveUnit) -> Sent {
        match self.queue.try_send(unit) {
            Ok(()) => Sent::Taken,
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.waits_for_key = true;
                Sent::Missed
            }
            Err(mpsc::error::TrySendError::Closed(_)) => Sent::Gone,
        }
    }

    /// Sends the first word, for which there is always room.
    fn begin(&mut self, unit: &LiveUnit) {
        let _room_is_made_above = self.send(unit.clone());
    }

    fn fragment(&mut self, fragment: &LiveUnit, is_key: bool, init: &LiveUnit) -> Sent {
        if (self.waits_for_key || self.needs_init) && !is_key {
            return if self.queue.is_closed() { Sent::Gone } else { Sent::Missed };
        }
        if self.needs_init {
            match self.send(init.clone()) {
                Sent::Taken => self.needs_init = false,
                other => return other,
            }
        }
        self.waits_for_key = false;
        self.send(fragment.clone())
    }
}

/// A stream's viewers.
#[derive(Default)]
pub(super) struct LiveFan {
    mux: Option<Mux>,
    /// The pictures since the last key unit, muxed; empty while nobody watches.
    fragments: Vec<LiveUnit>,
    viewers: Vec<Viewer>,
    /// Of all streams.
    count: Viewers,
}

impl LiveFan {
    pub(super) fn new(count: Viewers) -> Self {
        Self { count, ..Self::default() }
    }

    /// Adds a viewer, who starts with what `gop` holds or with the news that the camera is `lost`.
    pub(super) fn add(
        &mut self,
        most: usize,
        gop: &[AccessUnit],
        lost: Option<&LiveUnit>,
    ) -> Result<mpsc::Receiver<LiveUnit>, LiveRefused> {
        if self.mux.as_ref().is_some_and(|mux| mux.parameters.codec == Codec::H265) {
            return Err(LiveRefused::NotPlayable);
        }
        self.retain(|viewer| !viewer.queue.is_closed());
        if self.viewers.len() >= most {
            return Err(LiveRefused::TooManyViewers);
        }
        self.catch_up(gop);
        let (queue, receiver) = mpsc::channel(self.fragments.len() + QUEUE_FRAGMENTS);
        let mut viewer = Viewer { queue, waits_for_key: true, needs_init: true };
        match (lost, &self.mux) {
            (Some(lost), _) => viewer.begin(lost),
            (None, Some(mux)) => {
                for fragment in &self.fragments {
                    let is_key = matches!(fragment, LiveUnit::Fragment { is_key: true, .. });
                    let _room_is_made_above = viewer.fragment(fragment, is_key, &mux.init);
                }
            }
            (None, None) => {}
        }
        self.viewers.push(viewer);
        self.count.fetch_add(1, Ordering::Relaxed);
        metrics::gauge!(metric::VIEWERS).increment(1.0);
        Ok(receiver)
    }

    /// Returns how many viewers have not left.
    pub(super) fn viewers(&mut self) -> usize {
        self.retain(|viewer| !viewer.queue.is_closed());
        self.viewers.len()
    }

    /// Sends a picture; `gop` ends with it.
    pub(super) fn unit(&mut self, unit: &AccessUnit, gop: &[AccessUnit]) {
        let is_same = self.mux.as_ref().is_some_and(|mux| Arc::ptr_eq(&mux.parameters, &unit.parameters));
        if !is_same {
            if !unit.is_key {
                return;
            }
            self.mux = Some(Mux::new(unit));
            self.need_init(unit.parameters.codec);
        }
        if unit.is_key {
            self.fragments.clear();
        }
        if self.viewers.is_empty() {
            self.fragments.clear();
            return;
        }
        if gop.is_empty() {
            // the GOP grew too large to be kept
            self.fragments.clear();
            self.catch_up(std::slice::from_ref(unit));
        } else {
            self.catch_up(gop);
        }
        let (Some(mux), Some(fragment)) = (&self.mux, self.fragments.last()) else { return };
        let (init, fragment) = (mux.init.clone(), fragment.clone());
        if gop.is_empty() {
            self.fragments.clear();
        }
        self.retain(|viewer| match viewer.fragment(&fragment, unit.is_key, &init) {
            Sent::Taken => true,
            Sent::Missed => {
                metrics::counter!(metric::DROPPED, "consumer" => "live").increment(1);
                true
            }
            Sent::Gone => false,
        });
    }

    /// Tells viewers that the camera is lost; an init segment follows when it is back.
    pub(super) fn lost(&mut self, lost: &LiveUnit) {
        self.fragments.clear();
        self.mux = None;
        self.retain(|viewer| {
            viewer.needs_init = true;
            viewer.send(lost.clone()) != Sent::Gone
        });
    }

    /// Ends every viewer's queue.
    pub(super) fn clear(&mut self) {
        self.retain(|_| false);
        self.fragments.clear();
        self.mux = None;
    }

    /// Viewers of a stream that has become H.265 are let go: they ask again, and get it transcoded.
    fn need_init(&mut self, codec: Codec) {
        self.fragments.clear();
        self.retain(|viewer| {
            viewer.needs_init = true;
            codec == Codec::H264
        });
    }

    /// Muxes the units of the GOP that are not yet.
    fn catch_up(&mut self, gop: &[AccessUnit]) {
        let Some(mux) = &mut self.mux else { return };
        for unit in gop.iter().skip(self.fragments.len()) {
            let fragment = mux.fragment(unit);
            self.fragments.push(fragment);
        }
    }

    fn retain(&mut self, keep: impl FnMut(&mut Viewer) -> bool) {
        let before = self.viewers.len();
        self.viewers.retain_mut(keep);
        let left = before - self.viewers.len();
        if left > 0 {
            self.count.fetch_sub(left, Ordering::Relaxed);
            let left = u32::try_from(left).unwrap_or(u32::MAX);
            metrics::gauge!(metric::VIEWERS).decrement(f64::from(left));
        }
    }
}
