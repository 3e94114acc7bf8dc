/** A function that creates, changes, invokes and deletes functions with the boto3 of Python's image, and returns what it observed. */
export const BOTO3_STORY = `
import io, json, zipfile
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

aws = boto3.client("lambda", config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))

def code(text):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as z:
        z.writestr("app.py", text)
    return archive.getvalue()

ECHO = code("def handler(event, context):\\n    return event\\n")
FAIL = code("def handler(event, context):\\n    raise KeyError('gone')\\n")
SOON = {"Delay": 1, "MaxAttempts": 60}

def refused(name, call, **asked):
    try:
        call(**asked)
    except ClientError as error:
        kind = getattr(aws.exceptions, name, ClientError)
        answer = error.response
        return [isinstance(error, kind), answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]]
    return "it succeeded"

def pages(operation, member, key, **asked):
    found = aws.get_paginator(operation).paginate(PaginationConfig={"PageSize": 1}, **asked)
    return [[one[key] for one in page[member]] for page in found]

def handler(event, context):
    role, name, other = event["role"], event["name"], event["name"] + "-other"
    saw = {"boto3": boto3.__version__}
    new = dict(Runtime="python3.13", Handler="app.handler", Role=role, Code={"ZipFile": ECHO}, Tags={"team": "a"})
    saw["created"] = aws.create_function(FunctionName=name, **new)["State"]
    aws.create_function(FunctionName=other, **dict(new, Code={"ZipFile": FAIL}))
    aws.get_waiter("function_exists").wait(FunctionName=name, WaiterConfig=SOON)
    for one in (name, other):
        aws.get_waiter("function_active_v2").wait(FunctionName=one, WaiterConfig=SOON)
    answer = aws.get_function(FunctionName=name)
    saw["active"] = [answer["Configuration"]["State"], answer["Configuration"]["LastUpdateStatus"], answer["Tags"]]

    aws.update_function_configuration(FunctionName=name, Timeout=7)
    aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=SOON)
    saw["updated"] = aws.get_function_configuration(FunctionName=name)["Timeout"]
    saw["published"] = aws.publish_version(FunctionName=name, Description="first")["Version"]
    aws.get_waiter("published_version_active").wait(FunctionName=name, Qualifier="1", WaiterConfig=SOON)

    for alias in ("blue", "green"):
        aws.create_alias(FunctionName=name, Name=alias, FunctionVersion="1")
    aws.update_alias(FunctionName=name, Name="green", FunctionVersion="$LATEST")
    saw["aliases"] = pages("list_aliases", "Aliases", "Name", FunctionName=name)
    saw["versions"] = pages("list_versions_by_function", "Versions", "Version", FunctionName=name)
    saw["functions"] = [names for names in pages("list_functions", "Functions", "FunctionName") if names[0].startswith(name)]

    answer = aws.invoke(FunctionName=name, Qualifier="blue", Payload=b'{"n": 1}', LogType="Tail")
    saw["invoked"] = [answer["StatusCode"], answer["ExecutedVersion"], json.loads(answer["Payload"].read()), "LogResult" in answer]
    answer = aws.invoke(FunctionName=other)
    saw["failed"] = [answer["StatusCode"], answer["FunctionError"], json.loads(answer["Payload"].read())["errorType"]]
    saw["queued"] = aws.invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")["StatusCode"]
    saw["dry"] = aws.invoke(FunctionName=name, InvocationType="DryRun")["StatusCode"]

    aws.put_function_concurrency(FunctionName=other, ReservedConcurrentExecutions=0)
    saw["refused"] = {
        "missing": refused("ResourceNotFoundException", aws.get_function, FunctionName=name + "-none"),
        "taken": refused("ResourceConflictException", aws.create_function, FunctionName=name, **new),
        "rule": refused("InvalidParameterValueException", aws.delete_function, FunctionName=name, Qualifier="$LATEST"),
        "revision": refused("PreconditionFailedException", aws.publish_version, FunctionName=name, RevisionId="old"),
        "throttled": refused("TooManyRequestsException", aws.invoke, FunctionName=other),
        "payload": refused("InvalidRequestContentException", aws.invoke, FunctionName=name, Payload=b"{"),
        "large": refused("RequestTooLargeException", aws.invoke, FunctionName=name, InvocationType="Event", Payload=b'"' + b"x" * 1048576 + b'"'),
        "constraints": refused("ValidationException", aws.update_function_configuration, FunctionName=name, Timeout=0, MemorySize=1),
        "referenced": refused("ResourceConflictException", aws.delete_function, FunctionName=name, Qualifier="1"),
    }
    for one in (name, other):
        aws.delete_function(FunctionName=one)
    saw["gone"] = refused("ResourceNotFoundException", aws.get_function_configuration, FunctionName=name)[:3]
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="story-bucket")
    s3.upload_fileobj(io.BytesIO(b"y" * 9000000), "story-bucket", "large")
    s3.put_object(Bucket="story-bucket", Key="told", Body=b"by the function")
    saw["link"] = s3.generate_presigned_url("get_object", Params={"Bucket": "story-bucket", "Key": "told"})
    return saw
`;
