"""What is really in each frame, computed from the geometry and not from the picture."""

import json
import math
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

from .render import crops, plate_name
from .stage import Moment, Stage

MASKS = {"worn": "worn", "none": "not_worn", "nose_out": "wrongly_worn", "chin": "wrongly_worn"}


def write(stage: Stage, out: Path) -> None:
    """Writes `truth.json` (for users of the clip) and `frames.json` (for `post`) into `out`."""
    frames, parts = [], []
    for t in stage.scenario.times():
        moment = stage.moment(t)
        stage.show(moment, moment.posed)
        frames.append(describe(stage, moment))
        parts.append(
            {
                "t": t,
                "plate": plate_name(moment),
                "crops": [{"file": crop.name, "box": crop.box} for crop in crops(stage, moment)],
            }
        )
    plan = stage.scenario
    truth = {
        "clip": f"{plan.name}.mp4",
        "fps": plan.fps,
        "width": plan.width,
        "height": plan.height,
        "duration": plan.seconds,
        "synthetic": True,
        "scenario": f"{plan.name}.toml",
        "room": plan.label,
        "events": plan.events,
        "frames": frames,
    }
    (out / "truth.json").write_text(json.dumps(truth, ensure_ascii=False, separators=(",", ":")))
    (out / "frames.json").write_text(json.dumps(parts))


def describe(stage: Stage, moment: Moment) -> dict:
    """Returns one frame of the truth. Boxes are whole: what hides a part does not cut them."""
    record = {"t": round(moment.t, 2), "persons": [], "heads": [], "bins": []}
    for key, posed in moment.posed.items():
        figure = stage.figures[key]
        person = np.concatenate(posed.meshes)
        worn = [vertices for part, vertices in zip(figure.human.parts, posed.meshes) if part.name in ("hat", "hair")]
        head = np.concatenate([posed.head, *worn])
        person_box, head_box = stage.projection.box(person), stage.projection.box(head)
        if person_box is None:
            continue
        found = {"id": key, "box": rounded(person_box), "visible": visible(stage, person, f"{key}:")}
        if found["visible"] < 1 and (seen := seen_box(stage, person, f"{key}:")):
            found["seen"] = rounded(seen)
        record["persons"].append(found)
        if head_box is None:
            continue
        hat = figure.actor.hat
        record["heads"].append(
            {
                "id": key,
                "box": rounded(head_box),
                "hat": hat,
                "covered": hat != "none",
                "mask": MASKS[figure.actor.mask],
                "facing": facing(stage, moment, key),
                "visible": visible(stage, head, f"{key}:"),
            }
        )
    for key, waste_bin in stage.bins.items():
        on = moment.lids[key]
        points = world_vertices(waste_bin.outline(on))
        if box := stage.projection.box(points):
            record["bins"].append(
                {
                    "id": key,
                    "box": rounded(box),
                    "lid": "on" if on else "off",
                    "visible": visible(stage, points, f"bin {key}"),
                }
            )
    return record


def rounded(box: list[float]) -> list[float]:
    return [round(value, 1) for value in box]


def facing(stage: Stage, moment: Moment, key: str) -> float:
    """Returns the cosine between the face's direction and the camera: 1 looks into the lens."""
    stance = moment.poses[key]
    yaw = stance.yaw + stance.head_yaw
    to_camera = np.array(stage.camera.location) - moment.posed[key].joints["head"]
    ahead = np.array([math.sin(yaw), -math.cos(yaw), 0])
    return round(float(ahead @ to_camera / np.linalg.norm(to_camera)), 2)


def visible(stage: Stage, points: np.ndarray, prefix: str, rays: int = 30) -> float:
    """Returns the share of sampled points that the camera sees, or that their own object hides."""
    seen = seen_points(stage, points, prefix, rays)
    return round(float(seen.mean()), 2)


def seen_box(stage: Stage, points: np.ndarray, prefix: str, rays: int = 250) -> list[float] | None:
    """Returns the box around what the camera sees of the points; nothing where it sees hardly any."""
    seen = points[sampled(points, rays)][seen_points(stage, points, prefix, rays)]
    return stage.projection.box(seen) if len(seen) >= 3 else None


def sampled(points: np.ndarray, rays: int) -> np.ndarray:
    return np.random.RandomState(0).choice(len(points), min(rays, len(points)), replace=False)


def seen_points(stage: Stage, points: np.ndarray, prefix: str, rays: int) -> np.ndarray:
    """Returns for each sampled point whether the camera sees it, or only its own object hides it."""
    graph = bpy.context.evaluated_depsgraph_get()
    eye = Vector(stage.camera.location)
    sample = points[sampled(points, rays)]
    seen = np.zeros(len(sample), bool)
    for index, (point, (x, y)) in enumerate(zip(sample, stage.projection.ideal(sample))):
        if not (0 <= x < stage.scenario.width and 0 <= y < stage.scenario.height):
            continue
        ray = Vector(point) - eye
        hit, place, _, _, item, _ = bpy.context.scene.ray_cast(graph, eye, ray.normalized(), distance=ray.length * 1.01)
        seen[index] = not hit or item.name.startswith(prefix) or (place - Vector(point)).length < 0.04
    return seen


def world_vertices(items) -> np.ndarray:
    return np.concatenate(
        [np.array([item.matrix_world @ vertex.co for vertex in item.data.vertices]) for item in items]
    )
