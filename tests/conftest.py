"""Settings for the whole suite: pictures without a display, how hard to search."""

import os

from hypothesis import settings

# Several test processes run side by side, and threads of the BLAS would wait for each other.
for name in ("MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

# For matplotlib, here and in the processes that tests start.
os.environ["MPLBACKEND"] = "Agg"

# `dev` is for the minute in which one waits; CI draws more examples, other ones at each run, and
# prints for a failure the line that repeats it.
settings.register_profile("dev", max_examples=50, deadline=None, print_blob=True)
settings.register_profile("ci", max_examples=150, deadline=None, print_blob=True)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") == "true" else "dev")
)
