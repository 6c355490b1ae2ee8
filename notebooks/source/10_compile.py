# %% [markdown]
# # From scalars to matrices
#
# A network of scalar numbers is easy to look at and slow to train. Here `autograd.compile` reads
# the program of a function off its graph and writes NumPy that computes the same. We read what it
# writes, line by line, and see the matrix products of the textbooks appear; then we let the two
# versions race.

# %% [markdown]
# ## One neuron, one number at a time
#
# A neuron multiplies each input $x_j$ by a **weight** $w_j$, adds a **bias** $b$, and bends the sum
# by an **activation**, here $\tanh$:
#
# $$\text{neuron}(x) = \tanh\Big(\sum_j w_j\,x_j + b\Big)$$
#
# Weights and biases are its **parameters**: the numbers that training changes. A `Value` is a
# number that remembers how it was made, so the loop below leaves a graph behind. `backward()` then
# fills in every **gradient**: how much the result changes, per change of the number.

# %%
import matplotlib.pyplot as plt
import numpy as np

import autograd
import viz
from autograd import Value

w = [Value(2.0, "w0"), Value(-3.0, "w1")]
b = Value(-3.0, "b")


def neuron(x):
    total = b
    for w_j, x_j in zip(w, x):
        total = total + w_j * x_j
    return total.tanh()


out = neuron([Value(-1.0, "x0"), Value(-2.0, "x1")])
out.backward()
viz.draw(out)

# %% [markdown]
# The picture reads from left to right. Each box is a `Value`, with its number and below it its
# gradient $\partial\,\text{out}/\partial\,\text{box}$; on each edge stands the **local gradient**:
# how much the box at its head changes, per change of the box at its tail. `backward()` walked from
# the right to the left. At each edge it multiplied the gradient that arrives there, called the
# **upstream gradient**, by the local gradient. (Of a box that is used twice it would add up what comes
# back along both edges.) That is the chain rule.
#
# The graph is the whole program. No box says "if": whatever numbers come in, the boxes are the
# same. So it can be written down once, as plain Python, and run without any boxes.

# %% [markdown]
# ## Trace once
#
# `autograd.compile(f, *examples)` calls `f` with Values of its own in place of the examples, and
# keeps the graph: this is called **tracing**. From the graph it writes source, first for one
# **sample**, which is one input with its numbers $x_0, x_1$. Parameters have the names of the labels
# above, and `theta` is the list of them all.

# %%
fast = autograd.compile(neuron, [-1.0, -2.0])
print(fast.scalar_source)

# %% [markdown]
# How to read it, beside the picture:
#
# | source | in the graph |
# | --- | --- |
# | `v1 = w0 * x_0` ... `v5 = tanh(v4)` | the boxes, from left to right |
# | `d_v4 = sech2(v4)` | the gradient by `v4`: the local gradient of tanh, $1 - \tanh^2 v_4$ |
# | `d_v3 = d_v4` | a sum hands its gradient on unchanged |
# | `d_w1 = 0.0 + x_1 * d_v3` | local × upstream gradient; locally, a product has the other factor |
#
# `0.0 +` is what a parameter's gradient begins with: if a parameter were used twice, two terms
# would follow.

# %% [markdown]
# The claim: for one sample compiled code gives what eager code gives, **to the last bit**. ("Eager" is
# the code that builds a graph and calls `backward()`.) `fast.value_and_grad` returns the value and the
# gradient by `theta`. Five hundred random samples are compared by `==`, and the last is printed:

# %%
rng = np.random.default_rng(0)
for x in rng.normal(0.0, 2.0, (500, 2)).tolist():
    autograd.zero_grad(fast.parameters)
    out = neuron(x)
    out.backward()
    value, gradient = fast.value_and_grad(x)
    assert value == out.data
    assert gradient.tolist() == [parameter.grad for parameter in fast.parameters]

print([parameter.label for parameter in fast.parameters])
print("eager   ", out.data, [parameter.grad for parameter in fast.parameters])
print("compiled", value, gradient.tolist())

# %% [markdown]
# ## Many samples at once
#
# Networks are trained on **batches**: many samples at a time, whose results are averaged. For a batch,
# `compile` writes NumPy. The samples come as the rows of an array and are turned into columns; then one
# line does for all of them what one line did for one.

# %%
print(fast.source)

# %% [markdown]
# | source | meaning |
# | --- | --- |
# | `theta[0:2].reshape(1, 2)` | both weights, as a matrix with one row: there is one neuron |
# | `weight @ x + b` | $w_0 x_0 + w_1 x_1 + b$, for each column of `x`: the loop is a matrix product |
# | `weighted_tanh.sum() / batch` | the result: the mean over the batch |
# | `np.full((1, batch), 1.0 / batch)` | its derivative by each sample's output |
# | `sech2(weighted_sum) * ...` | local × upstream gradient, for each sample its own |
# | `d_weighted_sum.dot(ones)` | a sum over all samples: the gradient of the bias |
# | `np.dot(d_weighted_sum, x.T, ...)` | the gradients of both weights, added up over all samples |
#
# (`out=` says where NumPy puts the result: into `d_theta`, the gradient by `theta`.)
#
# A matrix product may add its terms in another order than the loop, so here the claim is weaker: eager
# and compiled agree **to rounding**.

# %%
X = rng.normal(0.0, 2.0, (500, 2))
value, gradient = fast.value_and_grad(X)

autograd.zero_grad(fast.parameters)
mean = autograd.mean([neuron(x) for x in X.tolist()])
mean.backward()
eager = np.array([parameter.grad for parameter in fast.parameters])

print("value   ", mean.data, "and", value)
print("gradient", eager, "and", gradient)
assert abs(value - mean.data) < 1e-12
assert np.abs(gradient - eager).max() < 1e-12

