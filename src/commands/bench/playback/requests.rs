//! What is asked for: the requests of the archive page, at random places of the archive.

use super::{
    client::{Client, Request},
    index::{Camera, Index},
    span_of,
};
use crate::commands::chance::Chance;
use anyhow::Context;
use hyper::StatusCode;
use mingchu_domain::time::{TimeRange, WallTime};
use serde_json::{Value, json};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// A timeline is at most so long.
const MONTH: Duration = Duration::from_secs(31 * 24 * 3600);
/// An entry of the ledger is at most so long.
const VIEW: Duration = Duration::from_secs(7 * 24 * 3600);
/// Pixels of a wide screen: the page asks for gaps as fine as that.
const PIXELS: u32 = 1600;

/// A kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    TimelineMonth,
    TimelineDay,
    TimelineHour,
    /// Every gap of a day: the clock of playback goes by it.
    TimelineExact,
    Days,
    Playlist,
    /// The first group of pictures of a playlist.
    Seek,
    /// The key picture before a time, decoded and scaled as under the pointer.
    Still,
}

impl What {
    pub(super) const ALL: [Self; 8] = [
        Self::TimelineMonth,
        Self::TimelineDay,
        Self::TimelineHour,
        Self::TimelineExact,
        Self::Days,
        Self::Playlist,
        Self::Seek,
        Self::Still,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::TimelineMonth => "timeline_month",
            Self::TimelineDay => "timeline_day",
            Self::TimelineHour => "timeline_hour",
            Self::TimelineExact => "timeline_exact",
            Self::Days => "days",
            Self::Playlist => "playlist",
            Self::Seek => "seek",
            Self::Still => "still",
        }
    }
}

/// The entries of the ledger that open the whole archive.
pub(super) struct World {
    views: Vec<(TimeRange, String)>,
}

impl World {
    pub(super) async fn open(client: &mut Client, index: &Index) -> anyhow::Result<Self> {
        let ids: Vec<String> = index.cameras.iter().map(|camera| camera.id.to_string()).collect();
        let (mut views, mut from, end) = (Vec::new(), index.begin, index.end);
        while from < end {
            let to = (from + VIEW).min(end);
            let mut view = Vec::new();
            // an entry names at most 16 cameras
            for cameras in ids.chunks(16) {
                let body = json!({
                    "camera_ids": cameras, "from": from, "to": to, "purpose": "view",
                    "reason": { "code": "routine_inspection" }
                });
                let request = Request {
                    path: "/api/v1/footage-views".to_owned(),
                    body: Some(body.to_string()),
                    range: None,
                    expected: StatusCode::CREATED,
                };
                let answer: Value = serde_json::from_str(&client.text(&request).await?)?;
                view.push(answer["view_id"].as_str().context("the entry has no id")?.to_owned());
            }
            views.extend(TimeRange::new(from, to).map(|range| (range, view.join(","))));
            from = to;
        }
        Ok(Self { views })
    }

    /// Draws a request; `client` asks what must be known before.
    pub(super) async fn request(
        &self,
        what: What,
        index: &Index,
        chance: &mut Chance,
        client: &mut Client,
    ) -> anyhow::Result<Request> {
        let number = usize::try_from(chance.below(index.cameras.len() as u64))?;
        let camera = &index.cameras[number];
        let at = chance.pick(&camera.footage).context("a camera has no footage")?.start() + SECOND;
        Ok(match what {
            // the page asks for the view and as much to each side
            What::TimelineMonth => timeline(camera, index.end - MONTH, index.end, Some(MONTH)),
            What::TimelineDay => timeline(camera, at - DAY, (at + DAY * 2).min(index.end), Some(DAY)),
            What::TimelineHour => timeline(camera, at - HOUR, (at + HOUR * 2).min(index.end), Some(HOUR)),
            What::TimelineExact => timeline(camera, at, (at + DAY).min(index.end), None),
            What::Days => {
                let day = |at: WallTime| at.to_string().chars().take(10).collect::<String>();
                let range = span_of(index)?;
                let (from, to) = (day(range.start()), day(range.end()));
                Request::get(format!("/api/v1/cameras/{}/days?from={from}&to={to}", camera.id))
            }
            What::Playlist => Request::get(self.playlist(number, camera, at)?),
            What::Seek => {
                let path = self.playlist(number, camera, at)?;
                let text = client.text(&Request::get(path.clone())).await?;
                first_pictures(&path, &text)?
            }
            What::Still => {
                let base = self.base(number, camera, at)?;
                Request::get(format!("{base}/still.jpg?at={at}&width=240"))
            }
        })
    }

    /// Returns what the player asks for around a time.
    fn playlist(&self, number: usize, camera: &Camera, at: WallTime) -> anyhow::Result<String> {
        let (range, _) = self.view_at(at)?;
        let (from, to) = ((at - SECOND * 30).max(range.start()), (at + MINUTE * 15).min(range.end()));
        Ok(format!("{}/index.m3u8?from={from}&to={to}", self.base(number, camera, at)?))
    }

    fn base(&self, number: usize, camera: &Camera, at: WallTime) -> anyhow::Result<String> {
        let (_, views) = self.view_at(at)?;
        let view = views.split(',').nth(number / 16).context("no entry of the ledger for the camera")?;
        Ok(format!("/api/v1/footage-views/{view}/cameras/{}", camera.id))
    }

    fn view_at(&self, at: WallTime) -> anyhow::Result<&(TimeRange, String)> {
        let found = self.views.iter().find(|(range, _)| range.start() <= at && at < range.end());
        found.context("no entry of the ledger for the time")
    }
}

fn timeline(camera: &Camera, from: WallTime, to: WallTime, view: Option<Duration>) -> Request {
    let resolution = view.map_or(0, |view| (view / PIXELS).as_secs());
    Request::get(format!("/api/v1/cameras/{}/timeline?from={from}&to={to}&resolution={resolution}", camera.id))
}

/// Returns the request for the first byte range of a playlist.
fn first_pictures(playlist: &str, text: &str) -> anyhow::Result<Request> {
    let mut lines = text.lines();
    let range = lines.find_map(|line| line.strip_prefix("#EXT-X-BYTERANGE:")).context("the playlist has no range")?;
    let file = lines.next().context("the playlist names no file")?;
    let (length, offset) = range.split_once('@').context("a byte range without a beginning")?;
    let (length, offset): (u64, u64) = (length.parse()?, offset.parse()?);
    let folder = playlist.split_once("/index.m3u8").context("no playlist")?.0;
    Ok(Request {
        path: format!("{folder}/{file}"),
        body: None,
        range: Some((offset, offset + length - 1)),
        expected: StatusCode::PARTIAL_CONTENT,
    })
}
