//! Single pictures of the archive.

use super::{
    Wish, chain,
    files::{Files, unreadable},
    index::{Gop, Index, wall_time},
    no_footage,
    recent::Recent,
};
use crate::mp4::{self, fragment_in};
use bytes::Bytes;
use mingchu_domain::{
    footage::{FootageRefused, Still},
    id::SegmentId,
    time::WallTime,
};
use mingchu_store::Segment;
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    sync::Arc,
};
use tokio::{sync::Semaphore, task::spawn_blocking};

/// Bytes of pictures kept in memory.
const KEPT_BYTES: usize = 32 << 20;
/// Pictures decoded at the same time.
const DECODING: usize = 2;
/// Requests that may wait. Overflow: the new one is refused and told to come again.
const SEATS: usize = 32;

/// The pictures that were asked for lately, and the seats of those who wait.
pub(super) struct Stills {
    kept: Recent<Key, Still>,
    seats: Semaphore,
    decoding: Arc<Semaphore>,
}

/// A picture: its segment, its group, its place in the group, and the width.
type Key = (SegmentId, u64, u32, Option<u32>);

impl Default for Stills {
    fn default() -> Self {
        let decoding = Arc::new(Semaphore::new(DECODING));
        Self { kept: Recent::new(KEPT_BYTES), seats: Semaphore::new(SEATS), decoding }
    }
}

/// Coded pictures from a key picture to the one that is wanted.
struct Coded {
    units: Vec<Bytes>,
    at: WallTime,
}

impl Stills {
    pub(super) async fn get(
        &self,
        files: &Files,
        segment: &Segment,
        index: &Index,
        wish: Wish,
    ) -> Result<Still, FootageRefused> {
        let gop = index.gops.iter().rev().find(|gop| gop.start(segment) <= wish.at).or(index.gops.first());
        let gop = *gop.ok_or_else(|| no_footage(wish.at, wish.at))?;
        let key_picture = (segment.id, gop.offset, 0, wish.width);
        if !wish.is_exact
            && let Some(still) = self.kept.get(&key_picture)
        {
            return Ok(still);
        }
        let _seat = self.seats.try_acquire().map_err(|_| FootageRefused::Busy)?;
        let turn = Arc::clone(&self.decoding).acquire_owned().await.map_err(|_| FootageRefused::Busy)?;
        let (path, row, entry) = (files.path_of(segment), segment.clone(), index.sample_entry.clone());
        let decode = move || {
            let _turn = turn;
            let path = path.map_err(|error| unreadable(&error))?;
            let coded = read(&path, &row, gop, wish).map_err(|error| unreadable(&error))?;
            let jpeg = decode(&entry, &coded.units, wish.width)?;
            let place = u32::try_from(coded.units.len()).unwrap_or(u32::MAX) - 1;
            Ok((place, Still { jpeg, at: coded.at }))
        };
        let (place, still) = spawn_blocking(decode).await.map_err(|error| FootageRefused::Failed(chain(&error)))??;
        self.kept.put((segment.id, gop.offset, place, wish.width), still.clone(), still.jpeg.len());
        Ok(still)
    }
}

/// Reads what must be decoded. Blocking.
fn read(path: &Path, segment: &Segment, gop: Gop, wish: Wish) -> io::Result<Coded> {
    let mut file = File::open(path)?;
    let mut coded = Coded { units: Vec::new(), at: gop.start(segment) };
    let mut offset = gop.offset;
    while offset < gop.end {
        let fragment = fragment_in(&mut file, offset).map_err(io::Error::other)?;
        file.seek(SeekFrom::Start(fragment.data_offset))?;
        let mut time_90k = fragment.decode_time_90k;
        for picture in &fragment.pictures {
            let at = wall_time(segment, time_90k);
            let is_wanted = coded.units.is_empty() || (wish.is_exact && at <= wish.at);
            if !is_wanted {
                return Ok(coded);
            }
            let mut unit = Vec::new();
            if (&mut file).take(picture.size_bytes.into()).read_to_end(&mut unit)? < picture.size_bytes as usize {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            coded.units.push(Bytes::from(unit));
            coded.at = at;
            time_90k += u64::from(picture.duration_90k);
        }
        offset = fragment.end;
    }
    Ok(coded)
}

/// Decodes from a key picture on and returns the last picture as JPEG, no wider than `width`. Blocking.
#[cfg(feature = "gst")]
pub(crate) fn decode(sample_entry: &[u8], units: &[Bytes], width: Option<u32>) -> Result<Bytes, FootageRefused> {
    let foreign = || FootageRefused::NotDecodable("it is neither H.264 nor H.265".to_owned());
    let coding = super::decode::Coding {
        codec: mp4::codec_of(sample_entry).ok_or_else(foreign)?,
        configuration: mp4::configuration_of(sample_entry).ok_or_else(foreign)?,
        size: mp4::dimensions(sample_entry).ok_or_else(foreign)?,
    };
    super::decode::last_as_jpeg(&coding, units, width).map_err(FootageRefused::NotDecodable)
}

#[cfg(not(feature = "gst"))]
pub(crate) fn decode(_sample_entry: &[u8], _units: &[Bytes], _width: Option<u32>) -> Result<Bytes, FootageRefused> {
    Err(FootageRefused::NotDecodable("this build has no GStreamer".to_owned()))
}
