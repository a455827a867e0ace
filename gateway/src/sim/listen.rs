//! Opens the ports and accepts clients.

use super::{Shared, SimError, fault::Until, session};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpSocket, UdpSocket},
    sync::Semaphore,
};

/// Clients above this number are closed at once.
const MAX_CLIENTS: usize = 8192;

/// Pause before an accept or bind that failed is tried again.
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// The system's buffer of a client: two seconds of a 2 Mbit/s camera, so that a slow reader is noticed soon.
const SEND_BUFFER_BYTES: u32 = 512 << 10;

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

pub(super) fn bind(address: SocketAddr) -> Result<TcpListener, SimError> {
    listen(address).map_err(|source| SimError::Bind { address, source })
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    // accepted connections inherit it
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Opens an even port for RTP and the next one for RTCP (RFC 3550 §11).
pub(super) async fn udp_pair(ip: IpAddr) -> Result<(UdpSocket, UdpSocket), SimError> {
    let any = SocketAddr::new(ip, 0);
    let failed = |source| SimError::Bind { address: any, source };
    // kept open until a pair is found, so that the system does not offer the same port again
    let mut refused = Vec::new();
    for _ in 0..64 {
        let rtp = UdpSocket::bind(any).await.map_err(failed)?;
        let port = rtp.local_addr().map_err(failed)?.port();
        if port % 2 == 0
            && let Ok(rtcp) = UdpSocket::bind(SocketAddr::new(ip, port + 1)).await
        {
            return Ok((rtp, rtcp));
        }
        refused.push(rtp);
    }
    Err(failed(std::io::ErrorKind::AddrInUse.into()))
}

/// Accepts clients until the simulator stops; while all cameras refuse, nobody listens.
pub(super) async fn run(shared: Arc<Shared>, listener: TcpListener, address: SocketAddr) {
    let clients = Arc::new(Semaphore::new(MAX_CLIENTS));
    let mut refuse_all = shared.refuse_all.subscribe();
    let mut listener = Some(listener);
    loop {
        let refusing = *refuse_all.borrow_and_update();
        if refusing.is_on(tokio::time::Instant::now()) {
            listener = None;
        } else if listener.is_none() {
            listener = listen(address).ok();
        }
        tokio::select! {
            () = shared.stop.cancelled() => return,
            _ = refuse_all.changed() => {}
            () = pause(refusing, listener.is_some()) => {}
            accepted = accept(listener.as_ref()) => match accepted {
                Ok((socket, peer)) => {
                    if let Ok(permit) = Arc::clone(&clients).try_acquire_owned() {
                        let session = session::run(Arc::clone(&shared), socket, peer);
                        shared.tasks.spawn(async move {
                            session.await;
                            drop(permit);
                        });
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "simulator cannot accept a client; will retry");
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
            },
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> std::io::Result<(tokio::net::TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

/// Ends when listening should be tried again.
async fn pause(refusing: Until, is_listening: bool) {
    match (is_listening, refusing) {
        (true, _) | (_, Until::Cleared) => std::future::pending().await,
        (false, Until::At(end)) if refusing.is_on(tokio::time::Instant::now()) => tokio::time::sleep_until(end).await,
        (false, _) => tokio::time::sleep(RETRY_PAUSE).await,
    }
}
