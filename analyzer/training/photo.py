"""What cameras do to pictures: augmentation of crops and of whole scenes. Pictures are BGR, uint8."""

import cv2
import numpy as np


def colours(picture: np.ndarray, rnd) -> np.ndarray:
    """Another light and white balance; one in eight is grey, as under an infrared lamp."""
    value = picture.astype(np.float32) / 255
    value = np.clip(value, 1e-4, 1) ** np.exp(rnd.uniform(-0.45, 0.45))
    value = (value - 0.5) * rnd.uniform(0.65, 1.3) + 0.5 + rnd.uniform(-0.12, 0.12)
    value *= 1 + rnd.uniform(-0.12, 0.12, 3)
    grey = value.mean(2, keepdims=True)
    value = grey + (value - grey) * (0.0 if rnd.rand() < 0.12 else rnd.uniform(0.45, 1.3))
    return (np.clip(value, 0, 1) * 255).astype(np.uint8)


def spoil(picture: np.ndarray, rnd) -> np.ndarray:
    """Noise, motion, defocus and compression of a camera."""
    if rnd.rand() < 0.3:
        length = rnd.randint(2, 6)
        kernel = np.zeros((length, length), np.float32)
        kernel[length // 2] = 1 / length
        turn = cv2.getRotationMatrix2D((length / 2 - 0.5, length / 2 - 0.5), rnd.uniform(0, 180), 1)
        picture = cv2.filter2D(picture, -1, cv2.warpAffine(kernel, turn, (length, length)))
    if rnd.rand() < 0.4:
        picture = cv2.GaussianBlur(picture, (0, 0), rnd.uniform(0.3, 1.1))
    if rnd.rand() < 0.5:
        noise = rnd.randn(*picture.shape[:2], 1 if rnd.rand() < 0.5 else 3) * rnd.uniform(1, 11)
        picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    if rnd.rand() < 0.7:
        quality = int(rnd.uniform(22, 95))
        picture = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1)
    return picture


def guessed(box, rnd) -> tuple:
    """Returns where the run time may look for the head of `box`: as far off as a guess from the person's box is."""
    wide, high = box[2] - box[0], box[3] - box[1]
    cx = (box[0] + box[2]) / 2 + rnd.uniform(-0.35, 0.35) * wide
    cy = (box[1] + box[3]) / 2 + rnd.uniform(-0.3, 0.3) * high
    wide, high = wide * np.exp(rnd.uniform(-0.3, 0.5)), high * np.exp(rnd.uniform(-0.3, 0.5))
    return cx - wide / 2, cy - high / 2, cx + wide / 2, cy + high / 2


