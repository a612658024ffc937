"""The client against a real server on loopback, in good days and bad."""

import json
import socket
import threading

import pytest
from pydantic import SecretStr

from pipeline.catalog import Model, Sampling
from pipeline.errors import ModelError
from pipeline.language.client import ChatEngine, Patience
from pipeline.language.engine import Asker, make_request
from pipeline.language.prompts import load_prompt
from tests.language.language_world import ChatServer, reply

QUICK = Patience(answer_s=5, connect_s=2, backoff_s=0.01, pool_s=0.2)
GOOD = json.dumps({"caption": "A scaly plaque on the elbow."})


def entry(*urls, **told):
    fields = {"engine": "openai", "name": "m", "revision": "r1", "endpoints": urls, **told}
    return Model(**fields)


def requests(count=1, attempts=3, **sampling):
    asker = Asker.of("m1", entry("http://x"), Sampling(**{"max_tokens": 100, **sampling}), attempts)
    prompt = load_prompt("concept/v1")
    return [
        make_request(asker, prompt, f"s:{n}#a", {"concepts": [str(n)], "body_sites": []}, 40 + n)
        for n in range(count)
    ]


def ask(servers, asked, *, patience=QUICK, key=None, **told):
    urls = [each.url for each in servers]
    engine = ChatEngine("m1", entry(*urls, **told), urls, key, patience)
    return {request.image_id: answer for request, answer in engine.ask(asked)}


def ok(_payload, _number):
    return 200, reply(GOOD)


def test_a_valid_answer_is_parsed_and_noted(chat_server):
    server = chat_server(ok)

    answer = ask([server], requests(), key=SecretStr("secret"))["s:0#a"]

    assert answer.status == "ok"
    assert answer.parsed == {"caption": "A scaly plaque on the elbow."}
    assert (answer.raw, answer.finish_reason) == (GOOD, "stop")
    assert (answer.n_tokens_in, answer.n_tokens_out, answer.attempt) == (11, 5, 1)
    assert (answer.engine, answer.model_id, answer.model_revision) == ("openai", "m1", "r1")
    assert server.keys == ["Bearer secret"]


def test_all_sampling_and_the_schema_are_sent(chat_server):
    server = chat_server(ok)

    ask([server], requests())

    (sent,) = server.requests
    schema = load_prompt("concept/v1").answer_schema
    assert sent["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "concept_v1", "schema": schema, "strict": True},
    }
    told = {name: sent[name] for name in ("temperature", "top_p", "max_tokens", "seed", "n")}
    assert told == {"temperature": 0.2, "top_p": 0.95, "max_tokens": 100, "seed": 40, "n": 1}
    assert (sent["model"], sent["stream"]) == ("m", False)
    assert server.keys == [None]


@pytest.mark.parametrize(
    ("first", "changed"),
    [
        ((200, reply("{not json")), {"seed": 41}),
        ((200, reply('{"caption": "short"}')), {"seed": 41}),
        ((200, reply('{"caption": "raw\ncontrol character in a string"}')), {"seed": 41}),
        ((200, reply('{"caption": NaN}')), {"seed": 41}),
        ((200, reply(None)), {"seed": 41}),
        ((200, reply('{"caption": "half a character \\ud800 in it"}')), {"seed": 41}),
        ((200, reply('{"caption": "half a character \ud800 bare"')), {"seed": 41}),
        ((200, reply('{"caption": "A sca', "length")), {"max_tokens": 200}),
        ((500, {"error": "oops"}), {}),
        ((429, {"error": "busy"}), {}),
        ((200, b"<html>"), {}),
        ((200, {"choices": []}), {}),
    ],
)
def test_each_fault_has_its_rung(chat_server, first, changed):
    server = chat_server(lambda _payload, number: first if number == 1 else (200, reply(GOOD)))

    answer = ask([server], requests())["s:0#a"]

    one, two = server.requests
    assert {**one, **changed} == two
    assert (answer.status, answer.attempt) == ("ok", 2)
    assert answer.seed == two["seed"]
    assert answer.sampling["max_tokens"] == two["max_tokens"]


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ((200, reply("nope")), "malformed", "not JSON"),
        ((200, reply('{"caption": "x", "more": 1}')), "malformed", "more"),
        ((200, reply("{", "length")), "truncated", "max_tokens"),
        ((503, {}), "server_error", "HTTP 503"),
    ],
)
def test_a_question_without_an_answer_is_a_failed_row(chat_server, body, status, told):
    server = chat_server(lambda _payload, _number: body)

    answer = ask([server], requests())["s:0#a"]

    assert (answer.status, answer.attempt, len(server.requests)) == (status, 3, 3)
    assert told in answer.error
    assert answer.parsed is None


@pytest.mark.parametrize(
    "body",
    [
        (400, {"error": "the prompt is too long"}),
        (200, reply(None, refusal="I must not")),
        (200, reply("x", "content_filter")),
    ],
)
def test_a_refusal_is_not_asked_again(chat_server, body):
    server = chat_server(lambda _payload, _number: body)

    answer = ask([server], requests())["s:0#a"]

    assert (answer.status, len(server.requests)) == ("refused", 1)


