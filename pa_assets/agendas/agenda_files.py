"""The agendas of an event on disk: written as a whole, read again for the next run and for the analysis.

What agendas are is `core.recommend`; where the files are is `layout`. The files of one run belong together. While
they are written, those of the run before lie beside them, so that a killed run is made again as if it were the first
to try.
"""

from __future__ import annotations

import shutil

import pandas as pd

from pa_assets.agendas.core.recommend import RecommendationResult
from pa_assets.agendas.core.tables import RECOMMENDATIONS
from pa_assets.agendas.layout import AgendaFiles, EventFolder
from pa_assets.kit import fingerprint
from pa_assets.kit.files import read_json, write_bytes, write_json, write_parquet

_TABLE = "table"
_FRAMES = ("without", "alternatives", "removed", "changes", "state", "programme")
_WITHOUT_WHICH_NOTHING_STAYS = ("state", "programme")


def write_agendas(folder: EventFolder, result: RecommendationResult) -> str:
    """Write all files of the agendas; returns the fingerprint of what later stages read beside the table."""
    files = folder.agendas
    _set_aside(files, folder.agendas_before)
    for name in _FRAMES:
        write_parquet(getattr(files, name), getattr(result, name))
    write_json(files.statistics, {**result.statistics, _TABLE: fingerprint.of_frame(result.table)})
    write_parquet(files.table, result.table)
    shutil.rmtree(folder.agendas_before.table.parent, ignore_errors=True)
    read_later = [result.without, result.alternatives, result.removed, result.changes]
    return fingerprint.of_text(*map(fingerprint.of_frame, read_later), fingerprint.of_json(result.statistics))


def agendas_before(folder: EventFolder) -> RecommendationResult | None:
    """What the last run that ended left; None where there was none."""
    now = read_agendas(folder.agendas)
    if now is None or not now.statistics:
        before = read_agendas(folder.agendas_before)
        return before if before and before.statistics else now
    return now


def read_agendas(files: AgendaFiles) -> RecommendationResult | None:
    """The agendas in some files; None where there is no table.

    Where the other files are not those of this table (a killed run, an older version, a person forgotten since),
    what they say of the run is left out, so that nobody's agenda stays for a wrong reason.
    """
    if not files.table.is_file():
        return None
    table = RECOMMENDATIONS.conform(pd.read_parquet(files.table))
    statistics = read_json(files.statistics) if files.statistics.is_file() else {}
    belongs = statistics.pop(_TABLE, "") == fingerprint.of_frame(table)
    frames = {name: _read(files, name) for name in _FRAMES}
    if not belongs:
        frames |= {name: frames[name].head(0) for name in _WITHOUT_WHICH_NOTHING_STAYS}
    return RecommendationResult(table=table, statistics=statistics if belongs else {}, **frames)


def _set_aside(files: AgendaFiles, aside: AgendaFiles) -> None:
    """Copy the files of the run before, the table last: without it the copy does not count."""
    now = read_agendas(files)
    if now is None or not now.statistics:
        return  # of a killed run, whose predecessor lies aside already
    for name in (*_FRAMES, "statistics", "table"):
        write_bytes(getattr(aside, name), getattr(files, name).read_bytes())


def _read(files: AgendaFiles, name: str) -> pd.DataFrame:
    path = getattr(files, name)
    return pd.read_parquet(path) if path.is_file() else pd.DataFrame()
