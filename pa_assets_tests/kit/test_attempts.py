"""An attempt that ended without a record makes the asset stale, whatever its inputs are now."""

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from pa_assets.kit.attempts import last_attempt, note_attempt
from pa_assets.kit.files import ROOT_VARIABLE
from pa_assets.kit.refresh import PROCESS_TAG, _this_process, is_alive
from pa_assets.kit.staleness import Node, Records, reasons

KEY = dg.AssetKey(["event", "table"])


def test_a_cut_off_attempt_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ROOT_VARIABLE, str(tmp_path))
    partitions = dg.StaticPartitionsDefinition(["a"])

    @dg.asset(key=KEY, partitions_def=partitions)
    def table(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        note_attempt(KEY.path, context.partition_key, context.run.run_id)
        return dg.MaterializeResult(data_version=dg.DataVersion("1"))

    instance = dg.DagsterInstance.ephemeral()
    node = Node(KEY, None, ())
    assert dg.materialize([table], partition_key="a", instance=instance).success
    assert reasons(Records(instance), node, "a") == []
    note_attempt(KEY.path, "a", "another-run")
    assert [reason.kind for reason in reasons(Records(instance), node, "a")] == ["cut off"]
    assert dg.materialize([table], partition_key="a", instance=instance).success
    assert reasons(Records(instance), node, "a") == []
    assert last_attempt(KEY.path, "b") is None


def test_a_nested_run_lives_as_long_as_its_process() -> None:
    assert is_alive({PROCESS_TAG: _this_process()})
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    host = _this_process().rpartition("/")[0]
    assert not is_alive({PROCESS_TAG: f"{host}/{gone.pid}"})
    assert is_alive({PROCESS_TAG: f"another-host/{os.getpid()}"})
    assert is_alive({}), "of a run that carries no process nothing is known"
