# %% [markdown]
# # Activations
#
# A unit adds up its weighted inputs and hands the sum to a function, its *activation*. Here we see what
# the usual activations do to learning: how the sigmoid brings it to a halt, why inputs of one sign make
# it zig-zag, what ReLU gains, and how a ReLU unit falls silent for ever, or is brought back.

# %%
from statistics import median

import matplotlib.pyplot as plt
import numpy as np
from studies import dying, race, results, revival, slopes, zigzag

import autograd
import viz
from autograd import grad, gradcheck, relu, sigmoid, tanh
from nn import MLP, SGD, fit, prelu, softmax_cross_entropy, squared_error
from nn.data import DATASETS, digits, moons

plt.rcParams.update({"figure.figsize": (9.0, 3.6), "figure.constrained_layout.use": True})

# %% [markdown]
# ## One unit, three factors
#
# $$\text{output} = f(z), \qquad z = \sum_i w_i x_i + b$$
#
# Here $x_i$ are the inputs, $w_i$ the weights, $b$ the bias, and $f$ is the activation. Learning goes
# down the gradient of the loss $L$, the number that says how wrong the answers are. By the chain rule
#
# $$\frac{\partial L}{\partial w_i} = \frac{\partial L}{\partial \text{output}} \cdot f'(z) \cdot x_i$$
#
# The first factor comes back from the layers *after* this one, which use the output. The other two are
# the subject of this notebook: the slope $f'$ of the activation, and the inputs $x_i$, which are what
# the units of the layer *before* gave out. (*Hidden* layers are all but the last.)

# %% [markdown]
# ## The sigmoid
#
# $$\sigma(z) = \frac{1}{1 + e^{-z}}, \qquad \sigma' = \sigma\,(1 - \sigma) \le \tfrac14$$
#
# It squashes every number into $(0, 1)$, and can be read as a rate of firing. Solid: $\sigma$. Dashed:
# its slope, nowhere above $\frac14$. Grey: there the unit is *saturated*; its slope is at most a tenth
# of the steepest, and hardly any gradient passes.

# %% tags=["L7"]
figure, ax = plt.subplots()
viz.activation("sigmoid", ax=ax, low=-8.0, high=8.0)
plt.show()

zs = np.linspace(-8.0, 8.0, 1601).tolist()
rate = np.array([sigmoid(z) for z in zs])
slope = np.array([grad(sigmoid)(z) for z in zs])

assert ((rate > 0.0) & (rate < 1.0)).all()
assert np.allclose(slope, rate * (1.0 - rate), rtol=0.0, atol=1e-15)
assert slope.max() <= 0.25
assert grad(sigmoid)(0.0) == 0.25

# %% [markdown]
# ## A saturated unit learns slowly
#
# One unit, with the input 1, the weight $w$ and no bias, so that its sum $z$ is $w$ itself. It should
# answer 0, and its loss is $\sigma(w)^2$. It starts wrong, from $z = 0$ up to 8, and goes down the
# gradient with *learning rate* 1: a step subtracts 1 times the gradient from $w$. How many steps until
# it answers less than 0.1?


# %%
def squared(w):
    return sigmoid(w) ** 2


def steps_to_unlearn(loss, w):
    """How many steps of gradient descent until σ(w) < 0.1."""
    steps = 0
    while sigmoid(w) >= 0.1:
        w -= grad(loss)(w)
        steps += 1
    return steps


# %% tags=["L7"]
steps = {}
print("start z      σ(z)     σ′(z)   steps")
for z in (0.0, 2.0, 5.0, 8.0):
    steps[z] = steps_to_unlearn(squared, z)
    print(f"{z:7g}   {sigmoid(z):.5f}   {grad(sigmoid)(z):.1e}   {steps[z]:5d}")

assert steps[0.0] < steps[2.0] < steps[5.0] < steps[8.0] / 10

# %% [markdown]
# The more wrong it is, the flatter the curve it stands on, and the slower it learns.
#
# An *output* unit can be helped. The loss $-\log(1 - \sigma(w))$, the *cross-entropy*, has the gradient
# $\sigma' / (1 - \sigma) = \sigma$: no $\sigma'$ is left, and far from the goal it is nearly 1. But a
# unit in a hidden layer has no loss of its own, and this cure is not open to it.


# %%
def cross_entropy(w):
    return -autograd.log_sigmoid(-w)  # -log(1 - σ(w))


print("steps from z = 8:", steps_to_unlearn(cross_entropy, 8.0))
assert abs(grad(cross_entropy)(8.0) - sigmoid(8.0)) < 1e-15
assert steps_to_unlearn(cross_entropy, 8.0) < steps[8.0] / 50

# %% [markdown]
# ## A saturated layer stops the layers before it
#
# Two copies of one network of sigmoid units, 2→6→6→1: two inputs, two hidden layers of six units
# (`layers.0` and `layers.1`), and one output. In the second we push the middle layer, `layers.1`, far
# into saturation: its biases become 40. Their task is `moons`: points in the plane, of two classes that
# lie like two moons. A *seed* fixes what is drawn at random, here the initial weights.
#
# We look at the *norm* of the gradient in each layer: the length
# $\sqrt{\sum (\partial L / \partial p)^2}$ over all parameters $p$ of the layer (its weights and
# biases), on a logarithmic axis.

