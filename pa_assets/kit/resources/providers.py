"""Dagster resources: each hands out one port. Everything heavy is imported and opened only when an asset asks."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from pa_assets.kit.files import project_root
from pa_assets.kit.ports import Encoder, Graph, GraphError, LanguageModel, Tracker
from pa_assets.kit.secrets import load_secrets


class GraphProvider(dg.ConfigurableResource[Any]):
    """The property graph: Neo4j where one is named, else the embedded server of the project."""

    environment: str = Field(default="", description="Of this run: dev, test, prod or none; empty: as the settings say")
    recreate_all: bool = Field(default=False, description="Write every row anew, whether it changed or not")
    confirm: str = Field(default="", description="Name of what is written anew, typed, for production")

    def chosen(self, configured: str) -> str:
        """The environment of this run, by its canonical name.

        Raises:
            GraphError: no such environment.
        """
        from pa_assets.kit.resources.graph_targets import environment_name

        return environment_name(self.environment or configured)

    @contextmanager
    def open(self, environment: str, name: str) -> Iterator[Graph]:
        """A connected graph for the length of a `with` block.

        Raises:
            GraphError: `name` is to be written anew in production, and `confirm` does not say so.
        """
        from pa_assets.kit.resources.graph import connect, target

        root = project_root()
        where = target(environment, root, load_secrets(root))
        if self.recreate_all and where.protected and self.confirm != name:
            raise GraphError(f"recreate_all writes all of {name!r} anew in production. To let it, set confirm: {name}.")
        with connect(where, root) as graph:
            yield graph


class EncoderProvider(dg.ConfigurableResource[Any]):
    """The sentence encoder; a model is loaded once per process."""

    def get(self, model: str, device: str, batch_size: int) -> Encoder:
        """The encoder of a model, not loaded before its first use."""
        from pa_assets.kit.resources.encoder import SentenceEncoder

        return SentenceEncoder(model, device=device, batch_size=batch_size)


class LanguageModelProvider(dg.ConfigurableResource[Any]):
    """The language model, where credentials are there."""

    def get(self, settings: Any) -> LanguageModel | None:
        """The model of these settings, or None without credentials."""
        from pa_assets.kit.resources.language_model import from_settings

        return from_settings(settings, load_secrets())


class TrackerProvider(dg.ConfigurableResource[Any]):
    """The experiment tracker."""

    def get(self, settings: Any, data: Path) -> Tracker:
        """The tracker of these settings."""
        from pa_assets.kit.resources.tracking import tracker

        secrets: Mapping[str, str] = load_secrets()
        return tracker(settings.enabled, settings.uri, secrets, data)
