"""The rooms: a serving room, a cooking room and a store, each with its own tiles and light."""

import math
import random

import bpy
from mathutils import Matrix, Vector

from . import furniture, materials, shapes
from .scenario import Bin, Camera


def serving_room() -> None:
    """备餐间, 5.0 x 4.4 m: white tiles with a blue band, a counter with food pans, cool light."""
    floor = materials.tiles("floor", (0.42, 0.44, 0.44), (0.22, 0.22, 0.22), 0.40, 0.40, "xy", 0.35)
    furniture.shell((5.0, 4.4, 2.8), floor, ((0.80, 0.81, 0.80), (0.48, 0.50, 0.50), 0.30, 0.20))
    furniture.lamps([(1.3, 1.5), (3.6, 1.5), (1.3, 3.3), (3.6, 3.3)], 2.8, (0.93, 0.97, 1.0), 42)
    blue = materials.plain("band", (0.05, 0.22, 0.45), 0.25)
    shapes.box("band", (0, 4.39, 1.18), (5.0, 4.40, 1.30), blue, 0)
    _counter()
    furniture.fridge((0.15, 3.62), 0.85, glass=True)
    furniture.fridge((1.05, 3.62), 0.62)
    steel = materials.steel()
    shapes.box("hatch frame", (2.1, 4.36, 1.0), (3.3, 4.40, 1.85), steel, 0.01)
    shapes.box(
        "hatch", (2.16, 4.355, 1.06), (3.24, 4.362, 1.79), materials.plain("shutter", (0.55, 0.57, 0.58), 0.4, 0.3), 0
    )
    for i in range(9):
        shapes.box("slat", (2.16, 4.345, 1.08 + 0.08 * i), (3.24, 4.356, 1.09 + 0.08 * i), materials.dark(), 0)
    furniture.notice((3.55, 4.38, 1.45), (4.05, 4.40, 2.05), (0.04, 0.16, 0.50), 7)
    furniture.notice((4.2, 4.38, 1.5), (4.6, 4.40, 2.0), (0.65, 0.08, 0.06), 4)
    furniture.table((3.4, 3.75), (4.9, 4.35), 0.82)
    furniture.stack("bowls", (3.7, 4.05, 0.823), 0.11, 9, 0.022, materials.plain("china", (0.85, 0.85, 0.83), 0.2))
    furniture.stack("bowls", (4.0, 4.10, 0.823), 0.11, 6, 0.022, materials.plain("china", (0.85, 0.85, 0.83), 0.2))
    furniture.trays((4.3, 3.9, 0.823), 14, (0.75, 0.45, 0.10))
    shapes.box(
        "lamp tube", (2.0, 4.34, 2.25), (3.2, 4.38, 2.30), materials.plain("tube", (0.75, 0.75, 0.85), 0.3), 0.01
    )
    shapes.lathe(
        "clock",
        [(0, 0), (0.14, 0), (0.14, 0.02), (0, 0.021)],
        (0, 0, 0),
        materials.plain("paper", (0.85, 0.85, 0.83), 0.4),
    ).matrix_world = _on_north_wall(1.65, 4.38, 2.25)


def _counter() -> None:
    """The serving counter, 0.85 m high, with six pans, trays and a heat lamp rail."""
    steel = materials.steel()
    shapes.box("counter", (0.5, 1.75, 0.05), (4.4, 2.38, 0.85), steel, 0.015)
    for i in range(7):
        shapes.box("counter seam", (0.5 + 0.65 * i, 1.742, 0.08), (0.508 + 0.65 * i, 1.75, 0.82), materials.dark(), 0)
    foods = [furniture.RICE, furniture.GREEN, furniture.MEAT, furniture.ORANGE, furniture.SOUP, furniture.RED]
    for i, colour in enumerate(foods):
        furniture.food_pan((0.98 + 0.47 * i, 1.92, 0.852), (0.44, 0.30), colour, i)
    furniture.trays((0.55, 1.85, 0.852), 12, (0.10, 0.30, 0.55))
    furniture.trays((3.9, 1.85, 0.852), 7, (0.10, 0.30, 0.55))


