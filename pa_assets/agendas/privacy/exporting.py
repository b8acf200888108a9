"""Everything held on a person, as one ZIP archive that its owner alone can read: JSON, and a page to read."""

from __future__ import annotations

import html
import io
import json
import os
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pa_assets.agendas.core.landing import LandingError
from pa_assets.agendas.core.people.suppression import Known
from pa_assets.agendas.privacy import rows as found_rows
from pa_assets.agendas.privacy.finding import Candidate
from pa_assets.agendas.privacy.graph_part import held as held_in_graph
from pa_assets.agendas.privacy.places import Place, all_places
from pa_assets.agendas.project import Project


def held(project: Project, known: Known) -> dict[str, Any]:
    """Everything that files and graphs hold on a person, by kind.

    Raises:
        GraphError: a graph server cannot be reached.
    """
    files: dict[str, list[dict[str, Any]]] = {}
    unreadable = []
    for place in all_places(project):
        name = place.path.relative_to(project.root).as_posix()
        try:
            rows = list(_rows(place, known))
        except LandingError:
            unreadable.append(name)
            continue
        if rows:
            files.setdefault(place.kind, []).append({"file": name, "event": place.event, "rows": rows})
    return {"files": files, "graph": held_in_graph(project, known), "files_not_readable": unreadable}


def _rows(place: Place, known: Known) -> Iterable[Any]:
    kind = found_rows.format_of(place)
    if kind == found_rows.PARQUET:
        return found_rows.values_of(found_rows.parquet_rows(place, known))
    if kind == found_rows.JSON_TREE:
        return found_rows.pruned(place, known)[1].gone
    if kind == found_rows.CALENDARS:
        return [{"calendar": text} for text in found_rows.calendars_of(place, known).values()]
    if kind == found_rows.RECORDS:
        try:
            return found_rows.values_of(found_rows.rows_of(place, known))
        except LandingError:
            if place.role:
                raise
    return ()


def write_archive(path: Path, candidates: Iterable[Candidate], content: dict[str, Any], now: str) -> None:
    """Write the archive; only its owner can read it.

    Raises:
        FileExistsError: there is a file already.
    """
    people = [{"name": each.name, "email": each.email, "badges": list(each.badges)} for each in candidates]
    document = {"made_at": now, "person": people, **content}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("person.json", json.dumps(document, ensure_ascii=False, indent=2, default=_plain) + "\n")
        archive.writestr("person.html", _page(document))
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
        stream.write(packed.getvalue())


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else str(value)


def _page(document: dict[str, Any]) -> str:
    """All of it as tables in one page without anything from elsewhere."""
    parts = [
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>What is held on a person</title>",
        "<style>body{font:15px/1.5 sans-serif;margin:2rem}table{border-collapse:collapse;margin:0 0 1rem}"
        "td{border:1px solid #ccc;padding:.2rem .5rem;vertical-align:top}td:first-child{color:#555}</style>",
        f"<h1>What is held on a person</h1><p>As of {html.escape(document['made_at'])}.</p>",
        *(_table(person) for person in document["person"]),
    ]
    for kind, files in document["files"].items():
        parts.append(f"<h2>{html.escape(kind)}</h2>")
        for file in files:
            parts.append(f"<h3>{html.escape(file['file'])}</h3>")
            parts += [_table(row) for row in file["rows"]]
    parts.append("<h2>graph</h2>")
    parts += [_table(node) for node in document["graph"]]
    return "\n".join(parts) + "\n"


def _table(record: Any) -> str:
    rows = record.items() if isinstance(record, dict) else [("value", record)]
    cells = "".join(f"<tr><td>{html.escape(str(name))}</td><td>{_cell(value)}</td></tr>" for name, value in rows)
    return f"<table>{cells}</table>"


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=_plain)
    return html.escape(text)