def head_input(
    picture, box, rnd, width_px: float | None, near=None, grow: float = 0.3, side: int = 128
) -> tuple[np.ndarray, float, np.ndarray]:
    """Cuts a jittered, warped, spoiled input out of a crop; returns it [side, side, 3], the head's width in pixels, and
    the head's box in it [4], 0..1 where it lies inside.

    `rnd` None: exactly what the run time cuts. `width_px` None: a random width between 18 and 130 px. `near` is where to
    cut in place of `box` itself.
    """
    seen, box = box, near or box
    x1, y1, x2, y2 = box
    wide, high = x2 - x1, y2 - y1
    cx, cy = (x1 + x2) / 2, (y1 + y2) / 2
    if rnd is None:
        left, top = cx - wide * (1 + grow) / 2, cy - high * (1 + grow) / 2
        part = subpicture(picture, left, top, wide * (1 + grow), high * (1 + grow))
        inside = (np.array(seen).reshape(2, 2) - [left, top]) / ([wide * (1 + grow), high * (1 + grow)])
        return cv2.resize(part, (side, side)), wide, inside.ravel()
    cx, cy = cx + rnd.uniform(-0.1, 0.1) * wide, cy + rnd.uniform(-0.1, 0.1) * high
    wide, high = wide * np.exp(rnd.uniform(-0.16, 0.2)), high * np.exp(rnd.uniform(-0.16, 0.2))
    half_w, half_h = wide * (1 + grow) / 2, high * (1 + grow) / 2
    corners = np.array([[-half_w, -half_h], [half_w, -half_h], [half_w, half_h], [-half_w, half_h]])
    # From above the lower part of a head is farther away; any camera may be askew.
    above, turn = rnd.uniform(-0.1, 0.28), rnd.normal(0, 0.12)
    corners[2:, 0] *= 1 + above
    corners[:2, 0] *= 1 - 0.5 * above
    corners[:, 0] += rnd.uniform(-0.12, 0.12) * corners[:, 1]
    corners = corners @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + [cx, cy]
    width_px = float(np.exp(rnd.uniform(np.log(18), np.log(130)))) if width_px is None else width_px
    width_px = min(width_px, x2 - x1) if x2 - x1 < 18 else min(width_px, max(18.0, x2 - x1))
    small = int(np.clip(width_px * (1 + grow), 16, 180))
    goal = np.array([[0, 0], [small, 0], [small, small], [0, small]], np.float32)
    shrink = max(1.0, (x2 - x1) * (1 + grow) / small)
    source = cv2.GaussianBlur(picture, (0, 0), 0.4 * shrink) if shrink > 1.4 else picture
    move = cv2.getPerspectiveTransform(corners.astype(np.float32), goal)
    part = cv2.warpPerspective(source, move, (small, small), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    # The oval in the head's box: a turned box would grow.
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    oval = [((seen[0] + seen[2]) / 2 + (seen[2] - seen[0]) / 2 * np.cos(a), (seen[1] + seen[3]) / 2 + (seen[3] - seen[1]) / 2 * np.sin(a)) for a in angles]
    moved = cv2.perspectiveTransform(np.array([oval], np.float32), move)[0] / small
    inside = np.array([*moved.min(0), *moved.max(0)])
    if rnd.rand() < 0.5:
        part = part[:, ::-1]
        inside[[0, 2]] = 1 - inside[[2, 0]]
    if rnd.rand() < 0.12:
        part = occlude(np.ascontiguousarray(part), rnd)
    part = spoil(colours(np.ascontiguousarray(part), rnd), rnd)
    return cv2.resize(part, (side, side)), width_px, inside


def occlude(picture, rnd):
    """Lays a bar of one colour over an edge: a pan, a pipe, an arm."""
    high, wide = picture.shape[:2]
    at, share = rnd.randint(4), rnd.uniform(0.08, 0.3)
    colour = tuple(int(v) for v in rnd.randint(0, 255, 3))
    low, far = [(0, 0), (0, 0), (int(wide * (1 - share)), 0), (0, int(high * (1 - share)))][at], None
    far = [(int(wide * share), high), (wide, int(high * share)), (wide, high), (wide, high)][at]
    cv2.rectangle(picture, low, far, colour, -1)
    return picture


def subpicture(picture, left: float, top: float, wide: float, high: float) -> np.ndarray:
    """Cuts a rectangle; outside of the picture its edge is repeated."""
    x1, y1 = int(round(left)), int(round(top))
    x2, y2 = max(x1 + 2, int(round(left + wide))), max(y1 + 2, int(round(top + high)))
    pad = [max(0, -y1), max(0, y2 - picture.shape[0]), max(0, -x1), max(0, x2 - picture.shape[1])]
    part = picture[max(0, y1) : max(0, y2), max(0, x1) : max(0, x2)]
    return cv2.copyMakeBorder(part, *pad, cv2.BORDER_REPLICATE) if part.size else np.zeros((2, 2, 3), np.uint8)


def draw_rodent(picture, rnd) -> tuple[np.ndarray, tuple]:
    """Draws a rat or mouse on the lower half of a picture; returns it and the animal's box without the tail's end."""
    high, wide = picture.shape[:2]
    long = float(np.exp(rnd.uniform(np.log(9), np.log(60)))) * wide / 416
    cx, cy, turn = rnd.uniform(0.05, 0.95) * wide, rnd.uniform(0.35, 0.97) * high, rnd.uniform(-0.5, 0.5)
    way = rnd.choice([-1, 1])
    shade = rnd.uniform(12, 95)
    colour = tuple(float(np.clip(shade * f, 0, 255)) for f in (rnd.uniform(0.75, 1.0), 0.95, rnd.uniform(1.0, 1.2)))
    layer, mask = picture.copy(), np.zeros((high, wide), np.uint8)
    c, s = np.cos(turn), np.sin(turn)
    to = lambda x, y: (int(round(cx + way * (x * c - y * s) * long)), int(round(cy + (x * s + y * c) * long)))  # noqa: E731
    degrees = np.degrees(turn) * way
    axes = lambda a, b: (max(1, int(a * long)), max(1, int(b * long)))  # noqa: E731
    for target, tint in ((layer, colour), (mask, 255)):
        cv2.ellipse(target, to(-0.05, 0), axes(0.3, rnd.uniform(0.13, 0.19) if target is layer else 0.16), degrees, 0, 360, tint, -1, cv2.LINE_AA)
        cv2.ellipse(target, to(0.3, 0.03), axes(0.16, 0.09), degrees, 0, 360, tint, -1, cv2.LINE_AA)
        cv2.circle(target, to(0.24, -0.09), max(1, int(0.05 * long)), tint, -1, cv2.LINE_AA)
        tail = np.array([to(-0.32, 0.05), to(-0.5, 0.1), to(-0.68, 0.06), to(-0.85, 0.1)], np.int32)
        cv2.polylines(target, [tail], False, tint, max(1, int(0.03 * long)), cv2.LINE_AA)
    light = 1 + 0.25 * (np.mgrid[:high, :wide][0] < cy)[..., None]
    soft = cv2.GaussianBlur(mask, (0, 0), 0.8).astype(np.float32)[..., None] / 255
    shadow = cv2.GaussianBlur(np.roll(mask, max(1, int(0.06 * long)), 0), (0, 0), max(0.8, 0.05 * long))[..., None] / 255.0
    value = picture * (1 - 0.35 * shadow)
    value = value * (1 - soft) + np.clip(layer * light, 0, 255) * soft
    x1, y1, x2, y2 = *to(-0.5, -0.18), *to(0.48, 0.2)
    return value.astype(np.uint8), (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))


