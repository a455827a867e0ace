//! What handlers share, and the router with its layers.

use crate::{
    assets,
    config::Config,
    document,
    footage::{Footage, NoArchive},
    hls::{HlsDesk, TicketDesk},
    ledger::ViewLedger,
    live::{Live, NoGateway},
    origin,
    password::Hasher,
    photo::PhotoDesk,
    public_pictures::{NoPublicPictures, PublicPictures},
    rate::RateLimit,
    registry::Declared,
    routes,
    seats::Seats,
    security,
    whep::WhepDesk,
};
use axum::{
    Router,
    extract::{MatchedPath, Request},
    middleware,
};
use mingchu_domain::time::{Clock, WallTime};
use mingchu_store::Store;
use std::{
    net::SocketAddr,
    ops::Deref,
    sync::{Arc, OnceLock},
};
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_http::{
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, NotForContentType, Predicate as _},
    },
    trace::TraceLayer,
};
use url::Url;

/// What handlers share.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// The fields of [`App`].
pub struct Shared {
    pub(crate) store: Store,
    pub(crate) config: Config,
    pub(crate) live: Arc<dyn Live>,
    pub(crate) footage: Arc<dyn Footage>,
    pub(crate) public: Arc<dyn PublicPictures>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Counts what may close the public gate on those who watch; they are asked anew at once.
    pub(crate) gate_news: watch::Sender<u64>,
    /// As configured; `None` while links follow the bound address.
    pub(crate) public_url: Option<Url>,
    bound: SocketAddr,
    pub(crate) started_at: WallTime,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    pub(crate) hasher: Hasher,
    pub(crate) photos: PhotoDesk,
    pub(crate) ledger: ViewLedger,
    pub(crate) public_limit: RateLimit,
    pub(crate) sign_in_limit: RateLimit,
    pub(crate) hls: HlsDesk,
    pub(crate) tickets: TicketDesk,
    pub(crate) whep: WhepDesk,
    pub(crate) live_seats: Seats,
    pub(crate) public_seats: Seats,
    pub(crate) openapi: OnceLock<String>,
}

/// Where pictures come from.
#[derive(Clone)]
pub struct Pictures {
    /// Live ones.
    pub live: Arc<dyn Live>,
    /// Archived ones.
    pub footage: Arc<dyn Footage>,
    /// Those that the public may see.
    pub public: Arc<dyn PublicPictures>,
}

impl Pictures {
    /// Returns the answers of a web server without a gateway.
    #[must_use]
    pub fn none() -> Self {
        Self { live: Arc::new(NoGateway), footage: Arc::new(NoArchive), public: Arc::new(NoPublicPictures) }
    }
}

/// Sign-in tries a minute from one address, whatever the account.
const SIGN_IN_TRIES: u32 = 30;

impl App {
    /// Returns the shared part for a store, settings, pictures of now and of the archive, a clock and the bound address.
    #[must_use]
    pub fn new(store: Store, config: Config, pictures: Pictures, clock: Arc<dyn Clock>, bound: SocketAddr) -> Self {
        let Pictures { live, footage, public } = pictures;
        Self(Arc::new(Shared {
            gate_news: watch::Sender::new(0),
            public_url: config.public_url(),
            started_at: clock.now(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            hasher: Hasher::new(),
            photos: PhotoDesk::new(),
            ledger: ViewLedger::default(),
            public_limit: RateLimit::new(config.public_requests_per_minute),
            sign_in_limit: RateLimit::new(SIGN_IN_TRIES),
            hls: HlsDesk::default(),
            tickets: TicketDesk::new(),
            whep: WhepDesk::default(),
            live_seats: Seats::new(config.live_viewers, config.live_viewers_per_canteen),
            public_seats: Seats::new(config.public_viewers, config.public_viewers_per_canteen),
            openapi: OnceLock::new(),
            store,
            config,
            live,
            footage,
            public,
            clock,
            bound,
        }))
    }

    /// Returns the address that people type, without a slash at the end.
    pub(crate) fn base(&self) -> String {
        match &self.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.bound),
        }
    }

    /// Returns where the server listens.
    pub(crate) fn bound(&self) -> SocketAddr {
        self.bound
    }

    /// Returns now.
    pub(crate) fn now(&self) -> WallTime {
        self.clock.now()
    }
}

impl Deref for App {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// Returns the whole server as a service, for [`crate::start`] and for tests.
pub fn router(app: &App) -> Router {
    let (api, _) = routes::all(app).into_parts();
    let compressed = DefaultPredicate::new().and(NotForContentType::new("video/"));
    let mut router = api
        .fallback(assets::serve)
        .layer(middleware::from_fn_with_state(app.clone(), origin::check))
        .layer(CompressionLayer::new().compress_when(compressed));
    for (name, value) in security::HEADERS {
        router = router.layer(security::layer(name, value));
    }
    if app.public_url.as_ref().is_some_and(|url| url.scheme() == "https") {
        router = router.layer(security::strict_transport());
    }
    router.layer(TraceLayer::new_for_http().make_span_with(span).on_failure(())).with_state(app.clone())
}

/// The route, never the address itself: sign-in links carry their secret in the path.
fn span(request: &Request) -> tracing::Span {
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str);
    tracing::debug_span!("request", method = %request.method(), route)
}

/// Returns every route of the API with who may call it.
#[must_use]
pub fn declared_routes(app: &App) -> Vec<Declared> {
    routes::all(app).declared().to_vec()
}

/// Returns the OpenAPI document as pretty JSON, ending in a line break; `web/openapi.json` is its snapshot.
///
/// # Errors
/// Never in practice: the document is plain data.
pub fn openapi_json(app: &App) -> Result<String, serde_json::Error> {
    let (_, mut document) = routes::all(app).into_parts();
    document::require_answers(&mut document);
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}
