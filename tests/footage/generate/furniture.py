"""Things that stand in school kitchens. Metres; a position is the lower left front corner."""

import random

import bpy

from . import materials, shapes

GREEN, RED, ORANGE = (0.10, 0.26, 0.05), (0.55, 0.05, 0.03), (0.70, 0.25, 0.03)
RICE, MEAT, SOUP = (0.80, 0.78, 0.70), (0.30, 0.12, 0.05), (0.62, 0.40, 0.12)


def shell(size, floor, walls, ceiling=(0.75, 0.75, 0.73)) -> None:
    """Floor, ceiling and four walls; `floor` is a material, `walls` = (colour, joint, tile w, tile h)."""
    x, y, z = size
    colour, joint, wide, high = walls
    across = materials.tiles("wall xz", colour, joint, wide, high, "xz")
    along = materials.tiles("wall yz", colour, joint, wide, high, "yz")
    shapes.box("floor", (0, 0, -0.1), (x, y, 0), floor, 0)
    shapes.box("ceiling", (0, 0, z), (x, y, z + 0.1), materials.plain("ceiling", ceiling, 0.9), 0)
    shapes.box("north wall", (0, y, 0), (x, y + 0.1, z), across, 0)
    shapes.box("south wall", (0, -0.1, 0), (x, 0, z), across, 0)
    shapes.box("east wall", (x, 0, 0), (x + 0.1, y, z), along, 0)
    shapes.box("west wall", (-0.1, 0, 0), (0, y, z), along, 0)


def lamps(places, height: float, colour, watts: float) -> None:
    """Ceiling lamps 1.2 m long. Objects named "lamp" are what `kitchen.darken` puts out."""
    tube = materials.glowing("lamp", colour, 9)
    for x, y in places:
        shapes.box(
            "lamp frame",
            (x - 0.62, y - 0.17, height - 0.05),
            (x + 0.62, y + 0.17, height),
            materials.plain("ceiling", (0.75,) * 3),
            0.01,
        )
        shapes.box("lamp", (x - 0.6, y - 0.15, height - 0.055), (x + 0.6, y + 0.15, height - 0.048), tube, 0)
        light = bpy.data.lights.new("lamp", "AREA")
        light.shape, light.size, light.size_y, light.energy, light.color = "RECTANGLE", 1.2, 0.3, watts, colour
        item = bpy.data.objects.new("lamp light", light)
        item.location = (x, y, height - 0.07)
        shapes.link(item)


def table(low, high, height: float = 0.82, shelf: bool = True) -> None:
    (x0, y0), (x1, y1), steel = low, high, materials.steel()
    shapes.box("table top", (x0, y0, height - 0.04), (x1, y1, height), steel, 0.008)
    for x in (x0 + 0.04, x1 - 0.08):
        for y in (y0 + 0.04, y1 - 0.08):
            shapes.box("leg", (x, y, 0), (x + 0.04, y + 0.04, height - 0.04), steel, 0.004)
    if shelf:
        shapes.box("shelf", (x0 + 0.04, y0 + 0.04, 0.22), (x1 - 0.04, y1 - 0.04, 0.245), steel, 0.004)


def food_pan(at, size, colour, seed: int) -> None:
    """A gastronorm pan, let into a counter at height z, heaped with food."""
    (x, y, z), (wide, deep), rnd = at, size, random.Random(seed)
    steel = materials.steel()
    for low, high in (
        ((x, y), (x + wide, y + 0.015)),
        ((x, y + deep - 0.015), (x + wide, y + deep)),
        ((x, y), (x + 0.015, y + deep)),
        ((x + wide - 0.015, y), (x + wide, y + deep)),
    ):
        shapes.box("pan rim", (*low, z), (*high, z + 0.03), steel, 0.003)
    food = materials.plain(f"food {colour}", colour, 0.5, mottle=0.4, bump=0.6, scale=30)
    shapes.box("food", (x + 0.015, y + 0.015, z), (x + wide - 0.015, y + deep - 0.015, z + 0.012), food, 0)
    for _ in range(26):
        r = rnd.uniform(0.02, 0.04)
        spot = (rnd.uniform(x + 0.05, x + wide - 0.05), rnd.uniform(y + 0.05, y + deep - 0.05), z + 0.005)
        shapes.lathe("food", [(0, 0), (r, 0.004), (r * 0.8, r * 0.6), (0, r * 0.8)], spot, food, 9)


