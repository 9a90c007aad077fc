"""What the process that reads mail may ask of the kernel from then on: memory, its two pipes, and the time.

A seccomp filter (seccomp(2)) of our own: everything that is not on the list fails as "not permitted". Limits keep
hostile mail from taking too much; this keeps code that a mail might smuggle into a library from doing anything
else: no socket, no file, no other program, no signal to another process, not even its limits.
"""

from __future__ import annotations

import ctypes
import struct
import sys

_SET_NO_NEW_PRIVILEGES, _SET_SECCOMP, _MODE_FILTER = 38, 22, 2  # prctl(2)
_LITTLE_ENDIAN_X86_64 = 0xC000003E  # linux/audit.h
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16  # struct seccomp_data
_LOAD, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06  # linux/bpf_common.h: BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_RET|K
_ALLOW, _NOT_PERMITTED = 0x7FFF0000, 0x00050001  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO with EPERM

# The numbers of x86_64, the most frequent first.
_ALLOWED = {
    **{"read": 0, "write": 1, "mmap": 9, "munmap": 11, "brk": 12, "mremap": 25, "madvise": 28, "mprotect": 10},
    **{"getrusage": 98, "getrlimit": 97, "futex": 202, "rt_sigreturn": 15, "rt_sigaction": 13, "rt_sigprocmask": 14},
    **{"sigaltstack": 131, "clock_gettime": 228, "gettimeofday": 96, "getpid": 39, "gettid": 186, "getrandom": 318},
    **{"sched_yield": 24, "restart_syscall": 219, "membarrier": 324, "rseq": 334, "fstat": 5, "lseek": 8, "close": 3},
    **{"exit": 60, "exit_group": 231},
}
_PRLIMIT = 302  # allowed for the process itself (0), because each mail gets its own limit of processor time


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def seal() -> bool:
    """Installs the filter for this process, for good. False where the kernel does not know it or does not allow it.

    It binds on x86_64, where it is tried: elsewhere these numbers mean other calls, and the filter allows all.
    """
    if not sys.platform.startswith("linux"):
        return False
    instructions = _filter()
    program = _Program(len(instructions) // 8, instructions)
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(prctl(_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0) == 0)


def _filter() -> bytes:
    """The program that the kernel runs for each call, as classic BPF."""
    steps = [
        _step(_LOAD, _ARCHITECTURE_AT),
        _step(_IF_EQUAL, _LITTLE_ENDIAN_X86_64, otherwise=len(_ALLOWED) + 5),
        _step(_LOAD, _NUMBER_AT),
    ]
    for left, number in zip(range(len(_ALLOWED), 0, -1), _ALLOWED.values(), strict=True):
        steps.append(_step(_IF_EQUAL, number, then=left + 3))
    steps += [
        _step(_IF_EQUAL, _PRLIMIT, otherwise=2),
        _step(_LOAD, _FIRST_ARGUMENT_AT),
        _step(_IF_EQUAL, 0, then=1),
        _step(_RETURN, _NOT_PERMITTED),
        _step(_RETURN, _ALLOW),
    ]
    return b"".join(steps)


def _step(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    """One instruction of classic BPF; `then` and `otherwise` say how many instructions a jump steps over."""
    return struct.pack("=HBBI", code, then, otherwise, value)
