"""Laws of random numbers in compiled functions: they are those that eager code would draw."""

import math
from random import Random, SystemRandom

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value
from autograd.compiler.draws import draw_all, uniforms
from autograd.value import Draw, drawn
from nn import Dropout, Sequential
from nn.layers import Layer
from tests.autograd.compiler.comparison import eager, written

SEEDS = st.integers(0, 2**32)


def half(uniform):
    return 2.0 * (uniform >= 0.5)


# Streams.


@given(SEEDS, st.lists(st.integers(0, 3000), min_size=1, max_size=4), st.booleans())
def test_numbers_drawn_at_once_are_those_drawn_one_by_one_and_the_stream_goes_on(
    seed, counts, gauss
):
    at_once, one_by_one = Random(seed), Random(seed)
    if gauss:  # which keeps a second number for its next call
        at_once.gauss(0.0, 1.0)
        one_by_one.gauss(0.0, 1.0)
    for count in counts:
        assert uniforms(at_once, count).tolist() == [one_by_one.random() for _ in range(count)]
        assert at_once.getstate() == one_by_one.getstate()
    assert at_once.gauss(0.0, 1.0) == one_by_one.gauss(0.0, 1.0)
    assert at_once.randrange(10**9) == one_by_one.randrange(10**9)


@pytest.mark.parametrize("start", [0, 1, 311, 623, 624, 625])
def test_numbers_drawn_at_once_are_right_wherever_the_generator_stands_in_its_block(start):
    at_once, one_by_one = Random(3), Random(3)
    for generator in (at_once, one_by_one):
        for _ in range(start):
            generator.getrandbits(32)
    assert uniforms(at_once, 1999).tolist() == [one_by_one.random() for _ in range(1999)]
    assert at_once.getstate() == one_by_one.getstate()


class Counting(Random):
    """A generator of a user's own."""

    count = 0

    def random(self):
        self.count += 1
        return self.count / 10_000

    def getstate(self):
        return self.count

    def setstate(self, state):
        self.count = state


def test_a_generator_of_a_class_of_its_own_is_asked_itself_however_many_there_are():
    generator = Counting()
    assert uniforms(generator, 3).tolist() == [0.0001, 0.0002, 0.0003]
    assert uniforms(generator, 2000)[-1] == 0.2003
    assert uniforms(SystemRandom(), 1500).shape == (1500,)


@pytest.mark.parametrize("batch", [1, 3, 700])
def test_a_batch_draws_sample_after_sample_and_each_draw_in_its_order(batch):
    a, b = Random(1), Random(2)
    first, second, other = Draw(a, half), Draw(a, lambda u: u + 10.0), Draw(b, lambda u: -u)
    numbers = draw_all([first, first, other, second, first], batch)
    assert numbers.shape == (5, batch)
    a, b = Random(1), Random(2)
    for sample in numbers.T:
        assert sample[0] == half(a.random())
        assert sample[1] == half(a.random())
        assert sample[2] == -b.random()
        assert sample[3] == a.random() + 10.0
        assert sample[4] == half(a.random())


# Functions that draw.


def noisy(generator, other=None):
    draw = Draw(generator, lambda uniform: 2.0 * uniform - 1.0)
    another = Draw(generator if other is None else other, half)
    weight = Value(0.75, "w")

    def f(xs):
        masked = [x * drawn(another) * weight for x in xs]
        return autograd.sum(masked) + drawn(draw) * xs[0] + drawn(draw)

    return f


@pytest.mark.parametrize("kind", ["one generator", "two generators", "a class of its own"])
def test_under_one_seed_eager_and_compiled_code_draw_the_same_numbers_call_after_call(kind):
    def generators():
        if kind == "a class of its own":
            return (Counting(),)
        return (Random(0),) if kind == "one generator" else (Random(0), Random(1))

    of_eager, of_compiled = generators(), generators()
    f, g = noisy(*of_eager), noisy(*of_compiled)
    fast = autograd.compile(g, [0.5, 1.0, -1.0])
    batch = np.arange(12.0).reshape(4, 3)

    def states(generators):
        return [generator.getstate() for generator in generators]

    for sample in ([0.25, -2.0, 3.0], [1.0, 1.0, 1.0]):
        assert written(fast(sample)) == written(eager(f, sample).value)
        expected = eager(f, sample)
        assert written(fast.value_and_grad(sample, wrt="inputs")) == written(
            [expected.value, expected.by_inputs]
        )
        one_by_one = [eager(f, row) for row in batch.tolist()]
        assert fast(batch) == pytest.approx([each.value for each in one_by_one], rel=1e-14)
        one_by_one = [eager(f, row) for row in batch.tolist()]
        value, (gradient,) = fast.value_and_grad(batch, wrt="inputs")
        assert value == pytest.approx(np.mean([each.value for each in one_by_one]), rel=1e-14)
        expected = np.array([each.by_inputs[0] for each in one_by_one]) / 4
        assert gradient == pytest.approx(expected, rel=1e-14)
        assert states(of_eager) == states(of_compiled)


def test_a_draw_that_nothing_depends_on_is_drawn_all_the_same():
    def f_of(generator):
        draw = Draw(generator, half)

        def f(x):
            drawn(draw)
            used = drawn(draw)
            drawn(draw)
            return x * used + 1.0

        return f

    a, b = Random(5), Random(5)
    f, fast = f_of(a), autograd.compile(f_of(b), 1.0)
    for _ in range(10):
        assert fast(3.0) == eager(f, 3.0).value
    assert fast(np.full(8, 3.0)).tolist() == [eager(f, 3.0).value for _ in range(8)]
    assert a.getstate() == b.getstate()


