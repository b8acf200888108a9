"""Learned weights: found where the past tells them, refused where it does not, and the past held out honestly."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend import learning, scores, streams
from pa_assets.agendas.core.recommend.attributes import Attribute, read_attribute
from pa_assets.agendas.core.recommend.inputs import Inputs, Numbers, prepare
from pa_assets.agendas.core.recommend.learning import learned_weights
from pa_assets.agendas.core.recommend.mixing import SIGNALS, Signals
from pa_assets.agendas.core.tables import ATTENDANCE, SESSION_EMBEDDINGS, VISITORS
from pa_assets_tests.agendas.core.recommend_shows import session, sessions_table, show, visitor

SUBJECTS = ["horse", "cat", "nurse", "cattle"]
MAPPING = pd.DataFrame({"answer": [], "stream": []}, dtype=object)


def past_show(*, days: int, people: int = 240, seed: int = 1) -> dict[str, Any]:
    """A past show of 80 sessions where everybody attends their own subject."""
    chance = np.random.default_rng(seed)
    rows = []
    for number in range(80):
        subject = SUBJECTS[number % 4]
        start = pd.Timestamp("2024-11-20 09:00") + pd.Timedelta(days=number * days // 80, minutes=5 * (number % 20))
        for cohort in ("last_year_main", "this_year"):
            text = f"{subject} {chance.choice(['care', 'health', 'practice'])} {number}"
            rows.append(session(f"{cohort[:4]}{number:02}", "10:00", cohort=cohort, title=text, stream=subject))
            rows[-1] |= {"starts_at": start, "ends_at": start + pd.Timedelta(minutes=30), "content_group": f"t{number}"}
    likes = chance.integers(0, 4, people)
    visitors = [visitor(f"p{row:03}", "last_year_main", job_role=f"Role {row % 7}") for row in range(people)]
    visitors += [visitor(f"v{row:03}", person_id=f"person-p{row:03}", job_role="Role 1") for row in range(30)]
    scans = [
        (f"p{row:03}", f"last{4 * pick + like:02}")
        for row, like in enumerate(likes)
        for pick in chance.choice(20, 8, replace=False)
    ]
    attendance = pd.DataFrame(scans, columns=["badge_id", "session_id"]).assign(
        cohort="last_year_main", first_scan=pd.NaT, last_scan=pd.NaT, scans=1, seminar_name="", source_file=""
    )
    attendance = attendance.assign(person_id="person-" + attendance["badge_id"], show_ref="LVS24", year=2024)
    return {
        "visitors": VISITORS.conform(pd.DataFrame(visitors)),
        "attendance": ATTENDANCE.conform(attendance),
        "sessions": sessions_table(rows),
        "embeddings": SESSION_EMBEDDINGS.empty(),
    }


def learn(tables: dict[str, Any], **weights: float) -> tuple[dict[str, float], dict[str, Any]]:
    inputs = prepare(tables["visitors"], tables["attendance"], tables["sessions"], tables["embeddings"])
    attributes = [read_attribute("job_role", 1.0, inputs.visitors, inputs.past_visitors, {})]
    settings = config.Recommendations.model_validate({"weights": {"learned": True} | weights})
    affinity = streams.affinity(inputs, MAPPING, MAPPING, None)
    scorer, facts = scores.build(inputs, attributes, affinity, settings)
    return scorer.weights, facts["learned_weights"]


@pytest.mark.parametrize("days", [1, 4])
def test_weights_that_look_at_the_wrong_signal_are_replaced(days: int) -> None:
    weights, facts = learn(past_show(days=days), own_history=0.0, similar_visitors=1.0, streams=0.0, popularity=0.5)
    assert facts["used"] and facts["interval"][0] > 0
    assert facts["ndcg_learned"] > facts["ndcg_given"] + 0.1
    assert weights["own_history"] + weights["streams"] > weights["similar_visitors"] + weights["popularity"]
    assert max(weights.values()) == 1.0 and set(weights) == set(SIGNALS)


def test_weights_that_are_as_good_as_any_stay() -> None:
    given = {"own_history": 1.0, "similar_visitors": 0.0, "streams": 1.0, "popularity": 0.0}
    weights, facts = learn(past_show(days=4), **given)
    assert not facts["used"] and "not surely better" in facts["reason"]
    assert weights == given


def test_where_there_is_no_pattern_nothing_is_learned() -> None:
    tables = past_show(days=4)
    shuffled = np.random.default_rng(3).permutation(tables["attendance"]["session_id"].to_numpy())
    tables["attendance"] = tables["attendance"].assign(session_id=shuffled)
    weights, facts = learn(tables)
    assert not facts["used"] and weights == facts["given"]


def test_too_small_a_past_says_so() -> None:
    weights, facts = learn(past_show(days=4, people=35))
    assert weights == facts["given"] and not facts["used"] and "fewer than" in facts["reason"]
    tables = {name: show()[name] for name in ("visitors", "attendance", "sessions", "embeddings")}
    assert "past sessions" in learn(tables)[1]["reason"]


def test_learning_twice_gives_the_same() -> None:
    tables = past_show(days=1)
    assert learn(tables, own_history=0.1) == learn(tables, own_history=0.1)


@pytest.mark.parametrize("days", [1, 4])
def test_the_held_out_past_is_like_the_real_case(days: int) -> None:
    tables = past_show(days=days)
    seen: list[Inputs] = []

    def signals(inputs: Inputs, attributes: list[Attribute], affinity: streams.StreamAffinity) -> Any:
        seen.append(inputs)
        assert attributes[0].this_year.shape[0] == len(inputs.visitors)
        assert attributes[0].past.shape[0] == len(inputs.past_visitors)
        assert affinity.sessions.shape[0] == len(inputs.sessions)

        def silent(rows: Numbers) -> Signals:
            return {name: np.zeros((len(rows), len(inputs.sessions))) for name in SIGNALS}

        return silent

    whole = prepare(tables["visitors"], tables["attendance"], tables["sessions"], tables["embeddings"])
    attributes = [read_attribute("job_role", 1.0, whole.visitors, whole.past_visitors, {})]
    affinity = streams.affinity(whole, MAPPING, MAPPING, None)
    learned_weights(whole, attributes, affinity, signals, config.Recommendations())
    for inputs in seen:
        assert not set(inputs.sessions["content_group"]) & set(inputs.past_sessions["content_group"])
        assert not set(inputs.visitors["badge_id"]) & set(inputs.past_visitors["badge_id"])
        if days > 1:
            assert inputs.past_sessions["starts_at"].max() <= inputs.sessions["starts_at"].min()
        known = np.diff(inputs.history.indptr) > 0
        assert known.mean() == pytest.approx(1.0, abs=0.1)  # everybody of this year has a history
    taught, judged = seen
    assert not set(taught.sessions["session_id"]) & set(judged.sessions["session_id"])


def test_strangers_are_taken_out_of_the_past() -> None:
    tables = past_show(days=4)
    rows = tables["visitors"]
    tables["visitors"] = rows.assign(
        person_id=rows["person_id"].where(rows["cohort"].ne("this_year"), rows["badge_id"])
    )
    whole = prepare(tables["visitors"], tables["attendance"], tables["sessions"], tables["embeddings"])
    new = np.arange(len(whole.past_sessions)) >= 60
    visitors = np.arange(50)
    others = np.arange(50, len(whole.past_visitors))
    held = learning._as_a_show(whole, visitors, np.ones(50, dtype=bool), others, new, ~new)
    assert not held.history.nnz
    assert held.people.sum() == whole.past_attendance[50:, :60].sum()
