from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas.core.bookings import COLUMNS, read_bookings
from pa_assets.agendas.core.landing import LandingError, read_rows
from pa_assets.agendas.core.prepared import Prepared
from pa_assets.agendas.core.tables import VISITORS
from pa_assets_tests.agendas.core.recommend_shows import EVENT, session, sessions_table, visitor

VISITORS_HERE = VISITORS.conform(
    pd.DataFrame([visitor("v1"), visitor("v2"), visitor("p1", "last_year_main")]).drop(
        columns=["what_do_you_treat", "what_did_you_treat"]
    )
)
PROGRAMME = sessions_table(
    [
        session("s1", "10:00"),
        session("s2", "11:00", 60),
        session("open", ""),
        session("old", "10:00", cohort="last_year_main"),
    ]
)


def at(clock: str) -> pd.Timestamp:
    return pd.Timestamp(f"2025-11-20 {clock}")


def read(rows: list[dict[str, str]]) -> Prepared:
    frame = pd.DataFrame(rows, dtype=object).fillna("")
    return read_bookings(frame.assign(source_file="bookings.csv", source_row=range(1, len(frame) + 1)), *GIVEN)


GIVEN = (VISITORS_HERE, PROGRAMME, EVENT)


def as_tuples(prepared: Prepared) -> list[tuple[Any, ...]]:
    return list(prepared.table.itertuples(index=False, name=None))


def test_nothing_delivered_is_an_empty_table() -> None:
    table = read_bookings(None, *GIVEN).table
    assert table.empty and list(table.columns) == list(COLUMNS)


def test_a_session_brings_its_time_and_a_time_may_stand_alone() -> None:
    found = read(
        [
            {"badge_id": "v2", "session_id": "s2"},
            {"badge_id": " v1 ", "session_id": "s1"},
            {"badge_id": "v1", "date": "20/11/2025", "start_time": "14:00", "end_time": "2:45 PM"},
        ]
    )
    assert as_tuples(found) == [
        ("v1", "", at("14:00"), at("14:45")),
        ("v1", "s1", at("10:00"), at("10:30")),
        ("v2", "s2", at("11:00"), at("12:00")),
    ]
    assert found.notes == {}


@pytest.mark.parametrize(
    "header", ["badge_id,session_id", "Badge Id,Session", "BadgeId,Session Code", "badge,Session ID"]
)
def test_columns_are_known_under_the_names_of_exports(header: str, tmp_path: Path) -> None:
    file = tmp_path / "bookings.csv"
    file.write_text(f"{header}\nv1,s1\n", "utf-8")
    assert as_tuples(read_bookings(read_rows([file], "bookings/this_year"), *GIVEN))[0][:2] == ("v1", "s1")


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bookings.csv"
    file.write_text("badge_id,room\nv1,Hall\n", "utf-8")
    with pytest.raises(LandingError, match=r"bookings\.csv: missing column\(s\) of bookings: 'session_id'"):
        read_rows([file], "bookings")
    file.write_text("Ana Lopez,ana@example.com\nBea,b@example.com\n", "utf-8")
    with pytest.raises(LandingError) as told:
        read_rows([file], "bookings")
    assert "Ana" not in str(told.value)


def test_the_programme_knows_best_when_its_session_is() -> None:
    own = {"date": "2025-11-20", "start_time": "09:00", "end_time": "09:30"}
    found = read(
        [
            {"badge_id": "v1", "session_id": "s1"} | own,
            {"badge_id": "v1", "session_id": "open"} | own,
            {"badge_id": "v2", "session_id": "open"},
            {"badge_id": "v2", "session_id": "moved away"} | own,
        ]
    )
    assert as_tuples(found)[:2] == [("v1", "open", at("09:00"), at("09:30")), ("v1", "s1", at("10:00"), at("10:30"))]
    assert as_tuples(found)[2] == ("v2", "", at("09:00"), at("09:30"))
    assert found.table.iloc[3, :2].tolist() == ["v2", "open"]
    assert found.table.iloc[3, 2:].isna().all()
    assert found.notes == {
        "bookings of sessions not in the programme, kept by their own time": 1,
        "bookings whose time is not the programme's, which counts": 1,
        "bookings of sessions without time": 1,
    }


def test_what_cannot_be_used_is_set_aside_and_counted() -> None:
    found = read(
        [
            {"badge_id": "", "session_id": "s1"},
            {"badge_id": "stranger", "session_id": "s1"},
            {"badge_id": "p1", "session_id": "s1"},
            {"badge_id": "v1", "session_id": "old"},
            {"badge_id": "v1", "session_id": "nowhere"},
            {"badge_id": "v1", "session_id": "s1"},
            {"badge_id": "v1", "session_id": "s1"},
        ]
    )
    assert len(found.table) == 1
    assert found.folded == {"booked twice": 1}
    assert found.quarantined == {
        "badge not registered this year": 2,
        "blank badge": 1,
        "session not in the programme, and no time of its own": 2,
    }
    assert set(found.quarantine["detail"]) == {"", "session old", "session nowhere"}
    assert found.quarantine["source_row"].tolist() == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"date": "31.13.2025", "start_time": "10:00", "end_time": "11:00"}, "date '31.13.2025' is no date"),
        ({"date": "2025-11-20", "start_time": "ten", "end_time": "11:00"}, "start 'ten' is no time"),
        ({"date": "2025-11-20", "start_time": "10:00", "end_time": "11:75"}, "end '11:75' is no time"),
        (
            {"session_id": "s1", "date": "2025-11-20", "start_time": "x@y.org", "end_time": "1"},
            r"start \(a value\) is no",
        ),
        ({"date": "2025-11-20", "start_time": "11:00", "end_time": "10:00"}, "the end is not after the start"),
        ({"date": "2025-11-20", "start_time": "11:00"}, "neither a session nor a date with start and end"),
        ({"start_time": "10:00", "end_time": "11:00"}, "neither a session nor a date with start and end"),
        ({"session_id": ""}, "neither a session nor a date with start and end"),
    ],
)
def test_a_wrong_row_is_told_by_file_and_row_and_without_the_badge(row: dict[str, str], told: str) -> None:
    with pytest.raises(LandingError, match=rf"bookings\.csv, row 2: .*{told}.* Write session_id, or date") as error:
        read([{"badge_id": "v1", "session_id": "s1"}, {"badge_id": "canary77"} | row])
    assert "canary77" not in str(error.value)


@settings(deadline=None, max_examples=25)
@given(st.permutations(range(6)))
def test_the_order_of_rows_changes_nothing(order: list[int]) -> None:
    rows = [
        {"badge_id": badge, "session_id": one, "start_time": start, "end_time": end}
        for badge, one, start, end in [
            ("v1", "s1", "", ""),
            ("v1", "s2", "", ""),
            ("v2", "s1", "", ""),
            ("v2", "s1", "", ""),
            ("v1", "", "2025-11-20 09:00", "2025-11-20 09:30"),
            ("v2", "s1", "2025-11-20 09:00", "2025-11-20 09:30"),
        ]
    ]
    pd.testing.assert_frame_equal(read([rows[place] for place in order]).table, read(rows).table)
