"""A dressed figure as Blender objects, and how its meshes are moved from frame to frame."""

import numpy as np

from . import hats, materials, shapes
from .human import BodyData, Human
from .scenario import Actor

SKINS = {
    "light": (0.60, 0.36, 0.25),
    "asian": (0.58, 0.37, 0.24),
    "tan": (0.42, 0.24, 0.15),
    "fair": (0.68, 0.46, 0.36),
    "brown": (0.25, 0.13, 0.08),
    "dark": (0.09, 0.05, 0.035),
}
# Faces of the overall suit below this height are trousers.
WAIST_M = 0.92


def dress(data: BodyData, actor: Actor) -> Human:
    human = Human(data, actor.figure, actor.height_m, actor.outfit, actor.hair)
    if actor.hat != "none":
        hats.put_on_hat(human, actor.hat)
    if actor.mask != "none":
        hats.put_on_mask(human, actor.mask)
    if actor.tool != "none":
        hats.put_in_hand(human, actor.tool)
    return human


class Figure:
    """The objects of one actor. Their names begin with the actor's id and a colon."""

    def __init__(self, data: BodyData, actor: Actor):
        self.actor = actor
        self.human = dress(data, actor)
        surfaces = _surfaces(actor)
        self.objects = [
            shapes.mesh(f"{actor.id}:{part.name}", part.vertices, part.faces, surfaces[part.material], smooth=True)
            for part in self.human.parts
        ]
        for part, item in zip(self.human.parts, self.objects):
            self._paint(part, item, surfaces)

    def _paint(self, part, item, surfaces) -> None:
        centres = np.array([part.vertices[face].mean(0) for face in part.faces])
        if part.name == "clothes":
            item.data.materials.append(surfaces["trousers"])
            legs = (centres[:, 2] < WAIST_M) & (np.abs(centres[:, 0]) < 0.27)
            item.data.polygons.foreach_set("material_index", legs.astype(int))
        elif part.name == "mask":
            thickness = item.modifiers.new("thickness", "SOLIDIFY")
            thickness.thickness, thickness.offset = 0.002, 1
        elif part.material == "eye":
            item.data.materials.append(surfaces["iris"])
            pupil = centres[centres[:, 1].argmin()]
            iris = np.linalg.norm(centres - pupil, axis=1) < 0.0075
            item.data.polygons.foreach_set("material_index", iris.astype(int))
        elif part.name == "body" and self.actor.gloves:
            item.data.materials.append(surfaces["glove"])
            arms = [self.human.data.index[f"lowerarm_{side}"] for side in "lr"]
            names = self.human.data.bones
            fingers = [i for i, bone in enumerate(names) if i not in arms and _is_hand(bone)]
            worn = part.weights[:, fingers].sum(1)
            item.data.polygons.foreach_set("material_index", [int(worn[face].mean() > 0.5) for face in part.faces])

    def show(self, visible: bool) -> None:
        for item in self.objects:
            item.hide_render = item.hide_viewport = not visible

    def move(self, meshes: list[np.ndarray]) -> None:
        for item, vertices in zip(self.objects, meshes):
            item.data.vertices.foreach_set("co", np.ascontiguousarray(vertices, np.float32).ravel())
            item.data.update()


def _is_hand(bone: str) -> bool:
    return any(word in bone for word in ("hand", "thumb", "index", "middle", "ring", "pinky"))


def _surfaces(actor: Actor) -> dict:
    tag = actor.id
    return {
        "skin": materials.plain(f"skin {actor.skin}", SKINS[actor.skin], 0.5, mottle=0.12, scale=25),
        "eye": materials.plain("eye", (0.55, 0.53, 0.5), 0.2),
        "iris": materials.plain("iris", (0.02, 0.012, 0.008), 0.15),
        "hair": materials.plain(f"hair {tag}", actor.hair_colour, 0.45),
        "hat": materials.plain(f"hat {tag}", actor.hat_colour, 0.85),
        "mask": materials.plain(f"mask {tag}", actor.mask_colour, 0.9),
        "shoe": materials.plain("shoe", (0.015, 0.015, 0.015), 0.4),
        "cloth": materials.plain(f"coat {tag}", actor.coat, 0.9, mottle=0.06, bump=0.55, scale=9),
        "trousers": materials.plain(f"trousers {tag}", actor.trousers, 0.9, bump=0.4, scale=9),
        "glove": materials.plain("glove", (0.50, 0.60, 0.72), 0.6),
        "steel": materials.steel(),
        "handle": materials.dark(),
    }
