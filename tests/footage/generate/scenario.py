"""Scenario files: which room and camera, who is there when, what they wear and do."""

import math
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from .posing import STRIDE_M, Pose

# A turn and a change between walking and working take about this long.
EASE_S = 0.6


@dataclass(frozen=True)
class Stop:
    """A figure is `at` (metres) at time `t` (seconds), looking to `facing` (radians)."""

    t: float
    at: tuple[float, float]
    facing: float


@dataclass
class Actor:
    """A figure and its day. Without a route it stays at its one stop for the whole clip."""

    id: str
    figure: str
    height_m: float
    outfit: str
    hair: str
    hat: str
    mask: str
    task: str
    tool: str
    skin: str
    coat: tuple[float, float, float]
    trousers: tuple[float, float, float]
    gloves: bool
    hat_colour: tuple[float, float, float]
    mask_colour: tuple[float, float, float]
    hair_colour: tuple[float, float, float]
    period_s: float
    route: list[Stop]

    def present(self, t: float) -> bool:
        return len(self.route) == 1 or self.route[0].t <= t <= self.route[-1].t

    def pose(self, t: float) -> Pose:
        """Returns the pose at `t`; it depends on nothing but `t`, so that shards agree."""
        around = [t + EASE_S * (step / 6 - 0.5) for step in range(7)]
        walking = [self._walks(moment) for moment in around]
        headings = [self._heading(moment) for moment in around]
        yaw = math.atan2(sum(math.sin(h) for h in headings), sum(math.cos(h) for h in headings))
        at, walked = self._place(t)
        hands, lean, head_yaw, head_pitch = TASKS[self.task](self._phase(t))
        work = 1 - sum(walking) / len(walking)
        return Pose(
            at,
            yaw,
            work,
            walked * 2 * math.pi / STRIDE_M,
            hands,
            lean * work + 0.03 * (1 - work),
            head_yaw * work,
            head_pitch * work + 0.05 * (1 - work),
        )

    def _phase(self, t: float) -> float:
        """Returns how far the task is, 0 to pi and back: half as many pictures as all the way round."""
        since = t % self.period_s
        return 2 * math.pi * min(since, self.period_s - since) / self.period_s

    def _leg(self, t: float) -> tuple[Stop, Stop]:
        for start, end in zip(self.route, self.route[1:]):
            if t <= end.t:
                return start, end
        return self.route[-1], self.route[-1]

    def _walks(self, t: float) -> bool:
        start, end = self._leg(min(max(t, self.route[0].t), self.route[-1].t))
        return math.dist(start.at, end.at) > 0.01

    def _heading(self, t: float) -> float:
        t = min(max(t, self.route[0].t), self.route[-1].t)
        start, end = self._leg(t)
        if math.dist(start.at, end.at) < 0.01:
            return start.facing
        return math.atan2(end.at[0] - start.at[0], -(end.at[1] - start.at[1]))

    def _place(self, t: float) -> tuple[tuple[float, float], float]:
        """Returns the place and the metres walked so far."""
        walked, place = 0.0, self.route[0].at
        for start, end in zip(self.route, self.route[1:]):
            share = min(max((t - start.t) / (end.t - start.t), 0.0), 1.0)
            place = tuple(a + share * (b - a) for a, b in zip(start.at, end.at))
            walked += share * math.dist(start.at, end.at)
            if t <= end.t:
                break
        return place, walked


# Tasks: phase in radians -> (left hand, right hand), lean, head yaw, head pitch.


def serve(phase: float):
    """Ladles from a pan ahead to a tray at the left; looks up once a turn."""
    reach = math.sin(phase)
    right = (-0.16 + 0.14 * reach, -0.44 - 0.05 * math.cos(phase), 1.06 + 0.05 * math.cos(2 * phase))
    left = (0.22, -0.36 - 0.02 * reach, 1.00)
    return (left, right), 0.07, 0.16 * reach, 0.02 + 0.10 * math.cos(phase)


