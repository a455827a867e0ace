//! The sample entry: `avc1` or `hvc1` with its decoder configuration (ISO/IEC 14496-15).

use super::boxes::{put_box, put_u16, put_u32};
use mingchu_domain::media::Codec;
use std::fmt::Write;

/// Offset of width and height in a visual sample entry, box header included (ISO/IEC 14496-12 §12.1.3).
const DIMENSIONS_AT: usize = 32;
/// Length of a visual sample entry before its configuration box.
const FIXED_LEN: usize = 86;

/// Returns the sample entry for a decoder configuration record, as GStreamer's `codec_data` has it.
#[must_use]
pub fn sample_entry(codec: Codec, width: u16, height: u16, configuration: &[u8]) -> Vec<u8> {
    let (kind, configuration_kind) = match codec {
        Codec::H264 => (*b"avc1", *b"avcC"),
        Codec::H265 => (*b"hvc1", *b"hvcC"),
    };
    let mut out = Vec::with_capacity(FIXED_LEN + 8 + configuration.len());
    put_box(&mut out, kind, |out| {
        out.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 1]);
        out.extend_from_slice(&[0; 16]);
        put_u16(out, width);
        put_u16(out, height);
        put_u32(out, 0x48_0000); // 72 dpi
        put_u32(out, 0x48_0000);
        put_u32(out, 0);
        put_u16(out, 1);
        out.extend_from_slice(&[0; 32]);
        out.extend_from_slice(&[0, 0x18, 0xff, 0xff]);
        put_box(out, configuration_kind, |out| out.extend_from_slice(configuration));
    });
    out
}

/// Returns width and height in pixels, or `None` when it is no visual sample entry.
#[must_use]
pub fn dimensions(sample_entry: &[u8]) -> Option<(u16, u16)> {
    let at = sample_entry.get(DIMENSIONS_AT..DIMENSIONS_AT + 4)?;
    Some((u16::from_be_bytes([at[0], at[1]]), u16::from_be_bytes([at[2], at[3]])))
}

/// Returns the codec of a sample entry, or `None` when it is another one.
#[must_use]
pub fn codec_of(sample_entry: &[u8]) -> Option<Codec> {
    match sample_entry.get(4..8)? {
        b"avc1" | b"avc3" => Some(Codec::H264),
        b"hvc1" | b"hev1" => Some(Codec::H265),
        _ => None,
    }
}

/// Returns the decoder configuration record of a sample entry, or `None` when it has none of its codec.
#[must_use]
pub fn configuration_of(sample_entry: &[u8]) -> Option<&[u8]> {
    let wanted = match codec_of(sample_entry)? {
        Codec::H264 => b"avcC",
        Codec::H265 => b"hvcC",
    };
    let mut boxes = sample_entry.get(FIXED_LEN..)?;
    loop {
        let size = usize::try_from(u32::from_be_bytes(*boxes.first_chunk()?)).ok()?;
        let held = boxes.get(8..size)?;
        if &boxes[4..8] == wanted {
            return Some(held);
        }
        boxes = &boxes[size..];
    }
}

/// Returns the codec string of a sample entry.
#[must_use]
pub fn codec_string_of(sample_entry: &[u8]) -> Option<String> {
    codec_string(codec_of(sample_entry)?, configuration_of(sample_entry)?)
}

/// Returns the codec string (RFC 6381, ISO/IEC 14496-15 Annex E) of a decoder configuration record.
#[must_use]
pub fn codec_string(codec: Codec, configuration: &[u8]) -> Option<String> {
    match codec {
        Codec::H264 => {
            let [profile, constraints, level] = configuration.get(1..4)?.try_into().ok()?;
            let [profile, constraints, level]: [u8; 3] = [profile, constraints, level];
            Some(format!("avc1.{profile:02X}{constraints:02X}{level:02X}"))
        }
        Codec::H265 => hevc_string(configuration.get(1..13)?.try_into().ok()?),
    }
}

fn hevc_string(profile: [u8; 12]) -> Option<String> {
    let space = ["", "A", "B", "C"][usize::from(profile[0] >> 6)];
    let tier = if profile[0] & 0x20 == 0 { 'L' } else { 'H' };
    let compatibility = u32::from_be_bytes(profile[1..5].try_into().ok()?).reverse_bits();
    let mut text = format!("hvc1.{space}{}.{compatibility:X}.{tier}{}", profile[0] & 0x1f, profile[11]);
    let constraints = &profile[5..11];
    let used = constraints.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    for byte in &constraints[..used] {
        write!(text, ".{byte:X}").ok()?;
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codec_strings_follow_rfc_6381() {
        assert_eq!(codec_string(Codec::H264, &[1, 0x64, 0, 0x28]).unwrap(), "avc1.640028");
        let main = [1, 1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 93];
        assert_eq!(codec_string(Codec::H265, &main).unwrap(), "hvc1.1.6.L93.90");
        assert_eq!(codec_string(Codec::H264, &[1]), None);
    }

    #[test]
    fn a_sample_entry_tells_codec_and_size() {
        let entry = sample_entry(Codec::H265, 1920, 1080, &[1, 2, 3]);
        assert_eq!(codec_of(&entry), Some(Codec::H265));
        assert_eq!(dimensions(&entry), Some((1920, 1080)));
        assert_eq!(entry.len(), FIXED_LEN + 8 + 3);
        assert_eq!(configuration_of(&entry), Some(&[1, 2, 3][..]));
        assert_eq!(configuration_of(&entry[..entry.len() - 1]), None);
        let entry = sample_entry(Codec::H264, 640, 360, &[1, 0x64, 0, 0x28]);
        assert_eq!(codec_string_of(&entry).as_deref(), Some("avc1.640028"));
    }
}
