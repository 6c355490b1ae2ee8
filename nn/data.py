"""Data sets that need no download, split and scaled for a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Dataset:
    """Samples with their targets, parted into those to train on and those held out.

    X_train and X_test are lists of lists of floats; y_train and y_test hold class numbers from 0, or
    -1 and +1 where one score is to part two classes.
    """

    name: str
    X_train: list[list[float]]
    y_train: list[int]
    X_test: list[list[float]]
    y_test: list[int]
    n_outputs: int

    @property
    def n_inputs(self) -> int:
        """How many numbers a sample has."""
        return len(self.X_train[0])


def digits(seed: int = 0) -> Dataset:
    """1797 handwritten digits of 8x8 pixels, scaled to [0, 1]; a fifth is held out, class by class.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI; the copy that
    scikit-learn carries.
    """
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return _split("digits", X / 16.0, y, n_outputs=10, test_size=0.2, seed=seed)


def moons(seed: int = 0, n_samples: int = 300, noise: float = 0.15) -> Dataset:
    """Two interleaved half circles with Gaussian noise, classes -1 and +1; a third is held out."""
    from sklearn.datasets import make_moons

    X, y = make_moons(n_samples=n_samples, noise=noise, random_state=seed)
    return _split("moons", X, 2 * y - 1, n_outputs=1, test_size=1 / 3, seed=seed)


DATASETS = {"digits": digits, "moons": moons}


def _split(name: str, X: Any, y: Any, *, n_outputs: int, test_size: float, seed: int) -> Dataset:
    from sklearn.model_selection import train_test_split

    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=test_size, random_state=seed, stratify=y
    )
    return Dataset(
        name, X_train.tolist(), y_train.tolist(), X_test.tolist(), y_test.tolist(), n_outputs
    )
