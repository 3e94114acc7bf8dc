import type { AuditCaller, AuditEvent } from "@hearth/store";
import { eventSource } from "./eventSource.ts";

/** An event as CloudTrail writes it. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html */
export function trailEvent(event: AuditEvent): object {
  const { errorCode, errorMessage } = event;
  return {
    eventVersion: "1.11",
    userIdentity: userIdentity(event.caller),
    eventTime: `${new Date(event.time).toISOString().slice(0, 19)}Z`,
    eventSource: eventSource(event.service),
    eventName: event.operation,
    awsRegion: event.region,
    sourceIPAddress: event.sourceIp ?? "AWS Internal",
    userAgent: event.userAgent ?? "",
    ...(errorCode !== null && { errorCode }),
    ...(errorMessage !== null && { errorMessage }),
    requestParameters: membersOf(JSON.parse(event.input)),
    responseElements: null,
    requestID: event.requestId,
    eventID: event.eventId,
    readOnly: event.isReadOnly,
    ...(event.resources.length > 0 && {
      resources: event.resources
        .filter((name) => name.startsWith("arn:"))
        .map((ARN) => ({ accountId: accountIn(ARN, event), ARN })),
    }),
    eventType: "AwsApiCall",
    managementEvent: !event.isDataEvent,
    recipientAccountId: event.accountId,
    eventCategory: event.isDataEvent ? "Data" : "Management",
  };
}

function userIdentity({ kind, accountId, arn, id, userName, accessKeyId }: AuditCaller): object {
  const who = { principalId: id, arn, accountId, ...(accessKeyId !== null && { accessKeyId }) };
  switch (kind) {
    case "root":
      return { type: "Root", ...who };
    case "user":
      return { type: "IAMUser", ...who, userName };
    case "role":
      return { type: "AssumedRole", ...who, sessionContext: { sessionIssuer: sessionIssuer(arn, id, accountId) } };
    case "anonymous":
      return { type: "AWSAccount", principalId: "", accountId: "ANONYMOUS_PRINCIPAL" };
    case "hearth":
      return { type: "AWSService", invokedBy: "hearth" };
  }
}

/** The role of a session, from `arn:aws:sts::<account>:assumed-role/<role>/<session>`. */
function sessionIssuer(sessionArn: string, id: string, accountId: string): object {
  const [, partition] = sessionArn.split(":");
  const [, userName = ""] = sessionArn.split("/");
  const arn = `arn:${partition}:iam::${accountId}:role/${userName}`;
  return { type: "Role", principalId: id.split(":")[0] ?? id, arn, accountId, userName };
}

function accountIn(arn: string, { accountId }: AuditEvent): string {
  return arn.split(":")[4] || accountId;
}

/** Members that are maps: their keys are data and keep their case. */
const MAPS = new Set(["tags", "variables"]);

/** Members begin with a small letter in CloudTrail's events. */
function membersOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(membersOf);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const small = name.slice(0, 1).toLowerCase() + name.slice(1);
      return [small, MAPS.has(small) ? member : membersOf(member)];
    }),
  );
}
