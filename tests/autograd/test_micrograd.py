"""micrograd's own tests, taken from its source distribution, pass over our Value."""

import subprocess
import sys
import tarfile

import pytest

pytest.importorskip(
    "torch", reason="PyTorch, which micrograd's tests compare with, is not installed"
)
pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def test_engine(tmp_path_factory):
    """The functions of micrograd's test/test_engine.py, with only its import replaced."""
    folder = tmp_path_factory.mktemp("micrograd")
    download = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:"]
    done = subprocess.run(
        [*download, "--dest", str(folder), "micrograd==0.1.0"], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"micrograd's source cannot be downloaded: {done.stderr.splitlines()[-1]}")
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        source = tar.extractfile("micrograd-0.1.0/test/test_engine.py").read().decode()
    replaced = source.replace("from micrograd.engine import Value", "from autograd import Value")
    assert replaced != source
    namespace = {}
    exec(compile(replaced, "test_engine.py", "exec"), namespace)
    return namespace


@pytest.mark.parametrize("name", ["test_sanity_check", "test_more_ops"])
def test_micrograds_own_tests_pass_over_our_value(test_engine, name):
    assert {key for key in test_engine if key.startswith("test_")} == {
        "test_sanity_check",
        "test_more_ops",
    }
    test_engine[name]()
