//! `mingchu torture`: faults on purpose, and an account of every picture.
//!
//! ```text
//! simulated cameras, a number in each picture --RTSP--> gateway, a child process --> files, rows, gaps
//!          '-- numbers shown                              ^-- SIGKILL, full disk, I/O errors      |
//!                      '--> account <--- numbers in the files, segments and gaps of the database -'
//! ```

mod account;
mod archive;
mod bed;
mod child;
mod files;
mod gateway;
mod report;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum TortureCommand {
    /// Kill the recorder at random moments and account for every picture that the cameras showed
    Archive(archive::ArchiveArguments),
    /// The gateway that is killed, on a disk that fails when told on standard input
    #[command(hide = true)]
    Gateway(gateway::GatewayArguments),
}

pub(super) async fn torture(command: TortureCommand) -> anyhow::Result<()> {
    match command {
        TortureCommand::Archive(arguments) => archive::archive(arguments).await,
        TortureCommand::Gateway(arguments) => gateway::gateway(arguments).await,
    }
}
