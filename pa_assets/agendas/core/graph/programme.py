"""Tables -> parts of the graph: sessions, streams, and which streams belong to a session, a job role, a specialisation.

Who visitors are is `people`; vectors and agendas are `later`. No server is asked here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from pa_assets.agendas.core.graph.declaration import RelationshipType, Schema
from pa_assets.agendas.core.graph.parts import Part, part, refusals
from pa_assets.agendas.core.tables import COHORTS, THIS_YEAR
from pa_assets.agendas.core.text import fold, fold_values, split_streams

if TYPE_CHECKING:
    from pa_assets.agendas import config

NO_MAPPING = "answer without a stream in the mapping"
NO_STREAM = "stream of the mapping is not in the catalogue"
_HIDDEN = "(not shown)"
_FEWEST_DIGITS_OF_A_NUMBER = 9


def session_parts(schema: Schema, sessions: pd.DataFrame, descriptions: Mapping[str, str]) -> tuple[Part, ...]:
    """Stream and session nodes, and which session has which stream.

    Args:
        schema: the declaration.
        sessions: table `BACKFILLED_SESSIONS`.
        descriptions: catalogue: stream -> description. Streams of sessions that it lacks become nodes too.
    """
    streams, pairs = _streams(sessions, descriptions)
    parts = [part(schema.stream, streams)]
    for node in (schema.session_this_year, schema.session_past_year):
        rows = sessions[sessions["cohort"].eq(THIS_YEAR) == (node is schema.session_this_year)]
        parts.append(part(node, rows[list(node.columns)].rename(columns=node.columns)))
    for edge in schema.of_role("stream"):
        rows = pairs[pairs["cohort"].eq(THIS_YEAR) == (edge.start is schema.session_this_year)]
        parts.append(part(edge, rows[[*edge.start.key, "stream"]].set_axis(edge.ends, axis=1)))
    return tuple(parts)


def _streams(sessions: pd.DataFrame, descriptions: Mapping[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Stream nodes, and one row per session and stream; spellings that differ in case are one stream."""
    pairs = sessions[["cohort", "session_id"]].assign(stream=sessions["stream"].map(split_streams))
    pairs = pairs.explode("stream").dropna(subset="stream").reset_index(drop=True)
    spellings = {fold(name): name for name in sorted(pairs["stream"].unique(), reverse=True)}
    spellings |= {fold(name): name for name in sorted(descriptions, reverse=True)}
    pairs["stream"] = fold_values(pairs["stream"]).map(spellings).astype(object)
    names = sorted(spellings.values())
    frame = pd.DataFrame({"stream": names, "description": [descriptions.get(name, "") for name in names]}, dtype=object)
    return frame, pairs.drop_duplicates(ignore_index=True)


def job_stream_parts(
    schema: Schema,
    visitors: pd.DataFrame,
    streams: Sequence[str],
    mapping: pd.DataFrame,
    settings: config.StreamMapping,
    synonyms: Mapping[str, str],
) -> tuple[Part, ...]:
    """Relationships from visitors of this year to the streams of their job role.

    Args:
        schema: the declaration.
        visitors: table `VISITORS`.
        streams: names of the stream nodes.
        mapping: job role, stream and weight, from `mappings.read_mapping`; case and spaces do not count.
        settings: `job_stream_mapping`; disabled, there are none.
        synonyms: other name of a stream -> its name in the catalogue.
    """
    rows = visitors[["badge_id", "cohort"]].assign(answer=visitors["job_role"])
    return _mapped(schema, "job_stream", rows, streams, mapping, settings, synonyms)


def specialisation_parts(
    schema: Schema,
    visitors: pd.DataFrame,
    streams: Sequence[str],
    mapping: pd.DataFrame,
    settings: config.StreamMapping,
    question: str,
    synonyms: Mapping[str, str],
) -> tuple[Part, ...]:
    """Relationships from visitors of every cohort to the streams of their specialisations.

    Args:
        schema: the declaration.
        visitors: table `VISITORS`.
        streams: names of the stream nodes.
        mapping: answer, stream and weight, from `mappings.read_mapping`; case and spaces do not count.
        settings: `specialization_stream_mapping`; disabled, there are none.
        question: column of `visitors` with the answers; `""` for none.
        synonyms: other name of a stream -> its name in the catalogue.

    Raises:
        ValueError: `visitors` has no such column.
    """
    if question and question not in visitors.columns:
        raise ValueError(
            f"The table visitors has no column {question!r} for the mapping of specialisations to streams."
        )
    rows = visitors[["badge_id", "cohort"]].assign(answer=visitors[question] if question else "")
    rows = rows.explode("answer").dropna(subset="answer")
    return _mapped(schema, "specialization_stream", rows, streams, mapping, settings, synonyms)


