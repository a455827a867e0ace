"""Calibrates, judges and writes the model files, `models.toml`, `SHA256SUMS` and the figures of the cards."""

import hashlib
import json
from pathlib import Path

import numpy as np
import torch

from . import judge
from .classifier import HAT_STATES, LID_STATES, MASK_STATES, BinNet, BinTop, HeadNet, HeadTop, export, trunk_of, upper_of
from .detector import CLASSES, OURS, SHAPE, WIDE, Detector, Small

# Scores from which a detection counts. Heads and rodents were not found well enough to be told (mingchu_detect.md): a
# person's head is where it sits on a person's box. Our own layers go into the file once one of theirs is below 1.
LEAST = {"person": 0.30, "head": 1.01, "cat": 0.35, "dog": 0.35, "rodent": 1.01, "phone": 0.35}
# Sources that show real, unchanged heads.
REAL = ("worksite-ppe", "face-mask", "worksite")
NEVER = 1.01
# A band is chosen where at least so many heads have the state.
ENOUGH = 15
FOLDS = 5
# What opens a violation of a mask has to be right 49 times in 50, everything else 19 in 20: hats are not known well enough.
WANTED = {"not_worn": 0.98, "wrongly_worn": 0.98}


class HeldOut:
    """Logits of the held-out samples of one question.

    The bands that are written come from all of them. The figures are cross-fitted: each fifth of the sources is judged
    with a temperature and bands that the other four chose.
    """

    def __init__(self, logits, states, width, sources, groups, names, is_by_size: bool = True):
        known = states >= 0
        self.logits, self.states, self.width = logits[known], states[known].astype(int), np.abs(width[known])
        self.sources, self.groups = np.array(sources)[known], np.array(groups)[known]
        self.names, self.is_by_size = names, is_by_size
        self.is_real = np.isin(self.sources, REAL)
        self.is_rendered = np.array([source.startswith("rendered") for source in self.sources])
        self.temperature, self.bands = self.calibrated(np.ones(len(self.states), bool))
        self.chances, self.limits = np.zeros(self.logits.shape), np.full(len(self.states), NEVER)
        folds = np.array([int(hashlib.sha1(f"fold {group}".encode()).hexdigest()[:4], 16) % FOLDS for group in self.groups])
        for fold in range(FOLDS):
            own = folds == fold
            if own.any():
                temperature, bands = self.calibrated(~own)
                self.chances[own] = judge.softmax(self.logits[own], temperature)
                self.limits[own] = self.limits_of(self.chances[own], self.width[own], bands)

    def limits_of(self, chances, width, bands) -> np.ndarray:
        """Returns the band of each answer's own state and size."""
        table = np.array([[*bands.get(name, [NEVER] * 3), NEVER] for name in self.names])
        return table[chances.argmax(1), judge.size_of(width)]

    def calibrated(self, rows) -> tuple[float, dict[str, list[float]]]:
        """Returns the temperature, and per state the band of each size, chosen on `rows`.

        A band is the strictest of those that all heads of the size, the real ones and those rendered in kitchens ask
        for; from 40 px on the heads of all such sizes together, because few sources have large ones.
        """
        temperature = judge.temperature(self.logits[rows], self.states[rows])
        chances, sizes, found = judge.softmax(self.logits, temperature), judge.size_of(self.width), {}
        for state, name in enumerate(self.names):
            found[name] = []
            for size in range(len(judge.SIZES)):
                here = rows & (sizes >= 0 if not self.is_by_size else sizes >= 1 if size else sizes == 0)
                kinds = (here, here & self.is_real, here & self.is_rendered)
                wanted = WANTED.get(name, 0.95)
                levels = [judge.band(chances[part], self.states[part], state, wanted=wanted) for part in kinds
                          if (self.states[part] == state).sum() >= ENOUGH]  # fmt: skip
                found[name].append(max(levels, default=NEVER))
        return temperature, found

    def report(self) -> list[str]:
        """Returns Markdown by kind of picture."""
        lines = []
        kinds = {
            "Real heads": self.is_real,
            "Drawn hats and masks on real heads": np.array([source.startswith(("hat-drawn", "mask-drawn")) for source in self.sources]),
            "Rendered kitchens": self.is_rendered,
            "Drawn figures": np.array([source.startswith(("raster", "bin-")) for source in self.sources]),
        }
        for title, own in kinds.items():
            if not own.any():
                continue
            lines += ["", f"{title}, {int(own.sum())} judgements of {len(set(self.groups[own]))} sources:", ""]
            lines += judge.table(self.chances[own], self.states[own], self.width[own], self.names, self.limits[own])
            if len(self.names) == 2:
                areas = [f"{low}-{high if high < 10_000 else ''} px {judge.auc(self.chances[rows, 0], self.states[rows] == 0):.3f} ({rows.sum()})"
                         for i, (low, high) in enumerate(judge.SIZES) if (rows := own & (judge.size_of(self.width) == i)).any()]  # fmt: skip
                lines += ["", "AUC: " + ", ".join(areas)]
        rows = judge.reliability(self.chances, self.states)
        lines += ["", "Reliability (said, right, count): " + "; ".join(f"{c:.2f}, {r:.2f}, {n}" for c, r, n in rows)]
        return lines


