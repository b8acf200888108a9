import logging
import subprocess
import sys
from collections.abc import Sequence

import pandas as pd
import pytest

from pa_assets.agendas.config import Linkage
from pa_assets.agendas.core.landing_columns import LandingError
from pa_assets.agendas.core.people import process_registrations
from pa_assets.agendas.core.people.linkage import REVIEW_COLUMNS, LinkageMissingError, Links, link_people
from pa_assets.agendas.core.people.linkage_features import company_key, features, number_key
from pa_assets.agendas.demo import population
from pa_assets_tests.benchmarks.identity import measure

from .preparation import EVENT, PEOPLE, registration, sourced

ON, OFF = Linkage(enabled=True), Linkage()
SHOWS = ("BVA2025", "BVA2024", "LVS2024")


def person(forename: str, surname: str, email: str, **more: object) -> dict[str, object]:
    """A registration with nothing but names, unless more is said."""
    blank = {"Tel": "", "Mobile": "", "Company": "", "JobTitle": "", "Title": ""}
    return registration(**{**blank, "Forename": forename, "Surname": surname, "Email": email, **more})


def registered(people: Sequence[dict[str, object]], shows: Sequence[str] = SHOWS) -> pd.DataFrame:
    """Table REGISTRATIONS of people with badges B0, B1, ..., who are at the `shows` in turn."""
    rows = [
        {**one, "BadgeId": f"B{number}", "ShowRef": shows[number % len(shows)]} for number, one in enumerate(people)
    ]
    return process_registrations(sourced(rows), EVENT, PEOPLE).table


def groups(table: pd.DataFrame, links: Links) -> set[frozenset[str]]:
    """Badges that are one person's, where they are more than one."""
    linked = dict(zip(links.persons["person_id"], links.persons["linked_person_id"], strict=True))
    whose = table["person_id"].map(lambda one: linked.get(one, one))
    found = table["badge_id"].groupby(whose).agg(frozenset)
    return {badges for badges in found if len(badges) > 1}


def linked(*people: dict[str, object], settings: Linkage = ON) -> set[frozenset[str]]:
    table = registered(people)
    return groups(table, link_people(table, settings))


