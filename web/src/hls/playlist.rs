//! A window as a media playlist (RFC 8216 and its second edition, "Low-Latency HLS"). Pure.

use super::window::{Segment, TARGET_S, Window};
use std::fmt::Write;

/// Segments older than this, in seconds, may be left out of a delta update: six target durations.
const SKIP_UNTIL_S: i64 = 6 * TARGET_S;
/// Parts are listed for segments that end within this time of the end: three target durations.
const PARTS_LISTED_S: i64 = 3 * TARGET_S;
const SECOND_90K: i64 = 90_000;

/// Returns the playlist; `None` before the first part is complete.
pub(super) fn render(window: &Window, is_delta: bool) -> Option<String> {
    let target_90k = window.part_target()?;
    let first = window.segments.front().filter(|segment| !segment.parts.is_empty())?;
    let mut text = String::with_capacity(4096);
    // writing to a string cannot fail
    let _never = head(&mut text, window, first.number, target_90k);
    let left_90k = ends_before(window);
    let skipped =
        if is_delta { left_90k.iter().take_while(|&&left| left > SKIP_UNTIL_S * SECOND_90K).count() } else { 0 };
    if skipped > 0 {
        let _never = writeln!(text, "#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}");
    }
    let mut init = skipped.checked_sub(1).and_then(|last| window.segments.get(last)).map(|segment| segment.init);
    for (segment, left_90k) in window.segments.iter().zip(left_90k).skip(skipped) {
        let is_recent = left_90k <= PARTS_LISTED_S * SECOND_90K;
        let _never = lines(&mut text, segment, init, is_recent);
        init = Some(segment.init);
    }
    let (number, part) = window.hinted_part();
    let _never = writeln!(text, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"part-{number}-{part}.m4s\"");
    Some(text)
}

fn head(text: &mut String, window: &Window, first: u64, part_target_90k: i64) -> std::fmt::Result {
    let part_s = seconds(part_target_90k);
    writeln!(text, "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:{TARGET_S}")?;
    writeln!(
        text,
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={:.3},CAN-SKIP-UNTIL={SKIP_UNTIL_S}.0",
        part_s * 3.0
    )?;
    writeln!(text, "#EXT-X-PART-INF:PART-TARGET={part_s:.3}\n#EXT-X-MEDIA-SEQUENCE:{first}")?;
    writeln!(text, "#EXT-X-DISCONTINUITY-SEQUENCE:{}", window.breaks_gone)
}

/// Returns, for each segment, how far its end lies before the playlist's.
fn ends_before(window: &Window) -> Vec<i64> {
    let mut left = 0;
    let mut ends: Vec<i64> = window
        .segments
        .iter()
        .rev()
        .map(|segment| {
            let end = left;
            left += segment.duration_90k.unwrap_or_else(|| segment.parts.iter().map(|part| part.duration_90k).sum());
            end
        })
        .collect();
    ends.reverse();
    ends
}

fn lines(text: &mut String, segment: &Segment, init: Option<u64>, with_parts: bool) -> std::fmt::Result {
    if segment.parts.is_empty() {
        return Ok(());
    }
    if segment.follows_break {
        writeln!(text, "#EXT-X-DISCONTINUITY")?;
    }
    if init != Some(segment.init) {
        writeln!(text, "#EXT-X-MAP:URI=\"init-{}.mp4\"", segment.init)?;
    }
    writeln!(text, "#EXT-X-PROGRAM-DATE-TIME:{}", segment.started_at)?;
    if with_parts {
        for (index, part) in segment.parts.iter().enumerate() {
            let independent = if part.is_independent { ",INDEPENDENT=YES" } else { "" };
            let (number, duration_s) = (segment.number, seconds(part.duration_90k));
            writeln!(text, "#EXT-X-PART:DURATION={duration_s:.5},URI=\"part-{number}-{index}.m4s\"{independent}")?;
        }
    }
    if let Some(duration_90k) = segment.duration_90k {
        writeln!(text, "#EXTINF:{:.5},\nseg-{}.m4s", seconds(duration_90k), segment.number)?;
    }
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "ticks of half a minute fit a float")]
fn seconds(ticks_90k: i64) -> f64 {
    ticks_90k as f64 / 90_000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use mingchu_domain::time::WallTime;

    /// Ten pictures a second, a key picture each two seconds.
    fn played(from: u32, until: u32, window: &mut Window) {
        for number in from..until {
            let now = WallTime::from_micros(1_700_000_000_000_000 + i64::from(number) * 100_000);
            let data = Bytes::from(format!("{number},"));
            window.fragment(data, number % 20 == 0, i64::from(number - from) * 9_000, now);
        }
    }

    fn window() -> Window {
        let mut window = Window::new(100);
        window.init(Bytes::from_static(b"init"));
        window
    }

    #[test]
    fn a_young_playlist_lists_parts_and_what_comes_next() {
        let mut window = window();
        assert_eq!(render(&window, false), None);
        played(0, 25, &mut window);
        insta::assert_snapshot!(render(&window, false).unwrap());
    }

    #[test]
    fn a_break_is_declared_with_its_own_init_segment() {
        let mut window = window();
        played(0, 30, &mut window);
        window.end_timeline();
        window.init(Bytes::from_static(b"other"));
        played(40, 45, &mut window);
        insta::assert_snapshot!(render(&window, false).unwrap());
    }

    #[test]
    fn a_delta_update_leaves_out_what_is_old_and_says_how_many() {
        let mut window = window();
        played(0, 335, &mut window);
        let (whole, delta) = (render(&window, false).unwrap(), render(&window, true).unwrap());
        let skipped: usize =
            delta.lines().find_map(|line| line.strip_prefix("#EXT-X-SKIP:SKIPPED-SEGMENTS=")).unwrap().parse().unwrap();
        let count = |text: &str| text.lines().filter(|line| line.starts_with("seg-")).count();
        assert_eq!(count(&whole), count(&delta) + skipped);
        assert!(skipped >= 7, "{skipped}");
        let tail = |text: &str| text.lines().rev().take(20).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(tail(&whole), tail(&delta));
        assert!(!delta.contains("EXT-X-MAP"), "the init segment is known from the playlist before");
    }
}
