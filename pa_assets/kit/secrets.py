"""Secrets: from the environment first, then from `keys/.env` of the project. Never printed, never logged.

`Secrets` is a mapping whose text form hides every value; nothing here writes to `os.environ`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from pa_assets.kit.files import project_root


class Secrets(Mapping[str, str]):
    """A read-only mapping of names to secret values; empty values count as absent."""

    def __init__(self, values: Mapping[str, str | None]) -> None:
        self._values = {name: value for name, value in values.items() if value}

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Secrets({len(self)} hidden)"


def load_secrets(root: Path | None = None) -> Secrets:
    """Secrets of the process: the environment, and below it `keys/.env` of the project."""
    from dotenv import dotenv_values

    file = (root or project_root()) / "keys" / ".env"
    return Secrets({**dotenv_values(file, interpolate=False), **os.environ})
