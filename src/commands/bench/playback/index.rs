//! A month of the archive, as the gateway and the analyzer would have written it.

use super::{day, film::Film};
use crate::commands::chance::Chance;
use anyhow::Context;
use mingchu_domain::{
    geometry::{BBox, Polygon},
    id::{AreaId, CameraId, CanteenId, GapId, PersonId, SegmentId, StreamId, ViolationId},
    media::StreamKind,
    place::{AreaLevel, ZoneKind, short_code},
    role::{Role, Scope},
    rule::{RuleCode, RulePack},
    time::{Clock, MediaTime, TimeRange, WallTime},
    violation::{DecisionFrame, DismissReason, Figures, Verdict},
};
use mingchu_gateway::chain;
use mingchu_store::{
    Area, CameraCoverage, Canteen, Gap, NewCamera, NewPerson, NewStream, NewViolation, Reviewer, Segment, Store,
    SystemClock,
};
use std::{fs, path::Path, time::Duration};

const DAY: Duration = Duration::from_secs(24 * 3600);
const HOUR: Duration = Duration::from_secs(3600);
const MINUTES: u32 = 1440;
const CAMERAS_A_CANTEEN: usize = 4;
/// Hours in which a kitchen works and is judged.
const WORKING: std::ops::Range<u32> = 5..19;

/// A camera of the archive.
pub(super) struct Camera {
    pub(super) id: CameraId,
    canteen: CanteenId,
    stream: StreamId,
    pub(super) footage: Vec<TimeRange>,
}

/// What was filled in.
pub(super) struct Index {
    pub(super) begin: WallTime,
    pub(super) end: WallTime,
    pub(super) cameras: Vec<Camera>,
    /// A regulator of the county with all canteens.
    pub(super) person: PersonId,
    pub(super) segments: u64,
    pub(super) gaps: u64,
    pub(super) violations: u64,
}

/// Fills an empty store with so many cameras and days; each file is one of `films` under a name of its own.
pub(super) async fn fill(
    store: &Store,
    folder: &Path,
    films: &[Film],
    (cameras, days): (u16, u16),
    chance: &mut Chance,
) -> anyhow::Result<Index> {
    let end = whole_minute(SystemClock.now());
    let begin = end - DAY * u32::from(days);
    let (county, person) = (AreaId::generate(), PersonId::generate());
    people(store, county, person).await?;
    let mut index = Index { begin, end, cameras: Vec::new(), person, segments: 0, gaps: 0, violations: 0 };
    let names = folder.join("names");
    name_minutes(&names, films)?;
    let mut canteen = CanteenId::generate();
    for number in 0..usize::from(cameras) {
        if number % CAMERAS_A_CANTEEN == 0 {
            canteen = CanteenId::generate();
            add_canteen(store, county, canteen, number / CAMERAS_A_CANTEEN).await?;
        }
        let mut camera = add_camera(store, canteen, number, begin).await?;
        let stream = folder.join("archive").join(camera.stream.to_string());
        fs::create_dir_all(&stream)?;
        let mut hash = String::new();
        for day in 0..u32::from(days) {
            // a day's folder is another name of the one with all minutes
            std::os::unix::fs::symlink(&names, stream.join(day.to_string()))?;
            add_day(store, films, &mut index, &mut camera, day, &mut hash, chance).await?;
        }
        index.cameras.push(camera);
        eprintln!("{} of {cameras} cameras filled in", number + 1);
    }
    Ok(index)
}

fn whole_minute(at: WallTime) -> WallTime {
    WallTime::from_micros(at.micros() / 60_000_000 * 60_000_000)
}

/// Gives the films the names of all minutes of a day.
fn name_minutes(folder: &Path, films: &[Film]) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    for (minute, film) in (0..MINUTES * 2).zip(films.iter().cycle()) {
        fs::hard_link(&film.path, folder.join(format!("{minute}.mp4")))?;
    }
    Ok(())
}

async fn people(store: &Store, county: AreaId, id: PersonId) -> anyhow::Result<()> {
    let (name, name_en, province) = ("示范县".to_owned(), "Sample county".to_owned(), "河南".to_owned());
    store.insert_area(&Area { id: county, parent: None, name, name_en, level: AreaLevel::County, province }).await?;
    let (login, office) = ("bench".to_owned(), "县市场监管局".to_owned());
    let person = NewPerson { id, login, office, role: Role::Regulator, area_id: Some(county), canteen_id: None };
    Ok(store.insert_person(&person).await?)
}

async fn add_canteen(store: &Store, area_id: AreaId, id: CanteenId, number: usize) -> anyhow::Result<()> {
    let canteen = Canteen {
        id,
        area_id,
        code: short_code(id),
        name: format!("第{}食堂", number + 1),
        name_en: format!("Canteen {}", number + 1),
        school: "第一小学".into(),
        licence_no: "JY0000000000000000".into(),
        grade: "A".into(),
    };
    Ok(store.insert_canteen(&canteen).await?)
}

