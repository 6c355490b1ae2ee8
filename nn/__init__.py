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

from nn.activations import prelu
from nn.early_stopping import EarlyStopping
from nn.evaluation import evaluate, predict
from nn.gradients import clip_grad_norm, clip_grad_value
from nn.history import History
from nn.layers import Dropout, Layer, Maxout, Neuron
from nn.losses import (
    absolute_error,
    binary_cross_entropy_with_logits,
    hinge_loss,
    huber_loss,
    multiclass_hinge_loss,
    softmax_cross_entropy,
    squared_error,
    squared_hinge_loss,
)
from nn.module import Module
from nn.networks import MLP, Sequential
from nn.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from nn.penalties import elastic_penalty, l1_penalty, l2_penalty
from nn.schedules import cosine_decay, step_decay
from nn.storage import ModelFileError, load, load_notes, load_table, save
from nn.sweep import Run, Sweep, sweep
from nn.training import fit

__all__ = [
    "MLP",
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "Dropout",
    "EarlyStopping",
    "History",
    "Layer",
    "Maxout",
    "ModelFileError",
    "Module",
    "Neuron",
    "Optimizer",
    "RMSprop",
    "Run",
    "Sequential",
    "Sweep",
    "absolute_error",
    "binary_cross_entropy_with_logits",
    "clip_grad_norm",
    "clip_grad_value",
    "cosine_decay",
    "elastic_penalty",
    "evaluate",
    "fit",
    "hinge_loss",
    "huber_loss",
    "l1_penalty",
    "l2_penalty",
    "load",
    "load_notes",
    "load_table",
    "multiclass_hinge_loss",
    "predict",
    "prelu",
    "save",
    "softmax_cross_entropy",
    "squared_error",
    "squared_hinge_loss",
    "step_decay",
    "sweep",
]
