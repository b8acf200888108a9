"""Tables -> parts of the graph that later steps own: vectors of sessions, agendas, and marks of agendas on visitors.

Who visitors are is `people`; sessions and streams are `programme`. No server is asked here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pa_assets.agendas.core.graph.declaration import END, SHOW, START, Layer, Schema
from pa_assets.agendas.core.graph.parts import Part, part, refuse_strangers, row_hashes
from pa_assets.agendas.core.graph.schema import AGENDA_MARKS, EMBEDDED_PAST_YEAR, EMBEDDED_THIS_YEAR
from pa_assets.agendas.core.tables import THIS_YEAR

if TYPE_CHECKING:
    from pa_assets.agendas import config

_AGENDA = "agenda"


def embedding_parts(schema: Schema, embeddings: pd.DataFrame, sessions: pd.DataFrame) -> tuple[Part, ...]:
    """Vectors of the session nodes; nodes without a row have none.

    Args:
        schema: the declaration.
        embeddings: table `SESSION_EMBEDDINGS`.
        sessions: table `SESSIONS` or `BACKFILLED_SESSIONS`.
    """
    parts = []
    for name in (EMBEDDED_THIS_YEAR, EMBEDDED_PAST_YEAR):
        layer = schema.layer(name)
        now = name == EMBEDDED_THIS_YEAR
        columns = {item.column: item.name for item in layer.properties}
        rows = embeddings.loc[embeddings["cohort"].eq(THIS_YEAR) == now, [*layer.ends, *columns]]
        nodes = sessions.loc[sessions["cohort"].eq(THIS_YEAR) == now, layer.ends]
        kept, refused = refuse_strangers(rows.rename(columns=columns), layer.ends, layer.node, nodes)
        parts.append(part(layer, kept, refused))
    return tuple(parts)


def recommendation_parts(
    schema: Schema, event: config.Event, visitors: pd.DataFrame, recommendations: pd.DataFrame, generated_at: str
) -> tuple[Part, ...]:
    """The agendas: relationships from visitors to sessions, and marks on every visitor of this year.

    A recommendation that is the same as before keeps its stamp; so does a visitor whose agenda is the same.

    Args:
        schema: the declaration.
        event: which show.
        visitors: table `VISITORS`.
        recommendations: table `RECOMMENDATIONS`, whose sessions are of this year.
        generated_at: time of the run, ISO 8601.
    """
    (edge,) = schema.of_role("is_recommended")
    badges = visitors.loc[visitors["cohort"].eq(THIS_YEAR), ["badge_id"]].set_axis(["BadgeId"], axis=1)
    known, refused = refuse_strangers(recommendations, ["badge_id"], edge.start, badges)
    ends = {"badge_id": f"{START}BadgeId", "session_id": f"{END}session_id"}
    rows = known[[*ends, *edge.columns]].rename(columns={**ends, **edge.columns}).assign(**{SHOW: event.show})
    marks = _marks(schema.layer(AGENDA_MARKS), badges, known, generated_at)
    return part(edge, rows, refused, {"generated_at": generated_at}), marks


def _marks(layer: Layer, badges: pd.DataFrame, recommendations: pd.DataFrame, generated_at: str) -> Part:
    """Whether each visitor has an agenda, since when, and whether it is sent. A changed agenda is a changed mark."""
    agendas = recommendations[["badge_id", "control_group"]].assign(row=row_hashes(recommendations))
    # A sum that wraps around does not depend on the order of rows.
    known = agendas.groupby("badge_id").agg(control=("control_group", "max"), row=("row", "sum"))
    known = known.reindex(badges["BadgeId"])
    has = pd.Series(known["control"].notna().to_numpy(), index=badges.index)
    rows = badges.assign(
        has_recommendation=has.map({True: "1", False: "0"}).astype(object),
        control_group=known["control"].eq(True).to_numpy(dtype="int64"),
        **{_AGENDA: known["row"].astype("Int64").fillna(0).to_numpy(dtype="int64")},
    )
    since = has.map({True: generated_at, False: None}).astype(object)
    return part(layer, rows, stamps={"recommendations_generated_at": since}, hidden=(_AGENDA,))