# %%
data = moons()
free = MLP(2, [6, 6, 1], "sigmoid", seed=0)
stuck = MLP(2, [6, 6, 1], "sigmoid", seed=0)
for neuron in stuck.layers[1].neurons:
    neuron.bias.data = 40.0

figure, axes = plt.subplots(1, 2)
for ax, title, model in zip(axes, ("free", "layers.1 saturated"), (free, stuck)):
    samples = zip(data.X_train, data.y_train)
    autograd.mean([squared_error(model(x), y) for x, y in samples]).backward()
    viz.gradient_flow(model, ax=ax)
    ax.set_title(title)
plt.show()

# %% [markdown]
# Mind the powers of ten on the right. What comes back through `layers.1` has been multiplied by
# $\sigma'(40) \approx 4 \cdot 10^{-18}$. So `layers.0`, in which nothing is wrong, cannot learn either.
# We train both networks for 20 *epochs*, in each of which every sample is met once (`SGD` is gradient
# descent on a few samples at a time). The farthest that any parameter of a layer has moved:

# %% tags=["L7"]
distances = {}
for name, model in {"free": free, "stuck": stuck}.items():
    before = [[p.data for p in layer.parameters()] for layer in model.layers]
    optimizer = SGD(model.parameters(), lr=0.1)
    samples = data.X_train, data.y_train
    fit(model, squared_error, *samples, optimizer=optimizer, epochs=20, seed=0, progress=False)
    after = [[p.data for p in layer.parameters()] for layer in model.layers]
    distances[name] = [np.abs(np.subtract(a, b)).max() for a, b in zip(after, before)]
    print(f"{name:6s}", *(f"  layers.{i}: {d:.2g}" for i, d in enumerate(distances[name])))

assert min(distances["free"]) > 0.01
assert max(distances["stuck"][:2]) < 1e-12
assert distances["stuck"][2] > 0.01  # after the saturated layer there is learning

# %% [markdown]
# ## Eight layers: the gradient vanishes
#
# It takes no bad start. On the way back, each layer of sigmoids multiplies the gradient by its weights,
# and by slopes of at most $\frac14$. Three networks with eight hidden layers, before any training, on
# pictures of handwritten digits (64 pixels, ten classes; `softmax_cross_entropy` is the cross-entropy
# for several classes). Initial weights are drawn by the usual rules, which fit their size to the
# layer's: He's for ReLU, Xavier's for the others. The first layer is at the top; compare the dots.

# %%
images = digits()
figure, axes = plt.subplots(1, 3)
for ax, activation in zip(axes, ("sigmoid", "tanh", "relu")):
    model = MLP(64, [16] * 8 + [10], activation, seed=0)
    samples = zip(images.X_train[:30], images.y_train)
    autograd.mean([softmax_cross_entropy(model(x), y) for x, y in samples]).backward()
    viz.gradient_flow(model, ax=ax)
    ax.set(title=activation, xlim=(1e-6, 1e3))
plt.show()

# %% [markdown]
# Is that so with other data and other weights? Iris, wine and digits, 20 seeds each, from
# `python -m notebooks.studies vanishing`. How many times smaller is the gradient in the first layer than
# in the last? From the least of 60 runs to the most:

# %% tags=["L7"]
study = results("vanishing")
shrinkage = {}
for n_hidden in (1, 8):
    for activation in ("sigmoid", "tanh", "relu"):
        runs = study.results(activation=activation, n_hidden_layers=n_hidden)
        shrinkage[activation, n_hidden] = [norms[-1] / norms[0] for norms in runs]
        low, high = min(shrinkage[activation, n_hidden]), max(shrinkage[activation, n_hidden])
        print(f"{n_hidden} hidden, {activation:8s} {low:8.2g} to {high:.2g}")

assert min(shrinkage["sigmoid", 8]) > 300.0
assert max(shrinkage["tanh", 8] + shrinkage["relu", 8]) < 100.0
assert max(shrinkage["sigmoid", 1]) < 20.0

# %% [markdown]
# With *one* hidden layer the sigmoid does no such harm. The gradient vanishes with depth.

# %% [markdown]
# ## All inputs positive: one sign for all weights
#
# The second trouble: $\sigma$ is never negative, and its outputs are the next layer's inputs.
#
# $$\frac{\partial L}{\partial w_i} =
# \underbrace{\frac{\partial L}{\partial z}}_{\text{the same for all } i}
# \cdot \underbrace{x_i}_{> 0}$$
#
# So for one sample the gradients of all weights of a neuron have the *same sign*. We count: every
# neuron in the second layer of small networks (five neurons, with six sigmoids before them), and 20
# samples, on three data sets of two classes, with 20 seeds each.


# %%
def gradients_by_sample(data, activation, seed):
    """The gradients of the second layer's weights, an array of shape (samples, neurons, weights)."""
    model = MLP(data.n_inputs, [6, 5, 1], activation, seed=seed)
    found = []
    for x, y in zip(data.X_train[:20], data.y_train):
        model.zero_grad()
        squared_error(model(x), y).backward()
        found.append([[w.grad for w in neuron.weights] for neuron in model.layers[1].neurons])
    return np.array(found)


