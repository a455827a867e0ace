//! One viewer that throws the pictures away and keeps what they tell: which came, and how late.

use super::{Kind, house::House, http::Http};
use anyhow::Context;
use futures::StreamExt as _;
use mingchu_domain::media::Codec;
use mingchu_gateway::sim::read_counter;
use std::{sync::Arc, time::Duration};
use tokio::{sync::Notify, time::Instant};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest as _};
use tokio_util::sync::CancellationToken;

/// What all viewers share.
pub(super) struct Stand {
    pub(super) house: House,
    /// Nothing is counted before.
    pub(super) begin: Notify,
    pub(super) end: CancellationToken,
}

/// What a viewer saw while it was measured.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) pictures: u64,
    /// Numbers that were left out between two pictures.
    pub(super) dropped: u64,
    pub(super) bytes: u64,
    /// From the camera to this viewer.
    pub(super) delays: Vec<Duration>,
    last: Option<u64>,
}

impl Seen {
    /// Takes what one message or one part holds.
    fn take(&mut self, house: &House, data: &[u8]) {
        self.bytes += data.len() as u64;
        for number in numbers(data) {
            let now = Instant::now();
            self.pictures += 1;
            self.dropped += self.last.map_or(0, |last| number.saturating_sub(last + 1));
            self.last = Some(number);
            self.delays.extend(house.sent_at(number).and_then(|sent| now.checked_duration_since(sent)));
        }
    }

    /// Forgets everything but where the stream stands.
    fn forget(&mut self) {
        *self = Self { last: self.last, ..Self::default() };
    }
}

/// Returns the numbers of the pictures in fragments that follow one another.
fn numbers(mut data: &[u8]) -> Vec<u64> {
    let mut found = Vec::new();
    while let Some((size, rest)) = data.split_first_chunk::<4>() {
        let size = u32::from_be_bytes(*size) as usize;
        let Some(body) = size.checked_sub(8).and_then(|length| rest.get(4..4 + length)) else { break };
        if rest.starts_with(b"mdat") {
            found.extend(read_counter(body, Codec::H264));
        }
        data = &data[size..];
    }
    found
}

/// Watches until the end; `ready` hears of the first picture.
pub(super) async fn watch(stand: Arc<Stand>, kind: Kind, ready: Arc<tokio::sync::Semaphore>) -> anyhow::Result<Seen> {
    let mut seen = Seen::default();
    let watching = async {
        match kind {
            Kind::Ws => socket(&stand, &mut seen, &ready).await,
            Kind::Hls => playlist(&stand, &mut seen, &ready).await,
        }
    };
    tokio::select! {
        failed = watching => failed?,
        () = stand.end.cancelled() => {}
    }
    Ok(seen)
}

/// Counts from the moment on that `begin` tells of.
struct Count<'a> {
    stand: &'a Stand,
    has_begun: bool,
}

impl Count<'_> {
    fn take(&mut self, seen: &mut Seen, data: &[u8], begun: bool) {
        if begun && !self.has_begun {
            self.has_begun = true;
            seen.forget();
        }
        seen.take(&self.stand.house, data);
    }
}

async fn socket(stand: &Stand, seen: &mut Seen, ready: &tokio::sync::Semaphore) -> anyhow::Result<()> {
    let House { address, camera, cookie, .. } = &stand.house;
    let mut request = format!("ws://{address}/api/v1/cameras/{camera}/live?stream=sub").into_client_request()?;
    request.headers_mut().insert("cookie", cookie.parse()?);
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.context("no WebSocket")?;
    let begin = stand.begin.notified();
    tokio::pin!(begin);
    let mut count = Count { stand, has_begun: false };
    let mut begun = false;
    loop {
        let message = tokio::select! {
            () = &mut begin, if !begun => {
                begun = true;
                continue;
            }
            message = socket.next() => message.context("the server ended the stream")??,
        };
        match message {
            Message::Binary(data) => {
                if seen.pictures == 0 && !begun {
                    ready.add_permits(1);
                }
                count.take(seen, &data, begun);
            }
            Message::Text(text) => anyhow::ensure!(text.contains("\"init\""), "the server said {text}"),
            _ => {}
        }
    }
}

async fn playlist(stand: &Stand, seen: &mut Seen, ready: &tokio::sync::Semaphore) -> anyhow::Result<()> {
    let House { address, camera, cookie, .. } = &stand.house;
    let mut http = Http::open(*address).await?;
    let path = format!("/api/v1/cameras/{camera}/live-address?stream=sub");
    let answer: serde_json::Value = serde_json::from_slice(&text(&mut http, &path, cookie).await?.into_bytes())?;
    let list = answer["playlist"].as_str().context("no address")?.to_owned();
    let begin = stand.begin.notified();
    tokio::pin!(begin);
    let mut count = Count { stand, has_begun: false };
    let (mut begun, mut next): (bool, Option<(u64, u64)>) = (false, None);
    loop {
        if !begun && futures::poll!(&mut begin).is_ready() {
            begun = true;
        }
        let ask = next.map_or_else(String::new, |(number, part)| format!("?_HLS_msn={number}&_HLS_part={part}"));
        let playlist = text(&mut http, &format!("{list}{ask}"), "").await?;
        let parts = playlist.lines().filter_map(|line| line.strip_prefix("#EXT-X-PART:")).filter_map(part_of);
        // the first time from the newest part that decoding can start with
        let parts: Vec<_> = parts.collect();
        let from = next.or_else(|| parts.iter().rev().find(|part| part.2).map(|part| (part.0, part.1)));
        for (number, part, _) in parts.iter().filter(|part| from.is_none_or(|from| (part.0, part.1) >= from)) {
            let object = list.replace("index.m3u8", &format!("part-{number}-{part}.m4s"));
            let answer = http.get(&object, "").await?;
            anyhow::ensure!(answer.status == 200, "{object} was refused with {}", answer.status);
            if seen.pictures == 0 && !begun {
                ready.add_permits(1);
            }
            count.take(seen, &answer.body, begun);
        }
        let hint = playlist.lines().find_map(|line| line.strip_prefix("#EXT-X-PRELOAD-HINT:")).and_then(part_of);
        next = hint.map(|(number, part, _)| (number, part));
    }
}

async fn text(http: &mut Http, path: &str, cookie: &str) -> anyhow::Result<String> {
    let answer = http.get(path, cookie).await?;
    let body = String::from_utf8(answer.body)?;
    anyhow::ensure!(answer.status == 200, "{} for a live picture: {body}", answer.status);
    Ok(body)
}

/// Returns number of segment and part, and whether decoding can start there.
fn part_of(attributes: &str) -> Option<(u64, u64, bool)> {
    let name = attributes.split("URI=\"part-").nth(1)?.split(".m4s").next()?;
    let (number, part) = name.split_once('-')?;
    Some((number.parse().ok()?, part.parse().ok()?, attributes.contains("INDEPENDENT=YES")))
}
