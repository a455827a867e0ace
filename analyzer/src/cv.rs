//! The only place with OpenCV types: crops, resizes, network inputs, JPEG, the small grey picture.

use crate::{detect::Tensor, picture::Picture};
use mingchu_domain::geometry::BBox;
use opencv::{
    boxed_ref::BoxedRef,
    core::{CV_32F, Mat, Point, Rect, Scalar, Size, Vec3b, Vector},
    dnn, imgcodecs, imgproc,
    prelude::*,
};

/// An OpenCV call that failed.
#[derive(Debug, thiserror::Error)]
#[error("OpenCV refused")]
pub struct CvError(#[from] opencv::Error);

/// How pixels become network input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pixels {
    /// Red, green, blue, 0..1.
    RgbUnit,
    /// Red, green, blue, -1..1.
    RgbSigned,
}

/// Keeps OpenCV to the calling thread: the workers are the parallelism.
pub fn use_one_thread() {
    if let Err(error) = opencv::core::set_num_threads(1) {
        tracing::warn!(error = %error, "cannot keep OpenCV to one thread");
    }
}

/// Returns the part `region` of the picture resized to `side` x `side` without keeping its aspect, as
/// `[1, 3, side, side]`.
///
/// # Errors
/// When OpenCV fails.
pub fn square_input(picture: &Picture, region: BBox, side: u16, pixels: Pixels) -> Result<Tensor, CvError> {
    let whole = mat_of(picture)?;
    let part = Mat::roi(&whole, pixel_rect(picture, region))?;
    let (scale, mean) = match pixels {
        Pixels::RgbUnit => (1.0 / 255.0, 0.0),
        Pixels::RgbSigned => (1.0 / 127.5, 127.5),
    };
    let size = Size::new(i32::from(side), i32::from(side));
    let blob = dnn::blob_from_image(&part, scale, size, Scalar::all(mean), true, false, CV_32F)?;
    tensor_of(&blob)
}

/// Returns the picture fitted into the top left of `(width, height)` pixels, the rest grey (114), blue green red 0..255,
/// as `[1, 3, height, width]`, and the scale from picture to input.
///
/// # Errors
/// When OpenCV fails.
pub fn letterbox_input(picture: &Picture, (width, height): (u16, u16)) -> Result<(Tensor, f32), CvError> {
    let (across, down) = (f32::from(width) / picture.width() as f32, f32::from(height) / picture.height() as f32);
    let scale = across.min(down);
    let fit = |length: u32, most: u16| round(length as f32 * scale).clamp(1, i32::from(most));
    let size = Size::new(fit(picture.width(), width), fit(picture.height(), height));
    let mut small = Mat::default();
    imgproc::resize(&mat_of(picture)?, &mut small, size, 0.0, 0.0, imgproc::INTER_LINEAR)?;
    let (width, height) = (usize::from(width), usize::from(height));
    let mut data = vec![114.0; 3 * width * height];
    let row_bytes = usize::try_from(size.width).unwrap_or(0) * 3;
    // Straight into the network's planes: a padded copy, a blob and a copy of that took a millisecond more.
    for (channel, plane) in data.chunks_exact_mut(width * height).enumerate() {
        for (row, line) in plane.chunks_exact_mut(width).zip(small.data_bytes()?.chunks_exact(row_bytes)) {
            for (level, pixel) in row.iter_mut().zip(line.chunks_exact(3)) {
                *level = f32::from(pixel[channel]);
            }
        }
    }
    Ok((Tensor { shape: vec![1, 3, height, width], data }, scale))
}

/// Reads a JPEG, PNG or other picture that OpenCV knows, upright where it says how it was held.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn read_picture(bytes: &[u8]) -> Result<Picture, String> {
    let is_jpeg = bytes.starts_with(&[0xff, 0xd8]);
    let last = |marker: u8| bytes.windows(2).rposition(|pair| pair == [0xff, marker]);
    // libjpeg fills what is missing with grey and says nothing. A thumbnail has an end (0xd9) of its own, before the
    // last scan (0xda).
    if is_jpeg && last(0xd9) <= last(0xda) {
        return Err("it is cut short".to_owned());
    }
    let decoded = imgcodecs::imdecode(&Vector::<u8>::from_slice(bytes), imgcodecs::IMREAD_COLOR);
    let decoded = decoded.map_err(|error| error.message)?;
    let pixels = decoded.data_bytes().map_err(|error| error.message)?;
    let side = |length: i32| u32::try_from(length).unwrap_or(0);
    let picture = Picture::new(
        mingchu_domain::time::WallTime::default(),
        side(decoded.cols()),
        side(decoded.rows()),
        bytes::Bytes::copy_from_slice(pixels),
    );
    picture.map_err(|_| "it is damaged, or no JPEG or PNG".to_owned())
}