def share_of_one_sign(gradients):
    """The share of neurons of which all weights have gradients of one sign."""
    return ((gradients > 0.0).all(axis=-1) | (gradients < 0.0).all(axis=-1)).mean()


# %% tags=["L7", "L8"]
shares = {}
for activation in ("sigmoid", "tanh"):
    gradients = [
        gradients_by_sample(DATASETS[name](seed), activation, seed)
        for name in ("moons", "circles", "breast-cancer")
        for seed in range(20)
    ]
    single = np.mean([share_of_one_sign(samples) for samples in gradients])
    batch = np.mean([share_of_one_sign(samples.mean(axis=0)) for samples in gradients])
    shares[activation] = single, batch
    print(
        f"after {activation:8s} one sign: {single:.1%} for a sample, {batch:.1%} for a batch of 20"
    )

assert shares["sigmoid"][0] == 1.0
assert shares["sigmoid"][1] < 0.99
assert shares["tanh"][0] < 0.3

# %% [markdown]
# 100 % of 6,000 cases. In the sum over a *batch* of samples, the signs may differ: the factor
# $\partial L/\partial z$ is positive for some samples and negative for others, and each weight weighs
# them by inputs of its own. One sign is a law for a single sample, and a tendency for a batch. After
# tanh, whose outputs have both signs, there is no such law.

# %% [markdown]
# ## What one sign looks like
#
# A neuron with two weights, at $w = (0, 0)$, without an activation or a bias; it is to become
# $w = (1, -1)$. A dot is the step that one sample asks for; a cross, a batch of 10. Left, with inputs
# from 0 to 2, all dots lie in two of the four quadrants: both weights up, or both down. Right, the same
# inputs less 1.

# %% tags=["L7"]
X = np.random.default_rng(0).uniform(0.0, 2.0, size=(200, 2))
wanted = np.array([1.0, -1.0])

one_sign = []
figure, axes = plt.subplots(1, 2, sharex=True, sharey=True)
for ax, inputs, title in zip(axes, (X, X - 1.0), ("inputs from 0 to 2", "inputs from -1 to 1")):
    targets = inputs @ wanted  # with the weights (0, 0) it answers 0 to all
    steps = 2.0 * targets[:, None] * inputs  # minus the gradient of (w·x - target)² at w = 0
    one_sign.append((steps[:, 0] * steps[:, 1] > 0.0).mean())
    batches = steps.reshape(20, 10, 2).mean(axis=1)
    ax.axhline(0.0, color="grey")
    ax.axvline(0.0, color="grey")
    ax.plot(*steps.T, ".", label="one sample")
    ax.plot(*batches.T, "kx", markersize=8, label="a batch of 10")
    ax.set(title=title, xlabel="step of $w_0$", ylabel="step of $w_1$")
    ax.legend()
plt.show()
assert one_sign[0] == 1.0
assert one_sign[1] < 0.5

# %% [markdown]
# One weight should go up, the other *down*: into the quadrant at the lower right. On the left no sample
# asks for that. Only the mean of many does, where ups and downs cancel, and so the crosses are spread
# wide. Moving both weights together changes the error much, moving them apart changes it little: the
# error has a narrow valley.

# %% [markdown]
# ## The zig-zag
#
# The same neuron. Gradient descent from the square to the star, until the weights are right to 1 %, on
# the mean squared error of 100 samples (in the pictures, f), which is lower where it is lighter. Left,
# the inputs are outputs of sigmoids, right, of tanh. Each has its best learning rate out of 40.


# %%
def mean_squared_error(X):
    """The error of a neuron with weights w0 and w1 that should have the weights `wanted`."""
    (a, b), (_, c) = (X.T @ X / len(X)).tolist()  # the means of x0², x0 x1 and x1²

    def error(w0, w1):
        d0, d1 = w0 - wanted[0], w1 - wanted[1]
        return a * d0**2 + 2.0 * b * d0 * d1 + c * d1**2

    return error


# %% tags=["L7", "L8"]
n_steps = {}
figure, axes = plt.subplots(1, 2, figsize=(9.0, 4.2))
for ax, inputs in zip(axes, ("sigmoid", "tanh")):
    X, _ = zigzag.samples(inputs, n_inputs=2, seed=0)
    best_lr = min(zigzag.learning_rates(X), key=lambda lr: zigzag.steps(X, wanted, lr))
    n_steps[inputs] = zigzag.steps(X, wanted, best_lr)
    error = mean_squared_error(X)
    viz.descent_path(error, [0.0, 0.0], ax=ax, lr=best_lr, steps=n_steps[inputs])
    ax.set(xlabel="$w_0$", ylabel="$w_1$")
    ax.set_title(f"inputs from {inputs}", pad=50)
plt.show()

assert n_steps["sigmoid"] > 5 * n_steps["tanh"]

# %% [markdown]
# Left, a narrow valley leads to $(1, -1)$, and the steps fall from one of its sides to the other.
#
# How many steps does it take? Counted for neurons with five inputs, 20 draws each, until the weights are
# right to 1 %, at the best learning rate (`python -m notebooks.studies zigzag`). The inputs are spread
# evenly between two numbers, or are what tanh or sigmoid units hand on; to "alike" we come below. Mind
# the logarithmic axis: each line is ten times the one below.

