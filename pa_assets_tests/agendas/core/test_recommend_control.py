"""The control group: by badge and, in a stratified draw, by the visitor's own answers; never by who else is there."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend import RecommendationError
from pa_assets.agendas.core.recommend.control import OTHERS, control_group, in_control_group, strata

SETTINGS = config.ControlGroup(enabled=True, percentage=20, stratify_by=["What do you treat?", "country"])
QUESTIONS = ["What do you treat?"]


def people(count: int, seed: int = 0) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    treats = [["Cats"], ["Dogs", "Cats"], ["Horses"], []]
    return pd.DataFrame(
        {
            "badge_id": [f"B{number}" for number in range(count)],
            "what_do_you_treat": [treats[pick] for pick in chance.integers(0, 4, count)],
            "country": np.array(["Spain", "Italy", ""])[chance.integers(0, 3, count)],
        }
    )


def drawn(visitors: pd.DataFrame, settings: config.ControlGroup = SETTINGS) -> dict[str, bool]:
    flags, _ = control_group(visitors, settings, "vet", QUESTIONS, before_the_show=True)
    return dict(zip(visitors["badge_id"], flags.tolist(), strict=True))


@settings(max_examples=30, deadline=None)
@given(st.sets(st.integers(0, 59), min_size=1), st.randoms(use_true_random=False))
def test_who_else_is_there_and_in_what_order_changes_nobody(there: set[int], chance: object) -> None:
    visitors = people(60)
    everybody = drawn(visitors)
    order = sorted(there)
    chance.shuffle(order)  # type: ignore[attr-defined]
    some = drawn(visitors.iloc[order].reset_index(drop=True))
    assert some == {badge: everybody[badge] for badge in some}


def test_each_stratum_gives_its_share() -> None:
    visitors = people(24_000)
    flags, counts = control_group(visitors, SETTINGS, "vet", QUESTIONS, before_the_show=True)
    assert abs(flags.mean() - 0.2) < 0.01
    assert len(counts["strata"]) == 12
    assert sum(row["visitors"] for row in counts["strata"]) == 24_000
    assert sum(row["control_group"] for row in counts["strata"]) == counts["visitors"] == flags.sum()
    assert all(abs(row["control_group"] / row["visitors"] - 0.2) < 0.035 for row in counts["strata"])


def test_one_draw_says_nothing_of_another() -> None:
    visitors = people(20_000)
    plain = in_control_group(visitors["badge_id"], percentage=20, seed=42, show="vet")
    flags, _ = control_group(visitors, SETTINGS, "vet", QUESTIONS, before_the_show=True)
    assert abs(flags[plain].mean() - 0.2) < 0.03, "a draw within strata is a draw of its own"
    without = SETTINGS.model_copy(update={"stratify_by": []})
    assert list(drawn(visitors, without).values()) == plain.tolist()


def test_small_strata_are_not_named() -> None:
    visitors = people(200)
    visitors.loc[:3, "country"] = "Andorra"
    _, counts = control_group(visitors, SETTINGS, "vet", QUESTIONS, before_the_show=True)
    assert "andorra" not in str(counts)
    assert counts["strata"][-1]["stratum"] == OTHERS
    assert sum(row["visitors"] for row in counts["strata"]) == 200
    assert min(row["visitors"] for row in counts["strata"][:-1]) >= 5


def test_strata_do_not_depend_on_the_order_or_case_of_answers() -> None:
    visitors = pd.DataFrame(
        {"badge_id": list("abc"), "what_do_you_treat": [["Dogs", "Cats"], ["CATS", "dogs"], []], "country": "Spain"}
    )
    texts = strata(visitors, ["country", "What do you treat?"], QUESTIONS).tolist()
    assert texts == ["country: spain | what_do_you_treat: cats, dogs"] * 2 + ["country: spain | what_do_you_treat: -"]
    assert strata(visitors, ["What do you treat?", "country"], QUESTIONS).tolist() == texts


def test_nobody_is_held_back_where_nothing_is_sent() -> None:
    visitors = people(100)
    for chosen, before in ((SETTINGS, False), (SETTINGS.model_copy(update={"enabled": False}), True)):
        flags, counts = control_group(visitors, chosen, "vet", QUESTIONS, before_the_show=before)
        assert not flags.any() and counts == {"enabled": False}


def test_nobody_at_all() -> None:
    flags, counts = control_group(people(0), SETTINGS, "vet", QUESTIONS, before_the_show=True)
    assert flags.tolist() == [] and counts["strata"] == []


def test_an_unknown_question_is_an_error() -> None:
    settings = SETTINGS.model_copy(update={"stratify_by": ["contry"]})
    with pytest.raises(RecommendationError, match=r"stratify_by: 'contry'.*Did you mean 'country'"):
        control_group(people(3), settings, "vet", QUESTIONS, before_the_show=True)
