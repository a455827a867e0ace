"""The detector: YOLOX-nano for persons, cats, dogs and phones, and layers trained here for heads and rodents.

YOLOX stays as it is; our layers stand on the features from which it predicts class and box of each cell. So those
features are computed once per picture: training takes minutes on one core, and the run time pays next to nothing for
the further classes.
"""

from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from .graph import Graph

SIDE, STRIDES = 416, (8, 16, 32)
# Width and height of the exported files' input: a square for any picture, and as much again for cameras' 16:9, which in
# a square waste almost half of it. An upright photograph of forty persons needs the square.
SHAPE, WIDE = (SIDE, SIDE), (544, 320)
CLASSES = ("person", "head", "cat", "dog", "rodent", "phone")
# Tensors of yolox_nano_416.onnx: the neck's three levels, and class, box and objectness of each level.
NECK = ["956", "990", "1024"]
RAW = ["1045", "1062", "1063", "1087", "1104", "1105", "1129", "1146", "1147"]
TOWERS = [("1044", "1061"), ("1086", "1103"), ("1128", "1145")]
COCO = {0: 0, 2: 15, 3: 16, 5: 67}
# A class that a branch does not answer: its sigmoid is 0 in single precision's eyes.
NEVER = -20.0
# What our own layers answer: heads and rodents.
OURS = (1, 4)


class Known(nn.Module):
    """YOLOX's own head, with the class layers cut down to ours."""

    def __init__(self, weights: Path):
        super().__init__()
        self.graph = Graph(weights, NECK, RAW + [name for pair in TOWERS for name in pair])
        for level in range(3):
            for part, fill in (("weight", 0.0), ("bias", NEVER)):
                key = f"head_cls_preds_{level}_{part}"
                old = self.graph.weights[key].data
                new = torch.full((len(CLASSES), *old.shape[1:]), fill)
                for ours, theirs in COCO.items():
                    new[ours] = old[theirs]
                self.graph.weights[key] = nn.Parameter(new)

    def forward(self, neck):
        found = self.graph(*neck)
        raw = [(found[3 * level], found[3 * level + 1], found[3 * level + 2]) for level in range(3)]
        towers = [torch.cat(found[9 + 2 * level : 11 + 2 * level], 1) for level in range(3)]
        return raw, towers


class Small(nn.Module):
    """What is trained here: a few layers a level on the class and box features of each cell, [n, 128, h, w].

    The depthwise ones let a cell see its neighbours: what lies below a head tells it from a pot.

    Answers box [n, 4], objectness [n, 1] and scores [n, 6] (only heads and rodents) a cell, as YOLOX does.
    """

    def __init__(self, wide: int = 96):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(128, 128, 3, padding=1, groups=128), nn.Conv2d(128, wide, 1), nn.SiLU(),
                nn.Conv2d(wide, wide, 3, padding=1, groups=wide), nn.Conv2d(wide, wide, 1), nn.SiLU(),
                nn.Conv2d(wide, 5 + len(OURS), 1),
            )  # fmt: skip
            for _ in range(3)
        )
        for layer in self.layers:
            layer[-1].bias.data[4] = -4.0

    def forward(self, towers):
        raw = []
        for layer, tower in zip(self.layers, towers):
            found = layer(tower)
            never = found[:, :1] * 0 + NEVER
            columns = [found[:, 5 + OURS.index(kind) : 6 + OURS.index(kind)] if kind in OURS else never for kind in range(len(CLASSES))]
            raw.append((torch.cat(columns, 1), found[:, :4], found[:, 4:5]))
        return raw


def rows(raw):
    """Returns [n, 3549, 5 + classes] of three levels."""
    levels = [torch.cat([box, torch.sigmoid(obj), torch.sigmoid(cls)], 1).flatten(2) for cls, box, obj in raw]
    return torch.cat(levels, 2).transpose(1, 2)


class Detector(nn.Module):
    """Input [1, 3, h, w] BGR 0..255, output [1, rows, 11]: a row a cell of YOLOX's head, then, with `small`, as many of ours."""

    def __init__(self, weights: Path, small: Small | None):
        super().__init__()
        self.trunk, self.known, self.small = Graph(weights, ["images"], NECK), Known(weights), small

    def forward(self, images):
        raw, towers = self.known(self.trunk(images))
        return torch.cat([rows(raw), rows(self.small(towers))], 1) if self.small else rows(raw)


def letterbox(picture: np.ndarray, size: tuple[int, int] = (SIDE, SIDE)) -> tuple[np.ndarray, float]:
    """Returns the picture in the top left of a grey ground of `size` (width, height), [3, h, w] float32, and the scale."""
    scale = min(size[0] / picture.shape[1], size[1] / picture.shape[0])
    wide, high = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    canvas = np.full((size[1], size[0], 3), 114, np.uint8)
    canvas[:high, :wide] = cv2.resize(picture, (wide, high))
    return canvas.transpose(2, 0, 1).astype(np.float32), scale


