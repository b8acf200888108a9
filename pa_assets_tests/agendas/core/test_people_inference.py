from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pa_assets.agendas.config import InferenceRule
from pa_assets.agendas.config_files import load_event
from pa_assets.agendas.core.people.inference import ANSWER, first_found, found_by, infer

SHIPPED = {
    event: load_event(Path(__file__).parents[3] / "config" / f"{event}.yaml").people.job_role_rules
    for event in ("vet_lva", "vet_bva")
}
RULES = [
    InferenceRule(any_words=["locum rvn", "vet/owner"], value="first", confidence=0.9),
    InferenceRule(any_words=["nurse", "rvn", "cat"], value="second", confidence=0.6),
    InferenceRule(any_words=["vet"], value="third"),
]


def inferred(*texts: str, rules: list[InferenceRule] = RULES) -> list[tuple[str, str, float]]:
    found = infer(pd.Series(list(texts), dtype=object), rules)
    return list(found[["value", "source", "confidence"]].itertuples(index=False, name=None))


def test_the_first_rule_wins_and_says_how_sure_it_is() -> None:
    assert inferred("rvn and vet", "vet", "", "chef") == [
        ("second", "rule:second", 0.6),
        ("third", "rule:third", 0.8),
        ("", "", 0.0),
        ("", "", 0.0),
    ]
    assert inferred("vet", rules=[]) == [("", "", 0.0)]
    assert inferred() == []


@pytest.mark.parametrize(
    "text", ["LOCUM  RVN", "locum-rvn", "Locum (R.V.N.)", "senior locum/rvn", "Vet / Owner", "vet owner"]
)
def test_what_stands_between_words_does_not_count(text: str) -> None:
    assert inferred(text)[0][0] == "first"


@pytest.mark.parametrize("text", ["education", "veteran", "vets4pets", "nursery", "cats_only", "r.v.nn"])
def test_a_part_of_a_word_is_no_word(text: str) -> None:
    assert inferred(text)[0][0] == ""


def test_the_first_value_there_is_keeps_its_source() -> None:
    answered = found_by(ANSWER, pd.Series(["said", "", ""], dtype=object))
    found = first_found(answered, infer(pd.Series(["vet", "vet", "x"], dtype=object), RULES))
    assert found["value"].tolist() == ["said", "third", ""]
    assert found["source"].tolist() == ["answer", "rule:third", ""]
    assert found["confidence"].tolist() == [1.0, 0.8, 0.0]


@given(st.lists(st.sampled_from(["vet", "rvn", "", "locum rvn", "chef"]) | st.text(max_size=8)))
def test_each_text_is_taken_by_itself(texts: list[str]) -> None:
    together = inferred(*texts)
    assert together == [inferred(text)[0] for text in texts]
    assert all((value == "") == (source == "") == (confidence == 0) for value, source, confidence in together)


@pytest.mark.parametrize("event", ["vet_lva", "vet_bva"])
@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("", ""),
        (" ", ""),
        ("na", ""),
        ("n/a", ""),
        ("-", ""),
        ("ceo", "Clinical or other Director"),
        ("C.E.O.", "Clinical or other Director"),
        ("professor", "Academic"),
        ("director", "Clinical or other Director"),
        ("director of education", "Clinical or other Director"),
        ("consultant", ""),
        ("education", ""),
        ("head of education", ""),
        ("veteran", ""),
        ("locum rvn", "Locum RVN"),
        ("rvn (locum)", "Locum RVN"),
        ("locum r.v.n.", "Locum RVN"),
        ("locum vet", "Locum Vet"),
        ("rvn", "Vet Nurse"),
        ("senior nurse", "Head Nurse/Senior Nurse"),
        ("student veterinary nurse", "Student"),
        ("veterinary surgeon mrcvs", "Vet/Vet Surgeon"),
        ("hr business partner", "Other (please specify)"),
        ("assistant vet", "Assistant Vet"),
        ("assistant", ""),
        ("manager", ""),
        ("practice manager", "Practice Manager"),
        ("vet/owner", "Vet/Owner"),
    ],
)
def test_the_shipped_rules_give_the_right_role_or_none(event: str, title: str, role: str) -> None:
    assert inferred(title, rules=SHIPPED[event])[0][0] == role


@pytest.mark.parametrize("event", ["vet_lva", "vet_bva"])
@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("vet tech", "Other (please specify)"),
        ("vet sales rep", "Other (please specify)"),
        ("ex vet", "Other (please specify)"),
        ("tree surgeon", "Other (please specify)"),
        ("pet owner", "Other (please specify)"),
        ("svn", "Student"),
        ("vn", "Vet Nurse"),
        ("dvm", "Vet/Vet Surgeon"),
        ("practice owner", "Practice Partner/Owner"),
        ("assistant vet", "Assistant Vet"),
    ],
)
def test_words_of_a_role_in_what_is_none(event: str, title: str, role: str) -> None:
    assert [value for value, _, _ in inferred(title, rules=SHIPPED[event])] == [role]
