//! The RTSP camera simulator: real RTSP, real H.264 and H.265 out of MP4 files, and faults on order.
//!
//! ```text
//! MP4 -> track -> media (packetised once) -> program (which picture when) -> play (one viewer) -> session (IO)
//!                                              camera: state and faults ----^      control: faults by text
//! ```
//!
//! Architecture invariant: needs neither GStreamer nor the store's database. See README.md of this folder.

mod camera;
mod control;
mod counter;
mod fault;
mod film;
mod listen;
mod load;
mod media;
mod message;
mod nal;
mod pace;
mod packet;
mod play;
mod program;
mod rtcp;
mod session;
mod sign_in;
mod track;

pub use counter::{MINGCHU_COUNTER_UUID, read_counter, read_numbers};
pub use fault::{Cameras, Fault, FaultRefused, Lasting};
pub use film::archive_file;
pub use load::{Load, LoadError, LoadReport, load};
pub use pace::Pacing;
pub use play::Start;
pub use sign_in::{Account, SignIn};
pub use track::ClipError;

use camera::Camera;
use media::Media;
use mingchu_domain::{
    media::StreamKind,
    time::{Clock, WallTime},
};
use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{net::UdpSocket, sync::watch, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Largest number of cameras; a mistyped one shall not eat the memory.
const MAX_CAMERAS: usize = 10_000;

/// The video files of a camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clip {
    /// The main stream.
    pub main: PathBuf,
    /// The sub stream; without it `/cam/N/sub` is not found.
    pub sub: Option<PathBuf>,
}

impl Clip {
    /// Returns the clip of that file, with `NAME.sub.mp4` beside `NAME.mp4` as its sub stream when it exists.
    #[must_use]
    pub fn of(main: impl Into<PathBuf>) -> Self {
        let main = main.into();
        let sub = Some(main.with_extension("sub.mp4")).filter(|sub| sub.is_file());
        Self { main, sub }
    }
}

/// What to simulate.
#[derive(Clone)]
pub struct Config {
    /// Camera `i` plays clip `(i - 1) % clips`, in a loop.
    pub clips: Vec<Clip>,
    /// How many cameras, numbered from 1.
    pub cameras: usize,
    /// Where RTSP listens; port 0 picks a free one.
    pub bind: SocketAddr,
    /// Where the control port listens, loopback only; port 0 picks a free one.
    pub control: Option<SocketAddr>,
    /// How clients sign in.
    pub sign_in: SignIn,
    /// Where a viewer starts.
    pub start: Start,
    /// How the packets of a picture leave.
    pub pacing: Pacing,
    /// A client that is silent for so long is closed.
    pub session_timeout: Duration,
    /// A reader that lets one picture wait for so long is closed.
    pub slow_reader: Duration,
    /// RTP timestamp of the first picture; random without it.
    pub first_rtp_timestamp: Option<u32>,
    /// The cameras' clock, told in sender reports.
    pub clock: Arc<dyn Clock>,
}

impl Config {
    /// Returns a simulator of `cameras` cameras without sign-in and control port.
    #[must_use]
    pub fn new(clips: Vec<Clip>, cameras: usize, bind: SocketAddr) -> Self {
        Self {
            clips,
            cameras,
            bind,
            control: None,
            sign_in: SignIn::None,
            start: Start::LastKey,
            pacing: Pacing::Burst,
            session_timeout: Duration::from_secs(60),
            slow_reader: Duration::from_secs(2),
            first_rtp_timestamp: None,
            clock: Arc::new(mingchu_store::SystemClock),
        }
    }
}

