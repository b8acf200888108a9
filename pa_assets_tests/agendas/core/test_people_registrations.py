import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pa_assets.agendas.config import Event
from pa_assets.agendas.core.people import process_registrations
from pa_assets.agendas.core.prepared import Prepared
from pa_assets.agendas.core.tables import QUARANTINE_COLUMNS, REGISTRATIONS
from pa_assets.agendas.core.text import NOTHING

from .deliveries import split_into_files, without_sources
from .preparation import EVENT, PEOPLE, registration, shuffled, sourced


def process(*rows: dict[str, object], file: str = "rows.json") -> Prepared:
    return process_registrations(sourced(list(rows), file), EVENT, PEOPLE)


def reasons(prepared: Prepared) -> list[str]:
    return prepared.quarantine["reason"].tolist()


def test_a_legacy_registration() -> None:
    (row,) = process(registration()).table.to_dict("records")
    expected = {
        "badge_id": "BV25A10001",
        "cohort": "this_year",
        "show_ref": "BVA2025",
        "email_domain": "vetpractice.example.com",
        "job_title": "veterinary surgeon",
        "registration_date": pd.Timestamp("2025-03-11 09:20"),
        "days_since_registration": 93,
    }
    assert {name: row[name] for name in expected} == expected
    assert list(row) == REGISTRATIONS.names


def test_graphql_and_camel_case_names_give_the_same_table() -> None:
    snake = {
        "forename": "Ana",
        "surname": "Lopez",
        "email": "ana.lopez@vetpractice.example.com",
        "badge_type": "Delegate",
        "badge_id": "BV25A10001",
        "show_ref": "BVA2025",
        "registration_date": "2025-03-11T09:20:00",
        "job_title": "Vet",
    }
    camel = {name.split("_")[0] + "".join(map(str.title, name.split("_")[1:])): value for name, value in snake.items()}
    legacy = {name.title().replace("_", ""): value for name, value in snake.items()}
    tables = [process(row).table for row in (snake, camel, legacy)]
    pd.testing.assert_frame_equal(tables[0], tables[1])
    pd.testing.assert_frame_equal(tables[0], tables[2])


@pytest.mark.parametrize(
    ("show", "source", "file", "cohort"),
    [
        (" bva2025 ", "x", "BVA2024.json", "this_year"),
        ("", "LVS2024_Com", "BVA2024.json", "last_year_secondary"),
        ("None", "Facebook", "registrations_BVA2024.json", "last_year_main"),
        ("XYZ25", "BVA2025", "BVA2024.json", "unknown show code"),
        ("", "XYZ25_Com", "BVA2024.json", "unknown show code"),
        ("", "x", "BVA2024_BVA2025.json", "unknown show code"),
        ("", "x", "LVS2024_25.json", "last_year_secondary"),
        ("", "x", "rows.json", "unknown show code"),
        ("north24", "x", "BVA2025.json", "excluded show"),
    ],
)
def test_cohort_by_own_code_then_source_then_file_name(show: str, source: str, file: str, cohort: str) -> None:
    prepared = process(registration(ShowRef=show, Source=source), file=file)
    assert [*prepared.table["cohort"], *reasons(prepared)] == [cohort]


def test_a_file_name_that_names_two_years_decides_nothing() -> None:
    event = EVENT.model_copy(update={"shows_this_year": ["CPCN25"], "shows_last_year_main": ["CPCN24"]})
    rows = sourced([registration(ShowRef=None, Source="x")], "registration_CPCN24_25_graphql.json")
    assert reasons(process_registrations(rows, event, PEOPLE)) == ["unknown show code"]


def test_the_file_named_in_the_row_counts_before_the_landing_file() -> None:
    row = registration(ShowRef="", Source="x", METADATA_fileName="export_LVS2024.json")
    assert process(row, file="registrations_BVA2025.json").table["cohort"].tolist() == ["last_year_secondary"]


