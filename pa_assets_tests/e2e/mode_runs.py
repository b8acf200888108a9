"""Make one event in every mode, in a process of its own: partitions are those of the project's files at import.

    python -m pa_assets_tests.e2e.mode_runs EVENT prepare|refresh

Prints, as its last line, the fingerprints of each mode's files as JSON, taken right after that mode was made.
"""

import json
import sys
from pathlib import Path

import dagster as dg

from pa_assets.agendas.build import build_definitions
from pa_assets.agendas.config import MODES
from pa_assets.agendas.project import current_project
from pa_assets.kit import fingerprint

PREPARATION = (
    "registrations_processed",
    "survey_answers",
    "visitors",
    "scans_processed",
    "sessions_processed",
    "attendance",
)


def partition(event: str, mode: str) -> str:
    """Partition of an event in a mode, where the YAML names personal agendas first."""
    return event if mode == MODES[0] else f"{event}-{mode}"


def files(event: str, mode: str) -> dict[str, str]:
    """Fingerprints of what a mode made for people."""
    root: Path = current_project().folder(partition(event, mode)).root
    return {
        path.relative_to(root).as_posix(): fingerprint.of_file(path)
        for made in ("output", "recommendations", "reports")
        for path in sorted((root / made).rglob("*"))
        if path.is_file()
    }


def main(event: str, what: str) -> None:
    """See the module."""
    definitions, instance = build_definitions(), dg.DagsterInstance.ephemeral()
    if what == "refresh":
        job = definitions.resolve_job_def("refresh")
    else:
        keys = {dg.AssetKey(["event", name]) for name in PREPARATION}
        job = definitions.resolve_implicit_global_asset_job_def().get_subset(asset_selection=keys)
    after = {}
    for mode in MODES:
        if not job.execute_in_process(partition_key=partition(event, mode), instance=instance).success:
            raise SystemExit(f"{event} in {mode} failed")
        after[mode] = files(event, mode)
    print(json.dumps(after))


if __name__ == "__main__":
    main(*sys.argv[1:])
