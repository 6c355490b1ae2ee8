# %% [markdown]
# # Where does training end?
#
# Gradient descent walks downhill until no direction leads down. Is that the lowest place there is? For
# a small network often not, and it depends on where it started. For a large one, trained well, it
# hardly matters. We look at such landscapes, and then at the ends of a thousand trainings.

# %% [markdown]
# ## Valleys and passes
#
# Two parameters $a$ and $b$, and a loss over them that can be drawn as a map:
#
# $$L(a, b) = (a^2 - 1)^2 + 0.3\,a + b^2$$
#
# Where the map is light, the loss is low: there are two valleys. We walk downhill, against the
# gradient, from two starts that are close to each other (squares).

# %%
import matplotlib.pyplot as plt
import numpy as np

import autograd
import viz
from nn import MLP, SGD, Adam, cosine_decay, evaluate, fit, softmax_cross_entropy, sweep
from nn.data import gaussians, spiral3


def two_valleys(place):
    a, b = place
    return (a**2 - 1) ** 2 + 0.3 * a + b**2


def descend(start, lr=0.05, steps=60):
    """The path of gradient descent, of shape (steps + 1, 2)."""
    path = [start]
    for _ in range(steps):
        gradient = autograd.grad(two_valleys)(path[-1])
        path.append([x - lr * dx for x, dx in zip(path[-1], gradient)])
    return np.array(path)


left, right = descend([0.02, 0.8]), descend([0.12, 0.8])

# %%
a, b = np.meshgrid(np.linspace(-1.6, 1.6, 200), np.linspace(-0.6, 1.0, 100))
figure, ax = plt.subplots(figsize=(8, 3.8), layout="constrained")
losses = two_valleys([a, b])
# The light half of the colours: on the dark one nothing else can be seen.
contours = ax.contourf(a, b, losses, levels=25, cmap="Blues", vmax=2 * losses.max())
figure.colorbar(contours, label="loss")
for path in (left, right):
    ax.plot(*path.T, ".-", color="C1")
    ax.plot(*path[0], "s", color="C1", markeredgecolor="white", markersize=9)
    ax.plot(*path[-1], "*", color="C1", markeredgecolor="white", markersize=18)
ax.plot(0.075, 0.0, "X", color="k", markeredgecolor="white", markersize=10)
for text, x in {"global minimum": -1.036, "saddle": 0.075, "local minimum": 0.96}.items():
    ax.annotate(text, (x, 0.0), (0, -24), textcoords="offset points", ha="center")
ax.set(xlabel="a", ylabel="b")
plt.show()
assert abs(two_valleys(left[0]) - two_valleys(right[0])) < 0.05  # two starts, much alike,
assert two_valleys(right[-1]) - two_valleys(left[-1]) > 0.5  # and two ends

# %% [markdown]
# Each path (from square to star) ends at a **local minimum**: any small step from there leads up. The
# left one is also the **global minimum**, the lowest point of all. The right one is not, and gradient
# descent cannot know that: it feels the slope under its feet and nothing else.
#
# Between the two valleys lies a **saddle** (cross), like a pass between mountains. There the gradient
# is 0 as well, but the loss falls to both sides along $a$, and rises along $b$.

# %% [markdown]
# What tells such places apart are second derivatives. The **Hessian** is the matrix of all of them,
# here
#
# $$\begin{pmatrix} \partial^2 L / \partial a^2 & \partial^2 L / \partial a\,\partial b \\
# \partial^2 L / \partial b\,\partial a & \partial^2 L / \partial b^2 \end{pmatrix}$$
#
# Its eigenvalues are the **curvatures**: the second derivatives along its eigenvectors, which are at
# right angles to each other. All positive: a minimum. All negative: a maximum. Both signs: a saddle.
#
# The gradient is $(4a^3 - 4a + 0.3,\; 2b)$. It is 0 at three places, all with $b = 0$:

