//! What judging one camera costs in processor time, part by part.

mod cpu;

use crate::{
    Config, Picture,
    chain::{Chain, PersonLook},
    decode::{DecodeError, Decoder, Output, Pace, read_clip},
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
    /// Decoding the sub stream whole, scaling the pictures that are due.
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
/// measures the processor time of the whole process; nothing else may run in it.
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
    decode(&sub_units[..sub_units.len().min(25)], PERSON_WIDTH, config.person_every())?;
    let begun = cpu::process();
    let persons = decode(&sub_units, PERSON_WIDTH, config.person_every())?;
    let sub_decode = cpu::process() - begun;
    // The first time tells which key units are due, and warms everything up.
    let mut due = Vec::new();
    play((&persons, &[]), 1, length, config, detector, &mut |chain, at| {
        let between = keys.iter().filter(|unit| {
            unit.arrived_at <= at && due.last().is_none_or(|last: &AccessUnit| unit.arrived_at > last.arrived_at)
        });
        let pause = if chain.wants_heads() { config.head_every.mul_f32(0.9) } else { STILL_PAUSE };
        let is_due = |unit: &&AccessUnit| {
            due.last().is_none_or(|last: &AccessUnit| unit.arrived_at.since(last.arrived_at) >= pause)
        };
        let next = between.filter(is_due).max_by_key(|unit| unit.arrived_at).cloned();
        due.extend(next);
    })?;
    let begun = cpu::process();
    let heads = decode(&due, u32::MAX, Duration::ZERO)?;
    let main_decode = cpu::process() - begun;
    let mut cost = play((&persons, &heads), times, length, config, detector, &mut |_, _| {})?;
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

/// Plays pictures through a new chain; `after_persons` is called after each look for persons of the first time.
fn play(
    (persons, heads): (&[Picture], &[Picture]),
    times: u32,
    length: Duration,
    config: &Config,
    detector: &mut dyn Detector,
    after_persons: &mut dyn FnMut(&Chain, WallTime),
) -> Result<Cost, BenchError> {
    let zone = Zone { id: ZoneId::generate(), kind: ZoneKind::Serving, outline: Polygon::whole() };
    let mut chain = Chain::new(config, &RulePack::national(), vec![zone]);
    let mut cost = Cost::default();
    for time in 0..times {
        let at = |picture: &Picture| picture.at() + length * time;
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
            after_persons(&chain, picture.at());
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
    let seconds = length.as_secs_f64() * f64::from(times);
    let Stages { gate, persons, heads, .. } = &mut cost.stages;
    for spent in [gate, persons, heads] {
        *spent *= 1000.0 / seconds;
    }
    for count in [&mut cost.person_looks, &mut cost.head_looks, &mut cost.judgements] {
        *count /= seconds;
    }
    Ok(cost)
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
