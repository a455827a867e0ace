//! Mingchu 明厨: the binary. Commands, configuration, start and stop of roles, wiring; no logic.

mod cli;
mod commands;
mod config;
mod roles;
mod telemetry;
#[cfg(feature = "web")]
mod wiring;

use clap::Parser;
use std::{
    os::unix::process::CommandExt,
    process::{Command, ExitCode},
};

/// Exit code for a wrong command line or configuration; everything else that fails is 1.
const MISUSE: u8 = 2;

/// How glibc is told how many heaps a process may have.
const HEAPS: &str = "MALLOC_ARENA_MAX";

/// Starts the program again with few heaps. By default glibc gives every thread its own; with the decoders' threads
/// the demo then holds 100 MB more. It reads the variable at the start of a process only.
fn with_few_heaps() {
    if !cfg!(target_env = "gnu") || std::env::var_os(HEAPS).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_default();
    // comes back only when it failed: the heaps stay many, which costs memory and nothing else
    drop(Command::new(program).arg0(name).args(arguments).env(HEAPS, "2").exec());
}

fn main() -> ExitCode {
    with_few_heaps();
    let arguments = cli::Arguments::parse();
    match commands::dispatch(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mingchu: {error:#}");
            if error.is::<config::ConfigError>() { ExitCode::from(MISUSE) } else { ExitCode::FAILURE }
        }
    }
}
