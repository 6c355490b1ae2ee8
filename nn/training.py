"""Training: `fit` runs mini-batch gradient descent and keeps a `History` of it."""

from __future__ import annotations

import json
import math
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from operator import index
from typing import Any

from autograd import Value
from autograd.conversion import as_count, as_float, brief, is_number
from autograd.modes import open_modes
from nn.batches import Batches, Model
from nn.checkpoints import read_checkpoint, write_checkpoint
from nn.evaluation import Evaluation, Loss
from nn.gradients import clip_factor
from nn.history import History
from nn.layers import generator
from nn.losses import require_loss
from nn.module import Module
from nn.optimizers import Optimizer
from nn.progress import progress_bar
from nn.samples import Samples, paired

Path = str | os.PathLike[str]


def fit(
    model: Model,
    loss: Loss,
    X: Samples,
    y: Samples,
    *,
    optimizer: Optimizer,
    epochs: int = 1,
    batch_size: int = 32,
    l1: float = 0.0,
    l2: float = 0.0,
    validation: tuple[Samples, Samples] | None = None,
    schedule: Callable[[int], float] | None = None,
    clip: float | Callable[[list[Value]], object] | None = None,
    seed: int | None = None,
    progress: bool = True,
    callbacks: Iterable[Callable[[Any, History], object]] = (),
    checkpoint: Path | None = None,
    checkpoint_every: int = 1,
    resume: Path | None = None,
    compiled: bool | None = None,
) -> History:
    """Train a model by mini-batch gradient descent.

    The model and the loss are compiled, as by `autograd.compile`, so that a batch takes array operations
    in place of a graph; where that is not possible a warning says why, and eager code trains. But for
    rounding the parameters and the history are the same, and so is what dropout ignores. Parameters,
    their gradients and the optimizer's state are up to date when callbacks are called, after each
    epoch, and however training ends; callbacks may set parameters, freeze them, and change the model.

    Args:
        model: called with one sample, returns one score or a list of scores.
        loss: takes the model's output for a sample and its target, and returns a Value.
        X: the samples: a sequence of sequences of numbers, a DataFrame, or an array of shape (n,
            n_inputs), which may be a memory-mapped one that is larger than memory: of that a batch is
            read at a time.
        y: the targets, one per sample. If all are whole numbers, they count as classes, and the
            history has accuracies.
        optimizer: holds the model's parameters; makes one step a batch.
        epochs: how often every sample is met, counted from the very first epoch when resuming.
        batch_size: how many samples make a step; the last batch of an epoch may be smaller.
        l1, l2: λ of the penalties λΣ|w| and λΣw² that are added to each batch's mean loss. They cover
            weights, not biases. A step shrinks a weight by the factor 1 - 2·lr·l2; PyTorch's
            weight_decay and CS231n's reg mean 2·l2, see `l2_penalty`.
        validation: samples and targets to evaluate after each epoch.
        schedule: a function from the epoch, counted from 0, to a factor of the optimizer's learning
            rate, such as `cosine_decay(epochs)` or `step_decay(30)`. The rate is as before at the end.
        clip: the largest norm that the gradient may have, or a function of the parameters that changes
            their gradients, as `clip_grad_value` does.
        seed: fixes the order of the samples; without it Python's `random.seed()` does.
        progress: whether to show a progress bar, on stderr.
        callbacks: functions of the model and the history so far, called after each epoch; one that
            returns true ends training, as `EarlyStopping` does.
        checkpoint: a file to write the state of the training to, every `checkpoint_every` epochs and
            after the last.
        resume: a checkpoint to go on from. The parameters come out as if training had never stopped,
            to the last bit, if all else is as it was; more epochs may be asked for (a schedule that
            was made for their number changes with it). One that a callback ended has ended.
        compiled: False trains in eager code, for a model or a loss that does more than compute, such as
            printing, or that takes numbers from elsewhere which change: compiled code does what a few
            calls before the first epoch did. True raises TraceError in place of the warning. Within
            `detect_anomaly` training is eager unless this is True.

    Ctrl-C ends training before the first batch or after the current one (a second one at once): the
    history of the finished epochs is returned, its `interrupted` true. Raises TypeError for data that
    are no rows of numbers in an order, ValueError for empty or mismatched ones, and FloatingPointError
    when a loss or a gradient is no longer finite, which names the epoch, the batch and the first
    operation at fault; the parameters are then those before that batch's step.

    >>> from nn import MLP, SGD, hinge_loss
    >>> X, y = [[0.0, 1.0], [1.0, 0.0]], [-1, 1]
    >>> model = MLP(2, [1], seed=0)
    >>> optimizer = SGD(model.parameters(), lr=0.5)
    >>> history = fit(model, hinge_loss, X, y, optimizer=optimizer, epochs=5, seed=0, progress=False)
    >>> history.loss[-1], history.accuracy[-1]
    (0.0, 1.0)
    """
    history = History()
    with _ctrl_c_noted() as stop, _lr_kept(_checked(model, loss, optimizer)) as first_lr:
        X, y = paired(X, y, "training")
        if validation is not None:
            if not isinstance(validation, (list, tuple)) or len(validation) != 2:
                raise TypeError(
                    "validation must be a pair, (X, y), of samples held out and their targets, but got "
                    f"{brief(validation)}"
                )
            validation = paired(*validation, "validation")
        epochs, batch_size = as_count(epochs, "epochs"), as_count(batch_size, "batch_size")
        checkpoint_every = as_count(checkpoint_every, "checkpoint_every")
        l1, l2 = as_float(l1, "l1"), as_float(l2, "l2")
        for name, strength in (("l1", l1), ("l2", l2)):
            if not 0.0 <= strength < math.inf:
                raise ValueError(f"{name} must be 0 or more, and finite, but is {strength!r}")
        if checkpoint is not None and not os.path.isdir(os.path.dirname(checkpoint) or "."):
            raise FileNotFoundError(
                f"there is no folder for the checkpoint {checkpoint}: make it first"
            )
        if compiled not in (None, True, False):
            raise ValueError(f"compiled must be True, False or None, but is {compiled!r}")
        if compiled is None and open_modes():
            compiled = False  # detect_anomaly looks at each node that is made, and there are none
        if callable(callbacks) or not hasattr(callbacks, "__iter__"):
            raise TypeError(f"callbacks must be a list of functions, but is {brief(callbacks)}")
        callbacks = tuple(callbacks)
        for name, function in (("schedule", schedule), *(("a callback", f) for f in callbacks)):
            if function is not None and not callable(function):
                raise TypeError(f"{name} must be a function, but is {brief(function)}")
        if clip is not None and not callable(clip):
            clip_factor(1.0, as_float(clip, "clip"))
        if seed is not None and not hasattr(seed, "__index__"):
            raise TypeError(f"seed must be a whole number, or None, but is {brief(seed)}")
        seed = None if seed is None else index(seed)
        random = generator(seed)
        # What must be the same for a resumed training to be the same; as JSON has it, to be compared.
        settings = json.loads(
            json.dumps(
                {
                    "number of samples": len(X),
                    "number of parameters": len(optimizer.parameters),
                    "model": _told(model),
                    "loss": _told(loss),
                    "clip": clip if clip is None or is_number(clip) else _told(clip),
                    "optimizer": [type(optimizer).__name__, optimizer.state_dict()["settings"]],
                    "batch_size": batch_size,
                    "l1": l1,
                    "l2": l2,
                    "seed": seed,
                }
            )
        )
        if resume is not None:
            history, ended = read_checkpoint(resume, model, optimizer, random, settings)
            if ended and callbacks:
                epochs = history.epochs
        batches = Batches(model, loss, X, y, optimizer, batch_size, l1, l2, clip, compiled)
        held_out = None if validation is None else Evaluation(model, loss, *validation, compiled)
        bar = progress_bar(
            epochs * batches.n, unit="batch", initial=history.epochs * batches.n, show=progress
        )
        with bar:
            for epoch in range(history.epochs + 1, epochs + 1):
                if stop():
                    break
                bar.set_description(f"epoch {epoch}/{epochs}", refresh=False)
                if schedule is not None:
                    factor = as_float(schedule(epoch - 1), "schedule, for its factor,")
                    optimizer.lr = first_lr * factor
                figures = batches.train(epoch, random, bar, stop)
                if held_out is not None:
                    figures["validation_loss"], accuracy = held_out.figures()
                    if not math.isnan(accuracy):
                        figures["validation_accuracy"] = accuracy
                history.append(figures | {"lr": optimizer.lr})
                verdicts = [callback(model, history) for callback in callbacks]
                batches.may_have_changed = bool(callbacks)
                ends = any(verdicts)
                if checkpoint and (epoch % checkpoint_every == 0 or epoch == epochs or ends):
                    write_checkpoint(
                        checkpoint, model, optimizer, random, history, settings, ended=ends
                    )
                if ends:
                    break
    history.interrupted = stop()
    return history


