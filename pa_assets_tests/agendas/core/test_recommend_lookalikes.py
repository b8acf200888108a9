"""Look-alikes against a plain loop, and at the edges."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas.core.recommend import lookalikes
from pa_assets.agendas.core.recommend.attributes import Attribute, answers, read_attribute
from pa_assets.agendas.core.recommend.inputs import Floats, Inputs, prepare
from pa_assets_tests.agendas.core.recommend_shows import show

SAME = {"What did you treat": "What do you treat?"}
WEIGHTS = {"what_do_you_treat": 1.0, "country": 0.5, "job_role": 0.25}


def answered(seed: int, visitors: int = 25, past: int = 40) -> dict[str, Any]:
    """A show whose visitors gave none to three answers of several, or none to one, at random."""
    tables = show(visitors, past, seed=5)
    rows, chance = tables["visitors"].copy(), np.random.default_rng(seed)
    for name in ("what_do_you_treat", "what_did_you_treat"):
        sizes = chance.integers(0, 4, len(rows))
        rows[name] = [list(chance.choice(["Cats", "Dogs", "Horses", "Birds"], size, replace=False)) for size in sizes]
    rows["country"] = chance.choice(["UK", "uk ", "France", ""], len(rows))
    return tables | {"visitors": rows}


def inputs_of(tables: dict[str, Any]) -> Inputs:
    return prepare(tables["visitors"], tables["attendance"], tables["sessions"], tables["embeddings"])


def attributes_of(inputs: Inputs, weights: dict[str, float] = WEIGHTS) -> list[Attribute]:
    return [
        read_attribute(name, weight, inputs.visitors, inputs.past_visitors, SAME) for name, weight in weights.items()
    ]


def attended_by_look_alikes(inputs: Inputs, attributes: list[Attribute], count: int) -> Floats:
    found = lookalikes.find(inputs, attributes, count)
    return found.attended(found.profile)


def by_a_plain_loop(inputs: Inputs, count: int) -> Floats:
    attended = inputs.past_attendance.toarray()

    def folded(values: list[str]) -> set[str]:
        return {value.strip().casefold() for value in values if value.strip()}

    rows = []
    for this in inputs.visitors.to_dict("records"):
        likeness = np.zeros(len(inputs.past_visitors))
        for row, past in enumerate(inputs.past_visitors.to_dict("records")):
            mine = [folded(this["what_do_you_treat"]), folded([this["country"]]), folded([this["job_role"]])]
            theirs = [
                folded(past["what_do_you_treat"] + past["what_did_you_treat"]),
                folded([past["country"]]),
                folded([past["job_role"]]),
            ]
            overlap = [len(a & b) / max(len(a | b), 1) for a, b in zip(mine, theirs, strict=True)]
            likeness[row] = np.dot(overlap, list(WEIGHTS.values()))
        likeness = np.round(likeness * (attended.sum(axis=1) > 0), 6)
        least = np.sort(likeness)[::-1][count - 1]
        chosen = (likeness >= least) & (likeness > 0)
        total = likeness[chosen].sum()
        rows.append(likeness[chosen] @ attended[chosen] / total if total else np.zeros(attended.shape[1]))
    return np.array(rows)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), count=st.integers(1, 40))
def test_lookalikes_equal_a_plain_loop(seed: int, count: int) -> None:
    inputs = inputs_of(answered(seed))
    found = attended_by_look_alikes(inputs, attributes_of(inputs), count)
    assert found == pytest.approx(by_a_plain_loop(inputs, count), abs=1e-5)


def test_lookalikes_do_not_depend_on_who_else_registered_nor_on_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = answered(1)
    inputs, carrier = inputs_of(tables), np.random.default_rng(0).random((12, 12))
    every = np.arange(25)
    whole = lookalikes.carried(lookalikes.find(inputs, attributes_of(inputs), 5), carrier)
    assert whole.kept is not None
    monkeypatch.setattr(lookalikes, "_CELLS", 1)
    monkeypatch.setattr(lookalikes, "_KEPT_CELLS", 0)
    again = lookalikes.carried(lookalikes.find(inputs, attributes_of(inputs), 5), carrier)
    assert again.kept is None
    assert (again.of(every) == whole.of(every)).all()
    few = tables["visitors"][~tables["visitors"]["badge_id"].isin([f"v{number:03}" for number in range(5)])]
    alone = inputs_of(tables | {"visitors": few})
    fewer = lookalikes.carried(lookalikes.find(alone, attributes_of(alone), 5), carrier)
    assert (fewer.of(every[:20]) == whole.of(every[5:])).all()


def test_attendance_counts_by_the_weight_of_its_show() -> None:
    inputs = inputs_of(answered(2))
    object.__setattr__(inputs, "past_attendance", inputs.past_attendance * 0.5)
    found = attended_by_look_alikes(inputs, attributes_of(inputs), 5)
    assert found == pytest.approx(by_a_plain_loop(inputs, 5), abs=1e-5)


def test_who_answered_nothing_is_like_nobody() -> None:
    tables = answered(3)
    rows = tables["visitors"]
    silent = rows["badge_id"].eq("v003")
    rows.loc[silent, ["country", "job_role"]] = ""
    rows.loc[silent, "what_do_you_treat"] = pd.Series([[]], index=rows.index[silent])
    inputs = inputs_of(tables)
    found = attended_by_look_alikes(inputs, attributes_of(inputs), 5)
    assert not found[3].any() and found.any(axis=1).sum() >= 20


def test_without_attributes_or_without_a_past_nobody_is_alike() -> None:
    tables = answered(4)
    inputs = inputs_of(tables)
    assert not attended_by_look_alikes(inputs, [], 5).any()
    nothing = inputs_of(tables | {"attendance": tables["attendance"].head(0)})
    assert attended_by_look_alikes(nothing, attributes_of(nothing), 5).shape == (25, 12)
    assert not attended_by_look_alikes(nothing, attributes_of(nothing), 5).any()
    rows = tables["visitors"]
    nobody = inputs_of(tables | {"visitors": rows[rows["cohort"].eq("this_year")]})
    assert not attended_by_look_alikes(nobody, attributes_of(nobody), 5).any()


def test_identical_visitors_are_one_profile_and_like_all_identical_attendees() -> None:
    tables = show()
    rows = tables["visitors"].assign(job_role="Nurse")
    inputs = inputs_of(tables | {"visitors": rows})
    found = lookalikes.find(inputs, attributes_of(inputs, {"job_role": 1.0}), 5)
    assert len(found.chosen) == 1
    share = np.asarray(inputs.past_attendance.mean(axis=0)).ravel()
    assert found.attended(found.profile) == pytest.approx(np.tile(share, (30, 1)))


def test_groups_are_of_five_people_at_least_and_of_the_commonest_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = inputs_of(answered(6))
    attributes, carrier = attributes_of(inputs), np.eye(12)
    groups = lookalikes.groups(inputs, attributes, carrier)
    attendees = inputs.past_visitors[np.diff(inputs.past_attendance.indptr) > 0]
    holders = answers(attendees, ["what_do_you_treat", "what_did_you_treat"])["key"].value_counts()
    treated = groups.columns == "what_do_you_treat"
    assert set(pd.Series(groups.names[treated]).str.casefold()) == set(holders.index[holders >= 5])
    assert groups.members.shape == (25, len(groups.names)) and groups.lift.shape == (len(groups.names), 12)
    mine = answers(inputs.visitors, ["what_do_you_treat"]).query("key == 'cats'")["row"]
    cats = groups.members[:, list(groups.names).index("Cats")]
    assert sorted(mine) == sorted(cats.nonzero()[0])
    monkeypatch.setattr(lookalikes, "_MOST_GROUPS", 1)
    few = lookalikes.groups(inputs, attributes, carrier)
    assert few.columns.tolist() == list(WEIGHTS) and few.names[0].casefold() == holders.index[0]


def test_answers_are_sets_whatever_case_space_order_and_form() -> None:
    frame = pd.DataFrame({"a": [["Cats", "cats ", "DOGS"], [], None, ["  ", "b  c"]], "b": ["cats", "", None, np.nan]})
    found = answers(frame, ["a", "b", "missing"])
    assert found.to_dict("list") == {
        "row": [0, 0, 3],
        "answer": ["Cats", "DOGS", "b c"],
        "key": ["cats", "dogs", "b c"],
    }
    nothing = answers(frame, ["missing"])
    assert nothing.empty and nothing.columns.tolist() == ["row", "answer", "key"] and nothing["row"].dtype == np.int64
