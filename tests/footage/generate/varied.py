"""Kitchens drawn by a seed: another size, tiles, lamps and furniture each. `room = "varied-7"` in a scenario.

What stays, so that a scenario can place its figures: a work table across the room at y 1.95 to 2.55 m, free floor
before it (y 0.9 to 1.8) and behind it (y 2.65 to 3.5), furniture along the north, east and west walls.
"""

import random

from . import furniture, materials, shapes

FLOORS = [(0.42, 0.44, 0.44), (0.34, 0.20, 0.15), (0.20, 0.28, 0.22), (0.55, 0.52, 0.46), (0.16, 0.16, 0.17)]
WALLS = [(0.80, 0.81, 0.80), (0.74, 0.69, 0.58), (0.60, 0.68, 0.72), (0.66, 0.74, 0.66), (0.82, 0.78, 0.74)]
LAMPS = [(1.0, 0.86, 0.68), (1.0, 0.93, 0.80), (0.93, 0.97, 1.0), (0.86, 0.93, 1.0)]
FOODS = [furniture.RICE, furniture.GREEN, furniture.MEAT, furniture.ORANGE, furniture.SOUP, furniture.RED]


def size(seed: int) -> tuple[float, float, float]:
    """Returns the room's width, depth and height in metres."""
    rnd = random.Random(seed)
    return rnd.uniform(4.6, 6.6), rnd.uniform(4.7, 5.6), rnd.uniform(2.6, 3.2)


def room(seed: int) -> None:
    rnd = random.Random(1000 + seed)
    x, y, z = size(seed)
    colour, tile = rnd.choice(FLOORS), rnd.choice((0.2, 0.3, 0.4, 0.6))
    floor = materials.tiles("floor", colour, tuple(c * 0.5 for c in colour), tile, tile, "xy", rnd.uniform(0.2, 0.5))
    wall, wide = rnd.choice(WALLS), rnd.choice((0.2, 0.3, 0.45))
    furniture.shell((x, y, z), floor, (wall, tuple(c * 0.6 for c in wall), wide, rnd.choice((0.2, 0.3))))
    places = [(x * u, y * v) for u in (0.27, 0.73) for v in (0.28, 0.72)]
    if rnd.random() < 0.3:
        places.remove(rnd.choice(places))
    furniture.lamps(places, z, rnd.choice(LAMPS), rnd.uniform(32, 75))
    if rnd.random() < 0.5:
        band = materials.plain("band", rnd.choice(((0.05, 0.22, 0.45), (0.1, 0.35, 0.2), (0.4, 0.1, 0.08))), 0.25)
        shapes.box("band", (0, y - 0.01, 1.15), (x, y, 1.28), band, 0)
    _middle(rnd, x)
    _north(rnd, x, y)
    if rnd.random() < 0.7:
        furniture.sinks((x - 0.72, 1.1), (x - 0.03, 3.2)) if rnd.random() < 0.5 else furniture.table(
            (x - 0.7, 0.9), (x - 0.03, 2.9)
        )
        furniture.wall_shelf((x - 0.34, 1.2), (x - 0.02, 3.2), rnd.uniform(1.5, 1.65), rnd.randint(4, 8), seed)
    if rnd.random() < 0.7:
        furniture.table((0.03, 0.8), (0.66, 2.4))
        furniture.crate((0.12, 0.95, 0.825), (0.56, 1.45, 1.1), rnd.choice(FOODS))
        furniture.crate((0.12, 1.6, 0.825), (0.58, 2.2, 1.0), (0.1, 0.3, 0.6))
    furniture.extinguisher((0.35, y - 0.25))


def _middle(rnd: random.Random, x: float) -> None:
    low, high = (0.95, 1.95), (x - 1.05, 2.55)
    if rnd.random() < 0.5:
        furniture.table(low, high)
        top = 0.82
    else:
        shapes.box("counter", (*low, 0.05), (*high, 0.85), materials.steel(), 0.015)
        top = 0.85
    at = low[0] + 0.1
    while at < high[0] - 0.55:
        kind = rnd.choice(("board", "pan", "trays", "bottles", "bowls", "nothing"))
        if kind == "board":
            furniture.board((at, 2.1, top), (0.46, 0.32), rnd.choice(((0.75, 0.72, 0.62), (0.10, 0.42, 0.15))))
            furniture.vegetables((at + 0.05, 2.15, top + 0.025), (0.34, 0.2), rnd.randint(4, 14), rnd.randint(0, 99))
        elif kind == "pan":
            furniture.food_pan((at, 2.08, top + 0.002), (0.44, 0.30), rnd.choice(FOODS), rnd.randint(0, 99))
        elif kind == "trays":
            furniture.trays((at, 2.1, top + 0.002), rnd.randint(3, 15), rnd.choice(FOODS))
        elif kind == "bottles":
            furniture.bottles((at, 2.15, top + 0.002), rnd.sample(FOODS, 3))
        elif kind == "bowls":
            china = materials.plain("china", (0.85, 0.85, 0.83), 0.2)
            furniture.stack("bowls", (at + 0.2, 2.25, top + 0.003), 0.13, rnd.randint(3, 9), 0.024, china)
        at += rnd.uniform(0.5, 0.75)


def _north(rnd: random.Random, x: float, y: float) -> None:
    at = 0.2
    while at < x - 1.0:
        kind = rnd.choice(("stove", "fridge", "glass", "table"))
        if kind == "stove" and x - at > 2.3:
            furniture.stove((at, y - 0.87), 2.1, 2)
            furniture.hood(at - 0.1, at + 2.2, y - 0.02)
            at += 2.3
        elif kind == "table" and x - at > 1.6:
            furniture.table((at, y - 0.65), (at + 1.4, y - 0.03))
            furniture.trays((at + 0.2, y - 0.5, 0.823), rnd.randint(4, 16), rnd.choice(FOODS))
            furniture.notice((at + 0.2, y - 0.02, 1.4), (at + 0.8, y, 2.0), rnd.choice(FOODS), rnd.randint(3, 8))
            at += 1.6
        else:
            furniture.fridge((at, y - 0.78), rnd.uniform(0.62, 0.85), glass=kind == "glass")
            at += rnd.uniform(0.9, 1.1)
