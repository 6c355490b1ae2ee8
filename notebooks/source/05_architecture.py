# %% [markdown]
# # Layers: what a network is built of
#
# Neurons side by side make a layer, layers one after another make a network. We build networks,
# count what they consist of, and draw them. Then we see why a network without activations is no
# more than one layer, and run a network as large as images need, forward and backward, one number at
# a time.

# %% [markdown]
# ## A layer is a matrix
#
# Four neurons look at the same three inputs. Each has a weight for each input and a bias. Written
# row by row, the weights are a matrix $W$ of shape $4 \times 3$, the biases a vector $b$, and what
# the **layer** computes is
#
# $$h = f(W x + b),$$
#
# with the activation $f$ applied to each of the four sums. Here $f$ is ReLU, $\max(0, \cdot)$. A neuron
# of a layer is also called a **unit**.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display

import viz
from nn import MLP, Layer

layer = Layer(3, 4, activation="relu", seed=1)
W, b = layer.state_dict().values()
x = np.array([0.5, -1.0, 2.0])

one_by_one = [neuron(x).data for neuron in layer.neurons]
as_matrix = np.maximum(0, W @ x + b)

print("W is", W.shape, "and b is", b.shape)
print("neuron by neuron:", np.round(one_by_one, 4))
print("as a matrix:     ", np.round(as_matrix, 4))
assert np.allclose(one_by_one, as_matrix, rtol=0, atol=1e-12)

# %% [markdown]
# ## A network: layers one after another
#
# The outputs of one layer are the inputs of the next. Every neuron of a layer is connected to every
# output of the layer before: the layers are **fully connected**.
#
# We draw one with 3 inputs, two layers of 4 units, and one output, in short 3 → 4 → 4 → 1. Grey
# circles are inputs, white ones are units, and each line is a weight. The layers between the inputs and
# the last layer are called **hidden**; here they are `layers.0` and `layers.1`.

# %% tags=["L13"]
model = MLP(3, [4, 4, 1], seed=1)
picture = viz.network(model, values=None)
display(picture)
assert "41 parameters" in picture.title

# %% [markdown]
# ### How layers are counted, and what such networks are called
#
# - An **$N$-layer network** does not count its inputs: they compute nothing. The one above has 3
#   layers.
# - A network of **one layer** has no hidden layer. Trained with cross-entropy it is logistic
#   regression, with the hinge loss an SVM: the neurons of the last notebook.
# - Other names: **artificial neural network** (ANN), and **multi-layer perceptron** (MLP). We write
#   `MLP`: the number of inputs, then the neurons of each layer.
# - The **last layer** usually has no activation (in the table: –). Its outputs are scores of classes, or
#   quantities such as a temperature, and must be free to be any number.

# %% tags=["L12"]
model.summary()

assert len(model.layers) == 3
assert model.sizes == [3, 4, 4, 1]
assert [layer.activation for layer in model.layers] == ["relu", "relu", None]
assert "3 layers, the input layer not counted" in viz.network(model).title

# %% [markdown]
# ### Why the last layer is linear
#
# A sigmoid's outputs lie between 0 and 1, ReLU's are never negative. If the target is $-5$, neither
# can reach it, whatever the weights. A sum can. We ask 200 networks 3 → 4 → 1 with random weights for
# their output at one input, with each of the three in the last layer.

# %% tags=["L12"]
outputs = {None: [], "relu": [], "sigmoid": []}
for seed in range(200):
    for last, found in outputs.items():
        network = MLP(3, [4, 1], output_activation=last, seed=seed)
        found.append(network([10.0, -10.0, 10.0]).data)

for last, found in outputs.items():
    print(f"{last or 'none':8} from {min(found):7.2f} to {max(found):6.2f}")
assert min(outputs[None]) < -5
assert max(outputs[None]) > 5
assert min(outputs["relu"]) >= 0
assert min(outputs["sigmoid"]) >= 0
assert max(outputs["sigmoid"]) <= 1