# %% [markdown]
# ## A network, by name
#
# A **layer** is several neurons that see the same inputs; a network is layers, one after another.
# This one has two inputs, three **hidden** neurons (neither input nor output) and one output. Its
# **loss**, the number that training makes small, is the squared error $(\text{output} - y)^2$, where
# $y$ is the answer that the sample should get.
#
# In the picture each circle is a neuron and each line a weight, thicker the larger it is. Look at the
# names of the layers: `layers.0` in the picture is `layers_0` in the source. Below the picture stands
# the forward half of the source.

# %%
from nn import MLP, squared_error

net = MLP(2, [3, 1], activation="tanh", seed=0)


def error(x, y):
    return squared_error(net(x), y)


fast = autograd.compile(error, [0.5, -1.0], 1.0)  # an example of x, and one of y
viz.network(net)

# %%
forward, _, backward = fast.source.partition("def value_and_grad")
print(forward)

# %% [markdown]
# Nobody told the compiler what a layer is. It saw three weighted sums of the same inputs, side by
# side in the graph, and put their weights into one matrix, a row for each neuron:
#
# `layers_0_sum = layers_0_weight @ x + layers_0_bias  # (3, batch)`
#
# The comment behind is the shape of the result: a row for each neuron, a column for each sample.

# %% [markdown]
# ## A sum of products is a matrix product
#
# Neuron $i$ of a layer computes $s_i = \sum_j W_{ij}\,x_j + b_i$. The definition of a matrix
# product has the same sum in it, so that for all neurons at once $s = W x + b$. For a batch, sample
# $k$ is column $k$ of $X$, and
#
# $$S_{ik} = \sum_j W_{ij}\,X_{jk} + b_i \qquad\text{or}\qquad S = W X + b.$$
#
# The next cell only says how to draw a matrix. In the picture, follow the frames (rows and columns
# count from 0): row 1 of $W$ is neuron 1, column 2 of $X$ is sample 2, and the framed entry of $S$ is
# the weighted sum of this neuron for this sample. (Purple is positive, orange negative.)

# %%
from matplotlib.patches import Rectangle


def show(ax, matrix, title, frame=()):
    """Draw a matrix with its numbers; frame: left, top, width, height of what to mark."""
    ax.matshow(matrix, cmap="PuOr", vmin=-5, vmax=5)
    for (i, j), number in np.ndenumerate(matrix):
        ax.text(j, i, f"{number:g}", ha="center", va="center", fontsize=11)
    if frame:
        left, top, width, height = frame
        ax.add_patch(Rectangle((left - 0.5, top - 0.5), width, height, fill=False, lw=3))
    ax.set(xticks=[], yticks=[])
    ax.set_title(title, fontsize=13)


# %%
W = np.array([[1.0, 0.5], [-1.0, 2.0], [0.5, -0.5]])
bias = np.array([[0.0], [-0.5], [1.0]])
X = np.array([[1.0, -1.0, 0.5, 0.0], [0.5, 1.0, 1.0, -0.5]])  # four samples, a column each
S = W @ X + bias
figure, axes = plt.subplots(1, 4, figsize=(9, 2.6), width_ratios=[2, 4, 1, 4])
show(axes[0], W, "$W$ (3 × 2)", frame=(0, 1, 2, 1))
show(axes[1], X, r"$\cdot\;X$ (2 × batch)", frame=(2, 0, 1, 2))
show(axes[2], bias, r"$+\;b$", frame=(0, 1, 1, 1))
show(axes[3], S, r"$=\;S$ (3 × batch)", frame=(2, 1, 1, 1))
assert S[1, 2] == W[1, 0] * X[0, 2] + W[1, 1] * X[1, 2] + bias[1, 0]
plt.show()

# %% [markdown]
# ## The backward pass is two matrix products
#
# Let $\delta_i = \partial L/\partial s_i$ be the gradient that arrives at the sum of neuron $i$.
# The scalar chain rule says, edge by edge, and for one sample ($x$ and $\delta$ are columns):
#
# - $W_{ij}$ is used in $s_i$ only, with local gradient $x_j$. So
#   $\dfrac{\partial L}{\partial W_{ij}} = \delta_i\,x_j$, in other words
#   $\dfrac{\partial L}{\partial W} = \delta\,x^{\mathsf T}$.
# - $x_j$ is used by every neuron, in $s_i$ with local gradient $W_{ij}$, and contributions add up.
#   So $\dfrac{\partial L}{\partial x_j} = \sum_i W_{ij}\,\delta_i$, in other words
#   $\dfrac{\partial L}{\partial x} = W^{\mathsf T}\delta$.
# - $b_i$ has local gradient 1, so $\dfrac{\partial L}{\partial b} = \delta$.
#
# For a batch, $\delta$ becomes a matrix with a column for each sample. Each sample has its own inputs,
# so $W^{\mathsf T}\delta$ stays as it is, column by column. A weight serves all samples, so the
# contributions of all of them add up, and that sum is again inside a matrix product:
# $\dfrac{\partial L}{\partial W_{ij}} = \sum_k \delta_{ik}\,X_{jk}$, which is
# $\delta\,X^{\mathsf T}$. The gradient of $b_i$ is $\sum_k \delta_{ik}$.

# %% [markdown]
# For one sample, in numbers. On the left the weights' gradient: row $i$, column $j$ is
# $\delta_i\,x_j$, and framed is $\delta_2\,x_1 = 2 \cdot 0.5$. On the right the inputs': row 1 of
# $W^{\mathsf T}$ holds the weights of $x_1$, one for each neuron; each is multiplied by what arrives
# there, and the framed sum is $0.5 \cdot 1 + 2 \cdot (-0.5) - 0.5 \cdot 2$.

