//! Single pictures of now, for viewers whose browser or network plays nothing else, and for cameras that send H.265.

use crate::{hub::Hub, playback};
use mingchu_domain::{footage::Still, id::StreamId, live::LiveRefused, media::AccessUnit};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Mutex as AsyncMutex, Semaphore},
    task::spawn_blocking,
    time::Instant,
};

/// Everybody who asks within this time gets the same picture: a stream is decoded once a second, whoever watches.
const GOOD_FOR: Duration = Duration::from_millis(900);
/// Pictures decoded at the same time. Overflow: the others wait, each stream once.
const DECODING: usize = 2;
/// Wider pictures are shown as of their last key picture: decoding a whole group of them costs too much.
const WIDEST_TO_NEWEST: u16 = 704;
/// Scaled down to this width, in pixels.
const WIDTH: u32 = 960;

/// Gives single pictures of the streams of a hub. Cheap to clone.
#[derive(Clone)]
pub struct LiveStills(Arc<Inner>);

struct Inner {
    hub: Hub,
    /// A place a stream that was asked for; its lock is held while it is decoded.
    kept: Mutex<HashMap<StreamId, Place>>,
    decoding: Arc<Semaphore>,
}

type Place = Arc<AsyncMutex<Option<(Instant, Still)>>>;

impl LiveStills {
    pub(crate) fn new(hub: Hub) -> Self {
        let decoding = Arc::new(Semaphore::new(DECODING));
        Self(Arc::new(Inner { hub, kept: Mutex::default(), decoding }))
    }

    /// Returns the newest picture of a stream; of large pictures that of the last key unit.
    ///
    /// # Errors
    /// When nobody pulls the stream, the camera is lost, or its pictures cannot be decoded.
    pub async fn newest(&self, stream: StreamId) -> Result<Still, LiveRefused> {
        // asked first, so that only streams of this gateway get a place, and a lost camera shows no old picture
        let units = self.0.hub.newest(stream)?;
        let place = self.place(stream);
        let mut place = place.lock().await;
        if let Some((decoded_at, still)) = &*place
            && decoded_at.elapsed() < GOOD_FOR
        {
            return Ok(still.clone());
        }
        let turn = Arc::clone(&self.0.decoding).acquire_owned().await.map_err(|_| LiveRefused::NotPulled)?;
        let decode = move || {
            let _turn = turn;
            decode(&units)
        };
        let still = spawn_blocking(decode).await.map_err(|error| LiveRefused::NotDecodable(error.to_string()))??;
        *place = Some((Instant::now(), still.clone()));
        Ok(still)
    }

    fn place(&self, stream: StreamId) -> Place {
        let mut kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(kept.entry(stream).or_default())
    }
}

/// Decodes the wanted one of the pictures since a key unit. Blocking.
fn decode(units: &[AccessUnit]) -> Result<Still, LiveRefused> {
    let parameters = &units.first().ok_or(LiveRefused::NoPicture)?.parameters;
    let wanted = if parameters.width > WIDEST_TO_NEWEST { &units[..1] } else { units };
    let data: Vec<_> = wanted.iter().map(|unit| unit.data.clone()).collect();
    let jpeg = playback::decode(&parameters.sample_entry, &data, Some(WIDTH));
    let jpeg = jpeg.map_err(|error| LiveRefused::NotDecodable(error.to_string()))?;
    let at = wanted.last().ok_or(LiveRefused::NoPicture)?.arrived_at;
    Ok(Still { jpeg, at })
}
