# %% [markdown]
# # What one hidden layer can represent
#
# A network with one hidden layer can come as close as you like to any continuous function on an
# interval. You will see why, by setting the weights of such networks by hand, without any training.
# Then networks of the same size are trained, mostly do better, and we look at what the theorem leaves
# open.

# %%
import math
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from studies import fits, results
from studies.fits import TARGETS, outputs, sup_error

import viz
from nn import MLP

plt.rcParams["figure.dpi"] = 100
plt.rcParams["axes.grid"] = True
plt.rcParams["grid.alpha"] = 0.25

# %% [markdown]
# ## The theorem
#
# Let $f$ be a **continuous** function on a **closed interval** $[p, q]$, and let $\varepsilon > 0$.
# Then there is a network with **one hidden layer**
#
# $$g(x) = v_0 + \sum_{j=1}^{n} v_j\,\sigma(w_j x + b_j), \qquad \sigma(z) = \frac{1}{1 + e^{-z}},$$
#
# with
#
# $$|f(x) - g(x)| < \varepsilon \quad \text{for all } x \text{ in } [p, q].$$
#
# Each of the $n$ **hidden units** multiplies $x$ by its weight $w_j$, adds its bias $b_j$, and
# squashes the sum by $\sigma$. The output adds them up with weights $v_j$ and a bias $v_0$.
#
# (Cybenko, Funahashi, and Hornik, Stinchcombe and White proved this in 1989, for any number of
# inputs.)

# %% [markdown]
# ## How errors are measured
#
# "For all $x$" means that the worst $x$ counts. The **sup norm** of the error is its largest value,
#
# $$\|f - g\|_\infty = \max_{p \le x \le q} |f(x) - g(x)|.$$
#
# `sup_error(f, g)` takes the largest over 10,001 evenly spaced points of $[-1, 1]$, our interval from
# here on. Below, the function to be approximated is grey, and $g(x) = 0$ is a poor approximation: the
# orange stroke is its largest error.

# %%
f = TARGETS["two waves"]  # 0.6 sin 2πx + 0.4 cos 3πx


def zero(x):
    return 0.0


figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
viz.function_fit(f, zero, -1, 1, ax, n=2001)
plt.show()
print(f"sup_error(f, zero) = {sup_error(f, zero):.3f}")

# %% [markdown]
# ## One neuron is a step
#
# A neuron with weight $k$ and bias $-ka$ computes $\sigma(k(x - a))$: near 0 to the left of $a$, near
# 1 to the right, and exactly $\frac12$ at $a$. Call $a$ its **edge** and $k$ its **steepness**. Look
# at how the rise becomes narrower as $k$ grows.


# %%
def set_step(neuron, edge, steepness):
    """Make a neuron with one input compute σ(steepness · (x − edge))."""
    neuron.weights[0].data = steepness
    neuron.bias.data = -steepness * edge


xs = np.linspace(-1, 1, 2001)
figure, ax = plt.subplots(figsize=(7, 2.8), layout="constrained")
for steepness in (5, 20, 100):
    step = MLP(1, [1], output_activation="sigmoid")
    set_step(step.layers[0].neurons[0], -0.3, steepness)
    ax.plot(xs, outputs(step, xs), linewidth=2, label=f"k = {steepness}")
ax.set(xlabel="x", title="σ(k(x + 0.3)): the edge is at −0.3")
ax.legend()
plt.show()

# %% [markdown]
# ## Two neurons are a bump
#
# One step up at $a$, minus one step up at $b$: what remains is high between $a$ and $b$, and low
# elsewhere. With height $c$, the two weights of the output are $c$ and $-c$:
#
# $$c\,\sigma(k(x-a)) - c\,\sigma(k(x-b)) \;\approx\; c \cdot \mathbf 1(a < x < b),$$
#
# where $\mathbf 1(\ldots)$ is 1 where the condition holds and 0 elsewhere. In the drawing lines are
# weights, blue for positive and orange for negative, and the outline of a circle is its bias.

# %%
a, b, c = -0.3, 0.4, 0.8
bump = MLP(1, [2, 1], activation="sigmoid", initializer=0.0)  # every weight and bias is 0
up, down = bump.layers[0].neurons
set_step(up, a, 20.0)
set_step(down, b, 20.0)
output = bump.layers[1].neurons[0]
output.weights[0].data, output.weights[1].data = c, -c
viz.network(bump)