# %%
delta = np.array([[1.0], [-0.5], [2.0]])
x = X[:, :1]
figure, axes = plt.subplots(1, 7, figsize=(9, 2.6), width_ratios=[1, 2, 2, 0.3, 3, 1, 1])
show(axes[0], delta, r"$\delta$", frame=(0, 2, 1, 1))
show(axes[1], x.T, r"$\cdot\;x^T$", frame=(1, 0, 1, 1))
show(axes[2], delta @ x.T, r"$=\;\delta\,x^T$", frame=(1, 2, 1, 1))
axes[3].axis("off")
show(axes[4], W.T, "$W^T$", frame=(0, 1, 3, 1))
show(axes[5], delta, r"$\cdot\;\delta$", frame=(0, 0, 1, 3))
show(axes[6], W.T @ delta, r"$=\;W^T\delta$", frame=(0, 1, 1, 1))
assert (delta @ x.T)[2, 1] == delta[2, 0] * x[1, 0]
assert (W.T @ delta)[1, 0] == sum(W[i, 1] * delta[i, 0] for i in range(3))
plt.show()

# %% [markdown]
# And here is the backward half of the network's source:

# %%
print(backward[backward.index("    d_theta") :])

# %% [markdown]
# From the top: $L = (\text{output} - y)^2$, so its derivative is $2(\text{output} - y)$, over the
# batch size, since the mean is taken. As the last layer has no activation, this is its $\delta$. Then
# for each layer, the last one first:
#
# | source | formula |
# | --- | --- |
# | `np.dot(d_layers_1_minus, layers_0_tanh.T, ...)` | $\delta\,x^{\mathsf T}$, $x$ the layer's input |
# | `d_layers_1_minus.dot(ones)` | $\delta$, summed over samples |
# | `layers_1_weight.T * d_layers_1_minus` | $W^{\mathsf T}\delta$ (of one neuron: `*` does the same) |
# | `sech2(layers_0_sum) * d_layers_0_tanh` | times $1 - \tanh^2$: the $\delta$ of the layer before |

# %% [markdown]
# ## By hand
#
# With these formulas the whole of it fits on a slide, for any network $n \to h \to m$ with tanh. The
# data come with a row for each sample, and are turned into columns as `compile` does it. The squared
# error of several outputs is the mean of theirs; so all is divided by the number of outputs, too.


# %%
def by_hand(theta, sizes, X, Y):
    """The mean squared error of a network, and its gradient by theta, as the formulas say."""
    n, h, m = sizes
    W1, b1, W2, b2 = np.split(theta, np.cumsum([h * n, h, m * h]))
    W1, W2 = W1.reshape(h, n), W2.reshape(m, h)
    X, Y = X.T, Y.T  # a column for each sample

    H = np.tanh(W1 @ X + b1[:, None])  # (h, batch)
    difference = W2 @ H + b2[:, None] - Y  # (m, batch)

    delta2 = 2.0 * difference / difference.size
    delta1 = (1.0 - H**2) * (W2.T @ delta2)
    gradients = [delta1 @ X.T, delta1.sum(axis=1), delta2 @ H.T, delta2.sum(axis=1)]
    return (difference**2).mean(), np.concatenate([part.ravel() for part in gradients])


# %% [markdown]
# Three authors, then: the graph with its chain rule, the compiler, and a person with the formulas.
# Do they agree? (`fast.read()` is `theta`, as the parameters are now.) Of the thirteen gradients four
# are printed, and all compared:

# %%
rng = np.random.default_rng(0)
X, y = rng.normal(size=(100, 2)), rng.normal(size=100)
mean = autograd.mean([error(x_k, y_k) for x_k, y_k in zip(X.tolist(), y.tolist())])
mean.backward()
results = {
    "graph": (mean.data, np.array([parameter.grad for parameter in fast.parameters])),
    "compiled": fast.value_and_grad(X, y),
    "by hand": by_hand(fast.read(), (2, 3, 1), X, y[:, None]),
}
for name, (value, gradient) in results.items():
    print(f"{name:10s} {value:.12f}   gradient {gradient[:4].round(9)} ...")
    assert abs(value - results["by hand"][0]) < 1e-12
    assert np.abs(gradient - results["by hand"][1]).max() < 1e-12

# %% [markdown]
# One network may be luck. Other sizes, and ten seeds for each. (`error` computes with whatever network
# is called `net` when it is compiled.)

# %%
worst = 0.0
for sizes in [(1, 1, 2), (5, 4, 2), (3, 10, 3), (20, 8, 6), (8, 2, 12)]:
    for seed in range(10):
        n, h, m = sizes
        net = MLP(n, [h, m], activation="tanh", seed=seed)
        rng = np.random.default_rng(seed)
        X, Y = rng.normal(size=(30, n)), rng.normal(size=(30, m))
        fast = autograd.compile(error, [0.0] * n, [0.0] * m)
        value, gradient = fast.value_and_grad(X, Y)
        value_by_hand, gradient_by_hand = by_hand(fast.read(), sizes, X, Y)
        worst = max(worst, abs(value - value_by_hand), np.abs(gradient - gradient_by_hand).max())

print(f"largest difference {worst:.0e}")
assert worst < 1e-12

# %% [markdown]
# ## Your own loops give the same products
#
# The compiler reads the graph, and the graph does not know in which style the code was written.
# Three ways to write a layer of three neurons, none with a matrix in it:

# %%
W = [[Value(0.5 * i - j, f"W{i}{j}") for j in range(2)] for i in range(3)]
b = [Value(0.1 * i, f"b{i}") for i in range(3)]


