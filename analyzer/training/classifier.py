"""The head and the bin classifier: MobileNetV2's first seven blocks as they are, all that comes after them trained here.

Input [n, 3, 128, 128] RGB, -1..1. The features of block 7, [n, 64, 8, 8], are computed once per augmented crop and
kept in half precision; blocks 8 to 12 are trained on from their makers' weights, the layers after them from nothing.
"""

from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from torch import nn

from .graph import Graph

KEPT, LAST = "block_7_add", "block_12_add"
HAT_STATES = ("covered", "bare")
MASK_STATES = ("worn", "not_worn", "wrongly_worn", "face_not_seen")
LID_STATES = ("closed", "open", "occluded")


class HeadTop(nn.Module):
    """Blocks 8 to 12 (`upper`), two convolutions that know where in the head something is, and a linear layer a
    question; answers the logits of hat and mask, and the head's box in the input, 0..1 (x1, y1, x2, y2)."""

    def __init__(self, upper: nn.Module):
        super().__init__()
        self.upper = upper
        self.shrink, self.whole = nn.Conv2d(96, 128, 3, stride=2, padding=1), nn.Conv2d(128, 192, 4)
        self.drop = nn.Dropout(0.3)
        self.hat, self.mask = nn.Linear(192, len(HAT_STATES)), nn.Linear(192, len(MASK_STATES))
        self.box = nn.Linear(192, 4)

    def forward(self, kept):
        seen = F.relu(self.shrink(self.upper(kept)[0]))
        whole = F.relu(self.whole(seen)).flatten(1)
        seen = self.drop(whole)
        return self.hat(seen), self.mask(seen), self.box(whole)


class BinTop(nn.Module):
    """Blocks 8 to 12 (`upper`), one convolution and one linear layer; answers lid logits and features."""

    def __init__(self, upper: nn.Module):
        super().__init__()
        self.upper = upper
        self.mix, self.lid = nn.Conv2d(96, 96, 3, padding=1), nn.Linear(96, len(LID_STATES))
        self.drop = nn.Dropout(0.2)

    def forward(self, kept):
        pooled = F.relu(self.mix(self.upper(kept)[0])).mean((2, 3))
        return self.lid(self.drop(pooled)), pooled


class HeadNet(nn.Module):
    """The whole head classifier as it is exported: probabilities of hat and mask, temperatures folded in, and the box."""

    def __init__(self, trunk: Graph, top: HeadTop, temperatures=(1.0, 1.0)):
        super().__init__()
        self.trunk, self.top, self.temperatures = trunk, top, temperatures

    def forward(self, head):
        hat, mask, box = self.top(self.trunk(head)[0])
        return F.softmax(hat / self.temperatures[0], 1), F.softmax(mask / self.temperatures[1], 1), box


class BinNet(nn.Module):
    """The whole bin classifier as it is exported."""

    def __init__(self, trunk: Graph, top: BinTop, temperature: float = 1.0):
        super().__init__()
        self.trunk, self.top, self.temperature = trunk, top, temperature

    def forward(self, picture):
        lid, features = self.top(self.trunk(picture)[0])
        return F.softmax(lid / self.temperature, 1), features


def trunk_of(weights: Path) -> Graph:
    """Returns MobileNetV2's blocks up to 7, from the file of its makers."""
    return Graph(weights, ["input"], [KEPT])


def upper_of(weights: Path) -> Graph:
    """Returns MobileNetV2's blocks 8 to 12, to be trained on."""
    return Graph(weights, [KEPT], [LAST])


def to_input(picture: np.ndarray) -> np.ndarray:
    """Returns a BGR picture [128, 128, 3] as the network's input [3, 128, 128]."""
    return np.ascontiguousarray((picture[:, :, ::-1].astype(np.float32) / 127.5 - 1).transpose(2, 0, 1))


def device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def known_loss(logits, states, weights=None, smooth: float = 0.03):
    """Cross entropy over the rows whose state is known (0 or more)."""
    known = states >= 0
    if not known.any():
        return logits.sum() * 0
    return F.cross_entropy(logits[known], states[known], weights, label_smoothing=smooth)