# %%
places = np.sort(np.roots([4, 0, -4, 0.3]).real)  # where 4a³ - 4a + 0.3 is 0
kinds = []
for a in places.tolist():
    gradient = autograd.grad(two_valleys)([a, 0.0])
    curvatures = np.linalg.eigvalsh(autograd.hessian(two_valleys)([a, 0.0]))
    kinds.append("minimum" if min(curvatures) > 0 else "saddle")
    loss = two_valleys([a, 0.0])
    print(f"a = {a:+.3f}: loss {loss:+.3f}, curvatures {curvatures.round(2)}: a {kinds[-1]}")
    assert np.allclose(gradient, 0.0, atol=1e-9)

assert kinds == ["minimum", "saddle", "minimum"]

# %% [markdown]
# ## Two starts, two ends
#
# A network's loss is such a landscape too, only over more parameters than can be drawn. Our data are
# the three arms of a spiral, 300 points. The network is small: 2 inputs, 5 hidden units with ReLU, a
# score for each of 3 classes: $(2 \cdot 5 + 5) + (5 \cdot 3 + 3) = 33$ parameters. The loss is the
# softmax cross-entropy: $-\log$ of the probability that it gives to the right class, on average.
#
# We train it twice, from two random initializations, by 1000 steps each. Every step takes the gradient
# over all 300 points, so a step is an epoch. The optimizer is Adam: it averages over recent gradients,
# and adapts the step to each parameter. Its learning rate falls from 0.05 to 0 (`cosine_decay`).

# %%
data = spiral3(0)
samples = data.X_train, data.y_train


def train(model, steps=1000, lr=0.05):
    optimizer, schedule = Adam(model.parameters(), lr), cosine_decay(steps)
    options = {"epochs": steps, "batch_size": len(data.X_train), "seed": 0, "progress": False}
    fit(model, softmax_cross_entropy, *samples, optimizer=optimizer, schedule=schedule, **options)
    return model


good, bad = (train(MLP(2, [5, 3], seed=seed)) for seed in (5, 1))

figure, panels = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for ax, name, model in zip(panels, ("one start", "another"), (good, bad)):
    loss, accuracy = evaluate(model, softmax_cross_entropy, *samples)
    viz.decision_boundary(model, *samples, ax)
    ax.set_title(f"{name}: loss {loss:.3f}, accuracy {accuracy:.1%}")
plt.show()

# %% [markdown]
# The same network, the same data, the same training. Each hidden unit can bend the boundaries along one
# line. On the left the five lines have come to lie where the arms need them; on the right they have
# not, and one point in nine is on wrong ground, most of them of arms 1 and 2. Has the right one merely
# not finished? We train both for another 1000 steps, at a smaller rate.

# %%
loss_of = {}
for name, model in {"good": good, "bad": bad}.items():
    before, _ = evaluate(model, softmax_cross_entropy, *samples)
    train(model, lr=0.01)
    loss_of[name], _ = evaluate(model, softmax_cross_entropy, *samples)
    print(f"{name}: {before:.3f} after 1000 steps, {loss_of[name]:.3f} after 2000")

assert loss_of["bad"] > 4 * loss_of["good"]

# %% [markdown]
# The bad one does not come near the good one. (Strictly, neither has arrived: with larger weights in
# the last layer both would still be a little better. By the *end* of a training we mean where it has
# become this slow.) What lies between them? We walk straight from one to the other: at $t$ every
# parameter has the value $(1 - t) \cdot \text{good} + t \cdot \text{bad}$.


# %%
def parameters_of(model):
    return np.array([parameter.data for parameter in model.parameters()])


def losses_between(start, end, ts):
    """The training loss on the straight line between two networks, at each t."""
    walker = MLP(2, start.sizes[1:])
    losses = []
    for t in ts:
        place = (1 - t) * parameters_of(start) + t * parameters_of(end)
        for parameter, number in zip(walker.parameters(), place.tolist()):
            parameter.data = number
        losses.append(evaluate(walker, softmax_cross_entropy, *samples)[0])
    return losses