def with_loops(x):
    out = []
    for i in range(3):
        total = b[i]
        for j in range(2):
            total += W[i][j] * x[j]
        out.append(total.tanh())
    return out


def with_sum(x):
    return [(sum(w * x_j for w, x_j in zip(row, x)) + b_i).tanh() for row, b_i in zip(W, b)]


def with_dot(x):
    return [autograd.dot(row, x, bias=b_i).tanh() for row, b_i in zip(W, b)]


# %%
written = [autograd.compile(f, [1.0, 2.0]).source for f in (with_loops, with_sum, with_dot)]
print(written[0])

without_titles = {source.partition("\n")[2] for source in written}  # a title names the function
print(len(without_titles), "source for", len(written), "functions")
assert "weight @ x + bias" in written[0]
assert len(without_titles) == 1

# %% [markdown]
# And backward: of the loops' squared error, the same product $\delta\,x^{\mathsf T}$ in the last line
# but one. (0.333 is there because the error of three outputs is the mean of theirs.)

# %%
of_loops = autograd.compile(lambda x, y: squared_error(with_loops(x), y), [1.0, 2.0], [0.0] * 3)
backward = of_loops.source.partition("def value_and_grad")[2]
print(backward[backward.index("    d_theta") :])
assert "np.dot(d_weighted_sum, x.T" in backward

# %% [markdown]
# ## Two linear layers are one
#
# Once layers are matrices, algebra speaks about networks. Without an activation between them, two
# layers compute
#
# $$W_2(W_1 x + b_1) + b_2 = (W_2 W_1)\,x + (W_2 b_1 + b_2),$$
#
# which is one layer. The compiler writes both products, since it does what the function does; but
# the result is that of one matrix, to rounding.

# %% tags=["L2"]
X = np.random.default_rng(1).normal(size=(200, 4))
net = MLP(4, [5, 3], activation=None, seed=0)
fast = autograd.compile(net, [0.0] * 4)
print(fast.source[fast.source.index("def value") :])

theta = fast.read()
W1, b1 = theta[:20].reshape(5, 4), theta[20:25]
W2, b2 = theta[25:40].reshape(3, 5), theta[40:]
one_layer = X @ (W2 @ W1).T + (W2 @ b1 + b2)
difference = np.abs(fast(X) - one_layer).max()
print(f"two layers and one: largest difference {difference:.0e}")
assert difference < 1e-12

# %% [markdown]
# With tanh between them, no single layer computes what these two do. Even the one that comes closest by
# least squares (the smallest sum of squared differences) is far off.

# %% tags=["L2"]
net = MLP(4, [5, 3], activation="tanh", seed=0)
scores = autograd.compile(net, [0.0] * 4)(X)
with_ones = np.hstack([X, np.ones((len(X), 1))])  # the column of ones is for the bias
best, *_ = np.linalg.lstsq(with_ones, scores)
difference = np.abs(scores - with_ones @ best).max()
largest = np.abs(scores).max()
print(f"scores up to {largest:.1f}; the best single layer misses by up to {difference:.1f}")
assert difference > 0.1

# %% [markdown]
# ## What cannot be compiled
#
# A function that looks at a number and then decides has another graph for other numbers, and one
# source cannot serve both. `compile` traces again with other numbers, and refuses if the graph has
# changed. The message begins with the cell and the line that made the difference, here the last line of
# `bent`.


# %%
def bent(x):
    if x.data > 0:
        return 2.0 * x
    return 0.1 * x


def refusal(f):
    """What compile says of a function that it refuses."""
    try:
        autograd.compile(f, 1.0)
    except autograd.TraceError as problem:
        return str(problem)


print(refusal(bent))
assert "`return 0.1 * x` is not the same for every input" in refusal(bent)

# %% [markdown]
# It tries two other inputs, no more: if these take the same branch as the example, nothing is noticed,
# and the compiled function is **wrong without a word**. The cause is `.data`, a plain number, of which
# a trace knows nothing. Compare the Value itself, and the `if` is refused, whichever branch is taken:


# %%
def rare(x):
    return 2.0 * x if x.data > 100.0 else 0.1 * x


def rare_by_value(x):
    return 2.0 * x if x > 100.0 else 0.1 * x


fast = autograd.compile(rare, 1.0)
print("at 200: eager", rare(Value(200.0)).data, "and compiled", fast(200.0))
print(refusal(rare_by_value))
assert rare(Value(200.0)).data == 400.0
assert fast(200.0) == 20.0
assert "`return 2.0 * x if x > 100.0 else 0.1 * x` branches on" in refusal(rare_by_value)

# %% [markdown]
# The cure is `autograd.where(condition, a, b)`: a node that both branches lead to, and that lets one
# through. Graph and source are then the same for every input; in a batch each sample takes its
# own branch. `relu`, `maximum`, `minimum` and `clip` are such nodes too, and
# `autograd.select(label, scores)` is the one for `scores[label]`. Look at `v3` in the source below; the
# last line of the output is `select` at work.


# %%
def bent_by_where(x):
    return autograd.where(x > 0, 2.0 * x, 0.1 * x)


fast = autograd.compile(bent_by_where, 1.0)
print(fast.scalar_source.partition("def value_and_grad")[0])
x = np.linspace(-3.0, 3.0, 61)
assert fast(x).tolist() == [bent(Value(x_k)).data for x_k in x.tolist()]

choose = autograd.compile(lambda scores, label: autograd.select(label, scores), [1.0, 2.0, 3.0], 0)
print("of one sample:", choose([0.1, 0.2, 0.7], 2), "  of three:", choose(np.eye(3), [0, 1, 1]))
assert choose(np.eye(3), [0, 1, 1]).tolist() == [1.0, 1.0, 0.0]

