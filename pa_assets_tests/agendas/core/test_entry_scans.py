import datetime as dt
import io

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas.config import Attendance
from pa_assets.agendas.core import entry_days
from pa_assets.agendas.core.entry_days import day_columns
from pa_assets.agendas.core.entry_scans import process_entry_scans
from pa_assets.agendas.core.landing import LandingError
from pa_assets.agendas.core.prepared import Prepared
from pa_assets.agendas.core.tables import ENTRY_SCANS

from .preparation import EVENT, shuffled, sourced

NO_MAP = Attendance()


def entries(delivered: str, file: str = "rows.csv", attendance: Attendance = NO_MAP) -> Prepared:
    rows = pd.read_csv(io.StringIO(delivered), dtype=str, keep_default_na=False).to_dict("records")
    return process_entry_scans(sourced(rows, file), EVENT, attendance)


def test_entry_scans_become_badge_days() -> None:
    prepared = entries("""Show Ref,Badge Id,Badge Type,Day 1,Day 1 Entry,Day 2,Day 2 Entry
BVA2025,7.0,Visitor,Yes,2025-06-12 09:12,No,
BVA2025,7,Visitor,Yes,2025-06-12 08:00,,10:15
bva2025,8,,yes,early,,2025-06-14 10:00
ZZ25,9,,,,Yes,
,9,,Yes,,,
BVA2025,,,Yes,,,
NORTH24,9,,Yes,,maybe,
BVA2025,10,,maybe,,No,early
""")
    assert prepared.table[["badge_id", "show_ref", "day", "date", "entered_at"]].to_numpy().tolist() == [
        ["7", "BVA2025", "Day 1", "2025-06-12", pd.Timestamp("2025-06-12 08:00")],
        ["7", "BVA2025", "Day 2", "2025-06-13", pd.Timestamp("2025-06-13 10:15")],
        ["8", "BVA2025", "Day 1", "2025-06-12", pd.NaT],
        ["8", "BVA2025", "Day 2", "2025-06-13", pd.Timestamp("2025-06-14 10:00")],
    ]
    assert prepared.quarantined == {
        "blank badge": 1,
        "excluded show": 2,
        "neither yes, no nor a time": 2,
        "unknown show code": 2,
    }
    assert prepared.folded == {"further entry on that day": 1, "no entry on that day": 4}
    assert prepared.rows_in == 16
    assert prepared.notes == {"entry time not understood": 1, "entry on another date than its column says": 1}
    aside = prepared.quarantine
    assert aside.loc[aside["badge_id"] == "10", ["source_row", "detail"]].to_numpy().tolist() == [
        [8, "Day 1"],
        [8, "Day 2"],
    ]


@pytest.mark.parametrize(
    ("names", "date"),
    [
        (("Day 1", "Day 1 Entry"), "2025-06-12"),
        (("day_2", "day_2_entry"), "2025-06-13"),
        (("Day02", "Day02Entry"), "2025-06-13"),
        (("Thursday", "Thu Entry"), "2025-06-12"),
        (("SAT", "saturday entry"), "2025-06-14"),
        (("Wed", "Weds - Entry"), "2025-06-11"),
        (("12 Jun", "12 June Entry"), "2025-06-12"),
        (("12th June", "June 12 Entry"), "2025-06-12"),
        (("Thu 12 Jun", "Thursday, 12 June Entry"), "2025-06-12"),
        (("Thu 12 June 2025", "12-06-2025 Entry"), "2025-06-12"),
        (("2025-06-12", "12/06/2025 Entry"), "2025-06-12"),
        (("12/06", "12.06 Entry"), "2025-06-12"),
        (("2025-06-12 00:00:00",), "2025-06-12"),
        (("Day 3 Entry",), "2025-06-14"),
    ],
)
def test_columns_that_are_days(names: tuple[str, ...], date: str) -> None:
    further = ["Badge Id", "Attended", "Virtual Attended", "Day", "May be", "30 Feb", "12", "Sunglasses", "Entry"]
    (found,) = day_columns([*further, *names], EVENT)
    assert found.dates["this_year"] == dt.date.fromisoformat(date)
    assert sorted(filter(None, (found.entered, found.entry))) == sorted(names)
    assert found.entry == (names[-1] if "ntry" in names[-1] else "")


