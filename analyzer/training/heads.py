"""Real heads as crops with states, from the two data sets. What is missing is named, with where to get it."""

import csv
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

HARDHAT, MASK, NO_HARDHAT, NO_MASK, PERSON = 0, 1, 2, 3, 5
HATS = ("covered", "bare")
MASKS = ("worn", "not_worn", "wrongly_worn", "face_not_seen")
# A crop shows this many head widths, so that the head's box can be jittered and a hat drawn above it.
CONTEXT = 2.0
STORED_PX = 192
# From this file of face-mask on, its pictures are turned copies of earlier ones, which may be held out.
TURNED_COPIES = "without_mask/1668"


@dataclass(frozen=True)
class Head:
    """A crop [h, w, 3] BGR; `box` is the head in it and `face` the face where known; states are None where unknown."""

    picture: np.ndarray
    box: tuple[float, float, float, float]
    face: tuple[float, float, float, float] | None
    hat: str | None
    mask: str | None
    width_px: float
    source: str
    group: str
    is_validation: bool
    # File and number of the head in it, by which labels.csv names it.
    name: str = ""


def corrections() -> dict[str, str]:
    """Returns what was seen on the pictures of single heads (labels.csv), by name: "covered", "bare", "unknown" (the hat
    cannot be told) or "drop" (no head)."""
    with (Path(__file__).parent / "labels.csv").open() as file:
        return {row["head"]: row["hat"] for row in csv.DictReader(file)}


class MissingData(SystemExit):
    """A data set is not where it was looked for."""

    def __init__(self, path: Path, what: str):
        super().__init__(f"training: {path} is missing: {what}. Name its folder with the option shown by --help.")


def is_held_out(group: str, share: float = 0.25) -> bool:
    """Says whether a source (picture or video) is for validation; the same for ever, whatever else is added."""
    return int(hashlib.sha1(group.encode()).hexdigest()[:8], 16) / 2**32 < share


def ppe_group(stem: str) -> str:
    """Returns the source of a worksite picture: the video of a video frame, else the picture before augmentation."""
    name = re.sub(r"_(jpg|png|jpeg).*$", "", stem)
    video = re.match(r"(.*_(?:mp4|MP4|mov|MOV))-\d+", name)
    return video.group(1) if video else name


def ppe_pictures(root: Path, part: str, labels: list[Path] | None = None):
    """Yields (path, group, boxes by class in pixels, picture) of one part, or of some of its labels."""
    labels = sorted((root / part / "labels").glob("*.txt")) if labels is None else labels
    if not labels:
        raise MissingData(root / part, "worksite-ppe (Construction Site Safety, CC BY 4.0) with images/ and labels/")
    for label in labels:
        path = root / part / "images" / f"{label.stem}.jpg"
        picture = cv2.imread(str(path))
        if picture is None:
            raise MissingData(path, "the picture of a label")
        high, wide = picture.shape[:2]
        boxes = {}
        for line in label.read_text().splitlines():
            kind, x, y, w, h = (float(word) for word in line.split()[:5])
            box = ((x - w / 2) * wide, (y - h / 2) * high, (x + w / 2) * wide, (y + h / 2) * high)
            boxes.setdefault(int(kind), []).append(box)
        yield path, ppe_group(label.stem), boxes, picture


def ppe_heads(boxes) -> list[tuple]:
    """Joins hat and mask boxes to heads: (box, hat or None, mask or None).

    The data set boxes the hat or the upper head, and the mask or the lower face, each alone.
    """
    lower = [(box, "worn") for box in boxes.get(MASK, [])] + [(box, "not_worn") for box in boxes.get(NO_MASK, [])]
    heads, used = [], set()
    for kind, hat in ((HARDHAT, "covered"), (NO_HARDHAT, "bare")):
        for box in boxes.get(kind, []):
            wide, high = box[2] - box[0], box[3] - box[1]
            mate = None
            for i, (face, state) in enumerate(lower):
                middle, level = (face[0] + face[2]) / 2, (face[1] + face[3]) / 2
                inside = box[0] - 0.2 * wide < middle < box[2] + 0.2 * wide
                below = box[1] + 0.4 * high < level < box[3] + 0.9 * wide
                alike = 0.3 * wide < face[2] - face[0] < 1.5 * wide
                if i not in used and inside and below and alike:
                    mate = (i, face, state)
                    break
            if mate:
                used.add(mate[0])
                face = mate[1]
                joined = (min(box[0], face[0]), min(box[1], face[1]), max(box[2], face[2]), max(box[3], face[3]))
                heads.append((joined, hat, mate[2]))
            else:
                heads.append(((box[0], box[1], box[2], box[1] + max(high, 1.25 * wide)), hat, None))
    for i, (face, state) in enumerate(lower):
        wide, high = face[2] - face[0], face[3] - face[1]
        if i not in used and high > 0.35 * wide:
            heads.append(((face[0] - 0.1 * wide, face[1] - 0.9 * wide, face[2] + 0.1 * wide, face[3]), None, state))
    return heads


