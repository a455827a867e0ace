//! `mingchu sim` as the district's cameras, and the numbers in its pictures.

use super::program::{Program, binary};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// Stands in every simulated picture, before a zero byte and the picture's number.
const MARK: &[u8] = b"mingchu-counter";

/// Name and password of a camera.
#[derive(Clone, Copy)]
pub(crate) struct Account {
    pub(crate) name: &'static str,
    pub(crate) password: &'static str,
}

/// Makes a moving test clip of four seconds, 10 pictures a second, without B-frames, a key picture each second.
pub(crate) fn clip(file: &Path, encoder: &str, size: &str) -> PathBuf {
    let source = format!("testsrc2=size={size}:rate=10:duration=4");
    let status = Command::new("ffmpeg")
        .args(["-loglevel", "error", "-y", "-f", "lavfi", "-i", &source, "-pix_fmt", "yuv420p", "-c:v", encoder])
        .args(["-bf", "0", "-g", "10", "-preset", "ultrafast", "-x265-params", "bframes=0:keyint=10:log-level=error"])
        .arg(file)
        .stdin(Stdio::null())
        .status()
        .expect("ffmpeg is installed (scripts/setup test)");
    assert!(status.success());
    file.to_owned()
}

/// A running simulator.
pub(crate) struct Simulator {
    program: Program,
    address: SocketAddr,
    control: SocketAddr,
}

impl Simulator {
    /// Starts the simulator with that many cameras; with an account it asks for Digest sign-in.
    pub(crate) async fn start(clips: &[PathBuf], cameras: usize, account: Option<Account>) -> Self {
        let mut command = binary();
        command.args(["sim", "--bind", "127.0.0.1:0", "--control", "127.0.0.1:0", "--cameras", &cameras.to_string()]);
        for clip in clips {
            command.arg("--clip").arg(clip);
        }
        if let Some(account) = account {
            command.args(["--sign-in", "digest", "--username", account.name]);
            command.env("MINGCHU_SIM_PASSWORD", account.password);
        }
        let mut program = Program::spawn(&mut command);
        let line = program.line().await;
        let address = line.trim_start_matches("rtsp://").split('/').next().unwrap().parse().unwrap();
        let line = program.line().await;
        let control = line.trim_start_matches("control port ").parse().unwrap();
        Self { program, address, control }
    }

    /// Returns the address of a camera's main stream, by its number from 1.
    pub(crate) fn url(&self, camera: usize) -> String {
        format!("rtsp://{}/cam/{camera}/main", self.address)
    }

    /// Returns the same stream for a reader that wants RTP over UDP.
    pub(crate) fn udp_url(&self, camera: usize) -> String {
        self.url(camera).replace("rtsp://", "rtspu://")
    }

    /// Gives an order on the control port, as `fault 1 close`.
    pub(crate) async fn order(&self, order: &str) {
        let mut socket = BufReader::new(TcpStream::connect(self.control).await.unwrap());
        socket.get_mut().write_all(format!("{order}\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_line(&mut answer).await.unwrap();
        assert!(answer.starts_with("ok"), "{order}: {answer}");
    }

    pub(crate) async fn stop(self) {
        let (code, _) = self.program.stop().await;
        assert_eq!(code, Some(0));
    }
}

/// Returns the numbers of the simulated pictures in a file, in the order they lie there.
pub(crate) fn counters(file: &Path) -> Vec<u64> {
    let bytes = std::fs::read(file).unwrap();
    let marks = bytes.windows(MARK.len()).enumerate().filter(|(_, window)| *window == MARK);
    marks.map(|(at, _)| number(&bytes[at + MARK.len()..])).collect()
}

/// Reads the zero byte and the number behind a mark, without emulation prevention (ITU-T H.264 §7.4.1).
fn number(escaped: &[u8]) -> u64 {
    let mut plain = Vec::new();
    let mut zeros = 0;
    for byte in escaped {
        if zeros == 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        plain.push(*byte);
        if plain.len() == 9 {
            break;
        }
    }
    u64::from_be_bytes(plain[1..9].try_into().unwrap())
}
