"""`evaluate`: what an expression means, where an error points, and that nothing else gets through."""

import math
import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, ops, topological_order
from viz.expression import CONSTANTS, FUNCTIONS, OTHER_NAMES, ExpressionError, columns, evaluate


def value_of(text: str, **numbers: float) -> float:
    return evaluate(text, {name: Value(number, name) for name, number in numbers.items()}).data


def message_of(text: str, *names: str) -> str:
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, {name: Value(1.0, name) for name in names})
    return str(caught.value)


# What an expression means.


def test_the_lectures_neuron_has_its_known_value_and_gradients() -> None:
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(-1.0, "b")
    y = evaluate("tanh(w*x + b)", {"w": w, "x": x, "b": b})
    y.backward()
    assert (y.data, w.grad, x.grad, b.grad) == (0.0, 2.0, 0.5, 1.0)
    assert [node.label or node.op for node in topological_order(y)] == [*"wxb", "*", "+", "tanh"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1 + 2*3", 7.0),
        ("(1 + 2)*3", 9.0),
        ("-x**2", -9.0),
        ("2**3**2", 512.0),
        ("2**-1", 0.5),
        ("x**(1/2)", math.sqrt(3.0)),
        ("8 - 2 - x", 3.0),
        ("7 % x + -x // 2", -1.0),
        ("+x - -x", 6.0),
        ("0x10 + 1_000 + 1e-1", 1016.1),
        ("sin(pi/2) + log(e)", 2.0),
        ("sum(1, x, 3) + sum([1, x, 3])", 14.0),
        ("mean(1, x, 5)", 3.0),
        ("prod(2, x)", 6.0),
        ("max(1, x, 2) - min(1, x, 2)", 2.0),
        ("dot([1, 2], [x, 4], 5)", 16.0),
        ("dot([1, 2], [x, 4])", 11.0),
        ("sum(softmax(1, x, 2))", 1.0),
        ("select(1, softmax(0, 0, 0, 0))", 0.25),
        ("select(3 - 1, [1, x, 7])", 7.0),
        ("clip(x, -1, 2*1)", 2.0),
        ("leaky_relu(-x)", -0.03),
        ("leaky_relu(-x, 0.5)", -1.5),
        ("hypot(x, 4)", 5.0),
        ("where(0 < x <= 3, x, 0)", 3.0),
        ("where(0 < x < 2, x, 0)", 0.0),
        ("where(x == 3, 1, 2) + where(x != 3, 10, 20)", 21.0),
        ("where(x < 3, 1, 2) + where(x >= 4, 10, 20)", 22.0),
        ("  x \n\t+ 1 ", 4.0),
        ("1/(x - x)", math.inf),
        ("9**9**9**9", math.inf),
        ("1e999", math.inf),
        ("1" + "0" * 400, math.inf),
    ],
)
def test_known_answers(text: str, number: float) -> None:
    variables = {"x": Value(3.0)} if re.search(r"\bx\b", text) else {}
    assert evaluate(text, variables).data == pytest.approx(number, rel=1e-15)


ARITHMETIC = st.recursive(
    st.sampled_from(["x", "y", "0.5", "-3.0", "1e3"]),
    lambda parts: st.one_of(
        st.tuples(parts, st.sampled_from(["+", " - ", "*"]), parts).map("".join),
        parts.map("({})".format),
        parts.map("-{}".format),
    ),
)


@given(ARITHMETIC)
def test_arithmetic_binds_as_in_python(text: str) -> None:
    numbers = {"x": 1.25, "y": -7.0}
    variables = {name: Value(number) for name, number in numbers.items() if name in text}
    assert evaluate(text, variables).data == eval(text, {}, numbers)


def test_a_variable_is_one_leaf_wherever_it_occurs() -> None:
    x = Value(3.0, "x")
    y = evaluate("x + x", {"x": x})
    assert y.parents == (x, x)
    assert evaluate("(x)", {"x": x}) is x


def test_numbers_are_constants_and_constants_have_their_names() -> None:
    y = evaluate("pi * -2", {})
    assert [(node.kind, node.label, node.data) for node in y.parents] == [
        ("constant", "pi", math.pi),
        ("constant", "", -2.0),
    ]


def test_an_exponent_without_variables_belongs_to_the_operation() -> None:
    x, n = Value(2.0, "x"), Value(3.0, "n")
    fixed, variable = evaluate("x**(1 + 2)", {"x": x}), evaluate("x**n", {"x": x, "n": n})
    assert (fixed.op, fixed.parents) == ("**3", (x,))
    assert (variable.op, variable.parents) == ("**", (x, n))