# %% [markdown]
# A plain number that the function takes from elsewhere is part of the program, with the value that
# it had. When it has changed, the next call is refused, and the message says what has changed. A
# `Value` is a parameter, and is read again at each call.

# %%
number, parameter = 2.0, Value(2.0, "slope")
by_number = autograd.compile(lambda x: number * x, 1.0)
by_parameter = autograd.compile(lambda x: parameter * x, 1.0)
number, parameter.data = 3.0, 3.0
try:
    by_number(1.0)
except RuntimeError as refusal:
    message = str(refusal).partition(") ")[2]
print("with a plain number:", message)
print("with a Value:", by_parameter(1.0))
assert "number was 2.0, and now it is 3.0" in message
assert by_parameter(1.0) == 3.0

# %% [markdown]
# The other limits:
#
# - **Shapes are fixed.** Arguments have the shapes of the examples; only the size of the batch is free.
# - **A loop has the length it had.** `while` with a condition on a Value is an error; `for` over a
#   list is written out.
# - **Only computing is kept.** A `print` inside is executed while tracing, and never again.
# - **Compiling takes time**: as long as several eager calls, at the least. For one or two calls it
#   does not pay.
# - **Matrices come from regularity.** A graph with no two sums alike gives NumPy line by line:
#   quick for large batches, but long. Source for one sample is made up to 20,000 operations; what
#   is larger counts as a batch of one, and agrees with eager code to rounding.

# %% [markdown]
# ## The race
#
# The network is 64 → 32 → 10, of a size for small images and the ten digits; random numbers serve
# as data. A step is the mean loss of a batch and its gradient by all 2,410 parameters. The entrants:
#
# - **eager** code: graphs of Values, and `backward()`;
# - **compiled, one by one**: the source for one sample, number by number, without a graph (its sums
#   are exact, as eager ones are, and rounded once: that takes time too);
# - **compiled, a batch**: the source for a batch;
# - **NumPy by hand**: `by_hand` from above;
# - **PyTorch**, if it is installed.
#
# All compute with 64-bit numbers, on one processor core.

# %%
from threadpoolctl import threadpool_limits

threadpool_limits(1)  # NumPy's matrix products: one core, as all others have

sizes = (64, 32, 10)
net = MLP(64, [32, 10], activation="tanh", seed=0)
fast = autograd.compile(error, [0.0] * 64, [0.0] * 10)
theta = fast.read()
rng = np.random.default_rng(0)
X, Y = rng.uniform(size=(1000, 64)), rng.uniform(size=(1000, 10))


def eager(X, Y):
    autograd.zero_grad(fast.parameters)
    loss = autograd.mean([error(x, y) for x, y in zip(X.tolist(), Y.tolist())])
    loss.backward()
    return loss.data, np.array([parameter.grad for parameter in fast.parameters])


def compiled_one_by_one(X, Y):
    steps = [fast.value_and_grad(x, y, theta=theta) for x, y in zip(X.tolist(), Y.tolist())]
    return np.mean([value for value, _ in steps]), np.mean([slope for _, slope in steps], axis=0)


# %% [markdown]
# PyTorch keeps weights and inputs in matrices from the beginning, and builds its graph of whole
# matrices.

# %%
entrants = {
    "eager": eager,
    "compiled, one by one": compiled_one_by_one,
    "compiled, a batch": lambda X, Y: fast.value_and_grad(X, Y, theta=theta),
    "NumPy by hand": lambda X, Y: by_hand(theta, sizes, X, Y),
}
try:
    import torch
except ImportError:
    print("PyTorch is not installed here: the race goes without it")
else:
    torch.set_num_threads(1)
    parts = np.split(theta, np.cumsum([32 * 64, 32, 10 * 32]))
    shapes = [(32, 64), (32,), (10, 32), (10,)]
    tensors = [torch.tensor(p.reshape(shape)) for p, shape in zip(parts, shapes)]
    W1, b1, W2, b2 = [tensor.requires_grad_() for tensor in tensors]

    def pytorch(X, Y):
        hidden = torch.tanh(torch.nn.functional.linear(torch.from_numpy(X), W1, b1))
        output = torch.nn.functional.linear(hidden, W2, b2)
        loss = torch.nn.functional.mse_loss(output, torch.from_numpy(Y))
        gradients = torch.autograd.grad(loss, [W1, b1, W2, b2])
        return loss.item(), np.concatenate([g.numpy().ravel() for g in gradients])

    entrants["PyTorch"] = pytorch

# %% [markdown]
# Before a race, all must compute the same: to rounding, and the first two on one sample to the last
# bit.

# %%
expected_value, expected_gradient = by_hand(theta, sizes, X[:100], Y[:100])
for name, step in entrants.items():
    value, gradient = step(X[:100], Y[:100])
    assert abs(value - expected_value) < 1e-12, name
    assert np.abs(gradient - expected_gradient).max() < 1e-12, name

for one in range(100):
    value, gradient = eager(X[[one]], Y[[one]])
    compiled_value, compiled_gradient = compiled_one_by_one(X[[one]], Y[[one]])
    assert (compiled_value, compiled_gradient.tolist()) == (value, gradient.tolist())

nodes = len(autograd.topological_order(error(X[0].tolist(), Y[0].tolist())))
lines = [line for line in fast.source.partition("def value_and_grad")[2].split("\n") if line]
print(f"eager: a graph of {nodes:,} Values for each sample")
print(f"compiled: {len(lines) - 1} lines of NumPy for each batch")

# %% [markdown]
# The clock. In each of five rounds all entrants run one after the other, so that whatever else the
# machine does falls on all of them; a ratio is taken within a round, and medians of the five rounds are
# shown. Times are for one machine, and differ from run to run.

