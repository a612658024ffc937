import json
from pathlib import Path

import pytest

from pipeline.audit.trace import trace
from pipeline.errors import NotFoundError
from pipeline.store import Run
from tests.release.release_world import A_COPY, A

A_FILE = "pubmed/PMC1_F1_a-b017e32e.jpg"


@pytest.mark.parametrize(
    ("name", "found_by"),
    [
        (A_FILE, "filename"),
        (f"images/{A_FILE}", "filename"),
        (A, "image_id"),
        (A_COPY, "image_id"),
        ("board:b1", "item_id"),
        ("https://board.example/b1", "page_url"),
        ("https://files.example/board/b1/p1-1.jpg", "media_url"),
    ],
)
def test_every_name_leads_to_the_row(run: Run, release: Path, name: str, found_by: str) -> None:
    told = trace(run, release, name)
    assert told["found_by"] == found_by
    assert A_FILE in [row["filename"] for row in told["rows"]]


def test_page_leads_to_every_row_that_it_fed(run: Run, release: Path) -> None:
    told = trace(run, release, "https://videos.example/V1")
    assert [row["row"]["image_id"] for row in told["rows"]] == [
        "videos:V1#t=10.0s",
        "videos:V1#t=30.0s",
    ]


def test_every_step_is_told(run: Run, release: Path) -> None:
    row = trace(run, release, A_FILE)["rows"][0]
    assert row["derm1m"]["file"] == "Derm1M_v2_pretrain.csv"
    assert row["derm1m"]["cells"]["caption"] == "A scaly plaque on the elbow."
    caption = row["captions"][0]
    assert caption["prompt_id"] == "refined/v1"
    assert (caption["model_id"], caption["model_revision"]) == ("template", "1")
    assert caption["sampling"] == '{"temperature":0.0}'
    assert caption["grounding"] == "supported"
    assert json.loads(caption["raw"])["caption"] == "A scaly plaque on the elbow."
    assert (row["label"]["matched"], row["label"]["method"]) == ("Psoriasis", "exact")
    assert row["annotation"]["body_sites"][0]["span"] == "elbow"
    assert row["texts"][0]["text"] == "Psoriasis of the elbow, F1/a, with scale."
    assert row["texts"][0]["method"] == "figure_caption"
    assert row["verdict"]["skin_share"] == 0.5
    assert row["fingerprint"]["phash"] == 2001
    assert [each["method"] for each in row["duplicates"]] == ["phash", "canonical"]
    copy, shown = row["origins"]
    assert copy["item"]["licence_evidence"] == "footer: CC-BY-4.0"
    assert shown["picture"]["box"] == [0, 0, 48, 40]
    assert shown["picture"]["bytes"] == shown["file"]["bytes"] == "intact"
    assert shown["file"]["url"] == "https://files.example/papers/PMC1/F1_a.jpg"
    assert shown["file"]["collector"] == "papers"
    assert shown["file"]["retrieved_at"] == "2026-11-01T12:00:00+00:00"
    assert json.loads(json.dumps(row)) == row


def test_lost_and_damaged_bytes_are_told(run: Run, release: Path) -> None:
    shown = trace(run, release, A)["rows"][0]["origins"][1]
    run.workspace.media.remove(shown["file"]["sha256"])
    with run.workspace.media.as_file(shown["picture"]["sha256"]) as blob:
        blob.write_bytes(b"other")
    after = trace(run, release, A)["rows"][0]["origins"][1]
    assert (after["file"]["bytes"], after["picture"]["bytes"]) == ("missing", "damaged")


def test_what_is_not_released_is_answered_with_the_reason(run: Run, release: Path) -> None:
    with pytest.raises(NotFoundError, match=r"verdicts: drop histology"):
        trace(run, release, "papers:PMC4#F2")
    with pytest.raises(NotFoundError, match=r"items: retracted"):
        trace(run, release, "papers:PMC2")
    with pytest.raises(NotFoundError, match=r"PMC2 \(items: retracted\)"):
        trace(run, release, "https://papers.example/PMC2")
    with pytest.raises(NotFoundError, match="name a file below images/"):
        trace(run, release, "https://papers.example/unheard-of")
    with pytest.raises(NotFoundError, match="name a file below images/"):
        trace(run, release, "pubmed/nothing.jpg")
