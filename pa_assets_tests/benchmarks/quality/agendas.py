"""Agendas to read by eye: each beside all that is known of the visitor, who is a pseudonym."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pa_assets.agendas.core.people import question_columns
from pa_assets.agendas.core.tables import THIS_YEAR
from pa_assets_tests.benchmarks.quality.engine import made
from pa_assets_tests.benchmarks.quality.shows import Show


def print_some(show: Show, count: int, seed: int) -> None:
    """Print `count` agendas, half of them of visitors with a history; `*` marks what the visitor is known to want."""
    result = made(show, show.settings)
    lines = result.table.merge(show.programme, on="session_id").sort_values(["starts_at", "session_id"])
    people = show.visitors[show.visitors["cohort"].eq(THIS_YEAR)].set_index("badge_id")
    person, answers = people["person_id"].to_dict(), _answers(people, show)
    past = show.sessions[show.sessions["cohort"].ne(THIS_YEAR)]
    been = show.attendance.merge(past, on=["cohort", "session_id"]).sort_values(["starts_at", "session_id"])
    wanted = show.wanted.set_index(["badge_id", "session_id"])["grade"]
    for badge in _some(show, result.table, count, seed):
        own = lines[lines["badge_id"].eq(badge)]
        titles = been[been["person_id"].eq(person[badge])]
        print(f"\n{badge} | {own['strategy'].iloc[0]} | {answers[badge]}")
        attended = (titles["title"] + " [" + titles["stream"] + "]").tolist()
        print("  attended: " + ("; ".join(attended) or "nothing"))
        for row in own.to_dict("records"):
            hit = "*" if (badge, row["session_id"]) in wanted.index else " "
            when = f"{row['date']} {row['start_time'][:5]}-{row['end_time'][:5]}"
            print(f" {hit}{when} | {row['theatre__name']} | {row['title']} [{row['stream']}] {row['score']:.2f}")
            print(f"      {' / '.join(row['reasons'])}")


def _some(show: Show, table: pd.DataFrame, count: int, seed: int) -> list[str]:
    badges = np.random.default_rng(seed).permutation(np.sort(table["badge_id"].unique()))
    known = show.history().reindex(badges).gt(0).to_numpy()
    return [*badges[known][: count // 2], *badges[~known][: count - count // 2]]


def _answers(people: pd.DataFrame, show: Show) -> dict[str, str]:
    """What each visitor answered, by badge."""
    columns = [name for name in dict.fromkeys(question_columns(show.config.people).values()) if name in people]
    lists = [
        people[name].map(lambda given: ", ".join(given) if not isinstance(given, str) else given) for name in columns
    ]
    return {
        str(badge): "; ".join(filter(None, given)) or "no answers"
        for badge, given in zip(people.index, zip(*lists, strict=True), strict=True)
    }
