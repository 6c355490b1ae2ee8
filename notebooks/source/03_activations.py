# %% [markdown]
# # Activations
#
# A unit adds up its weighted inputs and hands the sum to a function $f$, its *activation*. We will see what
# the usual choices of $f$ do to learning: how the sigmoid stops it, why inputs of one sign make it zig-zag,
# what ReLU gains, and how a ReLU unit can fall silent for ever, or be brought back.

# %%
from functools import partial
from statistics import median, quantiles

import matplotlib.pyplot as plt
import numpy as np

import autograd
import viz
from autograd import Value, grad, gradcheck, relu, sigmoid, tanh
from nn import MLP, SGD, fit, hinge_loss, softmax_cross_entropy, squared_error
from nn.data import DATASETS, digits, moons
from studies import dying, race, results, revival, slopes, zigzag

wide = partial(plt.subplots, figsize=(9.0, 3.6), layout="constrained")

# %% [markdown]
# ## One unit
#
# $$\text{output} = f(z), \qquad z = \sum_i w_i x_i + b$$
#
# Learning asks for the gradient of the loss $L$ by each weight. By the chain rule it has three factors:
#
# $$\frac{\partial L}{\partial w_i} = \frac{\partial L}{\partial \text{output}} \cdot f'(z) \cdot x_i$$
#
# The first comes from the layers behind. The other two are what this notebook is about: the slope $f'$ of the
# activation, and the inputs $x_i$, which are the *outputs* of the activations in the layer before.

# %% [markdown]
# ## The sigmoid
#
# $$\sigma(z) = \frac{1}{1 + e^{-z}}, \qquad \sigma' = \sigma\,(1 - \sigma) \le \tfrac14$$
#
# It squashes any number into $(0, 1)$, which can be read as a rate of firing. Solid: $\sigma$. Dashed: its
# derivative, $\frac14$ at its highest. Grey: where the unit is *saturated*, so flat that next to no gradient
# passes.

# %% tags=["L7"]
figure, ax = wide()
viz.activation("sigmoid", ax=ax, low=-8.0, high=8.0)
plt.show()

zs = np.linspace(-8.0, 8.0, 1601).tolist()
rates = np.array([sigmoid(z) for z in zs])
slopes_of_sigmoid = np.array([grad(sigmoid)(z) for z in zs])

assert ((0.0 < rates) & (rates < 1.0)).all()
assert np.allclose(slopes_of_sigmoid, rates * (1.0 - rates), rtol=0.0, atol=1e-15)
assert slopes_of_sigmoid.max() <= 0.25 == grad(sigmoid)(0.0)

# %% [markdown]
# ## A saturated unit learns slowly
#
# One unit with one weight, input 1, is to answer 0, with the squared error $\sigma(w)^2$. It starts at
# $w = z$, wrong, and steps down with learning rate 1. How many steps until it answers less than 0.1?


# %%
def steps_to_unlearn(error, weight):
    """How many steps of gradient descent until σ(weight) < 0.1."""
    steps = 0
    while sigmoid(weight) >= 0.1:
        weight -= grad(error)(weight)
        steps += 1
    return steps


def squared(weight):
    return sigmoid(weight) ** 2


# %% tags=["L7"]
print("start z   σ(z)       σ′(z)     steps")
steps = {}
for z in (0.0, 2.0, 5.0, 8.0):
    steps[z] = steps_to_unlearn(squared, z)
    print(f"{z:7g}   {sigmoid(z):.5f}   {grad(sigmoid)(z):.1e}   {steps[z]:5d}")

assert steps[0.0] < steps[2.0] < steps[5.0] < steps[8.0] / 10

# %% [markdown]
# The further it is from the right answer, the flatter the curve on which it stands, and the slower it learns.
#
# An *output* unit can be helped: the loss $-\log(1 - \sigma(z))$, the cross-entropy, has the gradient
# $\sigma(z)$, in which no $\sigma'$ is left. A unit in a hidden layer has no loss of its own, so this cure is
# not open to it.


# %%
def cross_entropy(weight):
    return -autograd.log_sigmoid(-weight)  # -log(1 - σ(weight))


print("steps from z = 8:", steps_to_unlearn(cross_entropy, 8.0))
assert steps_to_unlearn(cross_entropy, 8.0) < steps[8.0] / 100