/// A box to draw.
pub struct Mark {
    /// Where, relative to the picture.
    pub bbox: BBox,
    /// Blue, green, red.
    pub bgr: [u8; 3],
    /// What is written above it, ASCII.
    pub text: String,
}

/// Returns the whole picture as JPEG with `marks` drawn into it.
///
/// # Errors
/// When OpenCV fails.
pub fn marked_jpeg(picture: &Picture, marks: &[Mark], quality: u8) -> Result<Vec<u8>, CvError> {
    let mut canvas = mat_of(picture)?.try_clone()?;
    let thick = (picture.width() / 640).clamp(1, 6);
    let scale = f64::from(thick) * 0.45;
    let thick = i32::try_from(thick).unwrap_or(1);
    for mark in marks {
        let [b, g, r] = mark.bgr.map(f64::from);
        let (rect, colour) = (pixel_rect(picture, mark.bbox), Scalar::new(b, g, r, 0.0));
        imgproc::rectangle(&mut canvas, rect, colour, thick, imgproc::LINE_8, 0)?;
        let above = Point::new(rect.x, (rect.y - 4).max(12 * thick));
        let font = imgproc::FONT_HERSHEY_SIMPLEX;
        imgproc::put_text(&mut canvas, &mark.text, above, font, scale, colour, thick, imgproc::LINE_AA, false)?;
    }
    let parameters = Vector::from_slice(&[imgcodecs::IMWRITE_JPEG_QUALITY, i32::from(quality)]);
    let mut bytes = Vector::<u8>::new();
    imgcodecs::imencode(".jpg", &canvas, &mut bytes, &parameters)?;
    Ok(bytes.to_vec())
}

/// Returns the picture in grey at `width` x `height`, row-major.
///
/// # Errors
/// When OpenCV fails.
pub fn small_grey(picture: &Picture, width: i32, height: i32) -> Result<Vec<u8>, CvError> {
    let (mut small, mut grey) = (Mat::default(), Mat::default());
    imgproc::resize(&mat_of(picture)?, &mut small, Size::new(width, height), 0.0, 0.0, imgproc::INTER_AREA)?;
    imgproc::cvt_color_def(&small, &mut grey, imgproc::COLOR_BGR2GRAY)?;
    Ok(grey.data_bytes()?.to_vec())
}

/// Returns the part `region` at `side` x `side` without keeping its aspect: packed blue, green, red, row-major.
///
/// # Errors
/// When OpenCV fails.
pub fn small_bgr(picture: &Picture, region: BBox, side: usize) -> Result<Vec<u8>, CvError> {
    let whole = mat_of(picture)?;
    let part = Mat::roi(&whole, pixel_rect(picture, region))?;
    let side = i32::try_from(side).unwrap_or(i32::MAX);
    let mut small = Mat::default();
    imgproc::resize(&part, &mut small, Size::new(side, side), 0.0, 0.0, imgproc::INTER_AREA)?;
    Ok(small.data_bytes()?.to_vec())
}

/// Returns a JPEG as a picture of `at`; `None` when it is none.
///
/// # Errors
/// When OpenCV fails.
pub fn read_jpeg(bytes: &[u8], at: mingchu_domain::time::WallTime) -> Result<Option<Picture>, CvError> {
    let decoded = imgcodecs::imdecode(&Vector::<u8>::from_slice(bytes), imgcodecs::IMREAD_COLOR)?;
    let side = |length: i32| u32::try_from(length).unwrap_or(0);
    let pixels = if decoded.empty() { Vec::new() } else { decoded.data_bytes()?.to_vec() };
    Ok(Picture::new(at, side(decoded.cols()), side(decoded.rows()), pixels.into()).ok())
}

