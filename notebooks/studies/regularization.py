"""Weights that are pulled to 0: the same network of 20 units, for four strengths λ (L18).

Networks of tanh units, data and training are those of `capacity`, and λΣw² is added to the loss. Three
draws of the data, 20 initializations: two minutes on two cores.
"""

from __future__ import annotations

from typing import Any

from .capacity import measure, points, train

GRID = {"data": ["islands", "moons"], "draw": [0, 1, 2], "l2": [0.0, 0.001, 0.01, 0.1]}
SEEDS = 20


def run(data: str, draw: int, l2: float, seed: int) -> dict[str, Any]:
    """The figures of one training."""
    drawn = points(data, draw)
    return measure(train(drawn, 20, "tanh", seed, l2), drawn)
