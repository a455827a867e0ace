//! The house keeps its shape: data walks one way, and each heavy library lives in one room (design.md, section 1).
#![allow(clippy::unwrap_used, reason = "a test ends where its means fail")]

use std::{collections::BTreeSet, fs, process::Command};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Which rooms a room may build on. What is not listed here is forbidden.
const EDGES: &[(&str, &[&str])] = &[
    ("mingchu-domain", &[]),
    ("mingchu-store", &["mingchu-domain"]),
    ("mingchu-gateway", &["mingchu-domain", "mingchu-store"]),
    ("mingchu-analyzer", &["mingchu-domain", "mingchu-store"]),
    ("mingchu-web", &["mingchu-domain", "mingchu-store"]),
    ("mingchu", &["mingchu-domain", "mingchu-store", "mingchu-gateway", "mingchu-analyzer", "mingchu-web"]),
];

/// Libraries that belong to some rooms only, by the beginning of their names.
const HOLDERS: &[(&str, &[&str])] = &[
    ("sqlx", &["mingchu-store"]),
    ("retina", &["mingchu-gateway"]),
    ("gstreamer", &["mingchu-gateway", "mingchu-analyzer"]),
    ("opencv", &["mingchu-analyzer"]),
    ("ort", &["mingchu-analyzer"]),
    ("axum", &["mingchu-web"]),
    ("tower", &["mingchu-web"]),
    ("utoipa", &["mingchu-web"]),
];

/// Libraries that the tests of a room use besides, as a program of others that ours is held against.
const PEERS: &[(&str, &str)] = &[("mingchu", "gstreamer")];

/// `domain` is pure: no IO, no async, no clock.
const NOT_IN_DOMAIN: &[&str] = &["tokio", "futures", "async-trait", "tracing", "rand", "reqwest", "image"];

fn metadata() -> Metadata {
    MetadataCommand::new().no_deps().exec().unwrap()
}

fn rooms(metadata: &Metadata) -> Vec<&Package> {
    metadata.workspace_packages()
}

fn is_family(name: &str, family: &str) -> bool {
    name == family || name.strip_prefix(family).is_some_and(|rest| rest.starts_with('-'))
}

#[test]
fn rooms_build_only_on_the_rooms_below_them() {
    let metadata = metadata();
    let names: BTreeSet<&str> = rooms(&metadata).iter().map(|room| room.name.as_str()).collect();
    assert_eq!(names, EDGES.iter().map(|(room, _)| *room).collect(), "a room is missing from EDGES, or is gone");
    for room in rooms(&metadata) {
        let (_, allowed) = EDGES.iter().find(|(name, _)| room.name.as_str() == *name).unwrap();
        for dependency in room.dependencies.iter().filter(|dependency| names.contains(dependency.name.as_str())) {
            let edge = format!("{} -> {}", room.name, dependency.name);
            assert!(allowed.contains(&dependency.name.as_str()), "forbidden edge: {edge}");
        }
    }
}

#[test]
fn heavy_libraries_stay_in_their_rooms() {
    for room in rooms(&metadata()) {
        for dependency in &room.dependencies {
            for (family, holders) in HOLDERS.iter().filter(|(family, _)| is_family(&dependency.name, family)) {
                let is_peer =
                    dependency.kind == DependencyKind::Development && PEERS.contains(&(room.name.as_str(), *family));
                let is_held = holders.contains(&room.name.as_str());
                assert!(is_held || is_peer, "{} uses {family} ({})", room.name, dependency.name);
            }
        }
    }
}

#[test]
fn the_domain_is_pure() {
    let metadata = metadata();
    let domain = rooms(&metadata).into_iter().find(|room| room.name.as_str() == "mingchu-domain").unwrap();
    for dependency in &domain.dependencies {
        assert!(!NOT_IN_DOMAIN.contains(&dependency.name.as_str()), "domain uses {}", dependency.name);
    }
}

#[test]
fn no_old_sqlx_brings_the_sqlite_with_the_wal_reset_bug() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock")).unwrap();
    let lock: toml::Table = text.parse().unwrap();
    let packages: Vec<(&str, &str)> = lock["package"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (package["name"].as_str().unwrap(), package["version"].as_str().unwrap()))
        .collect();
    for (name, version) in packages.iter().filter(|(name, _)| is_family(name, "sqlx")) {
        let minor = version.strip_prefix("0.").and_then(|rest| rest.split('.').next()?.parse::<u32>().ok());
        assert!(minor.is_none_or(|minor| minor >= 9), "{name} {version} is in Cargo.lock");
    }
    let sqlite = packages.iter().filter(|(name, _)| *name == "libsqlite3-sys").count();
    assert_eq!(sqlite, 1, "one SQLite in the binary");
}

#[test]
fn the_web_role_alone_needs_neither_gstreamer_nor_opencv() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--package", "mingchu", "--no-default-features", "--features", "web"])
        .args(["--edges", "normal,build", "--prefix", "none", "--format", "{p}"])
        // features of this package alone, however the caller's cargo unifies them
        .env_remove("CARGO_RESOLVER_FEATURE_UNIFICATION")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    let packages: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(packages.contains("mingchu-web"), "the tree is not the one asked for");
    for package in packages {
        for family in ["gstreamer", "opencv", "ort", "retina", "mingchu-gateway", "mingchu-analyzer"] {
            assert!(!is_family(package, family), "the web role links {package}");
        }
    }
}
