"""A tiny corpus, a workspace that holds it, and a chat server that speaks the real protocol."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pipeline.catalog import Catalog
from pipeline.store import Partition, Run
from pipeline.store.manifest import Manifest, Output
from schemas import PAIRS, TEXTS, VERDICTS

PART = Partition("s", "2026-01-01", 0)

PROMPTS = {kind: f"{kind}/v1" for kind in ("annotate", "refined", "ontology", "concept")}

FIGURE = (
    "Annular erythematous plaques with a scaly border on the forearm of a 34-year-old woman with "
    "tinea corporis."
)
POST = (
    "I am a 45-year-old man and for three weeks I have had erythematous plaques with silvery scale "
    "on the elbows. It comes with itching. The dermatologist diagnosed plaque psoriasis."
)
SPEECH = (
    "Here we see dome-shaped umbilicated papules on the axilla of an 8-year-old girl. "
    "The diagnosis is molluscum contagiosum. Please subscribe to my channel."
)
CHAT = "Thank you for sharing, I hope that it gets better soon."


def model(engine: str = "template", **told: Any) -> dict[str, Any]:
    return {"engine": engine, "name": engine, "revision": "1", **told}


def make_catalog(models: dict[str, Any], sets: dict[str, dict[str, Any]]) -> Catalog:
    entry = {"title": "t", "prompts": PROMPTS, "sampling": {"max_tokens": 200}, "attempts": 3}
    told = {
        "version": 1,
        "sources": {},
        "models": models,
        "caption_sets": {name: {**entry, **each} for name, each in sets.items()},
        "releases": {},
    }
    return Catalog.model_validate_json(json.dumps(told))


def corpus(*passages: str | tuple[str, str], kind: str = "caption") -> tuple[Any, Any, Any]:
    """Return texts, pairs and verdicts of one picture per passage, numbered from 0."""
    texts, pairs, verdicts = [], [], []
    for number, passage in enumerate(passages):
        words, its_kind = passage if isinstance(passage, tuple) else (passage, kind)
        item, image = f"s:{number}", f"s:{number}#F1"
        text = {"text_id": f"{item}~F1", "item_id": item, "kind": its_kind, "locator": "F1"}
        texts.append({**text, "language": "en", "text": words, "status": "ok"})
        pair = {"image_id": image, "text_id": f"{item}~F1", "method": "figure_caption"}
        pairs.append({**pair, "score": 1.0, "group_id": item, "status": "ok"})
        verdicts.append({"image_id": image, "verdict": "keep", "reasons": [], "status": "ok"})
    return TEXTS.table(texts), PAIRS.table(pairs), VERDICTS.table(verdicts)


def put(run: Run, tables: tuple[Any, Any, Any], partition: Partition = PART) -> None:
    """Write texts, pairs and verdicts as the stages before would have."""
    run.workspace.write_listing("s", partition.snapshot, {"n_partitions": 1, "n_items": 1})
    outputs: dict[str, dict[str, Output]] = {}
    for contract, table in zip((TEXTS, PAIRS, VERDICTS), tables, strict=True):
        digest = run.workspace.write_table(contract, table, partition)
        outputs.setdefault(contract.written_by, {})[contract.name] = Output(
            digest, table.num_rows, {}
        )
    for stage, written in outputs.items():
        manifest = Manifest(stage, 1, str(partition), "key", {}, {}, written)
        run.workspace.write_manifest(manifest, partition)


def reply(content: str | None, finish_reason: str = "stop", **message: Any) -> dict[str, Any]:
    return {
        "choices": [{"message": {"content": content, **message}, "finish_reason": finish_reason}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 5},
    }


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        return  # a client that hangs up is no news


class ChatServer:
    """An OpenAI-compatible server on loopback; ``answer`` gives (status, body) per request."""

    def __init__(self, answer: Callable[[dict[str, Any], int], tuple[int, Any]]) -> None:
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.answer = answer
        self.delay_s = 0.0
        self.is_dead = False
        self.in_flight = 0
        self.most_in_flight = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        self.is_dead = True
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self, payload: dict[str, Any], key: str | None) -> tuple[int, Any]:
        with self._lock:
            self.requests.append(payload)
            self.keys.append(key)
            number = len(self.requests)
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
        time.sleep(self.delay_s)
        try:
            return (0, None) if self.is_dead else self.answer(payload, number)
        finally:
            with self._lock:
                self.in_flight -= 1

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        chat = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                self._send(503 if chat.is_dead else 200, {"data": []})

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                payload = json.loads(self.rfile.read(length))
                status, body = chat.take(payload, self.headers["Authorization"])
                if status == 0:  # the connection is cut
                    self.close_connection = True
                    return
                self._send(status, body)

            def _send(self, status: int, body: Any) -> None:
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                return

        return Handler


def evidence_of(payload: dict[str, Any], name: str) -> Any:
    """Return what stands between the tags `name` of a request's last message."""
    words = payload["messages"][-1]["content"]
    return json.loads(words.partition(f"<{name}>")[2].partition(f"</{name}>")[0])


def obliging(payload: dict[str, Any], _number: int = 0) -> tuple[int, Any]:
    """Answer as a capable model would, by reading what the request shows."""
    kind = payload["response_format"]["json_schema"]["name"].partition("_")[0]
    if kind == "annotate":
        from pipeline.language.evidence import reread
        from pipeline.language.template_annotations import claim_by_rules

        passages = reread({"passages": evidence_of(payload, "passages")})
        return 200, reply(json.dumps(claim_by_rules(passages)))
    if kind == "refined":
        facts = evidence_of(payload, "facts")
        named = ", ".join(each["name"] for each in facts["diseases"]) or "a rash"
        return 200, reply(json.dumps({"caption": f"A clinical picture of {named} by the model."}))
    if kind == "ontology":
        first = evidence_of(payload, "diagnoses")[0]
        return 200, reply(json.dumps({"caption": f"The model calls it {first['name']}, plainly."}))
    seen = [each["name"] for each in evidence_of(payload, "concepts")]
    return 200, reply(json.dumps({"caption": f"The model sees {' and '.join(seen)} there."}))