def test_a_variable_may_take_the_name_of_a_constant() -> None:
    assert value_of("e + pi", e=1.0) == 1.0 + math.pi


def test_names_are_read_in_pythons_normal_form() -> None:
    # Python reads the ligature ﬁ as the two letters fi.
    assert value_of("ﬁ + fi", fi=2.0) == 4.0
    assert "Python reads it as fi" in message_of("fi", "ﬁ")


def test_a_korean_name_in_parts_is_the_composed_one() -> None:
    parts = "\u1100\u1161"  # 가, as some systems store it
    assert value_of(f"{parts} + 1", 가=2.0) == 3.0
    assert message_of(f"{parts} + z", "가").startswith("가 + z\n     ^\n")


# The functions.


def test_every_public_operation_of_the_table_can_be_called() -> None:
    public = {name for name in ops.TABLE if name in autograd.__all__}
    assert len(public) > 40
    assert public | {"softmax", "power"} == FUNCTIONS.keys()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_call_gives_what_the_function_gives(name: str) -> None:
    x, same = Value(0.5), Value(0.5)
    arguments = {
        "atan2": ("x, 2", (same, 2.0)),
        "clip": ("x, 0, 1", (same, 0.0, 1.0)),
        "dot": ("[x, 2], [3, x], 4", ([same, 2.0], [3.0, same], 4.0)),
        "elu": ("x, 2", (same, 2.0)),
        "hypot": ("x, 2", (same, 2.0)),
        "leaky_relu": ("x, 2", (same, 2.0)),
        "maximum": ("x, 2", (same, 2.0)),
        "minimum": ("x, 2", (same, 2.0)),
        "power": ("x, 2", (same, 2.0)),
        "select": ("1, [2, x]", (1, [2.0, same])),
        "where": ("x > 0, x, 2", (True, same, 2.0)),
    }
    if name in arguments:
        written, given = arguments[name]
    elif name in ("sum", "mean", "prod", "max", "min", "logsumexp", "softmax"):
        written, given = "x, 2", ([same, 2.0],)
    else:
        written, given = "x", (same,)
    if name == "softmax":
        result, expected = (
            evaluate(f"select(0, {name}({written}))", {"x": x}),
            FUNCTIONS[name](*given)[0],
        )
    else:
        result, expected = evaluate(f"{name}({written})", {"x": x}), FUNCTIONS[name](*given)
    result.backward()
    expected.backward()
    assert (result.data, x.grad) == pytest.approx((expected.data, same.grad), rel=0, nan_ok=True)


# Where an error points, and what it says.


def test_an_error_shows_the_text_a_caret_and_what_to_do() -> None:
    assert message_of("tanh(w*z + b)", "w", "x", "b") == (
        "tanh(w*z + b)\n       ^\nz has no value: give one, as z=1.0 (given: w, x, b)"
    )