# %% tags=["timing"]
from time import perf_counter


def rounds_of(entrants, size, n_rounds=5):
    """Microseconds per sample: a row for each round, a column for each entrant."""
    times = []
    for _ in range(n_rounds):
        times.append([])
        for step in entrants.values():
            repeats, begin = 0, perf_counter()
            while (elapsed := perf_counter() - begin) < 0.01 or not repeats:
                step(X[:size], Y[:size])
                repeats += 1
            times[-1].append(1e6 * elapsed / repeats / size)
    return np.array(times)


times = rounds_of(entrants, size=100)
batch = list(entrants).index("compiled, a batch")
ratios = np.median(times / times[:, [batch]], axis=0)
for name, column, ratio in zip(entrants, times.T, ratios):
    print(f"{name:20s} {np.median(column):8.1f} µs a sample   {ratio:8.1f} × compiled, a batch")
assert ratios[0] > 10.0  # eager

# %% [markdown]
# Where does the difference come from? Python takes its time for every statement, whatever the statement
# does. Eager code pays for each Value of each sample, code for one sample for each number. Code for a
# batch pays once a line, and a line of matrices does all the multiplications of a layer, even if the
# batch is one sample; the larger the batch, the less of it falls on a sample.
#
# In the picture both axes are logarithmic. Look at how the two upper lines are flat and the lower ones
# fall, until the arithmetic itself takes the time.

# %% tags=["timing"]
figure, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
for name, step in entrants.items():
    limit = 100 if name in ("eager", "compiled, one by one") else 1000
    batches = [size for size in (1, 3, 10, 30, 100, 300, 1000) if size <= limit]
    medians = [np.median(rounds_of({name: step}, size, n_rounds=3)) for size in batches]
    ax.loglog(batches, medians, "o-", label=name)
ax.set(xlabel="samples in a batch", ylabel="µs a sample")
ax.grid(alpha=0.3)
ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
plt.show()

# %% [markdown]
# A person can still be quicker than the compiler. `by_hand` has $1 - H^2$, which reuses the tanh;
# the compiler has `sech2`, computed anew. To a computer they are not the same. Look at the digits: at
# 15 the fifth one is already wrong, and at 20, where tanh rounds to 1, $1 - H^2$ is 0, and the
# gradient is lost.

# %%
for s in (5.0, 15.0, 20.0):
    short, exact = 1.0 - np.tanh(s) ** 2, autograd.sech2(s)
    print(f"at {s:4.1f}: 1 - tanh² is {short:.6e}, sech2 is {exact:.6e}")
assert short == 0.0
assert exact > 0.0

# %% [markdown]
# ## Training
#
# `nn.fit` trains a model, and compiles it with its loss by itself. The ten outputs for an image of
# a digit are **scores**: the highest is the network's answer. The loss is `softmax_cross_entropy`:
# scores become probabilities, and the loss is $-\log$ of what the true digit got. Adam is gradient
# descent that fits the step to each parameter.
#
# Does compiled code train the same network? We train one **epoch** (each of the 1,437 training images
# once), eager and then compiled, from the same start and in the same order.

# %%
from nn import Adam, cosine_decay, evaluate, fit, predict, softmax_cross_entropy
from nn.data import digits

data = digits()


def trained(epochs, compiled):
    model = MLP(64, [32, 10], seed=0)
    history = fit(
        model,
        softmax_cross_entropy,
        data.X_train,
        data.y_train,
        optimizer=Adam(model.parameters(), lr=0.005),
        schedule=cosine_decay(epochs),  # the learning rate falls to 0 along a cosine
        epochs=epochs,
        seed=0,
        compiled=compiled,
    )
    return model, history


# %%
_, eager_history = trained(epochs=1, compiled=False)
_, compiled_history = trained(epochs=1, compiled=True)
print(f"mean loss: eager {eager_history.loss[0]:.12f}, compiled {compiled_history.loss[0]:.12f}")
assert abs(eager_history.loss[0] - compiled_history.loss[0]) < 1e-7

# %% [markdown]
# The same, to rounding. Now thirty epochs, which take less time than the one eager epoch. 360 images
# are held out for the test. Over three ways to hold images out and twenty seeds each, 96.4 to 98.6 %
# of them were read correctly; here is one of these sixty trainings.

# %%
model, history = trained(epochs=30, compiled=True)
_, accuracy = evaluate(model, softmax_cross_entropy, data.X_test, data.y_test)
print(f"read correctly: training {history.accuracy[-1]:.1%}, test {accuracy:.1%}")
assert accuracy >= 0.95

# %% [markdown]
# The confusion picture: a row for each true digit, a column for what the network said. Off the
# diagonal, in orange, are the errors.

# %%
figure, ax = plt.subplots(figsize=(5, 4.4), layout="constrained")
viz.confusion(data.y_test, predict(model, data.X_test), ax)
plt.show()

# %% [markdown]
# ## The size of CIFAR-10
#
# CIFAR-10 has colour images of 32 × 32 pixels, three numbers each: $x$ has 3,072 numbers. A linear
# score function $Wx$ for ten classes has $10 \cdot 3072 = 30{,}720$ weights. With a hidden layer of
# a hundred, $s = W_2 \max(0, W_1 x)$, there are $3072 \cdot 100 + 100 \cdot 10 = 308{,}200$.
#
# The data set would have to be downloaded; for counting and for the clock, random pixels do as well.
# The claim: scalar Values carry this size, forward and backward, and the compiled gradient is the same.
# (The network here also has its 110 biases. Tracing it takes some seconds.)