# %% [markdown]
# ## How steep?
#
# The steeper the two steps, the squarer the bump. What is left of the error sits around the two
# edges: on ever shorter stretches, in proportion to $1/k$, but no less high. At an edge the network
# passes through $c/2$, while the ideal bump jumps from 0 to $c$. (The error is above 0.01 up to a
# distance $d$ from an edge, where $c\,\sigma(-kd) = 0.01$. Both sides of both edges together are $4d
# = 4 \ln(c/0.01 - 1)/k$ long.)
#
# This is why the theorem asks for a *continuous* $f$: at a jump, every continuous $g$ is wrong by at
# least half of it.

# %%
figure, ax = plt.subplots(figsize=(7, 2.8), layout="constrained")
ax.plot(xs, np.where((a < xs) & (xs < b), c, 0.0), color="#8c8c8c", linewidth=5, label="ideal")
fine = np.linspace(-1, 1, 200_001)
ideal = np.where((a < fine) & (fine < b), c, 0.0)
for steepness in (20.0, 80.0, 320.0):
    set_step(up, a, steepness)
    set_step(down, b, steepness)
    ax.plot(xs, outputs(bump, xs), linewidth=1.6, label=f"k = {steepness:.0f}")
    errors = np.abs(outputs(bump, fine) - ideal)
    wrong = 2 * np.mean(errors > 0.01)  # the part of the interval, times its length
    print(f"k = {steepness:3.0f}: off by more than 0.01 on a length of {wrong:.3f}; ", end="")
    print(f"largest error {errors.max():.3f}")
    assert abs(wrong - 4 * math.log(c / 0.01 - 1) / steepness) < 0.02 * wrong
    assert abs(errors.max() - c / 2) < 0.01
ax.set(xlabel="x")
ax.legend()
plt.show()

# %% [markdown]
# ## Bumps side by side
#
# Cut the interval into $n$ equal pieces of width $w$. Put a bump on each, as high as $f$ is in the
# middle of the piece: $n$ bumps, $2n$ hidden units. Nothing is trained; the weights are read off $f$.
#
# Two choices. The steepness is $k = 100/w$, so that a rise takes about a tenth of a piece. The
# outermost edges lie half a piece outside, so that the ends of the interval are on plateaus, too.


# %%
def bump_network(f, n_bumps, sharpness=100.0):
    """A network 1 → 2·n_bumps → 1 of sigmoid units, set by hand to approximate f on [-1, 1]."""
    edges = np.linspace(-1, 1, n_bumps + 1)
    width = 2 / n_bumps
    heights = [f(edge + width / 2) for edge in edges[:-1].tolist()]
    edges[0] -= width / 2
    edges[-1] += width / 2
    model = MLP(1, [2 * n_bumps, 1], activation="sigmoid", initializer=0.0)
    hidden, output = model.layers[0].neurons, model.layers[1].neurons[0]
    for i, height in enumerate(heights):
        set_step(hidden[2 * i], edges[i], sharpness / width)
        set_step(hidden[2 * i + 1], edges[i + 1], sharpness / width)
        output.weights[2 * i].data = height
        output.weights[2 * i + 1].data = -height
    return model


# %% [markdown]
# Five, twenty, a hundred bumps. The number above each picture is the largest error, and the orange
# stroke is where it occurs: at the end of a piece, where $f$ is steep and has gone far from its value
# in the middle.


# %%
def draw_fit(ax, model, title):
    """The target f in grey, a network in blue, and the largest error in orange."""
    viz.function_fit(f, model, -1, 1, ax, n=2001)
    ax.get_legend().remove()  # too wide for a small picture
    ax.set_title(f"{title}: {sup_error(f, model):.3f}", fontsize=11)


figure, axes = plt.subplots(1, 3, figsize=(9, 3.2), sharey=True, layout="constrained")
for ax, n_bumps in zip(axes, (5, 20, 100)):
    draw_fit(ax, bump_network(f, n_bumps), f"{n_bumps} bumps")
plt.show()

