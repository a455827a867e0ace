//! What judging one camera costs in processor time, part by part.

mod cpu;

use crate::{
    Config, Picture,
    chain::{Chain, PersonLook},
    decode::{DecodeError, Decoder, Doze, Due, Output, Pace, read_clip},
    detect::{DetectError, Detector, Runtime, RuntimeError},
    judge::Zone,
    models::ModelSet,
};
use mingchu_domain::{
    geometry::Polygon, id::ZoneId, media::AccessUnit, place::ZoneKind, rule::RulePack, time::WallTime,
};
use serde::Serialize;
use std::{path::Path, time::Duration};
use tokio::sync::mpsc;

/// Pictures are this wide for persons, as in the running analyzer.
const PERSON_WIDTH: u32 = 640;
/// Without anybody a key unit of the main stream is decoded this often, as in the running analyzer.
const STILL_PAUSE: Duration = Duration::from_secs(10);
/// Runs of a model on each side of the comparison.
const ROUNDS: usize = 40;

/// A measurement that failed.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A stream cannot be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A model failed.
    #[error(transparent)]
    Detect(#[from] DetectError),
    /// A model cannot be read.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// A stream holds nothing to measure.
    #[error("{0} holds no picture that can be measured")]
    Empty(String),
}

/// Milliseconds of processor time that one camera costs each second, by part.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Stages {
    /// Decoding the sub stream, whole or by key units while the scene is calm; scaling the pictures that are due.
    pub sub_decode: f64,
    /// Decoding the key units of the main stream that are due.
    pub main_decode: f64,
    /// Looks for persons that ended at the change gate or found everybody settled.
    pub gate: f64,
    /// Looks for persons with the model, and tracks.
    pub persons: f64,
    /// Heads: crops, classifiers, judgement.
    pub heads: f64,
}

/// What one camera costs.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Cost {
    /// Milliseconds of processor time each second.
    pub stages: Stages,
    /// Looks for persons with the model, each second.
    pub person_looks: f64,
    /// Main pictures whose heads were looked at, each second.
    pub head_looks: f64,
    /// Judgements of a hat or a mask, each second.
    pub judgements: f64,
}

impl Cost {
    /// Returns how many such cameras one core carries.
    #[must_use]
    pub fn cameras_per_core(&self) -> f64 {
        let Stages { sub_decode, main_decode, gate, persons, heads } = self.stages;
        1000.0 / (sub_decode + main_decode + gate + persons + heads).max(1e-6)
    }
}

/// Plays a main and a sub stream `times` over through decoders and chain, as one camera of a serving room, and
/// measures the processor time of the whole process; nothing else may run in it. The clip is repeated, and what the
/// first time costs until the scene is known does not count.
///
/// # Errors
/// When a stream cannot be decoded or a model fails.
pub fn camera_cost(
    (main, sub): (&Path, &Path),
    times: u32,
    config: &Config,
    detector: &mut dyn Detector,
) -> Result<Cost, BenchError> {
    let start = WallTime::default();
    let sub_units = read_clip(sub, start)?.collect::<Result<Vec<_>, _>>()?;
    let keys: Vec<AccessUnit> = read_clip(main, start)?
        .filter(|unit| unit.as_ref().map_or(true, |unit| unit.is_key))
        .collect::<Result<_, _>>()?;
    let last =
        sub_units.last().map(|unit| unit.arrived_at).ok_or_else(|| BenchError::Empty(sub.display().to_string()))?;
    let length = last.since(start) + Duration::from_millis(40);

    // The first decoder of a process loads libraries, which no camera pays for again.
    let pictures = decode(&sub_units, PERSON_WIDTH, config.person_every())?;
    let mut camera = Camera::new(config, length);
    // The first time warms everything up, the second tells what is decoded once the scene is known.
    for time in 0..2 {
        camera.follow(time, &sub_units, &keys, &pictures, detector)?;
    }
    let Camera { sub_due, main_due, .. } = &camera;
    let begun = cpu::process();
    let persons = decode(sub_due, PERSON_WIDTH, config.person_every())?;
    let sub_decode = cpu::process() - begun;
    let begun = cpu::process();
    let heads = decode(main_due, u32::MAX, Duration::ZERO)?;
    let main_decode = cpu::process() - begun;
    let mut cost = camera.play((&persons, &heads), times, detector)?;
    let milliseconds = |spent: Duration| spent.as_secs_f64() * 1000.0 / length.as_secs_f64();
    (cost.stages.sub_decode, cost.stages.main_decode) = (milliseconds(sub_decode), milliseconds(main_decode));
    Ok(cost)
}

fn decode(units: &[AccessUnit], width_at_most: u32, every: Duration) -> Result<Vec<Picture>, BenchError> {
    let Some(first) = units.first() else { return Ok(Vec::new()) };
    let output = Output { pace: Pace::File, width_at_most, every };
    let (sender, mut pictures) = mpsc::channel(units.len());
    let mut decoder = Decoder::start(&first.parameters, first.arrived_at, output, sender)?;
    units.iter().try_for_each(|unit| decoder.push(unit))?;
    decoder.finish()?;
    Ok(std::iter::from_fn(|| pictures.try_recv().ok()).collect())
}

/// One camera of a serving room whose clip is played again and again.
struct Camera {
    chain: Chain,
    doze: Doze,
    due: Due,
    length: Duration,
    head_every: Duration,
    last_main: Option<WallTime>,
    /// The units that were decoded the last time the clip was followed, by their time in the clip.
    sub_due: Vec<AccessUnit>,
    main_due: Vec<AccessUnit>,
}

