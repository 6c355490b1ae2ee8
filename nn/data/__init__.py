"""Data sets that need no download, the user's own CSV files, and what a data set is.

>>> from nn.data import DATASETS
>>> DATASETS["moons"](0)
Dataset('moons', 'binary', n_inputs=2, n_outputs=1, 200 samples to train on, 100 held out)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nn.data.curves import CURVES, curve
from nn.data.dataset import DataError, Dataset, dataset
from nn.data.planar import circles, gaussians, islands, moons, spiral, spiral3, xor, yin_yang
from nn.data.reading import read_csv
from nn.data.real import breast_cancer, digits, iris, wine
from nn.data.table import Table

__all__ = [
    "CURVES",
    "DATASETS",
    "DataError",
    "Dataset",
    "Table",
    "breast_cancer",
    "circles",
    "curve",
    "dataset",
    "digits",
    "gaussians",
    "iris",
    "islands",
    "moons",
    "read_csv",
    "spiral",
    "spiral3",
    "wine",
    "xor",
    "yin_yang",
]

# By the names typed on a command line; each is called with a seed.
DATASETS: dict[str, Callable[[int], Dataset]] = {
    "moons": moons,
    "circles": circles,
    "spiral": spiral,
    "spiral3": spiral3,
    "xor": xor,
    "gaussians": gaussians,
    "yin-yang": yin_yang,
    "islands": islands,
    "sine": partial(curve, function="sine"),
    "step": partial(curve, function="step"),
    "bump": partial(curve, function="bump"),
    "digits": digits,
    "iris": iris,
    "wine": wine,
    "breast-cancer": breast_cancer,
}
