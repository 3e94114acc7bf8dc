"""Logs as AWS's Python runtime writes them: text, or one JSON object a record. https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html"""

import json
import logging
import os
import sys
import time
import traceback

# One log record is one log event: a newline inside it travels as NUL, which Hearth's reader turns back.
INNER_NEWLINE = "\0"

_request_id = ""


def set_request_id(request_id):
    """What the records from now on belong to."""
    global _request_id
    _request_id = request_id


def write_event(text):
    """One log event, also when `text` has several lines."""
    sys.stdout.write(text.rstrip("\n").replace("\n", INNER_NEWLINE) + "\n")


def utc(seconds):
    return "%s.%03dZ" % (time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)), seconds % 1 * 1000)


def log_as_json():
    return os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"


def install_logging():
    """The root logger writes as on AWS, at the level that its owner wants."""
    # What every record has; the rest of its members came as `extra`.
    members = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "aws_request_id", "tenant_id"}

    class Handler(logging.Handler):
        def emit(self, record):
            try:
                record.aws_request_id = _request_id
                write_event(self.format(record))
            except Exception:
                self.handleError(record)

    class Json(logging.Formatter):
        def format(self, record):
            # A level between two of logging's own is the lower one of them.
            level = logging.getLevelName(min(50, max(0, record.levelno)) // 10 * 10)
            line = {"timestamp": utc(record.created), "level": level}
            line.update(message=record.getMessage(), logger=record.name)
            if record.exc_info and record.exc_info[0]:
                kind, error, trace = record.exc_info
                line.update(stackTrace=traceback.format_tb(trace), errorType=kind.__name__, errorMessage=str(error))
            if _request_id:
                line["requestId"] = _request_id
            if "stackTrace" in line:
                line["location"] = "%s:%s:%d" % (record.pathname, record.funcName, record.lineno)
            for key, value in vars(record).items():
                if key not in members and key not in line and value is not None:
                    line[key] = value
            return json.dumps(line, ensure_ascii=False, default=str)

    handler = Handler()
    if log_as_json():
        handler.setFormatter(Json())
    else:
        text = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
        formatter = logging.Formatter(text, "%Y-%m-%dT%H:%M:%S")
        formatter.converter = time.gmtime
        handler.setFormatter(formatter)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = "DEBUG" if level == "TRACE" else level
    if isinstance(logging.getLevelName(level), int):
        logging.root.setLevel(level)
    logging.root.addHandler(handler)


def log_failure(document):
    """The line about a failure that AWS's document describes."""
    if log_as_json():
        write_event(json.dumps({"timestamp": utc(time.time()), "level": "ERROR", **document}))
        return
    said = "[ERROR] %s" % document["errorType"]
    if document["errorMessage"]:
        said += ": %s" % document["errorMessage"]
    traced = [line for frame in document["stackTrace"] for line in frame.splitlines()]
    # Indented by no-break spaces, as AWS does it.
    traced = ["\u00a0" * (len(line) - len(line.lstrip(" "))) + line.lstrip(" ") for line in traced]
    write_event("\n".join([said, "Traceback (most recent call last):"] + traced))
