"""What is not collected: modules that need an extra which is not installed."""

from importlib.util import find_spec

# Examples in docstrings are collected from all modules, and so all are imported.
collect_ignore_glob = [] if find_spec("numba") else ["autograd/compiler/numba_*.py"]
