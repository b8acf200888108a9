import numpy as np
import pytest

from pa_assets.agendas.config import Embeddings, StreamProcessing
from pa_assets.agendas.core.embeddings import cached_encode, embed_sessions, session_text, vectors
from pa_assets.agendas.core.streams import backfill
from pa_assets.agendas.core.tables import LAST_YEAR_MAIN, SESSION_EMBEDDINGS
from pa_assets_tests.agendas.core.programme import DictCache, ToyEncoder, labelled, session, table

SETTINGS = Embeddings()


def backfilled(*rows):
    return backfill(table(*rows), {}, StreamProcessing(create_missing_streams=False), None).table


@pytest.fixture
def programme():
    return backfilled(*labelled(2), *labelled(1, cohort=LAST_YEAR_MAIN))


def test_text_of_a_session():
    rows = table(
        session("1", "Colic", synopsis=" Pain in horses ", stream="Equine; Surgery", theatre="Hall 1"),
        session("2", "Only a title"),
    )
    settings = Embeddings(fields=["title", "synopsis_stripped", "stream"])
    assert session_text(rows, settings, {}).tolist() == ["Colic\nPain in horses\nEquine; Surgery", "Only a title"]
    described = Embeddings(fields=["synopsis_stripped"], include_stream_descriptions=True)
    descriptions = {"Surgery": "Knives", "Equine": "Horses", "Other": "x"}
    texts = session_text(rows, described, descriptions).tolist()
    assert texts == ["Pain in horses\nEquine: Horses\nSurgery: Knives", "Only a title"]


def test_one_unit_vector_per_session_and_equal_texts_once(programme):
    encoder, cache = ToyEncoder(), DictCache()
    result = embed_sessions(programme, SETTINGS, {}, encoder, cache)
    SESSION_EMBEDDINGS.check(result.table)
    assert len(result.table) == len(programme)
    assert (result.encoded, result.reused) == (8, 0)  # last year's four sessions have this year's texts
    assert len(encoder.asked) == len(set(encoder.asked)) == 8
    matrix = vectors(result.table)
    assert matrix.shape == (12, 512)
    np.testing.assert_allclose(np.linalg.norm(matrix, axis=1), 1.0, atol=1e-5)


def test_a_changed_synopsis_is_the_only_text_encoded(programme):
    cache = DictCache()
    before = embed_sessions(programme, SETTINGS, {}, ToyEncoder(), cache)
    changed = programme.copy()
    row = changed.index[changed["session_id"] == "Equine-1"][0]
    changed.loc[row, "synopsis_stripped"] = "All new"
    encoder = ToyEncoder()
    after = embed_sessions(changed, SETTINGS, {}, encoder, cache)
    assert (after.encoded, after.reused, len(encoder.asked)) == (1, 7, 1)
    assert (before.table["text_hash"] != after.table["text_hash"]).sum() == 1
    again = embed_sessions(changed, SETTINGS, {}, encoder, cache)
    assert again.encoded == 0


def test_another_model_does_not_reuse(programme):
    cache, other = DictCache(), ToyEncoder()
    embed_sessions(programme, SETTINGS, {}, ToyEncoder(), cache)
    other.model = "other"
    assert embed_sessions(programme, SETTINGS, {}, other, cache).reused == 0


def test_order_of_rows_does_not_matter(programme):
    first = embed_sessions(programme, SETTINGS, {}, ToyEncoder(), DictCache()).table
    second = embed_sessions(programme.sample(frac=1, random_state=1), SETTINGS, {}, ToyEncoder(), DictCache()).table
    assert first["text_hash"].tolist() == second["text_hash"].tolist()
    np.testing.assert_array_equal(vectors(first), vectors(second))


def test_nothing_to_embed():
    encoder = ToyEncoder()
    result = embed_sessions(backfilled(), SETTINGS, {}, encoder, DictCache())
    assert vectors(result.table).shape == (0, 0)
    assert encoder.asked == []


def test_cached_encode_shares_the_cache_with_sessions_of_the_same_text():
    cache, encoder = DictCache(), ToyEncoder()
    rows = backfilled(session("1", "Colic", synopsis="Pain"))
    embed_sessions(rows, SETTINGS, {}, ToyEncoder(), cache)
    assert cached_encode(["Colic\nPain", "Colic\nPain"], encoder=encoder, cache=cache).shape == (2, 512)
    assert encoder.asked == []
    assert cached_encode([], encoder=encoder, cache=cache).shape == (0, 512)
