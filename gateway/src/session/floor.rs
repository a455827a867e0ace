//! The bare client: what taking a camera's pictures costs when nothing is done with them.

use super::{Lost, retina::explain};
use futures::StreamExt;
use retina::{
    client::{PlayOptions, Session, SessionOptions, SetupOptions, TcpTransportOptions, Transport},
    codec::FrameFormat,
};
use tokio::task::JoinSet;
use url::Url;

/// Plays the first track of each stream over TCP, a task each, and throws every picture away: the floor under any
/// recorder on the same client. For measurements.
///
/// # Errors
/// When a stream cannot be played, or ends.
pub async fn discard(urls: Vec<Url>) -> Result<(), Lost> {
    let mut readers = JoinSet::new();
    for url in urls {
        readers.spawn(discard_one(url));
    }
    match readers.join_next().await {
        Some(Ok(ended)) => ended,
        Some(Err(_)) => Err(Lost::refusal("reader failed")),
        None => Ok(()),
    }
}

async fn discard_one(url: Url) -> Result<(), Lost> {
    let transport = Transport::Tcp(TcpTransportOptions::default());
    let setup = SetupOptions::default().transport(transport).frame_format(FrameFormat::MP4);
    let playing = async {
        let mut session = Session::describe(url, SessionOptions::default()).await?;
        session.setup(0, setup).await?;
        session.play(PlayOptions::default()).await?.demuxed()
    };
    let mut frames = playing.await.map_err(|error| explain(&error))?;
    while let Some(item) = frames.next().await {
        drop(item.map_err(|error| explain(&error))?);
    }
    Ok(())
}
