import pyarrow as pa
import pytest

from schemas import CONTRACTS, IMAGES, ITEMS, VERDICTS, ContractError

PICTURE = {"image_id": "s:1#a", "item_id": "s:1", "locator": "a", "status": "ok"}


def test_rows_become_a_table_with_meanings_in_its_metadata():
    table = IMAGES.table([PICTURE])

    assert table.schema.metadata[b"contract"] == b"images"
    assert table.schema.field("width_px").metadata[b"description"] == b"Width"
    assert table["box"].to_pylist() == [None]


def test_all_faults_are_told_at_once():
    broken = {**PICTURE, "status": "lost", "item_id": None}

    with pytest.raises(ContractError) as fault:
        IMAGES.table([broken, broken])

    assert len(fault.value.faults) == 3
    told = str(fault.value)
    assert "column item_id is required and null in 2 rows" in told
    assert "column status holds ['lost']" in told
    assert "key ('image_id',) repeats in 1 groups" in told


def test_a_value_outside_a_closed_list_of_lists_is_found():
    row = {"image_id": "a", "verdict": "drop", "reasons": ["duplicate", "ugly"], "status": "ok"}

    with pytest.raises(ContractError, match=r"column reasons holds \['ugly'\]"):
        VERDICTS.table([row])


def test_an_unknown_column_is_refused():
    with pytest.raises(ContractError, match="unknown columns"):
        IMAGES.table([{**PICTURE, "colour": "red"}])


def test_wrong_types_and_order_are_told():
    table = pa.table({"image_id": [1]})

    with pytest.raises(ContractError, match=r"missing columns .*column image_id is int64"):
        IMAGES.check(table)

    shuffled = IMAGES.table([PICTURE]).select(IMAGES.column_names[::-1])
    with pytest.raises(ContractError, match="columns are in the order"):
        IMAGES.check(shuffled)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda each: each.name)
def test_every_column_says_what_it_means(contract):
    for column in contract.columns:
        meaning = column.metadata[b"description"].decode()
        assert len(meaning) >= 3, column.name
    assert set(contract.key) <= set(contract.column_names)
    assert set(contract.allowed) <= set(contract.column_names)


def test_the_same_name_has_the_same_type_in_every_table():
    types = {}
    for contract in CONTRACTS:
        for column in contract.columns:
            types.setdefault(column.name, set()).add(str(column.type))

    # in a release, what annotations hold with evidence is a plain list of names
    assert {name for name, found in types.items() if len(found) > 1} <= {
        "body_sites",
        "symptoms",
    } | {"concepts"}


def test_an_empty_table_keeps_its_contract():
    assert ITEMS.check(ITEMS.empty()).num_rows == 0