TOGETHER = {frozenset({"B0", "B1"})}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            person("Hannah", "Thistleby", "hannah.thistleby@oak.example.com"),
            person("Hannah", "Carr", "hannah.thistleby@oak.example.com"),
            id="married, same e-mail",
        ),
        pytest.param(
            person("Hannah", "Thistleby", "hannah.thistleby@oak.example.com", Mobile="07700 900 123"),
            person("Hannah", "Carr", "hannah.carr@elm.example.com", Mobile="+44 7700 900123"),
            id="married, new e-mail, same mobile",
        ),
        pytest.param(
            person("Hannah", "Thistleby", "hannah.thistleby@oak.example.com"),
            person("Hannah", "Thistelby", "hannah.thistleby@oak.example.com"),
            id="typo in surname",
        ),
        pytest.param(
            person("Hannah", "Thistleby", "hannah.thistleby@oak.example.com"),
            person("Hannah", "Thistleby", "hanah.thistleby@oak.example.com"),
            id="typo in e-mail",
        ),
        pytest.param(
            person("Robert", "Thistleby", "r.thistleby@oak.example.com"),
            person("Bob", "Thistleby", "r.thistleby@oak.example.com"),
            id="nickname",
        ),
        pytest.param(
            person("Robert", "Thistleby", "r.thistleby@oak.example.com"),
            person("R", "Thistleby", "r.thistleby@oak.example.com"),
            id="initial",
        ),
        pytest.param(
            person("Zoe", "Garcia", "zoe.garcia@oak.example.com"),
            person("Zoë", "García", "zoe.garcia@oak.example.com"),
            id="accents",
        ),
        pytest.param(
            person("Hannah", "Thistleby", "hannah.thistleby@oak.example.com", Company="Oak Vets"),
            person("Hannah", "Thistleby", "info@oak.example.com", Company="OAK VETS LTD."),
            id="own address, then the practice's",
        ),
    ],
)
def test_one_person(one: dict[str, object], other: dict[str, object]) -> None:
    assert linked(one, other) == TOGETHER
    assert linked(other, one) == TOGETHER


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            person("Hannah", "Thistleby", "info@oak.example.com", Company="Oak Vets", Tel="0207 946 0001"),
            person("George", "Carr", "info@oak.example.com", Company="Oak Vets", Tel="0207 946 0001"),
            id="shared mailbox",
        ),
        pytest.param(
            person("Hannah", "Thistleby", "reception@oak.example.com", Company="Oak Vets"),
            person("Hannah", "Carr", "reception@oak.example.com", Company="Oak Vets"),
            id="shared mailbox, same forename",
        ),
        pytest.param(
            person("Hannah", "Thistleby", "thistleby@oak.example.com", Company="Oak Vets", Mobile="07700 900 123"),
            person("George", "Thistleby", "thistleby@oak.example.com", Company="Oak Vets", Mobile="07700 900 123"),
            id="family with one mailbox, one company, one mobile",
        ),
        pytest.param(
            person("John", "Smith", "john.smith@oak.example.com", Company="Oak Vets", Mobile="07700 900 123"),
            person("John", "Smith", "john.smith@elm.example.com", Company="Elm Vets", Mobile="07700 900 456"),
            id="homonyms",
        ),
        pytest.param(
            person("Hannah", "Thistleby", "hannah@oak.example.com", Company="Oak Vets", Tel="0207 946 0001"),
            person("Hannah", "Carr", "hannah.carr@oak.example.com", Company="Oak Vets", Tel="0207 946 0001"),
            id="colleagues of one forename",
        ),
        pytest.param(
            person("Hannah", "Thistleby", "h@oak.example.com", Company="None", Mobile="00000000000", JobTitle="nan"),
            person("George", "Carr", "g@elm.example.com", Company="None", Mobile="00000000000", JobTitle="nan"),
            id="what both left out",
        ),
    ],
)
def test_two_people(one: dict[str, object], other: dict[str, object]) -> None:
    assert linked(one, other) == set()


def test_blank_identities_never_match() -> None:
    nothing = [person(name, name, name) for name in ("None", "nan", "null", "", " ", "none")]
    half = [person("None", "None", f"none{number}@oak.example.com") for number in range(3)]
    table = registered([*nothing, *half, person("Hannah", "None", "x@oak.example.com")])
    assert table.empty
    assert link_people(table, ON).persons.empty


def test_the_smallest_person_stands_for_all_with_the_weakest_link() -> None:
    table = registered(
        [
            person("Hannah", "Thistleby", "hannah.thistleby@oak.example.com"),
            person("Hannah", "Carr", "hannah.thistleby@oak.example.com", Mobile="07700 900 123"),
            person("Hanna", "Carr", "hannah.carr@elm.example.com", Mobile="07700 900 123"),
        ]
    )
    links = link_people(table, ON)
    assert groups(table, links) == {frozenset({"B0", "B1", "B2"})}
    smallest, *others = sorted(table["person_id"])
    assert links.persons["person_id"].tolist() == others
    assert set(links.persons["linked_person_id"]) == {smallest}
    assert set(links.persons["source"]) == {"probable"}
    assert links.persons["confidence"].between(0.95, 1).all()
    assert links.notes == {"people linked by likeness": 2}
    assert set(links.review["linked"]) == {"yes"}


