# %% [markdown]
# # Is the gradient right?
#
# A derivative can be wrong without anything breaking: the network learns all the same, only worse. This
# notebook shows how such a mistake is found. We measure slopes and compare, see why the measurement
# itself has a limit, let a program search for inputs at which an operation is wrong, and add an
# operation of our own.

# %% [markdown]
# ## A mistake that nobody notices
#
# Here is tanh, with a derivative written in haste: $1 - \tanh x$ where $1 - \tanh^2 x$ belongs.
# `autograd.primitive` makes an operation of a function of floats and of its derivative, which is given
# the operation's output and its input.
#
# Networks with this activation and networks with the right tanh learn to separate two moons, half
# circles of points. Otherwise they are the same: 2→16→16→1, hinge loss, gradient descent with momentum
# (each step goes on a little in the direction of those before), four initializations.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np

import autograd
from autograd import Value, gradcheck
from nn import MLP, SGD, fit, hinge_loss, squared_error
from nn.data import moons


@autograd.primitive(local_gradients=lambda out, x: (1 - out,))
def careless_tanh(x):
    return math.tanh(x)


# %%
def learning_curve(activation, seed):
    data = moons()
    model = MLP(2, [16, 16, 1], activation=activation, seed=seed)
    optimizer = SGD(model.parameters(), lr=0.05, momentum=0.9)
    samples = data.X_train, data.y_train
    options = {"optimizer": optimizer, "epochs": 40, "seed": seed, "progress": False}
    return fit(model, hinge_loss, *samples, **options)


medians = {}
figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
for name, activation, colour in (("careless", careless_tanh, "C1"), ("right", "tanh", "C0")):
    histories = [learning_curve(activation, seed) for seed in range(1, 5)]
    for history in histories:
        ax.plot(history.loss, colour, label=name if history is histories[0] else None)
        assert history.loss[-1] < 0.8 * history.loss[0]
    accuracies = [history.accuracy[-1] for history in histories]
    medians[name] = np.median(accuracies)
    print(f"{name:8} tanh: training accuracies", ", ".join(f"{x:.1%}" for x in accuracies))
ax.set(xlabel="epoch", ylabel="loss")
ax.legend()
plt.show()
assert medians["careless"] < medians["right"]

# %% [markdown]
# The orange curves go down as learning curves do. On the whole they end higher; but one of the blue
# ones ends as high as they do (notebook 08 is about such bad luck). With 20 initializations on each of
# three draws of the moons, the median training accuracies were 88 to 90 % with the mistake and 97 to
# 99.5 % without. Whoever has only the orange curves would look for a better learning rate, or for more
# data. What is at fault is one missing square.
#
# So a derivative needs a test of its own. The idea is as old as calculus: **measure the slope**.

# %% [markdown]
# ## Two ways to measure a slope
#
# The derivative is the limit of a quotient. Take a small step $h$ and leave the limit out:
#
# $$\text{forward:}\quad \frac{f(x+h) - f(x)}{h} \qquad\qquad
# \text{central:}\quad \frac{f(x+h) - f(x-h)}{2h}$$
#
# These are **numeric** derivatives: they need values of $f$ and nothing else. Those that
# backpropagation computes from formulas are called **analytic**. We compare them for
# $f(x) = e^{\sin x}$ at $x = 0.2$.


# %%
def forward(f, x, h):
    return (f(x + h) - f(x)) / h