def _mapped(
    schema: Schema,
    role: str,
    answers: pd.DataFrame,
    streams: Sequence[str],
    mapping: pd.DataFrame,
    settings: config.StreamMapping,
    synonyms: Mapping[str, str],
) -> tuple[Part, ...]:
    """One part per cohort that the role speaks of, from `badge_id`, `cohort` and `answer`."""
    answers = answers[answers["answer"].ne("")]
    if not settings.enabled or mapping.empty:
        answers = answers.iloc[:0]
    table = _table(streams, mapping, synonyms)
    parts = []
    for edge in schema.of_role(role):
        cohort = next(name for name in COHORTS if schema.visitors[name] == edge.start)
        renames = {**_folded(settings.rename), **_folded(getattr(settings.rename_by_cohort, cohort))}
        parts.append(_to_streams(edge, answers[answers["cohort"].eq(cohort)], table, renames))
    return tuple(parts)


def _folded(renames: Mapping[str, str]) -> dict[str, str]:
    return {fold(given): fold(name) for given, name in renames.items()}


def _table(streams: Sequence[str], mapping: pd.DataFrame, synonyms: Mapping[str, str]) -> pd.DataFrame:
    """The mapping by folded answer: `key`, `named` (stream as mapped), `stream` (as in the catalogue), `weight`."""
    catalogue: dict[str, str | None] = {fold(name): name for name in sorted(streams, reverse=True)}
    catalogue = {fold(other): catalogue.get(fold(name)) for other, name in synonyms.items()} | catalogue
    folded = fold_values(mapping["stream"])
    table = pd.DataFrame(
        {
            "key": fold_values(mapping.iloc[:, 0]),
            "folded": folded,
            "named": mapping["stream"].astype(object),
            "stream": folded.map(catalogue).astype(object),
            "weight": mapping["weight"].astype(float),
        }
    )
    # The greatest weight first: it is what stays of spellings that differ in case and spaces.
    table = table.sort_values(["key", "folded", "weight", "named"], ascending=[True, True, False, True])
    return table.drop_duplicates(["key", "folded"]).drop(columns="folded")


def _to_streams(edge: RelationshipType, answers: pd.DataFrame, table: pd.DataFrame, renames: Mapping[str, str]) -> Part:
    """Relationships from badges to the streams of their answers; of several weights the greatest counts.

    One answer of one badge without a stream is one row refused, and so is each of its streams that is no node.
    """
    given = fold_values(answers["answer"])
    keys = given.map({key: renames.get(key, key) for key in given.unique()}).astype(object)
    pairs = answers[["badge_id", "answer"]].assign(key=keys).sort_values(["badge_id", "key", "answer"])
    pairs = pairs.drop_duplicates(["badge_id", "key"]).merge(table, on="key", how="left")
    unmapped, there = pairs["named"].isna(), pairs["stream"].notna()
    refused = [
        *((NO_MAPPING, value, rows) for value, rows in _counts(pairs.loc[unmapped, "answer"])),
        *((NO_STREAM, value, rows) for value, rows in _counts(pairs.loc[~unmapped & ~there, "named"])),
    ]
    weighed = pairs.loc[there].groupby(["badge_id", "stream"])["weight"].max().reset_index()
    return part(edge, weighed.set_axis([*edge.ends, "weight"], axis=1), refusals(refused))


def _counts(values: pd.Series[Any]) -> list[tuple[str, int]]:
    """Each value, whatever its case and spaces, in its first spelling, with the number of rows, most rows first."""
    table = pd.DataFrame({"value": values.astype(str), "key": fold_values(values)})
    counted = table.groupby("key").agg(value=("value", "min"), rows=("value", "size")).reset_index(drop=True)
    counted = counted.sort_values(["rows", "value"], ascending=[False, True], kind="stable")
    return [(_shown(value), int(rows)) for value, rows in zip(counted["value"], counted["rows"], strict=True)]


def _shown(value: str) -> str:
    """An answer typed freely may hold an address or a telephone number."""
    return _HIDDEN if "@" in value or sum(map(str.isdigit, value)) >= _FEWEST_DIGITS_OF_A_NUMBER else value
