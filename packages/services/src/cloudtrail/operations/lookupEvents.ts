import { decodeCursor, encodeCursor, integer, structure, structures, text, timestamp } from "@hearth/model";
import type { AuditEvent, AuditPosition } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { CloudTrailDeps } from "../deps.ts";
import {
  InvalidEventCategoryException,
  InvalidLookupAttributesException,
  InvalidMaxResultsException,
  InvalidNextTokenException,
  InvalidTimeRangeException,
} from "../errors.ts";
import { eventSource } from "../eventSource.ts";
import { filterOf } from "../lookupAttribute.ts";
import { resourceType } from "../resourceType.ts";
import { trailEvent } from "../trailEvent.ts";

const MAX_RESULTS = 50;

/** The account's events of the request's region, latest first. https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html */
export const lookupEvents = operation({
  name: "LookupEvents",
  input: structure({
    LookupAttributes: structures(
      structure({ AttributeKey: text({ min: 1 }), AttributeValue: text({ max: 2000 }) }),
    ).optional(),
    StartTime: timestamp().optional(),
    EndTime: timestamp().optional(),
    EventCategory: text().optional(),
    MaxResults: integer().optional(),
    NextToken: text().optional(),
  }),
  output: structure({
    Events: z.array(
      structure({
        EventId: z.string(),
        EventName: z.string(),
        ReadOnly: z.string(),
        AccessKeyId: z.string().optional(),
        EventTime: z.date(),
        EventSource: z.string(),
        Username: z.string(),
        Resources: z.array(structure({ ResourceType: z.string().optional(), ResourceName: z.string() })),
        CloudTrailEvent: z.string(),
      }),
    ),
    NextToken: z.string().optional(),
  }),
  errors: [
    InvalidLookupAttributesException,
    InvalidTimeRangeException,
    InvalidMaxResultsException,
    InvalidNextTokenException,
    InvalidEventCategoryException,
  ],
  async handle(input, { accountId, region }, { auditEvents }: CloudTrailDeps) {
    const { LookupAttributes = [], StartTime, EndTime, EventCategory, MaxResults = MAX_RESULTS, NextToken } = input;
    if (MaxResults < 1 || MaxResults > MAX_RESULTS) {
      throw new InvalidMaxResultsException(`MaxResults must be between 1 and ${MAX_RESULTS}.`);
    }
    const [from, to] = [timeOf(StartTime), timeOf(EndTime)];
    if (from !== undefined && to !== undefined && from > to) {
      throw new InvalidTimeRangeException("StartTime must not be later than EndTime.");
    }
    const filter = filterOf(LookupAttributes);
    const after = NextToken === undefined ? undefined : positionIn(NextToken);
    if (EventCategory !== undefined) {
      if (EventCategory !== "insight") throw new InvalidEventCategoryException("EventCategory must be insight.");
      return { Events: [] }; // Hearth has no Insights, so there are none.
    }
    const page = await auditEvents.find({ accountId, region, ...filter, from, to, after, limit: MaxResults });
    return { Events: page.events.map(toEvent), ...(page.next && { NextToken: encodeCursor(page.next) }) };
  },
});

/** PostgreSQL's and JavaScript's times have different ranges. */
const MAX_TIME = 253_402_300_799_999;

function timeOf(date: Date | undefined): number | undefined {
  if (date === undefined) return undefined;
  const time = date.getTime();
  if (Number.isNaN(time)) throw new InvalidTimeRangeException("StartTime and EndTime must be valid times.");
  return Math.min(Math.max(time, 0), MAX_TIME);
}

function positionIn(token: string): AuditPosition {
  const position = decodeCursor(token, ["number", "uuid", "string"]);
  if (!position || Math.abs(position[0]) > MAX_TIME) throw new InvalidNextTokenException("The NextToken is invalid.");
  return position;
}

function toEvent(event: AuditEvent) {
  const { eventId, operation: EventName, isReadOnly, caller, time, service, resources } = event;
  return {
    EventId: eventId,
    EventName,
    ReadOnly: String(isReadOnly),
    ...(caller.accessKeyId !== null && { AccessKeyId: caller.accessKeyId }),
    EventTime: new Date(time),
    EventSource: eventSource(service),
    Username: caller.userName,
    Resources: resources.map((ResourceName) => ({ ...resourceType(ResourceName), ResourceName })),
    CloudTrailEvent: JSON.stringify(trailEvent(event)),
  };
}
