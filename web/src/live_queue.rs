//! What waits for one viewer. Pure: the socket does the IO.

use axum::extract::ws::Message;
use bytes::Bytes;
use mingchu_domain::{camera::GapCause, live::LiveUnit, time::WallTime};
use serde::Serialize;
use std::collections::VecDeque;
use utoipa::ToSchema;

/// Text messages of a live WebSocket. Binary messages are the init segment, then fragments.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LiveMessage {
    /// One binary init segment follows, then fragments.
    Init {
        /// Codec string of RFC 6381.
        codec: String,
        /// Picture width in pixels.
        width: u16,
        /// Picture height in pixels.
        height: u16,
    },
    /// The camera is lost; the socket stays open and a new `init` follows when it is back.
    Lost {
        /// Why.
        #[schema(value_type = crate::record::word::GapCause)]
        cause: GapCause,
        /// More.
        detail: String,
        /// Since when.
        #[schema(value_type = String, format = DateTime)]
        since: WallTime,
    },
    /// No picture, or none any more; the socket closes.
    Error {
        /// A stable word for programs.
        code: String,
        /// For a person.
        message: String,
    },
}

impl LiveMessage {
    pub(crate) fn into_message(self) -> Message {
        Message::text(serde_json::to_string(&self).unwrap_or_default())
    }
}

enum Waiting {
    Text(LiveMessage),
    Init(Bytes),
    Fragment(Bytes),
}

/// The bounded queue of one viewer.
// Overflow: a viewer that has `most` fragments waiting loses them all and goes on at the next key fragment, counted.
// An init supersedes what waits before it, and texts are never two in a row, so nothing else grows.
pub(crate) struct ViewerQueue {
    most: usize,
    waiting: VecDeque<Waiting>,
    needs_key: bool,
    dropped: u64,
}

impl ViewerQueue {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, waiting: VecDeque::new(), needs_key: false, dropped: 0 }
    }

    /// Takes what the gateway sends.
    pub(crate) fn push(&mut self, unit: LiveUnit) {
        match unit {
            LiveUnit::Init { codec_string, width, height, data } => {
                self.waiting.clear();
                self.needs_key = false;
                self.waiting.push_back(Waiting::Text(LiveMessage::Init { codec: codec_string, width, height }));
                self.waiting.push_back(Waiting::Init(data));
            }
            LiveUnit::Fragment { data, is_key, .. } => self.push_fragment(data, is_key),
            LiveUnit::Lost { cause, detail, since } => {
                if matches!(self.waiting.back(), Some(Waiting::Text(LiveMessage::Lost { .. }))) {
                    self.waiting.pop_back();
                }
                self.waiting.push_back(Waiting::Text(LiveMessage::Lost { cause, detail, since }));
            }
        }
    }

    fn push_fragment(&mut self, data: Bytes, is_key: bool) {
        let before = self.waiting.len();
        if before >= self.most {
            self.waiting.retain(|waiting| !matches!(waiting, Waiting::Fragment(_)));
            self.dropped += (before - self.waiting.len()) as u64;
            self.needs_key = true;
        }
        if self.needs_key && !is_key {
            self.dropped += 1;
            return;
        }
        self.needs_key = false;
        self.waiting.push_back(Waiting::Fragment(data));
    }

    /// Returns the next message to send.
    pub(crate) fn pop(&mut self) -> Option<Message> {
        Some(match self.waiting.pop_front()? {
            Waiting::Text(text) => text.into_message(),
            Waiting::Init(data) | Waiting::Fragment(data) => Message::Binary(data),
        })
    }

    /// Returns how many fragments were dropped so far.
    pub(crate) const fn dropped(&self) -> u64 {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fragment(number: u8, is_key: bool) -> LiveUnit {
        LiveUnit::Fragment { data: Bytes::from(vec![number]), is_key, pts_90k: 0 }
    }

    fn init() -> LiveUnit {
        LiveUnit::Init { codec_string: "avc1.640028".into(), width: 960, height: 540, data: Bytes::from_static(b"i") }
    }

    fn drain(queue: &mut ViewerQueue) -> Vec<Message> {
        std::iter::from_fn(|| queue.pop()).collect()
    }

    #[test]
    fn a_viewer_that_keeps_up_gets_everything_in_order() {
        let mut queue = ViewerQueue::new(10);
        queue.push(init());
        queue.push(fragment(1, true));
        queue.push(fragment(2, false));
        let sent = drain(&mut queue);
        assert_eq!(sent[0], Message::text(r#"{"type":"init","codec":"avc1.640028","width":960,"height":540}"#));
        assert_eq!(sent[1..], [b"i".as_slice(), &[1], &[2]].map(|data| Message::binary(data.to_vec())));
        assert_eq!(queue.dropped(), 0);
    }

    #[test]
    fn a_viewer_that_falls_behind_goes_on_at_the_next_key_fragment() {
        let mut queue = ViewerQueue::new(3);
        for number in 0..5 {
            queue.push(fragment(number, number == 0));
        }
        assert!(drain(&mut queue).is_empty(), "a picture without its key picture does not decode");
        assert_eq!(queue.dropped(), 5);
        queue.push(fragment(9, true));
        assert_eq!(drain(&mut queue), [Message::binary(vec![9])]);
    }

    #[test]
    fn the_init_segment_survives_an_overflow() {
        let mut queue = ViewerQueue::new(4);
        queue.push(init());
        for number in 0..8 {
            queue.push(fragment(number, false));
        }
        queue.push(fragment(9, true));
        let sent = drain(&mut queue);
        assert_eq!(sent.len(), 3, "{sent:?}");
        assert_eq!(sent[2], Message::binary(vec![9]));
    }

    #[test]
    fn a_camera_that_flaps_does_not_fill_the_queue() {
        let mut queue = ViewerQueue::new(3);
        let lost = || LiveUnit::Lost {
            cause: GapCause::CameraOffline,
            detail: "closed".into(),
            since: WallTime::from_micros(0),
        };
        for _ in 0..100 {
            queue.push(lost());
            queue.push(lost());
            queue.push(init());
        }
        assert_eq!(drain(&mut queue).len(), 2);
    }
}
