import time

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas.config import InferenceRule, PracticeLookup
from pa_assets.agendas.core.landing import LandingError
from pa_assets.agendas.core.people.practices import missing_companies, types_by_company

from .preparation import EVENT, SPECIALISATION

COLUMN = "Main Type of Veterinary Practice"
LOOKUP = PracticeLookup(question=SPECIALISATION)


def practices(*rows: tuple[object, object]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["Company Name", COLUMN], dtype=object)


TABLE = practices(
    ("Oakham Veterinary Practice Ltd", "Farm"),
    ("ELM VETS ltd", "Pigs"),
    ("Elm Vets Ltd", "Equine"),
    ("Elm-Vets Ltd", "Equine"),
    ("Caf\u00e9 du Chat", "Small Animal"),
    ("", "Nobody's"),
    ("Of no type", None),
)


def looked_up(company: str, table: pd.DataFrame | None = TABLE, **settings: object) -> tuple[str, str, float]:
    lookup = LOOKUP.model_copy(update=settings)
    (row,) = types_by_company(pd.Series([company], dtype=object), table, lookup).to_dict("records")
    return row["value"], row["source"], row["confidence"]


@pytest.mark.parametrize(
    "company", ["elm vets LTD.", "Elm Vets", "The Elm Vets Limited", "ELMVETS", "Elm Vets & Co, UK"]
)
def test_an_equal_company_whatever_its_legal_form(company: str) -> None:
    assert looked_up(company) == ("Equine", "company", 1.0)
    assert looked_up(company, match_threshold=100) == ("Equine", "company", 1.0)


def test_accents_do_not_count() -> None:
    assert looked_up("CAFE DU CHAT") == ("Small Animal", "company", 1.0)


def test_the_whole_name_comes_before_the_name_without_legal_form() -> None:
    table = practices(("Oak Vets Ltd", "Farm"), ("Oak Vets LLP", "Equine"), ("Oak Vets LLP", "Equine"))
    assert looked_up("oak vets ltd", table)[0] == "Farm"
    assert looked_up("oak vets", table)[0] == "Equine"


def test_a_similar_company_with_its_likeness() -> None:
    value, source, confidence = looked_up("Oakham Vetrinary Practice")
    assert (value, source) == ("Farm", "similar company")
    assert 0.95 <= confidence < 1
    assert looked_up("Veterinary Practice, Oakham") == ("Farm", "similar company", 1.0)
    assert looked_up("Veterinary Practice, Oakham", match_threshold=100) == ("", "", 0.0)
    assert looked_up("Oakham Vetrinary Practice", match_threshold=99) == ("", "", 0.0)
    assert looked_up("Oakham Vetrinary Practice", match_threshold=100) == ("", "", 0.0)


@pytest.mark.parametrize(
    "company", ["", "NA", "-", "Ltd", "The Co", "Vets", "Elm", "Oak Vets", "Ash Veterinary Practice Ltd"]
)
def test_company_words_and_parts_of_names_decide_nothing(company: str) -> None:
    assert looked_up(company) == ("", "", 0.0)


def test_a_name_of_company_words_alone_is_a_name() -> None:
    table = practices(("The Company Ltd", "Farm"))
    assert looked_up("the company LTD", table) == ("Farm", "company", 1.0)
    assert looked_up("Co", table) == ("", "", 0.0)


def test_of_equally_similar_companies_the_first_in_the_alphabet() -> None:
    table = practices(("Northfield Animal Hospital B", "Farm"), ("Northfield Animal Hospital A", "Equine"))
    for rows in (table, table[::-1]):
        assert looked_up("Northfield Animal Hospital C", rows) == (
            "Equine",
            "similar company",
            pytest.approx(0.963, abs=0.01),
        )


