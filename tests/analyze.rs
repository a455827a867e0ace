//! `mingchu analyze` on what people hand it: pictures and videos whole and broken, zones, models.
#![cfg(all(feature = "gateway", feature = "analyzer", feature = "web"))]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends where its means fail, and says why it is skipped"
)]

use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

const CLIPS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/footage/clips");

fn clip(name: &str) -> PathBuf {
    Path::new(CLIPS).join(name)
}

/// Makes a file with ffmpeg: its arguments, blanks between them; `IN` is `input`.
fn make(target: &Path, arguments: &str, input: &Path) {
    let arguments = arguments.split(' ').map(|word| if word == "IN" { input.to_str().unwrap() } else { word });
    let mut ffmpeg = Command::new("ffmpeg");
    assert!(ffmpeg.args(["-v", "error", "-y"]).args(arguments).arg(target).status().unwrap().success());
}

fn analyze(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mingchu")).arg("analyze").args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn lines(output: &Output) -> Vec<Value> {
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Whether there are models; a fresh clone has them, and without any there is nothing to look with.
fn has_models() -> bool {
    let has = mingchu_analyzer::find::models(None).is_some();
    if !has {
        println!("skipped: no models");
    }
    has
}

#[test]
fn a_picture_and_a_video_become_a_json_line_a_picture() {
    if !has_models() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let png = folder.path().join("serving.png");
    make(&png, "-ss 2 -i IN -frames:v 1", &clip("serving_compliant.mp4"));
    let zones = folder.path().join("zones.json");
    let text = r#"[{"name":"备餐","kind":"serving","outline":[[0,0],[1,0],[1,1],[0,1]]},
                   {"kind":"bin","outline":[[0.8,0.7],[0.9,0.7],[0.9,0.9],[0.8,0.9]]}]"#;
    std::fs::write(&zones, text).unwrap();
    let out = folder.path().join("drawn");
    let output = analyze(&[
        png.to_str().unwrap(),
        clip("serving_no_mask.mp4").to_str().unwrap(),
        "--json",
        "--fps",
        "0.2",
        "--zones",
        zones.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{}", said(&output));
    let lines = lines(&output);
    let times: Vec<f64> = lines.iter().map(|line| line["t"].as_f64().unwrap()).collect();
    assert_eq!(times, [0.0, 0.0, 5.0, 10.0, 15.0]);
    for line in &lines {
        assert_eq!((line["width"].as_u64(), line["height"].as_u64()), (Some(960), Some(540)));
        assert_eq!(line["bins"].as_array().unwrap().len(), 1);
        assert!(line["health"]["brightness"].as_f64().unwrap() > 20.0);
        let person = &line["persons"][0];
        let edges: Vec<f64> = person["box"].as_array().unwrap().iter().map(|edge| edge.as_f64().unwrap()).collect();
        assert!(edges[0] < edges[2] && edges[1] < edges[3] && edges[2] <= 960.0 && edges[3] <= 540.0, "{edges:?}");
        assert!(person["score"].as_f64().unwrap() > 0.25 && person["zones"][0] == "备餐", "{person}");
        assert!(["covered", "bare", "unknown"].contains(&person["hat"]["state"].as_str().unwrap()));
        assert!(["worn", "not_worn", "wrongly_worn", "unknown"].contains(&person["mask"]["state"].as_str().unwrap()));
    }
    assert!(lines[0]["source"].as_str().unwrap().ends_with("serving.png"));
    let drawn: Vec<String> =
        std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(drawn.len(), 5, "{drawn:?}");
}

#[test]
fn tiny_huge_and_crowded_pictures_are_looked_at() {
    if !has_models() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    make(&path("tiny.png"), "-f lavfi -i color=red:size=16x16 -vf format=rgb24,crop=1:1 -frames:v 1", Path::new(""));
    make(&path("huge.jpg"), "-f lavfi -i testsrc2=size=5472x3648 -frames:v 1", Path::new(""));
    // One person, forty times: eight across, five down.
    make(
        &path("crowd.png"),
        "-ss 2 -i IN -vf crop=220:420:165:100,tile=8x5 -frames:v 1",
        &clip("serving_compliant.mp4"),
    );
    let names = ["tiny.png", "huge.jpg", "crowd.png"].map(|name| path(name).to_str().unwrap().to_owned());
    let output = analyze(&[&names[0], &names[1], &names[2], "--json"]);
    assert!(output.status.success(), "{}", said(&output));
    let lines = lines(&output);
    assert_eq!((lines[0]["width"].as_u64(), &lines[0]["persons"]), (Some(1), &serde_json::json!([])));
    assert_eq!(lines[1]["width"].as_u64(), Some(5472));
    let crowd = lines[2]["persons"].as_array().unwrap().len();
    assert!((20..=45).contains(&crowd), "{crowd} persons of 40");
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_looked_at() {
    if !has_models() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let whole = std::fs::read(clip("night_person.mp4")).unwrap();
    std::fs::write(path("cut.mp4"), &whole[..whole.len() / 2]).unwrap();
    std::fs::write(path("noise.mp4"), b"this is no video, but it is long enough to be looked into").unwrap();
    make(&path("good.jpg"), "-f lavfi -i testsrc2=size=320x180 -frames:v 1", Path::new(""));
    let jpeg = std::fs::read(path("good.jpg")).unwrap();
    std::fs::write(path("cut.jpg"), &jpeg[..jpeg.len() / 2]).unwrap();
    make(&path("sound.mp4"), "-f lavfi -i sine -t 1", Path::new(""));
    let names = ["cut.mp4", "noise.mp4", "cut.jpg", "sound.mp4", "gone.png", "good.jpg"];
    let files: Vec<String> = names.iter().map(|name| path(name).to_str().unwrap().to_owned()).collect();
    let mut arguments: Vec<&str> = files.iter().map(String::as_str).collect();
    arguments.extend(["--json", "--fps", "0.5"]);
    let output = analyze(&arguments);
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    for words in [
        "cut.mp4 cannot be read",
        "noise.mp4 cannot be read",
        "cut.jpg cannot be read: it is cut short",
        "sound.mp4 cannot be read: it holds no video",
        "gone.png cannot be opened",
        "5 of 6 files",
    ] {
        assert!(said.contains(words), "{words:?} is not in: {said}");
    }
    let lines = lines(&output);
    let from = |name: &str| lines.iter().filter(|line| line["source"].as_str().unwrap().ends_with(name)).count();
    assert!(from("cut.mp4") >= 1, "pictures before the damage are looked at");
    assert_eq!((from("good.jpg"), from("cut.jpg")), (1, 0));
}

#[test]
fn wrong_zones_are_refused_by_name_before_anything_is_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let zones = folder.path().join("zones.json");
    for (outline, words) in [
        ("[[0,0],[1.2,0],[1,1]]", "zone 1 (锅台): corner 2 lies outside the picture"),
        ("[[0,0],[1,1],[1,0],[0,1]]", "zone 1 (锅台): its sides 1 and 3 cross"),
    ] {
        std::fs::write(&zones, format!(r#"[{{"name":"锅台","kind":"cooking","outline":{outline}}}]"#)).unwrap();
        let output = analyze(&["--zones", zones.to_str().unwrap(), clip("bin_open.mp4").to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains(words) && output.stdout.is_empty(), "{}", said(&output));
    }
}

#[test]
fn a_missing_or_wrong_model_is_named_and_the_others_go_on() {
    let Some(models) = mingchu_analyzer::find::models(None) else { return };
    let folder = tempfile::tempdir().unwrap();
    let models = std::fs::read_dir(models).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    for file in models {
        std::fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
    }
    let is_own = folder.path().join("models.toml").is_file();
    let head = folder.path().join(if is_own { "mingchu_head.onnx" } else { "PROTO_hat_mbv2_lr_s128.onnx" });
    let persons = folder.path().join(if is_own { "mingchu_detect.onnx" } else { "yolox_nano_416.onnx" });
    let picture = folder.path().join("a.png");
    make(&picture, "-ss 2 -i IN -frames:v 1", &clip("serving_compliant.mp4"));
    let arguments = ["--json", "--models", folder.path().to_str().unwrap(), picture.to_str().unwrap()];

    let mut bytes = std::fs::read(&head).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&head, bytes).unwrap();
    let output = analyze(&arguments);
    assert!(output.status.success(), "{}", said(&output));
    let name = head.file_name().unwrap().to_str().unwrap();
    assert!(said(&output).contains(&format!("{name} has another SHA-256")), "{}", said(&output));
    let person = &lines(&output)[0]["persons"][0];
    assert!(person["score"].as_f64().unwrap() > 0.25 && person["hat"]["state"] == "unknown", "{person}");
    assert!(person["hat"]["p"].is_null(), "{person}");

    std::fs::remove_file(&persons).unwrap();
    let wide = folder.path().join("mingchu_detect_wide.onnx");
    if wide.is_file() {
        let output = analyze(&arguments);
        assert!(output.status.success() && said(&output).contains("is missing"), "{}", said(&output));
        std::fs::remove_file(wide).unwrap();
    }
    let output = analyze(&arguments);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("nothing can be judged") && said(&output).contains("is missing"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_provider_that_the_library_lacks_is_a_clear_error() {
    if !has_models() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("mingchu.toml");
    std::fs::write(&config, "[analyzer]\nprovider = \"cuda\"\n").unwrap();
    let output =
        analyze(&["--config", config.to_str().unwrap(), clip("bin_open.mp4").to_str().unwrap(), "--fps", "0.1"]);
    // Where the library has CUDA and a GPU, it simply works.
    if !output.status.success() {
        let said = said(&output);
        assert!(said.contains("analyzer.provider = \"cuda\" cannot be used") && said.contains("\"cpu\""), "{said}");
    }
}

#[test]
fn figures_say_what_was_found_missed_and_made_up() {
    if !has_models() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for ending in ["mp4", "sub.mp4", "truth.json"] {
        let name = format!("serving_no_mask.{ending}");
        std::fs::copy(clip(&name), folder.path().join(&name)).unwrap();
    }
    make(&folder.path().join("a.png"), "-ss 2 -i IN -frames:v 1", &clip("serving_compliant.mp4"));
    let truth: Value = serde_json::from_slice(&std::fs::read(clip("serving_compliant.truth.json")).unwrap()).unwrap();
    let frame = &truth["frames"][20];
    let boxes =
        frame["persons"].as_array().unwrap().iter().map(|p| serde_json::json!({"class":"person","box":p["box"]}));
    let heads = frame["heads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|head| serde_json::json!({"class":"head","box":head["box"],"hat":"covered","mask":head["mask"]}));
    let boxes: Vec<Value> = boxes.chain(heads).collect();
    let line = serde_json::json!({"image":"a.png","source":"test","boxes":boxes,"complete":["person"]});
    std::fs::write(folder.path().join("annotations.jsonl"), line.to_string()).unwrap();

    let mut command = Command::new(env!("CARGO_BIN_EXE_mingchu"));
    let output = command.args(["eval", "--json"]).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let report = &lines(&output)[0];
    let clips = &report["clips"];
    assert_eq!((&clips["found"], &clips["missed"], &clips["unfounded"]), (&1.into(), &0.into(), &0.into()), "{clips}");
    assert!(clips["clips"][0]["known"][0]["delay"].as_f64().unwrap() < 15.0);
    let persons = &report["pictures"]["detection"]["person"];
    assert!(persons["recall"]["of"].as_u64().unwrap() >= 2 && persons["recall"]["hits"].as_u64().unwrap() >= 1);
    let hat = &report["pictures"]["hat"]["all"];
    assert!(hat["heads"].as_u64().unwrap() >= 1 && hat["not_judged"]["value"].is_number(), "{hat}");

    let empty = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_mingchu")).arg("eval").arg(empty.path()).output().unwrap();
    assert!(!output.status.success() && said(&output).contains("neither annotations.jsonl nor"), "{}", said(&output));
}

/// Makes 200 pictures of the clips: ten of each, as they are, noisy, out of focus and dark; the same ones each time.
fn spoilt_pictures(folder: &Path) -> Vec<String> {
    let clips = ["bin_open", "cooking_no_hat", "night_person", "serving_compliant", "serving_no_mask"];
    let filter = "[0:v]fps=0.5,split=4[a][b][c][d];[b]noise=alls=18:all_seed=7[n];[c]gblur=sigma=2[f];\
                  [d]eq=brightness=-0.12:contrast=0.8[e]";
    for name in clips {
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-v", "error", "-y", "-i"]).arg(clip(&format!("{name}.mp4"))).args(["-filter_complex", filter]);
        for (output, spoilt) in [("[a]", "plain"), ("[n]", "noise"), ("[f]", "focus"), ("[e]", "dark")] {
            ffmpeg.args(["-map", output, "-frames:v", "10", "-q:v", "3"]);
            ffmpeg.arg(folder.join(format!("{name}-{spoilt}-%02d.jpg")));
        }
        assert!(ffmpeg.status().unwrap().success());
    }
    let mut pictures: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path().to_str().unwrap().to_owned()).collect();
    pictures.retain(|path| path.ends_with(".jpg"));
    pictures.sort();
    pictures
}

fn overlap(a: &Value, b: &Value) -> f64 {
    let edge = |of: &Value, index: usize| of["box"][index].as_f64().unwrap();
    let side = |low: usize| (edge(a, low + 2).min(edge(b, low + 2)) - edge(a, low).max(edge(b, low))).max(0.0);
    let area = |of: &Value| (edge(of, 2) - edge(of, 0)) * (edge(of, 3) - edge(of, 1));
    let both = side(0) * side(1);
    both / (area(a) + area(b) - both)
}

#[test]
fn opencv_judges_two_hundred_pictures_as_onnx_runtime_does() {
    if !has_models() {
        return;
    }
    let Some(library) = mingchu_analyzer::find::runtime(None) else {
        println!("skipped: no ONNX runtime library");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let pictures = spoilt_pictures(folder.path());
    assert_eq!(pictures.len(), 200);
    let begin = |name: &str, library: &Path| {
        let config = folder.path().join(name);
        std::fs::write(&config, format!("[analyzer]\nruntime = \"{}\"\n", library.display())).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_mingchu"));
        command.args(["analyze", "--json", "--config"]).arg(config).args(&pictures);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
    };
    let runs = [begin("ort.toml", &library), begin("opencv.toml", &folder.path().join("absent.so"))];
    let [ort, opencv] = runs.map(|run| run.wait_with_output().unwrap());
    assert!(ort.status.success() && !said(&ort).contains("models run on OpenCV"), "{}", said(&ort));
    assert!(opencv.status.success() && said(&opencv).contains("models run on OpenCV"), "{}", said(&opencv));

    let (mut states, mut differ) = (0, Vec::new());
    for (a, b) in lines(&ort).iter().zip(&lines(&opencv)) {
        assert_eq!(a["source"], b["source"]);
        let (persons, others) = (a["persons"].as_array().unwrap(), b["persons"].as_array().unwrap());
        states += 2 * persons.len().max(others.len());
        let mut same = 0;
        for person in persons {
            let other = others.iter().max_by(|x, y| overlap(person, x).total_cmp(&overlap(person, y)));
            let Some(other) = other.filter(|other| overlap(person, other) > 0.9) else { continue };
            same += ["hat", "mask"].iter().filter(|of| person[**of]["state"] == other[**of]["state"]).count();
        }
        if same < 2 * persons.len().max(others.len()) {
            differ.push((2 * persons.len().max(others.len()) - same, a["source"].as_str().unwrap().to_owned()));
        }
    }
    let wrong: usize = differ.iter().map(|(count, _)| count).sum();
    println!("{states} states in 200 pictures, {wrong} differ");
    assert!(states >= 300, "{states} states are too few to compare");
    assert!(100 * wrong <= states, "{wrong} of {states} states differ: {differ:?}");
}