# %% tags=["L7", "L8"]
study = results("zigzag")
steps = {inputs: study.results(inputs=inputs, n_inputs=5) for inputs in zigzag.INPUTS}

figure, ax = plt.subplots()
viz.final_losses(steps, ax=ax, ylabel="steps")
ax.set(xlabel="inputs of the neuron", yscale="log")
plt.show()
for inputs, counts in steps.items():
    print(f"{inputs:8s} median {median(counts):5g},  {min(counts)} to {max(counts)}")

zero_centred = max(steps["-1 to 1"] + steps["tanh"])
assert min(steps["0 to 2"] + steps["sigmoid"]) > 4 * zero_centred
assert min(steps["4 to 6"]) > 50 * zero_centred
assert median(steps["0 to 2"]) < median(steps["sigmoid"]) < median(steps["4 to 6"])

# %% [markdown]
# Inputs from -1 to 1, or from tanh: a few steps. The farther the inputs' mean is from 0, compared with
# their spread, the more steps.
#
# Where the claim fails: the inputs "alike" have both signs and a mean near 0, but the five of a sample
# are nearly equal to each other, and the weights zig-zag too. Zero-centred inputs remove *one* cause of
# narrow valleys.

# %%
assert abs(zigzag.samples("alike", n_inputs=5, seed=0)[0].mean()) < 0.2
assert min(steps["alike"]) > 20 * zero_centred

# %% [markdown]
# ## tanh: the same curve, zero-centred
#
# $$\tanh(z) = 2\,\sigma(2z) - 1, \qquad \tanh' = (1 - \tanh)(1 + \tanh)$$
#
# A sigmoid, squeezed along $z$ by 2, and stretched from $(0, 1)$ to $(-1, 1)$. Its slope at 0 is 1 in
# place of $\frac14$. The grey tails are still there.

# %% tags=["L8"]
figure, ax = plt.subplots()
viz.activation("tanh", ax=ax, low=-8.0, high=8.0)
plt.show()

t = np.array([tanh(z) for z in zs])
difference = np.abs(t - [2.0 * sigmoid(2.0 * z) - 1.0 for z in zs]).max()
slope_difference = np.abs([grad(tanh)(z) for z in zs] - (1.0 - t) * (1.0 + t)).max()
print(f"the largest differences: {difference:.1e} and {slope_difference:.1e}")

spacing = 2.0**-52  # from 1 to the next larger float
assert max(difference, slope_difference) <= 2 * spacing
assert grad(tanh)(0.0) == 1.0
assert grad(tanh)(8.0) < 1e-6

# %% [markdown]
# Both formulas hold to the last bits of a float. What tanh mends, we have seen: the zig-zag is gone,
# and the gradient came back through eight layers. What it does not mend is saturation: at $z = 8$ the
# slope is below one millionth.

# %% [markdown]
# ## ReLU
#
# $$\mathrm{relu}(z) = \max(0, z)$$
#
# The *rectified linear unit*: one comparison, no exponential. Where $z > 0$ its slope is 1, however
# large $z$ is. Where $z < 0$ its slope is 0 (dark grey). At 0 it has a kink and no slope; autograd
# takes 0 there.

# %% tags=["L9"]
figure, ax = plt.subplots()
viz.activation("relu", ax=ax, low=-8.0, high=8.0)
plt.show()

assert all(grad(relu)(z) == 1.0 for z in (1e-300, 0.5, 8.0, 1e6, 1e300))
assert all(grad(relu)(z) == 0.0 for z in (0.0, -1e-300, -0.5, -8.0, -1e300))

# %% [markdown]
# ## The race
#
# The paper on AlexNet, a network for photographs (Krizhevsky, Sutskever and Hinton 2012), shows that
# with ReLU a convolutional network of four layers (its units each see a small patch of the picture)
# came down to 25 % training error six times sooner than with tanh. (The dashed line in the paper's
# figure is *tanh*, not the sigmoid.) That factor belongs to that network. What is it here?
#
# Networks 64→32→32→32→10 learn 1437 pictures of digits by plain gradient descent. Each step, called an
# *update*, uses 64 of them. We count updates until only 25 % of the training pictures are misread, the
# grey line; there a curve ends. First with *standardized* pixels: each has mean 0 and standard
# deviation 1. One seed, live:


# %%
def draw_race(pixels, lr):
    """Run the race once; the training error after each update."""
    _, ax = plt.subplots()
    for activation, line in zip(race.ACTIVATIONS, ("-", "--", ":")):
        updates, errors = race.race(pixels, activation, lr, seed=0)
        ax.plot(updates, errors, line, label=activation, linewidth=2.5)
    ax.axhline(race.GOAL, color="grey", linestyle="--")
    ax.set(xscale="symlog", xlim=(0, race.MOST_UPDATES), ylim=(0.0, 1.0), xlabel="updates")
    ax.set(ylabel="training error", title=f"{pixels} pixels, learning rate {lr}")
    ax.legend(loc="center left")
    plt.show()


