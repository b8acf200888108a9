"""A small show with agendas made by hand, for the tests of exports: nothing of the engine is needed."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from pa_assets.agendas import config
from pa_assets.agendas.core.exports import Exports, build_exports
from pa_assets.agendas.core.tables import RECOMMENDATIONS, VISITORS
from pa_assets_tests.agendas.core.recommend_shows import EVENT, PEOPLE, session, sessions_table, visitor

UNTIMED = "s4"
CONTROL = "v3"


@dataclass
class ExportTables:
    """What `build_exports` takes."""

    visitors: pd.DataFrame
    sessions: pd.DataFrame
    recommendations: pd.DataFrame
    without: pd.DataFrame
    alternatives: pd.DataFrame
    removed: pd.DataFrame
    changes: pd.DataFrame
    event: config.Event = EVENT

    def exports(self, **settings: Any) -> Exports:
        """The exports; `settings` are those of `exports`."""
        return build_exports(
            self.recommendations,
            self.without,
            self.visitors,
            self.sessions,
            config.EventConfig(
                event=self.event,
                landing=config.Landing(registrations=["*.json"]),
                session_files=config.SessionFiles(session_this=["*.csv"]),
                people=PEOPLE,
                recommendations=config.Recommendations(similarity_attributes={"What do you treat?": 1.0}),
                exports=config.Exports.model_validate(settings),
            ),
            {"visitors": 4},
            alternatives=self.alternatives,
            removed=self.removed,
            changes=self.changes,
        )


def row(badge: str, session_id: str, rank: int, score: float, *reasons: str) -> dict[str, Any]:
    return {
        "badge_id": badge,
        "session_id": session_id,
        "rank": rank,
        "score": score,
        "strategy": "signals",
        "reasons": list(reasons) or [f"You attended {session_id}"],
        "control_group": badge == CONTROL,
    }


def export_tables(text: str = "", other: str = "") -> ExportTables:
    """Four visitors: v1 and v2 with an agenda, v3 in the control group, v4 without.

    Args:
        text: in place of the texts of a session and a visitor.
        other: in place of a reason.
    """
    sessions = [
        session("s1", "09:00", title=text or "Colic, part 2", stream="Equine; Surgery", theatre__name="Red"),
        session("s2", "09:00", title="Feline", stream=text or "Feline", theatre__name=text or "Blue; left"),
        session("s3", "10:30", title="Nursing", stream="", theatre__name="Red", sponsored_by="Acme"),
        session(UNTIMED, "", title="Open door", stream="Business"),
        session("s5", "11:00", title="Farm", stream="Farm", theatre__name="Red"),
    ]
    for each in sessions:
        known = pd.notna(each["starts_at"])
        each["date"] = f"{each['starts_at']:%Y-%m-%d}" if known else ""
        each["start_time"] = f"{each['starts_at']:%H:%M:%S}" if known else ""
    people = [
        visitor(f"v{n}", company=text or "Acorn", what_do_you_treat=["Dogs", other or "Cats"]) for n in range(1, 5)
    ]
    rows = [
        row("v2", "s3", 1, 0.5),
        row("v1", "s3", 2, 0.25, "Popular with vets", other or "You attended 'Nursing; or not'"),
        row("v1", "s1", 1, 1.0),
        row("v1", UNTIMED, 3, 0.123456),
        row("v3", "s2", 1, 0.7),
    ]
    return ExportTables(
        visitors=VISITORS.conform(pd.DataFrame(people)),
        sessions=sessions_table(sessions),
        recommendations=RECOMMENDATIONS.conform(pd.DataFrame(rows)),
        without=pd.DataFrame({"badge_id": ["v4"], "reason": [text or "no session reaches the least score"]}),
        alternatives=pd.DataFrame(
            [
                ("v1", "s1", 2, "s5", 0.1),
                ("v1", "s1", 1, "s2", 0.2),
                ("v3", "s2", 1, "s1", 0.3),
                ("v9", "s1", 1, "s2", 0),
            ],
            columns=["badge_id", "session_id", "place", "alternative_id", "score"],
        ),
        removed=pd.DataFrame(
            [("v1", "s2", text or "no cats", 0.4), ("v1", "s5", "no farms", 0.9), ("v4", "s1", "no horses", 0.8)],
            columns=["badge_id", "session_id", "rule", "score"],
        ),
        changes=pd.DataFrame(
            [("v2", "added", "s3", ""), ("v1", "removed", "gone", text or "cancelled"), ("v3", "added", "s2", "")],
            columns=["badge_id", "change", "session_id", "detail"],
        ),
    )
