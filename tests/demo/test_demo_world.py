import csv
import gzip
import hashlib
import io
import itertools
import json
from collections import Counter

import av
import imagehash
import numpy as np
import pymupdf
import pytest
from lxml import etree
from PIL import Image
from pptx import Presentation

from pipeline.demo.boards import write_threads
from pipeline.demo.captions import json3
from pipeline.demo.decks import write_decks, write_online_decks
from pipeline.demo.truth import TruthBook
from pipeline.demo.world import build_world

GATHERED = {
    "pubmed": 20,
    "youtube": 20,
    "reddit": 10,
    "discourse": 6,
    "webforum": 7,
    "slides": 15,
    "ham10000": 60,
    "pad_ufes_20": 10,
}


def _figure_path(folder, row):
    bucket = folder / "pubmed" / "bucket"
    number = int(row["locator"].split("/")[0].removeprefix("F"))
    return next(bucket.glob(f"{row['item']}.*/*-g{number:03d}.*"))


def _reddit_path(folder, row):
    item = "else01" if row["item"] == "demo13" else row["item"]  # a crosspost of that one
    return folder / "reddit" / "media" / f"{item}p{row['locator']}.jpg"


def _webforum_path(folder, row):
    place = int(row["locator"].split("/")[0]) - 1
    return folder / "webforum" / "pictures" / f"{row['item']}-{place}.jpg"


def _discourse_path(folder, row):
    topics = json.loads((folder / "discourse" / "topics.json").read_text())
    topic = next(one for one in topics if str(one["id"]) == row["item"])
    post, index = (int(part) for part in row["locator"].split("/"))
    cooked = topic["posts"][post - 1]["cooked"]
    links = [part.split('"')[0] for part in cooked.split('class="lightbox" href="')[1:]]
    return folder / "discourse" / ("uploads/" + links[index].split("uploads/")[1])


def _ham_path(folder, row):
    return next((folder / "datasets" / "ham10000").glob(f"*/{row['item']}.jpg"))


def _pad_path(folder, row):
    return next((folder / "datasets" / "pad_ufes_20").glob(f"*/{row['item']}.png"))


PATHS = {
    "pubmed": _figure_path,
    "reddit": _reddit_path,
    "webforum": _webforum_path,
    "discourse": _discourse_path,
    "ham10000": _ham_path,
    "pad_ufes_20": _pad_path,
}


def test_every_picture_of_the_truth_lies_where_it_should(world):
    rows = world.truth["pictures"]
    assert len({(row["source"], row["item"], row["locator"]) for row in rows}) == len(rows)
    counts = Counter(row["source"] for row in rows)
    assert all(counts[source] >= least for source, least in GATHERED.items())
    for row in rows:
        if row["source"] in PATHS:
            assert PATHS[row["source"]](world.folder, row).stat().st_size > 2000


def test_what_is_known_of_a_picture_is_complete(world):
    skin = [row for row in world.truth["pictures"] if row["kind"] == "skin"]
    assert {row["skin_tone"] for row in skin} == set(range(1, 7))
    assert len({row["disease"] for row in skin}) >= 25
    for row in skin:
        assert row["disease"]
        assert row["concepts"]
        assert row["body_site"]
        assert 1 <= row["age"] <= 90
    kinds = {row["kind"] for row in world.truth["pictures"]}
    assert kinds == {"skin", "chart", "histology", "talking_head", "text_slide", "non_skin"}


def test_all_that_should_be_planted_is(world):
    names = {plant["name"] for plant in world.truth["plants"]}
    assert names >= {
        "author_manuscript",
        "captioned_gallery",
        "chart_figure",
        "compound_figure",
        "crosspost",
        "damaged_fulltext",
        "deleted_post",
        "deleted_reply",
        "diagnosis_in_reply",
        "duplicate_exact",
        "duplicate_near",
        "figure_without_caption",
        "forbidden_thread",
        "foreign_crosspost",
        "foreign_language",
        "histology_figure",
        "html_for_picture",
        "malformed_record",
        "missing_picture",
        "non_commercial_article",
        "non_skin_post",
        "other_category",
        "removed_post",
        "removed_video",
        "retracted_article",
        "truncated_jpeg",
        "unnamed_deck",
        "old_powerpoint",
        "html_for_deck",
        "two_page_thread",
        "two_versions",
        "unindexed_thread",
        "unlicensed_video",
    }


