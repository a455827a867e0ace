//! A clip as the recorder would have written it, for archives that nobody has waited for.

use super::track::{ClipError, Track, read};
use crate::mp4::{Picture, fragment_head, init_segment, sample_entry};
use mingchu_domain::media::Codec;
use mp4_atom::{Avcc, Encode};
use std::{path::Path, time::Duration};

/// Length of a box's size and name.
const HEADER: usize = 8;

/// Returns an H.264 clip, played again and again up to `length`, as an archive file: one fragment a group of pictures,
/// its first picture at `begin_90k`. Whole groups: the file is up to one shorter than `length`.
///
/// # Errors
/// When the clip cannot be read, is H.265, or longer than `length` before its second key picture.
pub async fn archive_file(clip: &Path, length: Duration, begin_90k: u64) -> Result<Vec<u8>, ClipError> {
    let track = read(clip).await?;
    if track.codec != Codec::H264 {
        return Err(ClipError::Codec { found: "hvc1".to_owned() });
    }
    let entry = sample_entry(track.codec, track.width, track.height, &configuration(&track)?);
    let (mut file, mut sequence, mut at_90k) = (init_segment(&entry), 1, 0);
    let length_90k = u64::try_from(length.as_micros() * 9 / 100).unwrap_or(u64::MAX);
    let groups = groups(&track);
    for (pictures, bytes) in groups.iter().cycle() {
        let group_90k: u64 = pictures.iter().map(|picture| u64::from(picture.duration_90k)).sum();
        if group_90k == 0 || at_90k + group_90k > length_90k {
            break;
        }
        file.extend(fragment_head(sequence, begin_90k + at_90k, pictures));
        file.extend_from_slice(bytes);
        (sequence, at_90k) = (sequence + 1, at_90k + group_90k);
    }
    if sequence == 1 {
        return Err(ClipError::Damaged("its groups of pictures are longer than the file"));
    }
    Ok(file)
}

fn configuration(track: &Track) -> Result<Vec<u8>, ClipError> {
    let [sps, pps, ..] = track.parameter_sets.as_slice() else { return Err(ClipError::NoParameterSets) };
    let mut whole = Vec::new();
    Avcc::new(sps, pps).and_then(|record| record.encode(&mut whole)).map_err(ClipError::Index)?;
    Ok(whole.split_off(HEADER))
}

/// Cuts the track before each key picture.
fn groups(track: &Track) -> Vec<(Vec<Picture>, Vec<u8>)> {
    let mut groups: Vec<(Vec<Picture>, Vec<u8>)> = Vec::new();
    for (index, sample) in track.samples.iter().enumerate() {
        let ends_90k = track.samples.get(index + 1).map_or(track.duration_90k, |next| next.dts_90k);
        let mut unit = Vec::new();
        for nal in &sample.nals {
            unit.extend_from_slice(&u32::try_from(nal.len()).unwrap_or(u32::MAX).to_be_bytes());
            unit.extend_from_slice(nal);
        }
        if sample.is_key || groups.is_empty() {
            groups.push((Vec::new(), Vec::new()));
        }
        let Some((pictures, bytes)) = groups.last_mut() else { continue };
        pictures.push(Picture {
            size_bytes: u32::try_from(unit.len()).unwrap_or(u32::MAX),
            duration_90k: u32::try_from(ends_90k.saturating_sub(sample.dts_90k)).unwrap_or(u32::MAX),
            is_key: sample.is_key,
        });
        bytes.extend(unit);
    }
    groups
}