# %% [markdown]
# ## Any ε, with enough bumps
#
# **Claim.** As bumps are added, the error falls below any $\varepsilon$. For few bumps it does *not*
# fall steadily. In our example two bumps are better than three or five. The middles of the two halves
# happen to lie where $f = 0$, so that both bumps have height 0 and the error is that of $g(x) = 0$
# above; three and five bumps are high in places where $f$ is already low.
#
# We try it on five functions: "two waves" (ours), "bell" $e^{-16x^2}$, "corner" $|x|$, "fast sine"
# $\sin 4\pi x$, and "cusp" $\sqrt{|x|}$, whose slope at 0 is infinite.

# %% tags=["L15"]
BUMPS = [1, 2, 3, 5, 10, 20, 50, 100, 200]
errors = {
    name: [sup_error(target, bump_network(target, n)) for n in BUMPS]
    for name, target in TARGETS.items()
}
print("bumps     ", "".join(f"{n:7d}" for n in BUMPS))
for name, row in errors.items():
    print(f"{name:10s}", "".join(f"{error:7.3f}" for error in row))

_, of_two, of_three, of_five, *_ = errors["two waves"]
assert min(of_three, of_five) > of_two + 0.2  # not steadily
for row in errors.values():
    assert all(later < earlier for earlier, later in pairwise(row[4:]))  # from 10 on, here
    for epsilon in (0.5, 0.2, 0.1):
        assert min(row) < epsilon

# %% [markdown]
# ## Why it works for every continuous function
#
# On a closed interval a continuous function is **uniformly continuous**: how much it can change over
# a distance $\delta$,
#
# $$\omega(\delta) = \max_{|x - x'| \le \delta} |f(x) - f(x')|,$$
#
# goes to 0 with $\delta$, wherever on the interval one looks.
#
# Now take any $x$. Within a bump, $g(x)$ is the height $f(m)$ of that bump, and near an edge a
# mixture of the two heights beside it. Either way it is a mixture of values that $f$ has at most $w$
# away from $x$. So
#
# $$|f(x) - g(x)| \le \omega(w)$$
#
# up to the far tails of the sigmoids, which add less than $5 e^{-50} \max|f|$ with our steepness, and
# less with a larger one.
#
# Choose $n$ so large that $\omega(w) < \varepsilon$ for $w = (q-p)/n$, and then the steps so steep that
# the tails do not matter: the proof is done.

# %% [markdown]
# The bound, computed for each of the five functions, beside the error. The error stays below it, in
# every row and column.


# %% tags=["L15"]
def largest_change(f, distance):
    """ω(distance): how much f changes at most over such a distance, on a grid of [-1, 1]."""
    ys = outputs(f, np.linspace(-1, 1, 2001))  # 0.001 apart
    length = min(math.ceil(distance / 0.001) + 2, len(ys))  # of a window just wider than that
    windows = np.lib.stride_tricks.sliding_window_view(ys, length)
    return (windows.max(axis=1) - windows.min(axis=1)).max()


chosen = [2, 10, 50, 200]
print("error ≤ ω(w)", "".join(f"{n:>15d}" for n in chosen))
for name, target in TARGETS.items():
    bounds = [largest_change(target, 2 / n) for n in chosen]
    found = [errors[name][BUMPS.index(n)] for n in chosen]
    cells = [f"{e:.3f} ≤ {bound:.3f}" for e, bound in zip(found, bounds)]
    print(f"{name:12s}", "".join(f"{cell:>15s}" for cell in cells))
    assert all(e <= bound + 1e-9 for e, bound in zip(found, bounds))

# %% [markdown]
# ## Half of the units are not needed
#
# Where one bump ends, the next begins: two units have the same edge. Collected,
#
# $$\sum_i c_i\,\bigl[\sigma(k(x - a_i)) - \sigma(k(x - a_{i+1}))\bigr]
# = c_0 + \sum_{i \ge 1} (c_i - c_{i-1})\,\sigma(k(x - a_i)):$$
#
# a staircase, with **one** unit for each inner edge and the first height as the output's bias. (The
# outermost edges drop out if they lie far outside.) With $n$ units it has $n + 1$ pieces.


