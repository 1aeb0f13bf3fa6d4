"""Whether a disk has room for an index, found out before the engine is killed on it."""

from __future__ import annotations

import errno
import mmap
import os
import shutil
from pathlib import Path

from index.building.reading import Row

# What an empty shard takes where files have no holes, or reading a hole fills it (a tmpfs): the first chunk of vectors,
# 32 MiB, and some thirty maps of flags and values. Elsewhere it stays below half a MB.
_SHARD_BYTES = 72 * 1024 * 1024
_SPARSE_SHARD_BYTES = 2 * 1024 * 1024


def require_space(folder: Path, rows: list[Row], dimension: int) -> None:
    """Refuse a disk that is too full for the shard.

    The engine writes through memory maps: where the disk fills up under it, the
    system kills the process (SIGBUS) and nobody learns why.
    """
    texts = sum(len(passage.embedded_text) for row in rows for passage in row.passages)
    vectors = sum(len(row.passages) for row in rows) * dimension
    empty = _SHARD_BYTES if _reading_fills(folder / "probe") else _SPARSE_SHARD_BYTES
    needed = empty + 4 * (texts + vectors)
    if shutil.disk_usage(folder).free < needed:
        raise OSError(errno.ENOSPC, "too little space for the index", str(folder))
    _try_out(folder / "probe", needed)


def _reading_fills(probe: Path) -> bool:
    """Whether a hole in a file takes space as soon as it is read through a memory map."""
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
    """Have the disk set so many bytes aside, and give them back: a quota does not show in what is free."""
    try:
        with probe.open("wb") as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            return  # a file system that cannot do it says nothing about its space
        raise OSError(errno.ENOSPC, "too little space for the index", str(probe.parent)) from error
    finally:
        probe.unlink(missing_ok=True)
