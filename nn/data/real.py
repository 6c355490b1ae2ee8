"""Measurements of real things, from the copies that scikit-learn carries."""

from __future__ import annotations

from typing import Any

from nn.data.dataset import Dataset, dataset


def digits(seed: int = 0) -> Dataset:
    """1797 handwritten digits of 8x8 pixels, scaled to [0, 1]; a fifth is held out, class by class.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI; the copy that
    scikit-learn carries.

    >>> digits()
    Dataset('digits', 'multiclass', n_inputs=64, n_outputs=10, 1437 samples to train on, 360 held out)
    """
    from sklearn.datasets import load_digits

    data = load_digits()
    return dataset(
        "digits",
        data.data / 16.0,
        data.target,
        test_size=0.2,
        seed=seed,
        classes=_texts(data.target_names),
        features=_texts(data.feature_names),
    )


def iris(seed: int = 0) -> Dataset:
    """150 irises of three species, each known by the length and width of sepals and petals.

    Standardized; a quarter is held out, class by class.

    Source: R. A. Fisher, The Use of Multiple Measurements in Taxonomic Problems, Annals of Eugenics 7
    (1936) 179-188; the copy that scikit-learn carries.

    >>> iris().classes
    ('setosa', 'versicolor', 'virginica')
    """
    from sklearn.datasets import load_iris

    data = load_iris()
    return _standardized("iris", data, data.target, data.target_names, seed)


def wine(seed: int = 0) -> Dataset:
    """178 wines from three cultivars of one region of Italy, by 13 chemical and optical measurements.

    Standardized; a quarter is held out, class by class.

    Source: S. Aeberhard and M. Forina, Wine, UCI; the copy that scikit-learn carries.

    >>> wine().features[:3]
    ('alcohol', 'malic_acid', 'ash')
    """
    from sklearn.datasets import load_wine

    data = load_wine()
    return _standardized("wine", data, data.target, data.target_names, seed)


def breast_cancer(seed: int = 0) -> Dataset:
    """569 breast tumours, benign (-1) or malignant (+1), by 30 measurements of their cells' nuclei.

    Standardized; a quarter is held out, class by class.

    Source: W. Wolberg, O. Mangasarian, N. Street and W. Street, Breast Cancer Wisconsin (Diagnostic),
    UCI; the copy that scikit-learn carries, in which malignant is 0 and benign 1.

    >>> data = breast_cancer()
    >>> data.classes, data.task
    (('benign', 'malignant'), 'binary')
    """
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    # What one looks for is the positive class.
    return _standardized("breast-cancer", data, 1 - data.target, data.target_names[::-1], seed)


def _standardized(name: str, data: Any, y: Any, classes: Any, seed: int) -> Dataset:
    return dataset(
        name,
        data.data,
        y,
        standardize=True,
        seed=seed,
        classes=_texts(classes),
        features=_texts(data.feature_names),
    )


def _texts(names: Any) -> tuple[str, ...]:
    # NumPy's own strings would print as np.str_('setosa').
    return tuple(map(str, names))
