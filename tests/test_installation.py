"""glassgrad beside the other package named `autograd`: no mixture goes unnoticed, the remedy works.

Every test starts from an empty virtual environment and a freshly built wheel. The other package and
the build back end come from the package index.
"""

import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

from _glassgrad_install import REMEDY
from notebooks.make import SETUP

pytestmark = pytest.mark.install

ROOT = Path(__file__).parents[1]
PACKAGES = ["autograd", "nn", "viz"]


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def run_or_fail(*command: str | Path) -> None:
    done = run(*command)
    assert done.returncode == 0, done.stdout + done.stderr


@dataclass
class Environment:
    """A virtual environment without pip, served by the pip that runs the tests."""

    python: Path

    def install(self, *what: str | Path) -> None:
        run_or_fail(sys.executable, "-m", "pip", "--python", self.python, "install", *what)

    def uninstall(self, *names: str) -> None:
        run_or_fail(sys.executable, "-m", "pip", "--python", self.python, "uninstall", "-y", *names)

    def execute(self, code: str) -> subprocess.CompletedProcess[str]:
        """Run `code`, seeing neither the current directory nor PYTHONPATH."""
        return run(self.python, "-I", "-c", code)

    def is_whole(self) -> bool:
        return self.execute("import autograd, nn, viz; autograd.Value(1.0)").returncode == 0

    def answers_with_remedy(self, package: str) -> bool:
        done = self.execute(f"import {package}")
        return done.returncode == 1 and "ImportError" in done.stderr and REMEDY in done.stderr


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    venv.create(tmp_path / "venv", with_pip=False, symlinks=os.name != "nt")
    scripts = "Scripts" if os.name == "nt" else "bin"
    return Environment(tmp_path / "venv" / scripts / "python")


@pytest.fixture(scope="session")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution as a release would be."""
    directory = tmp_path_factory.mktemp("dist")
    run_or_fail(sys.executable, "-m", "build", "--outdir", directory, ROOT)
    (wheel,) = directory.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the other package named `autograd`."""
    directory = tmp_path_factory.mktemp("other")
    download = ["download", "--no-deps", "--only-binary", ":all:", "--dest", directory]
    run_or_fail(sys.executable, "-m", "pip", *download, "autograd")
    (wheel,) = directory.glob("*.whl")
    return wheel


def test_the_wheel_holds_the_packages_their_types_and_the_guards_only(ours: Path) -> None:
    files = set(ZipFile(ours).namelist())
    assert {f"{package}/py.typed" for package in PACKAGES} <= files
    assert {"autograd.py", "autograd/core/__init__.py"} <= files
    top_level = {name.partition("/")[0] for name in files if ".dist-info/" not in name}
    assert top_level == {*PACKAGES, "autograd.py", "_glassgrad_install.py"}


def test_a_clean_installation_imports_without_any_dependency(
    environment: Environment, ours: Path
) -> None:
    environment.install("--no-deps", ours)
    assert environment.is_whole()


def test_autograd_core_is_no_module_of_a_clean_installation(
    environment: Environment, ours: Path
) -> None:
    environment.install("--no-deps", ours)
    assert "ModuleNotFoundError" in environment.execute("import autograd.core").stderr


@pytest.mark.parametrize("other_uninstalled", [False, True])
@pytest.mark.parametrize("ours_first", [False, True])
def test_every_mixture_is_noticed_and_remedied(
    environment: Environment, ours: Path, other: Path, ours_first: bool, other_uninstalled: bool
) -> None:
    for wheel in (ours, other) if ours_first else (other, ours):
        environment.install("--no-deps", wheel)
    if other_uninstalled:
        environment.uninstall("autograd")
    assert [package for package in PACKAGES if environment.answers_with_remedy(package)] == PACKAGES

    assert "pip uninstall -y autograd glassgrad" in REMEDY
    environment.uninstall("autograd", "glassgrad")
    environment.install("--no-deps", ours)
    assert environment.is_whole()


def test_uninstalling_glassgrad_leaves_the_name_to_the_other_package(
    environment: Environment, ours: Path, other: Path
) -> None:
    environment.install("--no-deps", ours)
    environment.uninstall("glassgrad")
    assert "ModuleNotFoundError" in environment.execute("import autograd").stderr

    environment.install(other)
    assert (
        environment.execute("import autograd; autograd.grad(lambda x: x * x)(3.0)").returncode == 0
    )


def test_a_checkout_behind_the_other_package_is_noticed(
    environment: Environment, other: Path
) -> None:
    environment.install("--no-deps", other, "numpy")
    environment.install("--no-deps", "--editable", ROOT)
    assert environment.answers_with_remedy("nn")
    assert environment.answers_with_remedy("viz")

    environment.uninstall("autograd")
    assert environment.is_whole()


ON_COLAB = """
import sys, types
from IPython.core.interactiveshell import InteractiveShell

sys.modules["google.colab"] = types.ModuleType("google.colab")
shell = InteractiveShell.instance()
shell.run_cell({cell!r}).raise_error()
shell.run_cell("import autograd, nn, viz, studies, autograd.strategies").raise_error()
shell.run_cell("print('value', autograd.Value(2.0).data)").raise_error()
"""


def test_the_first_cell_of_a_notebook_installs_on_colab_where_the_other_package_is(
    tmp_path: Path, environment: Environment, other: Path
) -> None:
    repository = tmp_path / "repository"
    left_out = shutil.ignore_patterns(".*", "*.ipynb", "demo", "docs", "tests", "__pycache__")
    shutil.copytree(ROOT, repository, ignore=left_out)
    git = ["git", "-C", repository, "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "all"]):
        run_or_fail(*git, *command)
    environment.install("pip", "ipython", other)

    cell = SETUP.replace('repository = ""', f"repository = {str(repository)!r}")
    (tmp_path / "colab").mkdir()
    command = [environment.python, "-c", ON_COLAB.format(cell=cell)]
    done = subprocess.run(command, cwd=tmp_path / "colab", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "value 2.0" in done.stdout


def test_the_first_cell_asks_for_the_address_of_the_repository(
    tmp_path: Path, environment: Environment
) -> None:
    environment.install("ipython")
    done = run(environment.python, "-c", ON_COLAB.format(cell=SETUP))
    assert "type above the address of the repository" in done.stdout + done.stderr
