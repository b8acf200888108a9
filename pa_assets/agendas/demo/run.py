"""Demo data in a project: landing folders of the named events, and real shows brought in from files.

Only files that were generated here are ever replaced; a landing folder with anything else in it is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pa_assets.agendas.demo.generator import MARKER, VERSION, GeneratedShow, generate, profile
from pa_assets.agendas.demo.meetup import import_meetup
from pa_assets.agendas.demo.pentabarf import read_programme
from pa_assets.agendas.demo.real_events import fosdem_config, meetup_config
from pa_assets.agendas.demo.real_programme import visitors_on_programme
from pa_assets.kit import fingerprint
from pa_assets.kit.files import read_json, write_text

ShowKind = Literal["fosdem", "meetup"]

_FOSDEM_THIS_YEAR = ("schedule_2025.xml.gz", "schedule_2025.xml", "sessions_2025.csv")
_FOSDEM_LAST_YEAR = ("schedule_2024.xml.gz", "schedule_2024.xml", "sessions_2024.csv")


class LandingInUseError(RuntimeError):
    """The landing folder holds files that were not generated; importing would mix two shows."""


def prepare_demo(
    root: Path, *, events: Sequence[str], visitors: int, seed: int, sessions: int = 115
) -> list[GeneratedShow]:
    """Generate the landing files of each event that has none.

    Files that an earlier call generated are made anew when the arguments changed; a folder that holds any other
    file, or a generated file that was edited since, is left as it is (`written` is False in the result).

    Args:
        root: project root, with `config/` and `data/`.
        events: names of events: shipped ones, or any with `config/<event>.yaml`.
        visitors: registrations of this year in each event.
        seed: equal arguments, equal files.
        sessions: sessions of this year in each event.

    Raises:
        UnknownShowError: an event is neither shipped nor configured.
        ConfigError: the configuration of an event has mistakes.
    """
    shows: list[GeneratedShow] = []
    for event in events:
        landing, truth = _folders(root, event)
        show = profile(event, _config(root, event))
        arguments = {"visitors": visitors, "sessions": sessions, "seed": seed, "after_show": False}
        found = _as_found(event, landing, truth)
        if found is not None and not _outdated(truth, arguments, found):
            shows.append(found)
            continue
        for path in found.files if found else ():
            path.unlink()
        made = generate(show, visitors=visitors, sessions=sessions, seed=seed, landing=landing, truth=truth)
        shows.append(made)
    return shows


def import_show(
    kind: ShowKind,
    source: Path,
    event: str,
    *,
    root: Path,
    visitors: int = 3000,
    seed: int = 1,
    after_show: bool = False,
) -> GeneratedShow:
    """Bring a real show into a project: landing files, truth, and `config/<event>.yaml` where there is none.

    Args:
        kind: `fosdem` (programmes of two years, synthetic visitors) or `meetup` (real people's choices).
        source: folder with the downloaded files.
        event: name of the event in this project.
        root: project root.
        visitors: synthetic visitors, for `fosdem`.
        seed: seed of the synthetic visitors.
        after_show: also write what is delivered after the show.

    Raises:
        LandingInUseError: the landing folder holds other files.
        FileNotFoundError: the source lacks a file.
        ProgrammeFormatError, MeetupFormatError: a source file cannot be read.
    """
    landing, truth = _folders(root, event)
    found = _as_found(event, landing, truth)
    if found is not None and not _generated_only(landing, truth):
        raise LandingInUseError(
            f"{landing} holds files that no import made. Import under another event name, or move them away."
        )
    for path in found.files if found else ():
        path.unlink()
    if kind == "meetup":
        show = import_meetup(source, landing, truth, event=event, after_show=after_show)
    else:
        show = visitors_on_programme(
            read_programme(_first(source, _FOSDEM_THIS_YEAR)),
            read_programme(_first(source, _FOSDEM_LAST_YEAR)),
            visitors=visitors,
            seed=seed,
            landing=landing,
            truth=truth,
            event=event,
            after_show=after_show,
        )
    config = root / "config" / f"{event}.yaml"
    if not config.exists():
        write_text(config, meetup_config() if kind == "meetup" else fosdem_config())
    return show


def _folders(root: Path, event: str) -> tuple[Path, Path]:
    data = root / "data" / event
    return data / "landing", data / "truth"


def _config(root: Path, event: str) -> object | None:
    from pa_assets.agendas.config_files import load_event

    path = root / "config" / f"{event}.yaml"
    return load_event(path) if path.is_file() else None


def _first(folder: Path, names: Sequence[str]) -> Path:
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(
        f"{folder} holds none of {', '.join(names)}. Name the folder with the downloaded programmes."
    )


def _landed(landing: Path) -> list[Path]:
    """Files of a landing folder, but for hidden ones such as .gitkeep."""
    return sorted(path for path in landing.rglob("*") if path.is_file() and not path.name.startswith("."))


def _as_found(event: str, landing: Path, truth: Path) -> GeneratedShow | None:
    """What the landing folder holds now; None where it is empty."""
    files = _landed(landing)
    if not files:
        return None
    counts = read_json(truth / MARKER)["counts"] if (truth / MARKER).is_file() else {}
    return GeneratedShow(event, landing, truth, tuple(files), counts, written=False)


def _generated_only(landing: Path, truth: Path) -> bool:
    """Every landing file is, unchanged, one that the marker names."""
    if not (truth / MARKER).is_file():
        return False
    known = read_json(truth / MARKER)["files"]
    return all(
        known.get(path.relative_to(landing).as_posix()) == fingerprint.of_file(path) for path in _landed(landing)
    )


def _outdated(truth: Path, arguments: Mapping[str, object], found: GeneratedShow) -> bool:
    if not _generated_only(found.landing, truth):
        return False
    marker = read_json(truth / MARKER)
    complete = len(found.files) == len(marker["files"])
    return not complete or marker["arguments"] != arguments or marker["version"] != VERSION