# %%
ts = np.linspace(-0.1, 1.1, 61)
along = losses_between(good, bad, ts)
figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
ax.semilogy(ts, along)
ax.plot([0, 1], [loss_of["good"], loss_of["bad"]], "o", color="C3")
ax.annotate("good", (0, loss_of["good"]), (8, -2), textcoords="offset points")
ax.annotate("bad", (1, loss_of["bad"]), (-26, -8), textcoords="offset points")
ax.set(xlabel="t", ylabel="loss")
plt.show()
assert max(along) > 10 * max(loss_of.values())

# %% [markdown]
# A mountain, many times as high as either end. (Straight through, that is: on other ways it may be
# lower.)
#
# Here is more of the landscape: the plane in the 33-dimensional space that goes through the good end
# (the star), the bad one (the square on the right) and a third (the square above). Light is low, and
# the scale is logarithmic. Each end lies in a lighter spot of its own, with darker ground between.
# (Computed at 21 × 21 points: the valleys are narrower and deeper than they look.)

# %%
third = train(train(MLP(2, [5, 3], seed=4)), lr=0.01)
directions = [parameters_of(end) - parameters_of(good) for end in (bad, third)]
figure, ax = plt.subplots(figsize=(6.5, 4.6), layout="constrained")
viz.loss_landscape(
    good,
    softmax_cross_entropy,
    *samples,
    ax,
    directions=directions,
    extent=1.25,
    resolution=21,
)
ax.plot([1, 0], [0, 1], "s", color="white", markeredgecolor="k", markersize=9)
ax.set(xlabel="towards the bad end", ylabel="towards a third end")
plt.show()
assert max(losses_between(good, third, ts)) > 10 * loss_of["bad"]
assert max(losses_between(bad, third, ts)) > 10 * loss_of["bad"]

# %% [markdown]
# ## Many minima are the same
#
# A layer's units have no order. Exchange two hidden units, each with all its weights, and the function
# is the same, though the parameters are another point of the landscape.


# %%
def permuted(model, order):
    """A copy of a network with one hidden layer, with its hidden units in another order."""
    copy = MLP(2, model.sizes[1:])
    hidden, output = model.layers
    for unit, old in zip(copy.layers[0].neurons, order):
        unit.bias.data = hidden.neurons[old].bias.data
        for weight, other in zip(unit.weights, hidden.neurons[old].weights):
            weight.data = other.data
    for score, other in zip(copy.layers[1].neurons, output.neurons):
        score.bias.data = other.bias.data
        for weight, old in zip(score.weights, order):
            weight.data = other.weights[old].data
    return copy


twin = permuted(good, [1, 2, 3, 4, 0])
difference = max(abs(a.data - b.data) for x in data.X_train for a, b in zip(good(x), twin(x)))
print(f"parameters differ by up to {np.abs(parameters_of(twin) - parameters_of(good)).max():.1f}")
print(f"outputs differ by up to {difference:.1g}")
assert difference < 1e-9

# %% [markdown]
# Five units can be ordered in $5! = 120$ ways, so a minimum has 119 twins as good as itself; with 50
# units there are $50! \approx 3 \cdot 10^{64}$ orders. And straight between two twins there is a
# mountain too. So **many minima are no trouble as such**. What matters is how good they are.

# %%
along = losses_between(good, twin, ts)
figure, ax = plt.subplots(figsize=(7, 2.8), layout="constrained")
ax.semilogy(ts, along)
ax.plot([0, 1], [loss_of["good"]] * 2, "o", color="C3")
ax.set(xlabel="t: from a network to its twin", ylabel="loss")
plt.show()
assert max(along) > 10 * loss_of["good"]

# %% [markdown]
# ## The experiment
#
# The claim is about *many* starts: in small networks the end depends on the start, and in large ones
# hardly. `nn.sweep` calls a function for each setting and for many seeds, on all cores. Here it trains
# networks with 2, 5 and 50 hidden units from four starts each, and we print the final losses:


