"""Laws of substitution: one context reads other numbers, and nobody else ever does."""

import asyncio
import copy
import pickle
import random
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import autograd
from autograd import Value, detect_anomaly
from autograd.substitution import stand_in, substituted
from autograd.value import Draw, drawn
from nn import MLP, Dropout, Layer, Sequential, squared_error


def test_within_the_block_a_leaf_has_other_data_and_after_it_its_own():
    w = Value(3.0, "w")
    with substituted({w: -1.0}):
        assert (w.data, repr(w), (w * 2.0).data, w > 0.0) == (-1.0, "Value(-1.0, 'w')", -2.0, False)
        with substituted({w: 5.0}):
            assert w.data == 5.0
        assert w.data == -1.0
    assert (w.data, type(w), w.label) == (3.0, Value, "w")


def test_what_the_block_writes_is_its_own_and_what_others_write_stays():
    w, v = Value(3.0), Value(4.0)
    with substituted({w: -1.0}):
        w.data, v.data = 7.0, 8.0
        assert (w.data, v.data) == (7.0, 8.0)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(lambda: w.data).result() == 3.0
            pool.submit(setattr, w, "data", 9.0).result()
        assert w.data == 7.0
    assert (w.data, v.data) == (9.0, 8.0)


def test_a_subclass_keeps_its_class():
    class Weight(Value):
        pass

    w = Weight(3.0)
    w.note = "mine"
    with substituted({w: -1.0}):
        assert (w.data, w.note, isinstance(w, Weight), type(w).__name__) == (
            -1.0,
            "mine",
            True,
            "Weight",
        )
    assert (type(w), w.data) == (Weight, 3.0)


def test_meanwhile_others_copy_pickle_differentiate_and_compare_as_always():
    w = Value(3.0, "w")

    def others():
        y = w * w
        y.backward()
        copies = copy.copy(w), copy.deepcopy(w), pickle.loads(pickle.dumps(w))
        return (
            [c.data for c in copies],
            [type(c) for c in copies],
            y.data,
            w.grad,
            w < 4.0,
            f"{w:.1f}",
        )

    with substituted({w: -1.0}), ThreadPoolExecutor(1) as pool:
        found = pool.submit(others).result()
    assert found == ([3.0] * 3, [Value] * 3, 9.0, 6.0, True, "3.0")


def test_blocks_that_overlap_in_threads_and_tasks_see_each_its_own():
    w = Value(3.0)

    async def task(number):
        for _ in range(20):
            with substituted({w: number}):
                await asyncio.sleep(0)
                assert w.data == number
        return w.data

    async def all_tasks():
        return await asyncio.gather(*[task(float(i)) for i in range(5)])

    assert asyncio.run(all_tasks()) == [3.0] * 5

    def thread(number):
        for _ in range(200):
            with substituted({w: number}):
                assert w.data == number
            assert w.data == 3.0

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(thread, map(float, range(4))))
    assert (type(w), w.data) == (Value, 3.0)


def test_an_interrupt_leaves_everything_as_it_was():
    weights = [Value(float(i)) for i in range(5)]
    generator = random.Random(0)
    before = generator.getstate()

    def interrupted(x):
        drawn(Draw(generator, lambda uniform: uniform))
        if weights[1].data != 1.0:
            raise KeyboardInterrupt
        return autograd.sum([w * x for w in weights])

    with pytest.raises(KeyboardInterrupt):
        autograd.compile(interrupted, 1.0)
    assert [w.data for w in weights] == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert {type(w) for w in weights} == {Value}
    assert generator.getstate() == before


def watched(reads, while_running):
    """What several reads give, in one thread, while something else runs in this one."""
    seen, stop = set(), threading.Event()

    def watch():
        while not stop.is_set():
            seen.add(reads())

    thread = threading.Thread(target=watch)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread.start()
    try:
        for _ in range(20):
            while_running()
    finally:
        stop.set()
        thread.join()
        sys.setswitchinterval(interval)
    return seen


def test_while_one_thread_compiles_another_reads_parameters_and_generators_as_they_are():
    weights = [Value(3.0), Value(-2.0)]
    dropout = Dropout(0.5, seed=0)
    state = dropout.random.getstate()
    model = MLP(2, [3, 1], "tanh", seed=0)
    expected = model([1.0, 2.0]).data

    def f(x):
        noisy = dropout([w * x for w in weights])
        return autograd.sum(noisy) + model([x, x])

    seen = watched(
        lambda: (
            weights[0].data,
            weights[1].data,
            weights[0].grad,
            weights[0].backward_passes,
            model([1.0, 2.0]).data,
            dropout.random.getstate() == state,
        ),
        lambda: autograd.compile(f, 0.5),
    )
    assert seen == {(3.0, -2.0, 0.0, 0, expected, True)}


def test_while_one_thread_looks_for_an_anomaly_another_reads_parameters_as_they_are():
    weight = Value(2.0)
    fast = autograd.compile(lambda x: (weight * x).log(), 1.0)

    def look():
        with detect_anomaly(), pytest.raises(autograd.AnomalyError, match=r"Value\(-1\.0\)"):
            fast.value_and_grad(0.5, theta=[-2.0])

    assert watched(lambda: weight.data, look) == {2.0}


def test_a_trace_does_not_overwrite_what_another_thread_writes_meanwhile():
    weight = Value(2.0)

    def f(x):
        threading.Thread(target=setattr, args=(weight, "data", weight.data + 0.0)).start()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(setattr, weight, "data", 7.0).result()
        return weight * x

    autograd.compile(f, 1.0)
    assert weight.data == 7.0


def test_a_generator_is_stood_in_for_by_the_one_given_or_by_a_new_one():
    generator, other, unknown = random.Random(0), random.Random(1), random.Random(2)
    with substituted({}, {generator: other}):
        assert stand_in(generator) is other
        assert stand_in(unknown) is stand_in(unknown)
        assert stand_in(unknown) is not unknown
    assert stand_in(generator) is generator


def test_fitting_draws_the_same_masks_though_compiling_looks_ahead():
    def trained(compiled):
        model = Sequential(
            Layer(1, 4, "tanh", seed=0), Dropout(0.5, seed=1), Layer(4, 1, None, seed=2)
        )
        from nn import SGD, fit

        X, y = [[0.1 * i] for i in range(20)], [0.2 * i for i in range(20)]
        optimizer = SGD(model.parameters(), lr=0.01)
        fit(model, squared_error, X, y, optimizer=optimizer, epochs=2, seed=0, compiled=compiled)
        return [parameter.data for parameter in model.parameters()]

    assert trained(True) == pytest.approx(trained(False), rel=1e-12)
