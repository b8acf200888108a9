"""What the configuration models allow, in words: keys, values, defaults, examples.

Read from the models themselves, so that messages and templates never fall behind them. Reading files is `config_files`.
"""

from __future__ import annotations

import datetime as dt
import difflib
import types
import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic.fields import FieldInfo

from pa_assets.agendas.config import Section

KeyPath = tuple[str | int, ...]
"""Keys and list positions from the top of a file to a value."""


@dataclass(frozen=True)
class Setting:
    """One key of a section."""

    name: str
    meaning: str
    allowed: str
    required: bool
    default: Any
    example: Any
    """A value to start from: the declared example, else the default."""
    section: type[Section] | None
    """The model, where the value is itself a section."""
    item: type[Section] | None
    """The model of each item, where the value is a list of sections."""


def settings(model: type[Section]) -> list[Setting]:
    """The keys of a section, in the order of the model."""
    return [_setting(name, field) for name, field in model.model_fields.items()]


def setting_at(model: type[Section], path: Sequence[str | int]) -> Setting | None:
    """The setting that `path` leads to, or None where it leads into free keys or nowhere."""
    current: type[Section] | None = model
    found: Setting | None = None
    for part in path:
        if isinstance(part, int):
            found, current = None, (found.item if found else None)
            continue
        if current is None:
            return None
        found = next((setting for setting in settings(current) if setting.name == part), None)
        if found is None:
            return None
        current = found.section
    return found


def section_at(model: type[Section], path: Sequence[str | int]) -> type[Section] | None:
    """The section that `path` leads to."""
    if not path:
        return model
    if isinstance(path[-1], int):
        setting = setting_at(model, path[:-1])
        return setting.item if setting else None
    setting = setting_at(model, path)
    return setting.section if setting else None


def places_of(model: type[Section], name: str) -> list[KeyPath]:
    """Paths of every key called `name`, list positions left out."""
    return [path for path in _paths(model, ()) if path[-1] == name]


def _paths(model: type[Section], prefix: KeyPath) -> Iterator[KeyPath]:
    for setting in settings(model):
        path = (*prefix, setting.name)
        yield path
        if below := setting.section or setting.item:
            yield from _paths(below, path)


def nearest(name: str, names: Sequence[str]) -> str:
    """The name most like `name`, or empty where none is like it."""
    by_lower = {known.lower(): known for known in reversed(names)}
    close = difflib.get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[close[0]] if close else ""


def words(path: Sequence[str | int]) -> str:
    """A path as people write it: `recommendations.rules[2].name`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part.replace("_", "a").isalnum():
            text += f".{part}" if text else part
        else:
            text += f'["{part}"]'
    return text


def _setting(name: str, field: FieldInfo) -> Setting:
    required = field.is_required()
    default = None if required else field.get_default(call_default_factory=True)
    annotation = _without_none(field.annotation)
    return Setting(
        name=name,
        meaning=field.description or "",
        allowed=allowed(field.annotation, field.metadata),
        required=required,
        default=default,
        example=field.examples[0] if field.examples else default,
        section=annotation if _is_section(annotation) else None,
        item=_item(annotation),
    )


def _item(annotation: Any) -> type[Section] | None:
    arguments = typing.get_args(annotation) if typing.get_origin(annotation) is list else ()
    return arguments[0] if arguments and _is_section(arguments[0]) else None


def _is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Section)


def _without_none(annotation: Any) -> Any:
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        kept = [argument for argument in typing.get_args(annotation) if argument is not type(None)]
        return kept[0] if len(kept) == 1 else annotation
    return annotation


_PLAIN = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    dt.date: "a date, YYYY-MM-DD",
    Any: "anything",
}
_NOT_EMPTY = ", not empty"


def allowed(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    """The values a type allows, in words."""
    annotation = _without_none(annotation)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return allowed(arguments[0], [*_flat(arguments[1:]), *metadata])
    if origin is Literal:
        text = " | ".join(map(str, arguments))
    elif origin is list:
        text = f"a list of {_inner(arguments[0])}"
        return text + (", at least one" if _not_empty(metadata) else "")
    elif origin is dict:
        text = f"a block of `text: {_inner(arguments[1])}`"
    elif _is_section(annotation):
        text = f"a block with the keys {', '.join(annotation.model_fields)}"
    else:
        text = _PLAIN[annotation]
    return text + _limits(metadata)


def _inner(annotation: Any) -> str:
    return allowed(annotation).removesuffix(_NOT_EMPTY)


def _not_empty(metadata: Sequence[Any]) -> bool:
    return any(getattr(entry, "min_length", None) for entry in metadata)


def _flat(metadata: Sequence[Any]) -> list[Any]:
    return [part for entry in metadata for part in (entry.metadata if isinstance(entry, FieldInfo) else [entry])]


def _limits(metadata: Sequence[Any]) -> str:
    forms = {
        "ge": "at least {}",
        "gt": "more than {}",
        "le": "at most {}",
        "lt": "less than {}",
        "pattern": "of the form {}",
    }
    texts = [
        form.format(getattr(entry, name))
        for entry in metadata
        for name, form in forms.items()
        if getattr(entry, name, None) is not None
    ]
    return "".join(f", {text}" for text in texts) + (_NOT_EMPTY if _not_empty(metadata) else "")
