"""`make fuzz`: malformed landing files through the whole of data preparation."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pa_assets_tests.fuzz.run import fuzz


def main() -> int:
    """Run; 1 where a case failed."""
    parser = argparse.ArgumentParser(prog="python -m pa_assets_tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=400, help="cases, each a landing folder with one or two faults")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, nargs="*", help="numbers of single cases, in place of --count")
    parser.add_argument("--keep", type=Path, help="folder for the landing files of cases that fail")
    given = parser.parse_args()
    return 1 if fuzz(given.seed, given.only or range(1, given.count + 1), given.keep) else 0


if __name__ == "__main__":
    sys.exit(main())