def central(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


def f(x):
    return autograd.exp(autograd.sin(x))


x = 0.2
slope = autograd.grad(f)(x)
print(f"analytic: {slope:.10f}")
for h in (0.1, 0.01, 0.001):
    print(f"h = {h:<5}  forward {forward(f, x, h):.10f}  central {central(f, x, h):.10f}")

# %% [markdown]
# In the picture $h$ is large, 0.6, so that one can see it. The forward quotient is the slope of the
# orange line through two of the points, the central one that of the green line, which is more nearly
# parallel to the tangent.

# %%
h = 0.6
t = np.linspace(-1.0, 1.4, 200)
figure, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
ax.plot(t, [f(s) for s in t], "k", linewidth=2.5, label="f")
ax.plot(t, f(x) + slope * (t - x), "k--", label=f"tangent: slope {slope:.3f}")
ax.axline((x, f(x)), (x + h, f(x + h)), color="C1", label=f"forward: slope {forward(f, x, h):.3f}")
ax.axline(
    (x - h, f(x - h)), (x + h, f(x + h)), color="C2", label=f"central: slope {central(f, x, h):.3f}"
)
ax.plot([x - h, x, x + h], [f(x - h), f(x), f(x + h)], "ko")
ax.set(xlim=(-1.0, 1.4), ylim=(0.2, 3.0), xlabel="x")
ax.legend()
plt.show()

# %% [markdown]
# Taylor's formula says how far off the two are. From
#
# $$f(x \pm h) = f(x) \pm h f'(x) + \frac{h^2}{2} f''(x) \pm \frac{h^3}{6} f'''(x) + \dots$$
#
# we get
#
# $$\frac{f(x+h) - f(x)}{h} = f'(x) + \frac{h}{2} f''(x) + \dots \qquad
# \frac{f(x+h) - f(x-h)}{2h} = f'(x) + \frac{h^2}{6} f'''(x) + \dots$$
#
# In the central quotient the terms with $f''$ cancel. So a step ten times smaller makes the forward
# error about 10 times smaller, and the central error about 100 times. This is called the **truncation
# error**, as it comes from cutting the series off.

# %%
for h in (0.1, 0.01, 0.001):
    of_forward = abs(forward(f, x, h) - slope)
    of_central = abs(central(f, x, h) - slope)
    print(f"h = {h:<5}  error: forward {of_forward:.1e}  central {of_central:.1e}")

gain_forward = abs(forward(f, x, 0.1) - slope) / abs(forward(f, x, 0.01) - slope)
gain_central = abs(central(f, x, 0.1) - slope) / abs(central(f, x, 0.01) - slope)
assert 8 < gain_forward < 12
assert 90 < gain_central < 110

# %% [markdown]
# ## Why h has a best size
#
# Then let us take $h = 10^{-15}$, and be done? Here are both errors for steps from $10^{-1}$ down to
# $10^{-15}$, divided by the slope; each point is the median over 50 places $x$, and both axes are
# logarithmic. The broken lines are what we expect; we come to them.

# %%
steps = 10.0 ** np.arange(-15, -0.9, 0.25)
places = np.linspace(0.5, 1.5, 50).tolist()


def errors(rule):
    """For each step, the median error of a rule, relative to the slope."""
    slopes = [autograd.grad(f)(x) for x in places]
    return np.array(
        [
            np.median([abs(rule(f, x, h) / slope - 1) for x, slope in zip(places, slopes)])
            for h in steps.tolist()
        ]
    )


by_forward, by_central = errors(forward), errors(central)

# %%
figure, ax = plt.subplots(figsize=(8, 4), layout="constrained")
ax.loglog(steps, by_forward, "o-", color="C1", markersize=4, label="forward")
ax.loglog(steps, by_central, "o-", color="C2", markersize=4, label="central")
ax.loglog(steps, 2e-16 / steps, "k:", label="rounding: ε / h")
ax.loglog(steps, 0.5 * steps, "C1--", alpha=0.6, label="truncation: ~ h")
ax.loglog(steps, 0.5 * steps**2, "C2--", alpha=0.6, label="truncation: ~ h²")
for errors_of, colour in ((by_forward, "C1"), (by_central, "C2")):
    best = errors_of.argmin()
    ax.plot(steps[best], errors_of[best], "*", color=colour, markersize=18, markeredgecolor="k")
ax.set(ylim=(1e-13, 10), xlabel="step h", ylabel="relative error (median)")
ax.grid(alpha=0.25)
ax.legend(loc="upper center", ncols=2)
plt.show()

# %% [markdown]
# Read it from right to left. As $h$ shrinks, truncation falls along the dashed lines, with slope 1 and
# slope 2. But each curve turns at its star and rises again, along the dotted line of slope −1.
#
# That is **rounding**. A float has 53 binary digits, so $f(x+h)$ and $f(x)$ are each known up to about
# $\varepsilon |f|$, where $\varepsilon = 2^{-52} \approx 2.2 \cdot 10^{-16}$. Their leading digits are
# equal and cancel; what remains has an error of about $\varepsilon$ still, and is then divided by $h$.

# %% [markdown]
# The sum of both is smallest where they are about equal:
#
# | | error | best $h$ | least error |
# | --- | --- | --- | --- |
# | forward | $h + \varepsilon / h$ | $\varepsilon^{1/2}$, about $10^{-8}$ | $10^{-8}$ |
# | central | $h^2 + \varepsilon / h$ | $\varepsilon^{1/3}$, about $10^{-5}$ | $10^{-11}$ |
#
# (constants left out). We compare this with the stars, and with the slopes in the picture. The bottom of
# each V is ragged, so we let the best $h$ be off by a factor of 10: half a square of the grid.

# %%
epsilon = np.finfo(float).eps
for name, errors_of, power in (("forward", by_forward, 1 / 2), ("central", by_central, 1 / 3)):
    best, least = steps[errors_of.argmin()], errors_of.min()
    print(f"{name}: best h {best:.0e} (ε^{power:.2f} is {epsilon**power:.0e}), error {least:.0e}")
    assert epsilon**power / 10 < best < epsilon**power * 10


def rise(errors_of, low, high):
    """The slope of the log-log curve between two steps."""
    chosen = (low <= steps) & (steps <= high)
    return np.polyfit(np.log(steps[chosen]), np.log(errors_of[chosen]), 1)[0]


assert 0.9 < rise(by_forward, 1e-6, 1e-2) < 1.1
assert 1.9 < rise(by_central, 1e-4, 1e-1) < 2.1
assert -1.2 < rise(by_forward, 1e-14, 1e-10) < -0.8
assert -1.2 < rise(by_central, 1e-14, 1e-7) < -0.8
assert by_central.min() < by_forward.min() / 50

# %% [markdown]
# ### With half the digits
#
# Deep learning computes in float32, of 24 binary digits, or in fewer. There the bottom of the V is much
# higher: at about $10^{-5}$ instead of $10^{-11}$. (At the left $x \pm h$ rounds to $x$, the measured
# slope is 0, and the error is 1.) A check that asks for seven equal digits can only fail, and one that
# is content with two lets mistakes through. **Check gradients in float64**, whatever you train in.

# %%
single = np.array(places, dtype=np.float32)
exact = np.cos(np.array(places)) * np.exp(np.sin(np.array(places)))
in_float32 = []
for h in steps.astype(np.float32):
    up, down = np.exp(np.sin(single + h)), np.exp(np.sin(single - h))
    in_float32.append(np.median(np.abs((up - down) / (2 * h) / exact - 1)))

figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
ax.loglog(steps, in_float32, "o-", color="C3", markersize=4, label="central, in float32")
ax.loglog(steps, by_central, "o-", color="C2", markersize=4, label="central, in float64")
ax.set(ylim=(1e-13, 10), xlabel="step h", ylabel="relative error (median)")
ax.grid(alpha=0.25)
ax.legend()
plt.show()
assert 1e-6 < min(in_float32) < 1e-3
assert min(in_float32) > 1e4 * by_central.min()

# %% [markdown]
# ## How close is close?
#
# Two derivatives differ by $10^{-6}$. Is that good? If they are 1000 and 1000.000001, yes. If they are
# $10^{-6}$ and $2 \cdot 10^{-6}$, one is wrong by a factor of two, and small derivatives are common:
# those of a saturated unit, or of a loss near its minimum. So we ask for the **relative error**:
#
# $$\frac{|a - n|}{\max(|a|, |n|)}$$
#
# with the analytic derivative $a$ and the numeric one $n$ (and 0 if both are 0). With central
# differences and $h = 10^{-5}$, a smooth function should have $10^{-7}$ or less. From $10^{-4}$ on,
# suspect a mistake; in between, look closer.


# %%
def relative_error(analytic, numeric):
    return abs(analytic - numeric) / max(abs(analytic), abs(numeric))


print(f"1000 and 1000.000001: {relative_error(1000.0, 1000.000001):.0e}")
print(f"1e-6 and 2e-6:        {relative_error(1e-6, 2e-6):.0e}")

# %% [markdown]
# ### A whole network
#
# Backpropagation gives all 41 derivatives of the loss of a 3→4→4→1 network in one backward pass. We
# measure the same 41 slopes, one parameter at a time, with two forward passes for each, and compare.

# %% tags=["L21"]
model = MLP(3, [4, 4, 1], activation="tanh", seed=1)


def loss():
    return squared_error(model([0.5, -1.0, 2.0]), 1.0)


loss().backward()
h = 1e-5
numeric = []
for parameter in model.parameters():
    before = parameter.data
    parameter.data = before + h
    above = loss().data
    parameter.data = before - h
    below = loss().data
    parameter.data = before
    numeric.append((above - below) / (2 * h))

analytic = [parameter.grad for parameter in model.parameters()]
worst = max(map(relative_error, analytic, numeric))
print(f"{len(analytic)} derivatives, the largest relative error {worst:.0e}")
assert len(analytic) == 41
assert worst < 1e-6

# %% [markdown]
# Each point is a parameter. On the grey line, both derivatives are the same:

# %%
figure, ax = plt.subplots(figsize=(4.5, 3.6), layout="constrained")
ax.axline((0, 0), slope=1, color="0.7")
ax.plot(analytic, numeric, "o", alpha=0.7)
ax.set(xlabel="analytic, by backward()", ylabel="numeric", aspect="equal")
plt.show()

# %% [markdown]
# Why not train by numeric derivatives, then? These 41 took 82 forward passes; backpropagation took one
# forward pass and one backward. For a million parameters it would be two million passes, against the
# same two.

# %% [markdown]
# ## gradcheck
#
# `autograd.gradcheck` does all this with more care. It takes central differences at ten steps, and
# extrapolates from them to $h = 0$. It allows a difference of $10^{-8}$ of the slope, and on top of it
# what its numeric value may be off by, which it estimates. So you need to choose neither $h$ nor a
# tolerance.

# %%
gradcheck(f, 0.2)

# %% [markdown]
# It checks the derivative with respect to every argument, and to every number in a list. Here is a
# neuron with two weights:


# %%
def neuron(w, x, b):
    return autograd.dot(w, x, bias=b).sigmoid()


gradcheck(neuron, [2.0, -3.0], [-1.0, -2.0], -3.0)

# %% [markdown]
# Where a derivative is wrong, it raises `GradientError`, which says which one and by how much. It finds
# the careless tanh at the first try:

# %%
try:
    gradcheck(careless_tanh, 0.5)
except autograd.GradientError as error:
    print(error)
    wrong = error.report.worst

assert wrong.verdict == "WRONG"
assert abs(wrong.analytic - (1 - math.tanh(0.5))) < 1e-12
assert abs(wrong.numeric - (1 - math.tanh(0.5) ** 2)) < 1e-8

# %% [markdown]
# But at $x = 0$ the careless derivative is right by chance, as $1 - 0 = 1 - 0^2$, and the check passes.
# A point as round as 0 or 1 is a bad place for a check.

# %%
gradcheck(careless_tanh, 0.0)

# %% [markdown]
# ## How a check can mislead
#
# ### At a kink
#
# ReLU bends at 0, and has no derivative there. A difference quotient across the bend measures a mixture
# of both sides, though the analytic derivative is right on each. Nothing is wrong, and yet the numbers
# differ:

# %%
x, h = 2e-6, 1e-5
analytic, numeric = autograd.grad(autograd.relu)(x), central(autograd.relu, x, h)
print(f"at x = {x}: analytic {analytic}, numeric {numeric:.2f}")
assert analytic == 1.0
assert abs(numeric - 0.6) < 1e-6
gradcheck(autograd.relu, 0.0)

# %% [markdown]
# A hundred samples in a network with a thousand ReLU units come past a hundred thousand kinks, and one
# or other is likely to be that near. `gradcheck` looks at the slopes on both sides; if these do not
# agree, it reports a kink and no failure.

# %% [markdown]
# ### Where the function is flat
#
# At $x = 20$, tanh is 1 to the last digit. The measured slope is 0, the true one $1.7 \cdot 10^{-17}$:
# so the relative error of a *right* derivative is 100 %. And the careless one, which says 0, passes,
# even in `gradcheck`.

# %%
x, h = 20.0, 1e-5
right, careless = autograd.grad(autograd.tanh)(x), autograd.grad(careless_tanh)(x)
numeric = central(autograd.tanh, x, h)
print(f"analytic {right:.2g}, careless {careless:.2g}, numeric {numeric}")
assert numeric == 0.0
assert relative_error(right, numeric) == 1.0
gradcheck(careless_tanh, 20.0)

# %% [markdown]
# A check tells us something only where the function moves. `gradcheck` allows for rounding, so that the
# right tanh passes here as well; but it cannot see a mistake that is smaller than what it allows, here
# $2.5 \cdot 10^{-15}$. (Its numeric value is an extrapolation, and at this size nothing but noise.)

# %% [markdown]
# ### Wrong somewhere else
#
# Softplus, $\log(1 + e^x)$, is a smooth ReLU. Its derivative is the sigmoid $\sigma(x)$, which is
# almost 1 for large $x$; so somebody, to save an exponential, wrote 1 wherever $x > 4$. The points that
# we picked by hand do not find it:


# %%
@autograd.primitive(
    local_gradients=lambda out, x: (autograd.where(x > 4.0, 1.0, autograd.sigmoid(x)),)
)
def hasty_softplus(x):
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


for x in (-10.0, -1.0, 0.0, 0.5, 1.0, 2.0, 100.0):
    verdict = gradcheck(hasty_softplus, x).comparisons[0].verdict
    print(f"x = {x}: {verdict}")
    assert verdict == "ok"

# %% [markdown]
# ## Let a program look for the mistake
#
# A **property** is a statement about all inputs: *for every x, the derivative is the slope*. The
# library Hypothesis tests it on a hundred inputs, chosen to be nasty: large, tiny, round, negative. If
# it fails for one of them, Hypothesis **shrinks** that input: it looks for simpler and simpler ones for
# which it still fails.
#
# `autograd.strategies` says which inputs there are: here all finite floats from −100 to 100. (The
# settings make it search the same way each time, for this page. At work, leave them out.)

# %%
from hypothesis import Phase, given, settings

from autograd.strategies import finite_floats, programs

same_each_time = settings(
    derandomize=True, database=None, deadline=None, phases=[Phase.generate, Phase.shrink]
)


@same_each_time
@given(x=finite_floats(-100.0, 100.0))
def derivative_is_slope(x):
    gradcheck(hasty_softplus, x)


try:
    derivative_is_slope()
except autograd.GradientError as error:
    print(error)
    print(*error.__notes__)
    found = error.__notes__[0]

assert "x=5.0" in found

# %% [markdown]
# First comes the error, then Hypothesis's report. It came upon the region that we had missed, from 4 to
# about 18 (from there on $\sigma(x)$ is 1 up to $10^{-8}$), and shrank what it found to $x = 5$. To
# Hypothesis small whole numbers are the simplest, and 4 itself is right. So we get a line to paste into
# a test, and nearly a diagnosis: *above 4*.

# %% [markdown]
# ### A planted bug in an engine
#
# The same works for programs. Here is a small engine like the one of notebook 02, with the best known
# mistake planted in `receive`: `=` where `+=` belongs, so that a number used twice keeps only one of
# its two contributions.


# %%
class Number:
    def __init__(self, data, parents=(), local_gradients=()):
        self.data, self.grad = data, 0.0
        self.parents, self.local_gradients = parents, local_gradients

    def __add__(self, other):
        other = other if isinstance(other, Number) else Number(other)
        return Number(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if isinstance(other, Number) else Number(other)
        return Number(self.data * other.data, (self, other), (other.data, self.data))

    __radd__, __rmul__ = __add__, __mul__

    def receive(self, contribution):
        self.grad = contribution  # the bug

    def backward(self):
        self.grad = 1.0
        for node in reversed(parents_first(self, [])):
            for parent, local in zip(node.parents, node.local_gradients):
                parent.receive(local * node.grad)


# %%
def parents_first(node, order):
    """Append a node to the order, after its parents, unless it is there already."""
    if node not in order:
        for parent in node.parents:
            parents_first(parent, order)
        order.append(node)
    return order


# %% [markdown]
# `programs()` draws random programs of the operations that we name. On each we compare the engine's
# gradients with autograd's, up to rounding. `find` looks for a program on which they differ, and
# shrinks it to the simplest.

# %%
from hypothesis import find


def gradients_by(number, program):
    inputs = [number(x) for x in program.inputs]
    program(*inputs).backward()
    return [leaf.grad for leaf in inputs]


def engines_differ(program):
    ours, reference = gradients_by(Number, program), gradients_by(Value, program)
    return not np.allclose(ours, reference, rtol=1e-12)


culprit = find(programs(ops=["+", "*"]), engines_differ, settings=same_each_time)
print(culprit)
assert culprit.source.endswith("return x0 + x0")

# %% [markdown]
# It could not be simpler: one number, one operation, the number used twice. It is printed as code, ready
# to be pasted into a bug report. And with the bug mended, a hundred programs pass:


# %%
def add_up(self, contribution):
    self.grad += contribution


Number.receive = add_up


@same_each_time
@given(program=programs(ops=["+", "*"]))
def gradients_agree(program):
    assert not engines_differ(program)


gradients_agree()

# %% [markdown]
# ## An operation of your own
#
# A bump, $g(x) = e^{-x^2}$, is not among autograd's operations. To add it we write two functions: one
# that computes it of floats, and one for its derivative, $g'(x) = -2x\,g(x)$, of `out`, which is
# $g(x)$, and of `x`. The derivative may use only arithmetic and autograd's own functions: then it can be
# differentiated again.

# %%
import viz


@autograd.primitive(local_gradients=lambda out, x: (-2 * x * out,))
def bump(x):
    return math.exp(-x * x)


x = Value(0.3, "x")
y = bump(x)
y.backward()
viz.draw(y)

# %% [markdown]
# Three checks. The first is at one point, with the second derivative too (`order=2`), which curvatures
# need (notebook 08):

# %%
gradcheck(bump, 0.3, order=2)

# %% [markdown]
# The second is at many points that we did not choose. The third is a law: $g$ is even, so $g'$ is odd
# and $g''$ even again. And we compare $g''$ with the formula $g''(x) = (4x^2 - 2)\,g(x)$.


# %%
@same_each_time
@given(x=finite_floats(-5.0, 5.0))
def all_is_well_with(x):
    gradcheck(bump, x, order=2)
    first, second = autograd.grad(bump), autograd.grad(autograd.grad(bump))
    assert first(-x) == -first(x)
    assert second(-x) == second(x)
    by_hand = (4 * x**2 - 2) * math.exp(-(x**2))
    assert math.isclose(second(x), by_hand, rel_tol=1e-9, abs_tol=1e-12)


all_is_well_with()

# %% [markdown]
# Here it is, with its derivative. (Grey: there the derivative is so small that a unit hardly learns.)

# %%
ax = viz.activation(bump)
ax.figure.set_size_inches(7, 3.6)
ax.set_ylim(-1.0, 2.6)
plt.show()

# %% [markdown]
# Now that it is checked, we can use it like any other operation. Here it is the activation of eight
# units that learn to tell an inner ring of points from an outer one. (On three draws of the data, from
# 20 starts each, at least 99.5 % of the training points came out right.)

# %%
from nn.data import circles

data = circles()
model = MLP(2, [8, 1], activation=bump, seed=0)
optimizer = SGD(model.parameters(), lr=0.05, momentum=0.9)
samples = data.X_train, data.y_train
history = fit(model, hinge_loss, *samples, optimizer=optimizer, epochs=60, seed=0, progress=False)
ax = viz.decision_boundary(model, *samples)
ax.set_title(f"training accuracy {history.accuracy[-1]:.1%}")
plt.show()
assert history.accuracy[-1] > 0.9

# %% [markdown]
# ## What to remember
#
# - A wrong derivative need not crash: it makes learning worse. Test derivatives, not learning curves.
# - Numeric derivatives have two errors: truncation, which falls with $h$, and rounding, which rises as
#   $h$ falls. Take central differences, float64 and $h$ about $10^{-5}$; or `gradcheck`, which chooses.
# - Compare relatively, at points that are not round, where the function moves, away from kinks.
# - Do not choose the points yourself: state a property, and let a program search.

# %% [markdown]
# ## Exercises
#
# **1. A derivative to fill in.** Softsign, $s(x) = \dfrac{x}{1 + |x|}$, squashes numbers into (−1, 1)
# like tanh, but comes near −1 and 1 more slowly. Write its derivative, $ds/dx$, in arithmetic and with
# `abs`. Then put in something slightly wrong, and read what the test says.


# %% tags=["exercise"]
def softsign_gradient(out, x):
    """The derivative of out = x / (1 + |x|), where x and out are floats or Values."""
    ### BEGIN SOLUTION
    return 1 / (1 + abs(x)) ** 2
    ### END SOLUTION


# %% tags=["test"]
@autograd.primitive(local_gradients=lambda out, x: (softsign_gradient(out, x),))
def softsign(x):
    return x / (1 + abs(x))


@same_each_time
@given(x=finite_floats(-50.0, 50.0))
def test_softsign(x):
    gradcheck(softsign, x)
    if abs(x) > 1e-3:  # the second derivative jumps at 0
        gradcheck(softsign, x, order=2)


test_softsign()

# %% [markdown]
# **2. Better than central.** The error of the central difference $D(h)$ is $c\,h^2$ plus terms with
# $h^4$ and higher powers. Combine $D(h)$ and $D(h/2)$ so that the term with $h^2$ cancels (Richardson's
# extrapolation; `gradcheck` does it again and again). Halving $h$ should then make the error about 16
# times smaller; that of the central difference becomes only 4 times smaller.


# %% tags=["exercise"]
def extrapolated(f, x, h):
    """A numeric derivative of f at x, of central differences with the steps h and h/2."""
    ### BEGIN SOLUTION
    return (4 * central(f, x, h / 2) - central(f, x, h)) / 3
    ### END SOLUTION


# %% tags=["test"]
for function in (autograd.exp, autograd.sin, autograd.tanh, lambda x: 1 / (x * x)):
    for x in (0.7, 1.0, 1.3):
        true = autograd.grad(function)(x)
        wide = abs(extrapolated(function, x, 0.02) - true)
        narrow = abs(extrapolated(function, x, 0.01) - true)
        assert wide < 1e-5, f"far from the slope at {x}: an error of {wide:.1e} with h = 0.02"
        assert 14 < wide / narrow < 18, (
            f"halving h made the error {wide / narrow:.1f} times smaller, not 16 times"
        )

# %% [markdown]
# **3. An operation with two operands.** $\ell(a, b) = \log(e^a + e^b)$ is a smooth maximum. Write it so
# that it survives large numbers: $e^{1000}$ overflows, yet $\ell(1000, 1000) = 1000 + \log 2$. (Take
# the larger of the two out of the logarithm: $\ell = m + \log(\dots)$ with $m = \max(a, b)$.) Then
# write both derivatives; there too nothing may overflow. `out`, which is $\ell(a, b)$, can help.


# %% tags=["exercise"]
def smooth_max_forward(a, b):
    """log(exp(a) + exp(b)) of two floats."""
    ### BEGIN SOLUTION
    return max(a, b) + math.log1p(math.exp(-abs(a - b)))
    ### END SOLUTION


def smooth_max_gradients(out, a, b):
    """d(out)/da and d(out)/db, a tuple of two; the arguments are floats or Values."""
    ### BEGIN SOLUTION
    return autograd.exp(a - out), autograd.exp(b - out)
    ### END SOLUTION


# %% tags=["test"]
smooth_max = autograd.primitive(local_gradients=smooth_max_gradients)(smooth_max_forward)


@same_each_time
@given(a=finite_floats(-1000.0, 1000.0), b=finite_floats(-1000.0, 1000.0))
def test_large_numbers(a, b):
    expected = autograd.logsumexp([a, b])
    found = smooth_max(a, b)
    close = math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9)
    assert close, f"{found}, but it should be {expected}"
    gradients = autograd.grad(smooth_max, argnums=(0, 1))(a, b)
    assert math.isclose(sum(gradients), 1.0), f"the two gradients are {gradients}"


@same_each_time
@given(a=finite_floats(-5.0, 5.0), b=finite_floats(-5.0, 5.0))
def test_gradients(a, b):
    gradcheck(smooth_max, a, b, order=2)


test_gradients()
test_large_numbers()

# %% [markdown]
# **4. Write the test.** `check(operation)` is to raise an AssertionError (a `GradientError` is one) if
# the derivative of an operation of one number is wrong somewhere between −10 and 10, and to return in
# silence if it is right. Some of the operations that it will be tried on are wrong only in places.


# %% tags=["exercise"]
def check(operation):
    """Raise AssertionError unless the derivative of `operation` is right all over [-10, 10]."""

    ### BEGIN SOLUTION
    @same_each_time
    @given(x=finite_floats(-10.0, 10.0))
    def property_of_the_slope(x):
        gradcheck(operation, x)

    property_of_the_slope()
    ### END SOLUTION


# %% tags=["test"]
def sine_with(derivative):
    """A sine with another derivative."""
    return autograd.primitive(local_gradients=lambda out, x: (derivative(x),))(math.sin)


check(sine_with(autograd.cos))
for name, derivative in {
    "everywhere, by 0.01 %": lambda x: 1.0001 * autograd.cos(x),
    "for negative x": lambda x: autograd.cos(x) * autograd.where(x < 0.0, -1.0, 1.0),
    "above 9": lambda x: autograd.where(x > 9.0, 1.0, autograd.cos(x)),
    "between 2 and 4": lambda x: autograd.where(abs(x - 3.0) < 1.0, -1.0, autograd.cos(x)),
}.items():
    try:
        check(sine_with(derivative))
    except AssertionError:
        continue
    raise AssertionError(f"a derivative that is wrong {name} was not found")
