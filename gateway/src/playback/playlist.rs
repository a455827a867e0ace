//! HLS over the archive's own files (RFC 8216): byte ranges, no copy. Pure.

use super::index::Index;
use crate::mp4;
use mingchu_domain::{footage::Playlist, time::TimeRange, timeline::SEAM};
use mingchu_store::Segment;
use std::fmt::Write;

/// Media times of two files that differ by less follow one another: the last picture's length is a guess.
const SLACK_90K: u64 = 18_000;

/// A file to play from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) segment: &'a Segment,
    pub(super) index: &'a Index,
}

/// Writes the playlist of the groups of pictures that touch the range, or `None` when there are none.
///
/// A gap, other parameters and a new timeline of the camera are discontinuities.
pub(super) fn write(sources: &[Source<'_>], range: TimeRange) -> Option<Playlist> {
    let (mut body, mut longest_s, mut codecs) = (String::new(), 1, Vec::new());
    let mut before: Option<(Source<'_>, u64)> = None;
    for source in sources {
        let gops = source
            .index
            .gops
            .iter()
            .filter(|gop| gop.start(source.segment) < range.end() && gop.finish(source.segment) > range.start());
        let mut is_first = true;
        for gop in gops {
            if is_first {
                begin_file(&mut body, before, *source, gop.decode_time_90k);
                let at = gop.start(source.segment);
                put(&mut body, format_args!("#EXT-X-PROGRAM-DATE-TIME:{at}\n"));
                add_codec(&mut codecs, &source.index.sample_entry);
                is_first = false;
            }
            let seconds = f64::from(u32::try_from(gop.duration_90k).unwrap_or(u32::MAX)) / 90_000.0;
            longest_s = longest_s.max(gop.duration_90k.div_ceil(90_000));
            let (length, offset, id) = (gop.end - gop.offset, gop.offset, source.segment.id);
            put(
                &mut body,
                format_args!("#EXTINF:{seconds:.5},\n#EXT-X-BYTERANGE:{length}@{offset}\nsegments/{id}.mp4\n"),
            );
            before = Some((*source, gop.decode_time_90k + gop.duration_90k));
        }
    }
    before?;
    let head = format!(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n\
         #EXT-X-TARGETDURATION:{longest_s}\n#EXT-X-MEDIA-SEQUENCE:0\n"
    );
    Some(Playlist { text: head + &body + "#EXT-X-ENDLIST\n", codecs })
}

/// Says what changes between the file before and this one.
fn begin_file(body: &mut String, before: Option<(Source<'_>, u64)>, source: Source<'_>, begins_90k: u64) {
    let has_other_pictures = before.is_none_or(|(last, _)| last.index.sample_entry != source.index.sample_entry);
    let follows = before.is_none_or(|(last, ended_90k)| {
        let pause = source.segment.range.start().since(last.segment.range.end());
        pause <= SEAM && ended_90k.abs_diff(begins_90k) <= SLACK_90K
    });
    if before.is_some() && (has_other_pictures || !follows) {
        body.push_str("#EXT-X-DISCONTINUITY\n");
    }
    if has_other_pictures {
        let (id, length) = (source.segment.id, source.index.init_bytes);
        put(body, format_args!("#EXT-X-MAP:URI=\"segments/{id}.mp4\",BYTERANGE=\"{length}@0\"\n"));
    }
}

fn add_codec(codecs: &mut Vec<String>, sample_entry: &[u8]) {
    if let Some(codec) = mp4::codec_string_of(sample_entry)
        && !codecs.contains(&codec)
    {
        codecs.push(codec);
    }
}

fn put(body: &mut String, line: std::fmt::Arguments<'_>) {
    body.write_fmt(line).expect("writing into a text never fails");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playback::index::Gop;
    use mingchu_domain::{
        id::{SegmentId, StreamId},
        time::{MediaTime, WallTime},
    };
    use proptest::prelude::*;

    fn at(second: u64) -> WallTime {
        WallTime::from_micros(0) + std::time::Duration::from_secs(second)
    }

    fn range(from: u64, to: u64) -> TimeRange {
        TimeRange::new(at(from), at(to)).unwrap()
    }

    /// A file of `gops` GOPs of two seconds and 100 bytes each.
    fn file(start_s: u64, media_s: u64, gops: u64, entry: u8) -> (Segment, Index) {
        let segment = Segment {
            id: SegmentId::generate(),
            stream_id: StreamId::generate(),
            range: range(start_s, start_s + 2 * gops),
            first_90k: MediaTime(i64::try_from(media_s * 90_000).unwrap()),
            frames: 0,
            size_bytes: 0,
            path: String::new(),
            sha256: String::new(),
            chain: String::new(),
            clock_offset_us: None,
            fault: None,
            volume_id: None,
        };
        let gop = |n| Gop {
            offset: 700 + 100 * n,
            end: 800 + 100 * n,
            decode_time_90k: (media_s + 2 * n) * 90_000,
            duration_90k: 180_000,
        };
        let index = Index { init_bytes: 700, sample_entry: vec![entry], gops: (0..gops).map(gop).collect() };
        (segment, index)
    }

    fn text(files: &[(Segment, Index)], range: TimeRange) -> String {
        let sources: Vec<_> = files.iter().map(|(segment, index)| Source { segment, index }).collect();
        let text = write(&sources, range).unwrap().text;
        let named = files
            .iter()
            .zip('a'..)
            .fold(text, |text, ((segment, _), name)| text.replace(&segment.id.to_string(), &name.to_string()));
        named.lines().skip(6).map(|line| format!("{line}\n")).collect()
    }

    #[test]
    fn files_that_follow_one_another_play_through() {
        let files = [file(0, 50, 2, 1), file(4, 54, 2, 1)];
        let expected = "#EXT-X-MAP:URI=\"segments/a.mp4\",BYTERANGE=\"700@0\"\n\
            #EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:02.000000Z\n\
            #EXTINF:2.00000,\n#EXT-X-BYTERANGE:100@800\nsegments/a.mp4\n\
            #EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:04.000000Z\n\
            #EXTINF:2.00000,\n#EXT-X-BYTERANGE:100@700\nsegments/b.mp4\n#EXT-X-ENDLIST\n";
        assert_eq!(text(&files, range(3, 6)), expected);
    }

    #[test]
    fn a_gap_other_parameters_and_a_new_timeline_are_discontinuities() {
        let files = [file(0, 50, 1, 1), file(2, 52, 1, 2), file(10, 60, 1, 2), file(12, 7, 1, 2), file(14, 9, 1, 2)];
        let text = text(&files, range(0, 100));
        let marks: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("#EXT-X-D") || line.starts_with("#EXT-X-MAP") || line.starts_with("seg"))
            .collect();
        let expected = [
            "#EXT-X-MAP:URI=\"segments/a.mp4\",BYTERANGE=\"700@0\"",
            "segments/a.mp4",
            "#EXT-X-DISCONTINUITY",
            "#EXT-X-MAP:URI=\"segments/b.mp4\",BYTERANGE=\"700@0\"",
            "segments/b.mp4",
            "#EXT-X-DISCONTINUITY",
            "segments/c.mp4",
            "#EXT-X-DISCONTINUITY",
            "segments/d.mp4",
            "segments/e.mp4",
        ];
        assert_eq!(marks, expected);
    }

    #[test]
    fn a_time_without_footage_has_no_playlist() {
        let (segment, index) = file(0, 0, 5, 1);
        assert_eq!(write(&[Source { segment: &segment, index: &index }], range(10, 20)), None);
    }

    proptest! {
        #[test]
        fn a_playlist_begins_at_or_before_and_covers_what_is_wanted(from in 0u64..38, length in 1u64..40) {
            let files = [file(0, 50, 10, 1), file(20, 70, 10, 1)];
            let text = text(&files, range(from, from + length));
            let starts = text.lines().find_map(|line| line.strip_prefix("#EXT-X-PROGRAM-DATE-TIME:")).unwrap();
            let starts: WallTime = starts.parse().unwrap();
            let seconds: f64 = text.lines().filter_map(|line| line.strip_prefix("#EXTINF:")?.strip_suffix(',')?.parse::<f64>().ok()).sum();
            prop_assert!(starts <= at(from) && at(from).since(starts) < std::time::Duration::from_secs(2));
            let end = at((from + length).min(40));
            prop_assert!(seconds >= end.since(starts).as_secs_f64());
        }
    }
}
