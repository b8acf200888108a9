import itertools
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas.core.recommend import agendas, clashes
from pa_assets_tests.agendas.core.recommend_shows import session, sessions_table


@st.composite
def programmes(draw: st.DrawFn) -> tuple[pd.DataFrame, np.ndarray, int, int]:
    count = draw(st.integers(1, 8))
    rows = [
        session(
            f"s{number}",
            f"{9 + (start := draw(st.integers(0, 11))) // 4}:{start % 4 * 15:02}",
            draw(st.sampled_from([15, 30, 60, 90])),
            theatre__name=draw(st.sampled_from(["Red", "Blue", "red "])),
        )
        for number in range(count)
    ]
    scores = draw(st.lists(st.lists(st.integers(0, 9), min_size=count, max_size=count), min_size=1, max_size=4))
    return (
        sessions_table(rows),
        np.array(scores, dtype=np.int32),
        draw(st.integers(1, 5)),
        draw(st.sampled_from([0, 15, 30])),
    )


def fits(picked: tuple[int, ...], rows: list[Any], travel: int) -> bool:
    for one, other in itertools.combinations(picked, 2):
        a, b = rows[one], rows[other]
        same = a.theatre__name.strip().lower() == b.theatre__name.strip().lower()
        gap = pd.Timedelta(minutes=0 if same else travel)
        if a.starts_at < b.ends_at + gap and b.starts_at < a.ends_at + gap:
            return False
    return True


@given(programmes())
@settings(max_examples=150, deadline=None)
def test_agendas_are_as_good_as_brute_force(case: tuple[pd.DataFrame, np.ndarray, int, int]) -> None:
    sessions, scores, most, travel = case
    chosen = agendas.best(scores, agendas.timetable(sessions, travel), most)
    rows = list(sessions.itertuples())
    possible = [
        picked
        for size in range(min(most, len(rows)) + 1)
        for picked in itertools.combinations(range(len(rows)), size)
        if fits(picked, rows, travel)
    ]
    for visitor, picks in enumerate(chosen):
        picked = tuple(np.flatnonzero(picks))
        assert picked in possible
        assert (scores[visitor, list(picked)] > 0).all()
        assert scores[visitor, picks].sum() == max(scores[visitor, list(other)].sum() for other in possible)


def test_blocks_of_visitors_do_not_matter(monkeypatch: Any) -> None:
    rows = [session(f"s{number}", f"{9 + number % 5}:{number % 4 * 15:02}", 45) for number in range(15)]
    table = agendas.timetable(sessions_table(rows), 0)
    scores = np.random.default_rng(3).integers(0, 100, (50, 15)).astype(np.int32)
    whole = agendas.best(scores, table, 4)
    monkeypatch.setattr(agendas, "_CELLS", 1)
    assert (agendas.best(scores, table, 4) == whole).all()


def test_a_repeated_talk_stands_once() -> None:
    rows = [session(f"s{number}", f"{9 + number}:00", content_group="same") for number in range(3)]
    rows.append(session("s9", "15:00"))
    scores = np.array([[5, 7, 6, 1]], dtype=np.int32)
    chosen = agendas.best(scores, agendas.timetable(sessions_table(rows), 0), 4)
    assert chosen.tolist() == [[False, True, False, True]]


def test_sessions_without_theatre_keep_the_travel_time_on_both_sides() -> None:
    rows = [
        session("a", "09:00", 60, theatre__name="Red"),
        session("b", "10:00", 5, theatre__name=""),
        session("c", "10:05", 60, theatre__name="Blue"),
    ]
    sessions = sessions_table(rows)
    chosen = agendas.best(np.array([[3, 3, 3]], dtype=np.int32), agendas.timetable(sessions, 10), 3)
    picked = pd.DataFrame({"badge_id": "v", "session_id": sessions["session_id"][chosen[0]]})
    assert clashes(picked, sessions, 10).empty
    assert chosen.sum() == 1


def test_times_that_are_missing_or_void() -> None:
    rows = [
        session("a", "09:00", 30),
        session("b", "09:10", 0),
        session("c", ""),
        session("d", "09:20", ends_at=pd.NaT),
    ]
    table = agendas.timetable(sessions_table(rows), 5)
    assert table.without_time == 1
    chosen = agendas.best(np.array([[9, 1, 2, 3]], dtype=np.int32), table, 4)
    assert chosen.tolist() == [[True, False, True, False]]


def test_no_session_and_no_visitor() -> None:
    none = sessions_table([session("a", "09:00")]).head(0)
    assert agendas.best(np.zeros((3, 0), dtype=np.int32), agendas.timetable(none, 0), 5).shape == (3, 0)
    one = agendas.timetable(sessions_table([session("a", "09:00")]), 0)
    assert agendas.best(np.zeros((0, 1), dtype=np.int32), one, 5).shape == (0, 1)


def test_the_checker_sees_every_clash() -> None:
    rows = [
        session("a", "09:00", 120, theatre__name="Red"),
        session("b", "09:30", 10, theatre__name="Red"),
        session("c", "10:30", 10, theatre__name="Red"),
        session("d", "11:05", 10, theatre__name="Blue"),
        session("e", "11:05", 10, cohort="last_year_main"),
    ]
    agenda = pd.DataFrame({"badge_id": ["v"] * 4 + ["w"], "session_id": ["a", "b", "c", "d", "a"]})
    found = clashes(agenda, sessions_table(rows), 10)
    pairs = set(zip(found["session_id"], found["other_session_id"], found["kind"], strict=True))
    assert pairs == {("a", "b", "time"), ("a", "c", "time"), ("a", "d", "travel")}
    assert len(clashes(agenda, sessions_table(rows))) == 2
    assert clashes(agenda.head(0), sessions_table(rows)).empty
