"""The CSV made again from an exported JSON, byte for byte as it was exported beside it."""

from __future__ import annotations

import json
from itertools import chain
from typing import IO, Any

import numpy as np
import pandas as pd

from pa_assets.agendas.core.exports.agendas import Agendas
from pa_assets.agendas.core.exports.columns import SESSION_FACTS
from pa_assets.agendas.core.exports.tables import write_csv
from pa_assets.agendas.core.graph.restore import ExportError

_Record = dict[str, Any]


def csv_of_json(content: bytes, name: str, stream: IO[bytes]) -> int:
    """Write the CSV of a JSON export.

    Args:
        content: of the JSON.
        name: of the file, for messages.
        stream: takes the CSV.

    Returns:
        Recommendations in it.

    Raises:
        ExportError: it is no such export; the message names the file and the badge.
    """
    agendas = _agendas(content, name)
    write_csv(agendas, stream)
    return len(agendas.session)


def _agendas(content: bytes, name: str) -> Agendas:
    found = _read(content, name)
    show, fields = found["metadata"].get("show"), found["metadata"].get("visitor_fields")
    if not isinstance(show, str) or not _is_texts(fields):
        raise ExportError(
            f"{name}: its metadata lack show or visitor_fields, the columns of the CSV. It was exported by an earlier "
            "version; make event/recommendation_exports again."
        )
    by_badge: dict[str, _Record] = found["recommendations"]
    wrong = {badge: what for badge, agenda in by_badge.items() if (what := _fault(agenda, fields))}
    if wrong:
        badge, what = next(iter(wrong.items()))
        more = f" ({len(wrong)} badges in all)" if len(wrong) > 1 else ""
        raise ExportError(f"{name}: badge {badge!r} {what}{more}.")
    agendas = list(by_badge.values())
    rows: list[_Record] = list(chain.from_iterable(agenda["recommendations"] for agenda in agendas))
    counts = [len(agenda["recommendations"]) for agenda in agendas]
    return Agendas(
        show=show,
        badges=list(by_badge),
        people={field: [agenda["visitor"][field] for agenda in agendas] for field in fields},
        sessions={fact: [row[fact] for row in rows] for fact in SESSION_FACTS},
        first=np.cumsum([0, *counts]).astype(np.int64),
        session=np.arange(len(rows)),
        rank=np.array([row["rank"] for row in rows], dtype=np.int64),
        score=[float(row["score"]) for row in rows],
        strategy=pd.Series([row["strategy"] for row in rows], dtype=object).to_numpy(),
        reasons=pd.Series([row["reasons"] for row in rows], dtype=object).to_numpy(),
        overlapping=["|".join(other["session_id"] for other in row["alternatives"]) for row in rows],
    )


def _read(content: bytes, name: str) -> _Record:
    try:
        found = json.loads(content)
    except ValueError as error:
        place = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "not UTF-8"
        raise ExportError(f"{name} is no complete JSON ({place}).") from None
    if not isinstance(found, dict) or not all(isinstance(found.get(k), dict) for k in ("metadata", "recommendations")):
        raise ExportError(f"{name} is no export of agendas: it lacks metadata or recommendations.")
    return found


def _fault(agenda: Any, fields: list[str]) -> str:
    """What is wrong with the agenda of a visitor, "" where nothing is."""
    if not isinstance(agenda, dict) or not isinstance(agenda.get("visitor"), dict):
        return "has no visitor"
    if missing := [field for field in fields if field not in agenda["visitor"]]:
        return f"lacks the field(s) {', '.join(missing)} of the visitor"
    rows = agenda.get("recommendations")
    if not isinstance(rows, list) or not all(map(_is_recommendation, rows)):
        return "has a recommendation without session, rank, score, reasons or alternatives"
    return ""


def _is_recommendation(row: Any) -> bool:
    return (
        isinstance(row, dict)
        and row.keys() >= {*SESSION_FACTS, "strategy"}
        and isinstance(row.get("rank"), int)
        and isinstance(row.get("score"), int | float)
        and _is_texts(row.get("reasons"))
        and isinstance(row.get("alternatives"), list)
        and all(isinstance(other, dict) and isinstance(other.get("session_id"), str) for other in row["alternatives"])
    )


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
