"""Streams: what a visitor's history, job role and answers say about the streams of the programme.

An answer speaks of a stream in two ways: by a mapping table, or by being the very name of the stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from pa_assets.agendas.core.recommend.attributes import answers
from pa_assets.agendas.core.recommend.inputs import Floats, Inputs, Words

SOURCES = ("history", "named", "job_role", "specialisation")


@dataclass(frozen=True)
class Speakers:
    """Answers that speak of streams."""

    job_streams: pd.DataFrame
    """Columns answer and stream."""
    specialisation_streams: pd.DataFrame
    """Columns answer and stream."""
    specialisation_column: str | None
    answer_columns: Sequence[str]
    """Columns in which an answer may be the name of a stream."""


@dataclass(frozen=True)
class StreamAffinity:
    """Affinity to the K streams of this year's programme, by source."""

    speakers: Speakers
    names: Words
    """K streams as the programme writes them."""
    sources: dict[str, Any]
    """Source -> V x K, each row a share of 1 or empty."""
    sessions: Any
    """N x K: each session's streams, each row a share of 1 or empty."""

    def of(self, rows: Any) -> Floats:
        """Affinity of visitors `rows` to each session (rows x N): mean of the sources that speak."""
        total = sum(self.sources[source][rows] for source in SOURCES).astype(np.float32)
        return np.asarray(total @ self._by_stream)

    def again(self, inputs: Inputs) -> StreamAffinity:
        """The same for other tables."""
        return _affinity(inputs, self.speakers)

    @cached_property
    def _by_stream(self) -> Floats:
        return np.ascontiguousarray(self.sessions.toarray().T, dtype=np.float32)


def affinity(
    inputs: Inputs,
    job_streams: pd.DataFrame,
    specialisation_streams: pd.DataFrame,
    specialisation_column: str | None,
    answer_columns: Sequence[str] = (),
) -> StreamAffinity:
    """Affinity from sources of equal standing.

    Mappings have the columns answer and stream. A mapping that gives a job role every stream says nothing, so each
    source is shared out among its streams. In `answer_columns` an answer that is the name of a stream, whatever its
    case, speaks for this stream.
    """
    return _affinity(
        inputs, Speakers(job_streams, specialisation_streams, specialisation_column, tuple(answer_columns))
    )


def _affinity(inputs: Inputs, speakers: Speakers) -> StreamAffinity:
    now = _streams_of(inputs.sessions["stream"])
    both = now.sort_values(["key", "name"], kind="stable").drop_duplicates("key")
    index = pd.Index(both["key"], dtype=object)
    sessions = _shares(now, index, len(inputs.sessions))
    past = _shares(_streams_of(inputs.past_sessions["stream"]), index, len(inputs.past_sessions))
    columns = [speakers.specialisation_column] if speakers.specialisation_column else []
    specialised = answers(inputs.visitors, columns)
    return StreamAffinity(
        speakers=speakers,
        names=both["name"].to_numpy(dtype=object),
        sources={
            "history": _by_row(inputs.history @ past),
            "named": _shares(answers(inputs.visitors, speakers.answer_columns), index, len(inputs.visitors)),
            "job_role": _mapped(answers(inputs.visitors, ["job_role"]), speakers.job_streams, index, inputs),
            "specialisation": _mapped(specialised, speakers.specialisation_streams, index, inputs),
        },
        sessions=sessions,
    )


def _streams_of(streams: pd.Series[Any]) -> pd.DataFrame:
    names = pd.Series(streams.to_numpy(dtype=object), dtype=object).str.split(";").explode().dropna().str.strip()
    names = names[names.ne("")]
    table = pd.DataFrame({"row": names.index.to_numpy(np.int64), "name": names.to_numpy(object)})
    table["key"] = _key(table["name"])
    return table


def _key(names: pd.Series[Any]) -> pd.Series[Any]:
    return names.astype(str).str.split().str.join(" ").str.casefold()


def _shares(table: pd.DataFrame, index: pd.Index[Any], rows: int) -> Any:
    from scipy.sparse import csr_matrix

    column = index.get_indexer(pd.Index(table["key"]))
    known = column >= 0
    matrix = csr_matrix((np.ones(known.sum()), (table["row"][known], column[known])), shape=(rows, len(index)))
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return _by_row(matrix)


def _mapped(given: pd.DataFrame, mapping: pd.DataFrame, index: pd.Index[Any], inputs: Inputs) -> Any:
    """Streams of each visitor by the answers `given` and a mapping of answers to streams."""
    table = pd.DataFrame({"key": _key(mapping["answer"]), "stream": _key(mapping["stream"])})
    joined = given[["row", "key"]].merge(table, on="key")[["row", "stream"]]
    return _shares(joined.rename(columns={"stream": "key"}), index, len(inputs.visitors))


def _by_row(matrix: Any) -> Any:
    from scipy.sparse import diags

    total = np.asarray(matrix.sum(axis=1)).ravel()
    return (diags(1.0 / np.where(total > 0, total, 1.0)) @ matrix).tocsr()
