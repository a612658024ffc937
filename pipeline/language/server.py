"""A model's server: started for the time it is needed, and always stopped."""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from pipeline.catalog import Model
from pipeline.errors import ModelError
from pipeline.language.client import ChatEngine
from pipeline.language.engine import Engine
from pipeline.language.template import TemplateEngine
from pipeline.settings import Settings
from pipeline.store import Workspace

log = logging.getLogger(__name__)

START_LIMIT_S = 900.0
STOP_LIMIT_S = 20.0
POLL_S = 0.5
LOG_TAIL_BYTES = 4096
_COMMIT = re.compile(r"^[0-9a-f]{40}$")


def make_engine(
    model_id: str, model: Model, endpoints: Sequence[str], settings: Settings
) -> Engine:
    """Return the engine of a model entry; ``endpoints`` are those that `serve` yields."""
    if model.engine == "template":
        return TemplateEngine(model_id, model.revision, model.name)
    # the key belongs to the catalog's endpoints, not to a server of our own
    key = settings.model_api_key if model.engine == "openai" else None
    return ChatEngine(model_id, model, endpoints, key)


@contextmanager
def serve(
    model_id: str,
    model: Model,
    workspace: Workspace,
    settings: Settings,
    start_limit_s: float = START_LIMIT_S,
) -> Iterator[tuple[str, ...]]:
    """Yield the model's base URLs; a vLLM server runs for exactly as long.

    Its log is `logs/<model>.log` of the workspace.

    Raises:
        ModelError: the server cannot be started, dies, or is not healthy in time.
    """
    if model.engine != "vllm":
        yield model.endpoints
        return
    if model.endpoints:
        yield model.endpoints  # it runs already
        return
    port = _free_port()
    path = workspace.folder("logs") / f"{model_id}.log"
    with path.open("ab") as out:
        process = _start(model_id, _command(model, settings, port), out.fileno())
    try:
        _wait(model_id, process, f"http://127.0.0.1:{port}/health", path, start_limit_s)
        try:
            yield (f"http://127.0.0.1:{port}/v1",)
        finally:
            if process.poll() is not None:
                log.error("the server of model %s died: %s", model_id, _last_words(process, path))
    finally:
        _stop(model_id, process)


def _command(model: Model, settings: Settings, port: int) -> list[str]:
    python = str(settings.vllm_python or sys.executable)
    command = [python, "-m", "vllm.entrypoints.openai.api_server", "--model", model.name]
    command += ["--served-model-name", model.name, "--host", "127.0.0.1", "--port", str(port)]
    if _COMMIT.match(model.revision) and not Path(model.name).exists():
        command += ["--revision", model.revision]
    return [*command, *model.serve]


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(model_id: str, command: list[str], out: int) -> subprocess.Popen[bytes]:
    log.info("starting the server of model %s: %s", model_id, " ".join(command))
    try:
        return subprocess.Popen(  # noqa: S603 - the catalog and the settings name the command
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,  # its workers are stopped with it
        )
    except OSError as fault:
        raise ModelError(
            f"{command[0]} cannot be started ({fault.strerror}); set DERMCURATE_VLLM_PYTHON to "
            "the Python of the environment that has vLLM"
        ) from fault


def _wait(
    model_id: str, process: subprocess.Popen[bytes], url: str, path: Path, limit_s: float
) -> None:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if process.poll() is not None:
            raise ModelError(
                f"the server of model {model_id} did not start: "
                f"{_last_words(process, path)}; see {path}"
            )
        try:
            if httpx.get(url, timeout=POLL_S * 10, trust_env=False).status_code == 200:
                log.info("the server of model %s is healthy", model_id)
                return
        except httpx.HTTPError as fault:
            log.debug("not yet healthy: %s", fault)
        time.sleep(POLL_S)
    raise ModelError(
        f"the server of model {model_id} was not healthy within {limit_s:g} s; see {path}, or "
        "serve it elsewhere and name it in endpoints"
    )


def _last_words(process: subprocess.Popen[bytes], path: Path) -> str:
    with path.open("rb") as read:
        read.seek(max(0, path.stat().st_size - LOG_TAIL_BYTES))
        lines = read.read().decode("utf-8", errors="replace").splitlines()
    said = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
    return f"it ended with code {process.returncode}, saying {said[:300]!r}"


def _stop(model_id: str, process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        _signal(process, signal.SIGTERM)
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            log.warning("the server of model %s does not stop; it is killed", model_id)
    _signal(process, signal.SIGKILL)
    process.wait()
    log.info("the server of model %s is stopped", model_id)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        log.debug("process group %d is gone already", process.pid)
