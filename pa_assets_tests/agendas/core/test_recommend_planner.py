from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend import RecommendationError, planner, rules
from pa_assets.agendas.core.recommend.inputs import Inputs, prepare
from pa_assets.agendas.core.recommend.picks import Picks
from pa_assets.agendas.core.recommend.timetable import timetable
from pa_assets.agendas.core.tables import ATTENDANCE, SESSION_EMBEDDINGS, VISITORS
from pa_assets_tests.agendas.core.recommend_shows import session, sessions_table, visitor


@dataclass
class Given:
    """Scores as they are given."""

    inputs: Inputs
    scores: np.ndarray

    def fit(self, rows: np.ndarray) -> np.ndarray:
        return self.scores[rows]

    def score_of(self, fit: np.ndarray) -> np.ndarray:
        return np.rint(np.minimum(fit, 1.0) * 1_000_000).astype(np.int32)


def planned(
    scores: Any,
    sessions: list[dict[str, Any]],
    *,
    booked: Any = (),
    people: Any = None,
    stays: Any = None,
    kept: Picks | None = None,
    seats: dict[str, int] | None = None,
    **settings: Any,
) -> planner.Plan:
    scores = np.array(scores, dtype=float)
    visitors = people or [visitor(f"v{n}") for n in range(len(scores))]
    inputs = prepare(
        VISITORS.conform(pd.DataFrame(visitors)),
        ATTENDANCE.empty(),
        sessions_table(sessions),
        SESSION_EMBEDDINGS.empty(),
    )
    rule = config.Recommendations.model_validate(settings)
    matched = rules.match(rule.rules, inputs.visitors, inputs.sessions, [])
    bookings = pd.DataFrame(booked, columns=["badge_id", "session_id", "starts_at", "ends_at"])
    bookings = bookings.astype({"starts_at": "datetime64[ns]", "ends_at": "datetime64[ns]"})
    places = None if seats is None else pd.DataFrame({"theatre": list(seats), "seats": list(seats.values())})
    plan = planner.Planner(Given(inputs, scores), matched, timetable(inputs.sessions, rule), rule, bookings)
    return plan.plan(stays, kept, places, "vet")


def agendas(plan: planner.Plan) -> list[list[int]]:
    return [sorted(plan.picks.session[plan.picks.visitor == n].tolist()) for n in range(len(plan.why))]


HOURS = [session(f"s{n}", f"{9 + n}:00", theatre__name=f"Room {n}") for n in range(4)]
AT_ONCE = [session(f"s{n}", "09:00", theatre__name=f"Room {n}") for n in range(4)]


def test_pinned_and_excluded_sessions() -> None:
    plan = planned([[0.9, 0.8, 0.1, 0.0]] * 2, HOURS, pinned_sessions=["s2"], excluded_sessions=["s0"])
    assert agendas(plan) == [[1, 2]] * 2
    assert plan.picks.score.tolist() == [800_000, 100_000] * 2
    plan = planned([[0.9, 0.1, 0.0, 0.2]], AT_ONCE, pinned_sessions=["s1", "s3"])
    assert agendas(plan) == [[3]]


def test_a_pinned_session_that_is_not_there_is_an_error_with_hints() -> None:
    with pytest.raises(RecommendationError, match=r"pinned_sessions.*'s22' \(nearest: s2"):
        planned([[0.9] * 4], HOURS, pinned_sessions=["s22"])


