"""Plots of training and of what was learned, with matplotlib.

Each function takes `ax`, the Axes to draw on, and makes a figure of its own without; each returns
the Axes, and none calls `show()`. To save: `viz.history(history).figure.savefig("history.png")`.
"""
