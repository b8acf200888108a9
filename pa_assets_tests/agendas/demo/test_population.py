import pandas as pd

from pa_assets.agendas.core.tables import COHORTS
from pa_assets.agendas.demo import population
from pa_assets.agendas.demo.population_changes import CHANGES


def test_equal_seeds_give_equal_people() -> None:
    first, again, other = (population.make(300, seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first.rows, again.rows)
    pd.testing.assert_frame_equal(first.truth, again.truth)
    assert not first.rows.equals(other.rows)


def test_every_registration_has_its_truth() -> None:
    known = population.make(3000, 3)
    assert known.rows["badge_id"].is_unique
    assert known.rows["badge_id"].tolist() == known.truth["badge_id"].tolist()
    assert set(known.truth["cohort"]) == set(COHORTS)
    assert set(known.truth["change"]) == {"", *CHANGES}
    two_badges = known.truth.duplicated(["cohort", "person"])
    assert 0.005 < two_badges.mean() < 0.03
    blank = known.rows[["forename", "surname", "email"]].isin(["", "None", "nan", "null"]).any(axis=1)
    assert blank.tolist() == known.truth["nameless"].tolist()


def test_nobody_can_be_reached() -> None:
    emails = population.make(1000, 4).rows["email"].str.lower()
    named = emails[~emails.isin(["", "none", "nan", "null"])]
    assert named.str.contains(r"@(?:.+\.)?(?:example|example\.com)$").all()