def test_two_badges_at_one_show_need_to_be_as_good_as_sure() -> None:
    pair = [
        person("Hannah", "Thistleby", "hannah.thistleby@oak.example.com"),
        person("Hannah", "Thistleby", "hannah99@mail.example", Company="Oak"),
    ]
    apart, same = registered(pair, SHOWS), registered(pair, SHOWS[:1])
    confidence = link_people(apart, Linkage(enabled=True, review_from=0.01)).review["confidence"].item()
    believed = Linkage(enabled=True, minimum_confidence=confidence, review_from=0.01)
    assert confidence < 0.99
    assert groups(apart, link_people(apart, believed)) == TOGETHER
    links = link_people(same, believed)
    assert links.persons.empty
    assert links.notes["likely pairs kept apart: two badges at one show"] == 1
    assert links.review["linked"].tolist() == ["no"]

    married = [person("Hannah", name, "hannah.thistleby@oak.example.com") for name in ("Thistleby", "Thistelby")]
    same = registered(married, SHOWS[:1])
    assert groups(same, link_people(same, ON)) == TOGETHER


def decisions(*rows: tuple[str, str, str]) -> pd.DataFrame:
    cohorts = {"B0": "this_year", "B1": "last_year_main", "B2": "last_year_secondary"}
    return sourced(
        [
            {
                "badge_id": one,
                "cohort": cohorts.get(one, "this_year"),
                "other_badge_id": other,
                "other_cohort": cohorts.get(other, "last_year_main"),
                "same": same,
            }
            for one, other, same in rows
        ],
        "identity_decisions.csv",
    )


LIKE = (
    person("Hannah", "Thistleby", "hannah.thistleby@oak.example.com"),
    person("Hannah", "Carr", "hannah.thistleby@oak.example.com"),
    person("George", "Swan", "george@elm.example.com"),
)


@pytest.mark.parametrize("settings", [ON, OFF])
def test_decisions_win_in_both_directions(settings: Linkage) -> None:
    table = registered(LIKE)
    links = link_people(table, settings, decisions(("B0", "B1", "no"), ("B2", "B0", " Yes ")))
    assert groups(table, links) == {frozenset({"B0", "B2"})}
    assert links.persons[["source", "confidence"]].to_numpy().tolist() == [["decided", 1.0]]
    shown = links.review.set_index(["badge_id", "other_badge_id"])[["linked", "same"]]
    assert shown.loc[("B0", "B1")].tolist() == ["no", "no"]
    assert shown.loc[("B0", "B2")].tolist() == ["yes", "yes"]


def test_a_decision_of_no_holds_through_others() -> None:
    table = registered(LIKE)
    links = link_people(table, ON, decisions(("B0", "B2", "no"), ("B1", "B2", "yes")))
    assert groups(table, links) == {frozenset({"B1", "B2"})}
    assert links.notes["likely pairs kept apart: decided"] == 1


def test_decisions_that_cannot_be_followed_are_told() -> None:
    table = registered([*LIKE, dict(LIKE[0])])
    assert table["person_id"].nunique() == 3
    links = link_people(
        table,
        OFF,
        decisions(
            ("B0", "B9", "yes"),
            ("B0", "B1", "perhaps"),
            ("B0", "B2", "yes"),
            ("B2", "B0", "no"),
            ("B1", "B2", ""),
            ("B0", "B3", "no"),
        ).assign(other_cohort=lambda rows: rows["other_cohort"].mask(rows["other_badge_id"] == "B3", "this_year")),
    )
    assert links.persons.empty
    assert links.notes == {
        "decisions on unknown badges": 1,
        "decisions that say neither yes nor no": 1,
        "decisions of both yes and no": 1,
        "decisions of no on equal name and e-mail": 1,
    }


def test_decisions_that_contradict_each_other() -> None:
    table = registered(LIKE)
    links = link_people(table, OFF, decisions(("B0", "B1", "yes"), ("B1", "B2", "yes"), ("B0", "B2", "no")))
    assert links.notes["decisions that contradict each other"] == 1
    assert len(links.persons) == 1


def test_decisions_without_a_column() -> None:
    with pytest.raises(LandingError, match=r"identity_decisions\.csv: missing column\(s\) 'same'"):
        link_people(registered(LIKE), OFF, decisions(("B0", "B1", "yes")).drop(columns="same"))


