"""Rotations that the skeleton needs. Right-handed, z up, metres and radians."""

import numpy as np


def rotation(axis, angle: float) -> np.ndarray:
    """Returns the 3x3 matrix that turns by `angle` about `axis` (Rodrigues)."""
    x, y, z = np.asarray(axis, float) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def align(source: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """Returns the smallest rotation that turns direction `source` into direction `goal`."""
    source = source / np.linalg.norm(source)
    goal = goal / np.linalg.norm(goal)
    axis = np.cross(source, goal)
    sine = np.linalg.norm(axis)
    if sine < 1e-8:
        return np.eye(3)
    return rotation(axis, np.arctan2(sine, source @ goal))


def two_bones(start, goal, upper, lower, pole):
    """Bends a limb of two bones so that its end reaches `goal`.

    `upper` and `lower` are the bones at rest; `pole` says where the joint points.
    Returns the two rotations and the place of the middle joint.
    """
    upper_m, lower_m = np.linalg.norm(upper), np.linalg.norm(lower)
    reach = goal - start
    # Just short of straight: a fully stretched limb flips its joint from frame to frame.
    distance = np.clip(np.linalg.norm(reach), abs(upper_m - lower_m) + 0.01, (upper_m + lower_m) * 0.9985)
    reach = reach / np.linalg.norm(reach)
    cosine = (upper_m**2 + distance**2 - lower_m**2) / (2 * upper_m * distance)
    sine = np.sqrt(max(0.0, 1 - cosine**2))
    sideways = pole - (pole @ reach) * reach
    sideways /= np.linalg.norm(sideways)
    joint = start + upper_m * (cosine * reach + sine * sideways)
    end = start + reach * distance
    return align(upper, joint - start), align(lower, end - joint), joint
