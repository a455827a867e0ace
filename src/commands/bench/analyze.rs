//! `mingchu bench analyze`: how many cameras one core judges, and what takes the time.

use crate::{
    cli::ConfigArguments,
    commands::{
        analyze::{analyzer_config, open_eyes},
        say,
    },
};
use anyhow::{Context, bail};
use clap::Args;
use mingchu_analyzer::{
    Config,
    bench::{Compared, Cost, camera_cost, compare_inference},
    detect::Runtime,
};
use serde::Serialize;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

#[derive(Debug, Args)]
pub(crate) struct BenchAnalyzeArguments {
    #[command(flatten)]
    config: ConfigArguments,
    /// Folder with the rendered kitchen clips, from which ffmpeg makes the streams
    #[arg(long, env = "MINGCHU_CLIPS", default_value = "tests/footage/clips", value_name = "DIR")]
    clips: PathBuf,
    /// How often the streams of 20 s are played
    #[arg(long, default_value_t = 2)]
    times: u32,
    /// Print one JSON line
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    /// Two persons in view, tracked; their heads judged on every main key frame; decoding included.
    cameras_per_core: f64,
    /// Nobody there and nothing moves.
    cameras_per_core_still: f64,
    /// Processor time of this program's inference over plain ONNX Runtime's, all models together.
    ratio_to_onnxruntime: Option<f64>,
    /// Milliseconds of processor time a second and camera, two persons in view.
    stages: mingchu_analyzer::bench::Stages,
    kitchen: Cost,
    still: Cost,
    inference: Vec<Compared>,
    runtime: &'static str,
    models: Vec<String>,
}

pub(super) async fn bench(arguments: BenchAnalyzeArguments) -> anyhow::Result<()> {
    let config = analyzer_config(&arguments.config)?;
    let is_json = arguments.json;
    let report = tokio::task::spawn_blocking(move || measure(&arguments, &config)).await??;
    if is_json {
        say(serde_json::to_string(&report)?);
        return Ok(());
    }
    say(format_args!("{} with {}", report.runtime, report.models.join(", ")));
    say(format_args!(
        "{:.1} cameras a core with two persons in view, {:.1} while nothing moves",
        report.cameras_per_core, report.cameras_per_core_still
    ));
    for (name, cost) in [("two persons", &report.kitchen), ("still", &report.still)] {
        let stages = &cost.stages;
        say(format_args!(
            "{name}: ms a second: sub stream {:.1}, key frames {:.1}, change gate {:.1}, persons {:.1} ({:.2} looks), heads {:.1} ({:.2} pictures)",
            stages.sub_decode,
            stages.main_decode,
            stages.gate,
            stages.persons,
            cost.person_looks,
            stages.heads,
            cost.head_looks
        ));
    }
    for Compared { model, ours_ms, plain_ms } in &report.inference {
        say(format_args!("model {model}: {ours_ms:.2} ms, plain ONNX Runtime {plain_ms:.2} ms"));
    }
    if let Some(ratio) = report.ratio_to_onnxruntime {
        say(format_args!("ratio to plain ONNX Runtime {ratio:.2}"));
    }
    Ok(())
}

fn measure(arguments: &BenchAnalyzeArguments, config: &Config) -> anyhow::Result<Report> {
    if !(1..=100).contains(&arguments.times) {
        bail!("--times must be 1 to 100");
    }
    let folder = std::env::temp_dir().join(format!("mingchu-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let measured = measure_in(&folder, arguments, config);
    if let Err(error) = std::fs::remove_dir_all(&folder) {
        tracing::warn!(error = &error as &dyn std::error::Error, "{} could not be removed", folder.display());
    }
    measured
}

fn measure_in(folder: &Path, arguments: &BenchAnalyzeArguments, config: &Config) -> anyhow::Result<Report> {
    let mut eyes = open_eyes(config)?;
    let set = eyes.set.take().context("no models")?;
    let [networks] = eyes.networks.as_mut_slice() else { bail!("no models are open") };
    let mut cost = |clip: &str, loops: u32| -> anyhow::Result<Cost> {
        let streams = streams(folder, &arguments.clips.join(clip), loops)?;
        Ok(camera_cost((&streams.0, &streams.1), arguments.times, config, networks)?)
    };
    let kitchen = cost("serving_compliant.mp4", 0)?;
    let still = cost("bin_open.mp4", 3)?;
    let inference = compare_inference(&Runtime::choose(config)?, &set)?;
    let sum = |of: fn(&Compared) -> f64| inference.iter().map(of).sum::<f64>();
    let ratio = sum(|compared| compared.ours_ms) / sum(|compared| compared.plain_ms);
    Ok(Report {
        cameras_per_core: kitchen.cameras_per_core(),
        cameras_per_core_still: still.cameras_per_core(),
        ratio_to_onnxruntime: ratio.is_finite().then_some(ratio),
        stages: kitchen.stages,
        kitchen,
        still,
        inference,
        runtime: eyes.runtime,
        models: set.labels(),
    })
}

/// Makes a camera's streams of 20 s: 1920x1080 and 640x360 at 25 a second, a key unit each 2 s, no B-frames. With
/// `loops` only the first 5 s of the clip are taken, again and again.
fn streams(folder: &Path, clip: &Path, loops: u32) -> anyhow::Result<(PathBuf, PathBuf)> {
    if !clip.is_file() {
        bail!("{} is missing; name the folder of the clips with --clips", clip.display());
    }
    let make = |size: &str, rate: &str| -> anyhow::Result<PathBuf> {
        let name = clip.file_stem().unwrap_or_default().to_string_lossy();
        let target = folder.join(format!("{name}-{}.mp4", size.replace(':', "x")));
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-v", "error", "-nostdin", "-y"]).arg("-i").arg(clip).arg("-vf");
        let still =
            if loops > 0 { format!("trim=end=5,loop={loops}:size=50,setpts=N/(10*TB),") } else { String::new() };
        ffmpeg.arg(format!("{still}scale={size},fps=25")).args(["-c:v", "libx264", "-preset", "veryfast", "-bf", "0"]);
        ffmpeg.args(["-g", "50", "-keyint_min", "50", "-sc_threshold", "0", "-pix_fmt", "yuv420p", "-an"]);
        let status = ffmpeg.args(["-b:v", rate, "-maxrate", rate, "-bufsize", rate]).arg(&target).status();
        match status.context("ffmpeg makes the streams and cannot be started; install ffmpeg")? {
            status if status.success() => Ok(target),
            status => bail!("ffmpeg could not make {}: {status}", target.display()),
        }
    };
    Ok((make("1920:1080", "2M")?, make("640:360", "512k")?))
}