# %% [markdown]
# ## A saturated layer stops the layers before it
#
# Two copies of one network, 2→6→6→1, of sigmoid units. In the second we push the middle layer, `layers.1`,
# far into saturation: each bias becomes 40. Then we look at the gradient's *norm* in each layer, the length
# $\sqrt{\sum (\partial L / \partial p)^2}$ over all parameters $p$ of the layer.

# %%
data = moons()
free = MLP(2, [6, 6, 1], "sigmoid", seed=0)
stuck = MLP(2, [6, 6, 1], "sigmoid", seed=0)
for neuron in stuck.layers[1].neurons:
    neuron.bias.data = 40.0

figure, axes = wide(1, 2)
for ax, model in zip(axes, (free, stuck)):
    samples = zip(data.X_train, data.y_train)
    autograd.mean([squared_error(model(x), y) for x, y in samples]).backward()
    viz.gradient_flow(model, ax=ax)
axes[0].set_title("free")
axes[1].set_title("layers.1 saturated")
plt.show()

# %% [markdown]
# Look at the powers of ten below the right picture. What comes back through `layers.1` has been multiplied by
# $\sigma'(40) \approx 4 \cdot 10^{-18}$. So `layers.0`, with nothing wrong in it, cannot learn either. We train
# both and measure how far each layer's parameters move:


# %%
def moved(model, layer, before):
    """The farthest that a parameter of a layer has moved."""
    now = [parameter.data for parameter in model.layers[layer].parameters()]
    return np.abs(np.subtract(now, before[layer])).max()


# %% tags=["L7"]
distances = {}
for name, model in {"free": free, "stuck": stuck}.items():
    before = [[parameter.data for parameter in layer.parameters()] for layer in model.layers]
    optimizer = SGD(model.parameters(), lr=0.1)
    samples = data.X_train, data.y_train
    fit(model, squared_error, *samples, optimizer=optimizer, epochs=20, seed=0, progress=False)
    distances[name] = [moved(model, layer, before) for layer in range(3)]
    print(f"{name:6s}", "   ".join(f"layers.{i} {d:.1e}" for i, d in enumerate(distances[name])))

assert min(distances["free"]) > 0.01
assert distances["stuck"][0] < 1e-12 and distances["stuck"][1] < 1e-12
assert distances["stuck"][2] > 0.01  # behind the saturated layer there is learning

# %% [markdown]
# ## Eight layers: the gradient vanishes
#
# No unit needs to be badly saturated for that. Going back through a layer of sigmoids the gradient is
# multiplied by a slope of $\frac14$ at most, and in the next one again. Three networks with eight hidden
# layers, at the start, with the handwritten digits: the norm in each layer, the first at the top.

# %%
images = digits()
figure, axes = plt.subplots(1, 3, figsize=(9.0, 3.8), layout="constrained", sharex=True)
for ax, activation in zip(axes, ("sigmoid", "tanh", "relu")):
    model = MLP(64, [16] * 8 + [10], activation, seed=0)
    samples = zip(images.X_train[:30], images.y_train[:30])
    autograd.mean([softmax_cross_entropy(model(x), y) for x, y in samples]).backward()
    viz.gradient_flow(model, ax=ax)
    ax.set(title=activation, xlabel="norm of the gradient")
plt.show()

# %% [markdown]
# All runs: three data sets, 20 seeds each, from `python -m notebooks.studies vanishing`. The number is how
# many times the gradient in the first layer is smaller than in the last.

# %% tags=["L7"]
shrinks = {}
for n_hidden in (1, 8):
    for activation in ("sigmoid", "tanh", "relu"):
        runs = results("vanishing").results(activation=activation, n_hidden_layers=n_hidden)
        shrinks[activation, n_hidden] = [norms[-1] / norms[0] for norms in runs]
        lowest, highest = min(shrinks[activation, n_hidden]), max(shrinks[activation, n_hidden])
        print(f"{n_hidden} hidden, {activation:8s} {lowest:9.2g} to {highest:9.2g}")

assert min(shrinks["sigmoid", 8]) > 1000.0
assert max(shrinks["tanh", 8] + shrinks["relu", 8]) < 100.0
assert max(shrinks["sigmoid", 1]) < 10.0  # with one hidden layer nothing vanishes

# %% [markdown]
# With *one* hidden layer the sigmoid does no such harm: the claim is one about depth.