impl Camera {
    fn new(config: &Config, length: Duration) -> Self {
        let zone = Zone { id: ZoneId::generate(), kind: ZoneKind::Serving, outline: Polygon::whole() };
        Self {
            chain: Chain::new(config, &RulePack::national(), vec![zone]),
            doze: Doze::default(),
            due: Due::new(config.person_every()),
            length,
            head_every: config.head_every,
            last_main: None,
            sub_due: Vec::new(),
            main_due: Vec::new(),
        }
    }

    /// Notes what of the clip's units is decoded in its `time`th repetition.
    fn follow(
        &mut self,
        time: u32,
        sub: &[AccessUnit],
        keys: &[AccessUnit],
        pictures: &[Picture],
        detector: &mut dyn Detector,
    ) -> Result<(), BenchError> {
        (self.sub_due, self.main_due) = (Vec::new(), Vec::new());
        let shift = self.length * time;
        let mut keys = keys.iter().peekable();
        for unit in sub {
            let shifted = AccessUnit { arrived_at: unit.arrived_at + shift, ..unit.clone() };
            for ready in self.doze.take(shifted, self.chain.is_calm()) {
                let (at, in_clip) = (ready.arrived_at, ready.arrived_at - shift);
                self.sub_due.push(AccessUnit { arrived_at: in_clip, ..ready });
                let picture = pictures.iter().find(|picture| picture.at() == in_clip);
                if let Some(picture) = picture.filter(|_| self.due.takes(at.since(WallTime::default()))) {
                    self.chain.look_for_persons(&picture.clone().taken_at(at), detector)?;
                }
                while let Some(key) = keys.next_if(|key| key.arrived_at <= in_clip) {
                    let pause = if self.chain.wants_heads() { self.head_every } else { STILL_PAUSE };
                    let at = key.arrived_at + shift;
                    if self.last_main.is_none_or(|last| at.since(last) >= pause.mul_f32(0.9)) {
                        self.last_main = Some(at);
                        self.main_due.push(key.clone());
                    }
                }
            }
        }
        Ok(())
    }

    /// Plays pictures `times` over and measures the looks.
    fn play(
        &mut self,
        (persons, heads): (&[Picture], &[Picture]),
        times: u32,
        detector: &mut dyn Detector,
    ) -> Result<Cost, BenchError> {
        let chain = &mut self.chain;
        let mut cost = Cost::default();
        for time in 0..times {
            let at = |picture: &Picture| picture.at() + self.length * (time + 2);
            let mut waiting = heads.iter().peekable();
            for picture in persons {
                let begun = cpu::process();
                let look = chain.look_for_persons(&picture.clone().taken_at(at(picture)), detector)?;
                let spent = (cpu::process() - begun).as_secs_f64();
                if look == PersonLook::Looked {
                    cost.stages.persons += spent;
                    cost.person_looks += 1.0;
                } else {
                    cost.stages.gate += spent;
                }
                while let Some(main) = waiting.next_if(|main| main.at() <= picture.at()) {
                    if !chain.wants_heads() {
                        continue;
                    }
                    let begun = cpu::process();
                    let look = chain.look_at_heads(&main.clone().taken_at(at(main)), detector)?;
                    cost.stages.heads += (cpu::process() - begun).as_secs_f64();
                    cost.head_looks += 1.0;
                    cost.judgements += look.judged.len() as f64;
                }
            }
        }
        let seconds = self.length.as_secs_f64() * f64::from(times);
        let Stages { gate, persons, heads, .. } = &mut cost.stages;
        for spent in [gate, persons, heads] {
            *spent *= 1000.0 / seconds;
        }
        for count in [&mut cost.person_looks, &mut cost.head_looks, &mut cost.judgements] {
            *count /= seconds;
        }
        Ok(cost)
    }
}

/// One model as this program runs it, and as ONNX Runtime runs it with its own defaults, both on one thread.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    /// Which model.
    pub model: &'static str,
    /// Milliseconds of processor time of one inference here, median.
    pub ours_ms: f64,
    /// Milliseconds of processor time of one inference there, median.
    pub plain_ms: f64,
}

/// Runs each model of `set` on the same numbers in this program's way and in plain ONNX Runtime, in turn. Empty on
/// OpenCV.
///
/// # Errors
/// When a model cannot be read or run.
pub fn compare_inference(runtime: &Runtime, set: &ModelSet) -> Result<Vec<Compared>, BenchError> {
    let mut compared = Vec::new();
    for (kind, model) in set.usable() {
        let Some(mut pair) = runtime.beside_plain(kind.as_str(), model)? else { continue };
        let (mut ours, mut plain) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let begun = cpu::thread();
            pair.run_ours()?;
            ours.push(cpu::thread() - begun);
            let begun = cpu::thread();
            pair.run_plain()?;
            plain.push(cpu::thread() - begun);
        }
        compared.push(Compared { model: kind.as_str(), ours_ms: median_ms(ours), plain_ms: median_ms(plain) });
    }
    Ok(compared)
}

fn median_ms(mut spent: Vec<Duration>) -> f64 {
    spent.sort();
    spent.get(spent.len() / 2).map_or(0.0, |median| median.as_secs_f64() * 1000.0)
}
