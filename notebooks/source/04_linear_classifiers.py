# %% [markdown]
# # One neuron draws a line
#
# The weighted sum inside a neuron is positive on one side of a line and negative on the other: one
# neuron is already a classifier. We train it with two losses, which make two famous classifiers of
# it: logistic regression, and a support vector machine. Then we watch weights being forgotten, and
# meet three spiral arms that no line can part.

# %% [markdown]
# ## A score for every point of the plane
#
# A neuron without an activation computes a **score**, $s = w \cdot x + b$. We let its sign decide:
# class $+1$ where $s > 0$, class $-1$ where $s < 0$. In between, where $s = 0$, is a straight line,
# perpendicular to the vector $w$.
#
# The picture: 60 points in two clouds. The neuron's weights are set by hand, $w = (1, 0)$ and
# $b = 0$. Colour is the score, the solid line is $s = 0$, the dashed lines are $s = -1$ and
# $s = 1$.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np

import viz
from autograd import Value, sigmoid, softmax
from nn import SGD, Neuron, binary_cross_entropy_with_logits, cosine_decay, fit, hinge_loss
from nn.data import gaussians

BLUE, ORANGE = "#0072B2", "#D55E00"

points = gaussians(seed=4, n_samples=60, noise=0.7)
X, y = points.X_train, points.y_train  # classes -1 and +1

neuron = Neuron(2, activation=None)
neuron.load_state_dict({"weight": [1.0, 0.0], "bias": 0.0})

figure, ax = plt.subplots(figsize=(6, 3.8), layout="constrained")
viz.decision_boundary(neuron, X, y, ax, shading="score")
ax.get_legend().set_loc("lower right")
plt.show()

# %% [markdown]
# ## The firing rate, read as a probability
#
# Send the score through the sigmoid, $\sigma(s) = 1 / (1 + e^{-s})$: a firing rate between 0 and 1.
# Now read that rate as the probability of one of two classes, here called 1 and 0:
#
# $$P(y = 1 \mid x) = \sigma(w \cdot x + b), \qquad P(y = 0 \mid x) = 1 - \sigma(w \cdot x + b).$$
#
# So a neuron that fires at 0.2 says: class 1 with probability 0.2, class 0 with probability 0.8.

# %% tags=["L5"]
neuron = Neuron(2, activation="sigmoid")
neuron.load_state_dict({"weight": [1.0, 1.0], "bias": -math.log(4.0)})
rate = neuron([0.5, -0.5]).data

print(f"P(y=1) = {rate:.3f}, P(y=0) = {1 - rate:.3f}")
assert math.isclose(rate, 0.2)
assert math.isclose(1 - rate, 0.8)

# %% [markdown]
# The same for every score. At each $s$ the blue part is $P(y=1)$, the orange part $P(y=0)$, and
# together they are 1. The dashed line is the neuron above; at $s = 0$, on the border, it is one
# half each.

# %%
scores = np.linspace(-6, 6, 200)
rates = [sigmoid(s) for s in scores]

figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
ax.fill_between(scores, 0, rates, color=BLUE, alpha=0.4)
ax.fill_between(scores, rates, 1, color=ORANGE, alpha=0.4)
ax.plot(scores, rates, color="black")
ax.axvline(-math.log(4.0), color="black", linestyle="--", linewidth=1)
ax.text(-1.2, 0.07, "0.2", fontsize=13)
ax.text(-1.2, 0.55, "0.8", fontsize=13)
ax.text(3.2, 0.4, "P(y = 1)", fontsize=14, color=BLUE)
ax.text(-5, 0.6, "P(y = 0)", fontsize=14, color=ORANGE)
ax.set(xlim=(-6, 6), ylim=(0, 1), xlabel="score s = w · x + b", ylabel="probability")
plt.show()

# %% [markdown]
# ### Why it is called a binary softmax
#
# With several classes, each class $k$ has a score $s_k$ of its own, and **softmax** makes
# probabilities of them: $P(k) = e^{s_k} / \sum_j e^{s_j}$. With two classes, divide above and below
# by $e^{s_1}$:
#
# $$P(1) = \frac{e^{s_1}}{e^{s_0} + e^{s_1}} = \frac{1}{1 + e^{-(s_1 - s_0)}} = \sigma(s_1 - s_0).$$
#
# Only the difference counts, so one neuron is enough for two classes. On a thousand random pairs of
# scores the two formulas agree to twelve digits.

