"""Speed and memory of eager code, beside micrograd in the same run.

    pip install -e '.[bench]'
    python -m benchmarks.eager            5 minutes
    python -m benchmarks.eager --quick    10 seconds: it runs, and the results agree

Run it in the repository's top directory. How it measures:

- Each measurement runs in a process of its own, so that neither library's garbage burdens the other.
  A round has one for each side of each row, ours and micrograd's in turns first; a ratio is taken
  within a round. The table gives medians over the rounds, and the ratio's lowest and highest.
- Both sides start from the same numbers. The first call is the warm-up, and the value and every
  gradient that it returns must agree to 1e-9, or nothing is reported.
- The demo step is that of micrograd's notebook: moons, 2→16→16→1, 100 samples, made by scikit-learn. Two
  rows repeat it on lists of floats in a process without scikit-learn, where the collector has less to
  visit, of which micrograd, whose graphs are cycles, has the greater benefit.
- The garbage collector runs as a user has it, except where a row says otherwise; `gc.collect()` runs
  before each repetition. A process reports the median of its repetitions.
- Calls drop their graph before they return, so that freeing it is part of the time.
"""

from __future__ import annotations

import argparse
import gc
import math
import os
import platform
import tracemalloc
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

# A call returns what both sides must agree on: a value and gradients.
Call = Callable[[], list[float]]


class Row(NamedTuple):
    """One line of the table: how each side makes its call."""

    name: str
    ours: Callable[[], Call]
    peer: Callable[[], Call] | None
    n_nodes: int = 1  # times are divided by it
    collector: bool = True


# What is measured. `Value` is ours or micrograd's; each process imports only the one.


def our_value() -> Any:
    from autograd import Value

    return Value


def micrograd_value() -> Any:
    from micrograd.engine import Value  # type: ignore[import-not-found, unused-ignore]

    return Value


def readme_example(Value: Any) -> Call:
    """The example of micrograd's README, which gives 24.7041, 138.8338 and 645.5773."""

    def call() -> list[float]:
        a = Value(-4.0)
        b = Value(2.0)
        c = a + b
        d = a * b + b**3
        c += c + 1
        c += 1 + c + (-a)
        d += d * 2 + (b + a).relu()
        d += 3 * d + (b - a).relu()
        e = c - d
        f = e**2
        g = f / 2.0
        g += 10.0 / f
        g.backward()
        return [g.data, a.grad, b.grad]

    return call


LEARNING_RATE = 0.1
L2 = 1e-4


def moons() -> tuple[list[list[float]], list[int]]:
    """Two interleaved half circles of 50 points each, with noise; classes -1 and +1."""
    random = Random(0)
    X, y = [], []
    for index in range(50):
        t = math.pi * index / 49
        for center_x, center_y, sign in ((0.0, 0.0, 1), (1.0, 0.5, -1)):
            X.append(
                [
                    center_x + sign * math.cos(t) + random.gauss(0.0, 0.1),
                    center_y + sign * math.sin(t) + random.gauss(0.0, 0.1),
                ]
            )
            y.append(-sign)
    return X, y


def notebook_moons() -> tuple[Any, Any]:
    """The data of micrograd's demo, made as its notebook makes it: arrays of NumPy's scalars.

    With it come the modules that the notebook imports, which the garbage collector visits too.
    """
    from sklearn.datasets import make_moons

    X, y = make_moons(n_samples=100, noise=0.1, random_state=1337)
    return X, 2 * y - 1


def start_alike(parameters: Iterable[Any]) -> None:
    """Set the parameters of a 2→16→16→1 network, which both libraries give in the same order."""
    random = Random(0)
    for parameter in parameters:
        parameter.data = random.uniform(-0.5, 0.5)


def micrograd_step(Value: Any, data: Callable[[], tuple[Any, Any]] = moons) -> Call:
    """The training step of micrograd's demo, with the source of its nn module over a given Value."""
    spec = find_spec("micrograd.nn")
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text(encoding="utf-8")
    own_import = "from micrograd.engine import Value\n"
    assert own_import in source
    namespace = {"__name__": "micrograd.nn", "Value": Value}
    exec(source.replace(own_import, ""), namespace)
    model = namespace["MLP"](2, [16, 16, 1])
    start_alike(model.parameters())
    X, y = data()

    def call() -> list[float]:
        inputs = [list(map(Value, row)) for row in X]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(y, scores, strict=True)]
        data_loss = sum(losses) * (1.0 / len(losses))
        reg_loss = L2 * sum(p * p for p in model.parameters())
        total_loss = data_loss + reg_loss
        accuracy = [(yi > 0) == (scorei.data > 0) for yi, scorei in zip(y, scores, strict=True)]
        model.zero_grad()
        total_loss.backward()
        for p in model.parameters():
            p.data -= LEARNING_RATE * p.grad
        gradients = [p.grad for p in model.parameters()]
        return [total_loss.data, sum(accuracy) / len(accuracy), *gradients]

    return call


