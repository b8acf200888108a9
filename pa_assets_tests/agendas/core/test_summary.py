from pa_assets.agendas.core.summary import processing_summary


def test_sections_hold_what_the_stages_recorded() -> None:
    numbers = {
        "registrations_processed": {"rows_in": 10, "row_count": 8, "rows_quarantined": 2, "quarantined": {"x": 2}},
        "visitors": {"visitors_this_year": 5, "returning": 1, "seconds": 0.5},
        "sessions_backfilled": {"sessions_backfilled": 3, "sessions_failed_llm": 0, "encoded": 9},
        "graph_visitors": {"row_count": 8, "written": 0, "server": "bolt"},
        "recommendations": {"visitors": 5, "tracking": ""},
    }
    summary = processing_summary("vet_lva", "personal_agendas", numbers)
    assert summary["registration"] == {
        "rows_in": 10,
        "row_count": 8,
        "rows_quarantined": 2,
        "quarantined": {"x": 2},
        "visitors_this_year": 5,
        "returning": 1,
    }
    assert summary["session"]["missing_stream_backfill"] == {"sessions_backfilled": 3, "sessions_failed_llm": 0}
    assert summary["neo4j_visitor"] == {"row_count": 8, "written": 0}
    assert summary["session_recommendation"] == {"visitors": 5}
    assert summary["seconds"] == {"visitors": 0.5}


def test_a_stage_that_never_ran_leaves_its_figures_out() -> None:
    summary = processing_summary("vet_lva", "personal_agendas", {})
    assert summary["registration"] == {}
    assert summary["neo4j_session"] == {}