def test_a_date_without_year_is_the_one_nearest_to_the_show() -> None:
    winter = EVENT.model_copy(update={"event_date_this_year": dt.date(2024, 12, 30)})
    dates = [found.dates["this_year"] for found in day_columns(["30 Dec", "1 Jan"], winter)]
    assert dates == [dt.date(2024, 12, 30), dt.date(2025, 1, 1)]
    american = EVENT.model_copy(update={"date_order": "month_first"})
    assert day_columns(["06/12/2025"], american)[0].dates["this_year"] == dt.date(2025, 6, 12)


def test_the_same_day_under_several_names_is_one_day() -> None:
    first = sourced([{"Show Ref": "BVA2025", "Badge": "7", "Day 1": "No", "Thu": "1", "Fri": "9:05"}], "a.csv")
    second = sourced([{"EventCode": "BVA2025", "Badge": "7.0", "12 Jun Entry": "08:30", "13 Jun": "0"}], "b.csv")
    prepared = process_entry_scans(
        pd.concat([first, second.rename(columns={"EventCode": "Show Ref"})]).fillna(""), EVENT, NO_MAP
    )
    assert prepared.table[["badge_id", "day", "entered_at"]].to_numpy().tolist() == [
        ["7", "Day 1", pd.Timestamp("2025-06-12 08:30")],
        ["7", "Day 2", pd.Timestamp("2025-06-13 09:05")],
    ]


@pytest.mark.parametrize("column", ["Show Ref", "ShowRef", "Show", "Show Code", "EventCode", "Event Code"])
def test_names_of_the_show_column(column: str) -> None:
    prepared = entries(f"{column},Show Name,badge_id,Day 1\nBVA2025,Vet Show,1,Yes\n")
    assert prepared.table[["show_ref", "show_name"]].to_numpy().tolist() == [["BVA2025", "Vet Show"]]


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("VET_unfiltered_entry_scans.csv", "BVA2025"),
        ("vet_scotland_entry.csv", "SCOT25"),
        ("LVS2024_entry.csv", "LVS2024"),
        ("scans_LVS2024_vet.csv", "BVA2025"),
        ("XY99_entry.csv", ""),
        ("entry.csv", ""),
    ],
)
def test_a_file_tells_the_show_where_its_rows_do_not(file: str, code: str) -> None:
    event_map = Attendance(file_show_map={"vet": "BVA2025", "vet_scotland": "SCOT25", "unused": "LVS2024"})
    prepared = entries("Badge Id,Day 1\n1,Yes\n", file, event_map)
    shown = [*prepared.table["show_ref"], *prepared.quarantine["reason"]]
    assert shown == [code if code and code != "SCOT25" else "unknown show code"]
    if not code:
        assert "SCOT25" not in prepared.quarantine.loc[0, "detail"]


def test_what_is_needed_is_asked_for_and_nothing_gives_nothing() -> None:
    with pytest.raises(LandingError, match="Day 1"):
        entries("Badge Id,Show Ref,Attended\n1,BVA2025,Yes\n")
    for rows in (None, sourced([])):
        assert process_entry_scans(rows, EVENT, NO_MAP).rows_in == 0


ROW = st.fixed_dictionaries(
    {
        "Show Ref": st.sampled_from(["BVA2025", "bva2025", "ZZ25", ""]),
        "Badge Id": st.sampled_from(["1", "1.0", "2", ""]),
        "Badge Type": st.sampled_from(["Visitor", ""]),
        "Day 1": st.sampled_from(["Yes", "No", "", "2", "?", "09:00"]),
        "Thu Entry": st.sampled_from(["", "No", "08:15", "2025-06-12 10:00", "?"]),
        "2025-06-13": st.sampled_from(["Yes", "No", ""]),
    }
)


@settings(max_examples=25, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=12), st.integers(0, 5), st.integers(0, 12))
def test_no_entry_is_lost_and_neither_order_nor_files_count(rows: list[dict[str, object]], seed: int, cut: int) -> None:
    delivered = sourced(rows)
    split = pd.concat([sourced(part, f"{name}.csv") for name, part in (("z", rows[:cut]), ("a", rows[cut:])) if part])
    first, second, third = (
        process_entry_scans(frame, EVENT, NO_MAP) for frame in (delivered, shuffled(delivered, seed), split)
    )
    pd.testing.assert_frame_equal(first.table, second.table)
    pd.testing.assert_frame_equal(first.table.drop(columns="source_file"), third.table.drop(columns="source_file"))
    assert first.rows_in == len(rows) * 2
    assert (first.quarantined, first.folded, first.notes) == (third.quarantined, third.folded, third.notes)


