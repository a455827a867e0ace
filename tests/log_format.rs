//! Log lines read alike: lower case, no full stop, and never an address with a password in it (style.md, Logs).
#![allow(clippy::unwrap_used, reason = "a test ends where its means fail")]

use std::{
    fs,
    path::{Path, PathBuf},
};

const MACROS: &[&str] = &["error!(", "warn!(", "info!(", "debug!(", "trace!("];
/// Words that are written with capitals wherever they stand.
const PROPER: &[&str] = &[
    "RTSP",
    "RTP",
    "RTCP",
    "GStreamer",
    "OpenCV",
    "SQLite",
    "PostgreSQL",
    "HTTP",
    "UDP",
    "TCP",
    "H.264",
    "H.265",
    "GOP",
    "SPS",
    "SDP",
    "SSRC",
    "URL",
    "Mingchu",
    "MSE",
    "MP4",
    "NTP",
    "ONNX",
    "JPEG",
    "WebSocket",
    "ctrl-c",
    "Ctrl-C",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = entry.file_name().unwrap().to_string_lossy().into_owned();
        if entry.is_dir() && !["node_modules", "target", "ui"].contains(&name.as_str()) {
            sources(&entry, found);
        } else if name.ends_with(".rs") {
            found.push(entry);
        }
    }
}

/// The message of a log macro: the first string literal among its arguments that no field name stands before.
fn message(arguments: &str) -> Option<&str> {
    let mut rest = arguments;
    loop {
        let open = rest.find('"')?;
        let before = rest[..open].trim_end();
        let literal = &rest[open + 1..];
        let close = literal.match_indices('"').map(|(at, _)| at).find(|at| !literal[..*at].ends_with('\\'))?;
        if !before.ends_with(['=', ':']) {
            return Some(&literal[..close]);
        }
        rest = &literal[close + 1..];
    }
}

/// The text between the parenthesis that opens at the start of `code` and its partner.
fn arguments(code: &str) -> &str {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, letter) in code.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth == 1 => return &code[1..at],
            ')' if !quoted => depth -= 1,
            _ => {}
        }
    }
    code
}

fn fault(message: &str) -> Option<&'static str> {
    if message.ends_with('.') {
        return Some("ends with a full stop");
    }
    let is_proper = PROPER.iter().any(|word| message.starts_with(word));
    if message.starts_with(char::is_uppercase) && !is_proper {
        return Some("begins with a capital");
    }
    message.contains("rtsp://").then_some("holds an address")
}

#[test]
fn log_messages_are_lower_case_without_full_stop() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for room in ["src", "domain/src", "store/src", "gateway/src", "analyzer/src", "web/src"] {
        sources(&root.join(room), &mut files);
    }
    let mut faults = Vec::new();
    for file in files {
        let code = fs::read_to_string(&file).unwrap();
        for name in MACROS {
            for (at, _) in code.match_indices(name) {
                let Some(message) = message(arguments(&code[at + name.len() - 1..])) else { continue };
                if let Some(fault) = fault(message) {
                    let line = code[..at].lines().count();
                    faults.push(format!("{}:{line}: \"{message}\" {fault}", file.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_check_sees_capitals_full_stops_and_addresses() {
    assert_eq!(fault("camera lost; will retry"), None);
    assert_eq!(fault("RTSP session ended"), None);
    assert!(fault("Camera lost").is_some());
    assert!(fault("camera lost.").is_some());
    assert!(fault("cannot open rtsp://admin:secret@camera").is_some());
    assert_eq!(
        message(arguments(r#"(state = "live", "camera {name} (main) is back")"#)),
        Some("camera {name} (main) is back")
    );
    assert_eq!(message(arguments("(camera.id = %id)")), None);
}
