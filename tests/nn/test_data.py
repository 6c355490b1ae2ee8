"""Laws of the data sets: those that come along, and those made of one's own numbers."""

import inspect
import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from nn import data
from nn.data import CURVES, DATASETS, DataError, Dataset, curve, dataset

REAL = {"digits", "iris", "wine", "breast-cancer"}
CURVE_NAMES = {"sine", "step", "bump"}
POINTS = sorted(set(DATASETS) - REAL - CURVE_NAMES)


def points(name, **options):
    """The training part of a data set in the plane, drawn with other options."""
    made = getattr(data, name)(**options)
    return np.array(made.X_train), np.array(made.y_train)


def test_the_data_sets_have_the_names_that_are_typed():
    assert set(DATASETS) == {
        *("moons", "circles", "spiral", "spiral3", "xor", "gaussians", "yin-yang", "islands"),
        *("sine", "step", "bump", "digits", "iris", "wine", "breast-cancer"),
    }
    assert all(make(0).name == name for name, make in DATASETS.items())


@pytest.mark.parametrize("name", DATASETS)
def test_a_seed_gives_one_draw_and_another_seed_another(name):
    one, same, other = (DATASETS[name](seed) for seed in (3, 3, 4))
    assert one == same
    assert one.X_train != other.X_train
    if name not in CURVE_NAMES:
        assert one.X_test != other.X_test


@pytest.mark.parametrize("name", DATASETS)
def test_shapes_types_and_labels_are_those_that_the_task_says(name):
    made = DATASETS[name](0)
    for X, y in ((made.X_train, made.y_train), (made.X_test, made.y_test)):
        assert len(X) == len(y) > 0
        assert {len(sample) for sample in X} == {made.n_inputs} == {len(made.features)}
        assert {type(x) for sample in X for x in sample} == {float}
        assert {type(target) for target in y} == ({float} if made.task == "regression" else {int})
        assert np.isfinite(X).all()
        assert np.isfinite(y).all()
        if made.task == "binary":
            assert set(y) == {-1, 1}
        if made.task == "multiclass":
            assert set(y) == set(range(made.n_outputs))
    assert made.n_outputs == (len(made.classes) if made.task == "multiclass" else 1)
    assert len(made.classes) == {"regression": 0, "binary": 2}.get(made.task, made.n_outputs)
    assert {type(text) for text in made.classes + made.features} == {str}


@pytest.mark.parametrize(
    ("task", "names"),
    [
        ("regression", CURVE_NAMES),
        ("multiclass", {"spiral3", "yin-yang", "digits", "iris", "wine"}),
        (
            "binary",
            {"moons", "circles", "spiral", "xor", "gaussians", "islands", "breast-cancer"},
        ),
    ],
)
def test_each_task_has_its_data_sets(task, names):
    assert {name for name, make in DATASETS.items() if make(0).task == task} == names


@pytest.mark.parametrize("name", sorted(set(DATASETS) - REAL))
def test_no_sample_to_train_on_is_held_out_as_well(name):
    made = DATASETS[name](0)
    shared = set(map(tuple, made.X_train)) & set(map(tuple, made.X_test))
    assert shared == ({(0.0, 0.0)} if name == "spiral3" else set())  # where its arms begin


@pytest.mark.parametrize("name", POINTS)
def test_the_classes_of_points_are_equally_frequent(name):
    made = DATASETS[name](0)
    frequencies = np.unique(made.y_train + made.y_test, return_counts=True)[1]
    assert np.ptp(frequencies) <= 1


def test_the_moons_are_those_that_models_were_trained_on_before():
    made = data.moons()
    assert (len(made.X_train), len(made.X_test)) == (200, 100)
    assert made.X_train[0] == pytest.approx([1.3789165783992783, -0.713248170744151], rel=1e-14)
    assert made.X_test[0] == pytest.approx([2.0004052030841395, 0.5368940989341018], rel=1e-14)
    assert made.y_train[:8] == [1, 1, -1, -1, 1, -1, 1, -1]
    assert made.y_test[:8] == [1, 1, -1, 1, 1, 1, -1, -1]


