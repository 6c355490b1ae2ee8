# %% [markdown]
# # Capacity
#
# How much can a network learn, and how much of that is good? Networks of 3, 6 and 20 hidden units
# divide the plane before our eyes; then their weights are held back, their units ignored at
# random, their layers stacked. At the end, 100 units unwind a spiral.

# %%
import matplotlib.pyplot as plt
import numpy as np
from studies import depth, dropout, results

import viz
from nn import MLP, SGD, Adam, cosine_decay, evaluate, fit, softmax_cross_entropy
from nn.data import digits, islands, moons, spiral3

# %% [markdown]
# ## Learning, and learning by heart
#
# - The **training set** is what a network learns from. The **test set** it never sees in
#   training: it stands for all points to come.
# - **Accuracy** is the share of the points whose class is predicted right.
# - **Capacity** is how complicated a function a network is able to compute. It grows with the
#   number of units.
# - **Overfitting**: a network gets better on the training set and worse on the test set. What it
#   learns by then are the accidents of the training points.

# %% [markdown]
# ## Two clouds, and six points of noise
#
# Each class is a cloud, on its side of the line $x_0 = 0$. Three points of each class lie in the
# other cloud: call them errors of measurement, **noise**. The test set has none. The line $x_0 =
# 0$ is right on all of it, and on 54 of the 60 training points.

# %%
data = islands(seed=1)
noisy = [(x[0] > 0) != (y > 0) for x, y in zip(data.X_train, data.y_train)]
print(
    f"{len(data.X_train)} training points, {sum(noisy)} of them noise; {len(data.X_test)} test points"
)

figure, ax = plt.subplots(figsize=(5, 3.4), layout="constrained")
viz.decision_boundary(lambda x: x[0], data.X_train, data.y_train, ax)
ax.set_title("training points, and the line x₀ = 0")
plt.show()

# %% [markdown]
# ## The networks
#
# Two inputs, $n$ hidden tanh units, one score $s$. The predicted class is $+1$ where $s > 0$,
# else $-1$. The loss of a point of class $y = \pm 1$ is the cross-entropy, which for two classes
# is $\log(1 + e^{-ys})$: near 0 when $s$ has the sign of $y$ and is large.


# %%
def logistic_loss(score, y):
    return (-y * score).softplus()  # softplus(z) = log(1 + exp(z))


def train(data, n_hidden, l2=0.0, seed=0):
    model = MLP(2, [n_hidden, 1], activation="tanh", seed=seed)
    fit(
        model,
        logistic_loss,
        data.X_train,
        data.y_train,
        optimizer=Adam(model.parameters(), lr=0.05),
        schedule=cosine_decay(1000),  # the learning rate falls to 0
        epochs=1000,
        batch_size=len(data.X_train),  # all points at once: an epoch is one step
        l2=l2,
        progress=False,
    )
    return model


# %%
def panels(models, data):
    """Draw the regions of each model, with its accuracies below; return those on the test set."""
    figure, axes = plt.subplots(1, len(models), figsize=(9, 3.4), sharey=True, layout="constrained")
    tests = []
    for ax, (title, model) in zip(axes, models.items()):
        viz.decision_boundary(model, data.X_train, data.y_train, ax).get_legend().remove()
        _, training = evaluate(model, logistic_loss, data.X_train, data.y_train)
        _, test = evaluate(model, logistic_loss, data.X_test, data.y_test)
        ax.set(title=title, xlabel=f"training {training:.1%}\ntest {test:.1%}", ylabel="")
        tests.append(test)
    plt.show()
    return tests


# %% [markdown]
# ## 3, 6, 20 hidden units
#
# *More hidden units make more complicated regions. With enough of them a network carves out
# islands for the noise.*
#
# Look for orange points on the blue side and blue ones on the orange side, and at what the border
# does about them.

# %% tags=["L17"]
test_3, test_6, test_20 = panels({f"{n} hidden units": train(data, n) for n in (3, 6, 20)}, data)

assert test_20 < test_3 - 0.03

# %% [markdown]
# Twenty units are the best of the three on the training set, and the worst on the test set: with
# each island around a noisy point go the test points that fall into it.

# %% [markdown]
# ## Was that luck?
#
# One draw of the points and one start prove little. A study trains the same networks for five
# draws of the data, and for each from 20 initializations: `notebooks/studies/capacity.py`. Its
# results are kept, and `python -m notebooks.studies capacity` computes them anew.
#
# Below are medians over the 20. *Regions* is into how many parts the plane is divided: 2 by a
# line.