draw_race("standardized", lr=0.1)

# %% [markdown]
# Does that depend on the seed? On the learning rate? `python -m notebooks.studies race` has run 20
# seeds, each with its own draw of pictures, weights and order, for many learning rates. Lines join the
# medians, bands hold the middle half of the seeds (from the first to the third quartile). A line ends
# where half of the runs do not arrive within 2,000 updates, a band where a quarter do not.


# %%
races = results("race")


def updates_to_goal(pixels, activation, lr):
    """The number of updates for each seed; infinite if it never got there."""
    runs = races.results(pixels=pixels, activation=activation, lr=lr)
    return [float("inf") if updates is None else updates for updates in runs]


def quartiles(numbers):
    """The first quartile, the median and the third; `lower`, because some numbers are infinite."""
    return np.quantile(numbers, [0.25, 0.5, 0.75], method="lower")


# %%
def draw_study(pixels):
    _, ax = plt.subplots()
    rates = race.LEARNING_RATES[pixels]
    for activation, line in zip(race.ACTIVATIONS, ("-", "--", ":")):
        runs = [updates_to_goal(pixels, activation, lr) for lr in rates]
        low, middle, high = np.transpose([quartiles(updates) for updates in runs])
        ax.plot(rates, middle, line, marker="o", label=activation, linewidth=2.5)
        ax.fill_between(rates, low, high, alpha=0.2, where=np.isfinite(high))
    ax.set(xscale="log", yscale="log", xlabel="learning rate", ylabel="updates to 25 %")
    ax.set_title(f"{pixels} pixels")
    ax.legend()
    plt.show()


draw_study("standardized")


# %% [markdown]
# ## Each at its best learning rate, and all at the same
#
# The best learning rate of an activation is the one with the smallest median. Now the figures: first
# each at its best, then all at 0.1.


# %%
def best_rates(pixels):
    """For each activation the learning rate with the smallest median."""
    return {
        activation: min(
            race.LEARNING_RATES[pixels],
            key=lambda lr: quartiles(updates_to_goal(pixels, activation, lr))[1],
        )
        for activation in race.ACTIVATIONS
    }


def medians(pixels, rates):
    """The median number of updates for each activation, at its learning rate; printed, too."""
    found = {}
    print("activation     lr   median   quartiles   arrived")
    for activation, lr in rates.items():
        updates = updates_to_goal(pixels, activation, lr)
        low, middle, high = quartiles(updates)
        arrived = np.isfinite(updates).sum()
        print(f"{activation:10s} {lr:6g} {middle:8g} {low:6g} {high:4g} {arrived:6d} of 20")
        found[activation] = middle
    return found


# %% tags=["L9"]
best = medians("standardized", best_rates("standardized"))
print()
equal = medians("standardized", dict.fromkeys(race.ACTIVATIONS, 0.1))

assert best["sigmoid"] >= 5.0 * best["relu"]
assert equal["sigmoid"] >= 5.0 * equal["relu"]
assert best["tanh"] <= best["relu"]
assert equal["tanh"] <= equal["relu"]

# %% [markdown]
# The sigmoid is many times slower than ReLU. But ReLU does *not* beat tanh here: with standardized
# pixels and Xavier's initial weights a tanh unit starts in its steep middle, where its slope is near 1
# and its outputs are zero-centred.

# %% [markdown]
# ## Where tanh saturates
#
# Now the pixels as they are stored, from 0 to 16. The sums of the first layer are then far from 0, and
# tanh units start in their grey tails. The bars say which share of a layer's outputs, for 100 pictures,
# is saturated at the start: here, where the slope is less than a *twentieth* of the steepest. Look at
# the first layer, `layers.0`.

# %%
share = {}
figure, axes = plt.subplots(1, 2, figsize=(9.0, 2.6))
for ax, pixels in zip(axes, ("standardized", "raw")):
    X, _ = race.images(pixels, seed=0)
    model = MLP(64, race.N_NEURONS, "tanh", seed=0)
    viz.saturation(model, X[:100], ax=ax)
    ax.set_title(f"{pixels} pixels")
    outputs = np.tanh(X @ model.state_dict()["layers.0.weight"].T)  # of layers.0; no bias yet
    share[pixels] = (1.0 - outputs**2 < 1 / 20).mean()
plt.show()

assert share["standardized"] < 0.2
assert share["raw"] > 0.5

# %% [markdown]
# The race again, with these pixels: one seed at learning rate 0.01, and all runs.

# %%
draw_race("raw", lr=0.01)

# %%
draw_study("raw")

# %% [markdown]
# In figures, each at its best, then all at 0.01 (`inf`: not within 2,000 updates):

# %% tags=["L9"]
raw_best = medians("raw", best_rates("raw"))
print()
raw_equal = medians("raw", dict.fromkeys(race.ACTIVATIONS, 0.01))

assert raw_equal["tanh"] >= 3.0 * raw_equal["relu"]
assert raw_equal["sigmoid"] == float("inf")
assert raw_best["tanh"] < raw_best["relu"] < raw_best["sigmoid"] < 5.0 * raw_best["relu"]

