import logging

import numpy as np
import pytest

from pa_assets.kit.vector_cache import VectorCache


def vector(*values):
    return np.array(values, dtype=np.float32)


@pytest.fixture
def cache(tmp_path):
    return VectorCache(tmp_path / "vectors")


def test_keeps_vectors_over_instances(tmp_path, cache):
    assert cache.get_many(["a"]) == {}
    cache.add_many({"a": vector(1, 2), "b": vector(3, 4)})
    cache.add_many({"c": vector(5, 6), "b": vector(7, 8)})
    found = VectorCache(tmp_path / "vectors").get_many(["b", "c", "x"])
    assert {key: value.tolist() for key, value in found.items()} == {"b": [7, 8], "c": [5, 6]}
    assert found["b"].dtype == np.float32
    assert len(cache) == 3


def test_models_of_other_lengths_share_the_folder(cache):
    cache.add_many({"a": vector(1, 2), "b": vector(1, 2, 3)})
    assert {len(value) for value in cache.get_many(["a", "b"]).values()} == {2, 3}


@pytest.mark.parametrize("damage", [b"", b"no zip", None])
def test_a_damaged_file_counts_as_empty_and_is_mended(tmp_path, cache, damage, caplog):
    cache.add_many({"a": vector(1, 2)})
    (path,) = (tmp_path / "vectors").glob("*.npz")
    path.write_bytes(path.read_bytes()[:-30] if damage is None else damage)
    with caplog.at_level(logging.WARNING):
        assert cache.get_many(["a"]) == {}
    assert str(path) in caplog.text
    cache.add_many({"b": vector(3, 4)})
    assert set(cache.get_many(["a", "b"])) == {"b"}


def test_a_flipped_byte_is_noticed(tmp_path, cache):
    cache.add_many({str(at): vector(at, at) for at in range(50)})
    (path,) = (tmp_path / "vectors").glob("*.npz")
    content = bytearray(path.read_bytes())
    content[content.index(b"vectors.npy") + 200] ^= 0xFF
    path.write_bytes(bytes(content))
    assert cache.get_many(["1"]) == {}
