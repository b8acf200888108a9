import io

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas.core.landing import LandingError
from pa_assets.agendas.core.prepared import Prepared
from pa_assets.agendas.core.scans import match_attendance, process_entry_scans, process_scans
from pa_assets.agendas.core.tables import ATTENDANCE, SCANS, SESSIONS

from .preparation import EVENT, shuffled, sourced

REFERENCE = sourced(
    [
        {"Short Name": "MT1", "Seminar Name": "Managing feline CKD"},
        {"Short Name": " mt1 ", "Seminar Name": "Managing Feline CKD!"},
        {"Short Name": "EQ1", "Seminar Name": "Lameness workup"},
        {"Short Name": "XX", "Seminar Name": "One talk"},
        {"Short Name": "XX", "Seminar Name": "Another talk"},
    ]
)


def scan(
    badge: object, short: object, time: str = "2024-06-13 10:03:11", file: str = "scanner07.csv"
) -> dict[str, object]:
    return {"Badge Id": badge, "Short Name": short, "Scan Date": time, "File": file}


def process(*rows: dict[str, object]) -> Prepared:
    return process_scans({"last_year_main": sourced(list(rows))}, {"last_year_main": REFERENCE}, "Europe/London")


def test_scans_find_their_seminar_whatever_the_case() -> None:
    (row,) = process(scan("12.0", "Mt1 ")).table.to_dict("records")
    assert (row["badge_id"], row["key_text"], row["cohort"]) == ("12", "managingfelineckd", "last_year_main")
    assert row["scanned_at"] == pd.Timestamp("2024-06-13 10:03:11")
    assert row["source_file"] == "scanner07.csv"


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
    prepared = process_scans({"this_year": sourced([scan("1", "MT1")])}, {"last_year_main": REFERENCE}, "UTC")
    assert prepared.quarantined == {"no seminar for short name": 1}


def test_equal_scans_fold_and_unread_times_are_noted() -> None:
    prepared = process(scan("1", "MT1"), scan("1", "MT1"), scan("1", "MT1", "noon"), scan("1", "MT1", ""))
    assert len(prepared.table) == 3
    assert prepared.folded == {"the same scan twice": 1}
    assert prepared.notes == {"scan time not understood": 1, "scan without time": 1}


def test_entry_scans_become_badge_days() -> None:
    delivered = """Show Ref,Badge Id,Badge Type,Day 1,Day 1 Entry,Day 2,Day 2 Entry
BVA2025,7.0,Visitor,Yes,2025-06-12 09:12,No,
BVA2025,7,Visitor,Yes,2025-06-12 08:00,,10:15
,8,,yes,early,,
ZZ25,9,,,,Yes,
BVA2025,,,Yes,,,
"""
    rows = pd.read_csv(io.StringIO(delivered), dtype=str, keep_default_na=False).to_dict("records")
    prepared = process_entry_scans(sourced(rows), EVENT)
    assert prepared.table[["badge_id", "show_ref", "day", "entered_at"]].to_numpy().tolist() == [
        ["7", "BVA2025", "Day 1", pd.Timestamp("2025-06-12 08:00")],
        ["7", "BVA2025", "Day 2", pd.Timestamp("2025-06-13 10:15")],
        ["8", "", "Day 1", pd.NaT],
    ]
    assert prepared.quarantined == {"blank badge": 1, "unknown show code": 1}
    assert prepared.folded == {"further entry on that day": 1, "no entry on that day": 4}
    assert prepared.rows_in == 10
    assert prepared.notes == {"entry time not understood": 1}
    with pytest.raises(LandingError, match="Day 1"):
        process_entry_scans(sourced([{"Badge Id": "1"}]), EVENT)


