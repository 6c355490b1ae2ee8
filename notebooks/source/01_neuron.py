# %% [markdown]
# # From the cell to the unit
#
# We look at a nerve cell and at the small formula that was made after it. We compute that formula
# by hand, draw it as a graph in which every number has its gradient, and see why a network is a
# graph without cycles.

# %% [markdown]
# ## The nerve cell
#
# A **neuron** of the brain has three parts that matter here.
#
# - **Dendrites**, a tree of thin fibres, collect signals that come from other cells.
# - The **cell body** adds these signals up.
# - The **axon**, one long fibre, carries short electric pulses, the **spikes**, to other cells.
#
# Where an axon ends at another cell's dendrite is a **synapse**. It passes a spike on, strongly or
# weakly, and it may excite the next cell or inhibit it. The human brain has about 86 billion
# neurons, and between $10^{14}$ and $10^{15}$ synapses.

# %% tags=["L3"]
neurons = 86e9
fewest, most = 1e14 / neurons, 1e15 / neurons

print(f"synapses of one neuron, on average: {fewest:,.0f} to {most:,.0f}")
assert 1_000 < fewest < most < 12_000

# %% [markdown]
# So a cell listens to thousands of others. We draw one with fewer, and beside it the formula that
# was made after it, the *unit*. The next four cells only draw: look at the picture, and skip the code
# if you like. (A fibre that splits in two, each half of which splits again, makes both the dendrites
# and the end of the axon.)

# %%
from math import cos, pi, sin

import matplotlib.pyplot as plt

INK, QUIET, PAPER = "#1a1a1a", "#6b6b6b", "#efefef"


def draw_fibre(ax, start, angle, length, width, splits):
    """Draw a fibre that splits into two, which split in their turn; return where they all end."""
    end = start[0] + length * cos(angle), start[1] + length * sin(angle)
    ax.plot(*zip(start, end), color=QUIET, linewidth=width, solid_capstyle="round", zorder=1)
    if splits == 0:
        return [end]
    left = draw_fibre(ax, end, angle + 0.35, 0.75 * length, 0.65 * width, splits - 1)
    right = draw_fibre(ax, end, angle - 0.35, 0.75 * length, 0.65 * width, splits - 1)
    return left + right


# %%
def draw_cell(ax):
    """Draw a nerve cell, with the parts that matter here."""
    for angle in (0.68 * pi, pi, 1.32 * pi):
        tips = draw_fibre(ax, (0, 0), angle, 0.95, 5, splits=3)
        x, y = min(tips)
        ax.plot((-4.4, x), (y, y), color=QUIET, linewidth=1.5, linestyle="--", zorder=1)
        ax.scatter(x, y, s=45, color=INK, zorder=2)
    axon_end = (2.6, 0)
    ax.plot(*zip((0, 0), axon_end), color=QUIET, linewidth=4, zorder=1)
    for x, y in draw_fibre(ax, axon_end, 0.0, 0.7, 3, splits=2):
        ax.scatter(x, y, s=45, color=INK, zorder=2)
    ax.add_patch(plt.Circle((0, 0), 0.6, facecolor=PAPER, edgecolor=INK, zorder=2))
    for place, text in [
        ((-3.5, -3.0), "axons of\nother cells"),
        ((-0.9, -3.0), "dendrites"),
        ((0.85, 0.7), "cell body"),
        ((1.8, -0.5), "axon"),
        ((3.7, -1.5), "synapses, at\nother cells"),
    ]:
        ax.text(*place, text, ha="center", fontsize=11)
    ax.set(xlim=(-4.6, 4.7), ylim=(-3.2, 2.7), aspect="equal", title="the cell")
    ax.axis("off")


