//! The sessions that are open, and what they share.

use super::{
    offer::{self, OfferError},
    picture::ParameterSets,
    port::Port,
    session::{Parts, Session},
};
use crate::{
    app::App,
    error::ApiError,
    live_socket::{self, StillAllowed},
    seats::Seat,
    secret::Token,
};
use axum::http::StatusCode;
use mingchu_domain::{
    id::StreamId,
    live::{LiveRefused, LiveUnit},
};
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use str0m::{
    Candidate, RtcConfig,
    config::{CryptoProvider, DtlsCert},
};
use tokio::{
    sync::{OnceCell, mpsc},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// A stream says within this time what it is, or that its camera is lost.
const FIRST_WORD: Duration = Duration::from_secs(2);

/// What somebody asks to watch.
pub(crate) struct Wish {
    pub(crate) stream: StreamId,
    pub(crate) offer: String,
    /// SHA-256 of the sign-in session; only it may end this session.
    pub(crate) owner: String,
    /// The address at which the viewer reached the server.
    pub(crate) reached: IpAddr,
    pub(crate) seat: Seat,
    pub(crate) still_allowed: StillAllowed,
}

/// A session that was opened.
pub(crate) struct Opened {
    /// Secret; whoever has it and the sign-in session ends it.
    pub(crate) id: String,
    /// SDP.
    pub(crate) answer: String,
}

/// All sessions.
#[derive(Default)]
pub(crate) struct WhepDesk {
    shared: OnceCell<Common>,
    sessions: Arc<Mutex<HashMap<String, Known>>>,
}

struct Known {
    owner: String,
    stopping: CancellationToken,
}

/// Made with the first session.
struct Common {
    port: Arc<Port>,
    crypto: Arc<CryptoProvider>,
    certificate: DtlsCert,
}

impl WhepDesk {
    /// Opens a session; it begins when the viewer connects.
    ///
    /// # Errors
    /// 400 for an offer that is none, 422 for one without what is needed, 503 when there is no picture.
    pub(crate) async fn open(&self, app: &App, wish: Wish) -> Result<Opened, ApiError> {
        let Wish { stream, offer, owner, reached, seat, still_allowed } = wish;
        let common = self.shared.get_or_try_init(|| Common::open(app)).await?;
        let local = common.candidate(app, reached);
        let candidate = Candidate::host(local, "udp").map_err(|error| unavailable(&error))?;
        let config =
            RtcConfig::new().set_crypto_provider(Arc::clone(&common.crypto)).set_dtls_cert(common.certificate.clone());
        let accepted = offer::accept(&offer, config, candidate).map_err(refused)?;
        let (units, sets) = begin(app, stream).await.map_err(|refused| live_socket::refused(&refused))?;
        let (id, answer) = (Token::generate().reveal().to_owned(), accepted.answer.clone());
        let inbox = common.port.inbox(accepted.ufrag.clone());
        let stopping = CancellationToken::new();
        self.sessions().insert(id.clone(), Known { owner, stopping: stopping.clone() });
        let app_of_session = app.clone();
        let session = Session::new(Parts {
            app: app_of_session,
            accepted,
            inbox,
            local,
            stream,
            units,
            sets,
            still_allowed,
            seat,
            stopping,
        });
        let (sessions, ended) = (Arc::clone(&self.sessions), id.clone());
        app.tasks.spawn(async move {
            Box::pin(session.run()).await;
            sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(&ended);
        });
        Ok(Opened { id, answer })
    }

    /// Ends a session of this sign-in; false when there is none.
    pub(crate) fn end(&self, id: &str, owner: &str) -> bool {
        let mut sessions = self.sessions();
        let Some(known) = sessions.get(id).filter(|known| known.owner == owner) else { return false };
        known.stopping.cancel();
        sessions.remove(id).is_some()
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Common {
    async fn open(app: &App) -> Result<Self, ApiError> {
        let http = app.bound();
        let ip = match (app.config.webrtc_ip(), http.ip()) {
            // the address told to viewers may be a router's: take what comes on any
            (Some(IpAddr::V4(_)), _) => Ipv4Addr::UNSPECIFIED.into(),
            (Some(IpAddr::V6(_)), _) => Ipv6Addr::UNSPECIFIED.into(),
            (None, ip) => ip,
        };
        let address = SocketAddr::from((ip, app.config.webrtc_port));
        let port = Port::bind(address).await.map_err(|error| {
            tracing::warn!(%address, %error, "no UDP port for WebRTC; set web.webrtc_port to a free one");
            unavailable(&error)
        })?;
        let crypto = str0m::crypto::from_feature_flags();
        let certificate = crypto.dtls_provider.generate_certificate().ok_or_else(|| unavailable(&"no certificate"))?;
        let port = Arc::new(port);
        app.tasks.spawn(Arc::clone(&port).read(app.stop.clone()));
        tracing::info!(address = %port.local(), "listens for WebRTC");
        Ok(Self { port, crypto: Arc::new(crypto), certificate })
    }

    /// Returns where the viewer is to send.
    fn candidate(&self, app: &App, reached: IpAddr) -> SocketAddr {
        let bound = self.port.local();
        let ip = app.config.webrtc_ip().unwrap_or(if bound.ip().is_unspecified() { reached } else { bound.ip() });
        SocketAddr::from((ip, bound.port()))
    }
}

/// Opens the stream and reads its first word.
async fn begin(app: &App, stream: StreamId) -> Result<(mpsc::Receiver<LiveUnit>, ParameterSets), LiveRefused> {
    let mut units = app.live.open(stream).await?;
    match timeout(FIRST_WORD, units.recv()).await {
        Ok(Some(LiveUnit::Init { data, .. })) => {
            let sets = ParameterSets::of_init(&data).ok_or(LiveRefused::NotPlayable)?;
            Ok((units, sets))
        }
        Ok(Some(LiveUnit::Lost { cause, since, .. })) => Err(LiveRefused::Lost { cause, since }),
        Ok(None) => Err(LiveRefused::NotPulled),
        Ok(Some(LiveUnit::Fragment { .. })) | Err(_) => Err(LiveRefused::NoPicture),
    }
}

fn refused(error: OfferError) -> ApiError {
    let status = match error {
        OfferError::Malformed(_) => StatusCode::BAD_REQUEST,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    ApiError { field: Some("body"), ..ApiError::new(status, error.code(), error.to_string()) }
}

fn unavailable(error: &dyn std::fmt::Display) -> ApiError {
    let message = format!("this server offers no WebRTC now ({error}); watch by another way");
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "webrtc_unavailable", message)
}