def stack(name: str, at, radius: float, count: int, pitch: float, material) -> None:
    """A stack of bowls."""
    for i in range(count):
        shapes.lathe(
            name,
            [(0, 0), (radius * 0.7, 0), (radius, 0.06), (radius * 1.03, 0.06), (radius * 0.7, 0.01), (0, 0.01)],
            (at[0], at[1], at[2] + i * pitch),
            material,
            24,
        )


def trays(at, count: int, colour) -> None:
    """Dining trays of a canteen, one on the other, a little askew."""
    rnd, surface = random.Random(count), materials.plain(f"tray {colour}", colour, 0.35)
    for i in range(count):
        dx, dy = rnd.uniform(-0.008, 0.008), rnd.uniform(-0.008, 0.008)
        z = at[2] + i * 0.016
        shapes.box(
            "tray", (at[0] + dx, at[1] + dy, z), (at[0] + dx + 0.38, at[1] + dy + 0.28, z + 0.013), surface, 0.004
        )


def bottles(at, colours) -> None:
    for i, colour in enumerate(colours):
        shapes.lathe(
            "bottle",
            [(0.045, 0), (0.045, 0.16), (0.03, 0.19), (0.03, 0.22), (0, 0.22)],
            (at[0] + 0.12 * i, at[1], at[2]),
            materials.plain(f"bottle {colour}", colour, 0.2),
            18,
        )


def board(at, size, colour) -> None:
    shapes.box(
        "board",
        at,
        (at[0] + size[0], at[1] + size[1], at[2] + 0.02),
        materials.plain(f"board {colour}", colour, 0.55),
        0.004,
    )


def vegetables(at, spread, count: int, seed: int) -> None:
    rnd = random.Random(seed)
    for i in range(count):
        colour = (GREEN, RED, ORANGE)[i % 3]
        spot = (at[0] + rnd.uniform(0, spread[0]), at[1] + rnd.uniform(0, spread[1]), at[2] + 0.03)
        shapes.lathe(
            "vegetable",
            [(0, -0.03), (0.03, -0.02), (0.038, 0), (0.03, 0.025), (0, 0.03)],
            spot,
            materials.plain(f"vegetable {colour}", colour, 0.4),
            12,
        )


def crate(low, high, colour) -> None:
    shapes.box("crate", low, high, materials.plain(f"crate {colour}", colour, 0.5), 0.02)


def fridge(at, wide: float = 0.8, glass: bool = False) -> None:
    """A tall cupboard of steel whose doors look to -y; with dark glass it is a disinfecting cupboard."""
    (x, y), steel = at, materials.steel()
    front = materials.plain("glass door", (0.02, 0.03, 0.04), 0.08) if glass else steel
    shapes.box("fridge", (x, y, 0.08), (x + wide, y + 0.72, 1.95), steel, 0.02)
    for z in (0.12, 1.03):
        shapes.box("fridge door", (x + 0.03, y - 0.03, z), (x + wide - 0.03, y, z + 0.88), front, 0.012)
        shapes.box("handle", (x + 0.07, y - 0.07, z + 0.33), (x + 0.10, y - 0.03, z + 0.58), materials.dark(), 0.01)


def wall_shelf(low, high, z: float, pots: int, seed: int) -> None:
    """A board on a wall with pots of several sizes on it."""
    rnd, steel = random.Random(seed), materials.steel()
    shapes.box("wall shelf", (*low, z), (*high, z + 0.025), steel)
    for i in range(pots):
        r, high_m = rnd.uniform(0.08, 0.13), rnd.uniform(0.11, 0.24)
        share = (i + 0.5) / pots
        spot = (low[0] + share * (high[0] - low[0]), (low[1] + high[1]) / 2, z + 0.027)
        if high[1] - low[1] > high[0] - low[0]:
            spot = ((low[0] + high[0]) / 2, low[1] + share * (high[1] - low[1]), z + 0.027)
        surface = steel if i % 3 else materials.plain("white pot", (0.75, 0.75, 0.73), 0.4)
        shapes.lathe("pot", [(0, 0), (r, 0), (r, high_m), (r + 0.006, high_m), (0, high_m + 0.02)], spot, surface)


