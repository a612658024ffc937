"""A model of faces by path: one with YuNet's inputs and outputs, drawn up for the test."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from pipeline.images.face_model import FaceModelError, find_with_model
from pipeline.images.faces import find_faces

SIDE = 320
STRIDES = (8, 16, 32)


def redness_model() -> bytes:
    """Return a model of YuNet's form that takes for a face where red prevails.

    Each cell of 32 pixels tells a box of twice its size around its upper left corner, with eyes to
    both sides of the upper middle; finer cells tell nothing.
    """
    constants = [
        helper.make_tensor("weights", TensorProto.FLOAT, (1, 3, 1, 1), [0.0, -0.1, 0.1]),
        helper.make_tensor("column", TensorProto.INT64, (3,), [1, -1, 1]),
        helper.make_tensor("low", TensorProto.FLOAT, (1,), [-5.0]),
    ]
    made = [helper.make_node("Conv", ["input", "weights"], ["redness"])]
    outputs = []
    for stride in STRIDES:
        cells = (SIDE // stride) ** 2
        ends = {"kernel_shape": [stride, stride], "strides": [stride, stride]}
        made += [
            helper.make_node("AveragePool", ["redness"], [f"mean_{stride}"], **ends),
            helper.make_node("Reshape", [f"mean_{stride}", "column"], [f"cells_{stride}"]),
            helper.make_node("Add", [f"cells_{stride}", "low"], [f"sure_{stride}"]),
            helper.make_node("Sigmoid", [f"sure_{stride}"], [f"cls_{stride}"]),
            helper.make_node("Sigmoid", [f"sure_{stride}"], [f"obj_{stride}"]),
        ]
        values = {"bbox": [0, 0, np.log(2), np.log(2)], "kps": [-0.5, -0.3, 0.5, -0.3, *([0] * 6)]}
        for name, row in values.items():
            spread = f"{name}_spread_{stride}"
            for constant, held in (("none", [[0.0] * len(row)]), ("all", row)):
                table = np.asarray(held, np.float32)
                constants.append(onnx.numpy_helper.from_array(table, f"{name}_{constant}_{stride}"))
            made.append(
                helper.make_node("MatMul", [f"cls_{stride}", f"{name}_none_{stride}"], [spread])
            )
            made.append(
                helper.make_node("Add", [spread, f"{name}_all_{stride}"], [f"{name}_{stride}"])
            )
        sizes = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
        outputs += [(f"{name}_{stride}", (1, cells, n)) for name, n in sizes.items()]
    graph = helper.make_graph(
        made,
        "redness",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, (1, 3, SIDE, SIDE))],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs],
        constants,
    )
    opset = [helper.make_opsetid("", 13)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()


def red_square(size: int) -> np.ndarray:
    picture = np.zeros((size, size, 3), np.uint8)
    cell = size // 10
    picture[2 * cell : 3 * cell, 6 * cell : 7 * cell, 0] = 255
    return picture


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "faces.onnx"
    path.write_bytes(redness_model())
    return path


def test_a_model_finds_faces_and_eyes_in_pixels_of_the_picture(model) -> None:
    faces = find_with_model(red_square(640), model)
    assert faces
    left, top, right, bottom = faces[0].box
    assert left < 416 < right
    assert top < 160 < bottom
    assert right - left < 200
    xs, ys = zip(*faces[0].eye_band, strict=True)
    assert left - 40 < min(xs) < max(xs) < right + 40
    assert top - 40 < min(ys) < max(ys) < bottom


def test_it_replaces_the_cascades(model) -> None:
    (face,) = find_faces(red_square(640), model)
    assert face.is_whole
    assert len(face.hiding) == 1
    assert find_faces(np.zeros((320, 320, 3), np.uint8), model) == []
    assert find_faces(red_square(640)) == []


@pytest.mark.parametrize("content", [None, b"", b"no model"])
def test_what_is_no_model_is_said_in_one_sentence(tmp_path, content) -> None:
    path = tmp_path / "strange.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FaceModelError, match=r"strange\.onnx") as raised:
        find_with_model(red_square(320), path)
    assert "\n" not in str(raised.value)
