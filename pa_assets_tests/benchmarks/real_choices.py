"""How well agendas, and the ranking behind them, meet the choices that people made later. Measures; prints nothing.

Judged are visitors with a history who chose at least one session later. Recall@k is the share of their choices among
the first k; NDCG@k has equal gains and compares with the best order possible (Jaervelin and Kekaelaeinen 2002).
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pa_assets.agendas.config import EventConfig
from pa_assets.agendas.core.recommend import recommend
from pa_assets.agendas.core.tables import THIS_YEAR

Scores = NDArray[np.float64]
Flags = NDArray[np.bool_]
FIRST = 10
_DRAWS = 20


def choice_rates(
    agendas: pd.DataFrame, later: pd.DataFrame, tables: Mapping[str, pd.DataFrame], config: EventConfig
) -> dict[str, float | int]:
    """Rates of the agendas as exported (without clashes), of the engine's ranking of all sessions, and of chance.

    Args:
        agendas: table RECOMMENDATIONS.
        later: `badge_id` and `session_id` chosen later.
        tables: visitors, attendance, sessions_backfilled and session_embeddings, as the engine takes them.
        config: settings of the event.
    """
    people = tables["visitors"][lambda rows: rows["cohort"].eq(THIS_YEAR)]
    past = tables["attendance"][lambda rows: rows["cohort"].ne(THIS_YEAR)]
    known = people.loc[people["person_id"].isin(past["person_id"]), "badge_id"]
    later = later[later["badge_id"].isin(known)]
    badges = pd.Index(np.sort(later["badge_id"].unique()))
    programme = pd.Index(tables["sessions_backfilled"].loc[lambda rows: rows["cohort"].eq(THIS_YEAR), "session_id"])
    chosen = _matrix(later.assign(score=1.0), badges, programme) > 0
    chance = np.random.default_rng(0)
    by_chance = [_rates(chance.random(chosen.shape), chosen) for _ in range(_DRAWS)]
    result: dict[str, float | int] = {"visitors judged": len(badges), "their later choices": int(chosen.sum())}
    for name, rates in (
        ("agenda", _rates(_matrix(agendas, badges, programme), chosen)),
        ("ranking", _rates(_matrix(full_ranking(tables, config), badges, programme), chosen)),
        ("random", np.mean(by_chance, axis=0)),
    ):
        result[f"NDCG@{FIRST} {name}"], result[f"recall@{FIRST} {name}"] = float(rates[0]), float(rates[1])
    return result


def full_ranking(tables: Mapping[str, pd.DataFrame], config: EventConfig) -> pd.DataFrame:
    """Every session that fits a visitor, by the engine itself: as if nothing clashed and agendas had no end."""
    sessions = tables["sessions_backfilled"]
    hours = pd.Series(pd.to_timedelta(np.arange(len(sessions)), unit="h"), index=sessions.index)
    apart = pd.Timestamp("2000-01-01") + hours
    sessions = sessions.assign(
        starts_at=apart, ends_at=apart + pd.Timedelta(minutes=30), content_group=sessions["session_id"]
    )
    everything = {"max_recommendations": len(sessions), "min_similarity_score": 0.0, "travel_minutes": 0}
    nothing = pd.DataFrame({"answer": [], "stream": []}, dtype=object)
    result = recommend(
        tables["visitors"],
        tables["attendance"],
        sessions,
        tables["session_embeddings"],
        nothing,
        nothing,
        None,
        config.recommendations.model_copy(update=everything),
        config.event,
        config.people,
    )
    return result.table


def _matrix(pairs: pd.DataFrame, badges: pd.Index, sessions: pd.Index) -> Scores:
    """Badges x sessions: score, 0 where there is no pair."""
    rows = badges.get_indexer(pd.Index(pairs["badge_id"]))
    columns = sessions.get_indexer(pd.Index(pairs["session_id"]))
    known = (rows >= 0) & (columns >= 0)
    result = np.zeros((len(badges), len(sessions)))
    result[rows[known], columns[known]] = pairs["score"].to_numpy()[known]
    return result


def _rates(scores: Scores, chosen: Flags) -> Scores:
    """Mean NDCG and recall of the first `FIRST` sessions by score; a score of 0 means not recommended."""
    order = np.argsort(-scores, axis=1, kind="stable")[:, :FIRST]
    hits = np.take_along_axis(chosen & (scores > 0), order, axis=1)
    discount = 1 / np.log2(np.arange(2, FIRST + 2))
    wanted = chosen.sum(axis=1)
    ideal = np.cumsum(discount)[np.minimum(wanted, FIRST) - 1]
    return np.array([(hits @ discount / ideal).mean(), (hits.sum(axis=1) / wanted).mean()])
