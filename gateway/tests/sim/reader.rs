//! A client of the simulator, on retina.

use futures::StreamExt;
use mingchu_domain::media::Codec;
use mingchu_gateway::sim::read_counter;
use retina::{
    client::{Credentials, Demuxed, PlayOptions, Session, SessionOptions, SetupOptions, Transport},
    codec::{CodecItem, FrameFormat, ParametersRef},
};
use std::time::Duration;

/// No answer for so long is a failure.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a client sees of one picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) number: u64,
    pub(crate) is_key: bool,
    /// RTP timestamp, unwrapped by retina.
    pub(crate) timestamp: i64,
    pub(crate) lost_packets: u16,
    pub(crate) size: (u32, u32),
}

pub(crate) struct Reader {
    demuxed: Demuxed,
    codec: Codec,
}

#[derive(Default, Clone)]
pub(crate) struct How {
    pub(crate) udp: bool,
    pub(crate) account: Option<(&'static str, &'static str)>,
}

impl Reader {
    pub(crate) async fn open(url: &str) -> Self {
        Self::open_as(url, How::default()).await.unwrap()
    }

    pub(crate) async fn open_as(url: &str, how: How) -> Result<Self, retina::Error> {
        let account = how
            .account
            .map(|(username, password)| Credentials { username: username.to_owned(), password: password.to_owned() });
        let options = SessionOptions::default().creds(account);
        let mut session = Session::describe(url.parse().unwrap(), options).await?;
        let codec = if session.streams()[0].encoding_name() == "h265" { Codec::H265 } else { Codec::H264 };
        let transport = if how.udp { Transport::Udp(Default::default()) } else { Transport::Tcp(Default::default()) };
        let set_up = SetupOptions::default().transport(transport).frame_format(FrameFormat::MP4);
        session.setup(0, set_up).await?;
        let playing = session.play(PlayOptions::default()).await?;
        Ok(Self { demuxed: playing.demuxed()?, codec })
    }

    /// Returns the next picture, `None` when the session ended.
    pub(crate) async fn next(&mut self) -> Option<Result<Seen, retina::Error>> {
        loop {
            let item =
                tokio::time::timeout(PATIENCE, self.demuxed.next()).await.expect("the simulator sends something");
            match item? {
                Ok(CodecItem::VideoFrame(frame)) => {
                    let parameters = self.demuxed.streams()[0].parameters();
                    let Some(ParametersRef::Video(video)) = parameters else { panic!("no parameters") };
                    return Some(Ok(Seen {
                        number: read_counter(frame.data(), self.codec).expect("each picture has its number"),
                        is_key: frame.is_random_access_point(),
                        timestamp: frame.timestamp().timestamp(),
                        lost_packets: frame.loss(),
                        size: video.pixel_dimensions(),
                    }));
                }
                Ok(_) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }

    pub(crate) async fn read(&mut self, count: usize) -> Vec<Seen> {
        let mut seen = Vec::with_capacity(count);
        while seen.len() < count {
            seen.push(self.next().await.expect("the session goes on").unwrap());
        }
        seen
    }

    /// Reads up to the end of the session.
    pub(crate) async fn read_to_end(&mut self) -> Option<retina::Error> {
        loop {
            match self.next().await {
                Some(Ok(_)) => {}
                Some(Err(error)) => return Some(error),
                None => return None,
            }
        }
    }
}

pub(crate) fn assert_continuous(seen: &[Seen]) {
    for pair in seen.windows(2) {
        assert_eq!(pair[1].number, pair[0].number + 1, "a picture is missing: {pair:?}");
    }
}
