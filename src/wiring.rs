//! The seams between the roles of one process: the gateway's hub feeds the analyzer and the viewers.

#[cfg(feature = "gateway")]
pub(crate) use with_gateway::*;

#[cfg(feature = "gateway")]
mod with_gateway {
    use async_trait::async_trait;
    use mingchu_domain::{
        id::StreamId,
        live::{CameraAddress, LiveRefused, LiveUnit, ProbeFailed, ProbeReport},
    };
    use mingchu_gateway::{Gateway, Hub};
    use mingchu_web::{Live, NoGateway};
    use std::sync::Arc;
    use tokio::sync::mpsc;

    /// Access units for the analyzer, straight from the hub.
    #[cfg(feature = "analyzer")]
    pub(crate) struct HubFrames(pub(crate) Hub);

    #[cfg(feature = "analyzer")]
    impl mingchu_analyzer::Frames for HubFrames {
        fn subscribe(&self, stream: StreamId) -> mpsc::Receiver<mingchu_domain::media::AccessUnit> {
            self.0.units(stream)
        }
    }

    struct HubLive(Hub);

    #[async_trait]
    impl Live for HubLive {
        async fn open(&self, stream: StreamId) -> Result<mpsc::Receiver<LiveUnit>, LiveRefused> {
            self.0.live(stream)
        }
        async fn probe(&self, address: &CameraAddress) -> Result<ProbeReport, ProbeFailed> {
            mingchu_gateway::probe(address).await
        }
    }

    /// Returns live pictures from the gateway of this process, or the refusal that says there is none.
    pub(crate) fn live(gateway: Option<&Gateway>) -> Arc<dyn Live> {
        match gateway {
            Some(gateway) => Arc::new(HubLive(gateway.hub())),
            None => Arc::new(NoGateway),
        }
    }
}
