//! Uploaded photos: what is stored is a JPEG that we wrote ourselves, without EXIF, at most 1920 px.

use crate::error::ApiError;
use axum::{extract::Multipart, http::StatusCode};
use bytes::{Bytes, BytesMut};
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder};
use std::io::Cursor;
use tokio::{sync::Semaphore, task::spawn_blocking};

/// Longest side of a stored photo in pixels.
const LONGEST_SIDE: u32 = 1920;
/// Largest side that is decoded at all; phones reach 12,000.
const LONGEST_DECODED: u32 = 16_000;
/// Memory one decode may take.
const DECODE_BYTES: u64 = 256 << 20;
const QUALITY: u8 = 85;

/// The form of a rectification: a line of text and a photo.
#[derive(Debug, Default)]
pub(crate) struct Form {
    pub(crate) text: String,
    pub(crate) photo: Option<Bytes>,
}

/// Reads a multipart form piece by piece, so that an oversized one is refused early.
pub(crate) async fn read_form(mut form: Multipart, limit_bytes: usize) -> Result<Form, ApiError> {
    let mut read = Form::default();
    while let Some(mut field) = form.next_field().await.map_err(|error| refused(&error, limit_bytes))? {
        let name = field.name().unwrap_or_default().to_owned();
        let mut bytes = BytesMut::new();
        while let Some(chunk) = field.chunk().await.map_err(|error| refused(&error, limit_bytes))? {
            if bytes.len() + chunk.len() > limit_bytes {
                return Err(too_large(limit_bytes));
            }
            bytes.extend_from_slice(&chunk);
        }
        match name.as_str() {
            "text" => read.text = String::from_utf8_lossy(&bytes).trim().to_owned(),
            "photo" if !bytes.is_empty() => read.photo = Some(bytes.freeze()),
            _ => {}
        }
    }
    Ok(read)
}

fn refused(error: &axum::extract::multipart::MultipartError, limit_bytes: usize) -> ApiError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return too_large(limit_bytes);
    }
    ApiError::invalid(
        "invalid_form",
        "photo",
        format!("the form could not be read ({}); send it again", error.body_text()),
    )
}

fn too_large(limit_bytes: usize) -> ApiError {
    let message =
        format!("the photo is over the limit of {} MB; take it at a lower resolution", limit_bytes / 1_000_000);
    ApiError { field: Some("photo"), ..ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "photo_too_large", message) }
}

/// Decodes and re-encodes photos, one at a time: a decode may take 256 MiB.
#[derive(Debug)]
pub(crate) struct PhotoDesk(Semaphore);

impl PhotoDesk {
    pub(crate) fn new() -> Self {
        Self(Semaphore::new(1))
    }

    /// Returns the JPEG to store.
    pub(crate) async fn rewrite(&self, photo: Bytes) -> Result<Bytes, ApiError> {
        let _turn = self.0.acquire().await.map_err(|error| ApiError::internal(&error))?;
        spawn_blocking(move || rewrite_now(&photo)).await.map_err(|error| ApiError::internal(&error))?
    }
}

fn no_picture() -> ApiError {
    ApiError::invalid("photo_unreadable", "photo", "the file is no JPEG, PNG or WebP picture; take the photo again")
}

fn rewrite_now(photo: &[u8]) -> Result<Bytes, ApiError> {
    let mut reader = ImageReader::new(Cursor::new(photo)).with_guessed_format().map_err(|_| no_picture())?;
    if !matches!(reader.format(), Some(ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) {
        return Err(no_picture());
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_DECODED);
    limits.max_image_height = Some(LONGEST_DECODED);
    limits.max_alloc = Some(DECODE_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| unreadable(&error))?;
    // phones write which way is up into the EXIF that we drop
    let orientation = decoder.orientation().map_err(|error| unreadable(&error))?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| unreadable(&error))?;
    picture.apply_orientation(orientation);
    if picture.width().max(picture.height()) > LONGEST_SIDE {
        picture = picture.resize(LONGEST_SIDE, LONGEST_SIDE, image::imageops::FilterType::Triangle);
    }
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    picture.to_rgb8().write_with_encoder(encoder).map_err(|error| ApiError::internal(&error))?;
    Ok(jpeg.into())
}

fn unreadable(error: &image::ImageError) -> ApiError {
    match error {
        image::ImageError::Limits(_) => {
            let message = format!("the photo has too many pixels (at most {LONGEST_DECODED} a side); take it smaller");
            ApiError::invalid("photo_too_many_pixels", "photo", message)
        }
        _ => no_picture(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageEncoder, RgbImage};

    fn jpeg_with_exif(width: u32, height: u32, exif: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new(&mut bytes);
        encoder.set_exif_metadata(exif.to_vec()).unwrap();
        RgbImage::from_pixel(width, height, image::Rgb([9, 99, 9])).write_with_encoder(encoder).unwrap();
        bytes
    }

    /// TIFF header, one entry: tag 0x0112 (orientation), SHORT, 6 = turn right.
    const TURN_RIGHT: &[u8] = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";

    #[test]
    fn a_photo_is_turned_shrunk_and_loses_its_exif() {
        let stored = rewrite_now(&jpeg_with_exif(3000, 1500, TURN_RIGHT)).unwrap();
        let mut decoder = ImageReader::new(Cursor::new(&stored)).with_guessed_format().unwrap().into_decoder().unwrap();
        assert_eq!(decoder.dimensions(), (960, 1920));
        assert!(decoder.exif_metadata().unwrap().is_none());
    }

    #[test]
    fn a_page_with_a_picture_name_is_no_picture() {
        for bytes in [&b"<html>"[..], b"", b"GIF89a", b"\xff\xd8\xff\xe0 and then nothing"] {
            let error = rewrite_now(bytes).unwrap_err();
            assert_eq!((error.status, error.field), (StatusCode::UNPROCESSABLE_ENTITY, Some("photo")));
        }
    }

    #[test]
    fn a_picture_bomb_is_refused_before_it_is_decoded() {
        let mut bytes = Vec::new();
        let side = LONGEST_DECODED + 1;
        let row = vec![0u8; side as usize];
        image::codecs::png::PngEncoder::new(&mut bytes)
            .write_image(&row, side, 1, image::ExtendedColorType::L8)
            .unwrap();
        assert_eq!(rewrite_now(&bytes).unwrap_err().code, "photo_too_many_pixels");
    }
}