def answers(top, found, tags, guesses: bool = False):
    """Runs a trained top on the held-out samples: on their own boxes, or on those cut at a guess."""
    rows = np.array([tags[place][2] for place in found["sample"]]) & (np.isnan(found["width"]) == guesses)
    features, logits = found["features"][rows], []
    top.eval()
    with torch.no_grad():
        for start in range(0, len(features), 256):
            part = top(torch.from_numpy(features[start : start + 256].astype(np.float32)))
            logits.append([answer.numpy() for answer in part])
    places = found["sample"][rows]
    about = (found["width"][rows], [tags[p][0] for p in places], [tags[p][1] for p in places])
    return [np.concatenate(column) for column in zip(*logits)], found["states"][rows], about


def overlap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Returns the intersection over union of boxes [n, 4]."""
    sides = np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    both = sides.clip(0).prod(1)
    return both / ((a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1) - both)


def places(top, found, tags, grow: float = 0.3) -> list[str]:
    """Returns how much nearer the box that is found lies than the guess that was cut, as Markdown."""
    (_, _, said), _, (_, sources, _) = answers(top, found, tags, guesses=True)
    truth = found["box"][np.array([tags[place][2] for place in found["sample"]]) & np.isnan(found["width"])]
    guess = np.tile([grow / 2 / (1 + grow)] * 2 + [1 - grow / 2 / (1 + grow)] * 2, (len(truth), 1))
    before, after = overlap(guess, truth), overlap(said, truth)
    lines = ["| heads | overlap of the guess, median | of the box found, median | at least 0.5, before | after |", "| --- | --- | --- | --- | --- |"]
    for title, starts in (("real", REAL), ("drawn on real heads", ("hat-drawn", "mask-drawn")), ("rendered kitchens", ("rendered",)), ("drawn figures", ("raster",))):
        own = np.array([source.startswith(tuple(starts)) for source in sources])
        if own.any():
            counts = [judge.share(int((part[own] >= 0.5).sum()), int(own.sum())) for part in (before, after)]
            lines.append(f"| {title} | {np.median(before[own]):.2f} | {np.median(after[own]):.2f} | {counts[0]} | {counts[1]} |")
    return lines


def write(out: Path, yolox: Path, mobilenet: Path, ours: dict, head: tuple, lid: tuple, say=print) -> None:
    """Writes everything into `out`."""
    small, head_top, bin_top = Small(), HeadTop(upper_of(mobilenet)), BinTop(upper_of(mobilenet))
    small.load_state_dict(ours)
    head_top.load_state_dict(head[0])
    bin_top.load_state_dict(lid[0])
    (hat, mask, _), states, about = answers(head_top, *head[1:])
    hat, mask = HeldOut(hat, states[:, 0], *about, HAT_STATES), HeldOut(mask, states[:, 1], *about, MASK_STATES)
    (lids, _), states, about = answers(bin_top, *lid[1:])
    lids = HeldOut(lids, states[:, 0], *about, LID_STATES, is_by_size=False)

    out.mkdir(parents=True, exist_ok=True)
    is_told = any(LEAST[CLASSES[kind]] <= 1 for kind in OURS)
    for name, shape in (("detect", SHAPE), ("detect_wide", WIDE)):
        export(Detector(yolox, small if is_told else None), out / f"mingchu_{name}.onnx", shape, "images", ["output"], 11)
    export(HeadNet(trunk_of(mobilenet), head_top, (hat.temperature, mask.temperature)), out / "mingchu_head.onnx", (128, 128), "head", ["hat", "mask", "box"])
    export(BinNet(trunk_of(mobilenet), bin_top, lids.temperature), out / "mingchu_bin.onnx", (128, 128), "bin", ["lid", "features"])

    (out / "models.toml").write_text(manifest(out, hat.bands, mask.bands, lids.bands))
    lines = [f"Temperatures: hat {hat.temperature:.2f}, mask {mask.temperature:.2f}, lid {lids.temperature:.2f}.", "", "## Hat"]
    lines += hat.report() + ["", "## Mask"] + mask.report() + ["", "## Bin lid"] + lids.report()
    lines += ["", "## Where the head is", ""] + places(head_top, *head[1:])
    (out / "figures.md").write_text("# Figures of the held-out samples, written by `make train`\n\n" + "\n".join(lines) + "\n")
    sums = [f"{digest(path)}  {path.name}\n" for path in sorted(out.glob("mingchu_*.onnx"))]
    (out / "SHA256SUMS").write_text("".join(sums))
    say(json.dumps([hat.bands, mask.bands, lids.bands]))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def manifest(out: Path, hat: dict, mask: dict, lid: dict) -> str:
    """Returns models.toml: what `analyzer/src/models` reads."""
    sizes = lambda levels: "{ " + ", ".join(f"from_{low} = {level:.2f}" for (low, _), level in zip(judge.SIZES, levels)) + " }"  # noqa: E731
    part = lambda name: [f'file = "mingchu_{name}.onnx"', f'sha256 = "{digest(out / f"mingchu_{name}.onnx")}"']  # noqa: E731
    lines = ["# Written by `make train`. A state is given from its band on; above 1: never. Meaning: README.md.", "version = 1", "", "[detect]"]
    lines += [*part("detect"), f"width = {SHAPE[0]}", f"height = {SHAPE[1]}", f"classes = {json.dumps(list(CLASSES))}", "nms_iou = 0.45", "", "[detect.least]"]
    lines += [f"{name} = {level:.2f}" for name, level in LEAST.items()]
    lines += ["", "[detect.wide]", *part("detect_wide"), f"width = {WIDE[0]}", f"height = {WIDE[1]}"]
    lines += ["", "[head]", *part("head"), "side = 128", "grow = 0.3"]
    for question, bands, states in (("hat", hat, ("covered", "bare")), ("mask", mask, ("worn", "not_worn", "wrongly_worn"))):
        lines += ["", f"[head.bands.{question}]"] + [f"{name} = {sizes(bands[name])}" for name in states]
    lines += ["", "[bin]", *part("bin"), "side = 128", "grow = 0.3", "", "[bin.bands]"]
    lines += [f"{name} = {max(lid[name]):.2f}" for name in ("closed", "open")]
    return "\n".join([*lines, "", "[bin.refine]", 'method = "means"', "least_each = 10"]) + "\n"
