# %% [markdown]
# # Backpropagation, gate by gate
#
# A computation is a graph of small steps. We find how its result changes with every number in it,
# one step at a time, from the result back to the inputs. Then we write this algorithm ourselves,
# watch three wrong versions of it fail, and compare the right one with the package's.

# %% [markdown]
# ## The question
#
# Let $L$ be a number that was computed from others, $a, b, \dots$ For each of them we ask: if it
# grows a little, by how much does $L$ grow? The answer is the derivative $\partial L/\partial a$,
# which is called the **gradient** of $a$.
#
# In a neural network $L$ is the **loss**, a number that says how wrong the network is, and
# $a, b, \dots$ are the network's parameters, the numbers that learning changes. Whoever knows all
# gradients knows in which direction to change each parameter, so that the loss gets smaller.

# %% [markdown]
# ## One gate
#
# A single operation, such as one addition or one multiplication, is called a **gate**. A gate knows
# nothing of the rest of the computation. But for each of its operands it knows a **local
# gradient**: the derivative of its own output by that operand.
#
# $$\frac{\partial (a + b)}{\partial a} = 1, \quad \frac{\partial (a + b)}{\partial b} = 1,
#   \qquad\qquad
#   \frac{\partial (a\,b)}{\partial a} = b, \quad \frac{\partial (a\,b)}{\partial b} = a.$$
#
# A `Value`, from the package `autograd`, is a number that remembers the gate it came from, and that
# gate's local gradients. Where to look: the product's are $b$ and $a$, in this order.

# %%
from autograd import Value

a, b = Value(3.0, "a"), Value(-2.0, "b")
total = a + b
product = a * b

print("a + b =", total.data, "  local gradients", total.local_gradients)
print("a · b =", product.data, "  local gradients", product.local_gradients)

# %%
from IPython.display import display

import viz

display(viz.draw(total, legend=False))
viz.draw(product)

# %% [markdown]
# Each box is a **node** of the graph, with its number: square for a **leaf**, a number that was given,
# rounded for the output of a gate. At each arrow stands the local gradient. The sign ∂, with a dash
# behind it, is a gradient that has not been computed yet.

# %% [markdown]
# ## Two gates
#
# Now $L = (x + y)\,z$, an addition and then a multiplication. With $q = x + y$ it is $L = q\,z$.
#
# We go **backward**, from $L$ to the left. We begin with $\partial L/\partial L = 1$. The
# multiplication gives $\partial L/\partial q = z$ and $\partial L/\partial z = q$. For $x$, which is
# one gate further away, the **chain rule** says
#
# $$\frac{\partial L}{\partial x} = \frac{\partial q}{\partial x} \cdot \frac{\partial L}{\partial q}
#   = \text{local gradient} \times \text{upstream gradient}.$$
#
# The **upstream gradient** is the gradient of the gate's own output: how $L$ reacts to it.

# %% tags=["L21"]
x, y, z = 3.0, -1.0, -4.0
q = x + y
L = q * z

dL_dL = 1.0
dL_dq = z * dL_dL  # local gradient × upstream gradient
dL_dz = q * dL_dL
dL_dx = 1.0 * dL_dq
dL_dy = 1.0 * dL_dq

print(f"L = {L};  by x {dL_dx}, by y {dL_dy}, by z {dL_dz}")
h = 1e-6
assert abs(((x + h + y) * z - L) / h - dL_dx) < 1e-6
assert abs(((x + y + h) * z - L) / h - dL_dy) < 1e-6
assert abs(((x + y) * (z + h) - L) / h - dL_dz) < 1e-6

# %% [markdown]
# The last three lines ask the question directly: they change one number by a millionth and see what
# happens. This is the **numeric derivative**. For each number it needs the whole computation anew;
# going backward finds all gradients in one pass.
#
# With Values, `backward()` does what we did by hand:

# %% tags=["L21"]
x, y, z = Value(3.0, "x"), Value(-1.0, "y"), Value(-4.0, "z")
q = x + y
L = q * z
q.label, L.label = "q", "L"

