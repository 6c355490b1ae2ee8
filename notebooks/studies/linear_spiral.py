"""What a line can do and what it cannot, and that linear layers in a row remain a line.

Three networks are trained on 20 draws each of three data sets of 300 points in the plane, all of which
are for training. The three arms of `spiral3` and the two of `spiral` wind around each other; the two
clouds of `gaussians` are what lines are for.

    linear          one layer: a score for each class, softmax
    linear stack    three layers of 32, 32 and a neuron for each class, with no activation between them
    relu            the same three layers, with ReLU between them

Softmax cross-entropy, no penalty, 1,000 steps of full-batch Adam; the learning rate falls from 0.05
(linear) or 0.01 (the others) to 0 along a cosine. Measured is the training set: the final loss, and the
fraction of the points that are classified right. 180 runs, about a minute on two cores.
"""

from __future__ import annotations

from nn import MLP, Adam, cosine_decay, evaluate, fit, softmax_cross_entropy
from nn.data import Dataset, gaussians, spiral, spiral3

DATA = {"spiral3": spiral3, "spiral": spiral, "gaussians": gaussians}
NETWORKS = ["linear", "linear stack", "relu"]
GRID = {"data": list(DATA), "network": NETWORKS}
SEEDS = 20
STEPS = 1000


def draw(data: str, seed: int) -> Dataset:
    """A draw of 300 points."""
    return DATA[data](seed, n_samples=300)


def train(data: str, network: str, seed: int) -> MLP:
    """A network, trained on a draw of the data; the seed is that of the draw and of the weights."""
    points = draw(data, seed)
    hidden = [] if network == "linear" else [32, 32]
    activation = "relu" if network == "relu" else None
    model = MLP(2, [*hidden, len(points.classes)], activation=activation, seed=seed)
    fit(
        model,
        softmax_cross_entropy,
        points.X_train,
        labels(points),
        optimizer=Adam(model.parameters(), lr=0.05 if network == "linear" else 0.01),
        epochs=STEPS,
        batch_size=len(points.X_train),
        schedule=cosine_decay(STEPS),
        seed=seed,
        progress=False,
    )
    return model


def labels(points: Dataset) -> list[int]:
    """The classes, counted from 0."""
    return [max(label, 0) for label in points.y_train]


def run(data: str, network: str, seed: int) -> dict[str, float]:
    """The training loss and accuracy of one network on one draw."""
    points = draw(data, seed)
    model = train(data, network, seed)
    loss, accuracy = evaluate(model, softmax_cross_entropy, points.X_train, labels(points))
    return {"loss": round(loss, 5), "accuracy": round(accuracy, 5)}