# %%
def draw_unit(ax):
    """Draw the unit: weighted inputs, their sum, and a function f of it."""
    arrow = {"arrowstyle": "-|>", "color": INK, "shrinkA": 0, "shrinkB": 0}
    for i, y in enumerate((1.8, 0.0, -1.8)):
        ax.annotate("", (-0.9, 0.35 * y), (-2.5, y), arrowprops=arrow)
        ax.add_patch(plt.Circle((-2.9, y), 0.38, facecolor=PAPER, edgecolor=INK))
        ax.text(-2.9, y, f"$x_{i}$", ha="center", va="center", fontsize=13)
        label_y = 0.675 * y + (0.3 if y >= 0 else -0.65)
        ax.text(-1.6, label_y, f"$w_{i}x_{i}$", ha="center", fontsize=13)
    ax.annotate("", (0, -0.9), (0, -2.0), arrowprops=arrow)
    ax.text(0, -2.4, "$b$", ha="center", fontsize=13)
    ax.add_patch(plt.Circle((0, 0), 0.9, facecolor=PAPER, edgecolor=INK))
    ax.text(0, 0, r"$\sum w_i x_i + b$", ha="center", va="center", fontsize=11)
    ax.annotate("", (1.9, 0), (0.9, 0), arrowprops=arrow)
    ax.add_patch(plt.Circle((2.4, 0), 0.5, facecolor=PAPER, edgecolor=INK))
    ax.text(2.4, 0, "$f$", ha="center", va="center", fontsize=14)
    ax.annotate("", (4.0, 0), (2.9, 0), arrowprops=arrow)
    ax.text(4.1, 0, "firing rate", ha="left", va="center", fontsize=12)
    ax.set(xlim=(-3.4, 5.9), ylim=(-3.2, 2.7), aspect="equal", title="the unit")
    ax.axis("off")


# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.3), layout="constrained")
draw_cell(left)
draw_unit(right)
plt.show()

# %% [markdown]
# ## The unit
#
# Both pictures are read from left to right. The black dots are synapses. Where spikes come in through
# a synapse, the unit has a number $x_i$, and a weight $w_i$ to multiply it by. In the middle, both
# add up what came in; on the right, both pass on the outcome.
#
# The model of a cell, called a **unit** or, like the cell, a neuron, is a formula:
#
# $$\text{output} = f\Big(\sum_i w_i x_i + b\Big)$$

# %% [markdown]
# Part by part:
#
# | the cell | the unit |
# | --- | --- |
# | how often another cell fires | an **input** $x_i$, a number |
# | the strength of a synapse | a **weight** $w_i$: positive excites, negative inhibits |
# | how easily the cell fires at all | the **bias** $b$ |
# | the cell body, adding up | the weighted sum, $\sum_i w_i x_i + b$ |
# | how often the cell itself fires | the output: the **activation function** $f$ of that sum |
#
# Weights and biases are what learning will change. They are called **parameters**.

# %% [markdown]
# ## What the unit leaves out
#
# The unit knows only the **firing rate**: how many spikes come in a second. *When* they come is
# lost. Two series of eight spikes, one regular and one in bursts, are the same number to it, and so
# it gives the same answer to both.
#
# (`autograd` is this project's package for computing with gradients. The function $f$ taken from it,
# the sigmoid, is explained in a moment.)

# %% tags=["L3"]
import numpy as np

import autograd

signals = {  # the times of spikes, in milliseconds of one second
    "regular": np.arange(60, 1000, 125),
    "in bursts": np.array([100, 110, 120, 130, 700, 710, 720, 730]),
}
rates = {name: len(times) / 1.0 for name, times in signals.items()}  # spikes in one second
weight, bias = 0.5, -3.0
outputs = {name: autograd.sigmoid(weight * rate + bias) for name, rate in rates.items()}

figure, ax = plt.subplots(figsize=(8, 1.6), layout="constrained")
ax.eventplot(list(signals.values()), colors=INK, linelengths=0.7)
ax.set(yticks=[0, 1], yticklabels=signals, xlim=(0, 1000), xlabel="milliseconds")
plt.show()
for name in signals:
    print(f"{name:10} rate {rates[name]} per second → output {outputs[name]:.4f}")

assert not np.array_equal(*signals.values())  # two different signals,
assert outputs["regular"] == outputs["in bursts"]  # one answer

# %% [markdown]
# Each mark is a spike. For some cells the timing does matter, so this is a real loss. More is left
# out: there are many kinds of neurons, dendrites compute more than a sum, and a synapse is more than
# one number. The unit is inspired by the cell. It is not a description of it.

# %% [markdown]
# ## A neuron's forward pass, by hand
#
# The **forward pass** computes the output from the inputs. As $f$ we take the **sigmoid**,
#
# $$\sigma(z) = \frac{1}{1 + e^{-z}},$$
#
# which turns any sum into a number between 0 and 1. We read it as a firing rate, from 0, never, to 1,
# as fast as the cell can.

