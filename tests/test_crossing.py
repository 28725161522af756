"""What crosses from the sandbox: right bytes come back as they went in, all others are refused and cost nothing."""

import json
import random
import re
import tracemalloc

import numpy as np
import pytest
import safetensors.numpy

from autograder.sandbox.inside import crossing
from autograder.sandbox.inside.crossing import MOST_BYTES, MOST_HEADER_BYTES, MOST_NUMBERS, Unsound, pack, unpack

DTYPES = "float64 float32 float16 int64 int32 int16 int8 uint8 bool".split()
SHAPES = [(), (0,), (3,), (2, 0, 5), (2, 3, 4)]
FLOAT = {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}


def same(one, other):
    """Whether two trees are equal, with the types, shapes and bits of their arrays."""
    if isinstance(one, dict):
        return isinstance(other, dict) and [*one] == [*other] and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, np.ndarray):
        is_array = isinstance(other, np.ndarray) and (one.dtype, one.shape) == (other.dtype, other.shape)
        return is_array and one.tobytes() == other.tobytes()
    return type(one) is type(other) and (one == other or one != one and other != other)


def message(header, body=bytes(8)):
    """Bytes of a header, as a dict or as the bytes themselves, and of the arrays."""
    header = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(header).to_bytes(8, "little") + header + body


def claiming(*, nesting='{"array": "0"}', body=bytes(8), **entry):
    """A message with one array, whose entry differs from a right one as told."""
    return message({"__metadata__": {"nesting": nesting}, "0": {**FLOAT, **entry}}, body)


def nested(depth):
    return "[" * depth + "]" * depth


# ---------------------------------------------------------------------------------------------------------- round trips


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_an_array_of_each_type_and_shape_comes_back(dtype, shape):
    array = np.random.default_rng(0).integers(0, 2, shape).astype(dtype)
    assert same(unpack(pack(array)), array)


@pytest.mark.parametrize("value", [None, True, False, 0, -3, 2**80, 0.5, -0.0, np.inf, -np.inf, np.nan, "", "ä\n\0\\"])
def test_a_number_or_a_text_comes_back(value):
    assert same(unpack(pack(value)), value)


def test_a_nested_value_comes_back_with_its_names_and_its_order():
    tree = {
        "b.weight": [np.ones((2, 2)), {"": None, "array": {"dict": np.zeros(0), "__metadata__": 1}}],
        "a": [[], {}, [[np.array(1.0)]]], "nesting": "0", "0": np.arange(3, dtype=np.int8),
    }  # fmt: skip
    assert same(unpack(pack(tree)), tree)


def test_a_tuple_comes_back_as_a_list_and_a_numpy_scalar_as_a_number():
    assert same(unpack(pack((1, (np.float32(0.5), np.bool_(True), np.int8(-1))))), [1, [0.5, True, -1]])


@pytest.mark.parametrize(
    "array",
    [np.arange(12.0).reshape(3, 4).T, np.arange(12)[::-2], np.broadcast_to(1.5, (2, 3)), np.arange(3, dtype=">f8")],
    ids=["transposed", "backwards", "broadcast", "big-endian"],
)
def test_the_values_come_back_however_they_lay_in_memory(array):
    back = unpack(pack(array))
    assert back.shape == array.shape and np.array_equal(back, array)


def test_numbers_that_are_none_keep_their_bits():
    array = np.array([np.nan, -np.nan, np.inf, -np.inf, -0.0, 5e-324])
    assert unpack(pack(array)).tobytes() == array.tobytes()


@pytest.mark.parametrize("value", [object(), 1j, b"bytes", {1}, range(3), print, np.longdouble(2), [{"a": object()}]])
def test_nothing_else_can_be_packed(value):
    with pytest.raises(TypeError, match="cannot cross"):
        pack(value)


