"""Hats, masks and tools: small meshes made around a figure's own head and hand."""

import numpy as np
from scipy.spatial import ConvexHull

from .human import Human

# Outlines as (height above the brow in m, radius as a share of the head's).
HAT_PROFILES = {
    "toque": [
        (0, 1.0),
        (0.065, 1.0),
        (0.075, 1.12),
        (0.11, 1.28),
        (0.15, 1.30),
        (0.175, 1.15),
        (0.185, 0.7),
        (0.187, 0.02),
    ],
    "cap": [
        (-0.004, 1.0),
        (0.03, 1.0),
        (0.034, 1.07),
        (0.06, 1.10),
        (0.09, 1.02),
        (0.112, 0.75),
        (0.12, 0.35),
        (0.121, 0.02),
    ],
    "flat": [
        (-0.002, 1.0),
        (0.045, 1.01),
        (0.085, 1.03),
        (0.102, 1.02),
        (0.106, 0.95),
        (0.107, 0.4),
        (0.1075, 0.02),
    ],
    "bouffant": [
        (-0.02, 0.98),
        (-0.008, 1.06),
        (0.025, 1.20),
        (0.07, 1.22),
        (0.11, 1.0),
        (0.14, 0.6),
        (0.15, 0.02),
    ],
    "net": [
        (-0.03, 0.99),
        (-0.01, 1.03),
        (0.02, 1.05),
        (0.06, 1.02),
        (0.09, 0.88),
        (0.11, 0.6),
        (0.118, 0.3),
        (0.12, 0.02),
    ],
}
PLEATS_FROM_M = {"toque": 0.068, "cap": 0.035, "flat": 9.0, "bouffant": -0.01, "net": 0.035}
# A hat sits lower at the back of the head.
HAT_TILT = 0.25


def ring_faces(rings: int, points: int) -> list[list[int]]:
    """Joins `rings` closed rings of `points` vertices each with quads."""
    return [
        [r * points + a, r * points + (a + 1) % points, (r + 1) * points + (a + 1) % points, (r + 1) * points + a]
        for r in range(rings - 1)
        for a in range(points)
    ]


def put_on_hat(human: Human, kind: str) -> None:
    """Adds a hat and tucks the hair under it."""
    head = human.head
    brow = human.left_eye[2] + 0.050
    band = head[(np.abs(head[:, 2] - brow) < 0.02) & (np.abs(head[:, 0]) < 0.076)]
    middle = (band[:, 1].min() + band[:, 1].max()) / 2
    half_width = np.abs(band[:, 0]).max() + 0.010
    half_depth = np.ptp(band[:, 1]) / 2 + 0.012
    profile = np.array(HAT_PROFILES[kind])
    steps = np.linspace(0, len(profile) - 1, (len(profile) - 1) * 3 + 1)
    heights = np.interp(steps, range(len(profile)), profile[:, 0])
    radii = np.interp(steps, range(len(profile)), profile[:, 1])
    angles = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    vertices = []
    for height, radius in zip(heights, radii):
        pleated = height > PLEATS_FROM_M[kind] and radius > 0.1
        pleats = 0.035 * np.sin(angles * 16) + 0.025 * np.sin(angles * 5 + height * 40) if pleated else 0
        wide = radius * (1 + pleats)
        y = middle + half_depth * wide * np.sin(angles)
        z = brow + height - HAT_TILT * (y - middle)
        vertices.append(np.stack([half_width * wide * np.cos(angles), y, z], 1))
    for part in human.parts:
        if part.name == "hair":
            _tuck(part, middle, brow)
    human.add_rigid("hat", np.concatenate(vertices), ring_faces(len(heights), 64), "head", "hat")


def _tuck(hair, middle: float, brow: float) -> None:
    """Cuts the fringe, which would hang over the eyes, and presses the rest under the hat."""
    points = hair.vertices
    hair.faces = [face for face in hair.faces if points[face][:, 1].mean() > middle - 0.015]
    under = points[:, 2] > brow - HAT_TILT * (points[:, 1] - middle) - 0.005
    centre = np.array([0, middle, brow])
    points[under] = centre + (points[under] - centre) * np.array([0.86, 0.80, 0.80])


