import { InvalidParameterValueException } from "@hearth/model";
import type { QueueSource } from "../eventSource.ts";

const NOT_SUPPORTED = "Hearth does not poll DocumentDB.";

/** DocumentDB, whose mappings are refused. Those of an older Hearth show the reason in their state. */
export function documentdbSource(): QueueSource {
  return {
    name: "documentdb",
    shape: "queue",
    serves: ({ EventSourceArn }) => EventSourceArn?.split(":")[2] === "rds",
    permissions: () => [],
    refusal: () => NOT_SUPPORTED,
    check: () => Promise.reject(new InvalidParameterValueException(NOT_SUPPORTED)),
    open: () => Promise.reject(new Error(NOT_SUPPORTED)),
  };
}
