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

from viz.network import network
from viz.picture import Picture, draw
from viz.plots.classification import confusion, decision_boundary
from viz.plots.training import history
from viz.recording import Recording, recording

__all__ = [
    "Picture",
    "Recording",
    "confusion",
    "decision_boundary",
    "draw",
    "history",
    "network",
    "recording",
]
