"""Sweeps: one function called for every combination of parameters and every seed, in parallel."""

from __future__ import annotations

import json
import operator
import os
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice, product
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from autograd.conversion import brief, did_you_mean
from nn.facts import parsed, require
from nn.progress import progress_bar

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

# How many runs an executor holds at once: enough for a cluster, few enough to be cancelled quickly.
IN_FLIGHT = 4096
# How a line of the file begins: one that was cut off begins so too, a file of another kind does not.
HEAD = b'{"parameters": '
# What a line of it tells.
RECORD = {"parameters": {str: object}, "seed": int, "result": object}
# What tells the libraries behind NumPy how many threads to use.
BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


@dataclass(frozen=True)
class Run:
    """One call of a sweep's function.

    Attributes:
        parameters, seed: what it was called with.
        result: what it returned; None if it failed.
        error: what it raised, or why it could not run; None if it succeeded.
        traceback: where it raised that.

    >>> Run({"lr": 0.1}, seed=3, result=0.97)
    Run(parameters={'lr': 0.1}, seed=3, result=0.97, error=None)
    """

    parameters: dict[str, Any]
    seed: int
    result: Any = None
    error: str | None = None
    traceback: str = field(default="", repr=False, compare=False)


@dataclass(repr=False)
class Sweep:
    """The runs of a sweep, in the order of the grid and, for each combination, of the seeds.

    Attributes:
        runs: a `Run` for each call, successful or not; iteration and `len` go over them.
        interrupted: whether Ctrl-C ended the sweep early; `runs` then lacks what had not ended.

    >>> study = Sweep([Run({"lr": lr}, seed, lr * seed) for lr in (0.5, 2.0) for seed in (1, 2)])
    >>> study
    Sweep(4 runs)
    >>> study.results(lr=2.0)
    [2.0, 4.0]
    """

    runs: list[Run]
    interrupted: bool = False

    @property
    def failed(self) -> list[Run]:
        """The runs that failed."""
        return [run for run in self.runs if run.error is not None]

    def results(self, /, **parameters: Any) -> list[Any]:
        """The results of the successful runs with these values of parameters, in the order of seeds.

        Parameters that are left out may have any value. Raises ValueError for a name, a value, or a
        combination of values that no run has.
        """
        runs = self.runs
        parameters = {
            name: value.tolist() if hasattr(value, "tolist") else value
            for name, value in parameters.items()
        }
        for name, value in parameters.items():
            swept = [run.parameters[name] for run in runs if name in run.parameters]
            known = sorted({name for run in runs for name in run.parameters})
            if runs and not swept:
                advice = (
                    ": a run's seed is run.seed" if name == "seed" else did_you_mean(name, known)
                )
                raise ValueError(f"the parameters are {known}, but got {[name]}{advice}")
            if runs and value not in swept:
                distinct = [x for i, x in enumerate(swept) if x not in swept[:i]]
                raise ValueError(
                    f"{name} was swept over {', '.join(map(brief, distinct))}, but got {brief(value)}"
                    + (": the sweep was interrupted" if self.interrupted else "")
                )
        wanted = parameters.items()
        found = [run for run in runs if wanted <= run.parameters.items()]
        if runs and not found:
            raise ValueError(
                f"no run has {brief(parameters)} together: the first runs have "
                f"{', '.join(brief(run.parameters) for run in runs[:3])}"
            )
        return [run.result for run in found if run.error is None]

    def __iter__(self) -> Iterator[Run]:
        return iter(self.runs)

    def __len__(self) -> int:
        return len(self.runs)

    def __repr__(self) -> str:
        failed = f", {len(self.failed)} failed" if self.failed else ""
        return f"Sweep({len(self)} runs{failed}{', interrupted' if self.interrupted else ''})"