# %% [markdown]
# ### One layer is logistic regression, or an SVM
#
# If this is so, a network of one layer, trained here, must end with the weights that another library
# finds. We train `MLP(2, [1])` by gradient descent with $\lambda = 0.05$, and compare with
# scikit-learn's `LogisticRegression` and `SVC(kernel="linear")`, on five draws of two clouds of
# $n = 60$ points.
#
# (Our loss is $\frac{1}{n} \sum_i L_i + \lambda \sum w^2$. scikit-learn's is the same, divided by
# $2 \lambda$: $C \sum_i L_i + \frac{1}{2} \sum w^2$, with $C = 1 / (2 \lambda n)$.)

# %%
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from nn import SGD, binary_cross_entropy_with_logits, cosine_decay, fit, hinge_loss
from nn.data import gaussians

STEPS, L2 = 2000, 0.05


def one_layer(loss, X, y):
    """The weights and the bias of a network of one layer, trained on all points at once."""
    network = MLP(2, [1], initializer=0.0)
    optimizer = SGD(network.parameters(), lr=1.0)
    options = {"epochs": STEPS, "batch_size": len(X), "schedule": cosine_decay(STEPS), "seed": 0}
    fit(network, loss, X, y, optimizer=optimizer, l2=L2, progress=False, **options)
    return np.array([parameter.data for parameter in network.parameters()])


