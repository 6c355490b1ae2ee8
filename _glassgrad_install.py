"""Notice an installation that is mixed with another package named `autograd`.

PyPI has an older package, also called autograd, that imports by the same name. Installing one of
the two over the other mixes their files, and uninstalling one deletes files of the other; pip
objects to neither. So `autograd`, `nn` and `viz` check first that they are whole, and the wheel
carries guards (`guards/` in the repository) for the cases in which the `autograd/__init__.py` that
runs is not glassgrad's, or none is left.
"""

import os
from collections.abc import Iterable

REMEDY = """\
glassgrad and the package 'autograd' on PyPI both import as `autograd`: only one can be installed.
Remove both, then install glassgrad again:

    pip uninstall -y autograd glassgrad
    pip install glassgrad
"""


def broken_installation(found: str) -> ImportError:
    """The error to raise when `found`, a clause, shows that `autograd` is not all glassgrad's."""
    return ImportError(f"glassgrad's installation is broken: {found}.\n\n{REMEDY}", name="autograd")


def require_unmixed(package_path: Iterable[str]) -> None:
    """Raise ImportError if the other package has files in `package_path`, autograd's `__path__`."""
    for directory in package_path:
        # A file that every release of the other package has, and glassgrad will never have.
        marker = os.path.join(directory, "numpy", "numpy_wrapper.py")
        if os.path.exists(marker):
            raise broken_installation(f"{marker} belongs to another package named 'autograd'")


def require_glassgrad() -> None:
    """Raise ImportError if `import autograd` finds another package than glassgrad's."""
    import autograd

    if getattr(autograd, "__distribution__", None) != "glassgrad":
        where = getattr(autograd, "__file__", None) or "a directory without __init__.py"
        raise broken_installation(f"`import autograd` finds another package, {where}")