/// Returns the picture at `width` x `height`, blue green red, row-major.
///
/// # Errors
/// When OpenCV fails.
pub fn scaled_bgr(picture: &Picture, width: usize, height: usize) -> Result<Vec<u8>, CvError> {
    let side = |length: usize| i32::try_from(length).unwrap_or(i32::MAX);
    let mut small = Mat::default();
    imgproc::resize(
        &mat_of(picture)?,
        &mut small,
        Size::new(side(width), side(height)),
        0.0,
        0.0,
        imgproc::INTER_AREA,
    )?;
    Ok(small.data_bytes()?.to_vec())
}

/// Returns the part `region` as JPEG, at most `width_at_most` pixels wide.
///
/// # Errors
/// When OpenCV fails.
pub fn jpeg(picture: &Picture, region: BBox, width_at_most: u32, quality: u8) -> Result<Vec<u8>, CvError> {
    let whole = mat_of(picture)?;
    let rect = pixel_rect(picture, region);
    let part = Mat::roi(&whole, rect)?;
    let parameters = Vector::from_slice(&[imgcodecs::IMWRITE_JPEG_QUALITY, i32::from(quality)]);
    let mut bytes = Vector::<u8>::new();
    let width_at_most = i32::try_from(width_at_most).unwrap_or(i32::MAX);
    if rect.width <= width_at_most {
        imgcodecs::imencode(".jpg", &part, &mut bytes, &parameters)?;
    } else {
        let height = (i64::from(rect.height) * i64::from(width_at_most) / i64::from(rect.width)).max(1);
        let size = Size::new(width_at_most, i32::try_from(height).unwrap_or(i32::MAX));
        let mut small = Mat::default();
        imgproc::resize(&part, &mut small, size, 0.0, 0.0, imgproc::INTER_AREA)?;
        imgcodecs::imencode(".jpg", &small, &mut bytes, &parameters)?;
    }
    Ok(bytes.to_vec())
}

/// A network run by OpenCV's DNN module.
pub struct DnnNetwork {
    net: dnn::Net,
    outputs: Vector<String>,
}

impl DnnNetwork {
    /// Reads an ONNX model of opset 12 or lower.
    ///
    /// # Errors
    /// When OpenCV cannot read it.
    pub fn read(model: &[u8]) -> Result<Self, CvError> {
        let mut net = dnn::read_net_from_onnx_buffer(&Vector::from_slice(model))?;
        net.set_preferable_backend(dnn::DNN_BACKEND_OPENCV)?;
        net.set_preferable_target(dnn::DNN_TARGET_CPU)?;
        let outputs = net.get_unconnected_out_layers_names()?;
        Ok(Self { net, outputs })
    }

    /// Returns the outputs' names, in the order in which [`Self::run`] returns them.
    pub fn outputs(&self) -> impl Iterator<Item = String> + '_ {
        self.outputs.iter()
    }

    /// Runs the network and returns its outputs.
    ///
    /// # Errors
    /// When OpenCV fails.
    pub fn run(&mut self, input: &Tensor) -> Result<Vec<Tensor>, CvError> {
        let sizes: Vec<i32> = input.shape.iter().map(|&side| i32::try_from(side).unwrap_or(i32::MAX)).collect();
        let blob = Mat::new_nd_with_data(&sizes, &input.data)?;
        self.net.set_input_def(&blob)?;
        let mut found = Vector::<Mat>::new();
        self.net.forward(&mut found, &self.outputs)?;
        found.iter().map(|blob| tensor_of(&blob)).collect()
    }
}

fn mat_of(picture: &Picture) -> Result<BoxedRef<'_, Mat>, CvError> {
    let side = |length: u32| i32::try_from(length).unwrap_or(i32::MAX);
    Ok(Mat::new_rows_cols_with_bytes::<Vec3b>(side(picture.height()), side(picture.width()), picture.bgr())?)
}

fn tensor_of(blob: &Mat) -> Result<Tensor, CvError> {
    let shape = blob.mat_size().iter().map(|&side| usize::try_from(side).unwrap_or(0)).collect();
    Ok(Tensor { shape, data: blob.data_typed::<f32>()?.to_vec() })
}

