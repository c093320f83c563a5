"""Becomes another program that dies when its parent does. Run as a script, before Python loads anything else.

    python -I -S launch.py PARENT_PID SIGNAL USER PROGRAM [ARGUMENT]...

`SIGNAL` (0 for none) is what the kernel sends the program when the process `PARENT_PID` ends, even by SIGKILL; `USER`
(empty to stay) is the account that the program runs as. It takes 15 ms. `subprocess`'s own `preexec_fn` may deadlock in
a program with threads, and its `user=` would need a Python that this account can reach.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)


def change_user(name: str) -> None:
    """Becomes the account `name`, with its groups and no others."""
    import pwd

    account = pwd.getpwnam(name)
    os.initgroups(name, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    os.environ.update(HOME=account.pw_dir, USER=name, LOGNAME=name)


def die_with(parent_pid: int, signal_number: int) -> None:
    """Asks the kernel for `signal_number` at the parent's end; a change of user or group would undo it."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number)
        if os.getppid() != parent_pid:  # it ended before the line above
            os._exit(1)


def main() -> None:
    """Reads the arguments and becomes the program."""
    parent_pid, signal_number, user, program = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    if user:
        change_user(user)
    if signal_number:
        die_with(parent_pid, signal_number)
    os.execv(program, sys.argv[4:])  # noqa: S606 - becoming another program is its purpose


if __name__ == "__main__":
    main()