# %%
def staircase_network(f, n_units, sharpness=100.0):
    """A network 1 → n_units → 1 of sigmoid units: n_units + 1 pieces, one unit for each edge."""
    width = 2 / (n_units + 1)
    heights = [f(-1 + (i + 0.5) * width) for i in range(n_units + 1)]
    model = MLP(1, [n_units, 1], activation="sigmoid", initializer=0.0)
    hidden, output = model.layers[0].neurons, model.layers[1].neurons[0]
    output.bias.data = heights[0]
    for i in range(n_units):
        set_step(hidden[i], -1 + (i + 1) * width, sharpness / width)
        output.weights[i].data = heights[i + 1] - heights[i]
    return model


bumps, stairs = bump_network(f, 20), staircase_network(f, 19)
print(f"20 bumps: {bumps.n_parameters} parameters; the same staircase: {stairs.n_parameters}")
difference = np.abs(outputs(bumps, xs) - outputs(stairs, xs)).max()
print(f"largest difference on the interval: {difference:.1e}")
assert difference < 1e-12

# %% [markdown]
# ## Nobody learns with bumps
#
# A staircase uses each unit for one edge, at the same steepness everywhere. Training may place,
# stretch and mix the units as the function asks.
#
# Here are 20 tanh units ($\tanh z = 2\sigma(2z) - 1$: the sigmoid, stretched to reach from $-1$ to
# 1). The **budget** is the same as that of 10 bumps: 20 hidden units, and 61 parameters, namely $20 +
# 20$ weights and $20 + 1$ biases. (It counts the size of the network, not how often $f$ is looked at:
# ten bumps look at $f$ in ten points, training in 200.)

# %%
model = fits.new_network(n_units=20, seed=0)
model.summary()
assert model.n_parameters == bump_network(f, 10).n_parameters == 61

# %% [markdown]
# The set-up: 200 evenly spaced points $x$ with their $f(x)$; the mean of $(g(x) - f(x))^2$ over all
# of them is to become small; 2,000 steps of Adam, which is gradient descent with a step size for each
# parameter, fitted to its recent gradients. The learning rate falls from 0.05 to 0 along half a wave
# of a cosine. At the start, the edges of the units lie at random places of the interval.
#
# Watch the blue curve find the grey one, first in the large, then in the details. From step 100 on,
# the worst point is at an end of the interval, where there are data on one side only.

# %%
figure, axes = plt.subplots(1, 4, figsize=(9, 2.8), sharey=True, layout="constrained")
panels = dict(zip((1, 100, 500, 2000), axes))


def draw_some(model, history):
    epoch = len(history.loss)
    if epoch in panels:
        draw_fit(panels[epoch], model, f"step {epoch}")


fits.train(model, f, seed=0, callbacks=(draw_some,))
plt.show()

# %%
print(f"20 trained units   {sup_error(f, model):.3f}")
print(f"10 bumps           {sup_error(f, bump_network(f, 10)):.3f}")
print(f"a staircase of 20  {sup_error(f, staircase_network(f, 20)):.3f}")
assert sup_error(f, model) < 0.5 * sup_error(f, staircase_network(f, 20))

# %% [markdown]
# ## Is it luck?
#
# One function and one seed prove little. The study `fits` trains networks of 4, 10, 20, 40 and 100
# units on all five functions, from 20 seeds each, in the set-up above. `python -m notebooks.studies
# fits` computes it anew, in about three minutes; here its results are read. Bumps and staircases are
# built beside them, with as many units, so that all have $3n + 1$ parameters for $n$ units.

# %%
study = results("fits")


def trained_errors(name, n_units, start="spread"):
    """The errors of the 20 networks that the study trained."""
    runs = study.results(target=name, n_units=n_units, start=start)
    assert len(runs) == 20
    return [run["error"] for run in runs]


