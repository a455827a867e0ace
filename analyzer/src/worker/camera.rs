//! One camera's task: takes access units, decodes what is due, puts pictures on the desk.

use super::{
    desk::{Desk, Tray},
    seat::{Looks, Seat},
};
use crate::{
    Config, Frames,
    decode::{DecodeError, Decoder, Doze, Output, Pace},
    picture::Picture,
};
use mingchu_domain::{
    id::StreamId,
    media::{AccessUnit, VideoParameters},
    time::WallTime,
};
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Width of pictures in which persons are looked for; the network sees 544 of 16:9.
const PERSON_WIDTH: u32 = 640;
/// Decoded pictures between decoder and desk. When it is full the new picture is dropped, see [`Decoder::start`].
const DECODED: usize = 1;
/// A stream that could not be decoded is tried again after this long, at a key unit.
const RETRY: Duration = Duration::from_secs(5);

/// Which units of a stream are decoded.
enum Units {
    /// All, because pictures between key units are wanted, unless the scene is calm.
    All(Doze),
    /// Key units that are due.
    DueKeys,
}

/// One stream on its way to the desk.
struct Lane {
    tray: Tray,
    units: Units,
    output: Output,
    head_every: Duration,
    decoder: Option<(Arc<VideoParameters>, Decoder)>,
    last_key: Option<WallTime>,
    retry_at: Option<WallTime>,
    pictures: mpsc::Sender<Picture>,
}

/// Runs a camera until `stopping` or until its streams end.
pub(super) async fn run(
    seat: Arc<Seat>,
    streams: (Option<StreamId>, Option<StreamId>),
    frames: Arc<dyn Frames>,
    desk: Arc<Desk>,
    config: Arc<Config>,
    stopping: CancellationToken,
) {
    let (main, sub) = streams;
    let mut tasks = tokio::task::JoinSet::new();
    for (stream, tray) in [(main, Tray::Main), (sub, Tray::Sub)] {
        let Some(stream) = stream else { continue };
        let units = frames.subscribe(stream);
        let lane = lane(&seat, tray, &config);
        let (seat, desk, stopping) = (Arc::clone(&seat), Arc::clone(&desk), stopping.clone());
        tasks.spawn(async move { follow(lane, units, &seat, &desk, stopping).await });
    }
    while let Some(ended) = tasks.join_next().await {
        if let Err(error) = ended {
            tracing::error!(camera.id = %seat.camera_id, error = &error as &dyn std::error::Error, "a stream's task failed");
        }
    }
}

type NewLane = (Lane, mpsc::Receiver<Picture>);

fn lane(seat: &Seat, tray: Tray, config: &Config) -> NewLane {
    let (sender, pictures) = mpsc::channel(DECODED);
    let (units, output) = match tray {
        Tray::Sub => {
            let width_at_most = if seat.looks == Looks::One { u32::MAX } else { PERSON_WIDTH };
            (Units::All(Doze::default()), Output { pace: Pace::Live, width_at_most, every: config.person_every() })
        }
        Tray::Main => (Units::DueKeys, Output { pace: Pace::Live, width_at_most: u32::MAX, every: Duration::ZERO }),
    };
    let lane = Lane {
        tray,
        units,
        output,
        head_every: config.head_every,
        decoder: None,
        last_key: None,
        retry_at: None,
        pictures: sender,
    };
    (lane, pictures)
}

async fn follow(
    (mut lane, mut pictures): NewLane,
    mut units: mpsc::Receiver<AccessUnit>,
    seat: &Seat,
    desk: &Desk,
    stopping: CancellationToken,
) {
    loop {
        tokio::select! {
            () = stopping.cancelled() => break,
            unit = units.recv() => match unit {
                Some(unit) => lane.take(unit, seat).await,
                None => break,
            },
            Some(picture) = pictures.recv() => {
                if desk.put(seat.camera_id, lane.tray, picture) {
                    metrics::counter!("mingchu_analyzer_dropped_total", "at" => "desk").increment(1);
                }
            }
        }
    }
    lane.close().await;
}

impl Lane {
    async fn take(&mut self, unit: AccessUnit, seat: &Seat) {
        if self.retry_at.is_some_and(|at| unit.arrived_at < at) {
            return;
        }
        let ready = if let Units::All(doze) = &mut self.units {
            doze.take(unit, seat.is_calm())
        } else if self.is_due(&unit, seat) {
            vec![unit]
        } else {
            Vec::new()
        };
        for unit in ready {
            self.decode(unit, seat).await;
        }
    }

    async fn decode(&mut self, unit: AccessUnit, seat: &Seat) {
        let is_new = self.decoder.as_ref().is_none_or(|(known, _)| **known != *unit.parameters);
        if is_new && !unit.is_key {
            return;
        }
        let pushed = if is_new { self.open(&unit).await } else { Ok(()) };
        let pushed = pushed.and_then(|()| match &mut self.decoder {
            Some((_, decoder)) => decoder.push(&unit),
            None => Ok(()),
        });
        match pushed {
            Ok(()) => self.count_dropped(),
            Err(error) => {
                tracing::warn!(camera.id = %seat.camera_id, error = &error as &dyn std::error::Error, "a stream cannot be decoded; will retry");
                self.retry_at = Some(unit.arrived_at + RETRY);
                self.close().await;
            }
        }
    }

    /// Whether a unit of the main stream is decoded: delta units are not, nor key units that come too soon.
    fn is_due(&mut self, unit: &AccessUnit, seat: &Seat) -> bool {
        if !unit.is_key {
            return false;
        }
        let pause = if seat.looks == Looks::One || seat.wants_main() { self.head_every } else { STILL_PAUSE };
        let is_due = self.last_key.is_none_or(|last| unit.arrived_at.since(last) >= pause.mul_f32(0.9));
        if is_due {
            self.last_key = Some(unit.arrived_at);
        }
        is_due
    }

    async fn open(&mut self, unit: &AccessUnit) -> Result<(), DecodeError> {
        self.close().await;
        let (parameters, base, output) = (Arc::clone(&unit.parameters), unit.arrived_at, self.output);
        let pictures = self.pictures.clone();
        // GStreamer reads its registry at the first start, which takes seconds on a new machine.
        let opening = tokio::task::spawn_blocking(move || Decoder::start(&parameters, base, output, pictures));
        let decoder = opening.await.map_err(|error| DecodeError::Broken(error.to_string()))??;
        self.decoder = Some((Arc::clone(&unit.parameters), decoder));
        Ok(())
    }

    async fn close(&mut self) {
        let Some(decoder) = self.decoder.take() else { return };
        if tokio::task::spawn_blocking(move || drop(decoder)).await.is_err() {
            tracing::warn!("a decoder could not be closed");
        }
    }

    fn count_dropped(&self) {
        let dropped = self.decoder.as_ref().map_or(0, |(_, decoder)| decoder.take_dropped());
        if dropped > 0 {
            metrics::counter!("mingchu_analyzer_dropped_total", "at" => "decoder").increment(dropped);
        }
    }
}

/// Without anybody in the picture the main stream is only wanted for stills, and to be quick when somebody comes.
const STILL_PAUSE: Duration = Duration::from_secs(10);
