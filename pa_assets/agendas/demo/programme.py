"""A programme: synthetic sessions of a show, and what the other parts need to know of any programme.

The delivered rows (one per speaker, with streams removed) are made here too; dirt is added by `dirt`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pa_assets.agendas.demo import names
from pa_assets.agendas.demo.chance import Flags, Numbers, generator, picked, share
from pa_assets.agendas.demo.profiles import ShowProfile
from pa_assets.agendas.demo.texts import Writer

COLUMNS = (
    "session_id",
    "date",
    "start_time",
    "end_time",
    "theatre__name",
    "title",
    "stream",
    "synopsis_stripped",
    "sponsored_session",
    "sponsored_by",
    "speaker",
)
"""Columns of a programme as delivered."""

STREAM_SEPARATOR = ";"
SPEAKER_SEPARATOR = "; "
_OPENING_MINUTE = 9 * 60 + 15
_CLOSING_MINUTE = 17 * 60
_LENGTHS = (30, 30, 40, 45)
_SHORTEST_PAUSE = 5
_REPEATS = 0.02


@dataclass(frozen=True)
class Programme:
    """One cohort's sessions, one row each, with their true streams."""

    sessions: pd.DataFrame
    """The delivered columns (`speaker` joined by "; ") with `stream` complete."""
    streams: tuple[str, ...]
    membership: Numbers
    """sessions x streams: 1 where the session is of the stream."""
    removed: Flags
    """Sessions delivered without their stream."""

    @property
    def starts(self) -> pd.Series:
        """Start of each session as local time."""
        return _moment(self.sessions, "start_time")

    @property
    def ends(self) -> pd.Series:
        """End of each session as local time."""
        return _moment(self.sessions, "end_time")

    def delivered(self) -> pd.DataFrame:
        """The rows as delivered: one per speaker, removed streams blank."""
        rows = self.sessions.copy()
        rows["stream"] = rows["stream"].where(~self.removed, "")
        rows["speaker"] = rows["speaker"].str.split(SPEAKER_SEPARATOR, regex=False)
        return rows.explode("speaker", ignore_index=True)[list(COLUMNS)]

    def overlaps(self) -> Flags:
        """Sessions x sessions: True where two sessions share time (a session overlaps itself)."""
        starts, ends = self.starts.to_numpy(), self.ends.to_numpy()
        overlap: Flags = (starts[:, None] < ends[None, :]) & (starts[None, :] < ends[:, None])
        np.fill_diagonal(overlap, True)
        return overlap


def _moment(sessions: pd.DataFrame, column: str) -> pd.Series:
    moments = pd.to_datetime(sessions["date"] + " " + sessions[column])
    if column == "end_time":
        overnight = sessions["end_time"] < sessions["start_time"]
        moments = moments + pd.to_timedelta(overnight.astype(int), unit="D")
    return moments


def of_sessions(sessions: pd.DataFrame, streams: Sequence[str], removed: Flags) -> Programme:
    """A programme of given sessions; streams are matched by name, whatever its case, several joined by `;`."""
    position = {stream.casefold(): index for index, stream in enumerate(streams)}
    membership = np.zeros((len(sessions), len(streams)))
    for row, cell in enumerate(sessions["stream"].str.casefold()):
        for part in cell.split(STREAM_SEPARATOR):
            if part.strip() in position:
                membership[row, position[part.strip()]] = 1.0
    return Programme(sessions.reset_index(drop=True), tuple(streams), membership, removed)


def make(profile: ShowProfile, cohort: str, *, sessions: int, seed: int) -> Programme:
    """A synthetic programme of a cohort.

    Args:
        profile: the show.
        cohort: whose programme; past programmes hold other talks of the same streams.
        sessions: number of sessions, at least 1.
        seed: equal seed, equal programme.
    """
    chance = generator(seed, profile.event, cohort, "programme")
    slots = _slots(profile, profile.first_days[cohort], sessions, chance)
    streams = _streams(profile, slots["theatre__name"], chance)
    removed = share(chance, _missing_stream(profile, cohort), sessions)
    writer = Writer(profile.vocabulary, chance)
    marked = share(chance, 0.06, sessions)
    silent = share(chance, profile.rates.missing_synopsis, sessions)
    titles = [writer.title(own) for own in streams]
    texts = [writer.synopsis(own, markup=bool(flag)) for own, flag in zip(streams, marked, strict=True)]
    sponsored = share(chance, profile.rates.sponsored, sessions)
    frame = slots.assign(
        session_id=[
            str(int(profile.first_days[cohort].strftime("%y")) * 100_000 + 1001 + row) for row in range(sessions)
        ],
        title=titles,
        stream=[STREAM_SEPARATOR.join(own) for own in streams],
        synopsis_stripped=np.where(silent, "", np.array(texts, dtype=object)),
        sponsored_session=np.where(sponsored, "True", "False"),
        sponsored_by=np.where(sponsored, picked(chance, profile.sponsors, sessions), "No Data"),
        speaker=_speakers(sessions, chance),
    )[list(COLUMNS)]
    frame = _with_repeats(frame, chance)
    return of_sessions(frame, profile.vocabulary.streams, removed)