def sweep(
    function: Callable[..., Any],
    grid: Mapping[str, Iterable[Any]] | Iterable[Mapping[str, Any]],
    seeds: int | Iterable[int],
    executor: Executor | None = None,
    *,
    path: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> Sweep:
    """Call `function(**parameters, seed=seed)` for each combination of parameters and each seed.

    Args:
        function: what to study. If all that is random in it comes from its seed, the results are the
            same whatever the executor and the order in which runs end.
        grid: a mapping from each parameter's name to its values, for all their combinations, the last
            parameter varying fastest; or a list of mappings, the combinations themselves.
        seeds: whole numbers; n stands for range(n).
        executor: where the runs happen, any `concurrent.futures.Executor`; it is not shut down.
            `ThreadPoolExecutor(1)` makes one run after another, in this process; a Dask client has
            `client.get_executor()` (`pip install 'glassgrad[cluster]'`). By default one process per
            core, for as long as the sweep lasts; functions from a notebook's cells reach them too.
            In each of those, NumPy multiplies matrices in one thread, unless OPENBLAS_NUM_THREADS or
            the like is set, so that compiled trainings keep out of each other's way.
        path: a file that each result is written to as it comes, as a line of JSON. What it holds is
            not run again, so that a sweep that ended or was killed goes on where it was. Lines of
            other sweeps stay. It knows parameters and seeds, not the function: take another path
            when that has changed.
        progress: whether to show a progress bar, on stderr.

    With a path, parameters and results must be what JSON can hold, or NumPy's numbers and arrays.
    Results are then what the file would give: arrays and tuples become lists, and keys of mappings
    strings; floats are exact.

    A run that raises is kept with its error, as is one whose process or cluster was lost. The others
    go on, and a RuntimeWarning at the end says how many failed, and why the first did. Ctrl-C cancels
    what has not begun and returns what has ended, `interrupted` true; what an executor of yours is at
    then is lost. Raises TypeError or ValueError for a grid or seeds that make no runs, and ValueError,
    with the line, for a damaged file; a last line cut off by a crash is removed.

    >>> def train(n_neurons, lr, seed):
    ...     return n_neurons * lr + seed
    >>> study = sweep(train, {"n_neurons": [2, 4], "lr": [0.5, 1.0]}, seeds=3, progress=False)
    >>> study.results(n_neurons=4, lr=0.5)
    [2.0, 3.0, 4.0]
    """
    if executor is not None and not hasattr(executor, "submit"):
        raise TypeError(f"executor must be one, like ThreadPoolExecutor(4), but is {executor!r}")
    plan = _plan(grid, seeds)
    runs: dict[int, Run] = {}
    failed: list[Run] = []
    interrupted = False
    try:
        with ExitStack() as stack:
            if path is not None:
                runs = _finished(plan, path)
            calls = [
                (i, partial(_call, function, run, as_json=path is not None))
                for i, run in enumerate(plan)
                if i not in runs
            ]
            # Unbuffered, so that Ctrl-C comes before a line or after it.
            file = None if path is None else stack.enter_context(open(path, "ab", buffering=0))
            bar = progress_bar(len(plan), initial=len(runs), unit="run", show=progress)
            stack.enter_context(bar)
            if ours := executor is None:
                # Loky's workers are no forks, which threads could harm; they do not import the main
                # script, and they get its functions, or a notebook's, by value. Left alone by a main
                # process that was killed, they end after a while.
                from loky import ProcessPoolExecutor

                # Each has a core: threads of BLAS in all of them would wait for each other.
                one = {name: os.environ.get(name, "1") for name in BLAS_THREADS}
                executor = pool = ProcessPoolExecutor(timeout=30, env=one)
                stack.push(lambda kind, *_: pool.shutdown(kill_workers=kind is not None))

            def keep(i: int, future: Future[Any]) -> None:
                if i in runs:  # Ctrl-C came at the end of this
                    return
                run = replace(plan[i], **_outcome(future))
                if run.error is not None:
                    failed.append(run)
                    bar.set_postfix(failed=len(failed), refresh=False)
                elif file is not None:
                    _append(file, run)
                    run = replace(run, result=json.loads(run.result))
                runs[i] = run
                bar.update()
                if file is not None:
                    os.fsync(file.fileno())

            # Our own pool is killed instead: loky trips over futures that were cancelled before.
            _execute(executor, calls, keep, cancel=not ours)
    except KeyboardInterrupt:
        interrupted = True
    if failed:
        warnings.warn(
            f"{len(failed)} of {len(plan)} runs failed, which `failed` lists. The first to do so, "
            f"{_key(failed[0])}: {failed[0].error}",
            RuntimeWarning,
            stacklevel=2,
        )
    return Sweep([runs[i] for i in sorted(runs)], interrupted)


def _execute(
    executor: Any, calls: list[Any], keep: Callable[[int, Future[Any]], None], *, cancel: bool
) -> None:
    """Submit the calls, a limited number at a time, and keep the future of each when it is done."""
    from concurrent.futures import Future

    todo = iter(calls)
    pending: dict[Future[Any], int] = {}
    done: SimpleQueue[Future[Any]] = SimpleQueue()
    try:
        while True:
            for i, call in islice(todo, IN_FLIGHT - len(pending)):
                try:
                    # Without arguments: Dask would take some names (key, retries) for its own.
                    future = executor.submit(call)
                except Exception as error:
                    future = Future()  # an executor that broke refuses: so ends this run
                    future.set_exception(error)
                pending[future] = i
                future.add_done_callback(done.put)
            if not pending:
                return
            with suppress(Empty):
                future = done.get(timeout=1.0)  # on Windows, Ctrl-C ends no wait without a timeout
                keep(pending[future], future)
                del pending[future]
    except BaseException as error:
        for future in pending if cancel else ():
            future.cancel()
        if isinstance(error, KeyboardInterrupt):
            # It may have reached the workers too: how they failed of it is no outcome of a run.
            for future, i in pending.items():
                if future.done() and not future.cancelled() and future.exception() is None:
                    keep(i, future)
        raise


def _call(function: Callable[..., Any], run: Run, as_json: bool) -> dict[str, Any]:
    # In the worker. An exception travels as text: one that cannot be unpickled would break the pool.
    try:
        result = function(**run.parameters, seed=run.seed)
        return {"result": _to_json(result) if as_json else result}
    except (Exception, SystemExit) as error:
        return _failure(error)


def _outcome(future: Future[Any]) -> dict[str, Any]:
    from concurrent.futures import BrokenExecutor

    try:
        outcome: dict[str, Any] = future.result()
    except Exception as error:
        outcome = _failure(error)
        if isinstance(error, BrokenExecutor):
            outcome["error"] += (
                " (A worker crashed, or was killed for want of memory. Sweep again with the same "
                "path: only what its file lacks is run.)"
            )
    return outcome


def _failure(error: BaseException) -> dict[str, Any]:
    trace = "".join(traceback.format_exception(error))
    return {"error": f"{type(error).__name__}: {error}", "traceback": trace}


def _plan(grid: Any, seeds: Any) -> list[Run]:
    """The runs to be made, without their results."""
    if isinstance(grid, Mapping):
        choices = product(*(_values(name, grid[name]) for name in grid))
        grid = [dict(zip(grid, chosen)) for chosen in choices]
    combinations = list(grid) if isinstance(grid, Iterable) else []
    if not combinations or not all(isinstance(each, Mapping) for each in combinations):
        raise TypeError(
            "grid must map names of parameters to lists of values, or be a list of mappings from "
            f"names to values, but is {grid!r}"
        )
    if any("seed" in parameters for parameters in combinations):
        raise ValueError("no parameter can be called seed: so the function gets each of `seeds`")
    try:
        numbers = [operator.index(n) for n in (range(seeds) if isinstance(seeds, int) else seeds)]
    except TypeError:
        raise TypeError(f"seeds must be whole numbers, or how many, but is {seeds!r}") from None
    runs = [Run(dict(parameters), seed) for parameters in combinations for seed in numbers]
    if not runs:
        raise ValueError(f"seeds must hold at least one seed, but is {seeds!r}")
    run, times = Counter(map(_key, runs)).most_common(1)[0]
    if times > 1:
        raise ValueError(f"every run is made once, but {run} is there {times} times")
    return runs


def _values(name: str, values: Any) -> list[Any]:
    if hasattr(values, "tolist"):  # the function, and JSON, get Python's numbers
        values = values.tolist()
    if not isinstance(values, Iterable) or isinstance(values, str | bytes):
        raise TypeError(f"{name} must be a list of values, but is {values!r}: write [{values!r}]")
    if not (values := list(values)):
        raise ValueError(f"{name} must hold at least one value, but is empty")
    return values


def _finished(plan: list[Run], path: str | os.PathLike[str]) -> dict[int, Run]:
    """The runs of the plan whose results a file holds; the file is made ready for more."""
    for run in plan:
        _to_json(run.parameters)
    if os.path.exists(path) and not os.path.isfile(path):
        raise ValueError(f"{os.fspath(path)} is no file, but a folder, a pipe or a device")
    results, end = {}, 0
    with open(path, "a+b") as file:
        file.seek(0)
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n") and HEAD.startswith(line[: len(HEAD)]):
                file.truncate(end)
                break
            try:
                record = parsed(line)
                require(record, RECORD, "it")
                results[_key(Run(record["parameters"], record["seed"]))] = record["result"]
            except ValueError as error:
                raise ValueError(
                    f"line {number} of {os.fspath(path)} is damaged, or no sweep wrote it: mend it, "
                    f"delete it or take another path ({error})"
                ) from error
            end += len(line)
    known = ((i, run, _key(run)) for i, run in enumerate(plan))
    return {i: replace(run, result=results[key]) for i, run, key in known if key in results}


def _append(file: Any, run: Run) -> None:
    line = b'%s%s, "seed": %d, "result": %s}\n'
    line %= HEAD, _to_json(run.parameters).encode(), run.seed, run.result.encode()
    if file.write(line) != len(line):
        raise OSError(f"{file.name} took only a part of a result: is the disk full?")


def _key(run: Run) -> str:
    def plain(thing: Any) -> Any:  # what JSON cannot hold is told apart by its identity
        return thing.tolist() if hasattr(thing, "tolist") else f"{type(thing).__name__} {id(thing)}"

    arguments = sorted({**run.parameters, "seed": run.seed}.items())
    return json.dumps(dict(arguments), default=plain, skipkeys=True)


def _to_json(content: Any) -> str:
    try:
        text = json.dumps(content, default=operator.methodcaller("tolist"))
        parsed(text)
        return text
    except (AttributeError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(
            f"with a path, parameters and results must be what JSON can hold: numbers, strings, "
            f"booleans, None, lists and mappings. Got {content!r}"
        ) from error
