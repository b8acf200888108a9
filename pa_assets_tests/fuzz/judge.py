"""Whether a malformed delivery ended as it must: a clear error, rows set aside, or no harm.

The rules, each a failure when broken: only errors of the clear kinds, which name the file and a mend and quote nobody;
rows counted here are the rows that went in; rows add up; rows that no fault touched come through unchanged; CSV files
parse back and hold no cell that a spreadsheet runs; nothing takes long.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from pa_assets.agendas.config_files import ConfigError
from pa_assets.agendas.core.landing_columns import LandingError
from pa_assets.agendas.core.mappings import MappingError
from pa_assets_tests.fuzz.delivery import CANARY, tag
from pa_assets_tests.fuzz.grammar import Case
from pa_assets_tests.fuzz.preparation import STAGES, Prepared

Outcome = Literal["error", "quarantined", "kept"]

MOST_SECONDS = 20.0
_LONGEST_MESSAGE = 2_000
_CLEAR = (LandingError, MappingError, ConfigError)
_MEND = re.compile(
    r"\b(add|ask|check|convert|correct|deliver|drop|export|fill|give|keep|land|leave|mend|name|pack|put|quote|remove|"
    r"rename|save|set|split|unpack|unlock|use|write)\b",
    re.IGNORECASE,
)
_BLANKS = r"[\s\u00a0\u200b\u2060\u3000\ufeff\"]*"
_RUNS = re.compile(rf"(?:[\t\r\n]|{_BLANKS}[=+\-@＝＋－＠])|.*;{_BLANKS}[=+\-@＝＋－＠]", re.DOTALL)  # noqa: RUF001
_NUMBER = re.compile(r"\s*[+-]?\d+(\.\d+)?([eE][+-]?\d+)?\s*", re.ASCII)

_ACCOUNTS = {
    "registrations_processed": {"": ("registrations", "registrations")},
    "survey_answers": {"": ("demographics", "answers")},
    "scans_processed": {"": ("scans", "scans"), "entry_": ("entry_scans", "entry_scans")},
    "sessions_processed": {"": ("programme", "sessions")},
}
"""Stage -> beginning of its account's keys -> role that is counted, name of the quarantine file."""

_OUT = {"registrations_processed": "registrations_processed.csv", "scans_processed": "scans_processed.csv",
        "attendance": "attendance.csv"}  # fmt: skip

_DEPENDS = {
    "registrations_processed": {"registrations"},
    "survey_answers": {"registrations", "demographics"},
    "visitors": {"registrations"},
    "scans_processed": {"scans", "scan_reference"},
    "sessions_processed": {"programme"},
    "attendance": {"registrations", "scans", "scan_reference", "programme"},
}
"""Stage -> roles whose faults may cost it rows."""

_NAMES = ("badge_id", "session_id", "short_name", "seminar_name", "title")
_KEYS = {
    "registrations_processed": ("cohort", "badge_id"),
    "survey_answers": ("cohort", "badge_id", "question", "answer"),
    "visitors": ("cohort", "badge_id"),
    "scans_processed": ("cohort", "badge_id", "short_name", "scanned_at"),
    "sessions_processed": ("cohort", "session_id"),
    "attendance": ("cohort", "badge_id", "session_id"),
}
_VALUES = {
    "registrations_processed": ("forename", "surname", "email", "company", "job_title", "registration_date"),
    "survey_answers": ("column",),
    "scans_processed": ("seminar_name", "key_text"),
    "sessions_processed": ("title", "synopsis_stripped", "starts_at", "ends_at"),
}
"""Columns that do not hang on other rows."""


@dataclass(frozen=True)
class Verdict:
    """What became of a case."""

    case: Case
    outcome: Outcome
    failures: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class Baseline:
    """What the clean show came to."""

    rows: dict[str, dict[tuple[str, ...], tuple[tuple[str, ...], frozenset[str]]]]
    """Stage -> key -> values, and the names by which a fault exempts the row."""
    aside: int


def baseline_of(prepared: Prepared) -> Baseline:
    """Remember the clean show.

    Raises:
        AssertionError: it does not go through, so that nothing can be judged.
    """
    assert not prepared.errors, f"the clean show fails: {prepared.errors}"
    return Baseline({stage: _rows(stage, table) for stage, table in prepared.tables.items()}, _aside(prepared))