# %% tags=["L5"]
pairs = np.random.default_rng(0).uniform(-30, 30, size=(1000, 2)).tolist()
differences = [abs(softmax([s0, s1])[1] - sigmoid(s1 - s0)) for s0, s1 in pairs]

print(f"largest difference: {max(differences):.0e}")
assert max(differences) < 1e-12

# %% [markdown]
# ## Two ways to be wrong
#
# Training needs a **loss**: a number for each point that is large if the score is wrong. We count
# classes as $y = \pm 1$; then $y s$ is positive if the point is on its right side, and says how
# far. It is called the point's **margin**.
#
# - **Cross-entropy**, $-\log P(\text{true class}) = \log(1 + e^{-y s})$: the neuron is **logistic
#   regression**.
# - **Hinge loss**, $\max(0,\ 1 - y s)$: the neuron is a **support vector machine** (SVM). It asks
#   for a margin of 1, and for no more.

# %%
margins = np.linspace(-3, 4, 701).tolist()


def with_slope(loss):
    """The loss at each margin, and its derivative by the score, for a point of class +1."""
    scores = [Value(margin) for margin in margins]
    losses = [loss(score, 1) for score in scores]
    for value in losses:
        value.backward()
    return [value.data for value in losses], [score.grad for score in scores]


losses = {"cross-entropy": binary_cross_entropy_with_logits, "hinge": hinge_loss}
figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
for (name, loss), colour in zip(losses.items(), (BLUE, ORANGE), strict=True):
    for ax, curve in zip(axes, with_slope(loss), strict=True):
        ax.plot(margins, curve, label=name, color=colour, linewidth=2)
axes[0].set(title="loss", xlabel="margin y·s")
axes[1].set(title="its slope: the pull on the score", xlabel="margin y·s")
axes[0].legend()
plt.show()

# %% [markdown]
# Look at the right-hand picture. Beyond a margin of 1 the hinge loss pulls with **exactly zero**:
# such a point has no say any more. Cross-entropy pulls ever less, and never stops. Its slope by the
# score is the error in probability, $\sigma(s) - y$ with $y$ counted as 0 or 1.

# %% tags=["L5"]
for margin in (-2.0, 0.5, 1.5, 10.0, 100.0):
    logistic, svm = Value(margin), Value(margin)
    binary_cross_entropy_with_logits(logistic, 1).backward()
    hinge_loss(svm, +1).backward()
    print(f"margin {margin:5}: slopes {logistic.grad:10.3g} and {svm.grad:4.0f}")

    assert math.isclose(logistic.grad, sigmoid(margin) - 1, abs_tol=1e-12)
    assert logistic.grad < 0
    assert svm.grad == (-1.0 if margin < 1 else 0.0)

# %% [markdown]
# ## Both, trained on the same points
#
# **Gradient descent** goes downhill in small steps:
# $w \leftarrow w - \eta\, \partial L / \partial w$, with the learning rate $\eta$. The loss $L$ is
# here the mean over all 60 points, plus $\lambda (w_1^2 + w_2^2)$, which keeps the weights small
# (below we see how). The same for both: $\lambda = 0.05$, $\eta$ falling from 1 to 0 in 2,000
# steps, weights from 0.

# %%
STEPS = 2000


def train(loss, X, y, l2=0.05):
    """A neuron without activation, trained on all points at once; classes as the loss wants them."""
    neuron = Neuron(2, activation=None, initializer=0.0)
    optimizer = SGD(neuron.parameters(), lr=1.0)
    options = {"epochs": STEPS, "batch_size": len(X), "schedule": cosine_decay(STEPS)}
    fit(neuron, loss, X, y, optimizer=optimizer, l2=l2, progress=False, **options)
    return neuron