# %%
def medians(study, *names, **setting):
    """The medians, over all runs with this setting, of the figures that have these names."""
    return [np.median([run[name] for run in study.results(**setting)]) for name in names]


# %% tags=["L17"]
study = results("capacity")
figures = "accuracy", "test_accuracy", "regions"
print("draw   units  training   test  regions")
for draw in range(5):
    table = {n: medians(study, *figures, data="islands", draw=draw, n_hidden=n) for n in (3, 6, 20)}
    for n, (training, test, regions) in table.items():
        print(f"{draw:4}   {n:5}  {training:8.3f}  {test:.3f}  {regions:7.0f}")

    assert table[20][0] > table[3][0] + 0.03  # the training accuracy rises
    assert table[20][1] < table[3][1] - 0.03  # the test accuracy falls
    assert table[20][2] > table[3][2]  # and there are islands

# %% [markdown]
# ## Where more units are better
#
# Two moons have no such noise, and the border between them is a wave. Three units may fail to
# bend often enough. Here the larger network is the better one, on the test set as well: to
# overfit there must be something to overfit to.

# %%
moon = moons(seed=0)
panels({f"{n} hidden units": train(moon, n) for n in (3, 6, 20)}, moon)
# %%
print("draw   units  training   test")
for draw in range(5):
    for n in (3, 6, 20):
        training, test = medians(study, *figures[:2], data="moons", draw=draw, n_hidden=n)
        print(f"{draw:4}   {n:5}  {training:8.3f}  {test:.3f}")

# %% [markdown]
# ## Keep the units, hold back the weights
#
# Fewer units would be one way out. Another keeps all 20 and adds to the loss
#
# $$\lambda \sum_i w_i^2$$
#
# over all weights (biases are free). A unit $\tanh(w x + b)$ with a large $w$ is a step, with a
# small $w$ nearly a straight line. So the larger the **regularization strength** λ, the less the
# score can change over a short distance.
#
# *λ smooths the regions of one and the same 20-unit network.*

# %% tags=["L18"]
strengths = 0.001, 0.01, 0.1
weak, medium, strong = panels({f"λ = {l2}": train(data, 20, l2=l2) for l2 in strengths}, data)

assert strong > weak + 0.02

# %% [markdown]
# The training accuracy falls and the test accuracy rises. The points of noise are still in the
# training set; the network can no longer afford an island for them.

# %% tags=["L18"]
study = results("regularization")
figures = "accuracy", "test_accuracy", "border"
print("draw       λ  training   test  border")
for draw in range(5):
    table = {
        l2: medians(study, *figures, data="islands", draw=draw, l2=l2) for l2 in (0.0, *strengths)
    }
    for l2, (training, test, border) in table.items():
        print(f"{draw:4}   {l2:5}  {training:8.3f}  {test:.3f}  {border:6.0f}")

    assert table[0.1][1] > table[0.0][1] + 0.03  # better on the test set
    assert table[0.1][2] < table[0.01][2] < table[0.0][2]  # by a shorter border

# %% [markdown]
# ## A strength that is too strong
#
# λ smooths what should not be smooth, too. On the moons 0.1 leaves little more than a line, and
# costs more than overfitting ever did. How large λ should be depends on the data; one tries
# several, on points that are neither in the training set nor in the test set: a **validation
# set**.

# %%
weak, medium, strong = panels({f"λ = {l2}": train(moon, 20, l2=l2) for l2 in strengths}, moon)

for l2 in (0.0, *strengths):
    tests = [
        medians(study, "test_accuracy", data="moons", draw=draw, l2=l2)[0] for draw in range(5)
    ]
    print(f"λ = {l2:5}: median test accuracy, by draw", *(f"{test:.3f}" for test in tests))

# %% [markdown]
# ## Dropout: ignore random units
#
# Another way to hold a large network back, and another way than fewer layers: at every step of
# training, each hidden unit is ignored with the probability $p$: its output is 0. The rest are
# multiplied by $1/(1-p)$, so that a sum of many units keeps its size on average. When the network
# is used, no unit is ignored.
#
# No unit can rely on another being there: to learn one wrong sample by heart takes several units
# that work together.

# %% [markdown]
# ## Digits with wrong labels
#
# Handwritten digits, 64 pixels each, ten classes. We take 300 to train on, and give 60 of them a
# wrong label. The test set keeps its right ones. The network: 64 → 100 → 10, ReLU.

