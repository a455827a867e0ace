//! WHEP end to end: the real binary, a simulated camera, and GStreamer's `webrtcbin` as a client that is not ours.
#![cfg(all(feature = "gateway", feature = "web"))]
#![allow(clippy::unwrap_used, reason = "a test ends where its means fail")]

mod district;

use district::{District, Program, Simulator, binary, clip, eventually};
use gstreamer::{self as gst, prelude::*};
use gstreamer_app::AppSink;
use gstreamer_sdp::SDPMessage;
use gstreamer_video::VideoInfo;
use gstreamer_webrtc::{WebRTCRTPTransceiver, WebRTCRTPTransceiverDirection, WebRTCSDPType, WebRTCSessionDescription};
use mingchu_domain::{
    id::{CameraId, PersonId},
    role::{Role, Scope},
    time::Clock as _,
};
use mingchu_store::{NewPerson, SystemClock};
use std::{
    fs::File,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_secs(20);
/// Pictures a second of the simulated camera.
const RATE: u32 = 10;

/// The server with one camera, and somebody who is signed in.
struct House {
    district: District,
    cameras: Simulator,
    server: Program,
    base: String,
    camera: CameraId,
    http: reqwest::Client,
}

impl House {
    async fn open() -> Self {
        let district = District::new().await;
        let film = clip(&district.path("film.mp4"), "libx264", "320x240");
        clip(&district.path("film.sub.mp4"), "libx264", "352x288");
        let cameras = Simulator::start(&[film], 1, None).await;
        let stream = district.add_camera(&cameras.url(1), None).await;
        let person = NewPerson {
            id: PersonId::generate(),
            login: "inspector".into(),
            office: "示范县市场监督管理局".into(),
            role: Role::Regulator,
            area_id: Some(district.store.areas(&Scope::All).await.unwrap()[0].id),
            canteen_id: None,
        };
        district.store.insert_person(&person).await.unwrap();
        let (now, hour) = (SystemClock.now(), Duration::from_secs(3600));
        let link = mingchu_web::sign_in_link(&district.store, "", person.id, hour, now).await.unwrap();
        let log = district.path("server.log");
        let config = district.config("");
        let mut command = binary();
        command.args(["run", "--config", config.to_str().unwrap()]).stderr(Stdio::from(File::create(&log).unwrap()));
        let server = Program::spawn(&mut command);
        let base = eventually("the server listens", PATIENCE, || async { base_in(&log) }).await;
        district.all_live(&[stream]).await;
        let http = reqwest::Client::builder().cookie_store(true).build().unwrap();
        assert!(http.get(format!("{base}{link}")).send().await.unwrap().status().is_success());
        let camera = district.store.cameras(&Scope::All, None).await.unwrap()[0].camera.id;
        Self { district, cameras, server, base, camera, http }
    }

    /// Sends an offer; returns the session's address and the answer.
    async fn offer(&self, sdp: String) -> (String, String) {
        let address = format!("{}/api/v1/cameras/{}/whep", self.base, self.camera);
        let request = self.http.post(address).header("content-type", "application/sdp").body(sdp);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 201, "{}", response.text().await.unwrap());
        let location = response.headers()["location"].to_str().unwrap().to_owned();
        (format!("{}{location}", self.base), response.text().await.unwrap())
    }

    async fn stop(self) {
        let (code, _) = self.server.stop().await;
        assert_eq!(code, Some(0));
        self.cameras.stop().await;
        drop(self.district);
    }
}

fn base_in(log: &Path) -> Option<String> {
    let text = std::fs::read_to_string(log).ok()?;
    let (_, rest) = text.split_once("pages are served at ")?;
    Some(rest.split_whitespace().next()?.trim_end_matches('/').to_owned())
}

/// A `webrtcbin` that decodes what it gets.
struct Viewer {
    pipeline: gst::Pipeline,
    webrtc: gst::Element,
    pictures: AppSink,
    fingerprint: String,
}

/// Returns what `openssl` prints; `input` is what it reads.
fn openssl(arguments: &str, input: &str) -> String {
    let mut command = Command::new("openssl");
    command.args(arguments.split(' ')).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("openssl is installed");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {arguments}");
    String::from_utf8(output.stdout).unwrap()
}

/// Returns a certificate with its key, on an elliptic curve as browsers make them: GStreamer's own are RSA, which the
/// server's DTLS does not know.
fn certificate() -> String {
    let curve = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1";
    openssl(&format!("{curve} -nodes -days 2 -subj /CN=viewer -keyout - -out -"), "")
}

/// Returns the line by which an offer names the certificate (RFC 8122 §5).
fn fingerprint(certificate: &str) -> String {
    let printed = openssl("x509 -noout -fingerprint -sha256", certificate);
    format!("a=fingerprint:sha-256 {}", printed.trim().rsplit('=').next().unwrap())
}

