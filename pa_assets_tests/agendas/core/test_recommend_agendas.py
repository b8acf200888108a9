import itertools
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend import RecommendationError, agendas, timetable
from pa_assets.agendas.core.recommend.booked import bookings
from pa_assets_tests.agendas.core.recommend_shows import session, sessions_table

MINUTE = pd.Timedelta(minutes=1)
LUNCH = [
    {"earliest": "12:00", "latest": "13:30", "minutes": 45},
    {"earliest": "12:00", "latest": "13:00", "minutes": 30},
    {"earliest": "12:45", "latest": "14:00", "minutes": 20},
    {"earliest": "12:10", "latest": "12:50", "minutes": 10},
]
DAYS = (pd.Timestamp("2025-11-20"), pd.Timestamp("2025-11-21"))


class Slot(NamedTuple):
    """A time that is booked and no session's."""

    theatre__name: str
    starts_at: pd.Timestamp
    ends_at: pd.Timestamp
    content_group: str = "no talk"


def made(**values: Any) -> config.Recommendations:
    return config.Recommendations.model_validate(values)


@st.composite
def cases(draw: st.DrawFn, *features: str) -> dict[str, Any]:
    """A small programme with two visitors; only the named features are drawn, the others are off."""
    quarters = st.sampled_from([0, 1, 2, 93, 94, 95]) if "midnight" in features else st.integers(44, 60)
    days = DAYS[:1] if "noon" in features else DAYS
    if "noon" in features:
        quarters = st.integers(46, 55)

    def some(feature: str, strategy: st.SearchStrategy[Any], otherwise: Any) -> Any:
        return draw(strategy) if feature in features else otherwise

    count = draw(st.integers(1, 7))
    rows = []
    for number in range(count):
        begins = draw(st.sampled_from(days)) + draw(quarters) * 15 * MINUTE
        rows.append(
            session(
                f"s{number}",
                "",
                starts_at=begins,
                ends_at=begins + draw(st.sampled_from([15, 30, 60, 90])) * MINUTE,
                theatre__name=draw(st.sampled_from(["Red", "Blue", "red ", ""])),
                content_group=f"talk{some('talks', st.integers(0, 2), number)}",
            )
        )
    if some("untimed", st.booleans(), False):
        rows.append(session("s8", "", content_group="talk0"))
    values = st.lists(st.integers(0, 9), min_size=len(rows), max_size=len(rows))
    flags = st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))
    taken = st.tuples(st.sampled_from(days), quarters, st.sampled_from([15, 30, 120]))
    return {
        "sessions": sessions_table(rows),
        "values": np.array(draw(st.lists(values, min_size=2, max_size=2)), dtype=np.int32),
        "settings": made(
            max_recommendations=draw(st.integers(1, 5)),
            max_per_day=some("per_day", st.integers(1, 2), None),
            travel_minutes=some("travel", st.sampled_from([0, 15, 30]), 0),
            breaks=some("breaks", st.sampled_from([LUNCH[:1], LUNCH[1:3], LUNCH[3:]]), []),
        ),
        "pinned": np.array(some("pins", flags, [False] * len(rows))),
        "booked": pd.DataFrame(
            [
                ("v0", name, day + start * 15 * MINUTE, day + (start * 15 + length) * MINUTE)
                for (day, start, length), name in zip(
                    some("booked", st.lists(taken, max_size=2), []), draw(st.permutations(["", "s0"])), strict=False
                )
            ],
            columns=["badge_id", "session_id", "starts_at", "ends_at"],
        ),
    }


def clash(one: Any, other: Any, travel: int) -> bool:
    if pd.isna(one.starts_at) or pd.isna(other.starts_at):
        return False
    names = [row.theatre__name.strip().lower() for row in (one, other)]
    gap = 0 * MINUTE if names[0] == names[1] != "" else travel * MINUTE
    return bool(one.starts_at < other.ends_at + gap and other.starts_at < one.ends_at + gap)


def has_break(day: pd.Timestamp, pause: config.Break, taken: list[Any]) -> bool:
    start, latest = (day + pd.Timedelta(f"{time}:00") for time in (pause.earliest, pause.latest))
    while start + pause.minutes * MINUTE <= latest:
        if not any(row.starts_at < start + pause.minutes * MINUTE and row.ends_at > start for row in taken):
            return True
        start += 5 * MINUTE
    return False


