//! One viewer's WebSocket: fragments out, pings, and the right to watch checked again and again.

use crate::{
    app::App,
    error::ApiError,
    live_queue::{LiveMessage, ViewerQueue},
    seats::{Full, Seat},
};
use axum::{
    extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code},
    http::StatusCode,
    response::Response,
};
use futures::{Sink, SinkExt as _, StreamExt as _, future::BoxFuture, stream::SplitSink};
use mingchu_domain::{
    derivative::{PublicRefused, PublicWish},
    id::StreamId,
    live::{LiveRefused, LiveUnit},
};
use std::{future::poll_fn, time::Duration};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval},
};

/// Fragments that may wait for one viewer: 6 s at 25 pictures a second.
const MOST_WAITING: usize = 150;
/// A viewer says no more than pongs; the usual buffer of 128 kB is taken at once, and there are hundreds of them.
const READ_BUFFER_BYTES: usize = 1024;
/// A viewer who answered none of this many pings is gone.
const UNANSWERED_PINGS: u32 = 3;

/// Tells whether the viewer may still watch: sessions end, cameras are taken from the public.
pub(crate) type StillAllowed = Box<dyn Fn() -> BoxFuture<'static, Result<(), ApiError>> + Send + Sync>;

/// What is shown.
pub(crate) enum Show {
    /// A camera's own stream; `None` when the camera has no such stream.
    Own(Option<StreamId>),
    /// A picture that the public may see.
    Public(PublicWish),
}

/// What somebody asks to watch.
pub(crate) struct Wish {
    pub(crate) show: Show,
    pub(crate) still_allowed: StillAllowed,
    pub(crate) seat: Seat,
}

/// Opens what is shown. The public's pictures come from the maker of derivatives, never from the gateway itself.
pub(crate) async fn open(app: &App, show: Show) -> Result<mpsc::Receiver<LiveUnit>, PublicRefused> {
    match show {
        Show::Own(Some(stream)) => app.live.open(stream).await.map_err(PublicRefused::Live),
        Show::Own(None) => Err(PublicRefused::Live(LiveRefused::NotPulled)),
        Show::Public(wish) => app.public.open(&wish).await,
    }
}

/// Answers a request to watch. Refusals of the gateway go over the socket, where a page can read them.
pub(crate) async fn answer(app: App, upgrade: WebSocketUpgrade, wish: Wish) -> Result<Response, ApiError> {
    let Wish { show, still_allowed, seat } = wish;
    let opened = open(&app, show).await;
    let tasks = app.tasks.clone();
    let serve = move |socket: WebSocket| async move {
        match opened {
            Ok(units) => Viewer { app, units, still_allowed, _seat: seat }.watch(socket).await,
            Err(refused) => {
                let code = if let PublicRefused::Live(refused) = &refused { code_of(refused) } else { refused.code() };
                say_error(socket, code, refused.to_string()).await;
            }
        }
    };
    Ok(upgrade
        .max_message_size(4096)
        .read_buffer_size(READ_BUFFER_BYTES)
        .on_upgrade(move |socket| tasks.track_future(serve(socket))))
}

pub(crate) fn too_many() -> ApiError {
    let message = "this server shows as many live pictures as it may; try again in a minute";
    ApiError { retry_after_s: Some(60), ..ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_viewers", message) }
}

/// Says whose seats are taken.
pub(crate) fn full(full: Full) -> ApiError {
    match full {
        Full::Server => too_many(),
        Full::Canteen => {
            let message = "as many people as may watch this canteen do so; try again in a minute";
            ApiError { message: message.to_owned(), code: "too_many_viewers_of_canteen", ..too_many() }
        }
    }
}

pub(crate) const fn code_of(refused: &LiveRefused) -> &'static str {
    match refused {
        LiveRefused::NoGateway => "no_gateway",
        LiveRefused::NotPulled => "not_pulled",
        LiveRefused::NotPlayable => "not_playable",
        LiveRefused::Lost { .. } => "no_pictures",
        LiveRefused::NoPicture => "no_picture_yet",
        LiveRefused::NotDecodable(_) => "not_decodable",
        LiveRefused::TooManyTranscodes => "too_many_transcodes",
        LiveRefused::TooManyViewers => "too_many_viewers",
    }
}

/// Returns the answer to a plain request for what cannot be shown.
pub(crate) fn refused_public(refused: &PublicRefused) -> ApiError {
    match refused {
        PublicRefused::Live(live) => self::refused(live),
        other => ApiError {
            retry_after_s: Some(5),
            ..ApiError::new(StatusCode::SERVICE_UNAVAILABLE, other.code(), other.to_string())
        },
    }
}

