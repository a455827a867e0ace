//! Both clients against GStreamer's RTSP server, which knows nothing of ours.

use crate::rig::{Coding, Rig, add_camera, always, clip, decoded_frames, eventually};
use gstreamer_rtsp_server::{RTSPMediaFactory, RTSPServer, gst, gst::glib, prelude::*};
use mingchu_domain::{camera::CameraState, live::CameraAddress, media::Codec, role::Scope};
use mingchu_gateway::{Config, SourceKind};
use std::{sync::mpsc, thread, time::Duration};

const LONG: Duration = Duration::from_secs(40);

/// An RTSP server on a main loop of its own.
struct Server {
    port: u16,
    main_loop: glib::MainLoop,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    fn start() -> Self {
        gst::init().unwrap();
        let (sender, receiver) = mpsc::channel();
        let (h264, h265) = (clip(Coding::H264), clip(Coding::H265));
        let thread = thread::spawn(move || {
            let context = glib::MainContext::new();
            context
                .with_thread_default(|| {
                    let main_loop = glib::MainLoop::new(Some(&context), false);
                    let server = RTSPServer::new();
                    server.set_address("127.0.0.1");
                    server.set_service("0");
                    let mounts = server.mount_points().unwrap();
                    let of_file = |path: &std::path::Path, parse: &str, pay: &str| {
                        let factory = RTSPMediaFactory::new();
                        factory.set_launch(&format!(
                            "( filesrc location={} ! qtdemux ! {parse} config-interval=-1 ! {pay} name=pay0 pt=96 )",
                            path.display()
                        ));
                        factory
                    };
                    mounts.add_factory("/h264", of_file(&h264, "h264parse", "rtph264pay"));
                    mounts.add_factory("/h265", of_file(&h265, "h265parse", "rtph265pay"));
                    let silent = RTSPMediaFactory::new();
                    silent.set_launch("( audiotestsrc is-live=true ! alawenc ! rtppcmapay name=pay0 pt=8 )");
                    mounts.add_factory("/audio", silent);
                    server.attach(Some(&context)).unwrap();
                    sender.send((server.bound_port(), main_loop.clone())).unwrap();
                    main_loop.run();
                })
                .unwrap();
        });
        let (port, main_loop) = receiver.recv().unwrap();
        Self { port: u16::try_from(port).unwrap(), main_loop, thread: Some(thread) }
    }

    fn url(&self, path: &str) -> String {
        format!("rtsp://127.0.0.1:{}/{path}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.main_loop.quit();
        self.thread.take().unwrap().join().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_clients_record_both_codecs_of_an_independent_server() {
    let server = Server::start();
    for source in [SourceKind::Retina, SourceKind::Gstreamer] {
        let rig = Rig::new(&[(Coding::H264, "rtsp")]).await;
        let mut streams = Vec::new();
        for (path, codec) in [("h264", Codec::H264), ("h265", Codec::H265)] {
            streams.push((add_camera(&rig.store, rig.canteen, &server.url(path)).await, codec));
        }
        let config = Config { source, ..rig.config.clone() };
        let clock = std::sync::Arc::new(mingchu_store::SystemClock);
        let gateway = mingchu_gateway::start(rig.store.clone(), config, clock).await.unwrap();
        for (camera, codec) in &streams {
            let segments = || async {
                Some(rig.store.segments(camera.main, always()).await.unwrap()).filter(|segments| segments.len() >= 2)
            };
            let segments = eventually(&format!("{source:?} {codec:?}"), LONG, segments).await;
            let detail = rig.store.camera(&Scope::All, camera.id).await.unwrap();
            let status = &detail.streams[0].status;
            assert_eq!((status.codec, status.width, status.height), (Some(*codec), Some(320), Some(240)));
            for segment in &segments {
                assert_eq!(decoded_frames(&rig.path(segment)), segment.frames, "{source:?} {codec:?}");
            }
            // 25 frames a second for about two seconds, whichever client counts
            assert!((48..=76).contains(&segments[0].frames), "{source:?} {codec:?}: {}", segments[0].frames);
        }
        gateway.stop().await;
        rig.sim.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_without_video_says_so_by_both_clients() {
    let server = Server::start();
    for source in [SourceKind::Retina, SourceKind::Gstreamer] {
        let rig = Rig::new(&[(Coding::H264, "rtsp")]).await;
        let camera = add_camera(&rig.store, rig.canteen, &server.url("audio")).await;
        let config = Config { source, ..rig.config.clone() };
        let clock = std::sync::Arc::new(mingchu_store::SystemClock);
        let gateway = mingchu_gateway::start(rig.store.clone(), config, clock).await.unwrap();
        let failing = || async {
            let detail = rig.store.camera(&Scope::All, camera.id).await.unwrap();
            Some(detail.streams[0].status.clone()).filter(|status| status.state == CameraState::Failing)
        };
        let status = eventually("failing", LONG, failing).await;
        assert_eq!(status.cause.map(|cause| cause.as_str()), Some("no_video"), "{source:?}: {}", status.detail);
        gateway.stop().await;
        rig.sim.stop().await;
    }
}

/// Stands between client and server and breaks the header `RTP-Info` as some firmware does, which retina refuses.
async fn odd_camera(server: &Server) -> std::net::SocketAddr {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, port) = (listener.local_addr().unwrap(), server.port);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let behind = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            tokio::spawn(async move {
                let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
                    (client.into_split(), behind.into_split());
                let odd = async {
                    let mut bytes = vec![0; 1 << 16];
                    while let Ok(read @ 1..) = from_server.read(&mut bytes).await {
                        if let Some(at) = bytes[..read].windows(13).position(|text| text == b"RTP-Info: url") {
                            bytes[at + 10..at + 13].copy_from_slice(b"URL");
                        }
                        if to_client.write_all(&bytes[..read]).await.is_err() {
                            break;
                        }
                    }
                };
                tokio::select! {
                    () = odd => {}
                    _ = tokio::io::copy(&mut from_client, &mut to_server) => {}
                }
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_retina_refuses_is_played_by_gstreamer() {
    let server = Server::start();
    let url = format!("rtsp://{}/h264", odd_camera(&server).await);
    let rig = Rig::new(&[(Coding::H264, "rtsp")]).await;
    let camera = add_camera(&rig.store, rig.canteen, &url).await;
    let status = || async { rig.store.camera(&Scope::All, camera.id).await.unwrap().streams[0].status.clone() };

    let retina = Config { source: SourceKind::Retina, ..rig.config.clone() };
    let clock = std::sync::Arc::new(mingchu_store::SystemClock);
    let gateway = mingchu_gateway::start(rig.store.clone(), retina, clock.clone()).await.unwrap();
    let failing = || async { Some(status().await).filter(|status| status.state == CameraState::Failing) };
    let refused = eventually("retina refuses", LONG, failing).await;
    assert_eq!(refused.cause.map(|cause| cause.as_str()), Some("bad_stream"), "{}", refused.detail);
    gateway.stop().await;

    let gateway = mingchu_gateway::start(rig.store.clone(), rig.config.clone(), clock).await.unwrap();
    let recorded = || async { rig.store.segments(camera.main, always()).await.unwrap().into_iter().next() };
    let segment = eventually("a segment by GStreamer", LONG, recorded).await;
    assert_eq!(decoded_frames(&rig.path(&segment)), segment.frames);
    gateway.stop().await;

    let address = CameraAddress { url, username: None, password: None };
    let report = mingchu_gateway::probe(&address).await.unwrap();
    assert_eq!((report.codec, report.width, report.height), (Codec::H264, 320, 240));
    rig.sim.stop().await;
}
