"""A real show from its files to exports: what went in and came out, how long it took, and agendas to look at.

    python -m pa_assets_tests.benchmarks.real_input fosdem|montana --data FOLDER --root FOLDER

FOSDEM is a real programme with synthetic visitors; Montana has real people's choices, later ones kept aside. How
well the agendas meet those choices is measured by `real_choices`.
"""

import argparse
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tabulate import tabulate

from pa_assets.agendas.config import EventConfig
from pa_assets.agendas.config_files import load_event
from pa_assets.agendas.core.graph.shows import content
from pa_assets.agendas.core.recommend import clashes
from pa_assets.agendas.core.tables import THIS_YEAR
from pa_assets.agendas.core.text import split_streams
from pa_assets.agendas.demo.quality import interest_hit_rate
from pa_assets.agendas.demo.run import ShowKind, import_show
from pa_assets.kit.resources.graph import connect, target
from pa_assets_tests.benchmarks.real_choices import choice_rates
from pa_assets_tests.project import DAGSTER, ProjectFolder, make_project

ROLES = {
    "registrations": ("registrations_processed", ""),
    "answers": ("visitors", ""),
    "scans": ("scans_processed", ""),
    "entry scans": ("scans_processed", "entry_"),
    "attendance of scans": ("attendance", ""),
    "programme": ("sessions_processed", ""),
}
"""Role of a delivery -> asset that accounts for its rows, and how it names the numbers."""
SHOWS: dict[str, tuple[ShowKind, str]] = {"fosdem": ("fosdem", "fosdem"), "montana": ("meetup", "meetup_montana")}
"""Name of a show -> how it is imported, and its folder among the shared data."""
Lines = Iterator[tuple[Any, ...]]


@dataclass(frozen=True)
class MadeShow:
    """A show after the run: its settings, its tables and what each asset recorded."""

    name: str
    root: Path
    config: EventConfig
    numbers: Mapping[str, Mapping[str, Any]]

    @property
    def folder(self) -> Path:
        """`data/<event>`."""
        return self.root / "data" / self.name

    @property
    def truth(self) -> Path:
        """What the product did not see."""
        return self.folder / "truth"

    def table(self, name: str) -> pd.DataFrame:
        """A table of the run."""
        return pd.read_parquet(self.folder / "output" / f"{name}.parquet")

    def programme(self) -> pd.DataFrame:
        """This year's sessions."""
        sessions = self.table("sessions_backfilled")
        return sessions[sessions["cohort"].eq(THIS_YEAR)].set_index("session_id", drop=False)


def make_show(name: str, data: Path, root: Path, visitors: int) -> tuple[MadeShow, float]:
    """Import a show into a project of its own and make everything by one command; returns it and the seconds."""
    project = ProjectFolder(root) if (root / "config").is_dir() else make_project(root, [])
    kind, folder = SHOWS[name]
    import_show(kind, data / folder, name, root=root, visitors=visitors)
    done = project.run(*DAGSTER, "asset", "materialize", "--select", "processing_summary", timeout=3600)
    return read_show(name, root), done.seconds


def read_show(name: str, root: Path) -> MadeShow:
    """A show that was made before."""
    numbers: dict[str, Mapping[str, Any]] = {}
    for path in sorted((root / "data" / name / "metadata").glob("*/metadata.json")):
        numbers |= json.loads(path.read_text("utf-8"))["statistics"]
    return MadeShow(name, root, load_event(root / "config" / f"{name}.yaml"), numbers)


def rows_by_role(show: MadeShow) -> Lines:
    """Rows in, set aside, folded and out of each role, with the reasons."""
    for role, (asset, prefix) in ROLES.items():
        numbers = {
            key.removeprefix(prefix): value for key, value in show.numbers[asset].items() if key.startswith(prefix)
        }
        given, aside, folded = (int(numbers[name]) for name in ("rows_in", "rows_quarantined", "rows_folded"))
        reasons = [f"{reason} {count}" for reason, count in {**numbers["quarantined"], **numbers["folded"]}.items()]
        yield role, given, aside, folded, given - aside - folded, "; ".join(reasons)


