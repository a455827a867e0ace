//! Starts the roles in order and stops them in stages: web, public pictures, analyzer, gateway,
//! store.

use crate::{cli::RunRole, config::Config};
use anyhow::Context;
use mingchu_domain::time::Clock;
use mingchu_store::{Store, SystemClock};
use std::sync::Arc;

/// The roles of this process, running.
pub(crate) struct Roles {
    #[cfg(feature = "web")]
    web: Option<mingchu_web::Web>,
    #[cfg(feature = "analyzer")]
    analyzer: Option<mingchu_analyzer::Analyzer>,
    #[cfg(all(feature = "analyzer", feature = "gateway"))]
    derivatives: Option<mingchu_analyzer::derivative::Derivatives>,
    #[cfg(feature = "gateway")]
    gateway: Option<mingchu_gateway::Gateway>,
    store: Store,
}

/// Roles that this binary was built with.
const BUILT: &[RunRole] = &[
    #[cfg(feature = "gateway")]
    RunRole::Gateway,
    #[cfg(feature = "analyzer")]
    RunRole::Analyzer,
    #[cfg(feature = "web")]
    RunRole::Web,
];

/// Returns the roles asked for, all that were built when none is named.
///
/// # Errors
/// When a role is not in this binary, or the analyzer is asked for without its gateway.
pub(crate) fn choose(asked: &[RunRole]) -> anyhow::Result<Vec<RunRole>> {
    if asked.is_empty() {
        return Ok(BUILT.to_vec());
    }
    if let Some(missing) = asked.iter().find(|role| !BUILT.contains(role)) {
        anyhow::bail!("this binary was built without the role {missing:?}; build it with --features");
    }
    if asked.contains(&RunRole::Analyzer) && !asked.contains(&RunRole::Gateway) {
        anyhow::bail!("the analyzer reads pictures from the gateway of its own process; add --role gateway");
    }
    Ok(asked.to_vec())
}

impl Roles {
    /// Starts `roles` on an open store; what had started is stopped when a later one fails.
    pub(crate) async fn start(store: Store, config: &Config, roles: &[RunRole]) -> anyhow::Result<Self> {
        let mut started = Self {
            #[cfg(feature = "web")]
            web: None,
            #[cfg(feature = "analyzer")]
            analyzer: None,
            #[cfg(all(feature = "analyzer", feature = "gateway"))]
            derivatives: None,
            #[cfg(feature = "gateway")]
            gateway: None,
            store,
        };
        match started.start_each(config, roles).await {
            Ok(()) => Ok(started),
            Err(error) => {
                started.stop().await;
                Err(error)
            }
        }
    }

    async fn start_each(&mut self, config: &Config, roles: &[RunRole]) -> anyhow::Result<()> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        #[cfg(feature = "gateway")]
        if roles.contains(&RunRole::Gateway) {
            let gateway = mingchu_gateway::start(self.store.clone(), config.gateway.clone(), clock.clone()).await;
            self.gateway = Some(gateway.context("gateway cannot start")?);
        }
        #[cfg(all(feature = "analyzer", feature = "gateway"))]
        if let (true, Some(gateway)) = (roles.contains(&RunRole::Analyzer), &self.gateway) {
            let frames = Arc::new(crate::wiring::HubFrames(gateway.hub()));
            let analyzer =
                mingchu_analyzer::start(self.store.clone(), config.analyzer.clone(), frames, clock.clone()).await;
            self.analyzer = Some(analyzer.context("analyzer cannot start")?);
            let means = mingchu_analyzer::derivative::Means {
                frames: Arc::new(crate::wiring::HubFrames(gateway.hub())),
                outlets: Arc::new(crate::wiring::HubOutlets(gateway.hub())),
                clock: clock.clone(),
            };
            let config = config.analyzer.clone();
            let open = move || mingchu_analyzer::derivative::Derivatives::open(&config, means, Some(finder()));
            self.derivatives = Some(tokio::task::spawn_blocking(open).await.context("public pictures cannot start")?);
        }
        #[cfg(feature = "web")]
        if roles.contains(&RunRole::Web) {
            #[cfg(feature = "gateway")]
            #[cfg_attr(not(feature = "analyzer"), expect(unused_mut, reason = "nobody makes public pictures"))]
            let mut pictures = crate::wiring::pictures(self.gateway.as_ref());
            #[cfg(all(feature = "analyzer", feature = "gateway"))]
            if let (Some(gateway), Some(derivatives)) = (&self.gateway, &self.derivatives) {
                let (hub, derivatives) = (gateway.hub(), derivatives.clone());
                pictures.public = Arc::new(crate::wiring::Veiled { hub, derivatives });
            }
            #[cfg(not(feature = "gateway"))]
            let pictures = mingchu_web::Pictures::none();
            let web = mingchu_web::start(self.store.clone(), config.web.clone(), pictures, clock).await;
            self.web = Some(web.context("web cannot start")?);
        }
        Ok(())
    }

    /// Returns where the pages are served.
    #[cfg(feature = "web")]
    pub(crate) fn address(&self) -> Option<std::net::SocketAddr> {
        self.web.as_ref().map(mingchu_web::Web::address)
    }

    /// Stops in stages, so that each role still finds what it depends on.
    pub(crate) async fn stop(self) {
        #[cfg(feature = "web")]
        if let Some(web) = self.web {
            web.stop().await;
        }
        #[cfg(all(feature = "analyzer", feature = "gateway"))]
        if let Some(derivatives) = self.derivatives {
            derivatives.stop().await;
        }
        #[cfg(feature = "analyzer")]
        if let Some(analyzer) = self.analyzer {
            analyzer.stop().await;
        }
        #[cfg(feature = "gateway")]
        if let Some(gateway) = self.gateway {
            gateway.stop().await;
        }
        self.store.close().await;
        tracing::info!("stopped");
    }
}

/// Returns this very program as the process that looks for people, also when its file was replaced meanwhile.
#[cfg(all(feature = "analyzer", feature = "gateway"))]
fn finder() -> mingchu_analyzer::detect::apart::Program {
    let mut arguments = crate::telemetry::arguments();
    arguments.push("finder".into());
    mingchu_analyzer::detect::apart::Program { path: "/proc/self/exe".into(), arguments }
}

/// Waits for Ctrl-C or SIGTERM; a second one ends the process at once.
pub(crate) async fn asked_to_stop() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping; once more to stop at once");
    // Owned by the process: it lives until the process ends, in order or by the second signal.
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        std::process::exit(130);
    });
    Ok(())
}
