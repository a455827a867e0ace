//! The streams that somebody fetches by plain HTTP: started by the first request, ended when nobody asks any more.

use super::{
    playlist,
    token::Show,
    window::{Found, Object, Window},
};
use crate::{app::App, error::ApiError, live_socket};
use axum::http::StatusCode;
use bytes::Bytes;
use mingchu_domain::{camera::GapCause, live::LiveUnit, time::WallTime};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Mutex as AsyncMutex, mpsc, watch},
    time::{Instant, interval, timeout},
};

/// Streams at once; each holds half a minute of pictures, some 2 MB of a sub stream.
const MOST_STREAMS: usize = 200;
/// A stream that nobody asked for this long ends.
const IDLE: Duration = Duration::from_secs(20);
/// A request waits this long for what is not there yet: more than three target durations help no player.
const PATIENCE: Duration = Duration::from_secs(6);

/// A camera that is back within this time is a break in the list; for a longer one everybody is told that it is lost.
const GRACE: Duration = Duration::from_secs(3);

/// The streams that are fetched now.
#[derive(Default)]
pub(crate) struct HlsDesk {
    streams: AsyncMutex<HashMap<Show, Arc<Packager>>>,
}

/// One stream, cut for plain HTTP.
pub(crate) struct Packager {
    state: Mutex<State>,
    /// Counts what came, for those who wait.
    news: watch::Sender<u64>,
}

struct State {
    window: Window,
    lost: Option<Loss>,
    is_over: bool,
    asked_at: Instant,
    gate_asked_at: Instant,
}

/// The camera sends nothing now.
#[derive(Debug, Clone, Copy)]
struct Loss {
    cause: GapCause,
    since: WallTime,
    told_at: Instant,
}

impl State {
    /// Whether whoever asks must hear that the camera is lost.
    fn is_lost(&self) -> bool {
        self.lost.is_some_and(|loss| self.window.is_empty() || loss.told_at.elapsed() >= GRACE)
    }
}

/// What a playlist request asks for beyond the plain list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Reload {
    /// Wait until this segment, or this part of it, is in the list.
    pub(crate) until: Option<(u64, Option<usize>)>,
    /// Leave out what is old.
    pub(crate) is_delta: bool,
}

impl HlsDesk {
    /// Returns the stream if it is being fetched.
    pub(crate) async fn running(&self, show: Show) -> Option<Arc<Packager>> {
        let found = self.streams.lock().await.get(&show).cloned()?;
        found.state().asked_at = Instant::now();
        Some(found)
    }

    /// Begins a stream, or returns the one that somebody else began.
    pub(crate) async fn begin(
        &self,
        app: &App,
        show: Show,
        what: live_socket::Show,
    ) -> Result<Arc<Packager>, ApiError> {
        let mut streams = self.streams.lock().await;
        if let Some(found) = streams.get(&show) {
            return Ok(Arc::clone(found));
        }
        if streams.len() >= MOST_STREAMS {
            return Err(live_socket::too_many());
        }
        let units = live_socket::open(app, what).await.map_err(|refused| live_socket::refused_public(&refused))?;
        let now = Instant::now();
        // seconds as numbers: a segment is a second or more, so a later window of this stream never uses one again
        let number = u64::try_from(app.now().micros() / 1_000_000).unwrap_or(0);
        let state =
            State { window: Window::new(number), lost: None, is_over: false, asked_at: now, gate_asked_at: now };
        let packager = Arc::new(Packager { state: Mutex::new(state), news: watch::Sender::new(0) });
        streams.insert(show, Arc::clone(&packager));
        app.tasks.spawn(cut(app.clone(), show, Arc::clone(&packager), units));
        Ok(packager)
    }

    /// Ends a stream: those who wait are told, and the next request begins anew.
    pub(crate) async fn end(&self, show: Show, packager: &Arc<Packager>) {
        let mut streams = self.streams.lock().await;
        if streams.get(&show).is_some_and(|found| Arc::ptr_eq(found, packager)) {
            streams.remove(&show);
        }
        packager.state().is_over = true;
        packager.tell();
    }
}

