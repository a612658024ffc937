import pytest

from pipeline.catalog import Splits
from pipeline.release.splits import assign_splits, straddling_groups

SHARES = Splits(train=0.8, validation=0.1, test=0.1, seed=7)


def test_groups_that_share_a_picture_stay_together() -> None:
    members = [("a", "g3"), ("b", "g2"), ("b", "g3"), ("c", "g1"), ("d", "g1"), ("d", "g2")]
    places = assign_splits(members, SHARES)
    assert {place.group_id for place in places.values()} == {"g1"}
    assert len({place.split for place in places.values()}) == 1


def test_shares_are_about_those_of_the_catalog() -> None:
    places = assign_splits([(f"p{n}", f"g{n // 3}") for n in range(6000)], SHARES)
    sizes = {name: sum(p.split == name for p in places.values()) for name in ("train", "test")}
    assert sizes["train"] == pytest.approx(4800, abs=150)
    assert sizes["test"] == pytest.approx(600, abs=120)
    assert straddling_groups((p.group_id, p.split) for p in places.values()) == []


def test_other_groups_and_order_do_not_move_a_picture() -> None:
    members = [(f"p{n}", f"g{n}") for n in range(300)]
    few = assign_splits(members[:200], SHARES)
    many = assign_splits(members[::-1], SHARES)
    assert all(many[name] == place for name, place in few.items())


def test_seed_matters() -> None:
    members = [(f"p{n}", f"g{n}") for n in range(100)]
    assert assign_splits(members, SHARES) != assign_splits(
        members, SHARES.model_copy(update={"seed": 8})
    )


def test_train_is_never_empty() -> None:
    rare = Splits(train=0.001, validation=0.5, test=0.499, seed=1)
    places = assign_splits([("a", "x"), ("b", "y"), ("c", "y")], rare)
    assert {name for name, place in places.items() if place.split == "train"} == {"b", "c"}
    assert assign_splits([], rare) == {}


def test_straddling_groups_are_found() -> None:
    assert straddling_groups([("g", "train"), ("h", "test"), ("g", "test")]) == ["g"]
