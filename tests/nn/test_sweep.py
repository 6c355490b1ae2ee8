"""Laws of sweeps: what is run, what is returned, and what outlives a failure, a kill and Ctrl-C."""

import functools
import importlib
import importlib.util
import json
import math
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from nn import MLP, SGD, fit, hinge_loss
from nn.data import moons
from nn.sweep import Run, Sweep, sweep

ROOT = Path(__file__).parents[2]
GRID = {"n_neurons": [2, 3], "lr": [0.05, 0.2]}
SEEDS = 50
HEAD = b'{"parameters": '


@functools.cache
def points():
    data = moons(n_samples=30)
    return data.X_train, data.y_train


def train(n_neurons, lr, seed):
    model = MLP(2, [n_neurons, 1], activation="tanh", seed=seed)
    optimizer = SGD(model.parameters(), lr=lr)
    history = fit(
        model, hinge_loss, *points(), optimizer=optimizer, epochs=2, seed=seed, progress=False
    )
    return {"loss": history.loss, "bias": model.parameters()[-1].data}


def call(a, b, seed):
    return [a, b, seed]


def kill_once(folder, seed):
    """Leaves a mark of each call; seed 20 kills its process the first time."""
    mark = Path(folder, f"{seed}-{time.monotonic_ns()}")
    if seed == 20 and not any(Path(folder).glob("20-*")):
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    mark.touch()
    time.sleep(0.01)  # so that the kill is noticed before all is done
    return seed


def serially(function, grid, seeds, **options):
    with ThreadPoolExecutor(1) as executor:
        return sweep(function, grid, seeds, executor, **{"progress": False} | options)


def spawning_pool():
    return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))


@functools.cache
def trainings():
    return serially(train, GRID, SEEDS)


