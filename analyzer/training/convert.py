"""Turns the data sets and rendered clips into the data set format of `mingchu eval`: a folder with annotations.jsonl.

`python -m training.convert worksite|clips SOURCE OUT`, from `analyzer/`. Only what is held out from training goes in.
"""

import argparse
import json
from pathlib import Path

import cv2

from .heads import PERSON, MissingData, corrections, is_held_out, ppe_group, ppe_heads, ppe_pictures


def main() -> None:
    parser = argparse.ArgumentParser(prog="training.convert", description=__doc__)
    parser.add_argument("what", choices=("worksite", "clips"))
    parser.add_argument("source", type=Path, help="worksite-ppe, or a folder of NAME.mp4 with NAME.truth.json")
    parser.add_argument("out", type=Path)
    parser.add_argument("--every", type=float, default=1.0, help="clips: seconds between pictures")
    options = parser.parse_args()
    (options.out / "images").mkdir(parents=True, exist_ok=True)
    lines = worksite(options.source, options.out) if options.what == "worksite" else clips(options)
    count = 0
    with (options.out / "annotations.jsonl").open("w") as file:
        for line in lines:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            count += 1
    print(f"{count} pictures in {options.out}")


def rounded(box) -> list[float]:
    return [round(float(value), 1) for value in box]


def worksite(source: Path, out: Path):
    """Yields a line for each picture whose source is held out, of augmented copies only the first; labels.csv corrects."""
    trained = {ppe_group(path.stem) for path in (source / "train" / "labels").glob("*.txt")}
    seen, corrected = set(), corrections()
    for part in ("valid", "train"):
        for path, group, boxes, picture in ppe_pictures(source, part):
            held_out = is_held_out(group) or (part == "valid" and group not in trained)
            if not held_out or (group in seen and "mp4" not in group.lower()):
                continue
            seen.add(group)
            cv2.imwrite(str(out / "images" / path.name), picture)
            found = [{"class": "person", "box": rounded(box)} for box in boxes.get(PERSON, [])]
            for number, (box, hat, mask) in enumerate(ppe_heads(boxes)):
                better = corrected.get(f"{path.stem}#{number}", hat)
                if better == "drop":
                    continue
                hat = None if better == "unknown" else better
                states = {key: value for key, value in (("hat", hat), ("mask", mask)) if value}
                found.append({"class": "head", "box": rounded(box), **states})
            yield {"image": f"images/{path.name}", "source": f"worksite-ppe {part}", "synthetic": False,
                   "boxes": found, "complete": ["person"]}  # fmt: skip


def clips(options):
    """Yields a line for each picture taken every `--every` seconds from each clip with truth."""
    truths = sorted(options.source.glob("*.truth.json"))
    if not truths:
        raise MissingData(options.source, "rendered clips with NAME.truth.json beside NAME.mp4")
    for path in truths:
        truth = json.loads(path.read_text())
        name = path.name.removesuffix(".truth.json")
        film = cv2.VideoCapture(str(options.source / f"{name}.mp4"))
        step = max(1, round(options.every * truth["fps"]))
        for number, frame in enumerate(truth["frames"]):
            good, picture = film.read()
            if not good:
                raise MissingData(options.source / f"{name}.mp4", f"frame {number} of the clip")
            if number % step:
                continue
            image = f"images/{name}_{number:04}.jpg"
            cv2.imwrite(str(options.out / image), picture, [cv2.IMWRITE_JPEG_QUALITY, 95])
            yield {"image": image, "source": name, "synthetic": True, "boxes": frame_boxes(frame),
                   "complete": ["person", "head", "bin"]}  # fmt: skip


def frame_boxes(frame: dict) -> list[dict]:
    """Returns the boxes of one truth frame; figures of which less than 30 % are seen are left out."""
    found = [{"class": "person", **{key: p[key] for key in ("box", "seen") if key in p}} for p in frame["persons"] if p["visible"] >= 0.3]
    for head in frame["heads"]:
        if head["visible"] < 0.3:
            continue
        box = {"class": "head", "box": head["box"], "hat": "covered" if head["covered"] else "bare"}
        if head["facing"] < -0.1:
            box["mask"] = "face_not_seen"
        elif head["facing"] > 0.3:
            box["mask"] = head["mask"]
        found.append(box)
    for item in frame["bins"]:
        lid = "occluded" if item["visible"] < 0.35 else {"on": "closed", "off": "open"}[item["lid"]]
        found.append({"class": "bin", "box": item["box"], "lid": lid})
    return found


if __name__ == "__main__":
    main()
