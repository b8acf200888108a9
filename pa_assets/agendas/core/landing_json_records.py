"""JSON text -> the objects in it that are rows, one at a time: what counts as an array of rows, and broken JSON.

Files are streamed: none is held whole but one that the streamer refuses, which the standard library reads again to
name the place, or to accept what exporters write beyond the standard. What becomes of rows is `landing_json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, TextIO

from pa_assets.agendas.core.landing_columns import LandingError, quoted

Record = dict[str, Any]
"""An object of the file: texts, numbers as texts, booleans, None, lists and records."""

_Events = Iterator[tuple[str, Any]]

_AT_A_TIME = 1 << 18
"""Characters given to the streamer at a time."""

_LONGEST_LINE = 1 << 20
"""Characters of a line up to which a file is taken for one object per line."""

_MANY_DIGITS = 500
"""Digits that no number of an export has; looked for at places so far apart that none of 2000 is overlooked."""

_LONGEST_ESCAPE = 12
"""Characters of a pair of surrogates, each written as an escape."""

_MOST_ZEROS = 40
"""Beyond the digits given."""

_IN_QUESTION = ("\\ud", "\\uD", "\\u0000")
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2}|u0000)|.)", re.DOTALL
)
"""An escape in a JSON text; its group is half of a surrogate pair, which no file could hold, or the character zero,
which ends a text for some of the libraries that compare texts."""


class RefusedByStreamerError(Exception):
    """The streamer does not go on; `rows_of_whole` tells why, or does."""


def too_deep(file: str) -> LandingError:
    """The error for JSON that is nested beyond Python's measure."""
    return LandingError(f"{file}: the JSON is nested too deeply to be an export. Export it again.")


def holds_lines(text: TextIO) -> bool:
    """Whether the text is one object per line: its first line with text is one, its second begins one."""
    first, second = _line(text), _line(text)
    if not (first.startswith("{") and first.endswith(("\n", "\r")) and second.startswith("{")):
        return False
    try:
        json.loads(first, parse_int=str)
    except (json.JSONDecodeError, RecursionError):
        return False
    return True


def _line(text: TextIO) -> str:
    while line := text.readline(_LONGEST_LINE):
        if line.strip():
            return line.lstrip()
    return ""


def rows_of_lines(text: TextIO, file: str, note: Callable[[str], None]) -> Iterator[Record]:
    """The objects of a text that holds one per line; NaN and Infinity are None.

    Raises:
        LandingError: a line is broken, or no object.
    """
    constants: set[str] = set()
    decoder = _decoder(file, constants.add)
    for number, line in enumerate(text, start=1):
        if not line.strip():
            continue
        try:
            record = decoder.decode(_well_formed(line))
        except json.JSONDecodeError as error:
            raise _broken(file, error, number) from error
        if not isinstance(record, dict):
            raise LandingError(f'{file}: line {number} is no object. Each line is {{"column": value, ...}}.')
        yield record
    _tell_constants(constants, file, note)


def rows_of_stream(text: TextIO, file: str) -> Iterator[Record]:
    """The rows of a text that is an array of objects, or an object that holds one such array at any depth.

    Raises:
        RefusedByStreamerError: the text is broken, or Python's JSON.
        LandingError: no array or several (known only at the end), items that are no objects, a key given twice.
    """
    import ijson

    events: _Events = ijson.basic_parse(_WellFormedBytes(text), buf_size=_AT_A_TIME)
    try:
        yield from _Walk(file, events).rows()
    except (ijson.JSONError, ArithmeticError) as error:  # the latter: an exponent beyond measure
        raise RefusedByStreamerError from error


class _WellFormedBytes:
    """A text as the bytes that the streamer reads, with U+FFFD for each half of a surrogate pair."""

    def __init__(self, text: TextIO) -> None:
        self._text = text

    def read(self, size: int) -> bytes:
        text = self._text.read(size)
        while "\\" in text[-_LONGEST_ESCAPE:] and (more := self._text.read(size)):
            text += more  # so that no escape is cut in two
        places = range(0, len(text) - _MANY_DIGITS, 2 * _MANY_DIGITS)
        if any(text[place : place + _MANY_DIGITS].isdigit() for place in places):
            raise RefusedByStreamerError  # an integer of more than 4300 digits would crash the process
        return _well_formed(text).encode()


def _well_formed(text: str) -> str:
    if not any(start in text for start in _IN_QUESTION):
        return text
    return _ESCAPE.sub(lambda escape: "\\ufffd" if escape[1] else escape[0], text)


