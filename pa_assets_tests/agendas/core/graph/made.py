"""What tests of parts share: the declaration, all parts of some tables, and parts by name."""

from collections.abc import Iterable

from pa_assets.agendas import config
from pa_assets.agendas.core.graph import later, people, programme
from pa_assets.agendas.core.graph.parts import Part
from pa_assets.agendas.core.graph.schema import build_schema
from pa_assets_tests.agendas.core.graph.graph_tables import QUESTION, Tables, event

EVENT = event("demo")
SCHEMA = build_schema(EVENT, config.Graph())


def all_parts(tables: Tables, at: str = "2025-11-01T00:00:00") -> dict[str, Part]:
    """All parts of a show by name of their element."""
    settings = config.StreamMapping()
    programme_parts = programme.session_parts(SCHEMA, tables.sessions, tables.descriptions)
    streams = programme_parts[0].frame["stream"].tolist()
    mapped = (tables.visitors, streams, tables.mapping, settings)
    return by_name(
        [
            *people.visitor_parts(SCHEMA, tables.visitors),
            *programme_parts,
            *programme.job_stream_parts(SCHEMA, *mapped, {}),
            *programme.specialisation_parts(SCHEMA, *mapped, QUESTION, {}),
            *people.relationship_parts(
                SCHEMA, EVENT, tables.visitors, tables.sessions, tables.attendance, tables.entry_scans
            ),
            *later.embedding_parts(SCHEMA, tables.embeddings, tables.sessions),
            *later.recommendation_parts(SCHEMA, EVENT, tables.visitors, tables.recommendations, at),
        ]
    )


def by_name(parts: Iterable[Part]) -> dict[str, Part]:
    """Parts by name of their element, each of which stands once."""
    listed = list(parts)
    named = {part.element.name: part for part in listed}
    assert len(named) == len(listed)
    return named
