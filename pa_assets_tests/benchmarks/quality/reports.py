"""What is measured: one function per table that `make quality` prints."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from pa_assets.agendas.config import Recommendations
from pa_assets.agendas.core.recommend import RecommendationResult
from pa_assets_tests.benchmarks.quality import cold, engine, metrics, references, shows
from pa_assets_tests.benchmarks.quality.engine import Scores, changed
from pa_assets_tests.benchmarks.quality.shows import Show

GOAL = 0.52
AGENDA = 10
_LIMITS: Mapping[str, dict[str, float]] = {
    "no limit": {},
    "max_share_per_session: 0.5": {"max_share_per_session": 0.5},
    "max_share_per_session: 0.25": {"max_share_per_session": 0.25},
    "stream_diversity: 0.1": {"stream_diversity": 0.1},
    "stream_diversity: 0.3": {"stream_diversity": 0.3},
}
_LIMIT_HEADERS = ("setting", "NDCG@10", "R@10", "top session", "programme covered", "sessions", "streams", "gap")
_VARIETY_NOTE = (
    "Top session: share of the visitors who get the session that most get. Entropy: 1 where every stream is "
    "recommended as often, 0 where only one is. Sessions and streams: mean of a list."
)
_INTERESTS_NOTE = (
    "NDCG by grade: first interest 3, second 2, third 1. Of interest: sessions of a stream that the visitor cares for."
)
_BINS = (("0", 0, 0), ("1-2", 1, 2), ("3-5", 3, 5), ("6 and more", 6, 10_000))


@dataclass(frozen=True)
class Table:
    """A table as printed: cells are text."""

    title: str
    headers: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""


@dataclass
class Bench:
    """The shows, each made when it is first needed."""

    data: Path
    root: Path
    _made: dict[str, Judged] = field(default_factory=dict)

    def show(self, name: str) -> Judged:
        """A show with its judged visitors; on Montana those who have a history, as the protocol says."""
        if name not in self._made:
            show = shows.SHOWS[name](self.data, self.root)
            self._made[name] = Judged(show, show.judged(with_history=name == shows.MONTANA))
        return self._made[name]


@dataclass(frozen=True)
class Judged:
    """A show, and the visitors that are judged on it."""

    show: Show
    badges: pd.Index[str]

    @property
    def settings(self) -> Recommendations:
        """As the event's file says."""
        return self.show.settings

    @cached_property
    def grades(self) -> shows.Grades:
        """What they want."""
        return self.show.grades(self.badges)

    @cached_property
    def default(self) -> dict[str, Scores]:
        """Metrics of the engine by the event's settings."""
        return self.judge(self.ranking(self.settings))

    def ranking(self, settings: Recommendations) -> Scores:
        """The engine's ranking."""
        return engine.ranking(self.show, settings, self.badges)

    def judge(self, scores: Scores, *names: str) -> dict[str, Scores]:
        """Metrics of each judged visitor."""
        return metrics.by_visitor(scores, self.grades, names or (metrics.NDCG, *metrics.RECALLS))


def baselines(bench: Bench) -> Iterator[Table]:
    """Meetup Montana: the engine beside plain rankings and the figures measured before."""
    judged = bench.show(shows.MONTANA)
    own = judged.show.of(judged.badges).inputs()
    rows = [
        _figures(f"reference: {name}", judged.judge(references.ranked(own, name)), *old[1:])
        for name, old in references.REFERENCES.items()
    ]
    rows.append(("reference: LightFM WARP, 64 dimensions", "", "", "", "", "", ".512", ".447"))
    ways: dict[str, Recommendations] = {
        "engine, strategy: max_cosine": changed(judged.settings, strategy="max_cosine"),
        "engine, weights: learned": changed(judged.settings, weights="learned"),
    }
    old = {"engine, strategy: max_cosine": (".420", ".368")}
    rows.append(_figures("engine, default settings", judged.default, "", f"goal {GOAL:.2f}"))
    for name, settings in ways.items():
        found = judged.judge(judged.ranking(settings))
        rows.append(_figures(name, found, *old.get(name, ("", "")), beside=judged.default))
    headers = ("method", "NDCG@10", "R@5", "R@10", "R@20", "against default", "R@10 before", "NDCG@10 before")
    note = (
        f"{len(judged.badges)} members with a history, {int(judged.grades.sum())} later choices, "
        f"{judged.grades.shape[1]} later events, all ranked; 95 % intervals of {metrics.RESAMPLES:,} resamples."
    )
    yield Table("Meetup Montana", headers, rows, note)


def ablation(bench: Bench) -> Iterator[Table]:
    """Each signal switched off, and each alone."""
    for name in (shows.MONTANA, shows.SYNTHETIC):
        judged = bench.show(name)
        rows = [("all, default weights", _cell(judged.default[metrics.NDCG]), "", _short(judged.default), "")]
        for signal in engine.SIGNALS:
            off = judged.judge(judged.ranking(engine.without(judged.settings, signal)))
            alone = judged.judge(judged.ranking(engine.alone(judged.settings, signal)))
            rows.append(
                (
                    signal,
                    _cell(alone[metrics.NDCG]),
                    _cell(off[metrics.NDCG]),
                    _short(off),
                    _difference(off, judged.default),
                )
            )
        yield Table(
            f"Signals, {name}", ("signal", "NDCG@10 alone", "NDCG@10 without it", "R@10 without it", "change"), rows
        )


