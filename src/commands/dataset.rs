//! `mingchu dataset`: what people said of findings, as data to train and measure models with.

use super::{open_store, say};
use crate::{
    cli::{DatasetCommand, DatasetExportArguments},
    config::Config,
};
use anyhow::{Context, bail};
use mingchu_domain::{
    geometry::BBox,
    role::Scope,
    rule::RuleCode,
    time::{Clock, WallTime},
    violation::{DecisionFrame, DismissReason, ViolationState},
};
use mingchu_store::{PageKey, Store, SystemClock, Violation, ViolationFilter};
use serde_json::{Value, json};
use std::{fs, io::Write as _, path::Path};

const PAGE: u32 = 100;

pub(super) async fn dataset(command: DatasetCommand) -> anyhow::Result<()> {
    let DatasetCommand::Export(arguments) = command;
    let office = arguments.office.trim().to_owned();
    if office.is_empty() {
        bail!("--office must name the office that takes the pictures along; it is written into the audit trail");
    }
    let (from, to) = (time("--from", arguments.from.as_deref())?, time("--to", arguments.to.as_deref())?);
    prepare(&arguments.out)?;
    let store = open_store(&Config::load(arguments.config.config.as_deref())?).await?;
    let reviewed = reviewed(&store, from, to).await?;
    let pictures: usize = reviewed.iter().map(|violation| violation.frames.len()).sum();
    // Who takes pictures of people along is on record before the first one leaves.
    let detail = json!({ "office": office, "from": from, "to": to, "pictures": pictures });
    store.append_audit("command", "dataset.export", "dataset", &detail, SystemClock.now()).await?;
    let written = export(&store, &reviewed, &arguments).await;
    store.close().await;
    let (written, missing) = written?;
    let gone = if missing > 0 { format!(", {missing} pictures are no longer stored") } else { String::new() };
    say(format_args!(
        "{written} pictures of {} reviewed findings in {}{gone}",
        reviewed.len(),
        arguments.out.display()
    ));
    Ok(())
}

fn time(flag: &str, text: Option<&str>) -> anyhow::Result<Option<WallTime>> {
    text.map(|text| text.parse().with_context(|| format!("{flag} is no time as 2026-11-21T03:04:05Z"))).transpose()
}

/// Makes the folder; one that holds something is left alone.
fn prepare(out: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(out.join("images")).with_context(|| format!("cannot make the folder {}", out.display()))?;
    if out.join("annotations.jsonl").exists() {
        bail!("{} already holds a data set; name another folder", out.display());
    }
    Ok(())
}

/// Returns the findings of the range on which a person has decided, oldest first.
async fn reviewed(store: &Store, from: Option<WallTime>, to: Option<WallTime>) -> anyhow::Result<Vec<Violation>> {
    let mut found = Vec::new();
    for state in [ViolationState::Confirmed, ViolationState::Dismissed] {
        let filter = ViolationFilter { state: Some(state), since: from, ..ViolationFilter::default() };
        let mut key = PageKey { after: None, limit: PAGE };
        loop {
            let page = store.violations(&Scope::All, &filter, &key).await?;
            found.extend(page.items.into_iter().filter(|one| to.is_none_or(|to| one.started_at < to)));
            match page.next {
                Some(next) => key.after = Some(next),
                None => break,
            }
        }
    }
    found.sort_by_key(|violation| (violation.started_at, violation.id));
    Ok(found)
}

/// Writes pictures and lines; returns how many, and how many pictures are no longer stored.
async fn export(
    store: &Store,
    reviewed: &[Violation],
    arguments: &DatasetExportArguments,
) -> anyhow::Result<(usize, usize)> {
    let file =
        fs::File::create_new(arguments.out.join("annotations.jsonl")).context("cannot write annotations.jsonl")?;
    let mut lines = std::io::BufWriter::new(file);
    let (mut written, mut missing) = (0, 0);
    for violation in reviewed {
        for (number, frame) in (1..).zip(&violation.frames) {
            let Ok(jpeg) = store.objects().get(&frame.object_key).await else {
                missing += 1;
                continue;
            };
            let image = format!("images/{}-{number}.jpg", violation.id);
            let reader = image::ImageReader::new(std::io::Cursor::new(&jpeg)).with_guessed_format()?;
            let size = reader.into_dimensions().with_context(|| format!("picture {} is no JPEG", frame.object_key))?;
            fs::write(arguments.out.join(&image), &jpeg).with_context(|| format!("cannot write {image}"))?;
            writeln!(lines, "{}", line(violation, frame, &image, size))?;
            written += 1;
        }
    }
    lines.flush().context("cannot write annotations.jsonl")?;
    Ok((written, missing))
}

/// Returns one line of the data set: what was judged, and what the person's verdict makes of it.
fn line(violation: &Violation, frame: &DecisionFrame, image: &str, (width, height): (u32, u32)) -> Value {
    let pixels =
        |b: BBox| json!([b.x1 * width as f32, b.y1 * height as f32, b.x2 * width as f32, b.y2 * height as f32]);
    let reason = violation.review.as_ref().and_then(|review| review.reason);
    let is_kept = reason == Some(DismissReason::NotAViolation);
    let is_broken = violation.state == ViolationState::Confirmed;
    let mut boxes = Vec::new();
    let mut head = frame.head.map(|head| json!({ "class": "head", "box": pixels(head) }));
    match violation.code {
        RuleCode::NoHat => {
            let hat = if is_broken { Some("bare") } else { is_kept.then_some("covered") };
            if let (Some(head), Some(hat)) = (&mut head, hat) {
                head["hat"] = json!(hat);
            }
        }
        // A confirmed one was not worn or worn wrongly; the verdict does not say which.
        RuleCode::NoMask => {
            if let (Some(head), true) = (&mut head, is_kept) {
                head["mask"] = json!("worn");
            }
        }
        _ => {}
    }
    match violation.code.subject() {
        mingchu_domain::rule::Subject::Person => {
            boxes.push(json!({ "class": "person", "box": pixels(frame.subject) }));
            boxes.extend(head);
        }
        mingchu_domain::rule::Subject::Bin => {
            let mut bin = json!({ "class": "bin", "box": pixels(frame.subject) });
            if let Some(lid) = if is_broken { Some("open") } else { is_kept.then_some("closed") } {
                bin["lid"] = json!(lid);
            }
            boxes.push(bin);
        }
        _ => {}
    }
    json!({
        "image": image, "source": "reviews", "synthetic": violation.camera.is_synthetic, "boxes": boxes, "complete": [],
        "review": {
            "rule": violation.code, "verdict": violation.state, "reason": reason,
            "model": violation.model, "rule_pack": violation.rule_pack, "confidence": frame.confidence,
        },
    })
}