# %%
digit_data = dropout.samples("mislabelled", draw=0)
figure, axes = plt.subplots(1, 10, figsize=(9, 1.3), layout="constrained")
right = digits(seed=0).y_train
for ax, x, label, true in zip(axes, digit_data.X_train, digit_data.y_train, right):
    ax.imshow(np.reshape(x, (8, 8)), cmap="gray_r")
    ax.set_title(label, color="black" if label == true else "tab:red")
    ax.axis("off")
plt.show()

# %% tags=["L19"]
figure, axes = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True, layout="constrained")
finals = []
for ax, p in zip(axes, (0.0, 0.5)):
    model, history = dropout.train(digit_data, p, epochs=100, seed=0)
    viz.history(history, ax, metric="accuracy")
    ax.set_title("without dropout" if p == 0.0 else f"dropout, p = {p}")
    finals.append(history.validation_accuracy[-1])
plt.show()

assert finals[1] > finals[0]

# %% [markdown]
# "Validation" is here the test set, after every epoch. Without dropout all training labels are
# learned, the wrong ones too, while the test accuracy falls. With it, fewer are learned (the
# training curve is measured while units are ignored), and the test accuracy falls less.
#
# Both test curves are highest early: to stop there is a remedy as well.

# %% tags=["L19"]
study = results("dropout")
print("data         draw   p  training   test")
for draw in range(3):
    for p in (0.0, 0.5):
        training, test = medians(
            study, "accuracy", "test_accuracy", data="mislabelled", draw=draw, p=p
        )
        print(f"mislabelled  {draw:4} {p:4}  {training:8.3f}  {test:.3f}")

# %% [markdown]
# ## Depth
#
# A second hidden layer is often worth more than a wider first one: its units are functions of
# bent borders, not of lines. *Three layers often beat two; still deeper rarely helps.* (Layers
# are counted without the input: one hidden layer and the output are two.)
#
# Two spirals, 300 points. The study `depth` compares one to six hidden layers **of about 300
# parameters altogether**: 75 units in one layer, or 15, 11, 9, 8, 7 in each of two to six.

# %% tags=["L16"]
study = results("depth")
print("hidden layers", *range(1, 7), sep="\t")

# %% [markdown]
# ## The spiral
#
# Three arms, 100 points each, wind around each other. A linear classifier is right on about half
# of the points. CS231n's notes report about 98 % for one hidden layer of 100 ReLU units: 10,000
# steps of gradient descent at the learning rate 1, all 300 points at once. We run the same, live.

# %%
data = spiral3(seed=0)
model = MLP(2, [100, 3], activation="relu", initializer="normal", seed=0)
history = fit(
    model,
    softmax_cross_entropy,
    data.X_train,
    data.y_train,
    optimizer=SGD(model.parameters(), lr=1.0),
    epochs=10_000,
    batch_size=300,
    l2=0.0005,
    progress=False,
)

# %% [markdown]
# ## Exercises
#
# ### 1. A strength for noisy moons
#
# The moons again, but every eighth training label is wrong. Change `l2`, run, and look: what
# happens for 0, for 0.1, and between? Then let the function return a strength with which a
# network of 20 units tests better than with both.

# %%
from dataclasses import replace


def noisy_moons(seed):
    drawn = moons(seed)
    labels = [-y if i % 8 == 0 else y for i, y in enumerate(drawn.y_train)]
    return replace(drawn, y_train=labels)


# %% tags=["exercise"]
def strength_for_noisy_moons():
    """The λ to train a network of 20 units with, on `noisy_moons`."""
    ### BEGIN SOLUTION
    return 0.002
    ### END SOLUTION


l2 = strength_for_noisy_moons()
points = noisy_moons(seed=0)
panels({f"λ = {each}": train(points, 20, l2=each) for each in (0.0, l2, 0.1)}, points)
# %% tags=["test"]
# On draws that you have not looked at.
for seed in (1, 2, 3):
    points = noisy_moons(seed)
    accuracies = [
        evaluate(train(points, 20, l2=each), logistic_loss, points.X_test, points.y_test)[1]
        for each in (0.0, strength_for_noisy_moons(), 0.1)
    ]
    without, yours, too_strong = accuracies
    assert yours > without, f"draw {seed}: {yours:.3f} on the test set, and {without:.3f} without λ"
    assert yours > too_strong, f"draw {seed}: {yours:.3f} on the test set, {too_strong:.3f} for 0.1"