def grid(size: tuple[int, int] = (SIDE, SIDE)) -> tuple[np.ndarray, np.ndarray]:
    """Returns cell [n, 2] and stride [n, 1] of each row of one branch."""
    cells = [np.stack(np.meshgrid(range(size[0] // s), range(size[1] // s)), -1).reshape(-1, 2) for s in STRIDES]
    return np.concatenate(cells).astype(np.float32), np.repeat(STRIDES, [len(c) for c in cells])[:, None].astype(np.float32)


def detections(output: np.ndarray, scale: float, kind: int, least: float, overlap: float = 0.45, size=SHAPE) -> np.ndarray:
    """Returns rows [n, 5] of one class: x1, y1, x2, y2 in pixels of the picture, score."""
    rows = output[0]
    cells, strides = (np.tile(part, (len(rows) // len(part), 1)) for part in grid(size))
    score = rows[:, 4] * rows[:, 5 + kind]
    keep = score >= least
    rows, cells, strides, score = rows[keep], cells[keep], strides[keep], score[keep]
    middle, size = (rows[:, :2] + cells) * strides, np.exp(rows[:, 2:4]) * strides
    boxes = np.concatenate([middle - size / 2, middle + size / 2], 1) / scale
    if not len(boxes):
        return np.zeros((0, 5), np.float32)
    tall = [[float(b[0]), float(b[1]), float(b[2] - b[0]), float(b[3] - b[1])] for b in boxes]
    order = np.ravel(cv2.dnn.NMSBoxes(tall, score.tolist(), least, overlap)).astype(int)
    return np.concatenate([boxes[order], score[order, None]], 1)


def targets(boxes: np.ndarray, ignored: np.ndarray):
    """Assigns boxes [n, 5] (x1, y1, x2, y2, class, in pixels of the input) to cells.

    A box belongs to the level of its size and to the 3 x 3 cells around its middle; cells in `ignored` boxes are left
    out of the loss. Returns index of the box per cell (-1 none, -2 left out), [3549].
    """
    cells, strides = grid()
    centres = (cells + 0.5) * strides
    owner = np.full(len(cells), -1)
    for box in ignored:
        inside = (centres > box[:2]).all(1) & (centres < box[2:4]).all(1)
        owner[inside] = -2
    order = np.argsort([-(b[2] - b[0]) * (b[3] - b[1]) for b in boxes]) if len(boxes) else []
    for i in order:
        middle, side = (boxes[i, :2] + boxes[i, 2:4]) / 2, max(boxes[i, 2:4] - boxes[i, :2])
        for stride, low, high in ((8, 0, 64), (16, 40, 140), (32, 90, 1e9)):
            if low <= side < high:
                near = (strides[:, 0] == stride) & (np.abs(centres - middle) < 1.5 * stride).all(1)
                within = (np.abs(centres - middle) < max(0.35 * side, 0.75 * stride)).all(1)
                owner[near & within] = i
    return owner


def loss(found, owner, truth, cells, strides):
    """Returns the loss of sampled cells: `found` [n, 7] (box, objectness, our classes), `owner` [n] (1 owns a box),
    `truth` [n, 5] its box and class, `cells` [n, 2] and `strides` [n, 1] where they lie."""
    wanted = (owner > 0).float()
    chance = torch.sigmoid(found[:, 4])
    focal = wanted * (1 - chance) ** 2 * 0.6 + (1 - wanted) * chance**2 * 0.4
    total = 4 * (focal * F.binary_cross_entropy_with_logits(found[:, 4], wanted, reduction="none")).sum()
    own = owner > 0
    if own.any():
        truth, stride = truth[own], strides[own]
        middle = (found[own, :2] + cells[own]) * stride
        size = found[own, 2:4].clamp(-6, 6).exp() * stride
        low, high = middle - size / 2, middle + size / 2
        inter = (torch.min(high, truth[:, 2:4]) - torch.max(low, truth[:, :2])).clamp(min=0).prod(1)
        area = size.prod(1) + (truth[:, 2:4] - truth[:, :2]).prod(1) - inter
        outer = (torch.max(high, truth[:, 2:4]) - torch.min(low, truth[:, :2])).prod(1)
        giou = inter / area.clamp(min=1e-6) - (outer - area) / outer.clamp(min=1e-6)
        which = torch.stack([truth[:, 4] == kind for kind in OURS], 1).float()
        total = total + 3 * (1 - giou).sum() + F.binary_cross_entropy_with_logits(found[own, 5:], which, reduction="sum")
    return total / max(int(own.sum()), 1)
