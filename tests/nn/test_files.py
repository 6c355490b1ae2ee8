"""Laws of files: written whole or not at all."""

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from nn.files import write_atomically

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(
    not hasattr(os, "mkfifo"), reason="needs permissions, links and locks as POSIX has"
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file"


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


@posix
def test_a_written_file_has_the_permissions_of_any_new_file_and_an_older_one_keeps_its_own(path):
    plain = path.with_name("plain")
    for umask in (0o022, 0o077, 0o002):
        before = os.umask(umask)
        try:
            write_atomically(path, b"content")
            plain.write_bytes(b"content")
        finally:
            os.umask(before)
        assert mode_of(path) == mode_of(plain) == 0o666 & ~umask
        path.unlink()
        plain.unlink()
    for mode in (0o600, 0o640, 0o666, 0o755):
        path.write_bytes(b"old")
        path.chmod(mode)
        write_atomically(path, b"new")
        assert (path.read_bytes(), mode_of(path)) == (b"new", mode)


@posix
def test_nobody_else_can_read_what_is_written_over_a_private_file(path, monkeypatch):
    path.write_bytes(b"old")
    path.chmod(0o600)
    seen = []
    fsync = os.fsync

    def look(file):
        seen.extend(mode_of(other) for other in path.parent.glob(".file.*.tmp"))
        fsync(file)

    monkeypatch.setattr(os, "fsync", look)
    write_atomically(path, b"new")
    assert seen == [0o600]


@posix
def test_a_link_stays_and_its_target_is_written(path, tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    for number, target in enumerate([folder / "old", folder / "new"]):
        if not number:
            target.write_bytes(b"old")
        path.unlink(missing_ok=True)
        path.symlink_to(target)
        write_atomically(path, b"content")
        assert path.is_symlink()
        assert target.read_bytes() == b"content"
    path.unlink()
    path.symlink_to(path)
    with pytest.raises(OSError, match="ymbolic link"):
        write_atomically(path, b"content")
    assert path.is_symlink()


@posix
def test_what_is_no_file_is_refused_and_left_as_it_is(path, tmp_path):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    before = os.stat("/dev/null")
    for name, error, message in (
        ("folder", IsADirectoryError, "a folder"),
        ("pipe", OSError, "pipe"),
        ("/dev/null", OSError, "device"),
        ("nowhere/file", FileNotFoundError, "make it first: 'nowhere/file'"),
        ("pipe/file", NotADirectoryError, "pipe/file"),
    ):
        place = tmp_path / name if name != "nowhere/file" else name
        with pytest.raises(error, match=message):
            write_atomically(place, b"content")
    assert os.stat("/dev/null").st_rdev == before.st_rdev
    assert sorted(os.listdir(tmp_path)) == ["folder", "pipe"]


def test_an_error_names_the_file_that_was_asked_for(path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left on device") as caught:
        write_atomically(path, b"new")
    assert caught.value.filename == str(path)
    assert (os.listdir(path.parent), path.read_bytes()) == (["file"], b"old")


LIMITED = """
import os, resource, signal, sys
from nn.files import write_atomically
path, kind = sys.argv[1:]
if kind == "full disk":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
elif not os.getuid():
    os.setuid(65534)
try:
    write_atomically(path, b"new" * 1000)
except OSError as error:
    print(type(error).__name__, error.filename == path)
"""


@posix
@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("full disk", "OSError"),
        ("read-only folder", "PermissionError"),
        ("read-only file", "PermissionError"),
    ],
)
def test_a_file_that_cannot_be_written_stays_whole(kind, error):
    # (pytest's own folders are for their owner alone, and a superuser may write anywhere)
    with TemporaryDirectory() as folder:
        path = Path(folder, "file")
        path.write_bytes(b"old")
        path.chmod(0o444 if kind == "read-only file" else 0o666)
        os.chmod(folder, 0o555 if kind == "read-only folder" else 0o777)
        command = [sys.executable, "-c", LIMITED, path, kind]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        os.chmod(folder, 0o777)
        assert (done.stdout, done.stderr) == (f"{error} True\n", "")
        assert (os.listdir(folder), path.read_bytes()) == (["file"], b"old")


STOPPED = """
import os, sys, time
from nn.files import write_atomically
os.fsync = lambda file: (print("writing", flush=True), time.sleep(600))
write_atomically(sys.argv[1], b"never")
"""


@posix
def test_a_write_removes_what_killed_writers_left_and_nothing_else(path):
    def start():
        command = [sys.executable, "-c", STOPPED, path]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "writing\n"
        return process

    def temporaries():
        return set(path.parent.glob(".file.*.tmp"))

    killed, alive = start(), None
    try:
        left = temporaries()
        alive = start()
        living = temporaries() - left
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        others = {path.with_name(name) for name in (".file.tmp", ".file.0.tmp", ".file2.tmp")}
        others.add(path.with_name(f".other.{'0' * 16}.tmp"))
        for other in others:
            other.write_bytes(b"not ours")
        os.mkfifo(path.with_name(f".file.{'0' * 16}.tmp"))
        path.with_name(f".file.{'1' * 16}.tmp").symlink_to(path)
        write_atomically(path, b"content")
        assert not left & temporaries()
        assert living <= temporaries()
        assert all(other.exists() for other in others)
        assert path.read_bytes() == b"content"
    finally:
        for process in (killed, alive):
            if process is not None and process.poll() is None:
                process.kill()
                process.communicate()


@posix
def test_writers_at_the_same_time_leave_each_others_work_alone(path):
    script = (
        "import sys\nfrom nn.files import write_atomically\n"
        "for i in range(300): write_atomically(sys.argv[1], bytes([i % 256]) * 1000)\nprint('done')"
    )
    command = [sys.executable, "-c", script, path]
    processes = [
        subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    failed = []

    def write():
        try:
            for _ in range(100):
                write_atomically(path, b"x" * 1000)
        except OSError as error:
            failed.append(error)

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.communicate() for process in processes] == [("done\n", "")] * 2
    assert not failed
    assert len(set(path.read_bytes())) == 1
    assert os.listdir(path.parent) == ["file"]
