//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::{net::SocketAddr, path::PathBuf};

/// Gateway of a school canteen's Internet + bright kitchen (互联网+明厨亮灶).
#[derive(Debug, Parser)]
#[command(name = "mingchu", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// What to log: error, warn, info, debug, trace, or a filter such as `mingchu_gateway=debug`
    #[arg(long, global = true, env = "MINGCHU_LOG", default_value = "info", value_name = "FILTER")]
    pub(crate) log: String,
    /// Log one JSON object a line instead of text
    #[arg(long, global = true, env = "MINGCHU_LOG_JSON")]
    pub(crate) log_json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run with real cameras: every role in one process, or one role a node
    Run(RunArguments),
    /// Start a living sample district with simulated cameras: empty folder in, page out
    #[cfg(all(feature = "gateway", feature = "analyzer", feature = "web"))]
    Demo(DemoArguments),
    /// Show what is seen in pictures and videos: persons, heads, hats, masks
    #[cfg(feature = "analyzer")]
    Analyze(crate::commands::AnalyzeArguments),
    /// Say how right models and chain are on pictures with known boxes or clips with known violations
    #[cfg(feature = "analyzer")]
    Eval(crate::commands::EvalArguments),
    /// Looks for people in pictures from standard input; started by the server itself
    #[cfg(feature = "analyzer")]
    #[command(hide = true)]
    Finder,
    /// Simulate RTSP cameras that play video files
    #[cfg(feature = "gateway")]
    Sim(SimArguments),
    /// Ask a camera what it sends
    #[cfg(feature = "gateway")]
    Probe(ProbeArguments),
    /// Check configuration, database, storage, GStreamer, inference library and models
    Check(ConfigArguments),
    /// Add or list people who sign in
    #[cfg(feature = "web")]
    #[command(subcommand)]
    User(UserCommand),
    /// Check archived footage
    #[cfg(feature = "gateway")]
    #[command(subcommand)]
    Archive(crate::commands::ArchiveCommand),
    /// Measure speed on this machine
    #[cfg(feature = "gateway")]
    #[command(subcommand)]
    Bench(crate::commands::BenchCommand),
    /// Prove that nothing is lost: faults on purpose, and an account of every picture
    #[cfg(feature = "gateway")]
    #[command(subcommand)]
    Torture(crate::commands::TortureCommand),
    /// Take along what people said of findings, as a data set
    #[cfg(feature = "web")]
    #[command(subcommand)]
    Dataset(DatasetCommand),
    /// Add or list canteens
    #[cfg(feature = "web")]
    #[command(subcommand)]
    Canteen(CanteenCommand),
}