def box_loss(found, truth):
    """Mean distance of the sides, in twentieths of the input; `truth` [n, 5] holds box and weight."""
    off = F.smooth_l1_loss(found, truth[:, :4], reduction="none", beta=0.03).mean(1)
    return 20 * (off * truth[:, 4]).mean()


def balance(states: np.ndarray, count: int) -> torch.Tensor:
    """Returns class weights that grow with the square root of rarity; 0 for a class that is not there."""
    found = np.bincount(states[states >= 0], minlength=count)
    weights = np.where(found > 0, np.sqrt(found.sum() / found.clip(1)), 0)
    return torch.tensor(weights / weights[weights > 0].mean(), dtype=torch.float32)


def fit(top, features, states, epochs: int, rate: float, say=print, seed: int = 1, batch: int = 64, share=None, boxes=None):
    """Trains `top` on kept features [n, 64, 8, 8]; `states` is one int array [n] a question, -1 unknown.

    `share` [n] is each sample's chance to be drawn, relative to others; an epoch draws half of their number. Without it
    an epoch has every sample once. `boxes` [n, 5] are the head's box and how exactly it is known, 0..1, learnt as the
    answer after the states. Returns the mean loss of each epoch.
    """
    where = device()
    top.to(where).train()
    with torch.no_grad():
        widths = [answer.shape[1] for answer in top(torch.from_numpy(features[:1].astype(np.float32)).to(where))]
    weights = [balance(column, width).to(where) for column, width in zip(states, widths)]
    upper = list(top.upper.parameters())
    own = [value for name, value in top.named_parameters() if not name.startswith("upper.")]
    groups = [part for part in ({"params": own}, {"params": upper}) if part["params"]]
    optimiser = torch.optim.AdamW(groups, rate, weight_decay=0.02)
    each = len(features) if share is None else len(features) // 2
    steps = max(1, epochs * -(-each // batch))
    # Blocks that know much already are moved gently.
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, [rate, rate / 3][: len(groups)], steps, pct_start=0.15)
    order, losses = np.random.RandomState(seed), []
    for epoch in range(epochs):
        total, count = 0.0, 0
        shuffled = order.permutation(len(features)) if share is None else order.choice(len(features), each, p=share / share.sum())
        for start in range(0, each, batch):
            own = np.sort(shuffled[start : start + batch])
            kept = torch.from_numpy(features[own].astype(np.float32)).to(where)
            answers = top(kept)
            truth = [torch.from_numpy(column[own].astype(np.int64)).to(where) for column in states]
            loss = sum(known_loss(a, t, w) for a, t, w in zip(answers, truth, weights))
            if boxes is not None:
                loss = loss + box_loss(answers[len(states)], torch.from_numpy(boxes[own].astype(np.float32)).to(where))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total, count = total + float(loss) * len(own), count + len(own)
        losses.append(total / count)
        say(f"epoch {epoch + 1}: loss {losses[-1]:.4f}")
    top.to("cpu").eval()
    return losses


def export(network, path: Path, size: tuple[int, int], inputs: str, outputs: list[str], opset: int = 10) -> None:
    """Writes an ONNX file with batch 1 for pictures of `size` (width, height). OpenCV 4.6 reads the clips of opset 10 but not of 11."""
    network.eval()
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(network, torch.zeros(1, 3, size[1], size[0]), str(path), opset_version=opset, input_names=[inputs],
                      output_names=outputs, do_constant_folding=True)  # fmt: skip
    model = onnx.load(str(path))
    # Equal weights are exported once and copied by Identity nodes, which OpenCV cannot read.
    same = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "Identity"}
    for node in [node for node in model.graph.node if node.op_type == "Identity"]:
        model.graph.node.remove(node)
    for node in model.graph.node:
        node.input[:] = [same.get(name, name) for name in node.input]
    onnx.save(model, str(path))
