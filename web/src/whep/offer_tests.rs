use super::*;
use proptest::prelude::*;
use std::sync::Arc;
use str0m::media::Direction;

fn answered(text: &str) -> Result<Accepted, OfferError> {
    let config = RtcConfig::new().set_crypto_provider(Arc::new(str0m::crypto::from_feature_flags()));
    accept(text, config, Candidate::host("192.0.2.7:4000".parse().unwrap(), "udp").unwrap())
}

/// Returns an offer as another program makes it.
fn offer(config: RtcConfig, tracks: &[(MediaKind, Direction)]) -> String {
    let mut rtc =
        config.set_crypto_provider(Arc::new(str0m::crypto::from_feature_flags())).build(std::time::Instant::now());
    let mut change = rtc.sdp_api();
    for (kind, direction) in tracks {
        change.add_media(*kind, *direction, None, None, None);
    }
    change.apply().unwrap().0.to_sdp_string()
}

const VIDEO: (MediaKind, Direction) = (MediaKind::Video, Direction::RecvOnly);
const AUDIO: (MediaKind, Direction) = (MediaKind::Audio, Direction::RecvOnly);

#[test]
fn an_offer_for_video_is_answered_with_h264_to_send_and_one_candidate() {
    let accepted = answered(&offer(RtcConfig::new(), &[VIDEO])).unwrap();
    assert!(accepted.answer.contains("a=ice-lite"), "{}", accepted.answer);
    assert!(accepted.answer.contains("a=sendonly"), "{}", accepted.answer);
    assert_eq!(accepted.answer.matches("a=candidate:").count(), 1);
    assert!(accepted.answer.contains("192.0.2.7 4000 typ host"), "{}", accepted.answer);
    assert!(accepted.answer.contains(&format!("a=ice-ufrag:{}", accepted.ufrag)));
    assert!(accepted.answer.contains("packetization-mode=1"));
    assert!(!accepted.answer.contains("VP8"));
}

#[test]
fn sound_that_is_offered_besides_is_not_sent() {
    let accepted = answered(&offer(RtcConfig::new(), &[AUDIO, VIDEO])).unwrap();
    // a port of 0 refuses a section (RFC 3264 §6)
    assert!(accepted.answer.contains("m=audio 0 "), "{}", accepted.answer);
    assert!(accepted.answer.contains(&format!("a=group:BUNDLE {}\r\n", accepted.mid)), "{}", accepted.answer);
}

#[test]
fn an_offer_without_what_is_needed_is_named() {
    let no_h264 = RtcConfig::new().clear_codecs().enable_vp8(true);
    let code = |text: &str| answered(text).map(|_| ()).map_err(|error| error.code());
    assert_eq!(code(&offer(no_h264, &[VIDEO])), Err("no_h264_offered"));
    assert_eq!(code(&offer(RtcConfig::new(), &[AUDIO])), Err("no_video_offered"));
    let sends = (MediaKind::Video, Direction::SendOnly);
    assert_eq!(code(&offer(RtcConfig::new(), &[sends])), Err("no_video_offered"));
    assert_eq!(code(&offer(RtcConfig::new(), &[VIDEO; 100])), Err("too_many_tracks"));
    for text in ["", "v=0", "hello", "{\"sdp\": \"v=0\"}"] {
        assert_eq!(code(text), Err("bad_offer"), "{text}");
    }
}

#[test]
fn an_offer_without_a_fingerprint_is_refused() {
    let text = offer(RtcConfig::new(), &[VIDEO]);
    let without: String =
        text.lines().filter(|line| !line.contains("fingerprint")).fold(String::new(), |all, line| all + line + "\r\n");
    assert_eq!(answered(&without).map(|_| ()).unwrap_err().code(), "bad_offer");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_damage_to_an_offer_breaks_the_server(at in 0_usize..4_000, length in 0_usize..200, with in "[ -~\r\n]{0,40}") {
        let text = offer(RtcConfig::new(), &[AUDIO, VIDEO]);
        let from = at.min(text.len());
        let until = (from + length).min(text.len());
        let _any = answered(&format!("{}{with}{}", &text[..from], &text[until..]));
    }
}
