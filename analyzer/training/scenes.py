"""Pictures for the detector's own layers: what of them is kept, and the training."""

from pathlib import Path

import numpy as np
import torch

from . import detector, heads, photo
from .classifier import device

# Cells without a box that are kept of each picture: those that look most like a person, and any.
LIKELY, ANY = 150, 200


def head_boxes(boxes) -> tuple[np.ndarray, np.ndarray]:
    """Returns heads [n, 5], and the upper parts of persons whose head has no box [m, 4]: nothing is learnt there."""
    found = np.array([[*head[0], 1] for head in heads.ppe_heads(boxes)], np.float32).reshape(-1, 5)
    left_out = []
    for x1, y1, x2, y2 in boxes.get(heads.PERSON, []):
        low = y1 + 0.4 * (y2 - y1)
        middles = ((found[:, 0] + found[:, 2]) / 2, (found[:, 1] + found[:, 3]) / 2)
        if not ((middles[0] > x1) & (middles[0] < x2) & (middles[1] > y1 - 10) & (middles[1] < low)).any():
            left_out.append((x1, y1, x2, low))
    return found, np.array(left_out, np.float32).reshape(-1, 4)


def cells_of(towers, likely: np.ndarray, boxes, left_out, rnd) -> dict[str, np.ndarray]:
    """Samples cells of one picture: features [n, 128] of its level, place, owner and truth."""
    owner = detector.targets(boxes, left_out)
    flat = np.concatenate([tower.reshape(128, -1).T for tower in towers])
    own, free = np.flatnonzero(owner >= 0), np.flatnonzero(owner == -1)
    hard = free[np.argsort(-likely[free])[:LIKELY]]
    chosen = np.concatenate([own, hard, rnd.choice(free, min(ANY, len(free)), replace=False)])
    truth = np.zeros((len(chosen), 5), np.float32)
    truth[: len(own)] = boxes[owner[own]] if len(own) else 0
    return {"features": flat[chosen].astype(np.float16), "cell": chosen.astype(np.int16),
            "owner": (np.arange(len(chosen)) < len(own)).astype(np.int8), "truth": truth}  # fmt: skip


def cache(worksite: Path, figures, network, count: int, say=print, seed: int = 5) -> dict[str, np.ndarray]:
    """Runs YOLOX on `count` augmented training pictures and keeps sampled cells. `figures`: drawn heads to paste."""
    rnd = np.random.RandomState(seed)
    labels = sorted((worksite / "train" / "labels").glob("*.txt"))
    rnd.shuffle(labels)
    kept, done = [], 0
    for path, group, boxes, picture in heads.ppe_pictures(worksite, "train", labels):
        found, left_out = head_boxes(boxes)
        if heads.is_held_out(group) or not len(found) and rnd.rand() < 0.7:
            continue
        picture, found, left_out = photo.scene(picture, found, left_out, figures, rnd)
        value, scale = detector.letterbox(picture)
        found[:, :4] *= scale
        found = found[found[:, 2] - found[:, 0] > 5]
        answers = network.run(value[None])
        towers = [np.concatenate([answers[a][0], answers[b][0]]) for a, b in detector.TOWERS]
        likely = np.concatenate([answers[name][0].ravel() for name in detector.RAW[2::3]])
        kept.append(cells_of(towers, likely, found, left_out * scale, rnd))
        done += 1
        if done % 200 == 0:
            say(f"{done} pictures")
        if done >= count:
            break
    return {key: np.concatenate([part[key] for part in kept]) for key in kept[0]}


def fit(cached, epochs: int, say=print, batch: int = 4096, rate: float = 3e-3, start=None) -> dict:
    """Trains the detector's own layers on sampled cells; returns their state."""
    torch.manual_seed(2)
    where, small = device(), detector.Small()
    if start:
        small.load_state_dict(start)
    small.to(where)
    cells, strides = detector.grid()
    level = np.searchsorted(np.cumsum([(detector.SIDE // s) ** 2 for s in detector.STRIDES]), cached["cell"], "right")
    optimiser = torch.optim.AdamW(small.parameters(), rate, weight_decay=1e-3)
    steps = epochs * -(-len(level) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, steps, pct_start=0.1)
    rnd = np.random.RandomState(2)
    for epoch in range(epochs):
        order, total, count = rnd.permutation(len(level)), 0.0, 0
        for begin in range(0, len(order), batch):
            own = order[begin : begin + batch]
            losses = []
            for n, layer in enumerate(small.layers):
                here = own[level[own] == n]
                if not len(here):
                    continue
                kept = torch.from_numpy(cached["features"][here].astype(np.float32)).to(where)[:, :, None, None]
                found = layer(kept)[:, :, 0, 0]
                at = cached["cell"][here]
                parts = (cached["owner"][here], cached["truth"][here], cells[at], strides[at])
                losses.append(detector.loss(found, *(torch.from_numpy(part).to(where) for part in parts)))
            loss = sum(losses)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total, count = total + float(loss), count + 1
        say(f"epoch {epoch + 1}: loss {total / count:.4f}")
    return small.to("cpu").state_dict()
