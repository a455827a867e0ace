"""Runs ONNX files: onnxruntime where it is installed, else OpenCV. And AIZOO's face finder, to prepare data."""

from pathlib import Path

import cv2
import numpy as np
import onnx
import onnx.utils

AIZOO_GRIDS = [(33, (0.04, 0.056)), (17, (0.08, 0.11)), (9, (0.16, 0.22)), (5, (0.32, 0.45)), (3, (0.64, 0.72))]


class OnnxFile:
    """An ONNX model; `run` takes one array [n, c, h, w] and returns the outputs by name."""

    def __init__(self, path: Path, use_opencv: bool = False):
        self.session = self.net = None
        try:
            if use_opencv:
                raise ImportError
            import onnxruntime

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            options.log_severity_level = 3
            self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            self.input = self.session.get_inputs()[0].name
            self.names = [output.name for output in self.session.get_outputs()]
        except ImportError:
            self.net = cv2.dnn.readNetFromONNX(str(path))
            self.names = list(self.net.getUnconnectedOutLayersNames())

    def run(self, value: np.ndarray) -> dict[str, np.ndarray]:
        if self.session:
            return dict(zip(self.names, self.session.run(None, {self.input: value})))
        self.net.setInput(value)
        return dict(zip(self.names, self.net.forward(self.names)))


def cut(source: Path, target: Path, inputs: list[str], outputs: list[str]) -> OnnxFile:
    """Returns the part of an ONNX file between the named tensors, kept as the file `target`."""
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        onnx.utils.extract_model(str(source), str(target), inputs, outputs, check_model=False)
    return OnnxFile(target)


def aizoo_anchors() -> np.ndarray:
    anchors = []
    for side, sizes in AIZOO_GRIDS:
        shapes = [(sizes[0],) * 2, (sizes[1],) * 2]
        shapes += [(sizes[0] * ratio**0.5, sizes[0] / ratio**0.5) for ratio in (0.62, 0.42)]
        for y in range(side):
            for x in range(side):
                anchors += [((x + 0.5) / side, (y + 0.5) / side, w, h) for w, h in shapes]
    return np.array(anchors, np.float32)


class FaceFinder:
    """Finds faces: rows of x1, y1, x2, y2 in pixels, score, "worn" or "not_worn"."""

    def __init__(self, path: Path):
        self.model, self.anchors = OnnxFile(path), aizoo_anchors()

    def __call__(self, picture: np.ndarray) -> list[tuple]:
        small = cv2.resize(picture, (260, 260))[:, :, ::-1].astype(np.float32) / 255
        outputs = list(self.model.run(np.ascontiguousarray(small.transpose(2, 0, 1)[None])).values())
        offsets = next(o for o in outputs if o.shape[-1] == 4)[0]
        scores = next(o for o in outputs if o.shape[-1] == 2)[0]
        keep = scores.max(1) > 0.4
        offsets, scores, anchors = offsets[keep], scores[keep], self.anchors[keep]
        middle = offsets[:, :2] * 0.1 * anchors[:, 2:] + anchors[:, :2]
        size = np.exp(offsets[:, 2:] * 0.2) * anchors[:, 2:]
        high, wide = picture.shape[:2]
        boxes = np.concatenate([middle - size / 2, middle + size / 2], 1) * [wide, high, wide, high]
        order = cv2.dnn.NMSBoxes(
            [[float(b[0]), float(b[1]), float(b[2] - b[0]), float(b[3] - b[1])] for b in boxes],
            [float(score) for score in scores.max(1)], 0.4, 0.4,
        ) if len(boxes) else []  # fmt: skip
        states = ("worn", "not_worn")
        return [(*map(float, boxes[i]), float(scores[i].max()), states[scores[i].argmax()]) for i in np.ravel(order).astype(int)]
