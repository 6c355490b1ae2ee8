"""Learning curves, by what is drawn on their Axes."""

from types import SimpleNamespace
from typing import Any

import pytest

import viz


def record(**lists: list[float]) -> Any:
    names = ("loss", "accuracy", "validation_loss", "validation_accuracy")
    return SimpleNamespace(**{name: lists.get(name, []) for name in names})


# history


def test_a_history_is_drawn_by_epoch_with_its_last_numbers_in_the_legend() -> None:
    ax = viz.history(record(loss=[2.0, 1.0, 0.5], validation_loss=[2.5, 1.5, 0.75]))
    assert [line.get_xydata().tolist() for line in ax.lines] == [
        [[1, 2.0], [2, 1.0], [3, 0.5]],
        [[1, 2.5], [2, 1.5], [3, 0.75]],
    ]
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["training 0.5", "validation 0.75"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "loss")


def test_accuracy_is_in_percent() -> None:
    ax = viz.history(record(loss=[1.0], accuracy=[0.975]), metric="accuracy")
    assert [line.get_label() for line in ax.lines] == ["training 97.5%"]
    assert ax.yaxis.get_major_formatter()(0.5) in ("50%", "50.0%")


def test_one_epoch_is_a_visible_point() -> None:
    (line,) = viz.history(record(loss=[1.0])).lines
    assert line.get_marker() == "o"


def test_a_history_without_the_numbers_asked_for_is_refused() -> None:
    with pytest.raises(ValueError, match="holds no accuracy"):
        viz.history(record(loss=[1.0]), metric="accuracy")
    with pytest.raises(ValueError, match="'loss' or 'accuracy', but got 'penalty'"):
        viz.history(record(loss=[1.0]), metric="penalty")  # type: ignore[arg-type]
