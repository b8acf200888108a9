"""Small shows for the tests of recommendations, exports and reports."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from pa_assets.agendas import config
from pa_assets.agendas.core.recommend import RecommendationResult, recommend
from pa_assets.agendas.core.tables import ATTENDANCE, BACKFILLED_SESSIONS, SESSION_EMBEDDINGS, VISITORS

EVENT = config.Event(
    title="Vet Show",
    show="vet",
    main_event_name="lva",
    secondary_event_name="bva",
    event_date_this_year=dt.date(2025, 11, 20),
    event_date_last_year=dt.date(2024, 11, 20),
    shows_this_year=["LVS25"],
)
PEOPLE = config.People(
    questions_to_keep=config.QuestionsToKeep(current=["What do you treat?"], past=["What did you treat"]),
    same_question={"What did you treat": "What do you treat?"},
)
NO_MAPPING = pd.DataFrame({"key": [], "stream": []}, dtype=object)
TOPICS = {
    "Equine": ["horse lameness gait", "horse colic surgery", "foal care horse", "horse dentistry teeth"],
    "Feline": ["cat kidney disease", "cat behaviour stress", "feline diabetes insulin cat", "kitten vaccination cat"],
    "Nursing": [
        "nurse wound bandage",
        "nurse anaesthesia monitoring",
        "nurse clinics clients",
        "nurse career wellbeing",
    ],
}


def session(identifier: str, start: str, minutes: int = 30, **values: Any) -> dict[str, Any]:
    begins = pd.Timestamp(f"2025-11-20 {start}") if start else pd.NaT
    row: dict[str, Any] = dict.fromkeys(BACKFILLED_SESSIONS.names, "") | {
        "session_id": identifier,
        "cohort": "this_year",
        "title": f"Talk {identifier}",
        "key_text": f"talk{identifier}",
        "content_group": f"talk{identifier}",
        "starts_at": begins,
        "ends_at": begins + pd.Timedelta(minutes=minutes) if start else pd.NaT,
        "stream_confidence": 1.0,
    }
    return row | values


def sessions_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return BACKFILLED_SESSIONS.conform(pd.DataFrame(rows))


def visitor(badge: str, cohort: str = "this_year", **values: Any) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column in VISITORS.columns:
        row[column.name] = {"text": "", "integer": 0, "number": 1.0, "flag": True, "time": pd.NaT, "texts": []}[
            column.kind
        ]
    filled = {"badge_id": badge, "cohort": cohort, "person_id": f"person-{badge}", "show_ref": "LVS25"}
    names = {"forename": "Ana", "surname": "Lopez", "email": "ana@example.com"}
    return row | filled | names | {"what_do_you_treat": [], "what_did_you_treat": []} | values


def show(visitors: int = 30, past: int = 60, seed: int = 0, capacity: int = 0) -> dict[str, Any]:
    """Tables of a show where each person cares for one of three topics and mostly attends it."""
    chance = np.random.default_rng(seed)
    topics = list(TOPICS)
    rows = [
        session(
            f"{cohort[:4]}{topic[0]}{number}",
            f"{9 + number}:{'00' if topic != 'Feline' else '15'}",
            cohort=cohort,
            title=f"{text.title()} {year}",
            key_text=f"{text}{year}".replace(" ", ""),
            stream=topic,
            synopsis_stripped=f"About {text}",
            theatre__name=f"{topic} Theatre",
        )
        for cohort, year in (("this_year", 2025), ("last_year_main", 2024))
        for topic in topics
        for number, text in enumerate(TOPICS[topic])
    ]
    sessions = sessions_table(rows)
    past_likes = chance.integers(0, 3, past)
    likes = chance.integers(0, 3, visitors)
    people = [
        visitor(f"p{number:03}", "last_year_main", what_did_you_treat=[topics[like]], job_role=f"Role {like}")
        for number, like in enumerate(past_likes)
    ]
    returning = [f"person-p{number:03}" for number in range(visitors // 3)]
    likes[: len(returning)] = past_likes[: len(returning)]
    people += [
        visitor(
            f"v{number:03}",
            what_do_you_treat=[topics[like]],
            job_role=f"Role {like}",
            person_id=returning[number] if number < len(returning) else f"person-v{number:03}",
            assist_year_before=int(number < len(returning)),
        )
        for number, like in enumerate(likes)
    ]
    scans = [
        (f"p{number:03}", f"last{topics[like][0]}{pick}")
        for number, like in enumerate(past_likes)
        for pick in chance.choice(4, 2, replace=False)
    ]
    attendance = pd.DataFrame(scans, columns=["badge_id", "session_id"]).assign(
        cohort="last_year_main",
        first_scan=pd.NaT,
        last_scan=pd.NaT,
        scans=1,
        show_ref="LVS24",
        year=2024,
        seminar_name="",
        source_file="",
    )
    attendance["person_id"] = "person-" + attendance["badge_id"]
    vectors = chance.normal(size=(len(sessions), 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    embeddings = sessions[["session_id", "cohort"]].assign(text_hash="h", vector=list(vectors))
    return {
        "visitors": VISITORS.conform(pd.DataFrame(people)),
        "attendance": ATTENDANCE.conform(attendance),
        "sessions": sessions,
        "embeddings": SESSION_EMBEDDINGS.conform(embeddings),
        "job_streams": NO_MAPPING,
        "specialisation_streams": NO_MAPPING,
        "capacity": pd.DataFrame({"theatre": [f"{name} theatre" for name in topics], "seats": [capacity] * 3}),
        "event": EVENT,
        "people": PEOPLE,
        "likes": {f"v{number:03}": topics[like] for number, like in enumerate(likes)},
    }


def run(tables: dict[str, Any], **settings: Any) -> RecommendationResult:
    known = {name: value for name, value in tables.items() if name != "likes"}
    defaults = {"similarity_attributes": {"What do you treat?": 1.0}}
    return recommend(**known, settings=config.Recommendations.model_validate(defaults | settings))
