//! The same models on ONNX Runtime and on OpenCV say the same.

#![allow(clippy::unwrap_used, reason = "clippy knows test functions, not their helpers")]

mod play;

use mingchu_analyzer::{
    Picture,
    detect::{Detector, Networks, Provider, Runtime, look_at_head},
    find,
    judge::Bands,
    models::ModelSet,
    track::head,
};
use mingchu_domain::geometry::BBox;
use play::Clip;
use std::path::Path;

/// Largest difference of a probability or of a relative coordinate.
const TOLERANCE: f32 = 2e-3;

fn pictures() -> Vec<Picture> {
    Clip::all().iter().flat_map(|clip| clip.key_pictures(4)).collect()
}

fn networks(runtime: &Runtime, folder: &Path) -> Networks {
    let (networks, errors) = Networks::read(runtime, &ModelSet::read(folder), 1);
    assert!(errors.is_empty(), "{errors:?}");
    networks
}

fn near(a: BBox, b: BBox) -> bool {
    let pairs = [(a.x1, b.x1), (a.y1, b.y1), (a.x2, b.x2), (a.y2, b.y2)];
    pairs.iter().all(|(a, b)| (a - b).abs() < TOLERANCE)
}

#[test]
fn opencv_sees_what_onnx_runtime_sees() {
    let (Some(folder), Some(library)) = (play::folder(), find::runtime(None)) else {
        println!("skipped: no models or no ONNX runtime library");
        return;
    };
    let pictures = pictures();
    if pictures.is_empty() {
        println!("skipped: no clips in tests/footage/clips");
        return;
    }
    let mut first = networks(&Runtime::open(&library, Provider::Cpu).unwrap(), &folder);
    let mut second = networks(&Runtime::OpenCv, &folder);
    let (mut heads, mut bins, bands) = (0, 0, Bands::default());
    for picture in &pictures {
        let (a, b) = (first.scene(picture).unwrap().unwrap(), second.scene(picture).unwrap().unwrap());
        assert_eq!(a.persons.len(), b.persons.len());
        for (a, b) in a.persons.iter().zip(&b.persons) {
            assert!(near(a.bbox, b.bbox) && (a.score - b.score).abs() < TOLERANCE, "{a:?} {b:?}");
        }
        let persons: Vec<BBox> = a.persons.iter().map(|person| person.bbox).collect();
        let found = |heads: Option<Vec<Option<BBox>>>| heads.unwrap_or_else(|| vec![None; persons.len()]);
        let (a, b) = (found(a.heads_of(&persons)), found(b.heads_of(&persons)));
        for ((person, a), b) in persons.iter().zip(a).zip(b) {
            assert!(a.zip(b).map_or(a == b, |(a, b)| near(a, b)), "{a:?} {b:?}");
            let Some(region) = a.or_else(|| head::head_of(*person, picture.aspect())) else { continue };
            heads += 1;
            let look = |networks: &mut Networks| look_at_head(networks, picture, region, &bands).unwrap();
            let (a, b) = (look(&mut first), look(&mut second));
            assert!((a.hat.unwrap().covered - b.hat.unwrap().covered).abs() < TOLERANCE, "{a:?} {b:?}");
            assert!((a.mask.unwrap().worn - b.mask.unwrap().worn).abs() < TOLERANCE, "{a:?} {b:?}");
            let lid = |networks: &mut Networks| networks.bin(picture, region).unwrap();
            let Some((a, b)) = lid(&mut first).zip(lid(&mut second)) else { continue };
            bins += 1;
            assert!((a.closed - b.closed).abs() < TOLERANCE && (a.open - b.open).abs() < TOLERANCE, "{a:?} {b:?}");
        }
    }
    assert!(heads > 0, "no heads to compare");
    println!("{} pictures, {heads} heads, {bins} of them also read as bins: all the same", pictures.len());
}
