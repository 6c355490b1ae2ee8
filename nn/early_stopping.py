"""Early stopping: a callback of `fit`."""

from __future__ import annotations

import math
from dataclasses import dataclass

from autograd.conversion import as_count, did_you_mean
from nn.history import SERIES, History


@dataclass(frozen=True)
class EarlyStopping:
    """A callback of `fit` that ends training when a figure no longer improves.

    Args:
        patience: it ends after so many epochs in a row without an improvement; at least 1.
        metric: a list of `History`; an accuracy is to rise, all others are to fall.
        min_delta: what counts as an improvement: more than this.

    >>> stop = EarlyStopping(patience=2, metric="loss")
    >>> history = History()
    >>> for loss in (0.5, 0.25, 0.25, 0.3):
    ...     history.append({"loss": loss})
    ...     print(stop(None, history))
    False
    False
    False
    True
    """

    patience: int = 10
    metric: str = "validation_loss"
    min_delta: float = 0.0

    def __post_init__(self) -> None:
        as_count(self.patience, "patience")
        if self.metric not in SERIES:
            raise ValueError(
                f"metric must be one of {', '.join(SERIES)}, but is {self.metric!r}"
                f"{did_you_mean(self.metric, SERIES)}"
            )

    def __call__(self, model: object, history: History) -> bool:
        figures: list[float] = getattr(history, self.metric)
        if not figures:
            raise ValueError(
                f"EarlyStopping watches {self.metric}, but there is none: give fit() validation data, "
                "or watch metric='loss'"
            )
        sign = -1.0 if self.metric.endswith("accuracy") else 1.0
        best, best_epoch = math.inf, 0
        for epoch, figure in enumerate(figures):
            if sign * figure < best - self.min_delta:
                best, best_epoch = sign * figure, epoch
        return len(figures) - 1 - best_epoch >= self.patience