# %% tags=["L4"]
from math import exp

inputs = [0.5, -1.0, 2.0]
weights = [2.0, 1.0, 0.75]
bias = -0.5

total = sum(w * x for w, x in zip(weights, inputs)) + bias
firing_rate = 1 / (1 + exp(-total))

print(f"sum  {total}")
print(f"rate {firing_rate:.4f}")
assert total == 2.0 * 0.5 + 1.0 * (-1.0) + 0.75 * 2.0 - 0.5 == 1.0
assert 0 < firing_rate < 1

# %% [markdown]
# The whole curve: a sum of 0 gives the rate 0.5, a large sum nearly 1, and a very negative one
# nearly 0.

# %%
z = np.linspace(-6, 6, 200)
figure, ax = plt.subplots(figsize=(6, 2.6), layout="constrained")
ax.plot(z, 1 / (1 + np.exp(-z)), color=INK)
ax.plot(total, firing_rate, "o", color=INK)
ax.annotate("our neuron", (total, firing_rate), (1.25, 0.63))
ax.set(xlabel="weighted sum z", ylabel="firing rate σ(z)", ylim=(-0.05, 1.05))
ax.grid(alpha=0.3)
plt.show()

# %% [markdown]
# ## The same, with Values
#
# A `Value`, from the package `autograd`, is a number that remembers how it was made. One computes
# with it as with any number. The second argument is its name, its *label*.

# %%
from autograd import Value

x0, x1, x2 = Value(0.5, "x0"), Value(-1.0, "x1"), Value(2.0, "x2")
w0, w1, w2 = Value(2.0, "w0"), Value(1.0, "w1"), Value(0.75, "w2")
b = Value(-0.5, "b")

z = w0 * x0 + w1 * x1 + w2 * x2 + b
z.label = "sum"
rate = z.sigmoid()
rate.label = "firing rate"
rate

# %% [markdown]
# The package `nn` has this formula as a class, `Neuron`. Three ways, one number:

# %% tags=["L4"]
from nn import Neuron

neuron = Neuron(3, activation="sigmoid")
for parameter, number in zip(neuron.weights, weights):
    parameter.data = number
neuron.bias.data = bias
of_neuron = neuron(inputs)

for name, number in [
    ("plain Python", firing_rate),
    ("with Values", rate.data),
    ("nn.Neuron", of_neuron.data),
]:
    print(f"{name:12} {number:.15f}")
assert abs(rate.data - firing_rate) < 1e-15
assert of_neuron.data == rate.data

# %% [markdown]
# ## Always between 0 and 1
#
# Whatever the inputs and weights are, the rate lies between 0 and 1. Here are 10,000 neurons, each
# with three weights, a bias and three inputs, all drawn from the normal distribution with mean 0
# and standard deviation 1. Where to look: rates of every size occur, and by the line below the
# picture none reaches 0 or 1.

# %% tags=["L4"]
rng = np.random.default_rng(0)
rates = [
    autograd.sigmoid(autograd.dot(weights, inputs, bias))  # dot: Σ w x + b
    for weights, inputs, bias in zip(
        rng.normal(size=(10_000, 3)), rng.normal(size=(10_000, 3)), rng.normal(size=10_000)
    )
]

figure, ax = plt.subplots(figsize=(6, 2.2), layout="constrained")
ax.hist(rates, bins=50, range=(0, 1), color=QUIET)
ax.set(xlabel="firing rate", ylabel="neurons")
plt.show()
print(f"least {min(rates):.3g}, 1 − largest {1 - max(rates):.3g}")
assert min(rates) > 0
assert max(rates) < 1

# %% [markdown]
# The farther the sum is from 0, the nearer is the rate to 0 or 1. By the formula it never gets
# there. A computer keeps about 16 digits, though: for $z = 37$, $1 + e^{-z}$ is rounded to 1, and so
# is the rate.

# %% tags=["L4"]
for number in (30.0, 36.0, 37.0, 40.0):
    print(f"σ({number}) = {autograd.sigmoid(number)!r}")
assert 1 + exp(-36.0) > 1 == 1 + exp(-37.0)
assert autograd.sigmoid(36.0) < 1 == autograd.sigmoid(37.0)

