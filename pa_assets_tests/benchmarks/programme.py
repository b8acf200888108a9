"""`programme`: 10,000 raw rows of a programme, read and processed. See `benchmarks.__main__` for the table."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

from pa_assets.agendas.config import Sessions, StreamProcessing
from pa_assets.agendas.core.landing import read_rows
from pa_assets.agendas.core.sessions import process_programme
from pa_assets.agendas.core.tables import THIS_YEAR
from pa_assets_tests.agendas.core.preparation import EVENT
from pa_assets_tests.benchmarks.rows import Row

ROWS = 10_000
_PER_SESSION = 3
_TEXT = (
    "kidney renal chronic practice equine feline imaging surgery pain data nutrition cloud retail open source "
    "sustainable wards nursing workshop lameness dentistry farm exotic welfare diagnosis treatment update"
)
_WORDS = np.array(_TEXT.split())


def programme(root: Path) -> list[Row]:
    """Rows per speaker, repeats, synopses with markup, theatres and streams typed otherwise."""
    root.mkdir(parents=True, exist_ok=True)
    path = root / "sessions_this_year.csv"
    raw_rows(ROWS).to_csv(path, index=False, lineterminator="\n")
    settings = Sessions(titles_to_remove=["tbc*"], theatre_aliases={"MT": "Main theatre"})
    reading, processing = [], []
    busy = time.process_time()
    for _ in range(3):
        started = time.perf_counter()
        rows = read_rows([path], "programme")
        read = time.perf_counter()
        prepared = process_programme({THIS_YEAR: rows}, EVENT, settings, StreamProcessing())
        reading.append(read - started)
        processing.append(time.perf_counter() - read)
    busy = (time.process_time() - busy) / 3
    table = prepared.table
    talks = table["content_group"].nunique()
    detail = (
        f"read {median(reading):.2f} s, processed {median(processing):.2f} s, {busy:.2f} s of CPU; "
        f"{len(table)} sessions of {talks} talks, {len(prepared.quarantine)} rows set aside"
    )
    return [("programme of 10,000 raw session rows", f"{median(reading) + median(processing):.2f} s", "<= 1 s", detail)]


def raw_rows(count: int, seed: int = 1) -> pd.DataFrame:
    """A programme as delivered: some rows per session, each tenth session a repeat of the one before."""
    chance = np.random.default_rng(seed)
    sessions = -(-count // _PER_SESSION)
    number = np.arange(sessions)
    title = [" ".join(chance.choice(_WORDS, 7)) + f" {at}" for at in number]
    synopsis = ["<p>" + " ".join(chance.choice(_WORDS, 120)) + "</p>\n<p>Pain &amp; care</p>" for _ in number]
    for at in number[9::10]:
        title[at], synopsis[at] = f"{title[at - 1]} [REPEAT]", synopsis[at - 1]
    start = 8 * 60 + 30 * (number % 18)
    names = np.array(["Main theatre", "MAIN THEATRE", "MT", "Hall  2", "Hall 2", "Expo | Theater 1"])
    streams = np.array(["Feline;Nursing", "feline", "Equine; Farm", "", "N/A", "Business"])
    once = pd.DataFrame(
        {
            "session_id": [f"S{at:05d}" for at in number],
            "date": [f"{12 + at % 3}/06/2025" for at in number],
            "start_time": [f"{minutes // 60:02d}:{minutes % 60:02d}" for minutes in start],
            "end_time": [f"{(minutes + 25) // 60:02d}:{(minutes + 25) % 60:02d}" for minutes in start],
            "theatre__name": chance.choice(names, sessions),
            "title": np.where(number % 97 == 0, "TBC session", np.array(title, dtype=object)),
            "stream": chance.choice(streams, sessions),
            "synopsis_stripped": synopsis,
            "sponsored_session": "False",
            "sponsored_by": chance.choice(np.array(["No Data", "IDEXX", "Acme Limited"]), sessions),
        }
    )
    rows = once.loc[once.index.repeat(_PER_SESSION)].head(count).reset_index(drop=True)
    return rows.assign(speaker=[f"Dr {at % 900}" for at in range(len(rows))]).sample(frac=1, random_state=seed)
