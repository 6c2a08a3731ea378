"""Call C functions from the compiled loop by address, so that several firmware builds run side by side."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_INT = ir.IntType(64)


def _caller(count: int, returns: bool) -> Any:
    """Codegen of a call with `count` int64 arguments."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(_INT if returns else ir.VoidType(), [_INT] * count)
        function = builder.inttoptr(args[0], kind.as_pointer())
        result = builder.call(function, list(args[1:]))
        return result if returns else context.get_dummy_value()

    return codegen


@intrinsic
def ask_1(typing: Any, address: Any, a: Any) -> Any:
    """Call int64 f(int64)."""
    return types.int64(types.int64, types.int64), _caller(1, True)


@intrinsic
def call_3(typing: Any, address: Any, a: Any, b: Any, c: Any) -> Any:
    """Call void f(int64, int64, int64)."""
    return types.void(*[types.int64] * 4), _caller(3, False)


@intrinsic
def ask_3(typing: Any, address: Any, a: Any, b: Any, c: Any) -> Any:
    """Call int64 f(int64, int64, int64)."""
    return types.int64(*[types.int64] * 4), _caller(3, True)
