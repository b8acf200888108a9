"""Each signal against a plain computation by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from pa_assets.agendas.core.recommend import content, history, lookalikes
from pa_assets.agendas.core.recommend.attributes import contains_phrase, read_attribute
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


def test_lookalikes_equal_a_plain_loop() -> None:
    tables = show(visitors=25, past=40, seed=5)
    rows = tables["visitors"].copy()
    chance = np.random.default_rng(0)
    answers = ["Cats", "Dogs", "Horses", "Birds"]
    for name in ("what_do_you_treat", "what_did_you_treat"):
        rows[name] = [list(chance.choice(answers, size, replace=False)) for size in chance.integers(0, 3, len(rows))]
    rows["country"] = chance.choice(["UK", "uk ", "France", ""], len(rows))
    inputs = prepare(rows, tables["attendance"], tables["sessions"], tables["embeddings"])
    same = {"What did you treat": "What do you treat?"}
    weights = {"what_do_you_treat": 1.0, "country": 0.5}
    attributes = [
        read_attribute(name, weight, inputs.visitors, inputs.past_visitors, same) for name, weight in weights.items()
    ]
    found = lookalikes.find(inputs, attributes, 5)
    attended = inputs.past_attendance.toarray()

    def folded(values: list[str]) -> set[str]:
        return {value.strip().casefold() for value in values if value.strip()}

    for row, this in inputs.visitors.iterrows():
        alike = []
        for _, past in inputs.past_visitors.iterrows():
            mine = [folded(this["what_do_you_treat"]), folded([this["country"]])]
            theirs = [folded(past["what_do_you_treat"] + past["what_did_you_treat"]), folded([past["country"]])]
            overlap = [len(a & b) / max(len(a | b), 1) for a, b in zip(mine, theirs, strict=True)]
            alike.append(overlap[0] * 1.0 + overlap[1] * 0.5)
        likeness = np.round(np.array(alike) * (attended.sum(axis=1) > 0), 6)
        least = np.sort(likeness)[::-1][4]
        chosen = (likeness >= least) & (likeness > 0)
        expected = np.zeros(attended.shape[1])
        if chosen.any():
            expected = likeness[chosen] @ attended[chosen] / likeness[chosen].sum()
        assert found.attended[found.profile[row]] == pytest.approx(expected, abs=1e-5)


def test_lookalikes_do_not_depend_on_the_block_size(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = show(visitors=25, past=40)
    inputs = prepare(tables["visitors"], tables["attendance"], tables["sessions"], tables["embeddings"])
    attributes = [read_attribute("job_role", 1.0, inputs.visitors, inputs.past_visitors, {})]
    whole = lookalikes.find(inputs, attributes, 5)
    monkeypatch.setattr(lookalikes, "_CELLS", 1)
    assert (lookalikes.find(inputs, attributes, 5).attended == whole.attended).all()


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