def lines(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


def wait_for_lines(path, n, process):
    for _ in range(3000):
        if lines(path) >= n:
            return
        assert process.poll() is None
        time.sleep(0.01)
    raise TimeoutError(f"{lines(path)} of {n} results after 30 s")


def start(script, *arguments):
    """A process, and those that it starts, as a group of their own."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_every_combination_meets_every_seed_once_in_the_order_written():
    made = serially(call, {"b": (x for x in "xy"), "a": [2, 1]}, [7, 3])
    assert [run.result for run in made] == [
        [2, "x", 7], [2, "x", 3], [1, "x", 7], [1, "x", 3],
        [2, "y", 7], [2, "y", 3], [1, "y", 7], [1, "y", 3],
    ]  # fmt: skip
    assert all(run.result == [*map(run.parameters.get, "ab"), run.seed] for run in made)


def test_a_list_of_mappings_is_the_combinations_and_a_number_is_so_many_seeds():
    grid = [{"a": 1, "b": 2}, {"b": 1, "a": 5}]
    assert serially(call, grid, 2).runs == [
        Run(grid[0], 0, [1, 2, 0]),
        Run(grid[0], 1, [1, 2, 1]),
        Run(grid[1], 0, [5, 1, 0]),
        Run(grid[1], 1, [5, 1, 1]),
    ]


def test_arrays_of_values_and_seeds_reach_the_function_as_numbers_of_python():
    made = serially(call, {"a": np.array([0.5]), "b": np.arange(1)}, np.arange(1))
    assert [[type(each) for each in run.result] for run in made] == [[float, int, int]]


def test_the_order_of_completion_does_not_show():
    def slow_first(seed):
        time.sleep(0.05 if seed == 0 else 0.0)
        return seed

    with ThreadPoolExecutor(4) as executor:
        made = sweep(slow_first, {}, 20, executor, progress=False)
        assert executor.submit(int).result() == 0  # it was not shut down
    assert made.results() == list(range(20))


def test_trainings_are_the_same_one_by_one_and_in_the_pool_of_a_sweep():
    assert len(trainings()) == 200
    assert not trainings().failed
    assert sweep(train, GRID, SEEDS, progress=False) == trainings()


def threads_of_blas(seed):
    return os.environ.get("OPENBLAS_NUM_THREADS")


def test_a_worker_multiplies_matrices_in_one_thread_unless_told_otherwise(monkeypatch):
    for told, expected in ((None, "1"), ("3", "3")):
        monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
        if told:
            monkeypatch.setenv("OPENBLAS_NUM_THREADS", told)
        assert sweep(threads_of_blas, [{}], 1, progress=False).results() == [expected]


def test_trainings_are_the_same_in_a_pool_of_the_standard_library():
    with spawning_pool() as executor:
        assert sweep(train, GRID, SEEDS, executor, progress=False) == trainings()


CLUSTER = """
import json, os, signal, sys, threading, time
from pathlib import Path
from distributed import Client, LocalCluster
from nn.sweep import sweep
from tests.nn.test_sweep import GRID, SEEDS, lines, train

def kill_half_way(pid):
    while lines(path) < 80:
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    at.append(lines(path))

path, at = Path(sys.argv[1]), []
if __name__ == "__main__":
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
    with LocalCluster(dashboard_address=None, **options) as cluster, Client(cluster) as client:
        before = set(client.run(os.getpid).values())
        killer = threading.Thread(target=kill_half_way, args=[min(before)])
        killer.start()
        made = sweep(train, GRID, SEEDS, client.get_executor(), path=path, progress=False)
        killer.join()
        assert min(before) not in client.run(os.getpid).values()
    print(json.dumps([at[0], [run.error for run in made.failed], [run.result for run in made]]))
"""


@pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="the extra `cluster` is not installed"
)
def test_a_cluster_one_of_whose_two_workers_is_killed_gives_the_same_trainings(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(CLUSTER)
    done = subprocess.run(
        [sys.executable, script, tmp_path / "results"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    killed_at, failed, results = json.loads(done.stdout)
    assert 80 <= killed_at < 150
    assert (failed, results) == ([], [run.result for run in trainings()])


def test_functions_are_taken_by_value_and_a_script_needs_no_guard(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from nn.sweep import sweep\n"
        "factor = 3\n"
        "def times(x, seed): return factor * x + seed\n"
        "print(sweep(times, {'x': [1, 2]}, 2, progress=False).results())\n"
        "print(sweep(lambda seed: factor + seed, {}, 2, progress=False).results())\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, script], env=environment, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("[3, 4, 6, 7]\n[3, 4]\n", "")


def test_no_more_runs_are_submitted_at_once_than_the_limit(monkeypatch):
    monkeypatch.setattr(importlib.import_module("nn.sweep"), "IN_FLIGHT", 3)
    submitted, finished = [], []

    class Counting(ThreadPoolExecutor):
        def submit(self, *call):
            assert len(submitted) - len(finished) <= 3
            submitted.append(call)
            return super().submit(*call)

    def function(seed):
        finished.append(seed)
        return seed

    with Counting(2) as executor:
        assert sweep(function, {}, 50, executor, progress=False).results() == list(range(50))
    assert len(submitted) == 50


class Unpicklable(Exception):
    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


def failing(seed):
    if seed == 1:
        raise Unpicklable("one", "two")
    if seed == 2:
        raise SystemExit("enough")
    return seed


@pytest.mark.parametrize("executor", ["own", "thread"])
def test_runs_that_raise_are_kept_with_their_error_beside_those_that_succeed(executor):
    run = sweep if executor == "own" else serially
    pattern = r'^2 of 5 runs failed.*"seed": [12]}: (Unpick|System)'
    with pytest.warns(RuntimeWarning, match=pattern) as warned:
        made = run(failing, {}, 5, progress=False)
    assert warned[0].filename == __file__
    assert made.results() == [0, 3, 4]
    assert [(run.seed, run.error) for run in made.failed] == [
        (1, "Unpicklable: one and two"),
        (2, "SystemExit: enough"),
    ]
    assert 'raise Unpicklable("one", "two")' in made.failed[0].traceback
    assert repr(made) == "Sweep(5 runs, 2 failed)"
    assert (len(made), [run.seed for run in made]) == (5, [0, 1, 2, 3, 4])


@pytest.mark.parametrize("pool", [lambda: None, spawning_pool], ids=["own", "standard library"])
def test_a_killed_worker_loses_no_finished_run_and_the_next_sweep_runs_the_others(pool, tmp_path):
    path = tmp_path / "results"
    grid = {"folder": [str(tmp_path)]}
    with pytest.warns(RuntimeWarning, match="same path"):
        first = sweep(kill_once, grid, 150, pool(), path=path, progress=False)
    assert len(first) == 150
    assert len(first.results()) == lines(path) == 150 - len(first.failed)
    assert {run.seed for run in first.failed} >= {20, 149}
    assert all("Pool" in run.error or "Worker" in run.error for run in first.failed)
    marks = set(tmp_path.glob("*-*"))
    second = sweep(kill_once, grid, 150, pool(), path=path, progress=False)
    assert second.results() == list(range(150))
    made_again = {int(mark.name.split("-")[0]) for mark in set(tmp_path.glob("*-*")) - marks}
    assert made_again == {run.seed for run in first.failed}


def test_an_executor_that_takes_nothing_more_fails_the_runs_and_no_more():
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.warns(RuntimeWarning, match="3 of 3 .*cannot schedule new futures"):
        made = sweep(call, {"a": [1], "b": [1]}, 3, executor, progress=False)
    assert (len(made.failed), made.results(a=1)) == (3, [])


RESUMED = """
import sys, time
from pathlib import Path
from nn.sweep import sweep
from tests.nn.test_sweep import GRID, SEEDS, train

folder = sys.argv[1]
def marked(n_neurons, lr, seed):
    Path(folder, f"{n_neurons}-{lr}-{seed}-{time.monotonic_ns()}").touch()
    return train(n_neurons, lr, seed)

print(sweep(marked, GRID, SEEDS, path=sys.argv[2], progress=False))
"""


def test_a_killed_sweep_goes_on_with_what_was_not_finished(tmp_path):
    path, marks = tmp_path / "results", tmp_path / "marks"
    marks.mkdir()
    process = start(RESUMED, marks, path)
    wait_for_lines(path, 100, process)
    process.kill()
    time.sleep(0.2)  # its workers go on with what they have been sent, which no one hears of
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    stored = [json.loads(line) for line in path.read_text().splitlines()]
    assert 100 <= len(stored) < 200
    called = len(list(marks.iterdir()))

    resumed = start(RESUMED, marks, path)
    assert resumed.communicate(timeout=60)[0] == "Sweep(200 runs)\n"
    assert len(list(marks.iterdir())) == called + 200 - len(stored)
    for record in stored:
        n_neurons, lr = record["parameters"].values()
        assert len(list(marks.glob(f"{n_neurons}-{lr}-{record['seed']}-*"))) == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", pytest.fail)  # nothing is written, as nothing is run
        assert serially(pytest.fail, GRID, SEEDS, path=path) == trainings()


INTERRUPTED = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
from concurrent.futures import ThreadPoolExecutor
from nn.sweep import sweep

def slow(seed):
    time.sleep(0.02)
    return seed

executor = ThreadPoolExecutor(2) if sys.argv[1] == "threads" else None
made = sweep(slow, {}, 5000, executor, path=sys.argv[2], progress=False)
print(made, made.interrupted, made.failed, [run.seed for run in made])
"""


@pytest.mark.parametrize("executor", ["own", "threads"])
def test_ctrl_c_returns_what_has_ended_and_has_it_on_disk(executor, tmp_path):
    path = tmp_path / "results"
    process = start(INTERRUPTED, executor, path)
    wait_for_lines(path, 30, process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the workers get it as well
    out, err = process.communicate(timeout=10)
    # Loky's tracker of semaphores gets the signal as well, and on a busy machine may say so.
    said = [
        line for line in err.splitlines() if not re.search(r"resource_tracker|warnings\.warn", line)
    ]
    assert (process.returncode, said) == (0, [])
    # A set: if Ctrl-C hits the writing of a line, that is written twice.
    stored = sorted({json.loads(line)["seed"] for line in path.read_text().splitlines()})
    assert 30 <= len(stored) < 200
    assert out == f"Sweep({len(stored)} runs, interrupted) True [] {stored}\n"


def test_a_run_that_raises_ctrl_c_interrupts_the_sweep_as_it_does_a_training():
    called = []

    def interrupted(seed):
        called.append(seed)
        time.sleep(0.001)
        if seed == 3:
            raise KeyboardInterrupt
        return seed

    made = serially(interrupted, {}, 1000)
    assert made.interrupted
    assert made.results()[:3] == [0, 1, 2]
    assert 3 not in made.results()
    assert len(called) < 1000


def test_ctrl_c_keeps_what_ended_in_the_meantime_but_not_what_it_broke_itself(tmp_path):
    class Interrupting(Executor):
        def submit(self, call):
            future = Future()
            match call.args[-1].seed:
                case 2:
                    future.set_exception(KeyboardInterrupt())
                case 4:
                    raise KeyboardInterrupt
                case _:
                    future.set_result(call())
            return future

    path = tmp_path / "results"
    made = sweep(lambda seed: seed, {}, 9, Interrupting(), path=path, progress=False)
    assert made == Sweep([Run({}, seed, seed) for seed in (0, 1, 3)], interrupted=True)
    assert lines(path) == 3


def test_ctrl_c_while_a_result_is_written_neither_loses_nor_doubles_it(tmp_path, monkeypatch):
    def interrupt(descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupt)
    path = tmp_path / "results"
    made = serially(call, {"a": [1], "b": [2]}, [5], path=path)
    assert made == Sweep([Run({"a": 1, "b": 2}, 5, [1, 2, 5])], interrupted=True)
    assert lines(path) == 1


FLOATS = [0.1 + 0.2, -0.0, 5e-324, 1.7976931348623157e308, math.inf, -math.inf, math.nan]


def test_results_are_the_same_to_the_last_bit_whether_computed_or_read(tmp_path):
    def function(power, seed):
        return {"floats": FLOATS, "pair": (seed, None), 1: np.float32(0.1), "a": np.eye(2)}

    first = serially(function, {"power": [np.float64(0.1), 3]}, 2, path=tmp_path / "results")
    second = serially(pytest.fail, {"power": [3, 0.1]}, 2, path=tmp_path / "results")
    assert repr(first.results()) == repr(second.results())
    result = first.results()[0]
    assert list(map(float.hex, result["floats"])) == list(map(float.hex, FLOATS))
    assert {**result, "floats": 0} == {
        "floats": 0,
        "pair": [0, None],
        "1": 0.10000000149011612,
        "a": [[1.0, 0.0], [0.0, 1.0]],
    }


def test_every_result_is_on_the_disk_before_the_next(tmp_path, monkeypatch):
    path = tmp_path / "results"
    sizes = []
    monkeypatch.setattr("os.fsync", lambda descriptor: sizes.append(os.fstat(descriptor).st_size))
    serially(call, {"a": [1], "b": [2]}, 3, path=path)
    length = path.stat().st_size // 3
    assert sizes == [length, 2 * length, 3 * length]


def test_the_file_is_lines_of_json_and_holds_several_sweeps(tmp_path):
    path = tmp_path / "results"
    serially(call, {"a": [(1, 2)], "b": [{5: 1, 10: 2}]}, 1, path=path)
    assert path.read_text() == (
        '{"parameters": {"a": [1, 2], "b": {"5": 1, "10": 2}}, "seed": 0, '
        '"result": [[1, 2], {"5": 1, "10": 2}, 0]}\n'
    )
    other = serially(call, [{"b": "x", "a": 1}], 1, path=path)
    assert (len(other), lines(path)) == (1, 2)
    again = serially(pytest.fail, {"b": [{5: 1, 10: 2}], "a": [(1, 2)]}, 1, path=path)
    assert again.results() == [[[1, 2], {"5": 1, "10": 2}, 0]]


def test_failed_runs_are_not_written_and_run_again(tmp_path):
    path = tmp_path / "results"
    with pytest.warns(RuntimeWarning):
        serially(failing, {}, 5, path=path)
    assert lines(path) == 3
    assert serially(lambda seed: -seed, {}, 5, path=path).results() == [0, -1, -2, 3, 4]


def test_a_result_that_json_cannot_hold_fails_its_run_with_the_reason(tmp_path):
    with pytest.warns(RuntimeWarning, match="JSON can hold.*Got {1}"):
        made = serially(lambda seed: {seed} if seed else 0, {}, 2, path=tmp_path / "results")
    assert (made.results(), lines(tmp_path / "results")) == ([0], 1)


@pytest.mark.parametrize("kept", [1, 8, 40])
def test_a_last_line_that_was_cut_off_is_removed_and_its_run_made_again(kept, tmp_path):
    path = tmp_path / "results"
    whole = serially(call, {"a": [1], "b": [2]}, 5, path=path)
    content = path.read_bytes()
    *rest, last = content.splitlines(keepends=True)
    path.write_bytes(b"".join(rest) + last[:kept])
    assert serially(call, {"a": [1], "b": [2]}, 5, path=path) == whole
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "damage",
    [
        b'{"parameters": {"a": 1}, "seed"\n',
        b"\n",
        b"\xff\xfe\n",
        b'{"parameters": {"a": 1}, "seed": 0}\n',
        b"[1, 2]\n",
        b"[" * 100_000 + b"\n",
        HEAD + b'{}, "seed": 0, "result": ' + b"[" * 300 + b"]" * 300 + b"}\n",
        HEAD + b'{"a": ' * 1000 + b"\n",
        HEAD + b'[["a", 1]], "seed": 0, "result": 0}\n',
        HEAD + b'{}, "seed": [0], "result": 0}\n',
        HEAD + b'{}, "seed": 0, "result": 0, "result": 1}\n',
        b'{"epochs": 3}',
        b"Notes",
    ],
    ids=[
        "cut",
        "empty",
        "bytes",
        "no result",
        "list",
        "deep",
        "deep result",
        "deep grid",
        "parameters",
        "seed",
        "twice",
        "other JSON",
        "text",
    ],
)
def test_any_other_damage_is_named_by_its_line_and_left_as_it_is(damage, tmp_path):
    path = tmp_path / "results"
    serially(call, {"a": [1], "b": [2]}, 2, path=path)
    whole = path.read_bytes()
    content = whole + damage + (whole if damage.endswith(b"\n") else b"")
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"^line 3 of .*results is damaged"):
        serially(pytest.fail, {"a": [1], "b": [2]}, 2, path=path)
    assert path.read_bytes() == content


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes and devices")
def test_a_path_that_is_no_file_is_refused_without_reading_it(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(ValueError, match="is no file"):
            serially(pytest.fail, {}, 2, path=path)


def test_a_result_too_deep_to_be_read_again_fails_its_run(tmp_path):
    def nested(seed):
        result = []
        for _ in range((3, 300)[seed]):
            result = [result]
        return result

    with pytest.warns(RuntimeWarning, match="1 of 2 runs failed"):
        study = serially(nested, {}, 2, path=tmp_path / "results")
    assert study.results() == [[[[[]]]]]


def test_ctrl_c_while_the_file_is_read_returns_an_interrupted_sweep(tmp_path, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    path = tmp_path / "results"
    serially(lambda seed: seed, {}, 2, path=path)
    monkeypatch.setattr(importlib.import_module("nn.sweep"), "parsed", interrupt)
    study = serially(pytest.fail, {}, 3, path=path)
    assert (len(study), study.interrupted) == (0, True)


def test_a_disk_that_is_full_ends_the_sweep_and_leaves_a_file_to_go_on_with(tmp_path):
    path = tmp_path / "results"
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
    script = limit + INTERRUPTED.replace("5000", "1000").replace("0.02", "0.001")
    process = start(
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n" + script, "threads", path
    )
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "took only a part of a result: is the disk full?" in err
    assert path.stat().st_size == 2000
    assert serially(lambda seed: seed, {}, 100, path=path).results() == list(range(100))


@pytest.mark.parametrize(
    ("grid", "seeds", "error", "message"),
    [
        ({"lr": 0.1}, 1, TypeError, r"lr must be a list of values, but is 0.1: write \[0.1\]"),
        ({"loss": "hinge"}, 1, TypeError, r"loss must be .*: write \['hinge'\]"),
        ({"lr": []}, 1, ValueError, "lr must hold at least one value"),
        ({"seed": [1]}, 1, ValueError, "no parameter can be called seed"),
        ({"lr": [0.1, 0.2, 0.1]}, 2, ValueError, '{"lr": 0.1, "seed": 0} is there 2 times'),
        (
            [{"a": 1, "b": 2}, {"b": 2, "a": 1}],
            1,
            ValueError,
            '{"a": 1, "b": 2, "seed": 0} is there 2',
        ),
        ([], 1, TypeError, r"grid must map .*, but is \[\]"),
        (["lr"], 1, TypeError, "or be a list of mappings"),
        (0.1, 1, TypeError, "grid must map .*, but is 0.1"),
        ({}, 0, ValueError, "at least one seed, but is 0"),
        ({}, [], ValueError, r"at least one seed, but is \[\]"),
        ({}, [1, 2, 1], ValueError, '{"seed": 1} is there 2 times'),
        ({}, [0.5], TypeError, r"seeds must be whole numbers, or how many, but is \[0.5\]"),
        ({}, None, TypeError, "seeds must be whole numbers, or how many, but is None"),
    ],
)
def test_a_grid_or_seeds_that_make_no_runs_are_refused_at_once(grid, seeds, error, message):
    with pytest.raises(error, match=message):
        serially(pytest.fail, grid, seeds)


def test_parameters_that_json_cannot_hold_are_refused_only_with_a_path(tmp_path):
    grid = {"a": [hinge_loss, SGD, {1}, {(1, 2): 3}], "b": [0]}
    assert len(serially(call, grid, 1).results()) == 4
    with pytest.raises(ValueError, match=r"with a path, .*Got .*hinge_loss"):
        serially(pytest.fail, grid, 1, path=tmp_path / "results")
    assert not (tmp_path / "results").exists()


def test_an_executor_must_be_one():
    with pytest.raises(
        TypeError, match=r"executor must be one, like ThreadPoolExecutor\(4\), .* 4"
    ):
        sweep(call, {}, 1, 4)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"lr": 0.3}, r"^lr was swept over 0\.1, 0\.5, but got 0\.3$"),
        ({"lr": "0.1"}, r"swept over 0\.1, 0\.5, but got '0\.1'"),
        ({"hidden": [9]}, r"swept over \[8\], \[16, 16\], but got \[9\]"),
        ({"hidden": (8,)}, r"but got \(8,\)"),
        (
            {"lrs": 0.1},
            r"parameters are \['hidden', 'lr'\], but got \['lrs'\]; did you mean 'lr'",
        ),
        ({"seed": 1}, r"but got \['seed'\]: a run's seed is run\.seed"),
        (
            {"lr": 0.5, "hidden": [16, 16]},
            r"no run has {'hidden': \[16, 16\], 'lr': 0\.5} together",
        ),
    ],
)
def test_what_was_never_swept_is_refused_with_what_was(setting, message):
    grid = [{"lr": 0.1, "hidden": [8]}, {"lr": 0.1, "hidden": [16, 16]}, {"lr": 0.5, "hidden": [8]}]
    study = Sweep([Run(each, seed, seed) for each in grid for seed in (1, 2)])
    with pytest.raises(ValueError, match=message):
        study.results(**setting)
    assert study.results(lr=np.float64(0.1), hidden=[8]) == [1, 2]
    assert study.results(lr=0.1) == [1, 2, 1, 2]