L.backward()
assert (x.grad, y.grad, z.grad) == (dL_dx, dL_dy, dL_dz)
viz.draw(L, legend=False)

# %% [markdown]
# Below each number, after ∂, is now its gradient. Where to look: at each arrow, the local gradient
# times the gradient on its right is the gradient on its left. (So it is here, where each number is
# used once. What changes when one is used twice comes soon.)

# %% [markdown]
# ## Step through it
#
# Click into the page, and press → to go one step further. First the numbers are computed, from left
# to right, then the gradients, from right to left. Beside the graph stands each step's chain rule.
# Drag one of the given numbers, `x`, `y` or `z`: all others follow.

# %%
viz.backprop(L)

# %% [markdown]
# ## Three patterns
#
# Let the gradient 5 arrive at a gate from the right. What does the gate send to its operands?
#
# - **Add distributes**: both operands get 5.
# - **Multiply swaps**: each operand gets 5 times the *other* one.
# - **Max routes**: the larger operand gets all of the 5, and the other one 0 (marked ○ below).
#
# In each case the 5 is multiplied by the local gradient: 1 and 1 for add, the other operand for
# multiply, 1 and 0 for max.

# %% tags=["L21"]
import autograd

outputs = []
for name, gate, expected in [
    ("add", lambda a, b: a + b, (5.0, 5.0)),
    ("multiply", lambda a, b: a * b, (-10.0, 15.0)),
    ("max", autograd.maximum, (5.0, 0.0)),
]:
    a, b = Value(3.0, "a"), Value(-2.0, "b")
    out = gate(a, b)
    out.backward(5.0)  # the upstream gradient
    outputs.append(out)
    print(f"{name:9} a = 3 gets {a.grad:5}    b = −2 gets {b.grad:5}")
    assert (a.grad, b.grad) == expected

viz.draw(outputs[::-1], legend=False)

# %% [markdown]
# ## A fork: gradients add
#
# What if a number is used more than once? In $L = x\,x + x$ there are three ways from $x$ to $L$. A
# change of $x$ goes along all of them, and the effects add up:
#
# $$\frac{\partial L}{\partial x}
#   = \sum_{\text{uses of } x} \text{local gradient} \times \text{upstream gradient}
#   = x + x + 1 = 2x + 1.$$

# %% tags=["L21"]
x = Value(3.0, "x")
square = x * x
L = square + x
L.label = "L"
L.backward()

print(f"gradient of x: {x.grad}")
assert x.grad == 3.0 * 1.0 + 3.0 * 1.0 + 1.0 == 2 * 3.0 + 1
viz.draw(L, legend=False)

# %% [markdown]
# Three arrows leave `x`: two to the multiplication, with local gradient 3 each, and one to the
# addition, with local gradient 1. Both gates have the gradient 1, so the contributions are 3, 3 and
# 1, in sum 7.

# %% [markdown]
# ## A whole neuron
#
# A neuron with one input computes $\sigma(w x + b)$, where $\sigma(z) = 1/(1 + e^{-z})$ is the
# **sigmoid**. We take the sigmoid apart into gates, each with an easy derivative. In the table, $u$ is
# what comes into the gate:
#
# | gate | output | local gradient |
# | --- | --- | --- |
# | multiply by −1 | $-z$ | $-1$ |
# | exponential | $e^u$ | $e^u$, the output itself |
# | add 1 | $1 + u$ | $1$ |
# | reciprocal | $1/u$ | $-1/u^2$ |

# %%
w, x, b = Value(-1.5, "w"), Value(2.0, "x"), Value(2.2, "b")
z = w * x + b
z.label = "z"
minus = -z
power = minus.exp()
below = 1 + power
rate = below.reciprocal()
rate.label = "rate"

rate.backward()
viz.draw(rate, fold_constants=True)

# %% [markdown]
# From `rate` back to `z` there is only one way, so the gradient of `z` is the product of four local
# gradients. Calculus has a shorter formula for it, $\sigma'(z) = \sigma(z)\,(1 - \sigma(z))$.

# %% tags=["L21"]
gradient = 1.0
for gate in (rate, below, power, minus):
    local = gate.local_gradients[-1]  # by the operand that was made from z
    gradient = local * gradient
    print(f"{gate.op:11} local gradient {local:8.4f}   product so far {gradient:8.4f}")

