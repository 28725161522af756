"""What a student's code raised in a hidden call, told without what it was called with.

The text of an exception is up to who raises it, and could carry the hidden inputs to the student's feedback, and from
there to everyone. So none of it is passed on: an error of Python, NumPy or PyTorch is told in their words as they stand
here, without numbers, and of names only those that the student has written; lines are shown where they are the
student's own. The rest is for the instructor.
"""

import builtins
import keyword
import re
from functools import cache

KEPT_BACK = "(its text may hold the hidden inputs: your instructor has it)"
MOST_FRAMES = 6
RAISED = ("raised", "error", "errors")  # where a task's `drive` has the text of an exception, or a list of them
FRAME = re.compile(r" *line ([0-9]{1,6}), in [^:\n]{1,200}: ([^\n]*)")
WORD = re.compile(r"[^\W\d]\w{0,60}")
TYPES = {name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)}
TYPES |= {"LinAlgError", "AxisError", "OutOfMemoryError", "NotImplementedError", "UFuncTypeError", "UFuncNoLoopError"}
NAMES = {*dir(builtins), *keyword.kwlist, "NoneType", "Tensor", "Parameter", "ndarray", "numpy", "torch", "function",
         "method", "module", "generator", "DataLoader", "TensorLoader", "Generator", "builtin_function_or_method",
         "Double", "Float", "Long", "Half", "Int", "Byte", "Bool", "float32", "float64", "int64"}  # fmt: skip

# In a message N stands for a number (or several), NAME for a name; what stands in a message behind these words is left.
MESSAGES = """
name 'NAME' is not defined
cannot access local variable 'NAME' where it is not associated with a value
cannot access free variable 'NAME' where it is not associated with a value in enclosing scope
'NAME' object has no attribute 'NAME'
type object 'NAME' has no attribute 'NAME'
module 'NAME' has no attribute 'NAME'
'NAME' object is not callable
'NAME' object is not iterable
'NAME' object is not subscriptable
'NAME' object is not an iterator
'NAME' object does not support item assignment
'NAME' object cannot be interpreted as an integer
cannot unpack non-iterable NAME object
not enough values to unpack (expected N, got N)
too many values to unpack (expected N
unsupported operand type(s) for
bad operand type for
can only concatenate
can't multiply sequence by non-int of type 'NAME'
object of type 'NAME' has no len()
NAME() missing N required positional argument
NAME() takes N positional argument
NAME() got an unexpected keyword argument 'NAME'
NAME() got multiple values for argument 'NAME'
No module named 'NAME'
cannot import name 'NAME' from 'NAME'
list index out of range
tuple index out of range
list indices must be integers or slices
tuple indices must be integers or slices
division by zero
math domain error
maximum recursion depth exceeded
generator raised StopIteration
element N of tensors does not require grad and does not have a grad_fn
Trying to backward through the graph a second time
One of the differentiated Tensors appears to not have been used in the graph
One of the differentiated Tensors does not require grad
grad can be implicitly created only for scalar outputs
Mismatch in shape: grad_output[N] has a shape of
The size of tensor a (N) must match the size of tensor b (N) at non-singleton dimension N
mat1 and mat2 shapes cannot be multiplied
mat1 and mat2 must have the same dtype
size mismatch
shape 'N' is invalid for input of size N
Expected all tensors to be on the same device
a leaf Variable that requires grad is being used in an in-place operation
a view of a leaf Variable that requires grad is being used in an in-place operation
one of the variables needed for gradient computation has been modified by an inplace operation
view size is not compatible with input tensor's size and stride
expected scalar type NAME but found NAME
Found dtype NAME but expected NAME
assigned grad has data of a different size
assigned grad has data of a different type
Can't call numpy() on Tensor that requires grad
can't convert a tensor on another device to numpy: move it to the CPU first
Boolean value of Tensor with more than one value is ambiguous
only one element tensors can be converted to Python scalars
a Tensor with N elements cannot be converted to Scalar
index N is out of bounds for
Dimension out of range
stack expects each tensor to be equal size
expected Tensor as element N in argument N, but got NAME
torch.cat(): expected a non-empty list of Tensors
stack expects a non-empty TensorList
Tensors must have same number of dimensions
expected sequence of length N
split_with_sizes expects split_sizes to sum exactly to
Error(s) in loading state_dict for NAME
Found no NVIDIA driver on your system
Torch not compiled with CUDA enabled
DefaultCPUAllocator: can't allocate memory
not enough memory
The batch was not moved
element N of variables does not require grad
cannot assign 'NAME' as parameter 'NAME'
cannot assign 'NAME' object to buffer 'NAME'
shapes N and N not aligned
matmul: Input operand N has a mismatch in its core dimension
operands could not be broadcast together
all the input array dimensions
all the input arrays must have same number of dimensions
setting an array element with a sequence
Unable to allocate
index N is out of bounds for axis N with size N
The truth value of an array with more than one element is ambiguous
only length-1 arrays can be converted to Python scalars
only integers, slices
too many indices for array
cannot reshape array of size N into shape
Singular matrix
SVD did not converge
Array must not contain infs or NaNs
array must not contain infs or NaNs
None is no array
an index of N numbers; NAME takes N
index N outside [N, N], the range of NAME
the labels must be integers; are output and labels in the right order?
supports_files must be a list of paths or state dicts, not one of them
"""


