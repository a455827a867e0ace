//! The one UDP port of all sessions: what comes in finds its session, what goes out goes straight away.

use bytes::Bytes;
use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};
use tokio::{net::UdpSocket, sync::mpsc};
use tokio_util::sync::CancellationToken;

/// Largest datagram taken; WebRTC stays below 1,500 bytes.
const DATAGRAM_BYTES: usize = 2_048;
/// What a viewer says that waits for its session.
/// Overflow: the newest is dropped, as a network drops it; ICE, DTLS and RTCP all ask again.
const INBOX: usize = 64;
/// Addresses of one viewer: its networks, old and new.
const MOST_SOURCES: usize = 16;

/// Something a viewer sent.
#[derive(Debug)]
pub(super) struct Datagram {
    pub(super) source: SocketAddr,
    pub(super) data: Bytes,
    pub(super) at: Instant,
}

/// The port.
pub(super) struct Port {
    socket: UdpSocket,
    local: SocketAddr,
    boxes: Mutex<Boxes>,
}

#[derive(Default)]
struct Boxes {
    by_ufrag: HashMap<String, mpsc::Sender<Datagram>>,
    /// Only STUN names its session; everything after it comes from an address that STUN came from.
    by_source: HashMap<SocketAddr, String>,
}

/// A session's end of the port; when it is dropped nothing more is taken for it.
pub(super) struct Inbox {
    port: Arc<Port>,
    ufrag: String,
    receiver: mpsc::Receiver<Datagram>,
}

impl Port {
    /// Opens the port; port 0 picks a free one.
    pub(super) async fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = UdpSocket::bind(address).await?;
        let local = socket.local_addr()?;
        Ok(Self { socket, local, boxes: Mutex::default() })
    }

    pub(super) const fn local(&self) -> SocketAddr {
        self.local
    }

    fn boxes(&self) -> MutexGuard<'_, Boxes> {
        self.boxes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what comes until the server stops.
    pub(super) async fn read(self: Arc<Self>, stop: CancellationToken) {
        let mut buffer = [0; DATAGRAM_BYTES];
        loop {
            let received = tokio::select! {
                () = stop.cancelled() => return,
                received = self.socket.recv_from(&mut buffer) => received,
            };
            // an unreachable viewer's ICMP answer is reported here, too
            let Ok((length, source)) = received else { continue };
            self.boxes().deliver(Datagram {
                source,
                data: Bytes::copy_from_slice(&buffer[..length]),
                at: Instant::now(),
            });
        }
    }

    /// Returns the inbox of the session that `ufrag` names.
    pub(super) fn inbox(self: &Arc<Self>, ufrag: String) -> Inbox {
        let (sender, receiver) = mpsc::channel(INBOX);
        self.boxes().by_ufrag.insert(ufrag.clone(), sender);
        Inbox { port: Arc::clone(self), ufrag, receiver }
    }
}

impl Boxes {
    fn deliver(&mut self, datagram: Datagram) {
        let named = ufrag_of(&datagram.data).filter(|name| self.by_ufrag.contains_key(*name)).map(str::to_owned);
        if let Some(name) = named {
            let known = self.by_source.get(&datagram.source) == Some(&name);
            if !known && self.by_source.values().filter(|one| **one == name).count() < MOST_SOURCES {
                self.by_source.insert(datagram.source, name);
            }
        }
        let found = self.by_source.get(&datagram.source).and_then(|name| self.by_ufrag.get(name));
        let is_taken = found.is_some_and(|sender| sender.try_send(datagram).is_ok());
        if !is_taken {
            metrics::counter!("mingchu_whep_dropped_datagrams_total").increment(1);
        }
    }
}

impl Inbox {
    /// Returns what the viewer sent next; `None` never, while this lives.
    pub(super) async fn next(&mut self) -> Option<Datagram> {
        self.receiver.recv().await
    }

