"""One picture is one cluster; two pictures never are, however alike their hashes."""

import cv2
import numpy as np
import pytest

from pipeline.demo.lesions import shade
from pipeline.demo.pictures import generator, noise
from pipeline.demo.skin import lit_skin, to_picture
from pipeline.images.duplicates import DEDUPLICATE, find_duplicates
from pipeline.images.fingerprint import fingerprint_pixels
from pipeline.images.similarity import compare, make_thumb, structural_similarity
from pipeline.store import Bench
from schemas import FINGERPRINTS, IMAGES, ITEMS, PAIRS
from tests.images.conftest import draw, saved

OPTIONS = {"duplicate_distance": 4, "candidate_distance": 8}


def clusters(corpus, fingerprints=None) -> dict[str, dict]:
    tables = corpus.tables()
    prints = fingerprints if fingerprints is not None else corpus.fingerprints()
    bench = Bench(corpus.media, OPTIONS)
    (found,) = find_duplicates(bench, prints, tables["images"], tables["items"], tables["pairs"])
    assert found["image_id"].to_pylist() == tables["images"]["image_id"].to_pylist()
    return {row["image_id"]: row for row in found.to_pylist()}


def cropped(pixels, left, top, right, bottom) -> np.ndarray:
    height, width = pixels.shape[:2]
    kept = pixels[int(height * top) : height - int(height * bottom)]
    return np.ascontiguousarray(kept[:, int(width * left) : width - int(width * right)])


def resized(pixels, share) -> np.ndarray:
    return cv2.resize(pixels, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)


def tilted(pixels, degrees) -> np.ndarray:
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.05)
    return cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_CUBIC)


def mole(key: str, tone: int = 3) -> np.ndarray:
    """Draw a round brown mole in the middle of plain skin: one light, other pores and pigment."""
    rng = generator(3, key)
    light = cv2.GaussianBlur(lit_skin(generator(3, "light"), tone, 320, 240), (0, 0), 12)
    own = lit_skin(rng, tone, 320, 240)
    mask = np.zeros((240, 320), np.float32)
    cv2.circle(mask, (160, 120), 48, 1.0, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), 3) * (0.7 + 0.3 * noise(rng, 240, 320, coarsest=14))
    lab = light + own - cv2.GaussianBlur(own, (0, 0), 12)
    return to_picture(shade(generator(3, "shade"), lab, mask, "brown", tone), rng)


CHANGES = {
    "recompressed": lambda pixels: saved(pixels, 45),
    "half the size": lambda pixels: saved(resized(pixels, 0.5), 80),
    "brighter": lambda pixels: saved(np.clip(pixels * 1.1 + 8, 0, 255).astype(np.uint8), 90),
    "cut by 2 %": lambda pixels: saved(cropped(pixels, 0.02, 0.01, 0.0, 0.01), 80),
    "cut by 8 %": lambda pixels: saved(cropped(pixels, 0.04, 0.04, 0.04, 0.04), 85),
    "cut by 12 %": lambda pixels: saved(cropped(pixels, 0.06, 0.06, 0.06, 0.06), 85),
    "cut in a corner": lambda pixels: saved(cropped(pixels, 0.07, 0.0, 0.01, 0.06), 85),
    "framed": lambda pixels: saved(
        cv2.copyMakeBorder(pixels, 40, 90, 25, 25, cv2.BORDER_CONSTANT, value=(255,) * 3), 85
    ),
    "mirrored": lambda pixels: saved(pixels[:, ::-1], 85),
    "turned left": lambda pixels: saved(np.rot90(pixels, 1), 85),
    "upside down": lambda pixels: saved(np.rot90(pixels, 2), 85),
    "turned right": lambda pixels: saved(np.rot90(pixels, 3), 85),
    "tilted": lambda pixels: saved(tilted(pixels, 2.0), 85),
}


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_a_changed_copy_joins_its_picture(corpus, change) -> None:
    originals = [draw(f"copy {number}", 1 + number, 480, 360) for number in range(6)]
    for number, pixels in enumerate(originals):
        corpus.add(f"PMC{number}", pixels)
        corpus.add(f"PMC{number}copy", CHANGES[change](pixels), tier="non-commercial")
    found = clusters(corpus)
    for number in range(6):
        one, copy = (found[f"pubmed:PMC{number}{end}#F1"] for end in ("", "copy"))
        assert (one["method"], one["distance"]) == ("canonical", 0)
        assert copy["canonical_id"] == copy["cluster_id"] == one["image_id"]
        assert copy["method"] in {"phash", "view"}
        if change in {"mirrored", "framed", "turned left", "upside down", "turned right"}:
            assert copy["method"] == "view"


