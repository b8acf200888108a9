"""The project as it stands on disk: every event's configuration, read again when a file of `config/` changes."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pa_assets.agendas.config import EventConfig
from pa_assets.agendas.config_files import ConfigError, load_events, load_pipeline
from pa_assets.agendas.config_pipeline import PipelineConfig
from pa_assets.agendas.layout import EventFolder, config_folder
from pa_assets.agendas.modes import event_of, in_mode_of, partitions_of
from pa_assets.kit.files import project_root


@dataclass(frozen=True)
class Project:
    """Configuration of the whole and of each event; `broken` holds the events that could not be loaded.

    A partition is an event, or an event in a further mode (`modes`).
    """

    root: Path
    pipeline: PipelineConfig
    events: dict[str, EventConfig]
    broken: dict[str, ConfigError]

    @property
    def partitions(self) -> list[str]:
        """All partitions, in order of name."""
        return sorted(name for event, config in self.events.items() for name in partitions_of(event, config))

    def event(self, partition: str) -> EventConfig:
        """Configuration of the event of a partition, in its mode.

        Raises:
            ConfigError: its YAML file has mistakes.
            KeyError: there is no such event, or it does not offer the mode.
        """
        name = event_of(partition)
        if name in self.broken:
            raise self.broken[name]
        if name not in self.events:
            raise KeyError(f"No event {name!r}: config/{name}.yaml does not exist. Events: {', '.join(self.events)}.")
        return in_mode_of(partition, self.events[name])

    def folder(self, partition: str) -> EventFolder:
        """Folder of a partition.

        Raises:
            ConfigError, KeyError: see `event`.
        """
        return EventFolder(event_of(partition), self.event(partition).mode)


def current_project() -> Project:
    """The project as its files say now."""
    folder = config_folder()
    state = tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(folder.glob("*.yaml")))
    return _load(folder, state)


@lru_cache(maxsize=2)
def _load(folder: Path, state: tuple[tuple[str, int, int], ...]) -> Project:  # noqa: ARG001 - the state is the cache's key
    loaded = load_events(folder)
    return Project(project_root(), load_pipeline(folder / "pipeline_config.yaml"), loaded.configs, loaded.broken)