# %%
def final_loss(n_hidden, seed):
    model = train(MLP(2, [n_hidden, 3], seed=seed))
    return evaluate(model, softmax_cross_entropy, *samples)[0]


few = sweep(final_loss, {"n_hidden": [2, 5, 50]}, seeds=4)
for n_hidden in (2, 5, 50):
    print(n_hidden, [round(loss, 3) for loss in few.results(n_hidden=n_hidden)])

assert max(few.results(n_hidden=50)) < min(few.results(n_hidden=2))

# %% [markdown]
# Now seven sizes, 50 starts each, on three **draws** of the spiral (the same arms, the points scattered
# anew): 1050 trainings. That takes minutes, so the results come from a file;
# `python -m notebooks.studies minima` makes it anew. The function is `run` in
# `notebooks/studies/minima.py`; its training is the one above. We repeat one run, to compare.

# %%
from studies import minima, results

study = results("minima")
sizes = minima.SIZES["spiral"]


def ends(setup, draw, n_hidden, part="train"):
    """The final losses from 50 starts, on the training data or on the test data."""
    on_train, on_test = zip(*study.results(setup=setup, draw=draw, n_hidden=n_hidden))
    return np.array(on_train if part == "train" else on_test)


once_more, _ = minima.run("spiral", draw=0, n_hidden=50, seed=0)
print(f"run 0 of 50 units: {once_more:.4f}, in the file {ends('spiral', 0, 50)[0]:.4f}")
assert abs(once_more - ends("spiral", 0, 50)[0]) < 0.01

# %% [markdown]
# Each point is a network, and each column a number of hidden units. The box holds the middle half of
# the 50, and its thick line is the median. Look at how high the columns are, and how far each spreads.

# %%
figure, ax = plt.subplots(figsize=(8, 4.2), layout="constrained")
viz.final_losses({n: ends("spiral", 0, n) for n in sizes}, ax, ylabel="final training loss")
ax.set(xlabel="hidden units", title="three-armed spiral, 50 starts for each size")
plt.show()

# %% [markdown]
# In numbers, for all three draws; the **standard deviation** (sd) is the measure of spread:

# %%
print("hidden units        " + "".join(f"{n:>8}" for n in sizes))
mean = np.array([[ends("spiral", draw, n).mean() for n in sizes] for draw in minima.DRAWS])
sd = np.array([[ends("spiral", draw, n).std() for n in sizes] for draw in minima.DRAWS])
for draw in minima.DRAWS:
    print(f"draw {draw}: mean        " + "".join(f"{x:8.4f}" for x in mean[draw]))
    print("  standard deviation" + "".join(f"{x:8.4f}" for x in sd[draw]))

# %% [markdown]
# The same as a picture, with logarithmic axes: one line for each draw. The mean falls all the way. The
# sd rises up to 3 units, and then falls by a factor of more than 100.

# %% tags=["L20"]
figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
for draw in minima.DRAWS:
    ax.loglog(sizes, mean[draw], "o-", color="C0", label="mean" if draw == 0 else None)
    ax.loglog(sizes, sd[draw], "s--", color="C1", label="standard deviation" if draw == 0 else None)
ax.set_xticks(sizes, sizes)
ax.minorticks_off()
ax.set(xlabel="hidden units", ylabel="final training loss")
ax.legend()
plt.show()

for draw in minima.DRAWS:
    assert (mean[draw][1:] < 0.9 * mean[draw][:-1]).all()  # the mean falls with every size
    of = dict(zip(sizes, sd[draw]))
    assert 1.2 * of[1] < of[2] < of[3] / 1.2  # the spread rises up to 3 units,
    assert of[5] < of[3] / 1.2  # then falls,
    assert of[50] < min(of[5] / 10, of[3] / 100)  # and collapses
    assert ends("spiral", draw, 50).max() < ends("spiral", draw, 5).min()

