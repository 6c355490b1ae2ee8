"""Samples with their targets: `Dataset`, and how to make one of samples of one's own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal

from nn.samples import NUMBERING, as_samples

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nn.data.table import Table


class DataError(ValueError):
    """Data from which no data set can be made; the message says which, and what was expected.

    >>> dataset("one class", [[0.0], [1.0]], [1, 1])
    Traceback (most recent call last):
        ...
    nn.data.dataset.DataError: y must hold at least 2 classes, but holds class 1 alone
    """


@dataclass(frozen=True)
class Dataset:
    """Samples with their targets, parted into those to train on and those held out.

    Attributes:
        name: what it is called, on a command line or in a title.
        X_train, X_test: the samples, lists of lists of n_inputs floats.
        y_train, y_test: the targets, one per sample: floats for a regression, else ints: -1 and +1
            where the sign of one score is to part two classes, or class numbers from 0.
        n_outputs: how many outputs a network needs: one, or one per class.
        classes: the names of the classes, in the order of their numbers; empty for a regression.
        features: the names of the inputs.
        mean, scale: what was subtracted from each input, and what it was divided by then; empty if
            the inputs are as they were measured.
        table: of samples from a CSV file, what was learnt about its columns; else None.

    The samples of a large CSV file, and their targets, are arrays in place of lists, which would take
    several times as much memory.

    >>> data = Dataset("or", [[0.0, 0.0], [0.0, 1.0]], [-1, 1], [[1.0, 1.0]], [1], n_outputs=1)
    >>> data.n_inputs, data.task
    (2, 'binary')
    """

    name: str
    X_train: list[list[float]] | NDArray[np.float64]
    y_train: list[int] | list[float] | NDArray[Any]
    X_test: list[list[float]] | NDArray[np.float64]
    y_test: list[int] | list[float] | NDArray[Any]
    n_outputs: int
    classes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    mean: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    table: Table | None = field(default=None, compare=False)

    @property
    def n_inputs(self) -> int:
        """How many numbers a sample has."""
        return len(self.X_train[0])

    @property
    def task(self) -> Literal["regression", "binary", "multiclass"]:
        """What is to be learned: a quantity, which of two classes (one score), or which of several."""
        if self.n_outputs > 1:
            return "multiclass"
        return "regression" if isinstance(self.y_train[0], float) else "binary"

    def __repr__(self) -> str:
        return (
            f"Dataset({self.name!r}, {self.task!r}, n_inputs={self.n_inputs}, "
            f"n_outputs={self.n_outputs}, {len(self.X_train)} samples to train on, "
            f"{len(self.X_test)} held out)"
        )


def dataset(
    name: str,
    X: Any,
    y: Any,
    *,
    n_outputs: int | None = None,
    test_size: float = 0.25,
    standardize: bool = False,
    seed: int = 0,
    classes: Sequence[str] = (),
    features: Sequence[str] = (),
) -> Dataset:
    """Make a Dataset of samples of one's own: check them, hold some out, standardize them if asked to.

    Args:
        name: what to call it.
        X: the samples: lists of numbers of one length, or an array of shape (n_samples, n_features).
        y: the targets, n_samples numbers. Floats are quantities. Whole numbers are classes: -1 and
            +1, or 0 and 1 which become -1 and +1, for two; else from 0 to n_outputs - 1.
        n_outputs: how many outputs a network needs. If None, 1 for quantities and for two classes,
            otherwise the number of classes. Two classes with n_outputs=2 stay 0 and 1.
        test_size: the fraction of the samples that is held out, between 0 and 1. They are chosen at
            random; of classes, so that each keeps its share in both parts.
        standardize: whether to subtract from each feature its mean and divide it by its (population)
            standard deviation. Both are those of the training part, and serve for the part held out
            as well; a feature that is constant there is divided by 1.
        seed: fixes which samples are held out.
        classes, features: names, in the order of the class numbers and of the columns of X.

    Raises DataError if X or y has another shape, or holds something else than finite numbers; if
    there are fewer than two classes or samples too few for both parts; if there are more or fewer
    names than things to name. Raises ValueError for another test_size or n_outputs.

    >>> data = dataset("doubling", [[0.0], [1.0], [2.0], [3.0]], [0.0, 2.0, 4.0, 6.0])
    >>> data.task, len(data.X_train), len(data.X_test)
    ('regression', 3, 1)
    """
    import numpy as np

    if n_outputs is not None and n_outputs < 1:
        raise ValueError(f"n_outputs must be at least 1, but is {n_outputs!r}")
    samples = _samples(X)
    targets, n_outputs, n_classes = _targets(y, len(samples), n_outputs)
    _require_names(features, samples.shape[1], "features")
    _require_names(classes, n_classes, "classes")
    train, test = split(targets, test_size, seed, are_classes=n_classes > 0)
    X_train, X_test, y_train, y_test = samples[train], samples[test], targets[train], targets[test]
    if n_classes and n_outputs == 1:
        y_train, y_test = (np.where(part == 1, 1, -1) for part in (y_train, y_test))
    mean: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    if standardize:
        X_train, X_test, mean, scale = _standardized(X_train, X_test, features)
    return Dataset(
        name,
        X_train.tolist(),
        y_train.tolist(),
        X_test.tolist(),
        y_test.tolist(),
        n_outputs,
        tuple(classes),
        tuple(features),
        mean,
        scale,
    )


def split(
    targets: NDArray[Any], test_size: float, seed: int, *, are_classes: bool
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The places of the samples to train on, and of those held out, as `dataset` chooses them."""
    import numpy as np
    from sklearn.model_selection import train_test_split

    if not 0.0 < test_size < 1.0:
        raise ValueError(f"test_size must lie between 0 and 1, but is {test_size!r}")
    _require_both_parts(targets, test_size, are_classes=are_classes)
    train, test = train_test_split(
        np.arange(len(targets)),
        test_size=test_size,
        random_state=seed,
        stratify=targets if are_classes else None,
    )
    if are_classes:
        _require_each_class_to_train_on(targets, targets[train], test_size)
    return train, test