# %% [markdown]
# ## A graph with every gradient
#
# Suppose the rate should be higher. Which number should be changed, and in which direction? The
# answer is the **gradient** of each number $v$: the derivative $\partial\,\text{rate}/\partial v$,
# by how much the rate changes for a small change of $v$, per unit of that change.
#
# `rate.backward()` computes it for every Value that the rate was made from. How it does that is the
# subject of the next notebook. Here we look at the result.

# %%
import viz

rate.zero_grad()  # forgets an earlier run of this cell
rate.backward()
viz.draw(rate)

# %% [markdown]
# Read it from left to right. Each box is a Value: its name or operation, its number, and below,
# after the sign ∂, its gradient. A square box is a **leaf**, a number that was given; a rounded one
# is the result of an operation. The small number at an arrow is the **local gradient**: the
# derivative of the one operation that the arrow leads to, by the number that it comes from.
#
# Where to look: of the weights, `w2` has the largest gradient, because its input, 2, is the largest.
# To raise the rate, raise `w0`, `w2` and `b`, and lower `w1`, whose input is negative.

# %% [markdown]
# ## Every gradient, by the formula
#
# The derivative of the sigmoid is $\sigma'(z) = \sigma(z)\,(1 - \sigma(z))$. With
# $z = \sum_i w_i x_i + b$, the chain rule says
#
# $$\frac{\partial\sigma}{\partial w_i} = \sigma'(z)\,x_i, \qquad
#   \frac{\partial\sigma}{\partial x_i} = \sigma'(z)\,w_i, \qquad
#   \frac{\partial\sigma}{\partial b} = \sigma'(z).$$

# %% tags=["L4"]
slope = rate.data * (1 - rate.data)
by_formula = {
    w0: slope * x0.data,
    w1: slope * x1.data,
    w2: slope * x2.data,
    x0: slope * w0.data,
    x1: slope * w1.data,
    x2: slope * w2.data,
    b: slope,
    z: slope,
    rate: 1.0,
}
for value, gradient in by_formula.items():
    print(f"{value.label:12} ∂ {value.grad:8.5f}   by the formula {gradient:8.5f}")

assert all(abs(value.grad - gradient) < 1e-15 for value, gradient in by_formula.items())

# %% [markdown]
# The three products and the three sums in the graph have gradients too. All six equal
# $\sigma'(z)$: a sum passes its gradient on to each of its terms as it is.
#
# (`topological_order` lists all nodes of a graph; the name is explained below. A node's `op` is the
# name of its operation.)

# %% tags=["L4"]
from autograd import topological_order

between = [node for node in topological_order(rate) if node.op in ("+", "*")]
print([round(node.grad, 5) for node in between])
assert len(between) == 6
assert all(abs(node.grad - slope) < 1e-15 for node in between)

# %% [markdown]
# A gradient is a prediction. If one number changes by $h = 0.01$, the rate should change by about $h$
# times the gradient of that number. We try it for each parameter, and ask for an agreement to 1 %.

# %% tags=["L4"]
h = 0.01
for parameter, value in zip([*neuron.weights, neuron.bias], [w0, w1, w2, b]):
    before, kept = neuron(inputs).data, parameter.data
    parameter.data = kept + h
    change = neuron(inputs).data - before
    parameter.data = kept
    print(f"{value.label}: predicted {h * value.grad:9.6f}, happened {change:9.6f}")
    assert abs(change - h * value.grad) < 0.01 * abs(change)

# %% [markdown]
# `nn.Neuron` computes the sum in one step, so its graph is shorter. The outer frame is the neuron.
# Each weight stands where its input arrives, Σ is the sum, and `b` the bias; each has its gradient
# below it. The gradients are the same.

# %% tags=["L4"]
neuron.zero_grad()
of_neuron.backward()
assert [w.grad for w in neuron.weights] == [w0.grad, w1.grad, w2.grad]
assert neuron.bias.grad == b.grad
viz.draw(of_neuron, model=neuron)

# %% [markdown]
# ## A network has no cycles
#
# In a **network** the outputs of units are inputs of other units. Its graph has arrows that lead in
# one direction only: whichever way one follows them, one never comes back to where one was. Such a
# graph is called **directed and acyclic**, a DAG.
#
# Then its nodes can be put in an order in which every node comes after its **parents**, the nodes it
# was computed from. This is a **topological order**. It is also an order in which everything can be
# computed. We list the nodes of our neuron's graph so:

