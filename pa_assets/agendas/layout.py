"""Where an event's files are. The only place that knows the folders and names below `data/<event>/`.

What lands is shared by all modes of an event. What is made lies in `data/<event>/`, and for a mode other than
personal agendas in `data/<event>/<mode>/`, so that no mode overwrites another's outputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pa_assets.agendas.config import Mode
from pa_assets.kit.files import project_root


def config_folder() -> Path:
    """Folder of the YAML files."""
    return project_root() / "config"


def data_folder() -> Path:
    """Folder of all events' data."""
    return project_root() / "data"


class AgendaFiles(NamedTuple):
    """Files of the agendas of an event."""

    table: Path
    without: Path
    """Visitors without an agenda."""
    statistics: Path
    alternatives: Path
    """Other sessions at the time of those recommended."""
    removed: Path
    """Sessions that rules took from agendas."""
    changes: Path
    """What changed since the run before."""
    state: Path
    """By what the next run tells which visitors keep their agendas."""
    programme: Path
    """Times and theatres that the agendas were made for."""

    @classmethod
    def below(cls, folder: Path) -> AgendaFiles:
        """The files in a folder."""
        return cls(
            table=folder / "recommendations.parquet",
            without=folder / "visitors_without_recommendations.parquet",
            statistics=folder / "recommendations_statistics.json",
            alternatives=folder / "recommendations_alternatives.parquet",
            removed=folder / "recommendations_removed_by_rules.parquet",
            changes=folder / "recommendations_changes.parquet",
            state=folder / "recommendations_state.parquet",
            programme=folder / "recommendations_programme.parquet",
        )


@dataclass(frozen=True)
class EventFolder:
    """The folder of one event in one mode."""

    event: str
    mode: Mode = "personal_agendas"

    @property
    def root(self) -> Path:
        """`data/<event>`, or `data/<event>/<mode>`."""
        folder = data_folder() / self.event
        return folder if self.mode == "personal_agendas" else folder / self.mode

    @property
    def landing(self) -> Path:
        """Files as delivered, the same for every mode."""
        return data_folder() / self.event / "landing"

    @property
    def decisions(self) -> Path:
        """What people decided, the same for every mode; never made again."""
        return data_folder() / self.event / "decisions"

    @property
    def output(self) -> Path:
        """Tables and catalogues that the stages make."""
        return self.root / "output"

    @property
    def graph(self) -> Path:
        """The graph as tables: what the server was brought to, and all there is without one."""
        return self.output / "graph"

    @property
    def quarantine(self) -> Path:
        """Rows set aside, with reasons."""
        return self.output / "quarantine"

    @property
    def recommendations(self) -> Path:
        """Exports for the marketing team."""
        return self.root / "recommendations"

    @property
    def metadata(self) -> Path:
        """What each step of the pipeline leaves about itself."""
        return self.root / "metadata"

    @property
    def reports(self) -> Path:
        """HTML and JSON for people."""
        return self.root / "reports"

    @property
    def logs(self) -> Path:
        """Run summaries."""
        return self.root / "logs"

    @property
    def cache(self) -> Path:
        """What can be lost without harm."""
        return self.root / "cache"

    @property
    def locks(self) -> Path:
        """Locks between processes."""
        return self.cache / "locks"

    @property
    def agendas(self) -> AgendaFiles:
        """The agendas that were made."""
        return AgendaFiles.below(self.output)

    @property
    def agendas_before(self) -> AgendaFiles:
        """Those of the run before, while new ones are written."""
        return AgendaFiles.below(self.output / "recommendations_before")

    def table(self, name: str) -> Path:
        """Parquet file of a table."""
        return self.output / f"{name}.parquet"
