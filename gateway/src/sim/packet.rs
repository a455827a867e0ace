//! RTP payloads of coded pictures (RFC 6184, RFC 7798). Pure.

use mingchu_domain::media::Codec;

/// Largest RTP payload; with the RTP, UDP and IP headers it stays below an Ethernet MTU with a tunnel to spare.
pub(super) const MAX_PAYLOAD: usize = 1388;

/// Bytes of an RTP header without extensions (RFC 3550 §5.1).
pub(super) const RTP_HEADER_BYTES: usize = 12;

/// Payload type of the only stream we offer.
pub(super) const PAYLOAD_TYPE: u8 = 96;

/// The RTP payloads of a run of NAL units, one behind the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Payloads {
    data: Vec<u8>,
    ends: Vec<usize>,
}

impl Payloads {
    /// Cuts NAL units into payloads of at most [`MAX_PAYLOAD`] bytes; small neighbours share one.
    pub(super) fn of(nals: &[&[u8]], codec: Codec) -> Self {
        let mut payloads = Self::default();
        let mut small: Vec<&[u8]> = Vec::new();
        for nal in nals.iter().filter(|nal| nal.len() > header_bytes(codec)) {
            if aggregate_bytes(&small, codec) + 2 + nal.len() > MAX_PAYLOAD {
                payloads.aggregate(&std::mem::take(&mut small), codec);
            }
            if header_bytes(codec) + 2 + nal.len() <= MAX_PAYLOAD {
                small.push(nal);
            } else if nal.len() <= MAX_PAYLOAD {
                payloads.push(&[], nal);
            } else {
                payloads.fragment(nal, codec);
            }
        }
        payloads.aggregate(&small, codec);
        // kept as long as the clip is played
        payloads.data.shrink_to_fit();
        payloads.ends.shrink_to_fit();
        payloads
    }

    /// Returns how many payloads there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns the payloads in sending order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.data[start..end])
    }

    fn push(&mut self, head: &[u8], body: &[u8]) {
        self.data.extend_from_slice(head);
        self.data.extend_from_slice(body);
        self.ends.push(self.data.len());
    }

    /// Writes a single NAL unit, or an aggregation packet (RFC 6184 §5.7.1, RFC 7798 §4.4.2).
    fn aggregate(&mut self, nals: &[&[u8]], codec: Codec) {
        match nals {
            [] => {}
            [nal] => self.push(&[], nal),
            _ => {
                self.data.extend(aggregate_header(nals, codec));
                for nal in nals {
                    self.data.extend(u16::try_from(nal.len()).unwrap_or(u16::MAX).to_be_bytes());
                    self.data.extend_from_slice(nal);
                }
                self.ends.push(self.data.len());
            }
        }
    }

    /// Writes fragmentation units (RFC 6184 §5.8 FU-A, RFC 7798 §4.4.3).
    fn fragment(&mut self, nal: &[u8], codec: Codec) {
        let (header, body) = nal.split_at(header_bytes(codec));
        let count = body.len().div_ceil(MAX_PAYLOAD - header.len() - 1);
        for (index, part) in body.chunks(MAX_PAYLOAD - header.len() - 1).enumerate() {
            let edge = (u8::from(index == 0) << 7) | (u8::from(index + 1 == count) << 6);
            match codec {
                Codec::H264 => self.push(&[(header[0] & 0xe0) | 28, edge | (header[0] & 0x1f)], part),
                Codec::H265 => {
                    let kind = (header[0] >> 1) & 0x3f;
                    self.push(&[(header[0] & 0x81) | (49 << 1), header[1], edge | kind], part);
                }
            }
        }
    }
}

const fn header_bytes(codec: Codec) -> usize {
    match codec {
        Codec::H264 => 1,
        Codec::H265 => 2,
    }
}

fn aggregate_bytes(nals: &[&[u8]], codec: Codec) -> usize {
    header_bytes(codec) + nals.iter().map(|nal| 2 + nal.len()).sum::<usize>()
}

fn aggregate_header(nals: &[&[u8]], codec: Codec) -> Vec<u8> {
    let first = nals.iter().map(|nal| nal[0]);
    match codec {
        Codec::H264 => vec![first.map(|byte| byte & 0x60).max().unwrap_or(0) | 24],
        // layer 0 and the lowest temporal id of the units inside
        Codec::H265 => vec![48 << 1, nals.iter().map(|nal| nal[1] & 7).min().unwrap_or(1)],
    }
}