# %% [markdown]
# So, on all three draws:
#
# - The more hidden units, the lower the loss at the end, on average.
# - The spread first rises, up to 3 units, and then collapses. With a few units it matters where
#   training starts; with 50 it does not.
# - **The worst of fifty networks with 50 units is better than the best of fifty with 5.**
#
# Why? We have no proof, but a picture to keep: a unit that starts in a bad place is one of five in the
# small network, and one of fifty in the large one, where others can do its work. And a place is a
# minimum only if *no* direction leads down: of 33 dimensions in the small network, of 303 in the large.

# %% [markdown]
# ### Few ends, and bad ones
#
# Why do the ends spread less with one unit than with three? Not because all is well: there are few
# ends, all of them bad, and many starts lead to the same loss. We count the losses that still differ
# when they are rounded to three decimals.

# %% tags=["L20"]
from collections import Counter

for draw in minima.DRAWS:
    one, five = (Counter(ends("spiral", draw, n).round(3).tolist()) for n in (1, 5))
    print(f"draw {draw}: {len(one)} different ends with 1 unit, {len(five)} with 5")
    print("  the most frequent:", ", ".join(f"{x} ({k} times)" for x, k in one.most_common(5)))
    assert len(one) < len(five) / 2
    assert min(one) > 0.8

# %% [markdown]
# A loss of 1.099 is $\ln 3$, that of a network that gives each of three classes the probability 1/3,
# whatever the point. Its only unit has died (notebook 03): it is 0 at all 300 points, and so is its
# gradient.

# %% [markdown]
# ### Where it fails
#
# The claim is a tendency, and it needs a training that works. Here are sigmoid units and plain gradient
# descent, learning rate 0.5, again 1000 steps: on the left one training of each size, on the right the
# ends of 50 (note its scale).

# %%
figure, (curves, columns) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
for n_hidden in (5, 50):
    model = MLP(2, [n_hidden, 3], activation="sigmoid", seed=0)
    optimizer = SGD(model.parameters(), lr=0.5)
    options = {"epochs": 1000, "batch_size": len(data.X_train), "seed": 0, "progress": False}
    history = fit(model, softmax_cross_entropy, *samples, optimizer=optimizer, **options)
    curves.plot(history.loss, label=f"{n_hidden} hidden units")
curves.set(xlabel="step", ylabel="training loss", ylim=(0, None))
curves.legend()
viz.final_losses({n: ends("plateau", 0, n) for n in (5, 50)}, columns, ylabel="final training loss")
columns.set_xlabel("hidden units")
plt.show()

# %%
for draw in minima.DRAWS:
    small, large = ends("plateau", draw, 5), ends("plateau", draw, 50)
    print(f"draw {draw}: mean {small.mean():.3f} with 5 units, {large.mean():.3f} with 50")
    assert large.mean() > small.mean()
    assert large.min() > ends("spiral", draw, 50).max() + 0.3

# %% [markdown]
# All of them end far above the 0.02 of before, and **the large ones are worse**. They are on a
# **plateau**: the landscape is nearly flat, and the loss hardly falls. Is that a bad minimum? We go on
# from where the last network stands, of 50 units, with Adam.

# %%
before = history.loss[-1]
after, _ = evaluate(train(model), softmax_cross_entropy, *samples)
print(f"loss {before:.3f} on the plateau, {after:.3f} after 1000 steps with Adam")
assert after < before / 5

# %% [markdown]
# No minimum: there was a way down all the time, only so flat that plain gradient descent crept. A large
# network has good ends; something has to bring us there.

# %% [markdown]
# ## Go large, and regularize
#
# If large networks end lower, why not always take 1000 units? Because a low *training* loss is not the
# aim. Here are two clouds of points that overlap, 80 points to train on and 80 others to test. The
# clouds are round and equally wide, so on new points no boundary does better than the straight line
# midway between them.
#
# On the right, the training has a **regularization**: the penalty $\lambda \sum w^2$ over all weights
# is added to the loss, which pulls every weight towards 0. On the left $\lambda$ is 0.

