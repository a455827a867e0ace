//! The real binary as a child process; dropped children are killed.

use std::{
    process::{Output, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::{Instant, timeout},
};

/// Returns a command of the binary under test, away from the settings of whoever runs the tests.
pub(crate) fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mingchu"));
    command.kill_on_drop(true).stdin(Stdio::null()).env_remove("MINGCHU_CONFIG").env_remove("MINGCHU_MODELS");
    command
}

/// Runs the binary to its end, which must come within ten seconds.
pub(crate) async fn finished(arguments: &[&str]) -> Output {
    let output = binary().args(arguments).output();
    timeout(Duration::from_secs(10), output).await.expect("the program should have ended").unwrap()
}

/// A running program.
pub(crate) struct Program {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Program {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::spawn(binary().args(arguments))
    }

    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Returns the next line the program prints.
    pub(crate) async fn line(&mut self) -> String {
        let line = timeout(Duration::from_secs(20), self.lines.next_line()).await;
        line.expect("the program should have printed a line").unwrap().expect("the program ended")
    }

    /// Asks it to stop as Ctrl-C does; returns its exit code and how long it took.
    pub(crate) async fn stop(mut self) -> (Option<i32>, Duration) {
        let asked = Instant::now();
        let pid = self.child.id().expect("the program has ended by itself").to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().await.unwrap().success());
        let status = timeout(Duration::from_secs(10), self.child.wait()).await.expect("it does not stop").unwrap();
        (status.code(), asked.elapsed())
    }
}