def _stills(world):
    """Return (name, picture) of every skin picture, panels and video scenes cut out."""
    for row in world.truth["pictures"]:
        name = f"{row['source']} {row['item']} {row['locator']}"
        if row["kind"] != "skin" or row["item"] == "ISIC_9900057":
            continue
        if row["source"] == "youtube":
            with av.open(str(world.folder / "youtube" / f"{row['item']}.mp4")) as video:
                middle = (row["start_s"] + row["end_s"]) / 2
                frame = next(one for one in video.decode(video=0) if one.time >= middle)
                yield name, frame.to_image()
        elif row["source"] in PATHS:
            with Image.open(PATHS[row["source"]](world.folder, row)) as picture:
                yield name, picture.crop(row["box"]) if row["box"] else picture.copy()


def test_only_the_planted_pictures_look_alike(world):
    hashes = [(name, imagehash.phash(picture)) for name, picture in _stills(world)]
    close = {}
    for (one, first), (two, second) in itertools.combinations(hashes, 2):
        if first - second < 12:
            close[frozenset((one, two))] = first - second
    assert close.keys() == {
        frozenset(("pubmed PMC9100005 F1", "discourse 101 1/0")),
        frozenset(("reddit demo06 0", "webforum t202 1/0")),
    }
    assert max(close.values()) <= 6


def test_the_exact_twin_has_the_same_bytes_and_the_near_twin_does_not(world):
    folder = world.folder
    one = _reddit_path(folder, {"item": "demo06", "locator": "0"})
    two = _webforum_path(folder, {"item": "t202", "locator": "1/0"})
    assert one.read_bytes() == two.read_bytes()
    figure = _figure_path(folder, {"item": "PMC9100005", "locator": "F1"})
    upload = _discourse_path(folder, {"item": "101", "locator": "1/0"})
    with Image.open(figure) as first, Image.open(upload) as second:
        assert first.size == (720, 540)
        assert second.size[0] == 620


def test_a_world_that_stands_is_kept_and_another_seed_takes_its_place(world, monkeypatch):
    told = []
    marker = world.folder / "marker"
    marker.touch()
    again = build_world(world.folder, progress=lambda *what: told.append(what))
    assert told == []
    assert marker.exists()
    assert again == world
    marker.unlink()


def test_an_incomplete_world_is_built_anew(tmp_path, monkeypatch):
    written = []

    def write(folder, seed, truth):
        written.append(seed)
        (folder / "file").write_text(str(seed))

    monkeypatch.setattr("pipeline.demo.world._CORPORA", (("files", "files", write),))
    folder = tmp_path / "world"
    (tmp_path / ".world-growing" / "files").mkdir(parents=True)
    assert build_world(folder, 1).truth["seed"] == 1
    build_world(folder, 1)
    assert written == [1]
    (folder / "truth.json").unlink()
    build_world(folder, 1)
    build_world(folder, 2)
    assert written == [1, 1, 2]
    assert (folder / "files" / "file").read_text() == "2"
    assert [path.name for path in tmp_path.iterdir()] == ["world"]


@pytest.mark.parametrize(
    ("write", "place"),
    [(write_decks, "decks"), (write_threads, "webforum"), (write_online_decks, "decks-online")],
)
def test_a_corpus_made_again_has_the_same_bytes(world, tmp_path, write, place):
    write(tmp_path, world.seed, TruthBook(world.seed))
    made = {path.relative_to(tmp_path): path for path in tmp_path.rglob("*") if path.is_file()}
    assert made
    for name, path in made.items():
        assert path.read_bytes() == (world.folder / place / name).read_bytes()


