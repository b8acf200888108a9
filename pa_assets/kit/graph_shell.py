"""A shell for Cypher: statements apart, whether one only reads, answers as a table, CSV or JSON.

Pure text in, text out; `cli.graph` reads the keyboard and asks the server.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

Format = Literal["table", "csv", "json"]

_QUIET = re.compile(
    r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:``|[^`])*`|//[^\n]*|/\*.*?\*/""",
    re.DOTALL,
)
"""Text in which no word is Cypher: strings, quoted names, comments."""

_COMMENT = re.compile(r"//|/\*")
_WRITING = re.compile(
    r"(?<![\w.:$])(?:(?:CREATE|INSERT|MERGE|SET|DELETE|DETACH|REMOVE|DROP|ALTER|FOREACH|GRANT|DENY|REVOKE)\b(?!\s*:)"
    r"|LOAD\s+CSV\b|(?:START|STOP|RENAME|TERMINATE|ENABLE|DRYRUN)\s+[a-z])|\\",
    re.IGNORECASE,
)
"""Words that write, where they are no name; and the backslash, by which Neo4j lets letters be written as numbers."""

_CALL = re.compile(r"(?<![\w.:$])CALL\s+(?![({])([\w.]+)", re.IGNORECASE)
_READING_CALLS = re.compile(
    r"(?:db\.(?:labels|relationshipTypes|propertyKeys|schema\.\w+|info|indexes|constraints|index\.fulltext\.query\w+"
    r"|index\.vector\.query\w+)|dbms\.(?:components|info|procedures|functions|queryJmx))",
    re.IGNORECASE,
)
_SHOWN_ITEMS = 6
_SHOWN_CHARACTERS = 120


class ParameterError(ValueError):
    """A parameter is not written name=value."""


def split_statements(text: str) -> tuple[list[str], str]:
    """Complete statements, each ended by `;`, and what follows the last one."""
    statements, start = [], 0
    for place in _unquoted(text, ";"):
        statements.append(text[start:place].strip())
        start = place + 1
    rest = text[start:].strip()
    return [one for one in statements if _bare(one).strip()], rest if _bare(rest).strip() else ""


def _unquoted(text: str, character: str) -> list[int]:
    covered = _QUIET.sub(lambda found: " " * len(found[0]), text)
    # A string that is not closed yet covers what follows it.
    opened = re.search(r"['\"`]|/\*", covered)
    end = opened.start() if opened else len(covered)
    return [place for place in range(end) if covered[place] == character]


def _bare(statement: str) -> str:
    """The statement without strings, quoted names and comments."""
    return _QUIET.sub(lambda found: " " if _COMMENT.match(found[0]) else " q ", statement)


def reads_only(statement: str) -> bool:
    """Whether a statement can change nothing: no writing word, and only procedures that are known to read.

    For servers that do not refuse writes in a reading transaction themselves; rather too strict than too lenient.
    """
    bare = _bare(statement)
    calls = _CALL.findall(bare)
    return not _WRITING.search(bare) and all(_READING_CALLS.fullmatch(name) for name in calls)


def parameters(given: Sequence[str]) -> dict[str, Any]:
    """Parameters from `name=value`; a value that is JSON is read as such, any other is text.

    Raises:
        ParameterError: no name, or no `=`.
    """
    read = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise ParameterError(f"Write a parameter as name=value, found {text!r}.")
        try:
            read[name] = json.loads(value)
        except json.JSONDecodeError:
            read[name] = value
    return read


def answer(rows: Sequence[Mapping[str, Any]], form: Format, limit: int) -> str:
    """The first `limit` rows (0: all), and in a table how many there are.

    In tables vectors, long lists and long texts are shortened; CSV and JSON hold them whole.
    """
    shown = rows[:limit] if limit else rows
    if form == "json":
        return "[" + ",\n ".join(json.dumps(_plain(row), ensure_ascii=False) for row in shown) + "]"
    if form == "csv":
        return _csv(shown)
    count = f"{len(rows)} row{'s' if len(rows) != 1 else ''}"
    if not rows:
        return count
    from tabulate import tabulate

    table = tabulate(
        [[_short(value) for value in row.values()] for row in shown],
        headers=list(rows[0]),
        tablefmt="simple",
        disable_numparse=True,
    )
    return f"{table}\n{count}" + (f", the first {len(shown)} shown (--limit)" if len(shown) < len(rows) else "")


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return ""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return text.getvalue().rstrip("\n")


def _cell(value: Any) -> Any:
    made = _plain(value)
    return json.dumps(made, ensure_ascii=False) if isinstance(made, list | dict | bool) else made


def _plain(value: Any) -> Any:
    """A value of the driver as JSON has it; dates and times as ISO 8601, other kinds as text."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.iso_format() if hasattr(value, "iso_format") else str(value)


def _short(value: Any) -> str:
    made = _plain(value)
    if isinstance(made, list) and len(made) > _SHOWN_ITEMS:
        first = ", ".join(_short(item) for item in made[: _SHOWN_ITEMS // 2])
        return f"[{first}, ... {len(made)} items]"
    if isinstance(made, dict):
        return "{" + ", ".join(f"{name}: {_short(item)}" for name, item in made.items()) + "}"
    text = "" if made is None else made if isinstance(made, str) else json.dumps(made, ensure_ascii=False)
    # Control characters would draw on the user's terminal.
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 3]}..."