def test_thousands_of_further_columns_are_not_each_tried_as_a_date(monkeypatch: pytest.MonkeyPatch) -> None:
    """An export of 3,000 columns once took minutes."""
    tried: list[object] = []
    monkeypatch.setattr(entry_days, "parse_times", lambda texts, *_: tried.append(texts) or texts)
    assert day_columns([f"extra {number}" for number in range(3_000)], EVENT) == []
    assert tried == []


def test_what_is_no_show_code_is_not_quoted() -> None:
    (detail,) = entries("Show Ref,Badge Id,Day 1\nanne@quillfeather.example.com,7,Yes\n").quarantine["detail"]
    assert "quillfeather" not in detail.casefold()


def test_whatever_else_the_file_holds_is_kept_as_text() -> None:
    prepared = entries("""Show,Badge,Day 1,VirtualAttended,Hall-Name,scan_time,SCAN TIME,Day,Date,Blank,show_file_code
BVA2025,7,09:00,No,North,08:59,,first,12/6,,abc
BVA2025,8,yes,Yes,,08:00,8:00,,,n/a,
BVA2025,8,no,lost,,,,,,,
""")
    table = prepared.table
    kept = ["date_as_delivered", "day_as_delivered", "hall_name", "scan_time", "show_file_code", "virtual_attended"]
    assert list(table.columns[8:]) == kept
    assert table[kept].to_numpy().tolist() == [
        ["12/6", "first", "North", "08:59", "abc", "No"],
        ["", "", "", "8:00; 08:00", "", "Yes"],
    ]
    assert prepared.notes == {}


def test_the_further_columns_are_those_of_the_first_entry_in_any_order() -> None:
    header = "Show Ref,Badge Id,Day 1,Gate\n"
    lines = ["BVA2025,7,09:00,North\n", "BVA2025,7,08:00,South\n", "BVA2025,7,08:00,East\n"]
    one, other = entries(header + "".join(lines)), entries(header + "".join(reversed(lines)))
    assert one.table["gate"].tolist() == other.table["gate"].tolist() == ["East"]
    assert one.folded["further entry on that day"] == 2


PERSONAL = [
    *("Forename", "First Name", "SURNAME", "Name", "Full_Name", "badgeholderfirstname", "Email", "E-mail", "WorkEmail"),
    *("Telephone", "Mobile No", "Phone", "Home Address 1", "Post Code", "Town", "Date of Birth", "Contact", "Company"),
    *("Job Title", "Comments", "VisitorName"),
]
PLAIN = [
    "Attended",
    "Virtual Attended",
    "scan_date",
    "Gate",
    "Hall Name",
    "Show File Code",
    "Badge Colour",
    "Scanner Id",
]


@pytest.mark.parametrize("name", PERSONAL)
def test_what_may_tell_who_somebody_is_is_left_out_and_named(name: str) -> None:
    prepared = entries(f"Show Ref,Badge Id,Day 1,{name}\nBVA2025,7,Yes,Canary Quillfeather\n")
    assert list(prepared.table.columns) == ENTRY_SCANS.names
    assert prepared.notes[f"columns left out, they may tell who somebody is: {name!r}"] == 1


@pytest.mark.parametrize("name", PLAIN)
def test_what_tells_nobody_is_kept(name: str) -> None:
    prepared = entries(f"Show Ref,Badge Id,Day 1,{name}\nBVA2025,7,Yes,x\n")
    assert prepared.table[ENTRY_SCANS.extra_names(prepared.table)].to_numpy().tolist() == [["x"]]


def test_addresses_under_any_name_are_left_out_and_not_quoted() -> None:
    prepared = entries(
        "Show Ref,Badge Id,Day 1,Reference,a@quillfeather.example\nBVA2025,7,Yes,b@quillfeather.example,x\n"
    )
    assert "quillfeather" not in str(prepared.table) + str(prepared.notes)
    assert list(prepared.table.columns) == ENTRY_SCANS.names
