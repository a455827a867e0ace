//! The decoder configuration inside a sample entry box (ISO/IEC 14496-12 §8.5.2, 14496-15 §5.3.4 and §8.4.1).

use mingchu_domain::media::Codec;

/// Bytes of a `VisualSampleEntry` before its first inner box: box header 8, fields 78.
const HEAD: usize = 86;

/// Returns the payload of the `avcC` or `hvcC` box in `sample_entry`.
pub(crate) fn configuration(sample_entry: &[u8]) -> Option<&[u8]> {
    let mut rest = sample_entry.get(HEAD..)?;
    while let [a, b, c, d, kind @ ..] = rest {
        let size = usize::try_from(u32::from_be_bytes([*a, *b, *c, *d])).ok()?;
        let payload = rest.get(8..size)?;
        if kind.starts_with(b"avcC") || kind.starts_with(b"hvcC") {
            return Some(payload);
        }
        rest = rest.get(size..)?;
    }
    None
}

/// Returns a sample entry around a decoder configuration.
pub(crate) fn around(codec: Codec, configuration: &[u8], width: u16, height: u16) -> Vec<u8> {
    let (entry, inner) = match codec {
        Codec::H264 => (b"avc1", b"avcC"),
        Codec::H265 => (b"hvc1", b"hvcC"),
    };
    let size = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes();
    let mut bytes = Vec::with_capacity(HEAD + 8 + configuration.len());
    bytes.extend(size(HEAD + 8 + configuration.len()));
    bytes.extend(entry);
    // data_reference_index 1; 72 dots an inch; one picture a sample; 24 bits deep: browsers read them.
    bytes.extend([0, 0, 0, 0, 0, 0, 0, 1]);
    bytes.resize(32, 0);
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([0, 0x48, 0, 0, 0, 0x48, 0, 0, 0, 0, 0, 0, 0, 1]);
    bytes.resize(HEAD - 4, 0);
    bytes.extend([0, 0x18, 0xff, 0xff]);
    bytes.extend(size(8 + configuration.len()));
    bytes.extend(inner);
    bytes.extend(configuration);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_configuration_survives_its_sample_entry(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            for codec in [Codec::H264, Codec::H265] {
                let entry = around(codec, &bytes, 640, 360);
                prop_assert_eq!(configuration(&entry), Some(bytes.as_slice()));
            }
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            configuration(&bytes);
        }
    }
}