async fn cut(app: App, show: Show, packager: Arc<Packager>, mut units: mpsc::Receiver<LiveUnit>) {
    metrics::gauge!("mingchu_hls_streams").increment(1.0);
    let mut check = interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            () = app.stop.cancelled() => break,
            unit = units.recv() => match unit {
                Some(unit) => packager.take(unit, app.now()),
                None => break,
            },
            _ = check.tick() => {
                if packager.is_left() {
                    break;
                }
                packager.tell_loss();
            }
        }
    }
    app.hls.end(show, &packager).await;
    metrics::gauge!("mingchu_hls_streams").decrement(1.0);
}

impl Packager {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nobody asks any more, or it was ended.
    fn is_left(&self) -> bool {
        let state = self.state();
        state.is_over || state.asked_at.elapsed() > IDLE
    }

    fn tell(&self) {
        self.news.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Wakes those who wait for what will not come.
    fn tell_loss(&self) {
        if self.state().is_lost() {
            self.tell();
        }
    }

    fn take(&self, unit: LiveUnit, now: WallTime) {
        let mut state = self.state();
        match unit {
            LiveUnit::Init { data, .. } => state.window.init(data),
            LiveUnit::Fragment { data, is_key, pts_90k } => {
                let before = state.window.next_part();
                state.lost = None;
                state.window.fragment(data, is_key, pts_90k, now);
                if state.window.next_part() == before {
                    return;
                }
            }
            LiveUnit::Lost { cause, since, .. } => {
                state.window.end_timeline();
                state.lost = Some(Loss { cause, since, told_at: Instant::now() });
            }
        }
        drop(state);
        self.tell();
    }

    /// Whether the public gate was asked longer than `often` ago; counts as asking.
    pub(crate) fn must_ask_gate(&self, often: Duration) -> bool {
        let mut state = self.state();
        let is_due = state.gate_asked_at.elapsed() >= often;
        if is_due {
            state.gate_asked_at = Instant::now();
        }
        is_due
    }

    /// Returns what `look` finds, now or within [`PATIENCE`].
    async fn wait<T>(&self, mut look: impl FnMut(&State) -> Option<Result<T, ApiError>>) -> Result<T, ApiError> {
        let mut news = self.news.subscribe();
        let waiting = async {
            loop {
                news.borrow_and_update();
                {
                    let state = self.state();
                    if let Some(found) = look(&state) {
                        return found;
                    }
                    if state.is_over || state.is_lost() {
                        return Err(no_pictures(&state));
                    }
                }
                if news.changed().await.is_err() {
                    return Err(no_pictures(&self.state()));
                }
            }
        };
        match timeout(PATIENCE, waiting).await {
            Ok(found) => found,
            Err(_) => Err(no_pictures(&self.state())),
        }
    }

    /// Returns the playlist.
    ///
    /// # Errors
    /// 400 when it asks for what is too far off, 503 when no pictures come.
    pub(crate) async fn playlist(&self, reload: Reload) -> Result<String, ApiError> {
        self.wait(|state| {
            let window = &state.window;
            if state.is_lost() {
                return Some(Err(no_pictures(state)));
            }
            let is_there = match reload.until {
                None => true,
                Some((number, _)) if window.is_too_far(number) && window.part_target().is_some() => {
                    let message = "_HLS_msn is further off than the next segment; load the playlist without it";
                    return Some(Err(ApiError::new(StatusCode::BAD_REQUEST, "too_far", message)));
                }
                Some((number, part)) => window.holds(number, part),
            };
            if is_there { playlist::render(window, reload.is_delta).map(Ok) } else { None }
        })
        .await
    }

    /// Returns an object's bytes, waiting for the part that the playlist announced.
    ///
    /// # Errors
    /// 404 when it never was or is gone.
    pub(crate) async fn object(&self, object: Object) -> Result<Vec<Bytes>, ApiError> {
        self.wait(|state| match state.window.find(object) {
            Found::Here(chunks) => Some(Ok(chunks)),
            Found::Later => None,
            Found::Never => Some(Err(ApiError::not_found("this piece of the live picture"))),
        })
        .await
    }
}

fn no_pictures(state: &State) -> ApiError {
    let message = match state.lost {
        Some(Loss { since, .. }) => format!("the camera is offline since {since}"),
        None => "no pictures come at the moment; try again".to_owned(),
    };
    ApiError {
        retry_after_s: Some(2),
        lost: state.lost.map(|loss| (loss.cause, loss.since)),
        ..ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "no_pictures", message)
    }
}
