"""Wrong, doubled and doubtful rows, as real deliveries hold them, each counted with what should become of it.

Dirt is added to a clean show, never in place of it: whoever sets all of it aside has exactly the clean show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from pa_assets.agendas.core.tables import PAST_COHORTS, THIS_YEAR
from pa_assets.agendas.demo import names
from pa_assets.agendas.demo.chance import generator, picked, places
from pa_assets.agendas.demo.profiles import ShowProfile

Outcome = Literal["quarantined", "folded", "kept"]
"""What becomes of the row: set aside with a reason, merged into its twin, or used after cleaning."""


@dataclass(frozen=True)
class Kind:
    """A kind of dirt."""

    name: str
    role: str
    outcome: Outcome
    reason: str
    """Reason in the quarantine file, or what the row is folded for; empty where it is kept."""
    meaning: str


KINDS = (
    Kind(
        "email_missing",
        "registrations",
        "quarantined",
        "blank identity",
        "no e-mail, or a word such as None in its place",
    ),
    Kind(
        "show_code_unknown",
        "registrations",
        "quarantined",
        "unknown show code",
        "a show code that the configuration does not name",
    ),
    Kind(
        "show_code_excluded",
        "registrations",
        "quarantined",
        "excluded show",
        "a show code that the configuration sets aside",
    ),
    Kind(
        "badge_type_not_valid",
        "registrations",
        "quarantined",
        "badge type does not count",
        "exhibitors, staff and others who get no agenda",
    ),
    Kind("registration_twice", "registrations", "quarantined", "duplicate badge", "the same row again"),
    Kind(
        "badge_twice",
        "registrations",
        "quarantined",
        "duplicate badge",
        "a badge again, with another source and a later date",
    ),
    Kind("show_code_in_source_only", "registrations", "kept", "", "no show code, but the source begins with it"),
    Kind(
        "badge_of_answer_unknown",
        "demographics",
        "quarantined",
        "no visitor with this badge",
        "answers of a badge that is not registered",
    ),
    Kind(
        "title_placeholder",
        "programme",
        "quarantined",
        "title is no session",
        "a title that stands for a session still to come",
    ),
    Kind(
        "ends_before_start",
        "programme",
        "quarantined",
        "ends before it starts",
        "a session whose end is before its start",
    ),
    Kind("stream_typed_otherwise", "programme", "kept", "", "a stream in capitals or with spaces around it"),
    Kind("theatre_typed_otherwise", "programme", "kept", "", "a theatre in capitals or with spaces around it"),
    Kind(
        "short_name_unknown",
        "scans",
        "quarantined",
        "no seminar for short name",
        "a scan with a short name that the reference does not have",
    ),
    Kind(
        "badge_of_scan_unknown",
        "attendance",
        "quarantined",
        "no visitor with this badge",
        "a scan of a badge that is not registered",
    ),
    Kind("scan_twice", "scans", "folded", "the same scan twice", "the same scan again"),
)
_BY_NAME = {kind.name: kind for kind in KINDS}

_RATES = {
    "email_missing": 0.004,
    "show_code_unknown": 0.004,
    "show_code_excluded": 0.01,
    "badge_type_not_valid": 0.03,
    "registration_twice": 0.004,
    "badge_twice": 0.003,
    "show_code_in_source_only": 0.05,
    "badge_of_answer_unknown": 0.01,
    "stream_typed_otherwise": 0.03,
    "theatre_typed_otherwise": 0.03,
    "short_name_unknown": 0.01,
    "badge_of_scan_unknown": 0.012,
    "scan_twice": 0.015,
}
"""Rows of each kind per clean row."""

_NO_EMAIL = ("", "None", "nan", "null")


@dataclass
class Dirt:
    """The dirt of one show, as it is added."""

    event: str
    seed: int
    rows: list[pd.DataFrame] = field(default_factory=list)

    def note(self, kind: str, cohort: str, keys: Sequence[str]) -> None:
        """Remember rows of a kind by their keys."""
        known = _BY_NAME[kind]
        self.rows.append(
            pd.DataFrame(
                {"role": known.role, "cohort": cohort, "kind": kind, "outcome": known.outcome, "key": list(keys)}
            )
        )

    def table(self) -> pd.DataFrame:
        """All dirty rows: role, cohort, kind, outcome, key."""
        columns = ["role", "cohort", "kind", "outcome", "key"]
        return pd.concat(self.rows, ignore_index=True)[columns] if self.rows else pd.DataFrame(columns=columns)

    def summary(self) -> dict[str, dict[str, dict[str, object]]]:
        """Per role and kind: rows, outcome, meaning and rows per cohort."""
        table = self.table()
        result: dict[str, dict[str, dict[str, object]]] = {}
        for kind in KINDS:
            rows = table[table["kind"].eq(kind.name)]
            if not len(rows):
                continue
            per_cohort = rows["cohort"].value_counts()
            result.setdefault(kind.role, {})[kind.name] = {
                "rows": len(rows),
                "outcome": kind.outcome,
                "reason": kind.reason,
                "meaning": kind.meaning,
                "cohorts": {str(name): int(per_cohort[name]) for name in sorted(per_cohort.index)},
            }
        return result

    def expected(self) -> dict[str, dict[str, int]]:
        """Rows that must end in quarantine, per role and reason."""
        result: dict[str, dict[str, int]] = {}
        for kind, rows in self.table()["kind"].value_counts().sort_index().items():
            known = _BY_NAME[str(kind)]
            if known.outcome == "quarantined":
                reasons = result.setdefault(known.role, {})
                reasons[known.reason] = reasons.get(known.reason, 0) + int(rows)
        return result

    def registrations(self, clean: pd.DataFrame, profile: ShowProfile) -> pd.DataFrame:
        """Add dirty registrations of every cohort, and mix the rows."""
        chance = generator(self.seed, self.event, "dirt", "registrations")
        parts = [clean]
        fresh = 0
        for cohort in profile.cohorts:
            own = clean[clean["cohort"].eq(cohort)]
            for kind in ("email_missing", "show_code_unknown", "show_code_excluded", "badge_type_not_valid"):
                if kind == "show_code_excluded" and not profile.excluded_codes:
                    continue
                copies = own.iloc[places(chance, _RATES[kind], len(own), least=1)].copy()
                copies["badge_id"] = [
                    f"{badge[:-6]}Z{fresh + number:05d}" for number, badge in enumerate(copies["badge_id"])
                ]
                copies["forename"] = picked(chance, names.FORENAMES, len(copies))
                copies["surname"] = picked(chance, names.SURNAMES, len(copies))
                copies["email"] = [f"contact{fresh + number}@stand.example.com" for number in range(len(copies))]
                fresh += len(copies)
                parts.append(self._spoiled(kind, copies, profile, chance))
                self.note(kind, cohort, copies["badge_id"].tolist())
            parts += self._doubled(own, cohort, chance)
        mixed = pd.concat(parts, ignore_index=True)
        mixed = mixed.iloc[chance.permutation(len(mixed))].reset_index(drop=True)
        return self._without_codes(mixed, chance) if profile.format == "graphql_nested" else mixed

    def _spoiled(
        self, kind: str, copies: pd.DataFrame, profile: ShowProfile, chance: np.random.Generator
    ) -> pd.DataFrame:
        if kind == "email_missing":
            copies["email"] = picked(chance, _NO_EMAIL, len(copies))
        elif kind == "badge_type_not_valid":
            copies["badge_type"] = picked(chance, profile.other_badge_types, len(copies))
        else:
            codes = profile.unknown_codes if kind == "show_code_unknown" else profile.excluded_codes
            copies["show_ref"] = picked(chance, codes, len(copies))
            copies["source"] = copies["show_ref"] + "_Web"
        return copies

    def _doubled(self, own: pd.DataFrame, cohort: str, chance: np.random.Generator) -> list[pd.DataFrame]:
        rows = places(chance, _RATES["registration_twice"] + _RATES["badge_twice"], len(own), least=2)
        again, changed = own.iloc[rows[::2]], own.iloc[rows[1::2]].copy()
        changed["source"] = changed["show_ref"] + "_Onsite"
        later = pd.to_datetime(changed["registration_date"], format="%Y-%m-%dT%H:%M:%S") + pd.Timedelta(hours=1)
        changed["registration_date"] = later.dt.strftime("%Y-%m-%dT%H:%M:%S")
        self.note("registration_twice", cohort, again["badge_id"].tolist())
        self.note("badge_twice", cohort, changed["badge_id"].tolist())
        return [again, changed]

    def _without_codes(self, mixed: pd.DataFrame, chance: np.random.Generator) -> pd.DataFrame:
        touched = mixed["badge_id"].duplicated(keep=False) | mixed["badge_id"].str[-6].eq("Z")
        sound = np.flatnonzero(~touched.to_numpy())
        rows = sound[places(chance, _RATES["show_code_in_source_only"], len(sound), least=1)]
        for cohort, badge_ids in mixed.loc[rows].groupby("cohort")["badge_id"]:
            self.note("show_code_in_source_only", str(cohort), badge_ids.tolist())
        return mixed.assign(show_ref=mixed["show_ref"].where(~mixed.index.isin(rows), ""))

    def answers(self, clean: pd.DataFrame, profile: ShowProfile) -> pd.DataFrame:
        """Add answers of badges that nobody has; GraphQL exports hold one row per choice."""
        chance = generator(self.seed, self.event, "dirt", "answers")
        extra = clean.iloc[places(chance, _RATES["badge_of_answer_unknown"], len(clean), least=1)].copy()
        extra["badge_id"] = [f"{badge[:-6]}X{number:05d}" for number, badge in enumerate(extra["badge_id"])]
        rows = extra if profile.format == "legacy" else extra.explode("choices")
        for cohort, badge_ids in rows.groupby("cohort")["badge_id"]:
            self.note("badge_of_answer_unknown", str(cohort), badge_ids.tolist())
        return pd.concat([clean, extra], ignore_index=True)

    def programme(self, clean: pd.DataFrame, cohort: str, profile: ShowProfile) -> pd.DataFrame:
        """Add placeholders and an impossible session, and type some streams and theatres otherwise."""
        chance = generator(self.seed, self.event, "dirt", cohort, "programme")
        rows = clean.copy()
        for column, kind in (("stream", "stream_typed_otherwise"), ("theatre__name", "theatre_typed_otherwise")):
            filled = rows.loc[rows[column].ne(""), "session_id"].unique()
            chosen = filled[places(chance, _RATES[kind], len(filled), least=2)]
            for form, ids in (("upper", chosen[::2]), ("spaces", chosen[1::2])):
                values = rows[column].str.upper() if form == "upper" else " " + rows[column] + "  "
                rows[column] = rows[column].mask(rows["session_id"].isin(ids), values)
            self.note(kind, cohort, chosen.tolist())
        last = int(clean["session_id"].max()) + 1
        extra = clean.iloc[places(chance, 0, len(clean), least=len(profile.placeholder_titles) + 1)].copy()
        extra["session_id"] = [str(last + number) for number in range(len(extra))]
        extra["speaker"], extra["sponsored_session"], extra["sponsored_by"] = "", "False", ""
        placeholders, impossible = extra.iloc[:-1].copy(), extra.iloc[-1:].copy()
        placeholders["title"] = list(profile.placeholder_titles)[: len(placeholders)]
        placeholders["synopsis_stripped"], placeholders["stream"] = "", ""
        impossible["start_time"], impossible["end_time"] = impossible["end_time"], impossible["start_time"]
        impossible["title"] = "Closing remarks and a look ahead"
        self.note("title_placeholder", cohort, placeholders["session_id"].tolist())
        self.note("ends_before_start", cohort, impossible["session_id"].tolist())
        return pd.concat([rows, placeholders, impossible], ignore_index=True)

    def scans(self, clean: pd.DataFrame, cohort: str) -> pd.DataFrame:
        """Add scans of unknown seminars, unknown badges, and scans sent twice."""
        chance = generator(self.seed, self.event, "dirt", cohort, "scans")
        parts = [clean]
        for kind in ("short_name_unknown", "badge_of_scan_unknown", "scan_twice"):
            extra = clean.iloc[places(chance, _RATES[kind], len(clean), least=1)].copy()
            if kind == "short_name_unknown":
                extra["Short Name"] = [f"ZZ99-{number % 7}" for number in range(len(extra))]
            elif kind == "badge_of_scan_unknown":
                extra["Badge Id"] = [f"{badge[:-6]}Y{number:05d}" for number, badge in enumerate(extra["Badge Id"])]
            self.note(kind, cohort, (extra["Badge Id"] + "|" + extra["Short Name"]).tolist())
            parts.append(extra)
        mixed = pd.concat(parts, ignore_index=True)
        return mixed.sort_values(["Scan Date", "Badge Id", "Short Name"], kind="stable", ignore_index=True)


def cohorts_with_scans(*, after_show: bool) -> tuple[str, ...]:
    """Cohorts whose scans are delivered."""
    return (*PAST_COHORTS, THIS_YEAR) if after_show else PAST_COHORTS
