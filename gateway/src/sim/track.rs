//! Reads the coded pictures of an MP4 file, plain or fragmented (ISO/IEC 14496-12).

use super::nal;
use bytes::Bytes;
use mingchu_domain::media::Codec;
use mp4_atom::{Atom, DecodeMaybe, Header, Moof, Moov, StszSamples, Trak, Trex};
use std::path::Path;

/// Clips are kept in memory; a longer film is not what the simulator is for.
const MAX_CLIP_BYTES: u64 = 512 << 20;

const TICKS_PER_SECOND: u64 = 90_000;

const MAX_CLIP_90K: u64 = 24 * 3600 * TICKS_PER_SECOND;

/// The video of a clip.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) codec: Codec,
    pub(super) width: u16,
    pub(super) height: u16,
    /// VPS (H.265 only), SPS, PPS.
    pub(super) parameter_sets: Vec<Vec<u8>>,
    /// In decoding order, the first one a key picture.
    pub(super) samples: Vec<Sample>,
    /// From the first sample to the end of the last.
    pub(super) duration_90k: u64,
}

/// One coded picture.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) dts_90k: u64,
    pub(super) pts_90k: u64,
    pub(super) is_key: bool,
    /// NAL units without lengths or start codes.
    pub(super) nals: Vec<Bytes>,
}

