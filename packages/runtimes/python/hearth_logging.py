"""The root logger and the lines of the runtime itself, as on AWS: text, or one JSON object a line when AWS_LAMBDA_LOG_FORMAT is JSON.
https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html"""

import json
import logging
import os
import sys
import time
import traceback

# One log record is one log event: a newline inside it travels as NUL, which Hearth's reader turns back.
INNER_NEWLINE = "\0"
# Log viewers trim spaces at the beginning of a line.
NO_BREAK_SPACE = "\u00a0"
TIME = "%Y-%m-%dT%H:%M:%S"
# What a log record has by itself: the rest are the `extra` members of a call.
OWN_MEMBERS = frozenset(
    "name msg args levelname levelno pathname filename module exc_info exc_text stack_info lineno funcName created msecs "
    "relativeCreated thread threadName processName process aws_request_id tenant_id".split()
)
UNHANDLED = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. However, in rare cases, a Lambda runtime "
    "update can cause unexpected function behavior. For functions using managed runtimes, runtime updates can be triggered by a function "
    "change, or can be applied automatically. To determine if the runtime has been updated, check the runtime version in the INIT_START log "
    "entry. If this error correlates with a change in the runtime version, you may be able to mitigate this error by temporarily rolling back "
    "to the previous runtime version. For more information, see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html\r"
)

# Of the invocation that runs.
request_id = ""
tenant_id = None


def is_json():
    return os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"


class LogSink:
    """Where handlers write: one event a call, also when it has several lines."""

    def log(self, message, frame_type=None):
        sys.stdout.write(message.rstrip("\n").replace("\n", INNER_NEWLINE) + "\n")


class LambdaLoggerHandler(logging.Handler):
    def __init__(self, log_sink):
        super().__init__()
        self.log_sink = log_sink

    def emit(self, record):
        try:
            self.log_sink.log(self.format(record))
        except Exception:
            self.handleError(record)


class LambdaLoggerHandlerWithFrameType(LambdaLoggerHandler):
    """As AWS calls it where log lines have a level."""


class LambdaLoggerFilter(logging.Filter):
    def filter(self, record):
        record.aws_request_id = request_id
        record.tenant_id = tenant_id
        return True


class JsonFormatter(logging.Formatter):
    def __init__(self):
        super().__init__(datefmt=TIME + "Z")

    def format(self, record):
        level = logging.getLevelName(min(50, max(0, record.levelno)) // 10 * 10)
        is_document = isinstance(record.msg, dict) and not record.args
        line = {
            "timestamp": self.formatTime(record, self.datefmt),
            "level": level,
            "message": record.msg if is_document else record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info:
            error_type, error, trace = record.exc_info
            line["stackTrace"] = traceback.format_tb(trace)
            line["errorType"] = error_type.__name__ if error_type else None
            line["errorMessage"] = str(error)
        line["requestId"] = record.aws_request_id
        if record.exc_info:
            line["location"] = "%s:%s:%s" % (record.pathname, record.funcName, record.lineno)
        line["tenantId"] = record.tenant_id
        for name, value in record.__dict__.items():
            if name not in OWN_MEMBERS and name not in line:
                line[name] = value
        return json.dumps({name: value for name, value in line.items() if value is not None}, ensure_ascii=False, default=str)


def install():
    """The root logger writes as on AWS from now on."""
    logging.Formatter.converter = time.gmtime
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = "DEBUG" if level == "TRACE" else level
    handler = (LambdaLoggerHandlerWithFrameType if is_json() or level else LambdaLoggerHandler)(LogSink())
    if is_json():
        handler.setFormatter(JsonFormatter())
    else:
        text = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
        handler.setFormatter(logging.Formatter(text, TIME))
    if level in logging._nameToLevel:
        logging.root.setLevel(level)
    handler.addFilter(LambdaLoggerFilter())
    logging.root.addHandler(handler)


def log_error(document):
    """The line about a failed invocation or init."""
    if is_json():
        line = {"timestamp": time.strftime(TIME + "Z", time.gmtime()), "level": "ERROR"}
        line.update(document)
        LogSink().log(json.dumps(line))
        return
    message = document["errorMessage"]
    lines = ["[ERROR] " + document["errorType"] + (": " + message if message else "")]
    lines.append("Traceback (most recent call last):")
    for frame in document["stackTrace"]:
        for line in frame.splitlines():
            text = line.lstrip(" ")
            lines.append(NO_BREAK_SPACE * (len(line) - len(text)) + text)
    LogSink().log("\n".join(lines))
