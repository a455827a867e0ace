//! A file stays small enough to proofread; one past 600 lines says why in its head (style.md, Files and functions).

use std::{fs, path::Path, process::Command};

const LIMIT: usize = 600;
const SOURCES: &[&str] = &["*.rs", "*.ts", "*.vue", "*.py", "*.sql", "*.mjs"];
/// What a long file's head says, with the reason behind it.
const REASON: &str = "Long because ";

#[test]
fn no_source_file_is_long_without_saying_why() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = Command::new("git").args(["ls-files", "--"]).args(SOURCES).current_dir(root).output().unwrap();
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let names = String::from_utf8(listed.stdout).unwrap();
    let mut long = Vec::new();
    for name in names.lines() {
        // A file that is listed but was just moved away is no room.
        let Ok(text) = fs::read_to_string(root.join(name)) else { continue };
        let lines = text.lines().count();
        let generated = text.starts_with("/**\n * This file was auto-generated");
        let says_why = text.lines().take(20).any(|line| line.contains(REASON));
        if lines > LIMIT && !generated && !says_why {
            long.push(format!("{name}: {lines} lines"));
        }
    }
    assert!(names.lines().count() > 20, "git listed too few files");
    assert!(long.is_empty(), "find the seam, or say \"{REASON}…\" in the head:\n{}", long.join("\n"));
}
