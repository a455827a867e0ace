//! Each fault does on the wire what it says.

use crate::{
    clip::{Clips, free_port, make_noise, simulator},
    reader::{How, Reader, assert_continuous},
    tools::Wire,
};
use mingchu_domain::media::StreamKind::Main;
use mingchu_gateway::sim::{self, Cameras, Clip, Config, Fault, Sim};
use std::time::Duration;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::Instant,
};

const FIRST: Cameras = Cameras::One(1);

fn timestamp(packet: &[u8]) -> u32 {
    u32::from_be_bytes([packet[4], packet[5], packet[6], packet[7]])
}

fn sequence(packet: &[u8]) -> u16 {
    u16::from_be_bytes([packet[2], packet[3]])
}

async fn playing(sim: &Sim) -> Wire {
    let mut wire = Wire::play(sim, &sim.url(1, Main)).await;
    wire.rtp().await;
    wire
}

#[tokio::test]
async fn close_ends_the_sessions_of_one_camera() {
    let (sim, _clips) = simulator().await;
    let mut first = Reader::open(&sim.url(1, Main)).await;
    let mut second = Reader::open(&sim.url(2, Main)).await;
    first.read(2).await;
    sim.fault(FIRST, Fault::Close).unwrap();
    first.read_to_end().await;
    assert_continuous(&second.read(20).await);
    Reader::open(&sim.url(1, Main)).await.read(2).await;
    sim.stop().await;
}

#[tokio::test]
async fn freeze_sends_nothing_and_goes_on_with_a_key_picture() {
    let (sim, _clips) = simulator().await;
    let mut reader = Reader::open(&sim.url(1, Main)).await;
    let before = reader.read(12).await;
    sim.fault(FIRST, Fault::Freeze(Some(Duration::from_secs(2)))).unwrap();
    let mut last = before[11];
    let after = loop {
        let seen = reader.read(1).await[0];
        if seen.number != last.number + 1 {
            break seen;
        }
        last = seen;
    };
    assert!(after.is_key && after.number > last.number + 18, "{last:?}, then {after:?}");
    sim.stop().await;
}

#[tokio::test]
async fn refuse_closes_and_answers_503_until_cleared() {
    let (sim, _clips) = simulator().await;
    let url = sim.url(1, Main);
    let mut reader = Reader::open(&url).await;
    reader.read(2).await;
    sim.fault(FIRST, Fault::Refuse(None)).unwrap();
    reader.read_to_end().await;
    let refused = Reader::open_as(&url, How::default()).await.err().unwrap();
    assert!(refused.to_string().contains("503"), "{refused}");
    Reader::open(&sim.url(2, Main)).await.read(2).await;
    sim.fault(FIRST, Fault::Clear).unwrap();
    Reader::open(&url).await.read(2).await;
    sim.stop().await;
}

