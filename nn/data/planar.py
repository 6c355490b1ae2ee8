"""Made-up classes of points in the plane, which a picture shows whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from nn.data.dataset import Dataset, dataset, require_draw

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    # The points, of shape (n, 2), and their n classes.
    Points: TypeAlias = tuple[NDArray[Any], NDArray[Any]]

FEATURES = ("x1", "x2")
DOT_RADIUS = 0.2  # as in the paper: a fifth of the radius of the disc


def moons(seed: int = 0, n_samples: int = 300, noise: float = 0.15) -> Dataset:
    """Two interleaved half circles with Gaussian noise, classes -1 and +1; a third is held out.

    >>> moons()
    Dataset('moons', 'binary', n_inputs=2, n_outputs=1, 200 samples to train on, 100 held out)
    """
    from sklearn.datasets import make_moons

    X, y = make_moons(n_samples=n_samples, noise=noise, random_state=seed)
    return _split("moons", X, y, seed, classes=("upper moon", "lower moon"))


def circles(seed: int = 0, n_samples: int = 300, noise: float = 0.08) -> Dataset:
    """A circle of radius 1, class -1, around one of radius ½, +1, with Gaussian noise.

    A third is held out.

    >>> circles(n_samples=60)
    Dataset('circles', 'binary', n_inputs=2, n_outputs=1, 40 samples to train on, 20 held out)
    """
    from sklearn.datasets import make_circles

    X, y = make_circles(n_samples=n_samples, noise=noise, factor=0.5, random_state=seed)
    return _split("circles", X, y, seed, classes=("outer circle", "inner circle"))


def spiral(seed: int = 0, n_samples: int = 300, noise: float = 0.03) -> Dataset:
    """Two arms that wind one and a half times around each other, classes -1 and +1.

    An arm has the radius r at the angle 3πr, for r from 0 to 1, and equally many points along any
    piece of its length, roughly; the other is its mirror image in the origin. `noise` is the standard
    deviation of what is added to both coordinates. The part held out is another draw of the same size.

    >>> spiral().task
    'binary'
    """
    import numpy as np

    require_draw(n_samples, noise, at_least=2)

    def draw(random: Generator, n: int) -> Points:
        y = _alternating(n, (-1, 1))
        r = np.sqrt(random.uniform(0.0, 1.0, n))
        arm = np.column_stack([r * np.cos(3 * np.pi * r), r * np.sin(3 * np.pi * r)])
        return y[:, None] * arm + random.normal(0.0, noise, (n, 2)), y

    return _drawn("spiral", draw, seed, n_samples, classes=("one arm", "other arm"))


def spiral3(seed: int = 0, n_samples: int = 300, noise: float = 0.2) -> Dataset:
    """Three arms that wind around each other, 100 points each, classes 0 to 2.

    Along arm j the radius r grows evenly from 0 to 1 and the angle t from 4j to 4(j+1) radians, to
    which Gaussian noise of standard deviation `noise` is added; the point is (r sin t, r cos t). So
    every arm begins exactly in the origin. All samples are for training, arm by arm; the part held
    out is another draw of the same size.

    Source: Stanford's CS231n, the case study of a minimal neural network.

    >>> data = spiral3()
    >>> len(data.X_train), data.n_outputs, data.X_train[0]
    (300, 3, [0.0, 0.0])
    """
    import numpy as np

    require_draw(n_samples, noise, at_least=3)

    def draw(random: Generator, n: int) -> Points:
        y = np.sort(_alternating(n, (0, 1, 2)))
        # From 0 to 1 along each arm: the radius, and how far the angle has come.
        r = np.concatenate([np.linspace(0.0, 1.0, size) for size in np.bincount(y)])
        t = 4.0 * (y + r) + random.normal(0.0, noise, n)
        return np.column_stack([r * np.sin(t), r * np.cos(t)]), y

    return _drawn("spiral3", draw, seed, n_samples, classes=("arm 0", "arm 1", "arm 2"))


def xor(seed: int = 0, n_samples: int = 200, noise: float = 0.05) -> Dataset:
    """Points of the square [-1, 1]²: class +1 if one coordinate alone is positive, else -1.

    The points are drawn uniformly, equally many in each quadrant, and then displaced by Gaussian noise
    of standard deviation `noise`. The part held out is another draw of the same size.

    >>> xor(noise=0.0).classes
    ('equal signs', 'different signs')
    """
    import numpy as np

    require_draw(n_samples, noise, at_least=4)

    def draw(random: Generator, n: int) -> Points:
        signs = np.column_stack([_alternating(n, (1, -1)), _alternating(n, (1, 1, -1, -1))])
        X = signs * random.uniform(0.0, 1.0, (n, 2)) + random.normal(0.0, noise, (n, 2))
        return X, -signs.prod(axis=1)

    return _drawn("xor", draw, seed, n_samples, classes=("equal signs", "different signs"))


def gaussians(seed: int = 0, n_samples: int = 200, noise: float = 1.0) -> Dataset:
    """Two round clouds of points about (-1, -1), class -1, and (1, 1), class +1, which overlap.

    `noise` is the standard deviation of a cloud, in each direction. No classifier can be right more
    often than the line between the clouds: Φ(√2 / noise), 92.1 % of the points with noise 1. The part
    held out is another draw of the same size.

    >>> gaussians(n_samples=50)
    Dataset('gaussians', 'binary', n_inputs=2, n_outputs=1, 50 samples to train on, 50 held out)
    """
    require_draw(n_samples, noise, at_least=2)

    def draw(random: Generator, n: int) -> Points:
        y = _alternating(n, (-1, 1))
        return y[:, None] + random.normal(0.0, noise, (n, 2)), y

    return _drawn("gaussians", draw, seed, n_samples, classes=("lower left", "upper right"))


def yin_yang(seed: int = 0, n_samples: int = 600) -> Dataset:
    """The yin-yang sign in the unit disc, classes 0 (yin), 1 (yang) and 2 (the two dots).

    Yin is the upper half of the disc with the disc of radius ½ about (½, 0) added and that about
    (-½, 0) taken away; yang is the rest, which is yin's mirror image in the origin. The dots, of
    radius 0.2, lie about the same two points. Points are drawn uniformly until each class has a third
    of them. The part held out is another draw of the same size.

    The idea of the data set: L. Kriener, J. Göltz and M. A. Petrovici, The Yin-Yang Dataset,
    arXiv:2102.08211 (2021).

    >>> yin_yang().classes
    ('yin', 'yang', 'dot')
    """
    require_draw(n_samples, noise=0.0, at_least=3)

    def draw(random: Generator, n: int) -> Points:
        y = _alternating(n, (0, 1, 2))
        X = _redrawn(
            n,
            lambda which: random.uniform(-1.0, 1.0, (len(which), 2)),
            lambda points, which: _yin_yang_class(points) == y[which],
        )
        return X, y

    return _drawn("yin-yang", draw, seed, n_samples, classes=("yin", "yang", "dot"))


def islands(seed: int = 0, n_samples: int = 60, noise: float = 0.4, outliers: int = 3) -> Dataset:
    """Two clouds of points with a few outliers of each class amid the other: a lure to overfit.

    The clouds, of standard deviation `noise`, lie about (-1, 0), class -1, and (1, 0), class +1; every
    point of a cloud lies on its own side of the line x1 = 0. An outlier, of which each class has
    `outliers` among its n_samples / 2, is drawn like a point of the other cloud and keeps its class.
    Held out are 500 other points without outliers: the line x1 = 0 is right on all of them, and a
    network that gives the outliers islands of their own is wrong there.

    >>> data = islands()
    >>> sum((x1 > 0) != (y > 0) for (x1, _), y in zip(data.X_train, data.y_train))
    6
    """
    import numpy as np

    require_draw(n_samples, noise, at_least=2)
    if not 0 <= 2 * outliers <= n_samples:
        raise ValueError(
            f"outliers must be from 0 to {n_samples // 2}, half of n_samples, but is {outliers!r}"
        )

    def draw(random: Generator, n: int, n_outliers: int = 0) -> Points:
        y = _alternating(n, (-1, 1))
        side = np.where(np.arange(n) < n_outliers, -y, y)
        centre = np.column_stack([side, np.zeros(n)])
        X = _redrawn(
            n,
            lambda which: centre[which] + random.normal(0.0, noise, (len(which), 2)),
            lambda points, which: points[:, 0] * side[which] > 0.0,
        )
        return X, y

    to_train, to_test = _streams(seed)
    train, test = draw(to_train, n_samples, 2 * outliers), draw(to_test, 500)
    return _dataset("islands", train, test, classes=("left", "right"))


def _split(name: str, X: Any, y: Any, seed: int, classes: tuple[str, ...]) -> Dataset:
    return dataset(name, X, y, test_size=1 / 3, seed=seed, classes=classes, features=FEATURES)


def _drawn(
    name: str,
    draw: Callable[[Generator, int], Points],
    seed: int,
    n_samples: int,
    classes: tuple[str, ...],
) -> Dataset:
    train, test = (draw(random, n_samples) for random in _streams(seed))
    return _dataset(name, train, test, classes)


def _streams(seed: int) -> list[Generator]:
    """Two independent sources of random numbers: for the part to train on, and for that held out."""
    from numpy.random import default_rng

    return default_rng(seed).spawn(2)


def _dataset(name: str, train: Points, test: Points, classes: tuple[str, ...]) -> Dataset:
    return Dataset(
        name,
        train[0].tolist(),
        train[1].tolist(),
        test[0].tolist(),
        test[1].tolist(),
        n_outputs=1 if len(classes) == 2 else len(classes),
        classes=classes,
        features=FEATURES,
    )


def _alternating(n: int, values: tuple[int, ...]) -> NDArray[Any]:
    """n of the values, in turn: each occurs equally often, or once more than another."""
    import numpy as np

    return np.resize(values, n)


def _redrawn(
    n: int,
    draw: Callable[[NDArray[Any]], NDArray[Any]],
    are_right: Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]],
) -> NDArray[Any]:
    """n points, of shape (n, 2), of which those that are not right are drawn again until they are."""
    import numpy as np

    X = np.empty((n, 2))
    which = np.arange(n)
    while which.size:
        X[which] = draw(which)
        which = which[~are_right(X[which], which)]
    return X


def _yin_yang_class(X: NDArray[Any]) -> NDArray[Any]:
    """0, 1 or 2 as in `yin_yang`, and -1 for a point outside of the unit disc."""
    import numpy as np

    from_left = np.hypot(X[:, 0] + 0.5, X[:, 1])
    from_right = np.hypot(X[:, 0] - 0.5, X[:, 1])
    is_yin = (from_right <= 0.5) | (X[:, 1] > 0.0) & (from_left > 0.5)
    is_dot = np.minimum(from_left, from_right) <= DOT_RADIUS
    is_outside = np.hypot(X[:, 0], X[:, 1]) > 1.0
    return np.select([is_outside, is_dot, is_yin], [-1, 2, 0], default=1)
