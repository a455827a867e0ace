"""Drawn hats and masks, pasted on real heads: what the data sets lack. Pictures are BGR, uint8."""

import cv2
import numpy as np

HAT_KINDS = ("toque", "flat", "bouffant", "cap", "cap", "hairnet")
WHITE = [(238, 240, 242), (250, 250, 250), (225, 228, 230), (210, 215, 222)]
TINTS = [(40, 40, 42), (150, 100, 50), (90, 130, 60), (45, 40, 150), (120, 170, 215), (190, 170, 130), (75, 45, 30), (62, 60, 60)]


def _cloth(rnd, size: tuple[int, int], colour) -> np.ndarray:
    """A folded, shaded cloth [h, w, 3] float: light from one side, low waves, fine grain."""
    high, wide = size
    ys, xs = np.mgrid[:high, :wide].astype(np.float32)
    xs, ys = xs / max(wide, 1), ys / max(high, 1)
    light = rnd.uniform(-1, 1)
    shade = 1 - 0.28 * np.abs(xs - 0.5 - 0.35 * light) * 2 + rnd.uniform(-0.12, 0.12) * ys
    for _ in range(rnd.randint(1, 4)):
        turn, pitch = rnd.uniform(0, np.pi), rnd.uniform(2, 14)
        wave = np.sin((xs * np.cos(turn) + ys * np.sin(turn) * 0.6) * pitch * 2 + rnd.uniform(0, 6.28))
        shade += rnd.uniform(0.01, 0.06) * wave
    grain = cv2.resize(rnd.randn(max(2, high // 6), max(2, wide // 6)).astype(np.float32), (wide, high))
    shade += 0.03 * grain
    return np.clip(np.array(colour, np.float32) * shade[..., None], 0, 255)


def _lay(picture, mask, cloth, opacity=1.0):
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8)[..., None] * opacity
    return np.clip(picture * (1 - soft) + cloth * soft, 0, 255).astype(np.uint8)


def _smooth(points, rnd, wobble: float) -> np.ndarray:
    """A closed outline through `points` with small random bulges."""
    points = np.array(points, np.float32)
    count = len(points)
    steps = np.arange(count * 8) / 8
    kernel = np.array([1, 2, 3, 2, 1], np.float32) / 9
    line = np.stack([np.interp(steps, np.arange(count + 1), np.append(points[:, i], points[0, i])) for i in (0, 1)], 1)
    line = np.stack([np.convolve(np.concatenate([line[-2:, i], line[:, i], line[:2, i]]), kernel, "valid") for i in (0, 1)], 1)
    return line + rnd.randn(len(line), 2) * wobble


def put_hat(picture, box, face, kind: str, rnd) -> tuple[np.ndarray, tuple]:
    """Draws a hat on the head whose face is `face`; returns the picture and the head's new box."""
    x1, y1, x2, y2 = face
    wide, high = x2 - x1, y2 - y1
    middle = (x1 + x2) / 2 + rnd.uniform(-0.04, 0.04) * wide
    brow = y1 + rnd.uniform(0.0, 0.18) * high
    half = wide * rnd.uniform(0.56, 0.68)
    tilt = rnd.uniform(-0.16, 0.16)
    sag = rnd.uniform(-0.05, 0.14) * high
    colour = WHITE[rnd.randint(len(WHITE))] if rnd.rand() < (0.35 if kind == "cap" else 0.65) else TINTS[rnd.randint(len(TINTS))]
    tall = {"toque": rnd.uniform(0.65, 1.15), "flat": rnd.uniform(0.38, 0.6), "bouffant": rnd.uniform(0.5, 0.75),
            "cap": rnd.uniform(0.42, 0.58), "hairnet": rnd.uniform(0.46, 0.58)}[kind] * high  # fmt: skip
    top = brow - tall
    if kind == "toque":
        puff = half * rnd.uniform(1.0, 1.45)
        band = brow - tall * rnd.uniform(0.3, 0.5)
        outline = [(-half, brow), (-half, band), (-puff, band - tall * 0.2), (-puff * 0.9, top), (0, top - tall * 0.06),
                   (puff * 0.9, top), (puff, band - tall * 0.2), (half, band), (half, brow), (0, brow + sag)]  # fmt: skip
    elif kind == "flat":
        outline = [(-half, brow), (-half * 1.02, top), (0, top - 0.05 * high), (half * 1.02, top), (half, brow), (0, brow + sag)]
    elif kind == "bouffant":
        full = half * rnd.uniform(1.05, 1.3)
        outline = [(-half, brow + 0.06 * high), (-full, brow - tall * 0.4), (-full * 0.75, top + tall * 0.1), (0, top),
                   (full * 0.75, top + tall * 0.1), (full, brow - tall * 0.4), (half, brow + 0.06 * high), (0, brow + sag)]  # fmt: skip
    else:
        outline = [(-half, brow), (-half * 0.98, brow - tall * 0.55), (-half * 0.6, top + 0.08 * tall), (0, top),
                   (half * 0.6, top + 0.08 * tall), (half * 0.98, brow - tall * 0.55), (half, brow), (0, brow + sag)]  # fmt: skip
    points = _smooth(outline, rnd, 0.012 * wide if kind in ("bouffant", "toque") else 0.004 * wide)
    turn = np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]])
    points = (points - [0, brow]) @ turn.T + [middle, brow]
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(points * 8).astype(np.int32)], 1, cv2.LINE_8, 3)
    cloth = _cloth(rnd, picture.shape[:2], colour)
    if kind == "toque" and rnd.rand() < 0.7:
        for share in np.linspace(-0.9, 0.9, rnd.randint(5, 11)):
            x = int(middle + share * half)
            cv2.line(cloth, (x, int(brow - 0.2 * tall)), (int(middle + share * half * 1.25), int(top)),
                     tuple(float(c) * rnd.uniform(0.78, 0.94) for c in colour), max(1, int(0.02 * wide)), cv2.LINE_AA)  # fmt: skip
    if kind == "bouffant":
        for _ in range(rnd.randint(8, 22)):
            x, y = middle + rnd.uniform(-1, 1) * half, rnd.uniform(top, brow)
            cv2.line(cloth, (int(x), int(y)), (int(x + rnd.uniform(-0.1, 0.1) * wide), int(y + rnd.uniform(0.05, 0.2) * high)),
                     tuple(float(c) * rnd.uniform(0.8, 1.0) for c in colour), 1, cv2.LINE_AA)  # fmt: skip
    if kind == "hairnet":
        picture = _lay(picture, mask, cloth * 0.5 + 0.5 * np.array(WHITE[0]), rnd.uniform(0.3, 0.6))
        edge = np.zeros_like(mask)
        cv2.polylines(edge, [np.round(points).astype(np.int32)], True, 1, max(1, int(0.03 * wide)))
        picture = _lay(picture, edge, cloth, 0.7)
    else:
        light = float(np.clip(picture.mean() / 120, 0.45, 1.1))
        picture = _lay(picture, mask, cloth * light)
        if kind == "cap":
            visor = np.zeros_like(mask)
            side = rnd.uniform(-0.25, 0.25) * wide
            cv2.ellipse(visor, (int(middle + side), int(brow)), (int(half * 0.95), int(0.16 * high)), np.degrees(tilt), 0, 180, 1, -1)
            picture = _lay(picture, visor, cloth * light * rnd.uniform(0.55, 0.95))
    xs, ys = points[:, 0], points[:, 1]
    return picture, (min(box[0], xs.min()), min(ys.min(), y1), max(box[2], xs.max()), box[3])