# %%
clouds = gaussians(0, n_samples=80, noise=1.5)
labels = [(y + 1) // 2 for y in clouds.y_train]  # 0 and 1, for softmax
figure, panels = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for ax, l2 in zip(panels, (0.0, 0.01)):
    model = MLP(2, [50, 2], seed=0)
    fit(
        model,
        softmax_cross_entropy,
        clouds.X_train,
        labels,
        optimizer=Adam(model.parameters(), lr=0.05),
        epochs=1000,
        batch_size=80,
        schedule=cosine_decay(1000),
        l2=l2,
        seed=0,
        progress=False,
    )
    viz.decision_boundary(model, clouds.X_train, labels, ax)
    ax.set_title(f"50 hidden units, λ = {l2:g}")
plt.show()

# %% [markdown]
# The left boundary bends around single points: it **overfits**. The right one is nearly the straight
# line.
#
# Now four sizes, trained in the same way on three draws of the clouds (one colour each): the medians of
# 50 starts. Compare the dashed lines, the loss on the test points.

# %% tags=["L20"]
figure, panels = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True, layout="constrained")
for ax, setup, title in zip(panels, ("blobs", "blobs, λ"), ("λ = 0", "λ = 0.01")):
    for part, style in {"train": "o-", "test": "s--"}.items():
        for draw in minima.DRAWS:
            medians = [np.median(ends(setup, draw, n, part)) for n in minima.SIZES[setup]]
            name = part if draw == 0 else None
            ax.loglog(minima.SIZES[setup], medians, style, color=f"C{draw}", label=name)
    ax.set_xticks(minima.SIZES[setup], minima.SIZES[setup])
    ax.minorticks_off()
    ax.set(xlabel="hidden units", title=title)
    ax.legend()
panels[0].set_ylabel("median final loss")
plt.show()

for draw in minima.DRAWS:
    free, held = (
        [np.median(ends(setup, draw, n, "test")) for n in minima.SIZES[setup]]
        for setup in ("blobs", "blobs, λ")
    )
    print(f"draw {draw}: test loss, λ = 0: {np.round(free, 2)}; λ = 0.01: {np.round(held, 2)}")
    assert free[1] < free[2] < free[3]  # without a penalty it rises from 5 units on,
    assert free[-1] > 2 * free[0]
    assert max(held) < 1.2 * min(held)  # with it, size does no harm
    assert held[-1] < 1.1 * min(free)  # and 50 units are about as good as the best without

# %% [markdown]
# Without a penalty, the training loss (solid) falls with size, and the test loss (dashed) rises from 5
# units on. With it, size does no harm, and 50 units are about as good as the best size without it, or
# better.
#
# On these clouds 2 units would nearly do. But on the spiral we saw what small networks are like: hard
# to train, and where they end depends on luck. So do not make the network small against overfitting:
# **take a large one, and regularize it.**

# %% [markdown]
# ## What to remember
#
# - A local minimum: all small steps lead up. A saddle: gradient 0, up in some directions and down in
#   others.
# - Small networks have bad minima, and the start decides. Run several seeds, and report the spread.
# - Large networks have very many minima, and well trained ones ended about equally low. Many minima are
#   one and the same function.
# - A training that is stuck need not be in a minimum: it may be on a plateau.
# - The price of size is overfitting, and regularization is a cure.

# %% [markdown]
# ## Exercises
#
# **1. What kind of place is it?** At a place where the gradient is 0, the signs of the Hessian's
# eigenvalues decide (you may take it that none of them is 0). Write `kind(f, place)`. Then try it on
# `two_valleys`, at `[a, 0.0]` with the three `a` in `places`.


# %% tags=["exercise"]
def kind(f, place):
    """Whether f, a function of a list, has a "minimum", a "maximum" or a "saddle" at a place."""
    ### BEGIN SOLUTION
    curvatures = np.linalg.eigvalsh(autograd.hessian(f)(place))
    if min(curvatures) > 0:
        return "minimum"
    return "maximum" if max(curvatures) < 0 else "saddle"
    ### END SOLUTION


