"""The function of the behaviour suite in Python: the event's `do` says what it does. packages/testkit/src/languages.ts has its answers."""

import logging
import os
import sys
import time
import urllib.error
import urllib.request

count = 0


def increment(event, context):
    global count
    count += 1
    return count


def described(event, context):
    return {
        "requestId": context.aws_request_id,
        "functionName": context.function_name,
        "functionVersion": context.function_version,
        "arn": context.invoked_function_arn,
        "memory": int(context.memory_limit_in_mb),
        "logGroup": context.log_group_name,
        "logStream": context.log_stream_name,
        "remaining": context.get_remaining_time_in_millis(),
        "custom": context.client_context.custom,
    }


def fail(event, context):
    raise LookupError("as asked: ü")


def wait(event, context):
    time.sleep(event["ms"] / 1000)
    return "waited"


def log(event, context):
    logger = logging.getLogger()
    logger.setLevel(os.environ.get("AWS_LAMBDA_LOG_LEVEL", "DEBUG"))
    logger.debug("at debug")
    logger.info("at info")
    logger.error("at error\nin two lines")
    print("plain ü")


def layer(event, context):
    with open("/opt/data/text.txt") as file:
        return file.read()


def library(event, context):
    import fromlayer

    return fromlayer.NAME


def door(event, context):
    try:
        return urllib.request.urlopen("http://%s/2018-06-01/runtime/nothing" % os.environ["AWS_LAMBDA_RUNTIME_API"]).status
    except urllib.error.HTTPError as error:
        return error.code


ACTIONS = {
    "echo": lambda event, context: event["value"],
    "nothing": lambda event, context: None,
    "text": lambda event, context: "x" * event["size"],
    "count": increment,
    "context": described,
    "environment": lambda event, context: {"variables": dict(os.environ), "folder": os.getcwd()},
    "fail": fail,
    "exit": lambda event, context: sys.exit(event["status"]),
    "wait": wait,
    "log": log,
    "layer": layer,
    "library": library,
    "door": door,
}


def handler(event, context):
    return ACTIONS[event["do"]](event, context)
