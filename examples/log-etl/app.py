import base64
import gzip
import json
import os
from collections import defaultdict
from datetime import datetime, timezone

import boto3
from botocore.config import Config

s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))
NAMES = ["ip", "user", "time", "method", "path", "status", "bytes"]


def row(line):
    """The fields of a line; None for a line of seven words that is something else."""
    fields = dict(zip(NAMES, line.split()))
    if not (fields["status"].isdecimal() and fields["bytes"].isdecimal()):
        return None
    return {**fields, "status": int(fields["status"]), "bytes": int(fields["bytes"])}


def handler(event, context):
    """Writes the lines of a chunk as one object for each day: JSON, a row a line, below year=…/month=…/day=…, as query engines like it."""
    chunk = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    days = defaultdict(list)
    for entry in chunk["logEvents"]:
        fields = row(entry["message"])
        if fields is None:
            continue
        day = datetime.fromtimestamp(entry["timestamp"] / 1000, timezone.utc)
        days[day.strftime("year=%Y/month=%m/day=%d")].append(fields)
    # The same chunk may come twice: it gets the same name, so that no row is counted twice.
    name = chunk["logEvents"][0]["id"]
    for day, rows in days.items():
        body = "".join(json.dumps(row) + "\n" for row in rows)
        s3.put_object(Bucket=os.environ["BUCKET"], Key=f"{day}/{name}.json", Body=body, ContentType="application/x-ndjson")
        print(f"{len(rows)} rows to {day}/{name}.json")
