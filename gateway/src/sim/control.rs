//! The control port: one text line a command, one line an answer. Loopback only, no sign-in.

use super::{
    Shared,
    fault::{Cameras, Fault, FaultRefused},
};
use std::{fmt::Write, sync::Arc};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// A longer line is no command; the client is closed.
const MAX_LINE_BYTES: u64 = 1024;

pub(super) async fn run(shared: Arc<Shared>, listener: TcpListener) {
    loop {
        tokio::select! {
            () = shared.stop.cancelled() => return,
            accepted = listener.accept() => if let Ok((socket, _)) = accepted {
                let client = Arc::clone(&shared);
                shared.tasks.spawn(async move {
                    tokio::select! {
                        () = client.stop.cancelled() => {}
                        served = serve(&client, socket) => if let Err(error) = served {
                            tracing::debug!(%error, "control client left");
                        }
                    }
                });
            },
        }
    }
}

async fn serve(shared: &Shared, socket: TcpStream) -> std::io::Result<()> {
    let mut socket = BufReader::new(socket);
    loop {
        let mut line = String::new();
        let read = (&mut socket).take(MAX_LINE_BYTES).read_line(&mut line).await?;
        if read == 0 || !line.ends_with('\n') {
            return Ok(());
        }
        let mut answer = answer(shared, line.trim());
        answer.push('\n');
        socket.get_mut().write_all(answer.as_bytes()).await?;
    }
}

/// Carries a command out and returns the answer, without the line's end.
fn answer(shared: &Shared, line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let done = match words.as_slice() {
        ["fault", cameras, fault @ ..] => order(shared, cameras, fault).map(|()| "ok".to_owned()),
        ["state", number] => state(shared, number),
        _ => Err(FaultRefused::Unclear(format!("{line:?} is neither fault nor state"))),
    };
    done.unwrap_or_else(|refused| format!("error {refused}"))
}

fn order(shared: &Shared, cameras: &str, words: &[&str]) -> Result<(), FaultRefused> {
    let (cameras, fault) = (Cameras::parse(cameras)?, Fault::parse(words)?);
    shared.fault(cameras, fault)?;
    tracing::info!(?cameras, ?fault, "simulator obeys an order");
    Ok(())
}

/// Returns `ok` and, for each stream, codec, size, viewers, pictures sent and faults.
fn state(shared: &Shared, number: &str) -> Result<String, FaultRefused> {
    let Cameras::One(number) = Cameras::parse(number)? else {
        return Err(FaultRefused::Unclear("state is told of one camera".to_owned()));
    };
    let camera = number.checked_sub(1).and_then(|index| shared.cameras.get(index));
    let camera = camera.ok_or(FaultRefused::NoCamera { number, cameras: shared.cameras.len() })?;
    let mut answer = "ok".to_owned();
    for (kind, stream) in camera.streams() {
        let media = &stream.program_now(tokio::time::Instant::now()).media;
        let (kind, codec) = (kind.as_str(), media.codec.as_str());
        let (viewers, sent, faults) = (stream.viewers(), stream.sent(), stream.lastings());
        let size = format!("{}x{}", media.width, media.height);
        // writing to a string cannot fail
        let _never = write!(answer, " {kind} {codec} {size} viewers={viewers} sent={sent} faults={faults}");
    }
    Ok(answer)
}