@pytest.mark.parametrize("array", [np.array(["text"]), np.array([None]), np.ones(2, np.complex64), np.ones(2, "u2")])
def test_an_array_of_another_type_cannot_be_packed(array):
    with pytest.raises(TypeError):
        pack(array)


# ------------------------------------------------------------------------------------------------- bytes of strangers


SOUND = claiming()
UNSOUND = {
    "nothing": b"",
    "less than a length": b"\1\0\0",
    "only a length": bytes(8),
    "a text": b"Traceback (most recent call last):\n  File ...",
    "a pickle": b"\x80\x04\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94.",
    "a negative length": b"\xff" * 8 + SOUND[8:],
    "a header longer than the bytes": (len(SOUND) - 7).to_bytes(8, "little") + SOUND[8:],
    "a huge header": claiming(nesting=json.dumps("x" * MOST_HEADER_BYTES)),
    "a header that is no JSON": message(b"{'__metadata__': 1}"),
    "a header that is no text": message(b"\xff\xfe\xfa" * 9),
    "a header that is a list": message([1, 2]),
    "a header nested deeply": message(nested(5000).encode()),
    "a header of another encoding": message(SOUND[8:-8].decode().encode("utf-16")),
    "no metadata": message({"0": FLOAT}),
    "metadata of a wrong type": message({"__metadata__": "nesting", "0": FLOAT}),
    "no nesting": message({"__metadata__": {"format": "pt"}, "0": FLOAT}),
    "an entry of a wrong type": message({"__metadata__": {"nesting": "1"}, "0": [1]}),
    "an entry without a shape": message({"__metadata__": {"nesting": "1"}, "0": {"dtype": "F64"}}),
    "nesting that is no JSON": claiming(nesting="{"),
    "nesting nested deeply": claiming(nesting=nested(100_000)),
    "nesting with a number of a million digits": claiming(nesting="9" * 1_000_000),
    "a dict that is no dict": claiming(nesting='{"dict": [1]}'),
    "a dict without its key": claiming(nesting='{"0": 1}'),
    "an array that is missing": claiming(nesting='{"array": "1"}'),
    "an array named by a list": claiming(nesting='{"array": ["0"]}'),
    "a type too wide": claiming(dtype="U64"),
    "a type of no one's": claiming(dtype="F63"),
    "a type that is a list": claiming(dtype=["F64"]),
    "a type too small for the bytes": claiming(dtype="F32"),
    "too many numbers": claiming(shape=[MOST_NUMBERS + 1], data_offsets=[0, 8 * MOST_NUMBERS + 8]),
    "too many numbers, not in the bytes": claiming(shape=[2**40, 2**40]),
    "numbers that overflow to one": claiming(shape=[2**32, 2**32, 1]),
    "more numbers than bytes": claiming(shape=[2]),
    "a negative dimension": claiming(shape=[-1]),
    "two negative dimensions": claiming(shape=[-1, -1]),
    "a dimension that is no number": claiming(shape=["1"]),
    "a dimension that is no whole number": claiming(shape=[1.0]),
    "a shape that is a number": claiming(shape=1),
    "offsets outside": claiming(data_offsets=[8, 16]),
    "offsets backwards": claiming(data_offsets=[8, 0]),
    "offsets that overflow": claiming(data_offsets=[2**64 - 8, 2**64]),
    "bytes of no array": claiming(body=bytes(16)),
    "arrays that overlap": message({"__metadata__": {"nesting": "1"}, "0": FLOAT, "1": FLOAT}),
    "more bytes than any answer has": claiming(body=bytes(17 * 2**20)),
}  # fmt: skip


@pytest.mark.parametrize("data", UNSOUND.values(), ids=UNSOUND)
def test_bytes_are_refused_that_are_unsound_with(data):
    with pytest.raises(Unsound) as error:
        unpack(data)
    assert len(str(error.value)) < 300


def test_the_bytes_that_the_unsound_ones_differ_from_are_sound():
    assert same(unpack(SOUND), np.zeros(1))


