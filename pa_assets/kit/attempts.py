"""Which run last began to make an asset: how a run that was cut off is told from one that ended.

A step notes its run before it writes anything. If the event log's latest materialization is of another run, the
last attempt ended without one, and the files may be a mixture of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pa_assets.kit.files import project_root, write_text


def _path(asset: Sequence[str], partition: str) -> Path:
    return project_root() / ".pa" / "attempts" / partition / "--".join(asset)


def note_attempt(asset: Sequence[str], partition: str, run_id: str) -> None:
    """Note that `run_id` begins to make a partition of the asset with the key path `asset`."""
    write_text(_path(asset, partition), run_id)


def last_attempt(asset: Sequence[str], partition: str) -> str | None:
    """The run that last began to make it; None where none is known."""
    try:
        return _path(asset, partition).read_text("utf-8")
    except FileNotFoundError:
        return None
