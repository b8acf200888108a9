"""The shows that recommendations are judged on: tables as the product makes them, and what each visitor wants.

What a visitor wants stands in the truth folder, which the product does not read.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pa_assets.agendas.config import EventConfig, Recommendations
from pa_assets.agendas.config_files import load_event
from pa_assets.agendas.core.embeddings import embed_sessions
from pa_assets.agendas.core.landing import read_rows
from pa_assets.agendas.core.mappings import read_mapping
from pa_assets.agendas.core.recommend.inputs import Inputs, prepare
from pa_assets.agendas.core.seats import read_seats
from pa_assets.agendas.core.streams import load_catalog
from pa_assets.agendas.core.tables import THIS_YEAR
from pa_assets.agendas.core.text import split_streams
from pa_assets.agendas.demo.run import import_show
from pa_assets.kit.fingerprint import FileIndex
from pa_assets.kit.resources.encoder import SentenceEncoder
from pa_assets.kit.resources.landing import LandingFolder
from pa_assets.kit.vector_cache import VectorCache
from pa_assets_tests.project import CHECKOUT, DAGSTER, ProjectFolder, land, make_project

Grades = NDArray[np.int64]

MONTANA, FOSDEM, SYNTHETIC = "montana", "fosdem", "vet_lva"
SYNTHETIC_VISITORS, FOSDEM_VISITORS = 1200, 1500
SEED = 7
_PREPARATION = (
    "registrations_processed",
    "survey_answers",
    "visitors",
    "scans_processed",
    "attendance",
    "sessions_processed",
    "streams_catalog",
    "sessions_backfilled",
)
_GRADE_OF_STRENGTH = {1.0: 3, 0.75: 2, 0.55: 1}
"""A person's first, second and third interest, as the generator draws them."""


class LeakError(AssertionError):
    """What is judged could be seen by what is judged on it."""


@dataclass(frozen=True)
class Show:
    """All that the engine takes, and what its visitors want."""

    name: str
    config: EventConfig
    visitors: pd.DataFrame
    attendance: pd.DataFrame
    sessions: pd.DataFrame
    embeddings: pd.DataFrame
    job_streams: pd.DataFrame
    specialisation_streams: pd.DataFrame
    seats: pd.DataFrame
    wanted: pd.DataFrame
    """badge_id, session_id, grade: 1 or more."""

    @property
    def settings(self) -> Recommendations:
        """How the event's file says that agendas are made."""
        return self.config.recommendations

    @property
    def programme(self) -> pd.DataFrame:
        """This year's sessions by identifier."""
        return self.sessions[self.sessions["cohort"].eq(THIS_YEAR)].sort_values("session_id", ignore_index=True)

    def inputs(self) -> Inputs:
        """The tables as the engine aligns them."""
        return prepare(self.visitors, self.attendance, self.sessions, self.embeddings)

    def of(self, badges: pd.Index[str]) -> Show:
        """The same show with only these visitors of this year."""
        kept = self.visitors["cohort"].ne(THIS_YEAR) | self.visitors["badge_id"].isin(badges)
        return replace(self, visitors=self.visitors[kept])

    def history(self) -> pd.Series[int]:
        """Past sessions of each visitor of this year, by badge."""
        inputs = self.inputs()
        counts = np.diff(inputs.history.indptr)
        return pd.Series(counts, index=pd.Index(inputs.visitors["badge_id"], dtype=object))

    def judged(self, *, with_history: bool) -> pd.Index[str]:
        """Badges of this year's visitors who want something (and were somewhere before), sorted."""
        counts = self.history()
        counts = counts[counts.index.isin(self.wanted["badge_id"]) & (counts.gt(0) | (not with_history))]
        badges: pd.Index[str] = pd.Index(sorted(counts.index), dtype=object)
        return badges

    def grades(self, badges: pd.Index[str]) -> Grades:
        """How much each badge wants each session of the programme; 0 where it does not."""
        rows = badges.get_indexer(pd.Index(self.wanted["badge_id"]))
        columns = pd.Index(self.programme["session_id"]).get_indexer(pd.Index(self.wanted["session_id"]))
        known = (rows >= 0) & (columns >= 0)
        result = np.zeros((len(badges), len(self.programme)), dtype=np.int64)
        result[rows[known], columns[known]] = self.wanted["grade"].to_numpy()[known]
        return result


def montana(data: Path, root: Path) -> Show:
    """Meetup groups of Montana: real people, real later choices, every later meeting new.

    Meetings of one title are months apart, and people come to each: they are no repeats of one talk.
    """
    import_show("meetup", data / "meetup_montana", MONTANA, root=root)
    show = _made(MONTANA, root, _later_choices)
    show = replace(show, sessions=show.sessions.assign(content_group=show.sessions["session_id"]))
    refuse_leaks(show)
    return show


def fosdem(data: Path, root: Path) -> Show:
    """FOSDEM: real programmes of two years, synthetic visitors with hidden interests."""
    import_show("fosdem", data / "fosdem", FOSDEM, root=root, visitors=FOSDEM_VISITORS, seed=SEED)
    return _made(FOSDEM, root, _hidden_interests)


