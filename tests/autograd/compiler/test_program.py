"""Laws of programs and of the passes over them: they compute what the function computes."""

import pytest
from hypothesis import given

import autograd
from autograd import Value, ops
from autograd.compiler.passes import (
    fold_constants,
    join_sums,
    recognize_dots,
    regroup,
    share_equal,
    skip_choices,
    varying,
)
from autograd.compiler.program import (
    Apply,
    Constant,
    Input,
    Parameter,
    Program,
    program_of,
    rebuilt,
)
from autograd.compiler.scalar import interpret
from autograd.compiler.trace import trace
from autograd.strategies import programs
from tests.autograd.compiler.comparison import eager, sensitivity, written

PASSES = [fold_constants, skip_choices, join_sums, recognize_dots, share_equal, regroup]
WEIGHTS = [Value(0.5, "a"), Value(-2.0, "b"), Value(1.5, "c"), Value(0.25, "d")]


def traced(f, *examples):
    program, signature = trace(f, examples)
    return program, [parameter.data for parameter in signature.parameters]


def entries(program):
    """The table's names of a program's operations, in order."""
    return [i.operation.table_name for i in program.instructions if isinstance(i, Apply)]


def is_in_order(program):
    return all(
        operand < position
        for position, instruction in enumerate(program.instructions)
        if isinstance(instruction, Apply)
        for operand in instruction.operands
    )


def is_needed(program):
    needed = {*program.outputs}
    for position in reversed(range(len(program.instructions))):
        instruction = program.instructions[position]
        if isinstance(instruction, Apply) and position in needed:
            needed.update(instruction.operands)
    return needed == set(range(len(program.instructions)))


# Programs.


@given(programs())
def test_a_program_computes_what_its_function_computes_to_the_last_bit(program):
    instructions, _ = traced(program, *program.inputs)
    results, gradient = interpret(instructions, program.inputs, [], [], "inputs")
    expected = eager(program, *program.inputs)
    assert written([*results, gradient]) == written([expected.value, expected.by_inputs])
    assert interpret(instructions, program.inputs, [], [], None) == (results, [])


@given(programs())
def test_operands_stand_before_what_is_made_of_them_and_everything_is_needed(program):
    instructions, _ = traced(program, *program.inputs)
    assert is_in_order(instructions)
    assert is_needed(instructions)
    assert len(entries(instructions)) <= len(program.steps)


@given(programs())
def test_the_size_of_a_program_counts_operations_and_operands(program):
    instructions, _ = traced(program, *program.inputs)
    nodes = autograd.topological_order(program(*map(Value, program.inputs)))
    assert instructions.size == sum(bool(node.parents) + len(node.parents) for node in nodes)


def test_a_program_is_as_long_as_its_graph_has_nodes():
    def f(x):
        for _ in range(5_000):
            x = x * x + WEIGHTS[0]
        return x

    program, _ = traced(f, 0.5)
    assert len(program.instructions) == 2 + 10_000
    assert program.size == 10_000 * 3
    twice, _ = traced(lambda x: f(f(x)), 0.5)
    assert twice.size == 2 * program.size


def test_a_program_prints_as_a_list_of_assignments():
    def f(xs, y):
        named = autograd.dot(WEIGHTS[:2], xs, y)
        return [named.tanh() ** 3, 2.5 - xs[0] / xs[1]]

    program, _ = traced(f, [1.0, 2.0], 3.0)
    assert str(program).splitlines() == [
        "v0 = parameter 0",
        "v1 = parameter 1",
        "v2 = input 0",
        "v3 = input 1",
        "v4 = input 2",
        "v5 = constant 2.5",
        "v6 = dot v0 v1 v2 v3 v4",
        "v7 = tanh v6",
        "v8 = **3 v7",
        "v9 = v2 / v3",
        "v10 = v5 - v9",
        "return v8, v10",
    ]


def test_labels_of_nodes_are_kept_by_position():
    x = Value(2.0)
    y = x * 3.0
    y.label = "y"
    z = y.exp()
    z.label = "z"
    program = program_of([z], {x: Input(0)})
    assert program.labels == {2: "y", 3: "z"}
    assert program.instructions[0] == Input(0)