def streams_filled(show: MadeShow) -> Lines:
    """Sessions of this year that came without a stream, and what became of them."""
    programme = show.programme()
    delivered = show.table("sessions_processed")
    bare = delivered.loc[delivered["cohort"].eq(THIS_YEAR) & delivered["stream"].eq(""), "session_id"]
    filled = programme.loc[bare][lambda rows: rows["stream"].ne("")]
    truth = pd.read_csv(show.truth / "session_streams.csv", dtype=str, keep_default_na=False)
    known = truth[truth["cohort"].eq(THIS_YEAR)].set_index("session_id")["stream"]
    pairs = zip(filled["stream"], filled["session_id"].map(known).fillna(""), strict=True)
    right = sum(bool(set(split_streams(given)) & set(split_streams(true))) for given, true in pairs)
    yield "streams missing, this year", len(bare)
    yield "filled", len(filled)
    yield "of these right", f"{right} ({_percent(right, len(filled))})"
    yield "left for review", len(bare) - len(filled)


def agendas_as_a_whole(show: MadeShow) -> Lines:
    """How many agendas, how long, how different."""
    agendas, visitors, programme = show.table("recommendations"), show.table("visitors"), show.programme()
    joined = agendas.merge(programme.reset_index(drop=True), on="session_id")
    of_each = joined.groupby("badge_id")
    per_session = agendas["session_id"].value_counts()
    made = len(of_each)
    travel = show.config.recommendations.travel_minutes
    sameness = agendas.sort_values(["badge_id", "session_id"]).groupby("badge_id")["session_id"].agg("|".join)
    yield "visitors this year", int(visitors["cohort"].eq(THIS_YEAR).sum())
    yield "visitors with an agenda", made
    yield f"clashes ({travel} minutes between rooms)", len(clashes(agendas, show.table("sessions_backfilled"), travel))
    yield "sessions in an agenda, mean", f"{len(agendas) / made:.2f}"
    yield "days in an agenda, mean", f"{of_each['date'].nunique().mean():.2f} of {programme['date'].nunique()}"
    yield "streams in an agenda, mean", f"{of_each['stream'].nunique().mean():.2f}"
    yield "different agendas", f"{sameness.nunique()} of {made}"
    yield "most recommended session, share of agendas", _percent(int(per_session.iloc[0]), made)
    yield "sessions never recommended", f"{len(programme) - len(per_session)} of {len(programme)}"
    yield "carried by", ", ".join(f"{name} {count}" for name, count in _strategies(agendas).items())


def graph_counts(show: MadeShow) -> Lines:
    """Nodes by label and relationships by type."""
    environment = show.config.graph.environment
    with connect(target(environment, show.root, os.environ), show.root) as graph:
        found = content(graph, show.config.event.show)
    yield from ((" ".join(labels), count) for labels, count in found.nodes.items())
    yield from found.relationships.items()


def hit_rates(show: MadeShow) -> Lines:
    """How well the agendas meet what people want: hidden interests, or choices made later."""
    if (show.truth / "interests.csv").is_file():
        rates = interest_hit_rate(show.table("recommendations"), show.table("sessions_backfilled"), show.truth)
        yield "sessions of a stream of interest", f"{rates['hit_rate']:.3f}"
        yield "the same, agendas by chance", f"{rates['random_hit_rate']:.3f}"
        yield "lift", f"{rates['lift']:.1f}"
    else:
        later = pd.read_csv(show.truth / "this_year_attendance.csv", dtype=str)
        tables = {
            name: show.table(name) for name in ("visitors", "attendance", "sessions_backfilled", "session_embeddings")
        }
        for what, rate in choice_rates(show.table("recommendations"), later, tables).items():
            yield what, f"{rate:.3f}" if isinstance(rate, float) else rate


def seconds(show: MadeShow) -> Lines:
    """Time of each asset, longest first."""
    measured = {asset: float(numbers["seconds"]) for asset, numbers in show.numbers.items()}
    for asset, spent in [*sorted(measured.items(), key=lambda item: -item[1]), ("all assets", sum(measured.values()))]:
        yield asset, f"{spent:.2f}"


