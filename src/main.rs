//! Mingchu 明厨: the binary. Commands, configuration, start and stop of roles, wiring; no logic.

mod cli;
mod commands;
mod config;
mod roles;
mod telemetry;
#[cfg(feature = "web")]
mod wiring;

use clap::Parser;
use std::process::ExitCode;

/// Exit code for a wrong command line or configuration; everything else that fails is 1.
const MISUSE: u8 = 2;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    match commands::dispatch(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mingchu: {error:#}");
            if error.is::<config::ConfigError>() { ExitCode::from(MISUSE) } else { ExitCode::FAILURE }
        }
    }
}
