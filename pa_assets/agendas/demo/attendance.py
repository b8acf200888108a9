"""Who went to which session: people choose by their hidden interests, one session at a time, mostly without clashes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pa_assets.agendas.demo.chance import Flags, Integers, Numbers, generator, share
from pa_assets.agendas.demo.people import STRENGTHS, Population
from pa_assets.agendas.demo.programme import Programme

ATTENDING = 0.36
"""Share of the registered who were scanned at a session at least once."""
_PULL = 6.0
_CLASHING = 0.03
_SCANNERS = 12
_BLOCK = 4096


@dataclass(frozen=True)
class Scans:
    """Badge scans of a cohort and the table that names the scanned seminars."""

    scans: pd.DataFrame
    """Badge Id, Short Name, Scan Date, File, as delivered."""
    reference: pd.DataFrame
    """Short Name, Seminar Name, as delivered."""
    attended: pd.DataFrame
    """badge_id, session_id: the truth behind the scans, without doubles."""


def make(event: str, cohort: str, population: Population, programme: Programme, *, seed: int) -> Scans:
    """Scans of a cohort at the sessions of its programme."""
    chance = generator(seed, event, cohort, "attendance")
    registered = population.of(cohort)
    there = registered[share(chance, ATTENDING, len(registered))].reset_index(drop=True)
    wanted = 2 + np.minimum(chance.geometric(0.32, len(there)), 14)
    appeal = chance.normal(0, 0.6, len(programme.sessions))
    interests = population.interests[there["person"].to_numpy()]
    people, sessions = choose(interests, programme, appeal, wanted, chance)
    short_names = _short_names(programme)
    length = (programme.ends - programme.starts).dt.total_seconds().to_numpy()[sessions]
    delay = np.minimum(chance.normal(180, 240, len(people)), np.maximum(length - 60, 0))
    moments = programme.starts.iloc[sessions].reset_index(drop=True) + pd.to_timedelta(delay.astype(int), unit="s")
    scans = pd.DataFrame(
        {
            "Badge Id": there["badge_id"].to_numpy()[people],
            "Short Name": short_names[sessions],
            "Scan Date": moments.dt.strftime("%Y-%m-%d %H:%M:%S"),
            "File": "scanner" + pd.Series(sessions % _SCANNERS + 1).astype(str).str.zfill(2) + ".csv",
        }
    )
    attended = pd.DataFrame(
        {"badge_id": scans["Badge Id"], "session_id": programme.sessions["session_id"].to_numpy()[sessions]}
    )
    reference = pd.DataFrame({"Short Name": short_names, "Seminar Name": programme.sessions["title"].to_numpy()})
    order = scans.sort_values(["Scan Date", "Badge Id", "Short Name"], kind="stable").index
    return Scans(scans.loc[order].reset_index(drop=True), reference, attended.loc[order].reset_index(drop=True))


def choose(
    interests: Numbers, programme: Programme, appeal: Numbers, wanted: Integers, chance: np.random.Generator
) -> tuple[Integers, Integers]:
    """Let each person choose `wanted` sessions by interest, appeal and mood; returns pairs (person, session).

    A choice takes all sessions at the same time out, but for a few people who change rooms half-way.
    """
    overlaps = programme.overlaps()
    membership = programme.membership
    pairs: list[tuple[Integers, Integers]] = []
    for first in range(0, len(interests), _BLOCK):
        block = slice(first, first + _BLOCK)
        best = _best_match(interests[block], membership)
        utility = _PULL * best + appeal + chance.gumbel(size=best.shape)
        people, sessions = without_clashes(utility, overlaps, wanted[block], chance, clashing=_CLASHING)
        pairs.append((people + first, sessions))
    if not pairs:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    return np.concatenate([people for people, _ in pairs]), np.concatenate([sessions for _, sessions in pairs])


def _best_match(interests: Numbers, membership: Numbers) -> Numbers:
    """Persons x sessions: strength of the strongest interest that a session meets."""
    best = np.zeros((len(interests), len(membership)))
    strongest = np.argsort(-interests, axis=1, kind="stable")[:, : len(STRENGTHS)]
    for streams in strongest.T:
        strength = np.take_along_axis(interests, streams[:, None], axis=1)
        np.maximum(best, strength * membership.T[streams], out=best)
    return best


def without_clashes(
    utility: Numbers, overlaps: Flags, wanted: Integers, chance: np.random.Generator, *, clashing: float = 0.0
) -> tuple[Integers, Integers]:
    """Take the best free session of each person in turn; returns pairs (person, session).

    Args:
        utility: persons x sessions; overwritten.
        overlaps: sessions x sessions, True where two share time.
        wanted: sessions per person.
        chance: draws the people who take a clash.
        clashing: share of choices that leave parallel sessions open.
    """
    chosen: list[tuple[Integers, Integers]] = []
    alone = np.eye(len(overlaps), dtype=bool)
    for turn in range(int(wanted.max(initial=0))):
        people = np.flatnonzero(wanted > turn)
        sessions = utility[people].argmax(axis=1)
        free = np.isfinite(utility[people, sessions])
        people, sessions = people[free], sessions[free]
        chosen.append((people, sessions))
        restless = chance.random(len(people)) < clashing
        taken = np.where(restless[:, None], alone[sessions], overlaps[sessions])
        rows = utility[people]
        rows[taken] = -np.inf
        utility[people] = rows
    if not chosen:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    return np.concatenate([people for people, _ in chosen]), np.concatenate([sessions for _, sessions in chosen])


def _short_names(programme: Programme) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Short names of the scanner's menu: initials of the theatre and a number."""
    theatres = programme.sessions["theatre__name"]
    known = {name: number for number, name in enumerate(sorted(theatres.unique()), start=1)}
    initials = {name: "".join(word[0] for word in name.split() if word[0].isalnum()).upper() for name in known}
    turn = theatres.groupby(theatres).cumcount() + 1
    short = theatres.map(initials) + theatres.map(known).astype(str) + "-" + turn.astype(str)
    return short.to_numpy(dtype=object)


def entry_scans(
    event: str, population: Population, cohort: str, after: Scans, days: list[str], *, seed: int
) -> pd.DataFrame:
    """Entrance scans of a cohort (Show Ref, Badge Id, ..., Day n, Day n Entry): all who were scanned, and some more."""
    chance = generator(seed, event, cohort, "entrance")
    registered = population.of(cohort)
    came = registered["badge_id"].isin(set(after.attended["badge_id"])) | (chance.random(len(registered)) < 0.4)
    rows = registered[came].reset_index(drop=True)
    frame = pd.DataFrame(
        {
            "Show Ref": rows["show_ref"],
            "Badge Id": rows["badge_id"],
            "Badge Type": rows["badge_type"],
            "Attended": "Yes",
            "Virtual Attended": "No",
        }
    )
    entered = chance.random((len(rows), len(days))) < 0.65
    entered[:, 0] |= ~entered.any(axis=1)
    for number, day in enumerate(days):
        minute = np.clip(chance.normal(600, 60, len(rows)), 520, 900).astype(int)
        moments = (pd.Timestamp(day) + pd.to_timedelta(pd.Series(minute), unit="min")).dt.strftime("%Y-%m-%d %H:%M")
        frame[f"Day {number + 1}"] = np.where(entered[:, number], "Yes", "No")
        frame[f"Day {number + 1} Entry"] = moments.where(entered[:, number], "")
    return frame
