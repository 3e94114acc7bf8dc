import json
import os
from decimal import Decimal

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
screens = boto3.resource("dynamodb").Table(os.environ["SCREENS"])
connections = boto3.client("apigatewaymanagementapi", endpoint_url=os.environ["CONNECTIONS"])


def handler(reading, context):
    """Keeps the newest reading of a room, and shows it on all screens. The event is what the rule's SQL selects."""
    values = {":at": int(reading["at"]), ":temperature": Decimal(str(reading["temperature"]))}
    try:
        table.update_item(
            Key={"room": reading["room"]},
            UpdateExpression="SET #at = :at, temperature = :temperature",
            # Messages may arrive in another order, and more than once.
            ConditionExpression="attribute_not_exists(#at) OR #at < :at",
            ExpressionAttributeNames={"#at": "at"},
            ExpressionAttributeValues=values,
        )
    except table.meta.client.exceptions.ConditionalCheckFailedException:
        print(f"{reading['room']} has a newer reading")
        return
    message = json.dumps({"room": reading["room"], "temperature": reading["temperature"]})
    for screen in screens.scan()["Items"]:
        try:
            connections.post_to_connection(ConnectionId=screen["connection"], Data=message)
        except connections.exceptions.GoneException:
            # It left without a word.
            screens.delete_item(Key=screen)