def judge(case: Case, prepared: Prepared, baseline: Baseline) -> Verdict:
    """Judge a case against its clean show."""
    failures = [
        *_wrong_errors(case, prepared),
        *_misread(case, prepared),
        *_wrong_counts(case, prepared),
        *_lost(case, prepared, baseline),
        *_unsafe(prepared),
        *_told(prepared),
    ]
    if prepared.seconds > MOST_SECONDS:
        failures.append(f"took {prepared.seconds:.0f} s")
    if prepared.errors:
        outcome: Outcome = "error"
    else:
        outcome = "quarantined" if _aside(prepared) > baseline.aside else "kept"
    return Verdict(case, outcome, tuple(failures), prepared.seconds)


def _aside(prepared: Prepared) -> int:
    counts = ("rows_quarantined", "rows_folded", "entry_rows_quarantined", "entry_rows_folded")
    return sum(int(account.get(name, 0)) for account in prepared.accounts.values() for name in counts)


# Errors


def _wrong_errors(case: Case, prepared: Prepared) -> Iterator[str]:
    files = {spoiled.file for spoiled in case.faults} | {name for one in case.deliveries for name in one.beside}
    for stage, error in prepared.errors.items():
        text = str(error)
        shown = f"{stage}: {type(error).__name__}: {_short(text)}"
        if not isinstance(error, _CLEAR):
            yield f"unclear error: {shown}"
            continue
        if not any(file in text for file in files):
            yield f"error does not name the file: {shown}"
        if not _MEND.search(text):
            yield f"error names no mend: {shown}"
        if len(text) > _LONGEST_MESSAGE:
            yield f"error of {len(text)} characters: {shown}"
        if any(CANARY in str(one).casefold() for one in _chain(error)):
            yield f"error quotes a person: {shown}"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _misread(case: Case, prepared: Prepared) -> Iterator[str]:
    for delivery in case.deliveries:
        if delivery.refuse and not any(delivery.name in str(error) for error in prepared.errors.values()):
            stages = [stage for stage, (_, _, roles) in STAGES.items() if delivery.role in roles]
            if not stages or all(stage in prepared.tables for stage in stages):
                yield f"{delivery.name} was read, although nobody can know its rows"


# Rows


def _wrong_counts(case: Case, prepared: Prepared) -> Iterator[str]:
    for stage, parts in _ACCOUNTS.items():
        account = prepared.accounts.get(stage)
        if account is None:
            continue
        for start, (role, quarantine) in parts.items():
            counts = [delivery.count for delivery in case.deliveries if delivery.role == role]
            landed, went_in = sum(filter(None, counts)), account[f"{start}rows_in"]
            if None not in counts and not _all_in(role, landed, went_in):
                yield f"{stage}: {landed} rows of {role} landed, {went_in} went in"
            table = len(prepared.tables[stage]) if not start else account["entry_scans"]
            yield from _wrong_sum(stage, start, account, table)
            yield from _wrong_quarantine(case, prepared, quarantine, account[f"{start}rows_quarantined"])
    if account := prepared.accounts.get("attendance"):
        if account["rows_in"] != len(prepared.tables["scans_processed"]):
            yield "attendance: not all scans went in"
        yield from _wrong_sum("attendance", "", account, len(prepared.tables["attendance"]))
    if "visitors" in prepared.tables and len(prepared.tables["visitors"]) != len(
        prepared.tables["registrations_processed"]
    ):
        yield "visitors: not one row per registration"


def _all_in(role: str, landed: int, went_in: int) -> bool:
    """Entries are counted per badge and day: each row as often as there are days."""
    if role != "entry_scans":
        return went_in == landed
    return went_in % landed == 0 and went_in >= landed if landed else went_in == 0


def _wrong_sum(stage: str, start: str, account: Any, out: int) -> Iterator[str]:
    given = account[f"{start}rows_in"] + account[f"{start}rows_copied"]
    gone = out + account[f"{start}rows_quarantined"] + account[f"{start}rows_folded"]
    if given != gone:
        yield f"{stage}: {given} rows went in or were copied, {gone} came out, were set aside or folded"


