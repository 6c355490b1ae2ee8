"""L20: where training ends, from fifty starts, for up to seven sizes of the hidden layer.

Networks 2→n→classes with softmax cross-entropy, trained on the whole data set at each step, in four
set-ups, on three draws of the data each:

    spiral      three-armed spiral, 300 points; ReLU; Adam, lr 0.05 with cosine decay, 1000 steps
    plateau     the same, but sigmoid units and plain gradient descent, lr 0.5: a set-up that fails
    blobs       two overlapping clouds, 80 points; ReLU; Adam as above, 1000 steps
    blobs, λ    the same with λ = 0.01

A run returns the losses at the end, on the training data without the penalty, and on the data held out.
All runs take five to six minutes on two cores.
"""

from __future__ import annotations

from nn import MLP, SGD, Adam, cosine_decay, evaluate, fit, softmax_cross_entropy
from nn.data import gaussians, spiral3

SIZES = {
    "spiral": [1, 2, 3, 5, 10, 20, 50],
    "plateau": [5, 50],
    "blobs": [2, 5, 20, 50],
    "blobs, λ": [2, 5, 20, 50],
}
DRAWS = [0, 1, 2]
STEPS = 1000
SEEDS = 50
GRID = [
    {"setup": setup, "draw": draw, "n_hidden": n_hidden}
    for setup, sizes in SIZES.items()
    for draw in DRAWS
    for n_hidden in sizes
]


def run(setup: str, draw: int, n_hidden: int, seed: int) -> tuple[float, float]:
    """Train one network; returns its losses at the end, in training and in the test."""
    if setup.startswith("blobs"):
        data = gaussians(draw, n_samples=80, noise=1.5)
        y_train, y_test = ([(y + 1) // 2 for y in part] for part in (data.y_train, data.y_test))
    else:
        data = spiral3(draw)
        y_train, y_test = data.y_train, data.y_test
    sizes = [n_hidden, len(data.classes)]
    if setup == "plateau":
        model = MLP(2, sizes, activation="sigmoid", seed=seed)
        optimizer, schedule = SGD(model.parameters(), lr=0.5), None
    else:
        model = MLP(2, sizes, activation="relu", seed=seed)
        optimizer, schedule = Adam(model.parameters(), lr=0.05), cosine_decay(STEPS)
    fit(
        model,
        softmax_cross_entropy,
        data.X_train,
        y_train,
        optimizer=optimizer,
        epochs=STEPS,
        batch_size=len(y_train),
        schedule=schedule,
        l2=0.01 if setup == "blobs, λ" else 0.0,
        seed=seed,
        progress=False,
    )
    train, _ = evaluate(model, softmax_cross_entropy, data.X_train, y_train)
    test, _ = evaluate(model, softmax_cross_entropy, data.X_test, y_test)
    return float(f"{train:.5g}"), float(f"{test:.5g}")
