"""A new event: the YAML that it starts from, written from the configuration models so that it cannot fall behind them.

What each key means comes from the models; what is allowed in words is `config_keys`.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from pa_assets.agendas.config import EventConfig, Section
from pa_assets.agendas.config_files import EVENT_NAME, EVENT_NAME_RULE, PIPELINE_FILE, load_events
from pa_assets.agendas.config_keys import Setting, settings
from pa_assets.agendas.layout import EventFolder, config_folder
from pa_assets.kit.files import project_root, write_text

ACTIVE = ("event", "landing", "session_files", "people")
"""Sections that a new event begins with; the others stand as comments with their defaults."""

SHOW_TAG = re.compile(r"^[a-z0-9_]+$")
_TOLD_BY_THE_VALUE = ("text", "text, not empty", "a list of text", "true or false")
_WIDTH = 118
_HEAD = """\
# {title}: settings of the event `{name}`. Its files go to data/{name}/landing.
#
# Give event.* your own values, and people.questions_to_keep the questions of your survey; the rest can wait.
# Lines that begin with `#` and no space, or two, are settings at their defaults: take the `#` away to change them.
# `pa check-config {name}` says what is not right.
"""


class NewEventError(ValueError):
    """The event cannot be made; the message says what to do."""


def create_event(name: str, title: str = "", show: str = "") -> tuple[Path, Path]:
    """Write the YAML of a new event and make its landing folder; return both paths, below the project root.

    Raises:
        NewEventError: the name or the tag is not allowed or taken.
    """
    path, landing = config_folder() / f"{name}.yaml", EventFolder(name).landing
    known = load_events(config_folder())
    tags = {config.event.show: other for other, config in known.configs.items()}
    if not EVENT_NAME.match(name) or path.name == PIPELINE_FILE:
        raise NewEventError(f"{name!r} cannot be the name of an event; allowed: {EVENT_NAME_RULE}.")
    if name in known.broken or path.exists():
        raise NewEventError(f"The event {name} is there already, in {_below_root(path)}. Nothing was written.")
    if not SHOW_TAG.match(show or name):
        raise NewEventError(f"{show!r} cannot be the tag of a show; allowed: lower-case letters, digits and _.")
    if other := tags.get(show or name):
        raise NewEventError(f"The event {other} has the show tag {show or name!r} already; name another by --show.")
    text = new_event_text(name, title, show)
    landing.mkdir(parents=True, exist_ok=True)
    write_text(path, text)
    return _below_root(path), _below_root(landing)


def _below_root(path: Path) -> Path:
    return path.relative_to(project_root())


def new_event_text(name: str, title: str = "", show: str = "") -> str:
    """A commented YAML for the event `name`, which loads as it stands.

    Args:
        name: name of the event, as in the file's name.
        title: name of the show as people say it; empty: made from `name`.
        show: short tag of the show; empty: `name`.
    """
    title = " ".join(title.split()) or name.replace("_", " ").title()
    given: dict[tuple[str, ...], Any] = {
        ("event", "title"): title,
        ("event", "show"): show or name,
        ("event", "main_event_name"): show or name,
        ("event", "secondary_event_name"): f"{show or name}_paired",
        ("event", "shows_this_year"): [f"{(show or name).replace('_', '').upper()[:4]}27"],
    }
    blocks = [_HEAD.format(name=name, title=title)]
    for setting in settings(EventConfig):
        active = setting.name in ACTIVE
        lines = _lines(setting, (), given, examples=active)
        blocks.append("".join(f"{line}\n" for line in (lines if active else _disabled(lines))))
    return "\n".join(blocks)


def _lines(
    setting: Setting, above: tuple[str, ...], given: Mapping[tuple[str, ...], Any], *, examples: bool
) -> list[str]:
    """Comment and key of a setting, and the keys below it."""
    path, indent = (*above, setting.name), "  " * len(above)
    value = given.get(path, setting.example if examples else setting.default)
    block = setting.section if setting.required or value is not None else None
    lines = _comment(setting.meaning if block else _explained(setting), indent)
    if block is None:
        lines.append(f"{indent}{setting.name}: {_yaml(value)}")
        if below := setting.item or setting.section:
            lines += _described(below, indent)
        return lines
    lines.append(f"{indent}{setting.name}:")
    inner = value.model_dump() if isinstance(value, BaseModel) else value or {}
    given = {**{(*path, name): item for name, item in inner.items()}, **given}
    for child in settings(block):
        lines += _lines(child, path, given, examples=examples)
    return lines


def _explained(setting: Setting) -> str:
    """Meaning, and what is allowed where the value does not tell."""
    plain = (
        setting.allowed.split(", ")[0] in ("text", "a list of text", "true or false") and "form" not in setting.allowed
    )
    return setting.meaning if plain else f"{setting.meaning} ({setting.allowed})"


def _described(model: type[Section], indent: str) -> list[str]:
    """What may stand in a list or an optional block, as comments."""
    texts = [
        f"{setting.name}: {setting.meaning or setting.name} ({setting.allowed})"
        + ("" if setting.required else f", default {_yaml(setting.default)}" if setting.section is None else "")
        for setting in settings(model)
    ]
    return [line for text in texts for line in _comment(f"- {text}", indent + "  ")]


def _comment(text: str, indent: str) -> list[str]:
    prefix = f"{indent}# "
    return textwrap.wrap(text, _WIDTH, initial_indent=prefix, subsequent_indent=prefix, break_on_hyphens=False)


def _disabled(lines: list[str]) -> list[str]:
    """Settings as comments; the comment above the block stays as it is."""
    return [line if line.startswith("#") else f"#{line}" for line in lines]


def _yaml(value: Any) -> str:
    """A value on one line; JSON is YAML."""
    if isinstance(value, dt.date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)
