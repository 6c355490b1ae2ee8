"""Draws the pictures of the README: python docs/pictures.py"""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import viz
from autograd import Value, dot
from nn import MLP, SGD, fit, hinge_loss, squared_error
from nn.data import moons

HERE = Path(__file__).parent

w = [Value(2.0, "w0"), Value(-3.0, "w1")]
x = [Value(-1.0, "x0"), Value(-2.0, "x1")]
rate = dot(w, x, bias=Value(-3.0, "b")).sigmoid()
rate.label = "firing rate"
rate.backward()
viz.draw(rate).save(HERE / "neuron.svg")

model = MLP(3, [4, 4, 1], activation="tanh", seed=1)
loss = squared_error(model([0.5, -1.0, 2.0]), 1.0)
loss.label = "loss"
loss.backward()
viz.draw(loss).save(HERE / "loss.svg")
viz.network(model).save(HERE / "network.svg")

axes = viz.activations()
axes[0, 0].figure.savefig(HERE / "activations.png", dpi=80)

data = moons()
model = MLP(2, [16, 16, 1], seed=0)
optimizer = SGD(model.parameters(), lr=0.05, momentum=0.9)
fit(model, hinge_loss, data.X_train, data.y_train, optimizer=optimizer, epochs=40, l2=1e-4, seed=0)
ax = viz.decision_boundary(model, data.X_test, data.y_test)
ax.figure.savefig(HERE / "decision_boundary.png", dpi=100)

model = MLP(2, [8, 1], activation="tanh", seed=1)
watch = viz.Watch(data.X_train, data.y_train)
optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
options = {"epochs": 20, "seed": 0, "callbacks": [watch]}
fit(model, hinge_loss, data.X_train, data.y_train, optimizer=optimizer, **options)
viz.animate(watch, HERE / "training.gif")
