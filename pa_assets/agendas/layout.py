"""Where an event's files are. The only place that knows the folders and names below `data/<event>/`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pa_assets.kit.files import project_root


def config_folder() -> Path:
    """Folder of the YAML files."""
    return project_root() / "config"


def data_folder() -> Path:
    """Folder of all events' data."""
    return project_root() / "data"


@dataclass(frozen=True)
class EventFolder:
    """The folder of one event."""

    event: str

    @property
    def root(self) -> Path:
        """`data/<event>`."""
        return data_folder() / self.event

    @property
    def landing(self) -> Path:
        """Files as delivered."""
        return self.root / "landing"

    @property
    def output(self) -> Path:
        """Tables and catalogues that the stages make."""
        return self.root / "output"

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

    def table(self, name: str) -> Path:
        """Parquet file of a table."""
        return self.output / f"{name}.parquet"