def test_the_digits_are_those_that_models_were_trained_on_before():
    made = data.digits()
    assert made.y_train[:10] == [3, 9, 1, 3, 1, 9, 4, 4, 2, 8]
    assert made.y_test[:10] == [7, 6, 3, 7, 7, 3, 2, 8, 9, 3]
    assert sum(map(sum, made.X_train)) == 28085.5
    assert made.classes == tuple("0123456789")


def test_without_noise_the_circles_have_radius_1_and_a_half():
    X, y = points("circles", noise=0.0)
    assert np.hypot(*X.T) == pytest.approx(np.where(y == -1, 1.0, 0.5))


def test_without_noise_the_arms_of_the_spiral_turn_by_three_pi_along_the_radius():
    X, y = points("spiral", noise=0.0, n_samples=1000)
    r = np.hypot(*X.T)
    arm = r * np.exp(3j * np.pi * r)
    assert y * (X[:, 0] + 1j * X[:, 1]) == pytest.approx(arm)
    assert np.quantile(r, [0.25, 1.0]) == pytest.approx([0.5, 1.0], abs=0.05)  # r² is uniform


def test_spiral3_is_the_one_of_the_lecture():
    X, y = points("spiral3")
    assert y.tolist() == [0] * 100 + [1] * 100 + [2] * 100
    assert np.hypot(*X.T) == pytest.approx(np.tile(np.linspace(0.0, 1.0, 100), 3))
    turned = np.arctan2(X[:, 0], X[:, 1]) - np.linspace([0, 4, 8], [4, 8, 12], 100, axis=1).ravel()
    noise = (np.delete(turned, [0, 100, 200]) + np.pi) % (2 * np.pi) - np.pi
    # Within four of their own standard deviations, for 297 angles.
    assert noise.mean() == pytest.approx(0.0, abs=4 * 0.2 / math.sqrt(297))
    assert noise.std() == pytest.approx(0.2, abs=4 * 0.2 / math.sqrt(2 * 297))
    assert len(data.spiral3().X_test) == 300


def test_xor_is_positive_where_one_coordinate_alone_is():
    X, y = points("xor", noise=0.0)
    assert np.abs(X).max() <= 1.0
    assert y.tolist() == [1 if (x1 > 0) != (x2 > 0) else -1 for x1, x2 in X]
    assert np.unique(X > 0, axis=0, return_counts=True)[1].tolist() == [50] * 4


def test_the_line_between_the_gaussians_is_right_as_often_as_their_docstring_says():
    X, y = points("gaussians", n_samples=20_000)
    share = NormalDist().cdf(math.sqrt(2.0))
    assert round(100 * share, 1) == 92.1
    spread = math.sqrt(share * (1.0 - share) / len(y))
    assert np.mean((X.sum(axis=1) > 0) == (y > 0)) == pytest.approx(share, abs=4 * spread)


def test_yin_lies_above_the_wave_yang_below_and_dots_about_its_two_centres():
    X, y = points("yin_yang", n_samples=3000)
    assert np.hypot(*X.T).max() <= 1.0
    x1, x2 = X.T
    wave = -np.sign(x1) * np.sqrt(0.25 - (np.abs(x1) - 0.5) ** 2)
    is_dot = np.hypot(np.abs(x1) - 0.5, x2) <= 0.2
    assert y.tolist() == np.where(is_dot, 2, np.where(x2 > wave, 0, 1)).tolist()
    # The classes fill their regions: areas on the right are known for each.
    right = [np.mean(x1[y == k] > 0) for k in range(3)]
    yin_on_the_right = (np.pi / 4 + np.pi / 8 - 0.04 * np.pi) / (np.pi / 2 - 0.04 * np.pi)
    expected = [yin_on_the_right, 1 - yin_on_the_right, 0.5]
    assert right == pytest.approx(expected, abs=4 * 0.5 / math.sqrt(1000))


