"""How well streams are filled in: `python -m pa_assets_tests.benchmarks.quality_streams --data FOLDER [rows...]`.

Real programmes (FOSDEM and EPSA, in FOLDER/fosdem and FOLDER/epsa) and synthetic ones go through `learning.judge`, the
classifier of the product. Labels are taken away, judged, and compared. Theatres are left out, but in rows that say so.
The classifier's constants were chosen by FOSDEM 2024, EPSA 2019 and FOSDEM 2025 back to 2024, so these rows flatter it.
The figures of the other rows were in sight while it was done, and the weight of rare streams was tried because of
FOSDEM 2025 and EPSA 2022: no row is a test that was never looked at.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tabulate import tabulate

from pa_assets.agendas.config import StreamProcessing
from pa_assets.agendas.core.streams.catalog import describe_streams
from pa_assets.agendas.core.streams.learning import Encode, Judgement, judge
from pa_assets.agendas.core.tables import LAST_YEAR_MAIN, THIS_YEAR
from pa_assets.agendas.core.text import split_streams
from pa_assets.kit.resources.encoder import SentenceEncoder
from pa_assets_tests.agendas.core.programme import session, table

SETTINGS = StreamProcessing()
FOLDS = 5
SPEED_SESSIONS, SPEED_STREAMS, SPEED_GOAL = 10_000, 60, 30.0
_VET = {
    "Anaesthesia": "sedation airway monitoring analgesia recovery ventilation block opioid perioperative capnography",
    "Cardiology": "heart murmur valve arrhythmia echocardiography failure hypertension mitral diuretic auscultation",
    "Dermatology": "skin itch allergy atopy otitis pyoderma mites alopecia cytology shampoo",
    "Equine": "horse lameness hoof colic mare stable laminitis foal gallop tendon",
    "Exotics": "rabbit reptile parrot tortoise ferret husbandry cage feather guinea dental",
    "Feline": "cat kitten litter hyperthyroidism stress indoor purring whiskers behaviour outdoor",
    "Nutrition": "diet obesity calories protein feeding raw weight supplements digestibility food",
    "Oncology": "tumour lymphoma chemotherapy biopsy staging metastasis radiation palliative mast margin",
    "Practice Management": "profit staff marketing clients pricing leadership recruitment finance retention brand",
    "Surgery": "incision suture fracture orthopaedic cruciate implant wound laparoscopy drain haemostasis",
}
_COMMON = (
    "case update patient clinical owner evidence review diagnosis treatment care common pitfalls tips modern "
    "approach therapy daily decisions team results study choices animals dog small general pain stress weight"
)


@dataclass(frozen=True)
class Outcome:
    """Sessions with a hidden stream, judged; several folds one after the other."""

    right: NDArray[np.bool_]
    """Whether the best stream is among the true ones."""
    among_three: NDArray[np.bool_]
    confidence: NDArray[np.float64]

    @property
    def calibration_error(self) -> float:
        """Expected calibration error over ten bins of equal width (Guo et al. 2017)."""
        bins = np.minimum((self.confidence * 10).astype(int), 9)
        gaps = np.bincount(bins, self.right - self.confidence, minlength=10)
        return float(np.abs(gaps).sum() / len(bins))

    def coverage(self, accuracy: float) -> float:
        """Largest share of sessions, surest first, of which at least `accuracy` are right; the truth picks the cut."""
        order = np.argsort(-self.confidence, kind="stable")
        running = np.cumsum(self.right[order]) / np.arange(1, len(order) + 1)
        good = np.flatnonzero(running >= accuracy)
        return float((good[-1] + 1) / len(order)) if len(good) else 0.0

    def filled(self, minimum: float = SETTINGS.minimum_confidence) -> NDArray[np.bool_]:
        """Which sessions the product fills without a language model."""
        return self.confidence >= minimum


class KeptVectors:
    """The sentence encoder with its vectors kept in a file of the temporary folder, so that reruns are quick."""

    def __init__(self) -> None:
        self._encoder = SentenceEncoder()
        self._file = Path(tempfile.gettempdir()) / "pa_quality_streams_vectors.npz"
        self._known: dict[str, NDArray[np.float32]] = {}
        self.seconds = 0.0
        if self._file.is_file():
            with np.load(self._file) as kept:
                self._known = dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True))

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As `SentenceEncoder.encode`."""
        started = time.perf_counter()
        keys = [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if new:
            self._known |= dict(zip(new, self._encoder.encode(list(new.values())), strict=True))
            np.savez(self._file, keys=np.array(list(self._known)), vectors=np.array(list(self._known.values())))
        self.seconds += time.perf_counter() - started
        return np.array([self._known[key] for key in keys]) if keys else self._encoder.encode([])


def fosdem(data: Path, year: int, cohort: str = THIS_YEAR) -> pd.DataFrame:
    """The programme of FOSDEM as SESSIONS; its tracks are streams, without the suffix " devroom"."""
    rows = pd.read_csv(data / "fosdem" / f"sessions_{year}.csv", dtype=str).fillna("")
    return _sessions(rows.assign(track=rows["track"].str.removesuffix(" devroom").str.strip()), cohort)


def epsa(data: Path, year: int) -> pd.DataFrame:
    """The abstracts of EPSA as SESSIONS, those with a topic only; no room and no speaker stands in them."""
    rows = pd.read_csv(data / "epsa" / f"papers_{year}.csv", dtype=str).fillna("")
    rows = rows[rows["track"] != ""].assign(room="", speakers="")
    return _sessions(rows.assign(session_id=[f"paper-{at}" for at in range(len(rows))]), THIS_YEAR)


def _sessions(rows: pd.DataFrame, cohort: str) -> pd.DataFrame:
    columns = ("session_id", "title", "track", "synopsis", "room", "speakers")
    return table(
        *(
            session(
                name,
                title or name,
                stream=track.replace(";", ","),
                synopsis=synopsis,
                theatre=room,
                cohort=cohort,
                speakers=speakers,
            )
            for name, title, track, synopsis, room, speakers in zip(*(rows[name] for name in columns), strict=True)
        )
    )


def judged(labelled: pd.DataFrame, hidden: pd.DataFrame, names: Sequence[str], encode: Encode | None) -> Outcome:
    """Judge sessions whose streams are hidden from the classifier.

    Descriptions are extracts of the labelled sessions; a stream without any has its name alone.
    """
    known = describe_streams(labelled, {}, SETTINGS, None).descriptions
    descriptions = {name: known.get(name, "") for name in names}
    return _outcome(judge(labelled, hidden.assign(stream=""), descriptions, SETTINGS, encode), hidden)


def _outcome(result: Judgement, hidden: pd.DataFrame) -> Outcome:
    """What became of sessions whose streams are known to us alone."""
    true = [set(split_streams(cell)) for cell in hidden["stream"]]
    top = [[result.names[column] for column in row] for row in result.ranked[:, :3]]
    return Outcome(
        np.array([row[0] in streams for row, streams in zip(top, true, strict=True)]),
        np.array([bool(streams & set(row)) for row, streams in zip(top, true, strict=True)]),
        result.confidence,
    )


def transfer(past: pd.DataFrame, now: pd.DataFrame, encode: Encode) -> Outcome:
    """One year judged by the year before, on the streams that both have."""
    shared = sorted((set(past["stream"]) & set(now["stream"])) - {""})
    return judged(past[past["stream"].isin(shared)], now[now["stream"].isin(shared)], shared, encode)


def folds(sessions: pd.DataFrame, encode: Encode) -> Outcome:
    """Each of five parts judged by the other four, streams spread evenly over them."""
    names = sorted(set(sessions["stream"]))
    order = np.random.default_rng(0).permutation(len(sessions))
    order = order[np.argsort(sessions["stream"].to_numpy(str)[order], kind="stable")]
    part = np.empty(len(sessions), dtype=int)
    part[order] = np.arange(len(sessions)) % FOLDS
    return _together([judged(sessions[part != at], sessions[part == at], names, encode) for at in range(FOLDS)])


def _together(outcomes: Sequence[Outcome]) -> Outcome:
    return Outcome(
        np.concatenate([outcome.right for outcome in outcomes]),
        np.concatenate([outcome.among_three for outcome in outcomes]),
        np.concatenate([outcome.confidence for outcome in outcomes]),
    )


def _views(sessions: pd.DataFrame) -> dict[str, pd.DataFrame]:
    text = sessions.assign(theatre__name="")
    views = {"text": text, "title only": text.assign(synopsis_stripped="", speakers="")}
    return views | {"with theatre": sessions} if sessions["theatre__name"].ne("").any() else views


def quality(data: Path, vectors: KeptVectors) -> None:
    """Accuracy and calibration on the real programmes."""
    past, now = fosdem(data, 2024, LAST_YEAR_MAIN), fosdem(data, 2025)
    earlier, later = _views(past), _views(now)
    rows = [
        _row("FOSDEM 2024 -> 2025", name, transfer(earlier[name], later[name], vectors.encode), ".726", ".75")
        for name in earlier
    ]
    programmes = {
        "FOSDEM 2025": (now, ".601", ""),
        "FOSDEM 2024": (past, ".563", ""),
        "EPSA 2019": (epsa(data, 2019), ".624", ".65"),
        "EPSA 2022": (epsa(data, 2022), ".540", ".57"),
    }
    for title, (sessions, baseline, goal) in programmes.items():
        for name, view in _views(sessions).items():
            rows.append(_row(f"{title}, 5-fold", name, folds(view, vectors.encode), baseline, goal))
    headers = ("task", "from", "streams hidden", "accuracy", "baseline", "goal", "top-3", "calibration error")
    _print("quality", rows, (*headers, "cover at 90 %", "cover at 95 %"))


def _row(task: str, view: str, outcome: Outcome, baseline: str, goal: str) -> list[object]:
    text = view == "text"
    told = {"FOSDEM 2025, 5-fold": ".335"}.get(task, "") if view == "title only" else ""
    shares = (outcome.calibration_error, outcome.coverage(0.9), outcome.coverage(0.95))
    figures = [f"{value:.3f}" for value in (outcome.among_three.mean(), *shares)]
    accuracy = f"{outcome.right.mean():.3f}"
    return [task, view, len(outcome.right), accuracy, baseline if text else told, goal if text else "", *figures]


def sweep(data: Path, vectors: KeptVectors) -> None:
    """What is left of quality as labels are taken away, down to none."""
    now = fosdem(data, 2025)
    shows = {"FOSDEM 2025": now[now["stream"] != ""].assign(theatre__name=""), "synthetic vet show": vet_show(600)}
    rows = []
    for title, sessions in shows.items():
        names = sorted(set(sessions["stream"]))
        order = np.random.default_rng(1).permutation(len(sessions))
        for share in (0.1, 0.3, 0.6, 1.0):
            taken = np.zeros(len(sessions), dtype=bool)
            taken[order[: round(share * len(sessions))]] = True
            outcome = judged(sessions[~taken], sessions[taken], names, vectors.encode)
            filled = outcome.filled()
            right = outcome.right[filled].mean() if filled.any() else float("nan")
            figures = (outcome.right.mean(), outcome.among_three.mean(), filled.mean(), right)
            shown = [f"{value:.3f}" for value in (*figures, outcome.calibration_error)]
            rows.append([title, f"{share:.0%}", len(filled), *shown, int((~filled).sum()), len(filled)])
    rows.append(["FOSDEM 2025, descriptions of 2024", "100%", *_described(fosdem(data, 2024), now, vectors)])
    headers = ("show", "removed", "sessions", "accuracy", "top-3", "filled", "right of filled", "calibration error")
    _print("labels removed", rows, (*headers, "to ask the model", "without cascade"))


def _described(past: pd.DataFrame, now: pd.DataFrame, vectors: KeptVectors) -> list[object]:
    """Figures of a show without any label whose streams have descriptions: extracts of the year before."""
    shared = sorted((set(past["stream"]) & set(now["stream"])) - {""})
    hidden = now[now["stream"].isin(shared)].assign(theatre__name="")
    known = describe_streams(past[past["stream"].isin(shared)], {}, SETTINGS, None).descriptions
    result = judge(hidden.head(0), hidden.assign(stream=""), known, SETTINGS, vectors.encode)
    outcome = _outcome(result, hidden)
    filled = outcome.filled()
    right = outcome.right[filled].mean() if filled.any() else float("nan")
    figures = (outcome.right.mean(), outcome.among_three.mean(), filled.mean(), right, outcome.calibration_error)
    return [len(hidden), *(f"{value:.3f}" for value in figures), int((~filled).sum()), len(hidden)]


def vet_show(count: int, several: bool = False) -> pd.DataFrame:
    """A synthetic veterinary programme; with `several`, half of the sessions carry two streams."""
    chance, names = np.random.default_rng(2), list(_VET)
    rows = []
    for at in range(count):
        streams = [str(name) for name in chance.choice(names, 1 + (several and at % 2), replace=False)]
        telling = [word for name in streams for word in _VET[name].split()]
        title, body = chance.choice(_COMMON.split(), 4), chance.choice(_COMMON.split(), 14)
        title[0], body[:3] = chance.choice(telling), chance.choice(telling, 3)
        text = " ".join(body)
        rows.append(session(f"vet-{at}", f"{' '.join(title)}", stream="; ".join(streams), synopsis=text))
    return table(*rows)


def several(data: Path, vectors: KeptVectors) -> None:
    """Sets of streams where sessions carry several: precision and recall of what the product fills."""
    from pa_assets.agendas.core.streams import backfill

    sessions = vet_show(600, several=True)
    hidden = np.arange(len(sessions)) % 3 == 0
    blank = sessions.assign(stream=np.where(hidden, "", sessions["stream"]))
    catalog = describe_streams(blank, {}, SETTINGS, None).descriptions
    settings = SETTINGS.model_copy(
        update={"backfill": SETTINGS.backfill.model_copy(update={"strategy": "classifier_only"})}
    )
    result = backfill(blank, catalog, settings, vectors.encode).table.set_index("session_id")["stream"]
    given = [set(split_streams(result[name])) for name in sessions.loc[hidden, "session_id"]]
    true = [set(split_streams(cell)) for cell in sessions.loc[hidden, "stream"]]
    both = sum(len(ours & theirs) for ours, theirs in zip(given, true, strict=True))
    filled, wanted = sum(map(len, given)), sum(map(len, true))
    row = [int(hidden.sum()), sum(map(bool, given)), f"{both / filled:.3f}", f"{both / wanted:.3f}"]
    _print("several streams", [[*row, f"{filled / sum(map(bool, given)):.2f}", f"{wanted / len(true):.2f}"]], _SETS)


_SETS = ("sessions", "filled", "precision", "recall", "streams given", "streams true")


def speed(data: Path, vectors: KeptVectors) -> None:
    """10,000 sessions of real texts, half of them without a stream, 60 streams; the encoder's time is left out."""
    real = pd.concat([fosdem(data, 2024), fosdem(data, 2025), epsa(data, 2019), epsa(data, 2022)], ignore_index=True)
    chance = np.random.default_rng(3)
    at = chance.integers(len(real), size=SPEED_SESSIONS)
    streams = [f"Stream {number:02}" for number in range(SPEED_STREAMS)]
    sessions = real.iloc[at].assign(
        session_id=[f"s{number}" for number in range(SPEED_SESSIONS)],
        title=[f"{title} {number}" for number, title in enumerate(real["title"].to_numpy()[at])],
        stream=chance.choice(streams, SPEED_SESSIONS),
    )
    half = SPEED_SESSIONS // 2

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        made = np.random.default_rng(4).normal(size=(len(texts), 384))
        return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)

    started, busy = time.perf_counter(), time.process_time()
    judge(sessions.iloc[:half], sessions.iloc[half:], dict.fromkeys(streams, ""), SETTINGS, encode)
    spent, busy = time.perf_counter() - started, time.process_time() - busy
    row = [SPEED_SESSIONS, half, SPEED_STREAMS, f"{spent:.1f} s", f"{busy:.1f} s", f"<= {SPEED_GOAL:.0f} s"]
    _print("speed", [row], ("sessions", "without stream", "streams", "time", "of CPU", "goal"))


def _print(title: str, rows: Sequence[Sequence[object]], headers: Sequence[str]) -> None:
    print(f"\n{title}\n{tabulate(rows, headers, tablefmt='github', disable_numparse=True)}", flush=True)


ROWS: dict[str, Callable[[Path, KeptVectors], None]] = {
    "quality": quality,
    "sweep": sweep,
    "several": several,
    "speed": speed,
}


def main(arguments: Sequence[str]) -> int:
    """Print the tables that are asked for, all by default."""
    parser = argparse.ArgumentParser(prog="quality_streams", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with fosdem/ and epsa/")
    parser.add_argument("rows", nargs="*", help=f"of {', '.join(ROWS)}; all by default")
    options = parser.parse_args(arguments)
    if unknown := set(options.rows) - set(ROWS):
        parser.error(f"no such rows: {', '.join(sorted(unknown))}")
    vectors = KeptVectors()
    for name in options.rows or ROWS:
        ROWS[name](options.data, vectors)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
