//! What camera task and inference threads share of one camera.

use crate::chain::Chain;
use mingchu_domain::{
    id::{CameraId, CanteenId},
    rule::RulePack,
};
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

/// Which streams of a camera are looked at, and for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Looks {
    /// Persons on the sub stream, heads on key units of the main stream.
    Both,
    /// Persons and heads on the one stream there is.
    One,
}

/// One camera at the inference threads' desk.
pub(super) struct Seat {
    pub(super) camera_id: CameraId,
    pub(super) canteen_id: CanteenId,
    pub(super) looks: Looks,
    /// The rules in force, as they bind in the camera's province.
    pub(super) pack: Arc<RulePack>,
    chain: Mutex<Chain>,
    wants_heads: AtomicBool,
    wants_main: AtomicBool,
    is_calm: AtomicBool,
}

impl Seat {
    pub(super) fn new(
        camera_id: CameraId,
        canteen_id: CanteenId,
        looks: Looks,
        pack: Arc<RulePack>,
        chain: Chain,
    ) -> Self {
        let no = || AtomicBool::new(false);
        let (wants_heads, wants_main, is_calm) = (no(), no(), no());
        Self { camera_id, canteen_id, looks, pack, chain: Mutex::new(chain), wants_heads, wants_main, is_calm }
    }

    /// Returns the chain; only inference threads ask, and the desk gives a camera to one of them at a time.
    pub(super) fn chain(&self) -> MutexGuard<'_, Chain> {
        // A chain whose look panicked has lost that picture, nothing else.
        self.chain.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody is there whose head some rule wants to see.
    pub(super) fn wants_heads(&self) -> bool {
        self.wants_heads.load(Ordering::Relaxed)
    }

    pub(super) fn set_wants_heads(&self, wants: bool) {
        self.wants_heads.store(wants, Ordering::Relaxed);
    }

    /// Whether the next key unit of the main stream is wanted.
    pub(super) fn wants_main(&self) -> bool {
        self.wants_main.load(Ordering::Relaxed)
    }

    pub(super) fn set_wants_main(&self, wants: bool) {
        self.wants_main.store(wants, Ordering::Relaxed);
    }

    /// Whether nothing has changed and nobody has been there for a while.
    pub(super) fn is_calm(&self) -> bool {
        self.is_calm.load(Ordering::Relaxed)
    }

    pub(super) fn set_is_calm(&self, is: bool) {
        self.is_calm.store(is, Ordering::Relaxed);
    }
}
