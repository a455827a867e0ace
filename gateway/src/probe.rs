//! Asks a camera once, before it is saved.

use crate::{
    config::{SourceKind, Transport},
    session::{CameraUrl, Item, Lost, Opener, Source},
};
use mingchu_domain::{
    camera::GapCause,
    live::{CameraAddress, ProbeFailed, ProbeReport},
    media::VideoParameters,
    time::Clock,
};
use mingchu_store::SystemClock;
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// From the first word to the first key picture.
const PATIENCE: Duration = Duration::from_secs(8);

/// Signs in to a camera and waits for its first key picture, at most eight seconds.
///
/// # Errors
/// When the camera cannot be used; the message names the host and the remedy, never name or password.
pub async fn probe(address: &CameraAddress) -> Result<ProbeReport, ProbeFailed> {
    probe_within(address, PATIENCE, Arc::new(SystemClock)).await
}

async fn probe_within(
    address: &CameraAddress,
    patience: Duration,
    clock: Arc<dyn Clock>,
) -> Result<ProbeReport, ProbeFailed> {
    let url = CameraUrl::parse(&address.url, Transport::Tcp)
        .map_err(|error| ProbeFailed { cause: GapCause::BadStream, message: error.to_string() })?;
    let opener = Opener { kind: SourceKind::Auto, transport: Transport::Tcp, timeout: patience, clock };
    let asked = timeout(patience, async {
        let mut source = opener.open_any(address).await?;
        let parameters = first_key(source.as_mut()).await;
        source.close().await;
        parameters
    });
    let parameters = asked.await.unwrap_or_else(|_| {
        let detail = format!("camera gives no key picture within {} s", patience.as_secs());
        Err(Lost::new(GapCause::NoVideo, detail))
    });
    match parameters {
        Ok(parameters) => Ok(ProbeReport {
            codec: parameters.codec,
            codec_string: parameters.codec_string.clone(),
            width: parameters.width,
            height: parameters.height,
        }),
        Err(lost) => Err(ProbeFailed { cause: lost.cause, message: message(&url.host(), &lost) }),
    }
}

async fn first_key(source: &mut dyn Source) -> Result<Arc<VideoParameters>, Lost> {
    loop {
        if let Item::Unit(unit) = source.next().await?
            && unit.is_key
        {
            return Ok(unit.parameters);
        }
    }
}

fn message(host: &str, lost: &Lost) -> String {
    let remedy = match lost.cause {
        GapCause::NetworkLost => "; check address, port and network",
        GapCause::WrongPassword => "; check name and password",
        GapCause::CameraOffline => "; check that the camera is on and not at its limit of viewers",
        GapCause::BadStream => "; check that the address is the camera's RTSP stream",
        _ => "",
    };
    format!("{host}: {}{remedy}", lost.detail)
}