def test_a_leaf_of_no_role_is_a_constant():
    program = program_of([Value(2.0) * Value(3.0)], {})
    assert program.instructions[:2] == [Constant(2.0), Constant(3.0)]


def test_what_is_replaced_is_replaced_and_what_is_needed_no_more_goes():
    program, _ = traced(lambda x: (x * 2.0).exp() + x.sin(), 1.0)
    #   v0 = input 0, v1 = constant 2.0, v2 = v0 * v1, v3 = exp v2, v4 = sin v0, v5 = v3 + v4
    new = rebuilt(program, {3: 0, 4: Apply(ops.cos, (2,))})
    assert str(new).splitlines() == [
        "v0 = input 0",
        "v1 = constant 2.0",
        "v2 = v0 * v1",
        "v3 = cos v2",
        "v4 = v0 + v3",
        "return v4",
    ]
    assert rebuilt(program, {}) is program
    # What stands for something that stands for something else.
    assert str(rebuilt(program, {2: 0, 3: 2, 4: 3})).splitlines() == [
        "v0 = input 0",
        "v1 = v0 + v0",
        "return v1",
    ]


# Passes.


@pytest.mark.parametrize("apply_pass", PASSES)
@given(programs())
def test_after_each_pass_a_program_computes_the_same_within_the_bound(apply_pass, program):
    before, _ = traced(program, *program.inputs)
    after = apply_pass(before)
    assert is_in_order(after)
    assert is_needed(after)
    (result,), _ = interpret(after, program.inputs, [], [], None)
    node = program(*map(Value, program.inputs))
    assert abs(result - node.data) <= 16 * 2.0**-53 * sensitivity(node)
    if apply_pass in (fold_constants, skip_choices, share_equal):
        assert written(result) == written(node.data)


@pytest.mark.parametrize("apply_pass", PASSES)
@given(programs())
def test_a_pass_leaves_the_program_that_it_is_given_alone_and_finds_nothing_more_to_do(
    apply_pass, program
):
    before, _ = traced(program, *program.inputs)
    text, labels = str(before), dict(before.labels)
    after = apply_pass(before)
    assert (str(before), before.labels) == (text, labels)
    if apply_pass is not regroup:
        assert str(apply_pass(after)) == str(after)


@given(programs())
def test_after_folding_no_operation_is_of_constants_alone(program):
    folded = fold_constants(traced(lambda x: program(*program.inputs[:-1], x), 0.5)[0])
    for instruction in folded.instructions:
        if isinstance(instruction, Apply):
            operands = [folded.instructions[operand] for operand in instruction.operands]
            assert not all(isinstance(operand, Constant) for operand in operands)


@given(programs())
def test_after_sharing_no_two_instructions_are_equal(program):
    shared = share_equal(traced(program, *program.inputs)[0])
    seen = [repr(instruction) for instruction in shared.instructions]
    assert len(set(seen)) == len(seen)


def test_equal_expressions_are_computed_once_and_zeros_of_either_sign_are_not_equal():
    def f(x, y):
        return [
            (x * y).exp() + (x * y).exp(),
            x + 0.0,
            x + -0.0,
        ]

    program, _ = traced(f, 1.0, 2.0)
    shared = share_equal(program)
    assert entries(shared) == ["*", "exp", "+", "+", "+"]


def test_powers_of_equal_exponents_are_equal_and_users_operations_are_not():
    def one():
        @autograd.primitive(local_gradients=lambda out, x: (1.0,))
        def mine(x):
            return x

        return mine

    first, second = one(), one()
    program, _ = traced(lambda x: x**3 * x**3 + first(x) * first(x) + second(x) * x**2, 1.5)
    assert entries(share_equal(program)).count("power") == 2
    assert entries(share_equal(program)).count("") == 2


def test_choices_made_once_for_all_are_skipped():
    def f(x, y):
        chosen = autograd.where(True, x, y) + autograd.where(False, x, y)
        return chosen + autograd.select(1, [x, y]) + autograd.sum([x]) * autograd.max([y])

    program, _ = traced(f, 1.0, 2.0)
    assert entries(skip_choices(program)) == ["+", "+", "*", "+"]


# Sums and dots.


def dots(f, *examples):
    """How many terms each dot has in what a batch is computed by."""
    program, _ = traced(f, *examples)
    grouped = regroup(fold_constants(program))
    return [
        len(i.operands)
        for i in grouped.instructions
        if isinstance(i, Apply) and i.operation.table_name == "dot"
    ]