# %% [markdown]
# ## All inputs positive: one sign for all weights
#
# The second trouble is that $\sigma$ is never negative. To the units of the next layer these are the inputs:
#
# $$\frac{\partial L}{\partial w_i} = \underbrace{\frac{\partial L}{\partial z}}_{\text{the same for all } i}
# \cdot \underbrace{x_i}_{> 0}$$
#
# So for one sample the gradients of all weights of a neuron have the *same sign*. We count, in the second
# layer of small networks, for every neuron and every sample:


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
    """The share of neurons whose weights have gradients of one sign."""
    return ((gradients > 0).all(axis=-1) | (gradients < 0).all(axis=-1)).mean()


# %% tags=["L7", "L8"]
shares = {}
for activation in ("sigmoid", "tanh"):
    gradients = [
        gradients_by_sample(DATASETS[name](seed), activation, seed)
        for name in ("moons", "circles", "breast-cancer")
        for seed in range(20)
    ]
    one_by_one = np.mean([share_of_one_sign(sample) for sample in gradients])
    of_a_batch = np.mean([share_of_one_sign(sample.mean(axis=0)) for sample in gradients])
    shares[activation] = one_by_one, of_a_batch
    print(
        f"after {activation:7s}: one sign for one sample {one_by_one:.1%}, for 20: {of_a_batch:.1%}"
    )

assert shares["sigmoid"][0] == 1.0 and shares["sigmoid"][1] < 1.0
assert shares["tanh"][0] < 0.5

# %% [markdown]
# 100 %, of 6,000 gradients. Summed over a *batch* of 20 samples, the signs can differ: $\partial L/\partial z$
# may be positive for some samples and negative for others, and then larger inputs pull differently. It is a
# law for one sample, and a strong tendency for a batch. After tanh, whose outputs have both signs, there is
# no such law.

# %% [markdown]
# ## What that looks like
#
# One neuron with two weights; each dot is the step that one sample asks for, each cross that of a batch of 10.
# Left, inputs from 0 to 2: all dots lie in two quadrants. Both weights grow, or both shrink. Right, the same
# inputs less 1.

# %%
random = np.random.default_rng(0)
X = random.uniform(0.0, 2.0, size=(200, 2))
wanted = np.array([1.0, -1.0])

figure, axes = wide(1, 2, sharex=True, sharey=True)
for ax, shift, title in zip(axes, (0.0, 1.0), ("inputs 0 to 2", "inputs -1 to 1")):
    inputs = X - shift
    steps = 2.0 * (inputs @ wanted)[:, None] * inputs  # at w = (0, 0)
    batches = steps.reshape(20, 10, 2).mean(axis=1)
    ax.axhline(0.0, color="grey")
    ax.axvline(0.0, color="grey")
    ax.plot(*steps.T, ".", label="one sample")
    ax.plot(*batches.T, "kx", label="a batch of 10")
    ax.set(title=title, xlabel="step of $w_0$", ylabel="step of $w_1$")
    ax.legend()
plt.show()

# %% [markdown]
# The neuron should learn $w = (1, -1)$: one weight up, the other *down*. On the left no single sample asks for
# that. The way there has to go by turns.

# %% [markdown]
# ## The zig-zag
#
# Gradient descent on the mean squared error of a batch, each at its best learning rate out of 40. Left the inputs
# are the outputs of sigmoids, right those of tanh.

# %%
figure, axes = plt.subplots(1, 2, figsize=(9.0, 4.4), layout="constrained")
for ax, inputs in zip(axes, ("sigmoid", "tanh")):
    X, _ = zigzag.samples(inputs, n_inputs=2, seed=0)
    best_lr = min(zigzag.learning_rates(X), key=lambda lr: zigzag.steps(X, wanted, lr))
    n_steps = zigzag.steps(X, wanted, best_lr)
    batch = X[:20].tolist()

    def error(w0, w1):
        return autograd.mean([(w0 * x0 + w1 * x1 - (x0 - x1)) ** 2 for x0, x1 in batch])

    viz.descent_path(error, [0.0, 0.0], ax=ax, lr=best_lr, steps=n_steps)
    ax.set(xlabel="$w_0$", ylabel="$w_1$", title=f"inputs from {inputs}")
plt.show()

