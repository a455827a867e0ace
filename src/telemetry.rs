//! Logs to standard error, metrics on their own port.

use anyhow::Context;
use metrics::{Unit, describe_counter, describe_gauge};
use std::{io::IsTerminal, net::SocketAddr, sync::OnceLock};
use tracing_subscriber::{EnvFilter, fmt};

/// What the log was started with.
static STARTED: OnceLock<(String, bool)> = OnceLock::new();

/// Returns the arguments with which a process of this program logs as this one does.
#[cfg(all(feature = "analyzer", feature = "gateway"))]
pub(crate) fn arguments() -> Vec<std::ffi::OsString> {
    let Some((filter, json)) = STARTED.get() else { return Vec::new() };
    let format = json.then_some("--log-json");
    ["--log", filter].into_iter().chain(format).map(Into::into).collect()
}

/// Starts logging with a filter such as `info` or `mingchu_gateway=debug`.
pub(crate) fn log(filter: &str, json: bool) -> anyhow::Result<()> {
    STARTED.get_or_init(|| (filter.to_owned(), json));
    // libraries whose information lines only repeat what our own say
    let filter = format!("{filter},sqlx=warn,ort=warn,hyper=warn,retina=warn,mp4_atom=error");
    let filter = EnvFilter::try_new(&filter).with_context(|| format!("log filter {filter:?} is not understood"))?;
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if json {
        builder.json().flatten_event(true).try_init()
    } else {
        builder.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init()
    };
    started.map_err(|error| anyhow::anyhow!("logging cannot start: {error}"))
}

/// Serves `/metrics` for Prometheus. Call inside the runtime.
pub(crate) fn serve_metrics(bind: SocketAddr) -> anyhow::Result<()> {
    metrics_exporter_prometheus::PrometheusBuilder::new()
        .with_http_listener(bind)
        .install()
        .with_context(|| format!("metrics cannot listen on {bind}; is the port in use? set metrics.bind"))?;
    describe();
    Ok(())
}

fn describe() {
    describe_gauge!("mingchu_camera_up", "1 while the stream delivers pictures");
    describe_counter!("mingchu_frames_received_total", Unit::Count, "Access units received from cameras");
    describe_counter!("mingchu_frames_dropped_total", Unit::Count, "Access units a slow consumer did not get");
    describe_counter!("mingchu_segment_gap_seconds_total", Unit::Seconds, "Time without footage");
    describe_counter!(
        "mingchu_archive_fsync_errors_total",
        Unit::Count,
        "Archive files that could not be made durable"
    );
    describe_gauge!("mingchu_storage_used_ratio", "Taken share of the emptiest archive disk, 0 to 1");
    describe_gauge!(
        "mingchu_storage_step",
        "What is given up for want of room: 0 nothing, 1 periods, 2 sub streams, 3 all but evidence, 4 the archive"
    );
    describe_gauge!(
        "mingchu_storage_floor_breaks_timestamp_seconds",
        Unit::Seconds,
        "Unix time of the day on which the retention floor breaks at today's rate; 0 for none in sight"
    );
    describe_counter!("mingchu_footage_deleted_bytes_total", Unit::Bytes, "Footage deleted, by cause");
    describe_counter!(
        "mingchu_public_finder_falls_total",
        Unit::Count,
        "Times the process that looks for people in public pictures died, hung or answered nonsense"
    );
    describe_gauge!("mingchu_live_viewers", "Open live pictures");
}