def test_a_setting_whose_runs_all_failed_was_swept():
    study = Sweep([Run({"lr": 0.1}, 0, error="ValueError"), Run({"lr": 0.5}, 0, 1.0)])
    assert study.results(lr=0.1) == []


def test_a_sweep_that_was_interrupted_says_so_of_what_it_lacks():
    with pytest.raises(ValueError, match=r"but got 0\.5: the sweep was interrupted"):
        Sweep([Run({"lr": 0.1}, 0, 1.0)], interrupted=True).results(lr=0.5)
    assert Sweep([], interrupted=True).results(lr=0.5) == []


def test_results_are_chosen_by_any_of_the_parameters_and_unknown_ones_are_refused():
    made = serially(call, {"a": [1, [2]], "b": [3, 4]}, 2)
    assert made.results(a=[2], b=3) == [[[2], 3, 0], [[2], 3, 1]]
    assert made.results(b=4) == [[1, 4, 0], [1, 4, 1], [[2], 4, 0], [[2], 4, 1]]
    assert len(made.results()) == 8
    with pytest.raises(ValueError, match=r"parameters are \['a', 'b'\], but got \['c'\]"):
        made.results(c=1)
    assert Sweep([]).results(c=1) == []


def test_the_bar_counts_finished_runs_from_the_start_and_failures(tmp_path, capsys):
    path = tmp_path / "results"
    serially(lambda seed: seed, {}, [0, 3], path=path)
    assert capsys.readouterr() == ("", "")
    with pytest.warns(RuntimeWarning):
        serially(failing, {}, 5, path=path, progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "2/5" in shown.err.split("\r")[1]
    assert "5/5" in shown.err.split("\r")[-1]
    assert "failed=2" in shown.err.split("\r")[-1]


def test_a_sweep_runs_beside_the_main_thread():
    made = []
    thread = threading.Thread(
        target=lambda: made.append(sweep(call, {"a": [1], "b": [2]}, 4, progress=False))
    )
    thread.start()
    thread.join()
    assert made[0].results() == [[1, 2, seed] for seed in range(4)]
