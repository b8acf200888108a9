"""What the sessions of a domain talk about: terms per stream, and the words that all streams share.

Models only; the words are in `vocabulary_veterinary`, `vocabulary_commerce` and `vocabulary_pharmacy`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Vocabulary:
    """The words of one domain."""

    terms: Mapping[str, tuple[str, ...]]
    """Stream -> what its sessions are about."""
    audience: tuple[str, ...]
    """Who is addressed, plural."""
    places: tuple[str, ...]
    """Where the audience works, to follow "in"."""
    benefits: tuple[str, ...]
    """What everybody hopes for, to follow "to"."""
    chatter: tuple[str, ...]
    """Whole sentences that any stream could hold."""

    @property
    def streams(self) -> tuple[str, ...]:
        """Names of the streams, in the order of the vocabulary."""
        return tuple(self.terms)


def words(text: str) -> tuple[str, ...]:
    """Split a comma-separated list of terms."""
    return tuple(" ".join(term.split()) for term in text.split(",") if term.strip())