by_formula = rate.data * (1 - rate.data)
print(f"by the formula {by_formula:.4f}")
assert abs(gradient - z.grad) < 1e-15
assert abs(gradient - by_formula) < 1e-15
assert abs(w.grad - by_formula * x.data) < 1e-15
assert abs(x.grad - by_formula * w.data) < 1e-15

# %% [markdown]
# How much one gate does is for us to choose. With the whole sigmoid as one gate, whose local gradient
# is $\sigma(z)(1 - \sigma(z))$, the gradients are the same, up to the last digits.

# %% tags=["L21"]
of_small_gates = [v.grad for v in (w, x, b)]
one_gate = (w * x + b).sigmoid()
one_gate.zero_grad()
one_gate.backward()
of_one_gate = [v.grad for v in (w, x, b)]

print("four gates:", [round(gradient, 12) for gradient in of_small_gates])
print("one gate:  ", [round(gradient, 12) for gradient in of_one_gate])
assert all(abs(p - q) < 1e-15 for p, q in zip(of_small_gates, of_one_gate))

# %% [markdown]
# ## A Value class, from nothing
#
# All that is needed now is a number that remembers its parents (the operands it was made from) and
# its local gradients. Python calls `__add__` for `+` and `__mul__` for `*`. A third gate is $\tanh$,
# whose derivative is $1 - \tanh^2$.

# %%
from math import tanh


