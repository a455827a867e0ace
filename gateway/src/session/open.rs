//! From an address to a playing source, and from one client to the other when the first refuses.

use super::{Lost, Source, retina::RetinaSource};
use crate::config::{SourceKind, Transport};
use mingchu_domain::{camera::GapCause, live::CameraAddress, time::Clock};
use std::{sync::Arc, time::Duration};
use url::Url;

/// A camera's address, checked.
///
/// Invariant: scheme `rtsp`, a host, no name, no password.
#[derive(Debug, Clone)]
pub(crate) struct CameraUrl {
    pub(crate) url: Url,
    pub(crate) transport: Transport,
}

/// An address that is none of a camera.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidUrl {
    #[error("the address is no RTSP address; write it as rtsp://192.168.1.64:554/path")]
    NotRtsp,
    #[error("the address holds a name or password; put them into their own fields")]
    Credentials,
}

impl CameraUrl {
    /// Reads an address; `rtspu://` (RFC 2326 §3.2) asks for UDP.
    pub(crate) fn parse(text: &str, transport: Transport) -> Result<Self, InvalidUrl> {
        let (transport, text) = match text.strip_prefix("rtspu://") {
            Some(rest) => (Transport::Udp, format!("rtsp://{rest}")),
            None => (transport, text.to_owned()),
        };
        let url = Url::parse(text.trim()).map_err(|_| InvalidUrl::NotRtsp)?;
        if url.scheme() != "rtsp" || url.host_str().is_none_or(str::is_empty) {
            return Err(InvalidUrl::NotRtsp);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidUrl::Credentials);
        }
        Ok(Self { url, transport })
    }

    /// Returns host and port for messages.
    pub(crate) fn host(&self) -> String {
        format!("{}:{}", self.url.host_str().unwrap_or_default(), self.url.port().unwrap_or(554))
    }
}

/// Opens sources as the settings say.
#[derive(Clone)]
pub(crate) struct Opener {
    pub(crate) kind: SourceKind,
    pub(crate) transport: Transport,
    pub(crate) timeout: Duration,
    pub(crate) clock: Arc<dyn Clock>,
}

/// The client that `auto` tries next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Client {
    Retina,
    Gstreamer,
}

impl Opener {
    pub(super) fn first_client(&self) -> Client {
        if self.kind == SourceKind::Gstreamer { Client::Gstreamer } else { Client::Retina }
    }

    /// Returns the other client, where the settings and the build allow it.
    pub(super) fn other_client(&self, refused: Client) -> Option<Client> {
        match (self.kind, refused) {
            (SourceKind::Auto, Client::Retina) if cfg!(feature = "gst") => Some(Client::Gstreamer),
            (SourceKind::Auto, Client::Gstreamer) => Some(Client::Retina),
            _ => None,
        }
    }

    pub(super) async fn open(&self, address: &CameraAddress, client: Client) -> Result<Box<dyn Source>, Lost> {
        let url = CameraUrl::parse(&address.url, self.transport)
            .map_err(|error| Lost::new(GapCause::BadStream, error.to_string()))?;
        match client {
            Client::Retina => {
                Ok(Box::new(RetinaSource::open(&url, address, self.timeout, Arc::clone(&self.clock)).await?))
            }
            #[cfg(feature = "gst")]
            Client::Gstreamer => {
                Ok(Box::new(super::gst::GstSource::open(&url, address, self.timeout, Arc::clone(&self.clock)).await?))
            }
            #[cfg(not(feature = "gst"))]
            Client::Gstreamer => Err(Lost::new(GapCause::BadStream, "this build has no GStreamer")),
        }
    }

    /// Opens the camera with whichever client understands it.
    pub(crate) async fn open_any(&self, address: &CameraAddress) -> Result<Box<dyn Source>, Lost> {
        let first = self.first_client();
        match (self.open(address, first).await, self.other_client(first)) {
            (Err(lost), Some(other)) if lost.is_refusal => self.open(address, other).await,
            (opened, _) => opened,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_checked_before_anybody_is_called() {
        let parse = |text| CameraUrl::parse(text, Transport::Tcp).map(|url| (url.host(), url.transport));
        assert_eq!(parse("rtsp://10.0.0.7/main"), Ok(("10.0.0.7:554".into(), Transport::Tcp)));
        assert_eq!(parse("rtspu://10.0.0.7:8554/main"), Ok(("10.0.0.7:8554".into(), Transport::Udp)));
        assert_eq!(parse("http://10.0.0.7/main"), Err(InvalidUrl::NotRtsp));
        assert_eq!(parse("camera 7"), Err(InvalidUrl::NotRtsp));
        assert_eq!(parse("rtsp://admin:12345@10.0.0.7/main"), Err(InvalidUrl::Credentials));
    }
}