def test_equal_pixels_are_one_picture_even_when_blank(corpus) -> None:
    blank = np.full((120, 160, 3), 240, np.uint8)
    nearly = blank.copy()
    nearly[:60] = 241
    for key, pixels in (("PMC1", blank), ("PMC2", blank), ("PMC3", nearly)):
        corpus.add(key, pixels)
    found = [(row["method"], row["canonical_id"]) for row in clusters(corpus).values()]
    assert found == [
        ("canonical", "pubmed:PMC1#F1"),
        ("pixels", "pubmed:PMC1#F1"),
        ("single", "pubmed:PMC3#F1"),
    ]


def test_different_pictures_stay_apart(corpus) -> None:
    for number in range(24):
        corpus.add(f"PMC{number:02}", draw(f"apart {number}", 1 + number % 6))
    assert {row["method"] for row in clusters(corpus).values()} == {"single"}


def test_two_moles_on_plain_skin_are_two_pictures(corpus) -> None:
    moles = [mole(f"mole {number}") for number in range(40)]
    hashes = [fingerprint_pixels(pixels)["phash"] for pixels in moles]
    near = [
        (one, other)
        for one in range(40)
        for other in range(one)
        if (hashes[one] ^ hashes[other]).bit_count() <= 8
    ]
    assert near  # the hashes alone would call some of them one picture
    for number, pixels in enumerate(moles):
        corpus.add(f"PMC{number:02}", pixels)
    found = clusters(corpus)
    joined = {row["image_id"] for row in found.values() if row["method"] != "single"}
    assert not joined


def test_two_slides_of_one_template_are_two_pictures(corpus) -> None:
    rng = np.random.default_rng(12)
    for number in range(12):
        slide = np.full((405, 720, 3), 255, np.uint8)
        slide[:60] = (30, 60, 120)
        for line in range(6):
            words = "".join(rng.choice(list("abcdefghiklmnoprstu   "), 26))
            at = (30, 110 + 45 * line)
            cv2.putText(slide, words, at, cv2.FONT_HERSHEY_SIMPLEX, 0.8, (40, 40, 40), 2)
        corpus.add(f"PMC{number:02}", slide)
    hashes = [row["phash"] for row in corpus.fingerprints().to_pylist()]
    assert min((hashes[0] ^ each).bit_count() for each in hashes[1:]) <= 16
    assert {row["method"] for row in clusters(corpus).values()} == {"single"}


def test_the_same_hash_in_other_colours_is_another_picture(corpus) -> None:
    pixels = draw("colours", 3)
    corpus.add("PMC1", pixels)
    corpus.add("PMC2", np.ascontiguousarray(pixels[..., ::-1]))
    tampered = corpus.fingerprints().to_pylist()
    tampered[1]["phash"] = tampered[0]["phash"]
    found = clusters(corpus, FINGERPRINTS.table(tampered))
    assert {row["method"] for row in found.values()} == {"single"}


def test_the_canonical_picture_is_the_usable_then_the_freest_then_the_largest(corpus) -> None:
    pixels = draw("chosen", 5, 480, 360)
    big, small = saved(pixels, 90), saved(resized(pixels, 0.6), 90)
    corpus.add("PMC1", big, status="retracted")
    corpus.add("PMC2", big, spoken=False)
    corpus.add("PMC3", big, tier="non-commercial")
    corpus.add("PMC5", small)
    corpus.add("PMC6", saved(pixels, 80))
    corpus.add("PMC4", saved(pixels, 70))
    assert {row["canonical_id"] for row in clusters(corpus).values()} == {"pubmed:PMC4#F1"}


