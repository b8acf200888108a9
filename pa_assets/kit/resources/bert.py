"""A plain BERT sentence encoder on torch alone: the forward pass of all-MiniLM-L6-v2 and its kin, nothing else.

Why it exists: importing sentence-transformers costs about 12 s of processor time more than importing torch, in every
process that encodes even one text. For the commonest architecture (BERT, mean pooling) the same weights give the same
vectors (to some 1e-7, held by a test) in a page of code. Each text is encoded by itself, without padding: on a
processor this is faster than padded batches, and a vector depends on its text alone, to the last bit, whatever else
was encoded with it. Every other model goes to sentence-transformers (see `encoder`).

Architecture: Devlin et al. 2019, "BERT"; pooling: Reimers and Gurevych 2019, "Sentence-BERT".
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_WEIGHTS, _TOKENIZER = "model.safetensors", "tokenizer.json"


def _processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def suits(folder: Path) -> bool:
    """Whether the model in `folder` is of the one architecture that this module computes."""
    config, pooling = _read(folder / "config.json"), _read(folder / "1_Pooling" / "config.json")
    modules = [str(module["type"]).rpartition(".")[2] for module in _read(folder / "modules.json")]
    return (
        (folder / _WEIGHTS).is_file()
        and (folder / _TOKENIZER).is_file()
        and modules in (["Transformer", "Pooling", "Normalize"], ["Transformer", "Pooling"])
        and config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and {key for key, value in pooling.items() if key.startswith("pooling_mode_") and value is True}
        == {"pooling_mode_mean_tokens"}
        and not _read(folder / "config_sentence_transformers.json").get("default_prompt_name")
        and not _read(folder / "sentence_bert_config.json").get("do_lower_case")
    )


class PlainBert:
    """The encoder of a folder that `suits`."""

    def __init__(self, folder: Path) -> None:
        import torch
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        config = _read(folder / "config.json")
        weights = load_file(folder / _WEIGHTS)
        self._weights = {name: tensor.float() for name, tensor in weights.items() if tensor.is_floating_point()}
        self._layers: int = config["num_hidden_layers"]
        self._heads: int = config["num_attention_heads"]
        self._epsilon: float = config["layer_norm_eps"]
        self._torch = torch
        self._tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
        self._tokenizer.no_padding()
        longest = config["max_position_embeddings"]
        self._tokenizer.enable_truncation(_read(folder / "sentence_bert_config.json").get("max_seq_length") or longest)

    def vectors(self, texts: list[str]) -> Iterable[NDArray[np.float32]]:
        """Vectors of unit length, one by one, in the order of the texts.

        Each processor takes a text of its own. Sharing out the small matrices of one text instead makes the
        processors wait for each other, which takes several times as long where another program runs beside.
        """
        encodings = self._tokenizer.encode_batch(texts)
        with self._one_thread_each(), ThreadPoolExecutor(_processors()) as workers:
            yield from workers.map(self._vector, (encoding.ids for encoding in encodings))

    def _vector(self, ids: list[int]) -> NDArray[np.float32]:
        with self._torch.inference_mode():
            vector: NDArray[np.float32] = self._forward(self._torch.tensor(ids)).numpy()
        return vector

    @contextmanager
    def _one_thread_each(self) -> Iterator[None]:
        """Let torch share out no single operation, for a while."""
        before = self._torch.get_num_threads()
        self._torch.set_num_threads(1)
        try:
            yield
        finally:
            self._torch.set_num_threads(before)

    def _forward(self, ids: Any) -> Any:
        functional, weights = self._torch.nn.functional, self._weights
        hidden = self._normalised(
            weights["embeddings.word_embeddings.weight"][ids]
            + weights["embeddings.position_embeddings.weight"][: len(ids)]
            + weights["embeddings.token_type_embeddings.weight"][0],
            "embeddings.LayerNorm",
        )
        for layer in range(self._layers):
            here = f"encoder.layer.{layer}"
            attended = self._linear(self._attention(hidden, f"{here}.attention.self"), f"{here}.attention.output.dense")
            hidden = self._normalised(attended + hidden, f"{here}.attention.output.LayerNorm")
            wide = functional.gelu(self._linear(hidden, f"{here}.intermediate.dense"))
            hidden = self._normalised(self._linear(wide, f"{here}.output.dense") + hidden, f"{here}.output.LayerNorm")
        return functional.normalize(hidden.mean(0), dim=-1)

    def _attention(self, hidden: Any, here: str) -> Any:
        tokens = len(hidden)
        query, key, value = (
            self._linear(hidden, f"{here}.{part}").view(1, tokens, self._heads, -1).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        attended = self._torch.nn.functional.scaled_dot_product_attention(query, key, value)
        return attended.transpose(1, 2).reshape(tokens, -1)

    def _linear(self, values: Any, name: str) -> Any:
        weights = self._weights
        return self._torch.nn.functional.linear(values, weights[f"{name}.weight"], weights[f"{name}.bias"])

    def _normalised(self, values: Any, name: str) -> Any:
        weights = self._weights
        return self._torch.nn.functional.layer_norm(
            values, values.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], self._epsilon
        )