def put_on_mask(human: Human, wear: str) -> None:
    """Adds a surgical mask: `worn`, `nose_out` or `chin`. It is the hull of the lower face."""
    head, eye = human.head, human.left_eye
    top = eye[2] - (0.052 if wear == "nose_out" else 0.018)
    low = eye[2] - 0.135
    covered = (head[:, 2] < top) & (head[:, 2] > low) & (head[:, 1] < eye[1] + 0.055) & (np.abs(head[:, 0]) < 0.072)
    face = head[covered]
    hull = ConvexHull(face)
    place = {int(vertex): i for i, vertex in enumerate(hull.vertices)}
    shell = face[hull.vertices]
    faces = []
    for corners, plane in zip(hull.simplices, hull.equations):
        looks_forward = plane[1] < 0.25 and abs(plane[2]) < 0.93 or plane[1] < -0.1
        if not looks_forward:
            continue
        triangle = [place[int(corner)] for corner in corners]
        a, b, c = shell[triangle]
        faces.append(triangle if np.cross(b - a, c - a) @ plane[:3] > 0 else triangle[::-1])
    centre = face.mean(0)
    # 5 % larger and 4 mm in front, so that the nose never shows through.
    shell = centre + (shell - centre) * 1.05 + np.array([0, -0.004, 0])
    if wear == "chin":
        shell = (shell + np.array([0, 0.018, -0.062])) * np.array([1.02, 1, 1])
    human.add_rigid("mask", shell, faces, "head", "mask")
    for side in (1, -1):
        loop = np.array(
            [
                [side * 0.066, eye[1] + 0.05, top - 0.01],
                [side * 0.078, eye[1] + 0.075, eye[2] - 0.01],
                [side * 0.082, eye[1] + 0.10, eye[2] - 0.02],
                [side * 0.076, eye[1] + 0.085, eye[2] - 0.05],
                [side * 0.064, eye[1] + 0.05, low + 0.035],
            ]
        )
        if wear == "chin":
            loop[[0, 4]] += [0, 0.018, -0.055]
        human.add_rigid("loop", *tube(loop, 0.0016), "head", "mask")


def tube(path: np.ndarray, radius: float) -> tuple[np.ndarray, list[list[int]]]:
    """Returns a thin tube [6 * len(path), 3] around a line of points, and its faces."""
    angles = np.arange(6) * np.pi / 3
    circle = radius * np.stack([np.sin(angles), np.cos(angles), np.sin(angles)], 1)
    return (path[:, None, :] + circle[None]).reshape(-1, 3), ring_faces(len(path), 6)


def put_in_hand(human: Human, tool: str) -> None:
    """Puts a `ladle` or a `knife` into the right hand, along the forearm."""
    hand, elbow = human.joints["hand_r"], human.joints["lowerarm_r"]
    along = (hand - elbow) / np.linalg.norm(hand - elbow)
    palm = hand + along * 0.085
    side = np.cross(along, [0.0, 1.0, 0.0])
    side /= np.linalg.norm(side)
    if tool == "ladle":
        human.add_rigid("tool", *tube(np.stack([palm - along * 0.05, palm + along * 0.28]), 0.007), "hand_r", "steel")
        angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)
        third = np.cross(along, side)
        rings = [
            palm + along * 0.30 + r * (np.cos(angles)[:, None] * along + np.sin(angles)[:, None] * side) - third * z
            for r, z in ((0.05, 0.0), (0.045, 0.025), (0.02, 0.04), (0.001, 0.042))
        ]
        human.add_rigid("tool", np.concatenate(rings), ring_faces(4, 16), "hand_r", "steel")
    else:
        third = np.cross(along, side)
        corners = [
            palm + along * a + third * b + side * s
            for a in (0.03, 0.22)
            for b in (-0.03, 0.03)
            for s in (-0.002, 0.002)
        ]
        box = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
        human.add_rigid("tool", corners, box, "hand_r", "steel")
        human.add_rigid("tool", *tube(np.stack([palm - along * 0.06, palm + along * 0.04]), 0.012), "hand_r", "handle")