def synthetic(_: Path, root: Path) -> Show:
    """A synthetic veterinary show whose visitors have hidden interests."""
    shutil.copy(CHECKOUT / "config" / f"{SYNTHETIC}.yaml", root / "config")
    land(ProjectFolder(root), SYNTHETIC, visitors=SYNTHETIC_VISITORS, seed=SEED)
    return _made(SYNTHETIC, root, _hidden_interests)


SHOWS: Mapping[str, Callable[[Path, Path], Show]] = {MONTANA: montana, FOSDEM: fosdem, SYNTHETIC: synthetic}


def prepared(root: Path) -> Path:
    """`root` as a project folder; what is there already is kept, so that texts are encoded once."""
    if not (root / "config").is_dir():
        make_project(root, [])
    return root


def refuse_leaks(show: Show) -> None:
    """Make sure that nothing judged can be seen: every wanted session is new and later than all that is known.

    Raises:
        LeakError: a wanted session was attended before, or some attendance is not from before the programme.
    """
    known = show.attendance
    if not known["cohort"].ne(THIS_YEAR).all():
        raise LeakError(f"{show.name}: attendance of this year is among what the engine is given.")
    if again := set(known["session_id"]) & set(show.wanted["session_id"]):
        raise LeakError(f"{show.name}: {len(again)} sessions are both attended before and to be found.")
    past = show.sessions.loc[show.sessions["cohort"].ne(THIS_YEAR), "starts_at"]
    if past.max() >= show.programme["starts_at"].min():
        raise LeakError(f"{show.name}: past sessions reach into this year's programme.")


def _made(name: str, root: Path, wanted: Callable[[Path, pd.DataFrame], pd.DataFrame]) -> Show:
    """Prepare the landed data by the product's own assets, then embed; what is past the tables needs no graph."""
    selection = ",".join(f"event/{asset}" for asset in _PREPARATION)
    ProjectFolder(root).run(*DAGSTER, "asset", "materialize", "--select", selection, "--partition", name)
    config, folder = load_event(root / "config" / f"{name}.yaml"), root / "data" / name
    visitors, attendance, sessions = (
        pd.read_parquet(folder / "output" / f"{asset}.parquet")
        for asset in ("visitors", "attendance", "sessions_backfilled")
    )
    landing = LandingFolder(folder / "landing", FileIndex(folder / "cache" / "landing_index.json"))

    def landed(role: str, patterns: list[str]) -> pd.DataFrame | None:
        files = landing.find(patterns)
        return read_rows(files, role) if files else None

    files, mappings = config.landing, config.landing.mappings
    jobs, specialisations = config.graph.job_stream_mapping, config.graph.specialization_stream_mapping
    embedding = config.embeddings
    return Show(
        name=name,
        config=config,
        visitors=visitors,
        attendance=attendance,
        sessions=sessions,
        embeddings=embed_sessions(
            sessions,
            embedding,
            load_catalog(folder / "output", config.stream_processing, config.session_output_files),
            SentenceEncoder(embedding.model, device=embedding.device, batch_size=embedding.batch_size),
            VectorCache(folder / "cache" / "embeddings"),
        ).table,
        job_streams=read_mapping(landed("mappings", mappings.job_to_stream if jobs.enabled else [])),
        specialisation_streams=read_mapping(
            landed("mappings", mappings.specialization_to_stream if specialisations.enabled else [])
        ),
        seats=read_seats(landed("capacity", files.capacity)),
        wanted=wanted(folder / "truth", sessions[sessions["cohort"].eq(THIS_YEAR)]),
    )


def _later_choices(truth: Path, programme: pd.DataFrame) -> pd.DataFrame:
    chosen = pd.read_csv(truth / "this_year_attendance.csv", dtype=str, keep_default_na=False)
    chosen = chosen[chosen["session_id"].isin(programme["session_id"])]
    return chosen[["badge_id", "session_id"]].drop_duplicates().assign(grade=1)


def _hidden_interests(truth: Path, programme: pd.DataFrame) -> pd.DataFrame:
    """Sessions of the streams that a visitor cares for in secret; the true streams, also where none was delivered."""
    interests = pd.read_csv(truth / "interests.csv", dtype={"badge_id": str})
    interests = interests[interests["cohort"].eq(THIS_YEAR)]
    true = pd.read_csv(truth / "session_streams.csv", dtype=str, keep_default_na=False)
    true = true[true["cohort"].eq(THIS_YEAR) & true["session_id"].isin(programme["session_id"])]
    streams = true.assign(stream=true["stream"].map(split_streams)).explode("stream")
    pairs = interests.merge(streams[["session_id", "stream"]], on="stream")
    pairs = pairs.assign(grade=pairs["strength"].map(_GRADE_OF_STRENGTH).astype("int64"))
    return pairs.groupby(["badge_id", "session_id"])["grade"].max().reset_index()
