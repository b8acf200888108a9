"""Plain rankings to compare the engine with: each is a few lines that anybody can check, and none is of the product.

They are the rows of the table that was measured before there was an engine. All take the aligned tables of a show and
return a score for every session of the programme, one row per visitor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from pa_assets.agendas.core.recommend.inputs import Inputs
from pa_assets_tests.benchmarks.quality.engine import Scores

_SEED = 3
_EASE_REGULARISATION = 50.0
_TINY = 1e-9
"""Added to every score: the rankings below are of all sessions, and 0 would mean not recommended."""


def chance(inputs: Inputs) -> Scores:
    """In random order."""
    return np.random.default_rng(_SEED).random((len(inputs.visitors), len(inputs.sessions)))


def group_popularity(inputs: Inputs) -> Scores:
    """Sessions of the streams that were attended most last year, the same for everybody."""
    attended = pd.Series(np.asarray(inputs.people.sum(axis=0)).ravel()).groupby(inputs.past_sessions["stream"]).sum()
    score = inputs.sessions["stream"].map(attended).fillna(0.0).to_numpy()
    return np.tile(score, (len(inputs.visitors), 1))


def group_affinity(inputs: Inputs) -> Scores:
    """Sessions of the streams that the visitor attended most."""
    same = inputs.past_sessions["stream"].to_numpy()[:, None] == inputs.sessions["stream"].to_numpy()[None, :]
    return np.asarray(inputs.history @ same.astype(float))


def words(inputs: Inputs) -> tuple[csr_matrix, csr_matrix]:
    """TF-IDF of past and new sessions: words and pairs of words that stand in two sessions or more.

    How the rows of old were made is not recorded in detail; other common choices of words give the mean profile an
    NDCG@10 of .38 to .475 on Montana.
    """
    texts = [table["title"] + " " + table["synopsis_stripped"] for table in (inputs.past_sessions, inputs.sessions)]
    model = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, stop_words="english", min_df=2)
    everything = model.fit_transform(pd.concat(texts)).tocsr()
    return everything[: len(texts[0])], everything[len(texts[0]) :]


def words_mean(inputs: Inputs) -> Scores:
    """TF-IDF, likeness to the mean of the visitor's past sessions."""
    past, new = words(inputs)
    return np.asarray((normalize(inputs.history @ past) @ new.T).todense())


def words_nearest(inputs: Inputs) -> Scores:
    """TF-IDF, likeness to the nearest of the visitor's past sessions."""
    past, new = words(inputs)
    return _nearest(inputs, np.asarray((new @ past.T).todense()))


def meaning_mean(inputs: Inputs) -> Scores:
    """Sentence vectors, likeness to the mean of the visitor's past sessions."""
    return np.asarray(normalize(inputs.history @ inputs.past_vectors) @ inputs.vectors.T) + 1.0


def meaning_nearest(inputs: Inputs) -> Scores:
    """Sentence vectors, likeness to the nearest past session."""
    return _nearest(inputs, inputs.vectors @ inputs.past_vectors.T + 1.0)


def ease(neighbours: int) -> Callable[[Inputs], Scores]:
    """History smoothed by EASE (Steck 2019), carried to new sessions by their nearest past ones in TF-IDF."""

    def scores(inputs: Inputs) -> Scores:
        gram = np.asarray((inputs.people.T @ inputs.people).todense())
        gram[np.diag_indices(len(gram))] += _EASE_REGULARISATION
        inverse = np.linalg.inv(gram)
        weights = -inverse / np.diag(inverse)
        np.fill_diagonal(weights, 0.0)
        past, new = words(inputs)
        likeness = np.asarray((new @ past.T).todense())
        least = np.sort(likeness, axis=1)[:, -neighbours][:, None]
        nearest = np.where(likeness >= least, likeness, 0.0)
        smoothed = np.asarray(inputs.history @ weights) + inputs.history.toarray()
        carrier = nearest / np.maximum(nearest.sum(axis=1, keepdims=True), _TINY)
        return np.asarray(np.maximum(smoothed @ carrier.T, 0.0))

    return scores


def _nearest(inputs: Inputs, likeness: Scores) -> Scores:
    """For each visitor and new session the highest likeness to a past session attended."""
    result = np.zeros((len(inputs.visitors), len(likeness)))
    history = inputs.history.tocsr()
    for row in np.flatnonzero(np.diff(history.indptr)):
        result[row] = likeness[:, history.indices[history.indptr[row] : history.indptr[row + 1]]].max(axis=1)
    return result


REFERENCES: Mapping[str, tuple[Callable[[Inputs], Scores], str, str]] = {
    "random": (chance, ".062", ".034"),
    "group popularity": (group_popularity, ".096", ".092"),
    "stream (group) affinity": (group_affinity, ".171", ".129"),
    "MiniLM, nearest of own history": (meaning_nearest, ".420", ".368"),
    "MiniLM, mean profile": (meaning_mean, ".420", ".370"),
    "TF-IDF, nearest of own history": (words_nearest, ".478", ".406"),
    "TF-IDF, mean profile": (words_mean, ".519", ".464"),
    "EASE(50) -> 20 TF-IDF neighbours": (ease(20), ".564", ".488"),
    "EASE(50) -> 40 TF-IDF neighbours": (ease(40), ".571", ".496"),
}
"""Name -> ranking, and R@10 and NDCG@10 as they were measured before."""


def ranked(inputs: Inputs, name: str) -> Scores:
    """Scores of a reference, none of them 0."""
    return REFERENCES[name][0](inputs) + _TINY