def cooking_room() -> None:
    """烹饪间, 6.4 x 5.2 m: large warm tiles, red floor, range and hood, warm light."""
    floor = materials.tiles("floor", (0.34, 0.20, 0.15), (0.13, 0.11, 0.10), 0.30, 0.30, "xy", 0.38)
    furniture.shell((6.4, 5.2, 3.0), floor, ((0.74, 0.69, 0.58), (0.42, 0.38, 0.32), 0.45, 0.30))
    furniture.lamps([(1.5, 1.4), (4.6, 1.4), (1.5, 3.6), (4.6, 3.6)], 3.0, (1, 0.93, 0.80), 62)
    furniture.stove((1.2, 4.33), 3.4, 3)
    furniture.hood(1.1, 4.7, 5.18)
    furniture.fridge((4.85, 4.42), 0.75)
    furniture.fridge((5.62, 4.42), 0.75)
    furniture.sinks((5.65, 1.2), (6.37, 3.9))
    furniture.wall_shelf((6.06, 1.3), (6.38, 3.9), 1.55, 7, 3)
    furniture.table((2.1, 1.95), (4.9, 2.60))
    furniture.board((2.6, 2.20, 0.82), (0.50, 0.34), (0.75, 0.72, 0.62))
    furniture.vegetables((2.66, 2.25, 0.845), (0.30, 0.22), 15, 1)
    furniture.board((3.75, 2.20, 0.82), (0.46, 0.34), (0.10, 0.42, 0.15))
    furniture.vegetables((3.80, 2.38, 0.845), (0.34, 0.12), 9, 2)
    furniture.bottles((3.25, 2.05, 0.822), [(0.06, 0.02, 0.01), furniture.RED, (0.85, 0.85, 0.83), furniture.ORANGE])
    furniture.stack("bowls", (4.65, 2.3, 0.823), 0.14, 4, 0.025, materials.plain("china", (0.85, 0.85, 0.83), 0.2))
    shapes.lathe(
        "tray",
        [(0, 0), (0.20, 0), (0.23, 0.10), (0.235, 0.10), (0.215, 0.01), (0, 0.01)],
        (2.35, 2.25, 0.823),
        materials.steel(),
    )
    furniture.vegetables((2.25, 2.15, 0.87), (0.2, 0.2), 16, 4)
    for i, colour in enumerate(((0.05, 0.15, 0.45), (0.08, 0.32, 0.14), (0.85, 0.85, 0.83))):
        furniture.crate((2.4 + 0.6 * i, 2.05, 0.25), (2.85 + 0.6 * i, 2.5, 0.48), colour)
    shapes.box("door", (-0.005, 2.9, 0), (0.03, 3.85, 2.05), materials.plain("door", (0.42, 0.45, 0.47), 0.5))
    shapes.box("door window", (0.03, 3.15, 1.35), (0.036, 3.6, 1.8), materials.dark())
    furniture.table((0.03, 0.7), (0.68, 2.4))
    furniture.crate((0.12, 0.85, 0.825), (0.58, 1.40, 1.13), (0.6, 0.6, 0.6))
    furniture.crate((0.12, 1.55, 0.825), (0.60, 2.20, 1.02), (0.65, 0.55, 0.20))
    furniture.notice((0.25, 5.18, 1.5), (0.85, 5.20, 2.1), (0.04, 0.30, 0.16), 6)
    furniture.extinguisher((0.35, 4.95))


def store() -> None:
    """库房, 4.4 x 5.4 m: plaster, concrete floor, shelves with sacks, boxes and oil."""
    floor = materials.plain("concrete", (0.30, 0.30, 0.29), 0.6, mottle=0.15, scale=3)
    furniture.shell((4.4, 5.4, 2.7), floor, ((0.62, 0.62, 0.58), (0.60, 0.60, 0.56), 9, 9))
    furniture.lamps([(2.2, 1.4), (2.2, 3.8)], 2.7, (1, 0.97, 0.92), 60)
    rnd = random.Random(9)
    carton = materials.plain("carton", (0.42, 0.28, 0.16), 0.8, mottle=0.1, scale=5)
    for level in (0.15, 0.75, 1.35):
        shapes.box("rack", (3.75, 1.2, level), (4.35, 5.0, level + 0.04), materials.steel())
        y = 1.3
        while y < 4.7:
            wide, high = rnd.uniform(0.3, 0.5), rnd.uniform(0.25, 0.42)
            shapes.box("box", (3.82, y, level + 0.045), (4.3, y + wide, level + 0.045 + high), carton, 0.01)
            y += wide + rnd.uniform(0.03, 0.15)
    for y in (1.2, 3.1, 4.95):
        for x in (3.75, 4.31):
            shapes.box("rack post", (x, y, 0), (x + 0.04, y + 0.05, 1.9), materials.steel())
    furniture.sacks((0.1, 3.0, 0.12), 4, (0.70, 0.68, 0.60))
    furniture.sacks((0.1, 3.55, 0.12), 5, (0.70, 0.68, 0.60))
    furniture.sacks((0.1, 4.10, 0.12), 3, (0.62, 0.55, 0.40))
    shapes.box("pallet", (0.05, 2.95, 0), (0.95, 4.65, 0.11), materials.plain("wood", (0.40, 0.28, 0.16), 0.7), 0.01)
    for i in range(4):
        shapes.box(
            "oil",
            (0.9 + 0.30 * i, 5.05, 0),
            (1.15 + 0.30 * i, 5.3, 0.38),
            materials.plain("oil", (0.75, 0.50, 0.06), 0.3),
            0.03,
        )
    shapes.box("door", (2.5, 5.37, 0), (3.4, 5.405, 2.05), materials.plain("door", (0.42, 0.45, 0.47), 0.5))
    furniture.extinguisher((3.55, 5.2))