def test_the_review_list_with_same_filled_is_a_file_of_decisions() -> None:
    table = registered(LIKE)
    review = link_people(table, Linkage(enabled=True, minimum_confidence=1)).review
    assert list(review.columns) == list(REVIEW_COLUMNS)
    assert review[["badge_id", "other_badge_id", "linked", "same"]].to_numpy().tolist() == [["B0", "B1", "no", ""]]
    assert review[["surname", "other_surname"]].to_numpy().tolist() == [["Thistleby", "Carr"]]
    again = link_people(table, OFF, review.assign(same="yes").astype(str))
    assert groups(table, again) == TOGETHER


def test_the_order_of_rows_does_not_count() -> None:
    known = population.make(600, 7)
    table = process_registrations(known.rows, EVENT, PEOPLE).table
    first = link_people(table, ON)
    assert len(first.persons) > 20
    for seed in (1, 2):
        mixed = link_people(table.sample(frac=1, random_state=seed).reset_index(drop=True), ON)
        pd.testing.assert_frame_equal(first.persons, mixed.persons)
        assert first.persons.to_csv() == mixed.persons.to_csv()
        assert first.review.to_csv() == mixed.review.to_csv()
        assert first.notes == mixed.notes


@pytest.mark.parametrize(("people", "seed"), [(150, 201), (1500, 202)])
def test_precision_and_recall_reach_the_goals(people: int, seed: int) -> None:
    found = measure(people, seed)
    assert found.exact.precision == 1
    assert 0.6 < found.exact.recall < 0.8
    assert found.both.precision >= 0.99
    assert found.both.recall >= 0.9


def test_off_means_nothing_is_loaded() -> None:
    code = (
        "import sys; from pa_assets.agendas.core.people.linkage import link_people; "
        "from pa_assets_tests.agendas.core import test_people_linkage as t; "
        "links = link_people(t.registered(t.LIKE), t.OFF); "
        "assert links.persons.empty and links.review.empty and not links.notes; "
        "assert not {'splink', 'duckdb'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("package", ["splink", "duckdb"])
def test_a_missing_extra_is_told(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(LinkageMissingError, match=r"pip install 'pa_assets\[linkage\]'.*people\.linkage\.enabled"):
        link_people(registered(LIKE), ON)


def test_it_is_silent(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    with caplog.at_level(logging.INFO):
        link_people(registered(LIKE), ON)
    assert capfd.readouterr() == ("", "")
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_what_is_compared() -> None:
    table = registered(
        [
            person("Bob", "Smith-Jones", "info@oak.example.com", Mobile="07700 900 123", Company="Oak Vets Ltd"),
            person("Ann", "Lee", "ann.lee@gmail.com", Tel="07700900123", Company="self-employed"),
        ]
    )
    rows = features(table).set_index("forename")
    assert rows.loc["bob", ["root", "mailbox", "domain", "company"]].tolist() == [
        "robert",
        True,
        "oak.example.com",
        "oakvets",
    ]
    assert rows.loc["ann", ["mailbox", "domain", "company"]].tolist() == [False, None, None]
    # A number that two people of different initials use is nobody's own.
    assert rows["mobiles"].isna().all()
    assert rows["landlines"].tolist() == [["700900123"], ["700900123"]]


@pytest.mark.parametrize(
    ("company", "key"), [("Oak Vets Ltd.", "oakvets"), ("Locum", ""), (" n ", "n"), ("Plc", "plc"), ("", "")]
)
def test_company_keys(company: str, key: str) -> None:
    assert company_key(company) == key


@pytest.mark.parametrize(
    ("number", "key"),
    [("+44 (0)7700 900123", "700900123"), ("07700900123", "700900123"), ("0000000000", ""), ("12", ""), ("", "")],
)
def test_number_keys(number: str, key: str) -> None:
    assert number_key(number) == key
