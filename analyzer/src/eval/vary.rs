//! Fresh noise, exposure and compression for each picture of a loop, so that no two are the same.

use crate::{
    cv::{self, CvError},
    picture::Picture,
};
use mingchu_domain::geometry::BBox;
use std::time::Duration;

const WHOLE: BBox = BBox { x1: 0.0, y1: 0.0, x2: 1.0, y2: 1.0 };
/// Exposure drifts by this share, up and down, in this time.
const DRIFT: (f32, f32) = (0.2, 240.0);
/// Grey levels of noise at most, and JPEG qualities.
const NOISE: f32 = 5.0;
const QUALITIES: [u8; 4] = [25, 40, 60, 80];

/// What changes from picture to picture; the same seed gives the same weather.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weather {
    pub(super) seed: u32,
}

impl Weather {
    /// Returns the picture as it is `since` the start: other noise, exposure and compression each time.
    pub(super) fn over(self, picture: &Picture, since: Duration) -> Result<Picture, CvError> {
        let phase = since.as_secs_f32() / DRIFT.1 * std::f32::consts::TAU;
        let gain = 1.0 + DRIFT.0 * phase.sin();
        let mut state = (u32::try_from(since.as_millis() % 100_000_007).unwrap_or(0) ^ self.seed)
            .wrapping_mul(747_796_405)
            .wrapping_add(2_891_336_453);
        let quality = QUALITIES[usize::try_from(state >> 16).unwrap_or(0) % QUALITIES.len()];
        let levels = picture.bgr().iter().map(|&level| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let speckle = ((state >> 16) as f32 / 32_767.5 - 1.0) * NOISE;
            to_level(f32::from(level) * gain + speckle)
        });
        let noisy = Picture::new(picture.at(), picture.width(), picture.height(), levels.collect::<Vec<u8>>().into());
        let Ok(noisy) = noisy else { return Ok(picture.clone()) };
        let jpeg = cv::jpeg(&noisy, WHOLE, u32::MAX, quality)?;
        Ok(cv::read_jpeg(&jpeg, picture.at())?.unwrap_or(noisy))
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
fn to_level(value: f32) -> u8 {
    value.clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use mingchu_domain::time::WallTime;

    #[test]
    fn no_two_pictures_are_the_same_and_the_same_moment_gives_the_same() {
        let grey = Picture::new(WallTime::default(), 64, 36, vec![100; 64 * 36 * 3].into()).unwrap();
        let weather = Weather { seed: 1 };
        let at = |s: u64| weather.over(&grey, Duration::from_secs(s)).unwrap().bgr().to_vec();
        assert_eq!(at(3), at(3));
        assert!(at(3) != at(4));
        let mean = |pixels: Vec<u8>| pixels.iter().map(|&p| f32::from(p)).sum::<f32>() / (64.0 * 36.0 * 3.0);
        let (bright, dark) = (mean(at(60)), mean(at(180)));
        assert!((bright - 120.0).abs() < 3.0 && (dark - 80.0).abs() < 3.0, "{bright} {dark}");
    }
}
