import yaml

from pipeline.release.card import cell, front_matter, share


def matter(licences: dict[str, int], images: int = 10) -> dict[str, object]:
    counts = {"licences": licences, "images": images}
    told = {"title": "A: b", "name": "derm", "version": "2026.1.1", "counts": counts}
    return dict(yaml.safe_load(front_matter(told)))


def test_one_licence_is_named_and_several_are_not_hidden() -> None:
    assert matter({"CC-BY-4.0": 10})["license"] == "cc-by-4.0"
    mixed = matter({"CC-BY-4.0": 9, "CC-BY-NC-4.0": 1})
    assert (mixed["license"], mixed["license_name"]) == ("other", "per-image")
    assert matter({"unknown": 10})["license"] == "other"


def test_title_with_a_colon_stays_yaml() -> None:
    assert matter({})["pretty_name"] == "A: b (derm 2026.1.1)"


def test_size_category() -> None:
    assert matter({}, 999)["size_categories"] == ["n<1K"]
    assert matter({}, 1000)["size_categories"] == ["1K<n<10K"]
    assert matter({}, 1_500_000)["size_categories"] == ["1M<n<10M"]


def test_cells_and_shares() -> None:
    assert cell("a | b\n<script>") == "a \\| b &lt;script>"
    assert share(1, 3) == "33.3 %"
    assert share(0, 0) == "–"
