//! NAL units: kinds, emulation prevention, splitting. Pure.

use mingchu_domain::media::Codec;

/// What a NAL unit is, as far as the simulator must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NalKind {
    /// A slice of a picture (VCL).
    Slice,
    /// SPS, PPS or VPS.
    ParameterSet,
    /// SEI, access unit delimiter, filler and the rest.
    Other,
}

/// Returns the kind of a NAL unit (ITU-T H.264 table 7-1, H.265 table 7-1).
pub(super) fn kind(nal: &[u8], codec: Codec) -> NalKind {
    match (codec, nal.first().copied()) {
        (_, None) => NalKind::Other,
        (Codec::H264, Some(first)) => match first & 0x1f {
            1..=5 => NalKind::Slice,
            7 | 8 | 13 | 15 => NalKind::ParameterSet,
            _ => NalKind::Other,
        },
        (Codec::H265, Some(first)) => match (first >> 1) & 0x3f {
            0..=31 => NalKind::Slice,
            32..=34 => NalKind::ParameterSet,
            _ => NalKind::Other,
        },
    }
}

/// Splits a sample at its lengths (ISO/IEC 14496-15 §5.3.3); `None` when they overrun it.
pub(super) fn split(sample: &[u8], length_bytes: usize) -> Option<Vec<&[u8]>> {
    let mut rest = sample;
    let mut nals = Vec::new();
    while !rest.is_empty() {
        let (length, tail) = rest.split_at_checked(length_bytes)?;
        let length = length.iter().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte));
        let (nal, tail) = tail.split_at_checked(length)?;
        if !nal.is_empty() {
            nals.push(nal);
        }
        rest = tail;
    }
    Some(nals)
}

/// Inserts emulation prevention bytes (ITU-T H.264 §7.4.1).
pub(super) fn escape(raw: &[u8]) -> Vec<u8> {
    let mut nal = Vec::with_capacity(raw.len() + 8);
    let mut zeros = 0;
    for &byte in raw {
        if zeros == 2 && byte <= 3 {
            nal.push(3);
            zeros = 0;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        nal.push(byte);
    }
    nal
}

/// Removes emulation prevention bytes (ITU-T H.264 §7.4.1).
pub(super) fn unescape(nal: &[u8]) -> Vec<u8> {
    let mut raw = Vec::with_capacity(nal.len());
    let mut zeros = 0;
    for &byte in nal {
        if zeros == 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        raw.push(byte);
    }
    raw
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn escaping_is_undone_and_leaves_no_start_code(raw in prop::collection::vec(0_u8..5, 0..200)) {
            let nal = escape(&raw);
            prop_assert!(!nal.windows(3).any(|three| three[0] == 0 && three[1] == 0 && three[2] < 3));
            prop_assert_eq!(unescape(&nal), raw);
        }
    }

    #[test]
    fn a_length_that_overruns_the_sample_is_refused() {
        assert_eq!(split(&[0, 0, 0, 2, 0x65, 1], 4), Some(vec![&[0x65, 1][..]]));
        assert_eq!(split(&[0, 0, 0, 3, 0x65, 1], 4), None);
        assert_eq!(split(&[0, 0], 4), None);
    }
}
