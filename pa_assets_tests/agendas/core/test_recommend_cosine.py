from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend import (
    RecommendationError,
    RecommendationResult,
    cosine,
    recommend,
    rules,
    similar,
)
from pa_assets.agendas.core.recommend.attributes import read_attribute
from pa_assets.agendas.core.recommend.inputs import Inputs, prepare
from pa_assets.agendas.core.tables import ATTENDANCE, SESSION_EMBEDDINGS, VISITORS
from pa_assets_tests.agendas.core.recommend_shows import (
    EVENT,
    NO_MAPPING,
    PEOPLE,
    session,
    sessions_table,
    show,
    visitor,
)

QUESTION = "What do you treat?"

# Worked by hand. Vectors of last year: p1 (1,0,0), p2 (0,1,0), p3 (0,0,1), p4 (.6,.8,0); of this year, with their
# cosines to p1 .. p4:
#   n1 (.8,.6,0)     09:00-10:00 Equine        .8   .6   0    .96
#   n2 (3,0,4)       09:30-10:30 Feline        .6   0    .8   .36     length 5; at the time of n1
#   n3 (.28,.96,0)   11:00-12:00 Nursing       .28  .96  0    .936    .28 x .6 + .96 x .8
#   n4 (0,.6,.8)     12:00-13:00 Farm          0    .6   .8   .48
#   n5 (1,1,1)       13:00-14:00 Small Animal  .577350 three times, .808290    1 / sqrt 3, 1.4 / sqrt 3
# Past attendees: u1 (Equine, Vet Nurse) p4; u2 (Equine, Student) p3; u3 (Small Animal, Vet) p1 and p2;
# ua (no answers) p1 and p2. Weights: treats .8, job role .8. k = 3, K = 4, least score .45, exponent 1.5.
#   a, badge ua last year, vet: own history p1, p2.
#   b, new, Equine, Vet Nurse: u1 with 1.6, u2 with .8; nobody else has an equal answer: p3, p4.
#   c, came last year but has no scan, Small Animal, Practice Manager: u3 with .8: p1, p2.
#   d, new, no answers: popular sessions; four were attended and K = 4: all of them.
COSINES = {
    "a": {"n1": 0.8, "n2": 0.6, "n3": 0.96, "n4": 0.6, "n5": 0.577350},
    "b": {"n1": 0.96, "n2": 0.8, "n3": 0.936, "n4": 0.8, "n5": 0.808290},
    "c": {"n1": 0.8, "n2": 0.6, "n3": 0.96, "n4": 0.6, "n5": 0.577350},
    "d": {"n1": 0.96, "n2": 0.8, "n3": 0.96, "n4": 0.8, "n5": 0.808290},
}
CARRIED = {
    "a": "returning_past_sessions",
    "b": "new_similar_visitors",
    "c": "returning_similar_visitors",
    "d": "new_popular_fallback",
}
# Equine practices get neither Feline nor Farm nor Small Animal, small animal practices neither Equine nor Farm, vets no
# Nursing, and nurses only Nursing.
REMOVED = {
    "a": {"n3": "vets"},
    "b": {"n2": "equine", "n4": "equine", "n5": "equine", "n1": "nurses"},
    "c": {"n1": "small animal", "n4": "small animal"},
    "d": {},
}
# a: n1 beats n2 at its time. c has no history: scores to the power of 1.5 once they have reached the least score, so
# n5 stays with less than that. d: n1 beats n2; n1 and n3 are equal, and the first goes first.
AGENDAS = {
    "a": [("n1", 0.8), ("n4", 0.6), ("n5", 0.577350)],
    "b": [("n3", 0.936)],
    "c": [("n3", 0.940604), ("n2", 0.464758), ("n5", 0.438691)],
    "d": [("n1", 0.96), ("n3", 0.96), ("n5", 0.808290), ("n4", 0.8)],
}
VECTORS = {
    "p1": (1.0, 0, 0),
    "p2": (0, 1.0, 0),
    "p3": (0, 0, 1.0),
    "p4": (0.6, 0.8, 0),
    "n1": (0.8, 0.6, 0),
    "n2": (3.0, 0, 4.0),
    "n3": (0.28, 0.96, 0),
    "n4": (0, 0.6, 0.8),
    "n5": (1.0, 1.0, 1.0),
}
STREAMS = {"n1": "Equine", "n2": "Feline", "n3": "Nursing", "n4": "Farm", "n5": "Small Animal"}
STARTS = {"n1": ("9:00", 60), "n2": ("9:30", 60), "n3": ("11:00", 60), "n4": ("12:00", 60), "n5": ("13:00", 60)}


def drop(name: str, answers: dict[str, list[str]], streams: list[str], action: str = "drop") -> dict[str, Any]:
    return {"name": name, "visitors": {"answers": answers}, "sessions": {"stream": streams}, "action": action}


