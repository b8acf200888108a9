"""How well agendas meet the choices that people made later. Measures; prints nothing.

Judged are visitors with a history who chose at least one session later. The metrics, and the ranking behind the
agendas, are those of `make quality`.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pa_assets.agendas.core.tables import THIS_YEAR
from pa_assets_tests.benchmarks.quality.engine import Scores, as_matrix
from pa_assets_tests.benchmarks.quality.metrics import NDCG, by_visitor

_RECALL = "recall@10"
_DRAWS = 20


def choice_rates(
    agendas: pd.DataFrame, later: pd.DataFrame, tables: Mapping[str, pd.DataFrame]
) -> dict[str, float | int]:
    """Rates of the agendas as exported (without clashes), and of chance.

    Args:
        agendas: table RECOMMENDATIONS.
        later: `badge_id` and `session_id` chosen later.
        tables: visitors, attendance and sessions_backfilled, as the engine takes them.
    """
    people = tables["visitors"][lambda rows: rows["cohort"].eq(THIS_YEAR)]
    past = tables["attendance"][lambda rows: rows["cohort"].ne(THIS_YEAR)]
    known = people.loc[people["person_id"].isin(past["person_id"]), "badge_id"]
    later = later[later["badge_id"].isin(known)]
    badges = pd.Index(np.sort(later["badge_id"].unique()))
    programme = pd.Index(tables["sessions_backfilled"].loc[lambda rows: rows["cohort"].eq(THIS_YEAR), "session_id"])
    chosen = as_matrix(later.assign(score=1.0), badges, programme)
    chance = np.random.default_rng(0)
    by_chance = [_rates(chance.random(chosen.shape), chosen) for _ in range(_DRAWS)]
    result: dict[str, float | int] = {"visitors judged": len(badges), "their later choices": int(chosen.sum())}
    for name, rates in (
        ("agenda", _rates(as_matrix(agendas, badges, programme), chosen)),
        ("random", np.mean(by_chance, axis=0)),
    ):
        result[f"NDCG@10 {name}"], result[f"recall@10 {name}"] = float(rates[0]), float(rates[1])
    return result


def _rates(scores: Scores, chosen: Scores) -> Scores:
    found = by_visitor(scores, chosen, (NDCG, _RECALL))
    return np.array([found[NDCG].mean(), found[_RECALL].mean()])