/// Appends an RTP header (RFC 3550 §5.1).
pub(super) fn rtp_header(out: &mut Vec<u8>, is_last: bool, sequence: u16, timestamp: u32, ssrc: u32) {
    out.push(0x80);
    out.push((u8::from(is_last) << 7) | PAYLOAD_TYPE);
    out.extend(sequence.to_be_bytes());
    out.extend(timestamp.to_be_bytes());
    out.extend(ssrc.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An independent reader of RFC 6184 and RFC 7798 payloads.
    fn depacketise(payloads: &Payloads, codec: Codec) -> Vec<Vec<u8>> {
        let mut nals: Vec<Vec<u8>> = Vec::new();
        for payload in payloads.iter() {
            let (kind, body) = match codec {
                Codec::H264 => (payload[0] & 0x1f, &payload[1..]),
                Codec::H265 => ((payload[0] >> 1) & 0x3f, &payload[2..]),
            };
            match (codec, kind) {
                (Codec::H264, 24) | (Codec::H265, 48) => {
                    let mut rest = body;
                    while !rest.is_empty() {
                        let length = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
                        nals.push(rest[2..2 + length].to_vec());
                        rest = &rest[2 + length..];
                    }
                }
                (Codec::H264, 28) | (Codec::H265, 49) => {
                    if body[0] & 0x80 != 0 {
                        nals.push(match codec {
                            Codec::H264 => vec![(payload[0] & 0xe0) | (body[0] & 0x1f)],
                            Codec::H265 => vec![(payload[0] & 0x81) | ((body[0] & 0x3f) << 1), payload[1]],
                        });
                    }
                    nals.last_mut().unwrap().extend(&body[1..]);
                }
                _ => nals.push(payload.to_vec()),
            }
        }
        nals
    }

    fn nals(codec: Codec) -> impl Strategy<Value = Vec<Vec<u8>>> {
        let size = prop_oneof![3_usize..60, 1380_usize..1395, 2000_usize..9000];
        let kind = match codec {
            Codec::H264 => 1_u8..13,
            Codec::H265 => 0_u8..41,
        };
        let nal = (kind, any::<u8>(), size).prop_map(move |(kind, fill, size)| {
            let mut nal = vec![fill; size];
            match codec {
                Codec::H264 => nal[0] = 0x60 | kind,
                Codec::H265 => {
                    nal[0] = kind << 1;
                    nal[1] = 1;
                }
            }
            nal
        });
        prop::collection::vec(nal, 1..8)
    }

    fn check(nals: &[Vec<u8>], codec: Codec) {
        let borrowed: Vec<&[u8]> = nals.iter().map(Vec::as_slice).collect();
        let payloads = Payloads::of(&borrowed, codec);
        assert!(payloads.iter().all(|payload| payload.len() <= MAX_PAYLOAD));
        assert_eq!(payloads.iter().count(), payloads.len());
        assert_eq!(depacketise(&payloads, codec), nals);
    }

    proptest! {
        #[test]
        fn every_h264_unit_arrives_whole_and_in_order(nals in nals(Codec::H264)) {
            check(&nals, Codec::H264);
        }

        #[test]
        fn every_h265_unit_arrives_whole_and_in_order(nals in nals(Codec::H265)) {
            check(&nals, Codec::H265);
        }
    }

    #[test]
    fn small_neighbours_share_a_packet() {
        let sets: [&[u8]; 2] = [&[0x67, 1, 2], &[0x68, 3]];
        let payloads = Payloads::of(&sets, Codec::H264);
        assert_eq!(payloads.iter().collect::<Vec<_>>(), [&[0x78, 0, 3, 0x67, 1, 2, 0, 2, 0x68, 3][..]]);
    }

    #[test]
    fn a_header_has_the_marker_on_the_last_packet_only() {
        let mut out = Vec::new();
        rtp_header(&mut out, true, 0x0102, 0x0304_0506, 0x0708_090a);
        assert_eq!(out, [0x80, 0xe0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(out.len(), RTP_HEADER_BYTES);
    }
}
