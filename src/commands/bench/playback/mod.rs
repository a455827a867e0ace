//! `mingchu bench playback`: how soon a timeline, a playlist and a picture of a month of footage come.
//!
//! ```text
//! an index of every minute, gap and violation; a few real files under many names
//!        '--> web and archive as `mingchu run` starts them <--HTTP, signed in, with a ledger entry-- clients
//! ```

mod client;
mod day;
mod film;
mod index;
mod report;
mod requests;

use crate::{
    commands::{chance::Chance, postgres::Postgres, say},
    roles, wiring,
};
use anyhow::Context;
use clap::{Args, ValueEnum};
use client::Client;
use index::Index;
use mingchu_domain::time::{Clock, TimeRange};
use mingchu_gateway::Playback;
use mingchu_store::{Store, SystemClock};
use report::{Figures, Report};
use requests::{What, World};
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::{task::JoinSet, time::Instant};

/// How many clients ask at the same time: a person, and an office.
const CONCURRENCY: [usize; 2] = [1, 8];
const LINK_GOOD_FOR: Duration = Duration::from_secs(3600);

#[derive(Debug, Args)]
pub(crate) struct BenchPlaybackArguments {
    /// Cameras in the archive
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=100))]
    cameras: u16,
    /// Days of footage, a file a minute
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=90))]
    days: u16,
    /// Requests of each kind and concurrency
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(8..=100_000))]
    requests: u32,
    /// Which database
    #[arg(long, value_enum, default_value = "sqlite")]
    store: Database,
    /// Decides all that happens by chance
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Video file that the archive is cut from; without one, 1080p25 H.264 at 2 Mbit/s that ffmpeg makes once
    #[arg(long, value_name = "FILE")]
    clip: Option<PathBuf>,
    /// Print one JSON line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Database {
    /// A file
    Sqlite,
    /// A PostgreSQL server of the measurement's own
    Postgres,
}

pub(super) async fn bench(arguments: BenchPlaybackArguments) -> anyhow::Result<()> {
    let report = tokio::select! {
        report = measure_all(&arguments) => report?,
        stopped = roles::asked_to_stop() => {
            stopped?;
            anyhow::bail!("stopped before the end; nothing was measured");
        }
    };
    say(if arguments.json { serde_json::to_string(&report)? } else { report.table() });
    Ok(())
}

async fn measure_all(arguments: &BenchPlaybackArguments) -> anyhow::Result<Report> {
    let folder = tempfile::Builder::new().prefix("mingchu-bench-").tempdir().context("cannot make a folder")?;
    let postgres = match arguments.store {
        Database::Postgres => Some(Postgres::start().await?),
        Database::Sqlite => None,
    };
    let sqlite = || format!("sqlite:{}", folder.path().join("mingchu.db").display());
    let config = mingchu_store::Config {
        database: postgres.as_ref().map_or_else(sqlite, |server| server.address().to_owned()),
        objects: folder.path().join("objects"),
        key_file: folder.path().join("secret.key"),
    };
    let store = Store::open(&config).await.context("cannot open the store")?;
    let films = film::make(folder.path(), arguments.clip.as_deref()).await?;
    let mut chance = Chance::new(arguments.seed);
    let began = Instant::now();
    let index = index::fill(&store, folder.path(), &films, (arguments.cameras, arguments.days), &mut chance).await?;
    let mut report = Report::new(&index, arguments.days, store.database_label(), began.elapsed());

    let playback = Playback::of_folder(store.clone(), &folder.path().join("archive"));
    let checking = tokio_util::sync::CancellationToken::new();
    let check = tokio::spawn(playback.clone().check_files(checking.clone()));
    let web_config = mingchu_web::Config { bind: ([127, 0, 0, 1], 0).into(), ..mingchu_web::Config::default() };
    let pictures = wiring::archive_only(playback);
    let web = mingchu_web::start(store.clone(), web_config, pictures, Arc::new(SystemClock)).await?;
    let measured = measure(&web, &store, &index, arguments, &mut chance, &mut report).await;
    web.stop().await;
    checking.cancel();
    check.await?;
    store.close().await;
    measured.map(|()| report)
}

async fn measure(
    web: &mingchu_web::Web,
    store: &Store,
    index: &Index,
    arguments: &BenchPlaybackArguments,
    chance: &mut Chance,
    report: &mut Report,
) -> anyhow::Result<()> {
    let link = mingchu_web::sign_in_link(store, "", index.person, LINK_GOOD_FOR, SystemClock.now()).await?;
    let mut first = Client::connect(web.address()).await?;
    first.sign_in(&link).await?;
    let world = World::open(&mut first, index).await?;
    for what in What::ALL {
        for clients in CONCURRENCY {
            // drawn anew: what was asked for before may be in memory
            let mut requests = Vec::new();
            for _ in 0..arguments.requests {
                requests.push(world.request(what, index, chance, &mut first).await?);
            }
            eprintln!("{}, {clients} at once", what.name());
            let figures = ask_all(web, &first, &requests, clients).await?;
            report.add(what, clients, figures);
        }
    }
    Ok(())
}

/// Sends all requests, split among the clients; each waits for its answer before the next.
async fn ask_all(
    web: &mingchu_web::Web,
    signed_in: &Client,
    requests: &[client::Request],
    clients: usize,
) -> anyhow::Result<Figures> {
    let mut running = JoinSet::new();
    for number in 0..clients {
        let mut client = signed_in.again(web.address()).await?;
        let mine: Vec<_> = requests.iter().skip(number).step_by(clients).cloned().collect();
        running.spawn(async move {
            let mut took = Vec::with_capacity(mine.len());
            for request in &mine {
                let began = Instant::now();
                let answer = client.ask(request).await?;
                took.push((began.elapsed(), answer.body.len()));
            }
            anyhow::Ok(took)
        });
    }
    let mut all = Vec::new();
    while let Some(done) = running.join_next().await {
        all.extend(done??);
    }
    Ok(Figures::new(&all))
}

/// Returns the time of the index.
fn span_of(index: &Index) -> anyhow::Result<TimeRange> {
    TimeRange::new(index.begin, index.end).context("the archive has no time")
}
