//! Fragments of the one mux as access units with start codes (ITU-T H.264 Annex B), which RTP packets are cut from. Pure.

use mp4_atom::{Atom as _, Codec, DecodeMaybe as _, Header, Moov};

const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// What a decoder must know before the first picture: SPS and PPS with start codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ParameterSets(Vec<u8>);

impl ParameterSets {
    /// Reads the `avcC` of an init segment; `None` when the stream is not H.264 with lengths of four bytes.
    pub(super) fn of_init(data: &[u8]) -> Option<Self> {
        let moov = moov_of(data)?;
        let codec = moov.trak.first()?.mdia.minf.stbl.stsd.codecs.first()?;
        let avcc = match codec {
            Codec::Avc1(entry) => &entry.avcc,
            Codec::Avc3(entry) => &entry.avcc,
            _ => return None,
        };
        let sets = avcc.sequence_parameter_sets.iter().chain(&avcc.picture_parameter_sets);
        let mut text = Vec::new();
        for set in sets {
            text.extend_from_slice(&START_CODE);
            text.extend_from_slice(set);
        }
        (avcc.length_size == 4 && !text.is_empty()).then_some(Self(text))
    }

    /// Returns the picture of a fragment with start codes; these sets come before a key picture, so that a viewer who
    /// lost packets, or a camera that changed its size, needs nothing else. `None` for a damaged fragment.
    pub(super) fn access_unit(&self, fragment: &[u8], is_key: bool) -> Option<Vec<u8>> {
        let mut body = mdat_of(fragment)?;
        let mut unit = Vec::with_capacity(body.len() + if is_key { self.0.len() } else { 0 });
        if is_key {
            unit.extend_from_slice(&self.0);
        }
        while !body.is_empty() {
            let (size, rest) = body.split_first_chunk::<4>()?;
            let nal = rest.get(..u32::from_be_bytes(*size) as usize)?;
            unit.extend_from_slice(&START_CODE);
            unit.extend_from_slice(nal);
            body = &rest[nal.len()..];
        }
        Some(unit)
    }
}

fn moov_of(mut data: &[u8]) -> Option<Moov> {
    while !data.is_empty() {
        let header = Header::decode_maybe(&mut data).ok()??;
        let (mut body, rest) = data.split_at(header.size?.min(data.len()));
        if header.kind == Moov::KIND {
            return Moov::decode_body(&mut body).ok();
        }
        data = rest;
    }
    None
}

/// Returns what the `mdat` behind the `moof` holds: one picture, each NAL unit after its length.
fn mdat_of(fragment: &[u8]) -> Option<&[u8]> {
    let moof_bytes = u32::from_be_bytes(*fragment.first_chunk()?) as usize;
    let mdat = fragment.get(moof_bytes..)?;
    let (size, rest) = mdat.split_first_chunk::<4>()?;
    let body = rest.get(4..(u32::from_be_bytes(*size) as usize).checked_sub(4)?)?;
    rest.starts_with(b"mdat").then_some(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fragment(nals: &[&[u8]]) -> Vec<u8> {
        let body: Vec<u8> =
            nals.iter().flat_map(|nal| [&u32::try_from(nal.len()).unwrap().to_be_bytes()[..], nal].concat()).collect();
        let mdat_bytes = u32::try_from(body.len() + 8).unwrap().to_be_bytes();
        [&[0, 0, 0, 12][..], b"moof", b"head", &mdat_bytes, b"mdat", &body].concat()
    }

    #[test]
    fn a_key_picture_brings_its_parameter_sets() {
        let sets = ParameterSets(vec![0, 0, 0, 1, 0x67]);
        let data = fragment(&[&[0x65, 1, 2], &[0x65, 3]]);
        assert_eq!(
            sets.access_unit(&data, true).unwrap(),
            [0, 0, 0, 1, 0x67, 0, 0, 0, 1, 0x65, 1, 2, 0, 0, 0, 1, 0x65, 3]
        );
        assert_eq!(sets.access_unit(&fragment(&[&[0x41]]), false).unwrap(), [0, 0, 0, 1, 0x41]);
    }

    #[test]
    fn what_is_cut_off_is_no_picture() {
        let sets = ParameterSets(vec![]);
        let data = fragment(&[&[0x65, 1, 2], &[0x65, 3]]);
        for length in 0..data.len() {
            assert_eq!(sets.access_unit(&data[..length], true), None, "{length} of {} bytes", data.len());
        }
        let mut lying = data;
        lying[20..24].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(sets.access_unit(&lying, true), None);
    }

    #[test]
    fn an_init_segment_of_something_else_has_no_parameter_sets() {
        for text in [&b""[..], b"moov", b"\0\0\0\x08moov", b"\xff\xff\xff\xffmoov", b"\0\0\0\x0cftypisom"] {
            assert_eq!(ParameterSets::of_init(text), None);
        }
    }
}
