"""Each signal against a plain computation by hand."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend import content, history, scores, streams
from pa_assets.agendas.core.recommend.attributes import contains_phrase, read_attribute
from pa_assets.agendas.core.recommend.inputs import Numbers, prepare
from pa_assets.agendas.core.recommend.scores import score_of
from pa_assets_tests.agendas.core.recommend_shows import show


def test_score_has_the_stated_meaning() -> None:
    assert score_of(np.array([[0.0, 3 / 7, 1.0, 3.0]])).tolist() == [[0, 300_000, 500_000, 750_000]]


def test_smoothing_is_ease_with_weighted_people() -> None:
    attended = np.array([[1, 1, 0], [1, 1, 0], [0, 1, 1.0], [1, 1, 1]])
    found = history.smoothing(csr_matrix(attended))
    assert found is not None
    # EASE minimises |sqrt(W) (A - AB)|^2 + regularisation |B|^2 with zero diagonal: each column solved on its own.
    weight = attended.sum(axis=1) ** -0.5
    regularisation = history.EASE_REGULARISATION * (weight * attended.sum(axis=1)).sum() / attended.sum()
    for column in range(3):
        others = [item for item in range(3) if item != column]
        x, y = attended[:, others], attended[:, column]
        solved = np.linalg.solve((x.T * weight) @ x + regularisation * np.eye(2), (x.T * weight) @ y)
        assert found[others, column] == pytest.approx(solved)
        assert found[column, column] == history.OWN_SHARE


def test_regression_is_ridge_around_the_mean() -> None:
    features = np.random.default_rng(1).normal(size=(9, 4))
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    past, new = features[:6], features[6:]
    found = content.Likeness(new @ past.T, past @ past.T, new @ past.T)
    values = np.array([0.0, 3, 1, 0, 2, 5])
    counted = np.array([True, True, False, True, True, True])
    weights = content.regression(found, counted)
    assert not weights[2].any()
    assert weights.sum(axis=0) == pytest.approx(np.ones(3))
    x, mean = past[counted], values[counted].mean()
    slope = np.linalg.solve(x.T @ x + content.RIDGE * np.eye(4), x.T @ (values[counted] - mean))
    assert values @ weights == pytest.approx(mean + new @ slope)


def test_past_sessions_of_one_content_are_one_voice() -> None:
    same = np.array([[1.0, 1, 0], [1, 1, 0], [0, 0, 1]])
    new = np.array([[0.5, 0.5, 0.5]])
    weights = content.regression(content.Likeness(new, same, new), np.ones(3, dtype=bool))[:, 0]
    assert weights[0] == weights[1] < weights[2]


def test_where_there_is_too_much_past_the_nearest_speak() -> None:
    to_past = np.array([[0.8, 0.2, 0.0], [0.0, 0.0, 0.0]])
    weights = content.regression(content.Likeness(to_past, None, to_past), np.ones(3, dtype=bool))
    assert weights.sum(axis=0) == pytest.approx([1.0, 1.0])
    assert weights[:, 1] == pytest.approx([1 / 3] * 3)
    third = content.SHRINKAGE / 3
    assert weights[:, 0] == pytest.approx(np.array([0.8 + third, 0.2 + third, third]) / (1.0 + content.SHRINKAGE))


def test_sessions_of_equal_text_are_equally_near_whatever_the_last_digits() -> None:
    tables = show()
    sessions, embeddings = tables["sessions"].copy(), tables["embeddings"].copy()
    twins = sessions.index[sessions["cohort"].eq("last_year_main")][:2]
    alike = ["title", "synopsis_stripped", "stream"]
    sessions.loc[twins[1], alike] = sessions.loc[twins[0], alike].to_numpy()
    vector = embeddings["vector"].iloc[twins[0]]
    embeddings["vector"] = [
        vector * np.float32(1 + 2e-7) if row == twins[1] else own for row, own in enumerate(embeddings["vector"])
    ]
    inputs = prepare(tables["visitors"], tables["attendance"], sessions, embeddings)
    places = [list(inputs.past_sessions["session_id"]).index(sessions.loc[twin, "session_id"]) for twin in twins]
    to_past = content.likeness(inputs).to_past
    assert to_past[:, places[0]].any() and (to_past[:, places[0]] == to_past[:, places[1]]).all()


@pytest.mark.parametrize(
    ("text", "phrase", "hit"),
    [
        ("Education for all", "cat", False),
        ("The cat, again", "Cat", True),
        ("Small Animal/Equine", "small animal", True),
        ("Small-Animal", "small animal", True),
        ("Smallanimal", "small animal", False),
        ("Anything", "", False),
        ("Other (please specify)", "other (please specify)", True),
    ],
)
def test_phrases_are_whole_words(text: str, phrase: str, hit: bool) -> None:
    assert contains_phrase(pd.Series([text]), [phrase]).tolist() == [hit]


def scorer_of(tables: dict[str, Any], **settings: Any) -> tuple[scores.Scorer, dict[str, Any]]:
    inputs = prepare(tables["visitors"], tables["attendance"], tables["sessions"], tables["embeddings"])
    same = {"What did you treat": "What do you treat?"}
    attributes = [read_attribute("what_do_you_treat", 1.0, inputs.visitors, inputs.past_visitors, same)]
    nothing = pd.DataFrame({"answer": [], "stream": []}, dtype=object)
    affinity = streams.affinity(inputs, nothing, nothing, None, ["what_do_you_treat"])
    return scores.build(inputs, attributes, affinity, config.Recommendations.model_validate(settings))


def rows_of(scorer: scores.Scorer) -> Numbers:
    return np.arange(len(scorer.inputs.visitors))


def test_a_visitor_fits_alike_in_whatever_company() -> None:
    tables = show(visitors=40, past=80)
    scorer, _ = scorer_of(tables)
    whole = scorer.fit(rows_of(scorer))
    for some in (np.array([7]), np.array([3, 20, 4]), np.arange(1, 39)):
        assert (scorer.fit(some) == whole[some]).all()
    badges = scorer.inputs.visitors["badge_id"]
    left = tables["visitors"][lambda rows: ~rows["badge_id"].isin(badges[::3])]
    fewer, _ = scorer_of(tables | {"visitors": left})
    kept = badges.isin(fewer.inputs.visitors["badge_id"]).to_numpy()
    assert (fewer.fit(rows_of(fewer)) == whole[kept]).all()


def test_a_mixture_is_a_mean_in_multiples_of_the_average() -> None:
    scorer, _ = scorer_of(show(visitors=40, past=80))
    fit = scorer.fit(rows_of(scorer))
    assert (fit >= 0).all() and fit.mean(axis=1) == pytest.approx(np.ones(len(fit)), abs=1e-5)
    assert (np.diff(scorer.score_of(np.linspace(0, 500, 2_000))) >= 0).all()


def test_one_session_of_history_speaks_less_than_many() -> None:
    tables = show(visitors=3, past=60)
    scans, sessions = tables["attendance"], tables["sessions"]
    equine = sessions.loc[sessions["cohort"].eq("last_year_main") & sessions["stream"].eq("Equine"), "session_id"]
    people = ["person-v001"] + ["person-v002"] * 4
    added = scans.head(5).assign(badge_id="other", person_id=people, session_id=[equine.iloc[0], *equine])
    scorer, _ = scorer_of(tables | {"attendance": pd.concat([scans, added], ignore_index=True)})
    signals = scorer.signals(rows_of(scorer))
    certain = signals[scores.OWN_HISTORY].mean(axis=1)
    assert certain[1] == pytest.approx(1 / 3, abs=1e-5) and certain[2] == pytest.approx(4 / 6, abs=1e-5)
    part = scorer.shares(signals)[scores.OWN_HISTORY] * certain
    assert 0 < part[1] < part[2] < 1


def test_a_visitor_of_whom_nothing_is_known_gets_what_is_popular() -> None:
    tables = show(visitors=6)
    rows = tables["visitors"].copy()
    rows["what_do_you_treat"] = [[] for _ in range(len(rows))]
    scorer, facts = scorer_of(tables | {"visitors": rows})
    unknown = np.flatnonzero(np.diff(scorer.inputs.history.indptr) == 0)
    assert len(unknown)
    assert scorer.fit(unknown) == pytest.approx(np.tile(scorer.popular, (len(unknown), 1)), abs=1e-6)
    assert facts["prior"] == "popularity of like sessions" and scorer.popular.std() > 0


def test_attendance_counts_by_the_weight_of_its_show() -> None:
    tables = show(visitors=12)
    scans = tables["attendance"]
    other = tables["sessions"][lambda rows: rows["cohort"].eq("last_year_main")].assign(cohort="last_year_secondary")
    vectors = tables["embeddings"][lambda rows: rows["cohort"].eq("last_year_main")]
    both = tables | {
        "sessions": pd.concat([tables["sessions"], other], ignore_index=True),
        "attendance": pd.concat([scans, scans.assign(cohort="last_year_secondary")], ignore_index=True),
        "embeddings": pd.concat([tables["embeddings"], vectors.assign(cohort="last_year_secondary")]),
    }
    halves, _ = scorer_of(both, past_show_weights={"last_year_secondary": 0.5})
    main = halves.inputs.past_sessions["cohort"].eq("last_year_main").to_numpy()
    for matrix in (halves.inputs.history, halves.inputs.people):
        assert set(matrix[:, main].data) == {1.0} and set(matrix[:, ~main].data) == {0.5}
    without, facts = scorer_of(both, past_show_weights={"last_year_secondary": 0.0})
    assert not without.carrier[~main].any() and not without.inputs.people[:, ~main].nnz
    assert facts["past_sessions_that_count"] == main.sum()
    alone, _ = scorer_of(tables)
    assert without.fit(rows_of(without)) == pytest.approx(alone.fit(rows_of(alone)), rel=0.2)
    assert (without.fit(rows_of(without)) != halves.fit(rows_of(halves))).any()


@pytest.mark.parametrize("odd", ["no vectors", "NaN vectors", "no text", "no past", "one session", "nothing known"])
def test_odd_shows_give_finite_scores(odd: str) -> None:
    tables = show()
    sessions, embeddings, attendance = tables["sessions"].copy(), tables["embeddings"].copy(), tables["attendance"]
    if odd == "no vectors":
        embeddings = embeddings.head(0)
    if odd == "NaN vectors":
        embeddings["vector"] = [vector * np.float32("nan") for vector in embeddings["vector"]]
    if odd in ("no text", "nothing known"):
        sessions[["title", "synopsis_stripped", "stream", "theatre__name"]] = ""
    if odd in ("no past", "nothing known"):
        sessions, attendance = sessions[sessions["cohort"].eq("this_year")], attendance.head(0)
    if odd == "one session":
        sessions = sessions[sessions["cohort"].ne("this_year") | sessions["session_id"].eq("thisE0")]
    scorer, facts = scorer_of(tables | {"sessions": sessions, "embeddings": embeddings, "attendance": attendance})
    fit = scorer.fit(rows_of(scorer))
    assert np.isfinite(fit).all() and (fit >= 0).all() and fit.any(axis=1).all()
    values = scorer.score_of(fit)
    assert values.min() >= 0 and values.max() <= scores.SCALE
    assert facts["sessions_without_vector"] == (len(scorer.inputs.sessions) if "vectors" in odd else 0)
    assert facts["prior"].startswith("centrality") == (odd in ("no past", "nothing known"))