def test_rules_speak_where_the_table_does_not() -> None:
    rules = [InferenceRule(any_words=["equine", "oakham"], value="Rule", confidence=0.7)]
    assert looked_up("Ash Equine Clinic", rules=rules) == ("Rule", "rule:Rule", 0.7)
    assert looked_up("Oakham Veterinary Practice", rules=rules) == ("Farm", "company", 1.0)
    assert looked_up("Ash Equine Clinic", None, rules=rules) == ("Rule", "rule:Rule", 0.7)
    assert looked_up("Equinefield", None, rules=rules) == ("", "", 0.0)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(LandingError, match="Company Name"):
        looked_up("x", TABLE.rename(columns={"Company Name": "Firm"}))


def test_report_of_unknown_companies() -> None:
    companies = [
        "Elm Vets",
        "Oakham Veterinary",
        "OAKHAM veterinary",
        "Oakham Veterinary",
        "Oakham Veterinary",
        "Ash & Co",
        "NA",
        "",
        "-",
    ]
    cohorts = ["this_year", "this_year", "last_year_main", "last_year_main", "last_year_secondary"] + ["this_year"] * 4
    found = types_by_company(pd.Series(companies, dtype=object), TABLE, LOOKUP)
    report = missing_companies(found, pd.Series(cohorts), "column", EVENT)
    assert list(report.columns) == [
        "Company",
        "NormalizedCompany",
        "PracticeColumn",
        "SourceEvent",
        "Visitors",
        "NearestCompany",
        "NearestScore",
    ]
    nearest = ["Oakham Veterinary", "oakhamveterinary", "column"]
    assert report.iloc[0].tolist()[:5] == [*nearest, "bva", 3]
    assert report.iloc[1].tolist()[:4] == ["Ash & Co", "ashco", "column", "bva"]
    assert report.iloc[2].tolist()[:5] == [*nearest, "lva", 1]
    assert report.iloc[0]["NearestCompany"] == "Oakham Veterinary Practice Ltd"
    assert 0 < report.iloc[0]["NearestScore"] < 95
    assert len(report) == 3


def test_a_table_without_rows_knows_nothing() -> None:
    found = types_by_company(pd.Series(["Elm Vets"], dtype=object), TABLE.head(0), LOOKUP)
    report = missing_companies(found, pd.Series(["this_year"]), "column", EVENT)
    assert report[["NearestCompany", "NearestScore"]].to_numpy().tolist() == [["", 0.0]]
    nobody = types_by_company(pd.Series([], dtype=object), TABLE, LOOKUP)
    assert missing_companies(nobody, pd.Series([], dtype=object), "column", EVENT).empty


NAME = st.lists(st.sampled_from(["elm", "Elm", "vets", "ltd", "The", "oak", "ham", "-", "&"]), max_size=4).map(" ".join)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(NAME, st.sampled_from(["A", "B", ""])), max_size=8), st.lists(NAME, max_size=6), st.randoms())
def test_no_order_of_rows_counts(rows: list[tuple[str, str]], companies: list[str], random: object) -> None:
    mixed = list(rows)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    names = pd.Series(companies, dtype=object)
    lookup = LOOKUP.model_copy(update={"match_threshold": 60})
    found = types_by_company(names, practices(*rows), lookup)
    pd.testing.assert_frame_equal(found, types_by_company(names, practices(*mixed), lookup))
    backwards = types_by_company(names[::-1], practices(*rows), lookup)[::-1]
    pd.testing.assert_frame_equal(found, backwards)


def test_ten_thousand_companies_take_seconds() -> None:
    towns = [f"{first}{last}" for first in ("Oak", "Elm", "Bir", "Rich") for last in ("ham", "field", "mond", "worth")]
    names = pd.Series([f"{town} Veterinary Hospital {number:03}" for number in range(625) for town in towns])
    table = practices(*((f"{name}x Limited", "Farm") for name in names[::2]))
    started = time.perf_counter()
    found = types_by_company(names, table, LOOKUP)
    assert time.perf_counter() - started < 10
    similar = found[::2]
    assert (similar["nearest"] == names[::2] + "x Limited").all()
    assert (similar["source"] == "similar company").all()