def variety(bench: Bench) -> Iterator[Table]:
    """Concentration, coverage and variety of agendas and of plain lists of the ten best."""
    rows = []
    for name in shows.SHOWS:
        show = bench.show(name).show
        settings = changed(show.settings, max_recommendations=AGENDA)
        for what, lists in (
            ("agendas", engine.made(show, settings).table),
            ("ten best", engine.best_lists(show, settings, AGENDA)),
        ):
            found = metrics.variety(lists, show.programme, len(show.history()))
            rows.append(
                (
                    f"{name}, {what}",
                    f"{found.top_share:.1%}",
                    f"{found.coverage:.1%}",
                    f"{found.entropy:.3f}",
                    f"{found.sessions:.2f}",
                    f"{found.streams:.2f}",
                )
            )
    headers = (
        "show",
        "top session, share of visitors",
        "programme covered",
        "entropy of streams",
        "sessions",
        "streams",
    )
    yield Table(
        "Concentration, coverage, variety",
        headers,
        rows,
        _VARIETY_NOTE,
    )


def limits(bench: Bench) -> Iterator[Table]:
    """What limits on agendas cost and bring: a cap on concentration, and variety of streams."""
    for name in (shows.MONTANA, shows.SYNTHETIC):
        judged = bench.show(name)
        rows = []
        for what, change in _LIMITS.items():
            result = engine.made(judged.show, changed(judged.settings, max_recommendations=AGENDA, **change))
            found = judged.judge(_matrix(result, judged), metrics.NDCG, "recall@10")
            spread = metrics.variety(result.table, judged.show.programme, len(judged.show.history()))
            row = (what, _cell(found[metrics.NDCG]), _cell(found["recall@10"]), f"{spread.top_share:.1%}")
            rows.append(
                (*row, f"{spread.coverage:.1%}", f"{spread.sessions:.2f}", f"{spread.streams:.2f}", _gap(result))
            )
        yield Table(f"Price of limits, agendas of {name}", _LIMIT_HEADERS, rows)


def cold_visitors(bench: Bench) -> Iterator[Table]:
    """The same visitors with less history."""
    rows = []
    for name in (shows.MONTANA, shows.SYNTHETIC):
        judged = bench.show(name)
        history = judged.show.history()
        badges = judged.badges[(history.reindex(judged.badges) > 0).to_numpy()]
        judged = Judged(judged.show, badges)
        for most in cold.LEFT:
            found = judged.judge(cold.cold_ranking(judged.show, judged.settings, badges, most))
            rows.append((name, f"at most {most}", str(len(badges)), _cell(found[metrics.NDCG]), _short(found)))
        rows.append((name, "all", str(len(badges)), _cell(judged.default[metrics.NDCG]), _short(judged.default)))
    yield Table(
        "Cold visitors",
        ("show", "past sessions", "visitors", "NDCG@10", "R@10"),
        rows,
        "The same visitors in every row of a show; a fifth of them is cold at a time.",
    )


def interests(bench: Bench) -> Iterator[Table]:
    """The synthetic show against the hidden interests of its visitors."""
    judged = bench.show(shows.SYNTHETIC)
    inputs = judged.show.of(judged.badges).inputs()
    ways = {"engine, default settings": judged.ranking(judged.settings)} | {
        name: references.ranked(inputs, name) for name in ("random", "group popularity")
    }
    found = {name: judged.judge(scores, metrics.NDCG, metrics.SHARE) for name, scores in ways.items()}
    history = judged.show.history().reindex(judged.badges).to_numpy()
    bins = [("all", history >= 0), *((label, (history >= low) & (history <= high)) for label, low, high in _BINS)]
    rows = [
        (name, label, str(int(rows.sum())), _cell(values[metrics.NDCG][rows]), _cell(values[metrics.SHARE][rows]))
        for name, values in found.items()
        for label, rows in bins
        if rows.any()
    ]
    headers = ("method", "past sessions", "visitors", "NDCG@10", "of interest among ten")
    yield Table(
        "Synthetic show, hidden interests",
        headers,
        rows,
        "NDCG by grade: first interest 3, second 2, third 1. Of interest: sessions of a stream of true interest.",
    )


def _matrix(result: RecommendationResult, judged: Judged) -> Scores:
    return engine.as_matrix(result.table, judged.badges, pd.Index(judged.show.programme["session_id"]))


def _gap(result: RecommendationResult) -> str:
    """How far the sum of scores is from its proven bound at most, where there are limits across visitors."""
    limits_met = result.statistics["run"].get("limits", {})
    return f"{limits_met['gap']:.3%}" if "gap" in limits_met else "-"


def _figures(
    name: str, found: Mapping[str, Scores], *old: str, beside: Mapping[str, Scores] | None = None
) -> tuple[str, ...]:
    recalls = (f"{found[metric].mean():.3f}" for metric in metrics.RECALLS)
    return (name, _cell(found[metrics.NDCG]), *recalls, _difference(found, beside) if beside else "", *old)


def _difference(found: Mapping[str, Scores], beside: Mapping[str, Scores]) -> str:
    """Difference in NDCG of the same visitors, with its interval."""
    change = metrics.mean(found[metrics.NDCG] - beside[metrics.NDCG])
    return f"{change.value:+.3f} [{change.low:+.3f}, {change.high:+.3f}]"


def _cell(values: Scores) -> str:
    return str(metrics.mean(values))


def _short(found: Mapping[str, Scores]) -> str:
    return f"{np.mean(found['recall@10']):.3f}"


TABLES: Mapping[str, Callable[[Bench], Iterator[Table]]] = {
    "baselines": baselines,
    "ablation": ablation,
    "variety": variety,
    "limits": limits,
    "cold": cold_visitors,
    "interests": interests,
}
