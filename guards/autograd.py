"""Stands in for a deleted `autograd/__init__.py`; shipped in the wheel only.

When the other package named `autograd` was installed beside glassgrad and is uninstalled, pip
deletes `autograd/__init__.py` with it. Without this module `import autograd` would then succeed
with an empty namespace package. Python finds a module before a namespace package, but after a
whole package, so this one is imported in that state only.
"""

from _glassgrad_install import broken_installation

raise broken_installation("autograd/__init__.py is missing")