#[tokio::test]
async fn when_all_refuse_connections_are_refused() {
    let (sim, _clips) = simulator().await;
    let until = Instant::now() + Duration::from_secs(20);
    let is_refused = |error: std::io::Error| error.kind() == std::io::ErrorKind::ConnectionRefused;
    sim.fault(Cameras::All, Fault::Refuse(None)).unwrap();
    while !TcpStream::connect(sim.address()).await.err().is_some_and(is_refused) {
        assert!(Instant::now() < until, "connections are still accepted");
    }
    sim.fault(Cameras::All, Fault::Refuse(Some(Duration::from_millis(300)))).unwrap();
    while TcpStream::connect(sim.address()).await.is_err() {
        assert!(Instant::now() < until, "connections are not accepted again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Reader::open(&sim.url(1, Main)).await.read(2).await;
    sim.stop().await;
}

#[tokio::test]
async fn password_closes_and_answers_401() {
    let (sim, _clips) = simulator().await;
    let mut reader = Reader::open(&sim.url(1, Main)).await;
    sim.fault(FIRST, Fault::Password(None)).unwrap();
    reader.read_to_end().await;
    let mut wire = Wire::connect(&sim).await;
    let answer = wire.request("DESCRIBE", &sim.url(1, Main), "").await;
    assert!(answer.contains(" 401 ") && answer.contains("WWW-Authenticate: Digest"), "{answer}");
    sim.stop().await;
}

#[tokio::test]
async fn jump_moves_the_timestamp_and_nothing_else() {
    let (sim, _clips) = simulator().await;
    let mut reader = Reader::open(&sim.url(1, Main)).await;
    for seconds in [30, -5] {
        let mut seen = reader.read(12).await;
        sim.fault(FIRST, Fault::Jump { seconds }).unwrap();
        seen.extend(reader.read(5).await);
        assert_continuous(&seen);
        let steps: Vec<i64> = seen.windows(2).map(|pair| pair[1].timestamp - pair[0].timestamp).collect();
        assert!(steps.contains(&(i64::from(seconds) * 90_000 + 9000)), "{steps:?}");
    }
    sim.stop().await;
}

#[tokio::test]
async fn wrap_lets_the_timestamp_pass_zero_at_the_same_pace() {
    let (sim, _clips) = simulator().await;
    let mut wire = playing(&sim).await;
    sim.fault(FIRST, Fault::Wrap).unwrap();
    while timestamp(&wire.rtp().await) < u32::MAX - 3 * 90_000 {}
    let mut last = timestamp(&wire.rtp().await);
    loop {
        let now = timestamp(&wire.rtp().await);
        assert!(matches!(now.wrapping_sub(last), 0 | 9000), "{last} then {now}");
        if now < last {
            break;
        }
        last = now;
    }
    sim.stop().await;
}

#[tokio::test]
async fn a_reader_does_not_notice_that_the_timestamp_wraps() {
    let clips = Clips::make();
    let first_rtp_timestamp = Some(u32::MAX - 90_000);
    let sim = sim::start(Config { first_rtp_timestamp, ..clips.config() }).await.unwrap();
    let seen = Reader::open(&sim.url(1, Main)).await.read(25).await;
    assert_continuous(&seen);
    assert!(seen.windows(2).all(|pair| pair[1].timestamp - pair[0].timestamp == 9000));
    assert!(seen[24].timestamp > i64::from(u32::MAX));
    sim.stop().await;
}

#[tokio::test]
async fn ssrc_changes_in_the_running_session() {
    let (sim, _clips) = simulator().await;
    let mut wire = playing(&sim).await;
    let before = wire.rtp().await[8..12].to_vec();
    sim.fault(FIRST, Fault::Ssrc).unwrap();
    while wire.rtp().await[8..12] == before[..] {}
    let mut reader = Reader::open(&sim.url(1, Main)).await;
    reader.read(2).await;
    sim.fault(FIRST, Fault::Ssrc).unwrap();
    assert!(reader.read_to_end().await.is_some(), "retina takes a new SSRC for an error");
    sim.stop().await;
}

#[tokio::test]
async fn parameters_change_at_a_key_picture_and_back() {
    let (sim, _clips) = simulator().await;
    let mut reader = Reader::open(&sim.url(1, Main)).await;
    for (from, to) in [((320, 240), (160, 120)), ((160, 120), (320, 240))] {
        let mut seen = reader.read(2).await;
        assert_eq!(seen[1].size, from);
        sim.fault(FIRST, Fault::Parameters).unwrap();
        seen.extend(reader.read(25).await);
        assert_continuous(&seen);
        let change = seen.iter().find(|seen| seen.size == to).expect("the size changes");
        assert!(change.is_key);
        assert!(seen.windows(2).all(|pair| pair[1].timestamp - pair[0].timestamp == 9000));
        assert_eq!(Reader::open(&sim.url(1, Main)).await.read(1).await[0].size, to);
    }
    sim.stop().await;
}

#[tokio::test]
async fn parameters_of_a_clip_without_another_size_get_another_level() {
    let (sim, _clips) = simulator().await;
    let mut reader = Reader::open(&sim.url(2, Main)).await;
    let before = reader.read(2).await;
    let described = Wire::connect(&sim).await.describe(&sim.url(2, Main)).await;
    sim.fault(Cameras::One(2), Fault::Parameters).unwrap();
    let after = reader.read(25).await;
    assert_continuous(&[before, after].concat());
    assert_ne!(Wire::connect(&sim).await.describe(&sim.url(2, Main)).await, described);
    sim.stop().await;
}

#[tokio::test]
async fn loss_leaves_holes_in_the_sequence_numbers() {
    let (sim, _clips) = simulator().await;
    sim.fault(FIRST, Fault::Loss { percent: 30.0, lasting: None }).unwrap();
    let mut wire = playing(&sim).await;
    let mut last = sequence(&wire.rtp().await);
    let mut lost = 0_u32;
    for _ in 0..300 {
        let now = sequence(&wire.rtp().await);
        lost += u32::from(now.wrapping_sub(last)) - 1;
        last = now;
    }
    // 300 arrivals at 30 % loss leave 129 holes on average, with a deviation of 14
    assert!((60..220).contains(&lost), "{lost} lost");
    sim.stop().await;
}

#[tokio::test]
async fn garbage_is_neither_a_packet_nor_an_answer() {
    let (sim, _clips) = simulator().await;
    let mut reader = Reader::open(&sim.url(1, Main)).await;
    reader.read(2).await;
    let mut wire = playing(&sim).await;
    sim.fault(FIRST, Fault::Garbage(None)).unwrap();
    assert!(reader.read_to_end().await.is_some(), "retina takes garbage for an error");
    let mut found = false;
    while !found {
        let head = wire.byte().await.unwrap();
        found = head == b'#';
        if !found {
            wire.skip_packet().await;
        }
    }
    sim.stop().await;
}

#[tokio::test]
async fn slow_leaves_pictures_out_up_to_a_key_picture() {
    let (sim, _clips) = simulator().await;
    let mut reader = Reader::open(&sim.url(1, Main)).await;
    reader.read(2).await;
    sim.fault(FIRST, Fault::Slow { kbps: 60, lasting: None }).unwrap();
    let mut last = reader.read(1).await[0];
    let skipped = loop {
        let seen = reader.read(1).await[0];
        if seen.number > last.number + 1 {
            break seen;
        }
        last = seen;
    };
    assert!(skipped.is_key);
    sim.stop().await;
}

#[tokio::test]
async fn a_reader_that_does_not_read_is_closed_and_others_see_all() {
    let folder = tempfile::tempdir().unwrap();
    let clip = Clip::of(make_noise(folder.path()));
    let slow_reader = Duration::from_millis(500);
    let sim = sim::start(Config { slow_reader, ..Config::new(vec![clip], 1, free_port()) }).await.unwrap();
    let mut other = Reader::open(&sim.url(1, Main)).await;
    let idle = Wire::play(&sim, &sim.url(1, Main)).await;
    assert_eq!(sim.viewers(1, Main), 2);
    let until = Instant::now() + Duration::from_secs(20);
    let mut seen = Vec::new();
    while sim.viewers(1, Main) == 2 {
        seen.extend(other.read(1).await);
        assert!(Instant::now() < until, "the idle session is still open");
    }
    assert_continuous(&seen);
    drop(idle);
    sim.stop().await;
}

#[tokio::test]
async fn a_silent_client_is_closed_after_the_session_time_out() {
    let clips = Clips::make();
    let sim = sim::start(Config { session_timeout: Duration::from_secs(1), ..clips.config() }).await.unwrap();
    let mut wire = playing(&sim).await;
    let began = Instant::now();
    while wire.packet().await.is_some() {}
    assert!(began.elapsed() < Duration::from_secs(20));
    sim.stop().await;
}

#[tokio::test]
async fn the_control_port_switches_faults_and_tells_the_state() {
    let clips = Clips::make();
    let control = Some(free_port());
    let sim = sim::start(Config { control, ..clips.config() }).await.unwrap();
    let mut control = BufReader::new(TcpStream::connect(sim.control_address().unwrap()).await.unwrap());
    let mut ask = async |line: &str| {
        control.get_mut().write_all(format!("{line}\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        control.read_line(&mut answer).await.unwrap();
        answer.trim().to_owned()
    };
    assert_eq!(ask("fault 1 freeze 10s").await, "ok");
    assert_eq!(
        ask("state 1").await,
        "ok main h264 320x240 viewers=0 sent=0 faults=freeze sub h264 160x120 viewers=0 sent=0 faults=freeze"
    );
    assert_eq!(ask("fault all clear").await, "ok");
    assert!(ask("state 1").await.contains("faults=none"));
    assert_eq!(ask("fault 9 close").await, "error there is no camera 9; the simulator has 1 to 2, or all");
    assert!(ask("reboot").await.starts_with("error \"reboot\" is neither fault nor state; use: fault"));
    sim.stop().await;
}

#[tokio::test]
async fn the_control_port_is_not_opened_to_the_network() {
    let clips = Clips::make();
    let control = Some("0.0.0.0:0".parse().unwrap());
    let error = sim::start(Config { control, ..clips.config() }).await.unwrap_err();
    assert!(error.to_string().contains("127.0.0.1"), "{error}");
}