def test_an_unknown_code_never_becomes_a_known_one() -> None:
    """The code of the file once stood in for codes that the settings do not name."""
    rows = [registration(ShowRef=code, BadgeId=code) for code in ("PY000005", "BVA25", "BVA2026")]
    prepared = process(*rows, file="registration_BVA2024_BVA2025.json")
    assert prepared.table.empty
    assert prepared.quarantined == {"unknown show code": 3}
    assert "PY000005 stands in none" in prepared.quarantine.loc[0, "detail"]


@pytest.mark.parametrize("code", ["anne@quillfeather.example.com", "Quillfeather", "+44 7700 900123", "Anne Q 25"])
def test_what_is_no_show_code_is_not_quoted(code: str) -> None:
    """Cells moved by one column put people in the place of codes."""
    detail = process(registration(ShowRef=code)).quarantine.loc[0, "detail"]
    assert code.upper() not in detail.upper()
    assert f"a text of {len(code)} characters" in detail


def test_show_codes_may_be_grouped_in_lists() -> None:
    settings = EVENT.model_dump() | {"shows_this_year": [["BVA2025", "VIP25"], [["GUEST25"]]]}
    rows = [registration(ShowRef=code, BadgeId=code) for code in ("bva2025", "Vip25", "GUEST25 ")]
    table = process_registrations(sourced(rows), Event.model_validate(settings), PEOPLE).table
    assert table["cohort"].tolist() == ["this_year"] * 3
    assert table["show_ref"].tolist() == ["GUEST25", "VIP25", "BVA2025"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Email": None}, "blank identity"),
        ({"Forename": "None"}, "blank identity"),
        ({"Surname": " nan "}, "blank identity"),
        ({"Email": "ana.example.com"}, "invalid e-mail"),
        ({"Email": "@"}, "invalid e-mail"),
        ({"BadgeId": ""}, "blank badge"),
        ({"BadgeType": "Press"}, "badge type does not count"),
    ],
)
def test_unusable_rows_are_set_aside(changes: dict[str, object], reason: str) -> None:
    prepared = process(registration(BadgeId="ok"), registration(**changes))
    assert reasons(prepared) == [reason]
    assert prepared.table["badge_id"].tolist() == ["ok"]
    assert prepared.quarantine.loc[0, ["source_file", "source_row"]].tolist() == ["rows.json", 2]
    assert list(prepared.quarantine.columns[:4]) == list(QUARANTINE_COLUMNS)
    assert "ana" not in prepared.quarantine.loc[0, "detail"].lower()


NOBODY = [
    *("None", "nan", "NULL", "", None, "n/a", " none\u00a0", "\u2003", "\u3000NaN\t", "\u200bNone", "\ufeff"),
    "\uff2e\uff4f\uff4e\uff45",
]


@pytest.mark.parametrize("nothing", NOBODY)
def test_people_named_none_are_nobody(nothing: str | None) -> None:
    """Nulls once became people named "None" who matched each other across years."""
    nobody = {"Forename": nothing, "Surname": nothing, "Email": nothing}
    prepared = process(registration(**nobody, BadgeId="1"), registration(**nobody, BadgeId="2", ShowRef="BVA2024"))
    assert prepared.table.empty
    assert reasons(prepared) == ["blank identity"] * 2


@pytest.mark.parametrize("nothing", NOBODY)
@pytest.mark.parametrize(("column", "reason"), [("BadgeId", "blank badge"), ("Forename", "blank identity")])
def test_one_blank_is_enough(column: str, reason: str, nothing: str | None) -> None:
    assert reasons(process(registration(**{column: nothing}))) == [reason]


def test_the_most_complete_row_of_a_badge_stays() -> None:
    rows = [registration(Company="", Country=""), registration(), registration(Tel="")]
    prepared = process(*rows)
    assert prepared.table["company"].tolist() == ["Oak Vets Ltd"]
    assert prepared.table["tel"].tolist() == ["02070000001"]
    assert prepared.quarantined == {"duplicate badge": 2}
    assert prepared.quarantine["source_row"].tolist() == [1, 3]