def test_the_world_is_small(world):
    assert sum(path.stat().st_size for path in world.folder.rglob("*")) < 40_000_000


def test_articles_hold_every_figure_form(world):
    bucket = world.folder / "pubmed" / "bucket"
    paths = {path.parent.name: path for path in sorted(bucket.glob("*/*.xml"))}
    assert len(paths) == 16
    with pytest.raises(etree.XMLSyntaxError):
        etree.parse(paths["PMC9100013.1"])
    paths["PMC9100013.1"] = world.folder / "pubmed" / "europepmc" / "PMC9100013.xml"
    trees = {name: etree.parse(path) for name, path in paths.items()}
    forms = ("floats-group/fig", "p/fig", "boxed-text/fig", "fig/alternatives")
    for form in forms:
        assert any(tree.xpath(f"//{form}") for tree in trees.values()), form
    assert len(trees["PMC9100006.1"].xpath("//fig[not(caption)]")) == 1
    assert len(trees["PMC9100001.1"].xpath("//fig[@id='F1']//caption//bold")) == 4
    old, new = ("".join(trees[f"PMC9100007.{n}"].xpath("//caption//text()")) for n in (1, 2))
    assert "Corrected" in new
    assert "Corrected" not in old


def test_media_of_the_metadata_exist_with_the_digest_that_is_told(world):
    bucket = world.folder / "pubmed" / "bucket"
    for path in sorted((bucket / "metadata").glob("*.json")):
        metadata = json.loads(path.read_text())
        for address in [*metadata["media_urls"], metadata["xml_url"]]:
            key, digest = address.removeprefix("s3://pmc-oa-opendata/").split("?md5=")
            assert hashlib.md5((bucket / key).read_bytes()).hexdigest() == digest


def test_the_inventory_of_the_day_before_lists_the_metadata(world):
    bucket = world.folder / "pubmed" / "bucket"
    older, newer = sorted(bucket.glob("inventory-reports/*/metadata/*/manifest.json"))
    with pytest.raises(ValueError, match=r"Unterminated string|Expecting"):
        json.loads(newer.read_text())
    (file,) = json.loads(older.read_text())["files"]
    packed = (bucket / file["key"]).read_bytes()
    assert (file["size"], file["MD5checksum"]) == (len(packed), hashlib.md5(packed).hexdigest())
    rows = {row[1]: row[3] for row in csv.reader(io.StringIO(gzip.decompress(packed).decode()))}
    there = {f"metadata/{path.name}": path for path in (bucket / "metadata").iterdir()}
    assert set(there) - set(rows) == {"metadata/PMC91000112.1.json"}
    assert all(hashlib.md5(there[key].read_bytes()).hexdigest() == rows[key] for key in rows)


def test_the_boxes_of_a_compound_figure_lie_in_it(world):
    rows = [row for row in world.truth["pictures"] if row["item"] == "PMC9100001" and row["box"]]
    assert [row["locator"] for row in rows] == ["F1/a", "F1/b", "F1/c", "F1/d"]
    with Image.open(_figure_path(world.folder, rows[0])) as picture:
        for row in rows:
            x0, y0, x1, y1 = row["box"]
            assert 0 < x0 < x1 < picture.width
            assert 0 < y0 < y1 < picture.height


def test_videos_cut_where_the_truth_says_and_captions_follow(world):
    rows = [row for row in world.truth["pictures"] if row["item"] == "dcDemoVid01"]
    with av.open(str(world.folder / "youtube" / "dcDemoVid01.mp4")) as video:
        frames = [(f.time, f.to_ndarray(format="gray")[::8, ::8]) for f in video.decode(video=0)]
    assert frames[-1][0] == pytest.approx(37, abs=0.1)
    cuts = [
        when
        for (_, before), (when, after) in itertools.pairwise(frames)
        if np.abs(before.astype(int) - after).mean() > 6
    ]
    assert cuts == pytest.approx([row["start_s"] for row in rows[1:]], abs=0.1)
    events = json.loads((world.folder / "youtube" / "dcDemoVid01.json3").read_text())["events"]
    scene = next(row for row in rows if row["disease"] == "lichen planus")
    said = "".join(
        seg["utf8"]
        for event in events
        if scene["start_s"] * 1000 <= event["tStartMs"] < scene["end_s"] * 1000
        for seg in event.get("segs", [])
    )
    assert "lichen planus" in said.replace("\n", " ")


