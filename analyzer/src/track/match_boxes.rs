//! Which box of one picture is which of the next.

use mingchu_domain::geometry::BBox;

/// Below this a pair is not the same person.
const LEAST_LIKENESS: f32 = 0.15;

/// Returns pairs (index in `expected`, index in `found`), the most alike first, each index at most once.
///
/// Greedy: with the few persons of a kitchen it differs from the best assignment only where two cross, and ties are
/// broken by index, so the result depends on nothing else.
pub(super) fn match_boxes(expected: &[BBox], found: &[BBox]) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
    for (e, a) in expected.iter().enumerate() {
        for (f, b) in found.iter().enumerate() {
            let likeness = likeness(*a, *b);
            if likeness >= LEAST_LIKENESS {
                pairs.push((likeness, e, f));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    let mut chosen: Vec<(usize, usize)> = Vec::new();
    for (_, e, f) in pairs {
        if chosen.iter().all(|&(ce, cf)| ce != e && cf != f) {
            chosen.push((e, f));
        }
    }
    chosen
}

/// Returns 0..1: overlap, or half of it for the nearness of the middles.
///
/// At 2 pictures a second a walker may leave his own box, so overlap alone would lose him.
fn likeness(a: BBox, b: BBox) -> f32 {
    let (width, height) = (f32::midpoint(a.width(), b.width()), f32::midpoint(a.height(), b.height()));
    if width <= 0.0 || height <= 0.0 {
        return 0.0;
    }
    let (p, q) = (a.center(), b.center());
    // One body width aside or half a body height up: no longer near.
    let apart = ((p.x - q.x) / width).hypot((p.y - q.y) / (0.5 * height));
    let size = (a.height() / b.height()).min(b.height() / a.height());
    a.iou(b).max(0.5 * (1.0 - apart).max(0.0) * size)
}
