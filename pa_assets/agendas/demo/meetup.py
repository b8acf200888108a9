"""Meetup groups of a region as a show: members are visitors, groups streams, meetings sessions, yes-RSVPs scans.

The choices are real, so that recommendations can be measured on them. What lies after the split is this
year's programme, and who went there is kept from the landing folder. Members are pseudonyms throughout.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pa_assets.agendas.core.tables import LAST_YEAR_MAIN, THIS_YEAR
from pa_assets.agendas.demo import writer
from pa_assets.agendas.demo.generator import GeneratedShow, finish
from pa_assets.agendas.demo.pentabarf import NOT_SPONSORED
from pa_assets.agendas.demo.profiles import ShowProfile
from pa_assets.agendas.demo.programme import COLUMNS
from pa_assets.agendas.demo.vocabulary import Vocabulary
from pa_assets.kit.files import write_csv

TIME_ZONE = "America/Denver"
CODES = {THIS_YEAR: ("MTN16",), LAST_YEAR_MAIN: ("MTN15",)}
TOPIC_QUESTION = "Topics of interest"
BADGE_TYPE = "Member"
ASSUMED_HOURS = 2
"""Length of a meeting: the data do not tell."""
SPLIT_QUANTILE = 0.8
ACTIVE_YEARS = 2
"""A member counts as active who said yes in these years before the split."""
_FILES = {
    "events": ("event_id", "title", "synopsis", "time_ms", "group_id", "venue_id"),
    "rsvps": ("event_id", "member_id", "response"),
    "members": ("member_id", "topic_ids", "first_joined_ms"),
    "groups": ("group_id", "name"),
    "groups_topics": ("topic_id", "topic"),
    "venues": ("venue_id", "city"),
}


class MeetupFormatError(ValueError):
    """The folder does not hold what the importer needs; the message names file, column and the mend."""


@dataclass(frozen=True)
class _Meetup:
    """The tables of a folder, all cells text."""

    meetings: pd.DataFrame
    """Meetings with at least one yes, with `starts` (local), `ends`, `cohort`."""
    said_yes: pd.DataFrame
    """event_id, member_id, starts, cohort."""
    members: pd.DataFrame
    topics: pd.Series
    """Names of topics, indexed by topic_id."""


def import_meetup(
    source: Path,
    landing: Path,
    truth: Path,
    split: pd.Timestamp | None = None,
    *,
    event: str = "montana",
    after_show: bool = False,
) -> GeneratedShow:
    """Write a folder of Meetup tables as a show.

    Meetings before the split are last year's programme, later ones this year's; meetings that nobody said yes
    to are left out. Registered last year is who said yes before the split; registered this year is who said
    yes in the two years before it, or after it.

    Args:
        source: folder with events, rsvps, members, groups, groups_topics and venues as CSV.
        landing: folder for the files as delivered.
        truth: folder for what the product must not see, outside `landing`.
        split: moment in UTC; None: the 80 % quantile of the times of the meetings, each counted once per yes.
        event: name of the event.
        after_show: also write the later RSVPs as scans of this year.

    Raises:
        MeetupFormatError: a file or column is missing.
        ValueError: the truth would lie among the landing files, or the split leaves one side empty.
    """
    if truth.resolve().is_relative_to(landing.resolve()):
        raise ValueError(f"The truth folder {truth} lies in the landing folder, where the product would read it.")
    data = _read(source, split)
    sessions = _sessions(data)
    landed = [
        writer.write_programme(landing, cohort, sessions.loc[data.meetings["cohort"].eq(cohort).to_numpy()])
        for cohort in (THIS_YEAR, LAST_YEAR_MAIN)
    ]
    for cohort in (LAST_YEAR_MAIN, THIS_YEAR) if after_show else (LAST_YEAR_MAIN,):
        landed += writer.write_scans(landing, cohort, *_scans(data, cohort))
    registrations = _registrations(data)
    show = _profile(event, sorted(sessions["stream"].unique()))
    landed += writer.write_registrations(landing, show, registrations)
    landed += writer.write_answers(landing, show, _answers(data, registrations))
    _write_truth(truth, data, sessions)
    counts = registrations["cohort"].value_counts()
    arguments = {"visitors": int(counts[THIS_YEAR]), "split": str(split or "quantile"), "after_show": after_show}
    return finish(event, landing, truth, landed, arguments)


def _read(source: Path, split: pd.Timestamp | None) -> _Meetup:
    tables = {name: _table(source / f"{name}.csv", columns) for name, columns in _FILES.items()}
    yes = tables["rsvps"][tables["rsvps"]["response"].eq("yes")].drop_duplicates(["event_id", "member_id"])
    meetings = tables["events"][tables["events"]["event_id"].isin(set(yes["event_id"]))].copy()
    moments = meetings["time_ms"].astype("int64")
    said = yes["event_id"].map(meetings.set_index("event_id")["time_ms"].astype("int64"))
    limit = said.quantile(SPLIT_QUANTILE) if split is None else split.timestamp() * 1000
    later = moments >= limit
    if later.all() or not later.any():
        raise ValueError("The split leaves no meeting on one side. Name a moment inside the times of the meetings.")
    starts = pd.to_datetime(moments, unit="ms", utc=True).dt.tz_convert(TIME_ZONE).dt.tz_localize(None)
    meetings = meetings.assign(starts=starts, cohort=later.map({True: THIS_YEAR, False: LAST_YEAR_MAIN}))
    meetings["stream"] = _named(meetings["group_id"], tables["groups"], "group_id", "name", "group ").str.replace(
        ";", ","
    )
    city = _named(meetings["venue_id"], tables["venues"], "venue_id", "city", "")
    meetings["theatre"] = (city + " " + meetings["venue_id"]).str.strip().replace("", "Venue unknown")
    meetings = meetings.sort_values(["starts", "event_id"], kind="stable", ignore_index=True)
    joined = yes.merge(meetings[["event_id", "starts", "cohort"]], on="event_id").sort_values(
        ["starts", "event_id", "member_id"], kind="stable", ignore_index=True
    )
    topics = tables["groups_topics"].drop_duplicates("topic_id").set_index("topic_id")["topic"]
    return _Meetup(meetings, joined, tables["members"].sort_values("member_id", ignore_index=True), topics)


def _table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    if not path.is_file():
        raise MeetupFormatError(
            f"{path.parent} holds no {path.name}. Give the folder with all of: {', '.join(_FILES)}."
        )
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    if missing := [name for name in columns if name not in table.columns]:
        raise MeetupFormatError(
            f"{path.name}: missing column(s) {', '.join(missing)}; found {', '.join(table.columns)}. "
            "Export it with them."
        )
    return table


def _named(keys: pd.Series, table: pd.DataFrame, key: str, name: str, prefix: str) -> pd.Series:
    """Names of keys, where unknown the key itself behind `prefix` (or nothing where there is no prefix)."""
    known = keys.map(table.drop_duplicates(key).set_index(key)[name].str.strip())
    return known.fillna(prefix + keys if prefix else "")


def _sessions(data: _Meetup) -> pd.DataFrame:
    meetings = data.meetings
    ends = meetings["starts"] + pd.Timedelta(hours=ASSUMED_HOURS)
    return pd.DataFrame(
        {
            "session_id": meetings["event_id"],
            "date": meetings["starts"].dt.strftime("%Y-%m-%d"),
            "start_time": meetings["starts"].dt.strftime("%H:%M:%S"),
            "end_time": ends.dt.strftime("%H:%M:%S"),
            "theatre__name": meetings["theatre"],
            "title": meetings["title"],
            "stream": meetings["stream"],
            "synopsis_stripped": meetings["synopsis"],
            "sponsored_session": "False",
            "sponsored_by": NOT_SPONSORED,
            "speaker": "",
        }
    )[list(COLUMNS)]


def _scans(data: _Meetup, cohort: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    yes = data.said_yes[data.said_yes["cohort"].eq(cohort)]
    scans = pd.DataFrame(
        {
            "Badge Id": yes["member_id"],
            "Short Name": yes["event_id"],
            "Scan Date": yes["starts"].dt.strftime("%Y-%m-%d %H:%M:%S"),
            "File": "rsvps.csv",
        }
    )
    own = data.meetings[data.meetings["cohort"].eq(cohort)]
    return scans, pd.DataFrame({"Short Name": own["event_id"], "Seminar Name": own["title"]})


def _registrations(data: _Meetup) -> pd.DataFrame:
    """Registrations of both years; names and addresses are made from the pseudonym."""
    first_later = data.meetings.loc[data.meetings["cohort"].eq(THIS_YEAR), "starts"].min()
    yes = data.said_yes
    recent = yes["starts"] >= first_later - pd.DateOffset(years=ACTIVE_YEARS)
    registered = {
        THIS_YEAR: set(yes.loc[recent, "member_id"]),
        LAST_YEAR_MAIN: set(yes.loc[yes["cohort"].eq(LAST_YEAR_MAIN), "member_id"]),
    }
    joined = pd.to_datetime(data.members["first_joined_ms"].astype("int64"), unit="ms").dt.strftime("%Y-%m-%dT%H:%M:%S")
    latest = first_later.strftime("%Y-%m-%dT%H:%M:%S")
    everyone = pd.DataFrame(
        {
            "title": "",
            "forename": "Member",
            "surname": data.members["member_id"],
            "email": data.members["member_id"].str.lower() + "@example.com",
            "tel": "",
            "mobile": "",
            "company": "",
            "job_title": "",
            "country": "USA",
            "badge_id": data.members["member_id"],
            "badge_type": BADGE_TYPE,
            "registration_date": joined.where(joined.lt(latest), latest),
        }
    )
    return pd.concat(
        [
            everyone[everyone["badge_id"].isin(people)].assign(
                cohort=cohort,
                attended=cohort == LAST_YEAR_MAIN,
                show_ref=CODES[cohort][0],
                source=f"{CODES[cohort][0]}_Meetup",
            )
            for cohort, people in registered.items()
        ],
        ignore_index=True,
    )


def _answers(data: _Meetup, registrations: pd.DataFrame) -> pd.DataFrame:
    """Declared topics of each registered member as one answer of several choices."""
    topics = data.members.set_index("member_id")["topic_ids"].str.split(";").explode()
    topics = topics[topics.ne("")]
    named = topics.map(data.topics).fillna("topic " + topics).str.replace(";", ",")
    choices = named.groupby(level=0).agg(list)
    rows = registrations[registrations["badge_id"].isin(choices.index)]
    return rows[["cohort", "badge_id", "show_ref", "source"]].assign(
        question=TOPIC_QUESTION, choices=rows["badge_id"].map(choices), number=0
    )


def _write_truth(truth: Path, data: _Meetup, sessions: pd.DataFrame) -> None:
    attended = data.said_yes.rename(columns={"member_id": "badge_id", "event_id": "session_id"})
    attended = attended[["cohort", "badge_id", "session_id"]]
    write_csv(truth / "attendance.csv", attended)
    write_csv(truth / "this_year_attendance.csv", attended[attended["cohort"].eq(THIS_YEAR)])
    streams = sessions[["session_id", "stream"]].assign(cohort=data.meetings["cohort"].to_numpy(), removed=False)
    write_csv(truth / "session_streams.csv", streams[["cohort", "session_id", "stream", "removed"]])


def _profile(event: str, streams: list[str]) -> ShowProfile:
    return ShowProfile(
        event=event,
        format="legacy",
        vocabulary=Vocabulary(dict.fromkeys(streams, ()), (), (), (), ()),
        codes=CODES,
        first_days={},
        badge_types={BADGE_TYPE: 1.0},
        questions=(),
        role_question=0,
        job_titles={},
        company_endings=(),
        theatres=(),
    )