    /// Sends to the viewer. A full socket buffer is waited for, other failures are losses like those on the way.
    pub(super) async fn send(&self, data: &[u8], to: SocketAddr) {
        if let Err(error) = self.port.socket.send_to(data, to).await {
            tracing::debug!(%error, "a datagram could not be sent");
        }
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        let mut boxes = self.port.boxes();
        boxes.by_ufrag.remove(&self.ufrag);
        boxes.by_source.retain(|_, ufrag| *ufrag != self.ufrag);
    }
}

/// Returns whom a STUN binding request is for: the part of `USERNAME` before the colon (RFC 8445 §7.2.2).
fn ufrag_of(data: &[u8]) -> Option<&str> {
    const BINDING_REQUEST: [u8; 2] = [0, 1];
    const MAGIC: [u8; 4] = 0x2112_A442_u32.to_be_bytes();
    const USERNAME: [u8; 2] = [0, 6];
    if !data.starts_with(&BINDING_REQUEST) || data.get(4..8)? != MAGIC {
        return None;
    }
    let mut rest = data.get(20..)?;
    loop {
        let (kind, after) = rest.split_first_chunk::<2>()?;
        let (length, after) = after.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let value = after.get(..length)?;
        if *kind == USERNAME {
            return std::str::from_utf8(value).ok()?.split(':').next();
        }
        rest = after.get(length.next_multiple_of(4)..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn request(username: &str) -> Vec<u8> {
        let padded = username.len().next_multiple_of(4);
        let mut data = vec![0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42];
        data.extend_from_slice(&[7; 12]);
        data.extend_from_slice(&[0x80, 0x22, 0, 3, b'a', b'b', b'c', 0]);
        data.extend_from_slice(&[0, 6, 0, u8::try_from(username.len()).unwrap()]);
        data.extend_from_slice(username.as_bytes());
        data.resize(data.len() + padded - username.len(), 0);
        data
    }

    async fn next(inbox: &mut Inbox) -> Vec<u8> {
        tokio::time::timeout(Duration::from_secs(5), inbox.next()).await.expect("within 5 s").unwrap().data.to_vec()
    }

    #[tokio::test]
    async fn each_viewer_s_datagrams_find_their_session_by_its_stun_request() {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let port = Arc::new(Port::bind(loopback).await.unwrap());
        let stop = CancellationToken::new();
        let reading = tokio::spawn(Arc::clone(&port).read(stop.clone()));
        let (mut first, mut second) = (port.inbox("one".into()), port.inbox("two".into()));
        let viewers = [UdpSocket::bind(loopback).await.unwrap(), UdpSocket::bind(loopback).await.unwrap()];
        let stranger = UdpSocket::bind(loopback).await.unwrap();
        stranger.send_to(b"\x16 hello", port.local()).await.unwrap();
        stranger.send_to(&request("three:me"), port.local()).await.unwrap();
        for (viewer, name) in viewers.iter().zip(["one:a", "two:b"]) {
            viewer.send_to(&request(name), port.local()).await.unwrap();
            viewer.send_to(format!("\u{16}{name}").as_bytes(), port.local()).await.unwrap();
        }
        assert_eq!(next(&mut first).await, request("one:a"));
        assert_eq!(next(&mut first).await, b"\x16one:a");
        assert_eq!(next(&mut second).await, request("two:b"));
        assert_eq!(next(&mut second).await, b"\x16two:b");
        drop(first);
        assert!(
            port.boxes().by_source.values().all(|name| name == "two"),
            "a session that ended leaves nothing behind"
        );
        stop.cancel();
        reading.await.unwrap();
    }

    proptest! {
        #[test]
        fn nothing_that_is_sent_breaks_the_reader(data in prop::collection::vec(any::<u8>(), 0..200), cut in 0_usize..60) {
            ufrag_of(&data);
            let whole = request("name:other");
            ufrag_of(&whole[..cut.min(whole.len())]);
        }
    }
}
