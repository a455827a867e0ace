//! The simulator under load.

use mingchu_gateway::sim::{Load, load};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_load_is_measured_and_nothing_is_lost() {
    let report = load(Load { clips: Vec::new(), streams: 20, length: Duration::from_secs(2) }).await.unwrap();
    assert_eq!(report.expected_frames, 20 * 50);
    assert_eq!(report.delivered_frames, report.expected_frames);
    assert!((30.0..60.0).contains(&report.megabits_per_second), "{report:?}");
    assert!(report.simulator_cpu_percent > 0.0, "{report:?}");
}