def print_agendas(show: MadeShow, count: int, seed: int) -> None:
    """Agendas of some visitors, half of them with a history, beside what is known of each: answers, titles attended."""
    agendas, visitors, attendance = show.table("recommendations"), show.table("visitors"), show.table("attendance")
    people = visitors[visitors["cohort"].eq(THIS_YEAR)].set_index("badge_id")
    past = show.table("sessions_backfilled")[lambda rows: rows["cohort"].ne(THIS_YEAR)]
    been = attendance[attendance["cohort"].ne(THIS_YEAR)].merge(past, on=["cohort", "session_id"])
    lines = agendas.merge(show.programme().reset_index(drop=True), on="session_id").sort_values(
        ["starts_at", "session_id"]
    )
    chance = np.random.default_rng(seed)
    badges = chance.permutation(np.sort(agendas["badge_id"].unique()))
    known = people.loc[badges, "person_id"].isin(been["person_id"]).to_numpy()
    for badge in [*badges[known][: count // 2], *badges[~known][: count - count // 2]]:
        own = lines[lines["badge_id"] == badge]
        titles = been.loc[been["person_id"] == people.loc[badge, "person_id"]].sort_values("starts_at")
        print(f"\n{badge} | {own['strategy'].iloc[0]} | {_answers(people.loc[badge], show.config)}")
        print(
            "  attended: "
            + ("; ".join(f"{row.title} [{row.stream}]" for row in titles.itertuples()) or "nothing known")
        )
        for row in own.itertuples():
            when = f"{row.date} {row.start_time[:5]}-{row.end_time[:5]}"
            print(f"  {when} | {row.theatre__name} | {row.title} [{row.stream}] {row.score:.2f}")
            print(f"      {' / '.join(row.reasons)}")


def _answers(person: pd.Series, config: EventConfig) -> str:
    names = [name for name in person.index if name in _question_columns(config)]
    return "; ".join(", ".join(person[name]) for name in names if len(person[name]))


def _question_columns(config: EventConfig) -> set[str]:
    from pa_assets.agendas.core.text import slug

    return {slug(question) for question in config.people.questions_to_keep.current}


def _strategies(agendas: pd.DataFrame) -> dict[str, int]:
    counts = agendas.drop_duplicates("badge_id")["strategy"].value_counts()
    return {str(name): int(count) for name, count in counts.items()}


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


SECTIONS: dict[str, tuple[tuple[str, ...], Callable[[MadeShow], Lines]]] = {
    "Rows": (("role", "in", "quarantined", "folded", "out", "reasons"), rows_by_role),
    "Streams": (("streams", "sessions"), streams_filled),
    "Graph": (("label or type", "count"), graph_counts),
    "Agendas": (("agendas", "value"), agendas_as_a_whole),
    "Quality": (("quality", "value"), hit_rates),
    "Time": (("asset", "seconds"), seconds),
}


def main() -> None:
    """Make a show, print its tables and some agendas."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("show", choices=SHOWS)
    parser.add_argument("--data", type=Path, default=os.environ.get("PA_SHARED_DATA"), help="default: PA_SHARED_DATA")
    parser.add_argument("--root", type=Path, required=True, help="folder for the project; made where there is none")
    parser.add_argument("--visitors", type=int, default=3000, help="synthetic visitors, where visitors are synthetic")
    parser.add_argument("--agendas", type=int, default=10, help="agendas to print")
    parser.add_argument("--seed", type=int, default=1, help="another seed prints other agendas")
    parser.add_argument("--read-only", action="store_true", help="print what an earlier run made")
    arguments = parser.parse_args()
    if arguments.data is None and not arguments.read_only:
        parser.error("Name the folder with the shared data: --data FOLDER or PA_SHARED_DATA.")
    root = arguments.root.resolve()
    try:
        if arguments.read_only:
            show = read_show(arguments.show, root)
        else:
            show, wall = make_show(arguments.show, arguments.data, root, arguments.visitors)
            print(f"{show.config.event.title}: everything made in {wall:.1f} s")
        for name, (headers, lines) in SECTIONS.items():
            print(f"\n{name}\n" + tabulate(lines(show), headers=headers, tablefmt="github", disable_numparse=True))
        print_agendas(show, arguments.agendas, arguments.seed)
    finally:
        ProjectFolder(root).stop_graph()


if __name__ == "__main__":
    main()
