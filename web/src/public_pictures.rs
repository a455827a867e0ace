//! The seam to public pictures: the maker of derivatives in the same process, or none.
//!
//! Architecture invariant: what an open route shows of a camera comes from here, never from [`crate::Live`].

use async_trait::async_trait;
use mingchu_domain::{
    derivative::{PublicRefused, PublicWish},
    live::LiveUnit,
};
use tokio::sync::mpsc;

/// Pictures in which nobody can be recognised.
#[async_trait]
pub trait PublicPictures: Send + Sync + 'static {
    /// Tells whether there can be any.
    ///
    /// # Errors
    /// Says why not.
    fn ready(&self) -> Result<(), PublicRefused>;

    /// Opens a camera's public picture, which one maker makes for all its viewers; as [`crate::Live::open`].
    async fn open(&self, wish: &PublicWish) -> Result<mpsc::Receiver<LiveUnit>, PublicRefused>;
}

/// What a web server without gateway and analyzer answers.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPublicPictures;

#[async_trait]
impl PublicPictures for NoPublicPictures {
    fn ready(&self) -> Result<(), PublicRefused> {
        Err(PublicRefused::NotHere)
    }

    async fn open(&self, _wish: &PublicWish) -> Result<mpsc::Receiver<LiveUnit>, PublicRefused> {
        Err(PublicRefused::NotHere)
    }
}
