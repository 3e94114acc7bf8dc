import { expect, test } from "vitest";
import { reportsIn } from "./reports.ts";

const record = (eventName: string, key: string, arn = "arn:aws:s3:::b") => ({
  eventName,
  s3: { bucket: { name: "b", arn }, object: { key } },
});
const created = { bucket: "b", key: "a b+ü", event: "ObjectCreated:Put" };

test("bodies of S3, MinIO, versitygw, SeaweedFS, SNS and EventBridge name the same object", () => {
  const escaped = "a+b%2B%C3%BC";
  const s3 = { Records: [record("ObjectCreated:Put", escaped)] };
  expect(reportsIn(s3)).toEqual([created]);
  expect(reportsIn({ EventName: "s3:ObjectCreated:Put", Key: "b/x", ...s3 })).toEqual([created]);
  expect(reportsIn({ Type: "Notification", Message: JSON.stringify(s3) })).toEqual([created]);
  expect(reportsIn({ Records: [record("s3:ObjectCreated:Put", "a b+ü", "arn:aws:s3:::/b/a b+ü")] })).toEqual([created]);
  expect(reportsIn({ event_type: "create", key: "/buckets/b/a b+ü", message: { new_entry: {} } })).toEqual([created]);
  const detail = { bucket: { name: "b" }, object: { key: "a b+ü" } };
  expect(reportsIn({ source: "aws.s3", "detail-type": "Object Created", detail })).toEqual([created]);
});

test("removals and the ways in which objects are made keep their names, others become the nearest one", () => {
  const eventOf = (name: string) => reportsIn({ Records: [record(name, "k")] })[0]?.event;
  expect(eventOf("s3:ObjectRemoved:DeleteObjects")).toBe("ObjectRemoved:Delete");
  expect(eventOf("ObjectRemoved:DeleteMarkerCreated")).toBe("ObjectRemoved:DeleteMarkerCreated");
  expect(eventOf("s3:ObjectCreated:CompleteMultipartUpload")).toBe("ObjectCreated:CompleteMultipartUpload");
  expect(eventOf("s3:ObjectCreated:<script>")).toBe("ObjectCreated:Put");
  const renamed = {
    event_type: "rename",
    key: "/buckets/b/old",
    message: { new_parent_path: "/buckets/b/x", new_entry: { name: "new" } },
  };
  expect(reportsIn(renamed).map(({ key }) => key)).toEqual(["old", "x/new"]);
  expect(reportsIn({ event_type: "delete", key: "/buckets/b/old", message: {} })[0]?.event).toBe(
    "ObjectRemoved:Delete",
  );
});

test.each([
  "s3:ObjectAccessed:Get",
  "s3:ObjectTagging:Put",
  "s3:ObjectAcl:Put",
  "s3:ObjectRestore:Completed",
  "s3:TestEvent",
])("%s changes no object, and is not reported", (name) => {
  expect(reportsIn({ EventName: name, Records: [record(name, "k")] })).toEqual([]);
});

test("EventBridge says how an object was made or removed; its other events are not about that", () => {
  const eventOf = (type: string, more: object) => {
    const detail = { bucket: { name: "b" }, object: { key: "k" }, ...more };
    return reportsIn({ source: "aws.s3", "detail-type": type, detail })[0]?.event;
  };
  expect(eventOf("Object Created", { reason: "CopyObject" })).toBe("ObjectCreated:Copy");
  expect(eventOf("Object Created", { reason: "constructor" })).toBe("ObjectCreated:Put");
  expect(eventOf("Object Deleted", { "deletion-type": "Permanently Deleted" })).toBe("ObjectRemoved:Delete");
  expect(eventOf("Object Deleted", { "deletion-type": "Delete Marker Created" })).toBe(
    "ObjectRemoved:DeleteMarkerCreated",
  );
  expect(eventOf("Object Tags Added", {})).toBeUndefined();
});

test.for([
  [null],
  [7],
  [{ Records: [null, 1, {}, { s3: {} }, { s3: { bucket: { name: 1 }, object: { key: {} } } }] }],
  [{ Message: "no JSON" }],
  [{ Message: JSON.stringify({ Message: JSON.stringify({ Records: [record("x", "k")] }) }) }],
  [{ event_type: "create", key: "/etc/passwd" }],
  [{ Records: [record("s3:ObjectCreated:Put", "k".repeat(1_025))] }],
  [{ detail: { bucket: [], object: "x" } }],
])("a body that is none of them reports nothing: %j", ([body]) => {
  expect(reportsIn(body)).toEqual([]);
});

test("one body reports a thousand objects at most", () => {
  const Records = Array.from({ length: 5_000 }, (_, n) => record("s3:ObjectCreated:Put", String(n)));
  expect(reportsIn({ Records })).toHaveLength(1_000);
});
