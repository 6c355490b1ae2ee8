"""Samples: what people bring as samples and targets, read by position."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any, Protocol

from autograd.conversion import brief, by_position, is_number

NUMBERING = "number the classes, as numpy.unique(y, return_inverse=True)[1] does"


class Samples(Protocol):
    """Samples, or their targets: a list, an array, a DataFrame, with one of them in each row.

    >>> samples: Samples = [[0.5, -1.0], [1.0, 0.0]]
    """

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Any]: ...

    def __getitem__(self, index: Any, /) -> Any: ...


def as_samples(given: Any, name: str, *, are_targets: bool = False) -> Any:
    """What was given as samples, or as targets, as something that `[i]` reads by position.

    A DataFrame, a Series or a tensor becomes an array, whatever its index and the names of its columns
    are; lists and arrays stay what they are. Targets in a single column are one number a sample.

    Raises TypeError, naming it, for what has no rows in an order, and for text and missing numbers in
    arrays and frames. A list is not looked into: a model of one's own may take other things.

    >>> import numpy as np
    >>> as_samples(np.array([[1.0], [2.0]]), "y", are_targets=True).tolist()
    [1.0, 2.0]
    """
    if isinstance(given, (list, tuple)):
        return given
    if (
        isinstance(given, (Mapping, Set, str, bytes))
        or hasattr(given, "toarray")  # a sparse matrix
        or not (hasattr(given, "__len__") and hasattr(given, "__getitem__"))
        or getattr(given, "shape", None) == ()
    ):
        raise TypeError(
            f"{name} must be a list or an array, or a DataFrame, a row for each sample, but got "
            f"{brief(given)}, which is of type {type(given).__name__}{_advice(given, name)}"
        )
    array = by_position(given)
    if not hasattr(array, "tolist"):
        return array
    import numpy as np

    if not isinstance(array, np.ndarray):
        return array
    if np.ma.is_masked(array):
        mask, array = np.ma.getmaskarray(array), np.asarray(array).astype(object)
        array[mask] = None  # which is refused below
    array = np.asarray(array)  # np.matrix would stay two-dimensional, row by row
    if array.dtype.kind not in "fiubV":
        array = _numbers(array, given, name, are_targets)
    is_column = not isinstance(array, list) and array.ndim == 2 and array.shape[1] == 1
    return array[:, 0] if are_targets and is_column else array


def paired(X: Any, y: Any, of: str) -> tuple[Any, Any]:
    """Samples and their targets, as by `as_samples`; ValueError if they are none, or not as many.

    >>> paired([[0.5]], (1.0,), "training")
    ([[0.5]], (1.0,))
    """
    X = as_samples(X, f"{of} X")
    y = as_samples(y, f"{of} y", are_targets=True)
    if len(X) == 0 or len(X) != len(y):
        raise ValueError(
            f"the {of} data must be samples and as many targets, but holds {len(X)} and {len(y)}"
        )
    return X, y


def plain(x: Any) -> Any:
    """What has a `tolist`, an array or a frame, as lists; all else as it is."""
    x = by_position(x)
    return x.tolist() if hasattr(x, "tolist") else x


def rows(samples: Any) -> Any:
    """Samples as eager code gets them: of an array the rows as lists, each made when it is asked for.

    Python floats are several times faster there than NumPy's scalars.
    """
    if not hasattr(samples, "tolist"):
        return samples
    kind = getattr(getattr(samples, "dtype", None), "kind", "")
    return samples.tolist() if kind == "O" else _Rows(samples)  # objects are in memory already


class _Rows:
    def __init__(self, array: Any) -> None:
        self._array = array

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, i: int) -> Any:
        row = self._array[i]
        return row.tolist() if hasattr(row, "tolist") else row

    def __iter__(self) -> Iterator[Any]:
        return map(self.__getitem__, range(len(self)))


def _advice(given: Any, name: str) -> str:
    name = name.split()[-1]
    if hasattr(given, "X_train"):
        return f": give its {name}_train"
    if hasattr(given, "toarray"):
        return f": give {name}.toarray()"
    if isinstance(given, Mapping):
        return f": put its columns side by side, as pandas.DataFrame({name}) does"
    if isinstance(given, Set):
        return ", which has no order"
    if hasattr(given, "__iter__") and not hasattr(given, "__getitem__"):
        return f", which can be read once, or in one order only: give list({name})"
    return ""


def _numbers(array: Any, given: Any, name: str, are_targets: bool) -> Any:
    """An array that is not of numbers as one that is, if it holds them; of other things, a list."""
    import numpy as np

    are_objects = array.dtype.kind == "O"
    elements = array.ravel().tolist() if are_objects else list(array.flat)
    if are_objects and all(map(is_number, elements)):
        return np.array(elements).reshape(array.shape)
    wrong = (i for i, x in enumerate(elements) if not are_objects or _is_text_or_missing(x))
    if (i := next(wrong, None)) is None:
        return array.tolist()  # lists, Values, and what a model of one's own takes
    row, *others = (int(k) for k in np.unravel_index(i, array.shape))
    columns = list(getattr(given, "columns", range(array.shape[-1])))
    place = f"row {row}" + (f" of column {columns[others[0]]!r}" if others else "")
    if _is_missing(elements[i]):
        advice = "leave such rows out, as DataFrame.dropna() does, or fill a number in"
        raise TypeError(f"{name} must hold numbers, but {place} is missing: {advice}")
    text = "leave it out, or make numbers of it, as pandas.get_dummies(X) does of text"
    raise TypeError(
        f"{name} must hold numbers, but {place} is {brief(elements[i])}, which is of type "
        f"{type(elements[i]).__name__}: {NUMBERING if are_targets else text}"
    )


def _is_missing(x: Any) -> bool:
    return x is None or repr(x) in ("<NA>", "NaT", "np.datetime64('NaT')")


def _is_text_or_missing(x: Any) -> bool:
    return isinstance(x, (str, bytes)) or hasattr(x, "isoformat") or _is_missing(x)