def test_a_chain_of_small_changes_does_not_become_one_cluster(corpus) -> None:
    start = draw("chain", 2, 480, 360)
    for step in range(9):
        share = 0.035 * step
        corpus.add(f"PMC{step}", saved(cropped(start, share, share, share, share), 90))
    found = clusters(corpus)
    assert found["pubmed:PMC1#F1"]["canonical_id"] == "pubmed:PMC0#F1"
    assert found["pubmed:PMC8#F1"]["canonical_id"] != "pubmed:PMC0#F1"


def test_clusters_do_not_depend_on_the_order_of_rows(corpus) -> None:
    for number in range(5):
        pixels = draw(f"order {number}", 1 + number)
        corpus.add(f"PMC{number}", pixels)
        corpus.add(f"PMC{number}b", saved(pixels, 60))
        corpus.add(f"PMC{number}c", cropped(pixels, 0.03, 0.03, 0.03, 0.03))
    before = clusters(corpus)
    order = np.random.default_rng(4).permutation(len(corpus.images))
    corpus.images = [corpus.images[at] for at in order]
    corpus.items.reverse()
    assert clusters(corpus) == before


def test_what_has_no_fingerprint_is_a_row_of_its_own(corpus) -> None:
    corpus.add("PMC1", None)
    corpus.add("PMC2", draw("alone"))
    broken, alone = clusters(corpus).values()
    assert (broken["status"], broken["method"]) == ("no_fingerprint", "none")
    assert broken["canonical_id"] == broken["image_id"]
    assert (alone["method"], alone["benchmark"]) == ("single", None)


def test_no_pictures_give_no_rows(corpus) -> None:
    assert clusters(corpus) == {}


def test_a_picture_whose_blob_is_gone_is_not_taken_for_another(corpus) -> None:
    pixels = draw("gone", 4, 480, 360)
    corpus.add("PMC1", pixels)
    corpus.add("PMC2", cropped(pixels, 0.06, 0.06, 0.06, 0.06))
    prints = corpus.fingerprints()
    corpus.media.remove(corpus.images[1]["sha256"])
    assert [row["method"] for row in clusters(corpus, prints).values()] == ["single", "single"]


def test_structural_similarity_is_one_for_equal_and_ignores_exposure() -> None:
    grey = draw("thumb", 1, 96, 96)[..., 0].astype(np.float32)
    whole = np.ones(grey.shape, np.bool_)
    assert structural_similarity(grey, grey, whole) == pytest.approx(1.0, abs=1e-5)
    assert structural_similarity(grey, grey * 0.8 + 12, whole) == pytest.approx(1.0, abs=1e-4)


def test_a_mark_on_a_picture_does_not_make_it_another() -> None:
    pixels = draw("marked", 2)
    marked = pixels.copy()
    cv2.putText(marked, "atlas", (60, 200), cv2.FONT_HERSHEY_SIMPLEX, 2, (255, 255, 255), 4)
    other = compare(make_thumb(pixels), make_thumb(draw("another", 2)))
    assert compare(make_thumb(pixels), make_thumb(marked)).structure > 0.95
    assert other.structure < 0.7


def test_pictures_are_laid_on_one_another_first() -> None:
    pixels = draw("moved", 1, 400, 300)
    moved = cropped(pixels, 0.0, 0.05, 0.06, 0.0)
    found = compare(make_thumb(pixels), make_thumb(moved))
    assert found.structure > 0.9
    assert found.colour < 1


@pytest.mark.parametrize("level", [0, 255])
def test_flat_pictures_are_compared_without_a_fault(level) -> None:
    flat = np.full((96, 96, 3), level, np.uint8)
    assert compare(make_thumb(flat), make_thumb(draw("flat"))).structure < 0.5


def test_the_stage_is_whole_and_row_by_row_as_fingerprints() -> None:
    assert DEDUPLICATE.name == "deduplicate"
    assert DEDUPLICATE.whole
    assert DEDUPLICATE.reads == (FINGERPRINTS, IMAGES, ITEMS, PAIRS)