def _wrong_quarantine(case: Case, prepared: Prepared, name: str, rows: int) -> Iterator[str]:
    path = prepared.output / "quarantine" / f"{name}.csv"
    records = list(_csv_rows(path))
    header, body = records[0], records[1:]
    if len(body) != rows:
        yield f"{path.name}: {rows} rows were written, {len(body)} can be read"
    files = {file for delivery in case.deliveries for file in (delivery.name, *delivery.beside)}
    place = {column: header.index(column) for column in ("source_file", "source_row", "reason", "detail")}
    for record in body:
        told = f"{record[place['reason']]} {record[place['detail']]}"
        if not record[place["reason"]]:
            yield f"{path.name}: a row without reason"
        if CANARY in told.casefold():
            yield f"{path.name}: reason or detail quotes a person: {_short(told)}"
        if len(told) > _LONGEST_MESSAGE:
            yield f"{path.name}: a detail of {len(told)} characters: {_short(told)}"
        if record[place["source_file"]].split("/")[0] not in files or int(record[place["source_row"]]) < 1:
            yield f"{path.name}: no source: {record[place['source_file']]!r} row {record[place['source_row']]}"


def _lost(case: Case, prepared: Prepared, baseline: Baseline) -> Iterator[str]:
    exempt = {name for delivery in case.deliveries for name in delivery.exempt}
    spoiled = [one for one in case.deliveries if one.name in {spoiled.file for spoiled in case.faults}]
    for stage, clean in baseline.rows.items():
        near = [one for one in spoiled if one.role in _DEPENDS[stage]]
        if stage not in prepared.tables or any(one.adrift or one.refuse for one in near):
            continue
        rows = _rows(stage, prepared.tables[stage])
        wanted = {key: values for key, (values, names) in clean.items() if not names & exempt}
        missing = [key for key in wanted if key not in rows]
        if missing:
            yield f"{stage}: {len(missing)} of {len(wanted)} rows that no fault touched are lost, such as {missing[0]}"
        if any(one.loose for one in near):
            continue
        changed = [key for key, values in wanted.items() if key in rows and rows[key][0] != values]
        if changed:
            now, then = rows[changed[0]][0], wanted[changed[0]]
            yield f"{stage}: {len(changed)} rows that no fault touched changed, such as {_short(f'{then} to {now}')}"


def _rows(stage: str, table: pd.DataFrame) -> dict[tuple[str, ...], tuple[tuple[str, ...], frozenset[str]]]:
    def columns(names: tuple[str, ...]) -> list[tuple[str, ...]]:
        texts = [table[name].astype(str).tolist() for name in names if name in table.columns]
        return list(zip(*texts, strict=True)) if texts else [()] * len(table)

    values, names = columns(_VALUES.get(stage, ())), columns(_NAMES)
    return {
        key: (value, frozenset(map(tag, known)))
        for key, value, known in zip(columns(_KEYS[stage]), values, names, strict=True)
    }


# Files


def _csv_rows(path: Path) -> Iterator[list[str]]:
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.reader(stream, strict=True)


def _unsafe(prepared: Prepared) -> Iterator[str]:
    for path in sorted(prepared.output.rglob("*.csv")):
        try:
            records = list(_csv_rows(path))
        except csv.Error as error:
            yield f"{path.name} does not parse back: {error}"
            continue
        if any(len(record) != len(records[0]) for record in records):
            yield f"{path.name}: rows differ in width"
        running = next((cell for record in records for cell in record if _would_run(cell)), None)
        if running is not None:
            yield f"{path.name}: a spreadsheet may run {_short(running)!r}"
    for stage, name in _OUT.items():
        if stage in prepared.tables:
            read = sum(1 for _ in _csv_rows(prepared.output / name)) - 1
            if read != len(prepared.tables[stage]):
                yield f"{name}: {len(prepared.tables[stage])} rows were written, {read} can be read"


def _would_run(cell: str) -> bool:
    return bool(_RUNS.match(cell)) and not _NUMBER.fullmatch(cell)


def _told(prepared: Prepared) -> Iterator[str]:
    """Personal values in what Dagster keeps or logs."""
    for stage, account in prepared.accounts.items():
        for key, value in account.items():
            if CANARY in repr(value).casefold():
                yield f"{stage}: metadata {key} quotes a person: {_around(repr(value))}"
    for warning in prepared.warnings:
        if CANARY in warning.casefold():
            yield f"a warning quotes a person: {_short(warning)}"


def _around(text: str) -> str:
    place = text.casefold().index(CANARY)
    return _short(text[max(0, place - 60) : place + 60])


def _short(text: str) -> str:
    flat = repr(text)[1:-1]
    return flat if len(flat) <= 300 else f"{flat[:220]} ... {flat[-60:]}"
