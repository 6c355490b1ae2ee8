"""Three arms, 300 points, 100 ReLU units: the network of CS231n's case study, for 20 draws of the data.

10,000 steps of full-batch gradient descent on the softmax's cross-entropy, at the learning rate 1.
Weights start as Gaussians of standard deviation 0.01. The penalty is theirs, ½·0.001·Σw², so that l2 is
0.0005. The seed draws both data and weights. A minute on two cores.
"""

from __future__ import annotations

from nn import MLP, SGD, evaluate, fit, softmax_cross_entropy
from nn.data import spiral3

GRID = {"steps": [2500, 10000]}
SEEDS = 20


def run(steps: int, seed: int) -> dict[str, float]:
    """Accuracies and loss after so many steps."""
    data = spiral3(seed)
    model = MLP(2, [100, 3], activation="relu", initializer="normal", seed=seed)
    fit(
        model,
        softmax_cross_entropy,
        data.X_train,
        data.y_train,
        optimizer=SGD(model.parameters(), lr=1.0),
        epochs=steps,
        batch_size=len(data.X_train),
        l2=0.0005,
        progress=False,
    )
    loss, accuracy = evaluate(model, softmax_cross_entropy, data.X_train, data.y_train)
    _, test_accuracy = evaluate(model, softmax_cross_entropy, data.X_test, data.y_test)
    return {
        "accuracy": round(accuracy, 4),
        "test_accuracy": round(test_accuracy, 4),
        "loss": float(f"{loss:.4g}"),
    }
