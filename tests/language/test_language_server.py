"""A model's server: a real child process that is started, waited for, noticed dead, and stopped."""

import os
import sys
import textwrap
import time
from pathlib import Path

import httpx
import pytest

from pipeline.catalog import Model
from pipeline.errors import ModelError
from pipeline.language.client import ChatEngine
from pipeline.language.server import make_engine, serve
from pipeline.language.template import TemplateEngine
from pipeline.settings import Settings

# Stands where the vLLM environment's Python stands, and speaks as `-m vllm…api_server` does.
PROGRAM = """\
#!{python}
import json, os, subprocess, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer

told = dict(zip(sys.argv[1::2], sys.argv[2::2]))
assert told["-m"] == "vllm.entrypoints.openai.api_server", sys.argv
mode = {mode!r}
print("hello from", json.dumps(sys.argv[3:]), flush=True)
if mode == "dies":
    sys.exit("out of memory, says the engine")
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("worker", worker.pid, flush=True)
born = time.monotonic()

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        is_ready = mode != "never" and time.monotonic() - born > 0.3
        if self.path == "/die":
            os._exit(3)
        self.send_response(200 if is_ready else 503)
        self.end_headers()
    def log_message(self, *_):
        pass

if mode == "stubborn":
    import signal
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
HTTPServer((told["--host"], int(told["--port"])), Handler).serve_forever()
"""


@pytest.fixture
def python(tmp_path):
    """Return a function that writes the child's program and the settings that name it."""

    def write(mode="well"):
        path = tmp_path / "python"
        path.write_text(textwrap.dedent(PROGRAM).format(python=sys.executable, mode=mode))
        path.chmod(0o755)
        return Settings(vllm_python=path)

    return write


def entry(**told):
    return Model(**{"engine": "vllm", "name": "tiny/model", "revision": "main", **told})


def log_of(workspace):
    return (workspace.folder("logs") / "tiny.log").read_text()


def is_gone(pid):
    for _ in range(40):
        if not is_alive(pid):
            return True
        time.sleep(0.05)
    return False


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state != "Z"


def worker_of(workspace):
    return int(log_of(workspace).partition("worker ")[2].split()[0])


def test_a_server_runs_for_as_long_as_it_is_needed(workspace, python):
    model = entry(serve=("--dtype", "float32"))
    with serve("tiny", model, workspace, python()) as (url,):
        assert url.startswith("http://127.0.0.1:")
        assert url.endswith("/v1")
        health = url.removesuffix("/v1") + "/health"
        assert httpx.get(health).status_code == 200
        worker = worker_of(workspace)
        assert is_alive(worker)

    with pytest.raises(httpx.ConnectError):
        httpx.get(health)
    assert is_gone(worker)
    log = log_of(workspace)
    assert '"--model", "tiny/model", "--served-model-name", "tiny/model"' in log
    assert '"--dtype", "float32"]' in log
    assert "--revision" not in log


def test_a_pinned_commit_is_asked_for(workspace, python):
    commit = "0123456789abcdef0123456789abcdef01234567"
    with serve("tiny", entry(revision=commit), workspace, python()):
        assert f'"--revision", "{commit}"' in log_of(workspace)


def test_it_is_stopped_when_the_work_fails(workspace, python):
    def work():
        with serve("tiny", entry(), workspace, python()):
            return 1 / 0

    with pytest.raises(ZeroDivisionError):
        work()
    assert is_gone(worker_of(workspace))


def test_one_that_does_not_start_says_its_last_words(workspace, python):
    with (
        pytest.raises(ModelError, match=r"code 1, saying 'out of memory, says the engine'.*tiny"),
        serve("tiny", entry(), workspace, python("dies")),
    ):
        pytest.fail("there is no server")


def test_one_that_is_never_healthy_is_given_up(workspace, python):
    with (
        pytest.raises(ModelError, match="not healthy within 1 s"),
        serve("tiny", entry(), workspace, python("never"), 1),
    ):
        pytest.fail("there is no server")
    assert is_gone(worker_of(workspace))


def test_a_death_in_mid_run_is_told(workspace, python, caplog):
    with serve("tiny", entry(), workspace, python()) as (url,):
        with pytest.raises(httpx.HTTPError):
            httpx.get(url.removesuffix("/v1") + "/die")
        time.sleep(0.2)

    assert "the server of model tiny died: it ended with code 3" in caplog.text
    # what it left behind is stopped too
    assert is_gone(worker_of(workspace))


def test_one_that_will_not_stop_is_killed(workspace, python, monkeypatch):
    monkeypatch.setattr("pipeline.language.server.STOP_LIMIT_S", 0.3)
    with serve("tiny", entry(), workspace, python("stubborn")):
        worker = worker_of(workspace)
    assert is_gone(worker)


def test_a_python_that_is_not_there(workspace, tmp_path):
    settings = Settings(vllm_python=tmp_path / "nowhere")
    with (
        pytest.raises(ModelError, match="set DERMCURATE_VLLM_PYTHON"),
        serve("tiny", entry(), workspace, settings),
    ):
        pytest.fail("there is no server")


def test_endpoints_of_the_catalog_are_used_as_they_are(workspace):
    urls = ("http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1")
    for engine in ("openai", "vllm"):
        with serve("m", entry(engine=engine, endpoints=urls), workspace, Settings()) as found:
            assert found == urls


def test_the_template_engine_needs_no_server(workspace):
    model = entry(engine="template", name="template")
    with serve("t", model, workspace, Settings()) as endpoints:
        engine = make_engine("t", model, endpoints, Settings())

    assert endpoints == ()
    assert isinstance(engine, TemplateEngine)
    assert (engine.model_id, engine.is_dear) == ("t", False)


def test_the_key_goes_to_the_endpoints_of_the_catalog_only(chat_server, monkeypatch):
    from tests.language.test_language_client import ok, requests

    settings = Settings(model_api_key="secret")
    for engine in ("openai", "vllm"):
        server = chat_server(ok)
        model = entry(engine=engine, endpoints=(server.url,))
        asking = make_engine("m1", model, model.endpoints, settings)
        assert isinstance(asking, ChatEngine)
        assert [reply.status for _, reply in asking.ask(requests())] == ["ok"]
        assert server.keys == (["Bearer secret"] if engine == "openai" else [None])
