"""Pictures of computations, networks and training.

>>> import viz
>>> from autograd import Value
>>> x = Value(3.0, "x")
>>> y = x + x
>>> y.backward()
>>> picture = viz.draw(y)  # the last line of a notebook cell shows it; picture.save("y.svg") keeps it
"""

from _glassgrad_install import require_glassgrad

require_glassgrad()

from viz.animation import animate
from viz.drawing import draw
from viz.networks import network
from viz.page.pages import Page, backprop
from viz.picture import Picture
from viz.plots.activations import activation, activations
from viz.plots.classification import confusion, decision_boundary
from viz.plots.functions import function_fit, weights_as_images
from viz.plots.landscapes import descent_path, loss_landscape
from viz.plots.studies import final_losses
from viz.plots.training import gradient_flow, history, saturation
from viz.recordings import Recording, recording
from viz.watch import Watch

__all__ = [
    "Page",
    "Picture",
    "Recording",
    "Watch",
    "activation",
    "activations",
    "animate",
    "backprop",
    "confusion",
    "decision_boundary",
    "descent_path",
    "draw",
    "final_losses",
    "function_fit",
    "gradient_flow",
    "history",
    "loss_landscape",
    "network",
    "recording",
    "saturation",
    "weights_as_images",
]
