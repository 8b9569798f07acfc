import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from corpus.errors import LockHeld, WorkError
from storage.locks import Lock, daemon_lock, host_lock, intake_lock

HOLDER = """
import sys
from pathlib import Path
from storage.locks import host_lock
with host_lock(Path(sys.argv[1]), "baosonghau.example"):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold(folder: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_one_holder_at_a_time_also_within_a_process(tmp_path: Path) -> None:
    first, second = host_lock(tmp_path, "Bao.Example"), host_lock(tmp_path, "bao.example")
    with first:
        assert first.held
        assert first.owner().startswith(f"{os.getpid()} ")
        with pytest.raises(LockHeld) as caught:
            second.acquire()
        assert (caught.value.code, caught.value.retry) == ("lock_held", True)
        assert caught.value.owner == first.owner()
        assert "host bao.example" in caught.value.message
        assert not second.held
    assert first.owner() == ""
    with second:
        assert second.held


def test_a_lock_is_not_taken_twice(tmp_path: Path) -> None:
    with daemon_lock(tmp_path) as lock, pytest.raises(RuntimeError):
        lock.acquire()


def test_locks_of_different_things_do_not_meet(tmp_path: Path) -> None:
    with host_lock(tmp_path, "a.example"), host_lock(tmp_path, "b.example"), daemon_lock(tmp_path):
        intake_lock(tmp_path).acquire()


@pytest.mark.parametrize("host", ["../../etc/x", "127.0.0.1:8080", "[::1]", "a/b", "báo.vn", "x" * 400, ""])
def test_any_host_name_is_a_file_in_the_folder(tmp_path: Path, host: str) -> None:
    with host_lock(tmp_path, host) as lock:
        assert lock.path.parent == tmp_path
        assert [path.name for path in tmp_path.iterdir()] == [lock.path.name]


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    with hold(tmp_path) as holder:
        lock = host_lock(tmp_path, "baosonghau.example")
        with pytest.raises(LockHeld) as caught:
            lock.acquire()
        assert caught.value.owner.startswith(f"{holder.pid} ")
        holder.kill()
        holder.wait(20)
        lock.acquire()
        lock.release()


def test_waiting_tells_for_whom_once_and_ends_with_the_lock(tmp_path: Path) -> None:
    with hold(tmp_path) as holder:
        waiting, owners = threading.Event(), list[str]()
        lock = host_lock(tmp_path, "baosonghau.example")

        def on_wait(owner: str) -> None:
            owners.append(owner)
            waiting.set()

        waiter = threading.Thread(target=lock.wait, args=(on_wait,))
        waiter.start()
        assert waiting.wait(20)
        assert not lock.held
        assert holder.stdin is not None
        holder.stdin.close()
        waiter.join(20)
        assert lock.held
        assert [owner.split()[0] for owner in owners] == [str(holder.pid)]
        lock.release()
    lock.wait(lambda owner: pytest.fail("nobody holds it"))
    lock.release()


def test_a_lock_that_is_given_back_is_free_although_a_program_was_just_started(tmp_path: Path) -> None:
    for _ in range(5):
        lock = host_lock(tmp_path, "a.example")
        lock.acquire()
        assert lock._file is not None
        assert not os.get_inheritable(lock._file)
        with subprocess.Popen([sys.executable, "-c", ""], close_fds=False):
            lock.release()
            with host_lock(tmp_path, "a.example"):
                pass


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkError) as caught:
        Lock(tmp_path / "file" / "a.lock", "a").acquire()
    assert caught.value.code == "data_unreadable"
