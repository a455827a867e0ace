//! Refuses a release build without the browser part, which it would embed.
//!
//! Debug builds read `ui/dist` at run time and say there when it is missing.

use std::{env, path::Path, process::ExitCode};

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    if !is_release || env::var_os("CARGO_FEATURE_NO_UI").is_some() {
        return ExitCode::SUCCESS;
    }
    if Path::new("ui/dist/index.html").is_file() && Path::new("ui/dist/parent.html").is_file() {
        println!("cargo::rerun-if-changed=ui/dist");
        return ExitCode::SUCCESS;
    }
    println!(
        "cargo::error=the browser part is not built: web/ui/dist is missing. \
         Run `make ui` first, or build with the feature mingchu-web/no-ui"
    );
    ExitCode::FAILURE
}
