"""The JavaScript reader: entries of the derivative table, printed as JavaScript source.

A formula is run once, with expressions in place of numbers and of vectors of any length, and what it
computes is printed: its local variables become constants, the table's named formulas functions. So no
derivative is written a second time. What JavaScript has no function for stands in functions.js.

The arithmetic is that of IEEE 754, in JavaScript as in the engine; nothing raises an exception.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from types import FrameType, FunctionType
from typing import Any

from autograd import floats, ops
from autograd.compiler.symbols import is_written_by_name
from autograd.ops import Formula, Operation
from viz.page.expressions import (
    CHOICE,
    COMPARISON,
    FUNCTIONS,
    MATH,
    Expression,
    Scope,
    call,
    expression,
    identifier,
    listed,
    spread,
    vector_of,
)

WIDTH = 100  # of a line of source


class _Run:
    """A function of the table, run with expressions.

    Attributes:
        result: what it returns.
        variables: its local variables that are expressions, by their names.
    """

    def __init__(self, function: Formula, *arguments: Any) -> None:
        variables: dict[str, Any] = {}

        def trace(frame: FrameType, event: str, _: Any) -> Any:
            if frame.f_code is not function.__code__:
                return None
            if event == "return":
                variables.update(frame.f_locals)
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            self.result = function(*arguments)
        finally:
            sys.settrace(before)
        self.variables = {
            identifier(name): vector_of(value)
            for name, value in variables.items()
            if isinstance(value, Expression) or spread(value) is not None
        }


class _Parameters:
    """The parameters of a function in JavaScript, and what a formula is given of them.

    Attributes:
        patterns: each parameter, with the expressions that it names.
        arguments: the formula's arguments.
        variables: expressions that are computed of the parameters first, by their names.
    """

    def __init__(self, operation: Operation) -> None:
        code = operation.formulas[1].__code__
        # Without `out`, the first, and static arguments, which come last.
        names = code.co_varnames[1 : code.co_argcount - len(operation.static)]
        self.variables: dict[str, Expression] = {}
        if operation.arguments is tuple:
            self.arguments: Sequence[Any] = [Expression(identifier(name)) for name in names]
            pattern = f"[{', '.join(map(identifier, names))}]"
            self.patterns = {pattern: list(self.arguments)}
        else:
            whole = Expression("xs" if operation.arguments is ops.one_vector else "parents")
            self.patterns = {whole.text(): [whole]}
            run = _Run(FunctionType(operation.arguments.__code__, FUNCTIONS), whole)
            self.arguments, self.variables = run.result, run.variables


class _Writer:
    """Prints entries of the table, and notes what they use.

    Attributes:
        constants: declarations of the constants that are used, by their names.
        functions: declarations of the functions that are used, each after those that it uses itself.
    """

    def __init__(self) -> None:
        self.constants: dict[str, str] = {}
        self.functions: dict[str, str] = {}

    def entry(self, operation: Operation) -> str:
        """The member of `TABLE` that an operation has."""
        key = key_of(operation)
        lines = [
            f"  {key if key.isidentifier() else json.dumps(key)}: {{",
            self._forward(operation),
            self._gradients(operation),
            "  },",
        ]
        return "\n".join(lines)

    def _forward(self, operation: Operation) -> str:
        parameters = _Parameters(operation)
        formula = operation.formulas[0]
        if formula is None or formula.__name__ != "<lambda>":
            # A base function, or a formula with a name, which others call too.
            result = call(operation.table_name)(*parameters.arguments)
            variables = parameters.variables
        else:
            run = _Run(operation.read(FUNCTIONS)[0], *parameters.arguments)
            result, variables = run.result, parameters.variables | run.variables
        return self._function("    forward: ", parameters.patterns, result, variables, ",")

    def _gradients(self, operation: Operation) -> str:
        parameters = _Parameters(operation)
        out = Expression("out")
        run = _Run(operation.read(FUNCTIONS)[1], out, *parameters.arguments)
        patterns = {"out": [out]} | parameters.patterns
        variables = parameters.variables | run.variables
        return self._function("    gradients: ", patterns, run.result, variables, ",")

    def _function(
        self,
        before: str,
        patterns: Mapping[str, Sequence[Expression]],
        result: Any,
        variables: Mapping[str, Expression],
        after: str,
    ) -> str:
        """A function, between the texts that stand before and after it.

        The last of its parameters are left out if nothing uses them, and so are variables.
        """
        given = [one for named in patterns.values() for one in named]
        names = {one: name for name, one in variables.items() if one not in given}
        scope = Scope(names)
        margin = " " * (len(before) - len(before.lstrip()))
        scope.text(expression(result))
        statements: list[str] = []
        for one in sorted(names, key=lambda one: one.serial, reverse=True):
            if one in scope.printed:
                statements.insert(0, f"{margin}  const {names[one]} = {scope.definition(one)};")
        parameters = list(patterns)
        while parameters and scope.printed.isdisjoint(patterns[parameters[-1]]):
            parameters.pop()
        head = f"{before}({', '.join(parameters)}) => "
        if statements:
            returned = _lines(scope, f"{margin}  return ", result, ";")
            lines = [f"{head}{{", *statements, *returned, f"{margin}}}{after}"]
        else:
            lines = _lines(scope, head, result, after, COMPARISON)
        for name in scope.used:
            self._declare(name)
        return "\n".join(lines)

    def _declare(self, name: str) -> None:
        """Declare a function or a constant of the table, unless it is JavaScript's."""
        function: Any = floats.FUNCTIONS.get(name)  # None for an operator
        written = identifier(name)
        if name in MATH or written in self.functions:
            return
        if isinstance(function, float):
            self.constants[written] = f"const {written} = {expression(function).text()};"
        elif getattr(function, "__globals__", None) is floats.FUNCTIONS:  # a formula of the table
            code = function.__code__
            names = map(identifier, code.co_varnames[: code.co_argcount])
            patterns = {name: [Expression(name)] for name in names}
            run = _Run(FunctionType(code, FUNCTIONS), *(one for (one,) in patterns.values()))
            self.functions[written] = self._function(
                f"const {written} = ", patterns, run.result, run.variables, ";"
            )
        else:
            self._copy(written)

    def _copy(self, name: str) -> None:
        """Declare a function of functions.js, and before it those that it uses."""
        declarations = _written_by_hand()
        if name not in declarations:
            raise LookupError(
                f"the derivative table uses {name}, which JavaScript's Math does not have: declare it "
                "in viz/page/functions.js"
            )
        words = _WORD.findall(_COMMENT.sub("", declarations[name]))
        for word in dict.fromkeys(words):
            if word in declarations and word != name and word not in self.functions:
                self._copy(word)
        self.functions[name] = declarations[name]


