"""Calendars, read back by the library: times over a change of the clocks, texts, names, and equal bytes."""

import datetime as dt
import io
import re
import zipfile
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event

from pa_assets.agendas.core.exports.calendars import file_names
from pa_assets_tests.agendas.core.export_tables import ExportTables, export_tables
from pa_assets_tests.agendas.core.recommend_shows import EVENT
from pa_assets_tests.agendas.core.test_exports_from_json import TEXTS


def archive(tables: ExportTables) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(tables.exports().content("calendars")))


def events(tables: ExportTables, name: str) -> list[Event]:
    return Calendar.from_ical(archive(tables).read(name)).events


def named(tables: ExportTables) -> dict[str, str]:
    """Badge -> name of the file."""
    return {entry.comment.decode(): entry.filename for entry in archive(tables).infolist()}


def test_a_calendar_says_what_the_agenda_says() -> None:
    tables = export_tables()
    assert list(named(tables)) == ["v1", "v2"]
    first, second = events(tables, "v1.ics")
    assert (first["summary"], first["location"], first["status"]) == ("Colic, part 2", "Red", "CONFIRMED")
    assert first["description"] == "You attended s1\n\nEquine; Surgery"
    assert second["description"] == "Popular with vets\nYou attended 'Nursing; or not'"
    assert first.start == dt.datetime(2025, 11, 20, 9, tzinfo=ZoneInfo("Europe/London"))
    assert first.end - first.start == dt.timedelta(minutes=30)
    assert "url" not in first
    assert [event["uid"] for event in events(tables, "v2.ics")] != [second["uid"]]


def test_times_are_those_of_the_programme_over_a_change_of_the_clocks() -> None:
    tables = export_tables()
    tables.event = EVENT.model_copy(update={"time_zone": "Europe/Berlin"})
    # Clocks go back on 26 October 2025 at 03:00.
    starts = pd.to_datetime(["2025-10-25 09:00", "2025-10-26 01:30", "2025-10-26 09:00", None, "2025-10-27 09:00"])
    tables.sessions["starts_at"], tables.sessions["ends_at"] = starts, starts + pd.Timedelta(minutes=45)
    rows = [(f"s{n}", n) for n in (1, 2, 3, 4, 5)]
    frame = pd.concat([tables.recommendations.head(1)] * 5, ignore_index=True)
    tables.recommendations = frame.assign(session_id=[s for s, _ in rows], rank=[n for _, n in rows])
    found = events(tables, "v2.ics")
    zone = ZoneInfo("Europe/Berlin")
    wanted = [start.to_pydatetime().replace(tzinfo=zone) for start in starts.dropna()]
    assert [event.start for event in found] == wanted
    assert [event.start.utcoffset() for event in found] == [time.utcoffset() for time in wanted]
    assert {str(event.start.utcoffset()) for event in found} == {"1:00:00", "2:00:00"}
    assert [event["dtstamp"].dt for event in found] == wanted
    text = archive(tables).read("v2.ics").decode()
    assert text.count("DTSTART;TZID=Europe/Berlin:2025102") == 4
    (zone_part,) = Calendar.from_ical(text).timezones
    own = zone_part.to_tz()  # by the rules in the file alone
    naive = [start.to_pydatetime() for start in starts.dropna()]
    assert [time.replace(tzinfo=own).utcoffset() for time in naive] == [time.utcoffset() for time in wanted]


def test_a_session_without_end_has_a_start_alone() -> None:
    tables = export_tables()
    tables.sessions.loc[tables.sessions["session_id"] == "s3", "ends_at"] = pd.NaT
    (event,) = events(tables, "v2.ics")
    assert "dtend" not in event
    assert event.start.hour == 10


def test_identifiers_stay_when_times_and_titles_change() -> None:
    tables = export_tables()
    before = [event["uid"] for event in events(tables, "v1.ics")]
    tables.sessions["starts_at"] += pd.Timedelta(days=1)
    tables.sessions["ends_at"] += pd.Timedelta(days=1)
    tables.sessions["title"] += " moved"
    assert [event["uid"] for event in events(tables, "v1.ics")] == before
    tables.event = EVENT.model_copy(update={"show": "other"})
    assert not {event["uid"] for event in events(tables, "v1.ics")} & set(before)


def test_the_archive_is_the_same_whenever_it_is_made() -> None:
    first = archive(export_tables()).infolist()
    assert export_tables().exports().content("calendars") == export_tables().exports().content("calendars")
    assert {entry.date_time for entry in first} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in first} == {0o600}


def test_nobody_with_a_time_gives_an_empty_archive() -> None:
    tables = export_tables()
    tables.sessions["starts_at"] = tables.sessions["ends_at"] = pd.NaT
    assert archive(tables).namelist() == []


@settings(max_examples=30, deadline=None)
@given(TEXTS, TEXTS)
def test_any_text_comes_through(text: str, other: str) -> None:
    tables = export_tables(text, other)
    content = archive(tables).read("v1.ics")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert content.replace(b"\r\n", b"").count(b"\n") == 0
    first, second = Calendar.from_ical(content).events
    assert str(first["summary"]) == in_calendar(text)
    assert str(second["description"]) == f"Popular with vets\n{in_calendar(other)}"


def in_calendar(text: str) -> str:
    """A text as a calendar can hold it: without controls, one kind of line end; the library takes `\\N` for one."""
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]", " ", text)
    return text.replace("\\N", "\n").replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize(
    "badges",
    [["A1", "a1"], ["../A", "..\\A"], ["A/B", "A_B"], ["CON", "con1"], ["x" * 300, "x" * 301], ["ä", "ö"], ["", "_"]],
)
def test_file_names_are_safe_and_distinct(badges: list[str]) -> None:
    names = list(file_names(badges))
    assert len({name.lower() for name in names}) == len(badges)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,100}\.ics", name) for name in names)
    assert not {name.lower() for name in names} & {"con.ics", "nul.ics"}


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), unique=True, min_size=1, max_size=20))
def test_no_two_badges_share_a_file(badges: list[str]) -> None:
    names = list(file_names(badges))
    assert len({name.lower() for name in names}) == len(badges)