def test_islands_has_outliers_to_train_on_and_none_held_out():
    made = data.islands(outliers=4)

    def outliers(X, y):
        return [target for (x1, _), target in zip(X, y, strict=True) if (x1 > 0) != (target > 0)]

    assert sorted(outliers(made.X_train, made.y_train)) == [-1] * 4 + [1] * 4
    assert outliers(made.X_test, made.y_test) == []
    assert (len(made.X_train), len(made.X_test)) == (60, 500)


def test_the_outliers_of_islands_lie_amid_the_other_cluster():
    X, y = points("islands", n_samples=4000, outliers=1000)
    amid = X[(X[:, 0] > 0) != (y > 0)]
    assert len(amid) == 2000
    clean = X[(X[:, 0] > 0) == (y > 0)]
    for side in (-1, 1):
        theirs, others = (part[part[:, 0] * side > 0] for part in (amid, clean))
        assert theirs.mean(axis=0) == pytest.approx(others.mean(axis=0), abs=0.08)
        assert theirs.std(axis=0) == pytest.approx(others.std(axis=0), abs=0.05)


@pytest.mark.parametrize(
    ("name", "x", "value"),
    [
        ("sine", 0.25, 1.0),
        ("sine", -0.25, -1.0),
        ("sine", 1.0, 0.0),
        ("step", -0.01, -1.0),
        ("step", 0.0, 1.0),
        ("bump", 0.0, 1.0),
        ("bump", 0.25, math.exp(-1)),
        ("absolute-value", -0.7, 0.7),
        ("sinc", 0.0, 1.0),
        ("sinc", 0.125, 2 / math.pi),
        ("sinc", 0.25, 0.0),
    ],
)
def test_the_curves_have_known_values(name, x, value):
    assert CURVES[name](x) == pytest.approx(value, abs=1e-15)


@pytest.mark.parametrize("name", CURVES)
def test_held_out_of_a_curve_is_a_dense_grid_without_noise(name):
    made = curve(function=name, noise=0.5)
    xs = [x for (x,) in made.X_test]
    assert xs == pytest.approx(np.linspace(-1.0, 1.0, 201))
    assert (xs[0], xs[100], xs[-1]) == (-1.0, 0.0, 1.0)
    assert made.y_test == [CURVES[name](x) for x in xs]


def test_a_curve_is_sampled_evenly_from_all_of_the_interval():
    xs = [x for (x,) in curve(n_samples=4000).X_train]
    quarters = np.histogram(xs, bins=4, range=(-1.0, 1.0))[0]
    assert quarters.sum() == 4000
    assert quarters == pytest.approx(1000, abs=4 * math.sqrt(4000 * 0.25 * 0.75))


def test_the_noise_of_a_curve_has_the_standard_deviation_asked_for():
    made = curve(n_samples=4000, noise=0.3)
    errors = [y - CURVES["sine"](x) for (x,), y in zip(made.X_train, made.y_train, strict=True)]
    assert np.mean(errors) == pytest.approx(0.0, abs=4 * 0.3 / math.sqrt(4000))
    assert np.std(errors) == pytest.approx(0.3, abs=4 * 0.3 / math.sqrt(8000))
    clean = curve(n_samples=50)
    assert clean.y_train == [CURVES["sine"](x) for (x,) in clean.X_train]


