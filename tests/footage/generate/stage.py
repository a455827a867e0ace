"""A scenario set up in Blender: room, camera, figures and bins, ready for any moment."""

from dataclasses import dataclass

import bpy

from . import kitchen, varied
from .figures import Figure
from .human import BodyData
from .posing import Pose, Posed, pose
from .projection import Projection
from .scenario import Scenario


@dataclass
class Moment:
    """What is where at time `t`. Only present figures are listed."""

    t: float
    poses: dict[str, Pose]
    posed: dict[str, Posed]
    lids: dict[str, bool]


class Stage:
    def __init__(self, scenario: Scenario, data: BodyData, threads: int):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self.scenario = scenario
        self._known: dict[tuple, Posed] = {}
        if scenario.room.startswith("varied-"):
            varied.room(int(scenario.room.removeprefix("varied-")))
        else:
            kitchen.ROOMS[scenario.room]()
        self.figures = {actor.id: Figure(data, actor) for actor in scenario.actors}
        self.bins = {spec.id: kitchen.WasteBin(spec) for spec in scenario.bins}
        self.camera = kitchen.place_camera(scenario.camera)
        self._set_up_render(threads)
        if scenario.camera.infrared:
            kitchen.darken(self.camera)
        bpy.context.view_layer.update()
        self.projection = Projection(
            self.camera, scenario.camera.hfov_deg, scenario.width, scenario.height, scenario.camera.distortion
        )

    def moment(self, t: float) -> Moment:
        """Computes the poses; nothing in Blender changes."""
        poses = {key: figure.actor.pose(t) for key, figure in self.figures.items() if figure.actor.present(t)}
        posed = {key: self._posed(key, stance) for key, stance in poses.items()}
        return Moment(t, poses, posed, {key: spec.spec.lid_on(t) for key, spec in self.bins.items()})

    def _posed(self, key: str, stance: Pose) -> Posed:
        """Poses a figure; a repeated movement is computed once."""
        name = (key, stance.key())
        if name not in self._known:
            self._known[name] = pose(self.figures[key].human, stance)
        return self._known[name]

    def show(self, moment: Moment, figures) -> None:
        """Moves Blender's objects to `moment` and shows only `figures`."""
        for key, figure in self.figures.items():
            figure.show(key in figures)
            if key in figures:
                figure.move(moment.posed[key].meshes)
        for key, waste_bin in self.bins.items():
            waste_bin.set_lid(moment.lids[key])
        bpy.context.view_layer.update()

    def _set_up_render(self, threads: int) -> None:
        scene, wanted = bpy.context.scene, self.scenario
        scene.render.engine = "CYCLES"
        scene.render.resolution_x, scene.render.resolution_y = wanted.width, wanted.height
        scene.render.resolution_percentage = 100
        scene.render.threads_mode, scene.render.threads = "FIXED", threads
        scene.render.use_persistent_data = True
        scene.render.image_settings.file_format = "PNG"
        scene.render.image_settings.color_mode = "RGB"
        scene.view_settings.view_transform = "AgX"
        scene.view_settings.look = "AgX - Medium High Contrast"
        scene.view_settings.exposure = wanted.camera.exposure
        scene.world = bpy.data.worlds.new("world")
        scene.world.use_nodes = True
        background = scene.world.node_tree.nodes["Background"]
        background.inputs[0].default_value = (0.5, 0.55, 0.6, 1)
        background.inputs[1].default_value = 0.05
        cycles = scene.cycles
        cycles.device = "CPU"
        cycles.use_adaptive_sampling, cycles.adaptive_threshold = True, 0.05
        cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
        cycles.denoising_quality = "BALANCED"
        cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 5, 2, 3
        cycles.transmission_bounces = 1
        cycles.caustics_reflective = cycles.caustics_refractive = False
        cycles.sample_clamp_indirect = 4
        cycles.use_light_tree = True