ROOMS = {"serving": serving_room, "cooking": cooking_room, "store": store}


def _on_north_wall(x: float, y: float, z: float):
    return Matrix.Translation((x, y, z)) @ Matrix.Rotation(math.pi / 2, 4, "X")


class WasteBin:
    """A round bin, 65 cm high. Its lid lies on it, or leans on the floor beside it."""

    def __init__(self, spec: Bin):
        self.spec = spec
        at = (*spec.at, 0)
        body = materials.plain(f"bin {spec.id}", spec.colour, 0.45)
        bag = materials.plain("bag", (0.012, 0.012, 0.014), 0.25, bump=0.9, scale=22)
        lid = [(0.27, 0.645), (0.275, 0.665), (0.27, 0.69), (0.18, 0.725), (0.05, 0.735), (0.05, 0.76), (0, 0.76)]
        name = f"bin {spec.id}"
        self.body = [
            shapes.lathe(
                name,
                [(0, 0), (0.19, 0), (0.24, 0.62), (0.255, 0.62), (0.255, 0.65), (0.235, 0.65), (0.18, 0.03)],
                at,
                body,
            ),
            shapes.lathe(
                name, [(0.262, 0.52), (0.266, 0.60), (0.258, 0.656), (0.236, 0.656), (0.225, 0.5), (0, 0.42)], at, bag
            ),
        ]
        self.closed = [shapes.lathe(name, lid, at, body)]
        flat = [(radius, height - 0.64) for radius, height in lid]
        self.open = [shapes.lathe(name, flat, (spec.at[0] + 0.62, spec.at[1] + 0.1, 0), body)] + self._waste(name, at)

    def _waste(self, name: str, at) -> list:
        rnd = random.Random(5)
        colours = [(0.7, 0.68, 0.6), (0.35, 0.18, 0.06), (0.1, 0.3, 0.05), (0.6, 0.1, 0.05)]
        surfaces = [materials.plain(f"waste {colour}", colour, 0.6) for colour in colours]
        profile = [(0, -0.03), (0.04, -0.02), (0.05, 0.005), (0.02, 0.035), (0, 0.04)]
        spots = [
            (at[0] + rnd.uniform(-0.15, 0.15), at[1] + rnd.uniform(-0.15, 0.15), rnd.uniform(0.47, 0.60))
            for _ in range(22)
        ]
        return [shapes.lathe(name, profile, spot, surfaces[i % 4], 8) for i, spot in enumerate(spots)]

    def set_lid(self, on: bool) -> None:
        for items, visible in ((self.closed, on), (self.open, not on)):
            for item in items:
                item.hide_render = item.hide_viewport = not visible

    def outline(self, on: bool):
        """Objects that the truth's box surrounds: the bin, not a lid on the floor."""
        return self.body + (self.closed if on else self.open[1:])


def place_camera(spec: Camera):
    lens = bpy.data.cameras.new("camera")
    lens.sensor_fit, lens.clip_start = "HORIZONTAL", 0.05
    lens.angle = math.radians(spec.hfov_deg)
    item = bpy.data.objects.new("camera", lens)
    item.location = spec.at
    item.rotation_euler = (Vector(spec.look_at) - Vector(spec.at)).to_track_quat("-Z", "Y").to_euler()
    bpy.context.scene.camera = item
    return shapes.link(item)


def darken(camera) -> None:
    """Puts the lamps out and lights the room with the camera's infrared lamp."""
    for item in bpy.data.objects:
        if item.type == "LIGHT":
            item.hide_render = True
    bpy.data.materials["lamp"].node_tree.nodes["Principled BSDF"].inputs["Emission Strength"].default_value = 0
    lamp = bpy.data.lights.new("infrared", "SPOT")
    lamp.energy, lamp.spot_size, lamp.spot_blend, lamp.shadow_soft_size = 260, 1.9, 0.9, 0.03
    item = bpy.data.objects.new("infrared", lamp)
    item.location = camera.location + Vector((0.05, 0.05, -0.03))
    item.rotation_euler = camera.rotation_euler
    shapes.link(item)