# %% tags=["L1"]
linear, net = MLP(3072, [10], seed=0), MLP(3072, [100, 10], seed=0)
n_weights = [
    sum(len(neuron.weights) for layer in model.layers for neuron in layer.neurons)
    for model in (linear, net)
]
print(f"weights: {n_weights[0]:,} and {n_weights[1]:,}")


def loss_of(x, label):
    return softmax_cross_entropy(net(x), label)


rng = np.random.default_rng(0)
X, labels = rng.uniform(size=(64, 3072)), rng.integers(0, 10, 64)
fast = autograd.compile(loss_of, X[0].tolist(), 0)
loss = loss_of(X[0].tolist(), int(labels[0]))
loss.backward()
value, gradient = fast.value_and_grad(X[0], labels[0])
worst = max(abs(p.grad - g) for p, g in zip(fast.parameters, gradient.tolist()))
print(f"loss: eager {loss.data:.12f}, compiled {value:.12f}")
print(f"gradient by {len(fast.parameters):,} parameters: largest difference {worst:.0e}")
assert n_weights == [30_720, 308_200]
assert abs(value - loss.data) < 1e-12
assert worst < 1e-12

# %% [markdown]
# Training is then a loop of a few lines:
# $\theta \leftarrow \theta - \eta\,\partial L/\partial\theta$, where $\eta$ is the learning rate.
# The labels are random, so there is nothing to understand in these images, and giving each of the ten
# classes the same probability would cost $\log 10 = 2.303$. A network of this size begins to learn the
# labels by heart all the same.

# %%
theta = fast.read()
losses = []
for _ in range(20):
    value, gradient = fast.value_and_grad(X, labels, theta=theta)
    theta -= 0.01 * gradient
    losses.append(value)
print(f"loss before {losses[0]:.3f}, after 20 steps {losses[-1]:.3f}")
assert losses[-1] < np.log(10.0) < losses[0]

# %% [markdown]
# And the clock once more, for a step with a batch of 64 images:

# %% tags=["timing"]
times = []
for _ in range(10):
    begin = perf_counter()
    fast.value_and_grad(X, labels, theta=theta)
    times.append(perf_counter() - begin)
begin = perf_counter()
loss_of(X[0].tolist(), int(labels[0])).backward()
one_sample = perf_counter() - begin
print(f"compiled: {1e3 * np.median(times):.1f} ms a step of 64 images")
print(f"eager:    {1e3 * one_sample:.0f} ms for one image, which is {64 * one_sample:.1f} s a step")

# %% [markdown]
# ## What to take home
#
# - A layer is a matrix product because each neuron is a weighted sum of the same inputs.
# - Backpropagation through it is two matrix products, $\delta\,x^{\mathsf T}$ and
#   $W^{\mathsf T}\delta$, and both are the scalar chain rule, written for all edges at once.
# - The gain in speed is not in the mathematics: it is in asking Python for few large operations in
#   place of many small ones. Frameworks begin with matrices for this reason, and here they come
#   last.

# %% [markdown]
# ## Exercises
#
# ### 1. A weight used twice
#
# Here is a neuron with one weight for both inputs. Print `tied.scalar_source` and find the line for
# `d_w`: how many terms does it have, and why? Then write this gradient yourself.

# %%
w_tied, b_tied = Value(0.7, "w"), Value(-0.2, "b")


def tied_neuron(x):
    return (w_tied * x[0] + w_tied * x[1] + b_tied).tanh()


tied = autograd.compile(tied_neuron, [1.0, 2.0])


# %% tags=["exercise"]
def gradient_by_weight(w, b, x0, x1):
    """The derivative of tanh(w x0 + w x1 + b) by w, by the chain rule: floats in, a float out."""
    ### BEGIN SOLUTION
    total = w * x0 + w * x1 + b
    slope = 1.0 - np.tanh(total) ** 2
    return slope * x0 + slope * x1
    ### END SOLUTION


# %% tags=["test"]
for w_now, b_now, x0, x1 in np.random.default_rng(3).uniform(-2.0, 2.0, (200, 4)).tolist():
    w_tied.data, b_tied.data = w_now, b_now
    expected = tied.value_and_grad([x0, x1])[1][tied.parameters.index(w_tied)]
    found = gradient_by_weight(w_now, b_now, x0, x1)
    told = f"w = {w_now:.2f}, b = {b_now:.2f}, x = ({x0:.2f}, {x1:.2f}): the gradient is"
    assert abs(found - expected) < 1e-12, f"{told} {expected:.6f}, but you have {found:.6f}"

# %% [markdown]
# ### 2. Mend it
#
# Soft shrinkage moves every number by $\tfrac12$ towards 0, and makes 0 of what is nearer than that. As
# written here it cannot be compiled: have `autograd.compile` tell you why. Then write `soft_shrink`,
# which can be, with the same values and gradients.


# %%
def soft_shrink_with_if(x):
    if x.data > 0.5:
        return x - 0.5
    if x.data < -0.5:
        return x + 0.5
    return 0.0 * x


# %% tags=["exercise"]
def soft_shrink(x):
    """x - 0.5 above 0.5; x + 0.5 below -0.5; between them 0. It can be compiled."""
    ### BEGIN SOLUTION
    return autograd.where(x > 0.5, x - 0.5, autograd.where(x < -0.5, x + 0.5, 0.0))
    ### END SOLUTION


# %% tags=["test"]
points = np.random.default_rng(5).uniform(-2.0, 2.0, 300)
mended = autograd.compile(soft_shrink, 1.0)
for x in points.tolist():
    expected = Value(x)
    out = soft_shrink_with_if(expected)
    out.backward()
    value, (gradient,) = mended.value_and_grad(x, wrt="inputs")
    off = max(abs(value - out.data), abs(gradient - expected.grad))
    told = f"at {x:.2f} the value is {value:.3f}, with the gradient {gradient:.3f}: expected are"
    assert off < 1e-12, f"{told} {out.data:.3f} and {expected.grad:.3f}"