def test_why_a_visitor_has_no_agenda() -> None:
    rows = [session(f"s{n}", "09:00", theatre__name=f"Room {n}", stream=f"Stream {n}") for n in range(4)]
    people = [visitor("v0"), visitor("v1", job_role="vet"), visitor("v2"), visitor("v3"), visitor("v4")]
    rule = {
        "name": "no vets",
        "visitors": {"answers": {"job_role": ["vet"]}},
        "sessions": {"stream": ["stream 0"]},
        "action": "drop",
        "if_nothing_is_left": "allow_empty",
    }
    plan = planned(
        [[0.1] * 4, [0.9, 0, 0, 0], [0, 0.9, 0, 0], [0.9, 0, 0, 0.9], [0, 0, 0, 0.9]],
        rows,
        people=people,
        rules=[rule],
        excluded_sessions=["s1"],
        booked=[("v3", "s2", pd.NaT, pd.NaT)],
    )
    assert plan.why.tolist() == [
        "no session reaches the least score",
        "the rules of the show leave no session",
        "every session that fits is excluded",
        "every session that fits is booked or at a booked time",
        "",
    ]
    assert (plan.removed.visitor.tolist(), plan.removed.session.tolist()) == ([1], [0])
    assert (plan.removed.rule.tolist(), plan.removed.score.tolist()) == ([1], [900_000])


def test_bookings_take_time_and_places() -> None:
    booked = [("v0", "s1", pd.NaT, pd.NaT), ("v1", "", "2025-11-20 09:10", "2025-11-20 09:20")]
    plan = planned([[0.9] * 4] * 3, HOURS, booked=booked)
    assert agendas(plan) == [[0, 2, 3], [1, 2, 3], [0, 1, 2, 3]]
    limit = {"theatre_capacity_limits": {"enabled": True}}
    plan = planned([[0.9] * 4] * 3, HOURS, booked=booked, seats={f"Room {n}": 2 for n in range(4)}, **limit)
    assert np.bincount(plan.picks.session).tolist() == [2, 1, 2, 2]


def test_who_stays_is_not_planned_and_keeps_the_place() -> None:
    kept = Picks(np.array([0, 1]), np.array([3, 3]), np.array([500_000, 500_000]))
    plan = planned(
        [[0, 0, 0, 0.9]] * 3,
        HOURS,
        stays=lambda rows, values: (rows == 0) & (values[:, 3] == 900_000),
        kept=kept,
        seats={"Room 3": 2},
        theatre_capacity_limits={"enabled": True},
    )
    assert plan.planned.tolist() == [False, True, True]
    assert agendas(plan)[0] == []
    assert len(plan.picks.visitor) == 1
    assert plan.statistics["limits"]["sessions_full"] == 1
    assert plan.statistics["limits"]["sessions_without_capacity"] == 3
    assert plan.statistics["limits"]["theatres_without_capacity"] == ["Room 0", "Room 1", "Room 2"]


def test_one_visitor_more_changes_nobody_where_nothing_is_limited() -> None:
    scores = np.random.default_rng(0).random((20, 4))
    fewer = planned(scores[:19], HOURS, travel_minutes=10, stream_diversity=0.3)
    more = planned(scores, HOURS, travel_minutes=10, stream_diversity=0.3, max_share_per_session=1.0)
    assert agendas(fewer) == agendas(more)[:19]


def test_the_concentration_cap_counts_those_who_can_get_an_agenda() -> None:
    plan = planned([[0.9, 0.5, 0, 0]] * 7 + [[0.0] * 4], AT_ONCE, max_share_per_session=0.5)
    assert np.bincount(plan.picks.session).tolist() == [3, 3]
    assert plan.statistics["share_of"] == 7


def test_exposure_goes_to_those_who_lose_least() -> None:
    scores = [[0.9, 0.4, 0, 0], [0.9, 0.8, 0, 0], [0.9, 0.6, 0, 0], [0.9, 0.0, 0, 0]]
    wish = {"sessions": {"session_id": ["s1"]}, "least_share": 0.5}
    plan = planned(scores, AT_ONCE, exposure=[wish])
    assert agendas(plan) == [[0], [1], [1], [0]]
    told = plan.statistics["limits"]["exposure"]
    assert told == [{"session_id": "s1", "reached": 2, "wished": 2, "could_be_asked": 3, "score_lost": 0.4}]
    plan = planned(scores, AT_ONCE, exposure=[wish | {"least_share": 1.0}])
    assert plan.statistics["limits"]["exposure"][0]["reached"] == 3, "nobody is given what is not offered"
    limit = {"theatre_capacity_limits": {"enabled": True}}
    plan = planned(scores, AT_ONCE, exposure=[wish], seats={"Room 1": 1}, **limit)
    assert agendas(plan) == [[0], [1], [0], [0]]


