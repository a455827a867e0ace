//! RTCP sender reports (RFC 3550 §6.4.1) with the source's name (§6.5).

use mingchu_domain::time::WallTime;
use std::time::Duration;

/// Pause between the reports of a session.
pub(super) const REPORT_PAUSE: Duration = Duration::from_secs(5);

/// Seconds from 1900, where NTP begins, to 1970.
const NTP_EPOCH_SECONDS: i64 = 2_208_988_800;

/// What a sender report says.
pub(super) struct SenderReport {
    pub(super) ssrc: u32,
    pub(super) at: WallTime,
    /// The RTP timestamp that belongs to `at`.
    pub(super) rtp_timestamp: u32,
    pub(super) packets: u32,
    pub(super) payload_bytes: u32,
}

impl SenderReport {
    /// Returns the compound packet.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        const SENDER_REPORT: u8 = 200;
        const SOURCE_DESCRIPTION: u8 = 202;
        let mut out = Vec::with_capacity(52);
        out.extend([0x80, SENDER_REPORT, 0, 6]);
        out.extend(self.ssrc.to_be_bytes());
        out.extend(ntp(self.at).to_be_bytes());
        for word in [self.rtp_timestamp, self.packets, self.payload_bytes] {
            out.extend(word.to_be_bytes());
        }
        out.extend([0x81, SOURCE_DESCRIPTION, 0, 4]);
        out.extend(self.ssrc.to_be_bytes());
        // CNAME, its length, the name, the end of the list and padding to whole words
        out.extend([1, 7]);
        out.extend(b"mingchu\0\0\0");
        out
    }
}

/// Returns seconds and 2⁻³² seconds since 1900 (RFC 3550 §4).
fn ntp(at: WallTime) -> u64 {
    let seconds = (at.micros().div_euclid(1_000_000) + NTP_EPOCH_SECONDS).rem_euclid(1 << 32);
    let fraction = (at.micros().rem_euclid(1_000_000) << 32) / 1_000_000;
    (seconds.unsigned_abs() << 32) | fraction.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_the_wall_time_as_ntp() {
        let at = WallTime::from_micros(1_500_000);
        let report = SenderReport { ssrc: 7, at, rtp_timestamp: 9, packets: 3, payload_bytes: 4000 }.to_bytes();
        assert_eq!(report[8..12], (2_208_988_801_u32).to_be_bytes());
        assert_eq!(report[12..16], 0x8000_0000_u32.to_be_bytes());
        assert_eq!(report.len() % 4, 0);
        assert_eq!(report.len(), 28 + 4 * (usize::from(report[31]) + 1));
    }
}
