import { randomUUID } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";

const table = DynamoDBDocumentClient.from(new DynamoDBClient());
const TableName = process.env.TABLE;

const answer = (statusCode, content) => ({
  statusCode,
  headers: { "content-type": "application/json" },
  body: content === undefined ? "" : JSON.stringify(content),
});

const routes = {
  async "GET /notes"() {
    const { Items } = await table.send(new ScanCommand({ TableName }));
    return answer(200, Items);
  },
  async "POST /notes"({ body }) {
    const { text } = JSON.parse(body ?? "{}");
    if (typeof text !== "string") return answer(400, { message: "text is missing" });
    const Item = { id: randomUUID(), text };
    await table.send(new PutCommand({ TableName, Item }));
    return answer(201, Item);
  },
  async "GET /notes/{id}"({ pathParameters: { id } }) {
    const { Item } = await table.send(new GetCommand({ TableName, Key: { id } }));
    return Item ? answer(200, Item) : answer(404, { message: "there is no such note" });
  },
  async "DELETE /notes/{id}"({ pathParameters: { id } }) {
    await table.send(new DeleteCommand({ TableName, Key: { id } }));
    return answer(204);
  },
};

export const handler = (event) => routes[`${event.httpMethod} ${event.resource}`](event);
