import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas.core import scans
from pa_assets.agendas.core.scans import process_scans
from pa_assets.agendas.core.tables import SCANS
from pa_assets.kit.tables import TableError

from .preparation import EVENT, shuffled, sourced
from .scan_rows import REFERENCE, process, scan

ANY_FILES = [name for name in SCANS.names if name != "landing_file"]


def test_scans_find_their_seminar_whatever_the_case() -> None:
    (row,) = process(scan("12.0", "Mt1 ")).table.to_dict("records")
    assert (row["badge_id"], row["key_text"], row["cohort"]) == ("12", "managingfelineckd", "last_year_main")
    assert row["scanned_at"] == pd.Timestamp("2024-06-13 10:03:11")
    assert (row["source_file"], row["landing_file"]) == ("scanner07.csv", "rows.json")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (scan("1", "ZZ"), "no seminar for short name"),
        (scan("1", None), "blank short name"),
        (scan("None", "MT1"), "blank badge"),
        (scan("1", "XX"), "several seminars for short name"),
    ],
)
def test_scans_for_nothing_are_set_aside(row: dict[str, object], reason: str) -> None:
    prepared = process(row, scan("1", "MT1"))
    assert prepared.quarantined == {reason: 1}
    assert prepared.quarantine.loc[0, ["source_file", "source_row"]].tolist() == ["rows.json", 1]


def test_the_reference_of_another_cohort_does_not_count() -> None:
    prepared = process_scans({"this_year": sourced([scan("1", "MT1")])}, {"last_year_main": REFERENCE}, EVENT)
    assert prepared.quarantined == {"no seminar for short name": 1}


def test_equal_scans_fold_and_unread_times_are_noted() -> None:
    prepared = process(
        scan("1", "MT1"),
        scan("1.0", "mt1", "13/06/2024 10:03:11"),
        scan("1", "MT1", "noon"),
        scan("1", "MT1", "at noon"),
        scan("1", "MT1", ""),
    )
    assert len(prepared.table) == 4
    assert prepared.folded == {"the same scan twice": 1}
    assert prepared.notes == {"scan time not understood": 2, "scan without time": 1}


def test_the_spelling_kept_of_a_scan_does_not_hang_on_the_order_of_its_rows() -> None:
    rows = [scan("1", "mt1"), scan("1", "MT1"), scan("1", "Mt1")]
    kept = [process(*order).table.loc[0, "short_name"] for order in itertools.permutations(rows)]
    assert kept == ["MT1"] * 6


def test_dates_are_read_in_the_order_of_the_event() -> None:
    american = EVENT.model_copy(update={"date_order": "month_first"})
    rows = {"last_year_main": sourced([scan("1", "MT1", "06/12/2024 10:00")])}
    days = [
        process_scans(rows, {"last_year_main": REFERENCE}, event).table.loc[0, "scanned_at"].month
        for event in (EVENT, american)
    ]
    assert days == [12, 6]


def test_ids_are_the_same_on_every_machine_and_differ_with_each_part_of_the_content() -> None:
    texts = (["1", "2"], ["MT1", "EQ1"], ["2024-06-13 10:03:11", "2024-06-13 10:03:12", "noon", ""], ["f.csv", ""])
    table = process(*(scan(*row) for row in itertools.product(*texts))).table
    assert table["scan_id"].nunique() == 32
    assert process(scan("1", "MT1")).table.loc[0, "scan_id"] == "92158adaae8f7ecb532d7c7f"


def test_scans_that_share_an_id_are_no_silent_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans, "_scan_ids", lambda kept: np.full(len(kept), b"same"))
    assert len(process(scan("1", "MT1"), scan("1", "MT1")).table) == 1
    with pytest.raises(TableError, match="repeat the key"):
        process(scan("1", "MT1"), scan("2", "MT1"))


def test_nothing_in_nothing_out() -> None:
    for rows in ({}, {"this_year": sourced([])}):
        prepared = process_scans(rows, {}, EVENT)
        assert prepared.table.columns.tolist() == SCANS.names
        assert prepared.rows_in == 0


SCAN = st.builds(
    scan,
    st.sampled_from(["1", "2", "99", "", None, "1.0"]),
    st.sampled_from(["MT1", "mt1 ", "EQ1", "XX", "ZZ", "", None]),
    st.sampled_from(["2024-06-13 10:05", "2024-06-13 15:05:01", "13/06/2024 10:05", "", "?"]),
    st.sampled_from(["f.csv", "g.csv", "h.csv"]),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(SCAN, min_size=1, max_size=15), st.integers(0, 5), st.integers(0, 15))
def test_no_scan_is_lost_and_neither_order_nor_files_count(rows: list[dict[str, object]], seed: int, cut: int) -> None:
    delivered = sourced(rows)
    mixed = shuffled(delivered, seed)
    split = pd.concat([sourced(part, f"{name}.csv") for name, part in (("z", rows[:cut]), ("a", rows[cut:])) if part])
    first, second, third = (
        process_scans({"last_year_main": frame}, {"last_year_main": REFERENCE}, EVENT)
        for frame in (delivered, mixed, split)
    )
    pd.testing.assert_frame_equal(first.table, second.table)
    pd.testing.assert_frame_equal(first.table[ANY_FILES], third.table[ANY_FILES])
    assert first.rows_in == len(first.table) + len(first.quarantine) + sum(first.folded.values()) == len(rows)
    assert (first.quarantined, first.folded, first.notes) == (third.quarantined, third.folded, third.notes)
