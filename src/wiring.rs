//! The seams between the roles of one process: the gateway's hub feeds the analyzer and the viewers.

#[cfg(feature = "gateway")]
pub(crate) use with_gateway::*;

#[cfg(feature = "gateway")]
mod with_gateway {
    use async_trait::async_trait;
    #[cfg(feature = "analyzer")]
    use mingchu_domain::derivative::{PublicRefused, PublicWish};
    use mingchu_domain::{
        footage::{FootageRefused, Playlist, Still},
        id::{SegmentId, StreamId},
        live::{CameraAddress, LiveRefused, LiveUnit, ProbeFailed, ProbeReport},
        time::TimeRange,
    };
    #[cfg(feature = "analyzer")]
    use mingchu_gateway::Hub;
    use mingchu_gateway::{Gateway, LiveStills, Playback, Transcodes};
    use mingchu_web::{Footage, FootageFile, Live, Pictures, StillPick, StillWish};
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

    /// Public pictures: streams of the hub that the analyzer's derivatives make.
    #[cfg(feature = "analyzer")]
    pub(crate) struct HubOutlets(pub(crate) Hub);

    #[cfg(feature = "analyzer")]
    struct HubOutlet(mingchu_gateway::Derived);

    #[cfg(feature = "analyzer")]
    impl mingchu_analyzer::derivative::Outlets for HubOutlets {
        fn open(&self, stream: StreamId) -> Option<Box<dyn mingchu_analyzer::derivative::Outlet>> {
            Some(Box::new(HubOutlet(self.0.derive(stream)?)))
        }
    }

    #[cfg(feature = "analyzer")]
    impl mingchu_analyzer::derivative::Outlet for HubOutlet {
        fn publish(&self, unit: &mingchu_domain::media::AccessUnit) {
            self.0.publish(unit);
        }
        fn viewers(&self) -> usize {
            self.0.viewers()
        }
    }

    #[cfg(feature = "analyzer")]
    pub(crate) struct Veiled {
        pub(crate) hub: Hub,
        pub(crate) derivatives: mingchu_analyzer::derivative::Derivatives,
    }

    #[cfg(feature = "analyzer")]
    #[async_trait]
    impl mingchu_web::PublicPictures for Veiled {
        fn ready(&self) -> Result<(), PublicRefused> {
            self.derivatives.ready()
        }
        async fn open(&self, wish: &PublicWish) -> Result<mpsc::Receiver<LiveUnit>, PublicRefused> {
            let stream = self.derivatives.watch(wish)?;
            Ok(self.hub.live(stream)?)
        }
    }

    struct HubLive {
        transcodes: Transcodes,
        stills: LiveStills,
    }

    #[async_trait]
    impl Live for HubLive {
        async fn open(&self, stream: StreamId) -> Result<mpsc::Receiver<LiveUnit>, LiveRefused> {
            self.transcodes.live(stream)
        }
        async fn still(&self, stream: StreamId) -> Result<Still, LiveRefused> {
            self.stills.newest(stream).await
        }
        async fn probe(&self, address: &CameraAddress) -> Result<ProbeReport, ProbeFailed> {
            mingchu_gateway::probe(address).await
        }
    }

    struct Archive(Playback);

    #[async_trait]
    impl Footage for Archive {
        async fn playlist(&self, stream: StreamId, range: TimeRange) -> Result<Playlist, FootageRefused> {
            self.0.playlist(stream, range).await
        }
        async fn open(&self, segment: SegmentId) -> Result<FootageFile, FootageRefused> {
            let (file, size_bytes) = self.0.open(segment).await?;
            Ok(FootageFile { file, size_bytes })
        }
        async fn still(&self, wish: StillWish) -> Result<Still, FootageRefused> {
            let StillWish { stream, at, which, width } = wish;
            let is_exact = which == StillPick::Exact;
            self.0.still(mingchu_gateway::Wish { stream, at, is_exact, width }).await
        }
    }

    /// Returns pictures of an archive that nobody writes to, and none of now.
    pub(crate) fn archive_only(playback: Playback) -> Pictures {
        Pictures { footage: Arc::new(Archive(playback)), ..Pictures::none() }
    }

    /// Returns pictures from the gateway of this process, or the refusals that say there is none.
    pub(crate) fn pictures(gateway: Option<&Gateway>) -> Pictures {
        match gateway {
            Some(gateway) => {
                let live = HubLive { transcodes: gateway.transcodes(), stills: gateway.live_stills() };
                let footage = Arc::new(Archive(gateway.playback()));
                Pictures { live: Arc::new(live), footage, ..Pictures::none() }
            }
            None => Pictures::none(),
        }
    }
}
