//! Boxes and polygons, relative to the whole picture: 0..1, origin top left.

use serde::{Deserialize, Serialize};

/// A rectangle relative to the picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default)]
pub struct BBox {
    /// Left edge, 0..1.
    pub x1: f32,
    /// Top edge, 0..1.
    pub y1: f32,
    /// Right edge, 0..1.
    pub x2: f32,
    /// Bottom edge, 0..1.
    pub y2: f32,
}

impl BBox {
    /// Returns the rectangle with its edges clipped to the picture.
    #[must_use]
    pub fn clipped(self) -> Self {
        Self {
            x1: self.x1.clamp(0.0, 1.0),
            y1: self.y1.clamp(0.0, 1.0),
            x2: self.x2.clamp(0.0, 1.0),
            y2: self.y2.clamp(0.0, 1.0),
        }
    }
    /// Returns the width, 0 when reversed.
    #[must_use]
    pub fn width(self) -> f32 {
        (self.x2 - self.x1).max(0.0)
    }
    /// Returns the height, 0 when reversed.
    #[must_use]
    pub fn height(self) -> f32 {
        (self.y2 - self.y1).max(0.0)
    }
    /// Returns the area, 0..1 inside the picture.
    #[must_use]
    pub fn area(self) -> f32 {
        self.width() * self.height()
    }
    /// Returns the point where a standing person touches the floor: the middle of the lower edge.
    #[must_use]
    pub fn foot(self) -> Point {
        Point { x: f32::midpoint(self.x1, self.x2), y: self.y2 }
    }
    /// Returns the middle.
    #[must_use]
    pub fn center(self) -> Point {
        Point { x: f32::midpoint(self.x1, self.x2), y: f32::midpoint(self.y1, self.y2) }
    }
    /// Returns intersection over union, 0..1.
    #[must_use]
    pub fn iou(self, other: Self) -> f32 {
        let shared = Self {
            x1: self.x1.max(other.x1),
            y1: self.y1.max(other.y1),
            x2: self.x2.min(other.x2),
            y2: self.y2.min(other.y2),
        }
        .area();
        let union = self.area() + other.area() - shared;
        if union > 0.0 { shared / union } else { 0.0 }
    }
}

/// A point relative to the picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// 0..1 from the left.
    pub x: f32,
    /// 0..1 from the top.
    pub y: f32,
}

/// A zone's outline: at least three corners, inside the picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Point>", into = "Vec<Point>")]
pub struct Polygon(Vec<Point>);

/// Why corners make no zone.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum InvalidPolygon {
    /// Fewer than three corners.
    #[error("a zone needs at least 3 corners, got {0}")]
    TooFew(usize),
    /// A corner outside 0..1.
    #[error("corner {0} lies outside the picture; x and y go from 0 to 1")]
    Outside(usize),
    /// Two edges cross.
    #[error("the edge after corner {0} crosses the edge after corner {1}; a zone's outline must not cross itself")]
    Crossing(usize, usize),
    /// More corners than anybody can see.
    #[error("a zone has at most 64 corners, got {0}")]
    TooMany(usize),
}

impl TryFrom<Vec<Point>> for Polygon {
    type Error = InvalidPolygon;
    fn try_from(corners: Vec<Point>) -> Result<Self, InvalidPolygon> {
        if corners.len() < 3 {
            return Err(InvalidPolygon::TooFew(corners.len()));
        }
        if corners.len() > 64 {
            return Err(InvalidPolygon::TooMany(corners.len()));
        }
        let inside = |p: &Point| (0.0..=1.0).contains(&p.x) && (0.0..=1.0).contains(&p.y);
        if let Some(index) = corners.iter().position(|p| !inside(p)) {
            return Err(InvalidPolygon::Outside(index + 1));
        }
        match crossing(&corners) {
            Some((a, b)) => Err(InvalidPolygon::Crossing(a + 1, b + 1)),
            None => Ok(Self(corners)),
        }
    }
}

