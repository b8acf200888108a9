"""A project of its own for a test: a root folder with landing files and history, away from the checkout."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
DAGSTER = [sys.executable, "-m", "dagster"]


@dataclass(frozen=True)
class Finished:
    """A command that ended."""

    code: int
    output: str
    seconds: float


@dataclass(frozen=True)
class ProjectFolder:
    """A project root that commands can be run in."""

    root: Path

    def environment(self) -> dict[str, str]:
        """What a clean shell has, and nothing of this project's variables."""
        kept = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "SSL_CERT_FILE", "OMP_NUM_THREADS")
        return {key: os.environ[key] for key in kept if key in os.environ} | {"PA_ROOT": str(self.root)}

    def run(self, *command: str, timeout: float = 600, check: bool = True, **variables: str) -> Finished:
        """Run a command in the root, with nothing exported but `variables`."""
        started = time.perf_counter()
        done = subprocess.run(
            command,
            cwd=self.root,
            env={**self.environment(), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-6000:]}")
        return Finished(done.returncode, done.stdout, time.perf_counter() - started)

    def materialize(self, select: str, *more: str, check: bool = True, **variables: str) -> Finished:
        """`dagster asset materialize --select ...`."""
        return self.run(*DAGSTER, "asset", "materialize", "--select", select, *more, check=check, **variables)

    def output(self, event: str, name: str) -> Path:
        """A file of an event's output folder."""
        return self.root / "data" / event / "output" / name

    def stop_graph(self) -> None:
        """Stop the embedded graph server of this root."""
        from pa_assets.kit.graph_server import stop

        stop(self.root)


def make_project(root: Path, events: list[str]) -> ProjectFolder:
    """A project with the shipped configuration of some events and nothing landed."""
    (root / "config").mkdir(parents=True)
    for name in ("pipeline_config", *events):
        shutil.copy(CHECKOUT / "config" / f"{name}.yaml", root / "config")
    for name in ("dagster.yaml", "workspace.yaml"):
        shutil.copy(CHECKOUT / name, root)
    return ProjectFolder(root)


def land(
    project: ProjectFolder, event: str, *, visitors: int, sessions: int = 115, seed: int = 7, **more: bool
) -> None:
    """Let a synthetic show land."""
    from pa_assets.agendas.demo.generator import generate, profile

    folder = project.root / "data" / event
    generate(
        profile(event),
        visitors=visitors,
        sessions=sessions,
        seed=seed,
        landing=folder / "landing",
        truth=folder / "truth",
        **more,
    )