# %% [markdown]
# At the same learning rate, 0.01, ReLU is more than three times as fast as tanh, and the sigmoid does
# not arrive at all: ReLU's slope is 1 however large the sum.
#
# But that depends on *equal* rates. The best rate of tanh is ten times that of ReLU, and each at its
# best, tanh is the faster one even here, and the sigmoid takes less than five times as long as ReLU.
# When somebody says that one activation is faster than another, ask: at which learning rates?

# %% [markdown]
# ## Units that die
#
# If the sum of a ReLU unit is negative for *every* sample, its slope is 0 for every sample, and so are
# its gradients: it is *dead*, and no step changes its weights again. One large update can do that.
#
# Networks 64→50→50→10 on the digits, with standardized pixels, plus 2. Nothing is lost by that, but now
# the inputs are mostly positive, so that the weights of a unit step together, all up or all down. A
# single update on all pictures, at learning rate 1:

# %% tags=["L9"]
for seed in range(5):
    X, y = dying.images(shift=2.0, seed=seed)
    model = MLP(64, [50, 50, 10], seed=seed)
    before = sum(map(len, dying.dead_units(model, X)))
    one_update = {"epochs": 1, "batch_size": len(X), "seed": seed, "progress": False}
    fit(model, softmax_cross_entropy, X, y, optimizer=SGD(model.parameters(), 1.0), **one_update)
    after = sum(map(len, dying.dead_units(model, X)))
    print(f"seed {seed}: {before} of 100 units dead before, {after} after")
    assert after >= before + 15

# %% [markdown]
# ## Deaths by learning rate
#
# Now 10 epochs, 64 pictures an update, and five learning rates; without the 2 (the pixels are centred),
# and with it. 20 seeds each, `python -m notebooks.studies dying`. The medians:

# %% tags=["L9"]
study = results("dying")
dead = {}
for shift in dying.GRID["shift"]:
    for lr in dying.GRID["lr"]:
        runs = study.results(shift=shift, lr=lr)
        before, after = (median(100.0 * run[when] for run in runs) for when in ("before", "after"))
        right = median(run["accuracy"] for run in runs)
        print(f"+{shift:g}, lr {lr:<4g}: {before:g} % → {after:4g} % dead; {right:6.1%} read right")
        dead[shift, lr] = [100.0 * run["after"] for run in runs]

assert max(max(dead[0.0, lr]) for lr in dying.GRID["lr"]) <= 10.0
assert max(dead[2.0, 0.01] + dead[2.0, 0.1]) <= 20.0
assert min(dead[2.0, 0.3]) >= 20.0
assert min(dead[2.0, 1.0]) >= 50.0

# %% [markdown]
# Every network is a dot; the boxes hold the middle half:

# %%
figure, axes = plt.subplots(1, 2, sharey=True)
for ax, shift in zip(axes, dying.GRID["shift"]):
    by_rate = {lr: dead[shift, lr] for lr in dying.GRID["lr"]}
    viz.final_losses(by_rate, ax=ax, ylabel="dead units in %")
    ax.set(xlabel="learning rate", title=f"standardized pixels + {shift:g}")
plt.show()

# %% [markdown]
# Centred, nearly every unit lives, even at learning rate 1. With 2 added, some units are dead from the
# start, a median of 5 %, and up to learning rate 0.1 it stays at that, or a little less. From 0.3 on the
# updates kill: CS231n's course notes speak of 40 % of a network, and here the median is about that at
# 0.3. Such networks no longer read anything: one in ten is chance. (Death is not the only harm that too
# high a learning rate does to them.)

# %% [markdown]
# ## Dead for ever
#
# One of the networks with 2 added, at learning rate 0.3, live. We take the gradient over *all* training
# pictures, look at the dead units of the first layer, and train on, gently.

# %% tags=["L9"]
model, X, y, _ = dying.train(shift=2.0, lr=0.3, seed=0)
dead = [model.layers[0].neurons[unit] for unit in dying.dead_units(model, X)[0]]
print(f"{len(dead)} of 50 units in the first layer are dead")

mean_loss = autograd.compile(lambda x, y: softmax_cross_entropy(model(x), y), X[0], 0)
model.zero_grad()
mean_loss.backward(X, y)
gradients = [p.grad for neuron in dead for p in neuron.parameters()]

before = [p.data for neuron in dead for p in neuron.parameters()]
optimizer = SGD(model.parameters(), lr=0.01)
fit(model, softmax_cross_entropy, X, y, optimizer=optimizer, epochs=5, seed=1, progress=False)
after = [p.data for neuron in dead for p in neuron.parameters()]

assert len(dead) >= 5
assert all(gradient == 0.0 for gradient in gradients)
assert before == after

# %% [markdown]
# The gradients are not small, they are exactly 0, and five epochs later not one bit of those units has
# changed.
#
# "For ever" holds in the first layer, whose inputs are the pictures. In a later layer a dead unit stands
# still, too, but the units before it do not, and what they send may wake it: so 5 % became 4 % above.

