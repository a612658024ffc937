"""The whole room against a real vLLM: served, asked, grounded, carried over, stopped.

Needs DERMCURATE_VLLM_PYTHON, the Python of an environment that has vLLM, and
DERMCURATE_TINY_MODEL, a folder that `tiny_model.py` wrote there.
"""

import json
import os

import pytest
from language_world import FIGURE, PART, POST, corpus, make_catalog, put

from pipeline.knowledge.labels import LINK
from pipeline.language.annotate import ANNOTATE
from pipeline.language.caption import CAPTION
from pipeline.language.ground import GROUND
from pipeline.language.server import make_engine, serve
from pipeline.settings import Settings
from pipeline.store import Run, run_partition
from schemas import ANNOTATIONS, ANSWERS, CAPTIONS

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
    sets = {
        "ours": {
            "model": "tiny",
            "sampling": {"temperature": 0.8, "top_p": 0.95, "max_tokens": 700, "seed": 7},
        }
    }
    run = Run(workspace, make_catalog({"tiny": tiny}, sets), "ours")
    put(run, corpus(*[f"{FIGURE[:-1]}, case {n}." for n in range(8)], (POST, "post")))
    entry = run.catalog.models["tiny"]
    settings = Settings()

    with serve("tiny", entry, workspace, settings) as endpoints:
        engine = make_engine("tiny", entry, endpoints, settings)
        for stage in (ANNOTATE, LINK, CAPTION, GROUND):
            run_partition(stage, PART, run, engine)

    annotations = workspace.read_table(ANNOTATIONS, PART, "ours").to_pylist()
    assert len(annotations) == 9
    good = [row for row in annotations if row["status"] == "ok"]
    assert good, [row["error"] for row in annotations]
    for row in good:
        assert (row["engine"], row["model_id"], row["model_revision"]) == ("vllm", "tiny", "seed-7")
        assert row["n_tokens_in"] > 500
        assert row["finish_reason"] == "stop"
        assert json.loads(row["sampling"])["temperature"] == 0.8
    asked = [
        row
        for row in workspace.read_table(ANSWERS, PART, "ours").to_pylist()
        if row["engine"] == "vllm" and row["raw"] is not None
    ]
    for row in asked:
        if row["status"] == "ok":
            assert set(json.loads(row["raw"])) == {"caption"}
    # a model of noise says nothing that grounding would let through as a diagnosis
    for row in workspace.read_table(CAPTIONS, PART, "ours").to_pylist():
        if row["status"] == "ok":
            assert row["grounding"] == "supported"
