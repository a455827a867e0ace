"""Renders what moves: one empty plate per state of the bins, and crops around figures.

A crop is named by what is in it. A movement that repeats is therefore rendered once, and a run
that was stopped goes on where it was. Shards share one folder and need no further talk.
"""

import hashlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

import bpy

from .stage import Moment, Stage

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Crop:
    """A rectangle of the undistorted picture and the figures seen in it."""

    name: str
    box: Box
    figures: tuple[str, ...]


def plate_name(moment: Moment) -> str:
    return "plate" + "".join(f"_{key}_{'on' if on else 'off'}" for key, on in sorted(moment.lids.items())) + ".png"


def crops(stage: Stage, moment: Moment) -> list[Crop]:
    """Cuts the picture around the figures; rectangles that overlap become one."""
    width, height = stage.scenario.width, stage.scenario.height
    margin = int(0.022 * width)
    groups: list[tuple[Box, tuple[str, ...]]] = []
    for key in sorted(moment.posed):
        seen = [stage.projection.box(vertices, distorted=False) for vertices in moment.posed[key].meshes]
        boxes = [box for box in seen if box]
        if not boxes:
            continue
        x1, y1 = min(b[0] for b in boxes), min(b[1] for b in boxes)
        x2, y2 = max(b[2] for b in boxes), max(b[3] for b in boxes)
        box = (
            max(0, int(x1) - margin),
            max(0, int(y1) - margin),
            min(width, int(x2) + margin),
            min(height, int(y2) + 2 * margin),
        )
        groups.append((box, (key,)))
    return [Crop(_name(stage, moment, box, keys), box, keys) for box, keys in _merge(groups)]


def _merge(groups):
    for i, (a, first) in enumerate(groups):
        for j, (b, second) in enumerate(groups[i + 1 :], i + 1):
            if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]:
                union = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
                rest = [group for k, group in enumerate(groups) if k not in (i, j)]
                return _merge(rest + [(union, tuple(sorted(first + second)))])
    return groups


def _name(stage: Stage, moment: Moment, box: Box, keys) -> str:
    content = [box, [(key, moment.poses[key].key()) for key in keys], sorted(moment.lids.items())]
    return hashlib.sha1(repr(content).encode()).hexdigest()[:16] + ".png"


def claim(stage: Stage, out: Path) -> None:
    """Stops when the pictures in `out` show other figures, another room or another light.

    A crop's name tells poses, not looks; without this a changed hat would be taken from old pictures.
    """
    plan = stage.scenario
    looks = repr([plan.room, plan.camera, plan.width, plan.height, plan.bins])
    looks += repr([{**vars(actor), "route": None, "period_s": None, "task": None} for actor in plan.actors])
    note = out / "looks.txt"
    if note.exists() and note.read_text() != looks:
        raise SystemExit(f"{out} holds pictures of another version of this scenario; remove it or choose another --out")
    # Renamed into place: another shard may be reading it.
    partial = note.with_name(f"partial_{os.getpid()}.txt")
    partial.write_text(looks)
    partial.rename(note)


def render_shard(stage: Stage, out: Path, shard: int, shards: int) -> None:
    """Renders every `shards`-th crop that is not there yet; the first shard also does the plates."""
    claim(stage, out)
    jobs: dict[str, tuple[Moment, Crop]] = {}
    plates: dict[str, Moment] = {}
    for t in stage.scenario.times():
        moment = stage.moment(t)
        plates.setdefault(plate_name(moment), moment)
        for crop in crops(stage, moment):
            jobs.setdefault(crop.name, (moment, crop))
    listed = list(jobs.values())
    own = listed[shard::shards]
    # Who is ready first helps the others, from their far end.
    others = [job for i, job in enumerate(listed) if i % shards != shard][::-1]
    print(f"{stage.scenario.name}: {len(plates)} plates, {len(listed)} crops", flush=True)
    started = time.time()
    if shard == 0:
        _render_plates(stage, out, plates)
    bpy.context.scene.cycles.samples = stage.scenario.samples
    cpu_s: list[float] = []
    for moment, crop in own + others:
        if (out / crop.name).exists():
            continue
        begun = time.process_time()
        stage.show(moment, crop.figures)
        render_box(stage, out / crop.name, crop.box)
        cpu_s.append(round(time.process_time() - begun, 2))
    took = {"crops": len(cpu_s), "cpu_s": round(sum(cpu_s), 1), "wall_s": round(time.time() - started, 1)}
    (out / f"cost_{shard}_{os.getpid()}.json").write_text(json.dumps(took))
    print(stage.scenario.name, took, flush=True)


def _render_plates(stage: Stage, out: Path, plates: dict[str, Moment]) -> None:
    bpy.context.scene.cycles.samples = stage.scenario.plate_samples
    for name, moment in plates.items():
        if not (out / name).exists():
            stage.show(moment, ())
            render_box(stage, out / name, (0, 0, stage.scenario.width, stage.scenario.height))


def render_box(stage: Stage, path: Path, box: Box) -> None:
    """Renders the rectangle `box` of the picture into `path`."""
    render, width, height = bpy.context.scene.render, stage.scenario.width, stage.scenario.height
    render.use_border = render.use_crop_to_border = True
    render.border_min_x, render.border_max_x = box[0] / width, box[2] / width
    render.border_min_y, render.border_max_y = 1 - box[3] / height, 1 - box[1] / height
    # Written beside and renamed: a run that is stopped leaves no half picture.
    partial = path.with_name(f"partial_{os.getpid()}.png")
    render.filepath = str(partial)
    bpy.ops.render.render(write_still=True)
    partial.rename(path)


def render_still(stage: Stage, path: Path, t: float) -> None:
    """Renders one whole picture, to judge a scenario before its crops are paid for."""
    moment = stage.moment(t)
    bpy.context.scene.cycles.samples = stage.scenario.samples
    stage.show(moment, moment.posed)
    render_box(stage, path, (0, 0, stage.scenario.width, stage.scenario.height))
