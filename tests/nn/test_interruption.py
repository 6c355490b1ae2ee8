"""Laws of Ctrl-C: whenever it comes, `fit` returns its history, and leaves nothing half done."""

import signal
import sys
import threading

import pytest

from nn import MLP, SGD, Adam, ModelFileError, fit, hinge_loss

X = [[0.1 * i, 1.0 - 0.2 * i] for i in range(8)]
Y = [1, -1] * 4


@pytest.fixture(autouse=True)
def terminal():
    """As a terminal's process has it: one in a shell's background ignores SIGINT."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, handler)


class Training:
    """A training that can be resumed, and the state of all that it changes."""

    def __init__(self, seed=0):
        self.model = MLP(2, [2, 1], seed=seed, dropout=0.25)
        self.optimizer = Adam(self.model.parameters(), lr=0.1)

    def fit(self, epochs=3, **options):
        arguments = {"epochs": epochs, "batch_size": 4, "seed": 0, "progress": False}
        options = {"compiled": False, "schedule": lambda epoch: 0.5**epoch} | options
        return fit(self.model, hinge_loss, X, Y, optimizer=self.optimizer, **arguments, **options)

    def state(self):
        parameters = [(p.data, p.kind) for p in self.model.parameters()]
        modes = [module.training for module in self.model.modules()]
        return parameters, self.optimizer.state_dict(), self.model.dropout.random.getstate(), modes


class AtLine:
    """Within this block something is done when the n-th line of `nn` is about to run.

    Lines are counted from when a function begins, and if need be only until it ends.
    """

    def __init__(self, n, action, begin, *, until_end=False):
        self.n, self.action, self.begin, self.until_end = n, action, begin, until_end
        self.count, self.counts = 0, False

    def _trace(self, frame, event, argument):
        if not frame.f_globals.get("__name__", "").startswith("nn."):
            return None
        if frame.f_code.co_name == self.begin:
            self.counts = not (self.until_end and event == "return")
        if event == "line" and self.counts:
            self.count += 1
            if self.count == self.n:
                self.action()
        return self._trace

    def __enter__(self):
        self.before = sys.gettrace()
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_):
        sys.settrace(self.before)


def press():
    signal.raise_signal(signal.SIGINT)


def interrupt():
    raise KeyboardInterrupt


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / "training.checkpoint"
    Training().fit(epochs=2, checkpoint=path)
    return path


def test_ctrl_c_at_any_line_before_the_first_batch_returns_the_history_so_far(checkpoint):
    restored = Training()
    restored.fit(epochs=2, resume=checkpoint)
    at = moments = 0
    while True:
        at += 1 if at < 60 else 151  # the first lines are those of `fit` itself
        training = Training(seed=1)
        with AtLine(at, press, "paired"):
            history = training.fit(resume=checkpoint)
        if training.optimizer.n_steps > restored.optimizer.n_steps:
            break  # it came after the first batch had begun
        assert history.interrupted
        assert history.epochs == 2
        assert training.state() == restored.state()
        moments += 1
    assert moments > 100


# (a file that is interrupted before `with` has it is closed by the collector)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_at_any_line_of_reading_a_checkpoint_leaves_the_old_state_or_the_new(
    checkpoint,
):
    """As it comes where another than `fit` has taken Ctrl-C over."""
    fresh, restored = Training(seed=1).state(), Training()
    with AtLine(0, interrupt, "read_checkpoint", until_end=True) as lines:
        restored.fit(epochs=2, resume=checkpoint)
    n_lines = lines.count
    seen = []
    for at in [*range(1, n_lines - 100, 501), *range(n_lines - 100, n_lines)]:
        training = Training(seed=1)
        with AtLine(at, interrupt, "read_checkpoint", until_end=True):
            history = training.fit(epochs=2, resume=checkpoint)
        state = training.state()
        seen.append(state == restored.state())
        assert seen[-1] or state == fresh
    assert history.interrupted
    assert 10 < sum(seen) < len(seen) - 10


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("moment", ["data", "callbacks", "compile"])
def test_ctrl_c_before_the_first_batch_trains_nothing(compiled, moment):
    class Data(list):
        def __len__(self):
            if moment == "data":
                press()
            return super().__len__()

    def callbacks():
        if moment == "callbacks":
            press()
        yield lambda model, history: False

    at_first_call = iter([press] if moment == "compile" else [])

    def loss(score, y):
        for action in at_first_call:
            action()
        return hinge_loss(score, y)

    model = MLP(2, [2, 1], seed=0)
    before = [p.data for p in model.parameters()]
    optimizer = SGD(model.parameters(), lr=0.1)
    options = {"epochs": 5, "batch_size": 4, "progress": False, "compiled": compiled}
    history = fit(model, loss, Data(X), Y, optimizer=optimizer, callbacks=callbacks(), **options)
    assert history.interrupted
    assert history.epochs == 0
    trained = moment == "compile" and not compiled  # eager code calls the loss in the first batch
    assert (before != [p.data for p in model.parameters()]) == trained
    assert optimizer.n_steps == int(trained)
    assert all(layer.observer is None for layer in model.layers)


def test_a_second_ctrl_c_ends_training_at_once():
    calls = []

    def loss(score, y):
        calls.append(y)
        if len(calls) in (6, 7):
            press()
        return hinge_loss(score, y)

    training = Training()
    options = {"epochs": 5, "batch_size": 4, "progress": False, "compiled": False}
    history = fit(training.model, loss, X, Y, optimizer=training.optimizer, **options)
    assert history.interrupted
    assert len(calls) == 7


def test_one_ctrl_c_ends_a_training_within_a_callback_and_the_one_around_it():
    inner = []

    def callback(model, history):
        training = Training()
        stop = [lambda model, history: history.epochs == 2 and press()]
        inner.append(training.fit(epochs=50, callbacks=stop))

    history = Training().fit(epochs=50, callbacks=[callback])
    assert [each.epochs for each in inner] == [2]
    assert inner[0].interrupted
    assert history.interrupted
    assert history.epochs == 1


def test_ctrl_c_is_left_to_whoever_has_taken_it_over_and_to_the_main_thread():
    pressed = []
    signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    try:
        press_once = [lambda model, history: history.epochs == 1 and press()]
        history = Training().fit(callbacks=press_once)
        assert (history.epochs, history.interrupted, len(pressed)) == (3, False, 1)
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    histories = []
    thread = threading.Thread(target=lambda: histories.append(Training().fit()))
    thread.start()
    thread.join()
    assert [history.epochs for history in histories] == [3]


@pytest.mark.parametrize("error", [ValueError, SystemExit, GeneratorExit])
def test_ctrl_c_and_the_learning_rate_are_given_back_after_any_exception(error):
    def fail(model, history):
        raise error

    training = Training()
    with pytest.raises(error):
        training.fit(callbacks=[fail])
    assert training.optimizer.lr == 0.1
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(ValueError, match="epochs"):
        training.fit(epochs=0)


def test_a_checkpoint_that_is_refused_changes_nothing(checkpoint, tmp_path):
    training = Training(seed=1)
    before = training.state()
    path = tmp_path / "damaged"
    path.write_bytes(checkpoint.read_bytes()[:-1])
    with pytest.raises(ModelFileError):
        training.fit(resume=path)
    assert training.state() == before