def notice(low, high, colour, rows: int = 5) -> None:
    """A board on the north wall with rows that stand for text."""
    shapes.box("notice", low, high, materials.plain(f"notice {colour}", colour, 0.5), 0)
    pitch = (high[2] - low[2]) / (rows + 1)
    for i in range(rows):
        z = low[2] + pitch * (i + 0.7)
        end = high[0] - 0.05 - 0.06 * ((i * 7) % 3)
        shapes.box(
            "notice row",
            (low[0] + 0.05, low[1] - 0.004, z),
            (end, low[1], z + pitch * 0.35),
            materials.plain("paper", (0.85, 0.85, 0.83), 0.4),
            0,
        )


def stove(at, length: float, burners: int) -> None:
    """A range against the north wall with woks and one stock pot, looking to -y."""
    (x, y), steel, iron = at, materials.steel(), materials.plain("iron", (0.05,) * 3, 0.4, 0.8)
    shapes.box("range", (x, y, 0), (x + length, y + 0.83, 0.80), steel, 0.01)
    shapes.box("range back", (x, y + 0.75, 0.8), (x + length, y + 0.83, 1.15), steel, 0.01)
    for i in range(burners):
        spot = (x + length * (i + 0.5) / burners, y + 0.38)
        shapes.lathe("burner", [(0.27, 0), (0.27, 0.05), (0.22, 0.05), (0.20, 0)], (*spot, 0.80), iron)
        if i % 2 == 0:
            shapes.lathe(
                "wok",
                [
                    (0.02, 0.02),
                    (0.12, 0.03),
                    (0.22, 0.09),
                    (0.29, 0.17),
                    (0.295, 0.175),
                    (0.28, 0.165),
                    (0.2, 0.07),
                    (0, 0.03),
                ],
                (*spot, 0.82),
                iron,
            )
        else:
            shapes.lathe(
                "stock pot",
                [(0, 0), (0.24, 0), (0.24, 0.38), (0.25, 0.385), (0.25, 0.40), (0.232, 0.40), (0.232, 0.05), (0, 0.05)],
                (*spot, 0.86),
                steel,
            )


def hood(x0: float, x1: float, wall_y: float, low: float = 1.95) -> None:
    top = low + 0.65
    corners = [
        (x0, wall_y, low),
        (x1, wall_y, low),
        (x1, wall_y - 1.05, low),
        (x0, wall_y - 1.05, low),
        (x0 + 0.1, wall_y, top),
        (x1 - 0.1, wall_y, top),
        (x1 - 0.1, wall_y - 0.55, top),
        (x0 + 0.1, wall_y - 0.55, top),
    ]
    shapes.mesh(
        "hood", corners, [[0, 1, 5, 4], [3, 7, 6, 2], [0, 4, 7, 3], [1, 2, 6, 5], [4, 5, 6, 7]], materials.steel()
    )
    shapes.box("hood rim", (x0, wall_y - 1.07, low - 0.07), (x1, wall_y - 1.03, low + 0.01), materials.steel())


def sinks(low, high, height: float = 0.85) -> None:
    """A sink table along the east wall."""
    table(low, high, height, shelf=False)
    (x0, y0), (x1, y1) = low, high
    for share in (0.3, 0.7):
        y = y0 + share * (y1 - y0)
        shapes.box(
            "basin", (x0 + 0.09, y - 0.32, height - 0.06), (x1 - 0.13, y + 0.32, height + 0.003), materials.dark(), 0.02
        )
        shapes.lathe("tap", [(0.018, 0), (0.018, 0.32), (0, 0.33)], (x1 - 0.07, y, height), materials.steel())
        shapes.box(
            "spout", (x1 - 0.30, y - 0.012, height + 0.30), (x1 - 0.06, y + 0.012, height + 0.325), materials.steel()
        )


def sacks(at, count: int, colour) -> None:
    """Rice sacks, one on the other."""
    surface = materials.plain(f"sack {colour}", colour, 0.9, mottle=0.15, bump=0.8, scale=6)
    for i in range(count):
        shift = 0.03 * (i % 2)
        shapes.box(
            "sack",
            (at[0] + shift, at[1], at[2] + 0.17 * i),
            (at[0] + 0.75 + shift, at[1] + 0.48, at[2] + 0.17 * i + 0.165),
            surface,
            0.07,
        )


def extinguisher(at) -> None:
    shapes.lathe(
        "extinguisher",
        [(0, 0), (0.08, 0), (0.08, 0.42), (0.05, 0.5), (0.02, 0.52), (0.02, 0.58), (0, 0.58)],
        (*at, 0.02),
        materials.plain("extinguisher", (0.6, 0.02, 0.02), 0.3),
    )
