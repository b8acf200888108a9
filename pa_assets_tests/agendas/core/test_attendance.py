import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas.core.attendance import match_attendance
from pa_assets.agendas.core.prepared import Prepared
from pa_assets.agendas.core.scans import process_scans
from pa_assets.agendas.core.tables import ATTENDANCE

from .preparation import EVENT, sourced
from .scan_rows import MARKERS, PEOPLE, PROGRAMME, process, scan, session, sessions
from .test_scans import SCAN


def match(scans: pd.DataFrame, programme: pd.DataFrame = PROGRAMME, people: pd.DataFrame = PEOPLE) -> Prepared:
    return match_attendance(scans, programme, people, EVENT, MARKERS)


def slot_of(time: str, short: str = "MT1", programme: pd.DataFrame = PROGRAMME) -> str:
    (slot,) = match(process(scan("1", short, time)).table, programme).table["session_id"]
    return str(slot)


def test_attendance_goes_to_the_slot_that_was_on() -> None:
    scans = process(
        scan("1", "MT1", "2024-06-13 10:05", "first.csv"),
        scan("1", "MT1", "2024-06-13 10:31"),
        scan("1", "MT1", "2024-06-13 14:52"),
        scan("2", "MT1", ""),
        scan("2", "EQ1", "2024-06-13 11:00"),
    ).table
    prepared = match(scans)
    assert prepared.table[["badge_id", "session_id", "scans", "person_id", "show_ref", "year"]].to_numpy().tolist() == [
        ["1", "a", 2, "p1", "BVA2024", 2024],
        ["1", "b", 1, "p1", "BVA2024", 2024],
        ["2", "a", 1, "p2", "BVA2024", 2024],
        ["2", "c", 1, "p2", "BVA2024", 2024],
    ]
    assert prepared.table.loc[0, ["first_scan", "last_scan", "source_file"]].tolist() == [
        pd.Timestamp("2024-06-13 10:05"),
        pd.Timestamp("2024-06-13 10:31"),
        "first.csv",
    ]
    assert prepared.folded == {"further scan of the same badge at the session": 1}


@pytest.mark.parametrize(
    ("time", "slot"),
    [
        ("2024-06-12 08:00", "a"),
        ("2024-06-13 10:40", "a"),
        ("2024-06-13 12:49:59", "a"),
        ("2024-06-13 12:50:01", "b"),
        ("2024-06-13 15:40", "b"),
        ("2024-06-20 08:00", "b"),
    ],
)
def test_a_scan_between_two_slots_goes_to_the_nearer(time: str, slot: str) -> None:
    # From 10:40 to 15:00 the middle is 12:50.
    assert slot_of(time) == slot
    assert slot_of(time, "MT2") == slot


@pytest.mark.parametrize("time", ["", "2024-06-13 12:50"])
def test_where_times_cannot_tell_the_very_title_decides(time: str) -> None:
    assert slot_of(time, "MT1") == "a"
    assert slot_of(time, "MT2") == "b"


def test_on_the_stroke_the_next_slot_is_on() -> None:
    back_to_back = sessions(
        session("a", "Managing feline CKD", "2024-06-13 10:00", "2024-06-13 10:40"),
        session("b", "Managing feline CKD", "2024-06-13 10:40", "2024-06-13 11:20"),
    )
    assert [slot_of(f"2024-06-13 {clock}", programme=back_to_back) for clock in ("10:39:59", "10:40", "11:20")] == [
        "a",
        "b",
        "b",
    ]


def test_titles_meet_whatever_punctuation_case_and_accents() -> None:
    assert slot_of("2024-06-14 09:10", "caf") == "e"


def test_the_year_of_an_attendance_without_time_is_that_of_the_cohorts_show() -> None:
    event = EVENT.model_copy(update={"event_date_last_year_secondary": dt.date(2023, 11, 16)})
    cohorts = ("this_year", "last_year_main", "last_year_secondary")
    reference = sourced([{"Short Name": "A", "Seminar Name": "A talk"}])
    rows = dict.fromkeys(cohorts, sourced([scan("1", "A", "")]))
    scans = process_scans(rows, dict.fromkeys(cohorts, reference), event).table
    programme = sessions(*(session("a", "A talk", None, None, cohort) for cohort in cohorts))
    people = pd.concat([PEOPLE.head(1).assign(cohort=cohort) for cohort in cohorts])
    table = match_attendance(scans, programme, people, event).table
    assert dict(zip(table["cohort"], table["year"], strict=True)) == {
        "this_year": 2025,
        "last_year_main": 2024,
        "last_year_secondary": 2023,
    }


def test_scans_set_aside_name_the_landing_file() -> None:
    scans = process(scan("1", "MT1"), scan("99", "MT1"), scan("1", "EQ1", file="other.csv")).table
    prepared = match(scans, PROGRAMME[PROGRAMME["session_id"] != "c"])
    assert prepared.quarantined == {"no session with this title": 1, "no visitor with this badge": 1}
    columns = ["source_file", "source_row", "reason", "detail", "scanner_file"]
    assert prepared.quarantine[columns].to_numpy().tolist() == [
        ["rows.json", 0, "no visitor with this badge", "", "scanner07.csv"],
        ["rows.json", 0, "no session with this title", "seminar Lameness workup", "other.csv"],
    ]


def test_nothing_in_nothing_out() -> None:
    nothing = process_scans({}, {}, EVENT).table
    assert match(nothing).table.columns.tolist() == ATTENDANCE.names
    assert match(process(scan("1", "MT1")).table, PROGRAMME.head(0), PEOPLE.head(0)).table.empty


@settings(max_examples=25, deadline=None)
@given(st.lists(SCAN, min_size=1, max_size=15), st.integers(0, 5))
def test_no_scan_is_lost_and_order_does_not_count(rows: list[dict[str, object]], seed: int) -> None:
    scans = process(*rows).table
    first = match(scans)
    mixed = [frame.sample(frac=1, random_state=seed) for frame in (scans, PROGRAMME, PEOPLE)]
    second = match(*mixed)
    pd.testing.assert_frame_equal(first.table, second.table)
    pd.testing.assert_frame_equal(first.quarantine, second.quarantine)
    assert len(scans) == first.table["scans"].sum() + len(first.quarantine)
    assert first.rows_in == len(first.table) + len(first.quarantine) + sum(first.folded.values())


SLOT = st.tuples(st.none() | st.integers(0, 300), st.none() | st.integers(0, 60), st.booleans())


@settings(max_examples=40, deadline=None)
@given(st.lists(SLOT, min_size=1, max_size=5), st.none() | st.integers(-30, 360))
def test_no_slot_of_the_talk_is_nearer_than_the_one_chosen(
    slots: list[tuple[int | None, int | None, bool]], minute: int | None
) -> None:
    def at(minutes: int | None) -> str | None:
        return None if minutes is None else str(pd.Timestamp("2024-06-13 09:00") + pd.Timedelta(minutes=minutes))

    titles = {True: "Managing feline CKD", False: "Managing feline CKD [repeat]"}
    programme = sessions(
        *(
            session(
                str(number), titles[same], at(start), at(None if start is None or length is None else start + length)
            )
            for number, (start, length, same) in enumerate(slots)
        )
    )

    def rank(number: int) -> tuple[float, bool, float, int]:
        start, length, same = slots[number]
        if start is None or minute is None:
            away = float("inf")
        else:
            end = start + (length or 0)
            away = max(start - minute, minute - end, 0) or (1e-6 if minute == end else 0)
        return away, not same, float("inf") if start is None else start, number

    assert slot_of(at(minute) or "", programme=programme) == str(min(range(len(slots)), key=rank))