def test_json3_times_words_within_their_passage():
    events = json3([(2.0, 4.0, "one two three four five six seven eight")], 9.0)["events"]
    assert events[0]["dDurationMs"] == 9000
    assert "segs" not in events[0]
    lines = [event for event in events if not event.get("aAppend") and "segs" in event]
    assert [event["tStartMs"] for event in lines] == [2000, 3750]
    assert lines[0]["segs"][1] == {"utf8": " two", "acAsrConf": 0, "tOffsetMs": 250}
    assert sum(event.get("aAppend", 0) for event in events) == 2


def test_decks_show_pictures_over_captions_and_a_logo_on_every_page(world):
    rows = [row for row in world.truth["pictures"] if row["source"] == "slides"]
    with pymupdf.open(world.folder / "decks" / "skin-cancer-lecture.pdf") as deck:
        assert len(deck) == 11
        logo = set.intersection(*({one[0] for one in page.get_images()} for page in deck))
        assert len(logo) == 1
        page = deck[1]
        assert "Melanoma" in page.get_text()
        box = max(page.get_image_info(), key=lambda one: one["height"])["bbox"]
        captions = [block for block in page.get_text("blocks") if block[1] >= box[3]]
        assert any("melanoma" in block[4].lower() for block in captions)
    locators = {row["locator"].split("/")[0] for row in rows if row["item"].endswith("e.pdf")}
    assert locators == {f"p{number}" for number in range(2, 12)}
    slides = Presentation(world.folder / "decks" / "rashes-for-students.pptx").slides
    assert len(slides) == 9
    assert "plaque psoriasis" in slides[1].notes_slide.notes_text_frame.text
    assert sum(shape.shape_type == 13 for shape in slides[2].shapes) == 3


def test_the_dataset_has_the_shape_of_ham10000(world):
    folder = world.folder / "datasets" / "ham10000"
    with (folder / "HAM10000_metadata.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization"]
    assert len(rows) == 60
    assert {row["dx"] for row in rows} == {"nv", "mel", "bkl", "bcc", "akiec", "vasc", "df"}
    assert max(Counter(row["lesion_id"] for row in rows).values()) == 2
    broken = []
    for row in rows:
        with Image.open(next(folder.glob(f"*/{row['image_id']}.jpg"))) as picture:
            try:
                picture.load()
            except OSError:
                broken.append(row["image_id"])
    assert broken == ["ISIC_9900057"]


def test_the_photographs_have_the_shape_of_pad_ufes_20(world):
    folder = world.folder / "datasets" / "pad_ufes_20"
    with (folder / "metadata.csv").open() as file:
        rows = list(csv.DictReader(file))
    names = {path.name for path in folder.glob("imgs_part_*/*.png")}
    drawn = [row for row in world.truth["pictures"] if row["source"] == "pad_ufes_20"]
    assert len(rows) == 12
    assert list(rows[0])[:2] == ["patient_id", "lesion_id"]
    assert list(rows[0])[-2:] == ["img_id", "biopsed"]
    assert {row["diagnostic"] for row in rows} == {"ACK", "BCC", "MEL", "NEV", "SCC", "SEK"}
    assert set(Counter(row["patient_id"] for row in rows).values()) == {2}
    assert names == {f"{row['item']}.png" for row in drawn}
    assert [row["img_id"] for row in rows if row["img_id"] not in names] == [
        row["img_id"] for row in rows[10:]
    ]
    assert rows[11]["age"] == "999"
