"""Small programmes and a toy encoder, for the tests of streams and embeddings."""

import hashlib
import re

import numpy as np
import pandas as pd

from pa_assets.agendas.core.tables import SESSIONS, THIS_YEAR
from pa_assets.agendas.core.text import key_text

TOPICS = {
    "Equine": "lameness horse hoof colic stable mare imaging gallop",
    "Feline": "cat kidney litter purring whiskers thyroid kitten indoor",
    "Business": "cash profit marketing staff contract pricing tax lease",
    "Nursing": "bandage anaesthesia monitoring ward triage shift care theatre",
}


def session(session_id, title, *, stream="", synopsis="", theatre="", cohort=THIS_YEAR, speakers=""):
    return {
        "session_id": session_id,
        "cohort": cohort,
        "date": "2025-11-20",
        "start_time": "10:00:00",
        "end_time": "10:45:00",
        "theatre__name": theatre,
        "title": title,
        "stream": stream,
        "synopsis_stripped": synopsis,
        "sponsored_session": "False",
        "sponsored_by": "",
        "key_text": key_text(title) or "x",
        "speakers": speakers,
        "starts_at": pd.Timestamp("2025-11-20 10:00"),
        "ends_at": pd.Timestamp("2025-11-20 10:45"),
        "content_group": key_text(title) or "x",
    }


def table(*rows):
    return SESSIONS.conform(pd.DataFrame(list(rows))) if rows else SESSIONS.empty()


def labelled(per_topic=8, *, theatres=True, cohort=THIS_YEAR, topics=TOPICS):
    """Sessions of distinct words per stream, each stream in its theatre."""
    rows = []
    for stream, words in topics.items():
        pool = words.split()
        for at in range(per_topic):
            chosen = [pool[(at + step) % len(pool)] for step in range(4)]
            rows.append(
                session(
                    f"{stream}-{at}",
                    f"{chosen[0]} and {chosen[1]} number {at}",
                    stream=stream,
                    synopsis=f"{chosen[2]} with {chosen[3]}",
                    theatre=f"{stream} Theatre" if theatres else "",
                    cohort=cohort,
                )
            )
    return rows


class ToyEncoder:
    """Words hashed to a vector of length 1; remembers what it was asked."""

    model = "toy"

    def __init__(self, dimensions=512):
        self.dimensions = dimensions
        self.asked = []

    def encode(self, texts):
        self.asked += list(texts)
        return np.array([self._vector(text) for text in texts], dtype=np.float32).reshape(len(texts), self.dimensions)

    def _vector(self, text):
        vector = np.full(self.dimensions, 1e-3)
        for word in re.findall(r"\w+", text.lower()):
            seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest(), "big")
            vector += np.random.default_rng(seed).normal(size=self.dimensions)
        return vector / np.linalg.norm(vector)


class DictCache(dict):
    """A cache of vectors in memory."""

    def get_many(self, keys):
        return {key: self[key] for key in keys if key in self}

    def add_many(self, vectors):
        self.update(vectors)
