"""Memory for the arrays of a batch, kept at hand between calls.

glibc gives memory at the end of the heap back to the system as soon as it is free, and fetches it again
page by page at the next call: for arrays of some 100 kB that takes several times as long as the
computation. One block that stays, behind where the arrays will be, keeps it from doing so. Nothing is
written to the memory, so it takes none until it is used; with other allocators this has no effect.
"""

from __future__ import annotations

import numpy as np

_BLOCK = 120_000  # bytes: larger blocks glibc may place outside of the heap
_LARGEST = 100_000_000  # bytes: where pages no longer matter beside the computation

_reserved = 0
_last_blocks: list[object] = []


def reserve(n_bytes: int) -> None:
    """See to it that so many bytes stay with the process; at most 100 MB."""
    global _reserved
    wanted = min(n_bytes, _LARGEST)
    if wanted <= _reserved:
        return
    blocks = [np.empty(_BLOCK, dtype=np.uint8) for _ in range(wanted // _BLOCK + 1)]
    _last_blocks.append(max(blocks, key=lambda block: block.ctypes.data))
    _reserved = 2 * wanted  # so that growing batches add few blocks
