import os

import boto3

screens = boto3.resource("dynamodb").Table(os.environ["SCREENS"])


def handler(event, context):
    """Remembers which screens are connected."""
    key = {"connection": event["requestContext"]["connectionId"]}
    if event["requestContext"]["eventType"] == "CONNECT":
        screens.put_item(Item=key)
    else:
        screens.delete_item(Key=key)
    return {"statusCode": 200}
