"""Nested dicts and lists of arrays, numbers and text as bytes, and back again with nothing in the bytes trusted.

The bytes are those of safetensors: the arrays as its tensors, the nesting as JSON in its metadata. Nothing that is read
can run, and `unpack` looks at the sizes that a file claims before it makes anything of them.
"""

import json
import math

import numpy as np
from safetensors.numpy import load, save

MOST_BYTES = 4 * 2**20  # the largest right result, of eval_hess_vec_prod, has 2.8 MB
MOST_HEADER_BYTES = 2**20
MOST_NUMBERS = 100_000  # in one array: an array against one of a reference must not make the judge a huge one
DTYPES = {"F64", "F32", "F16", "I64", "I32", "I16", "I8", "U8", "BOOL"}
UNSAVED = {"longdouble", "float128", "uint16", "uint32", "uint64"}


class Unsound(ValueError):
    """Bytes that `pack` did not make, or more of them than any answer needs."""


def pack(tree):
    """Nested dicts, lists and tuples of NumPy arrays, numbers, text and None as bytes; tuples come back as lists.

    Raises TypeError for anything else.
    """
    arrays = {}
    nesting = json.dumps(_take_arrays_out(tree, arrays))
    return save(arrays, metadata={"nesting": nesting})


def _take_arrays_out(value, arrays):
    if isinstance(value, dict):
        return {"dict": {str(key): _take_arrays_out(item, arrays) for key, item in value.items()}}
    if isinstance(value, (list, tuple)):
        return [_take_arrays_out(item, arrays) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "fiub" or value.dtype.name in UNSAVED:
            raise TypeError(f"an array of the type {value.dtype} cannot cross")
        name = str(len(arrays))
        arrays[name] = np.ascontiguousarray(value).reshape(value.shape)  # the former makes one dimension of none
        return {"array": name}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"a {type(value).__name__} cannot cross")


def unpack(data):
    """What `pack` was given. Raises Unsound, before memory is used, where `data` is anything but its bytes."""
    if len(data) > MOST_BYTES:
        raise Unsound(f"{len(data)} bytes came back; {MOST_BYTES} are the most")
    try:
        nesting = json.loads(_checked_header(data)["nesting"])
        return _put_arrays_back(nesting, load(data))
    except Unsound:
        raise
    except Exception as error:  # of the parsers, at whatever a student's code has written
        raise Unsound(f"not the bytes of a result: {type(error).__name__}") from None


def _checked_header(data):
    """The metadata of safetensors' bytes, none of whose arrays is larger than one may be."""
    size = int.from_bytes(data[:8], "little")
    if size > min(MOST_HEADER_BYTES, len(data) - 8):
        raise Unsound(f"a header of {size} bytes is claimed")
    header = json.loads(data[8 : 8 + size])
    metadata = header.pop("__metadata__")
    for entry in header.values():
        sizes = entry["shape"]
        if any(type(size) is not int or size < 0 for size in sizes):  # the product of an int and a text is a long text
            raise Unsound("an array has no shape")
        if entry["dtype"] not in DTYPES or math.prod(sizes) > MOST_NUMBERS:
            raise Unsound(f"an array of the shape {entry['shape']} and the type {entry['dtype']} came back")
    return metadata


def _put_arrays_back(value, arrays):
    if isinstance(value, dict):
        if "array" in value:
            return arrays.pop(value["array"])  # not twice: a thousand names of one array would fill the judge's memory
        return {key: _put_arrays_back(item, arrays) for key, item in value["dict"].items()}
    if isinstance(value, list):
        return [_put_arrays_back(item, arrays) for item in value]
    return value
