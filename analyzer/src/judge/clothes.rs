//! Work clothes by their colours: classical statistics on the torso. Advice only. Pure.
//!
//! A canteen registers the colours of its work clothes; a torso that shows hardly any of them wears something else.

use super::bands::Judgement;
use mingchu_domain::{geometry::BBox, rule::WhyNot};

/// Colours within this distance are the same; brightness counts for a third, because it follows the light.
const SAME: f32 = 36.0;
const BRIGHTNESS_WEIGHT: f32 = 0.33;
/// Share of the torso in registered colours from which it is work clothes, and up to which it is none.
const WORN: f32 = 0.45;
const NOT_WORN: f32 = 0.15;
/// Torsos narrower than this show more of the neighbours than of the clothes.
const LEAST_PX: f32 = 24.0;

/// Colours of work clothes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Palette(Vec<[f32; 3]>);

impl Palette {
    /// Returns the palette of colours written as `#ffffff`; others are left out.
    #[must_use]
    pub fn of(colours: &[String]) -> Self {
        let parse = |text: &String| {
            let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
            let channel = |from: usize| u8::from_str_radix(&digits[from..from + 2], 16).ok();
            Some(opponent([channel(4)?, channel(2)?, channel(0)?]))
        };
        Self(colours.iter().filter_map(parse).collect())
    }

    /// Whether nobody has registered a colour.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Judges the packed blue, green, red pixels of a torso that is `width_px` wide in the picture.
    #[must_use]
    pub fn judge(&self, torso: &[u8], width_px: f32) -> Judgement {
        if self.is_empty() {
            return Judgement::cannot(WhyNot::NoReference);
        }
        if width_px < LEAST_PX || torso.len() < 3 {
            return Judgement::cannot(WhyNot::TooSmall);
        }
        let pixels = torso.chunks_exact(3).map(|p| opponent([p[0], p[1], p[2]]));
        let worn = pixels.filter(|&pixel| self.0.iter().any(|&known| distance(pixel, known) < SAME)).count();
        let share = worn as f32 / (torso.len() / 3) as f32;
        if share >= WORN {
            Judgement::compliant(share.min(1.0))
        } else if share <= NOT_WORN {
            Judgement::violating(1.0 - share)
        } else {
            Judgement::cannot(WhyNot::Unsure)
        }
    }
}

/// Returns where the clothes of a standing person are: below the head, between the arms.
#[must_use]
pub fn torso_of(person: BBox) -> BBox {
    let (w, h) = (person.width(), person.height());
    BBox { x1: person.x1 + 0.28 * w, y1: person.y1 + 0.24 * h, x2: person.x2 - 0.28 * w, y2: person.y1 + 0.52 * h }
}

/// Brightness and two colour differences (ITU-R BT.601) of a blue, green, red pixel.
fn opponent([b, g, r]: [u8; 3]) -> [f32; 3] {
    let (b, g, r) = (f32::from(b), f32::from(g), f32::from(r));
    let y = 0.299 * r + 0.587 * g + 0.114 * b;
    [y, 0.564 * (b - y), 0.713 * (r - y)]
}

fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    let d = [(a[0] - b[0]) * BRIGHTNESS_WEIGHT, a[1] - b[1], a[2] - b[2]];
    d.iter().map(|v| v * v).sum::<f32>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mingchu_domain::violation::Observation;

    fn torso(bgr: [u8; 3], of_it: usize) -> Vec<u8> {
        let other = [40u8, 40, 160];
        (0..256).flat_map(|i| if i < of_it { bgr } else { other }).collect()
    }

    #[test]
    fn white_clothes_are_worn_also_in_the_shade() {
        let white = Palette::of(&["#ffffff".into()]);
        assert_eq!(white.judge(&torso([235, 238, 240], 250), 60.0).state, Observation::Compliant);
        assert_eq!(white.judge(&torso([170, 172, 175], 250), 60.0).state, Observation::Compliant);
        assert_eq!(white.judge(&torso([60, 60, 200], 0), 60.0).state, Observation::Violating);
    }

    #[test]
    fn an_apron_over_the_clothes_is_not_judged() {
        let white = Palette::of(&["#ffffff".into()]);
        assert_eq!(white.judge(&torso([240, 240, 240], 70), 60.0), Judgement::cannot(WhyNot::Unsure));
        assert_eq!(white.judge(&torso([240, 240, 240], 250), 20.0), Judgement::cannot(WhyNot::TooSmall));
    }

    #[test]
    fn without_registered_colours_nobody_is_judged() {
        assert_eq!(Palette::of(&["white".into()]).judge(&torso([0, 0, 0], 256), 60.0).why, Some(WhyNot::NoReference));
    }
}