/// Why the simulator did not start; each names the thing and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// Nothing to play.
    #[error("no clip to play; name at least one MP4 file")]
    NoClip,
    /// None or too many cameras.
    #[error("{0} cameras cannot be simulated; choose 1 to {MAX_CAMERAS}")]
    CameraCount(usize),
    /// A file that is no clip.
    #[error("clip {} cannot be played; give an MP4 file with H.264 or H.265 (ffmpeg -i FILE -an -c:v libx264 -bf 0 CLIP.mp4)", path.display())]
    Clip {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: ClipError,
    },
    /// The port is in use or not ours.
    #[error("cannot listen on {address}; choose a free port, or port 0 for any")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// The system's answer.
        #[source]
        source: std::io::Error,
    },
    /// The control port has no sign-in.
    #[error("the control port {0} would be open to the network; bind it to 127.0.0.1 or [::1]")]
    ControlNotLoopback(SocketAddr),
}

/// What all tasks of a simulator share.
struct Shared {
    cameras: Vec<Camera>,
    sign_in: SignIn,
    start: Start,
    pacing: Pacing,
    session_timeout: Duration,
    slow_reader: Duration,
    clock: Arc<dyn Clock>,
    rtp: UdpSocket,
    rtcp: UdpSocket,
    /// While on, nobody listens.
    refuse_all: watch::Sender<fault::Until>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// A running simulator; dropping it stops it without waiting.
pub struct Sim {
    shared: Arc<Shared>,
    address: SocketAddr,
    control_address: Option<SocketAddr>,
}

impl std::fmt::Debug for Sim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sim").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Reads the clips, opens the ports and switches the cameras on: their clips begin now.
///
/// # Errors
/// When a file is no clip, a port is taken or the configuration makes no sense.
pub async fn start(config: Config) -> Result<Sim, SimError> {
    let clips = read_clips(&config.clips).await?;
    start_with(config, &clips).await
}

/// The main stream of a clip and, perhaps, its sub stream.
type Medias = (Arc<Media>, Option<Arc<Media>>);

/// Reads each clip once, however many cameras play it.
async fn read_clips(clips: &[Clip]) -> Result<Vec<Medias>, SimError> {
    let mut medias: Vec<Medias> = Vec::with_capacity(clips.len());
    for (index, clip) in clips.iter().enumerate() {
        if let Some(same) = clips[..index].iter().position(|earlier| earlier == clip) {
            medias.push(medias[same].clone());
            continue;
        }
        let sub = match &clip.sub {
            Some(sub) => Some(read_clip(sub).await?),
            None => None,
        };
        medias.push((read_clip(&clip.main).await?, sub));
    }
    Ok(medias)
}

async fn read_clip(path: &Path) -> Result<Arc<Media>, SimError> {
    let track = track::read(path).await.map_err(|source| SimError::Clip { path: path.to_owned(), source })?;
    Ok(Arc::new(Media::of(&track)))
}

async fn start_with(config: Config, clips: &[Medias]) -> Result<Sim, SimError> {
    if clips.is_empty() {
        return Err(SimError::NoClip);
    }
    if config.cameras == 0 || config.cameras > MAX_CAMERAS {
        return Err(SimError::CameraCount(config.cameras));
    }
    let listener = listen::bind(config.bind)?;
    let address = listener.local_addr().map_err(|source| SimError::Bind { address: config.bind, source })?;
    let control = match config.control {
        Some(control) if !control.ip().is_loopback() => return Err(SimError::ControlNotLoopback(control)),
        Some(control) => Some(listen::bind(control)?),
        None => None,
    };
    let control_address = control.as_ref().and_then(|control| control.local_addr().ok());
    let (rtp, rtcp) = listen::udp_pair(address.ip()).await?;
    let started = Instant::now();
    let cameras = (0..config.cameras).map(|index| {
        let (main, sub) = &clips[index % clips.len()];
        Camera::new(main, sub.as_ref(), started + phase(index), config.first_rtp_timestamp)
    });
    let shared = Arc::new(Shared {
        cameras: cameras.collect(),
        sign_in: config.sign_in,
        start: config.start,
        pacing: config.pacing,
        session_timeout: config.session_timeout,
        slow_reader: config.slow_reader,
        clock: config.clock,
        rtp,
        rtcp,
        refuse_all: watch::Sender::new(fault::Until::Off),
        stop: CancellationToken::new(),
        tasks: TaskTracker::new(),
    });
    shared.tasks.spawn(listen::run(Arc::clone(&shared), listener, address));
    if let Some(control) = control {
        shared.tasks.spawn(control::run(Arc::clone(&shared), control));
    }
    tracing::info!(sim.address = %address, cameras = config.cameras, "camera simulator listens on {address}");
    Ok(Sim { shared, address, control_address })
}

/// Spreads the cameras over 40 ms, as no two real ones tick together.
fn phase(index: usize) -> Duration {
    Duration::from_micros((index as u64 * 24_721) % 40_000)
}

impl Sim {
    /// Returns where RTSP listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns where the control port listens, if there is one.
    #[must_use]
    pub fn control_address(&self) -> Option<SocketAddr> {
        self.control_address
    }

