"""How is the memory of large arrays given back to the system as soon as they are freed?"""

from __future__ import annotations

import ctypes
import os
from typing import Final

# malloc.h of glibc
_MMAP_THRESHOLD: Final = -3
#: Bytes of an array that is large: one number for each row of the panel and draw of a chain is.
_LARGE: Final = 2**20


def give_large_arrays_back() -> None:
    """Have this process give back what it frees, where the system's allocator is glibc's; elsewhere do nothing.

    Of itself that allocator raises the size from which it does so, up to 32 MiB, with every larger array that is freed,
    and what a fit needs for a while stays with the process. In return each large array costs the system some work, so
    loops of many small fits had better not ask for it.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _LARGE)
