"""The random numbers of a call, drawn at once from the streams that eager code would draw from.

Sample after sample, and within a sample in the order in which the function draws: so under one seed
compiled and eager code see the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np

from autograd.substitution import stand_in
from autograd.value import Draw

_MANY = 1000  # numbers: from here on NumPy draws them, from the same stream


def draw_all(draws: Sequence[Draw], batch: int) -> Any:
    """The random leaves of a batch: of shape (number of draws, batch).

    Raises TypeError for a generator that is no `random.Random`.
    """
    numbers = np.empty((len(draws), batch))
    of_generator: dict[Random, list[int]] = {}
    for index, draw in enumerate(draws):
        of_generator.setdefault(draw.generator, []).append(index)
    for generator, indices in of_generator.items():
        uniform = uniforms(stand_in(generator), batch * len(indices)).reshape(batch, len(indices)).T
        start = 0
        while start < len(indices):
            draw, stop = draws[indices[start]], start + 1
            while stop < len(indices) and draws[indices[stop]] is draw:
                stop += 1
            numbers[indices[start:stop]] = draw.of_uniform(uniform[start:stop])
            start = stop
    return numbers


def uniforms(generator: Random, count: int) -> Any:
    """The next numbers of a generator's `random()`.

    >>> uniforms(Random(0), 2).tolist() == uniforms(Random(0), 2000)[:2].tolist()
    True
    """
    if count < _MANY or type(generator) is not Random:
        return np.array([generator.random() for _ in range(count)])
    # Both are MT19937, and make a float of its output in the same way.
    version, (*key, position), gauss = generator.getstate()
    mersenne_twister = np.random.MT19937()
    mersenne_twister.state = {
        "bit_generator": "MT19937",
        "state": {"key": np.array(key, dtype=np.uint32), "pos": position},
    }
    numbers = np.random.RandomState(mersenne_twister).random_sample(count)
    state: Any = mersenne_twister.state["state"]
    generator.setstate((version, (*state["key"].tolist(), int(state["pos"])), gauss))
    return numbers