def put_mask(picture, face, wear: str, rnd, texture=None) -> np.ndarray:
    """Draws a mask on a bare face: `worn`, `nose_out` (top edge below the nose) or `chin`."""
    x1, y1, x2, y2 = face
    wide, high = x2 - x1, y2 - y1
    middle = (x1 + x2) / 2 + rnd.uniform(-0.05, 0.05) * wide
    top = {"worn": rnd.uniform(0.38, 0.5), "nose_out": rnd.uniform(0.66, 0.75), "chin": rnd.uniform(0.86, 0.95)}[wear]
    low = {"worn": rnd.uniform(0.98, 1.08), "nose_out": rnd.uniform(1.0, 1.12), "chin": rnd.uniform(1.1, 1.28)}[wear]
    top, low = y1 + top * high, y1 + low * high
    half = wide * rnd.uniform(0.42, 0.52)
    drop = (low - top) * rnd.uniform(0.1, 0.3)
    outline = [(middle - half, top + drop), (middle - half * 0.35, top + 0.02 * high), (middle, top - 0.03 * high),
               (middle + half * 0.35, top + 0.02 * high), (middle + half, top + drop), (middle + half * 0.85, low - drop),
               (middle + half * 0.4, low), (middle - half * 0.4, low), (middle - half * 0.85, low - drop)]  # fmt: skip
    points = _smooth(outline, rnd, 0.004 * wide)
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(points * 8).astype(np.int32)], 1, cv2.LINE_8, 3)
    choices = [(215, 190, 150), (220, 200, 165), (240, 240, 240), (45, 45, 48), (170, 190, 130), (200, 180, 220)]
    colour = choices[rnd.randint(len(choices))]
    cloth = _cloth(rnd, picture.shape[:2], colour)
    if texture is not None and rnd.rand() < 0.6:
        x, y, w, h = cv2.boundingRect(np.round(points).astype(np.int32))
        patch = cv2.resize(texture, (max(2, w), max(2, h)))
        left, upper = max(0, x), max(0, y)
        part = patch[upper - y : upper - y + max(0, cloth.shape[0] - upper), left - x : left - x + max(0, cloth.shape[1] - left)]
        cloth[upper : upper + part.shape[0], left : left + part.shape[1]] = part
    else:
        for share in (0.3, 0.5, 0.7)[: rnd.randint(0, 4)]:
            y = int(top + share * (low - top))
            cv2.line(cloth, (int(middle - half), y), (int(middle + half), y + rnd.randint(-2, 3)),
                     tuple(c * 0.86 for c in colour), max(1, int(0.012 * high)), cv2.LINE_AA)  # fmt: skip
        cloth *= float(np.clip(picture.mean() / 120, 0.45, 1.1))
    for side, corner in ((-1, outline[0]), (1, outline[4])):
        ear = (middle + side * wide * 0.56, y1 + rnd.uniform(0.35, 0.5) * high)
        cv2.line(picture := np.ascontiguousarray(picture), tuple(int(v) for v in corner), tuple(int(v) for v in ear),
                 colour, max(1, int(0.015 * wide)), cv2.LINE_AA)  # fmt: skip
    return _lay(picture, mask, cloth)
