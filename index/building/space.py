"""Checks free disk space before the store is written; the engine would crash on a full disk."""

from __future__ import annotations

import errno
import mmap
import os
import shutil
from pathlib import Path

from index.building.reading import Row

# Size of an empty shard if files have no holes, or if reading a hole fills it (a tmpfs): the first chunk of vectors,
# 32 MiB, and some thirty maps of flags and values. Elsewhere it is below half a MB.
_SHARD_BYTES = 72 * 1024 * 1024
_SPARSE_SHARD_BYTES = 2 * 1024 * 1024


def require_space(folder: Path, rows: list[Row], dimension: int) -> None:
    """Refuse a disk that is too full for the shard.

    The engine writes through memory maps: if the disk becomes full, the
    system kills the process (SIGBUS) without a message.
    """
    texts = sum(len(passage.embedded_text) for row in rows for passage in row.passages)
    vectors = sum(len(row.passages) for row in rows) * dimension
    empty = _SHARD_BYTES if _reading_fills(folder / "probe") else _SPARSE_SHARD_BYTES
    needed = empty + 4 * (texts + vectors)
    if shutil.disk_usage(folder).free < needed:
        raise OSError(errno.ENOSPC, "too little space for the index", str(folder))
    _try_out(folder / "probe", needed)


def _reading_fills(probe: Path) -> bool:
    """Whether a hole in a file uses space as soon as it is read through a memory map."""
    try:
        with probe.open("w+b") as file:
            file.truncate(mmap.PAGESIZE)
            with mmap.mmap(file.fileno(), mmap.PAGESIZE) as mapped:
                _ = mapped[0]
            return os.fstat(file.fileno()).st_blocks > 0
    except OSError as error:
        return error.errno == errno.ENOSPC
    finally:
        probe.unlink(missing_ok=True)


def _try_out(probe: Path, size: int) -> None:
    """Allocate and free `size` bytes: quotas do not show in the free space."""
    try:
        with probe.open("wb") as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            return  # the file system cannot do it, so nothing is known
        raise OSError(errno.ENOSPC, "too little space for the index", str(probe.parent)) from error
    finally:
        probe.unlink(missing_ok=True)