SETTINGS = config.Recommendations.model_validate(
    {
        "strategy": "max_cosine",
        "min_similarity_score": 0.45,
        "max_recommendations": 4,
        "similar_visitors_count": 3,
        "similarity_attributes": {QUESTION: 0.8, "job_role": 0.8},
        "returning_without_history": {"enabled": True, "similarity_exponent": 1.5},
        "rules": [
            drop("equine", {QUESTION: ["equine"]}, ["feline", "farm", "small animal"]),
            drop("small animal", {QUESTION: ["small animal"]}, ["equine", "farm"]),
            drop("vets", {"job_role": ["vet/vet surgeon"]}, ["nursing"]),
            drop("nurses", {"job_role": ["vet nurse"]}, ["nursing", "wellbeing", "welfare"], "keep_only"),
        ],
    }
)


def by_hand() -> dict[str, Any]:
    programme = [session(name, *STARTS[name], stream=STREAMS[name], theatre__name=name) for name in sorted(STREAMS)] + [
        session(name, "", cohort="last_year_main", starts_at=pd.Timestamp("2024-11-20 09:00"))
        for name in ("p1", "p2", "p3", "p4")
    ]
    people = [
        visitor("u1", "last_year_main", what_did_you_treat=["Equine"], job_role="Vet Nurse"),
        visitor("u2", "last_year_main", what_did_you_treat=["Equine"], job_role="Student"),
        visitor("u3", "last_year_main", what_did_you_treat=["Small Animal"], job_role="Vet"),
        visitor("ua", "last_year_main"),
        visitor("a", person_id="person-ua", job_role="Vet/Vet Surgeon", assist_year_before=1),
        visitor("b", what_do_you_treat=["Equine"], job_role="Vet Nurse"),
        visitor("c", what_do_you_treat=["Small Animal"], job_role="Practice Manager", assist_year_before=1),
        visitor("d"),
    ]
    seen = [("u1", "p4"), ("u2", "p3"), ("u3", "p1"), ("u3", "p2"), ("ua", "p1"), ("ua", "p2")]
    attendance = pd.DataFrame(seen, columns=["badge_id", "session_id"]).assign(
        cohort="last_year_main",
        first_scan=pd.NaT,
        last_scan=pd.NaT,
        scans=1,
        show_ref="LVS24",
        year=2024,
        seminar_name="",
        source_file="",
    )
    attendance["person_id"] = "person-" + attendance["badge_id"]
    sessions = sessions_table(programme)
    vectors = [np.array(VECTORS[name]) for name in sessions["session_id"]]
    return {
        "visitors": VISITORS.conform(pd.DataFrame(people)),
        "attendance": ATTENDANCE.conform(attendance),
        "sessions": sessions,
        "embeddings": SESSION_EMBEDDINGS.conform(
            sessions[["session_id", "cohort"]].assign(text_hash="h", vector=vectors)
        ),
    }


def built(
    tables: dict[str, Any], options: config.Recommendations = SETTINGS
) -> tuple[cosine.CosineScorer, dict[str, Any], Inputs]:
    inputs = prepare(tables["visitors"], tables["attendance"], tables["sessions"], tables["embeddings"])
    names = {QUESTION: "what_do_you_treat"}
    attributes = [
        read_attribute(names.get(name, name), weight, inputs.visitors, inputs.past_visitors, PEOPLE.same_question)
        for name, weight in options.similarity_attributes.items()
    ]
    return *cosine.build(inputs, attributes, options), inputs


def everybody(inputs: Inputs) -> Any:
    return np.arange(len(inputs.visitors))


def test_cosines_worked_by_hand() -> None:
    scorer, facts, inputs = built(by_hand())
    fit = pd.DataFrame(scorer.fit(everybody(inputs)), inputs.visitors["badge_id"], inputs.sessions["session_id"])
    for badge, expected in COSINES.items():
        assert fit.loc[badge].to_dict() == pytest.approx(expected, abs=1e-6)
    assert dict(zip(inputs.visitors["badge_id"], scorer.carried, strict=True)) == CARRIED
    assert facts["popular_sessions_drawn"] == ["p1", "p2", "p3", "p4"]
    millionths = scorer.score_of(fit.to_numpy())
    assert millionths.dtype == np.int32
    assert (abs(millionths / 1e6 - fit.to_numpy()) < 1e-6).all()
    assert scorer.score_of(np.array([1.3, -0.2])).tolist() == [1_000_000, 0]


