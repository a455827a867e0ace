//! The same models on ONNX Runtime and on OpenCV say the same.

#![allow(clippy::unwrap_used, reason = "clippy knows test functions, not their helpers")]

mod play;

use mingchu_analyzer::{
    Picture,
    detect::{Detector, Networks, Provider, Runtime},
    find,
    models::ModelSet,
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
    let mut heads = 0;
    for picture in &pictures {
        let (a, b) = (first.persons(picture).unwrap().unwrap(), second.persons(picture).unwrap().unwrap());
        assert_eq!(a.len(), b.len());
        for (a, b) in a.iter().zip(&b) {
            assert!(near(a.bbox, b.bbox) && (a.score - b.score).abs() < TOLERANCE, "{a:?} {b:?}");
            let Some(head) = mingchu_analyzer::track::head::head_of(a.bbox, picture.aspect()) else { continue };
            heads += 1;
            let covered = |networks: &mut Networks| networks.covered(picture, head).unwrap().unwrap();
            assert!((covered(&mut first) - covered(&mut second)).abs() < TOLERANCE);
            let around = mingchu_analyzer::track::head::square_around(head, 3.0, picture.aspect());
            let faces = |networks: &mut Networks| networks.faces(picture, around).unwrap().unwrap();
            let (a, b) = (faces(&mut first), faces(&mut second));
            assert_eq!(a.len(), b.len());
            for (a, b) in a.iter().zip(&b) {
                assert!(near(a.bbox, b.bbox) && (a.bare - b.bare).abs() < TOLERANCE, "{a:?} {b:?}");
            }
        }
    }
    assert!(heads > 0, "no heads to compare");
    println!("{} pictures, {heads} heads: all the same", pictures.len());
}
