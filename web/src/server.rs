//! Start and stop of the web role.

use crate::{
    app::{self, App, Pictures},
    config::{Config, InvalidConfig},
    extract::Connection,
    jobs,
};
use mingchu_domain::time::Clock;
use mingchu_store::Store;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};

/// Requests in flight get this long to end; then they are cut.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Why the web role could not start.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// A setting is out of range.
    #[error(transparent)]
    Config(#[from] InvalidConfig),
    /// The address is taken or not ours.
    #[error("cannot listen on {address}; is another program using the port? Set web.bind or stop that program")]
    Bind {
        /// Which address.
        address: SocketAddr,
        /// The system's answer.
        source: std::io::Error,
    },
}

/// The running web role.
pub struct Web {
    address: SocketAddr,
    app: App,
    serving: JoinHandle<()>,
}

/// Starts the server and the job worker.
///
/// # Errors
/// When a setting is out of range or the address cannot be bound.
pub async fn start(store: Store, config: Config, pictures: Pictures, clock: Arc<dyn Clock>) -> Result<Web, WebError> {
    config.validate()?;
    let bind = config.bind;
    let listener = TcpListener::bind(bind).await.map_err(|source| WebError::Bind { address: bind, source })?;
    let address = listener.local_addr().map_err(|source| WebError::Bind { address: bind, source })?;
    let app = App::new(store, config, pictures, clock, address);
    let service = app::router(&app).into_make_service_with_connect_info::<Connection>();
    let stop = app.stop.clone();
    let serving = tokio::spawn(async move {
        let served = axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await;
        if let Err(error) = served {
            tracing::error!(%error, "web server ended");
        }
    });
    app.tasks.spawn(jobs::work(app.clone()));
    tracing::info!(%address, "web server listens");
    Ok(Web { address, app, serving })
}

impl Web {
    /// Returns the bound address.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops: no new requests, viewers are told, requests in flight end or are cut, the worker ends. Under 2 s.
    pub async fn stop(self) {
        let Self { app, mut serving, .. } = self;
        app.stop.cancel();
        app.tasks.close();
        let both = async { tokio::join!(&mut serving, app.tasks.wait()) };
        if timeout(PATIENCE, both).await.is_err() {
            tracing::warn!("requests in flight were cut");
            serving.abort();
        }
    }
}