async fn add_camera(store: &Store, canteen: CanteenId, number: usize, at: WallTime) -> anyhow::Result<Camera> {
    let (id, stream) = (CameraId::generate(), StreamId::generate());
    let url = format!("rtsp://127.0.0.1/{number}");
    let new = NewCamera {
        id,
        canteen_id: canteen,
        name: format!("摄像头 {}", number + 1),
        name_en: format!("Camera {}", number + 1),
        zone: ZoneKind::Cooking,
        outline: Polygon::whole(),
        is_synthetic: true,
        streams: vec![NewStream { id: stream, kind: StreamKind::Main, url, username: None, password: None }],
    };
    store.insert_camera(&new, at).await?;
    Ok(Camera { id, canteen, stream, footage: Vec::new() })
}

async fn add_day(
    store: &Store,
    films: &[Film],
    index: &mut Index,
    camera: &mut Camera,
    day: u32,
    hash: &mut String,
    chance: &mut Chance,
) -> anyhow::Result<()> {
    let begin = index.begin + DAY * day;
    let gaps = day::gaps(chance);
    let files = day::files(begin, &gaps);
    let mut segments = Vec::with_capacity(files.len());
    for (name, range) in files.iter().enumerate() {
        let film = &films[name % films.len()];
        *hash = chain(hash, &film.sha256);
        segments.push(Segment {
            id: SegmentId::generate(),
            stream_id: camera.stream,
            range: *range,
            first_90k: MediaTime(film.first_90k),
            frames: film.frames,
            size_bytes: film.size_bytes,
            volume_id: None,
            path: format!("{}/{day}/{name}.mp4", camera.stream),
            sha256: film.sha256.clone(),
            chain: hash.clone(),
            clock_offset_us: Some(1500),
            fault: None,
        });
    }
    store.insert_segments(&segments).await?;
    for gap in &gaps {
        let at = |second| begin + Duration::from_secs(second);
        let (started_at, ended_at) = (at(gap.from_s), Some(at(gap.to_s)));
        let detail = "connection reset".to_owned();
        let (id, stream_id, cause) = (GapId::generate(), camera.stream, gap.cause);
        store.insert_gap(&Gap { id, stream_id, started_at, ended_at, cause, detail }).await?;
    }
    for hour in WORKING {
        let whole = 3_600_000;
        let cannot_judge_ms = chance.below(600_000);
        let coverage = CameraCoverage { camera_id: camera.id, observed_ms: whole, judged_ms: whole, cannot_judge_ms };
        store.add_coverage(begin + HOUR * hour, &coverage).await?;
    }
    index.violations += add_violations(store, index, camera, begin, chance).await?;
    index.segments += segments.len() as u64;
    index.gaps += gaps.len() as u64;
    camera.footage.extend(files);
    Ok(())
}

/// Adds up to five violations of a working day; people have decided most of them.
async fn add_violations(
    store: &Store,
    index: &Index,
    camera: &Camera,
    day: WallTime,
    chance: &mut Chance,
) -> anyhow::Result<u64> {
    let pack = RulePack::national();
    let rule = pack.rule(RuleCode::NoMask).context("no rule on masks")?;
    let reviewer = Reviewer { person_id: index.person, office: "县市场监管局".to_owned() };
    let count = chance.below(6);
    for _ in 0..count {
        let started_at = day + chance.between(HOUR * WORKING.start, HOUR * WORKING.end);
        let (id, ended_at) = (ViolationId::generate(), started_at + Duration::from_secs(20));
        let subject = BBox { x1: 0.25, y1: 0.25, x2: 0.5, y2: 0.75 };
        let frame = DecisionFrame {
            at: started_at,
            object_key: format!("violation/{id}/frame-1.jpg"),
            sha256: "00".repeat(32),
            subject,
            head: None,
            confidence: 0.75,
        };
        let violation = NewViolation {
            id,
            camera_id: camera.id,
            canteen_id: camera.canteen,
            zone: ZoneKind::Cooking,
            code: RuleCode::NoMask,
            severity: rule.severity,
            rule_pack: pack.label(),
            clauses: rule.clauses.clone(),
            demand: rule.demand.clone(),
            demand_en: rule.demand_en.clone(),
            rectify_within: rule.rectify_within(),
            model: "none".into(),
            track: 1,
            started_at,
            ended_at,
            figures: Figures { votes: 8, of: 10, window_s: 15.0, confidence: 0.75, head_px: Some(52.0), measure: None },
            frames: vec![frame],
            snapshot_key: format!("violation/{id}/snapshot.jpg"),
            clock_offset_us: None,
        };
        store.insert_violation(&violation).await?;
        let verdict = match chance.below(4) {
            0 => continue,
            1 => Verdict::Dismiss(DismissReason::Minor),
            _ => Verdict::Confirm,
        };
        store.review(&Scope::All, id, &reviewer, verdict, ended_at + HOUR).await?;
    }
    Ok(count)
}