# %% [markdown]
# ## Leaky ReLU
#
# $$f(z) = \begin{cases} z & z > 0 \\ a z & \text{else} \end{cases}$$
#
# A small slope $a$, such as 0.01, in place of 0: something always flows back. Does it bring dead units
# back?
#
# A network learns two moons. Then we kill its 8 hidden units, gently: each bias is lowered until the
# sum is at most $-0.1$ for every sample. From there training goes on, with ReLU, or with $a = 0.1$.
# (The blue corner is no achievement: a killed unit may fire where no sample lies.)

# %% tags=["L10"]
data = moons()
units_firing = {}
figure, axes = plt.subplots(1, 3)
for ax, slope, title in zip(axes, (None, 0.0, 0.1), ("killed", "then ReLU", "then $a$ = 0.1")):
    model = MLP(2, [8, 1], seed=0)
    revival.train(model, data, epochs=20, seed=0)
    revival.kill(model, data, below=0.1)
    if slope is not None:
        model.layers[0].activation = revival.with_slope(slope)
        revival.train(model, data, epochs=100, seed=0)
    units_firing[slope] = int((revival.sums(model, data).max(axis=0) > 0.0).sum())
    viz.decision_boundary(model, data.X_train, data.y_train, ax=ax)
    ax.set_title(f"{title}: {units_firing[slope]} fire")
plt.show()

assert units_firing[None] == units_firing[0.0] == 0
assert units_firing[0.1] >= 1

# %% [markdown]
# All runs, 20 seeds each on five data sets (`python -m notebooks.studies revival`): the median share of
# units that fire again, after being killed by 0.1 or by 1.

# %% tags=["L10"]
study = results("revival")
names = revival.GRID["data"]
print("below  slope  " + "  ".join(f"{name:>13s}" for name in names))
for below in revival.GRID["below"]:
    for slope in revival.GRID["slope"]:
        by_data = [study.results(data=name, below=below, slope=slope) for name in names]
        shares = [median(run["revived"] for run in runs) for runs in by_data]
        print(f"{below:5g}  {slope:5g}  " + "  ".join(f"{share:13.0%}" for share in shares))

for run in study.results(slope=0.0):
    assert run["revived"] == 0.0
    assert run["moved"] == 0.0
for run in study.results(slope=0.1, below=0.1):
    assert run["revived"] > 0.0
assert all(run["moved"] > 0.0 for slope in (0.01, 0.1) for run in study.results(slope=slope))
assert all(run["revived"] == 0.0 for run in study.results(slope=0.01, data="circles"))
assert all(run["revived"] == 0.0 for run in study.results(slope=0.1, below=1.0, data="circles"))

# %% [markdown]
# With ReLU no unit ever fires again, and no parameter of the layer moves. Killed gently, with slope 0.1,
# some units come back in all 100 runs.
#
# Where the claim fails: the way back is long when the slope is small, or the unit far below 0. On
# the circles not one unit came back with slope 0.01 in 100 epochs, nor with 0.1 when killed by 1. The
# units do move; they have not arrived.

# %% [markdown]
# ## Parametric ReLU
#
# Why choose the slope? Let $a$ be a parameter of each unit, learned like a weight (He and others 2015).
# It starts at 0.25 (the dashed line), and its gradient is $\partial f/\partial a = z$ where $z < 0$,
# else 0.
#
# Where do the slopes go? One network live, and all runs of `python -m notebooks.studies slopes`: two
# hidden layers of 8 units, 20 seeds, five data sets; every unit is a dot.

# %% tags=["L10"]
model = slopes.train("moons", seed=0)
print("first layer, moons:", *(f"{n.slope.data:.2f}" for n in model.layers[0].neurons))

study = results("slopes")
figure, ax = plt.subplots()
ends = {name: np.concatenate(study.results(data=name)) for name in slopes.GRID["data"]}
viz.final_losses(ends, ax=ax, ylabel="slope after training")
ax.axhline(0.25, color="grey", linestyle="--")
plt.show()

gradcheck(prelu, -1.5, 0.25)
for run in study:
    assert max(abs(slope - 0.25) for slope in run.result) > 0.1
assert any((slopes > 1.0).any() for slopes in ends.values())
assert any((slopes < 0.0).any() for slopes in ends.values())

# %% [markdown]
# In every network some slopes moved by more than 0.1. Many stay near 0.25, some pass 1, and some become
# negative: a unit with $a = -1$ is $|z|$.

# %% [markdown]
# ## The gallery
#
# Later ones bend the left side, or round the corner:
#
# $$\mathrm{elu}(z) = e^z - 1 \text{ where } z < 0, \qquad \mathrm{gelu}(z) = z\,\Phi(z), \qquad
# \mathrm{silu}(z) = z\,\sigma(z), \qquad \mathrm{softplus}(z) = \log(1 + e^z)$$
#
# ($\Phi$: the probability that a standard normal number is below $z$.) The sine is periodic, and
# stays flat nowhere. *Maxout* is the larger of two sums with weights of their own, here $-\frac z2$ and
# $z$: it never dies, and costs twice the parameters.


# %% tags=["L10"]
def maxout(z):
    return autograd.maximum(-0.5 * z, z)


later = [autograd.elu, autograd.gelu, autograd.silu, autograd.softplus, autograd.sin, maxout]
gallery = [sigmoid, tanh, relu, autograd.leaky_relu, *later]
for activation in gallery:
    for z in (-3.1, -0.4, 0.7, 2.3):
        gradcheck(activation, z)  # is the computed slope the slope of the curve?