def test_a_function_of_ones_own_is_a_curve():
    made = curve(function=autograd.tanh, n_samples=20)
    assert made.name == "tanh"
    assert made.y_train == [math.tanh(x) for (x,) in made.X_train]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: 1 / x, r"<lambda>\(0\.0\) must be a finite number, but raised: .*division"),
        (lambda x: None, r"must be a finite number, but raised: .*NoneType"),
        (lambda x: math.inf, r"must be a finite number, but is inf"),
    ],
    ids=["raises", "returns nothing", "infinite"],
)
def test_a_function_without_a_finite_value_is_named_with_its_argument(function, message):
    with pytest.raises(DataError, match=message):
        curve(function=function)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("spiral", {"n_samples": 1}, "n_samples must be at least 2, but is 1"),
        ("spiral3", {"n_samples": 2}, "n_samples must be at least 3, but is 2"),
        ("xor", {"noise": -0.1}, "noise must be 0 or more, and finite, but is -0.1"),
        ("gaussians", {"noise": math.nan}, "noise must be 0 or more, and finite, but is nan"),
        ("yin_yang", {"n_samples": 0}, "n_samples must be at least 3, but is 0"),
        (
            "islands",
            {"outliers": 31},
            "outliers must be from 0 to 30, half of n_samples, but is 31",
        ),
        ("curve", {"function": "cosine"}, "there is no curve 'cosine': take one of sine, step"),
        ("curve", {"n_samples": 0}, "n_samples must be at least 1, but is 0"),
        ("moons", {"n_samples": 2}, "class 0 has 1 sample"),
    ],
)
def test_what_cannot_be_drawn_is_refused(name, options, message):
    with pytest.raises(ValueError, match=message):
        getattr(data, name)(**options)


def as_measured(made):
    """The samples of a standardized data set, in their own units."""
    return np.array(made.X_train + made.X_test) * made.scale + made.mean


def test_iris_holds_the_first_flower_of_fishers_table_and_fifty_of_each_species():
    made = data.iris()
    assert np.abs(as_measured(made) - [5.1, 3.5, 1.4, 0.2]).max(axis=1).min() < 1e-12
    assert np.bincount(made.y_train + made.y_test).tolist() == [50, 50, 50]
    assert made.features[0] == "sepal length (cm)"


def test_wine_holds_its_three_cultivars():
    made = data.wine()
    assert np.bincount(made.y_train + made.y_test).tolist() == [59, 71, 48]
    assert as_measured(made)[:, made.features.index("alcohol")].max() == pytest.approx(14.83)


def test_breast_cancer_is_positive_where_the_tumour_is_malignant():
    made = data.breast_cancer()
    y = np.array(made.y_train + made.y_test)
    assert ((y == -1).sum(), (y == 1).sum()) == (357, 212)
    assert made.classes == ("benign", "malignant")
    radius = as_measured(made)[:, made.features.index("mean radius")]
    assert radius[y == 1].mean() > 17.0 > 13.0 > radius[y == -1].mean()


@pytest.mark.parametrize("make", [data.iris, data.wine, data.breast_cancer])
def test_a_standardized_set_has_mean_0_and_variance_1_where_it_is_trained_on(make):
    X = np.array(make().X_train)
    assert X.mean(axis=0) == pytest.approx(np.zeros(X.shape[1]), abs=1e-12)
    assert (X**2).mean(axis=0) == pytest.approx(np.ones(X.shape[1]))


def test_the_part_held_out_is_standardized_by_what_was_measured_on_the_other():
    X = [[float(i * i), 7.0] for i in range(40)]
    made = dataset("mine", X, [float(i) for i in range(40)], standardize=True)
    train, test = ([X[int(i)][0] for i in part] for part in (made.y_train, made.y_test))
    mean, scale = np.mean(train), np.std(train)
    assert (made.mean, made.scale) == (pytest.approx((mean, 7.0)), pytest.approx((scale, 1.0)))
    assert [x for x, _ in made.X_test] == pytest.approx((np.array(test) - mean) / scale)
    assert {constant for _, constant in made.X_train + made.X_test} == {0.0}


def test_without_standardization_the_numbers_stay_as_they_are():
    X = [[float(i), -i] for i in range(20)]
    made = dataset("mine", X, [float(i) for i in range(20)])
    assert sorted(made.X_train + made.X_test) == sorted(X, key=lambda row: row[0])
    assert (made.mean, made.scale) == ((), ())


