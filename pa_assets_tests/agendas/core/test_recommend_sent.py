"""Agendas taken over from before the show."""

import pandas as pd

from pa_assets.agendas.core.recommend import as_sent
from pa_assets_tests.agendas.core.recommend_shows import run, session, sessions_table, show, visitor


def test_agendas_stay_as_they_were_but_for_what_is_gone() -> None:
    tables = show()
    made = run(tables)
    gone_badge, gone_session = made.table["badge_id"].iloc[0], made.table["session_id"].iloc[-1]
    visitors = pd.concat([tables["visitors"], pd.DataFrame([visitor("registered late")])])
    visitors = visitors[visitors["badge_id"] != gone_badge]
    sessions = pd.concat([tables["sessions"], sessions_table([session("new", "16:00")])])
    sessions = sessions[sessions["session_id"] != gone_session]
    result = as_sent(made, visitors, sessions)
    stays = made.table[(made.table["badge_id"] != gone_badge) & (made.table["session_id"] != gone_session)]
    pd.testing.assert_frame_equal(result.table, stays.reset_index(drop=True))
    assert result.statistics["rows_of_visitors_gone"] == (made.table["badge_id"] == gone_badge).sum()
    assert len(made.table) - len(result.table) == sum(
        result.statistics[name] for name in ("rows_of_visitors_gone", "rows_of_sessions_gone")
    )


def test_the_last_year_s_session_of_one_id_does_not_stand_for_a_cancelled_one() -> None:
    tables = show()
    made = run(tables)
    cancelled = made.table["session_id"].iloc[0]
    programme = tables["sessions"]
    past = programme[programme["session_id"] == cancelled].assign(cohort="last_year_main")
    programme = pd.concat([programme[programme["session_id"] != cancelled], past])
    result = as_sent(made, tables["visitors"], programme)
    assert cancelled not in set(result.table["session_id"])
    assert result.statistics["rows_of_sessions_gone"] > 0
