"""Schedules: how the learning rate changes from epoch to epoch.

A schedule is any function of the epoch, counted from 0, that gives a factor of the first learning
rate. Those made here can be pickled.

>>> from autograd import Value
>>> from nn.optimizers import SGD
>>> optimizer, schedule = SGD([Value(1.0)], lr=0.5), step_decay(10)
>>> optimizer.lr = 0.5 * schedule(10)
>>> optimizer.lr
0.05
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from autograd.conversion import as_count, as_float

Schedule = Callable[[int], float]


def step_decay(step_size: int, gamma: float = 0.1) -> Schedule:
    """Multiply the learning rate by gamma every `step_size` epochs. PyTorch's `StepLR`.

    Raises ValueError for a step_size below 1, or a gamma outside (0, 1].

    >>> schedule = step_decay(10, gamma=0.5)
    >>> [schedule(epoch) for epoch in (0, 9, 10, 25)]
    [1.0, 1.0, 0.5, 0.25]
    """
    step_size = as_count(step_size, "step_size")
    if not 0.0 < as_float(gamma, "gamma") <= 1.0:
        raise ValueError(f"gamma must lie in (0, 1], but is {gamma!r}")
    return partial(_in_steps, step_size, gamma)


def cosine_decay(n_epochs: int, floor: float = 0.0) -> Schedule:
    """Lower the learning rate to `floor` times the first, along half a wave of a cosine.

    From epoch n_epochs on it stays there. Until then it is PyTorch's `CosineAnnealingLR` with
    T_max=n_epochs and eta_min=floor·lr (Loshchilov and Hutter 2017).

    Raises ValueError for n_epochs below 1, or a floor outside [0, 1].

    >>> schedule = cosine_decay(10, floor=0.5)
    >>> [round(schedule(epoch), 12) for epoch in (0, 5, 10, 25)]
    [1.0, 0.75, 0.5, 0.5]
    """
    n_epochs = as_count(n_epochs, "n_epochs")
    if not 0.0 <= as_float(floor, "floor") <= 1.0:
        raise ValueError(f"floor must lie in [0, 1], but is {floor!r}")
    return partial(_along_a_cosine, n_epochs, floor)


def _in_steps(step_size: int, gamma: float, epoch: int) -> float:
    factor: float = gamma ** (epoch // step_size)
    return factor


def _along_a_cosine(n_epochs: int, floor: float, epoch: int) -> float:
    remaining = 0.5 * (1.0 + math.cos(math.pi * min(epoch, n_epochs) / n_epochs))
    return remaining + floor * (1.0 - remaining)
