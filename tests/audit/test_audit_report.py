import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pipeline.audit.figures import bars, choose_gallery, shared_pictures, thumbnail, word_bins
from pipeline.audit.report import funnel_row, web_link, write_report
from pipeline.errors import ReleaseError
from pipeline.release.build import build_release
from pipeline.release.published import open_release
from pipeline.store import Run
from tests.release.release_world import make_catalog, make_world

HOSTILE = '<script>alert("x")</script> <img src=x onerror=alert(1)>'


class Page(HTMLParser):
    """What a page links to, and whether its tags are closed."""

    VOID = ("meta", "img", "input", "br", "link")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data.split()

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture
def page(run: Run, release: Path, tmp_path: Path) -> Page:
    return Page(write_report(run, release, tmp_path / "reports" / "r.html").read_text("utf-8"))


def test_page_is_whole_and_needs_no_network(page: Page) -> None:
    assert page.open == []
    assert not page.all("link")
    assert all("src" not in script for script in page.all("script"))
    pictures = page.all("img")
    assert len(pictures) == 6
    assert all(str(each["src"]).startswith("data:image/jpeg;base64,") for each in pictures)
    assert all(each["alt"] for each in pictures)
    policy = next(m for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert str(policy["content"]).startswith("default-src 'none'; img-src data:;")


def test_page_names_funnel_reasons_captions_and_origins(page: Page) -> None:
    text = " ".join(page.words)
    assert "papers 4 1 3 6 3 2" in text  # listed, left out, fetched, pictures, kept, released
    assert "retracted 1" in text
    assert "talking head 1" in text
    assert "licence tier 1" in text
    assert "board and papers 1" in text
    assert "A scaly plaque on the elbow." in text
    assert "This skin photo shows scale." in text
    assert "About b1 , p1-1 (the same picture)" in text
    links = [each["href"] for each in page.all("a")]
    assert "https://papers.example/PMC1" in links
    bar = next(each for each in page.all("span") if each.get("role") == "img")
    assert bar["aria-label"] == "2 released, 1 withheld, 1 dropped, 2 failed"


def test_report_is_the_same_each_time(run: Run, release: Path, tmp_path: Path) -> None:
    one = write_report(run, release, tmp_path / "a.html").read_bytes()
    assert write_report(run, release, tmp_path / "b.html").read_bytes() == one
    assert sorted(each.name for each in tmp_path.glob("*.html")) == ["a.html", "b.html"]


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    world = make_world(tmp_path / "workspace")
    caption = "videos:V1#t=10.0s@refined@template@1"
    world.change("captions", "caption_id", caption, text=HOSTILE, truncated_text=HOSTILE)
    world.change(
        "items", "item_id", "videos:V1", title=HOSTILE, page_url="javascript:alert(document.domain)"
    )
    world.write()
    run = Run(world.workspace, make_catalog(), "template")
    path = write_report(run, build_release(run, "derm"), tmp_path / "r.html")
    page = Page(path.read_text("utf-8"))
    assert len(page.all("script")) == 1
    assert len(page.all("img")) == 6
    assert not any(str(each["href"]).startswith("javascript") for each in page.all("a"))
    assert 'alert("x")' in " ".join(page.words)


def test_no_release_is_a_sentence(run: Run, tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="is no release"):
        write_report(run, tmp_path, tmp_path / "r.html")


def test_funnel_segments_fill_the_whole() -> None:
    row = funnel_row(
        "papers",
        {
            "listed": 9,
            "fetched": 8,
            "images": 8,
            "kept": 5,
            "released": 4,
            "left_out": {"retracted": 1},
            "media_failed": {},
            "withheld": {"no_caption": 1},
            "dropped": {"blank": 1, "chart": 1},
            "failed": {"truncated": 1},
        },
    )
    assert row["segments"] == [
        ("released", 4, 50.0),
        ("withheld", 1, 12.5),
        ("dropped", 2, 25.0),
        ("failed", 1, 12.5),
    ]
    assert row["left_out"] == 1
    assert ("Dropped", [("blank", 1), ("chart", 1)]) in row["reasons"]


def test_bars_gather_the_rest() -> None:
    told = bars([("a", 8), ("b", 4), ("c", 1), ("d", 1)], top=2)
    assert [(bar.label, bar.count, bar.percent) for bar in told] == [
        ("a", 8, 100.0),
        ("b", 4, 50.0),
        ("2 more", 2, 25.0),
    ]
    assert bars([]) == []
    assert [bar.percent for bar in bars([("a", 0)])] == [0.0]


def test_word_bins() -> None:
    assert word_bins(["one two", "w " * 11, "w " * 500, ""]) == [
        ("1–10 words", 1),
        ("11–20 words", 1),
        *((f"{n}1–{n + 1}0 words", 0) for n in range(2, 8)),
        ("81 or more words", 1),
    ]
    assert word_bins([]) == []


def test_gallery_takes_the_sources_in_turn() -> None:
    rows = [{"image_id": f"a:{n}", "source": "a"} for n in range(30)]
    rows += [{"image_id": f"b:{n}", "source": "b"} for n in range(2)]
    chosen = choose_gallery(rows, 6)
    assert [row["source"] for row in chosen] == ["a", "b", "a", "b", "a", "a"]
    assert chosen == choose_gallery(rows[::-1], 6)
    assert len(choose_gallery(rows)) == 24


def test_shared_pictures_count_each_pair_of_sources_once(release: Path) -> None:
    assert shared_pictures(open_release(release).provenance()) == [("board and papers", 1)]


def test_thumbnail_of_nothing_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(b"no picture")
    assert thumbnail(tmp_path / "x.jpg") == thumbnail(tmp_path / "none.jpg") == ""


def test_web_links() -> None:
    assert web_link("https://a.example/") == "https://a.example/"
    assert web_link("javascript:x") == web_link("data:text/html,x") == ""


def test_template_has_no_remote_address() -> None:
    template = (Path(__file__).parents[2] / "pipeline" / "audit" / "report.html.jinja").read_text(
        "utf-8"
    )
    assert not re.search(r"https?://|//cdn|@import|url\(", template)