def allowed(picked: tuple[int, ...], rows: list[Any], booked: list[Any], rules: config.Recommendations) -> bool:
    chosen = [rows[place] for place in picked]
    pairs = list(itertools.combinations(chosen, 2))
    if any(clash(one, other, rules.travel_minutes) or one.content_group == other.content_group for one, other in pairs):
        return False
    by_id = {row.session_id: row for row in rows}
    busy = [by_id.get(taken.session_id, Slot("", taken.starts_at, taken.ends_at)) for taken in booked]
    for row, taken in itertools.product(chosen, busy):
        if clash(row, taken, rules.travel_minutes) or row.content_group == taken.content_group:
            return False
    days = [day for day in day_numbers(rows, rules)[list(picked)] if day >= 0]
    if rules.max_per_day and any(days.count(day) > rules.max_per_day for day in days):
        return False
    timed = [row for row in chosen if not pd.isna(row.starts_at)]
    for day, pause in itertools.product((*DAYS, DAYS[1] + pd.Timedelta(days=1)), rules.breaks):
        if not has_break(day, pause, timed + (busy if has_break(day, pause, busy) else [])):
            return False
    return True


def day_numbers(rows: list[Any], rules: config.Recommendations) -> np.ndarray:
    """One number per day; dates whose sessions clash are one."""
    dates = [-1 if pd.isna(row.starts_at) else row.starts_at.dayofyear for row in rows]
    touching = any(
        clash(one, other, rules.travel_minutes) and one.starts_at.date() != other.starts_at.date()
        for one, other in itertools.combinations(rows, 2)
    )
    return np.array([min(date, 1) if touching else date for date in dates])


def check_against_brute_force(case: dict[str, Any]) -> None:
    sessions, values, rules = case["sessions"], case["values"], case["settings"]
    table = timetable.timetable(sessions, rules)
    taken = bookings(case["booked"], pd.Series(["v0", "v1"]), sessions, table)
    offered = values.copy()
    taken.block(offered, table)
    forced = agendas.pinned(offered, case["pinned"], table, taken.times())
    found = agendas.best(agendas.offer(offered, forced, taken.times()), table)
    rows = list(sessions.itertuples())
    for visitor in range(2):
        booked = list(case["booked"].itertuples()) if visitor == 0 else []
        mine = values[visitor]
        possible = [
            picked
            for size in range(min(rules.max_recommendations, len(rows)) + 1)
            for picked in itertools.combinations(np.flatnonzero(mine > 0), size)
            if allowed(picked, rows, booked, rules)
        ]
        picked = tuple(sorted(found.sessions[visitor][found.sessions[visitor] >= 0]))
        assert picked in possible
        pins = {place for place in picked if case["pinned"][place]}
        assert mine[list(pins)].sum() == max(mine[[p for p in other if case["pinned"][p]]].sum() for other in possible)
        assert mine[list(picked)].sum() == max(mine[list(other)].sum() for other in possible if pins <= set(other))
        assert found.sums[visitor] == found.bounds[visitor]


FEATURES = ("travel", "per_day", "breaks", "pins", "booked", "talks", "untimed", "midnight")


@pytest.mark.parametrize("feature", ["none", *FEATURES])
def test_agendas_are_as_good_as_brute_force(feature: str) -> None:
    @given(cases(feature, *(["per_day"] if feature == "midnight" else [])))
    @settings(max_examples=60, deadline=None)
    def check(case: dict[str, Any]) -> None:
        check_against_brute_force(case)

    check()


@pytest.mark.parametrize("features", [("breaks", "booked"), ("breaks", "travel"), ("breaks", "talks", "per_day")])
def test_breaks_beside_what_else_takes_time(features: tuple[str, ...]) -> None:
    @given(cases("noon", *features))
    @settings(max_examples=150, deadline=None)
    def check(case: dict[str, Any]) -> None:
        check_against_brute_force(case)

    check()


@given(cases(*FEATURES[:-1]))
@settings(max_examples=250, deadline=None)
def test_everything_at_once_is_as_good_as_brute_force(case: dict[str, Any]) -> None:
    check_against_brute_force(case)


