"""YAML as the configuration needs it: values with the line each stands on, and no key twice.

Scalars follow YAML 1.2, so that `no` is a text, `12:30` no number, and a date stays as written until its key is known.
What the keys mean is not known here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

_Path = tuple[str | int, ...]


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # ten times faster where it was compiled
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^<<$"), ["<"])


class YamlError(ValueError):
    """The text cannot be read as YAML at all."""

    def __init__(self, line: int | None, problem: str) -> None:
        super().__init__(problem)
        self.line = line
        self.problem = problem


@dataclass
class Document:
    """One YAML document."""

    value: Any
    lines: dict[_Path, int] = field(default_factory=dict)
    """Line of each key and list item, from 1."""
    written: dict[_Path, str] = field(default_factory=dict)
    """Scalars as they are written."""
    doubled: list[tuple[_Path, int, int]] = field(default_factory=list)
    """Keys given twice: path, line of the first, line of the second."""

    def line(self, path: _Path) -> int | None:
        """Line of the value, or of the nearest block around it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return None


def parse(content: bytes) -> Document:
    """Read one YAML document.

    Raises:
        YamlError: not UTF-8, or no YAML.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise YamlError(line, f"byte 0x{content[error.start]:02x} is not UTF-8; save the file as UTF-8") from error
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        document = Document(None)
        if node is not None:
            _walk(node, (), document, ())
            document.value = loader.construct_document(node)
    except yaml.YAMLError as error:
        raise _readable(error) from error
    return document


def _readable(error: yaml.YAMLError) -> YamlError:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        problem = " ".join(filter(None, (error.context, error.problem)))
        if mark:
            return YamlError(mark.line + 1, f"no valid YAML in column {mark.column + 1}: {problem}")
        return YamlError(None, f"no valid YAML: {problem}")
    return YamlError(None, f"no valid YAML: {' '.join(str(error).split())}")


def _walk(node: yaml.Node, path: _Path, document: Document, above: tuple[yaml.Node, ...]) -> None:
    if any(node is other for other in above):
        raise YamlError(node.start_mark.line + 1, "an alias (*) refers to a block around it")
    above = (*above, node)
    if isinstance(node, yaml.ScalarNode):
        document.written[path] = node.value
    elif isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            document.lines[(*path, position)] = item.start_mark.line + 1
            _walk(item, (*path, position), document, above)
    elif isinstance(node, yaml.MappingNode):
        _walk_mapping(node, path, document, above)


def _walk_mapping(node: yaml.MappingNode, path: _Path, document: Document, above: tuple[yaml.Node, ...]) -> None:
    first: dict[str, int] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise YamlError(
                line, "a list or block stands where a key is expected; put a text with `{`, `[` or `?` in quotes"
            )
        here = (*path, key.value)
        if key.value in first:
            document.doubled.append((here, first[key.value], line))
        first.setdefault(key.value, line)
        document.lines[here] = line
        if key.tag != "tag:yaml.org,2002:merge":
            key.tag = "tag:yaml.org,2002:str"
        _walk(value, here, document, above)
