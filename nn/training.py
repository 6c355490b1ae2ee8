"""Training: `fit` runs mini-batch gradient descent and keeps a `History` of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Protocol

import autograd
from autograd import Value, no_grad
from nn.optimizers import SGD

Loss = Callable[[Any, Any], Value]
Samples = Sequence[Any]
Predictor = Callable[[Any], Any]


class Model(Protocol):
    """What can be trained: a `Module` that is called with a sample, or anything that looks like one."""

    def __call__(self, sample: Any, /) -> Any: ...

    def weights_and_biases(self) -> tuple[list[Value], list[Value]]: ...


class History:
    """What happened in training: one number per finished epoch in each list.

    Attributes:
        loss: the mean of the loss over the training samples, as each batch was met.
        penalty: the regularization loss, λΣw², the mean over the batches.
        accuracy: the fraction of training samples predicted right, as each batch was met.
        validation_loss, validation_accuracy: the same over the validation data, after the epoch;
            empty if there was none.
        interrupted: whether Ctrl-C ended the training early.

    >>> history = History()
    >>> history.loss.append(0.25)
    >>> history
    History(1 epochs, loss=0.25)
    """

    def __init__(self) -> None:
        self.loss: list[float] = []
        self.penalty: list[float] = []
        self.accuracy: list[float] = []
        self.validation_loss: list[float] = []
        self.validation_accuracy: list[float] = []
        self.interrupted = False

    @property
    def epochs(self) -> int:
        """How many epochs were finished."""
        return len(self.loss)

    def __repr__(self) -> str:
        if not self.epochs:
            return "History(0 epochs)"
        names = ("loss", "accuracy", "validation_loss", "validation_accuracy")
        last = [f"{name}={getattr(self, name)[-1]:.4g}" for name in names if getattr(self, name)]
        return f"History({self.epochs} epochs, {', '.join(last)})"


def fit(
    model: Model,
    loss: Loss,
    X: Samples,
    y: Sequence[Any],
    *,
    optimizer: SGD,
    epochs: int = 1,
    batch_size: int = 32,
    l2: float = 0.0,
    validation: tuple[Samples, Sequence[Any]] | None = None,
    seed: int | None = None,
    progress: bool = True,
) -> History:
    """Train a model by mini-batch gradient descent.

    Args:
        model: called with one sample, returns one score or a list of scores.
        loss: takes the model's output for a sample and its target, and returns a Value.
        X: the samples: a sequence of sequences of numbers, or an array of shape (n, n_inputs).
        y: the targets, one per sample.
        optimizer: holds the model's parameters; makes one step a batch.
        epochs: how often every sample is met.
        batch_size: how many samples make a step; the last batch of an epoch may be smaller.
        l2: λ of the penalty λΣw² that is added to each batch's mean loss. It covers weights, not
            biases.
        validation: samples and targets to evaluate after each epoch.
        seed: fixes the order of the samples.
        progress: whether to show a progress bar, on stderr.

    Ctrl-C ends training: the history of the finished epochs is returned, its `interrupted` true.
    Raises ValueError for empty or mismatched data and FloatingPointError, which names epoch and batch,
    when the loss is no longer finite; the parameters are then those before that batch's step.

    >>> from nn import MLP, hinge_loss
    >>> X, y = [[0.0, 1.0], [1.0, 0.0]], [-1, 1]
    >>> model = MLP(2, [1], seed=0)
    >>> optimizer = SGD(model.parameters(), lr=0.5)
    >>> history = fit(model, hinge_loss, X, y, optimizer=optimizer, epochs=5, seed=0, progress=False)
    >>> history.loss[-1], history.accuracy[-1]
    (0.0, 1.0)
    """
    from tqdm import tqdm

    _require_samples(X, y, "the training data")
    if validation is not None:
        _require_samples(*validation, "the validation data")
    for name, number in (("epochs", epochs), ("batch_size", batch_size)):
        if number < 1:
            raise ValueError(f"{name} must be at least 1, but is {number!r}")
    if not l2 >= 0.0:
        raise ValueError(f"l2 must be 0 or more, but is {l2!r}")
    X, y = _rows(X), _rows(y)
    weights, _ = model.weights_and_biases()
    random = Random(seed)
    order = list(range(len(X)))
    n_batches = math.ceil(len(X) / batch_size)
    history = History()
    bar = tqdm(total=epochs * n_batches, unit="batch", disable=not progress, mininterval=0.5)
    with bar:
        try:
            for epoch in range(1, epochs + 1):
                bar.set_description(f"epoch {epoch}/{epochs}", refresh=False)
                random.shuffle(order)
                losses: list[float] = []
                penalties: list[float] = []
                n_right = 0
                for start in range(0, len(order), batch_size):
                    batch = order[start : start + batch_size]
                    targets = [y[i] for i in batch]
                    outputs = [model(X[i]) for i in batch]
                    sample_losses = [loss(*pair) for pair in zip(outputs, targets)]
                    square = autograd.dot(weights, weights) if l2 and weights else Value(0.0)
                    penalty = l2 * square
                    objective = autograd.mean(sample_losses) + penalty
                    if not math.isfinite(objective.data):
                        raise FloatingPointError(
                            f"the loss became {objective.data} in epoch {epoch}, batch "
                            f"{start // batch_size + 1}: a smaller learning rate may help"
                        )
                    optimizer.zero_grad()
                    objective.backward()
                    optimizer.step()
                    losses += [sample_loss.data for sample_loss in sample_losses]
                    penalties.append(penalty.data)
                    n_right += _count_right(outputs, targets)
                    bar.set_postfix(loss=f"{objective.data:.3g}", refresh=False)
                    bar.update()
                if validation is not None:
                    validation_loss, validation_accuracy = evaluate(model, loss, *validation)
                    history.validation_loss.append(validation_loss)
                    history.validation_accuracy.append(validation_accuracy)
                history.penalty.append(math.fsum(penalties) / n_batches)
                history.accuracy.append(n_right / len(X))
                history.loss.append(math.fsum(losses) / len(X))
        except KeyboardInterrupt:
            history.interrupted = True
    return history


def evaluate(model: Predictor, loss: Loss, X: Samples, y: Sequence[Any]) -> tuple[float, float]:
    """The mean loss and the accuracy of a model over samples, as in `fit`; nothing is recorded.

    >>> from nn import hinge_loss
    >>> evaluate(lambda x: Value(2.0 * x), hinge_loss, [1.0, -1.0, -0.25], [1, -1, 1])
    (0.5, 0.6666666666666666)
    """
    _require_samples(X, y, "the data")
    X, y = _rows(X), _rows(y)
    with no_grad():
        outputs = [model(x) for x in X]
        losses = [loss(out, target).data for out, target in zip(outputs, y, strict=True)]
    return math.fsum(losses) / len(X), _count_right(outputs, y) / len(X)


def predict(model: Predictor, X: Samples) -> list[int]:
    """The class of each sample: the index of the highest score; +1 or -1 if there is one score.

    >>> from nn import MLP
    >>> predict(MLP(2, [3], seed=0), [[0.0, 1.0]])
    [1]
    """
    with no_grad():
        return [predicted_class(model(x)) for x in _rows(X)]


def predicted_class(output: Value | Sequence[Value]) -> int:
    """The class that a model's output speaks for, as in `predict`."""
    if isinstance(output, Value):
        return 1 if output.data > 0.0 else -1
    scores = [score.data for score in output]
    return scores.index(max(scores))


def _count_right(outputs: Sequence[Any], targets: Sequence[Any]) -> int:
    # A single score is right if its sign is that of the target: classes -1/+1 and 0/1 alike.
    return sum(
        (predicted_class(output) > 0) == (target > 0)
        if isinstance(output, Value)
        else predicted_class(output) == target
        for output, target in zip(outputs, targets, strict=True)
    )


def _rows(samples: Any) -> Any:
    # Python floats are several times faster here than NumPy's scalars.
    return samples.tolist() if hasattr(samples, "tolist") else samples


def _require_samples(X: Samples, y: Sequence[Any], name: str) -> None:
    if len(X) == 0 or len(X) != len(y):
        raise ValueError(
            f"{name} must be samples and as many targets, but holds {len(X)} and {len(y)}"
        )
