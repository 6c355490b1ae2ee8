"""Numbers and operations as pictures write them: short, and never a 0.0000 that is not zero."""

from __future__ import annotations

# In place of a gradient that no backward pass has computed: it is not 0.
NOT_COMPUTED = "–"

SYMBOLS = {"*": "×", "-": "−", "/": "÷", "neg": "−", "dot": "Σ", "sum": "Σ"}


def short(number: float) -> str:
    """A number to 3 significant digits, with a true minus sign; integers below 100,000 in full.

    >>> [short(x) for x in (6.0, -0.70710678, 24.7041, 1.234e-7, -98765.4, float("-inf"))]
    ['6', '−0.707', '24.7', '1.23e−7', '−9.88e4', '−inf']
    """
    if number == 0:
        return "0"  # -0.0 too
    in_full = number.is_integer() and abs(number) < 100_000
    text = f"{number:.0f}" if in_full else f"{number:.3g}"
    mantissa, e, exponent = text.partition("e")
    return (mantissa + (f"e{int(exponent)}" if e else "")).replace("-", "−")


def symbol(op: str) -> str:
    """The sign of an operation, if it has one, else its name.

    >>> symbol("dot"), symbol("tanh")
    ('Σ', 'tanh')
    """
    return SYMBOLS.get(op, op)
