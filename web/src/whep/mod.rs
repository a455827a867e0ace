//! WHEP: a camera's picture over WebRTC, for whoever needs it within hundredths of a second
//! (draft-ietf-wish-whep, RFC 9725 §4).
//!
//! ```text
//! POST SDP offer --> offer --> Rtc (ICE-lite, one host candidate) --> answer
//! Live (the gateway's one mux) --fragments--> picture (Annex B) --> clock (RTP times) --> Session --> Port --UDP--> browser
//! ```
//!
//! Architecture invariants: all sessions share one UDP port, so that a firewall has one rule; no STUN or TURN server is
//! asked, nothing leaves the house; a session ends with its sign-in. Only signed-in people watch this way: what the
//! public sees is made a while behind the camera anyway, and a crowd is carried by caches.

mod clock;
mod desk;
mod offer;
mod picture;
mod port;
mod session;

pub(crate) use self::{
    desk::{WhepDesk, Wish},
    offer::LARGEST_OFFER_BYTES,
};
