"""An ONNX graph as a torch module: its initialisers become parameters, so that foreign weights can be fine-tuned.

Knows the operators of YOLOX and MobileNetV2, no others. Batch norms are folded in those files already.
"""

from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from torch import nn


class Graph(nn.Module):
    """Runs the nodes between the tensors `inputs` and `outputs` (names of the file), in the file's order."""

    def __init__(self, path: Path, inputs: list[str], outputs: list[str]):
        super().__init__()
        graph = onnx.load(str(path)).graph
        self.inputs, self.outputs = inputs, outputs
        constants = {item.name: numpy_helper.to_array(item).copy() for item in graph.initializer}
        for node in graph.node:
            if node.op_type == "Constant":
                constants[node.output[0]] = numpy_helper.to_array(node.attribute[0].t).copy()
        self.nodes = _needed(graph, inputs, outputs, constants)
        self.constants = constants
        self.weights = nn.ParameterDict()
        for node in self.nodes:
            if node.op_type in ("Conv", "Gemm"):
                for name in node.input[1:]:
                    value = constants[name].astype(np.float32)
                    if value.ndim == 4 and _is_uneven(_attributes(node)):
                        # OpenCV 4.6 knows no uneven padding: a row and a column of zeros before the kernel do the same.
                        value = np.pad(value, ((0, 0), (0, 0), (1, 0), (1, 0)))
                    self.weights[_key(name)] = nn.Parameter(torch.from_numpy(value))

    def forward(self, *tensors):
        values = dict(zip(self.inputs, tensors))
        for node in self.nodes:
            values[node.output[0]] = self._run(node, values)
        return [values[name] for name in self.outputs]

    def _run(self, node, values):
        kind, first = node.op_type, values.get(node.input[0])
        if kind == "Conv":
            return self._conv(node, first)
        if kind == "Clip":
            return first.clamp(0, 6)
        if kind == "Sigmoid":
            return torch.sigmoid(first)
        if kind == "Mul":
            return first * values[node.input[1]]
        if kind == "Add":
            return first + values[node.input[1]]
        if kind == "Concat":
            return torch.cat([values[name] for name in node.input], _attributes(node)["axis"])
        if kind == "MaxPool":
            side = _attributes(node)["kernel_shape"][0]
            return F.max_pool2d(first, side, stride=1, padding=side // 2)
        if kind == "Resize":
            return F.interpolate(first, scale_factor=2.0, mode="nearest")
        if kind == "Slice":
            start, end, axis, step = (int(self.constants[name].ravel()[0]) for name in node.input[1:5])
            return first[(slice(None),) * axis + (slice(start, min(end, first.shape[axis]), step),)]
        raise NotImplementedError(f"operator {kind} of {node.name}: training/graph.py does not know it")

    def _conv(self, node, value):
        given = _attributes(node)
        weight, bias = (self.weights[_key(name)] for name in node.input[1:3])
        padding = 1 if _is_uneven(given) else tuple(given.get("pads", [0, 0, 0, 0])[:2])
        return F.conv2d(value, weight, bias, given.get("strides", 1), padding, 1, given.get("group", 1))


def _is_uneven(given: dict) -> bool:
    """Says whether a 3 x 3 convolution of stride 2 pads only right and below, as TensorFlow does with even sizes."""
    if given.get("kernel_shape") != [3, 3] or given.get("strides") != [2, 2]:
        return False
    return given.get("auto_pad", b"NOTSET") == b"SAME_UPPER" or given.get("pads") == [0, 0, 1, 1]


def _needed(graph, inputs, outputs, constants) -> list:
    """Returns the nodes that lead from `inputs` to `outputs`."""
    makers = {name: node for node in graph.node for name in node.output}
    wanted, kept = list(outputs), set()
    while wanted:
        name = wanted.pop()
        if name in inputs or name in constants or not name:
            continue
        if name not in makers:
            raise ValueError(f"the ONNX file has no tensor {name}")
        node = makers[name]
        if id(node) not in kept:
            kept.add(id(node))
            wanted.extend(node.input)
    return [node for node in graph.node if id(node) in kept]


def _attributes(node) -> dict:
    return {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}


def _key(name: str) -> str:
    return name.replace(".", "_").replace("/", "_").replace(":", "_")