# %% tags=["test"]
random = np.random.default_rng(0)
for curvatures in ([1, 2, 3], [-1, -2, -3], [1, 2, -3], [-1, -2, 3], [5, -1], [-5, 1], [4], [-4]):
    for _ in range(5):
        turned, _ = np.linalg.qr(random.normal(size=(len(curvatures), len(curvatures))))
        matrix = (turned * curvatures @ turned.T).tolist()

        def quadratic(v, matrix=matrix):
            return sum(x * m * y for x, row in zip(v, matrix) for m, y in zip(row, v))

        expected = (
            "minimum" if min(curvatures) > 0 else "maximum" if max(curvatures) < 0 else "saddle"
        )
        found = kind(quadratic, [0.0] * len(curvatures))
        assert found == expected, f"with curvatures {curvatures} you found a {found}"

# %% [markdown]
# **2. A valley, not a point.** With ReLU there are even more twins:
# $\mathrm{relu}(\alpha z) = \alpha\,\mathrm{relu}(z)$ for every $\alpha > 0$. So one hidden unit can be
# scaled up, and what the next layer makes of it down, and the function stays the same: a minimum is not
# alone, but lies in a valley of places as good as itself. Change a network in place so that everything
# *into* a hidden unit, its bias too, is multiplied by `factor`, and what the network computes stays.


# %% tags=["exercise"]
def rescale(model, unit, factor):
    """Scale what goes into one hidden unit of an MLP with one hidden layer; the function stays."""
    ### BEGIN SOLUTION
    neuron = model.layers[0].neurons[unit]
    for parameter in [*neuron.weights, neuron.bias]:
        parameter.data *= factor
    for score in model.layers[1].neurons:
        score.weights[unit].data /= factor
    ### END SOLUTION


# %% tags=["test"]
random = np.random.default_rng(0)
for seed in range(5):
    model = MLP(2, [4, 3], seed=seed)
    for parameter in model.parameters():
        parameter.data = random.normal()
    points = random.normal(size=(50, 2)).tolist()
    before = [[score.data for score in model(x)] for x in points]
    weight = model.layers[0].neurons[seed % 4].weights[0].data
    factor = float(random.uniform(0.1, 10.0))
    rescale(model, seed % 4, factor)
    after = [[score.data for score in model(x)] for x in points]
    assert np.allclose(before, after), "the network computes something else now"
    now = model.layers[0].neurons[seed % 4].weights[0].data
    assert np.isclose(now, factor * weight), "the weights into the unit were not scaled"

# %% [markdown]
# **3. Many starts, one network.** A cure for unlucky starts is to try several and to keep the best.
# Write it, for any function `train_from(seed)` that returns a trained network and its loss. A training
# may fail: then its loss is nan or infinite, and it must not win. Then try it with 5 hidden units (write
# a `train_from` like `final_loss` above): how near does the best of ten come to one network with 10
# units?


# %% tags=["exercise"]
def best_of(train_from, seeds):
    """Train from each seed; return the network with the lowest loss, and that loss."""
    ### BEGIN SOLUTION
    trained = [train_from(seed) for seed in seeds]
    finite = [(model, loss) for model, loss in trained if np.isfinite(loss)]
    return min(finite, key=lambda pair: pair[1])
    ### END SOLUTION


# %% tags=["test"]
random = np.random.default_rng(0)
for _ in range(100):
    losses = random.exponential(size=8)
    losses[random.integers(8)] = [np.nan, np.inf][random.integers(2)]
    calls = []

    def pretended(seed, losses=losses, calls=calls):
        calls.append(seed)
        return f"network {seed}", float(losses[seed])

    model, loss = best_of(pretended, range(8))
    assert loss == np.nanmin(losses), f"of the losses {losses} you chose {loss}"
    assert model == f"network {np.nanargmin(losses)}", "the network is not the one of that loss"
    assert sorted(calls) == list(range(8)), "train once from each seed"
