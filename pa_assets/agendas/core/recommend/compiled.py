"""How loops are compiled: to machine code, once, kept on disk. Imported by modules of loops alone, for it is heavy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

_Function = TypeVar("_Function", bound=Callable[..., object])


def compiled(function: _Function) -> _Function:
    """The function as machine code that lets other threads run meanwhile."""
    return cast(_Function, njit(cache=True, nogil=True)(function))


def inner(function: _Function) -> _Function:
    """The function as machine code for other compiled ones alone: without the way in from Python it is ready sooner."""
    return cast(_Function, njit(cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function))
