"""Laws of samples: what people bring counts by position, and a batch of it is read at a time."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

import autograd
from autograd import Value
from nn import (
    MLP,
    SGD,
    Layer,
    Module,
    absolute_error,
    evaluate,
    fit,
    hinge_loss,
    predict,
    softmax_cross_entropy,
    squared_error,
)
from nn.data import DataError, dataset
from nn.samples import as_samples, plain

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(120, 2)).round(3)
Y = np.where(X[:, 0] > X[:, 1], 1, -1)
ORDER = RANDOM.permutation(120)


class Frame:
    """A frame of another library: it looks things up by name, and gives an array."""

    def __init__(self, array):
        self._array = np.asarray(array)

    def to_numpy(self):
        return self._array

    def __len__(self):
        return len(self._array)

    def __getitem__(self, name):
        raise KeyError(name)

    def __iter__(self):
        return iter("ab")


FRAMES = {
    "named": lambda X, y: (pd.DataFrame(X, columns=["a", "b"]), pd.Series(y)),
    "numbered": lambda X, y: (pd.DataFrame(X), pd.DataFrame(y)),
    "shuffled": lambda X, y: (
        pd.DataFrame(X, index=ORDER[: len(X)]),
        pd.Series(y, index=ORDER[::-1][: len(X)]),
    ),
    "numbered backwards": lambda X, y: (pd.DataFrame(X, columns=[1, 0]), pd.Series(y)),
    "two of a name": lambda X, y: (pd.DataFrame(X, columns=["a", "a"]), pd.Series(y)),
    "nullable": lambda X, y: (
        pd.DataFrame(X, columns=["a", "b"]).astype({"a": "Float64"}),
        pd.Series(y, dtype="Int64"),
    ),
    "objects": lambda X, y: (pd.DataFrame(X, dtype=object), pd.Series(y, dtype=object)),
    "categories": lambda X, y: (pd.DataFrame(X), pd.Series(y, dtype="category")),
    "a column of lists": lambda X, y: (pd.Series(X.tolist()), pd.Index(y)),
    "another library's": lambda X, y: (Frame(X), Frame(y.reshape(-1, 1))),
    "rows in a list": lambda X, y: ([row for _, row in pd.DataFrame(X).iterrows()], list(y)),
}


def _trained(X, y, compiled, loss=hinge_loss):
    model = MLP(2, [3, 1], seed=0)
    options = {"optimizer": SGD(model.parameters(), lr=0.1), "epochs": 2, "seed": 0}
    history = fit(
        model, loss, X, y, **options, compiled=compiled, validation=(X, y), progress=False
    )
    return [p.data for p in model.parameters()], history.to_dict(), model


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("frames", FRAMES.values(), ids=FRAMES)
def test_frames_train_evaluate_and_predict_as_their_arrays(frames, compiled):
    parameters, history, model = _trained(X, Y, compiled)
    assert _trained(*frames(X, Y), compiled)[:2] == (parameters, history)
    for n in (120, 20):  # which are compiled, and eager
        frame, targets = frames(X[:n], Y[:n])
        assert evaluate(model, hinge_loss, frame, targets) == evaluate(
            model, hinge_loss, X[:n], Y[:n]
        )
        assert predict(model, frame) == predict(model, X[:n])


@pytest.mark.parametrize("compiled", [True, False])
def test_a_square_frame_is_not_transposed(compiled):
    square = np.array([[0.5, 2.0], [-1.0, 0.25]])
    y = [1, -1]
    expected, *_ = _trained(square, y, compiled)
    assert _trained(pd.DataFrame(square), y, compiled)[0] == expected
    assert _trained(square.T, y, compiled)[0] != expected


def test_truth_values_in_frames_are_numbers():
    mixed = pd.DataFrame({"a": X[:, 0], "b": X[:, 1] > 0.0})
    expected = np.stack([X[:, 0], X[:, 1] > 0.0], axis=1)
    assert _trained(mixed, Y, True)[0] == _trained(expected, Y, True)[0]


def test_a_row_of_a_frame_is_one_sample_and_several_are_not():
    model = MLP(2, [1], seed=0)
    frame = pd.DataFrame(X, index=ORDER, columns=[1, 0])
    assert model(frame.iloc[3]).data == model(X[3]).data
    with pytest.raises(TypeError, match="one sample at a time"):
        model(frame.iloc[[3]])


@pytest.mark.parametrize("sample", [{0: 1.0, 1: 2.0}, {1.0, 2.0}])
def test_a_sample_without_an_order_of_its_numbers_is_refused(sample):
    with pytest.raises(TypeError, match=r"takes numbers in an order.*give a list"):
        MLP(2, [1])(sample)


def test_a_data_set_is_made_of_frames_by_position():
    expected = dataset("points", X, Y)
    for frames in FRAMES.values():
        assert dataset("points", *frames(X, Y)) == expected
    with pytest.raises(DataError, match=r"row 0 is 'no'.*number the classes"):
        dataset("points", X, pd.Series(["no", "yes"] * 60))


def test_compiled_functions_take_frames_by_position():
    frame = pd.DataFrame(X, columns=[1, 0], index=ORDER)
    fast = autograd.compile(lambda x, y: x[0] * x[1] + y, frame.iloc[0], 0.5)
    expected = X[:, 0] * X[:, 1] + Y
    y = pd.Series(Y, index=ORDER, dtype="Int64")
    assert fast(frame, y).tolist() == expected.tolist()
    assert fast(frame.iloc[5], 1.0) == X[5, 0] * X[5, 1] + 1.0
    product = autograd.compile(lambda m: m[0][1] * m[1][0], pd.DataFrame([[1.0, 2.0], [3.0, 4.0]]))
    assert product(pd.DataFrame([[1.0, 2.0], [3.0, 4.0]], columns=["a", "b"])) == 6.0


@pytest.mark.peer
def test_tensors_are_samples_with_a_gradient_or_without():
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(X, requires_grad=True)
    y = torch.tensor(Y).reshape(-1, 1)
    for compiled in (True, False):
        assert _trained(tensor, y, compiled)[0] == _trained(X, Y, compiled)[0]
    assert predict(MLP(2, [3], seed=0), tensor) == predict(MLP(2, [3], seed=0), X)
    assert autograd.compile(lambda x: x[0] * x[1], tensor[0])(tensor).shape == (120,)


REFUSED = [
    ({"a": [1.0], "b": [2.0]}, r"dict: put its columns side by side, as pandas.DataFrame\(X\)"),
    ({1.0, 2.0}, "set, which has no order"),
    ("abc", "'abc', which is of type str"),
    (3.0, "3.0, which is of type float"),
    (None, "None"),
    (np.array(1.0), r"array\(1\.\)"),
    (zip([1.0], [2.0]), r"give list\(X\)"),
    ((x for x in X), r"generator.* give list\(X\)"),
    ({"a": 1.0}.values(), r"dict_values.* give list\(X\)"),
    (pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}), "row 0 of column 'b' is 'x'.*get_dummies"),
    (
        pd.DataFrame({"a": [1, None], "b": ["x", "y"]}, dtype=object),
        "row 1 of column 'a' is missing|'x'",
    ),
    (
        pd.DataFrame({"a": pd.array([1, None]), "b": [0.5, 1.0]}),
        "row 1 of column 'a' is missing.*dropna",
    ),
    (pd.Series(pd.date_range("2020", periods=2)), "row 0 is .*2020"),
    (np.array(["2020-01-01"], dtype="datetime64[ns]"), "row 0 is .*2020"),
    (np.array(["x", "y"]), "row 0 is .*'x'"),
    (np.array([1j, 2.0]), "row 0 is .*1j"),
    (np.ma.array([[1.0, 2.0]], mask=[[False, True]]), "row 0 of column 1 is missing"),
]


@pytest.mark.parametrize(("given", "message"), REFUSED)
def test_what_has_no_rows_of_numbers_in_an_order_is_refused_with_its_place_and_a_cure(
    given, message
):
    with pytest.raises(TypeError, match=message):
        predict(MLP(2, [1]), given)
    with pytest.raises(TypeError, match=f"^training X .*({message})"):
        fit(MLP(2, [1]), hinge_loss, given, Y, optimizer=SGD(MLP(2, [1]).parameters(), lr=0.1))


def test_sparse_matrices_are_refused_with_the_cure():
    from scipy.sparse import csr_array

    with pytest.raises(TypeError, match=r"give X.toarray\(\)"):
        predict(MLP(2, [1]), csr_array(np.eye(2)))


@pytest.mark.parametrize(
    "y",
    [
        pd.Series(["no", "yes"] * 60),
        pd.Series(["no", "yes"] * 60, dtype="category"),
        np.array(["no", "yes"] * 60),
    ],
)
def test_classes_that_are_names_are_refused_with_the_cure_which_works(y):
    optimizer = SGD((model := MLP(2, [2])).parameters(), lr=0.1)
    with pytest.raises(TypeError, match=r"training y .*row 0 is .*'no'.*numpy.unique\(y, ret"):
        fit(model, softmax_cross_entropy, X, y, optimizer=optimizer, progress=False)
    y = np.unique(y, return_inverse=True)[1]
    fit(model, softmax_cross_entropy, X, y, optimizer=optimizer, progress=False, compiled=True)


def test_classes_that_are_names_in_a_list_are_refused_by_the_loss_with_the_cure():
    with pytest.raises(TypeError, match=r"'no'.*number the classes"):
        evaluate(MLP(2, [2]), softmax_cross_entropy, X[:2].tolist(), ["no", "yes"])
    with pytest.raises(ValueError, match=r"'no'.*number the classes"):
        evaluate(MLP(2, [1]), hinge_loss, X[:2].tolist(), ["no", "yes"])


@pytest.mark.parametrize("loss", [squared_error, absolute_error])
def test_a_column_of_targets_is_a_number_for_each_sample(loss):
    y = X.sum(axis=1)
    for compiled in (True, False):
        expected = _trained(X, y, compiled, loss)[0]
        for column in (y.reshape(-1, 1), pd.DataFrame({"y": y}), Frame(y.reshape(-1, 1))):
            assert _trained(X, column, compiled, loss)[0] == expected


def test_a_list_is_not_looked_into():
    things = ["x", None, {"a": 1}]
    assert as_samples(things, "X") is things


def test_objects_of_a_users_own_stay_what_they_are():
    class Lazy:
        def __len__(self):
            return len(X)

        def __getitem__(self, i):
            return X[i]

    lazy = Lazy()
    assert as_samples(lazy, "X") is lazy
    assert predict(lambda x: Value(x[0]), lazy) == predict(lambda x: Value(x[0]), X)


def test_plain_leaves_lists_alone():
    assert plain(pd.Series([1, 2], index=[1, 0])) == [1, 2]
    assert plain([1, 2]) == [1, 2]


class First(Module):
    """A model that reads the first number of a sample."""

    def __init__(self):
        self.w = Value(0.5)

    def __call__(self, x):
        return self.w * x[0]


def test_eager_code_reads_a_memory_mapped_array_by_the_row(tmp_path):
    shape = (100, 3_000)  # 2.4 MB, which are 9.6 MB as lists
    Xs = np.memmap(tmp_path / "X", dtype=np.float64, mode="w+", shape=shape)
    ys = np.memmap(tmp_path / "y", dtype=np.float64, mode="w+", shape=shape[:1])
    Xs[:, 0], ys[:] = np.arange(100) / 100, np.arange(100) / 300 + 0.1
    model = First()
    optimizer = SGD(model.parameters(), lr=0.1)
    options = {"optimizer": optimizer, "progress": False, "compiled": False, "batch_size": 10}
    tracemalloc.start()
    try:
        fit(model, squared_error, Xs, ys, validation=(Xs, ys), **options)
        evaluate(lambda x: model(x), squared_error, Xs, ys)
        predict(lambda x: model(x), Xs)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2e6


def test_a_layer_takes_series_and_arrays_of_any_kind():
    layer = Layer(2, 2, seed=0)
    expected = [v.data for v in layer([0.5, 1.0])]
    for sample in (
        pd.Series([0.5, 1.0], index=["b", "a"]),
        np.array([0.5, 1.0]),
        Frame([0.5, 1.0]),
    ):
        assert [v.data for v in layer(sample)] == expected
