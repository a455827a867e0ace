//! Keeps the heap small beside GStreamer.

/// Arenas of glibc's heap; by default each of the decoders' threads gets its own.
#[cfg(target_env = "gnu")]
const ARENAS: libc::c_int = 2;
/// From this size on a block is mapped and given back at once. By default the limit grows with every freed picture.
#[cfg(target_env = "gnu")]
const MAPPED_FROM_BYTES: libc::c_int = 128 * 1024;

/// Limits the heap's arenas and lets it give pictures back to the system.
///
/// Decoders come and go with cameras, and each leaves a hole in the arena of its thread: after five starts of 8 cameras
/// the process held 757 MB without this and 298 MB with it (README.md, "What it costs").
pub(crate) fn keep_small() {
    #[cfg(target_env = "gnu")]
    #[allow(unsafe_code, reason = "glibc has no safe door to its settings")]
    // SAFETY: mallopt stores two numbers under the allocator's own lock and touches no memory of ours.
    let is_set = unsafe {
        libc::mallopt(libc::M_ARENA_MAX, ARENAS) == 1 && libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED_FROM_BYTES) == 1
    };
    #[cfg(target_env = "gnu")]
    if !is_set {
        tracing::warn!("the heap's limits could not be set");
    }
}