def test_of_equally_complete_rows_the_latest_stays() -> None:
    rows = [registration(RegistrationDate=f"2025-0{month}-01", Company=f"Vets {month}") for month in (2, 4, 3)]
    assert process(*rows).table["company"].tolist() == ["Vets 4"]


def test_a_person_with_several_badges_keeps_all_and_is_noted() -> None:
    rows = [registration(BadgeId=badge) for badge in "123"]
    rows += [registration(BadgeId="4", ShowRef="BVA2024", RegistrationDate="")]
    prepared = process(*rows)
    assert len(prepared.table) == 4
    assert len(set(prepared.table["person_id"])) == 1
    assert prepared.notes == {"people with several badges in one cohort": 1}


def test_one_badge_number_in_two_years_is_two_rows() -> None:
    assert len(process(registration(), registration(ShowRef="BVA2024")).table) == 2


def test_a_person_is_the_same_whatever_case_spaces_and_unicode_form() -> None:
    rows = [
        registration(BadgeId="1", Forename="Zoë", Email="Z@X.example"),
        registration(BadgeId="2", Forename=" ZOE\u0308  ", Surname="LOPEZ", Email="z@x.example ", ShowRef="BVA2024"),
        registration(BadgeId="3", Forename="Zoe", Email="z@x.example"),
        registration(BadgeId="4", Forename="Zoë", Email="\u200bz@x\u00ad.example", Surname="Lo\u200bpez"),
    ]
    table = process(*rows).table.set_index("badge_id")
    people = table["person_id"]
    assert people["1"] == people["2"] == people["4"] != people["3"]
    assert table.loc["4", ["email", "email_domain"]].tolist() == ["z@x.example", "x.example"]


@pytest.mark.parametrize(
    ("show", "date", "days"),
    [
        ("BVA2025", "2025-06-11T23:00:00", 1),
        ("BVA2024", "2024-06-03", 10),
        ("BVA2025", "11/06/2025 09:00", 1),
        ("BVA2025", "2025-06-11T23:30:00Z", 0),
        ("BVA2025", "2025-06-13", 0),
        ("BVA2025", "2026-01-01", -1),
        ("BVA2025", "", -1),
        ("BVA2025", "soon", -1),
    ],
)
def test_days_are_counted_to_the_show_of_the_right_year(show: str, date: str, days: int) -> None:
    prepared = process(registration(ShowRef=show, RegistrationDate=date))
    assert prepared.table["days_since_registration"].tolist() == [days]
    assert prepared.notes.get("registration date not understood", 0) == (date == "soon")


def test_days_to_the_paired_show_are_counted_to_its_own_date() -> None:
    row = registration(ShowRef="LVS2024", RegistrationDate="2024-11-01")
    assert process(row).table["days_since_registration"].tolist() == [-1]
    assert process(row).notes == {}
    event = EVENT.model_copy(update={"event_date_last_year_secondary": dt.date(2024, 11, 14)})
    assert process_registrations(sourced([row]), event, PEOPLE).table["days_since_registration"].tolist() == [13]


def test_dates_are_read_in_the_order_of_the_event() -> None:
    row = registration(RegistrationDate="03/04/2025 09:00")
    assert process(row).table["registration_date"].tolist() == [pd.Timestamp("2025-04-03 09:00")]
    event = EVENT.model_copy(update={"date_order": "month_first"})
    table = process_registrations(sourced([row]), event, PEOPLE).table
    assert table["registration_date"].tolist() == [pd.Timestamp("2025-03-04 09:00")]


def test_a_number_badge_loses_the_decimals_of_a_spreadsheet() -> None:
    assert process(registration(BadgeId="123.0")).table["badge_id"].tolist() == ["123"]