def _checked(model: Any, loss: Any, optimizer: Any) -> Optimizer:
    """The optimizer; TypeError if one of the three is something else."""
    if isinstance(model, type) or not (callable(model) and hasattr(model, "weights_and_biases")):
        raise TypeError(
            "fit() trains a model, such as nn.MLP(2, [16, 1]) or another nn.Module, but got "
            f"{brief(model)}, which is of type {type(model).__name__}"
        )
    require_loss(loss)
    if isinstance(optimizer, type) or not (hasattr(optimizer, "step") and hasattr(optimizer, "lr")):
        raise TypeError(
            "optimizer must be one that holds the model's parameters, such as "
            f"nn.Adam(model.parameters(), lr=0.01), but is {brief(optimizer)}"
        )
    trained: Optimizer = optimizer
    return trained


def _told(thing: Any) -> str:
    """What is to be compared of a model or a function: how it is written, or its name."""
    if isinstance(thing, Module):
        return repr(thing)
    return str(getattr(thing, "__name__", type(thing).__name__))


@contextmanager
def _lr_kept(optimizer: Optimizer) -> Iterator[float]:
    """Within this block the learning rate, which is given, may be changed."""
    lr = optimizer.lr
    try:
        yield lr
    finally:
        optimizer.lr = lr


@contextmanager
def _ctrl_c_noted() -> Iterator[Callable[[], bool]]:
    """Within this block the first Ctrl-C is noted, for the function given to tell, and a second ends it.

    Python would raise at any point, between the parameters of a step as well. Only the main thread
    may do this, and only where nobody else has taken Ctrl-C over. A training in a callback of another
    ends by the same Ctrl-C.
    """
    note = _Note()
    is_main = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGINT) if is_main else None
    if isinstance(handler, _Note):
        note = handler
    elif handler is signal.default_int_handler:
        signal.signal(signal.SIGINT, note)
    try:
        yield lambda: note.is_made
    except KeyboardInterrupt:
        note.is_made = True
    finally:
        if handler is signal.default_int_handler:
            signal.signal(signal.SIGINT, handler)


class _Note:
    """What handles Ctrl-C meanwhile."""

    is_made = False

    def __call__(self, number: int, frame: object) -> None:
        if self.is_made:
            raise KeyboardInterrupt
        self.is_made = True
