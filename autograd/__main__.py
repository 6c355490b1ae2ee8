"""The command `python -m autograd`: measure how exact the table of operations is."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from difflib import get_close_matches

from autograd import ops


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status: 1 if a bound is broken, 2 for a wrong request."""
    options = _parser().parse_args(arguments)
    operations = list(dict.fromkeys(options.operations)) or list(ops.TABLE)
    for name in operations:
        if name not in ops.TABLE:
            alike = get_close_matches(name, ops.TABLE, n=3) or list(ops.TABLE)
            return _refuse(f"no operation {name!r} in the table: there is {', '.join(alike)}")
    try:
        from autograd import accuracy
    except ModuleNotFoundError as error:
        if error.name != "mpmath":
            raise
        return _refuse('the exact answers come from mpmath: pip install "glassgrad[test]"')

    broken: list[accuracy.Row] = []
    print(accuracy.HEADING)
    for rows in accuracy.table(operations, options.samples, options.seed):
        print(*accuracy.lines(rows), sep="\n", flush=True)
        broken += [row for row in rows if row.fraction > 1]
    if broken:
        names = ", ".join(dict.fromkeys(row.operation for row in broken))
        print(f"{len(broken)} bounds are broken: {names}")
        return 1
    print(f"All bounds hold: {len(operations)} operations.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m autograd", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="check")
    check = commands.add_parser(
        "check",
        help="compare values and local gradients with mpmath at 50 digits",
        description="Compare each operation's value and local gradients with mpmath at 50 digits. "
        "The bound is 4 ulp + 4·2^-52·Σ|x ∂f/∂x|; the exit status is 1 if any is broken.",
    )
    check.add_argument(
        "operations",
        nargs="*",
        metavar="operation",
        help="its name in the table: tanh, logsumexp, '*' (in quotes), ...; default: all",
    )
    check.add_argument(
        "--samples", type=_count, default=10_000, metavar="N", help="points each (default: 10000)"
    )
    check.add_argument("--seed", type=int, default=0, metavar="S", help="other points (default: 0)")
    return parser


def _count(text: str) -> int:
    n = int(text)
    if n < 1:
        raise argparse.ArgumentTypeError(f"{text}: there must be at least 1 sample")
    return n


def _refuse(message: str) -> int:
    print(f"python -m autograd check: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
