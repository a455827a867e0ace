//! What a person can get wrong: each time a message that names the thing and the remedy, and a proper exit code.
#![cfg(feature = "gateway")]
#![allow(clippy::unwrap_used, reason = "a test ends where its means fail")]

mod district;

use district::{Account, District, Simulator, clip, finished};
use std::{
    net::{SocketAddr, TcpListener},
    process::{Command, Output},
};

/// Exit code for a wrong command line or configuration.
const MISUSE: i32 = 2;
const FAILURE: i32 = 1;

/// Asserts the exit code and that the last words name all of `words`, without a panic and without a password.
#[track_caller]
fn assert_refused(output: &Output, code: i32, words: &[&str]) {
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{error}");
    for word in words {
        assert!(error.contains(word), "{word:?} is not in: {error}");
    }
    assert!(!error.contains("panicked") && !error.contains("secret-of-this-test"), "{error}");
}

async fn run(district: &District, config: &str) -> Output {
    let file = district.path("wrong.toml");
    std::fs::write(&file, config).unwrap();
    finished(&["run", "--config", file.to_str().unwrap()]).await
}

#[tokio::test]
async fn an_unknown_configuration_key_is_named_with_its_line() {
    let district = District::new().await;
    let output = run(&district, "[gateway]\nsegmnet = \"60s\"\n").await;
    assert_refused(&output, MISUSE, &["wrong.toml", "segmnet", "mingchu.example.toml"]);
}

#[tokio::test]
async fn a_value_out_of_range_is_named_with_its_range() {
    let district = District::new().await;
    let output = run(&district, "[gateway]\nsegment = \"1s\"\n").await;
    assert_refused(&output, MISUSE, &["gateway.segment", "2s to 10m"]);
}

#[tokio::test]
async fn a_missing_configuration_file_is_named() {
    let output = finished(&["run", "--config", "/nowhere/mingchu.toml"]).await;
    assert_refused(&output, MISUSE, &["/nowhere/mingchu.toml"]);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_named() {
    let district = District::new().await;
    // a file where a folder should be: refused to root too, as rights are not
    std::fs::write(district.path("taken"), "").unwrap();
    let path = district.path("taken/mingchu.db");
    let config = district.config("");
    let text = std::fs::read_to_string(config).unwrap().replace("/mingchu.db", "/taken/mingchu.db");
    let output = run(&district, &text).await;
    assert_refused(&output, FAILURE, &["cannot write", path.parent().unwrap().to_str().unwrap(), "check that"]);
}

#[tokio::test]
async fn a_database_newer_than_the_program_is_left_alone() {
    let district = District::new().await;
    district.store.close().await;
    let database = district.path("mingchu.db");
    let script = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); \
         db.execute(\"insert into _sqlx_migrations (version, description, installed_on, success, checksum, execution_time) \
         values (99999999999999, 'from the future', current_timestamp, 1, x'00', 1)\"); db.commit()";
    let status = Command::new("python3").args(["-c", script]).arg(&database).status().unwrap();
    assert!(status.success());
    let config = district.config("");
    let output = finished(&["run", "--config", config.to_str().unwrap()]).await;
    assert_refused(&output, FAILURE, &["newer than this program", "install the newer version or restore the backup"]);
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let district = District::new().await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let config = district.config("");
    let text =
        std::fs::read_to_string(config).unwrap().replace("bind = \"127.0.0.1:0\"", &format!("bind = \"{address}\""));
    assert_refused(&run(&district, &text).await, FAILURE, &[&address]);

    let clip = clip(&district.path("kitchen.mp4"), "libx264", "160x120");
    let output = finished(&["sim", "--clip", clip.to_str().unwrap(), "--bind", &address]).await;
    assert_refused(&output, FAILURE, &[&address, "choose a free port"]);
}

#[tokio::test]
async fn a_clip_that_is_no_video_is_named() {
    let district = District::new().await;
    let file = district.path("menu.mp4");
    std::fs::write(&file, "红烧肉").unwrap();
    let output = finished(&["sim", "--clip", file.to_str().unwrap(), "--bind", "127.0.0.1:0"]).await;
    assert_refused(&output, FAILURE, &["menu.mp4", "MP4 file with H.264 or H.265"]);
    let output = finished(&["sim", "--clip", "/nowhere/clip.mp4", "--bind", "127.0.0.1:0"]).await;
    assert_refused(&output, FAILURE, &["/nowhere/clip.mp4"]);
}

#[tokio::test]
async fn a_camera_that_cannot_be_used_is_told_apart_by_its_reason() {
    let output = finished(&["probe", "http://camera.example/live"]).await;
    assert_refused(&output, FAILURE, &["rtsp://"]);

    let nobody: SocketAddr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let output = finished(&["probe", &format!("rtsp://{nobody}/main")]).await;
    assert_refused(&output, FAILURE, &[&nobody.ip().to_string(), "check address, port and network"]);

    let district = District::new().await;
    let clip = clip(&district.path("kitchen.mp4"), "libx264", "160x120");
    let account = Account { name: "viewer", password: "right" };
    let cameras = Simulator::start(&[clip], 1, Some(account)).await;
    let url = cameras.url(1);
    let output = finished(&["probe", &url, "--username", "viewer", "--password", "secret-of-this-test"]).await;
    assert_refused(&output, FAILURE, &["check name and password"]);
    let output =
        finished(&["probe", &url.replace("cam/1", "cam/7"), "--username", "viewer", "--password", "right"]).await;
    assert_refused(&output, FAILURE, &["404"]);
    let output = finished(&["probe", &url, "--username", "viewer", "--password", "right"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("160"));
    cameras.stop().await;
}

#[tokio::test]
async fn an_analyzer_without_its_gateway_is_refused() {
    let output = finished(&["run", "--role", "analyzer"]).await;
    assert_refused(&output, FAILURE, &["--role gateway"]);
}
