//! `mingchu probe`: what a camera sends.

use super::say;
use crate::cli::ProbeArguments;
use mingchu_domain::live::CameraAddress;

pub(super) async fn probe(arguments: ProbeArguments) -> anyhow::Result<()> {
    let address = CameraAddress { url: arguments.url, username: arguments.username, password: arguments.password };
    let report = mingchu_gateway::probe(&address).await?;
    say(format_args!("{} {}x{} ({})", report.codec.as_str(), report.width, report.height, report.codec_string));
    Ok(())
}
