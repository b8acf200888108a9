import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend import agendas, capacity, prices, timetable
from pa_assets.agendas.core.recommend.control import draw
from pa_assets_tests.agendas.core.recommend_shows import session, sessions_table

MILLION = 1_000_000


def programme(count: int, slots: int) -> pd.DataFrame:
    """Sessions of half an hour, some at the same time, each in a theatre of its own."""
    return sessions_table([session(f"s{n}", f"{9 + n % slots}:00", theatre__name=f"Room {n}") for n in range(count)])


def shared_out(
    values: np.ndarray, sessions: pd.DataFrame, seats: list[int], share: float = 1.0, most: int = 10
) -> tuple[agendas.Agendas, dict[str, Any]]:
    rules = config.Recommendations.model_validate({"max_recommendations": most})
    badges = pd.Series([f"v{n}" for n in range(len(values))])
    demand = agendas.offer(values.astype(np.int32))._replace(
        visitor_draw=draw(badges, "test"), session_draw=draw(sessions["session_id"], "test"), scale=prices.SCALE
    )
    places = capacity.places(sessions, np.array(seats), share, len(values))
    return prices.share_out(demand, timetable.timetable(sessions, rules), places)


def taken(found: agendas.Agendas, sessions: int) -> np.ndarray:
    return np.bincount(found.sessions[found.sessions >= 0], minlength=sessions)


def fits(picked: tuple[int, ...], slots: int) -> bool:
    return len({place % slots for place in picked}) == len(picked)


@st.composite
def markets(draw: st.DrawFn, visitors: int, sessions: int) -> tuple[np.ndarray, int, list[int]]:
    scores = st.lists(st.integers(0, 10), min_size=sessions, max_size=sessions)
    values = np.array(draw(st.lists(scores, min_size=visitors, max_size=visitors))) * 100_000
    return values, draw(st.integers(1, 3)), draw(st.lists(st.integers(0, 3), min_size=sessions, max_size=sessions))


@given(markets(3, 4))
@settings(max_examples=60, deadline=None)
def test_nothing_is_over_full_and_the_best_lies_between_total_and_bound(
    case: tuple[np.ndarray, int, list[int]],
) -> None:
    values, slots, seats = case
    found, facts = shared_out(values, programme(4, slots), seats)
    assert (taken(found, 4) <= seats).all()
    possible = [picked for size in range(5) for picked in itertools.combinations(range(4), size) if fits(picked, slots)]
    best = 0
    for agenda in itertools.product(possible, repeat=3):
        full = np.bincount([place for picked in agenda for place in picked], minlength=4)
        if (full <= seats).all():
            best = max(best, sum(values[n, list(picked)].sum() for n, picked in enumerate(agenda)))
    assert facts["total"] - 1e-5 <= best / MILLION <= facts["bound"] + 1e-5
    if facts["gap"] == 0:
        assert facts["total"] == pytest.approx(best / MILLION, abs=1e-5)
    held = [values[row, session] for row, session in zip(*_pairs(found), strict=True)]
    assert facts["total"] == pytest.approx(sum(held) / MILLION, abs=1e-5)
    assert all(value > 0 for value in held)


def _pairs(found: agendas.Agendas) -> tuple[np.ndarray, np.ndarray]:
    row, place = np.nonzero(found.sessions >= 0)
    return row, found.sessions[row, place]


@given(markets(8, 6), st.sampled_from([0.25, 0.5, 1.0]))
@settings(max_examples=60, deadline=None)
def test_nobody_could_simply_take_a_free_place(case: tuple[np.ndarray, int, list[int]], share: float) -> None:
    values, slots, seats = case
    found, _ = shared_out(values, programme(6, slots), seats, share, most=3)
    places = np.minimum(seats, int(share * 8))
    free = places - taken(found, 6)
    assert (free >= 0).all()
    for visitor, agenda in enumerate(found.sessions):
        mine = {int(place) for place in agenda if place >= 0}
        for other in set(np.flatnonzero(free > 0)) - mine:
            at_its_time = {place for place in mine if place % slots == other % slots}
            if len(mine) < 3 or at_its_time:
                assert values[visitor, other] <= values[visitor, list(at_its_time)].sum()


@pytest.mark.parametrize("alike", ["different", "the same", "groups"])
def test_the_gap_is_small(alike: str) -> None:
    chance = np.random.default_rng(1)
    kinds = {"different": 300, "the same": 1, "groups": 5}[alike]
    values = chance.integers(200_000, MILLION, (kinds, 40))[np.arange(300) % kinds]
    seats = chance.integers(5, 30, 40).tolist()
    found, facts = shared_out(values, programme(40, 6), seats, most=4)
    assert (taken(found, 40) <= seats).all()
    assert 0 <= facts["gap"] < 0.02
    assert facts["prices"]
    again, _ = shared_out(values, programme(40, 6), seats, most=4)
    assert (again.sessions == found.sessions).all()


def test_places_of_one_each_go_to_whom_they_fit_best() -> None:
    values = np.array([[900_000, 800_000], [800_000, 100_000]])
    found, facts = shared_out(values, programme(2, 1), [1, 1])
    assert found.sessions[:, 0].tolist() == [1, 0], "0.8 + 0.8 beats 0.9 + 0.1"
    assert facts["total"] == pytest.approx(1.6, abs=1e-5)


def test_nobody_gets_a_place_where_there_is_none() -> None:
    found, facts = shared_out(np.full((5, 3), 500_000), programme(3, 1), [0, 0, 0])
    assert (found.sessions == -1).all()
    assert (facts["total"], facts["bound"], facts["gap"]) == (0, 0, 0)


def test_all_sessions_at_one_time_fill_all_places() -> None:
    values = np.random.default_rng(2).integers(1, MILLION, (30, 5))
    found, _ = shared_out(values, programme(5, 1), [6] * 5)
    assert taken(found, 5).tolist() == [6] * 5


def test_sessions_of_one_theatre_and_start_share_its_places() -> None:
    rows = [session("a", "09:00", theatre__name="Red"), session("b", "09:00", theatre__name=" red ")]
    sessions = sessions_table([*rows, session("c", "", theatre__name="Red"), session("d", "", theatre__name="Red")])
    seats = capacity.limits(sessions, pd.DataFrame({"theatre": ["RED"], "seats": [4]}), 0.75)
    assert seats.tolist() == [3, 3, 3, 3]
    found, _ = shared_out(np.full((9, 4), 500_000), sessions, seats.tolist())
    assert taken(found, 4)[:2].sum() == 3
    assert taken(found, 4)[2:].tolist() == [3, 3]


def test_unknown_seats_are_no_limit() -> None:
    sessions = programme(2, 2)
    seats = capacity.limits(sessions, pd.DataFrame({"theatre": ["Room 0"], "seats": [1]}), 1.0)
    found, facts = shared_out(np.full((7, 2), 500_000), sessions, seats.tolist())
    assert taken(found, 2).tolist() == [1, 7]
    assert capacity.theatres_without_seats(sessions, seats) == ["Room 1"]
    assert facts["gap"] < 0.001