def test_a_split_keeps_each_sample_with_its_target_and_each_class_at_its_share():
    y = [0] * 60 + [1] * 30 + [2] * 10
    made = dataset("mine", [[i] for i in range(100)], y, test_size=0.3)
    assert np.bincount(made.y_test).tolist() == [18, 9, 3]
    samples = made.X_train + made.X_test
    assert sorted(samples) == [[float(i)] for i in range(100)]
    assert [y[int(i)] for (i,) in samples] == made.y_train + made.y_test


@pytest.mark.parametrize(
    ("y", "n_outputs", "expected"),
    [
        ([0, 1], None, ("binary", 1, {-1, 1})),
        ([0, 1], 1, ("binary", 1, {-1, 1})),
        ([-1, 1], None, ("binary", 1, {-1, 1})),
        (np.array([False, True]), None, ("binary", 1, {-1, 1})),
        ([0, 1], 2, ("multiclass", 2, {0, 1})),
        ([0, 1, 2], None, ("multiclass", 3, {0, 1, 2})),
        ([0.0, 1.0, 2.0], 3, ("multiclass", 3, {0, 1, 2})),
        ([0, 3], 5, ("multiclass", 5, {0, 3})),
        ([0.0, 1.0], None, ("regression", 1, {0.0, 1.0})),
        (np.array([2.5, 3.5], dtype="float32"), 1, ("regression", 1, {2.5, 3.5})),
    ],
)
def test_the_task_follows_from_the_targets(y, n_outputs, expected):
    y = np.repeat(y, 12)
    made = dataset("mine", np.arange(len(y))[:, None], y, n_outputs=n_outputs)
    assert (made.task, made.n_outputs, set(made.y_train)) == expected


def test_names_are_kept_in_their_order():
    made = dataset("m", [[0, 1]] * 8, [0, 1] * 4, classes=["no", "yes"], features=["a", "b"])
    assert (made.classes, made.features) == (("no", "yes"), ("a", "b"))


TEN = [[float(i)] for i in range(10)]


