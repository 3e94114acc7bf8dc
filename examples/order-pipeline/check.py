import json
import os

import boto3

events = boto3.client("events")


def check(message):
    order = json.loads(message["body"])
    attempt = int(message["attributes"]["ApproximateReceiveCount"])
    if order["amount"] <= 0:
        raise ValueError(f"order {order['id']} has nothing in it")
    if order.get("paid") == "later" and attempt == 1:
        raise RuntimeError(f"order {order['id']} is not paid yet")
    return {**order, "attempt": attempt}


def handler(event, context):
    """Orders that fail stay in the queue, are received again, and go to the dead-letter queue in the end; the others of the batch do not."""
    failed = []
    for message in event["Records"]:
        try:
            detail = json.dumps(check(message))
            entry = {"EventBusName": os.environ["BUS"], "Source": "shop", "DetailType": "order checked", "Detail": detail}
            if events.put_events(Entries=[entry])["FailedEntryCount"]:
                raise RuntimeError("the bus did not take the event")
        except Exception as error:
            print(f"refused: {error}")
            failed.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failed}