# %% [markdown]
# ### 2. Dropout
#
# Write what dropout does to the outputs of one layer, for one sample in training.
# `random.random()` is a number from 0 to 1, uniformly, anew at each call.


# %% tags=["exercise"]
def drop(outputs, p, random):
    """The outputs, each 0 with the probability p, independently; the others divided by 1 - p.

    `random` is a `random.Random`. Numbers or Values come in and go out, in a list of the same length.
    """
    ### BEGIN SOLUTION
    return [0.0 * each if random.random() < p else each / (1.0 - p) for each in outputs]
    ### END SOLUTION


# %% tags=["test"]
from random import Random

from autograd import Value

assert drop([1.5, -2.0], 0.0, Random(0)) == [1.5, -2.0], "with p = 0 nothing is to change"
for p in (0.1, 0.5, 0.8):
    random = Random(7)
    dropped = drop([2.0] * 20000, p, random)
    share = dropped.count(0.0) / len(dropped)
    assert len(dropped) == 20000, "as many numbers must come out as went in"
    assert abs(share - p) < 0.02, f"with p = {p} the share {share:.3f} was dropped"
    assert abs(np.mean(dropped) - 2.0) < 0.1, f"of 2.0 the mean became {np.mean(dropped):.3f}"
    kept = {round(each, 9) for each in dropped} - {0.0}
    assert len(kept) == 1, f"what is kept must be scaled alike, but there are {sorted(kept)[:3]}"
    assert drop([2.0] * 50, p, random) != drop([2.0] * 50, p, random), "draw anew at each call"

    values = [Value(3.0) for _ in range(30)]
    for value, each in zip(values, drop(values, p, Random(1))):
        each.backward()
        assert value.grad == each.data / 3.0, (
            "the gradient of a dropped unit is 0, of others 1/(1 - p)"
        )

# %% [markdown]
# ### 3. A fence instead of a rubber band
#
# λ pulls on every weight, always. **Max norm** lets weights be until they become too large
# together: after each step, a neuron whose weights have a norm $\sqrt{\sum_i w_i^2}$ above $c$
# gets them scaled down, all by the same factor, to the norm $c$. Write it, and compare the
# picture with that for λ. A model has `layers`, a layer `neurons`, a neuron `weights` and a
# `bias`, and a Value's number is `data`.


# %% tags=["exercise"]
def limit_norms(model, c):
    """Scale the weights of each neuron whose norm exceeds c to the norm c. Biases stay as they are."""
    ### BEGIN SOLUTION
    for layer in model.layers:
        for neuron in layer.neurons:
            norm = sum(weight.data**2 for weight in neuron.weights) ** 0.5
            if norm > c:
                for weight in neuron.weights:
                    weight.data *= c / norm
    ### END SOLUTION


def train_with_max_norm(data, c):
    model = MLP(2, [20, 1], activation="tanh", seed=0)
    fit(
        model,
        logistic_loss,
        data.X_train,
        data.y_train,
        optimizer=Adam(model.parameters(), lr=0.05),
        epochs=300,
        batch_size=len(data.X_train),
        callbacks=[lambda model, history: limit_norms(model, c)],
        progress=False,
    )
    return model


clouds = islands(seed=1)
panels({f"norms up to {c}": train_with_max_norm(clouds, c) for c in (1.0, 3.0, 10.0)}, clouds)


# %% tags=["test"]
def weights_of(model):
    return [[[w.data for w in n.weights] for n in layer.neurons] for layer in model.layers]


for seed in range(20):
    random = Random(seed)
    c = random.uniform(0.3, 3.0)
    model = MLP(3, [5, 4, 2], activation="tanh", seed=seed)
    for value in model.parameters():
        value.data = random.gauss(0.0, 1.0)
    before, biases = (
        weights_of(model),
        [n.bias.data for layer in model.layers for n in layer.neurons],
    )
    limit_norms(model, c)
    after = weights_of(model)
    assert biases == [n.bias.data for layer in model.layers for n in layer.neurons], (
        "biases changed"
    )
    for old, new in zip(sum(before, []), sum(after, [])):
        norm, limited = np.linalg.norm(old), np.linalg.norm(new)
        if norm <= c:
            assert old == new, f"a neuron of norm {norm:.3f} changed, though c is {c:.3f}"
        else:
            assert abs(limited - c) < 1e-9, f"the norm {norm:.3f} became {limited:.3f}, not {c:.3f}"
            assert np.allclose(np.cross(old[:2], new[:2]), 0.0), "the direction changed"