def _missing_stream(profile: ShowProfile, cohort: str) -> float:
    return profile.rates.missing_stream if cohort == "this_year" else profile.rates.missing_stream_last_year


def theatres(profile: ShowProfile, sessions: int) -> list[str]:
    """Theatres of a programme of that size: as the profile says, more where they could not hold it."""
    per_day = (_CLOSING_MINUTE - _OPENING_MINUTE) // (max(_LENGTHS) + _SHORTEST_PAUSE)
    count = max(min(16, profile.rates.theatres), math.ceil(sessions / (profile.days * per_day)))
    known = list(profile.theatres[:count])
    return known + [f"Hall {number}" for number in range(len(known) + 1, count + 1)]


def _slots(profile: ShowProfile, first_day: dt.date, sessions: int, chance: np.random.Generator) -> pd.DataFrame:
    """`sessions` slots spread over days and theatres, sorted by time."""
    rooms = theatres(profile, sessions)
    tracks = [(day, room) for day in range(profile.days) for room in rooms]
    rows: list[tuple[str, str, str, str]] = []
    for number, (day, room) in enumerate(tracks):
        minute = _OPENING_MINUTE + int(chance.integers(0, 4)) * 5
        date = (first_day + dt.timedelta(days=day)).isoformat()
        count = len(range(number, sessions, len(tracks)))
        spare = (_CLOSING_MINUTE - _OPENING_MINUTE - 15) // max(count, 1) - max(_LENGTHS)
        for _ in range(count):
            end = minute + int(chance.choice(_LENGTHS))
            rows.append((date, _clock(minute), _clock(end), room))
            minute = end + _SHORTEST_PAUSE * int(chance.integers(1, max(2, 2 * spare // _SHORTEST_PAUSE)))
    frame = pd.DataFrame(rows, columns=["date", "start_time", "end_time", "theatre__name"])
    return frame.sort_values(["date", "start_time", "theatre__name"], kind="stable", ignore_index=True)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}:00"


def _streams(profile: ShowProfile, rooms: pd.Series, chance: np.random.Generator) -> list[list[str]]:
    """Streams of each session: mostly one of the four at home in its theatre, sometimes two."""
    streams = profile.vocabulary.streams
    order = {room: index for index, room in enumerate(dict.fromkeys([*profile.theatres, *sorted(set(rooms))]))}
    several = share(chance, profile.rates.several_streams, len(rooms))
    result: list[list[str]] = []
    for room, doubled in zip(rooms, several, strict=True):
        first = order[room] * 3
        homes = [streams[(first + step) % len(streams)] for step in range(4)]
        own = homes[int(chance.integers(4))] if chance.random() < 0.85 else streams[int(chance.integers(len(streams)))]
        chosen = [own]
        if doubled:
            chosen.append(streams[(streams.index(own) + 1 + int(chance.integers(3))) % len(streams)])
        result.append(chosen)
    return result


def _speakers(sessions: int, chance: np.random.Generator) -> list[str]:
    counts = chance.choice([1, 2, 3, 4], sessions, p=[0.35, 0.32, 0.22, 0.11])
    return [
        SPEAKER_SEPARATOR.join(
            f"Dr {first} {last}"
            for first, last in zip(
                picked(chance, names.FORENAMES, int(count)), picked(chance, names.SURNAMES, int(count)), strict=True
            )
        )
        for count in counts
    ]


def _with_repeats(frame: pd.DataFrame, chance: np.random.Generator) -> pd.DataFrame:
    """Let a few of the last sessions be the same talk as one of the first, so that no one mistakes the slot."""
    count = round(_REPEATS * len(frame))
    if not count:
        return frame
    third = len(frame) // 3
    earlier = chance.choice(third, count, replace=False)
    later = len(frame) - 1 - chance.choice(third, count, replace=False)
    repeated = ["title", "stream", "synopsis_stripped", "sponsored_session", "sponsored_by", "speaker"]
    result = frame.copy()
    result.loc[later, repeated] = frame.loc[earlier, repeated].to_numpy()
    return result