/// Returns the answer to a plain request that the gateway refused.
pub(crate) fn refused(refused: &LiveRefused) -> ApiError {
    let lost = match refused {
        LiveRefused::Lost { cause, since } => Some((*cause, *since)),
        _ => None,
    };
    ApiError {
        retry_after_s: Some(5),
        lost,
        ..ApiError::new(StatusCode::SERVICE_UNAVAILABLE, code_of(refused), refused.to_string())
    }
}

async fn say_error(mut socket: WebSocket, code: &str, message: String) {
    let error = LiveMessage::Error { code: code.to_owned(), message };
    let _gone = socket.send(error.into_message()).await;
    let _gone = socket.send(Message::Close(None)).await;
}

struct Viewer {
    app: App,
    units: mpsc::Receiver<LiveUnit>,
    still_allowed: StillAllowed,
    _seat: Seat,
}

/// Why a viewing ended.
enum End {
    /// The viewer left, or the connection broke.
    Gone,
    /// The server stops.
    Stopping,
    /// The gateway gives no more.
    StreamEnded,
    /// The viewer may no longer watch.
    Refused(ApiError),
}

impl Viewer {
    async fn watch(mut self, socket: WebSocket) {
        metrics::gauge!("mingchu_live_viewers").increment(1.0);
        let (mut sink, mut incoming) = socket.split();
        let mut queue = ViewerQueue::new(MOST_WAITING);
        let end = self.pump(&mut queue, &mut sink, &mut incoming).await;
        metrics::counter!("mingchu_live_dropped_fragments_total").increment(queue.dropped());
        metrics::gauge!("mingchu_live_viewers").decrement(1.0);
        farewell(&mut sink, end).await;
    }

    async fn pump(
        &mut self,
        queue: &mut ViewerQueue,
        sink: &mut SplitSink<WebSocket, Message>,
        incoming: &mut futures::stream::SplitStream<WebSocket>,
    ) -> End {
        let stop = self.app.stop.clone();
        let silence = self.app.config.live_check * UNANSWERED_PINGS + Duration::from_secs(5);
        let mut ping = interval(self.app.config.live_check);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ping.reset();
        let mut heard = Instant::now();
        let mut is_sending = false;
        let mut gate_news = self.app.gate_news.subscribe();
        loop {
            if !is_sending && let Some(message) = queue.pop() {
                // ready at once: the message before it was flushed
                if sink.feed(message).await.is_err() {
                    return End::Gone;
                }
                is_sending = true;
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return End::Stopping,
                flushed = poll_fn(|cx| sink.poll_flush_unpin(cx)), if is_sending => match flushed {
                    Ok(()) => is_sending = false,
                    Err(_) => return End::Gone,
                },
                message = incoming.next() => match message {
                    None | Some(Err(_) | Ok(Message::Close(_))) => return End::Gone,
                    Some(Ok(_)) => heard = Instant::now(),
                },
                unit = self.units.recv() => match unit {
                    Some(unit) => queue.push(unit),
                    None => return End::StreamEnded,
                },
                Ok(()) = gate_news.changed() => if let Err(refused) = (self.still_allowed)().await {
                    return End::Refused(refused);
                },
                _ = ping.tick() => {
                    if heard.elapsed() > silence {
                        return End::Gone;
                    }
                    if let Err(refused) = (self.still_allowed)().await {
                        return End::Refused(refused);
                    }
                    if !is_sending && sink.feed(Message::Ping(bytes::Bytes::new())).await.is_err() {
                        return End::Gone;
                    }
                    is_sending = true;
                }
            }
        }
    }
}

/// Says why, within a second: a viewer whose connection hangs must not hold the server's stop.
async fn farewell(sink: &mut (impl Sink<Message> + Unpin), end: End) {
    let (code, text) = match end {
        // answers the viewer's own goodbye; over a broken connection it fails at once
        End::Gone => {
            tokio::time::timeout(Duration::from_secs(1), sink.close()).await.ok();
            return;
        }
        End::Stopping => (close_code::AWAY, None),
        End::StreamEnded => (close_code::AWAY, Some(("stream_ended", "the gateway stopped".to_owned()))),
        End::Refused(refused) => (close_code::POLICY, Some((refused.code, refused.message))),
    };
    let close = Message::Close(Some(CloseFrame { code, reason: "".into() }));
    let say = async {
        if let Some((code, message)) = text {
            sink.send(LiveMessage::Error { code: code.to_owned(), message }.into_message()).await.ok();
        }
        sink.send(close).await.ok();
    };
    tokio::time::timeout(Duration::from_secs(1), say).await.ok();
}
