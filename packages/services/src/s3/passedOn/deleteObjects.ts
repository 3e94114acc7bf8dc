import { hash } from "node:crypto";
import { checkServerKey, type Happened, malformedXml, S3Error, textOf, Unanswered } from "@hearth/objects";
import { readXml, type Reply, type XmlElement } from "@hearth/wire";
import { eventRequest } from "../eventRequest.ts";
import { checkKey } from "../words.ts";
import { type Xml, xmlReply } from "../xml.ts";
import type { PassedCall } from "./passedCall.ts";

const MAX_DELETES = 1_000;
const MAX_ANSWER_BYTES = 16 * 1024 ** 2;

interface NamedObject {
  readonly Key: string;
  readonly VersionId?: string | undefined;
  readonly ETag?: string | undefined;
}

/** Each key is asked about by itself; those that the caller may delete are sent in one request. */
export async function deleteObjects({ input, bucket, context, passedOn }: PassedCall): Promise<Reply> {
  const { Object: list, Quiet } = input["Delete"] as {
    readonly Object: readonly NamedObject[];
    readonly Quiet?: boolean;
  };
  if (list.length === 0 || list.length > MAX_DELETES) throw malformedXml();
  const errors: Xml[] = [];
  const allowed: NamedObject[] = [];
  for (const one of list) {
    const { Key, VersionId } = one;
    const named = { Key, ...(VersionId !== undefined && { VersionId }) };
    try {
      checkKey(Key);
      checkServerKey(Key);
      const refusal = await context.refusalOf("DeleteObject", { Bucket: bucket.name, ...named });
      if (refusal) throw new S3Error("AccessDenied", 403, refusal.message || "Access Denied");
      allowed.push(one);
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      errors.push({ ...named, Code: error.code, Message: error.message });
    }
  }
  const names = { name: "ObjectRemoved:Delete", orName: "ObjectRemoved:DeleteMarkerCreated" };
  const intended = allowed.map(({ Key, VersionId }) => ({ ...names, key: Key, versionId: VersionId }));
  const deleted: Xml[] = [];
  if (allowed.length > 0) {
    await passedOn.writes.pass(bucket, intended, eventRequest(context), async () => {
      const content = allowed.map(({ Key, VersionId, ETag }) => ({
        Key,
        ...(VersionId !== undefined && { VersionId }),
        ...(ETag !== undefined && { ETag }),
      }));
      const body = xmlReply("Delete", { Object: content, Quiet: false }).body as Uint8Array;
      const answer = await passedOn.server.send({
        method: "POST",
        bucket: bucket.name,
        query: { delete: "" },
        headers: { "content-md5": hash("md5", body, "base64"), "content-type": "application/xml" },
        body,
      });
      const root = readXml(
        await textOf(answer.body, MAX_ANSWER_BYTES).catch((error: unknown) => {
          throw new Unanswered(true, error);
        }),
      );
      const happened = new Map<string, Happened>();
      for (const element of root.children) {
        const members = membersOf(element);
        if (element.name === "Error") errors.push(members);
        if (element.name !== "Deleted") continue;
        deleted.push(members);
        const isMarker = members["DeleteMarker"] === "true" && members["VersionId"] === undefined;
        happened.set(`${members["VersionId"] ?? ""} ${members["Key"]}`, {
          name: isMarker ? names.orName : names.name,
          versionId: members["DeleteMarkerVersionId"] ?? members["VersionId"],
        });
      }
      const told = intended.map(({ key, versionId = "" }) => happened.get(`${versionId} ${key}`));
      return { result: undefined, happened: told };
    });
  }
  return xmlReply("DeleteResult", { Deleted: Quiet === true ? [] : deleted, Error: errors });
}

const SHOWN = new Set(["Key", "VersionId", "DeleteMarker", "DeleteMarkerVersionId", "Code", "Message"]);

function membersOf({ children }: XmlElement): Readonly<Record<string, string>> {
  return Object.fromEntries(
    children.filter(({ name, text }) => SHOWN.has(name) && text !== "").map(({ name, text }) => [name, text]),
  );
}