def test_filters_worked_by_hand() -> None:
    scorer, _, inputs = built(by_hand())
    matched = rules.match(SETTINGS.rules, inputs.visitors, inputs.sessions, [QUESTION])
    rows = everybody(inputs)
    applied = rules.apply(matched, rows, scorer.fit(rows), 450_000, scorer.score_of, count=True)
    names = pd.DataFrame(rules.names_of(matched, applied.removed), list("abcd"), inputs.sessions["session_id"])
    found = {badge: {key: name for key, name in row.items() if name} for badge, row in names.T.to_dict().items()}
    assert found == REMOVED
    assert [matched_rule.count.removed for matched_rule in matched] == [3, 2, 1, 1]


def test_agendas_worked_by_hand() -> None:
    result = recommend(
        **by_hand(),
        job_streams=NO_MAPPING,
        specialisation_streams=NO_MAPPING,
        capacity=None,
        settings=SETTINGS,
        event=EVENT,
        people=PEOPLE,
    )
    for badge, expected in AGENDAS.items():
        found = result.table[result.table["badge_id"] == badge].sort_values("rank")
        assert found["session_id"].tolist() == [name for name, _ in expected]
        assert found["score"].tolist() == pytest.approx([score for _, score in expected], abs=1e-6)
        assert set(found["strategy"]) == {CARRIED[badge]}
    assert set(result.table["badge_id"]) == set(AGENDAS)
    removed = {badge: dict(zip(part["session_id"], part["rule"], strict=True)) for badge, part in by_badge(result)}
    assert removed == {badge: taken for badge, taken in REMOVED.items() if taken}


def by_badge(result: RecommendationResult) -> Any:
    return result.removed.groupby("badge_id")


def test_reasons_say_what_carried() -> None:
    scorer, _, _ = built(by_hand())
    visitor_row, session_row = np.array([0, 0, 1, 3]), np.array([0, 2, 2, 4])
    reasons, carried = scorer.explain(visitor_row, session_row)
    title = "Most like 'Talk {}', which you attended last year"
    assert reasons == [
        [title.format("p1")],
        [title.format("p2")],
        [cosine.SIMILAR_REASON],
        [cosine.POPULAR_REASON],
    ]
    assert carried.tolist() == [CARRIED[badge] for badge in "aabd"]


def test_a_session_that_no_reference_is_like_completes_the_agenda() -> None:
    tables = by_hand()
    tables["embeddings"] = tables["embeddings"][~tables["embeddings"]["session_id"].isin(["n3"])]
    scorer, _, inputs = built(tables)
    rows = everybody(inputs)
    assert (scorer.fit(rows)[:, 2] == 0).all()
    assert scorer.explain(rows, np.full(4, 2))[0] == [[cosine.OTHERWISE]] * 4


def test_past_sessions_without_a_vector_are_no_reference() -> None:
    tables = by_hand()
    tables["embeddings"] = tables["embeddings"][~tables["embeddings"]["session_id"].isin(["p1", "p2"])]
    scorer, facts, _ = built(tables)
    assert facts["past_sessions_without_vector"] == 2
    # What a and u3 attended has no vector: a has no history that counts, and c no similar visitor.
    assert scorer.carried.tolist() == [
        "returning_popular_fallback",
        "new_similar_visitors",
        "returning_popular_fallback",
        "new_popular_fallback",
    ]


@pytest.mark.parametrize("gone", ["attendance", "embeddings", "past sessions", "attributes", "visitors"])
def test_whatever_is_missing_there_are_scores_or_zeros(gone: str) -> None:
    tables, options = by_hand(), SETTINGS
    if gone in ("attendance", "embeddings"):
        tables[gone] = tables[gone].iloc[:0]
    if gone == "past sessions":
        tables["sessions"] = tables["sessions"][tables["sessions"]["cohort"] == "this_year"]
    if gone == "attributes":
        options = SETTINGS.model_copy(update={"similarity_attributes": {}})
    if gone == "visitors":
        tables["visitors"] = tables["visitors"][tables["visitors"]["cohort"] != "this_year"]
    scorer, _, inputs = built(tables, options)
    fit = scorer.fit(everybody(inputs))
    assert fit.shape == (len(inputs.visitors), 5)
    assert (fit.any() and np.isfinite(fit).all()) == (gone == "attributes")
    assert len(scorer.explain(everybody(inputs), np.zeros(len(inputs.visitors), dtype=int))[0]) == len(fit)