def _lines(scope: Scope, before: str, result: Any, after: str, binding: int = CHOICE) -> list[str]:
    """An expression between two texts; elements have lines of their own where they would be too long."""
    line = before + scope.text(expression(result), binding) + after
    if len(line) <= WIDTH or not isinstance(result, tuple):
        return [line]
    margin = " " * (len(before) - len(before.lstrip()))
    elements = [scope.text(Expression(*listed([element]))) for element in result]
    return [f"{before}[", *(f"{margin}  {element}," for element in elements), f"{margin}]{after}"]


_COMMENT = re.compile(r"//.*")
_WORD = re.compile(r"(?<![.\w])[A-Za-z]\w*")
_DECLARATION = re.compile(r"^const (\w+) =", re.MULTILINE)


@cache
def _written_by_hand() -> dict[str, str]:
    """The declarations of functions.js, by their names, with the comments before them."""
    text = resources.files("viz.page").joinpath("functions.js").read_text("utf-8")
    blocks = re.split(r"\n\n(?=\S)", text.strip())
    return {match[1]: block for block in blocks if (match := _DECLARATION.search(block))}


def key_of(operation: Operation) -> str:
    """The key of an operation in `TABLE`: its name there, and its static arguments if it has any.

    Raises ValueError for a user's own operation, which has no entry.

    >>> import math
    >>> from autograd import Value
    >>> x = Value(2.0)
    >>> [key_of(v.operation) for v in (x**3, x.tanh(), x.clip(-1.0, math.inf))]
    ['power(3)', 'tanh', 'clip(-1, Infinity)']
    """
    if is_written_by_name(operation):
        raise ValueError(
            f"{operation.name} is an operation of a user's own: it is no entry of the derivative table "
            "and has no JavaScript"
        )
    if not operation.static:
        return operation.table_name
    static = ", ".join(map(_static, operation.static))
    return f"{operation.table_name}({static})"


def _static(argument: float) -> str:
    return str(argument).lower() if isinstance(argument, bool) else expression(argument).text()


def table(operations: Iterable[Operation]) -> str:
    """The entries of some operations as JavaScript source.

    The source declares the constants and functions that the entries use, and no others, and at last
    `TABLE`, whose members are found by `key_of`:

        const TABLE = { "key": { forward: (xs) => number, gradients: (out, xs) => [numbers] }, ... };

    `xs` is the array of all operands in order; there is a local gradient for each. Static arguments are
    written into an entry, so that `x ** 2` and `x ** 3` have one each. Users' own operations have none,
    and are passed over. The source depends on which operations there are, not on their order.

    >>> from autograd import ops
    >>> print(table([ops.tanh]), end="")
    const sech2 = (x) => {
      const t = Math.tanh(x);
      const tail = Math.exp((Math.abs(x) > 300 ? -1 : -2) * Math.abs(x));
      const far = Math.abs(x) > 300 ? 4 * tail * tail : (4 * tail) / ((1 + tail) * (1 + tail));
      return Math.abs(x) < 0.75 ? 1 - t * t : far;
    };
    <BLANKLINE>
    const TABLE = {
      tanh: {
        forward: ([x]) => Math.tanh(x),
        gradients: (out, [x]) => [sech2(x)],
      },
    };
    """
    by_key = {key_of(one): one for one in operations if not is_written_by_name(one)}
    order = [*ops.TABLE, *ops.DECISIONS, *ops.DERIVATIVES]
    keys = sorted(by_key, key=lambda key: (order.index(by_key[key].table_name), key))
    writer = _Writer()
    entries = [writer.entry(by_key[key]) for key in keys]
    declared = "\n".join(["const TABLE = {", *entries, "};"]) if entries else "const TABLE = {};"
    constants = "\n".join(writer.constants[name] for name in sorted(writer.constants))
    return "\n\n".join(filter(None, [constants, *writer.functions.values(), declared])) + "\n"
