//! In which zones a track stands, with inertia: a foot on the line does not flip the rule that binds.

use mingchu_domain::{
    geometry::{BBox, Point, Polygon},
    id::ZoneId,
    place::ZoneKind,
    rule::{Duty, Rule, RuleCode},
};
use std::collections::BTreeSet;

/// Pictures in a row that it takes to change zones; the first picture of a track places it at once.
const INERTIA: u32 = 3;

/// A zone of the camera's picture.
#[derive(Debug, Clone)]
pub struct Zone {
    /// Its id.
    pub id: ZoneId,
    /// Its kind.
    pub kind: ZoneKind,
    /// Its outline.
    pub outline: Polygon,
}

/// The zones a track stands in, as indices.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    is_placed: bool,
    current: Vec<usize>,
    next: Vec<usize>,
    next_for: u32,
}

impl Place {
    pub(super) fn stand(&mut self, person: BBox, zones: &[Zone]) {
        let foot = on_the_floor(person);
        let here: Vec<usize> = (0..zones.len()).filter(|&index| zones[index].outline.contains(foot)).collect();
        if here == self.current || !self.is_placed {
            *self = Self { is_placed: true, current: here, ..Self::default() };
            return;
        }
        self.next_for = if here == self.next { self.next_for + 1 } else { 1 };
        self.next = here;
        if self.next_for >= INERTIA {
            self.current = std::mem::take(&mut self.next);
            self.next_for = 0;
        }
    }

    /// Returns the zone in which `rule` binds most, and how; `off` says where a person switched it off.
    pub(super) fn binding<'z>(
        &self,
        rule: &Rule,
        zones: &'z [Zone],
        off: &BTreeSet<(ZoneId, RuleCode)>,
    ) -> Option<(&'z Zone, Duty)> {
        let rank = |duty| match duty {
            Duty::Must => 2,
            Duty::Advisory => 1,
            Duty::Off => 0,
        };
        let here = self.current.iter().map(|&index| (&zones[index], rule.duty(zones[index].kind)));
        let here = here.filter(|(zone, _)| !off.contains(&(zone.id, rule.code)));
        here.filter(|&(_, duty)| duty != Duty::Off).max_by_key(|&(_, duty)| rank(duty))
    }
}

/// Returns where the person stands, a hair inside the picture: a person cut off below has the foot on its edge.
fn on_the_floor(person: BBox) -> Point {
    let foot = person.foot();
    Point { x: foot.x.clamp(0.001, 0.999), y: foot.y.clamp(0.001, 0.999) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mingchu_domain::rule::RulePack;

    fn left_half(kind: ZoneKind) -> Zone {
        let corners = [(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)].map(|(x, y)| Point { x, y });
        Zone { id: ZoneId::generate(), kind, outline: corners.to_vec().try_into().unwrap() }
    }

    fn person(x: f32) -> BBox {
        BBox { x1: x - 0.05, y1: 0.3, x2: x + 0.05, y2: 1.0 }
    }

    #[test]
    fn a_step_over_the_line_changes_the_zone_only_after_three_pictures() {
        let zones = [left_half(ZoneKind::Serving)];
        let rule = RulePack::national().rule(RuleCode::NoMask).unwrap().clone();
        let mut place = Place::default();
        let binds = |place: &Place| place.binding(&rule, &zones, &BTreeSet::new()).map(|(_, duty)| duty);
        place.stand(person(0.2), &zones);
        for x in [0.7, 0.7, 0.3, 0.7, 0.7, 0.7] {
            assert_eq!(binds(&place), Some(Duty::Must));
            place.stand(person(x), &zones);
        }
        assert_eq!(binds(&place), None);
    }

    #[test]
    fn where_zones_overlap_the_stricter_duty_binds() {
        let zones = [left_half(ZoneKind::Cooking), left_half(ZoneKind::Serving)];
        let rule = RulePack::national().rule(RuleCode::NoMask).unwrap().clone();
        let mut place = Place::default();
        place.stand(person(0.2), &zones);
        assert_eq!(place.binding(&rule, &zones, &BTreeSet::new()).unwrap().0.kind, ZoneKind::Serving);
    }
}
