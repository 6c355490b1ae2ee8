"""Laws of the progress bar."""

import sys
from types import SimpleNamespace

from nn import MLP, SGD, fit, hinge_loss
from nn.progress import progress_bar


class FakeNotebook:
    """What a cell of a notebook shows: the content of its displays, each updated in place."""

    def __init__(self):
        self.shown = []
        self.seen = []
        self.display = SimpleNamespace(display=self._display)
        self.get_ipython = lambda: SimpleNamespace(kernel="a kernel")

    def _display(self, data, *, raw, display_id):
        place = len(self.shown)
        self.shown.append(data["text/plain"])

        def update(data, *, raw):
            self.shown[place] = data["text/plain"]
            self.seen.append(data["text/plain"])

        return SimpleNamespace(update=update)


def test_in_a_notebook_the_bar_is_one_line_that_is_empty_when_training_has_ended(
    monkeypatch, capsys
):
    notebook = FakeNotebook()
    monkeypatch.setitem(sys.modules, "IPython", notebook)
    monkeypatch.setitem(sys.modules, "IPython.display", notebook.display)
    X, y = [[0.0, 1.0], [1.0, 0.0]], [-1, 1]
    model = MLP(2, [1], seed=0)
    fit(model, hinge_loss, X, y, optimizer=SGD(model.parameters(), lr=0.1), epochs=3, seed=0)
    assert notebook.shown == [""]
    assert any("0/3" in text for text in notebook.seen)
    assert all("\n" not in text and "\r" not in text for text in notebook.seen)
    assert capsys.readouterr() == ("", "")


def test_in_a_terminal_the_bar_is_on_stderr_with_loss_accuracy_and_time_left(capsys):
    X, y = [[0.0, 1.0], [1.0, 0.0]], [-1, 1]
    model = MLP(2, [1], seed=0)
    fit(model, hinge_loss, X, y, optimizer=SGD(model.parameters(), lr=0.1), epochs=3, seed=0)
    out, err = capsys.readouterr()
    assert out == ""
    last = err.split("\r")[-1]
    for part in ("epoch 3/3", "3/3 [", "<00:00", "loss=", "accuracy="):
        assert part in last


def test_a_bar_that_is_not_to_be_shown_writes_nothing(capsys):
    with progress_bar(3, unit="run", show=False) as bar:
        bar.update()
    assert capsys.readouterr() == ("", "")