def test_equal_sums_go_to_the_agenda_that_ends_earlier() -> None:
    rows = [session(f"s{number}", start) for number, start in enumerate(["11:00", "09:00", "09:10", "10:00"])]
    table = timetable.timetable(sessions_table(rows), made(max_recommendations=1))
    assert agendas.best(agendas.offer(np.full((1, 4), 5, dtype=np.int32)), table).sessions.tolist() == [[1]]


def test_a_talk_given_many_times_stands_once_and_where_it_disturbs_least() -> None:
    rows = [session(f"s{number}", f"{9 + number % 6}:00", content_group=f"talk{number % 4}") for number in range(18)]
    table = timetable.timetable(sessions_table(rows), made())
    values = np.random.default_rng(5).integers(1, 100, (30, 18)).astype(np.int32)
    found = agendas.best(agendas.offer(values), table)
    assert (found.sums == found.bounds).all()
    for visitor, agenda in enumerate(found.sessions):
        best = max(
            sum(values[visitor, list(picked)])
            for picked in itertools.product(*([n for n in range(18) if n % 4 == talk] for talk in range(4)))
            if len({n % 6 for n in picked}) == 4
        )
        assert found.sums[visitor] >= best
        assert len({n % 4 for n in agenda[agenda >= 0]}) == (agenda >= 0).sum()


def test_times_that_are_missing_or_void() -> None:
    rows = [
        session("a", "09:00", 30),
        session("b", "09:10", 0),
        session("c", ""),
        session("d", "09:20", ends_at=pd.NaT),
    ]
    table = timetable.timetable(sessions_table(rows), made(travel_minutes=5))
    assert table.without_time == 1
    assert table.day.tolist() == [0, 0, -1, 0]
    found = agendas.best(agendas.offer(np.array([[9, 1, 2, 3]], dtype=np.int32)), table)
    assert sorted(found.sessions[0].tolist()) == [-1, -1, 0, 2]


def test_parts_of_visitors_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [session(f"s{number}", f"{9 + number % 5}:{number % 4 * 15:02}", 45) for number in range(15)]
    table = timetable.timetable(sessions_table(rows), made())
    values = np.random.default_rng(3).integers(0, 100, (50, 15)).astype(np.int32)
    whole = agendas.best(agendas.offer(values), table)
    monkeypatch.setattr(agendas, "_ROWS_PER_THREAD", 1)
    assert (agendas.best(agendas.offer(values), table).sessions == whole.sessions).all()


def test_no_session_and_no_visitor() -> None:
    none = timetable.timetable(sessions_table([session("a", "09:00")]).head(0), made())
    assert agendas.best(agendas.offer(np.zeros((3, 0), dtype=np.int32)), none).sessions.shape == (3, 0)
    one = timetable.timetable(sessions_table([session("a", "09:00")]), made())
    assert agendas.best(agendas.offer(np.zeros((0, 1), dtype=np.int32)), one).sessions.shape == (0, 1)


def test_more_breaks_than_a_day_can_hold_are_an_error() -> None:
    pauses = [{"earliest": f"{9 + n:02}:00", "latest": f"{10 + n:02}:00", "minutes": 5} for n in range(6)]
    rows = [session(f"s{n}", f"{9 + n}:00", 50) for n in range(6)]
    with pytest.raises(RecommendationError, match=r"6 breaks fall on one day; at most 5"):
        timetable.timetable(sessions_table(rows), made(breaks=pauses))


def test_a_break_that_is_shorter_than_the_way() -> None:
    rules = made(travel_minutes=30, breaks=[{"earliest": "12:10", "latest": "12:50", "minutes": 10}])
    rows = [
        session("a", "11:30", 40, theatre__name="Red"),
        session("b", "12:10", 18, theatre__name="Red"),
        session("c", "12:30", 20, theatre__name="Red"),
        session("d", "12:30", 20, theatre__name="Blue"),
    ]
    table = timetable.timetable(sessions_table(rows), rules)
    found = agendas.best(agendas.offer(np.array([[5, 1, 5, 0], [5, 0, 0, 6]], dtype=np.int32)), table)
    assert [sorted(agenda[agenda >= 0].tolist()) for agenda in found.sessions] == [[0, 2], [3]]
