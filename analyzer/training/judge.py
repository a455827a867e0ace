"""Figures with denominators: calibration, decision bands, intervals. numpy only."""

import numpy as np

SIZES = ((20, 40), (40, 80), (80, 10_000))


def wilson(right: float, of: int, z: float = 1.96) -> tuple[float, float]:
    """Returns the interval of a share, 95 % where `z` is not given."""
    if of == 0:
        return 0.0, 1.0
    p, denominator = right / of, 1 + z * z / of
    middle, half = p + z * z / (2 * of), z * np.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return max(0.0, (middle - half) / denominator), min(1.0, (middle + half) / denominator)


def share(right: int, of: int) -> str:
    """Returns "0.96 [0.94, 0.98] of 320"."""
    if of == 0:
        return "none there"
    low, high = wilson(right, of)
    return f"{right / of:.3f} [{low:.3f}, {high:.3f}] of {of}"


def auc(scores: np.ndarray, positive: np.ndarray) -> float:
    """Returns the chance that a positive scores above a negative (ties half)."""
    order = np.argsort(scores, kind="mergesort")
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    for value in np.unique(scores):
        same = scores == value
        if same.sum() > 1:
            ranks[same] = ranks[same].mean()
    n, m = positive.sum(), (~positive).sum()
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * m)) if n and m else float("nan")


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    value = np.exp((logits - logits.max(1, keepdims=True)) / temperature)
    return value / value.sum(1, keepdims=True)


def weights_of(states: np.ndarray) -> np.ndarray:
    """Returns weights that make all states equally common: no prior of ours is built into a threshold."""
    found = np.bincount(states, minlength=states.max() + 1).clip(1)
    return 1.0 / found[states]


def temperature(logits: np.ndarray, states: np.ndarray) -> float:
    """Returns the divisor of the logits with the least surprise, all states equally common."""
    weights = weights_of(states)
    best = (np.inf, 1.0)
    for value in np.exp(np.linspace(np.log(0.4), np.log(5), 60)):
        chance = softmax(logits, value)[np.arange(len(states)), states].clip(1e-9)
        best = min(best, (-(weights * np.log(chance)).sum() / weights.sum(), float(value)))
    return best[1]


def band(chances: np.ndarray, states: np.ndarray, state: int, least: float = 0.85, wanted: float = 0.95) -> float:
    """Returns the lowest threshold at which `state`, when given, is right `wanted` of the time (states equally common).

    The lower end of a one-sigma interval must reach that, so a threshold that few heads speak for is not taken (none
    below some twenty); 1.01 where there is none. Never below `least`: other cameras are stranger than the held-out ones.
    """
    given = chances.argmax(1) == state
    weights = weights_of(states)
    for level in np.arange(least, 0.996, 0.01):
        chosen = given & (chances[:, state] >= level)
        if not chosen.any():
            break
        right = (weights * (states == state))[chosen].sum() / weights[chosen].sum()
        if wilson(right * chosen.sum(), int(chosen.sum()), 1.0)[0] >= wanted:
            return float(round(level, 2))
    return 1.01


def reliability(chances: np.ndarray, states: np.ndarray, bins: int = 5) -> list[tuple[float, float, int]]:
    """Returns (mean confidence, share right, count) by confidence."""
    confidence, right = chances.max(1), chances.argmax(1) == states
    edges = np.linspace(1 / chances.shape[1], 1, bins + 1)
    rows = []
    for low, high in zip(edges, edges[1:]):
        inside = (confidence >= low) & (confidence < high + (high == 1))
        if inside.any():
            rows.append((float(confidence[inside].mean()), float(right[inside].mean()), int(inside.sum())))
    return rows


def size_of(width: np.ndarray) -> np.ndarray:
    """Returns 0, 1, 2 for 20-40, 40-80, from 80 px on; -1 below."""
    return np.select([(width >= low) & (width < high) for low, high in SIZES], range(len(SIZES)), -1)


def table(chances: np.ndarray, states: np.ndarray, width: np.ndarray, names, limits: np.ndarray) -> list[str]:
    """Returns Markdown rows by size: right by arg max, right when given, and the share not judged.

    `limits` [n] is the band of each answer's own state and size.
    """
    rows = ["| head px | state | right (no bands) | right when given | not judged |", "| --- | --- | --- | --- | --- |"]
    best = chances.argmax(1)
    given = chances.max(1) >= limits
    for low, high in (*SIZES, (40, 10_000)):
        inside = (width >= low) & (width < high)
        for state, name in enumerate(names):
            own = inside & (states == state)
            if not own.any():
                continue
            said = inside & given & (best == state)
            right = int((said & own).sum())
            rows.append(
                f"| {low}-{high if high < 10_000 else ''} | {name} | {share(int((own & (best == state)).sum()), int(own.sum()))} "
                f"| {share(right, int(said.sum()))} | {share(int((own & ~given).sum()), int(own.sum()))} |"
            )
    return rows
