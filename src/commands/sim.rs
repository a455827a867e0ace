//! `mingchu sim` and its load measurement.

use super::say;
use crate::{
    cli::{BenchCommand, SimArguments, SimSignIn},
    roles,
};
use anyhow::Context;
use mingchu_gateway::sim;
use std::time::Duration;

pub(super) async fn sim(arguments: SimArguments) -> anyhow::Result<()> {
    let clips = arguments.clip.iter().map(sim::Clip::of).collect();
    let account = sim::Account { username: arguments.username, password: arguments.password };
    let mut config = sim::Config::new(clips, arguments.cameras, arguments.bind);
    config.control = arguments.control;
    config.sign_in = match arguments.sign_in {
        SimSignIn::None => sim::SignIn::None,
        SimSignIn::Basic => sim::SignIn::Basic(account),
        SimSignIn::Digest => sim::SignIn::Digest(account),
    };
    let running = sim::start(config).await.context("simulator cannot start")?;
    let address = running.address();
    say(format_args!("rtsp://{address}/cam/1/main .. /cam/{}/main, sub streams at /sub", arguments.cameras));
    if let Some(control) = running.control_address() {
        say(format_args!("control port {control}"));
    }
    roles::asked_to_stop().await?;
    running.stop().await;
    Ok(())
}

pub(super) async fn bench(command: BenchCommand) -> anyhow::Result<()> {
    let BenchCommand::Sim(arguments) = command;
    let load = sim::Load {
        clips: arguments.clip.iter().map(sim::Clip::of).collect(),
        streams: arguments.streams,
        length: Duration::from_secs(arguments.seconds),
    };
    let report = sim::load(load).await?;
    if arguments.json {
        say(serde_json::to_string(&report)?);
        return Ok(());
    }
    say(format_args!(
        "{} streams, {:.0} s, {:.0} Mbit/s: {} of {} pictures, {} late, worst delay {:.0} ms; simulator {:.1} % of one core",
        report.streams,
        report.seconds,
        report.megabits_per_second,
        report.delivered_frames,
        report.expected_frames,
        report.late_frames,
        report.worst_delay_ms,
        report.simulator_cpu_percent
    ));
    Ok(())
}
