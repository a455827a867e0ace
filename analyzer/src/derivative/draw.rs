//! What is written into public pictures: where and when they were taken, and the card that stands for none.

use super::{
    canvas::Canvas,
    letters::{Letters, NoLetters, font},
};
use mingchu_domain::{derivative::china_clock, time::WallTime};
use std::path::Path;

/// Height of the line under a picture.
const STRIP: usize = 24;
const LINE_PX: f32 = 15.0;
const CARD_PX: f32 = 30.0;
const SMALL_PX: f32 = 16.0;
const WHITE: [u8; 3] = [255, 255, 255];
const GREY: [u8; 3] = [190, 190, 190];
/// Blue green red of a card.
pub(super) const CARD_COLOUR: [u8; 3] = [58, 48, 40];

/// Why a card stands where a picture should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Card {
    /// The background is being learnt.
    Preparing,
    /// No treated picture, whatever the reason.
    Unavailable,
}

impl Card {
    const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Preparing => ("正在准备画面", "Preparing the picture"),
            Self::Unavailable => ("暂时无法提供画面", "Picture temporarily not available"),
        }
    }
}

/// Writes for one camera.
pub(super) struct Pen {
    title: String,
    line: Letters,
    card: Letters,
    small: Letters,
}

impl Pen {
    /// Reads the letters that this camera's pictures need; reads the font from the disk.
    pub(super) fn new(wished: Option<&Path>, title: &str) -> Result<Self, NoLetters> {
        let font = font(wished)?;
        let texts = [Card::Preparing, Card::Unavailable].map(Card::texts);
        let line = Letters::read(&font, &format!("{title}0123456789-: "), LINE_PX)?;
        let card = Letters::read(&font, &texts.map(|(zh, _)| zh).concat(), CARD_PX)?;
        let small = Letters::read(&font, &texts.map(|(_, en)| en).concat(), SMALL_PX)?;
        Ok(Self { title: title.to_owned(), line, card, small })
    }

    /// Writes the canteen, the camera and the time into the lower edge.
    #[expect(clippy::cast_precision_loss, reason = "picture sizes")]
    pub(super) fn sign(&self, canvas: &mut Canvas, at: WallTime) {
        let (width, height) = (canvas.width(), canvas.height());
        for y in height.saturating_sub(STRIP)..height {
            (0..width).for_each(|x| canvas.mix((x, y), [0, 0, 0], 0.6));
        }
        let clock = china_clock(at);
        let (top, end) = (height.saturating_sub(STRIP - 1) as f32, width as f32 - 6.0);
        let begin = end - self.line.width(&clock);
        self.line.draw(canvas, &self.title, (6.0, top), begin - 8.0, WHITE);
        self.line.draw(canvas, &clock, (begin, top), end + 1.0, WHITE);
    }

    /// Returns the card, signed.
    #[expect(clippy::cast_precision_loss, reason = "picture sizes")]
    pub(super) fn card(&self, (width, height): (usize, usize), card: Card, at: WallTime) -> Canvas {
        let mut canvas = Canvas::plain(width, height, CARD_COLOUR);
        let (zh, en) = card.texts();
        let (middle, end) = (height as f32 * 0.42, width as f32);
        let left = |text_width: f32| ((end - text_width) / 2.0).max(0.0);
        self.card.draw(&mut canvas, zh, (left(self.card.width(zh)), middle - CARD_PX), end, WHITE);
        self.small.draw(&mut canvas, en, (left(self.small.width(en)), middle + SMALL_PX), end, GREY);
        self.sign(&mut canvas, at);
        canvas
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_one_colour_with_letters_and_the_canteen_s_name() {
        let pen = match Pen::new(None, "第一小学食堂 烹饪间") {
            Ok(pen) => pen,
            Err(error) => panic!("{error}"),
        };
        let card = pen.card((640, 360), Card::Unavailable, WallTime::default());
        let lit = |rows: std::ops::Range<usize>| {
            let part = &card.bgr()[rows.start * 640 * 3..rows.end * 640 * 3];
            part.chunks_exact(3).filter(|pixel| pixel.iter().all(|&part| part > 150)).count()
        };
        assert!(lit(100..160) > 500, "{} pixels of Chinese", lit(100..160));
        assert!(lit(160..200) > 200, "{} pixels of English", lit(160..200));
        assert!(lit(336..360) > 200, "{} pixels of canteen and time", lit(336..360));
        assert_eq!(lit(0..90), 0);
    }

    #[test]
    fn a_title_too_long_leaves_the_time_readable() {
        let pen = Pen::new(None, &"长".repeat(90)).unwrap();
        let mut canvas = Canvas::plain(320, 180, [0, 0, 0]);
        pen.sign(&mut canvas, WallTime::default());
        #[expect(clippy::cast_possible_truncation, reason = "less than 320 pixels")]
        let width = pen.line.width("1970-01-01 08:00:00") as i32;
        let begin = 320 - 6 - usize::try_from(width).unwrap();
        let is_lit = |x: usize| (156..180).any(|y| canvas.bgr()[(y * 320 + x) * 3] > 150);
        assert!(!(begin - 7..begin - 1).any(is_lit) && (begin..314).any(is_lit));
    }

    #[test]
    fn a_missing_font_is_named() {
        let error = Pen::new(Some(Path::new("/nowhere/font.ttf")), "x").err().unwrap().to_string();
        assert!(error.contains("/nowhere/font.ttf") && error.contains("analyzer.public.font"), "{error}");
    }
}
