"""A list of texts that shall not come back, kept as keyed hashes: it tells whether a text is on it, and nothing else.

The list is `data/suppression.json`, its key `keys/suppression_key` (0600, made with the first entry). HMAC-SHA256 with
a random key of 256 bits: without the key nobody can try out addresses against the list. Which texts stand for a person
is the domain's matter.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pa_assets.kit.files import lock, write_json

_KEY_BYTES = 32


class SuppressionError(RuntimeError):
    """The list cannot be used; the message names the file and the mend."""


@dataclass(frozen=True)
class Entry:
    """What belongs together: when it was first added, and hash -> kind of the text."""

    added: str
    hashes: dict[str, str]


@dataclass(frozen=True)
class Suppressions:
    """The list as it stands on disk now."""

    key: bytes = field(default=b"", repr=False)
    entries: tuple[Entry, ...] = ()
    lifted: int = 0
    """How often something was taken off the list: raises the version of what was read while it stood there."""

    def __len__(self) -> int:
        return len(self.hashes)

    @property
    def hashes(self) -> frozenset[str]:
        """All hashes."""
        return frozenset(hash_ for entry in self.entries for hash_ in entry.hashes)

    def hash_of(self, text: str) -> str:
        """The hash of a text, as hex digits."""
        return hmac.digest(self.key, text.encode("utf-8", "surrogatepass"), "sha256").hex()

    def known(self, texts: Iterable[str]) -> set[str]:
        """Those of `texts` that are on the list; each distinct text is hashed once."""
        hashes = self.hashes
        return {text for text in set(texts) if self.hash_of(text) in hashes} if hashes else set()


@dataclass(frozen=True)
class SuppressionFile:
    """Where the list of a project lies."""

    root: Path

    @property
    def path(self) -> Path:
        """The list."""
        return self.root / "data" / "suppression.json"

    @property
    def key_path(self) -> Path:
        """The key, readable by its owner alone."""
        return self.root / "keys" / "suppression_key"

    def read(self) -> Suppressions:
        """The list; an empty one where there is none.

        Raises:
            SuppressionError: the list is damaged, or its key is missing or another one.
        """
        if not self.path.exists():
            return Suppressions()
        try:
            content = json.loads(self.path.read_text("utf-8"))
            entries = tuple(Entry(str(entry["added"]), dict(entry["hashes"])) for entry in content["entries"])
            lifted, check = int(content["lifted"]), str(content["key_check"])
        except (ValueError, KeyError, TypeError) as error:
            raise SuppressionError(f"{self.path} is damaged. Put it back from a backup.") from error
        try:
            key = bytes.fromhex(self.key_path.read_text("ascii").strip())
        except (FileNotFoundError, ValueError) as error:
            raise SuppressionError(
                f"{self.key_path} is missing or damaged, without which {self.path} tells nothing. Put it back from a "
                "backup. Only if there is none: remove the list, and forget each person again."
            ) from error
        if not hmac.compare_digest(check, _check(key)):
            raise SuppressionError(f"{self.key_path} is not the key of {self.path}. Put back the pair of them.")
        return Suppressions(key, entries, lifted)

    def add(self, kinds: dict[str, str], added: str, beside: Iterable[str] = ()) -> int:
        """Add texts; returns how many were not there yet.

        They join the entry that holds one of them already, so that what belongs together can be lifted together.

        Args:
            kinds: text -> its kind, which stands in the list for counting.
            added: time, for a new entry.
            beside: further texts that tell which entry they join.
        """
        with self._locked():
            now = self._with_key()
            there = {now.hash_of(text) for text in now.known([*kinds, *beside])}
            given = {now.hash_of(text): kind for text, kind in kinds.items()}
            fresh = {hash_: kind for hash_, kind in given.items() if hash_ not in now.hashes}
            if fresh:
                entries = list(now.entries)
                place = next((place for place, each in enumerate(entries) if not there.isdisjoint(each.hashes)), None)
                old = Entry(added, {}) if place is None else entries.pop(place)
                # in the order of the hashes, which tells nothing of the texts
                joined = Entry(old.added, dict(sorted({**old.hashes, **fresh}.items())))
                entries.insert(len(entries) if place is None else place, joined)
                self._write(Suppressions(now.key, tuple(entries), now.lifted))
            return len(fresh)

    def lift(self, texts: Iterable[str]) -> int:
        """Take off the list all that was added together with one of `texts`; returns how many hashes those were."""
        with self._locked():
            now = self.read()
            wanted = {now.hash_of(text) for text in now.known(texts)}
            kept = tuple(entry for entry in now.entries if wanted.isdisjoint(entry.hashes))
            if wanted:
                self._write(Suppressions(now.key, kept, now.lifted + 1))
            return len(now) - sum(len(entry.hashes) for entry in kept)

    def _locked(self) -> Any:
        return lock(self.root / ".pa" / "suppression.lock", timeout_seconds=60.0)

    def _with_key(self) -> Suppressions:
        """The list, with a new key where there is no list yet."""
        if self.path.exists():
            return self.read()
        if not self.key_path.exists():
            self.key_path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self.key_path.with_name(f".{self.key_path.name}.{os.getpid()}.tmp")
            temporary.unlink(missing_ok=True)
            with os.fdopen(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as stream:
                stream.write(secrets.token_hex(_KEY_BYTES) + "\n")
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(self.key_path)
        return Suppressions(bytes.fromhex(self.key_path.read_text("ascii").strip()))

    def _write(self, now: Suppressions) -> None:
        entries = [{"added": entry.added, "hashes": entry.hashes} for entry in now.entries]
        write_json(self.path, {"lifted": now.lifted, "key_check": _check(now.key), "entries": entries})


def _check(key: bytes) -> str:
    """A text that tells two keys apart and nothing of the key."""
    return hashlib.sha256(b"check of a suppression key" + key).hexdigest()[:16]
