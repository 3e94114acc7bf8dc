"""From what a handler returned or raised to the bytes of its answer."""

import json
import os
import sys
import traceback

# As AWS: text beyond ASCII leaves as it is since 3.12.
ESCAPE_UNICODE = sys.version_info < (3, 12)


class RuntimeFault(Exception):
    """An error of the runtime itself, named as AWS names it."""

    def __init__(self, error_type, message, frames=None):
        super().__init__(message)
        self.error_type = error_type
        self.frames = frames if frames is not None else []


class HasDecimal(Exception):
    """The answer has numbers that json cannot write."""


class Number(float):
    """Written as it is spelled."""

    def __new__(cls, text):
        number = super().__new__(cls, 0)
        number.text = text
        return number


def is_decimal(value):
    decimal = sys.modules.get("decimal")
    return decimal is not None and isinstance(value, decimal.Decimal)


def other_types(value):
    """For what json does not know. Decimals, as boto3 hands them out, are written to their last digit."""
    if is_decimal(value):
        raise HasDecimal
    if isinstance(value, bytes):
        return value.decode()
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


def other_types_and_decimals(value):
    if is_decimal(value):
        return float("nan") if value.is_nan() else Number(str(value))
    return other_types(value)


def spelled(number):
    if isinstance(number, Number):
        return number.text
    if number != number:
        return "NaN"
    if number in (float("inf"), float("-inf")):
        return "Infinity" if number > 0 else "-Infinity"
    return float.__repr__(number)


def dumps_with_decimals(value):
    """json's own encoder in Python, which lets numbers be written otherwise; the one in C does not."""
    text = json.encoder.encode_basestring_ascii if ESCAPE_UNICODE else json.encoder.encode_basestring
    write = json.encoder._make_iterencode({}, other_types_and_decimals, text, None, spelled, ": ", ", ", False, False, False)
    return "".join(write(value, 0))


def encode(value):
    """The bytes of an answer. Raises RuntimeFault."""
    if isinstance(value, bytes):
        return value
    try:
        try:
            return json.dumps(value, default=other_types, ensure_ascii=ESCAPE_UNICODE).encode()
        except HasDecimal:
            return dumps_with_decimals(value).encode()
    except Exception as error:
        raise RuntimeFault("Runtime.MarshalError", "Unable to marshal response: %s" % error)


def decode(body):
    """The event. Raises RuntimeFault."""
    try:
        return json.loads(body) if body else {}
    except ValueError as error:
        raise RuntimeFault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error)


def frames_of(error, runtime_file):
    """As AWS's stackTrace lists them: without the runtime's own files, and without the marks below a line."""
    folder = os.path.dirname(runtime_file)
    frames = traceback.extract_tb(error.__traceback__)
    shown = [frame for frame in frames if not is_own(frame.filename, folder)]
    return traceback.format_list([(as_on_aws(frame.filename), frame.lineno, frame.name, frame.line) for frame in shown])


def is_own(path, folder):
    """Whether a file is the runtime's own. The SDK beside it is not."""
    name = os.path.basename(path)
    return os.path.dirname(path) == folder and (name == "bootstrap.py" or name.startswith("hearth_"))


def as_on_aws(path):
    """Where AWS has a file of the standard library."""
    library = os.path.dirname(os.__file__) + "/"
    return "/var/lang/lib/python%d.%d/%s" % (sys.version_info[:2] + (path[len(library) :],)) if path.startswith(library) else path


def failure(error, request_id, runtime_file):
    """AWS's document about an error."""
    if isinstance(error, RuntimeFault):
        error_type, frames = error.error_type, error.frames
    else:
        error_type, frames = type(error).__name__, frames_of(error, runtime_file)
    try:
        message = str(error)
    except Exception as broken:
        message = "the error cannot be shown: its __str__ raised %s" % type(broken).__name__
    return {"errorMessage": message, "errorType": error_type, "requestId": request_id, "stackTrace": frames}