# %% tags=["L11"]
order = topological_order(rate)
position = {node: i for i, node in enumerate(order)}
for node, i in position.items():
    parents = ", ".join(str(position[parent]) for parent in node.parents)
    made_from = f"{node.op} of {parents}" if parents else "given"
    print(f"{i:2}  {node.label:12} {made_from}")

assert all(position[parent] < position[node] for node in order for parent in node.parents)

# %% [markdown]
# On each line, the numbers on the right are smaller than the number on the left.

# %% [markdown]
# ## A cycle cannot be made
#
# This order is no accident. An operation takes operands that exist already, and makes a *new* node
# from them. So every arrow leads from an older node to a newer one. What looks like a loop,
# `b += a`, is none: it makes a new node and gives it the old name. (In the picture, ∂ – means that no
# gradient has been computed yet.)

# %% tags=["L11"]
a, b = Value(1.0, "a"), Value(2.0, "b")
old = b
b += a
b.label = "b, the new one"

print("the same node as before:", b is old)
print("its parents:", b.parents)
assert b is not old
assert b.parents == (old, a)
assert old.parents == ()  # the old one is what it was
viz.draw(b, legend=False)

# %% [markdown]
# To close a loop, one would have to give the old node a parent afterwards. That is refused.

# %% tags=["L11"]
try:
    old.parents = (b,)
except AttributeError:
    print("refused: the parents of a Value are given once, when it is made")
    is_refused = True
else:
    is_refused = False
assert is_refused

# %% [markdown]
# ## A small network, as circles and as a graph
#
# Two inputs, three units, and one more unit that takes their outputs. Units that stand side by side
# form a **layer**; a network of such layers is called a multi-layer perceptron, **MLP**. (The three
# units use $\tanh$ for $f$, another curve with the form of an S. The last unit has no $f$ at all: its
# output is the sum itself.)

# %%
from nn import MLP

model = MLP(2, [3, 1], activation="tanh", seed=1)
viz.network(model)

# %% [markdown]
# The two grey circles are the inputs, the white ones units. The lines are weights, blue where positive
# and orange where negative; thicker is larger. The weights are random, drawn with the seed 1, and the
# biases are 0 at first.
#
# In the graph of the same network, every unit and every layer has a frame. Where to look: all arrows
# lead from left to right.

# %%
output = model([1.0, -0.5])
output.label = "output"
output.backward()
viz.draw(output)

# %% [markdown]
# The same, checked on twenty networks of random sizes: in the topological order, every arrow leads
# from an earlier node to a later one.

# %% tags=["L11"]
arrows = 0
for seed in range(20):
    rng = np.random.default_rng(seed)
    n_inputs, *sizes = rng.integers(1, 8, size=rng.integers(3, 6)).tolist()
    net = MLP(n_inputs, [*sizes, 1], seed=seed)
    order = topological_order(net(rng.normal(size=n_inputs)))
    position = {node: i for i, node in enumerate(order)}
    for node in order:
        for parent in node.parents:
            assert position[parent] < position[node]
            arrows += 1
print(f"{arrows:,} arrows, none of which leads back")

# %% [markdown]
# ## What a feedback loop would be
#
# On a cycle, a number would be needed to compute itself. A loop makes sense only if it takes time:
# let an output $y$ come back as an input, times a number $a$, one moment later.
#
# $$y_t = x_t + a\,y_{t-1}$$
#
# In signal processing this is a filter with an **infinite impulse response** (IIR): one impulse at
# the beginning, $x = 1, 0, 0, \dots$, gives $y_t = a^t$, which for $a \neq 0$ never becomes exactly 0.

# %%
figure, ax = plt.subplots(figsize=(6, 2), layout="constrained")
arrow = {"arrowstyle": "-|>", "color": INK, "shrinkA": 0, "shrinkB": 0}
for end, start in [((1.7, 1), (0.3, 1)), ((6.4, 1), (2.3, 1)), ((2, 0.7), (2, 0))]:
    ax.annotate("", end, start, arrowprops=arrow)
