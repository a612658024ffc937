"""The whole room against a real vLLM: served, asked, grounded, carried over, stopped.

Needs DERMCURATE_VLLM_PYTHON, the Python of an environment that has vLLM, and
DERMCURATE_TINY_MODEL, a folder that `tiny_model.py` wrote there.
"""

import json
import os

import pytest

from pipeline.knowledge.labels import LINK
from pipeline.language.annotate import ANNOTATE
from pipeline.language.caption import CAPTION
from pipeline.language.ground import GROUND
from pipeline.language.server import make_engine, serve
from pipeline.language.template import TemplateEngine
from pipeline.settings import Settings
from pipeline.store import Run, run_partition
from schemas import ANNOTATIONS, ANSWERS, CAPTIONS
from tests.language.language_world import FIGURE, PART, POST, corpus, make_catalog, model, put

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not {"DERMCURATE_VLLM_PYTHON", "DERMCURATE_TINY_MODEL"} <= set(os.environ),
        reason="DERMCURATE_VLLM_PYTHON and DERMCURATE_TINY_MODEL are not set",
    ),
]

SERVE = [
    *("--dtype", "float32", "--enforce-eager", "--max-model-len", "8192", "--max-num-seqs", "32"),
    *("--structured-outputs-config", '{"backend":"guidance","disable_any_whitespace":true}'),
    # a prompt in chunks ends a seeded request on a CPU: `CPU Generator does not use offset`
    *("--no-enable-chunked-prefill", "--max-num-batched-tokens", "8192"),
]
# of small models on a CPU, where vLLM would else claim most of the memory
CPU = {
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
}


def test_a_real_server_answers_through_every_stage(workspace, monkeypatch):
    for name, value in CPU.items():
        monkeypatch.setenv(name, value)
    tiny = {
        "engine": "vllm",
        "name": os.environ["DERMCURATE_TINY_MODEL"],
        "revision": "seed-7",
        "serve": SERVE,
        "context_tokens": 8192,
        "concurrency": 16,
    }
    sampling = {"temperature": 0.8, "top_p": 0.95, "max_tokens": 700, "seed": 7}
    sets = {
        "rules": {"model": "grammar"},
        "noise": {"model": "tiny", "sampling": sampling},
        # what the tiny model annotates leaves nothing to caption, so rules do that for it
        "ours": {"model": "tiny", "sampling": sampling, "annotations_from": "rules"},
    }
    catalog = make_catalog({"tiny": tiny, "grammar": model()}, sets)
    rules, noise, ours = (Run(workspace, catalog, name) for name in sets)
    put(ours, corpus(*[f"{FIGURE[:-1]}, case {n}." for n in range(8)], (POST, "post")))
    entry, settings = catalog.models["tiny"], Settings()

    with serve("tiny", entry, workspace, settings) as endpoints:
        engine = make_engine("tiny", entry, endpoints, settings)
        run_partition(ANNOTATE, PART, noise, engine)
        run_partition(ANNOTATE, PART, rules, TemplateEngine("grammar"))
        for stage in (LINK, CAPTION, GROUND):
            run_partition(stage, PART, ours, engine)

    annotations = workspace.read_table(ANNOTATIONS, PART, "noise").to_pylist()
    assert len(annotations) == 9
    good = [row for row in annotations if row["status"] == "ok"]
    assert good, [row["error"] for row in annotations]
    for row in good:
        assert (row["engine"], row["model_id"], row["model_revision"]) == ("vllm", "tiny", "seed-7")
        assert row["n_tokens_in"] > 500
        assert row["finish_reason"] == "stop"
        assert json.loads(row["sampling"])["temperature"] == 0.8
    answers = workspace.read_table(ANSWERS, PART, "ours").to_pylist()
    asked = [row for row in answers if row["engine"] == "vllm"]
    assert len(asked) == 27
    assert [row for row in asked if row["status"] == "ok"], [row["error"] for row in asked]
    for row in asked:
        assert row["n_tokens_in"] > 100
        if row["status"] == "ok":
            assert json.loads(row["raw"]) == {"caption": row["text"]}
    # what a model of noise says is checked as any other's, and every picture has its captions
    captions = workspace.read_table(CAPTIONS, PART, "ours").to_pylist()
    good = [row for row in captions if row["status"] == "ok"]
    assert len({(row["image_id"], row["kind"]) for row in good}) == len(good) == 27
    assert {row["grounding"] for row in good} == {"supported"}
    assert "template" in {row["engine"] for row in good}