def bump_error(name, n_units):
    return sup_error(TARGETS[name], bump_network(TARGETS[name], n_units // 2))


def staircase_error(name, n_units):
    return sup_error(TARGETS[name], staircase_network(TARGETS[name], n_units))


# %% [markdown]
# **Claim.** At 20 units the median trained network is closer to $f$ than the bumps of the same
# budget, and than the staircase, for all five functions. Against the bumps this holds at 10 and 40
# units as well. For the three smooth functions (the waves, the bell and the sine) it holds against
# both, from 10 to 100 units.
#
# Blue: the median of 20 trained networks, and a band from the best to the worst. Grey: bumps. Orange:
# the staircase. Both axes are logarithmic: from one labelled error to the next it is ten times as
# large. Look where blue lies below the others, and at the right ends of "corner" and "cusp".

# %%
figure, axes = plt.subplots(2, 3, figsize=(9, 4.2), sharex=True, sharey=True, layout="constrained")
for ax, name in zip(axes.flat, TARGETS):
    columns = [trained_errors(name, n) for n in fits.UNITS]
    bumps = [bump_error(name, n) for n in fits.UNITS]
    stairs = [staircase_error(name, n) for n in fits.UNITS]
    ax.plot(fits.UNITS, bumps, "^--", color="#6b6b6b", label="bumps")
    ax.plot(fits.UNITS, stairs, "s-", color="#D55E00", label="staircase")
    ax.plot(fits.UNITS, np.median(columns, axis=1), "o-", color="#0072B2", label="trained")
    ax.fill_between(fits.UNITS, np.min(columns, axis=1), np.max(columns, axis=1), alpha=0.2)
    ax.set(xscale="log", yscale="log", title=name, xticks=fits.UNITS, xticklabels=fits.UNITS)
    ax.minorticks_off()
axes[0, 2].tick_params(labelbottom=True)  # there is none below it
axes[1, 2].axis("off")
axes[1, 2].legend(*axes[0, 0].get_legend_handles_labels(), loc="center", fontsize=12)
figure.supxlabel("hidden units", fontsize=11)
figure.supylabel("largest error", fontsize=11)
plt.show()

# %% tags=["L15"]
print("largest error            ---- 20 trained units ----")
print("20 units      bumps  stairs     best  median   worst")
for name in TARGETS:
    trained = trained_errors(name, 20)
    hand_built = f"{bump_error(name, 20):.3f}   {staircase_error(name, 20):.3f}"
    print(f"{name:12s}  {hand_built}    {min(trained):.3f}", end="")
    print(f"   {np.median(trained):.3f}   {max(trained):.3f}")
    assert np.median(trained) < 0.85 * staircase_error(name, 20)

for name in TARGETS:
    for n in (10, 20, 40):
        assert np.median(trained_errors(name, n)) < 0.75 * bump_error(name, n)
for name in ("two waves", "bell", "fast sine"):
    for n in (10, 20, 40, 100):
        by_hand = min(staircase_error(name, n), bump_error(name, n))
        assert np.median(trained_errors(name, n)) < 0.6 * by_hand

# %% [markdown]
# ## Where the claim fails
#
# - **Few units.** Four tanh units cannot follow the fast sine, which rises and falls four times. All
#   20 trained networks are further off at their worst point than $g(x) = 0$, which is what two bumps
#   happen to be here: training lowers the *mean* of the squared errors, not the largest error.
# - **Corners and cusps, many units.** What is built by hand goes on to improve. Training, with 200
#   points and 2,000 steps, leaves the tip rounded. At 100 units the staircase is better, and the
#   bumps have caught up.
# - **A bad start.** If the edges of all units begin at $x = 0$, as they do when all biases begin at
#   0 (a "centred" start), then 20 units do not find the fast sine: they, too, end further off
#   than $g(x) = 0$.

# %% tags=["L15"]
four, bumps = trained_errors("fast sine", 4), bump_error("fast sine", 4)
print(
    f"fast sine,   4 units: trained {np.median(four):.3f} (best {min(four):.3f}), bumps {bumps:.3f}"
)
assert min(four) > bumps
assert np.median(four) > 1.05 * bumps

for name in ("corner", "cusp"):
    hundred, stairs = np.median(trained_errors(name, 100)), staircase_error(name, 100)
    bumps = bump_error(name, 100)
    print(f"{name:10s} 100 units: trained {hundred:.3f}, bumps {bumps:.3f}, staircase {stairs:.3f}")
    assert hundred > 1.2 * stairs
    assert hundred > 0.9 * bumps

centred, spread = trained_errors("fast sine", 20, "centred"), trained_errors("fast sine", 20)
print(
    f"fast sine,  20 units: centred start {np.median(centred):.3f} (best {min(centred):.3f}),",
    end="",
)
print(f" spread start {np.median(spread):.3f}")
assert min(centred) > 1.05  # each is further off than g(x) = 0
assert np.median(centred) > 3 * np.median(spread)

# %% [markdown]
# ## What the theorem does not say
#
# **How many units.** It says "there is a network", not how large. With one input and a bounded slope,
# bumps are needed in proportion to $1/\varepsilon$. With $d$ inputs, a grid with 10 bumps along each
# axis has $10^d$ of them, and an image of $8 \times 8$ pixels has $d = 64$.
#
# **Whether training finds it.** The bumps were set by someone who knows $f$ everywhere. Training has
# samples, a start and a number of steps, and may end elsewhere, as above.
#
# **Anything outside the interval.** Far from all edges every sigmoid and every tanh is flat, so that
# $g$ levels off there, whatever $f$ does. The white part below is $[-1, 1]$, where the first network
# was trained and the second was built.

# %%
figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True, layout="constrained")
networks = {"20 trained units": model, "100 bumps": bump_network(f, 100)}
for ax, (title, network) in zip(axes, networks.items()):
    viz.function_fit(f, network, -2, 2, ax, n=1001)
    ax.axvspan(-2, -1, color="#8c8c8c", alpha=0.2, linewidth=0)
    ax.axvspan(1, 2, color="#8c8c8c", alpha=0.2, linewidth=0)
    ax.set_title(title, loc="right", fontsize=10)
plt.show()

# %% [markdown]
# The same for all networks of the study with 20 units: the largest error on $[1, 2]$, beside the one
# on $[-1, 1]$, and how many times larger it is. The bell comes off best: it is flat out there, as the
# networks are, and a few of them stay at the right height by luck.

# %% tags=["L15"]
print("median error   on [-1, 1]   on [1, 2]   ratio: smallest  median")
for name in TARGETS:
    runs = study.results(target=name, n_units=20, start="spread")
    inside, outside = np.array([(run["error"], run["outside"]) for run in runs]).T
    ratio = outside / inside
    print(f"{name:16s} {np.median(inside):8.3f} {np.median(outside):11.3f}", end="")
    print(f"{ratio.min():19.1f} {np.median(ratio):7.1f}")
    assert np.median(ratio) > 3

# %% [markdown]
# ## In short
#
# - A steep neuron is a step; two are a bump; enough bumps come within any $\varepsilon$ of any
#   continuous function on a closed interval. One hidden layer suffices.
# - That is a statement about what exists. Trained networks of moderate size did better than bumps
#   here, on all five functions: each unit goes where it is useful. With few units, at corners with
#   many, or from a bad start, they did worse.
# - Nothing is promised for inputs unlike those of the training.
#
# If one layer suffices, why do people stack several? And which size is good for data with noise? That
# is the next notebook.

# %% [markdown]
# ## Exercises
#
# ### 1. Not so steep
#
# Steeper is not always better. Twenty square bumps are 0.15 off "bell". With a moderate $k$ the rises
# draw slanted lines from height to height, and come much closer; with a small one the bumps run into
# each other. Try values of `sharpness`, which is $k \cdot w$, look at `viz.function_fit(bell,
# bump_network(bell, 20, sharpness), -1, 1)`, and return one with which the error is below 0.05.


# %% tags=["exercise"]
bell = TARGETS["bell"]


def my_sharpness():
    """A sharpness for which sup_error(bell, bump_network(bell, 20, sharpness)) < 0.05."""
    ### BEGIN SOLUTION
    return 6.0
    ### END SOLUTION


# %% tags=["test"]
found = sup_error(bell, bump_network(bell, 20, my_sharpness()))
assert found < 0.05, f"the error is {found:.3f}: does the curve look like stairs, or too flat?"

# %% [markdown]
# ### 2. Surely enough
#
# All that is known of $f$ is that $|f'(x)| \le s$ on $[p, q]$. How many bumps are enough for an error
# of at most $\varepsilon$, whatever $f$ may be, if each is ideal (square), and as high as $f$ is in
# the middle of its piece? Return the smallest such number. How far is a point of a piece from its
# middle, at most?
#
# For instance, a slope of at most 2 on $[0, 1]$ and $\varepsilon = 0.5$ need 2 bumps.


# %% tags=["exercise"]
def surely_enough(slope, low, high, epsilon):
    """The smallest number of ideal bumps that suffices for every f with |f'| ≤ slope on [low, high]."""
    ### BEGIN SOLUTION
    return max(1, math.ceil(slope * (high - low) / (2 * epsilon)))
    ### END SOLUTION


# %% tags=["test"]
def ideal_error(f, n_bumps, low, high):
    """The sup norm of f minus n ideal bumps."""
    width = (high - low) / n_bumps
    xs = np.linspace(low, high, 60_001)
    piece = np.minimum((xs - low) // width, n_bumps - 1)
    return np.abs(f(xs) - f(low + (piece + 0.5) * width)).max()


def judge(slope, low, high, epsilon):
    n = surely_enough(slope, low, high, epsilon)
    assert n == int(n) >= 1, f"{n} is not a whole number of bumps"
    what = f"slope {slope:.2f} on [{low:.2f}, {high:.2f}], ε = {epsilon:.2f}: {n} bumps"
    line, kink = lambda x: slope * x, lambda x: slope * np.abs(x)
    for f in (line, kink, lambda x: np.sin(slope * x)):
        worst = ideal_error(f, n, low, high)
        assert worst < epsilon * 1.0001, f"{what} are too few, the error can be {worst:.3f}"
    if n > 1:
        fewer = ideal_error(line, n - 1, low, high)
        assert fewer > epsilon * 0.999, f"{what} are more than needed: {n - 1} suffice"


random = np.random.default_rng(6)
for _ in range(50):
    slope, low, length, epsilon = random.uniform([0.2, -3, 0.5, 0.05], [4, 3, 6, 0.5])
    judge(slope, low, low + length, epsilon)

# %% [markdown]
# ### 3. A polyline of ReLUs
#
# $\operatorname{relu}(x - a) = \max(0, x - a)$ is 0 up to the edge $a$ and has slope 1 from there on.
# With $n$ such units draw a line with $n$ straight pieces that meets $f$ at $n + 1$ evenly spaced
# points of $[-1, 1]$, both ends among them. Each unit changes the slope at its edge: by how much must
# it? (`staircase_network` above shows how the weights and biases of a network are set.)


# %% tags=["exercise"]
def polyline_network(f, n_units):
    """A network 1 → n_units → 1 of ReLU units: straight pieces that meet f at n_units + 1 points."""
    model = MLP(1, [n_units, 1], activation="relu", initializer=0.0)
    ### BEGIN SOLUTION
    hidden, output = model.layers[0].neurons, model.layers[1].neurons[0]
    width = 2 / n_units
    values = [f(-1 + i * width) for i in range(n_units + 1)]
    output.bias.data = values[0]
    slope_before = 0.0
    for i, (left, right) in enumerate(pairwise(values)):
        slope = (right - left) / width
        hidden[i].weights[0].data, hidden[i].bias.data = 1.0, 1 - i * width
        output.weights[i].data = slope - slope_before
        slope_before = slope
    ### END SOLUTION
    return model


# %% tags=["test"]
for name, target in TARGETS.items():
    for n in (1, 2, 3, 7, 20):
        polyline, points = polyline_network(target, n), np.linspace(-1, 1, n + 1)
        assert polyline.sizes == [1, n, 1], f"it has the sizes {polyline.sizes}"
        at_points = outputs(polyline, points)
        off = np.abs(at_points - outputs(target, points)).max()
        assert off < 1e-9, (
            f"{name}, {n} units: it misses f by {off:.3f} at one of the {n + 1} points"
        )
        middles = outputs(polyline, (points[1:] + points[:-1]) / 2)
        off = np.abs(middles - (at_points[1:] + at_points[:-1]) / 2).max()
        assert off < 1e-9, f"{name}, {n} units: between two points it is not straight"
ratio = sup_error(f, polyline_network(f, 50)) / sup_error(f, polyline_network(f, 100))
assert 3.5 < ratio < 4.5, f"twice the units should make the error a quarter, not 1/{ratio:.2f}"
print(f"100 units: polyline {sup_error(f, polyline_network(f, 100)):.4f},", end=" ")
print(f"staircase {sup_error(f, staircase_network(f, 100)):.4f}")
