"""Each signal against a plain computation by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from pa_assets.agendas.core.recommend import content, history
from pa_assets.agendas.core.recommend.attributes import contains_phrase
from pa_assets.agendas.core.recommend.inputs import prepare
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
    found = content.Likeness(new @ past.T, past @ past.T, new @ new.T)
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
    weights = content.regression(content.Likeness(new, same, np.ones((1, 1))), np.ones(3, dtype=bool))[:, 0]
    assert weights[0] == weights[1] < weights[2]


def test_where_there_is_too_much_past_the_nearest_speak() -> None:
    to_past = np.array([[0.8, 0.2, 0.0], [0.0, 0.0, 0.0]])
    weights = content.regression(content.Likeness(to_past, None, np.eye(2)), np.ones(3, dtype=bool))
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
