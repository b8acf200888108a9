import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend import agendas, timetable
from pa_assets.agendas.core.recommend.booked import bookings
from pa_assets_tests.agendas.core.recommend_shows import session, sessions_table

MINUTE = pd.Timedelta(minutes=1)
DAYS = (pd.Timestamp("2025-11-20"), pd.Timestamp("2025-11-21"))


def made(**values: Any) -> config.Recommendations:
    return config.Recommendations.model_validate(values)


@st.composite
def cases(draw: st.DrawFn, *features: str) -> dict[str, Any]:
    """A small programme with two visitors; only the named features are drawn, the others are off."""

    def some(feature: str, strategy: st.SearchStrategy[Any], otherwise: Any) -> Any:
        return draw(strategy) if feature in features else otherwise

    count = draw(st.integers(1, 7))
    late = "midnight" in features
    rows = []
    for number in range(count):
        begins = (
            draw(st.sampled_from(DAYS))
            + draw(st.integers(44, 60) if not late else st.sampled_from([0, 1, 2, 93, 94, 95])) * 15 * MINUTE
        )
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
    taken = st.tuples(st.sampled_from(DAYS), st.integers(44, 60), st.sampled_from([15, 30, 120]))
    return {
        "sessions": sessions_table(rows),
        "values": np.array(draw(st.lists(values, min_size=2, max_size=2)), dtype=np.int32),
        "settings": made(
            max_recommendations=draw(st.integers(1, 5)),
            max_per_day=some("per_day", st.integers(1, 2), None),
            travel_minutes=some("travel", st.sampled_from([0, 15, 30]), 0),
            breaks=some(
                "breaks",
                st.sampled_from(
                    [
                        [{"earliest": "12:00", "latest": "13:30", "minutes": 45}],
                        [{"earliest": "12:00", "latest": "13:00", "minutes": 30}] * 1
                        + [{"earliest": "12:45", "latest": "14:00", "minutes": 20}],
                    ]
                ),
                [],
            ),
        ),
        "pinned": np.array(
            some("pins", st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)), [False] * len(rows))
        ),
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
    if any(clash(one, other, rules.travel_minutes) for one, other in pairs):
        return False
    if any(one.content_group == other.content_group for one, other in pairs):
        return False
    for row, taken in itertools.product(chosen, booked):
        named = rows[[other.session_id for other in rows].index(taken.session_id)] if taken.session_id else taken
        place = named if taken.session_id else pd.Series(dict(taken._asdict(), theatre__name=""))
        if clash(row, place, rules.travel_minutes) or row.content_group == getattr(named, "content_group", None):
            return False
    timed = [row for row in chosen if not pd.isna(row.starts_at)]
    if (
        rules.max_per_day
        and max(
            np.unique(day_numbers(rows, rules)[list(picked)], return_counts=True)[1][
                1 if len(timed) < len(chosen) else 0 :
            ],
            default=0,
        )
        > rules.max_per_day
    ):
        return False
    busy = [
        rows[[other.session_id for other in rows].index(taken.session_id)] if taken.session_id else taken
        for taken in booked
    ]
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


@pytest.mark.parametrize(
    "feature", ["none", "travel", "per_day", "breaks", "pins", "booked", "talks", "untimed", "midnight"]
)
def test_agendas_are_as_good_as_brute_force(feature: str) -> None:
    @given(cases(feature, *(["per_day"] if feature == "midnight" else [])))
    @settings(max_examples=60, deadline=None)
    def check(case: dict[str, Any]) -> None:
        check_against_brute_force(case)

    check()


@given(cases("travel", "per_day", "breaks", "pins", "booked", "talks", "untimed"))
@settings(max_examples=250, deadline=None)
def test_everything_at_once_is_as_good_as_brute_force(case: dict[str, Any]) -> None:
    check_against_brute_force(case)