# %% [markdown]
# On the left the valley runs across the way that the steps can go: they cross it again and again. How often,
# that was counted for several kinds of inputs (`python -m notebooks.studies zigzag`, 20 draws each): steps until
# the weights are right to 1 %, at the best learning rate.

# %% tags=["L7", "L8"]
study = results("zigzag")
steps = {inputs: study.results(inputs=inputs, n_inputs=2) for inputs in zigzag.INPUTS}

figure, ax = wide()
viz.final_losses(steps, ax=ax, ylabel="steps")
ax.set(xlabel="inputs of the neuron", yscale="log")
plt.show()

for inputs, counts in steps.items():
    print(f"{inputs:8s} median {median(counts):4g}   from {min(counts)} to {max(counts)}")

zero_centred = max(steps["-1 to 1"] + steps["tanh"])
assert zero_centred * 2 < min(steps["0 to 2"] + steps["sigmoid"])
assert median(steps["4 to 6"]) > 50 * zero_centred

# %% [markdown]
# Inputs of both signs: a few steps. The farther from 0 their mean, the more.
#
# Where the claim fails: "alike" are inputs of *both* signs, with mean 0, but nearly equal to each other. They
# zig-zag too. Zero-centred inputs remove one cause of narrow valleys, and not all of them.

# %%
assert abs(zigzag.samples("alike", 2, seed=0)[0].mean()) < 0.2
assert min(steps["alike"]) > 5 * zero_centred

# %% [markdown]
# ## tanh: the same curve, zero-centred
#
# $$\tanh(z) = 2\,\sigma(2z) - 1, \qquad \tanh' = (1 - \tanh)(1 + \tanh)$$
#
# A sigmoid, twice as steep along $z$, stretched from $(0, 1)$ to $(-1, 1)$. Its slope at 0 is 1 rather than
# $\frac14$. The grey tails are still there.

# %% tags=["L8"]
figure, ax = wide()
viz.activation("tanh", ax=ax, low=-8.0, high=8.0)
plt.show()

zs = np.linspace(-8.0, 8.0, 1601).tolist()
t = np.array([tanh(z) for z in zs])
difference = np.abs(t - [2.0 * sigmoid(2.0 * z) - 1.0 for z in zs]).max()
slope_difference = np.abs([grad(tanh)(z) for z in zs] - (1.0 - t) * (1.0 + t)).max()
print(f"largest differences: {difference:.1e} and {slope_difference:.1e}")

unit = 2.0**-52  # the distance from 1 to the next larger float
assert difference <= 2 * unit and slope_difference <= 2 * unit
assert grad(tanh)(8.0) < 1e-6  # saturated all the same

# %% [markdown]
# Both formulas hold to the last bits of a float. We have seen what tanh mends: the zig-zag is gone, and the
# gradient went through eight layers. What it does not mend is saturation: from $z = 8$ hardly any gradient
# comes back.

# %% [markdown]
# ## ReLU
#
# $$\mathrm{relu}(z) = \max(0, z)$$
#
# The *rectified linear unit*: one comparison, no exponential. For $z > 0$ the slope is exactly 1, however large
# $z$ is: no saturation on that side. For $z < 0$ it is exactly 0 (dark: dead).

# %% tags=["L9"]
figure, ax = wide()
viz.activation("relu", ax=ax, low=-8.0, high=8.0)
plt.show()

assert all(grad(relu)(z) == 1.0 for z in (1e-300, 0.5, 8.0, 1e6, 1e300))
assert all(grad(relu)(z) == 0.0 for z in (-1e-300, -0.5, -1e300))

# %% [markdown]
# ## The race
#
# Krizhevsky and others trained AlexNet, a large network for photographs, with ReLU because it reached 25 %
# training error six times sooner than with tanh. That factor belongs to their convolutional network. What is it
# here?
#
# Networks 64→32→32→32→10 on 1437 handwritten digits, plain gradient descent, 64 images an update. We count
# *updates* until 25 % of the training images are misread (dashed). First each pixel *standardized*: mean 0,
# deviation 1. All with learning rate 0.1, one seed, live:


