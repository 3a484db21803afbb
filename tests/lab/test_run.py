import subprocess
import sys
import time

import pytest

from brodmann.errors import RequestError, RunError
from brodmann.lab.files import write_json
from brodmann.lab.run import RESULTS, RunFolder


@pytest.fixture
def folder(tmp_path):
    return RunFolder(tmp_path / "train" / "run")


def fill(folder):
    for name in RESULTS:
        (folder / name).write_text("{}")


def test_states_of_a_life(folder):
    assert folder.state == "absent"
    with folder.lock():
        folder.begin(fresh=False)
        assert folder.state == "running"
    assert folder.state == "interrupted"
    with folder.lock():
        folder.fail(ValueError("no"))
        assert folder.state == "failed"
        assert folder.error == "ValueError: no"
        folder.begin(fresh=False)
        fill(folder)
        folder.finish()
    assert folder.state == "done"


def test_a_run_without_its_results_is_not_done(folder):
    with folder.lock():
        folder.begin(fresh=False)
        with pytest.raises(RunError, match="lacks"):
            folder.finish()
        fill(folder)
        folder.finish()
    (folder / "method.safetensors").unlink()
    assert folder.state == "interrupted"


def test_fresh_drops_what_was_there(folder):
    with folder.lock():
        folder.begin(fresh=False)
        fill(folder)
        folder.begin(fresh=True)
    assert not (folder / "metrics.json").exists()


def test_what_is_to_be_kept_survives_a_fresh_start(folder):
    with folder.lock():
        folder.begin(fresh=False)
        fill(folder)
        (folder / "analysis.json").write_text("frozen")
        folder.begin(fresh=True, keep=["analysis.json", "absent.json"])
    assert (folder / "analysis.json").read_text() == "frozen"
    assert not (folder / "metrics.json").exists()


def test_a_killed_holder_reads_as_interrupted_and_a_living_one_as_running(folder):
    code = (
        "import sys, time; from pathlib import Path; from brodmann.lab.run import RunFolder\n"
        "folder = RunFolder(Path(sys.argv[1]))\n"
        "with folder.lock():\n"
        "    folder.begin(fresh=False); print('held', flush=True); time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(folder.path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    assert folder.state == "running"
    process.kill()
    process.communicate()
    assert folder.state == "interrupted"


def test_waiting_is_said_once(folder):
    import threading

    said = []
    started = threading.Event()

    def holder():
        with RunFolder(folder.path).lock():
            started.set()
            time.sleep(0.3)

    thread = threading.Thread(target=holder)
    thread.start()
    started.wait()
    with folder.lock(lambda: said.append(1)):
        pass
    thread.join()
    assert said == [1]


def test_unwritable_runs_dir(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(RequestError, match="runs_dir"),
        RunFolder(tmp_path / "file" / "train" / "x").lock(),
    ):
        pass


def test_a_torn_status_is_not_done(folder):
    with folder.lock():
        folder.begin(fresh=False)
        fill(folder)
        (folder / "status.json").write_text('{"state": "do')
    assert folder.state == "absent"
    write_json(folder / "status.json", {"state": "done"})
    assert folder.state == "done"


def test_altered_tensors_are_noticed(folder):
    with folder.lock():
        folder.begin(fresh=False)
        with pytest.raises(RunError, match="running, not done"):
            folder.check()
        fill(folder)
        folder.finish()
    folder.check()
    (folder / "method.safetensors").write_text("{ }")
    with pytest.raises(RunError, match=r"method\.safetensors was altered"):
        folder.check()