# %% tags=["L12"]
for seed in range(5):
    points = gaussians(seed, n_samples=60, noise=0.7)
    X, y = np.array(points.X_train), np.array(points.y_train)
    C = 1 / (2 * L2 * len(X))
    ours = one_layer(binary_cross_entropy_with_logits, X, (y + 1) // 2)  # classes 0 and 1
    theirs = LogisticRegression(C=C, tol=1e-10).fit(X, y)
    logistic = abs(ours - [*theirs.coef_[0], *theirs.intercept_]).max()
    ours = one_layer(hinge_loss, X, y)
    theirs = SVC(kernel="linear", C=C, tol=1e-8).fit(X, y)
    svm = abs(ours - [*theirs.coef_[0], *theirs.intercept_]).max()
    print(f"largest difference: logistic regression {logistic:.0e}, SVM {svm:.0e}")
    assert logistic < 1e-4
    assert svm < 0.05

# %% [markdown]
# ## The size of a network
#
# Its **size** is its number of parameters, weights and biases together. A layer of $m$ neurons with
# $n$ inputs has $n \cdot m$ weights and $m$ biases. So 3 → 4 → 4 → 1 has
#
# $$(3 \cdot 4 + 4) + (4 \cdot 4 + 4) + (4 \cdot 1 + 1) = 16 + 20 + 5 = 41,$$
#
# as the table above says, and 3 → 4 → 2 has $(3 \cdot 4 + 4) + (4 \cdot 2 + 2) = 26$.

# %% tags=["L13"]
small = MLP(3, [4, 2], seed=1)
small.summary()

assert small.n_parameters == (3 * 4 + 4) + (4 * 2 + 2) == 26
assert model.n_parameters == (3 * 4 + 4) + (4 * 4 + 4) + (4 * 1 + 1) == 41

# %% tags=["L13"]
picture = viz.network(small, values=None)
display(picture)
assert "26 parameters" in picture.title

# %% [markdown]
# ## The work is on the lines
#
# The picture shows circles, and one is tempted to look at them. But a circle only adds up and
# applies $f$ once. **Each line is a multiplication, and a number that is learned.**
#
# We count in the graph of one **forward pass**, the way from the inputs to the output: one `dot`, a
# weighted sum, for each unit, and in it a multiplication for each weight.

# %% tags=["L14"]
from autograd import topological_order

score = model([0.5, -1.0, 2.0])
nodes = list(topological_order(score))
sums = [node for node in nodes if node.op == "dot"]
multiplications = sum((len(node.parents) - 1) // 2 for node in sums)  # n weights, n inputs, a bias
activations = sum(node.op == "relu" for node in nodes)

print(f"{multiplications} multiplications, one for each line; {activations} activations")
weights, biases = model.weights_and_biases()
assert multiplications == len(weights) == 32
assert len(sums) == len(biases) == 9
assert activations == 8

# %% [markdown]
# Now the same network with its weights: a line is blue for a positive weight and orange for a negative
# one, and the wider the larger. The outline of a circle is its bias (at first 0). Sorted by width, the
# lines of the drawing are in the order of the weights' magnitudes.

# %% tags=["L14"]
figure, ax = plt.subplots(figsize=(9, 5.2), layout="constrained")
viz.network(model, ax=ax)
plt.show()

lines = {line.get_gid(): line for line in ax.lines}  # a line's gid is the name of its weight
weight_of = {name: p.data for name, p in model.named_parameters() if not name.endswith(".b")}
assert set(lines) == set(weight_of)

magnitudes = [abs(weight_of[name]) for name in lines]
widths = [line.get_linewidth() for line in lines.values()]
blue = {line.get_color()[:3] for name, line in lines.items() if weight_of[name] > 0}
orange = {line.get_color()[:3] for name, line in lines.items() if weight_of[name] < 0}
assert (np.argsort(magnitudes) == np.argsort(widths)).all()
assert len(blue) == len(orange) == 1
assert blue != orange

# %% [markdown]
# ### The same lines, by gradient
#
# After a backward pass the lines can show instead how much the loss changes with each weight (here
# $(s - 1)^2$, for the output $s$). Look for the three units that do not fire, with grey outlines: ReLU
# makes 0 of a negative sum, and **all** lines into them and out of them have the gradient 0. Those
# into them, since ReLU's slope is 0 there; those out of them, since the gradient of a weight has its
# input as a factor, and that is 0.

# %% tags=["L14"]
from itertools import pairwise

from nn import squared_error

loss = squared_error(model([0.5, -1.0, 2.0]), 1.0)
model.zero_grad()
loss.backward()
display(viz.network(model, values="gradient"))

h, n_silent = [0.5, -1.0, 2.0], 0
for number, (layer, following) in enumerate(pairwise(model.layers)):
    h = layer(h)
    for unit, neuron in enumerate(layer.neurons):
        into = [weight.grad for weight in neuron.weights]
        out_of = [next_neuron.weights[unit].grad for next_neuron in following.neurons]
        gradients = f"gradients into it {np.round(into, 2)}, out of it {np.round(out_of, 2)}"
        print(f"layers.{number}, unit {unit}: fires {h[unit].data:.2f}, {gradients}")
        if h[unit].data == 0:
            n_silent += 1
            assert not any(into)
            assert not any(out_of)
assert n_silent == 3

# %% [markdown]
# ## Without activations, nothing is gained
#
# Why the activation at all? Without it, two layers compute
#
# $$W_2 (W_1 x + b_1) + b_2 = (W_2 W_1)\, x + (W_2 b_1 + b_2),$$
#
# and that is **one** layer, with the matrix $W_2 W_1$. So it goes for any number of layers. We
# multiply the matrices of $n$ layers with NumPy, for $n = 2$ to 6, 20 networks each, and compare with
# the stack of layers at 20 points. With ReLU between the layers, the same product misses by far.


# %%
def random_network(n_layers, activation, seed, shift=0.0):
    """A network 2 → 8 → ... → 8 → 1 with random weights, and random biases around `shift`."""
    network = MLP(2, [8] * (n_layers - 1) + [1], activation=activation, seed=seed)
    random = np.random.default_rng(seed)
    for bias in network.weights_and_biases()[1]:
        bias.data = shift + random.normal()
    return network


def one_matrix(network):
    """The matrix and the vector that layers in a row come down to, if they have no activation."""
    W, b = np.eye(2), np.zeros(2)
    for layer in network.layers:
        weight, bias = layer.state_dict().values()
        W, b = weight @ W, weight @ b + bias
    return W, b


def largest_difference(network):
    """Between a network and its one matrix, at 20 points, relative to the outputs."""
    points = np.random.default_rng(0).uniform(-1, 1, size=(20, 2))
    W, b = one_matrix(network)
    outputs = np.array([network(x).data for x in points])
    return abs(outputs - (points @ W.T + b)[:, 0]).max() / abs(outputs).max()


# %% tags=["L2"]
for n_layers in range(2, 7):
    linear = [largest_difference(random_network(n_layers, None, seed)) for seed in range(20)]
    relu = [largest_difference(random_network(n_layers, "relu", seed)) for seed in range(20)]
    print(
        f"{n_layers} layers: without activation at most {max(linear):.0e}, "
        f"with ReLU at least {min(relu):.2f}"
    )
    assert max(linear) < 1e-12
    assert min(relu) > 1e-3

# %% [markdown]
# Perhaps another matrix would fit the network with ReLU? No: whatever $W$ and $b$ are, $W x + b$
# half-way between two points is half-way between its values there. We measure by how much 20 networks
# of three layers fail that, at worst, on 50 pairs of points. With an activation between the layers
# all of them fail it, so for them there is **no** such matrix.


# %% tags=["L2"]
def bend(network):
    """How far the output half-way between two points is from half-way between the outputs, at most."""
    random = np.random.default_rng(1)
    pairs = random.uniform(-1, 1, size=(50, 2, 2))
    bends = [network((p + q) / 2).data - (network(p).data + network(q).data) / 2 for p, q in pairs]
    return max(map(abs, bends))


for activation in (None, "relu", "tanh", "sigmoid"):
    bends = [bend(random_network(3, activation, seed)) for seed in range(20)]
    print(f"{activation or 'none':8} from {min(bends):.1e} to {max(bends):.1e}")
    if activation is None:
        assert max(bends) < 1e-12
    else:
        assert min(bends) > 1e-4

# %% [markdown]
# ### An activation that never bends is no activation
#
# ReLU hands on positive sums as they are. If the biases are so large that every unit fires at every
# point of interest, a network with ReLU is linear there after all. We add 20 to the biases of two
# layers, and look at inputs between $-1$ and 1. It is the kink that counts, and it must lie where the
# data are.

# %% tags=["L2"]
shifted = [random_network(2, "relu", seed, shift=20.0) for seed in range(20)]
differences = [largest_difference(network) for network in shifted]

print(f"2 layers, ReLU, large biases: one matrix after all, to {max(differences):.0e}")
assert max(differences) < 1e-12

# %% [markdown]
# ### Straight and bent
#
# Both networks are 2 → 32 → 32 → 3, with 1,251 parameters each, both trained alike on the three arms of
# the spiral (1,000 steps of the optimizer Adam, all 300 points in each). The left one has no
# activation: its boundaries are straight, and it is right about as often as the single layer of the
# last notebook. The right one has ReLU.

# %%
from nn import Adam, evaluate, softmax_cross_entropy
from nn.data import spiral3

arms = spiral3(seed=0, n_samples=300)


def trained(activation):
    """A network of three layers, trained on the three arms."""
    network = MLP(2, [32, 32, 3], activation=activation, seed=0)
    optimizer = Adam(network.parameters(), lr=0.01)
    options = {"epochs": 1000, "batch_size": 300, "schedule": cosine_decay(1000), "seed": 0}
    loss, X, y = softmax_cross_entropy, arms.X_train, arms.y_train
    fit(network, loss, X, y, optimizer=optimizer, progress=False, **options)
    return network


# %% tags=["L2"]
figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
found = {}
for ax, name, activation in zip(axes, ("linear", "ReLU"), (None, "relu"), strict=True):
    network = trained(activation)
    _, found[name] = evaluate(network, softmax_cross_entropy, arms.X_train, arms.y_train)
    viz.decision_boundary(network, arms.X_train, arms.y_train, ax)
    ax.set_title(f"{name}: {found[name]:.1%} of the training points")
    assert network.n_parameters == 1251
plt.show()
assert found["linear"] < 0.6
assert found["ReLU"] > 0.9

# %% [markdown]
# Twenty draws of each of three data sets say the same: three arms (`spiral3`), two arms (`spiral`), two
# clouds (`gaussians`). Without activation, three layers end with the training loss of one, on every
# draw. ReLU helps much where the classes wind.
#
# With the two clouds it seems to gain a little. But these are drawn so that on new points nothing is
# right more often than a line: what it gains are accidents of these 300 points (more in notebook 07).
#
# (More than 298 of 300 on `spiral3` is impossible: all three arms begin in the same point. The study is
# `linear_spiral`; `python -m notebooks.studies linear_spiral` computes it anew, in about a minute.)

# %% tags=["L2"]
from studies import linear_spiral, results

study = results("linear_spiral")
print("training accuracy     one layer        three, linear    three, ReLU")
for data in ("spiral3", "spiral", "gaussians"):
    runs = {name: study.results(data=data, network=name) for name in linear_spiral.NETWORKS}
    columns = [[run["accuracy"] for run in found] for found in runs.values()]
    print(f"{data:18}", *(f"   {min(found):.3f} to {max(found):.3f}" for found in columns))
    for one, stack in zip(runs["linear"], runs["linear stack"], strict=True):
        assert abs(one["loss"] - stack["loss"]) < 0.005
    assert data != "spiral3" or max(columns[2]) <= 298 / 300
    if data != "gaussians":
        assert min(columns[2]) > 0.9
        assert max(columns[1]) < 0.8

# %% [markdown]
# ## The size that images need
#
# CIFAR-10 is a collection of small photographs of ten kinds of things. One image is $32 \times 32$
# pixels of three colours: a vector $x$ of 3,072 numbers. (We need only the shape, and take random
# numbers in place of images.)
#
# - One layer, $s = W x$: $W$ is $10 \times 3072$, that is **30,720** weights.
# - Two layers, $s = W_2 \max(0, W_1 x)$, with 100 hidden units: $W_1$ is $100 \times 3072$ and
#   $W_2$ is $10 \times 100$, that is **308,200** weights.

# %% tags=["L1"]
n_inputs = 32 * 32 * 3
one_layer_network = MLP(n_inputs, [10], seed=0)
network = MLP(n_inputs, [100, 10], seed=0)
network.summary()

assert n_inputs == 3072
assert len(one_layer_network.weights_and_biases()[0]) == 10 * 3072 == 30_720
assert len(network.weights_and_biases()[0]) == 100 * 3072 + 10 * 100 == 308_200

# %% [markdown]
# The network of two layers, with 5 circles shown of each column.

# %%
viz.network(network, values=None, max_units=5)

# %% [markdown]
# ### Forward and backward, number by number
#
# Each of these weights is a `Value` of its own. One image goes forward, through all of them, to the
# loss, $-\log P(\text{label})$ with the probabilities of softmax; backward, every weight gets its
# gradient. First one layer. The scores are $W x$, as long as the biases are 0, where they start. The
# gradient of the weight $W_{kj}$ is $(P(k) - 1)\, x_j$ in the row of the true class, and $P(k)\, x_j$ in
# all others.

# %% tags=["L1"]
from autograd import softmax

random = np.random.default_rng(0)
images = random.uniform(0, 1, size=(64, n_inputs))
labels = random.integers(0, 10, size=64).tolist()

one_layer_network.zero_grad()
scores = one_layer_network(images[0])
softmax_cross_entropy(scores, labels[0]).backward()

W, _ = one_layer_network.state_dict().values()
G = np.array([[w.grad for w in neuron.weights] for neuron in one_layer_network.layers[0].neurons])
errors = np.array([p.data for p in softmax(scores)])
errors[labels[0]] -= 1
print(f"{G.size:,} gradients, from {G.min():.3f} to {G.max():.3f}")
assert np.allclose([score.data for score in scores], W @ images[0], rtol=0, atol=1e-12)
assert np.allclose(G, np.outer(errors, images[0]), rtol=0, atol=1e-12)

# %% [markdown]
# Then two layers: the scores are $W_2 \max(0, W_1 x)$, again with biases of 0. Some hidden units do not
# fire for this image. Each has 3,072 weights, and all their gradients are exactly 0: this image
# teaches them nothing.

# %% tags=["L1"]
network.zero_grad()
scores = network(images[0])
loss = softmax_cross_entropy(scores, labels[0])
loss.backward()

W1, _, W2, _ = network.state_dict().values()
hidden = np.maximum(0, W1 @ images[0])
G1 = np.array([[w.grad for w in neuron.weights] for neuron in network.layers[0].neurons])
n_firing = (hidden > 0).sum()
print(f"{n_firing} of 100 hidden units fire")
print(f"{np.count_nonzero(G1):,} of the {G1.size:,} gradients of their weights are not 0")
assert np.allclose([score.data for score in scores], W2 @ hidden, rtol=0, atol=1e-12)
assert np.count_nonzero(G1[hidden == 0]) == 0
assert np.count_nonzero(G1[hidden > 0]) == n_firing * n_inputs

# %% [markdown]
# ### Are they right?
#
# We turn some parameters by hand, a little up and a little down, and see how the loss answers:
# $(L(w + h) - L(w - h)) / 2h$ must be the gradient. We choose two weights into a hidden unit that
# fires, one into a unit that does not, two weights out of the first, and a bias.

# %% tags=["L1"]
from autograd import no_grad


def slope(weight, h=1e-4):
    """How the loss of the first image changes with a weight, measured."""
    original, losses = weight.data, []
    with no_grad():  # only numbers, no graph
        for changed in (original + h, original - h):
            weight.data = changed
            losses.append(softmax_cross_entropy(network(images[0]), labels[0]).data)
    weight.data = original
    return (losses[0] - losses[1]) / (2 * h)


firing, silent = int(hidden.argmax()), int(hidden.argmin())
first, last = (layer.neurons for layer in network.layers)
chosen = [first[firing].weights[0], first[firing].weights[3071], first[silent].weights[5]]
chosen += [last[0].weights[firing], last[9].weights[firing], last[9].bias]
for parameter in chosen:
    measured = slope(parameter)
    print(f"{parameter.label:28} gradient {parameter.grad:+.8f}  measured {measured:+.8f}")
    assert abs(measured - parameter.grad) < 1e-6

# %% [markdown]
# ### A batch of 64
#
# One image after another, number by number, is for looking. For training, `autograd.compile` reads
# the same computation off its graph and writes it down as matrix products (how, is the subject of
# notebook 10). For one image it gives the loss and the gradient that we have. Then all 64 images, a
# **batch**, go through at once: the loss is the mean of their losses, the gradient the mean of their
# gradients.

# %% tags=["L1"]
import autograd


def loss_of(image, label):
    return softmax_cross_entropy(network(image), label)


fast = autograd.compile(loss_of, images[0], 0)  # an image and a label as examples
first_loss, first_gradient = fast.value_and_grad(images[:1], labels[:1])
number_by_number = np.array([parameter.grad for parameter in fast.parameters])
assert math.isclose(first_loss, loss.data, rel_tol=1e-12)
assert np.allclose(first_gradient, number_by_number, rtol=0, atol=1e-12)

mean_loss, mean_gradient = fast.value_and_grad(images, labels)
print(f"{mean_gradient.size:,} parameters, mean loss {mean_loss:.4f}")
s = np.maximum(0, images @ W1.T) @ W2.T
by_hand = np.log(np.exp(s).sum(axis=1)) - s[np.arange(64), labels]
assert math.isclose(mean_loss, by_hand.mean(), rel_tol=1e-12)
one_by_one = (fast.value_and_grad(images[i : i + 1], labels[i : i + 1])[1] for i in range(64))
assert np.allclose(mean_gradient, sum(one_by_one) / 64, rtol=0, atol=1e-12)

# %% [markdown]
# What two-layer networks can represent is the subject of the next notebook; what more units and more
# layers change, of the one after it.

# %% [markdown]
# ## Exercises

# %% [markdown]
# **1. Count.** Write the number of parameters of a network from its sizes alone: the inputs, then
# the neurons of each layer. Try it on 3 → 4 → 4 → 1, and on 3072 → 100 → 10.


# %% tags=["exercise"]
def count_parameters(sizes):
    """The number of weights and biases of a network with these sizes, such as [3, 4, 4, 1]."""
    ### BEGIN SOLUTION
    from itertools import pairwise

    return sum(n * m + m for n, m in pairwise(sizes))
    ### END SOLUTION


# %% tags=["test"]
random = np.random.default_rng(0)
for _ in range(50):
    sizes = random.integers(1, 12, size=random.integers(2, 6)).tolist()
    expected = MLP(sizes[0], sizes[1:]).n_parameters
    found = count_parameters(sizes)
    assert found == expected, f"{sizes} has {expected} parameters, but you count {found}"

# %% [markdown]
# **2. Collapse.** Write a function that makes one `Layer` of a network without activations, with
# any number of inputs, layers and outputs: the same outputs for the same inputs. (A layer takes its
# numbers by `layer.load_state_dict({"weight": W, "bias": b})`.)


# %% tags=["exercise"]
def collapsed(network):
    """A Layer without activation that computes what a network without activations computes."""
    ### BEGIN SOLUTION
    n_inputs, n_outputs = network.sizes[0], network.sizes[-1]
    W, b = np.eye(n_inputs), np.zeros(n_inputs)
    for layer in network.layers:
        weight, bias = layer.state_dict().values()
        W, b = weight @ W, weight @ b + bias
    single = Layer(n_inputs, n_outputs, activation=None)
    single.load_state_dict({"weight": W, "bias": b})
    return single
    ### END SOLUTION


# %% tags=["test"]
random = np.random.default_rng(0)
for seed in range(30):
    sizes = random.integers(1, 7, size=random.integers(2, 6)).tolist()
    stack = MLP(sizes[0], sizes[1:], activation=None, seed=seed)
    for bias in stack.weights_and_biases()[1]:
        bias.data = random.normal()
    single = collapsed(stack)
    assert isinstance(single, Layer), "return one Layer"
    for x in random.normal(size=(5, sizes[0])):
        expected, found = (np.ravel(f(x)).tolist() for f in (stack, single))
        assert np.allclose(
            [value.data for value in found], [value.data for value in expected], atol=1e-9
        ), f"a network of sizes {sizes} gives other outputs than your layer"

# %% [markdown]
# **3. Backward in matrices.** For $s = W_2 \max(0, W_1 x)$, and the gradient
# $g = \partial L / \partial s$ of some loss, write $\partial L / \partial W_1$ and
# $\partial L / \partial W_2$ with NumPy: three or four lines. Their shapes are those of $W_1$ and
# $W_2$, which tells you most of it.


# %% tags=["exercise"]
def backward(W1, W2, x, g):
    """The gradients of a loss by W1 and by W2, where g is its gradient by W2 @ maximum(0, W1 @ x)."""
    ### BEGIN SOLUTION
    h = np.maximum(0, W1 @ x)
    upstream = (W2.T @ g) * (h > 0)
    return np.outer(upstream, x), np.outer(g, h)
    ### END SOLUTION


# %% tags=["test"]
random = np.random.default_rng(0)
for _ in range(30):
    n, m, k = random.integers(1, 6, size=3)
    W1, W2 = random.normal(size=(m, n)), random.normal(size=(k, m))
    x, g = random.normal(size=n), random.normal(size=k)
    found = backward(W1.copy(), W2.copy(), x.copy(), g.copy())
    for name, gradient, W in zip(("W1", "W2"), map(np.asarray, found), (W1, W2), strict=True):
        assert np.shape(gradient) == W.shape, f"the gradient by {name} must have its shape"
        for place in np.ndindex(W.shape):
            original, losses = W[place], []
            for h in (1e-5, -1e-5):
                W[place] = original + h
                losses.append(g @ W2 @ np.maximum(0, W1 @ x))
            W[place] = original
            measured = (losses[0] - losses[1]) / 2e-5
            assert abs(gradient[place] - measured) < 1e-6, (
                f"by {name}{list(place)} you say {gradient[place]:.6f}, but the slope is {measured:.6f}"
            )
