//! Zones from a file: what a person draws, with what can be wrong about it said by name.

use mingchu_domain::{
    geometry::{Point, Polygon},
    place::ZoneKind,
};
use serde::Deserialize;
use std::path::Path;

/// What an outline surrounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoneUse {
    /// A part of the room, where persons stand.
    Room(ZoneKind),
    /// A waste bin, whose lid is looked at.
    Bin,
}

/// A zone with the name it has in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedZone {
    /// Its name; the kind's where the file gives none.
    pub name: String,
    /// What it surrounds.
    pub kind: ZoneUse,
    /// Its outline.
    pub outline: Polygon,
}

/// A zones file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ZonesError {
    /// The file cannot be read.
    #[error("zones file {path} cannot be read")]
    Unreadable {
        /// Which file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no list of zones.
    #[error(
        "zones file {path} is no list of zones as [{{\"name\": \"…\", \"kind\": \"serving\", \"outline\": [[0.1, 0.2], …]}}]"
    )]
    Format {
        /// Which file.
        path: String,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A zone is wrong.
    #[error("zones file {path}, zone {number} ({name}): {detail}")]
    Zone {
        /// Which file.
        path: String,
        /// Which zone, from 1.
        number: usize,
        /// Its name.
        name: String,
        /// What is wrong and what to do.
        detail: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    name: String,
    kind: String,
    outline: Vec<Corner>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Corner {
    Pair([f32; 2]),
    Point(Point),
}

/// Reads zones: a JSON list of `name`, `kind` and `outline`, whose corners go from 0 to 1 across and down the picture.
///
/// # Errors
/// Names the zone and the corner that is wrong.
pub fn read_zones(path: &Path) -> Result<Vec<NamedZone>, ZonesError> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| ZonesError::Unreadable { path: name.clone(), source })?;
    let written: Vec<Written> =
        serde_json::from_str(&text).map_err(|source| ZonesError::Format { path: name.clone(), source })?;
    let numbered = written.into_iter().enumerate();
    let read = |(index, zone): (usize, Written)| {
        let wrong =
            |detail| ZonesError::Zone { path: name.clone(), number: index + 1, name: zone.name.clone(), detail };
        zone_of(&zone).map_err(wrong)
    };
    numbered.map(read).collect()
}

fn zone_of(written: &Written) -> Result<NamedZone, String> {
    let (kind, usual_name) = match ZoneKind::parse(&written.kind) {
        Some(kind) => (ZoneUse::Room(kind), kind.zh()),
        None if written.kind == "bin" => (ZoneUse::Bin, "垃圾桶"),
        None => {
            let words: Vec<&str> = ZoneKind::ALL.iter().map(|kind| kind.as_str()).collect();
            return Err(format!("kind \"{}\" is unknown; it is bin or one of {}", written.kind, words.join(", ")));
        }
    };
    let corner = |corner: &Corner| match *corner {
        Corner::Pair([x, y]) => Point { x, y },
        Corner::Point(point) => point,
    };
    let corners: Vec<Point> = written.outline.iter().map(corner).collect();
    if let Some((first, second)) = crossing(&corners) {
        return Err(format!(
            "its sides {first} and {second} cross; name the corners in the order in which they are walked"
        ));
    }
    let outline = Polygon::try_from(corners).map_err(|error| error.to_string())?;
    let name = if written.name.is_empty() { usual_name.to_owned() } else { written.name.clone() };
    Ok(NamedZone { name, kind, outline })
}

/// Returns the numbers, from 1, of two sides that cross; side `n` goes from corner `n` to the next.
fn crossing(corners: &[Point]) -> Option<(usize, usize)> {
    let side = |index: usize| (corners[index], corners[(index + 1) % corners.len()]);
    let pairs = (0..corners.len()).flat_map(|a| (a + 1..corners.len()).map(move |b| (a, b)));
    let mut crossed = pairs.filter(|&(a, b)| cross(side(a), side(b)));
    crossed.next().map(|(a, b)| (a + 1, b + 1))
}

/// Whether two sides cross in a point that is an end of neither.
fn cross((a, b): (Point, Point), (c, d): (Point, Point)) -> bool {
    let turn = |p: Point, q: Point, r: Point| (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x);
    turn(a, b, c) * turn(a, b, d) < 0.0 && turn(c, d, a) * turn(c, d, b) < 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<NamedZone>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("zones.json");
        std::fs::write(&path, text).unwrap();
        read_zones(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn a_zone_may_write_its_corners_as_pairs_or_points() {
        let zones = read(
            r#"[{"name":"左","kind":"serving","outline":[[0,0],[0.5,0],[0.5,1],{"x":0,"y":1}]},
                {"kind":"cooking","outline":[[0.5,0],[1,0],[1,1]]}]"#,
        )
        .unwrap();
        assert_eq!((zones[0].kind, zones[0].name.as_str()), (ZoneUse::Room(ZoneKind::Serving), "左"));
        assert_eq!(zones[1].name, "烹饪间");
        assert!(zones[0].outline.contains(Point { x: 0.2, y: 0.5 }));
    }

    #[test]
    fn what_is_wrong_with_a_zone_is_named() {
        let outside = read(r#"[{"name":"a","kind":"serving","outline":[[0,0],[1.5,0],[1,1]]}]"#).unwrap_err();
        assert!(outside.contains("zone 1 (a): corner 2 lies outside the picture"), "{outside}");
        let bow = r#"[{"kind":"serving","outline":[[0,0],[1,0],[1,1]]},{"name":"b","kind":"serving","outline":[[0,0],[1,1],[1,0],[0,1]]}]"#;
        let crossed = read(bow).unwrap_err();
        assert!(crossed.contains("zone 2 (b): its sides 1 and 3 cross"), "{crossed}");
        assert!(read(r#"[{"kind":"kitchen","outline":[]}]"#).unwrap_err().contains("kind \"kitchen\" is unknown"));
        assert!(read(r#"[{"kind":"serving","outline":[[0,0],[1,0]]}]"#).unwrap_err().contains("at least 3 corners"));
        assert!(read("{}").unwrap_err().contains("is no list of zones"));
    }
}