# %%
def draw_race(pixels, lr, most_updates):
    """The training error after each update, for each activation."""
    figure, ax = wide()
    for activation, line in zip(race.ACTIVATIONS, ("-", "--", ":")):
        updates, errors = race.race(pixels, activation, lr, seed=0, most_updates=most_updates)
        ax.plot(updates, errors, line, label=activation, linewidth=2.2)
    ax.axhline(race.GOAL, color="grey", linestyle="--")
    ax.set(xscale="symlog", xlim=(0, most_updates), ylim=(0.0, 1.0))
    ax.set(xlabel="updates", ylabel="training error", title=f"{pixels} pixels, learning rate {lr}")
    ax.legend()
    plt.show()


draw_race("standardized", lr=0.1, most_updates=3000)

# %% [markdown]
# Does that depend on the seed, or on the learning rate? `python -m notebooks.studies race` has run 20 draws
# of images, weights and order for each of many learning rates. A line joins medians; the band reaches from the
# first quartile to the third. A line ends where half of the runs never arrive.


# %%
def updates_to_goal(pixels, activation, lr):
    """Of all seeds, how many updates; infinite for those that never arrived."""
    runs = results("race").results(pixels=pixels, activation=activation, lr=lr)
    return [float("inf") if updates is None else updates for updates in runs]


def draw_study(pixels):
    figure, ax = wide()
    for activation, line in zip(race.ACTIVATIONS, ("-", "--", ":")):
        rates = race.LEARNING_RATES[pixels]
        runs = [updates_to_goal(pixels, activation, lr) for lr in rates]
        lows, middles, highs = zip(
            *(np.quantile(r, [0.25, 0.5, 0.75], method="lower") for r in runs)
        )
        ax.plot(rates, middles, line, marker="o", label=activation, linewidth=2.2)
        ax.fill_between(rates, lows, highs, alpha=0.2)
    ax.set(
        xscale="log", yscale="log", xlabel="learning rate", ylabel="updates to 25 %", title=pixels
    )
    ax.legend()
    plt.show()


draw_study("standardized")

# %% [markdown]
# ## Each at its best learning rate, and at equal ones


# %% tags=["L9"]
def race_table(pixels, rates):
    """Print, and return, the median number of updates for each activation at its learning rate."""
    medians = {}
    for activation, lr in rates.items():
        runs = updates_to_goal(pixels, activation, lr)
        low, medians[activation], high = np.quantile(runs, [0.25, 0.5, 0.75], method="lower")
        never = runs.count(float("inf"))
        print(
            f"{activation:8s} lr {lr:<6g} median {medians[activation]:6g}"
            f"   middle half {low:g} to {high:g}   never arrived: {never} of {len(runs)}"
        )
    return medians


def best_rates(pixels):
    """For each activation the learning rate with the lowest median."""
    return {
        activation: min(
            race.LEARNING_RATES[pixels],
            key=lambda lr: np.median(updates_to_goal(pixels, activation, lr)),
        )
        for activation in race.ACTIVATIONS
    }


best = race_table("standardized", best_rates("standardized"))
print()
equal = race_table("standardized", dict.fromkeys(race.ACTIVATIONS, 0.1))

# %% [markdown]
# ## Raw pixels
#
# Now the same with pixels as they are stored, from 0 to 16. The sums in the first layer are far from 0 then,
# and tanh and sigmoid units are saturated from the start.

# %%
draw_race("raw", lr=0.01, most_updates=3000)
draw_study("raw")

# %% tags=["L9"]
raw_best = race_table("raw", best_rates("raw"))
print()
raw_equal = race_table("raw", dict.fromkeys(race.ACTIVATIONS, 0.01))

# %% [markdown]
# ## Units that die
#
# A ReLU unit whose sum is negative for *every* sample has slope 0 for every sample: its gradients are 0, and it
# never changes again. One large update can do it.
#
# Networks 64→50→50→10 on the digits, 10 epochs. Standardized pixels, and then the same with 2 added to each: no
# information is lost, but inputs of one sign make all weights of a unit step together. All 20 seeds of
# `python -m notebooks.studies dying`:

# %% tags=["L9"]
study = results("dying")
figure, axes = wide(1, 2, sharey=True)
for ax, shift in zip(axes, (0.0, 2.0)):
    dead = {}
    for lr in dying.GRID["lr"]:
        dead[lr] = [100.0 * run["after"] for run in study.results(shift=shift, lr=lr)]
        accuracy = median(run["accuracy"] for run in study.results(shift=shift, lr=lr))
        print(
            f"pixels + {shift:g}, lr {lr:<4g}: median {median(dead[lr]):4.1f} % dead, {accuracy:.1%} right"
        )
    viz.final_losses(dead, ax=ax, ylabel="dead units in %")
    ax.set(xlabel="learning rate", title=f"standardized pixels + {shift:g}")
