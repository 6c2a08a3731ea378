"""numpy dtypes derived from records, so that arrays of bytes are decoded without a copy of the definition."""

from __future__ import annotations

from typing import Any

import numpy as np

from penctl.protocol.schema import ArrayKind, BytesKind, Field, Record, Scalar, SchemaError


def _format(field: Field) -> Any:
    kind = field.kind
    if isinstance(kind, Scalar):
        return kind.numpy_code
    if isinstance(kind, BytesKind):
        return ("u1", (kind.length,))
    if isinstance(kind, ArrayKind):
        return (packed_dtype(kind.element), (kind.count,))
    return kind.scalar.numpy_code


def packed_dtype(record: Record) -> np.dtype[np.void]:
    """The dtype of a record on the wire: no gaps, little endian."""
    dtype = np.dtype([(field.name, _format(field)) for field in record])
    if dtype.itemsize != record.size:
        raise SchemaError(f"record {record.name}: dtype has {dtype.itemsize} bytes, the wire {record.size}")
    return dtype


def aligned_dtype(record: Record) -> np.dtype[np.void]:
    """The dtype of the C struct of a record; SchemaError when C would put gaps into it."""
    dtype = np.dtype([(field.name, _format(field)) for field in record], align=True)
    if dtype.itemsize != record.size:
        raise SchemaError(
            f"record {record.name}: alignment makes {dtype.itemsize} bytes out of {record.size}"
        )
    return dtype
