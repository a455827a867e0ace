"""Pictures for the detector's own layers: YOLOX's features of whole pictures, and the training on every cell of them."""

from pathlib import Path

import cv2
import numpy as np
import torch

from . import detector, heads, photo
from .classifier import device

# A person whom YOLOX finds from this score on; where none of them has a head box, no head is learnt there.
PERSON = 0.3


def upper_parts(persons, found: np.ndarray) -> list[tuple]:
    """Returns the upper 40 % of those `persons` that none of the heads `found` [n, 5] sits on."""
    left_out = []
    for x1, y1, x2, y2 in persons:
        low = y1 + 0.4 * (y2 - y1)
        middles = ((found[:, 0] + found[:, 2]) / 2, (found[:, 1] + found[:, 3]) / 2)
        if not ((middles[0] > x1) & (middles[0] < x2) & (middles[1] > y1 - 10) & (middles[1] < low)).any():
            left_out.append((x1, y1, x2, low))
    return left_out


def head_boxes(boxes) -> tuple[np.ndarray, np.ndarray]:
    """Returns heads [n, 5], and the upper parts of persons whose head has no box [m, 4]: nothing is learnt there."""
    found = np.array([[*head[0], 1] for head in heads.ppe_heads(boxes)], np.float32).reshape(-1, 5)
    return found, np.array(upper_parts(boxes.get(heads.PERSON, []), found), np.float32).reshape(-1, 4)


def seen_persons(answers: dict) -> np.ndarray:
    """Returns the persons [n, 4] in pixels of the input that YOLOX itself finds."""
    flat = [np.concatenate([answers[name][0].reshape(len(answers[name][0]), -1) for name in detector.RAW[part::3]], 1) for part in range(3)]
    cells, strides = detector.grid()
    score = 1 / (1 + np.exp(-flat[2][0])) / (1 + np.exp(-flat[0][0]))
    keep = score >= PERSON
    middle, size = (flat[1][:2].T + cells) * strides, np.exp(flat[1][2:4].T) * strides
    boxes = np.concatenate([middle - size / 2, middle + size / 2], 1)[keep]
    tall = [[float(b[0]), float(b[1]), float(b[2] - b[0]), float(b[3] - b[1])] for b in boxes]
    order = np.ravel(cv2.dnn.NMSBoxes(tall, score[keep].tolist(), PERSON, 0.45)).astype(int) if tall else []
    return boxes[order].reshape(-1, 4)


def cache(worksite: Path, figures, network, count: int, say=print, seed: int = 5) -> dict:
    """Runs YOLOX on `count` augmented training pictures. `figures`: drawn heads to paste.

    Returns `towers`: features of each level [count, 128, h, w] in half precision, `owner` [count, 3549] and `boxes`.
    """
    rnd = np.random.RandomState(seed)
    labels = sorted((worksite / "train" / "labels").glob("*.txt"))
    rnd.shuffle(labels)
    towers, owners, truths, dropped = [[], [], []], [], [], heads.corrections()
    for path, group, boxes, picture in heads.ppe_pictures(worksite, "train", labels):
        found, left_out = head_boxes(boxes)
        is_head = np.array([dropped.get(f"{path.stem}#{i}") != "drop" for i in range(len(found))], bool)
        found = found[is_head]
        if heads.is_held_out(group) or not len(found) and rnd.rand() < 0.5:
            continue
        picture, found, left_out = photo.scene(picture, found, left_out, figures, rnd)
        value, scale = detector.letterbox(picture)
        found[:, :4] *= scale
        found = found[found[:, 2] - found[:, 0] > 5]
        answers = network.run(value[None])
        # The labels are not complete: where YOLOX sees a person without a head box, there may well be a head.
        unlabelled = upper_parts(seen_persons(answers), found[found[:, 4] == 1])
        left_out = np.concatenate([left_out * scale, np.array(unlabelled, np.float32).reshape(-1, 4)])
        for kept, (a, b) in zip(towers, detector.TOWERS):
            kept.append(np.concatenate([answers[a][0], answers[b][0]]).astype(np.float16))
        owners.append(detector.targets(found, left_out).astype(np.int16))
        truths.append(found)
        if len(owners) % 200 == 0:
            say(f"{len(owners)} pictures")
        if len(owners) >= count:
            break
    return {"towers": [np.stack(kept) for kept in towers], "owner": np.stack(owners), "boxes": truths}


def fit(cached: dict, epochs: int, say=print, batch: int = 16, rate: float = 3e-3, start=None) -> dict:
    """Trains the detector's own layers on every cell of the pictures; returns their state."""
    torch.manual_seed(2)
    where, small = device(), detector.Small()
    if start:
        small.load_state_dict(start)
    small.to(where)
    cells, strides = (torch.from_numpy(part).to(where) for part in detector.grid())
    count = len(cached["owner"])
    optimiser = torch.optim.AdamW(small.parameters(), rate, weight_decay=1e-3)
    steps = epochs * -(-count // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, steps, pct_start=0.1)
    rnd = np.random.RandomState(2)
    for epoch in range(epochs):
        order, total = rnd.permutation(count), 0.0
        for begin in range(0, count, batch):
            own = order[begin : begin + batch]
            towers = [torch.from_numpy(kept[own].astype(np.float32)).to(where) for kept in cached["towers"]]
            found = torch.cat([layer(tower).flatten(2) for layer, tower in zip(small.layers, towers)], 2).transpose(1, 2)
            owner = np.stack([cached["owner"][i] for i in own])
            truth = np.zeros((*owner.shape, 5), np.float32)
            for row, i in enumerate(own):
                if len(cached["boxes"][i]):
                    truth[row][owner[row] >= 0] = cached["boxes"][i][owner[row][owner[row] >= 0]]
            keep = torch.from_numpy(owner != -2).to(where)
            parts = (torch.from_numpy((owner >= 0).astype(np.int8)).to(where)[keep], torch.from_numpy(truth).to(where)[keep],
                     cells.expand(len(own), -1, -1)[keep], strides.expand(len(own), -1, -1)[keep])  # fmt: skip
            loss = detector.loss(found[keep], *parts)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(small.parameters(), 10)
            optimiser.step()
            schedule.step()
            total += float(loss) * len(own) / count
        say(f"epoch {epoch + 1}: loss {total:.4f}")
    return small.to("cpu").state_dict()