def session(
    name: str, title: str, starts: str | None, ends: str | None, cohort: str = "last_year_main"
) -> dict[str, object]:
    return {
        **dict.fromkeys(SESSIONS.names, ""),
        "session_id": name,
        "cohort": cohort,
        "title": title,
        "key_text": title.lower().replace(" ", ""),
        "starts_at": pd.Timestamp(starts) if starts else pd.NaT,
        "ends_at": pd.Timestamp(ends) if ends else pd.NaT,
    }


SESSION_TABLE = SESSIONS.conform(
    pd.DataFrame(
        [
            session("a", "Managing feline CKD", "2024-06-13 10:00", "2024-06-13 10:40"),
            session("b", "Managing feline CKD", "2024-06-13 15:00", "2024-06-13 15:40"),
            session("c", "Lameness workup", None, None),
            session("d", "Lameness workup", None, None, cohort="this_year"),
        ]
    )
)
PEOPLE = pd.DataFrame({"cohort": ["last_year_main"] * 2, "badge_id": ["1", "2"], "person_id": ["p1", "p2"]})


def test_attendance_goes_to_the_slot_that_was_on() -> None:
    scans = process(
        scan("1", "MT1", "2024-06-13 10:05"),
        scan("1", "MT1", "2024-06-13 10:31"),
        scan("1", "MT1", "2024-06-13 14:52"),
        scan("2", "MT1", ""),
        scan("2", "EQ1", "2024-06-13 11:00"),
    ).table
    prepared = match_attendance(scans, SESSION_TABLE, PEOPLE)
    assert prepared.table[["badge_id", "session_id", "scans", "person_id"]].to_numpy().tolist() == [
        ["1", "a", 2, "p1"],
        ["1", "b", 1, "p1"],
        ["2", "a", 1, "p2"],
        ["2", "c", 1, "p2"],
    ]
    assert prepared.table.loc[0, ["first_scan", "last_scan"]].tolist() == [
        pd.Timestamp("2024-06-13 10:05"),
        pd.Timestamp("2024-06-13 10:31"),
    ]
    assert prepared.folded == {"further scan of the same badge at the session": 1}


def test_a_scan_for_nobody_and_a_scan_of_nothing_are_set_aside() -> None:
    scans = process(scan("99", "MT1"), scan("1", "EQ1")).table
    prepared = match_attendance(scans, SESSION_TABLE[SESSION_TABLE["session_id"] != "c"], PEOPLE)
    assert prepared.quarantined == {"no session with this title": 1, "no visitor with this badge": 1}
    assert prepared.table.empty


def test_nothing_in_nothing_out() -> None:
    scans = process_scans({}, {}, "UTC")
    assert scans.table.columns.tolist() == SCANS.names
    assert match_attendance(scans.table, SESSION_TABLE, PEOPLE).table.columns.tolist() == ATTENDANCE.names
    assert process_entry_scans(None, EVENT).rows_in == 0


SCAN = st.builds(
    scan,
    st.sampled_from(["1", "2", "99", "", None, "1.0"]),
    st.sampled_from(["MT1", "mt1 ", "EQ1", "XX", "ZZ", "", None]),
    st.sampled_from(["2024-06-13 10:05", "2024-06-13 15:05:01", "13/06/2024 10:05", "", "?"]),
    st.sampled_from(["f.csv", "g.csv", ""]),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(SCAN, min_size=1, max_size=15), st.integers(0, 5))
def test_no_scan_is_lost_and_the_order_of_rows_does_not_count(rows: list[dict[str, object]], seed: int) -> None:
    delivered = sourced(rows)
    first, second = (
        process_scans({"last_year_main": frame}, {"last_year_main": REFERENCE}, "Europe/London")
        for frame in (delivered, shuffled(delivered, seed))
    )
    pd.testing.assert_frame_equal(first.table, second.table)
    assert first.rows_in == len(first.table) + len(first.quarantine) + sum(first.folded.values()) == len(rows)
    attendance = match_attendance(first.table, SESSION_TABLE, PEOPLE)
    mixed = first.table.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(attendance.table, match_attendance(mixed, SESSION_TABLE, PEOPLE).table)
