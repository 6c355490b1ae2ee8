"""Laws of modes, of users' own operations, and of copies."""

import asyncio
import contextvars
import copy
import gc
import math
import pickle
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import numpy as np
import pytest

import autograd
from autograd import AnomalyError, Value, detect_anomaly, dot, grad, no_grad, primitive
from autograd.modes import is_detecting

# Anomalies.


def test_an_anomaly_names_the_first_operation_its_operands_and_their_labels():
    x, y = Value(-1.0, "x"), Value(2.0, "y")
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"log made nan.*Value\(-1.0, 'x'\)"):
        (x.log() + y).exp()
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"\* made inf.*'x'.*'y'"):
        Value(1e200, "x") * Value(1e200, "y")
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"dot made inf.*and 3 more"):
        dot([Value(1e308)] * 5, [Value(10.0)] * 5, Value(1.0))


def test_a_nan_that_comes_in_is_no_anomaly_of_the_operation_it_comes_to():
    with detect_anomaly():
        assert math.isnan((Value(math.nan) + 1).data)


def test_outside_the_block_nothing_raises():
    with detect_anomaly():
        pass
    assert math.isnan(Value(-1.0).log().data)


@pytest.mark.parametrize("blocks", [(no_grad, detect_anomaly), (detect_anomaly, no_grad)])
def test_modes_work_inside_one_another(blocks):
    outer, inner = blocks
    with outer(), inner():
        assert (Value(1.0) + 1).parents == ()
        with pytest.raises(AnomalyError):
            Value(0.0).log()
    assert (Value(1.0) + 1).parents != ()


SUSPENDED = weakref.WeakSet()


@pytest.fixture(autouse=True)
def every_block_ends():
    """A test that fails leaves no block open to others."""
    yield
    for generator in list(SUSPENDED):
        generator.close()


def suspended(block):
    def within():
        with block():
            yield

    SUSPENDED.add(generator := within())
    return generator


def records():
    return (Value(1.0) + 1).parents != ()


@pytest.mark.parametrize("first", [0, 1, 2])
@pytest.mark.parametrize("second", [0, 1])
def test_blocks_of_suspended_generators_end_in_any_order(first, second):
    blocks = [no_grad, detect_anomaly, no_grad]
    generators = [suspended(block) for block in blocks]
    for generator in generators:
        next(generator)
    assert not records()
    for position in (first, second, 0):
        generators.pop(position).close()
        del blocks[position]
        assert records() == (no_grad not in blocks)
        assert is_detecting() == (detect_anomaly in blocks)
    with no_grad():
        late = suspended(detect_anomaly)
        next(late)
    assert records()
    with pytest.raises(AnomalyError):
        Value(0.0).log()
    late.close()
    assert math.isinf(Value(0.0).log().data)


def test_a_trace_ends_no_block_around_it_but_one_that_its_function_ends():
    outer, ended = suspended(no_grad), suspended(no_grad)
    next(outer)
    next(ended)

    def f(x):
        ended.close()
        assert records()
        return x * x

    assert autograd.compile(f, 3.0).value_and_grad(3.0, wrt="inputs") == (9.0, [6.0])
    assert not records()
    outer.close()
    assert records()


@pytest.mark.parametrize("block", [no_grad, detect_anomaly])
def test_a_block_that_ends_in_another_context_ends_everywhere(block):
    """As a generator's does that the collector or another task closes."""

    def is_open():
        return not records() or is_detecting()

    def elsewhere(function):
        contextvars.copy_context().run(function)

    generator, early = suspended(block), contextvars.copy_context()
    elsewhere(lambda: next(generator))  # begins in a copy
    assert not is_open()
    generator.close()
    generator = suspended(block)
    next(generator)
    child = contextvars.copy_context()
    assert child.run(is_open)
    assert not early.run(is_open)
    elsewhere(generator.close)
    assert not is_open()
    assert not child.run(is_open)


def test_tasks_keep_their_modes_to_themselves():
    async def numbers():
        with no_grad():
            yield 1
            yield 2

    async def other(seen):
        for _ in range(3):
            await asyncio.sleep(0)
            seen.append(records())

    async def main():
        seen = []
        task = asyncio.create_task(other(seen))
        async for _ in numbers():  # left open, to be closed by a task of the event loop's
            await asyncio.sleep(0)
            break
        await task
        assert seen == [True] * 3
        gc.collect()
        await asyncio.sleep(0.01)
        return records()

    assert asyncio.run(main())