MOST_TEXTS = 10


def texts_raised_in(results):
    """The texts of exceptions in what a task's `drive` returned, each once."""
    return [*dict.fromkeys(_raised_in(results, False))][:MOST_TEXTS]


def _raised_in(value, is_raised):
    """The texts in a value, which `is_raised` where it stands under one of RAISED; its own before those further in."""
    if isinstance(value, str):
        return [value] if is_raised and value else []
    if isinstance(value, list):
        return [text for item in value for text in _raised_in(item, is_raised)]
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name not in RAISED)
        return [text for name in names for text in _raised_in(value[name], name in RAISED)]
    return []


def results_without_data(results, sources):
    """What a task's `drive` returned, nested dicts and lists, with texts in it less what could be data."""
    return _without_data_in(results, _Written(sources), False)


def _without_data_in(value, written, is_raised):
    if isinstance(value, dict):
        return {name: _without_data_in(item, written, name in RAISED) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_data_in(item, written, is_raised) for item in value]
    if not isinstance(value, str):
        return value
    return _as_told(value, written) if is_raised else _kind(value, written)


class _Written:
    """The words and lines of what the student has written, and the most lines of a cell.

    They are found once: a forged result may hold a hundred thousand texts that are looked up here.
    """

    def __init__(self, sources):
        text = "\n".join(sources)
        self.words, self.lines = set(WORD.findall(text)), {line.strip() for line in text.split("\n")}
        self.most_lines = max((source.count("\n") + 1 for source in sources), default=0)


def _kind(text, written):
    """The name of a type, or a shape."""
    is_known = all(word in written.words or word in NAMES or word in TYPES for word in WORD.findall(text))
    return text if is_known else "..."


def without_data(raised, sources):
    """The text of an exception as `losssurf_lab.calling.describe_error` gives it, less what could be data.

    sources: the texts of all that the student has written
    """
    return _as_told(raised, _Written(sources))


def _as_told(raised, written):
    if not raised:
        return ""
    head, *rest = raised.split("\n")
    name, _, message = head.partition(": ")
    frames = [line for line in rest if FRAME.fullmatch(line)]
    name = name if name in TYPES or (name in written.words and WORD.fullmatch(name)) else "an exception"
    # A message of several lines, as of a state dict that does not fit, is known by its first.
    told = _known(message.strip(), written.words)
    shown = [line for line in frames[:MOST_FRAMES] if _is_own(line, written)]
    return "\n".join([f"{name}: {told}".rstrip(": "), *map(_shortened, shown)])


def _known(message, words):
    """The message as it is known, with its names where they are among the student's words; "" where there is none."""
    if not message:
        return ""
    for pattern, parts in _patterns():
        if found := pattern.match(message):
            given = iter(found.groups())
            return "".join(part if part != "NAME" else _name(next(given), words) for part in parts)
    return KEPT_BACK


def _name(text, words):
    return text if all(word in words or word in NAMES for word in text.split(".")) else "..."


@cache
def _patterns():
    """(pattern, [the parts that are told]) of each message."""
    patterns = []
    for line in MESSAGES.strip().splitlines():
        parts = re.split(r"(NAME|\bN\b)", line)
        expressions = {"NAME": r"([^\W\d][\w.]{0,60})", "N": r"[-+\d.eE,()\[\] naif]{1,60}?"}
        pattern = re.compile("".join(expressions.get(part) or re.escape(part) for part in parts))
        patterns.append((pattern, ["..." if part == "N" else part for part in parts]))
    return patterns


def _is_own(frame, written):
    """Whether a line of a traceback stands so in what the student has written."""
    number, text = FRAME.fullmatch(frame).groups()
    return int(number) <= written.most_lines and text.strip() in written.lines


def _shortened(frame):
    number, text = FRAME.fullmatch(frame).groups()
    return f"  line {number}: {text.strip()}"