@pytest.mark.parametrize("length", range(len(SOUND)))
def test_bytes_cut_short_are_refused(length):
    with pytest.raises(Unsound):
        unpack(SOUND[:length])


def test_an_array_that_is_named_twice_is_refused():
    with pytest.raises(Unsound):
        unpack(claiming(nesting='[{"array": "0"}, {"array": "0"}]'))


def test_as_many_numbers_as_an_array_may_have_come_back_and_one_more_is_refused():
    assert unpack(pack(np.zeros(MOST_NUMBERS))).size == MOST_NUMBERS
    with pytest.raises(Unsound, match=f"{MOST_NUMBERS + 1}"):
        unpack(pack(np.zeros(MOST_NUMBERS + 1)))


def test_as_many_bytes_as_may_cross_come_back_and_more_are_refused_by_their_number():
    arrays = [np.zeros(MOST_NUMBERS)] * (MOST_BYTES // MOST_NUMBERS // 8)
    data = pack(arrays)
    assert len(data) < MOST_BYTES and len(unpack(data)) == len(arrays)
    with pytest.raises(Unsound, match="bytes came back"):
        unpack(pack([*arrays, arrays[0]]))


@pytest.mark.parametrize("shape", [[10**9], [10**5, 10**5], [10**8, "a"], [10**7, [1]], [10**4, [1], 10**4]], ids=str)
def test_a_huge_claim_is_refused_before_memory_is_used(shape):
    data = claiming(shape=shape)
    tracemalloc.start()
    try:
        with pytest.raises(Unsound):
            unpack(data)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


# -------------------------------------------------------------------------------------------------------------- mutants


def mutants(data, number, rng):
    """`data` with bits turned, bytes left out, put in, swapped or repeated, and numbers in the header made others."""
    for _ in range(number):
        mutant = bytearray(data)
        for _ in range(rng.choice([1, 1, 1, 4])):
            start = rng.randrange(len(mutant))
            end = start + rng.choice([1, 1, 2, 4, 40])
            kind = rng.randrange(5)
            if kind == 0:
                mutant[start] ^= 1 << rng.randrange(8)
            elif kind == 1:
                del mutant[start:end]
            elif kind == 2:
                mutant[start:start] = rng.randbytes(end - start)
            elif kind == 3:
                mutant[start:start] = mutant[start:end]
            elif numbers := [*re.finditer(rb"\d+", mutant)]:
                place = rng.choice(numbers)
                mutant[slice(*place.span())] = rng.choice([b"0", b"-1", b"1e9", b"null", b"[]", b"9" * 20])
        # The length in front is made right again in half of them: else few would get beyond it.
        if rng.random() < 0.5 and mutant.rfind(b"}") > 8:
            mutant[:8] = (mutant.rfind(b"}") - 7).to_bytes(8, "little")
        yield bytes(mutant)


def test_each_of_800_mutants_of_right_bytes_gives_a_value_or_is_unsound():
    tree = {"loss": 0.25, "products": [np.ones((40, 3)), np.arange(4)], "error": None, "m.w": {"x": "text"}}
    outcomes = {"a value": 0, "unsound": 0}
    for mutant in mutants(pack(tree), 800, random.Random(0)):
        try:
            unpack(mutant)
            outcomes["a value"] += 1
        except Unsound:
            outcomes["unsound"] += 1
    assert min(outcomes.values()) > 50, outcomes  # else the mutants would say little


def test_random_bytes_are_unsound():
    rng = random.Random(0)
    for _ in range(300):
        body = rng.randbytes(rng.randrange(200))
        for data in (body, message(body)):
            with pytest.raises(Unsound):
                unpack(data)


def test_what_is_packed_are_safetensors_without_a_line_of_code():
    assert same(safetensors.numpy.load(pack({"a": np.ones(2)})), {"0": np.ones(2)})
    assert "pickle" not in vars(crossing)
