//! `mingchu sim`.

use super::say;
use crate::{
    cli::{SimArguments, SimSignIn},
    roles,
};
use anyhow::Context;
use mingchu_gateway::sim;

pub(super) async fn sim(arguments: SimArguments) -> anyhow::Result<()> {
    let clips = arguments.clip.iter().map(sim::Clip::of).collect();
    let account = sim::Account { username: arguments.username, password: arguments.password };
    let mut config = sim::Config::new(clips, arguments.cameras, arguments.bind);
    config.control = arguments.control;
    if arguments.paced {
        config.pacing = sim::Pacing::Spread;
    }
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
