//! One life of the process: a thread starts it, hands questions and answers on, and ends it.

use super::wire::{self, Answer, Question};
use crate::Config;
use std::{
    ffi::OsString,
    io::{BufReader, BufWriter, ErrorKind},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, SyncSender},
    },
    time::Duration,
};

/// What is started.
#[derive(Debug, Clone)]
pub struct Program {
    /// The program, which must call [`super::serve()`].
    pub path: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
}

/// What both ends of a conversation share.
pub(super) struct Shared {
    program: Program,
    config: Config,
    /// Without questions for so long the process is ended.
    quiet: Duration,
    slot: Mutex<Slot>,
}

#[derive(Default)]
struct Slot {
    /// With its own number; not waited for yet, so that its process number is nobody else's.
    child: Option<(u64, Child)>,
    started: u64,
    is_closed: bool,
}

impl Shared {
    pub(super) fn new(program: Program, config: Config, quiet: Duration) -> Self {
        Self { program, config, quiet, slot: Mutex::default() }
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the process, if there is one; whoever waits for its answer hears that it has died.
    pub(super) fn end(&self) {
        bury(self.slot().child.take());
    }

    /// Ends the process and starts no other.
    pub(super) fn close(&self) {
        let mut slot = self.slot();
        slot.is_closed = true;
        bury(slot.child.take());
    }

    /// Holds one conversation, from the process's start to its end. The process ends with the calling thread.
    pub(super) fn converse(&self, questions: &Receiver<Question>, answers: &SyncSender<Result<Answer, String>>) {
        let ended = self.start().and_then(|(number, to, from)| {
            let talked = self.talk(BufWriter::new(to), BufReader::new(from), questions, answers);
            bury(self.slot().child.take_if(|(known, _)| *known == number));
            talked.map_err(|error| match error.kind() {
                ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe => "has died".to_owned(),
                _ => format!("cannot be understood: {error}"),
            })
        });
        if let Err(why) = ended {
            // nobody may be asking any more
            answers.send(Err(why)).ok();
        }
    }

    fn start(&self) -> Result<(u64, ChildStdin, ChildStdout), String> {
        let mut slot = self.slot();
        if slot.is_closed {
            return Err("is not wanted any more".to_owned());
        }
        let mut command = Command::new(&self.program.path);
        command.args(&self.program.arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("cannot be started: {error}"))?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        slot.started += 1;
        let number = slot.started;
        bury(slot.child.replace((number, child)));
        let (to, from) = pipes.ok_or_else(|| "has no pipes".to_owned())?;
        Ok((number, to, from))
    }

    fn talk(
        &self,
        mut to: BufWriter<ChildStdin>,
        mut from: BufReader<ChildStdout>,
        questions: &Receiver<Question>,
        answers: &SyncSender<Result<Answer, String>>,
    ) -> std::io::Result<()> {
        wire::write_text(&mut to, &self.config)?;
        loop {
            if answers.send(Ok(wire::read_text(&mut from)?)).is_err() {
                return Ok(());
            }
            let Ok(question) = questions.recv_timeout(self.quiet) else { return Ok(()) };
            wire::write_question(&mut to, &question)?;
        }
    }
}

/// Kills a process and takes its exit code, so that no zombie stays. It holds nothing that could be lost.
fn bury(child: Option<(u64, Child)>) {
    let Some((_, mut child)) = child else { return };
    if let Err(error) = child.kill().and_then(|()| child.wait()) {
        tracing::warn!(error = &error as &dyn std::error::Error, "the process that looks for people cannot be ended");
    }
}