assert np.allclose(mended(points), [soft_shrink_with_if(Value(x)).data for x in points.tolist()])

# %% [markdown]
# ### 3. A layer, backward
#
# A layer with ReLU computes $S = WX + b$ and $A = \max(0, S)$, where $X$ has a column for each
# sample. What comes after it hands back $\partial L/\partial A$, of the shape of $A$. Write the
# backward pass in NumPy, without a loop. It will be compared with compiled gradients, for layers
# and batches of many sizes.


# %% tags=["exercise"]
def layer_backward(W, b, X, d_A):
    """The gradients of L by W, by b and by X, as arrays of their shapes.

    W: (n_neurons, n_inputs); b: (n_neurons,); X: (n_inputs, batch); d_A: (n_neurons, batch).
    """
    ### BEGIN SOLUTION
    S = W @ X + b[:, None]
    delta = d_A * (S > 0.0)
    return delta @ X.T, delta.sum(axis=1), W.T @ delta
    ### END SOLUTION


# %% tags=["test"]
from nn import Layer

rng = np.random.default_rng(7)
for n_neurons, n_inputs, batch in rng.integers(2, 8, (20, 3)).tolist():
    layer = Layer(n_inputs, n_neurons, "relu", seed=batch)
    for neuron_of_layer in layer.neurons:
        neuron_of_layer.bias.data = rng.normal()
    # A loss whose gradient by the layer's outputs is whatever numbers we like.
    fast = autograd.compile(
        lambda x, slopes, layer=layer: autograd.dot(slopes, layer(x)),
        [0.0] * n_inputs,
        [0.0] * n_neurons,
    )
    X, d_A = rng.normal(size=(batch, n_inputs)), rng.normal(size=(batch, n_neurons))
    _, gradient = fast.value_and_grad(X, d_A)
    _, (d_X, _) = fast.value_and_grad(X, d_A, wrt="inputs")
    theta, split = fast.read(), n_neurons * n_inputs
    W, b = theta[:split].reshape(n_neurons, n_inputs), theta[split:]
    expected = [gradient[:split].reshape(W.shape), gradient[split:], d_X.T]
    found = layer_backward(W, b, X.T, d_A.T)
    for name, yours, compiled in zip(["W", "b", "X"], found, expected, strict=True):
        told = (
            f"of {n_inputs} inputs, {n_neurons} neurons and {batch} samples, the gradient by {name}"
        )
        shape = np.shape(yours)
        assert shape == compiled.shape, f"{told} has the shape {shape}, not {compiled.shape}"
        # The compiled gradient is that of the mean over the batch: a batch-th of the sum.
        off = np.abs(np.asarray(yours) - batch * compiled).max()
        assert off < 1e-12, f"{told} is off by up to {off:.2g}; begin with a batch of one"

# %% [markdown]
# ### 4. The softmax loss
#
# Scores $s_1, \dots, s_m$ become probabilities $p_i = e^{s_i} / \sum_j e^{s_j}$, and the loss of a
# sample with the true class $y$ is $-\log p_y$. Its gradient is famously short: find it, with pen
# and paper. Then write the mean loss of a batch and its gradient by all scores, in NumPy, without a
# loop over samples. It must stand scores of a thousand, whose exponential is too large for a float:
# adding one number to all scores of a sample changes no probability.


# %% tags=["exercise"]
def softmax_loss(scores, labels):
    """The mean of -log p over a batch, and its gradient by the scores, an array of their shape.

    scores: (batch, n_classes); labels: (batch,), whole numbers from 0.
    """
    ### BEGIN SOLUTION
    rows = np.arange(len(labels))
    shifted = scores - scores.max(axis=1, keepdims=True)
    sums = np.exp(shifted).sum(axis=1, keepdims=True)
    loss = np.mean(np.log(sums[:, 0]) - shifted[rows, labels])
    gradient = np.exp(shifted) / sums
    gradient[rows, labels] -= 1.0
    return loss, gradient / len(labels)
    ### END SOLUTION


# %% tags=["test"]
rng = np.random.default_rng(11)
for n_classes in range(2, 12):
    fast = autograd.compile(softmax_cross_entropy, [0.0] * n_classes, 0)
    for size in (1.0, 1000.0):
        scores = size * rng.normal(size=(9, n_classes))
        labels = rng.integers(0, n_classes, 9)
        before = scores.copy()
        with np.errstate(all="ignore"):
            loss, gradient = softmax_loss(scores, labels)
        expected = fast(scores, labels).mean()
        told = f"with 9 samples, {n_classes} classes and scores of about {size:.0f}"
        assert np.array_equal(scores, before), "the array of scores was changed"
        assert np.isfinite(loss), f"{told} the loss is {loss}: shift the scores of each sample"
        assert np.isclose(loss, expected, rtol=1e-12), f"{told} the loss is {loss}, not {expected}"
        assert np.shape(gradient) == scores.shape, f"{told} the gradient has another shape"
        assert np.isfinite(gradient).all(), f"{told} the gradient is not finite"
        h = 1e-6 * size
        for place in np.ndindex(scores.shape):  # the numeric derivative, by each score
            step = np.zeros_like(scores)
            step[place] = h
            rise = fast(scores + step, labels).mean() - fast(scores - step, labels).mean()
            slope, yours = rise / (2.0 * h), gradient[place]
            assert abs(yours - slope) < 1e-6, f"{told} the gradient is {yours}, numerically {slope}"