class _Walk:
    """One walk through the events of a file: its arrays outside of rows, the objects of the first that holds any."""

    def __init__(self, file: str, events: _Events) -> None:
        self._file = file
        self._events = events
        self._items: dict[str, int] = {}
        """Items of each array, by the keys that lead to it."""
        self._with_rows: list[str] = []
        self._no_object: dict[str, int] = {}
        """Number of the first item that is no object."""

    def rows(self) -> Iterator[Record]:
        event, _ = next(self._events)
        yield from self._array("the file") if event == "start_array" else self._object("")
        for _ in self._events:  # the streamer looks at what follows the last bracket
            pass
        self._check()

    def _object(self, where: str) -> Iterator[Record]:
        """Look for arrays below an object that is no row."""
        for key, event, _ in self._keys():
            below = f"{where}.{key}" if where else key
            if event == "start_array":
                yield from self._array(below)
            elif event == "start_map":
                yield from self._object(below)

    def _keys(self) -> Iterator[tuple[str, str, Any]]:
        """Each key of an object whose start was read, and the event after it."""
        known: set[str] = set()
        for event, key in self._events:
            if event == "end_map":
                return
            if key in known:
                raise self._twice(key)
            known.add(key)
            yield key, *next(self._events)

    def _array(self, where: str) -> Iterator[Record]:
        number, wanted, found = 0, not self._with_rows, False
        for event, value in self._events:
            if event == "end_array":
                break
            number += 1
            if event != "start_map":
                self._value(event, value)
                self._no_object.setdefault(where, number)
                continue
            if not found:
                found = True
                self._with_rows.append(where)
            record = self._record()
            if wanted:
                inner = record.get("node")
                yield inner if isinstance(inner, dict) else record
        self._items[where] = number

    def _record(self) -> Record:
        record: Record = {}
        events = self._events
        for event, key in events:
            if event == "end_map":
                break
            if key in record:
                raise self._twice(key)
            for event, value in events:  # the next one: cheaper than a call of next
                record[key] = value if event == "string" else self._value(event, value)
                break
        return record

    def _value(self, event: str, value: Any) -> Any:
        if event == "number":
            return _digits(value)
        if event == "start_map":
            return self._record()
        if event == "start_array":
            return self._list()
        return value

    def _list(self) -> list[Any]:
        items: list[Any] = []
        for event, value in self._events:
            if event == "end_array":
                break
            items.append(self._value(event, value))
        return items

    def _twice(self, key: str) -> LandingError:
        return LandingError(f"{self._file}: an object gives the key {quoted([key])} more than once. Keep one of them.")

    def _check(self) -> None:
        """Whether the rows were those of the one array of the file."""
        if self._with_rows == ["errors"]:
            raise LandingError(f"{self._file}: the GraphQL export holds errors in place of data. Export it again.")
        if not self._items:
            raise LandingError(
                f"{self._file}: the JSON holds no array of rows. Export it as [ ... ] or an object that holds one."
            )
        arrays = self._with_rows or list(self._items)
        if len(arrays) > 1 and (self._with_rows or any(self._items.values())):
            raise LandingError(
                f"{self._file}: the JSON holds several arrays ({quoted(sorted(arrays))}). Keep the one with the rows."
            )
        for where in arrays:
            if where in self._no_object:
                raise LandingError(
                    f"{self._file}: item {self._no_object[where]} of the array is no object. "
                    'Write each row as {"column": value, ...}.'
                )


def _digits(number: int | Decimal) -> str:
    """A number as it is written out; powers of ten stay powers where they would run on for ever."""
    if type(number) is Decimal and abs(number.adjusted()) <= _MOST_ZEROS:
        return format(number, "f")
    return str(number)


def rows_of_whole(text: TextIO, file: str, note: Callable[[str], None]) -> Iterator[Record]:
    """The rows of a text that the streamer refuses: it is held whole, NaN and Infinity are None.

    Raises:
        LandingError: as `rows_of_stream`, and where the JSON is broken; line and column are named.
    """
    constants: set[str] = set()
    decoder = _decoder(file, constants.add)
    try:
        value = decoder.decode(_well_formed(text.read()))
    except json.JSONDecodeError as error:
        raise _broken(file, error, error.lineno) from error
    _tell_constants(constants, file, note)
    return _Walk(file, _events(value)).rows()


def _tell_constants(constants: set[str], file: str, note: Callable[[str], None]) -> None:
    if constants:
        note(f"{file}: {' and '.join(sorted(constants))}, which JSON does not know, read as blank.")


def _events(value: Any) -> _Events:
    """What the streamer would tell of a value."""
    if isinstance(value, dict):
        yield "start_map", None
        for key, inner in value.items():
            yield "map_key", key
            yield from _events(inner)
        yield "end_map", None
    elif isinstance(value, list):
        yield "start_array", None
        for item in value:
            yield from _events(item)
        yield "end_array", None
    else:
        yield "string", value


def _decoder(file: str, tell_constant: Callable[[str], None]) -> json.JSONDecoder:
    """The reader of the standard library: numbers as texts, NaN and Infinity as None, each key once."""

    def once(pairs: list[tuple[str, Any]]) -> Record:
        record = dict(pairs)
        if len(record) < len(pairs):
            names = [name for name, _ in pairs]
            doubled = sorted({name for name in names if names.count(name) > 1})
            raise LandingError(
                f"{file}: an object gives the key {quoted(doubled[:1])} more than once. Keep one of them."
            )
        return record

    return json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=tell_constant, object_pairs_hook=once)


def _broken(file: str, error: json.JSONDecodeError, line: int) -> LandingError:
    return LandingError(
        f"{file}: broken JSON at line {line}, column {error.colno}: {error.msg}. Was the file cut off? Export it again."
    )