/// Why a file is no clip.
#[derive(Debug, thiserror::Error)]
pub enum ClipError {
    /// The file is missing or unreadable.
    #[error("the file cannot be read")]
    Read(#[source] std::io::Error),
    /// The file does not fit in memory with others.
    #[error("the file has {size_bytes} bytes; the limit is {MAX_CLIP_BYTES}")]
    TooLarge {
        /// Its size.
        size_bytes: u64,
    },
    /// The file has no MP4 index.
    #[error("the file is no MP4")]
    NotMp4,
    /// The MP4 index cannot be read.
    #[error("the MP4 index is broken")]
    Index(#[source] mp4_atom::Error),
    /// Sound or text only.
    #[error("the file has no video track")]
    NoVideo,
    /// Video that no camera of ours sends.
    #[error("the video is {found}, neither H.264 nor H.265")]
    Codec {
        /// The four characters of the sample entry.
        found: String,
    },
    /// Without SPS and PPS nothing can be decoded.
    #[error("the video has no parameter sets in its sample entry")]
    NoParameterSets,
    /// Nothing to start decoding at.
    #[error("no picture of the video can be decoded on its own")]
    NoKeyPicture,
    /// The index points outside the file, or to what is no picture.
    #[error("the file is damaged: {0}")]
    Damaged(&'static str),
}

/// Reads a clip.
pub(super) async fn read(path: &Path) -> Result<Track, ClipError> {
    let size_bytes = tokio::fs::metadata(path).await.map_err(ClipError::Read)?.len();
    if size_bytes > MAX_CLIP_BYTES {
        return Err(ClipError::TooLarge { size_bytes });
    }
    let file = tokio::fs::read(path).await.map_err(ClipError::Read)?;
    parse(&Bytes::from(file))
}

/// Reads a clip from memory.
pub(super) fn parse(file: &Bytes) -> Result<Track, ClipError> {
    let boxes = top_boxes(file)?;
    let moov = boxes.iter().find(|(kind, ..)| *kind == *b"moov").ok_or(ClipError::NotMp4)?;
    let moov = Moov::decode_body(&mut &file[moov.1..moov.2]).map_err(ClipError::Index)?;
    let trak = moov.trak.iter().find(|trak| trak.mdia.hdlr.handler == b"vide".into()).ok_or(ClipError::NoVideo)?;
    let entry = Entry::of(trak)?;
    let mut spans = plain_spans(trak, file.len())?;
    let track_id = trak.tkhd.track_id;
    let trex = moov.mvex.iter().flat_map(|mvex| &mvex.trex).find(|trex| trex.track_id == track_id);
    let trex = trex.cloned().unwrap_or(Trex { track_id, ..Trex::default() });
    for (_, start, end) in boxes.iter().filter(|(kind, ..)| *kind == *b"moof") {
        let moof = Moof::decode_body(&mut &file[*start..*end]).map_err(ClipError::Index)?;
        fragment_spans(&moof, start - 8, file.len(), &trex, &mut spans)?;
    }
    entry.track(&spans, trak.mdia.mdhd.timescale, file)
}

/// Returns kind, start and end of the body of each top-level box.
fn top_boxes(file: &[u8]) -> Result<Vec<([u8; 4], usize, usize)>, ClipError> {
    let mut boxes = Vec::new();
    let mut at = 0;
    while at < file.len() {
        let mut rest = &file[at..];
        // a tail that is no box is a recording that was cut off
        let Ok(Some(header)) = Header::decode_maybe(&mut rest) else { break };
        let start = file.len() - rest.len();
        let size = header.size.unwrap_or(rest.len());
        if size > rest.len() {
            break;
        }
        boxes.push((header.kind.into(), start, start + size));
        at = start + size;
    }
    if boxes.is_empty() { Err(ClipError::NotMp4) } else { Ok(boxes) }
}

/// What the sample entry says.
struct Entry {
    codec: Codec,
    width: u16,
    height: u16,
    parameter_sets: Vec<Vec<u8>>,
    length_bytes: usize,
}

impl Entry {
    fn of(trak: &Trak) -> Result<Self, ClipError> {
        use mp4_atom::Codec as Found;
        let found = trak.mdia.minf.stbl.stsd.codecs.first().ok_or(ClipError::NoVideo)?;
        let (codec, parameter_sets, length_bytes) = match found {
            Found::Avc1(mp4_atom::Avc1 { avcc, .. }) | Found::Avc3(mp4_atom::Avc3 { avcc, .. }) => {
                let sets = [&avcc.sequence_parameter_sets[..], &avcc.picture_parameter_sets[..]].concat();
                (Codec::H264, sets, usize::from(avcc.length_size))
            }
            Found::Hvc1(mp4_atom::Hvc1 { hvcc, .. }) | Found::Hev1(mp4_atom::Hev1 { hvcc, .. }) => {
                let sets = hvcc.arrays.iter().filter(|array| (32..=34).contains(&array.nal_unit_type));
                let sets = sets.flat_map(|array| array.nalus.clone()).collect();
                (Codec::H265, sets, usize::from(hvcc.length_size_minus_one) + 1)
            }
            Found::Unknown(kind, _) => return Err(ClipError::Codec { found: kind.to_string() }),
            other => return Err(ClipError::Codec { found: name_of(other) }),
        };
        if parameter_sets.iter().any(|set: &Vec<u8>| set.len() < 4) || parameter_sets.len() < 2 {
            return Err(ClipError::NoParameterSets);
        }
        let (width, height) = found.visual().map_or((0, 0), |visual| (visual.width, visual.height));
        Ok(Self { codec, width, height, parameter_sets, length_bytes })
    }

    fn track(self, spans: &[Span], timescale: u32, file: &Bytes) -> Result<Track, ClipError> {
        let scale = |ticks: u64| match u64::from(timescale) {
            0 => 0,
            timescale => ticks.saturating_mul(TICKS_PER_SECOND) / timescale,
        };
        let first = spans.iter().position(|span| span.is_key).ok_or(ClipError::NoKeyPicture)?;
        let spans = &spans[first..];
        let began = spans[0].dts;
        let samples = spans.iter().map(|span| {
            let data = file.get(span.start..span.start.saturating_add(span.size));
            let data = file.slice_ref(data.ok_or(ClipError::Damaged("a picture lies outside the file"))?);
            let nals = nal::split(&data, self.length_bytes).ok_or(ClipError::Damaged("a picture overruns its size"))?;
            Ok(Sample {
                dts_90k: scale(span.dts.saturating_sub(began)),
                pts_90k: scale(span.dts.saturating_add_signed(span.composition).saturating_sub(began)),
                is_key: span.is_key,
                nals: nals.into_iter().map(|nal| data.slice_ref(nal)).collect(),
            })
        });
        let samples = samples.collect::<Result<Vec<_>, _>>()?;
        let end = spans.last().map_or(0, |last| last.dts.saturating_add(u64::from(last.duration)));
        let duration_90k = scale(end.saturating_sub(began));
        if samples.windows(2).any(|pair| pair[0].dts_90k > pair[1].dts_90k) {
            return Err(ClipError::Damaged("its pictures are not in order"));
        }
        if duration_90k == 0 || samples.iter().any(|sample| sample.pts_90k.max(duration_90k) > MAX_CLIP_90K) {
            return Err(ClipError::Damaged("its pictures have no duration, or more than a day"));
        }
        let Self { codec, width, height, parameter_sets, .. } = self;
        Ok(Track { codec, width, height, parameter_sets, samples, duration_90k })
    }
}

/// Returns the first word of the `Debug` form, as `Vp09`.
fn name_of(codec: &mp4_atom::Codec) -> String {
    format!("{codec:?}").chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// Where a picture lies and when it is due, in the track's own ticks.
struct Span {
    start: usize,
    size: usize,
    dts: u64,
    duration: u32,
    composition: i64,
    is_key: bool,
}

/// Reads the sample tables of `moov` (ISO/IEC 14496-12 §8.6, §8.7).
fn plain_spans(trak: &Trak, file_bytes: usize) -> Result<Vec<Span>, ClipError> {
    let stbl = &trak.mdia.minf.stbl;
    let sizes: Vec<u32> = match &stbl.stsz.samples {
        StszSamples::Identical { count, .. } if *count as usize > file_bytes => {
            return Err(ClipError::Damaged("it names more pictures than it has bytes"));
        }
        StszSamples::Identical { count, size } => vec![*size; *count as usize],
        StszSamples::Different { sizes } => sizes.clone(),
    };
    let starts = chunk_starts(trak, &sizes)?;
    let durations = stbl.stts.entries.iter();
    let mut durations = durations.flat_map(|run| std::iter::repeat_n(run.sample_delta, run.sample_count as usize));
    let compositions = stbl.ctts.iter().flat_map(|ctts| &ctts.entries);
    let mut compositions =
        compositions.flat_map(|run| std::iter::repeat_n(run.sample_offset, run.sample_count as usize));
    let keys = stbl.stss.as_ref().map(|stss| stss.entries.iter().copied().collect::<std::collections::HashSet<_>>());
    let mut dts = 0_u64;
    let spans = starts.into_iter().zip(sizes).zip(1_u32..).map(|((start, size), number)| {
        let duration = durations.next().unwrap_or(0);
        let is_key = keys.as_ref().is_none_or(|keys| keys.contains(&number));
        let composition = compositions.next().unwrap_or(0);
        let span = Span { start, size: size as usize, dts, duration, composition, is_key };
        dts = dts.saturating_add(u64::from(duration));
        span
    });
    Ok(spans.collect())
}

/// Returns the file offset of each sample, from `stsc` and `stco` or `co64`.
fn chunk_starts(trak: &Trak, sizes: &[u32]) -> Result<Vec<usize>, ClipError> {
    let stbl = &trak.mdia.minf.stbl;
    let small = stbl.stco.iter().flat_map(|stco| &stco.entries).map(|&offset| u64::from(offset));
    let large = stbl.co64.iter().flat_map(|co64| &co64.entries).copied();
    let mut sizes = sizes.iter();
    let mut starts = Vec::with_capacity(sizes.len());
    for (offset, chunk) in small.chain(large).zip(1_u32..) {
        let run = stbl.stsc.entries.iter().rev().find(|run| run.first_chunk <= chunk);
        let mut at = usize::try_from(offset).map_err(|_| ClipError::Damaged("a chunk lies outside the file"))?;
        for size in sizes.by_ref().take(run.map_or(0, |run| run.samples_per_chunk as usize)) {
            starts.push(at);
            at = at.saturating_add(*size as usize);
        }
    }
    Ok(starts)
}

/// Bit of the sample flags: decoding cannot start here (ISO/IEC 14496-12 §8.8.3.1).
const IS_NON_SYNC: u32 = 0x0001_0000;

/// Reads the runs of a movie fragment that starts at `moof_start` (ISO/IEC 14496-12 §8.8).
fn fragment_spans(
    moof: &Moof,
    moof_start: usize,
    file_bytes: usize,
    trex: &Trex,
    out: &mut Vec<Span>,
) -> Result<(), ClipError> {
    let track_id = trex.track_id;
    for traf in moof.traf.iter().filter(|traf| traf.tfhd.track_id == track_id) {
        let tfhd = &traf.tfhd;
        let after_last = out.last().map_or(0, |span| span.dts.saturating_add(u64::from(span.duration)));
        let mut dts = traf.tfdt.as_ref().map_or(after_last, |tfdt| tfdt.base_media_decode_time);
        let base = tfhd.base_data_offset.map_or(Ok(moof_start), usize::try_from);
        let base = base.map_err(|_| ClipError::Damaged("a fragment lies outside the file"))?;
        let mut start = base;
        for trun in &traf.trun {
            if let Some(offset) = trun.data_offset {
                start = base.saturating_add_signed(offset as isize);
            }
            if trun.samples.len() > file_bytes {
                return Err(ClipError::Damaged("it names more pictures than it has bytes"));
            }
            for sample in trun.samples.iter() {
                let duration = sample.duration.or(tfhd.default_sample_duration);
                let duration = duration.unwrap_or(trex.default_sample_duration);
                let size = sample.size.or(tfhd.default_sample_size);
                let size = size.unwrap_or(trex.default_sample_size) as usize;
                let flags = sample.flags.or(tfhd.default_sample_flags);
                let flags = flags.unwrap_or(trex.default_sample_flags);
                let composition = sample.cts.unwrap_or(0);
                out.push(Span { start, size, dts, duration, composition, is_key: flags & IS_NON_SYNC == 0 });
                start = start.saturating_add(size);
                dts = dts.saturating_add(u64::from(duration));
            }
        }
    }
    Ok(())
}
