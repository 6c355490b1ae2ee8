"""Rows: samples and targets as arrays, of which compiled code gets those of a batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import TraceError
from autograd.conversion import is_number

Array = Any  # a NumPy array

_PART = 2**20  # targets, of which the distinct ones are looked for at once


class Rows:
    """Samples, or targets, as one array, of which only what is asked for is read.

    Args:
        samples: an array, which may be a memory-mapped one, or nested lists of one shape.
        name: of them, for messages.

    Raises TraceError for all else, such as samples of unequal lengths: no compiled function takes them.

    >>> rows = Rows([[0.5, 1.0], [2, 3]], "X")
    >>> rows.take([1, 0]).tolist(), rows[1]
    ([[2.0, 3.0], [0.5, 1.0]], [2, 3])
    """

    def __init__(self, samples: Any, name: str) -> None:
        self._is_list = isinstance(samples, (list, tuple))
        if not self._is_list and not hasattr(samples, "tolist"):
            raise TraceError(
                f"{name} is of type {type(samples).__name__}, but arrays and lists are compiled for"
            )
        try:
            array = np.asarray(samples)
            if array.dtype.kind == "O" and all(map(is_number, array.flat)):
                array = array.astype(np.float64)
        except Exception as error:
            raise TraceError(f"{name} is not numbers, as many for each sample: {error}") from error
        if array.dtype.kind not in "fiub":
            raise TraceError(f"{name} is not numbers, but of the type {array.dtype}")
        self._samples, self._array = samples, array

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, i: int) -> Any:
        """A sample as eager code gets it."""
        return self._samples[i] if self._is_list else self._array[i].tolist()

    def take(self, indices: Any) -> Array:
        """An array of the samples at these indices, or in this slice."""
        return self._array[indices]

    def example(self, *, is_class: bool = False) -> Any:
        """A sample to compile for: finite numbers, whole ones as ints, which may be labels."""
        if self._array.dtype.kind in "iub":
            return self._array[0].tolist()
        first = self._array[:1].astype(np.float64)
        first[~np.isfinite(first)] = 0.5
        return int(first[0]) if is_class else first[0].tolist()

    def first_of_each(self) -> list[int]:
        """Where each distinct number comes first, of targets that are single numbers."""
        found: dict[Any, int] = {}
        if self._is_list:
            for i, number in enumerate(self._samples):
                # Its type counts: a loss may refuse the label 1.0.
                found.setdefault((type(number), float(number)), i)
        else:
            for start in range(0, len(self), _PART):
                part = self._array[start : start + _PART]
                for number, first in zip(*np.unique(part, return_index=True)):
                    found.setdefault(float(number), start + int(first))
        return list(found.values())

    def extremes(self) -> list[int]:
        """Where the smallest and the largest number are, and the smallest and the largest sum of a row.

        A loss that takes these as targets takes all that lie between. A nan is an extreme of each kind.
        """
        found: list[list[tuple[float, int]]] = []
        for start in range(0, len(self), _PART):
            part = self._array[start : start + _PART].reshape(-1, self._array[0].size)
            sums = part.sum(axis=1)
            kinds = part.min(axis=1), -1.0 * part.max(axis=1), sums, -1.0 * sums
            ranks = [np.where(np.isnan(numbers), -np.inf, numbers) for numbers in kinds]
            places = [int(rank.argmin()) for rank in ranks]
            found.append([(float(r[i]), start + i) for r, i in zip(ranks, places)])
        return list(dict.fromkeys(min(kind)[1] for kind in zip(*found)))