def test_room_for_an_answer_ends_at_the_context(chat_server):
    server = chat_server(lambda _payload, _number: (200, reply("{", "length")))

    ask([server], requests(), context_tokens=161)

    assert [each["max_tokens"] for each in server.requests] == [100, 150, 150]
    assert [each["seed"] for each in server.requests] == [40, 40, 41]


def test_a_slow_answer_is_given_up(chat_server):
    server = chat_server(ok)
    server.delay_s = 0.4

    answer = ask([server], requests(attempts=2), patience=Patience(0.1, 1, 0.01, 0.2))["s:0#a"]

    assert (answer.status, answer.attempt) == ("timeout", 2)


@pytest.mark.parametrize("status", [401, 404, 307])
def test_a_wrong_setup_stops_everything(chat_server, status):
    server = chat_server(lambda _payload, _number: (status, {"message": "no such model"}))

    with pytest.raises(ModelError, match=rf"answers {status} for model m .*no such model"):
        ask([server], requests(20))
    assert len(server.requests) <= 20


def test_many_are_in_flight_but_no_more_than_the_catalog_allows(chat_server):
    servers = [chat_server(ok), chat_server(ok)]
    for server in servers:
        server.delay_s = 0.02

    answers = ask(servers, requests(60), concurrency=4)

    assert len(answers) == 60
    assert {each.status for each in answers.values()} == {"ok"}
    assert [2 <= each.most_in_flight <= 5 for each in servers] == [True, True]
    # least busy first: neither idles
    assert min(len(each.requests) for each in servers) >= 20


def test_requests_are_drawn_as_answers_are_taken(chat_server):
    server = chat_server(ok)
    drawn = []

    def endless():
        while True:
            drawn.append(1)
            yield requests(1)[0]

    engine = ChatEngine("m1", entry(server.url, concurrency=2), [server.url], None, QUICK)
    answers = engine.ask(endless())
    for _ in range(10):
        next(answers)
    answers.close()

    assert len(drawn) <= 10 + 2 * 2 + 1
    assert not [each for each in threading.enumerate() if each.name == "talk"]


def test_a_dead_endpoint_leaves_the_pool_and_nothing_is_lost(chat_server):
    dead, live = chat_server(lambda _payload, _number: (0, None)), chat_server(ok)

    answers = ask([dead, live], requests(30), concurrency=2)

    assert {each.status for each in answers.values()} == {"ok"}
    assert len(dead.requests) <= 4
    assert len(live.requests) == 30


def test_an_endpoint_that_comes_back_is_used_again(chat_server):
    # the connection is cut twice; between, the endpoint answers when it is asked for its models
    server = chat_server(lambda _payload, number: (0, None) if number <= 2 else (200, reply(GOOD)))

    answer = ask([server], requests())["s:0#a"]

    assert (answer.status, answer.attempt) == ("ok", 1)
    assert len(server.requests) == 3


def test_a_question_that_always_cuts_the_connection_is_given_up(chat_server):
    server = chat_server(lambda _payload, _number: (0, None))

    answer = ask([server], requests(attempts=1))["s:0#a"]

    assert answer.status == "server_error"


def test_no_endpoint_left_is_one_clear_sentence():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/v1"
    engine = ChatEngine("m1", entry(url), [url], None, QUICK)

    with pytest.raises(ModelError, match=rf"no endpoint of model m1 answers: {url} \(ConnectError"):
        list(engine.ask(requests(5)))


def test_answers_before_the_death_are_given():
    server = ChatServer(ok)
    engine = ChatEngine("m1", entry(server.url, concurrency=1), [server.url], None, QUICK)
    answers = engine.ask(requests(50))

    first = next(answers)
    server.stop()

    assert first[1].status == "ok"
    with pytest.raises(ModelError, match="answers that came are kept"):
        list(answers)


def test_a_model_without_endpoints():
    with pytest.raises(ModelError, match="has no endpoint"):
        ChatEngine("m1", entry("http://x"), [])


def test_a_request_key_depends_on_all_that_an_answer_depends_on():
    asker = Asker.of("m1", entry("http://x"), Sampling(), 3)
    prompt, other = load_prompt("concept/v1"), load_prompt("ontology/v1")
    changed = Asker.of("m1", entry("http://x", revision="r2"), Sampling(), 3)
    warmer = Asker.of("m1", entry("http://x"), Sampling(temperature=0.9), 3)
    seen = {"concepts": [], "body_sites": []}

    def key(by=asker, said=prompt, image="a", evidence=seen, seed=1):
        return make_request(by, said, image, evidence, seed).request_sha256

    keys = [key(), key(by=changed), key(by=warmer), key(said=other), key(seed=2)]
    keys.append(key(evidence={**seen, "concepts": ["x"]}))
    assert len(set(keys)) == 6
    assert key(image="b") == key()
