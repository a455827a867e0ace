"""Calibrates, judges and writes the model files, `models.toml`, `SHA256SUMS` and the figures of the cards."""

import hashlib
import json
from pathlib import Path

import numpy as np
import torch

from . import judge
from .classifier import HAT_STATES, LID_STATES, MASK_STATES, BinNet, BinTop, HeadNet, HeadTop, export, trunk_of
from .detector import CLASSES, SIDE, Detector, Small

# Scores from which a detection counts; chosen on the held-out pictures (mingchu_detect.md).
LEAST = {"person": 0.30, "head": 0.30, "cat": 0.35, "dog": 0.35, "rodent": 0.50, "phone": 0.35}
# Sources that show real, unchanged heads.
REAL = ("worksite-ppe", "face-mask", "worksite")
NEVER = 1.01


class HeldOut:
    """Logits of the held-out samples of one question; half of the sources calibrate, the other half is reported on."""

    def __init__(self, logits, states, width, sources, groups):
        known = states >= 0
        self.logits, self.states, self.width = logits[known], states[known].astype(int), np.abs(width[known])
        self.sources, self.groups = np.array(sources)[known], np.array(groups)[known]
        halves = [int(hashlib.sha1(f"half {group}".encode()).hexdigest()[:4], 16) % 2 for group in self.groups]
        self.calibrates = np.array(halves) == 0
        self.temperature = judge.temperature(self.logits[self.calibrates], self.states[self.calibrates])
        self.chances = judge.softmax(self.logits, self.temperature)

    def bands(self, names, skip=()) -> dict[str, list[float]]:
        """Returns per state the band of each size: the stricter of those that all samples and real heads alone ask for.

        Where a size has too few samples it takes the band of the next smaller one.
        """
        real = np.isin(self.sources, REAL)
        sizes, found = judge.size_of(self.width), {}
        for state, name in enumerate(names):
            found[name] = []
            for size in range(len(judge.SIZES)):
                here = self.calibrates & (sizes == size)
                enough = (self.states[here] == state).sum() >= 15
                level = judge.band(self.chances[here], self.states[here], state) if enough else None
                if enough and (self.states[here & real] == state).sum() >= 15:
                    level = max(level, judge.band(self.chances[here & real], self.states[here & real], state))
                if level is None:
                    level = found[name][-1] if found[name] else NEVER
                found[name].append(level)
        return {name: levels for name, levels in found.items() if name not in skip}

    def report(self, names, bands) -> list[str]:
        """Returns Markdown: figures of the half that did not calibrate, by kind of picture."""
        lines = []
        kinds = {
            "Real heads": np.isin(self.sources, REAL),
            "Drawn hats and masks on real heads": np.array([source.startswith(("hat-drawn", "mask-drawn")) for source in self.sources]),
            "Drawn figures": np.array([source.startswith(("raster", "bin-")) for source in self.sources]),
        }
        limits = bands | {name: [NEVER] * 3 for name in names if name not in bands}
        for title, chosen in kinds.items():
            own = chosen & ~self.calibrates
            if not own.any():
                continue
            lines += ["", f"{title}, {int(own.sum())} judgements of {len(set(self.groups[own]))} sources:", ""]
            lines += judge.table(self.chances[own], self.states[own], self.width[own], names, limits)
            if len(names) == 2:
                areas = [f"{low}-{high if high < 10_000 else ''} px {judge.auc(self.chances[rows, 0], self.states[rows] == 0):.3f} ({rows.sum()})"
                         for i, (low, high) in enumerate(judge.SIZES) if (rows := own & (judge.size_of(self.width) == i)).any()]  # fmt: skip
                lines += ["", "AUC: " + ", ".join(areas)]
        rows = judge.reliability(self.chances[~self.calibrates], self.states[~self.calibrates])
        lines += ["", "Reliability (said, right, count): " + "; ".join(f"{c:.2f}, {r:.2f}, {n}" for c, r, n in rows)]
        return lines