def draw_pot(picture, boxes, rnd) -> None:
    """Draws something round and shaded that is no head, a pot or a ball, where no box is."""
    high, wide = picture.shape[:2]
    across, tall = (int(np.exp(rnd.uniform(np.log(0.03), np.log(0.2))) * wide * rnd.uniform(0.7, 1.3)) + 3 for _ in range(2))
    x, y = rnd.randint(0, wide), rnd.randint(0, high)
    if any(b[0] < x + across and b[2] > x - across and b[1] < y + tall and b[3] > y - tall for b in boxes):
        return
    colour, ground = rnd.uniform(10, 255, 3), picture.copy()
    if rnd.rand() < 0.6:
        colour[:] = colour.mean()
    for share in np.linspace(1, 0.1, 8):
        lit = tuple(float(v) for v in np.clip(colour * (1.25 - 0.5 * share), 0, 255))
        spot = (int(x - (1 - share) * across * 0.2), int(y - (1 - share) * tall * 0.2))
        cv2.ellipse(ground, spot, (max(1, int(across * share / 2)), max(1, int(tall * share / 2))), 0, 0, 360, lit, -1, cv2.LINE_AA)
    if rnd.rand() < 0.5:
        cv2.rectangle(ground, (x - across // 2, y), (x + across // 2, y + tall), tuple(float(v) for v in colour * 0.8), -1)
    picture[:] = ground


def scene(picture, boxes, ignored, drawn, rnd):
    """Another size, side and light for a picture with head boxes [n, 5]; drawn heads and rodents are pasted in.

    `drawn` holds (picture, box, …) of drawn heads.
    """
    if rnd.rand() < 0.5:
        picture = picture[:, ::-1].copy()
        for part in (boxes, ignored):
            part[:, [0, 2]] = picture.shape[1] - part[:, [2, 0]]
    if rnd.rand() < 0.5:
        scale = rnd.uniform(0.35, 0.95)
        high, wide = picture.shape[:2]
        canvas = np.full_like(picture, 114) if rnd.rand() < 0.5 else cv2.GaussianBlur(cv2.flip(picture, 0), (0, 0), 9)
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        x, y = rnd.randint(0, wide - small.shape[1] + 1), rnd.randint(0, high - small.shape[0] + 1)
        canvas[y : y + small.shape[0], x : x + small.shape[1]] = small
        picture = canvas
        boxes[:, :4] = boxes[:, :4] * scale + [x, y, x, y]
        ignored = ignored * scale + [x, y, x, y]
    elif len(boxes) and rnd.rand() < 0.5:
        # Close to a head, as when the run time looks at the upper part of a person.
        box = boxes[rnd.randint(len(boxes))]
        side = float(np.clip(max(box[2] - box[0], box[3] - box[1]) * rnd.uniform(2.5, 7), 60, min(picture.shape[:2])))
        x = int(np.clip((box[0] + box[2]) / 2 - side * rnd.uniform(0.3, 0.7), 0, picture.shape[1] - side))
        y = int(np.clip((box[1] + box[3]) / 2 - side * rnd.uniform(0.3, 0.7), 0, picture.shape[0] - side))
        side = int(side)
        picture = picture[y : y + side, x : x + side].copy()
        boxes[:, :4] -= [x, y, x, y]
        ignored = ignored - [x, y, x, y]
        shown = np.clip(boxes[:, :4], 0, side)
        area = lambda b: (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])  # noqa: E731
        part = area(shown) / np.maximum(area(boxes), 1e-6)
        ignored = np.concatenate([ignored, shown[(part > 0.05) & (part < 0.6)]])
        boxes = np.concatenate([shown, boxes[:, 4:]], 1)[part >= 0.6]
    high, wide = picture.shape[:2]
    for _ in range(rnd.randint(0, 4) if len(drawn) else 0):
        head, box = drawn[rnd.randint(len(drawn))][:2]
        scale = float(np.exp(rnd.uniform(np.log(0.08), np.log(0.5)))) * min(high, wide) / head.shape[0]
        head = cv2.resize(head, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        x, y = rnd.randint(0, max(1, wide - head.shape[1])), rnd.randint(0, max(1, high - head.shape[0]))
        area = np.array([x, y, x + head.shape[1], y + head.shape[0]])
        hit = [(b[0] < area[2]) & (b[2] > area[0]) & (b[1] < area[3]) & (b[3] > area[1]) for b in boxes]
        if not any(hit):
            picture[area[1] : area[3], area[0] : area[2]] = head[: high - y, : wide - x]
            placed = np.array([[*(np.array(box) * scale + [x, y, x, y]), 1]], np.float32)
            boxes = np.concatenate([boxes, placed])
    for _ in range(rnd.randint(0, 4) if rnd.rand() < 0.5 else 0):
        draw_pot(picture, boxes, rnd)
    if rnd.rand() < 0.35:
        picture, box = draw_rodent(picture, rnd)
        boxes = np.concatenate([boxes, np.array([[*box, 4]], np.float32)])
    return spoil(colours(picture, rnd), rnd), boxes.astype(np.float32), ignored.astype(np.float32)
