import type { AuditFilter } from "@hearth/store";
import { serviceOf } from "./eventSource.ts";
import { InvalidLookupAttributesException } from "./errors.ts";

export interface LookupAttribute {
  readonly AttributeKey: string;
  readonly AttributeValue: string;
}

/** The version that AWS puts after names of Lambda's operations, as in `CreateFunction20150331`. */
const VERSION = /\d{8}(v\d+)?$/;

const FILTERS: Readonly<Record<string, (value: string) => AuditFilter>> = {
  EventName: (operation) => ({ operation: operation.replace(VERSION, "") }),
  EventId: (eventId) => ({ eventId: eventId.toLowerCase() }),
  Username: (userName) => ({ userName }),
  ResourceName: (resource) => ({ resource }),
  AccessKeyId: (accessKeyId) => ({ accessKeyId }),
  EventSource: (source) => ({ service: serviceOf(source) }),
  ReadOnly: (value) => ({ isReadOnly: readBoolean(value) }),
};

/** Which events the attributes of a request ask for. AWS takes one attribute at most. */
export function filterOf(attributes: readonly LookupAttribute[]): AuditFilter {
  const [attribute, ...others] = attributes;
  if (!attribute) return {};
  const filter = Object.hasOwn(FILTERS, attribute.AttributeKey) ? FILTERS[attribute.AttributeKey] : undefined;
  if (others.length > 0 || !filter || attribute.AttributeValue === "") {
    throw new InvalidLookupAttributesException(
      others.length > 0
        ? "Only one lookup attribute can be specified."
        : `The lookup attribute ${attribute.AttributeKey} is not supported with this value.`,
    );
  }
  return filter(attribute.AttributeValue);
}

function readBoolean(value: string): boolean {
  if (value === "true" || value === "false") return value === "true";
  throw new InvalidLookupAttributesException("The value of the lookup attribute ReadOnly must be true or false.");
}
