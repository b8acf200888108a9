"""How well recommendations meet the hidden interests of synthetic visitors, against choices by chance.

Reads the truth that the generator left; the product itself never does.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from pa_assets.agendas.core.tables import THIS_YEAR
from pa_assets.agendas.demo.attendance import without_clashes
from pa_assets.agendas.demo.chance import Flags, generator
from pa_assets.agendas.demo.programme import STREAM_SEPARATOR


def interest_hit_rate(recommendations: pd.DataFrame, sessions: pd.DataFrame, truth: Path) -> dict[str, float]:
    """Share of recommended sessions that are of a stream in which the visitor is interested.

    Args:
        recommendations: `badge_id` and `session_id` of this year's agendas.
        sessions: table `SESSIONS` or `BACKFILLED_SESSIONS`; `starts_at` and `ends_at` tell clashes.
        truth: folder with `interests.csv` and `session_streams.csv`.

    Returns:
        `visitors` and `recommendations` counted; `hit_rate`; `random_hit_rate`: the same share for a random
        clash-free agenda of the same length for each visitor; `lift`: the first over the second. Rates are 0
        where nothing is recommended. Sessions and visitors that the truth does not know count as misses.
    """
    own = sessions[sessions["cohort"].eq(THIS_YEAR)].sort_values("session_id", ignore_index=True)
    agendas = recommendations[recommendations["session_id"].isin(own["session_id"])]
    badges = np.sort(agendas["badge_id"].unique())
    if not len(badges):
        return {"visitors": 0.0, "recommendations": 0.0, "hit_rate": 0.0, "random_hit_rate": 0.0, "lift": 0.0}
    liked = _liked(badges, own["session_id"].to_numpy(), truth)
    people = np.searchsorted(badges, agendas["badge_id"].to_numpy())
    rows = np.searchsorted(own["session_id"].to_numpy(), agendas["session_id"].to_numpy())
    hit_rate = float(liked[people, rows].mean())
    chance = generator(0, "random agenda")
    wanted = np.bincount(people, minlength=len(badges))
    anyone, anything = without_clashes(chance.random(liked.shape), _overlaps(own), wanted, chance)
    random_rate = float(liked[anyone, anything].mean())
    return {
        "visitors": float(len(badges)),
        "recommendations": float(len(agendas)),
        "hit_rate": hit_rate,
        "random_hit_rate": random_rate,
        "lift": hit_rate / random_rate if random_rate else 0.0,
    }


def _liked(
    badges: np.ndarray[tuple[int], np.dtype[np.object_]],
    session_ids: np.ndarray[tuple[int], np.dtype[np.object_]],
    truth: Path,
) -> Flags:
    """Badges x sessions: the session is of one of the visitor's streams."""
    interests = pd.read_csv(truth / "interests.csv", dtype=str, keep_default_na=False)
    interests = interests[interests["cohort"].eq(THIS_YEAR) & interests["badge_id"].isin(set(badges))]
    streams = pd.read_csv(truth / "session_streams.csv", dtype=str, keep_default_na=False)
    streams = streams[streams["cohort"].eq(THIS_YEAR) & streams["session_id"].isin(set(session_ids))]
    streams = streams.assign(stream=streams["stream"].str.split(STREAM_SEPARATOR)).explode("stream")
    names = np.unique(np.concatenate([interests["stream"], streams["stream"]]).astype(str))
    of_people = np.zeros((len(badges), len(names)), dtype=np.float32)
    of_people[
        np.searchsorted(badges, interests["badge_id"]), np.searchsorted(names, interests["stream"].astype(str))
    ] = 1
    of_sessions = np.zeros((len(session_ids), len(names)), dtype=np.float32)
    of_sessions[
        np.searchsorted(session_ids, streams["session_id"]), np.searchsorted(names, streams["stream"].astype(str))
    ] = 1
    liked: Flags = of_people @ of_sessions.T > 0
    return liked


def _overlaps(sessions: pd.DataFrame) -> Flags:
    starts, ends = sessions["starts_at"].to_numpy(), sessions["ends_at"].to_numpy()
    overlap: Flags = (starts[:, None] < ends[None, :]) & (starts[None, :] < ends[:, None])
    np.fill_diagonal(overlap, True)
    return overlap