    /// Returns the URL of a stream of camera `number`, from 1, without name and password.
    #[must_use]
    pub fn url(&self, number: usize, kind: StreamKind) -> String {
        let ip = match self.address.ip() {
            ip if !ip.is_unspecified() => ip,
            IpAddr::V4(_) => IpAddr::from([127, 0, 0, 1]),
            IpAddr::V6(_) => IpAddr::from(std::net::Ipv6Addr::LOCALHOST),
        };
        format!("rtsp://{}/cam/{number}/{}", SocketAddr::new(ip, self.address.port()), kind.as_str())
    }

    /// Returns how many sessions play a stream of camera `number`.
    #[must_use]
    pub fn viewers(&self, number: usize, kind: StreamKind) -> usize {
        let camera = number.checked_sub(1).and_then(|index| self.shared.cameras.get(index));
        camera.and_then(|camera| camera.stream(kind)).map_or(0, |stream| stream.viewers())
    }

    /// Returns the number of the picture that a stream of camera `number` shows now, whoever watches.
    #[must_use]
    pub fn last_number(&self, number: usize, kind: StreamKind) -> Option<u64> {
        let camera = number.checked_sub(1).and_then(|index| self.shared.cameras.get(index));
        let (stream, now) = (camera.and_then(|camera| camera.stream(kind))?, Instant::now());
        Some(stream.program_now(now).number_at(stream.time_90k(now)))
    }

    /// Returns when a picture of a stream of camera `number` is sent; right while its parameters do not change.
    #[must_use]
    pub fn due(&self, number: usize, kind: StreamKind, picture: u64) -> Option<Instant> {
        let camera = number.checked_sub(1).and_then(|index| self.shared.cameras.get(index));
        let stream = camera.and_then(|camera| camera.stream(kind))?;
        Some(stream.instant(stream.program_now(Instant::now()).shown(picture).due_90k))
    }

    /// Switches a fault on.
    ///
    /// # Errors
    /// When there is no such camera.
    pub fn fault(&self, cameras: Cameras, fault: Fault) -> Result<(), FaultRefused> {
        self.shared.fault(cameras, fault)
    }

    /// Closes all sessions and ports.
    pub async fn stop(self) {
        self.shared.stop.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

impl Shared {
    fn fault(&self, cameras: Cameras, fault: Fault) -> Result<(), FaultRefused> {
        match cameras {
            Cameras::All => {
                match fault {
                    Fault::Refuse(lasting) => drop(self.refuse_all.send_replace(fault::Until::after(lasting))),
                    Fault::Clear => drop(self.refuse_all.send_replace(fault::Until::Off)),
                    _ => {}
                }
                self.cameras.iter().for_each(|camera| camera.apply(fault));
            }
            Cameras::One(number) => {
                let no_camera = FaultRefused::NoCamera { number, cameras: self.cameras.len() };
                let index = number.checked_sub(1).ok_or_else(|| no_camera.clone())?;
                self.cameras.get(index).ok_or(no_camera)?.apply(fault);
            }
        }
        Ok(())
    }

    fn now(&self) -> WallTime {
        self.clock.now()
    }
}
