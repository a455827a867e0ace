"""A small training run on pictures made here: does the loss fall, does the exported file say what torch says?

`make test` runs it with Debian's python3-torch and python3-opencv (4.6, the version that the program falls back on).
It needs nothing beside the repository: bins are drawn, and the trunk is a small net with random weights.
"""

import hashlib
import json
import random
import tempfile
import tomllib
import unittest
from pathlib import Path

import cv2
import numpy as np
import torch

import onnx

from . import convert, detector, heads, judge, models, photo, raster, samples, scenes
from .classifier import HAT_STATES, LID_STATES, MASK_STATES, BinNet, BinTop, HeadTop, export, fit, to_input
from .finder import OnnxFile
from .graph import Graph

MODELS = Path(__file__).resolve().parents[1] / "models"
CLIPS = Path(__file__).resolve().parents[2] / "tests/footage/clips"
MOST_BYTES = 15_000_000


class Same(torch.nn.Module):
    """Stands for blocks of which nothing is trained."""

    def forward(self, kept):
        return [kept]


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
    export(net, folder / "trunk.onnx", (128, 128), "input", ["kept"])
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
        top = BinTop(Same())
        losses = fit(top, kept.numpy(), [lids], 24, 1e-2, say=lambda _: None, batch=16)
        # A toss of a coin would be ln 2 = 0.69.
        self.assertLess(losses[-1], min(0.6, 0.75 * losses[0]), losses)

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bin.onnx"
            network = BinNet(trunk, top, 1.3)
            export(network, path, (128, 128), "bin", ["lid", "features"])
            value = inputs[0][None]
            with torch.no_grad():
                expected = network(torch.from_numpy(value))
            found = OnnxFile(path, use_opencv=True).run(value)
        for name, tensor in zip(("lid", "features"), expected):
            np.testing.assert_allclose(found[name], tensor.numpy(), atol=2e-4)

    def test_the_head_layers_learn_where_a_thing_was_cut(self):
        torch.manual_seed(3)
        torch.set_num_threads(1)
        drawn = samples.drawn_bins(grey_ground, range(8))
        rnd = np.random.RandomState(3)
        cut = [photo.head_input(p, box, rnd, 90.0, photo.guessed(box, rnd)) for p, box, _, _ in drawn for _ in range(3)]
        with tempfile.TemporaryDirectory() as folder:
            _, trunk = small_trunk(Path(folder))
        with torch.no_grad():
            kept = torch.cat([trunk(torch.from_numpy(to_input(value)[None]))[0] for value, _, _ in cut])
        truth = np.array([box for _, _, box in cut])
        top, lids = HeadTop(Same()), np.repeat([("closed", "open").index(lid) for _, _, lid, _ in drawn], 3)
        fit(top, kept.numpy(), [lids, lids], 12, 3e-3, say=lambda _: None, batch=16, boxes=np.column_stack([truth, np.ones(len(cut))]))
        with torch.no_grad():
            found = top(kept)[2].numpy()
        guess = np.tile([0.3 / 2.6] * 2 + [1 - 0.3 / 2.6] * 2, (len(cut), 1))
        before, after = (np.median(models.overlap(box, truth)) for box in (guess, found))
        self.assertGreater(after, before + 0.1)

    def test_a_head_stays_where_it_was_cut_however_the_cut_is_turned(self):
        picture = np.zeros((160, 160, 3), np.uint8)
        box = (60, 40, 110, 100)
        cv2.ellipse(picture, (85, 70), (25, 30), 0, 0, 360, (255, 255, 255), -1)
        rnd = np.random.RandomState(4)
        for near in (None, (65, 45, 125, 110)):
            for _ in range(8):
                value, _, inside = photo.head_input(picture, box, rnd if near is None else None, 90.0, near)
                rows, columns = np.nonzero(value.mean(2) > (float(value.max()) + float(value.min())) / 2)
                seen = np.array([columns.min(), rows.min(), columns.max(), rows.max()]) / 128
                if near is not None:
                    np.testing.assert_allclose(inside, seen, atol=0.03)
                else:
                    # A bar may lie over an edge: the middle of what is white is where the box says, more or less.
                    self.assertLess(np.abs(np.median(columns) / 128 - (inside[0] + inside[2]) / 2), 0.15)

    def test_the_detector_layers_learn_where_a_head_is(self):
        rnd = np.random.RandomState(1)
        owners, boxes, flat = [], [], rnd.randn(16, 3549, 128).astype(np.float32)
        for picture in flat:
            x, y, side = rnd.uniform(60, 340), rnd.uniform(60, 340), rnd.uniform(20, 60)
            boxes.append(np.array([[x, y, x + side, y + side * 1.2, 1]], np.float32))
            owners.append(detector.targets(boxes[-1], np.zeros((0, 4))))
            self.assertTrue((owners[-1] == 0).any())
            picture[owners[-1] == 0, :8] += 4
        sides = [detector.SIDE // s for s in detector.STRIDES]
        levels = np.split(flat, np.cumsum([side**2 for side in sides])[:2], axis=1)
        towers = [level.transpose(0, 2, 1).reshape(16, 128, side, side) for level, side in zip(levels, sides)]
        said = []
        scenes.fit({"towers": towers, "owner": np.stack(owners), "boxes": boxes}, 21, said.append, rate=1e-2)
        losses = [float(line.rsplit(" ", 1)[1]) for line in said]
        self.assertLess(losses[-1], 0.7 * losses[0], losses)

    def test_each_corrected_label_names_one_head_and_one_answer(self):
        lines = (Path(heads.__file__).parent / "labels.csv").read_text().splitlines()[1:]
        self.assertEqual(len(lines), len(heads.corrections()))
        self.assertLessEqual(set(heads.corrections().values()), {"covered", "bare", "unknown", "drop"})


class Committed(unittest.TestCase):
    def test_the_model_files_are_those_of_the_lists_and_small_enough(self):
        sums = dict(reversed(line.split("  ")) for line in (MODELS / "SHA256SUMS").read_text().splitlines())
        manifest = tomllib.loads((MODELS / "models.toml").read_text())
        self.assertLess(sum(path.stat().st_size for path in MODELS.iterdir()), MOST_BYTES)
        parts = {**manifest, "wide": manifest["detect"]["wide"]}
        for part, card in (("detect", "detect"), ("wide", "detect"), ("head", "head"), ("bin", "bin")):
            file = parts[part]["file"]
            digest = hashlib.sha256((MODELS / file).read_bytes()).hexdigest()
            self.assertEqual((digest, digest), (sums[file], parts[part]["sha256"]), file)
            self.assertTrue((MODELS / f"mingchu_{card}.md").is_file(), f"{file} has no model card")
            self.assertLessEqual(onnx.load(str(MODELS / file)).opset_import[0].version, 12, file)

    def test_opencv_reads_them_and_an_empty_picture_has_nothing_in_it(self):
        value = np.random.RandomState(0).uniform(-1, 1, (1, 3, 128, 128)).astype(np.float32)
        head = OnnxFile(MODELS / "mingchu_head.onnx", use_opencv=True).run(value)
        lid = OnnxFile(MODELS / "mingchu_bin.onnx", use_opencv=True).run(value)
        for name, answer, states in (("hat", head["hat"], 2), ("mask", head["mask"], 4), ("lid", lid["lid"], 3)):
            self.assertEqual(answer.shape, (1, states), name)
            self.assertAlmostEqual(float(answer.sum()), 1.0, places=4)
        for part, shape in (("detect", detector.SHAPE), ("detect_wide", detector.WIDE)):
            picture = np.full((1, 3, shape[1], shape[0]), 114, np.float32)
            found = OnnxFile(MODELS / f"mingchu_{part}.onnx", use_opencv=True).run(picture)["output"]
            self.assertEqual((found.shape[1] % len(detector.grid(shape)[0]), found.shape[2]), (0, 5 + len(detector.CLASSES)))
            for kind in range(len(detector.CLASSES)):
                self.assertEqual(len(detector.detections(found, 1.0, kind, 0.3, size=shape)), 0)

    def test_the_clips_heads_and_bins_are_judged_rightly_or_not_at_all(self):
        manifest = tomllib.loads((MODELS / "models.toml").read_text())
        head, lid = (OnnxFile(MODELS / f"mingchu_{part}.onnx") for part in ("head", "bin"))
        bands = manifest["head"]["bands"]
        questions = (("hat", HAT_STATES, bands["hat"]), ("mask", MASK_STATES, bands["mask"]), ("lid", LID_STATES, manifest["bin"]["bands"]))
        right, wrong = {}, []
        for path in sorted(CLIPS.glob("*.truth.json")):
            frame = json.loads(path.read_text())["frames"][0]
            name = path.name.removesuffix(".truth.json")
            good, picture = cv2.VideoCapture(str(CLIPS / f"{name}.mp4")).read()
            self.assertTrue(good, name)
            for box in convert.frame_boxes(frame):
                if box["class"] == "person":
                    continue
                wide = box["box"][2] - box["box"][0]
                answers = (lid if box["class"] == "bin" else head).run(to_input(photo.head_input(picture, box["box"], None, None)[0])[None])
                for key, names, least in questions:
                    if key not in box or wide < 20:
                        continue
                    best = int(answers[key][0].argmax())
                    level = least.get(names[best], 1.01)
                    level = level if isinstance(level, float) else level[f"from_{judge.SIZES[judge.size_of(np.array([wide]))[0]][0]}"]
                    if answers[key][0][best] >= level:
                        right.setdefault(key, []).append(names[best])
                        wrong += [(name, wide, key, names[best])] if names[best] != box[key] else []
        self.assertEqual(wrong, [])
        self.assertEqual(set(right), {"hat", "mask", "lid"}, right)


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