assert [f for f in gallery if grad(f)(-3.0) == 0.0] == [relu]  # all others pass some gradient

# %% [markdown]
# Solid the function, dashed its slope, grey where it is nearly flat: where it saturates, or leaks (or,
# dark, where nothing passes at all).
# The titles name the steepest slope in the range that is drawn.

# %%
axes = viz.activations([*gallery[:4], prelu, *later])
axes[0, 0].figure.set_size_inches(9.0, 5.6)
plt.show()

# %% [markdown]
# ## What to take along
#
# | | slope | zero-centred | dies |
# | --- | --- | --- | --- |
# | sigmoid | at most 1/4, saturates on both sides | no | no, but saturates |
# | tanh | at most 1, saturates on both sides | yes | no, but saturates |
# | ReLU | 1, or 0 where $z < 0$ | no | yes |
# | leaky, parametric ReLU | 1, or $a$ where $z < 0$ | no, but of both signs | no |
#
# Centre the inputs. In hidden layers most people begin with ReLU: it is cheap, and does not saturate
# above 0. Take a learning rate that is not too high, and count the dead units (`fit`'s history does). In
# small networks try tanh as well: at its best learning rate it won both our races. Leave the sigmoid to
# the output.

# %% [markdown]
# ## Exercises
#
# **1. Larger weights.** Eight layers of sigmoids lose the gradient with Xavier's initial weights, whose
# standard deviation is $\sqrt{2 / (n_\text{inputs} + n_\text{outputs})}$. Change it, and look at
# `viz.gradient_flow`, until the first layer's gradient is at least a tenth of the last one's. Then make
# it a hundred times as large, and look again: the gradient is gone. Why?


# %% tags=["exercise"]
def initial_weight(random, n_inputs, n_outputs):
    """One weight of a layer, drawn by random.gauss(mean, deviation)."""
    ### BEGIN SOLUTION
    # σ′ ≤ 1/4, and less where it saturates. Far larger weights saturate it altogether.
    return random.gauss(0.0, 12.0 / n_inputs**0.5)
    ### END SOLUTION


# %% tags=["test"]
for seed in range(5):
    model = MLP(64, [16] * 8 + [10], "sigmoid", seed=seed, initializer=initial_weight)
    samples = zip(images.X_train[:30], images.y_train)
    autograd.mean([softmax_cross_entropy(model(x), y) for x, y in samples]).backward()
    norms = [np.linalg.norm([p.grad for p in layer.parameters()]) for layer in model.layers]
    assert norms[0] > norms[-1] / 10, (
        f"with seed {seed} the first layer's gradient is {norms[0] / norms[-1]:.1e} of the last one's; "
        "draw viz.gradient_flow(model) for some deviations"
    )

# %% [markdown]
# **2. Count the dead.** Write a function that counts, in the first layer of a network of ReLUs, the
# units that are 0 for every sample. `model.layers[0](x)` is the list of the layer's outputs for one
# sample.


# %% tags=["exercise"]
def count_dead(model, X):
    """How many units of the first layer give 0 for every sample in X."""
    ### BEGIN SOLUTION
    outputs = [[output.data for output in model.layers[0](x)] for x in X]
    return sum(all(number == 0.0 for number in unit) for unit in zip(*outputs))
    ### END SOLUTION


# %% tags=["test"]
random = np.random.default_rng(0)
for n_dead in (0, 1, 5, 12):
    model = MLP(3, [12, 2], seed=n_dead)
    for neuron in model.layers[0].neurons:
        neuron.bias.data = -0.01
    half = random.normal(size=(10, 3))
    X = np.concatenate([half, -half]).tolist()  # each unit fires for about half of these
    for unit in random.permutation(12)[:n_dead]:
        model.layers[0].neurons[unit].bias.data = -1000.0
    counted = count_dead(model, X)
    assert counted == n_dead, (
        f"{n_dead} of 12 units never fire, but count_dead says {counted}; "
        "a unit that is 0 for some samples is alive"
    )

# %% [markdown]
# **3. An activation of your own.** *Mish* is $m(z) = z \tanh(s(z))$ with $s(z) = \log(1 + e^z)$, the
# `softplus`. Find its derivative by the product rule and the chain rule ($s' = \sigma$, and $\tanh'$ is
# `autograd.sech2`), and write it with autograd's functions. Then draw it: `viz.activation(mish)`. Is it
# zero-centred? Does it die?


# %% tags=["exercise"]
def mish_slope(z):
    """The derivative of mish at z, made of autograd's functions: z is a Value or a number."""
    ### BEGIN SOLUTION
    s = autograd.softplus(z)
    return tanh(s) + z * autograd.sech2(s) * sigmoid(z)
    ### END SOLUTION


@autograd.primitive(local_gradients=lambda out, z: (mish_slope(z),))
def mish(z):
    return z * tanh(autograd.softplus(z))


# %% tags=["test"]
for z in np.random.default_rng(1).normal(scale=3.0, size=50).tolist():
    gradcheck(mish, z, order=2)  # a GradientError says where the slope is wrong, and by how much