ax.plot([5.7, 5.7, 2.0], [1.0, 0.0, 0.0], color=INK, linewidth=1)
ax.add_patch(plt.Circle((2, 1), 0.3, facecolor=PAPER, edgecolor=INK))
box = {"boxstyle": "square,pad=0.4", "facecolor": PAPER, "edgecolor": INK}
ax.text(3.9, 0, "× a, one moment later", ha="center", va="center", bbox=box)
for place, text in [((0.1, 1), "$x_t$"), ((6.6, 1), "$y_t$"), ((2, 1), "+")]:
    ax.text(*place, text, ha="center", va="center", fontsize=12)
ax.set(xlim=(-0.2, 6.9), ylim=(-0.5, 1.5), aspect="equal")
ax.axis("off")
plt.show()

# %% [markdown]
# The diagram has a loop. The computation has none: $y$ at each moment is another number, and so
# another node. **Unrolled in time**, the loop is a chain, here of three moments. Where to look: no
# arrow leads back, and three arrows leave `a`.


# %%
def filtered(signal, a):
    """y_t = x_t + a · y_{t-1} for each x of a signal, beginning at rest."""
    outputs = []
    y = Value(0.0, "rest")
    for t, x in enumerate(signal):
        y = x + a * y
        y.label = f"y{t}"
        outputs.append(y)
    return outputs


a = Value(0.5, "a")
impulse = [Value(1.0, "x0"), Value(0.0, "x1"), Value(0.0, "x2")]
*_, last = filtered(impulse, a)
last.backward()
viz.draw(last)

# %% [markdown]
# `a` is one node, used at every moment. So its gradient adds up what comes from all of them. For an
# impulse, $y_t = a^t$ and $\partial y_t/\partial a = t\,a^{t-1}$. In the picture, with $a = 0.5$, these
# are $y_2 = 0.25$ and $2a = 1$. We check both on a chain of sixty moments.

# %% tags=["L11"]
a = Value(0.9, "a")
outputs = filtered([1.0] + 59 * [0.0], a)
order = topological_order(outputs[-1])
position = {node: i for i, node in enumerate(order)}
outputs[-1].backward()

figure, ax = plt.subplots(figsize=(6, 2), layout="constrained")
ax.stem([y.data for y in outputs], linefmt=QUIET, markerfmt=".", basefmt=" ")
ax.set(xlabel="moment t", ylabel="$y_t$", title="the response to one impulse, a = 0.9")
plt.show()
print(f"{len(order)} nodes;  y59 = {outputs[-1].data:.6f},  its derivative by a = {a.grad:.6f}")

assert all(position[parent] < position[node] for node in order for parent in node.parents)
assert all(abs(y.data - 0.9**t) < 1e-12 for t, y in enumerate(outputs))
assert abs(a.grad - 59 * 0.9**58) < 1e-12

# %% [markdown]
# Networks with feedback, called **recurrent**, are usually trained in this way: unrolled in time, as a
# graph without a cycle.

# %% [markdown]
# ## What to remember
#
# - A unit is $f(\sum_i w_i x_i + b)$; with the sigmoid, its output is a firing rate, from 0 to 1.
# - The cell is far richer: the unit keeps the rate, and loses the timing.
# - A computation is a graph without cycles, because every node is made after its parents.
# - Every node has a gradient: how the result changes with it. How it is found comes next.

# %% [markdown]
# ## Exercises
#
# ### 1. A neuron that decides
#
# Let inputs be 0 or 1. Choose the weights and the bias so that the neuron fires (with a rate above
# 0.9) if *both* inputs are 1, and is silent (below 0.1) for the three other pairs of inputs. It helps
# to write down the weighted sum of each pair first: which must be well above 0, which well below?


# %% tags=["exercise"]
def neuron_for_both():
    """A sigmoid neuron of two inputs that fires if both are 1, and only then."""
    neuron = Neuron(2, activation="sigmoid", seed=0)
    ### BEGIN SOLUTION
    neuron.weights[0].data = 10.0
    neuron.weights[1].data = 10.0
    neuron.bias.data = -15.0
    ### END SOLUTION
    return neuron


# %% tags=["test"]
decides = neuron_for_both()
for pair in [(0, 0), (0, 1), (1, 0), (1, 1)]:
    found = decides(pair).data
    if pair == (1, 1):
        assert found > 0.9, f"for inputs {pair} it should fire, but its rate is {found:.3f}"
    else:
        assert found < 0.1, f"for inputs {pair} it should be silent, but its rate is {found:.3f}"