@pytest.mark.parametrize(
    ("text", "at", "advice"),
    [
        ("z", 0, "z has no value: give one, as z=1.0"),
        ("2*tahn(1)", 2, "there is no function tahn: is it"),
        ("q1w2(1)", 0, "there are abs, acos, "),
        ("2*ln(1)", 2, "there is no function ln: is it log?"),
        ("arctan(1)", 0, "is it atan?"),
        ("Sgn(1)", 0, "is it sign?"),
        ("pow(2, 3)", 0, "is it power, or **?"),
        ("1 + tanh", 4, "tanh is a function: write its arguments, tanh(x)"),
        ("2*math.pi", 2, "there is no dot between names"),
        ("math.sin(1)", 0, "there is no dot between names"),
        ("1 + pi[0]", 4, "no subscripts"),
        ("2(3)", 0, "a product needs its *"),
        ("pi(3)", 0, "a product needs its *"),
        ("2pi", 0, "a product needs its *"),
        ("2 pi", 2, "is there an operator or a comma missing"),
        ("max(1 2)", 4, "is there an operator or a comma missing"),
        ("2^3", 1, "^ is written ** here"),
        ("2 × 3", 2, "× is written * here"),
        ("2 − 3", 2, "− is written - here"),
        ("2 << 3", 2, "the operators are + - * / % // ** and no other"),
        ("(2) << 3", 4, "the operators are"),
        ("'a'", 0, "has no meaning here"),
        ("1; 2", 1, "';' has no meaning here"),
        ("lambda x: x", 8, "':' has no meaning here"),
        ("1 # one", 2, "'#' has no meaning here"),
        ("1 + \x1b[31m", 4, r"'\x1b' has no meaning here"),
        ("1 + \0", 4, r"'\x00' has no meaning here"),
        ("1 + \ud800", 4, r"'\ud800' has no meaning here"),
        ("[q for q in pi]", 0, "this has no meaning here"),
        ("not pi", 0, "this has no meaning here"),
        ("1 and 2", 0, "this has no meaning here"),
        ("1or 2", 0, "this has no meaning here"),  # of which the parser warns
        ("await pi", 0, "this has no meaning here"),
        ("1 + True", 4, "True is not a real number"),
        ("-None", 1, "None is not a real number"),
        ("-True", 1, "True is not a real number"),
        ("2 + 3j", 4, "3j is not a real number"),
        ("1, 2", 0, "a comma outside"),
        ("max(*pi)", 4, "without *"),
        ("elu(1, alpha=2)", 7, "arguments go by their position: elu(x, [alpha])"),
        ("elu(**pi)", 4, "arguments go by their position"),
        ("y = 2", 2, "there is no = in an expression"),
        ("clip(1, 2)", 0, "it is clip(x, low, high), but here it has 2 arguments"),
        ("elu(1, 2, 3)", 0, "it is elu(x, [alpha]), but here it has 3 arguments"),
        ("tanh()", 0, "it is tanh(x), but here it has 0 arguments"),
        ("1 + clip(1, 3, 2)", 4, "low <= high"),
        ("max()", 0, "at least one"),
        ("max([])", 4, "this list is empty"),
        ("dot([], [])", 4, "this list is empty"),
        ("dot([1], [2, 3])", 0, "as many inputs as weights"),
        ("dot(1, 2)", 4, "this must be a list"),
        ("dot([1], max(2))", 9, "this must be a list"),
        ("[1, 2]", 0, "a list can only be an argument"),
        ("tanh([1])", 5, "a list can only be an argument"),
        ("max([1], [2])", 4, "a list can only be an argument"),
        ("1 + softmax(1, 2)", 4, "choose one of it, as in select(0, softmax(a, b))"),
        ("select(2, [1, 1])", 0, "no position 2 among 2 values"),
        ("select(-1, [1, 1])", 0, "no position -1"),
        ("select(0.5, [1, 1])", 7, "a whole number, not 0.5"),
        ("select(1e999, [1, 1])", 7, "a whole number, not inf"),
        ("1 > 0", 0, "the first argument of where"),
        ("where(1, 2, 3)", 6, "this must be a comparison"),
        ("where(1 in 2, 2, 3)", 6, "compare by one of < <= > >= == !="),
        ("1 if 2 > 1 else 3", 0, "a choice is written where(x > 0, a, b)"),
        ("tanh(1", 4, "'(' was never closed"),
        ("1)", 1, "unmatched ')'"),
        ("1 +", 3, "something is missing at the end"),
        ("9" * 5000, 0, "too many digits"),
    ],
)
def test_an_error_points_at_its_place(text: str, at: int, advice: str) -> None:
    lines = message_of(text).split("\n")
    assert len(lines) == 3
    assert lines[1] == " " * at + "^"
    assert advice in lines[2]


def test_a_fixed_argument_cannot_be_a_variable() -> None:
    assert message_of("clip(x, 0, x)", "x").endswith(
        "           ^\nthe high is a fixed number: it cannot depend on a variable"
    )


def test_a_product_with_a_bracket_needs_its_sign() -> None:
    assert "a product needs its *" in message_of("x(2 + 1)", "x")


def test_the_caret_stands_below_its_character_after_wide_ones() -> None:
    # A Korean syllable takes two columns, and three bytes.
    assert message_of("기울기 * z", "기울기").split("\n")[1] == " " * 9 + "^"
    assert message_of("기울기 * (2", "기울기").split("\n")[1] == " " * 9 + "^"
    assert message_of("기울기 * 2 << 1", "기울기").split("\n")[1] == " " * 11 + "^"
    # An accent on the letter before it takes none.
    assert message_of("q\u0308 + z", "q\u0308").split("\n")[1] == " " * 4 + "^"


def test_lines_are_shown_as_one() -> None:
    assert message_of("1 +\n  z").startswith("1 + z\n    ^\n")