def test_pinned_places_go_to_those_whom_they_fit_best() -> None:
    limit = {"theatre_capacity_limits": {"enabled": True}}
    plan = planned(
        [[0.1, 0.9], [0.5, 0.9], [0.3, 0.9]], AT_ONCE[:2], pinned_sessions=["s0"], seats={"Room 0": 2}, **limit
    )
    assert agendas(plan) == [[1], [0], [0]]


def test_further_sessions_of_a_stream_count_less() -> None:
    rows = [session(f"s{n}", f"{9 + n}:00", stream=name) for n, name in enumerate(["Cat; Dog", "Cat", "Dog", "Horse"])]
    scores = [[0.9, 0.8, 0.7, 0.5]]
    assert agendas(planned(scores, rows, max_recommendations=2)) == [[0, 1]]
    plan = planned(scores, rows, max_recommendations=2, stream_diversity=1.0)
    assert agendas(plan) == [[0, 3]], "0.8 and 0.7 are second in their streams and count half"
    assert plan.picks.score.tolist() == [900_000, 500_000], "scores are told as they are"


def test_alternatives_are_at_the_time_of_one_session_alone() -> None:
    rows = [
        session("s0", "09:00", 60),
        session("s1", "09:30", 60),
        session("s2", "10:00", 60),
        session("s3", "09:00"),
        session("s4", "09:00", content_group="talks2"),
        session("s5", "09:15", 10),
    ]
    plan = planned([[0.9, 0.8, 0.9, 0.5, 0.6, 0.4]], rows)
    assert agendas(plan) == [[0, 2]]
    named = plan.alternatives
    assert (named.session.tolist(), named.place.tolist()) == ([0, 0], [1, 2])
    assert (named.alternative.tolist(), named.score.tolist()) == ([3, 5], [500_000, 400_000])
    assert len(planned([[0.9, 0.8, 0.9, 0.5, 0.6, 0.4]], rows, alternatives=0).alternatives.place) == 0


def test_returning_visitors_without_history_go_second() -> None:
    people = [visitor("v0", assist_year_before=1), visitor("v1")]
    plan = planned([[0.64], [0.64]], HOURS[:1], people=people, returning_without_history={"enabled": True})
    assert plan.picks.score.tolist() == [512_000, 640_000]


def test_a_session_that_leaves_no_break_stands_in_no_agenda() -> None:
    rows = [session("s0", "11:00", 240), session("s1", "12:10", 30)]
    pause = {"earliest": "12:00", "latest": "14:00", "minutes": 60}
    plan = planned([[0.9, 0.5], [0.9, 0.0]], rows, breaks=[pause])
    assert agendas(plan) == [[1], []]
    assert plan.why.tolist() == ["", "every session that fits leaves no time for a break"]
    with pytest.raises(RecommendationError, match=r"breaks: 60 minutes do not fit between 12:00 and 12:30"):
        planned([[0.9, 0.5]], rows, breaks=[pause | {"latest": "12:30"}])


def test_no_session_and_no_visitor() -> None:
    assert planned(np.zeros((2, 0)), [HOURS[0] | {"cohort": "last_year_main"}]).picks.visitor.size == 0
    nobody = [visitor("p0", "last_year_main")]
    for settings in ({}, {"max_share_per_session": 0.5}):
        plan = planned(np.zeros((0, 4)), HOURS, people=nobody, **settings)
        assert (len(plan.why), len(plan.picks.visitor)) == (0, 0)
