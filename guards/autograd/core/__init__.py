"""Stops another package's `autograd/__init__.py` written over ours; shipped in the wheel only.

That `__init__.py` imports `autograd.core` early. The other package has a module `core.py`, but
Python prefers a directory `core/`. glassgrad itself has no `autograd.core`, and must not get one.
"""

import autograd
from _glassgrad_install import broken_installation

if getattr(autograd, "__distribution__", None) == "glassgrad":
    raise ModuleNotFoundError("No module named 'autograd.core'", name="autograd.core")

raise broken_installation(f"{autograd.__file__} belongs to another package named 'autograd'")
