//! `mingchu demo`: an empty folder in, a living district out.
//!
//! Everything is real but the cameras: the simulator speaks RTSP on loopback and plays rendered, synthetic kitchens.

mod approvals;
mod clips;
mod district;

use super::{open_store, say};
use crate::{
    cli::DemoArguments,
    config::{Config, MetricsSection, StoreSection},
    roles::{self, Roles},
};
use anyhow::{Context, bail};
use mingchu_domain::{role::Scope, time::Clock};
use mingchu_gateway::sim;
use mingchu_store::{Store, SystemClock};
use mingchu_web::sign_in_link;
use serde::Serialize;
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    time::Duration,
};

/// Marks a demo's database, so that no real one is ever taken for it.
const DEMO: &str = "demo";
/// Remembers the simulator's port: the cameras of a continued demo are still there.
const SIM_PORT: &str = "demo.sim_port";
/// Remembers that the canteens' hours and facts were entered once.
const FACTS: &str = "demo.facts";
/// How long a sign-in link of the demo is good.
const LINK_GOOD_FOR: Duration = Duration::from_secs(12 * 3600);

#[derive(Serialize)]
struct Announcement {
    url: String,
    public_url: String,
    accounts: Vec<Account>,
}

#[derive(Serialize)]
struct Account {
    role: &'static str,
    office: String,
    sign_in_url: String,
}

pub(super) async fn demo(arguments: DemoArguments) -> anyhow::Result<()> {
    let clips = clips::find(arguments.clips.as_deref())?;
    let config = configure(&arguments);
    std::fs::create_dir_all(&arguments.dir)
        .with_context(|| format!("cannot make the folder {}; choose another with --dir", arguments.dir.display()))?;
    let store = open_store(&config).await?;
    let simulator = match prepare(&store, &arguments.dir, &clips).await {
        Ok(simulator) => simulator,
        Err(error) => {
            store.close().await;
            return Err(error);
        }
    };
    let running = match Roles::start(store.clone(), &config, &roles::choose(&[])?).await {
        Ok(running) => running,
        Err(error) => {
            simulator.stop().await;
            return Err(error);
        }
    };
    let announced = announce(&store, running.address(), arguments.json).await;
    let approving = tokio::spawn(approvals::approve(store.clone()));
    if announced.is_ok() {
        roles::asked_to_stop().await?;
    }
    approving.abort();
    // aborted, or ended long ago
    approving.await.ok();
    running.stop().await;
    simulator.stop().await;
    announced
}

fn configure(arguments: &DemoArguments) -> Config {
    let dir = &arguments.dir;
    let mut config = Config {
        store: StoreSection {
            database: format!("sqlite:{}", dir.join("mingchu.db").display()),
            objects: dir.join("objects"),
            key_file: dir.join("secret.key"),
        },
        metrics: MetricsSection { bind: String::new() },
        ..Config::default()
    };
    config.gateway.data = dir.join("archive");
    config.analyzer.models.clone_from(&arguments.models);
    config.web.is_demo = true;
    config.web.bind = SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port));
    config
}

/// Fills an empty database, starts the cameras, and points the database at them.
async fn prepare(store: &Store, dir: &Path, clips: &clips::Clips) -> anyhow::Result<sim::Sim> {
    let is_demo = store.setting(DEMO).await?.is_some();
    if !is_demo && !store.areas(&Scope::All).await?.is_empty() {
        bail!("{} holds a real installation, not a demo; choose another folder with --dir", dir.display());
    }
    let port = match store.setting(SIM_PORT).await? {
        Some(port) => port.parse().context("the demo's simulator port is not readable")?,
        None => 0,
    };
    let played = district::CAMERAS.iter().map(|camera| clips.clip(camera.clip)).collect();
    let bind = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let config = sim::Config::new(played, district::CAMERAS.len(), bind);
    let simulator = sim::start(config)
        .await
        .with_context(|| format!("simulated cameras cannot start; does another demo run in {}?", dir.display()))?;
    if !is_demo {
        district::fill(store, simulator.address()).await.context("cannot fill the sample district")?;
        store.set_setting(SIM_PORT, &simulator.address().port().to_string()).await?;
        store.set_setting(DEMO, "true").await?;
    }
    // a demo of before continues; what a person then changes stays
    if store.setting(FACTS).await?.is_none() {
        approvals::prepare(store).await.context("cannot say what the sample canteens have done")?;
        store.set_setting(FACTS, "true").await?;
    }
    Ok(simulator)
}

/// Prints where to go: one page, one sign-in link for each kind of user.
async fn announce(store: &Store, address: Option<SocketAddr>, json: bool) -> anyhow::Result<()> {
    let address = address.context("the demo has no pages: this is a bug")?;
    let url = format!("http://{address}");
    let mut accounts = Vec::new();
    for person in store.people().await? {
        let sign_in_url = sign_in_link(store, &url, person.id, LINK_GOOD_FOR, SystemClock.now()).await?;
        accounts.push(Account { role: person.role.as_str(), office: person.office, sign_in_url });
    }
    let canteens = store.canteens(&Scope::All, SystemClock.now()).await?;
    let code = canteens.first().map(|summary| summary.canteen.code.clone()).unwrap_or_default();
    let announcement = Announcement { public_url: format!("{url}/p/{code}"), url, accounts };
    if json {
        say(serde_json::to_string(&announcement)?);
        return Ok(());
    }
    say(format_args!("\n  Mingchu demo: {}   (synthetic footage, nothing is real)\n", announcement.url));
    for account in &announcement.accounts {
        say(format_args!("  {:<10} {}\n             {}", account.role, account.office, account.sign_in_url));
    }
    say(format_args!("  public     {}\n\n  Each sign-in link works once. Ctrl-C stops.", announcement.public_url));
    Ok(())
}
