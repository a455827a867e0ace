"""Surfaces. Each material is made once by name and kept by Blender."""

import bpy

Colour = tuple[float, float, float]


def _existing(name: str):
    return bpy.data.materials.get(name)


def _principled(name: str, colour: Colour, roughness: float, metallic: float = 0.0):
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*colour, 1)
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Metallic"].default_value = metallic
    return material, shader


def _noise(tree, scale: float, stretch: Colour = (1, 1, 1)):
    place = tree.nodes.new("ShaderNodeTexCoord")
    mapping = tree.nodes.new("ShaderNodeMapping")
    mapping.inputs["Scale"].default_value = stretch
    noise = tree.nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = scale
    noise.inputs["Detail"].default_value = 4
    tree.links.new(place.outputs["Object"], mapping.inputs[0])
    tree.links.new(mapping.outputs[0], noise.inputs["Vector"])
    return noise


def plain(
    name: str,
    colour: Colour,
    roughness: float = 0.5,
    metallic: float = 0.0,
    mottle: float = 0.0,
    bump: float = 0.0,
    scale: float = 8.0,
):
    """A one-coloured surface; `mottle` varies the colour, `bump` the relief."""
    if material := _existing(name):
        return material
    material, shader = _principled(name, colour, roughness, metallic)
    tree = material.node_tree
    if mottle:
        mix = tree.nodes.new("ShaderNodeMix")
        mix.data_type = "RGBA"
        mix.inputs[6].default_value = (*[c * (1 - mottle) for c in colour], 1)
        mix.inputs[7].default_value = (*[min(1, c * (1 + mottle)) for c in colour], 1)
        tree.links.new(_noise(tree, scale).outputs[0], mix.inputs[0])
        tree.links.new(mix.outputs[2], shader.inputs["Base Color"])
    if bump:
        relief = tree.nodes.new("ShaderNodeBump")
        relief.inputs["Strength"].default_value = bump
        relief.inputs["Distance"].default_value = 0.02
        tree.links.new(_noise(tree, scale).outputs[0], relief.inputs["Height"])
        tree.links.new(relief.outputs[0], shader.inputs["Normal"])
    return material


def glowing(name: str, colour: Colour, strength: float):
    if material := _existing(name):
        return material
    material, shader = _principled(name, colour, 0.5)
    shader.inputs["Emission Color"].default_value = (*colour, 1)
    shader.inputs["Emission Strength"].default_value = strength
    return material


def brushed(name: str, colour: Colour = (0.58, 0.59, 0.60), roughness: float = 0.30):
    """Stainless steel with streaks."""
    if material := _existing(name):
        return material
    material, shader = _principled(name, colour, roughness, 1.0)
    tree = material.node_tree
    spread = tree.nodes.new("ShaderNodeMapRange")
    spread.inputs[3].default_value = roughness - 0.12
    spread.inputs[4].default_value = roughness + 0.16
    tree.links.new(_noise(tree, 6, (1, 14, 14)).outputs[0], spread.inputs[0])
    tree.links.new(spread.outputs[0], shader.inputs["Roughness"])
    return material


def tiles(
    name: str, colour: Colour, joint: Colour, width_m: float, height_m: float, plane: str, roughness: float = 0.25
):
    """Tiles on a `plane` of the room: "xy" floor, "xz" or "yz" wall."""
    if material := _existing(name):
        return material
    material, shader = _principled(name, colour, roughness)
    tree = material.node_tree
    place = tree.nodes.new("ShaderNodeTexCoord")
    split = tree.nodes.new("ShaderNodeSeparateXYZ")
    flat = tree.nodes.new("ShaderNodeCombineXYZ")
    tree.links.new(place.outputs["Object"], split.inputs[0])
    for i, axis in enumerate(plane):
        tree.links.new(split.outputs["xyz".index(axis)], flat.inputs[i])
    brick = tree.nodes.new("ShaderNodeTexBrick")
    brick.offset = 0
    for key, value in {"Scale": 1, "Mortar Size": 0.006, "Brick Width": width_m, "Row Height": height_m}.items():
        brick.inputs[key].default_value = value
    for key, tint in {"Color1": colour, "Color2": tuple(c * 0.9 for c in colour), "Mortar": joint}.items():
        brick.inputs[key].default_value = (*tint, 1)
    tree.links.new(flat.outputs[0], brick.inputs["Vector"])
    tree.links.new(brick.outputs["Color"], shader.inputs["Base Color"])
    return material


def steel():
    return brushed("steel")


def dark():
    return plain("dark", (0.02, 0.02, 0.022), 0.4)
