"""The command `python -m notebooks.studies`."""

from __future__ import annotations

import argparse
import sys
from time import perf_counter

from notebooks.studies import compute, names


def main(arguments: list[str]) -> int:
    """Compute the studies that are named, or all; what it returns is the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m notebooks.studies", description="Computes the lecture's studies anew."
    )
    parser.add_argument("study", nargs="*", help=f"{', '.join(names())}; all if none is given")
    chosen = parser.parse_args(arguments).study or names()
    if wrong := [name for name in chosen if name not in names()]:
        parser.error(f"the studies are {', '.join(names())}, but got {wrong[0]!r}")
    for name in chosen:
        start = perf_counter()
        study = compute(name)
        print(f"{name}: {len(study)} runs in {perf_counter() - start:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("interrupted; the same command goes on where it was")
