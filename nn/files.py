"""Files: written whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import sys
from contextlib import suppress
from functools import partial
from io import BufferedWriter


def write_atomically(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file so that whoever opens it, even after a crash, finds the old content or the new.

    An older file keeps its permissions, a link stays and its target is written. What writers of this
    file that were killed have left beside it is removed.

    Raises FileNotFoundError if there is no such folder, PermissionError for a file or a folder that
    must not be written, other OSErrors for a path that is no file's or a disk that is full.
    """
    told, path = path, os.path.realpath(path)
    folder, name = os.path.split(path)
    try:
        old = _file_to_replace(path)
        if old is None and not os.path.isdir(folder):
            raise FileNotFoundError(errno.ENOENT, "there is no such folder: make it first")
        prefix = f".{name[:40]}."
        _remove_leftovers(folder, prefix)
        # In the same folder, so that the rename moves no data.
        file = _open_temporary(os.path.join(folder, prefix), is_private=old is not None)
        try:
            with file:
                if old is not None:
                    with suppress(OSError, AttributeError):  # not ours to give, or Windows
                        os.chown(file.name, old.st_uid, old.st_gid)
                    os.chmod(file.name, stat.S_IMODE(old.st_mode))
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                if sys.platform != "win32":  # which renames no open file
                    os.replace(file.name, path)
            if sys.platform == "win32":
                os.replace(file.name, path)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(file.name)
            raise
    except OSError as error:
        if error.errno is None:
            raise
        # Of the file that was asked for, not of one that nobody knows.
        raise OSError(error.errno, error.strerror, os.fspath(told)) from error


def _file_to_replace(path: str) -> os.stat_result | None:
    """What is known of the file that stands there; None if there is none."""
    try:
        old = os.stat(path)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(old.st_mode):
        raise IsADirectoryError(errno.EISDIR, "this is a folder: give the path of a file in it")
    if not stat.S_ISREG(old.st_mode):
        raise OSError(errno.EINVAL, "this is no file, but a device or a pipe")
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, "this file is read-only")
    return old


# A writer holds a lock for as long as it lives: what is not locked was left by one that was killed.


def _open_temporary(prefix: str, *, is_private: bool) -> BufferedWriter:
    """A new file, locked, of another name for each writer."""
    opener = partial(os.open, mode=0o600) if is_private else None
    while True:
        file = open(f"{prefix}{secrets.token_hex(8)}.tmp", "xb", opener=opener)  # noqa: SIM115
        # Before it was locked, another writer may have taken it for a leftover.
        if not _lock(file.fileno(), wait=True) or os.fstat(file.fileno()).st_nlink:
            return file
        file.close()


def _remove_leftovers(folder: str, prefix: str) -> None:
    is_temporary = re.compile(re.escape(prefix) + r"[0-9a-f]{16}\.tmp").fullmatch
    with suppress(OSError):
        for path in [
            os.path.join(folder, name) for name in os.listdir(folder) if is_temporary(name)
        ]:
            with suppress(OSError), open(path, "rb", opener=_open_file) as file:
                if _lock(file.fileno(), wait=False):
                    os.unlink(path)


def _open_file(path: str, flags: int) -> int:
    """Open what is a file, and nothing that a link leads to, or that waits for a writer."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def _lock(file: int, *, wait: bool) -> bool:
    """Lock an open file against other processes and threads; whether that was done."""
    if sys.platform == "win32":
        return False  # a file that is open cannot be removed there
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True