/// Returns the pixels of `region`: inside the picture and at least one pixel.
fn pixel_rect(picture: &Picture, region: BBox) -> Rect {
    let region = region.clipped();
    let edge = |share: f32, length: u32| round(share * length as f32);
    let (width, height) = (picture.width(), picture.height());
    let limit = |length: u32| i32::try_from(length).unwrap_or(i32::MAX);
    let (x, y) = (edge(region.x1, width).min(limit(width) - 1), edge(region.y1, height).min(limit(height) - 1));
    Rect::new(x, y, (edge(region.x2, width) - x).max(1), (edge(region.y2, height) - y).max(1))
}

#[expect(clippy::cast_possible_truncation, reason = "picture coordinates are far inside i32")]
fn round(value: f32) -> i32 {
    value.round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use mingchu_domain::time::WallTime;
    use proptest::prelude::*;

    const WHOLE: BBox = BBox { x1: 0.0, y1: 0.0, x2: 1.0, y2: 1.0 };

    fn blue(width: u32, height: u32) -> Picture {
        let pixels = [200u8, 50, 0].repeat((width * height) as usize);
        Picture::new(WallTime::default(), width, height, Bytes::from(pixels)).unwrap()
    }

    #[test]
    fn a_letterbox_keeps_the_aspect_and_pads_below() {
        let (input, scale) = letterbox_input(&blue(64, 32), (16, 16)).unwrap();
        assert_eq!((input.shape, scale), (vec![1, 3, 16, 16], 0.25));
        assert_eq!((input.data[0], input.data[16 * 8]), (200.0, 114.0));
    }

    #[test]
    fn a_wide_letterbox_pads_a_square_picture_on_the_right() {
        let (input, scale) = letterbox_input(&blue(64, 64), (32, 16)).unwrap();
        assert_eq!((input.shape, scale), (vec![1, 3, 16, 32], 0.25));
        assert_eq!((input.data[0], input.data[16]), (200.0, 114.0));
    }

    #[test]
    fn a_picture_cut_short_or_no_picture_is_refused() {
        let whole = jpeg(&blue(64, 32), WHOLE, 64, 80).unwrap();
        assert_eq!(read_picture(&whole).unwrap().width(), 64);
        assert_eq!(read_picture(&whole[..whole.len() / 2]).unwrap_err(), "it is cut short");
        assert!(read_picture(b"no picture").is_err() && read_picture(b"").is_err());
    }

    #[test]
    fn classifier_input_is_red_first() {
        let input = square_input(&blue(10, 10), WHOLE, 4, Pixels::RgbUnit).unwrap();
        assert!(input.data[0].abs() < 1e-6 && (input.data[32] - 200.0 / 255.0).abs() < 1e-5);
        let signed = square_input(&blue(10, 10), WHOLE, 4, Pixels::RgbSigned).unwrap();
        assert!((signed.data[0] + 1.0).abs() < 1e-5);
    }

    #[test]
    fn a_still_is_no_wider_than_asked() {
        let still = jpeg(&blue(64, 32), WHOLE, 16, 80).unwrap();
        let decoded = imgcodecs::imdecode(&Vector::<u8>::from_slice(&still), imgcodecs::IMREAD_COLOR).unwrap();
        assert_eq!((decoded.cols(), decoded.rows()), (16, 8));
    }

    proptest! {
        #[test]
        fn any_region_of_any_picture_has_pixels_inside_it(
            w in 1u32..50, h in 1u32..50, x in -1.0f32..2.0, y in -1.0f32..2.0, dx in -0.5f32..1.0, dy in -0.5f32..1.0
        ) {
            let rect = pixel_rect(&blue(w, h), BBox { x1: x, y1: y, x2: x + dx, y2: y + dy });
            prop_assert!(rect.x >= 0 && rect.y >= 0 && rect.width >= 1 && rect.height >= 1);
            prop_assert!(rect.x + rect.width <= i32::try_from(w).unwrap());
            prop_assert!(rect.y + rect.height <= i32::try_from(h).unwrap());
        }
    }
}