def test_a_generator_that_nobody_closes_ends_its_block_when_it_is_collected():
    generator = suspended(no_grad)
    next(generator)
    assert not records()
    thread = threading.Thread(target=lambda: next(generator, None))  # ends in another thread
    thread.start()
    thread.join()
    assert records()
    cycle = [suspended(no_grad)]
    cycle.append(cycle)
    next(cycle[0])
    del cycle
    gc.collect()
    assert records()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_an_exception_ends_every_block_that_it_leaves(error):
    stack = ExitStack()
    for block in (no_grad, detect_anomaly, no_grad):
        stack.enter_context(block())
    with pytest.raises(error), stack:
        raise error
    assert records()
    assert not is_detecting()


# Users' own operations.


@primitive(local_gradients=lambda out, x: (autograd.cos(x),))
def my_sin(x):
    assert type(x) is float
    return math.sin(x)


@primitive(local_gradients=lambda out, x, y: (y, x))
def my_product(x, y):
    return x * y


def test_a_primitive_takes_values_and_numbers_and_gives_floats_for_floats():
    x = Value(2.0)
    assert my_product(2, 3.0) == 6.0
    assert [parent.kind for parent in my_product(x, 3).parents] == ["leaf", "constant"]
    assert my_product(x, x).op == "my_product"


def test_a_primitive_has_derivatives_of_any_order():
    x = 0.7
    for order, expected in enumerate((math.cos(x), -math.sin(x), -math.cos(x), math.sin(x)), 1):
        f = my_sin
        for _ in range(order):
            f = grad(f)
        assert f(x) == pytest.approx(expected, rel=1e-14)


def test_a_primitive_works_within_a_larger_graph():
    x = Value(0.5)
    (my_sin(x * 2) * my_product(x, 3)).backward()
    assert x.grad == pytest.approx(2 * math.cos(1.0) * 1.5 + math.sin(1.0) * 3)


def test_a_function_of_math_in_local_gradients_is_an_error_at_the_first_use():
    @primitive(local_gradients=lambda out, x: (math.cos(x),))
    def wrong(x):
        return math.sin(x)

    for argument in (1.0, Value(1.0)):
        with pytest.raises(
            TypeError, match=r"autograd's functions \(autograd.exp, ...\) in place of"
        ):
            wrong(argument)


def test_a_primitive_with_too_few_local_gradients_is_an_error_that_counts_them():
    @primitive(local_gradients=lambda out, x, y: (y,))
    def wrong(x, y):
        return x * y

    with pytest.raises(TypeError, match=r"one number per operand, 2, .*but returned 1"):
        wrong(Value(1.0), 2.0)


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (
            lambda out, x: 2 * x,
            r"tuple of one number per operand, 1, such as \(2 \* x,\).*Value\(6",
        ),
        (lambda out, x: None, "returned None, of type NoneType"),
        (lambda out, x: "a", "returned 'a', of type str"),
        (lambda out, x: [2 * x], r"returned \[Value\(6\.0\)\], of type list"),
        (lambda out, x: {2.0}, "returned {2.0}, of type set"),
        (lambda out, x: ("a",), "one of them is 'a', of type str"),
        (lambda out, x: (None,), "one of them is None"),
        (lambda out, x: (1j,), "one of them is 1j, of type complex"),
        (lambda out, x: (np.array([1.0, 2.0]),), "of type ndarray"),
        (lambda out, x: (Value(3.0) * 2,), r"Value\(6\.0\), of type Value; use its \.data"),
    ],
)
def test_local_gradients_that_are_no_tuple_of_numbers_are_refused_in_words(returned, words):
    @primitive(local_gradients=returned)
    def square(x):
        return x * x

    with pytest.raises(TypeError, match=rf"local_gradients of square\(\).*{words}"):
        square(Value(3.0))


@pytest.mark.parametrize("returned", [None, 1j, "1", [1.0], (1.0,), Value(1.0)], ids=repr)
def test_a_result_of_a_primitive_that_is_no_number_is_refused_in_words(returned):
    @primitive(local_gradients=lambda out, x: (2 * x,))
    def square(x):
        return returned

    name = type(returned).__name__
    for x in (3.0, Value(3.0)):
        with pytest.raises(TypeError, match=rf"square\(\) must return a number.*of type {name}"):
            square(x)