def test_a_draw_may_be_the_result_and_may_stand_in_several_results():
    def f_of(generator):
        draw = Draw(generator, lambda uniform: uniform)
        return lambda x: [drawn(draw), x, drawn(draw) * 2.0]

    f, fast = f_of(Random(9)), autograd.compile(f_of(Random(9)), 1.0)
    assert written(fast(0.5)) == written(eager(f, 0.5).value)
    expected = [eager(f, x).value for x in (1.0, 2.0, 3.0)]
    assert fast(np.array([1.0, 2.0, 3.0])).tolist() == expected


def test_draws_of_a_function_without_arguments():
    def f_of(generator):
        draw = Draw(generator, lambda uniform: uniform)
        weight = Value(2.0)
        return lambda: weight * drawn(draw)

    f, fast = f_of(Random(9)), autograd.compile(f_of(Random(9)))
    assert [fast() for _ in range(3)] == [eager(f).value for _ in range(3)]


def test_a_long_sample_which_is_a_batch_of_one_draws_as_eager_code_does():
    def f_of(generator):
        draw = Draw(generator, half)

        def f(xs):
            masked = [x * drawn(draw) for x in xs]
            for _ in range(4):
                masked = [x.tanh() for x in masked]
            return autograd.sum(masked)

        return f

    xs = [0.001 * i for i in range(2_000)]
    f, fast = f_of(Random(3)), autograd.compile(f_of(Random(3)), xs)
    with pytest.raises(ValueError, match="operations and operands"):
        fast.scalar_source  # noqa: B018
    for _ in range(2):
        assert fast(xs) == pytest.approx(eager(f, xs).value, rel=1e-13)


def test_within_detect_anomaly_nothing_is_drawn_twice():
    def f_of(generator):
        draw = Draw(generator, lambda uniform: uniform - 0.5)
        return lambda x: (x * drawn(draw)).log()

    a, b = Random(0), Random(0)
    f, fast = f_of(a), autograd.compile(f_of(b), 1.0)
    seen = 0
    for _ in range(20):
        value = f(Value(1.0)).data
        with autograd.detect_anomaly():
            try:
                found = fast(1.0)
            except autograd.AnomalyError:
                found = math.nan
                seen += 1
        assert repr(found) == repr(value)
        assert a.getstate() == b.getstate()
    assert 0 < seen < 20


# Dropout.


def model_of(seed, how):
    random = Random(seed)
    if how == "one generator":
        dropouts = Dropout(0.5, random), Dropout(0.2, random)
    elif how == "two generators":
        dropouts = Dropout(0.5, Random(seed + 1)), Dropout(0.3, Random(seed + 2))
    else:
        both = Dropout(0.25, random)
        dropouts = both, both
    return Sequential(
        Layer(3, 4, "tanh", seed=0),
        dropouts[0],
        Layer(4, 5, "relu", seed=1),
        dropouts[1],
        Layer(5, 1, None, seed=2),
    )


@pytest.mark.parametrize("how", ["one generator", "two generators", "one dropout twice"])
def test_dropout_in_eager_and_compiled_code_agrees_under_one_seed(how):
    of_eager, of_compiled = model_of(7, how), model_of(7, how)
    fast = autograd.compile(lambda xs: of_compiled(xs), [0.5, 1.0, -1.0])
    xs = np.random.default_rng(0).normal(size=(6, 3))
    values = []
    for _ in range(3):
        for x in xs.tolist():
            expected = eager(of_eager, x, parameters=of_eager.parameters())
            value, gradient = fast.value_and_grad(x)
            by_name = dict(zip(map(id, fast.parameters), gradient.tolist()))
            found = [by_name[id(parameter)] for parameter in of_compiled.parameters()]
            assert written([value, found]) == written([expected.value, expected.by_parameters])
        expected = [eager(of_eager, x) for x in xs.tolist()]
        value, (gradient,) = fast.value_and_grad(xs, wrt="inputs")
        values.append(value)
        assert value == pytest.approx(np.mean([each.value for each in expected]), rel=1e-12)
        by_inputs = np.array([each.by_inputs[0] for each in expected]) / 6
        assert gradient == pytest.approx(by_inputs, rel=1e-12, abs=1e-15)
    assert len(set(values)) == 3  # other masks each time


def test_after_eval_dropout_lets_everything_through_and_a_changed_mode_is_an_error():
    model = model_of(7, "one generator")
    fast = autograd.compile(lambda xs: model(xs), [0.5, 1.0, -1.0])
    fast([1.0, 2.0, 3.0])
    model.eval()
    for call in (fast, fast.value_and_grad, fast.backward):
        for argument in ([1.0, 2.0, 3.0], np.ones((2, 3))):
            with pytest.raises(
                RuntimeError, match=r"while training of Dropout.* was True, and now it is False"
            ):
                call(argument)
    evaluated = autograd.compile(lambda xs: model(xs), [0.5, 1.0, -1.0])
    assert "draws" not in evaluated.scalar_source
    assert evaluated([1.0, 2.0, 3.0]) == model([1.0, 2.0, 3.0]).data
    model.train()
    fast([1.0, 2.0, 3.0])
    with pytest.raises(RuntimeError, match="now it is True: set it back, or compile again"):
        evaluated([1.0, 2.0, 3.0])


def test_a_changed_probability_is_an_error():
    model = Sequential(Dropout(0.5, seed=0), Layer(2, 1, seed=0))
    fast = autograd.compile(lambda xs: model(xs), [0.5, 1.0])
    model.layers[0].p = 0.25
    with pytest.raises(RuntimeError, match="was compiled while p of Dropout"):
        fast([1.0, 2.0])