impl Viewer {
    fn new() -> Self {
        gst::init().unwrap();
        let pem = certificate();
        let fingerprint = fingerprint(&pem);
        let line = "webrtcbin name=webrtc bundle-policy=max-bundle latency=0 \
                    rtph264depay name=depay ! h264parse ! avdec_h264 ! videoconvert ! video/x-raw,format=I420 ! \
                    appsink name=pictures sync=false max-buffers=500";
        let pipeline = gst::parse::launch(line).unwrap().downcast::<gst::Pipeline>().unwrap();
        let webrtc = pipeline.by_name("webrtc").unwrap();
        let depay = pipeline.by_name("depay").unwrap();
        let pictures = pipeline.by_name("pictures").unwrap().downcast::<AppSink>().unwrap();
        webrtc.downcast_ref::<gst::Bin>().unwrap().connect_deep_element_added(move |_, _, element| {
            if element.factory().is_some_and(|factory| factory.name() == "dtlssrtpdec") {
                element.set_property("pem", &pem);
            }
        });
        webrtc.connect_pad_added(move |_, pad| {
            pad.link(&depay.static_pad("sink").unwrap()).unwrap();
        });
        let caps = gst::Caps::builder("application/x-rtp")
            .field("media", "video")
            .field("encoding-name", "H264")
            .field("payload", 102)
            .field("clock-rate", 90_000)
            .field("packetization-mode", "1")
            .field("profile-level-id", "42e01f")
            .build();
        // libnice takes no loopback address by itself
        let ice = webrtc.property::<gst::glib::Object>("ice-agent");
        assert!(ice.emit_by_name::<bool>("add-local-ip-address", &[&"127.0.0.1"]));
        let direction = WebRTCRTPTransceiverDirection::Recvonly;
        webrtc.emit_by_name::<WebRTCRTPTransceiver>("add-transceiver", &[&direction, &caps]);
        pipeline.set_state(gst::State::Playing).unwrap();
        Self { pipeline, webrtc, pictures, fingerprint }
    }

    fn offer(&self) -> String {
        let (sender, receiver) = mpsc::channel();
        let promise = gst::Promise::with_change_func(move |reply| {
            let offer = reply.unwrap().unwrap().value("offer").unwrap().get::<WebRTCSessionDescription>().unwrap();
            sender.send(offer).unwrap();
        });
        self.webrtc.emit_by_name::<()>("create-offer", &[&None::<gst::Structure>, &promise]);
        let offer = receiver.recv_timeout(PATIENCE).unwrap();
        self.webrtc.emit_by_name::<()>("set-local-description", &[&offer, &None::<gst::Promise>]);
        // written before the certificate was set
        let text = offer.sdp().as_text().unwrap();
        let line = text.lines().find(|line| line.starts_with("a=fingerprint:")).expect("an offer has one");
        text.replace(line, &self.fingerprint)
    }

    fn answer(&self, sdp: &str) {
        let message = SDPMessage::parse_buffer(sdp.as_bytes()).unwrap();
        let answer = WebRTCSessionDescription::new(WebRTCSDPType::Answer, message);
        self.webrtc.emit_by_name::<()>("set-remote-description", &[&answer, &None::<gst::Promise>]);
    }

    /// Returns size and pixels of the next picture.
    fn picture(&self) -> Option<((u32, u32), Vec<u8>)> {
        let limit = gst::ClockTime::from_seconds(PATIENCE.as_secs());
        let sample = self.pictures.try_pull_sample(limit)?;
        let info = VideoInfo::from_caps(sample.caps()?).ok()?;
        let pixels = sample.buffer()?.map_readable().ok()?.to_vec();
        Some(((info.width(), info.height()), pixels))
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.pipeline.set_state(gst::State::Null).ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gstreamer_plays_a_camera_over_whep_until_the_session_is_ended() {
    let house = House::open().await;
    let viewer = Viewer::new();
    let (session, answer) = house.offer(viewer.offer()).await;
    assert!(answer.contains("a=ice-lite") && answer.contains("H264/90000"), "{answer}");
    viewer.answer(&answer);
    let (first, before) = viewer.picture().expect("a picture");
    assert_eq!(first, (320, 240));
    // the group that the gateway keeps comes at once, everything else as the camera sends it
    let burst = viewer.picture().expect("a second picture").1;
    let begun = Instant::now();
    let mut last = burst;
    for number in 0..3 * RATE {
        let (size, pixels) = viewer.picture().expect("pictures go on");
        assert_eq!(size, (320, 240));
        assert_ne!(pixels, last, "picture {number} is the one before");
        last = pixels;
    }
    assert_ne!(last, before);
    assert!(begun.elapsed() > Duration::from_millis(1500), "the camera sends {RATE} pictures a second");
    // another sign-in's session is nobody's business
    let stranger = reqwest::Client::new().delete(&session).send().await.unwrap();
    assert_eq!(stranger.status(), 401);
    assert_eq!(house.http.delete(&session).send().await.unwrap().status(), 204);
    assert_eq!(house.http.delete(&session).send().await.unwrap().status(), 404);
    drop(viewer);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_changes_its_size_plays_on() {
    let house = House::open().await;
    let viewer = Viewer::new();
    let (_, answer) = house.offer(viewer.offer()).await;
    viewer.answer(&answer);
    assert_eq!(viewer.picture().expect("a picture").0, (320, 240));
    house.cameras.order("fault 1 parameters").await;
    let begun = Instant::now();
    while viewer.picture().expect("pictures go on").0 != (352, 288) {
        assert!(begun.elapsed() < PATIENCE, "the new size never comes");
    }
    drop(viewer);
    house.stop().await;
}