def chop(phase: float):
    """Cuts twice a second when the period is 4 s."""
    right = (-0.10, -0.40 + 0.015 * math.cos(phase), 1.05 + 0.03 * math.cos(8 * phase))
    left = (0.12 + 0.03 * math.cos(phase), -0.40, 0.99)
    return (left, right), 0.08, 0.16 * math.cos(phase), 0.02 + 0.09 * math.cos(2 * phase)


def wait(phase: float):
    """Stands with hands before the body and looks about."""
    left, right = (0.09, -0.26, 1.00), (-0.07, -0.27, 1.01)
    return (left, right), 0.03, 0.30 * math.cos(phase), 0.06 + 0.05 * math.cos(2 * phase)


def reach_low(phase: float):
    """Holds something at the height of a bin's lid."""
    left, right = (0.14, -0.42, 0.90), (-0.14, -0.44, 0.90 + 0.05 * math.cos(phase))
    return (left, right), 0.28, 0.0, 0.25


TASKS = {"serve": serve, "chop": chop, "wait": wait, "reach_low": reach_low}


@dataclass
class Bin:
    id: str
    at: tuple[float, float]
    colour: tuple[float, float, float]
    opens_at: float

    def lid_on(self, t: float) -> bool:
        return t < self.opens_at


@dataclass
class Camera:
    """`hfov_deg` is across the picture; `distortion` is the barrel's strength."""

    at: tuple[float, float, float]
    look_at: tuple[float, float, float]
    hfov_deg: float
    distortion: float
    exposure: float
    infrared: bool


@dataclass
class Scenario:
    name: str
    room: str
    label: str
    clock: str
    fps: int
    seconds: float
    width: int
    height: int
    samples: int
    plate_samples: int
    main_kbit: int
    h265: bool
    camera: Camera
    actors: list[Actor]
    bins: list[Bin]
    events: list[dict] = field(default_factory=list)

    def times(self) -> list[float]:
        return [i / self.fps for i in range(round(self.fps * self.seconds))]


def load(path: Path) -> Scenario:
    """Reads a scenario file; a missing or unknown key is an error."""
    raw = tomllib.loads(path.read_text())
    camera = {"distortion": 0.05, "exposure": 0.35, "infrared": False} | raw.pop("camera")
    actors = [_actor(table) for table in raw.pop("actor", [])]
    bins = [Bin(**{"opens_at": math.inf} | table) for table in raw.pop("bin", [])]
    defaults = {
        "fps": 10,
        "seconds": 20.0,
        "width": 960,
        "height": 540,
        "samples": 3,
        "plate_samples": 8,
        "main_kbit": 1000,
        "h265": False,
    }
    return Scenario(
        **defaults | {"name": path.stem, "events": raw.pop("event", [])} | raw,
        camera=Camera(**camera),
        actors=actors,
        bins=bins
    )


def _actor(table: dict) -> Actor:
    defaults = {
        "figure": "man",
        "height_m": 1.72,
        "outfit": "male_casualsuit01",
        "hair": "short02",
        "hat": "none",
        "mask": "none",
        "task": "wait",
        "tool": "none",
        "skin": "asian",
        "coat": (0.78, 0.78, 0.76),
        "trousers": (0.03, 0.035, 0.05),
        "gloves": False,
        "hat_colour": (0.82, 0.82, 0.80),
        "mask_colour": (0.30, 0.52, 0.70),
        "hair_colour": (0.012, 0.009, 0.007),
        "period_s": 6.0,
    }
    stops = table.pop("route", None) or [{"t": 0.0, "at": table.pop("at"), "facing_deg": table.pop("facing_deg", 0.0)}]
    route = [Stop(s["t"], tuple(s["at"]), math.radians(s.get("facing_deg", 0.0))) for s in stops]
    return Actor(**defaults | table, route=route)