/// Returns two edges that cross or touch though they are no neighbours, by their first corner.
fn crossing(corners: &[Point]) -> Option<(usize, usize)> {
    let n = corners.len();
    let edge = |index: usize| (corners[index], corners[(index + 1) % n]);
    let turn = |a: Point, b: Point, c: Point| (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
    let cross = |first: usize, second: usize| {
        let ((a, b), (c, d)) = (edge(first), edge(second));
        let (of_cd, of_ab) = (turn(a, b, c) * turn(a, b, d), turn(c, d, a) * turn(c, d, b));
        let overlap = |a: f32, b: f32, c: f32, d: f32| a.min(b) <= c.max(d) && c.min(d) <= a.max(b);
        of_cd <= 0.0 && of_ab <= 0.0 && overlap(a.x, b.x, c.x, d.x) && overlap(a.y, b.y, c.y, d.y)
    };
    let pairs = (0..n).flat_map(|first| (first + 2..n).map(move |second| (first, second)));
    pairs.filter(|&(first, second)| (second + 1) % n != first).find(|&(first, second)| cross(first, second))
}

impl From<Polygon> for Vec<Point> {
    fn from(polygon: Polygon) -> Self {
        polygon.0
    }
}

impl Polygon {
    /// Returns the outline of the whole picture.
    #[must_use]
    pub fn whole() -> Self {
        Self(vec![
            Point { x: 0.0, y: 0.0 },
            Point { x: 1.0, y: 0.0 },
            Point { x: 1.0, y: 1.0 },
            Point { x: 0.0, y: 1.0 },
        ])
    }
    /// Returns the corners in order.
    #[must_use]
    pub fn corners(&self) -> &[Point] {
        &self.0
    }
    /// Tells whether `p` lies inside, by crossings of the ray to the right.
    #[must_use]
    pub fn contains(&self, p: Point) -> bool {
        let ends = self.0.iter().zip(self.0.iter().cycle().skip(1));
        ends.filter(|(a, b)| (a.y > p.y) != (b.y > p.y) && p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x).count()
            % 2
            == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_box() -> impl Strategy<Value = BBox> {
        (0.0f32..0.9, 0.0f32..0.9, 0.01f32..0.1, 0.01f32..0.1).prop_map(|(x, y, w, h)| BBox {
            x1: x,
            y1: y,
            x2: x + w,
            y2: y + h,
        })
    }

    proptest! {
        #[test]
        fn overlap_is_symmetric_and_bounded(a in any_box(), b in any_box()) {
            prop_assert!((a.iou(b) - b.iou(a)).abs() < 1e-6);
            prop_assert!((0.0..=1.0 + 1e-5).contains(&a.iou(b)));
            prop_assert!((a.iou(a) - 1.0).abs() < 1e-4);
        }

        #[test]
        fn the_whole_picture_holds_every_inner_point(x in 0.001f32..0.999, y in 0.001f32..0.999) {
            let inside = Polygon::whole().contains(Point { x, y });
            prop_assert!(inside);
        }
    }

    #[test]
    fn a_zone_outside_the_picture_is_refused_by_corner() {
        let corners = vec![Point { x: 0.0, y: 0.0 }, Point { x: 1.2, y: 0.0 }, Point { x: 1.0, y: 1.0 }];
        assert_eq!(Polygon::try_from(corners), Err(InvalidPolygon::Outside(2)));
    }

    #[test]
    fn an_outline_that_crosses_itself_is_refused_by_edges() {
        let polygon = |corners: &[(f32, f32)]| {
            Polygon::try_from(corners.iter().map(|&(x, y)| Point { x, y }).collect::<Vec<_>>())
        };
        let bow_tie = [(0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)];
        assert_eq!(polygon(&bow_tie), Err(InvalidPolygon::Crossing(1, 3)));
        let star = [(0.5, 0.0), (0.8, 0.9), (0.0, 0.35), (1.0, 0.35), (0.2, 0.9)];
        assert!(matches!(polygon(&star), Err(InvalidPolygon::Crossing(..))));
        assert!(polygon(&[(0.5, 0.0), (0.8, 0.9), (0.0, 0.35)]).is_ok());
        assert!(polygon(&[(0.1, 0.1), (0.9, 0.1), (0.5, 0.5), (0.9, 0.9), (0.1, 0.9)]).is_ok());
    }

    #[test]
    fn an_l_shaped_zone_excludes_its_notch() {
        let corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.5, 0.5), (0.5, 1.0), (0.0, 1.0)];
        let zone = Polygon::try_from(corners.map(|(x, y)| Point { x, y }).to_vec()).unwrap();
        assert!(zone.contains(Point { x: 0.25, y: 0.75 }));
        assert!(!zone.contains(Point { x: 0.75, y: 0.75 }));
    }
}
