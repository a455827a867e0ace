//! The frame counter: a number in each picture by which readers prove that they lost none.

use super::{
    nal,
    track::{self, ClipError},
};
use mingchu_domain::media::Codec;
use std::path::Path;

/// Marks our SEI message among others (`user_data_unregistered`, ITU-T H.264 §D.2.7).
pub const MINGCHU_COUNTER_UUID: [u8; 16] = *b"mingchu-counter\0";

const USER_DATA_UNREGISTERED: u8 = 5;
const PAYLOAD_BYTES: u8 = 24;
const STOP_BIT: u8 = 0x80;

/// Returns the SEI NAL unit that carries `number`.
pub(super) fn counter_nal(number: u64, codec: Codec) -> Vec<u8> {
    let header: &[u8] = match codec {
        Codec::H264 => &[6],
        Codec::H265 => &[39 << 1, 1],
    };
    let mut raw = Vec::with_capacity(32);
    raw.extend([USER_DATA_UNREGISTERED, PAYLOAD_BYTES]);
    raw.extend(MINGCHU_COUNTER_UUID);
    raw.extend(number.to_be_bytes());
    raw.push(STOP_BIT);
    [header, &nal::escape(&raw)].concat()
}

/// Returns the frame number in an access unit whose NAL units stand behind 4-byte lengths.
///
/// The numbers of a stream grow by one a frame, over clip loops and reconnects too: a step of more
/// than one is a loss. `None` when the picture did not come from the simulator.
#[must_use]
pub fn read_counter(access_unit_avcc: &[u8], codec: Codec) -> Option<u64> {
    nal::split(access_unit_avcc, 4)?.into_iter().find_map(|nal| number_in(nal, codec))
}

/// Returns the frame numbers in a recording, an MP4 file of whichever recorder, in order.
///
/// Pictures that did not come from the simulator are left out.
///
/// # Errors
/// When the file is no readable MP4 with H.264 or H.265.
pub async fn read_numbers(file: &Path) -> Result<Vec<u64>, ClipError> {
    let track = track::read(file).await?;
    let number_of = |sample: &track::Sample| sample.nals.iter().find_map(|nal| number_in(nal, track.codec));
    Ok(track.samples.iter().filter_map(number_of).collect())
}

/// Returns the frame number in one NAL unit.
pub(super) fn number_in(nal: &[u8], codec: Codec) -> Option<u64> {
    let message = match codec {
        Codec::H264 => nal.strip_prefix(&[6])?,
        Codec::H265 => nal.strip_prefix(&[39 << 1, 1])?,
    };
    let message = nal::unescape(message);
    let payload = message.strip_prefix(&[USER_DATA_UNREGISTERED, PAYLOAD_BYTES])?;
    let number = payload.strip_prefix(&MINGCHU_COUNTER_UUID)?.first_chunk::<8>()?;
    Some(u64::from_be_bytes(*number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn access_unit(nals: &[&[u8]]) -> Vec<u8> {
        nals.iter().flat_map(|nal| [&u32::try_from(nal.len()).unwrap().to_be_bytes()[..], nal].concat()).collect()
    }

    proptest! {
        #[test]
        fn every_number_comes_back(number: u64, is_h265: bool) {
            let codec = if is_h265 { Codec::H265 } else { Codec::H264 };
            let unit = access_unit(&[&[6, 1, 1, 0, 0x80], &counter_nal(number, codec), &[0x65, 1, 2]]);
            prop_assert_eq!(read_counter(&unit, codec), Some(number));
        }
    }

    #[test]
    fn a_picture_of_another_camera_has_no_number() {
        assert_eq!(read_counter(&access_unit(&[&[6, 5, 1, 9, 0x80], &[0x65, 1, 2]]), Codec::H264), None);
        assert_eq!(read_counter(&[1, 2, 3], Codec::H264), None);
    }
}
