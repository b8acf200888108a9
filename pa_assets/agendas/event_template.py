"""The YAML that a new event starts from, written from the configuration models so that it cannot fall behind them.

`pa new-event` writes it to a file; what each key means comes from the models.
"""

from __future__ import annotations

import datetime as dt
import json
import textwrap
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from pa_assets.agendas.config import EventConfig, Section
from pa_assets.agendas.config_keys import Setting, settings

ACTIVE = ("event", "landing", "session_files", "people")
"""Sections that a new event begins with; the others stand as comments with their defaults."""

_WIDTH = 118
_HEAD = """\
# {title}: settings of the event `{name}`. Its files go to data/{name}/landing.
#
# Give event.* your own values, and people.questions_to_keep the questions of your survey; the rest can wait.
# Lines that begin with `#` and no space, or two, are settings at their defaults: take the `#` away to change them.
# `pa check-config {name}` says what is not right.
"""


def new_event_text(name: str, title: str = "", show: str = "") -> str:
    """A commented YAML for the event `name`, which loads as it stands.

    Args:
        name: name of the event, as in the file's name.
        title: name of the show as people say it; empty: made from `name`.
        show: short tag of the show; empty: `name`.
    """
    title = title or name.replace("_", " ").title()
    given = {
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
    lines = _comment(_meaning(setting), indent)
    if setting.section is None or value is None and not setting.required:
        lines.append(f"{indent}{setting.name}: {_yaml(value)}")
        if below := setting.item or setting.section:
            lines += _described(below, indent)
        return lines
    lines.append(f"{indent}{setting.name}:")
    inner = value.model_dump() if isinstance(value, BaseModel) else value or {}
    below_given = {**{(*path, name): item for name, item in inner.items()}, **given}
    for child in settings(setting.section):
        lines += _lines(child, path, below_given if not setting.required else given, examples=examples)
    return lines


def _meaning(setting: Setting) -> str:
    if setting.section is not None and setting.default is not None or setting.section and setting.required:
        return setting.meaning
    return f"{setting.meaning} ({setting.allowed})"


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
