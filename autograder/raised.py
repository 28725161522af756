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
RAISED = ("raised", "error")  # where the driver has the text of an exception
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
    """The texts of exceptions in what the driver returned, each once."""
    if isinstance(results, dict):
        own = [value for key, value in results.items() if key in RAISED and isinstance(value, str) and value]
        inner = [text for value in results.values() for text in texts_raised_in(value)]
        return [*dict.fromkeys(own + inner)][:MOST_TEXTS]
    if isinstance(results, list):
        return [*dict.fromkeys(text for value in results for text in texts_raised_in(value))][:MOST_TEXTS]
    return []


def results_without_data(results, sources):
    """What the driver returned, nested dicts and lists, with texts in it less what could be data."""
    if isinstance(results, dict):
        return {key: without_data(value, sources) if key in RAISED and isinstance(value, str)
                else results_without_data(value, sources) for key, value in results.items()}  # fmt: skip
    if isinstance(results, list):
        return [results_without_data(value, sources) for value in results]
    return _kind(results, sources) if isinstance(results, str) else results


def _kind(text, sources):
    """The name of a type, or a shape."""
    words = set(WORD.findall(text)) - NAMES - TYPES
    return text if not words or words <= set(WORD.findall("\n".join(sources))) else "..."


def without_data(raised, sources):
    """The text of an exception as `losssurf_lab_driver.describe_error` gives it, less what could be data.

    sources: the texts of all that the student has written
    """
    if not raised:
        return ""
    head, *rest = raised.split("\n")
    name, _, message = head.partition(": ")
    frames = [line for line in rest if FRAME.fullmatch(line)]
    written = "\n".join(sources)
    words, lines = set(WORD.findall(written)), {line.strip() for line in written.split("\n")}
    name = name if name in TYPES or (name in words and WORD.fullmatch(name)) else "an exception"
    # A message of several lines, as of a state dict that does not fit, is known by its first.
    told = _known(message.strip(), words | NAMES)
    shown = [line for line in frames[:MOST_FRAMES] if _is_own(line, sources, lines)]
    return "\n".join([f"{name}: {told}".rstrip(": "), *map(_shortened, shown)])


def _known(message, names):
    """The message as it is known, with its names where these are the student's; "" where there is none."""
    if not message:
        return ""
    for pattern, parts in _patterns():
        if found := pattern.match(message):
            given = iter(found.groups())
            return "".join(part if part != "NAME" else _name(next(given), names) for part in parts)
    return KEPT_BACK


def _name(text, names):
    return text if all(word in names for word in text.split(".")) else "..."


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


def _is_own(frame, sources, lines):
    """Whether a line of a traceback stands so in what the student has written."""
    number, text = FRAME.fullmatch(frame).groups()
    return int(number) <= max((source.count("\n") + 1 for source in sources), default=0) and text.strip() in lines


def _shortened(frame):
    number, text = FRAME.fullmatch(frame).groups()
    return f"  line {number}: {text.strip()}"
