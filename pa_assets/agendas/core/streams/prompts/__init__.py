"""What the language model is told: one text file per prompt and version, `<name>_<version>.txt` in this folder.

A file is never edited: another text is another version, so that answers to the one are not taken for answers to the
other. What is asked, and in which form, stands with those who ask.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

_FILE = re.compile(r"(?P<name>[a-z]+)_(?P<version>\d+)\.txt")


@dataclass(frozen=True)
class Prompt:
    """Instructions to the model."""

    version: str
    text: str


@lru_cache
def prompt(name: str) -> Prompt:
    """The latest version of a prompt.

    Raises:
        LookupError: there is no prompt of this name.
    """
    matches = (_FILE.fullmatch(file.name) for file in files(__name__).iterdir())
    versions = [int(match["version"]) for match in matches if match and match["name"] == name]
    if not versions:
        raise LookupError(f"There is no prompt {name}_<version>.txt in {__name__}.")
    latest = max(versions)
    return Prompt(str(latest), files(__name__).joinpath(f"{name}_{latest}.txt").read_text("utf-8").strip())
