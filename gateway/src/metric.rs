//! Names of the gateway's metrics, in one place.

/// 1 while a stream's pictures arrive, by stream.
pub(crate) const CAMERA_UP: &str = "mingchu_camera_up";
/// Seconds without footage, by cause.
pub(crate) const GAP_SECONDS: &str = "mingchu_segment_gap_seconds_total";
/// Pictures that arrived.
pub(crate) const FRAMES: &str = "mingchu_frames_received_total";
/// Bytes of pictures that arrived.
pub(crate) const BYTES: &str = "mingchu_frame_bytes_received_total";
/// Pictures that a slow consumer missed, by consumer kind.
pub(crate) const DROPPED: &str = "mingchu_frames_dropped_total";
/// RTP packets that never arrived.
pub(crate) const PACKETS_LOST: &str = "mingchu_rtp_packets_lost_total";
/// Archive writes that failed.
pub(crate) const WRITE_ERRORS: &str = "mingchu_archive_write_errors_total";
/// Archive files whose fsync failed.
pub(crate) const FSYNC_ERRORS: &str = "mingchu_archive_fsync_errors_total";
/// Archive files written.
pub(crate) const SEGMENTS: &str = "mingchu_segments_total";
/// People watching live.
pub(crate) const VIEWERS: &str = "mingchu_viewers";
/// Cameras transcoded now.
pub(crate) const TRANSCODES: &str = "mingchu_transcodes";
/// Seconds of transcoding, of all cameras.
pub(crate) const TRANSCODE_SECONDS: &str = "mingchu_transcode_seconds_total";
/// Viewers who got no transcode because as many run as may.
pub(crate) const TRANSCODES_REFUSED: &str = "mingchu_transcodes_refused_total";
/// Attempts to reach a camera that failed, by cause.
pub(crate) const LOSSES: &str = "mingchu_camera_losses_total";
/// Share of the emptiest archive disk that is taken, 0..1.
pub(crate) const STORAGE_USED: &str = "mingchu_storage_used_ratio";
/// What is given up for want of room: 0 nothing, 1 periods, 2 sub streams, 3 all but evidence, 4 the archive.
pub(crate) const STORAGE_STEP: &str = "mingchu_storage_step";
/// Seconds since 1970 of the day on which the floor breaks at today's rate; 0: none in sight.
pub(crate) const STORAGE_FLOOR_BREAKS: &str = "mingchu_storage_floor_breaks_timestamp_seconds";
/// Bytes of footage deleted, by cause.
pub(crate) const DELETED: &str = "mingchu_footage_deleted_bytes_total";
/// Archive files that are not the recorded ones any more.
pub(crate) const ARCHIVE_FAULTS: &str = "mingchu_archive_faults_total";
