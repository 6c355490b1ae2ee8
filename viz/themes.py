"""Themes: the colours of pictures. Colour means sign and nothing else, unless a theme says otherwise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Theme:
    """The colours of a picture, as CSS hex codes.

    Attributes:
        background, ink, quiet: of the paper, of text and outlines, of what matters less.
        fill: of what is given, the inputs.
        positive, negative: of numbers, by their sign; 0 and nan are `quiet`. Blue and orange stay
            apart for colour-blind eyes, and these are strong enough for small text.
        value, gradient: of all values, and of all gradients, in place of their signs' colours.
    """

    background: str
    ink: str
    quiet: str
    fill: str
    positive: str
    negative: str
    value: str | None = None
    gradient: str | None = None

    def of_sign(self, number: float | None) -> str:
        """The colour of a number: `quiet` for 0, nan and None.

        >>> LIGHT.of_sign(-2.0) == LIGHT.negative
        True
        """
        return {"positive": self.positive, "negative": self.negative}.get(sign(number), self.quiet)

    def of_gradient(self, number: float | None) -> str:
        """The colour of a gradient, which a theme may give to all of them."""
        return self.of_sign(number) if self.gradient is None else self.gradient


LIGHT = Theme("#ffffff", "#1a1a1a", "#6b6b6b", "#efefef", "#0067a5", "#b84a00")
THEMES = {
    "light": LIGHT,
    "dark": Theme("#14171c", "#f2f2f2", "#a6a6a6", "#2c3440", "#74b9ff", "#ffa552"),
    # As in the course's diagrams: what flows forward is green, what flows back red.
    "cs231n": Theme(
        "#ffffff", "#1a1a1a", "#6b6b6b", "#efefef", "#0067a5", "#b84a00", "#0a7d1c", "#cc0000"
    ),
}


def theme_named(name: str) -> Theme:
    """The theme of a name; ValueError for an unknown one."""
    if name not in THEMES:
        raise ValueError(f"theme must be one of {', '.join(THEMES)}, but got {name!r}")
    return THEMES[name]


def sign(number: float | None) -> str:
    """ "positive", "negative", or "neutral" for 0, nan and None.

    >>> sign(-2.0), sign(0.0)
    ('negative', 'neutral')
    """
    if number is None or not (number > 0 or number < 0):
        return "neutral"
    return "positive" if number > 0 else "negative"