def answers(top, found, tags):
    """Runs a trained top on the held-out samples."""
    rows = np.array([tags[place][2] for place in found["sample"]])
    features, logits = found["features"][rows], []
    top.eval()
    with torch.no_grad():
        for start in range(0, len(features), 256):
            part = top(torch.from_numpy(features[start : start + 256].astype(np.float32)))
            logits.append([answer.numpy() for answer in part])
    places = found["sample"][rows]
    about = (found["width"][rows], [tags[p][0] for p in places], [tags[p][1] for p in places])
    return [np.concatenate(column) for column in zip(*logits)], found["states"][rows], about


def write(out: Path, yolox: Path, mobilenet: Path, ours: dict, head: tuple, lid: tuple, say=print) -> dict:
    """Writes everything into `out`; returns the figures as they stand in `figures.md`."""
    small, head_top, bin_top = Small(), HeadTop(), BinTop()
    small.load_state_dict(ours)
    head_top.load_state_dict(head[0])
    bin_top.load_state_dict(lid[0])
    (hat, mask), states, about = answers(head_top, *head[1:])
    hat, mask = HeldOut(hat, states[:, 0], *about), HeldOut(mask, states[:, 1], *about)
    (lids, _), states, about = answers(bin_top, *lid[1:])
    lids = HeldOut(lids, states[:, 0], *about)

    export(Detector(yolox, small), out / "mingchu_detect.onnx", SIDE, "images", ["output"], 11)
    export(HeadNet(trunk_of(mobilenet), head_top, (hat.temperature, mask.temperature)), out / "mingchu_head.onnx", 128, "head", ["hat", "mask"])
    export(BinNet(trunk_of(mobilenet), bin_top, lids.temperature), out / "mingchu_bin.onnx", 128, "bin", ["lid", "features"])

    bands = {"hat": hat.bands(HAT_STATES), "mask": mask.bands(MASK_STATES, ("face_not_seen",)), "lid": lids.bands(LID_STATES, ("occluded",))}
    (out / "models.toml").write_text(manifest(out, bands))
    lines = [f"Temperatures: hat {hat.temperature:.2f}, mask {mask.temperature:.2f}, lid {lids.temperature:.2f}.", "", "## Hat"]
    lines += hat.report(HAT_STATES, bands["hat"]) + ["", "## Mask"] + mask.report(MASK_STATES, bands["mask"])
    lines += ["", "## Bin lid"] + lids.report(LID_STATES, bands["lid"])
    (out / "figures.md").write_text("# Figures of the held-out samples, written by `make train`\n\n" + "\n".join(lines) + "\n")
    sums = [f"{digest(path)}  {path.name}\n" for path in sorted(out.glob("mingchu_*.onnx"))]
    (out / "SHA256SUMS").write_text("".join(sums))
    say(json.dumps(bands))
    return bands


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def manifest(out: Path, bands: dict) -> str:
    """Returns models.toml: what `analyzer/src/models` reads."""
    sizes = lambda levels: "{ " + ", ".join(f"from_{low} = {level:.2f}" for (low, _), level in zip(judge.SIZES, levels)) + " }"  # noqa: E731
    part = lambda name: [f'file = "mingchu_{name}.onnx"', f'sha256 = "{digest(out / f"mingchu_{name}.onnx")}"']  # noqa: E731
    lines = ["# Written by `make train`. A state is given from its band on; above 1: never. Meaning: README.md.", "version = 1", "", "[detect]"]
    lines += [*part("detect"), f"side = {SIDE}", f"classes = {json.dumps(list(CLASSES))}", "nms_iou = 0.45", "", "[detect.least]"]
    lines += [f"{name} = {level:.2f}" for name, level in LEAST.items()]
    lines += ["", "[head]", *part("head"), "side = 128", "grow = 0.3"]
    for question in ("hat", "mask"):
        lines += ["", f"[head.bands.{question}]"] + [f"{name} = {sizes(levels)}" for name, levels in bands[question].items()]
    lines += ["", "[bin]", *part("bin"), "side = 128", "grow = 0.3", "", "[bin.bands]"]
    lines += [f"{name} = {max(level for level in levels if level < NEVER) if min(levels) < NEVER else NEVER:.2f}" for name, levels in bands["lid"].items()]
    return "\n".join([*lines, "", "[bin.refine]", 'method = "means"', "least_each = 10"]) + "\n"