def test_the_seed_draws_and_nobody_else_does() -> None:
    tables = show(visitors=60, past=200)
    options = config.Recommendations(
        similar_visitors_count=3, max_recommendations=2, similarity_attributes={QUESTION: 1.0}, random_seed=1
    )
    everyone, facts, inputs = built(tables, options)
    fits = pd.DataFrame(everyone.fit(everybody(inputs)), inputs.visitors["badge_id"])

    shuffled = {name: tables[name].sample(frac=1, random_state=3) for name in ("visitors", "attendance", "sessions")}
    again, _, _ = built(tables | shuffled, options)
    assert (again.fit(everybody(inputs)) == fits.to_numpy()).all()

    keep = tables["visitors"]["cohort"].ne("this_year") | tables["visitors"]["badge_id"].isin(["v030", "v055"])
    few, _, left = built(tables | {"visitors": tables["visitors"][keep]}, options)
    assert (few.fit(everybody(left)) == fits.loc[["v030", "v055"]].to_numpy()).all()

    other, other_facts, _ = built(tables, options.model_copy(update={"random_seed": 2}))
    assert (other.fit(everybody(inputs)) != fits.to_numpy()).any()
    assert facts["popular_sessions_drawn"] != other_facts["popular_sessions_drawn"]


def test_visitors_with_equal_answers_share_their_similar_visitors() -> None:
    scorer, facts, inputs = built(show(visitors=60, past=200))
    fit = pd.DataFrame(scorer.fit(everybody(inputs)))
    new = np.asarray(scorer.carried) == "new_similar_visitors"
    answers = inputs.visitors["what_do_you_treat"].map(tuple)[new]
    assert fit[new].drop_duplicates().shape[0] == answers.nunique() == facts["profiles"]


def test_several_answers_are_equal_as_sets_only() -> None:
    tables = by_hand()
    past = {"u1": ["Equine", "Farm"], "u2": ["Equine"], "u3": ["Farm", "Equine"]}
    visitors = tables["visitors"].copy()
    visitors["what_did_you_treat"] = [past.get(badge, []) for badge in visitors["badge_id"]]
    visitors["what_do_you_treat"] = [["farm", "Equine"] if badge == "d" else [] for badge in visitors["badge_id"]]
    visitors["job_role"] = ""
    scorer, _, inputs = built(tables | {"visitors": visitors})
    assert scorer.carried[3] == "new_similar_visitors"
    past_of_d = [VECTORS[name] for name in ("p4", "p1", "p2")]
    wanted = [
        max(np.dot(VECTORS[name], other) / np.linalg.norm(VECTORS[name]) for other in past_of_d)
        for name in inputs.sessions["session_id"]
    ]
    assert scorer.fit(np.array([3]))[0] == pytest.approx(wanted, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 12))
def test_the_most_similar_are_those_of_a_plain_search(seed: int, attributes: int, most: int) -> None:
    chance = np.random.default_rng(seed)
    numbers = chance.integers(1, 2**63, (3, attributes)).astype(np.uint64)
    numbers[0] = 0
    profiles, people = (numbers[chance.integers(0, 3, (rows, attributes)), range(attributes)] for rows in (6, 25))
    weights = chance.choice([300_000, 500_000, 800_000], attributes).tolist()
    pool = similar.most_similar(profiles, people, weights, most)
    for profile, found in zip(profiles, pool, strict=True):
        alike = ((people == profile) & (profile > 0)) @ np.array(weights)
        order = [person for person in np.argsort(-alike, kind="stable") if alike[person] > 0][:most]
        assert found.tolist() == order + [-1] * (most - len(order))


def test_the_draw_takes_each_of_the_pool_equally_often() -> None:
    chance = np.random.default_rng(0)
    profiles = chance.integers(1, 2**63, (3000, 1)).astype(np.uint64)
    pool = np.tile(np.append(np.arange(10), [-1, -1]), (3000, 1))
    drawn = similar.drawn(profiles, pool, chance.integers(0, 2**63, 10).astype(np.uint64), 3)
    assert (np.sort(drawn, axis=1)[:, :-1] != np.sort(drawn, axis=1)[:, 1:]).all()
    assert np.bincount(drawn.ravel(), minlength=10) == pytest.approx(np.full(10, 900), abs=120)


def test_too_many_attributes_are_an_error() -> None:
    profiles = np.ones((1, 13), dtype=np.uint64)
    with pytest.raises(RecommendationError, match=r"similarity_attributes: found 13.*12 at most"):
        similar.most_similar(profiles, profiles, [1] * 13, 3)


def test_the_highest_cosine_is_that_of_a_plain_search() -> None:
    scorer, _, inputs = built(show(visitors=40, past=80))
    known = inputs.vectors / np.linalg.norm(inputs.vectors, axis=1, keepdims=True)
    past = inputs.past_vectors / np.linalg.norm(inputs.past_vectors, axis=1, keepdims=True)
    fit = scorer.fit(everybody(inputs))
    own = np.flatnonzero(np.diff(inputs.history.indptr))
    assert len(own)
    for row in own:
        wanted = (known @ past[inputs.history[row].indices].T).max(axis=1)
        assert fit[row] == pytest.approx(np.clip(wanted, 0, 1), abs=1e-6)
