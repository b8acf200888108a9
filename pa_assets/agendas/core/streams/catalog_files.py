"""Catalogue files of streams: the shapes in which people and earlier programs leave them, and which one counts."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path

from pa_assets.agendas.config import SessionOutputFiles, StreamProcessing
from pa_assets.agendas.core.text import tidy

_log = logging.getLogger(__name__)

CACHE_FILE = "streams_cache.json"
ENHANCED_FILE = "streams_enhanced.json"
_NAME_KEYS = ("stream", "name", "title", "Stream", "Name")
_DESCRIPTION_KEYS = ("description", "Description", "text")


class CatalogError(ValueError):
    """A catalogue file cannot be understood; the message names it and the mend."""


def read_catalog(source: Path | object) -> dict[str, str]:
    """Description by stream, from a file or from what JSON made of one.

    Understood are `{name: description}`, `{name: {"description": ...}}`, `[{"stream": ..., "description": ...}]`,
    `[name, ...]`, and each of these under the key `streams`. Nameless rows are left out.

    Raises:
        CatalogError: the file is no JSON, or has none of these shapes.
    """
    where = str(source) if isinstance(source, Path) else "The catalogue of streams"
    content = _load(source) if isinstance(source, Path) else source
    if isinstance(content, Mapping) and isinstance(content.get("streams"), list | Mapping):
        content = content["streams"]
    if isinstance(content, Mapping):
        pairs = [(name, value) for name, value in content.items()]
    elif isinstance(content, list):
        pairs = [(_first(row, _NAME_KEYS), row) if isinstance(row, Mapping) else (row, "") for row in content]
    else:
        raise CatalogError(
            f"{where}: expected an object of name: description, or a list of objects with stream and description; "
            f"found {type(content).__name__}."
        )
    catalog = {tidy(name): _description(value) for name, value in pairs if isinstance(name, str)}
    catalog.pop("", None)
    return catalog


def _load(path: Path) -> object:
    try:
        content: object = json.loads(path.read_text("utf-8-sig"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise CatalogError(
            f"{path}: no valid JSON in UTF-8 ({error}). Correct it, or remove it to have it made."
        ) from error
    return content


def _first(row: Mapping[str, object], keys: tuple[str, ...]) -> object:
    return next((row[key] for key in keys if key in row), "")


def _description(value: object) -> str:
    text = _first(value, _DESCRIPTION_KEYS) if isinstance(value, Mapping) else value
    return tidy(text) if isinstance(text, str) else ""


def read_cache(folder: Path) -> object:
    """Content of the cache of descriptions in `folder`; {} where there is none.

    Raises:
        CatalogError: the file is no JSON.
    """
    path = folder / CACHE_FILE
    return _load(path) if path.is_file() else {}


def written_descriptions(folder: Path, settings: StreamProcessing, names: SessionOutputFiles) -> dict[str, str]:
    """The catalogue as `load_catalog` gives it, with the descriptions that were extracted from the sessions left out.

    What the sessions themselves say adds nothing to a classifier that reads the sessions, and would let one changed
    synopsis change the text of its stream.

    Raises:
        CatalogError: the regular catalogue or its cache cannot be read.
    """
    known = read_cache(folder)
    extracted = {
        str(entry.get("description"))
        for entry in (known.values() if isinstance(known, Mapping) else ())
        if isinstance(entry, Mapping) and entry.get("source") == "extracted"
    }
    catalog = load_catalog(folder, settings, names)
    return {name: "" if text in extracted else text for name, text in catalog.items()}


def load_catalog(folder: Path, settings: StreamProcessing, names: SessionOutputFiles) -> dict[str, str]:
    """Description by stream from the catalogue files in `folder`; {} where there is none.

    With `use_enhanced_streams_catalog`, `<catalogue>_enhanced.json`, else `streams_enhanced.json`, goes before the
    regular catalogue: its descriptions win, its further streams are added. An enhanced file that cannot be read is
    left aside with a warning.

    Raises:
        CatalogError: the regular catalogue cannot be read.
    """
    regular = folder / names.streams_catalog
    catalog = read_catalog(regular) if regular.is_file() else {}
    if settings.use_enhanced_streams_catalog:
        for path in enhanced_files(folder, names):
            if not path.is_file():
                continue
            try:
                enhanced = read_catalog(path)
            except CatalogError as error:
                _log.warning("%s The regular catalogue is used.", error)
                continue
            catalog |= {name: text or catalog.get(name, "") for name, text in enhanced.items()}
            break
    return dict(sorted(catalog.items()))


def enhanced_files(folder: Path, names: SessionOutputFiles) -> list[Path]:
    """Where a catalogue that a person wrote is looked for, in order."""
    regular = folder / names.streams_catalog
    return [regular.with_stem(f"{regular.stem}_enhanced"), folder / ENHANCED_FILE]
