"""How it is measured: what runs in a fresh process, and what it reports.

- Each measurement runs in a process of its own, so that no library's garbage burdens another, and with
  empty caches of compiled code. It has one thread; on Linux it is kept on one core as well, which is
  the way to hold JAX to one thread, and with which JAX's small steps are fastest.
- The first step is checked: the value, every gradient and every updated parameter must agree with the
  reference to 1e-9, or no time is reported.
- The time to compile is that from the function to the first step's result, less a later step's. What a
  library imports only then is part of it.
- Then the step is repeated, with the garbage collector as a user has it and `gc.collect()` before each
  repetition. A process reports the median of its repetitions, and how much of the core it had: where
  other programs took more than a tenth, the report says so.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any, NamedTuple

from benchmarks import sides
from benchmarks.sides import LEARNING_RATE, Outcome, Step, Unsuitable
from benchmarks.workloads import (
    EXAMPLE_RESULTS,
    GROWING,
    README,
    Problem,
    load,
    random_problem,
)

# Set before the processes that measure start: libraries read it when they are imported.
ENVIRONMENT = {
    **dict.fromkeys(
        (
            "OMP_NUM_THREADS",
            "OPENBLAS_NUM_THREADS",
            "MKL_NUM_THREADS",
            "VECLIB_MAXIMUM_THREADS",
            "NUMBA_NUM_THREADS",
            "TORCHINDUCTOR_COMPILE_THREADS",
            "NPROC",  # JAX's
        ),
        "1",
    ),
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
    "JAX_ENABLE_X64": "1",
}

SLOWEST = 20.0  # seconds: a side whose step takes longer is left out

TOLERANCE = 1e-9  # relative
# Relative to the largest entry of a vector, for entries that are sums which all but cancel.
FLOOR = 1e-12


class Measurement(NamedTuple):
    """What a process reports: seconds, and bytes.

    Attributes:
        step: the time of a step; None if there is none, for the reason given.
        compilation: from the function to the first step's result, less a step.
        peak: the largest size of the process up to the first step's result; None where no system tells.
        share: the processor's time by the time that passed, while the step was repeated.
    """

    step: float | None
    compilation: float | None = None
    peak: float | None = None
    share: float = 1.0
    reason: str = ""


@contextmanager
def empty_caches() -> Iterator[None]:
    """Let processes that start in this block keep compiled code in directories that are empty."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        for variable in ("NUMBA_CACHE_DIR", "TORCHINDUCTOR_CACHE_DIR"):
            os.environ[variable] = str(Path(directory, variable.lower()))
        yield


def difference(outcome: Outcome, reference: Outcome) -> str:
    """What of an outcome differs from the reference, or ""."""
    import numpy as np

    for field in Outcome._fields:
        expected = getattr(reference, field)
        if expected is None:
            continue
        found, expected = np.atleast_1d(getattr(outcome, field)), np.atleast_1d(expected)
        if found.shape != expected.shape:
            return f"{field}: {found.shape} in place of {expected.shape}"
        allowed = TOLERANCE * np.abs(expected) + FLOOR * np.abs(expected).max()
        wrong = np.flatnonzero(~(np.abs(found - expected) <= allowed))
        if wrong.size:
            i = wrong[0]
            where = f" {i}" if found.size > 1 else ""
            return f"{field}{where} is {float(found[i])!r}, not {float(expected[i])!r}"
    return ""


def seconds(call: Callable[[], Any], quick: bool) -> tuple[float, float]:
    """The median time of a call, and the share of the processor that it had."""
    processor, begin = process_time(), perf_counter()

    def repetition(n_calls: int) -> float:
        start = perf_counter()
        for _ in range(n_calls):
            call()
        return (perf_counter() - start) / n_calls

    once = repetition(1)
    # Caches and allocators settle.
    while perf_counter() - begin < 0.2:
        once = min(once, repetition(1))
    # A repetition lasts 50 ms or more: `gc.collect()` leaves the processor's caches cold. There are as
    # many as fit into a second, at least one; a call that takes longer was repeated already.
    n_calls = max(1, round(0.05 / once))
    repetitions = [once] if once > 1.0 else []
    while not repetitions or perf_counter() - begin < (0.3 if quick else 1.2):
        gc.collect()
        repetitions.append(repetition(n_calls))
    return median(repetitions), (process_time() - processor) / (perf_counter() - begin)


def keep_on_one_core() -> None:
    """Keep this process on one core, where the system can: the last, which interrupts seldom use."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def peak_size() -> float | None:
    """The largest size that this process has had, in bytes."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)


def machine_code() -> int:
    """For how many signatures numba has machine code in this process."""
    from numba.core.dispatcher import Dispatcher

    # by type(): what an object itself says of its class may be code, which warns or fails
    dispatchers = [thing for thing in gc.get_objects() if issubclass(type(thing), Dispatcher)]
    return sum(len(dispatcher.signatures) for dispatcher in dispatchers)


def measure_step(
    make: Callable[[], Step], reference: Outcome, quick: bool, jit: bool
) -> Measurement:
    """Compile, check and time a step."""
    try:
        step = make()
    except (Unsuitable, ImportError) as error:
        return Measurement(None, reason=_first_line(error))
    before = machine_code() if jit else 0
    try:
        start = perf_counter()
        call = step.compile()
        result = call()
        first = perf_counter() - start
        peak = peak_size()
        if wrong := difference(step.outcome(result), reference):
            return Measurement(None, reason=f"WRONG RESULT: {wrong}")
    except Exception as error:  # a compiler's may be of any kind; the other cells count still
        return Measurement(None, reason=f"{type(error).__name__}: {_first_line(error)}")
    if jit and machine_code() <= before:  # less, if earlier functions have been freed meanwhile
        return Measurement(None, reason="numba has compiled nothing")
    duration, share = seconds(call, quick)
    if duration > SLOWEST:
        return Measurement(None, reason=f"a step takes {duration:.0f} s")
    return Measurement(duration, max(0.0, first - duration), peak, share)


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _after_a_step(problem: Problem) -> Outcome:
    parameters = problem.start - LEARNING_RATE * problem.gradient
    return Outcome(problem.value, problem.gradient, parameters)


def measure(workload: str, side: str, directory: Path, quick: bool) -> Measurement:
    """One cell of the table."""
    keep_on_one_core()
    if workload == README:
        value, *gradient = EXAMPLE_RESULTS
        make: Callable[[], Step] = sides.SIDES[side].example
        return measure_step(make, Outcome(value, gradient), quick, side == sides.JIT)
    problem = load(workload, directory)
    network = sides.loops_network if side == sides.LOOPS else sides.SIDES[side].network
    return measure_step(lambda: network(problem), _after_a_step(problem), quick, side == sides.JIT)


def measure_growth(size: int, quick: bool) -> Measurement:
    """Our compiled step of a network of about so many parameters."""
    keep_on_one_core()
    problem = random_problem(GROWING[size])
    network = sides.SIDES[sides.COMPILED].network
    return measure_step(lambda: network(problem), _after_a_step(problem), quick, jit=False)