@pytest.mark.parametrize(
    ("X", "y", "options", "message"),
    [
        ([], [], {}, r"X must be samples of equally many .* its shape is \(0,\)"),
        (
            [1.0, 2.0],
            [0.5, 1],
            {},
            r"its shape is \(2,\); if there is one feature, a sample is a li",
        ),
        ([[], []], [0.5, 1], {}, r"its shape is \(2, 0\)"),
        ([[1.0], [1.0, 2.0]], [0, 1], {}, "X must hold lists of one length, but theirs differ"),
        ([[1.0], ["tall"]], [0, 1], {}, "X must hold numbers, but holds 'tall'"),
        ([[1.0], [None]], [0, 1], {}, "X must hold numbers, but holds None"),
        ([[1.0], [1j]], [0, 1], {}, "X must hold numbers, but holds 1j"),
        ([[10**400]], [0.5], {}, "X must hold numbers, but holds too large ones"),
        ([[1.0], [math.nan]], [0, 1], {}, r"X\[1\]\[0\] must be a finite number, but is nan"),
        (TEN, [0, 1], {}, r"one target for each of the 10 samples, but its shape is \(2,\)"),
        (TEN, [[0.5]] * 10, {}, r"but its shape is \(10, 1\)"),
        (TEN, ["no", "yes"] * 5, {}, "y must hold numbers, but holds 'no'"),
        (TEN, [0.5] * 9 + [math.inf], {}, r"y\[9\] must be a finite number, but is inf"),
        (TEN, [3] * 10, {}, "y must hold at least 2 classes, but holds class 3 alone"),
        (TEN, [1, 2] * 5, {}, "-1 and 1, or whole numbers from 0 without a gap; but they are 1, 2"),
        (TEN, [0, 2] * 5, {}, "without a gap; but they are 0, 2"),
        (
            TEN,
            [0, 1, 2, 3, 4] * 2,
            {"n_outputs": 1},
            r"\(with n_outputs=1\); quantities must be flo",
        ),
        (
            TEN,
            [0, 3] * 5,
            {"n_outputs": 3},
            r"whole numbers from 0 to 2 \(with n_outputs=3\); but th",
        ),
        (
            TEN,
            [-1, 1] * 5,
            {"n_outputs": 2},
            r"from 0 to 1 \(with n_outputs=2\); but they are -1, 1",
        ),
        (TEN, [0.0, 1e300] * 5, {"n_outputs": 2}, "from 0 to 1 .* but they are 0.0, 1e\\+300"),
        (
            TEN,
            [0.5, 1.0] * 5,
            {"n_outputs": 2},
            "quantities, which need 1 output, but n_outputs is 2",
        ),
        (TEN, [0, 1] * 5, {"n_outputs": 0}, "n_outputs must be at least 1, but is 0"),
        (TEN, [0] * 9 + [1], {}, "class 1 has 1 sample, but needs one to train on and one to hold"),
        (
            TEN,
            [0, 1, 2, 3, 4] * 2,
            {},
            r"leaves 7 of 10 .* out 3, .* need one of each class at least",
        ),
        (
            TEN[:1],
            [0.5],
            {},
            r"leaves 0 of 1 samples to train on and holds out 1, .* need one at leas",
        ),
        (
            TEN * 5,
            [0] * 48 + [1] * 2,
            {"test_size": 0.9},
            "test_size=0.9, no sample of class 1 is le",
        ),
        (TEN, [0, 1] * 5, {"test_size": 1.0}, "test_size must lie between 0 and 1, but is 1.0"),
        (TEN, [0, 1] * 5, {"test_size": math.nan}, "test_size must lie between 0 and 1"),
        (
            TEN,
            [0, 1] * 5,
            {"classes": ["a"]},
            r"there are 2 classes, but 1 names for them: \['a'\]",
        ),
        (TEN, [0.5] * 10, {"classes": ["a"]}, "there are 0 classes, but 1 names"),
        (TEN, [0, 1] * 5, {"features": ["a", "b"]}, "there are 1 features, but 2 names"),
        (
            [[1e308], [-1e308]] * 5,
            [0, 1] * 5,
            {"standardize": True},
            "feature 0 cannot be standard",
        ),
    ],
)
def test_data_of_which_no_set_can_be_made_is_refused(X, y, options, message):
    with pytest.raises(ValueError, match=message) as refused:
        dataset("mine", X, y, **options)
    is_argument = "test_size must" in message or "n_outputs must" in message
    assert isinstance(refused.value, DataError) != is_argument


@given(
    y=st.lists(st.integers(-1, 4), max_size=30) | st.lists(st.floats(-9, 9), max_size=30),
    n_outputs=st.none() | st.integers(1, 5),
    test_size=st.floats(0.01, 0.99),
    size=st.sampled_from([1e-320, 1e-5, 1.0, 1e200, 1.7e308]),
)
def test_small_data_makes_a_whole_set_or_is_refused(y, n_outputs, test_size, size):
    X = [[size * math.cos(i), 1.0] for i in range(len(y))]
    try:
        made = dataset("m", X, y, n_outputs=n_outputs, test_size=test_size, standardize=True)
    except DataError:
        return
    assert len(made.X_train) + len(made.X_test) == len(y)
    assert len(made.X_test) == math.ceil(test_size * len(y))
    assert np.isfinite(made.X_train).all()
    assert np.isfinite(made.X_test).all()
    if made.task != "regression":
        assert set(made.y_train) >= set(made.y_test)


def test_a_dataset_prints_what_it_is_and_not_its_numbers():
    assert repr(Dataset("or", [[0.0, 1.0]], [1], [[1.0, 1.0], [0.0, 0.0]], [1, -1], 1)) == (
        "Dataset('or', 'binary', n_inputs=2, n_outputs=1, 1 samples to train on, 2 held out)"
    )


@pytest.mark.parametrize("name", [name for name in data.__all__ if name.islower()])
def test_every_public_function_has_a_docstring_with_an_example(name):
    function = getattr(data, name)
    assert ">>> " in inspect.getdoc(function)