#[derive(Debug, Args, Clone)]
pub(crate) struct ConfigArguments {
    /// Configuration file; without it ./mingchu.toml if there is one, else the defaults
    #[arg(long, env = "MINGCHU_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Folder with detection models, before the environment variable and the project's own
    #[arg(long, value_name = "DIR")]
    pub(crate) models: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RunRole {
    /// Cameras in: sessions, archive, evidence clips
    Gateway,
    /// Pictures to violations
    Analyzer,
    /// Pages, API, notices
    Web,
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub(crate) config: ConfigArguments,
    /// Run only this role; repeat for several
    #[arg(long, value_enum)]
    pub(crate) role: Vec<RunRole>,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Folder of the sample district; made when missing, continued when it holds one
    #[arg(long, default_value = "mingchu-data/demo", value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Port on loopback; 0 picks a free one
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// Print address and sign-in links as one JSON line
    #[arg(long)]
    pub(crate) json: bool,
    /// Folder with detection models
    #[arg(long, value_name = "DIR")]
    pub(crate) models: Option<PathBuf>,
    /// Folder with the rendered kitchen clips
    #[arg(long, env = "MINGCHU_CLIPS", value_name = "DIR")]
    pub(crate) clips: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct SimArguments {
    /// Video file (MP4, H.264 or H.265); FILE.sub.mp4 beside it is the sub stream; repeat for several
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub(crate) clip: Vec<PathBuf>,
    /// How many cameras; camera i plays clip (i-1) mod the number of clips
    #[arg(long, default_value_t = 1)]
    pub(crate) cameras: usize,
    /// Address to serve RTSP on; port 0 picks a free one
    #[arg(long, default_value = "127.0.0.1:8554", value_name = "ADDR:PORT")]
    pub(crate) bind: SocketAddr,
    /// Address of the control port for fault switches; loopback only
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) control: Option<SocketAddr>,
    /// Send each packet in a write of its own, spread over the picture's time, as real cameras do
    #[arg(long)]
    pub(crate) paced: bool,
    /// How viewers must sign in
    #[arg(long, value_enum, default_value = "none")]
    pub(crate) sign_in: SimSignIn,
    /// Name to sign in with
    #[arg(long, default_value = "viewer")]
    pub(crate) username: String,
    /// Password to sign in with; better by environment than on the command line
    #[arg(long, env = "MINGCHU_SIM_PASSWORD", hide_env_values = true, default_value = "")]
    pub(crate) password: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SimSignIn {
    /// Anybody
    None,
    /// RFC 7617
    Basic,
    /// RFC 7616
    Digest,
}

#[derive(Debug, Args)]
pub(crate) struct ProbeArguments {
    /// rtsp://host:port/path
    pub(crate) url: String,
    /// Name to sign in with
    #[arg(long)]
    pub(crate) username: Option<String>,
    /// Password to sign in with
    #[arg(long, env = "MINGCHU_PROBE_PASSWORD", hide_env_values = true)]
    pub(crate) password: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Add a person and print the one-time link with which they set a password
    Add(UserAddArguments),
    /// List people
    List(ConfigArguments),
}

#[derive(Debug, Args)]
pub(crate) struct UserAddArguments {
    #[command(flatten)]
    pub(crate) config: ConfigArguments,
    /// Sign-in name
    #[arg(long)]
    pub(crate) login: String,
    /// Name by office, as 城关所监管员
    #[arg(long)]
    pub(crate) office: String,
    /// regulator, manager, parent or admin
    #[arg(long)]
    pub(crate) role: String,
    /// Area that a regulator sees, by name; made when missing
    #[arg(long)]
    pub(crate) area: Option<String>,
    /// Canteen of a manager, by its public code
    #[arg(long)]
    pub(crate) canteen: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DatasetCommand {
    /// Write the decision frames of reviewed findings with their verdicts; they show people, so who takes them is audited
    Export(DatasetExportArguments),
}

#[derive(Debug, Args)]
pub(crate) struct DatasetExportArguments {
    #[command(flatten)]
    pub(crate) config: ConfigArguments,
    /// Folder to write; must not hold a data set yet
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
    /// Office that takes the pictures along, for the audit trail
    #[arg(long)]
    pub(crate) office: String,
    /// Findings that began at or after, as 2026-11-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// Findings that began before
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CanteenCommand {
    /// Add a canteen and print its public short code
    Add(CanteenAddArguments),
    /// List canteens with their codes
    List(ConfigArguments),
}

#[derive(Debug, Args)]
pub(crate) struct CanteenAddArguments {
    #[command(flatten)]
    pub(crate) config: ConfigArguments,
    /// Name, as 第一小学食堂
    #[arg(long)]
    pub(crate) name: String,
    /// English name; the Chinese one without it
    #[arg(long)]
    pub(crate) name_en: Option<String>,
    /// School that it belongs to
    #[arg(long)]
    pub(crate) school: String,
    /// Area that supervises it, by name; made when missing
    #[arg(long)]
    pub(crate) area: String,
    /// Food business licence number
    #[arg(long, default_value = "")]
    pub(crate) licence_no: String,
    /// Hygiene grade, as A
    #[arg(long, default_value = "")]
    pub(crate) grade: String,
}
