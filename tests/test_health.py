"""Whether endpoints answer: real servers on loopback, shut ports, retired addresses."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from pipeline.catalog import Model, load_catalog
from pipeline.demo.catalog import demo_document, write_demo_catalog
from pipeline.demo.server import DemoServer
from pipeline.health import check_model, check_sources
from pipeline.settings import load_settings

REAL = Path(__file__).parents[1] / "data_catalog.yaml"


@pytest.fixture
def served(world):
    with DemoServer(world, base_port=0) as server:
        root = world.folder.parent
        ca_file = str(Path(server.urls["ca_path"]).relative_to(root))
        catalog = root / "health.yaml"
        document = demo_document(REAL, world.folder.name, server.urls, ca_file)
        write_demo_catalog(document, catalog)
        yield catalog, server


def findings_of(catalog, **changes):
    document = yaml.safe_load(catalog.read_text())
    for source, fields in changes.items():
        document["sources"][source] |= fields
    changed = catalog.with_name("changed.yaml")
    changed.write_text(yaml.safe_dump(document))
    return check_sources(load_catalog(changed), changed.parent, load_settings())


def test_endpoints_that_answer_are_well(served):
    catalog, server = served

    found = findings_of(catalog)

    asked = {finding.what for finding in found}
    assert {"source pubmed", "source reddit", "source discourse", "source webforum"} <= asked
    assert [each for each in found if each.level == "fault"] == []
    assert len(server.requests_log) <= 8


def test_a_shut_port_and_a_retired_address_and_a_missing_folder_are_faults(served):
    catalog, _server = served

    found = findings_of(
        catalog,
        pubmed={"eutils_url": "http://127.0.0.1:9/"},
        webforum={"start_url": "https://www.reddit.com/r/skin/new.json"},
        ham10000={"path": "nowhere"},
    )

    faults = {each.what: each.told for each in found if each.level == "fault"}
    assert "does not answer" in faults["source pubmed"]
    assert "retired" in faults["source webforum"]
    assert "Arctic Shift" in faults["source webforum"]
    assert "nowhere" in faults["source ham10000"]


class Models(BaseHTTPRequestHandler):
    """A server that serves one model, to those who have the key."""

    def do_GET(self):
        known = self.headers.get("Authorization") == "Bearer sesame"
        self.send_response(200 if known else 401)
        self.end_headers()
        if known:
            self.wfile.write(json.dumps({"data": [{"id": "derm-7b"}]}).encode())

    def log_message(self, *_args):
        """Say nothing."""


@pytest.fixture
def endpoint():
    with ThreadingHTTPServer(("127.0.0.1", 0), Models) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
        thread.join()


def model(name, endpoint):
    return Model(engine="openai", name=name, revision="1", endpoints=(endpoint,))


def test_a_model_server_is_asked_which_model_it_serves(endpoint, monkeypatch):
    monkeypatch.setenv("DERMCURATE_MODEL_API_KEY", "sesame")

    (good,) = check_model("mine", model("derm-7b", endpoint), load_settings())
    (other,) = check_model("mine", model("derm-70b", endpoint), load_settings())

    assert (good.level, good.what) == ("ok", "model mine")
    assert other.level == "fault"
    assert "serves derm-7b, not derm-70b" in other.told


def test_a_refused_key_is_a_fault_and_an_absent_server_a_note(endpoint, monkeypatch):
    monkeypatch.delenv("DERMCURATE_MODEL_API_KEY", raising=False)

    (refused,) = check_model("mine", model("derm-7b", endpoint), load_settings())
    (absent,) = check_model("mine", model("derm-7b", "http://127.0.0.1:9/v1"), load_settings())

    assert refused.level == "fault"
    assert "401" in refused.told
    assert absent.level == "note"
    assert "start it" in absent.told
