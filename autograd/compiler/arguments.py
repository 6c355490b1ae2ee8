"""Arguments and results: what shape they have, and whether a call is for one sample or for a batch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd.compiler.trace import Signature
from autograd.conversion import brief, by_position, is_number

Shape = tuple[int, ...] | None  # None: nested lists of unequal lengths

_FLOAT64 = np.dtype(np.float64)


class Arguments:
    """The arguments that a compiled function takes: numbers in the structure of its examples.

    Attributes:
        names: of the arguments.
        structures: nested lists that hold the number of each Input instruction.
        shapes: of the arguments.
    """

    def __init__(self, signature: Signature) -> None:
        self.names = signature.names
        self.structures = signature.arguments
        self.shapes = [shape_of(structure) for structure in self.structures]
        self._place = signature.place

    def read(self, args: tuple[Any, ...]) -> tuple[list[Any], int | None]:
        """The arguments: lists of floats for one sample, arrays for a batch; and its size, or None."""
        if len(args) != len(self.shapes):
            raise TypeError(
                f"{self._place} was compiled for {len(self.shapes)} arguments "
                f"({', '.join(self.names)}), but got {len(args)}"
            )
        samples: list[Any] = []
        sizes: list[int | None] = []
        for name, shape, structure, arg in zip(self.names, self.shapes, self.structures, args):
            is_array = arg.__class__ is np.ndarray and arg.dtype is _FLOAT64
            if is_array and arg.ndim and arg.shape[1:] == shape:  # the usual case, and the quickest
                samples.append(arg)
                sizes.append(len(arg))
            else:
                sample, size = self._sample(name, shape, structure, arg)
                samples.append(sample)
                sizes.append(size)
        if not sizes or all(size is None for size in sizes):
            return samples, None
        if None in sizes:
            told = ", ".join(
                f"{name} is {'one sample' if size is None else f'a batch of {size}'}"
                for name, size in zip(self.names, sizes)
            )
            raise TypeError(f"{self._place} takes one sample or a batch, not a mixture: {told}")
        if len(set(sizes)) > 1:
            told = ", ".join(f"{name} has {size}" for name, size in zip(self.names, sizes))
            raise ValueError(f"{self._place} takes a batch of one size, but {told} samples")
        if sizes[0] == 0:
            raise ValueError(f"{self._place} got a batch of no samples")
        return samples, sizes[0]

    def _sample(
        self, name: str, shape: tuple[int, ...] | None, structure: Any, arg: Any
    ) -> tuple[Any, int | None]:
        if arg.__class__ is float and shape == ():
            return arg, None
        arg = by_position(arg)
        if shape is None:  # nested lists of unequal lengths
            return self._ragged(name, structure, arg)
        array = numbers_in(arg)
        if array is None:
            raise TypeError(
                f"{name} of {self._place} takes numbers of shape {shape}, or a batch of them, but "
                f"got {brief(arg)}{_advice(arg)}"
            )
        if array.shape == shape:
            return (float(arg) if shape == () else array.astype(np.float64).tolist()), None
        if array.shape[1:] == shape and array.ndim == len(shape) + 1:
            return array, len(array)
        raise ValueError(
            f"{name} of {self._place} was compiled for the shape {shape}, or "
            f"(batch{''.join(f', {n}' for n in shape)}) for a batch, but got one of shape {array.shape}"
        )

    def _ragged(self, name: str, structure: Any, arg: Any) -> tuple[Any, int | None]:
        """An argument of nested lists of unequal lengths: one sample, or a list of them."""

        def filled(part: Any, like: Any) -> Any:
            """The numbers of a sample as nested lists of floats; None if it is not like the example."""
            if not isinstance(like, list):
                number = numbers_in(part)
                return None if number is None or number.shape != () else float(number)
            if not isinstance(part, (list, tuple, np.ndarray)) or len(part) != len(like):
                return None
            inner = [filled(*pair) for pair in zip(part, like)]
            return None if None in inner else inner

        if (sample := filled(arg, structure)) is not None:
            return sample, None
        if isinstance(arg, (list, tuple, np.ndarray)):
            samples = [filled(sample, structure) for sample in arg]
            if None not in samples:
                return np.array([flat(sample) for sample in samples]), len(samples)
        raise TypeError(
            f"{name} of {self._place} takes nested lists of numbers with the example's lengths, or a "
            f"list of such samples, but got {brief(arg)}{_advice(arg)}"
        )


def numbers_in(arg: Any) -> Any:
    """A number, or nested lists of them, as an array; None if it is anything else."""
    try:
        array = np.asarray(arg)
        if array.dtype == object and all(map(is_number, array.flat)):
            array = array.astype(np.float64)
    except (OverflowError, TypeError, ValueError):  # lists of unequal lengths, or a huge int
        return None
    return array if array.dtype.kind in "fiub" else None


def _advice(arg: Any) -> str:
    first = arg
    while isinstance(first, (list, tuple)) and first:
        first = first[0]
    return "; give its .data" if hasattr(first, "local_gradients") else ""


def flat(structure: Any) -> list[Any]:
    """The elements of nested lists, in order."""
    if not isinstance(structure, list):
        return [structure]
    return [index for part in structure for index in flat(part)]


def structured(structure: Any, numbers: Iterable[Any]) -> Any:
    """Nested lists of the same structure, with these numbers in order."""
    rest = iter(numbers)

    def filled(part: Any) -> Any:
        return [filled(inner) for inner in part] if isinstance(part, list) else next(rest)

    return filled(structure)


def shape_of(structure: Any) -> Shape:
    """The shape of nested lists; None if they are of unequal lengths."""
    if not isinstance(structure, list):
        return ()
    shapes = {shape_of(part) for part in structure}
    if len(shapes) > 1 or None in shapes:
        return None
    (inner,) = shapes or {()}
    assert inner is not None
    return (len(structure), *inner)
