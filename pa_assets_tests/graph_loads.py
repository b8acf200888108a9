"""All loads of the graph of a made-up show, as the assets make them: for benchmarks and for runs that are cut off.

`python -m pa_assets_tests.graph_loads TABLES FOLDER` loads the pickled tables of a file, with twins in FOLDER, into the
embedded server of the project root `PA_TEST_GRAPH_ROOT` (default: FOLDER), or the one that `PA_TEST_NEO4J_URI` names.
"""

import os
import pickle
import sys
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from pa_assets.agendas import config
from pa_assets.agendas.core.graph import later, people, programme, sync, twins
from pa_assets.agendas.core.graph.parts import LoadReport, Part
from pa_assets.agendas.core.graph.schema import Schema, build_schema
from pa_assets.kit.ports import Graph
from pa_assets.kit.resources.graph import connect, target
from pa_assets_tests.agendas.core.graph.graph_tables import QUESTION, Tables, event
from pa_assets_tests.kit.graph_fixtures import outside_server

SHOW = "show"
SETTINGS = config.Graph()


def schema_of(show: str = SHOW) -> Schema:
    """The declaration of a made-up show."""
    return build_schema(event(show), SETTINGS)


def loads(
    tables: Tables, show: str = SHOW, when: str = "2025-06-01T00:00:00+00:00"
) -> Iterator[tuple[str, Callable[[], tuple[Part, ...]]]]:
    """Loader and the function that makes its parts, in an order in which they can be loaded."""
    schema, mapping = schema_of(show), config.StreamMapping()
    streams = sorted(tables.descriptions)
    yield "visitors", lambda: people.visitor_parts(schema, tables.visitors)
    yield "sessions", lambda: programme.session_parts(schema, tables.sessions, tables.descriptions)
    yield (
        "job_streams",
        lambda: programme.job_stream_parts(schema, tables.visitors, streams, tables.mapping, mapping, {}),
    )
    yield (
        "specialisation_streams",
        lambda: programme.specialisation_parts(schema, tables.visitors, streams, tables.mapping, mapping, QUESTION, {}),
    )
    yield (
        "relationships",
        lambda: people.relationship_parts(
            schema, event(show), tables.visitors, tables.sessions, tables.attendance, tables.entry_scans
        ),
    )
    yield "embeddings", lambda: later.embedding_parts(schema, tables.embeddings, tables.sessions)
    yield (
        "recommendations",
        lambda: later.recommendation_parts(schema, event(show), tables.visitors, tables.recommendations, when),
    )


def load_all(
    graph: Graph,
    tables: Tables,
    folder: Path | None = None,
    *,
    show: str = SHOW,
    mark: str = "load",
    only: Collection[str] = (),
    transaction_rows: int = sync.TRANSACTION_ROWS,
) -> dict[str, LoadReport]:
    """Load everything, or `only` some loaders; with a folder, by its twins and with them written."""
    reports = {}
    for loader, make in loads(tables, show):
        if only and loader not in only:
            continue
        parts = make()
        known = twins.known(folder, [part.element for part in parts]) if folder else None
        reports[loader] = sync.load(
            graph, show, loader, parts, load_id=f"{mark}-{loader}", known=known, transaction_rows=transaction_rows
        )
        if folder:
            twins.write(folder, parts)
    return reports


def main() -> None:
    """Load a file's tables; says `ready` when it begins."""
    tables: Tables = pickle.loads(Path(sys.argv[1]).read_bytes())
    folder = Path(sys.argv[2])
    root = Path(os.environ.get("PA_TEST_GRAPH_ROOT", folder))
    rows = int(os.environ.get("PA_TEST_TRANSACTION_ROWS", sync.TRANSACTION_ROWS))
    with connect(target("default", root, outside_server()), root) as graph:
        graph.read("RETURN 1 AS one")
        print("ready", flush=True)
        load_all(graph, tables, folder / "twins", mark=str(os.getpid()), transaction_rows=rows)
    # At once: on a busy machine threads of libraries may abort an ordinary end, which says nothing of the load.
    os._exit(0)


if __name__ == "__main__":
    main()
