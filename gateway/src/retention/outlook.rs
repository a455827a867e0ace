//! What takes the room, and on which day it will not be enough.

use mingchu_domain::{
    id::VolumeId,
    retention::{FootageClass, Outlook, Stock, forecast},
    time::WallTime,
};
use mingchu_store::{ClassUsage, FootageAge, Policies, Store, StoreError, Volume, VolumeState};
use std::{collections::BTreeMap, time::Duration};

/// How far one looks ahead, in days.
const HORIZON_DAYS: u32 = 730;
const DAY: Duration = Duration::from_secs(24 * 3600);
/// From less footage than this no day's rate is told.
const LEAST: Duration = Duration::from_secs(60);

/// What lies ahead of a disk, or of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Ahead {
    pub(super) archive_bytes: u64,
    pub(super) per_day: u64,
    pub(super) shortens_at: Option<WallTime>,
    pub(super) floor_breaks_at: Option<WallTime>,
}

/// What a look found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) volumes: Vec<(VolumeId, Ahead)>,
    pub(super) all: Ahead,
}

/// Counts the footage of all disks, writes what each class takes, and forecasts.
pub(super) async fn look(
    store: &Store,
    volumes: &[Volume],
    nearly_full: f64,
    now: WallTime,
) -> Result<Found, StoreError> {
    let policies = store.policies().await?;
    let (mut found, mut all_rows, mut all_usable) = (Found::default(), Vec::new(), 0);
    for volume in volumes {
        let rows = store.footage_by_age(volume.id, now).await?;
        store.set_usage(&usage(volume.id, &rows)).await?;
        let archive = bytes(&rows);
        let usable = usable(volume, archive, nearly_full);
        found.volumes.push((volume.id, ahead(&rows, usable, &policies, now)));
        if volume.state == VolumeState::Online {
            all_usable += usable;
            all_rows.extend(rows);
        }
    }
    found.all = ahead(&all_rows, all_usable, &policies, now);
    Ok(found)
}

/// Returns what each class takes, also those that take nothing: they may have taken something before.
fn usage(volume: VolumeId, rows: &[FootageAge]) -> Vec<ClassUsage> {
    let of_class = |class: FootageClass| {
        let rows = || rows.iter().filter(move |row| row.class == class);
        ClassUsage {
            volume_id: volume,
            class,
            files: rows().map(|row| row.files).sum(),
            bytes: rows().map(|row| row.bytes).sum(),
            oldest_at: rows().map(|row| row.oldest_at).min(),
        }
    };
    FootageClass::ALL.iter().copied().map(of_class).collect()
}

fn bytes(rows: &[FootageAge]) -> u64 {
    rows.iter().map(|row| row.bytes).sum()
}

/// Returns how much footage fits before the disk counts as nearly full.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share")]
fn usable(volume: &Volume, archive: u64, nearly_full: f64) -> u64 {
    let others = volume.used_bytes.saturating_sub(archive);
    ((volume.total_bytes as f64 * nearly_full) as u64).saturating_sub(others)
}