JUNK = st.sampled_from(["", "None", None, "nan", "x", "a@b", " A@B ", "=1+1", "\u202eabc", "1e999"]) | st.text(
    max_size=6
)
ROW = st.fixed_dictionaries(
    {
        "BadgeId": st.sampled_from(["1", "2", "2.0", "", "None"]) | JUNK,
        "ShowRef": st.sampled_from(["BVA2025", "bva2024 ", "LVS2024", "NORTH24", "ZZ99", ""]) | JUNK,
        "Forename": st.sampled_from(["Ana", "ana", "Bo"]) | JUNK,
        "Surname": st.sampled_from(["Li", "LI "]) | JUNK,
        "Email": st.sampled_from(["a@b.example", "A@b.example", "c@d"]) | JUNK,
        "BadgeType": st.sampled_from(["Delegate", "delegate - group", "Press"]) | JUNK,
        "RegistrationDate": st.sampled_from(["2025-01-01", "01/02/2025", "0001-01-01T00:00:00", "9999-12-31"]) | JUNK,
        "Source": JUNK,
        "Company": JUNK,
        "reason": JUNK,
    }
)


ROWS = st.lists(ROW, min_size=1, max_size=12)


@settings(max_examples=40, deadline=None)
@given(ROWS, st.integers(0, 5))
def test_no_row_is_lost_and_the_order_of_rows_does_not_count(rows: list[dict[str, object]], seed: int) -> None:
    delivered = sourced(rows)
    prepared = process_registrations(delivered, EVENT, PEOPLE)
    assert len(prepared.table) + len(prepared.quarantine) == len(rows)
    REGISTRATIONS.check(prepared.table)
    for name in ("badge_id", "forename", "surname", "email"):
        assert not set(prepared.table[name].str.strip("\u200b\ufeff ").str.lower()) & NOTHING
    again = process_registrations(shuffled(delivered, seed), EVENT, PEOPLE)
    pd.testing.assert_frame_equal(prepared.table, again.table)
    pd.testing.assert_frame_equal(
        without_sources(prepared.quarantine, "source_row"), without_sources(again.quarantine, "source_row")
    )
    assert again.notes == prepared.notes


@settings(max_examples=20, deadline=None)
@given(ROWS, st.lists(st.integers(0, 2), min_size=12, max_size=12))
def test_rows_split_into_files_give_the_same(rows: list[dict[str, object]], places: list[int]) -> None:
    delivered = sourced(rows)
    whole = process_registrations(delivered, EVENT, PEOPLE)
    parts = split_into_files(delivered, places)
    forwards = process_registrations(pd.concat(parts, ignore_index=True), EVENT, PEOPLE)
    backwards = process_registrations(pd.concat(parts[::-1], ignore_index=True), EVENT, PEOPLE)
    pd.testing.assert_frame_equal(whole.table, forwards.table)
    pd.testing.assert_frame_equal(without_sources(whole.quarantine), without_sources(forwards.quarantine))
    pd.testing.assert_frame_equal(forwards.table, backwards.table)
    pd.testing.assert_frame_equal(forwards.quarantine, backwards.quarantine[forwards.quarantine.columns])


@settings(max_examples=20, deadline=None)
@given(ROWS)
def test_a_clean_table_cleaned_again_stays_as_it_is(rows: list[dict[str, object]]) -> None:
    table = process_registrations(sourced(rows), EVENT, PEOPLE).table
    again = process_registrations(table.assign(source_file="rows.json", source_row=0), EVENT, PEOPLE)
    assert again.quarantine.empty
    pd.testing.assert_frame_equal(table, again.table)


def test_no_rows_at_all() -> None:
    prepared = process_registrations(pd.DataFrame(), EVENT, PEOPLE)
    assert prepared.table.empty
    assert list(prepared.table) == REGISTRATIONS.names
