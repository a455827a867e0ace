"""A small training run on pictures made here: does the loss fall, does the exported file say what torch says?

`make test` runs it with Debian's python3-torch and python3-opencv (4.6, the version that the program falls back on).
It needs nothing beside the repository: bins are drawn, and the trunk is a small net with random weights.
"""

import random
import tempfile
import unittest
from pathlib import Path

import cv2
import numpy as np
import torch

from . import detector, judge, photo, raster, samples, scenes
from .classifier import BinNet, BinTop, export, fit, to_input
from .finder import OnnxFile
from .graph import Graph

def grey_ground(rnd: random.Random, side: int) -> np.ndarray:
    return np.full((side, side, 3), rnd.randint(60, 200), np.uint8)


def small_trunk(folder: Path) -> tuple[torch.nn.Module, Graph]:
    """A net with random weights in the trunk's shape, and the same read back from its ONNX file."""
    layers = [torch.nn.Conv2d(3, 24, 5, 4, 2), torch.nn.ReLU6(), torch.nn.Conv2d(24, 48, 3, 2, 1), torch.nn.ReLU6()]
    layers += [torch.nn.Conv2d(48, 96, 3, 2, 1), torch.nn.ReLU6()]
    net = torch.nn.Sequential(*layers).eval()
    for layer in layers[::2]:
        # torch starts so small that hardly anything would reach the last layer.
        layer.weight.data *= 2.5
    export(net, folder / "trunk.onnx", 128, "input", ["kept"])
    return net, Graph(folder / "trunk.onnx", ["input"], ["kept"])


class SmallRun(unittest.TestCase):
    def test_the_loss_falls_and_the_exported_file_gives_the_same_numbers(self):
        torch.manual_seed(3)
        torch.set_num_threads(1)
        drawn = samples.drawn_bins(grey_ground, range(12))
        rnd = np.random.RandomState(3)
        inputs = [to_input(photo.head_input(picture, box, rnd, 90.0)[0]) for picture, box, _, _ in drawn]
        lids = np.array([("closed", "open").index(lid) for _, _, lid, _ in drawn])
        with tempfile.TemporaryDirectory() as folder:
            net, trunk = small_trunk(Path(folder))
        with torch.no_grad():
            kept = torch.cat([trunk(torch.from_numpy(value[None]))[0] for value in inputs])
            np.testing.assert_allclose(kept[:1].numpy(), net(torch.from_numpy(inputs[0][None])).numpy(), atol=1e-5)
        top = BinTop()
        losses = fit(top, kept.numpy(), [lids], 24, 1e-2, say=lambda _: None, batch=16)
        # A toss of a coin would be ln 2 = 0.69.
        self.assertLess(losses[-1], min(0.6, 0.75 * losses[0]), losses)

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bin.onnx"
            network = BinNet(trunk, top, 1.3)
            export(network, path, 128, "bin", ["lid", "features"])
            value = inputs[0][None]
            with torch.no_grad():
                expected = network(torch.from_numpy(value))
            found = OnnxFile(path, use_opencv=True).run(value)
        for name, tensor in zip(("lid", "features"), expected):
            np.testing.assert_allclose(found[name], tensor.numpy(), atol=2e-4)

    def test_the_detector_layers_learn_where_a_head_is(self):
        rnd = np.random.RandomState(1)
        parts = []
        for _ in range(6):
            x, y, side = rnd.uniform(60, 340), rnd.uniform(60, 340), rnd.uniform(20, 60)
            boxes = np.array([[x, y, x + side, y + side * 1.2, 1]], np.float32)
            owner = detector.targets(boxes, np.zeros((0, 4)))
            self.assertTrue((owner == 0).any())
            flat = rnd.randn(len(owner), 128).astype(np.float32)
            flat[owner == 0, :8] += 4
            sizes = [(detector.SIDE // s) ** 2 for s in detector.STRIDES]
            towers = [part.T.reshape(128, -1) for part in np.split(flat, np.cumsum(sizes)[:2])]
            parts.append(scenes.cells_of(towers, flat[:, 0], boxes, np.zeros((0, 4)), rnd))
        cached = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
        said = []
        scenes.fit(cached, 12, said.append, batch=1024)
        losses = [float(line.rsplit(" ", 1)[1]) for line in said]
        self.assertLess(losses[-1], 0.7 * losses[0], losses)


class Figures(unittest.TestCase):
    def test_a_band_is_right_as_often_as_asked_or_never_given(self):
        rnd = np.random.RandomState(0)
        states = rnd.randint(0, 2, 4000)
        sure = np.clip(0.5 + (states * 2 - 1) * rnd.normal(0.25, 0.2, 4000), 0.01, 0.99)
        chances = np.stack([1 - sure, sure], 1)
        level = judge.band(chances, states, 1)
        given = chances[:, 1] >= level
        self.assertGreaterEqual((states[given] == 1).mean(), 0.96)
        self.assertEqual(judge.band(rnd.uniform(size=(500, 2)), rnd.randint(0, 2, 500), 1), 1.01)

    def test_the_interval_and_the_auc_are_the_known_ones(self):
        low, high = judge.wilson(8, 10)
        self.assertAlmostEqual(low, 0.490, places=3)
        self.assertAlmostEqual(high, 0.943, places=3)
        self.assertEqual(judge.auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True])), 0.75)

    def test_an_open_and_a_closed_bin_are_drawn_differently(self):
        (closed, _, first), (opened, _, second) = raster.bins(4, 2, grey_ground)
        self.assertEqual((first, second), ("closed", "open"))
        self.assertGreater(cv2.absdiff(closed, opened).mean(), 1.0)


if __name__ == "__main__":
    unittest.main()