fn ahead(rows: &[FootageAge], usable_bytes: u64, policies: &Policies, now: WallTime) -> Ahead {
    let mut outlook = Outlook { usable_bytes, ..Outlook::default() };
    let mut stocks: BTreeMap<(u32, u32), Stock> = BTreeMap::new();
    for place in rows.chunk_by(|a, b| a.path == b.path) {
        let (Some(oldest), Some(first)) = (place.iter().map(|row| row.oldest_at).min(), place.first()) else {
            continue;
        };
        let (policy, _) = policies.in_force(&first.path);
        let seen = now.since(oldest);
        for row in place {
            let per_day = if row.age_days == 0 { day_rate(row.bytes, seen) } else { 0 };
            let (keep_days, floor_days) = match row.class {
                FootageClass::Held => {
                    outlook.held_bytes += row.bytes;
                    outlook.held_per_day += per_day;
                    continue;
                }
                FootageClass::Routine => (policy.routine_days, policy.floor_days),
                FootageClass::Violation => (policy.violation_days, policy.violation_days),
            };
            let stock = stocks.entry((keep_days, floor_days)).or_default();
            (stock.keep_days, stock.floor_days) = (keep_days, floor_days);
            let age = row.age_days.min(policy.ceiling_days) as usize;
            if stock.bytes_by_age.len() <= age {
                stock.bytes_by_age.resize(age + 1, 0);
            }
            stock.bytes_by_age[age] += row.bytes;
            stock.bytes_per_day += per_day;
        }
    }
    outlook.stocks = stocks.into_values().collect();
    let per_day = outlook.held_per_day + outlook.stocks.iter().map(|stock| stock.bytes_per_day).sum::<u64>();
    let found = forecast(&outlook, HORIZON_DAYS);
    let at = |days: Option<u32>| days.map(|days| now + DAY * days);
    Ahead {
        archive_bytes: bytes(rows),
        per_day,
        shortens_at: at(found.shortens_in_days),
        floor_breaks_at: at(found.floor_breaks_in_days),
    }
}

/// Returns what the bytes of the last day, of which `seen` was recorded, come to in a whole one.
fn day_rate(bytes: u64, seen: Duration) -> u64 {
    if seen >= DAY {
        return bytes;
    }
    if seen < LEAST {
        return 0;
    }
    let whole = u128::from(bytes) * DAY.as_millis() / seen.as_millis().max(1);
    u64::try_from(whole).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GB: u64 = 1_000_000_000;

    fn row(path: &str, class: FootageClass, age_days: u32, bytes: u64, now: WallTime) -> FootageAge {
        let oldest_at = now - DAY * (age_days + 1);
        FootageAge { path: path.into(), class, age_days, files: 1440, bytes, oldest_at }
    }

    fn days(at: Option<WallTime>, now: WallTime) -> Option<u64> {
        at.map(|at| at.since(now).as_secs() / 86_400)
    }

    #[test]
    fn a_disk_too_small_for_thirty_days_tells_the_day() {
        let now: WallTime = "2026-11-21T03:00:00Z".parse().unwrap();
        let rows: Vec<_> = (0..5).map(|age| row("/a/c/", FootageClass::Routine, age, 20 * GB, now)).collect();
        let policies = Policies::default();
        let found = ahead(&rows, 400 * GB, &policies, now);
        assert_eq!((found.per_day, found.archive_bytes), (20 * GB, 100 * GB));
        assert_eq!((days(found.shortens_at, now), found.floor_breaks_at), (Some(16), None));
        let found = ahead(&rows, 130 * GB, &policies, now);
        assert_eq!((days(found.shortens_at, now), days(found.floor_breaks_at, now)), (Some(2), Some(2)));
        assert_eq!(ahead(&rows, 1000 * GB, &policies, now).shortens_at, None);
    }

    #[test]
    fn the_rate_of_a_first_hour_is_taken_for_the_day_and_held_footage_never_goes() {
        let now: WallTime = "2026-11-21T03:00:00Z".parse().unwrap();
        let hour = Duration::from_secs(3600);
        let mut rows = vec![row("/a/c/", FootageClass::Routine, 0, GB, now)];
        rows[0].oldest_at = now - hour;
        assert_eq!(ahead(&rows, 1000 * GB, &Policies::default(), now).per_day, 24 * GB);
        rows[0].class = FootageClass::Held;
        let found = ahead(&rows, 100 * GB, &Policies::default(), now);
        assert_eq!(days(found.floor_breaks_at, now), Some(5), "24 GB a day that nothing deletes");
    }

    #[test]
    fn a_class_that_is_empty_now_is_told_as_empty() {
        let now = WallTime::from_micros(0);
        let volume = VolumeId::generate();
        let found = usage(volume, &[row("/", FootageClass::Routine, 0, 7, now)]);
        assert_eq!(found.iter().map(|usage| usage.bytes).collect::<Vec<_>>(), [7, 0, 0]);
    }
}