# %% [markdown]
# ### 2. The gradients of a tanh neuron
#
# The neuron $y = \tanh(\sum_i w_i x_i + b)$ has another curve for $f$. Its derivative is
# $\tanh'(z) = 1 - \tanh^2(z)$. Compute the gradients of all weights, of all inputs and of the bias,
# for the output $y$, in plain Python, without Values.

# %% tags=["exercise"]
from math import tanh


def tanh_neuron(weights, inputs, bias):
    """The neuron's output, for lists of numbers."""
    return tanh(sum(w * x for w, x in zip(weights, inputs)) + bias)


def tanh_neuron_gradients(weights, inputs, bias):
    """The gradients of the output: a list for the weights, a list for the inputs, one for the bias."""
    ### BEGIN SOLUTION
    slope = 1 - tanh_neuron(weights, inputs, bias) ** 2
    return [slope * x for x in inputs], [slope * w for w in weights], slope
    ### END SOLUTION


# %% tags=["test"]
rng = np.random.default_rng(1)
for n in (1, 2, 3, 5) * 10:
    numbers = rng.normal(0, 0.7, size=2 * n + 1)
    by_weights, by_inputs, by_bias = tanh_neuron_gradients(
        numbers[:n].tolist(), numbers[n:-1].tolist(), float(numbers[-1])
    )
    assert len(by_weights) == len(by_inputs) == n, "one gradient for each weight and each input"
    for i, gradient in enumerate([*by_weights, *by_inputs, by_bias]):
        nudge = 1e-5 * np.eye(2 * n + 1)[i]
        up, down = (tanh_neuron(v[:n], v[n:-1], v[-1]) for v in (numbers + nudge, numbers - nudge))
        name = f"weight {i}" if i < n else f"input {i - n}" if i < 2 * n else "the bias"
        assert abs(gradient - (up - down) / 2e-5) < 1e-8, (
            f"with {n} inputs, the gradient of {name} should be near {(up - down) / 2e-5:.6f}, "
            f"but is {gradient:.6f}"
        )

# %% [markdown]
# ### 3. A loop with a longer memory
#
# Let the output come back twice, one moment and two moments later:
#
# $$y_t = x_t + a\,y_{t-1} + b\,y_{t-2}$$
#
# Unroll it in time, with Values, so that `backward()` finds the gradients of $a$ and $b$. (For
# $a = b = 1$ and one impulse, you know these numbers.)


# %% tags=["exercise"]
def filtered_twice(signal, a, b):
    """The list of all y_t, as Values, for a signal (a list of numbers), beginning at rest."""
    ### BEGIN SOLUTION
    outputs = []
    before = long_before = Value(0.0)
    for x in signal:
        y = x + a * before + b * long_before
        outputs.append(y)
        before, long_before = y, before
    return outputs
    ### END SOLUTION


# %% tags=["test"]
def last_number(signal, a, b):
    """The number of the last output."""
    return filtered_twice(signal, Value(a), Value(b))[-1].data


h = 1e-5
rng = np.random.default_rng(2)
for _ in range(20):
    signal, (p, q) = rng.normal(size=6).tolist(), rng.uniform(-0.8, 0.8, size=2).tolist()
    a, b = Value(p, "a"), Value(q, "b")
    outputs = filtered_twice(signal, a, b)
    assert len(outputs) == 6, f"6 numbers come in, and {len(outputs)} outputs come out"
    assert all(isinstance(y, Value) for y in outputs), "each y_t should be a Value, y_0 too"
    numbers = [0.0, 0.0, *(y.data for y in outputs)]
    for t, x in enumerate(signal):
        left = numbers[t + 2] - p * numbers[t + 1] - q * numbers[t]
        assert abs(left - x) < 1e-12, f"at moment {t}, y_t - a y_(t-1) - b y_(t-2) is not x_t"
    outputs[-1].backward()
    by_a = (last_number(signal, p + h, q) - last_number(signal, p - h, q)) / (2 * h)
    by_b = (last_number(signal, p, q + h) - last_number(signal, p, q - h)) / (2 * h)
    for name, found, near in [("a", a.grad, by_a), ("b", b.grad, by_b)]:
        hint = f"the gradient of {name} should be near {near:.6f}, but is {found:.6f}"
        assert abs(found - near) < 1e-7, f"{hint}: is each y computed from Values?"
