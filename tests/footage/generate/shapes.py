"""Blender objects from numbers: boxes, turned shapes, meshes. Metres, z up."""

import math

import bmesh
import bpy
import numpy as np
from mathutils import Vector


def link(item):
    bpy.context.scene.collection.objects.link(item)
    return item


def mesh(name: str, vertices, faces, material, smooth: bool = False):
    data = bpy.data.meshes.new(name)
    data.from_pydata([tuple(map(float, vertex)) for vertex in vertices], [], faces)
    data.update()
    if smooth:
        data.polygons.foreach_set("use_smooth", [True] * len(data.polygons))
    data.materials.append(material)
    return link(bpy.data.objects.new(name, data))


def box(name: str, low, high, material, bevel: float = 0.006):
    """A box between two corners; its edges are rounded so that they catch light."""
    low, high = np.array(low, float), np.array(high, float)
    shape = bmesh.new()
    bmesh.ops.create_cube(shape, size=1)
    for vertex in shape.verts:
        vertex.co = Vector(np.array(vertex.co) * (high - low))
    if bevel:
        bmesh.ops.bevel(
            shape, geom=shape.edges[:], offset=min(bevel, 0.3 * min(high - low)), segments=2, affect="EDGES"
        )
    data = bpy.data.meshes.new(name)
    shape.to_mesh(data)
    shape.free()
    data.materials.append(material)
    item = bpy.data.objects.new(name, data)
    item.location = (low + high) / 2
    return link(item)


def lathe(name: str, profile, at, material, points: int = 32):
    """A shape turned about the vertical through `at`; `profile` holds (radius, height)."""
    vertices, faces = [], []
    for radius, height in profile:
        for step in range(points):
            angle = 2 * math.pi * step / points
            vertices.append((at[0] + radius * math.cos(angle), at[1] + radius * math.sin(angle), at[2] + height))
    for ring in range(len(profile) - 1):
        for step in range(points):
            after = (step + 1) % points
            faces.append(
                [ring * points + step, ring * points + after, (ring + 1) * points + after, (ring + 1) * points + step]
            )
    return mesh(name, vertices, faces, material, smooth=True)
