import { tmpdir } from "node:os";
import { awsEnvironment, findProgram, runProgram, skipReason, startHearth } from "@hearth/testkit";
import { describe, expect, test } from "vitest";

/** What the resource layer of boto3 sees. It prints one line of JSON. */
const STORY = `
import json, boto3
from decimal import Decimal
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary
from botocore.exceptions import ClientError

db = boto3.resource("dynamodb")
client = db.meta.client
key = lambda hash, range: [{"AttributeName": hash, "KeyType": "HASH"}, {"AttributeName": range, "KeyType": "RANGE"}]
table = db.create_table(
    TableName="orders",
    KeySchema=key("customer", "number"),
    AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in (("customer", "S"), ("number", "N"), ("state", "S"))],
    LocalSecondaryIndexes=[{"IndexName": "by-state", "KeySchema": key("customer", "state"), "Projection": {"ProjectionType": "KEYS_ONLY"}}],
    GlobalSecondaryIndexes=[{"IndexName": "states", "KeySchema": key("state", "number"), "Projection": {"ProjectionType": "ALL"}}],
    BillingMode="PAY_PER_REQUEST",
    StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
table.wait_until_exists()

def refused(call, **asked):
    try:
        call(**asked)
    except ClientError as error:
        kind = getattr(client.exceptions, error.response["Error"]["Code"], None)
        return [kind is not None and isinstance(error, kind), error.response["Error"]["Code"], error.response["Error"]["Message"]]

with table.batch_writer(overwrite_by_pkeys=["customer", "number"]) as batch:
    for number in range(60):
        batch.put_item(Item={"customer": "ann", "number": number, "state": "open" if number % 3 else "sent", "price": Decimal("1.50")})
    batch.put_item(Item={"customer": "ann", "number": 59, "state": "late"})
    batch.delete_item(Key={"customer": "ann", "number": 0})

everything = {"customer": "bob", "number": Decimal("1E+3"), "text": "", "yes": True, "none": None, "bytes": Binary(b"\\x00\\xff"),
              "list": [1, "a", {"deep": Decimal("-0.1")}], "texts": {"a", "b"}, "numbers": {1, Decimal("2.5")}, "blobs": {Binary(b"x")}}
written = table.put_item(Item=everything, ReturnItemCollectionMetrics="SIZE")
bob = {"customer": "bob", "number": 1000}
updated = table.update_item(
    Key=bob, UpdateExpression="SET #l = list_append(#l, :more), seen = if_not_exists(seen, :zero) + :one ADD texts :texts REMOVE yes",
    ConditionExpression=Attr("yes").eq(True) & Attr("list[2].deep").lt(0) & Attr("texts").contains("a"),
    ExpressionAttributeNames={"#l": "list"}, ExpressionAttributeValues={":more": [Decimal(9)], ":zero": 0, ":one": 1, ":texts": {"c"}},
    ReturnValues="UPDATED_NEW")["Attributes"]

def numbers(**asked):
    return [int(item["number"]) for item in table.query(**asked)["Items"]]

pages = client.get_paginator("query").paginate(TableName="orders", KeyConditionExpression=Key("customer").eq("ann"), PaginationConfig={"PageSize": 25})
together = db.batch_get_item(RequestItems={"orders": {"Keys": [bob, {"customer": "ann", "number": 1}, {"customer": "none", "number": 1}], "ProjectionExpression": "customer"}})
said = {
    "whole": table.get_item(Key=bob)["Item"] == {**{name: value for name, value in everything.items() if name != "yes"}, **updated, "seen": 1},
    "updated": [str(updated["list"][-1]), sorted(updated["texts"]), str(updated["seen"])],
    "collection": [written["ItemCollectionMetrics"]["ItemCollectionKey"], [float(edge) for edge in written["ItemCollectionMetrics"]["SizeEstimateRangeGB"]]],
    "between": numbers(KeyConditionExpression=Key("customer").eq("ann") & Key("number").between(3, 6), ScanIndexForward=False),
    "local": numbers(IndexName="by-state", KeyConditionExpression=Key("customer").eq("ann") & Key("state").begins_with("la")),
    "global": numbers(IndexName="states", KeyConditionExpression=Key("state").eq("sent") & Key("number").lt(10)),
    "filtered": table.scan(FilterExpression=Attr("price").not_exists() | Attr("state").is_in(["late"]), Select="COUNT")["Count"],
    "pages": [page["Count"] for page in pages],
    "together": sorted(item["customer"] for item in together["Responses"]["orders"]),
    "segments": sum(table.scan(Segment=segment, TotalSegments=3)["Count"] for segment in range(3)),
    "condition": refused(table.put_item, Item=bob, ConditionExpression=Attr("customer").not_exists()),
    "missing": refused(db.Table("none").get_item, Key=bob),
    "schema": refused(table.get_item, Key={"customer": "bob"}),
    "index": refused(table.put_item, Item={**bob, "state": 1}),
    "taken": refused(db.create_table, TableName="orders", KeySchema=key("a", "b"), BillingMode="PAY_PER_REQUEST",
                     AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in "ab"]),
    "tables": [one.name for one in db.tables.all()],
}
try:
    client.transact_write_items(TransactItems=[
        {"Put": {"TableName": "orders", "Item": {"customer": "eve", "number": 1}}},
        {"ConditionCheck": {"TableName": "orders", "Key": bob, "ConditionExpression": "attribute_not_exists(customer)"}}])
except client.exceptions.TransactionCanceledException as error:
    said["cancelled"] = [reason["Code"] for reason in error.response["CancellationReasons"]]
streams = boto3.client("dynamodbstreams")
arn = table.latest_stream_arn
table.delete()
table.wait_until_not_exists()
said["ended"] = [streams.describe_stream(StreamArn=arn)["StreamDescription"]["StreamStatus"],
                 [one["StreamArn"] == arn for one in streams.list_streams(TableName="orders")["Streams"]]]
print(json.dumps(said))
`;

const python = findProgram("python3");
const noBoto3 =
  python && (await runProgram(python, ["-c", "import boto3"], { cwd: tmpdir(), env: process.env })).code === 0
    ? undefined
    : "python3 has no boto3";

describe("boto3", skipReason(noBoto3), () => {
  test("writes, reads, queries and deletes tables by its resources", async () => {
    await using hearth = await startHearth();
    const env = { ...process.env, ...awsEnvironment(hearth.clientConfig) };
    const { code, stdout, stderr } = await runProgram(python ?? "", ["-c", STORY], { cwd: tmpdir(), env });
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toEqual({
      whole: true,
      updated: ["9", ["a", "b", "c"], "1"],
      collection: [{ customer: "bob" }, [0, 1]],
      between: [6, 5, 4, 3],
      local: [59],
      global: [3, 6, 9],
      filtered: 2,
      pages: [25, 25, 9],
      together: ["ann", "bob"],
      segments: 60,
      condition: [true, "ConditionalCheckFailedException", "The conditional request failed"],
      missing: [true, "ResourceNotFoundException", "Requested resource not found"],
      schema: [false, "ValidationException", "The provided key element does not match the schema"],
      index: [
        false,
        "ValidationException",
        "One or more parameter values were invalid: Type mismatch for Index Key state Expected: S Actual: N IndexName: by-state",
      ],
      taken: [true, "ResourceInUseException", "Table already exists: orders"],
      tables: ["orders"],
      cancelled: ["None", "ConditionalCheckFailed"],
      ended: ["DISABLED", [true]],
    });
  });
});