def zero_or_one(y):
    """Classes 0 and 1, for classes -1 and +1."""
    return [(label + 1) // 2 for label in y]


logistic = train(binary_cross_entropy_with_logits, X, zero_or_one(y))
svm = train(hinge_loss, X, y)
for name, neuron in [("logistic", logistic), ("svm", svm)]:
    w0, w1, b = (p.data for p in neuron.parameters())
    print(f"{name:8}  w = ({w0:.3f}, {w1:.3f}), b = {b:.3f}")

# %% [markdown]
# Left: colour is the sigmoid of the score, a probability, white at one half. Right: colour is the
# score, and the dashed lines are where it is $-1$ and $+1$: a point of the class on that side has a
# margin of 1 there. The points in rings have a margin of 1 or less: they lie between the dashed
# lines, on their own dashed line, or on the wrong side. These are the **support vectors**.


# %%
def margins_of(neuron, X, y):
    """y · score of each point."""
    return np.array([label * neuron(x).data for x, label in zip(X, y, strict=True)])


support = margins_of(svm, X, y) < 1.001  # training comes this close to the margin itself

figure, axes = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
viz.decision_boundary(logistic, X, y, axes[0], shading="probability")
viz.decision_boundary(svm, X, y, axes[1], shading="score")
axes[1].scatter(*np.array(X)[support].T, s=130, facecolors="none", edgecolors="black", zorder=4)
for ax in axes:
    ax.get_legend().set_loc("lower right")
axes[0].set_title("logistic regression")
axes[1].set_title(f"SVM, {support.sum()} support vectors")
plt.show()

# %% [markdown]
# ### Who pulls?
#
# The two lines look alike. What differs is who holds them in place. For each point alone, the
# gradient of its loss by the weights:


# %% tags=["L5"]
def pulls(neuron, loss, X, y):
    """How strongly each point alone pulls at the weights: the length of its gradient."""
    lengths = []
    for x, label in zip(X, y, strict=True):
        neuron.zero_grad()
        loss(neuron(x), label).backward()
        lengths.append(math.hypot(*(weight.grad for weight in neuron.weights)))
    return np.array(lengths)


logistic_pulls = pulls(logistic, binary_cross_entropy_with_logits, X, zero_or_one(y))
svm_pulls = pulls(svm, hinge_loss, X, y)

print("logistic:", np.count_nonzero(logistic_pulls), "of 60 points pull")
print("svm:     ", np.count_nonzero(svm_pulls), "of 60 points pull")
assert (logistic_pulls > 0).all()
assert (svm_pulls[margins_of(svm, X, y) > 1] == 0).all()
assert (svm_pulls[margins_of(svm, X, y) < 1] > 0).all()

# %% [markdown]
# ### Throw away the points that do not pull
#
# If the points beyond the margin have no say, the SVM must come out the same without them; logistic
# regression must not. We try it on five draws of the clouds. (The loss is a mean, so with $m$ of
# $n$ points left, $\lambda$ becomes $\lambda n / m$.) The table shows how far a weight or the bias
# moved, at most.


# %% tags=["L5"]
def distance(a, b):
    """The largest difference between two neurons' parameters."""
    return max(abs(p.data - q.data) for p, q in zip(a.parameters(), b.parameters(), strict=True))


def moved(seed, loss, classes):
    """How many points are left of a draw, and how far a neuron moves when the rest is taken away."""
    points = gaussians(seed, n_samples=60, noise=0.7)
    X, y = np.array(points.X_train), np.array(points.y_train)
    keep = margins_of(train(hinge_loss, X, y), X, y) < 1.02
    before = train(loss, X, classes(y))
    after = train(loss, X[keep], classes(y[keep]), l2=0.05 * len(X) / keep.sum())
    return keep.sum(), distance(before, after)


for seed in range(5):
    n_left, svm_moved = moved(seed, hinge_loss, list)
    _, logistic_moved = moved(seed, binary_cross_entropy_with_logits, zero_or_one)
    print(f"{n_left} of 60 points left: SVM {svm_moved:.4f}, logistic {logistic_moved:.2f}")
    assert svm_moved < 0.1
    assert logistic_moved > 0.4

# %% [markdown]
# ## Regularization is forgetting
#
# The term $R(w) = \lambda \sum_i w_i^2$ in the loss is called **regularization**. Its gradient is
# $2 \lambda w_i$, so in a step of gradient descent on this term alone
#
# $$w_i \leftarrow w_i - \eta \cdot 2 \lambda w_i = (1 - 2 \eta \lambda)\, w_i .$$
#
# Each step keeps the same fraction of each weight: it is forgotten gradually, whatever it was, and
# never quite.

# %% tags=["L6"]
from nn import l2_penalty

STRENGTHS, LR = (0.01, 0.1, 0.5), 0.1
figure, ax = plt.subplots(figsize=(8.5, 3.4), layout="constrained")
for strength, colour in zip(STRENGTHS, (BLUE, ORANGE, "#009E73"), strict=True):
    weights = [Value(2.0), Value(-1.0)]
    optimizer = SGD(weights, lr=LR)
    path = [[weight.data for weight in weights]]
    for _ in range(60):
        optimizer.zero_grad()
        l2_penalty(weights, strength).backward()
        optimizer.step()
        path.append([weight.data for weight in weights])
    factors = np.divide(path[1:], path[:-1])
    lines = ax.plot(path, linewidth=2, color=colour)
    lines[0].set_label(f"λ = {strength}: × {factors[0, 0]:.4g} a step")
    assert np.allclose(factors, 1 - 2 * LR * strength, rtol=1e-13, atol=0)
ax.axhline(0, color="black", linewidth=0.8)
ax.set(xlabel="step", ylabel="the two weights")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
plt.show()

# %% [markdown]
# ### Forgetting, until the data object
#
# In training the data pull too. The hinge loss lets us see both in one run, since it is exactly 0
# while all points are beyond the margin. We start an SVM with weights that are much too large,
# $w = (3, 3)$, on clouds that a line can part ($\lambda = 0.05$, $\eta = 0.1$).
#
# Look for the straight part: on a logarithmic scale, shrinking by a constant factor is a straight
# line. Then the first points come within the margin, and hold on.

# %%
apart = gaussians(seed=0, n_samples=60, noise=0.4)
neuron = Neuron(2, activation=None)
neuron.load_state_dict({"weight": [3.0, 3.0], "bias": 0.0})


def length_of_w(neuron):
    return math.hypot(*(weight.data for weight in neuron.weights))


lengths = [length_of_w(neuron)]
history = fit(
    neuron,
    hinge_loss,
    apart.X_train,
    apart.y_train,
    optimizer=SGD(neuron.parameters(), lr=0.1),
    epochs=400,
    batch_size=60,
    l2=0.05,
    callbacks=[lambda neuron, history: lengths.append(length_of_w(neuron))],
    progress=False,
)

# %% tags=["L6"]
free = next(step for step, loss in enumerate(history.loss) if loss > 0)
factors = np.divide(lengths[1:], lengths[:-1])
held, forgotten = lengths[-1] / lengths[free], (1 - 2 * 0.1 * 0.05) ** (400 - free)

print(f"{free} steps without data gradient, each × {factors[:free].mean():.6f}")
print(f"{400 - free} more steps: {held:.0%} is kept; forgetting alone would keep {forgotten:.0%}")
assert free > 50
assert np.allclose(factors[:free], 1 - 2 * 0.1 * 0.05, rtol=1e-13, atol=0)
assert held > 5 * forgotten

# %%
figure, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
ax.semilogy(lengths, color=BLUE, linewidth=2.5, label="length of w")
alone = lengths[0] * 0.99 ** np.arange(401)
ax.semilogy(alone, "--", color=ORANGE, label="forgetting alone: × 0.99 a step")
ax.axvline(free, color="grey", linewidth=1)
ax.text(free + 5, 2.8, "the first point is within the margin", color="grey", fontsize=11)
ax.set(xlabel="step", ylabel="length of w", yticks=[0.1, 0.3, 1, 3])
ax.set_yticklabels(["0.1", "0.3", "1", "3"])
ax.legend(loc="lower left")
plt.show()

# %% [markdown]
# ### One λ, three meanings
#
# Books and programs write the same pull with other factors. With the same number in each, the
# weight is forgotten at two different speeds:
#
# | | in the loss | its gradient | a step without data keeps |
# | --- | --- | --- | --- |
# | here: `l2_penalty`, `fit(..., l2=λ)` | $\lambda \sum w^2$ | $2 \lambda w$ | $1 - 2\eta\lambda$ |
# | PyTorch: `weight_decay=λ` | (nothing) | $\lambda w$ | $1 - \eta\lambda$ |
# | CS231n's code: `reg = λ` | $\frac{1}{2} \lambda \sum w^2$ | $\lambda w$ | $1 - \eta\lambda$ |

# %% tags=["L6"]
LAMBDA, ETA = 0.5, 0.1


def after_one_step(penalty, optimizer_of):
    """What one step with a penalty alone makes of a weight of 1."""
    w = Value(1.0)
    penalty(w).backward()
    optimizer_of([w]).step()
    return w.data


ours = after_one_step(lambda w: l2_penalty([w], LAMBDA), lambda w: SGD(w, lr=ETA))
pytorch = after_one_step(lambda w: 0 * w, lambda w: SGD(w, lr=ETA, weight_decay=LAMBDA))
cs231n = after_one_step(lambda w: 0.5 * LAMBDA * w**2, lambda w: SGD(w, lr=ETA))

print(f"here {ours:.3f}, PyTorch's {pytorch:.3f}, CS231n's {cs231n:.3f}")
assert math.isclose(ours, 1 - 2 * ETA * LAMBDA)
assert math.isclose(pytorch, 1 - ETA * LAMBDA)
assert math.isclose(cs231n, 1 - ETA * LAMBDA)

# %% [markdown]
# ### Where the factor does not hold
#
# All this is about gradient descent. Other optimizers treat the gradient in other ways: **Adam**
# divides each gradient by its own recent size, and so takes a first step of $\eta$ whatever λ is.

# %% tags=["L6"]
from nn import Adam

for strength in (0.05, 0.5, 5.0):
    w = after_one_step(lambda w, s=strength: l2_penalty([w], s), lambda w: Adam(w, lr=ETA))
    print(f"λ = {strength}: 1 - 2ηλ is {1 - 2 * ETA * strength:.2f}, but Adam makes {w:.3f} of 1")
    assert math.isclose(w, 1 - ETA, rel_tol=1e-5)

# %% [markdown]
# ## Many classes: a neuron for each
#
# For ten classes, ten neurons look at the same inputs, and the highest score wins. Softmax makes
# probabilities of the ten scores, and the loss is again $-\log P(\text{true class})$.
#
# Real data: scikit-learn's digits, images of $8 \times 8$ pixels. Each neuron has a weight for each
# pixel, so its weights are an image too: **blue** where ink speaks for the digit, **orange** where
# it speaks against.

# %%
from nn import MLP, evaluate, softmax_cross_entropy
from nn.data import digits

images = digits(seed=0)
ten_neurons = MLP(64, [10], seed=0)
fit(
    ten_neurons,
    softmax_cross_entropy,
    images.X_train,
    images.y_train,
    optimizer=Adam(ten_neurons.parameters(), lr=0.01),
    epochs=30,
    l2=1e-3,
    seed=0,
    progress=False,
)
_, accuracy = evaluate(ten_neurons, softmax_cross_entropy, images.X_test, images.y_test)
print(f"{accuracy:.1%} of 360 test images are classified right")
assert accuracy > 0.9

# %%
figure, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
viz.weights_as_images(ten_neurons, (8, 8), ax, n_columns=5)
plt.show()

# %% [markdown]
# ## Where lines fail: the spiral's 49 %
#
# Three arms wind around each other, 100 points each: the data of CS231n's case study. A linear
# softmax classifier, three neurons, cuts the plane into three wedges, which meet in one point. It
# gets about half of the points right, where guessing gets a third.

# %% tags=["L5"]
from studies import linear_spiral, results

arms = linear_spiral.draw("spiral3", seed=0)
linear = linear_spiral.train("spiral3", "linear", seed=0)
_, accuracy = evaluate(linear, softmax_cross_entropy, arms.X_train, arms.y_train)

figure, ax = plt.subplots(figsize=(5.2, 4), layout="constrained")
viz.decision_boundary(linear, arms.X_train, arms.y_train, ax)
ax.set_title(f"linear softmax: {accuracy:.1%} of the training points")
plt.show()
assert 0.45 < accuracy < 0.6

# %% [markdown]
# Is this draw of the points unlucky? CS231n reports 49 % for its own draw. Here are 20 draws,
# trained as in its case study: gradient descent with a learning rate of 1, its `reg` of 0.001 (our
# $\lambda = 0.0005$), and an end after 200 steps.


# %% tags=["L5"]
def case_study(seed):
    """The training accuracy of a linear classifier on a draw of the spiral, by CS231n's recipe."""
    arms = linear_spiral.draw("spiral3", seed)
    model = MLP(2, [3], initializer=0.0)
    optimizer = SGD(model.parameters(), lr=1.0)
    options = {"epochs": 200, "batch_size": 300, "l2": 0.0005, "progress": False}
    fit(model, softmax_cross_entropy, arms.X_train, arms.y_train, optimizer=optimizer, **options)
    return evaluate(model, softmax_cross_entropy, arms.X_train, arms.y_train)[1]


stopped_early = [case_study(seed) for seed in range(20)]
print(f"{min(stopped_early):.3f} to {max(stopped_early):.3f}")
assert min(stopped_early) > 0.45
assert max(stopped_early) < 0.6

# %% [markdown]
# More training does not help. The study `linear_spiral` goes on until the loss is at its minimum,
# on the same 20 draws, and on two clouds, where a line is what is needed.
# (`python -m notebooks.studies linear_spiral` computes it anew, in about a minute.) Every point is
# a draw.

# %% tags=["L5"]
study = results("linear_spiral")
accuracies = {
    data: [run["accuracy"] for run in study.results(data=data, network="linear")]
    for data in ("spiral3", "gaussians")
}
for data, found in accuracies.items():
    print(f"{data:9}: {min(found):.3f} to {max(found):.3f}, {len(found)} draws")

figure, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
viz.final_losses(accuracies, ax, ylabel="training accuracy")
plt.show()
assert min(accuracies["spiral3"]) > 0.45
assert max(accuracies["spiral3"]) < 0.6
assert min(accuracies["gaussians"]) > 0.85

# %% [markdown]
# ### Why no line can do it
#
# Scores are linear, so half-way between two points the scores are half-way too. If class 0 wins at
# both ends, it wins in the middle: the region of a class is **convex**, it has no dents. But
# half-way between two points of one arm there may lie another arm.

# %% tags=["L5"]
from nn import predict

random = np.random.default_rng(0)
a, b = random.uniform(-1, 1, size=(2, 5000, 2))
at_a, at_b, between = (np.array(predict(linear, p)) for p in (a, b, (a + b) / 2))
same = at_a == at_b
share = (between == at_a)[same].mean()
print(f"{same.sum()} pairs of one class; the middle is of that class in {share:.0%}")
assert (between == at_a)[same].all()

# %% [markdown]
# Two points of one arm (large), and the middle of the line between them (cross), which lies in
# another arm. No wedge can hold both ends and leave out the middle.

# %%
P, arm_of = np.array(arms.X_train), np.array(arms.y_train)
ends = P[[125, 197]]
middle = ends.mean(axis=0)
nearest = arm_of[np.linalg.norm(P - middle, axis=1).argmin()]

figure, ax = plt.subplots(figsize=(5.2, 4), layout="constrained")
for arm, colour in enumerate((BLUE, ORANGE, "#009E73")):
    ax.scatter(*P[arm_of == arm].T, s=14, color=colour, label=f"arm {arm}")
ax.plot(*ends.T, "o-", color="black", markersize=9)
ax.plot(*middle, "X", color="black", markersize=12)
ax.set(aspect="equal", title=f"ends: arm {arm_of[125]}; middle: among arm {nearest}")
ax.legend(loc="lower right")
plt.show()
assert arm_of[125] == arm_of[197] != nearest

# %% [markdown]
# The way out is to bend: neurons that look at the outputs of other neurons, with an activation
# between. The next notebook builds such networks, and notebook 07 takes the spiral to 98 %.

# %% [markdown]
# ## Exercises

# %% [markdown]
# **1. Half-life.** With a learning rate of 0.1, which λ of `l2_penalty` halves every weight in
# exactly ten steps without data? Write a function for any learning rate and any number of steps.


# %% tags=["exercise"]
def strength_of_half_life(lr, n_steps):
    """The λ of l2_penalty with which n_steps steps of gradient descent halve a weight."""
    ### BEGIN SOLUTION
    # (1 - 2 lr λ) ** n_steps = 1/2
    return (1 - 0.5 ** (1 / n_steps)) / (2 * lr)
    ### END SOLUTION


# %% tags=["test"]
for lr, n_steps in [(0.1, 10), (0.1, 1), (0.01, 300), (1.0, 7)]:
    weight = Value(3.0)
    optimizer = SGD([weight], lr=lr)
    for _ in range(n_steps):
        optimizer.zero_grad()
        l2_penalty([weight], strength_of_half_life(lr, n_steps)).backward()
        optimizer.step()
    assert math.isclose(weight.data, 1.5, rel_tol=1e-9), (
        f"with lr={lr}, {weight.data / 3:.6f} of the weight is left after {n_steps} steps, not 1/2"
    )

# %% [markdown]
# **2. Who has a say?** Write a function that finds the support vectors of a trained neuron
# *without* computing a gradient: the positions of the points that pull at it under the hinge loss.


# %% tags=["exercise"]
def support_vectors(neuron, X, y):
    """The positions in X of the points, of classes y = ±1, whose hinge loss has a gradient."""
    ### BEGIN SOLUTION
    return [i for i, (x, label) in enumerate(zip(X, y)) if label * neuron(x).data < 1]
    ### END SOLUTION


# %% tags=["test"]
for seed in range(20):
    draw = gaussians(seed, n_samples=40, noise=1.0)
    neuron = Neuron(2, activation=None, seed=seed)
    neuron.bias.data = 0.3
    pulling = []
    for i, (x, label) in enumerate(zip(draw.X_train, draw.y_train, strict=True)):
        neuron.zero_grad()
        hinge_loss(neuron(x), label).backward()
        if any(weight.grad for weight in neuron.weights):
            pulling.append(i)
    found = support_vectors(neuron, draw.X_train, draw.y_train)
    assert sorted(found) == pulling, (
        f"draw {seed}: you name {len(found)} points, but {len(pulling)} points have a gradient"
    )

# %% [markdown]
# **3. The gradient of softmax.** Write the gradient of the cross-entropy, $-\log P(\text{label})$,
# by each of the scores, as a formula of plain floats, without autograd. It must hold for scores in
# the thousands, where $e^s$ overflows. (What may be subtracted from all scores without changing a
# probability?)


# %% tags=["exercise"]
def cross_entropy_gradient(scores, label):
    """The derivatives of -log softmax(scores)[label] by the scores: a list of floats."""
    ### BEGIN SOLUTION
    largest = max(scores)
    powers = [math.exp(score - largest) for score in scores]
    probabilities = [power / sum(powers) for power in powers]
    return [p - (k == label) for k, p in enumerate(probabilities)]
    ### END SOLUTION


# %% tags=["test"]
random = np.random.default_rng(1)
for trial in range(100):
    scores = random.normal(0, 3, size=random.integers(2, 8)).tolist()
    if trial % 5 == 0:
        scores = [score + 2000 for score in scores]
    label = int(random.integers(len(scores)))
    found = cross_entropy_gradient(scores, label)
    assert len(found) == len(scores), "one derivative for each score"
    for k in range(len(scores)):
        h = 1e-3
        up, down = (
            softmax_cross_entropy(
                [Value(s + d * (j == k)) for j, s in enumerate(scores)], label
            ).data
            for d in (h, -h)
        )
        slope = (up - down) / (2 * h)
        assert abs(found[k] - slope) < 1e-6, (
            f"scores {scores}, label {label}: by score {k} you say {found[k]:.6f}, "
            f"but the slope is {slope:.6f}"
        )
