"""A detector of the user's: its boxes become panels, and what is wrong with it is told."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from pipeline.errors import CatalogError
from pipeline.extract.panel_detector import detector_options, find_panels
from pipeline.picture_entries import PanelDetector

PIXELS = np.random.default_rng(1).integers(0, 255, (200, 400, 3)).astype(np.uint8)
BOXES = [[330, 0, 640, 310], [0, 0, 320, 320], [4, 4, 318, 316], [100, 100, 200, 200]]
SCORES = [0.8, 0.9, 0.7, 0.2]


def model(folder, **outputs):
    """Write a model that answers the same to every picture."""
    nodes, infos = [], []
    for name, values in outputs.items():
        array = np.asarray(values, np.float32)
        tensor = helper.make_tensor(name, TensorProto.FLOAT, array.shape, array.ravel())
        nodes.append(helper.make_node("Constant", [], [name], value=tensor))
        infos.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, array.shape))
    given = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 640, 640])
    graph = helper.make_graph(nodes, "panels", [given], infos)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path = folder / "panels.onnx"
    onnx.save(made, str(path))
    return detector_options(PanelDetector(path=str(path)).model_dump(mode="json"))


def test_boxes_and_scores_become_panels_in_reading_order(tmp_path):
    panels = find_panels(PIXELS, model(tmp_path, boxes=BOXES, scores=SCORES))
    assert [(panel.box, panel.letter, panel.confidence) for panel in panels] == [
        ((0, 0, 200, 200), "a", 0.9),
        ((206, 0, 400, 194), "b", 0.8),
    ]


def test_one_array_of_middles_and_classes_is_understood_too(tmp_path):
    rows = [
        [(a + c) / 2, (b + d) / 2, c - a, d - b, 0.0, score]
        for (a, b, c, d), score in zip(BOXES, SCORES, strict=True)
    ]
    found = find_panels(PIXELS, model(tmp_path, output=[np.array(rows).T]))
    assert [panel.box for panel in found] == [(0, 0, 200, 200), (206, 0, 400, 194)]


def test_one_box_leaves_the_figure_whole(tmp_path):
    [panel] = find_panels(PIXELS, model(tmp_path, boxes=BOXES[:1], scores=SCORES[:1]))
    assert (panel.box, panel.letter) == ((0, 0, 400, 200), None)


def test_without_a_detector_rules_cut():
    assert len(find_panels(PIXELS, None)) == 1


def test_what_is_wrong_with_a_detector_is_told(tmp_path):
    options = model(tmp_path, boxes=BOXES)
    with pytest.raises(CatalogError, match=r"answers with \(4, 4\), not boxes and scores"):
        find_panels(PIXELS, options)
    (tmp_path / "panels.onnx").write_bytes(b"no model")
    with pytest.raises(CatalogError, match="changed while figures were cut"):
        find_panels(PIXELS, options)
    with pytest.raises(CatalogError, match="cannot be opened"):
        find_panels(PIXELS, detector_options({**options, "min_score": 0.5}))
    with pytest.raises(CatalogError, match="cannot be read"):
        detector_options({"path": str(tmp_path / "none.onnx")})