def test_of_a_long_text_the_part_with_the_error_is_shown() -> None:
    shown, caret, _ = message_of("1+" * 100 + "z" + "+1" * 100).split("\n")
    assert columns(shown) <= 74
    assert (shown[0], shown[-1]) == ("…", "…")
    assert shown[caret.index("^")] == "z"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("2x", "no digit first"),
        ("", "letters, digits and _"),
        ("a b", "letters, digits and _"),
        ("lambda", "a word of Python; write lambda_"),
        ("True", "a word of Python"),
        ("tanh", "it is a function"),
    ],
)
def test_a_name_that_cannot_stand_in_an_expression_is_refused(name: str, reason: str) -> None:
    message = message_of("1", name)
    assert message.startswith(f"{name!r} cannot be the name of a variable: ")
    assert reason in message


def test_a_variable_that_does_not_occur_is_named() -> None:
    assert message_of("x + 1", "x", "y") == (
        "x + 1\ny is given but not used: leave it out, or correct it"
    )


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_an_empty_expression_asks_for_one(text: str) -> None:
    assert message_of(text) == "the expression is empty: give one, as tanh(w*x + b)"


# Nothing else gets through.


def test_a_text_too_long_is_refused() -> None:
    assert value_of("+".join(["1"] * 100) + " " * 20_000) == 100.0
    assert "10,001 characters are more than 10,000" in message_of("1" * 10_001)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 9_999,
        "(" * 300 + "1" + ")" * 300,
        "-" * 9_998 + "1",
        "1**" * 3_000 + "1",
        "1+" * 4_000 + "1",
        "max(" * 190 + "1" + ")" * 190 + "+1" * 2_000,
    ],
)
def test_a_text_nested_too_deeply_is_refused(text: str) -> None:
    assert "nested too deeply" in message_of(text)


def test_a_sum_of_hundreds_of_terms_is_read() -> None:
    assert value_of("+".join(["1"] * 500)) == 500.0


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "().__class__.__bases__[0].__subclasses__()",
        "open(1)",
        "eval(1)",
        "getattr(1, 2)",
        "print(1)",
        "(y := 1)",
        "f'{1}'",
        "grad(1)",
        "Value(1)",
        "no_grad()",
    ],
)
def test_what_is_no_function_of_numbers_is_refused(text: str) -> None:
    message_of(text)


TOKENS = [
    *FUNCTIONS,
    *CONSTANTS,
    *("x", "y", "0", "1", "2.5", "1e300", "9" * 400, "10j", "'", '"', "True", "if", "else", "for"),
    *("in", "not", "lambda", "(", "(", "(", ")", ")", ")", "[", "]", "{", "}", ",", ",", ".", ":"),
    *("+", "-", "*", "/", "**", "//", "<", ">=", "==", "=", ":=", "@", "%", "^", "~", "\\", "#"),
    *("\n", "\t", "\0", "가", "ﬁ", "²", "\u0301", "\ud800"),
]


@settings(deadline=5_000)
@given(
    st.one_of(
        st.text(st.characters(exclude_categories=())),
        st.text(st.characters(max_codepoint=126, min_codepoint=32)),
        st.lists(st.sampled_from(TOKENS)).map("".join),
        st.lists(st.sampled_from(TOKENS)).map(" ".join),
        st.tuples(
            st.lists(st.sampled_from(["(", "[", "max(", "-", "x**", "x,", "1+", "x if "])).map(
                lambda opening: "".join(opening) * 20
            ),
            st.sampled_from(["x", ")", "x)" * 100, ""]),
        ).map("".join),
    )
)
def test_any_text_gives_a_value_or_an_expression_error(text: str) -> None:
    for variables in ({}, {"x": Value(2.0, "x")}):
        with suppress(ExpressionError):
            assert isinstance(evaluate(text, variables), Value)


CALLS = st.recursive(
    st.sampled_from(["x", "-1", "0", "2.5", "pi", "1e300"]),
    lambda parts: st.one_of(
        st.tuples(st.sampled_from(sorted(FUNCTIONS)), st.lists(parts, max_size=3)).map(
            lambda call: f"{call[0]}({', '.join(call[1])})"
        ),
        st.lists(parts, max_size=3).map(lambda elements: f"[{', '.join(elements)}]"),
        st.tuples(parts, st.sampled_from(["**", "/", "*", ">", "=="]), parts).map("".join),
    ),
    max_leaves=8,
)


@given(CALLS)
def test_any_call_gives_a_value_or_an_expression_error(text: str) -> None:
    with suppress(ExpressionError):
        result = evaluate(f"0*x + {text}", {"x": Value(-0.5, "x")})
        result.backward()
        assert isinstance(result.data, float)


def test_other_names_lead_to_functions_and_are_none_themselves() -> None:
    for other, name in OTHER_NAMES.items():
        assert other not in FUNCTIONS
        assert name.partition(",")[0] in FUNCTIONS
