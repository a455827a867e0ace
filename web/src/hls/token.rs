//! Who may fetch a stream by plain HTTP: a short-lived ticket in the path, so that caches need no cookie.
//!
//! `/live/{ticket}/{audience}/{camera}/{stream}/{file}`: the rest of the path is the cache's key. A ticket is the same
//! for everybody within five minutes, so a proxy asks us once for many viewers.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use mingchu_domain::{id::CameraId, media::StreamKind, time::WallTime};
use sha2::Sha256;
use std::fmt;

/// Tickets end at full multiples of this, and live for one to two of them.
const BUCKET_US: i64 = 300_000_000;
/// Truncated HMAC-SHA256 (RFC 2104 §5).
const MAC_BYTES: usize = 16;

/// Who watches; the two never share an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Audience {
    /// Signed-in people, within their scope.
    Staff,
    /// Anyone, through the public gate.
    Public,
}

impl Audience {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Public => "public",
        }
    }
    fn parse(text: &str) -> Option<Self> {
        [Self::Staff, Self::Public].into_iter().find(|audience| audience.as_str() == text)
    }
}

/// What a ticket opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Show {
    pub(crate) audience: Audience,
    pub(crate) camera: CameraId,
    pub(crate) stream: StreamKind,
}

impl Show {
    /// Reads `{audience}/{camera}/{stream}`.
    fn parse(audience: &str, camera: &str, stream: &str) -> Option<Self> {
        let (audience, camera) = (Audience::parse(audience)?, camera.parse().ok()?);
        Some(Self { audience, camera, stream: StreamKind::parse(stream)? })
    }
}

impl fmt::Display for Show {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.audience.as_str(), self.camera, self.stream.as_str())
    }
}

/// Why a ticket opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoEntry {
    /// Forged, of another stream, or of a server before this one.
    Unknown,
    /// It was good until a moment ago.
    Expired,
}

/// Makes and reads tickets.
pub(crate) struct TicketDesk(Hmac<Sha256>);

impl TicketDesk {
    /// Returns a desk with a new key: a restart voids what was given out, and players ask again.
    pub(crate) fn new() -> Self {
        let key = rand::random::<[u8; 32]>();
        Self(Hmac::new_from_slice(&key).expect("HMAC takes a key of any length"))
    }

    fn mac(&self, show: Show, ends_s: u32) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(format!("mingchu live {ends_s} {show}").as_bytes());
        mac
    }

    /// Returns a ticket and when it ends.
    pub(crate) fn issue(&self, show: Show, now: WallTime) -> (String, WallTime) {
        let ends = WallTime::from_micros((now.micros().div_euclid(BUCKET_US) + 2) * BUCKET_US);
        let ends_s = u32::try_from(ends.micros() / 1_000_000).unwrap_or(u32::MAX);
        let mut bytes = ends_s.to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.mac(show, ends_s).finalize().into_bytes()[..MAC_BYTES]);
        (URL_SAFE_NO_PAD.encode(bytes), ends)
    }

    fn check(&self, ticket: &str, show: Show, now: WallTime) -> Result<(), NoEntry> {
        let bytes = URL_SAFE_NO_PAD.decode(ticket).map_err(|_| NoEntry::Unknown)?;
        let (ends_s, mac) = bytes.split_first_chunk::<4>().ok_or(NoEntry::Unknown)?;
        let ends_s = u32::from_be_bytes(*ends_s);
        if mac.len() != MAC_BYTES {
            return Err(NoEntry::Unknown);
        }
        self.mac(show, ends_s).verify_truncated_left(mac).map_err(|_| NoEntry::Unknown)?;
        if now.micros() >= i64::from(ends_s) * 1_000_000 { Err(NoEntry::Expired) } else { Ok(()) }
    }

    /// Returns what a path below `/live/` opens, and the name of the file behind it.
    pub(crate) fn admit<'a>(&self, path: &'a str, now: WallTime) -> Result<(Show, &'a str), NoEntry> {
        let mut parts = path.strip_prefix("/live/").ok_or(NoEntry::Unknown)?.split('/');
        let mut next = || parts.next().ok_or(NoEntry::Unknown);
        let (ticket, audience, camera, stream, file) = (next()?, next()?, next()?, next()?, next()?);
        let show = Show::parse(audience, camera, stream).ok_or(NoEntry::Unknown)?;
        if parts.next().is_some() {
            return Err(NoEntry::Unknown);
        }
        self.check(ticket, show, now)?;
        Ok((show, file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_US: i64 = 60_000_000;

    fn show() -> Show {
        Show { audience: Audience::Staff, camera: CameraId::generate(), stream: StreamKind::Sub }
    }

    fn at(minute: i64) -> WallTime {
        WallTime::from_micros(1_700_000_100_000_000 + minute * MINUTE_US)
    }

    #[test]
    fn a_ticket_opens_its_stream_for_five_to_ten_minutes() {
        let (desk, show) = (TicketDesk::new(), show());
        let (ticket, ends) = desk.issue(show, at(0));
        let path = format!("/live/{ticket}/{show}/seg-7.m4s");
        assert_eq!(desk.admit(&path, at(4)), Ok((show, "seg-7.m4s")));
        assert!((at(5)..=at(10)).contains(&ends), "{ends}");
        assert_eq!(desk.admit(&path, ends), Err(NoEntry::Expired));
        assert_eq!(desk.issue(show, at(1)).0, ticket, "everybody's ticket is the same");
    }

    #[test]
    fn a_forged_ticket_or_one_of_another_stream_opens_nothing() {
        let (desk, show) = (TicketDesk::new(), show());
        let (ticket, _) = desk.issue(show, at(0));
        let refused = |ticket: &str, show: Show| {
            desk.admit(&format!("/live/{ticket}/{show}/index.m3u8"), at(0)).map(|(show, _)| show)
        };
        for other in [
            Show { audience: Audience::Public, ..show },
            Show { camera: CameraId::generate(), ..show },
            Show { stream: StreamKind::Main, ..show },
        ] {
            assert_eq!(refused(&ticket, other), Err(NoEntry::Unknown));
        }
        let mut later = URL_SAFE_NO_PAD.decode(&ticket).unwrap();
        later[3] ^= 1;
        for forged in [URL_SAFE_NO_PAD.encode(&later), URL_SAFE_NO_PAD.encode(&later[..5]), String::new(), "?".into()] {
            assert_eq!(refused(&forged, show), Err(NoEntry::Unknown), "{forged}");
        }
        let (old, _) = TicketDesk::new().issue(show, at(0));
        assert_eq!(refused(&old, show), Err(NoEntry::Unknown), "another server's");
        assert_eq!(desk.admit(&format!("/live/{ticket}/{show}/a/b"), at(0)), Err(NoEntry::Unknown));
    }
}