def test_additions_of_additions_become_one_sum_and_zeros_go():
    def f(x, y):
        total = 0
        for term in (x.exp(), y, x.sin(), y.cos()):
            total += term
        return total + sum([x, y]) + 0.0

    program, _ = traced(f, 1.0, 2.0)
    joined = join_sums(program)
    assert entries(joined) == ["exp", "sin", "cos", "sum"]
    (last,) = joined.outputs
    assert len(joined.instructions[last].operands) == 6


def test_a_sum_that_something_else_uses_stays():
    def f(x, y):
        inner = x + y
        return (inner + x.exp()) * inner

    joined = join_sums(traced(f, 1.0, 2.0)[0])
    assert entries(joined) == ["sum", "exp", "sum", "*"]


def test_sums_of_nothing_but_zeros_are_0():
    joined = join_sums(traced(lambda x: x * (Value(0.0) + 0.0 + 0.0), 1.0)[0])
    assert entries(joined) == ["*"]
    assert Constant(0.0) in joined.instructions


def test_sums_of_products_are_dots_with_the_parameters_as_weights():
    def f(xs):
        total = WEIGHTS[3]
        for weight, x in zip(WEIGHTS, xs):
            total = total + x * weight
        return total

    program, _ = traced(f, [1.0, 2.0, 3.0])
    found = recognize_dots(join_sums(program))
    (instruction,) = (i for i in found.instructions if isinstance(i, Apply))
    kinds = [type(found.instructions[operand]) for operand in instruction.operands]
    assert instruction.operation is ops.dot
    assert kinds == [Parameter] * 3 + [Input] * 3 + [Parameter]


def test_a_sum_of_squares_is_a_dot_of_a_vector_with_itself():
    assert dots(lambda xs: sum(x * x for x in xs), [1.0, 2.0, 3.0]) == [6]
    assert dots(lambda xs: autograd.sum([x.square() for x in xs]), [1.0, 2.0, 3.0]) == [6]


def test_products_that_something_else_uses_stay_products():
    def f(x, y):
        product = WEIGHTS[0] * x
        return (product + WEIGHTS[1] * y) * product

    assert dots(f, 1.0, 2.0) == []


def test_one_product_and_a_bias_stay_as_they_are():
    assert dots(lambda x: WEIGHTS[0] * x + WEIGHTS[1], 1.0) == []


def test_a_dot_takes_the_bias_that_is_added_to_it_and_only_one():
    def f(xs):
        return autograd.dot(WEIGHTS[:2], xs) + WEIGHTS[2]

    assert dots(f, [1.0, 2.0]) == [5]
    assert dots(lambda xs: f(xs) + WEIGHTS[3], [1.0, 2.0]) in ([4], [5])


def test_products_with_parameters_and_products_of_parameters_alone_are_no_one_dot():
    def f(x, y):
        penalty = WEIGHTS[0] * WEIGHTS[0] + WEIGHTS[1] * WEIGHTS[1]
        return WEIGHTS[0] * x + WEIGHTS[1] * y + penalty

    assert 8 not in dots(f, 1.0, 2.0)


def test_what_varies_is_what_depends_on_inputs():
    program, _ = traced(lambda x: WEIGHTS[0].exp() * 2.0 + x * WEIGHTS[1], 1.0)
    by_text = dict(zip(str(program).splitlines(), varying(program)))
    assert {line.partition(" = ")[2].split()[0] for line, is_ in by_text.items() if is_} >= {
        "input"
    }
    varies = [
        instruction.operation.table_name if isinstance(instruction, Apply) else type(instruction)
        for instruction, is_ in zip(program.instructions, varying(program))
        if is_
    ]
    assert varies == [Input, "*", "+"]


def test_the_passes_take_a_loop_of_20000_terms_in_their_stride():
    weights = [Value(0.1 * i) for i in range(20_000)]

    def f(x):
        total = 0.0
        for weight in weights:
            total = total + weight * x
        return total

    program, _ = traced(f, 0.5)
    assert isinstance(program, Program)
    grouped = regroup(program)
    assert entries(grouped) == ["dot"]
    assert len(grouped.instructions) == 20_002
