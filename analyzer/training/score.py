"""Scores the model files on a data set of `mingchu eval`'s format: `python -m training.score DATASET`, from `analyzer/`.

Persons and heads by the detector (found: overlap 0.5, heads 0.4), hat, mask and lid on the true boxes, with the bands of
models.toml. Prints Markdown.
"""

import argparse
import json
import tomllib
from pathlib import Path

import cv2
import numpy as np

from . import detector, heads, judge, photo
from .classifier import HAT_STATES, LID_STATES, MASK_STATES, to_input
from .finder import OnnxFile

MODELS = Path(__file__).resolve().parents[1] / "models"
OVERLAP = {"person": 0.5, "head": 0.4}


def main() -> None:
    parser = argparse.ArgumentParser(prog="training.score", description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--models", type=Path, default=MODELS)
    options = parser.parse_args()
    listing = options.dataset / "annotations.jsonl"
    if not listing.is_file():
        raise heads.MissingData(listing, "a data set written by training.convert")
    print("\n".join(score(options.models, options.dataset, listing.read_text().splitlines())))


def score(models: Path, dataset: Path, lines: list[str]) -> list[str]:
    manifest = tomllib.loads((models / "models.toml").read_text())
    find, head, lid = (OnnxFile(models / manifest[part]["file"]) for part in ("detect", "head", "bin"))
    size = (manifest["detect"]["width"], manifest["detect"]["height"])
    found = {kind: [0, 0, 0] for kind in OVERLAP}
    said = {"hat": [], "mask": [], "lid": []}
    for line in lines:
        item = json.loads(line)
        picture = cv2.imread(str(dataset / item["image"]))
        value, scale = detector.letterbox(picture, size)
        output = find.run(value[None])["output"]
        for kind in OVERLAP:
            least = manifest["detect"]["least"][kind]
            seen = detector.detections(output, scale, detector.CLASSES.index(kind), least, manifest["detect"]["nms_iou"], size)
            count(found[kind], [box["box"] for box in item["boxes"] if box["class"] == kind], seen, OVERLAP[kind], kind in item["complete"])
        for box in item["boxes"]:
            if not any(key in box for key in said):
                continue
            model = lid if "lid" in box else head
            answer = model.run(to_input(photo.head_input(picture, box["box"], None, None)[0])[None])
            for key in said:
                if key in box:
                    said[key].append((answer[key][0], box[key], box["box"][2] - box["box"][0]))
    report = [f"{len(lines)} pictures.", ""]
    for kind, (hit, of, false) in found.items():
        report.append(f"- {kind} found: {judge.share(hit, of)}; {false} too many")
    limits = manifest["head"]["bands"] | {"lid": {name: {f"from_{low}": level for low, _ in judge.SIZES} for name, level in manifest["bin"]["bands"].items()}}
    for key, names in (("hat", HAT_STATES), ("mask", MASK_STATES), ("lid", LID_STATES)):
        if not said[key]:
            continue
        chances, states, width = (np.array(column) for column in zip(*said[key]))
        states = np.array([names.index(state) for state in states])
        bands = np.array([[*(limits[key].get(name, {}).get(f"from_{low}", 1.01) for low, _ in judge.SIZES), 1.01] for name in names])
        own = bands[chances.argmax(1), judge.size_of(width)]
        report += ["", f"{key}:", ""] + judge.table(chances, states, width, names, own)
    return report


def count(sums: list[int], truth: list, seen: np.ndarray, least: float, is_complete: bool) -> None:
    """Adds found, there, and (where every one has a box) too many."""
    free = list(range(len(seen)))
    for box in truth:
        fits = [(overlap(box, seen[i]), i) for i in free]
        best = max(fits, default=(0, -1))
        if best[0] >= least:
            free.remove(best[1])
            sums[0] += 1
        sums[1] += 1
    sums[2] += len(free) if is_complete else 0


def overlap(a, b) -> float:
    inter = max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inter
    return inter / union if union > 0 else 0.0


if __name__ == "__main__":
    main()