class TinyValue:
    """A number that remembers its parents, and its local gradient for each of them."""

    def __init__(self, data, parents=(), local_gradients=()):
        self.data = data
        self.parents = parents
        self.local_gradients = local_gradients
        self.grad = 0.0

    def __add__(self, other):
        return TinyValue(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        return TinyValue(self.data * other.data, (self, other), (other.data, self.data))

    def tanh(self):
        out = tanh(self.data)
        return TinyValue(out, (self,), (1 - out * out,))


# %% [markdown]
# The **forward pass**, from the inputs to the result, works. What is missing is `backward`. There are
# several ways to write it that look right and are not. We try them on tiny expressions, and later on
# random ones. They run on our class and on the package's `Value`, since both have `parents`,
# `local_gradients` and `grad`. So `viz.draw` can show what they do.


# %%
def draw_gradients(root, backward):
    """The graph of a Value, with the gradients that this version of backward finds."""
    root.backward()  # the picture shows gradients only after a backward pass; we erase these, ...
    for node in autograd.topological_order(root):
        node.grad = 0.0
    backward(root)  # ... and put ours in their place
    return viz.draw(root, legend=False)


# %% [markdown]
# ## Wrong: `=` in place of `+=`
#
# The first version begins at the end, with gradient 1. Each node gives each of its parents a
# *contribution*, local gradient times its own gradient, and the parent then goes on in the same way.
# What is given *replaces* what was there.


# %%
def backward_by_assignment(root):
    """Wrong: a second contribution replaces the first."""

    def pass_on(node):
        for parent, local in zip(node.parents, node.local_gradients):
            parent.grad = local * node.grad
            pass_on(parent)

    root.grad = 1.0
    pass_on(root)


a = Value(3.0, "a")
b = a + a
b.label = "b = a + a"
draw_gradients(b, backward_by_assignment)

# %% [markdown]
# It says ∂ 1 for `a`. But $a + a = 2a$, whose derivative is 2. The two arrows carry 1 each, and the
# second one has overwritten the first. This is the right answer:

# %% tags=["L21"]
wrong = a.grad
a.zero_grad()
b.backward()
print(f"by assignment {wrong}, right {a.grad}")
assert (wrong, a.grad) == (1.0, 2.0)
viz.draw(b, legend=False)

# %% [markdown]
# ## Wrong: recursion without an order
#
# So we add: `+=` in place of `=`. Nothing else changes.


# %%
def backward_without_order(root):
    """Wrong: a node passes on what it has before it has everything."""

    def pass_on(node):
        for parent, local in zip(node.parents, node.local_gradients):
            parent.grad += local * node.grad
            pass_on(parent)

    root.grad = 1.0
    pass_on(root)


a = Value(3.0, "a")
b = a + a
c = b + b
b.label, c.label = "b = a + a", "c = b + b"
draw_gradients(c, backward_without_order)

# %% [markdown]
# `a + a` alone would come out right. But here $c = 2b = 4a$, and `a` has ∂ 6, where the derivative
# is 4. This is what happened:
#
# | step | gradient of b | gradient of a |
# | --- | --- | --- |
# | c gives b its first 1 | 1 | 0 |
# | b gives a what it has, twice | 1 | 2 |
# | c gives b its second 1 | 2 | 2 |
# | b gives a what it has, twice, and so the first 1 once more | 2 | **6** |

# %% tags=["L21"]
wrong = a.grad, b.grad
c.zero_grad()
c.backward()
print(f"without an order: a {wrong[0]}, b {wrong[1]};  right: a {a.grad}, b {b.grad}")
assert wrong == (6.0, 2.0)
assert (a.grad, b.grad) == (4.0, 2.0)
viz.draw(c, legend=False)

# %% [markdown]
# ## Wrong: visit each node once, in no order
#
# A node must not pass on anything twice. So the third version keeps a set of the nodes it has
# visited.


# %%
def backward_visiting_once(root):
    """Wrong: each node passes on only once, but too early."""
    visited = set()

    def visit(node):
        if node in visited:
            return
        visited.add(node)
        for parent, local in zip(node.parents, node.local_gradients):
            parent.grad += local * node.grad
            visit(parent)

    root.grad = 1.0
    visit(root)


a = Value(3.0, "a")
b = a + a
c = b + b
b.label, c.label = "b = a + a", "c = b + b"
draw_gradients(c, backward_visiting_once)

# %% [markdown]
# Now it says 2 for `a`, and the right answer is still 4. The gradient of `b` is right, 2, but `b` was
# visited when it had only the first 1, and passed on that. When the second 1 came, `b` counted as
# done.

# %% tags=["L21"]
wrong = a.grad, b.grad
c.zero_grad()
c.backward()
print(f"visiting once: a {wrong[0]}, b {wrong[1]};  right: a {a.grad}, b {b.grad}")
assert wrong == (2.0, 2.0)
assert (a.grad, b.grad) == (4.0, 2.0)

# %% [markdown]
# ## Right, and far too slow
#
# One can pass on each contribution by itself, in place of the gradient so far. That follows every
# path from the result to a leaf, and adds up what comes along each: it is right. But the number of
# paths doubles with each step like `b = a + a`.


# %%
def backward_along_every_path(node, upstream=1.0):
    """Right, but visits a node once for each path to it. Returns the number of visits."""
    node.grad += upstream
    visits = 1
    for parent, local in zip(node.parents, node.local_gradients):
        visits += backward_along_every_path(parent, local * upstream)
    return visits


for doublings in (1, 2, 5, 10, 15):
    leaf = node = TinyValue(3.0)
    for _ in range(doublings):
        node = node + node
    visits = backward_along_every_path(node)
    print(
        f"{doublings:2} doublings, {doublings + 1:2} nodes: gradient {leaf.grad:7}, {visits:6} visits"
    )
    assert leaf.grad == 2**doublings
    assert visits == 2 ** (doublings + 1) - 1

# %% [markdown]
# In a network it is worse. In five layers of 100 units each, every unit uses all those before it, and
# each of the network's inputs has $100^5$ paths through the layers: ten billion.

# %% [markdown]
# ## Right: in topological order
#
# The first version lost contributions. The other two passed a gradient on *before it was complete*.
# It is complete when all nodes that were made from it have given their part. So we put the nodes in
# **topological order**, each after its parents, and go through this list from its end: then all that
# was made from a node has its turn before the node itself.


# %%
def in_order(root):
    """All nodes that the root was made from, and the root; each after its parents."""
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(root)
    return order


def backward(root):
    """The gradient of every node that the root was made from."""
    order = in_order(root)
    for node in order:
        node.grad = 0.0
    root.grad = 1.0
    for node in reversed(order):
        for parent, local in zip(node.parents, node.local_gradients):
            parent.grad += local * node.grad


# %% tags=["L21"]
a = TinyValue(3.0)
b = a + a
c = b + b
backward(c)
print(f"c {c.grad}, b {b.grad}, a {a.grad}")
assert (c.grad, b.grad, a.grad) == (1.0, 2.0, 4.0)

# %% [markdown]
# Like the third version, `in_order` visits each node once. But it adds a node to the list *after* all
# of the node's parents, where the third version did its work *before* it went on to them.
#
# That is **backpropagation**, complete: a class, an order, and one line that multiplies and adds.

# %% [markdown]
# ## On random expressions
#
# We compare with `autograd` on 300 random expressions: three random numbers, then ten times a random
# operation on any of the last four nodes. Each expression is built twice, of `TinyValue`s and of
# `Value`s, and *every* node's gradient is compared.

# %%
from math import isclose
from random import Random


def random_expression(make, seed):
    """The nodes of a random expression: leaves made by `make`, then operations."""
    random = Random(seed)
    nodes = [make(random.uniform(-1, 1)) for _ in range(3)]
    for _ in range(10):
        a, b = random.choices(nodes[-4:], k=2)  # sometimes the same one twice
        nodes.append(random.choice([a + b, a * b, a.tanh()]))
    return nodes


def agrees(backward, seed):
    """Whether this version finds the gradients that `autograd` finds, at every node."""
    ours, theirs = random_expression(TinyValue, seed), random_expression(Value, seed)
    backward(ours[-1])
    theirs[-1].backward()
    return all(
        isclose(mine.grad, other.grad, rel_tol=1e-9, abs_tol=1e-12)
        for mine, other in zip(ours, theirs)
    )


# %% tags=["L21"]
versions = {
    "by assignment": backward_by_assignment,
    "without order": backward_without_order,
    "visiting once": backward_visiting_once,
    "along every path": backward_along_every_path,
    "in topological order": backward,
}
right = {name: sum(agrees(each, seed) for seed in range(300)) for name, each in versions.items()}
for name, count in right.items():
    print(f"{name:21} right on {count:3} of 300")

assert right["in topological order"] == right["along every path"] == 300
assert max(right["by assignment"], right["without order"], right["visiting once"]) < 50

# %% [markdown]
# The wrong versions are right on a few. These are, without exception here, the expressions in which
# nothing is used twice (by assignment), or no *result* is used twice, only leaves (the two others).
# This is how such a fault can stay hidden: small examples are often of this kind.

# %% tags=["L21"]
from collections import Counter

for seed in range(300):
    root = random_expression(TinyValue, seed)[-1]
    uses = Counter(parent for node in in_order(root) for parent in node.parents)
    nothing_twice = all(count == 1 for count in uses.values())
    no_result_twice = all(count == 1 for node, count in uses.items() if node.parents)

    assert agrees(backward_by_assignment, seed) == nothing_twice
    assert agrees(backward_without_order, seed) == no_result_twice
    assert agrees(backward_visiting_once, seed) == no_result_twice
print("so it is, for each of the 300 expressions and the three wrong versions")

# %% [markdown]
# ## What ours still lacks
#
# `visit` calls itself, once for each node of a chain, and Python limits how deep such calls may go:
# to about a thousand, unless told otherwise. The package's `topological_order` keeps a list in place
# of calls, so a chain may be as long as memory allows.


# %%
def chain(make, n):
    """A number to which itself is added, n times over."""
    first = node = make(1.0)
    for _ in range(n):
        node = node + first
    return first, node


first, last = chain(TinyValue, 50_000)
is_too_long = False
try:
    backward(last)
except RecursionError:
    is_too_long = True
    print("ours: RecursionError")

first, last = chain(Value, 50_000)
last.backward()
print("the package's:", first.grad)
assert is_too_long
assert first.grad == 50_001

# %% [markdown]
# ## Every node of a network
#
# At last a network: two inputs, two neurons with $\tanh$, and one neuron that takes their outputs.
# Its loss for one sample, here with the inputs 1 and −0.5, is the **squared error** of what comes out,
# $(\text{output} - \text{target})^2$. The *target* is the number that should come out, here 1.
#
# In the network one gate is a whole weighted sum, $\sum_i w_i x_i + b$. Its local gradient is $x_i$
# for the weight $w_i$, $w_i$ for the input $x_i$, and 1 for the bias.

# %%
from nn import MLP, squared_error

model = MLP(2, [2, 1], activation="tanh", seed=1)
loss = squared_error(model([1.0, -0.5]), 1.0)
loss.label = "loss"
loss.backward()
viz.backprop(loss, model=model)

# %% [markdown]
# The frames are layers, and the boxes in them neurons; a click on a neuron shows what is inside. On
# its left side stand its weights, each at the arrow whose number it multiplies; its bias is `b`.
# (The hidden neurons are `h0` and `h1`, with weights `h0.w0` and so on, and the output is `ŷ`. What has
# no name is numbered, `v1`.) Go to the last steps and watch `x0` and `x1`: two neurons use each of them,
# so their gradients are complete only when both have given their part.

# %% [markdown]
# Now the claim: *for every node, its gradient is the sum, over its uses, of local gradient times
# upstream gradient*. We go through all gates, note what each contributes to its operands, and compare
# the sums with the gradients that `backward()` found. The upstream gradients are those of
# `backward()`, too; whether they are right derivatives is the next question.

# %%
from collections import defaultdict


def sums_over_uses(root):
    """For each node: Σ local gradient × upstream gradient, over all its uses; 1 for the root."""
    sums = defaultdict(float, {root: 1.0})
    for user in autograd.topological_order(root):
        for node, local in zip(user.parents, user.local_gradients):
            sums[node] += local * user.grad
    return sums


# %% tags=["L21"]
sums = sums_over_uses(loss)
nodes = autograd.topological_order(loss)
uses = Counter(parent for node in nodes for parent in node.parents)
for node in nodes:
    name = node.label or node.op or node.kind
    print(f"{name:21} uses {uses[node]}   ∂ {node.grad:8.5f}   sum over uses {sums[node]:8.5f}")

assert all(isclose(node.grad, sums[node], rel_tol=1e-12) for node in nodes)
print(f"holds for all {len(nodes)} nodes")

# %% [markdown]
# Where to look: the two lines `input` are `x0` and `x1`, with two uses each. The parameters' names say
# where they are: `layers.0.neurons.1.w0` is the first weight of the second neuron of the first layer.
# `dot` is the weighted sum, and `constant` the target. The loss has no uses; its gradient is 1
# because we begin there.

# %% [markdown]
# ## Every node, numerically
#
# Are these numbers the derivatives? We compute the loss anew, once with one node's number raised by
# $h$, once with it lowered by $h$, and divide the difference by $2h$. A change of a node in the middle
# reaches only what comes after it, and that is what $\partial L/\partial(\text{node})$ asks for.


# %%
def weighted_sum(*operands):
    """Σ w · x + b, of the weights, then the inputs, then the bias."""
    n = len(operands) // 2
    weights, inputs, bias = operands[:n], operands[n:-1], operands[-1]
    return sum(w * x for w, x in zip(weights, inputs)) + bias


FORWARD = {  # the gates of this network, in plain Python
    "dot": weighted_sum,
    "tanh": tanh,
    "-": lambda a, b: a - b,
    "square": lambda a: a * a,
}


# %%
def recomputed(root, changed, h):
    """The number of the root, if one node's number is changed by h."""
    numbers = {}
    for node in autograd.topological_order(root):
        operands = [numbers[parent] for parent in node.parents]
        numbers[node] = FORWARD[node.op](*operands) if operands else node.data
        if node is changed:
            numbers[node] += h
    return numbers[root]


def numeric(root, node, h=1e-5):
    """The derivative of the root by a node, from two computations."""
    return (recomputed(root, node, h) - recomputed(root, node, -h)) / (2 * h)


# %% [markdown]
# We do this for twenty networks, now with 3, 2 and 1 neurons in three layers, each with other weights
# and another sample, and for every node of each: weights, biases, inputs, target, sums, outputs of
# neurons, the loss itself.

# %% tags=["L21"]
count, worst_sum, worst_numeric = 0, 0.0, 0.0
for seed in range(20):
    random = Random(seed)
    model = MLP(2, [3, 2, 1], activation="tanh", seed=seed)
    sample = [random.gauss(0, 1), random.gauss(0, 1)]
    loss = squared_error(model(sample), random.gauss(0, 1))
    loss.backward()
    sums = sums_over_uses(loss)
    for node, total in sums.items():  # each node is in it: the root, and all that is used
        count += 1
        worst_sum = max(worst_sum, abs(node.grad - total))
        worst_numeric = max(worst_numeric, abs(node.grad - numeric(loss, node)))

print(f"{count} nodes; largest differences: {worst_sum:.0e} to the sum over uses,")
print(f"{worst_numeric:.0e} to the numeric derivative")
assert worst_sum < 1e-12
assert worst_numeric < 1e-7

# %% [markdown]
# The numeric derivative is only an approximation, so it agrees to fewer digits. It took two
# computations for each node; backpropagation took one pass for all nodes together.

# %% [markdown]
# ## What to remember
#
# - Each gate knows its local gradients. The chain rule multiplies them by the upstream gradient.
# - Add distributes, multiply swaps, max routes.
# - Where a value is used several times, the gradients add up: `+=`.
# - A node passes its gradient on only when that is complete: backward through a topological order.

# %% [markdown]
# ## Exercises
#
# ### 1. By hand
#
# Let $L = (a + b) \cdot \max(b, c)$. Draw the graph on paper, go backward gate by gate, and return the
# gradients of $a$, $b$ and $c$, in this order, in plain Python. Mind that $b$ is used twice. For
# practice, this makes a page that asks you for each gradient, with numbers:
#
#     a, b, c = Value(1.0, "a"), Value(2.0, "b"), Value(-1.0, "c")
#     viz.backprop((a + b) * autograd.maximum(b, c), quiz=True)


# %% tags=["exercise"]
def gradients_by_hand(a, b, c):
    """The gradients of (a + b) · max(b, c) by a, b and c, for numbers; b and c are not equal."""
    ### BEGIN SOLUTION
    largest = max(b, c)
    if b > c:
        return largest, largest + (a + b), 0.0
    return largest, largest, a + b
    ### END SOLUTION


# %% tags=["test"]
random = Random(0)
for _ in range(100):
    point = [random.uniform(-2, 2) for _ in range(3)]
    if abs(point[1] - point[2]) < 0.01:
        continue  # near the place where max changes its mind
    found = gradients_by_hand(*point)
    for i, name in enumerate("abc"):
        up, down = ([v + sign * 1e-5 * (j == i) for j, v in enumerate(point)] for sign in (1, -1))
        slope = ((up[0] + up[1]) * max(up[1:]) - (down[0] + down[1]) * max(down[1:])) / 2e-5
        assert abs(found[i] - slope) < 1e-6, (
            f"at a, b, c = {[round(v, 3) for v in point]} the gradient of {name} "
            f"should be near {slope:.6f}, but is {found[i]:.6f}"
        )

# %% [markdown]
# ### 2. A counterexample
#
# Here is one more version. It first gives to all parents of a node, and only then visits them. On
# `b = a + a`, `c = b + b` it is right. Find an expression on which it is wrong. (When does a node
# get a contribution after it has been visited? The order of the operands matters.)


# %% tags=["exercise"]
def backward_in_two_loops(root):
    """Wrong on some expressions: gives to all parents of a node, then visits them."""
    visited = set()

    def visit(node):
        if node in visited:
            return
        visited.add(node)
        for parent, local in zip(node.parents, node.local_gradients):
            parent.grad += local * node.grad
        for parent in node.parents:
            visit(parent)

    root.grad = 1.0
    visit(root)


def counterexample():
    """The last node of an expression of TinyValues on which backward_in_two_loops is wrong."""
    ### BEGIN SOLUTION
    a = TinyValue(2.0)
    b = a + a
    c = b.tanh()
    return b + c
    ### END SOLUTION


# %% tags=["test"]
root = counterexample()
assert isinstance(root, TinyValue), f"return the last node, a TinyValue, not {root!r}"
backward(root)
expected = [node.grad for node in in_order(root)]
for node in in_order(root):
    node.grad = 0.0
backward_in_two_loops(root)
found = [node.grad for node in in_order(root)]
assert not all(isclose(f, e, rel_tol=1e-9) for f, e in zip(found, expected)), (
    f"on this expression it is right: the gradients are {found}. A node that has parents itself "
    "must get a contribution after its visit: two different nodes must use it, and the visit "
    "must come before the second of them has its turn"
)

# %% [markdown]
# ### 3. More gates
#
# Add the exponential and the division to our class, as two functions that take TinyValues and return
# a TinyValue, with its parents and its local gradients. (First write down the derivatives of $e^a$ by
# $a$, and of $a/b$ by $a$ and by $b$.)

# %% tags=["exercise"]
import math


def exponential(a):
    """e to the power of a TinyValue."""
    ### BEGIN SOLUTION
    out = math.exp(a.data)
    return TinyValue(out, (a,), (out,))
    ### END SOLUTION


def quotient(a, b):
    """a / b, of two TinyValues."""
    ### BEGIN SOLUTION
    return TinyValue(a.data / b.data, (a, b), (1 / b.data, -a.data / b.data**2))
    ### END SOLUTION


# %% tags=["test"]
def expression(p, q):
    """e^p / (q + e^(p q)), of TinyValues."""
    return quotient(exponential(p), q + exponential(p * q))


def number(p, q):
    return expression(TinyValue(p), TinyValue(q)).data


random = Random(3)
for _ in range(50):
    p, q = random.uniform(-1.5, 1.5), random.uniform(0.5, 2.0)
    value = math.exp(p) / (q + math.exp(p * q))
    assert isclose(number(p, q), value), f"the number itself: {number(p, q)}, not {value}"
    p_node, q_node = TinyValue(p), TinyValue(q)
    backward(expression(p_node, q_node))
    by_p = (number(p + 1e-5, q) - number(p - 1e-5, q)) / 2e-5
    by_q = (number(p, q + 1e-5) - number(p, q - 1e-5)) / 2e-5
    for name, node, slope in [("p", p_node, by_p), ("q", q_node, by_q)]:
        assert abs(node.grad - slope) < 1e-6, (
            f"at p = {p:.3f}, q = {q:.3f} the gradient of {name} should be near {slope:.6f}, "
            f"but is {node.grad:.6f}: check each local gradient"
        )

# %% [markdown]
# ### 4. Backward by counting
#
# An order can also be found on the way. First count how often each node is used; `a + a` is two uses
# of `a`. Then go backward: a node that has received as many contributions as it has uses is
# complete, and may pass its gradient on. Write this without recursion, so that a long chain is no
# problem. (Two loops will do: one finds and counts, one goes backward.)


# %% tags=["exercise"]
def backward_by_counting(root):
    """The gradient of every node that the root was made from; a node waits for all of its uses."""
    ### BEGIN SOLUTION
    uses = {root: 0}
    found = [root]
    for node in found:  # grows while we go through it
        node.grad = 0.0
        for parent in node.parents:
            if parent not in uses:
                uses[parent] = 0
                found.append(parent)
            uses[parent] += 1
    root.grad = 1.0
    complete = [root]
    while complete:
        node = complete.pop()
        for parent, local in zip(node.parents, node.local_gradients):
            parent.grad += local * node.grad
            uses[parent] -= 1
            if uses[parent] == 0:
                complete.append(parent)
    ### END SOLUTION


# %% tags=["test"]
for seed in range(1000, 1200):
    assert agrees(backward_by_counting, seed), (
        f"random_expression(TinyValue, {seed}) has other gradients. Does a + a count as two uses? "
        "Does every node wait for all of them?"
    )
first, last = chain(TinyValue, 20_000)
backward_by_counting(last)
assert first.grad == 20_001, f"a chain of 20,000 additions: {first.grad} in place of 20001"
