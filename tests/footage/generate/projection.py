"""From room coordinates to pixels of the finished picture, barrel distortion included."""

import math

import numpy as np

# Corner radius squared of a 16:9 picture in half widths: the corner stays where it is.
CORNER = 1.32


class Projection:
    def __init__(self, camera, hfov_deg: float, width: int, height: int, distortion: float):
        self.width, self.height, self.distortion = width, height, distortion
        self.focal = (width / 2) / math.tan(math.radians(hfov_deg) / 2)
        self.inverse = np.array(camera.matrix_world.inverted())
        self.centre = np.array([width / 2, height / 2])

    def ideal(self, points: np.ndarray) -> np.ndarray:
        """Returns pixels [n, 2] of `points` [n, 3] for a lens without distortion."""
        seen = points @ self.inverse[:3, :3].T + self.inverse[:3, 3]
        depth = np.maximum(-seen[:, 2], 0.05)
        return np.stack([seen[:, 0], -seen[:, 1]], 1) * (self.focal / depth)[:, None] + self.centre

    def distorted(self, pixels: np.ndarray) -> np.ndarray:
        half = self.width / 2
        flat = (pixels - self.centre) / half
        square = (flat**2).sum(1, keepdims=True)
        return flat * (1 - self.distortion * square) / (1 - self.distortion * CORNER) * half + self.centre

    def box(self, points: np.ndarray, distorted: bool = True) -> list[float] | None:
        """Returns [x1, y1, x2, y2] within the picture, or None if less than 2 px are left."""
        pixels = self.ideal(points)
        if distorted:
            pixels = self.distorted(pixels)
        x1, y1 = np.maximum(pixels.min(0), 0)
        x2, y2 = np.minimum(pixels.max(0), [self.width, self.height])
        return [float(x1), float(y1), float(x2), float(y2)] if x2 - x1 >= 2 and y2 - y1 >= 2 else None
