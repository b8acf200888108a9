"""What a run leaves, in a form that two runs can be compared by: without the time of day, the run and its cost."""

import hashlib
import re
from pathlib import Path
from typing import Any

from pa_assets.kit.resources.graph import connect, target
from pa_assets_tests.project import ProjectFolder

RESULTS = ("output", "recommendations", "reports")
STAMP = re.compile(r"\d{8}_\d{6}")
OF_THE_RUN = ("generated_at", "load_id")
"""Ends of the names of properties that tell when and by which run something was written."""


def files(project: ProjectFolder, event: str) -> dict[str, bytes]:
    """Content of every result of an event by path; timestamps in names and in the list of exports are numbered.

    Copies of files from before they changed (.bak) do not count: they tell how often a run began.
    """
    folder = project.root / "data" / event
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for name in RESULTS
        for path in sorted((folder / name).rglob("*"))
        if path.is_file() and path.suffix != ".bak"
    }
    stamps = sorted({stamp for name in found for stamp in STAMP.findall(name)})
    numbers = {stamp: f"#{number}" for number, stamp in enumerate(stamps, start=1)}

    def numbered(text: str) -> str:
        return STAMP.sub(lambda match: numbers.get(match[0], match[0]), text)

    return {
        numbered(name): numbered(content.decode()).encode() if name.endswith("latest.json") else content
        for name, content in found.items()
    }


def exports(project: ProjectFolder, event: str) -> dict[str, bytes]:
    """Content of the exports alone."""
    return {name: content for name, content in files(project, event).items() if name.startswith("recommendations/")}


def graph(project: ProjectFolder) -> dict[str, list[str]]:
    """Every node and relationship of the project's embedded graph, by label and type, as sorted digests."""
    with connect(target("default", project.root, {}), project.root) as server:
        nodes = server.read("MATCH (node) RETURN labels(node) AS kind, properties(node) AS given")
        edges = server.read(
            "MATCH (a)-[edge]->(b) RETURN [type(edge)] AS kind, properties(edge) AS given, "
            "properties(a) AS start, properties(b) AS finish"
        )
    found: dict[str, list[str]] = {}
    for row in [*nodes, *edges]:
        content = [_plain(row[name]) for name in ("given", "start", "finish") if name in row]
        found.setdefault(" ".join(row["kind"]), []).append(hashlib.sha256(repr(content).encode()).hexdigest())
    return {kind: sorted(digests) for kind, digests in sorted(found.items())}


def _plain(properties: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((name, str(value)) for name, value in properties.items() if not name.endswith(OF_THE_RUN))


def differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Names under which two results differ."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def leftovers(project: ProjectFolder, event: str) -> list[str]:
    """Temporary files that lie where somebody could take them for results."""
    folder = project.root / "data" / event
    return sorted(path.relative_to(folder).as_posix() for name in RESULTS for path in (folder / name).rglob("*.tmp"))


def files_under(folder: Path) -> list[Path]:
    """Every file below a folder."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
