"""Generated sources go to a directory of the session's own, not to the user's cache."""

import pytest

from autograd.compiler import cache


@pytest.fixture(autouse=True, scope="session")
def sources(tmp_path_factory):
    """The directory of this session's sources."""
    directory = tmp_path_factory.mktemp("sources")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLASSGRAD_CACHE", str(directory))
        # A new source looks for old ones to delete: with thousands of programs, few should be there.
        patch.setattr(cache, "LARGEST", 50)
        yield directory
