"""`make quality`: how good recommendations are, in tables; `agendas` prints some to read by eye.

    python -m pa_assets_tests.benchmarks.quality --data FOLDER [tables...] [--markdown FILE] [--json FILE]
    python -m pa_assets_tests.benchmarks.quality agendas --data FOLDER [--count 20] [--show montana|fosdem]

FOLDER holds meetup_montana/ and fosdem/. Prepared shows are kept in a folder of the temporary directory, so that texts
are encoded once.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tabulate import tabulate

from pa_assets_tests.benchmarks.quality import agendas, shows
from pa_assets_tests.benchmarks.quality.reports import TABLES, Bench, Table


def main(arguments: Sequence[str]) -> int:
    """Print what is asked for: all tables by default."""
    parser = argparse.ArgumentParser(
        prog="quality", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="*", help=f"agendas, or of {', '.join(TABLES)}; all tables by default")
    parser.add_argument("--data", type=Path, default=os.environ.get("PA_SHARED_DATA"), help="default: PA_SHARED_DATA")
    parser.add_argument("--root", type=Path, default=Path(tempfile.gettempdir()) / "pa-quality", help="kept folder")
    parser.add_argument("--markdown", type=Path, help="also write the tables to this file")
    parser.add_argument("--json", type=Path, help="the same as JSON")
    parser.add_argument("--count", type=int, default=20, help="agendas to print of each show")
    parser.add_argument("--seed", type=int, default=1, help="another seed prints other agendas")
    parser.add_argument("--show", choices=(shows.FOSDEM, shows.MONTANA), action="append", help="shows of the agendas")
    options = parser.parse_args(arguments)
    if options.data is None:
        parser.error("Name the folder with the shared data: --data FOLDER or PA_SHARED_DATA.")
    if unknown := set(options.what) - {"agendas", *TABLES}:
        parser.error(f"no such tables: {', '.join(sorted(unknown))}")
    bench = Bench(options.data, shows.prepared(options.root.resolve()))
    if "agendas" in options.what:
        for name in options.show or (shows.FOSDEM, shows.MONTANA):
            agendas.print_some(bench.show(name).show, options.count, options.seed)
        return 0
    made = [table for name in options.what or TABLES for table in _timed(name, bench)]
    if options.markdown:
        options.markdown.write_text("\n".join(map(as_text, made)), "utf-8")
    if options.json:
        options.json.write_text(json.dumps([asdict(table) for table in made], indent=2) + "\n", "utf-8")
    return 0


def _timed(name: str, bench: Bench) -> list[Table]:
    """The tables of one report, printed as they come."""
    started, made = time.perf_counter(), []
    for table in TABLES[name](bench):
        print(as_text(table), flush=True)
        made.append(table)
    print(f"({name}: {time.perf_counter() - started:.0f} s)", file=sys.stderr, flush=True)
    return made


def as_text(table: Table) -> str:
    """A table in Markdown, under its title."""
    body = tabulate(table.rows, table.headers, tablefmt="github", disable_numparse=True)
    return f"\n### {table.title}\n\n{body}\n" + (f"\n{table.note}\n" if table.note else "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