def crop(picture: np.ndarray, box, context: float = CONTEXT) -> tuple[np.ndarray, tuple]:
    """Cuts `context` head sizes around `box`, edges repeated; returns at most STORED_PX pixels, and the box in it."""
    wide, high = box[2] - box[0], box[3] - box[1]
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    half = max(wide, high) * context / 2
    left, top = int(middle[0] - half), int(middle[1] - half)
    side = max(4, int(2 * half))
    pad = [max(0, -top), max(0, top + side - picture.shape[0]), max(0, -left), max(0, left + side - picture.shape[1])]
    part = picture[max(0, top) : top + side, max(0, left) : left + side]
    part = cv2.copyMakeBorder(part, *pad, cv2.BORDER_REPLICATE)
    scale = min(1.0, STORED_PX / side)
    if scale < 1:
        part = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return part, tuple((box[i] - (left, top)[i % 2]) * scale for i in range(4))


def worksite(root: Path, least_px: float = 14) -> list[Head]:
    """Returns the heads of worksite-ppe. Training pictures of a source held out, or of a validation video, are left out."""
    found = []
    valid_groups = {ppe_group(path.stem) for path in (root / "valid" / "labels").glob("*.txt")}
    train_groups = {ppe_group(path.stem) for path in (root / "train" / "labels").glob("*.txt")}
    seen, corrected = set(), corrections()
    for part in ("train", "valid"):
        for path, group, boxes, picture in ppe_pictures(root, part):
            held_out = is_held_out(group) or (part == "valid" and group not in train_groups)
            if part == "valid" and not held_out or part == "train" and group in valid_groups and held_out:
                continue
            if held_out and part == "train":
                # One of the five augmented copies is enough to judge by.
                if group in seen and "mp4" not in group.lower() and "mov" not in group.lower():
                    continue
                seen.add(group)
            for number, (box, hat, mask) in enumerate(ppe_heads(boxes)):
                wide = box[2] - box[0]
                if wide < least_px or box[3] - box[1] < least_px:
                    continue
                name = f"{path.stem}#{number}"
                better = corrected.get(name, hat)
                if better == "drop":
                    continue
                hat = None if better == "unknown" else better
                part_picture, inner = crop(picture, box)
                found.append(Head(part_picture, inner, None, hat, mask, wide, "worksite-ppe", group, held_out, name))
    return found


def difference_hash(picture: np.ndarray) -> int:
    small = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (9, 8), interpolation=cv2.INTER_AREA)
    return int("".join("1" if bit else "0" for bit in (small[:, 1:] > small[:, :-1]).ravel()), 2)


def faces(root: Path, find_faces) -> list[Head]:
    """Returns the heads of face-mask where `find_faces(picture)` sees one clear face whose state agrees with the folder.

    Near duplicates (difference hash) share a group, and with it the side of the split. The data set says nothing of
    hats: labels.csv does, of heads whose top is in the picture.
    """
    found, hashes, labelled = [], [], corrections()
    for folder, mask in (("with_mask", "worn"), ("without_mask", "not_worn")):
        paths = sorted((root / folder).glob("*.jpg"))
        if not paths:
            raise MissingData(root / folder, "face-mask (Chandrika Deb, Face-Mask-Detection, MIT)")
        for path in paths:
            picture = cv2.imread(str(path))
            if picture is None or f"{folder}/{path.stem}" >= TURNED_COPIES:
                continue
            code = difference_hash(picture)
            group = next((g for other, g in hashes if (other ^ code).bit_count() <= 6), f"{folder}/{path.stem}")
            hashes.append((code, group))
            clear = [face for face in find_faces(picture) if face[4] >= 0.6 and face[2] - face[0] >= 28]
            if len(clear) != 1 or (clear[0][5] == "worn") != (mask == "worn"):
                continue
            x1, y1, x2, y2 = clear[0][:4]
            wide, high = x2 - x1, y2 - y1
            box = (x1 - 0.14 * wide, y1 - 0.42 * high, x2 + 0.14 * wide, y2 + 0.04 * high)
            part, inner = crop(picture, box)
            shift = (inner[2] - inner[0]) / (box[2] - box[0])
            face = tuple(inner[i % 2] + (clear[0][i] - box[i % 2]) * shift for i in range(4))
            name = f"{folder}/{path.stem}"
            found.append(Head(part, inner, face, labelled.get(name), mask, box[2] - box[0], "face-mask", group, is_held_out(group), name))
    return found
