"""Turns a figure's rest meshes into a pose: walking gait, reaching hands, turning head."""

from dataclasses import dataclass

import numpy as np

from .geometry import rotation, two_bones
from .human import Human

STRIDE_M = 1.36
FORWARD_TILT = {"spine_01": 0.5, "spine_02": 0.5}


@dataclass(frozen=True)
class Pose:
    """How a figure stands at one moment. Angles in radians, lengths in metres.

    `work` goes from 0 (walking, arms swing) to 1 (standing, hands at `hands`); hands are in
    the body's frame: x to the figure's left, y negative ahead, z above the floor.
    """

    at: tuple[float, float]
    yaw: float
    work: float
    gait: float
    hands: tuple[tuple[float, float, float], tuple[float, float, float]] | None
    lean: float
    head_yaw: float
    head_pitch: float

    def key(self) -> tuple:
        """Equal poses have equal keys, so that a repeated movement is rendered once."""
        gait = 0.0 if self.work >= 0.999 else round(self.gait, 3)
        hands = tuple(round(v, 4) for hand in self.hands or () for v in hand)
        small = (*self.at, self.yaw, self.work, self.lean, self.head_yaw, self.head_pitch)
        return tuple(round(v, 4) + 0.0 for v in small) + (gait,) + hands


@dataclass
class Posed:
    """Meshes of a posed figure in the room, in the order of `human.parts`."""

    meshes: list[np.ndarray]
    head: np.ndarray
    joints: dict[str, np.ndarray]


def pose(human: Human, stance: Pose) -> Posed:
    data, rest = human.data, human.joints
    turn, place = _skeleton(human, stance)
    yaw = rotation([0, 0, 1], stance.yaw)
    root = np.array([stance.at[0], stance.at[1], 0.0])
    turns = np.array([yaw @ turn[bone] for bone in data.bones])
    places = np.array([yaw @ place[bone] + root for bone in data.bones])
    shifts = places - np.einsum("bij,bj->bi", turns, np.array([rest[bone] for bone in data.bones]))
    meshes = []
    for part in human.parts:
        skin = (part.weights @ turns.reshape(-1, 9)).reshape(-1, 3, 3)
        meshes.append(np.einsum("vij,vj->vi", skin, part.vertices) + part.weights @ shifts)
    head = data.index["head"]
    head_points = human.head @ turns[head].T + shifts[head]
    return Posed(meshes, head_points, dict(zip(data.bones, places)))


def _skeleton(human: Human, stance: Pose):
    """Returns rotation and place of every bone in the body's frame."""
    data, rest = human.data, human.joints
    walk = 1 - stance.work
    local = {"spine_03": rotation([0, 0, 1], 0.10 * walk * np.sin(stance.gait))}
    local |= {bone: rotation([1, 0, 0], stance.lean * share) for bone, share in FORWARD_TILT.items()}
    local["head"] = rotation([0, 0, 1], stance.head_yaw) @ rotation([1, 0, 0], stance.head_pitch)
    bob = walk * (-0.018 + 0.018 * np.cos(2 * stance.gait))
    turn, place = {}, {}
    for bone in data.bones:
        if bone in turn and bone in place:
            continue
        parent = data.rig[bone].get("parent")
        if bone == "pelvis":
            turn[bone] = rotation([0, 0, 1], -0.07 * walk * np.sin(stance.gait))
            place[bone] = rest[bone] + np.array([0, 0, bob - 0.012])
            continue
        if parent not in data.index or bone == "Root":
            turn[bone], place[bone] = np.eye(3), rest[bone]
            continue
        turn[bone] = turn[parent] @ local.get(bone, np.eye(3))
        place[bone] = place[parent] + turn[parent] @ (rest[bone] - rest[parent])
        side = bone[-1]
        if bone.startswith("thigh_"):
            foot, pitch = _foot(human, side, stance.gait, walk)
            _limb(
                human,
                turn,
                place,
                (bone, f"calf_{side}", f"foot_{side}"),
                foot,
                np.array([0.08 if side == "l" else -0.08, -1, 0]),
            )
            splay = rotation([0, 0, 1], 0.12 if side == "l" else -0.12)
            turn[f"foot_{side}"] = rotation([1, 0, 0], -pitch) @ splay
        elif bone.startswith("upperarm_"):
            hand, pole = _hand(place[bone], side, stance)
            _limb(human, turn, place, (bone, f"lowerarm_{side}", f"hand_{side}"), hand, pole)
            turn[f"hand_{side}"] = turn[f"lowerarm_{side}"]
    return turn, place


def _limb(human: Human, turn, place, bones, goal, pole) -> None:
    upper, lower, end = bones
    rest = human.joints
    turn[upper], turn[lower], place[lower] = two_bones(
        place[upper], goal, rest[lower] - rest[upper], rest[end] - rest[lower], pole
    )
    place[end] = place[lower] + turn[lower] @ (rest[end] - rest[lower])


def _foot(human: Human, side: str, gait: float, walk: float) -> tuple[np.ndarray, float]:
    """Returns where the foot is, and its pitch: half a cycle on the floor, half swinging."""
    place = human.joints[f"foot_{side}"].copy()
    place[0] *= 0.62
    phase = (gait + (0 if side == "l" else np.pi)) % (2 * np.pi)
    step = STRIDE_M / 4 * walk
    if phase < np.pi:
        place[1] += -step + 2 * step * phase / np.pi
        return place, 0.0
    swing = (phase - np.pi) / np.pi
    place[1] += step - 2 * step * swing * swing * (3 - 2 * swing)
    place[2] += 0.11 * np.sin(np.pi * swing) * walk
    return place, walk * (-0.5 * np.sin(np.pi * swing) + 0.25 * swing)


def _hand(shoulder: np.ndarray, side: str, stance: Pose) -> tuple[np.ndarray, np.ndarray]:
    sign = 1 if side == "l" else -1
    swing = 0.28 * np.sin(stance.gait + (0 if side == "l" else np.pi)) * (1 - stance.work)
    hanging = shoulder + np.array([sign * 0.10, -0.10 - 0.54 * swing, -0.50])
    if stance.hands is None:
        return hanging, np.array([sign * 0.3, 1, 0])
    wanted = np.array(stance.hands[0 if side == "l" else 1])
    work = stance.work
    pole = work * np.array([sign * 0.7, 0.6, -0.6]) + (1 - work) * np.array([sign * 0.3, 1, 0])
    return work * wanted + (1 - work) * hanging, pole