def nn_step(data: Callable[[], tuple[Any, Any]] = moons) -> Call:
    """The same step, of the same network on the same samples, built with our nn."""
    import autograd
    import nn

    model = nn.MLP(2, [16, 16, 1])
    parameters = model.parameters()
    start_alike(parameters)
    optimizer = nn.SGD(parameters, lr=LEARNING_RATE)
    X, y = data()

    def call() -> list[float]:
        scores = [model(row) for row in X]
        losses = [nn.hinge_loss(score, yi) for score, yi in zip(scores, y, strict=True)]
        # Over the biases too, as in the demo.
        penalty = L2 * autograd.dot(parameters, parameters)
        loss = autograd.mean(losses) + penalty
        accuracy = [(yi > 0) == (score.data > 0) for score, yi in zip(scores, y, strict=True)]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        gradients = [parameter.grad for parameter in parameters]
        return [loss.data, sum(accuracy) / len(accuracy), *gradients]

    return call


def wide_graph(Value: Any, n_nodes: int) -> tuple[Any, list[Any]]:
    """The tree-like sum of relu(w·x + b) over many x, and [w, b]: about n_nodes, and never deep.

    Its depth is the logarithm of its size, because micrograd's backward() is recursive.
    """
    w, b = Value(0.5), Value(0.25)
    terms = [(w * Value(math.sin(index)) + b).relu() for index in range(n_nodes // 5)]
    while len(terms) > 1:
        odd = terms[-1:] if len(terms) % 2 else []
        terms = [left + right for left, right in zip(terms[::2], terms[1::2])] + odd
    return terms[0], [w, b]


def graph_of(Value: Any, n_nodes: int) -> Call:
    """Build that graph, run backward(), free it."""

    def call() -> list[float]:
        root, leaves = wide_graph(Value, n_nodes)
        root.backward()
        return [root.data, *(leaf.grad for leaf in leaves)]

    return call


STEPS = [
    Row(
        "README example",
        lambda: readme_example(our_value()),
        lambda: readme_example(micrograd_value()),
    ),
    Row(
        "micrograd's demo step over each Value",
        lambda: micrograd_step(our_value(), notebook_moons),
        lambda: micrograd_step(micrograd_value(), notebook_moons),
    ),
    Row(
        "our nn's step beside it",
        lambda: nn_step(notebook_moons),
        lambda: micrograd_step(micrograd_value(), notebook_moons),
    ),
    Row(
        "data in lists, no scikit-learn: over each Value",
        lambda: micrograd_step(our_value()),
        lambda: micrograd_step(micrograd_value()),
    ),
    Row(
        "data in lists, no scikit-learn: our nn's step",
        nn_step,
        lambda: micrograd_step(micrograd_value()),
    ),
]


def graph_rows(sizes: Iterable[int]) -> list[Row]:
    """Rows of the cost per node, with the collector off and on.

    micrograd's graphs are cyclic: without the collector they are never freed, so it has no such row;
    nor one of a million nodes, of which it makes 20 s.
    """

    def row(size: int, collector: bool) -> Row:
        return Row(
            f"{size:,} nodes, collector {'on' if collector else 'off'}",
            lambda: graph_of(our_value(), size),
            (lambda: graph_of(micrograd_value(), size)) if collector and size < 10**6 else None,
            size,
            collector,
        )

    return [row(size, collector) for collector in (False, True) for size in sizes]


# How it is measured: these functions run in a fresh process.


def seconds(prepare: Callable[[], Call], collector: bool, quick: bool) -> tuple[float, list[float]]:
    """The median time of a call, and the first call's result."""
    if not collector:
        gc.disable()
    call = prepare()
    start = perf_counter()
    result = call()
    warm_up = perf_counter() - start
    # A repetition lasts about 20 ms or more; there are as many as fit into a second, at least one.
    n_calls = 1 if quick else max(1, round(0.02 / warm_up))
    repetitions: list[float] = []
    begin = perf_counter()
    while not repetitions or (not quick and perf_counter() - begin < 1.0):
        gc.collect()
        start = perf_counter()
        for _ in range(n_calls):
            call()
        repetitions.append((perf_counter() - start) / n_calls)
    return median(repetitions), result


def memory(value: Callable[[], Any], n_nodes: int) -> tuple[float, float]:
    """Bytes per node of a graph: when built, and after backward()."""
    Value = value()
    wide_graph(Value, 1000)[0].backward()
    gc.collect()
    tracemalloc.start()
    root, _ = wide_graph(Value, n_nodes)
    gc.collect()
    built, _ = tracemalloc.get_traced_memory()
    root.backward()
    gc.collect()
    after_backward, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return built / n_nodes, after_backward / n_nodes


def measure(row_name: str, side: str, sizes: list[int], quick: bool) -> tuple[float, list[float]]:
    """One side of one row, per node."""
    row = next(row for row in STEPS + graph_rows(sizes) if row.name == row_name)
    duration, result = seconds(getattr(row, side), row.collector, quick)
    return duration / row.n_nodes, result


def in_fresh_process(function: Callable[..., Any], *arguments: Any) -> Any:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


# What is reported.


def require_agreement(row: str, ours: list[float], peers: list[float]) -> None:
    """Both sides computed the same numbers; SystemExit, with the first difference, if not."""
    for index, (our, peer) in enumerate(zip(ours, peers, strict=True)):
        if not math.isclose(our, peer, rel_tol=1e-9, abs_tol=1e-9):
            raise SystemExit(f"{row}: result {index} is {our!r}, but micrograd's {peer!r}")


def time_rows(rows: list[Row], sizes: list[int], n_rounds: int, quick: bool) -> dict[Any, Any]:
    """The time of each (row's name, side), one number per round."""
    times: dict[tuple[str, str], list[float]] = {}
    for round_number in range(n_rounds):
        for row in rows:
            sides = ["ours", "peer"] if row.peer else ["ours"]
            results = {}
            for side in sides if round_number % 2 == 0 else reversed(sides):
                duration, results[side] = in_fresh_process(measure, row.name, side, sizes, quick)
                times.setdefault((row.name, side), []).append(duration)
            if row.peer:
                require_agreement(row.name, results["ours"], results["peer"])
    return times


def ratios(numerators: list[float], denominators: list[float]) -> str:
    """The median of the ratios of two series, with its lowest and highest."""
    each = [a / b for a, b in zip(numerators, denominators, strict=True)]
    return f"{median(each):6.2f}  ({min(each):.2f} to {max(each):.2f})"


def format_time(times: list[float] | None) -> str:
    """The median of some durations, in a readable unit."""
    if times is None:
        return "–"
    duration = median(times)
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if duration >= size:
            return f"{duration / size:.3g} {unit}"
    return f"{duration / 1e-9:.3g} ns"


def line(name: str, ours: str, peer: str, ratio: str) -> str:
    return f"{name:<53}{ours:>10}{peer:>12}   {ratio}".rstrip()


def machine() -> str:
    """The interpreter and the processor."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        models = [text for text in cpuinfo.read_text().splitlines() if "model name" in text]
        processor = models[0].partition(":")[2].strip() if models else processor
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{python}, {platform.system()}, {processor}, {os.cpu_count()} cores"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.eager", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--quick", action="store_true", help="one short round of small graphs")
    parser.add_argument("--rounds", type=int, help="how many rounds (default: 5)")
    arguments = parser.parse_args()
    quick: bool = arguments.quick
    n_rounds = arguments.rounds or (1 if quick else 5)
    sizes = [1_000, 10_000] if quick else [1_000, 10_000, 100_000, 1_000_000]
    if find_spec("micrograd") is None:
        raise SystemExit("micrograd is not installed: pip install -e '.[bench]'")

    graphs = graph_rows(sizes)
    times = time_rows(STEPS + graphs, sizes, n_rounds, quick)
    n_nodes = 10_000 if quick else 100_000
    our_bytes = in_fresh_process(memory, our_value, n_nodes)
    peer_bytes = in_fresh_process(memory, micrograd_value, n_nodes)

    print(f"Eager code beside micrograd {version('micrograd')}. {machine()}")
    print(f"Medians of {n_rounds} rounds, each measurement in a fresh process.\n")

    def print_times(rows: list[Row]) -> None:
        for row in rows:
            ours, peer = times[row.name, "ours"], times.get((row.name, "peer"))
            ratio = ratios(peer, ours) if peer else ""
            print(line(row.name, format_time(ours), format_time(peer), ratio))

    header = ("ours", "micrograd", " times as fast (lowest to highest)")
    print(line("A call: forward, backward, update, free", *header))
    print_times(STEPS)
    print()
    print(line("A node: build, backward, free; in a wide graph of", *header))
    print_times(graphs)
    for collector in (False, True):
        first, *_, last = (row for row in graphs if row.collector is collector)
        name = f"  growth from {first.n_nodes:,} to {last.name.replace(' nodes', '')}"
        growth = ratios(times[last.name, "ours"], times[first.name, "ours"])
        print(line(name, "", "", growth))
    print()
    print(line("Bytes of a node; in the same graph", *header[:2], " part of micrograd's"))
    for name, ours, peer in zip(("built", "after backward"), our_bytes, peer_bytes, strict=True):
        print(line(name, f"{ours:.0f} B", f"{peer:.0f} B", f"{ours / peer:6.0%}"))


if __name__ == "__main__":
    main()
