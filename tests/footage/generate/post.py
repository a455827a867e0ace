"""From plates and crops to a clip that looks like a camera's: lens, noise, clock, H.264."""

import datetime
import json
import subprocess
from pathlib import Path

import cv2
import numpy as np

from .projection import CORNER
from .scenario import Scenario

SUB_KBIT, SUB_SIZE = 300, (640, 360)
SEAM_PX = 9


def finish(plan: Scenario, out: Path, clips: Path) -> None:
    """Writes the main clip, the sub-stream's clip and the truth into `clips`."""
    clips.mkdir(parents=True, exist_ok=True)
    frames = json.loads((out / "frames.json").read_text())
    raw = out / "frames.mkv"
    _encode_lossless(plan, out, frames, raw)
    encode(raw, clips / f"{plan.name}.mp4", plan.fps, plan.main_kbit)
    encode(raw, clips / f"{plan.name}.sub.mp4", plan.fps, SUB_KBIT, SUB_SIZE)
    if plan.h265:
        encode(raw, clips / f"{plan.name}_h265.mp4", plan.fps, plan.main_kbit // 2, codec="libx265")
    (clips / f"{plan.name}.truth.json").write_text((out / "truth.json").read_text())


def _encode_lossless(plan: Scenario, out: Path, frames: list[dict], path: Path) -> None:
    command = [
        "ffmpeg",
        "-y",
        "-loglevel",
        "error",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "bgr24",
        "-s",
        f"{plan.width}x{plan.height}",
        "-r",
        str(plan.fps),
        "-i",
        "-",
        "-c:v",
        "ffv1",
        str(path),
    ]
    look = Look(plan)
    plates: dict[str, np.ndarray] = {}
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
        for frame in frames:
            if frame["plate"] not in plates:
                plates[frame["plate"]] = cv2.imread(str(out / frame["plate"])).astype(np.float32)
            picture = plates[frame["plate"]].copy()
            for crop in frame["crops"]:
                paste(picture, cv2.imread(str(out / crop["file"])).astype(np.float32), crop["box"])
            encoder.stdin.write(look.apply(picture, frame["t"]).tobytes())
    if encoder.returncode:
        raise SystemExit(f"ffmpeg could not write {path}")


def paste(picture: np.ndarray, crop: np.ndarray, box) -> None:
    """Lays `crop` on `picture` with a soft seam, except along the picture's own edges."""
    height, width = picture.shape[:2]
    high, wide = crop.shape[:2]
    # Blender rounds the border's lower edge; the upper one follows from the crop's height.
    top, left = max(0, box[3] - high), box[0]
    high, wide = min(high, height - top), min(wide, width - left)
    crop = crop[:high, :wide]
    mask = np.zeros((high, wide), np.float32)
    mask[
        0 if top == 0 else SEAM_PX : high if top + high >= height else high - SEAM_PX,
        0 if left == 0 else SEAM_PX : wide if left + wide >= width else wide - SEAM_PX,
    ] = 1
    mask = cv2.blur(mask, (SEAM_PX, SEAM_PX))[:, :, None]
    area = picture[top : top + high, left : left + wide]
    area[:] = area * (1 - mask) + crop * mask


class Look:
    """The camera's own look: barrel distortion, vignette, softness, noise, clock and name."""

    def __init__(self, plan: Scenario):
        self.plan = plan
        self.random = np.random.RandomState(1)
        half = plan.width / 2
        rows, columns = np.mgrid[: plan.height, : plan.width].astype(np.float32)
        x, y = (columns - half) / half, (rows - plan.height / 2) / half
        self.vignette = 1 - 0.2 * np.clip((x**2 + y**2) / 1.3, 0, 1)[:, :, None]
        source_x, source_y = x.copy(), y.copy()
        strength = plan.camera.distortion
        # The lens model has no closed inverse; twelve rounds are exact to a hundredth of a pixel.
        for _ in range(12):
            square = source_x**2 + source_y**2
            factor = (1 - strength * square) / (1 - strength * CORNER)
            source_x, source_y = x / factor, y / factor
        self.map_x = (source_x * half + half).astype(np.float32)
        self.map_y = (source_y * half + plan.height / 2).astype(np.float32)

    def apply(self, picture: np.ndarray, t: float) -> np.ndarray:
        """Returns the finished picture [h, w, 3], uint8, BGR."""
        infrared = self.plan.camera.infrared
        picture = cv2.remap(picture, self.map_x, self.map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
        picture = cv2.GaussianBlur(picture * self.vignette, (0, 0), 0.5 * self.plan.width / 960)
        if infrared:
            grey = cv2.cvtColor(np.clip(picture, 0, 255).astype(np.uint8), cv2.COLOR_BGR2GRAY)
            picture = np.repeat(grey[:, :, None], 3, 2).astype(np.float32)
        noise = self.random.randn(self.plan.height, self.plan.width, 1) * (3.0 if infrared else 1.8)
        finished = np.clip((picture - 128) * 1.04 + 128 + noise, 0, 255).astype(np.uint8)
        self._write_clock(finished, t)
        return finished

    def _write_clock(self, picture: np.ndarray, t: float) -> None:
        clock = datetime.datetime.fromisoformat(self.plan.clock) + datetime.timedelta(seconds=t)
        size = self.plan.width / 1280
        for text, at in (
            (clock.strftime("%Y-%m-%d %H:%M:%S"), (int(24 * size), int(40 * size))),
            ("SYNTHETIC", (self.plan.width - int(210 * size), self.plan.height - int(24 * size))),
        ):
            for shade, shift in ((0, 1), (255, 0)):
                cv2.putText(
                    picture,
                    text,
                    (at[0] + shift, at[1] + shift),
                    cv2.FONT_HERSHEY_SIMPLEX,
                    0.8 * size,
                    (shade,) * 3,
                    2,
                    cv2.LINE_AA,
                )


def encode(
    source: Path, target: Path, fps: int, kbit: int, size: tuple[int, int] | None = None, codec: str = "libx264"
) -> None:
    """Encodes as cameras do: a key frame each second, closed groups, no B-frames, no audio."""
    scale = ["-vf", f"scale={size[0]}:{size[1]}:flags=area"] if size else []
    if codec == "libx264":
        options = ["-profile:v", "high", "-x264-params", "open-gop=0"]
    else:
        options = [
            "-tag:v",
            "hvc1",
            "-x265-params",
            f"keyint={fps}:min-keyint={fps}:scenecut=0:open-gop=0:bframes=0:log-level=error",
        ]
    rate = ["-b:v", f"{kbit}k", "-maxrate", f"{kbit * 3 // 2}k", "-bufsize", f"{kbit * 2}k"]
    group = ["-g", str(fps), "-keyint_min", str(fps), "-sc_threshold", "0", "-bf", "0"]
    subprocess.run(
        [
            "ffmpeg",
            "-y",
            "-loglevel",
            "error",
            "-i",
            str(source),
            "-an",
            *scale,
            "-c:v",
            codec,
            "-pix_fmt",
            "yuv420p",
            "-preset",
            "medium",
            *options,
            *rate,
            *group,
            "-movflags",
            "+faststart",
            str(target),
        ],
        check=True,
    )