plt.show()

# %% [markdown]
# ## Dead for ever
#
# One of these networks, live. We take the gradient over *all* training images, look at the weights of a dead unit,
# and go on training.

# %% tags=["L9"]
model, X, y, _ = dying.train(shift=2.0, lr=0.3, seed=0)
dead = [model.layers[0].neurons[unit] for unit in dying.dead_units(model, X)[0]]
print(f"{len(dead)} of 50 units in the first layer are dead")

mean_loss = autograd.compile(lambda x, y: softmax_cross_entropy(model(x), y), X[0], 0)
model.zero_grad()
mean_loss.backward(X, y)
assert len(dead) >= 5
assert all(parameter.grad == 0.0 for neuron in dead for parameter in neuron.parameters())

before = [[parameter.data for parameter in neuron.parameters()] for neuron in dead]
optimizer = SGD(model.parameters(), lr=0.01)
fit(model, softmax_cross_entropy, X, y, optimizer=optimizer, epochs=5, seed=1, progress=False)
assert before == [[parameter.data for parameter in neuron.parameters()] for neuron in dead]

# %% [markdown]
# Not small: exactly 0, and after five more epochs not one bit of their 65 parameters each has changed.

# %% [markdown]
# ## Leaky ReLU
#
# $$f(z) = z \\text{ for } z > 0, \\quad a z \\text{ else}$$
#
# With a small slope $a$, such as 0.01, in place of 0, something always flows back. Does that bring dead units back?
#
# We train a network on two moons, then kill all 8 hidden units: each bias is lowered until the unit's sum is
# at most $-0.1$ for every sample. From there we go on, with ReLU, and with $a = 0.1$.

# %%
data = moons()
figure, axes = wide(1, 3)
for ax, slope in zip(axes, (None, 0.0, 0.1)):
    model = MLP(2, [8, 1], seed=0)
    revival.train(model, data, epochs=20, seed=0)
    revival.kill(model, data, below=0.1)
    if slope is not None:
        model.layers[0].activation = revival.with_slope(slope)
        revival.train(model, data, epochs=100, seed=0)
    viz.decision_boundary(model, data.X_train, data.y_train, ax=ax)
    ax.set_title({None: "killed", 0.0: "100 epochs on, ReLU", 0.1: "100 epochs on, a = 0.1"}[slope])
plt.show()

# %% tags=["L10"]
study = results("revival")
for below in revival.GRID["below"]:
    for slope in revival.GRID["slope"]:
        print(f"killed by {below}, slope {slope:<4g}", end="")
        for name in revival.GRID["data"]:
            runs = study.results(data=name, below=below, slope=slope)
            print(f"   {name} {median(run['revived'] for run in runs):4.0%}", end="")
        print()

# %% [markdown]
# ## Parametric ReLU
#
# Let the slope $a$ be a parameter, one for each unit, trained like a weight. Its gradient is
# $\\partial f/\\partial a = z$ for $z < 0$, and 0 else. It starts at 0.25.

# %% tags=["L10"]
model = slopes.train("moons", seed=0)
print("a of the first layer:", [round(neuron.slope.data, 2) for neuron in model.layers[0].neurons])

study = results("slopes")
figure, ax = wide()
ends = {name: np.concatenate(study.results(data=name)) for name in slopes.GRID["data"]}
viz.final_losses(ends, ax=ax, ylabel="slope after training")
ax.axhline(0.25, color="grey", linestyle="--")
plt.show()

# %% [markdown]
# ## The gallery
#
# Later ones are smooth near 0: ELU, GELU, SiLU. The sine is periodic and never saturates for good. *Maxout* is
# the larger of two sums, each with weights of its own; here with the pieces $-\\frac{z}{2}$ and $z$.


# %% tags=["L10"]
def maxout(z):
    return autograd.maximum(-0.5 * z, z)


names = ["sigmoid", "tanh", "relu", "leaky_relu", "prelu", "elu", "gelu", "silu", "softplus", "sin"]
viz.activations([*names, maxout])
plt.show()

# %% [markdown]
# ## Exercises
