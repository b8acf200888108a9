"""The tables of `pa_assets_tests.benchmarks.model_faults` hold what they promise."""

import pytest

from pa_assets_tests.benchmarks import model_faults
from pa_assets_tests.benchmarks.model_faults import CALLS, FAULTS, PER_CALL, SESSIONS


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_no_fault_loses_an_answer_or_pays_one_twice(tmp_path, fault):
    row = model_faults.measured(fault, tmp_path / "answers.jsonl")
    _, _, requests, filled, failed, calls_then, filled_then, seconds = row
    assert filled + failed == SESSIONS
    assert failed <= PER_CALL
    assert calls_then == (1 if failed else 0)
    assert filled_then == SESSIONS
    assert CALLS <= requests <= 2 * CALLS + 1
    assert seconds < 20
    if fault.passes:
        assert (failed, requests) == (0, CALLS + 1)


def test_a_stream_that_does_not_exist_is_never_given(tmp_path):
    row = model_faults.no_such_label(tmp_path / "answers.jsonl")
    assert row[2:7] == [CALLS + 1, SESSIONS - 1, 1, 1, SESSIONS]


def test_many_sessions_per_call_take_a_fifth_of_the_tokens_of_one_per_call(tmp_path):
    rows, descriptions = model_faults.show(sessions=48)
    one, many = (model_faults.tokens_used(size, tmp_path / f"{size}.jsonl", rows, descriptions) for size in (1, 12))
    assert (one[1], many[1]) == (48, 4)
    assert many[-1] * 5 <= one[-1]