def require_draw(n_samples: int, noise: float, at_least: int) -> None:
    """Raise ValueError for a size or a noise with which no samples can be drawn."""
    if n_samples < at_least:
        raise ValueError(f"n_samples must be at least {at_least}, but is {n_samples!r}")
    if not 0.0 <= noise < math.inf:
        raise ValueError(f"noise must be 0 or more, and finite, but is {noise!r}")


def _samples(X: Any) -> NDArray[Any]:
    import numpy as np

    samples = _numbers(X, "X")
    if samples.ndim != 2 or 0 in samples.shape:
        raise DataError(
            "X must be samples of equally many numbers, of shape (n_samples, n_features), but its "
            f"shape is {samples.shape}; if there is one feature, a sample is a list of one number"
        )
    samples = samples.astype(float)
    if not np.isfinite(samples).all():
        i, j = np.argwhere(~np.isfinite(samples))[0].tolist()
        raise DataError(
            f"X[{i}][{j}] must be a finite number, but is {samples[i, j]}: leave the sample out, or "
            "fill in a number"
        )
    return samples


def _targets(y: Any, n_samples: int, n_outputs: int | None) -> tuple[NDArray[Any], int, int]:
    """The targets as they are, how many outputs they need, and how many classes; 0 of quantities."""
    import numpy as np

    targets = _numbers(y, "y")
    if targets.shape != (n_samples,):
        raise DataError(
            f"y must hold one target for each of the {n_samples} samples, but its shape is "
            f"{targets.shape}"
        )
    if not np.isfinite(targets).all():
        i = int(np.flatnonzero(~np.isfinite(targets))[0])
        raise DataError(f"y[{i}] must be a finite number, but is {targets[i]}")
    is_float = targets.dtype.kind == "f"
    if is_float and n_outputs in (None, 1):
        return targets.astype(float), 1, 0
    if is_float and (targets != np.floor(targets)).any():
        raise DataError(
            f"y holds quantities, which need 1 output, but n_outputs is {n_outputs}; for classes, y "
            "must hold whole numbers"
        )
    labels = np.unique(targets).tolist()
    if len(labels) < 2:
        raise DataError(f"y must hold at least 2 classes, but holds class {labels[0]} alone")
    if n_outputs in (None, 1) and labels in ([-1, 1], [0, 1]):
        return targets, 1, 2
    if n_outputs is None and labels == list(range(len(labels))):
        n_outputs = len(labels)
    if n_outputs is not None and n_outputs > 1 and labels[0] >= 0 and labels[-1] < n_outputs:
        return targets.astype(int), n_outputs, n_outputs
    if n_outputs is None:
        expected = "-1 and 1, or whole numbers from 0 without a gap"
    elif n_outputs == 1:
        expected = "-1 and 1, or 0 and 1 (with n_outputs=1); quantities must be floats"
    else:
        expected = f"whole numbers from 0 to {n_outputs - 1} (with n_outputs={n_outputs})"
    raise DataError(f"the classes in y must be {expected}; but they are {_listed(labels)}")