@pytest.mark.parametrize("two", [2, np.float32(2), np.array(2.0)], ids=repr)
def test_local_gradients_of_a_primitive_become_floats(two):
    @primitive(local_gradients=lambda out, x: (two,))
    def double(x):
        return np.float64(2 * x)

    x = Value(3.0)
    y = double(x)
    y.backward()
    assert [type(z) for z in (y.data, x.grad, *y.local_gradients)] == [float] * 3


def test_a_primitives_own_exception_and_wrong_result_are_not_hidden():
    @primitive(local_gradients=lambda out, x: (1 / x,))
    def picky(x):
        if x < 0:
            raise ValueError("only positive numbers here")
        return x if x else None

    with pytest.raises(ValueError, match="only positive numbers here"):
        picky(Value(-1.0))
    with pytest.raises(TypeError, match=r"picky\(\) must return a number.*None"):
        picky(Value(0.0))
    with pytest.raises(TypeError, match="'x'"):
        picky("x")


def test_a_primitive_may_have_the_name_of_an_entry_and_is_none_of_its():
    @primitive(local_gradients=lambda out, x: (1.0,))
    def clip(x):
        assert type(x) is float
        if x < 0:
            raise ValueError("only positive numbers here")
        return x

    with pytest.raises(ValueError, match="only positive numbers here"):
        clip(Value(-1.0))
    assert autograd.gradcheck(clip, 1.0).kinks == ()


def test_local_gradients_of_a_primitive_follow_ieee_754_too():
    @primitive(local_gradients=lambda out, x: (0.5 / autograd.sqrt(x),))
    def root(x):
        return math.sqrt(x)

    x = Value(0.0)
    root(x).backward()
    assert x.grad == math.inf


def test_a_primitive_keeps_its_name_and_docstring():
    assert my_sin.__name__ == "my_sin"


# Copies.


def test_a_deep_copy_is_a_graph_of_its_own_with_the_sharing_kept():
    x = Value(3.0, "x")
    y = x * x + x
    y.backward()
    twin = copy.deepcopy(y)
    inner = twin.parents[0].parents
    assert (twin.data, twin.op, inner[0].label, inner[0].grad) == (12.0, "+", "x", 7.0)
    assert inner[0] is inner[1] is twin.parents[1]
    twin.backward()
    assert (inner[0].grad, x.grad) == (14.0, 7.0)


def test_values_copied_together_stay_connected():
    x = Value(2.0)
    leaf, node = copy.deepcopy((x, x * 3))
    assert node.parents[0] is leaf
    assert leaf is not x


def test_a_chain_of_a_million_nodes_is_deep_copied():
    y = Value(0.0)
    for _ in range(1_000_000):
        y = -y
    twin = copy.deepcopy(y)
    twin.backward()
    assert (twin.data, twin is y) == (0.0, False)


def test_a_shallow_copy_is_another_node_with_the_same_parents():
    x = Value(2.0)
    y = x * 3
    twin = copy.copy(y)
    assert twin is not y
    assert twin.parents == y.parents
    twin.backward()
    assert (x.grad, y.backward_passes) == (3.0, 0)


def test_a_leaf_is_pickled_with_its_gradient_label_and_kind():
    x = Value(2.0, "x")
    (x * x).backward()
    twin = pickle.loads(pickle.dumps(x))
    assert (twin.data, twin.grad, twin.label, twin.kind, twin.backward_passes) == (
        2.0,
        4.0,
        "x",
        "leaf",
        1,
    )
    constant = pickle.loads(pickle.dumps((x + 1).parents[1]))
    assert constant.kind == "constant"


def test_another_node_refuses_to_be_pickled_and_says_what_to_do():
    with pytest.raises(TypeError, match=r"nn\.save.*state_dict"):
        pickle.dumps(Value(1.0) + 1)


# Threads.


def test_graphs_built_in_several_threads_at_once_do_not_disturb_one_another():
    barrier = threading.Barrier(8)

    def gradient(k):
        barrier.wait()
        x = Value(float(k))
        y = x
        for _ in range(200):
            y = y * 0.5 + x.tanh()
        y.backward()
        return x.grad

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(gradient, range(8)))
    barrier = threading.Barrier(1)
    assert together == [gradient(k) for k in range(8)]
