"""Neurons, layers and networks of scalar Values, their losses, and their training.

>>> from nn import MLP
>>> model = MLP(3, [4, 4, 1], activation="tanh", seed=0)
>>> model.n_parameters
41
>>> model([1.0, -2.0, 3.0]).kind
'operation'
"""

from _glassgrad_install import require_glassgrad

require_glassgrad()

from nn.layers import MLP, Layer, Neuron
from nn.losses import hinge_loss, softmax_cross_entropy
from nn.module import Module
from nn.optimizers import SGD
from nn.storage import load, save
from nn.training import History, evaluate, fit, predict

__all__ = [
    "MLP",
    "SGD",
    "History",
    "Layer",
    "Module",
    "Neuron",
    "evaluate",
    "fit",
    "hinge_loss",
    "load",
    "predict",
    "save",
    "softmax_cross_entropy",
]