def _numbers(values: Any, name: str) -> NDArray[Any]:
    import numpy as np

    try:
        array = np.asarray(as_samples(values, name, are_targets=name == "y"))
    except TypeError as error:
        raise DataError(str(error)) from error
    except ValueError as error:
        raise DataError(f"{name} must hold lists of one length, but theirs differ") from error
    if array.dtype.kind not in "biuf":
        elements = np.asarray(values, dtype=object).flat
        others = (repr(element) for element in elements if not isinstance(element, Real))
        advice = f": {NUMBERING}" if name == "y" else ""
        raise DataError(
            f"{name} must hold numbers, but holds {next(others, 'too large ones')}{advice}"
        )
    return array


def _require_names(names: Sequence[str], n_expected: int, kind: str) -> None:
    if names and len(names) != n_expected:
        raise DataError(
            f"there are {n_expected} {kind}, but {len(names)} names for them: {names!r}"
        )


def _require_both_parts(targets: NDArray[Any], test_size: float, *, are_classes: bool) -> None:
    import numpy as np

    n_test = math.ceil(test_size * len(targets))
    n_train = len(targets) - n_test
    n_least = 1
    if are_classes:
        labels, counts = np.unique(targets, return_counts=True)
        if counts.min() < 2:
            raise DataError(
                f"class {labels[counts.argmin()]} has 1 sample, but needs one to train on and one to "
                "hold out at least: add samples of it, or leave it out"
            )
        n_least = len(labels)
    if min(n_train, n_test) < n_least:
        of_each_class = " of each class" if are_classes else ""
        raise DataError(
            f"test_size={test_size} leaves {n_train} of {len(targets)} samples to train on and holds "
            f"out {n_test}, but both parts need one{of_each_class} at least"
        )


def _require_each_class_to_train_on(
    targets: NDArray[Any], y_train: NDArray[Any], test_size: float
) -> None:
    import numpy as np

    lost = np.setdiff1d(targets, y_train).tolist()
    if lost:
        raise DataError(
            f"with test_size={test_size}, no sample of class {lost[0]} is left to train on: hold out "
            "less, or add samples of it"
        )


def _standardized(
    X_train: NDArray[Any], X_test: NDArray[Any], features: Sequence[str]
) -> tuple[NDArray[Any], NDArray[Any], tuple[float, ...], tuple[float, ...]]:
    import numpy as np
    from sklearn.preprocessing import StandardScaler

    with np.errstate(over="ignore", invalid="ignore"):
        scaler = StandardScaler().fit(X_train)
        result = scaler.transform(X_train), scaler.transform(X_test)
    # A feature of infinite variance gets the scale of a constant one, 1.
    finite = np.isfinite(np.vstack([scaler.mean_, scaler.var_, *result])).all(axis=0)
    if not finite.all():
        j = int(np.flatnonzero(~finite)[0])
        name = f" ({features[j]!r})" if features else ""
        raise DataError(
            f"feature {j}{name} cannot be standardized: its mean or variance is beyond the range of "
            "a float; divide it by a power of ten"
        )
    return *result, tuple(scaler.mean_.tolist()), tuple(scaler.scale_.tolist())


def _listed(labels: list[float]) -> str:
    shown = ", ".join(map(str, labels[:10]))
    return shown if len(labels) <= 10 else f"{shown}, … ({len(labels)} in all)"
