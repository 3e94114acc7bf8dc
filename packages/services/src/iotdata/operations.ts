import type { AnyOperation } from "@hearth/wire";
import type { IotDataDeps } from "./deps.ts";
import { publish } from "./operations/publish.ts";
import { getRetainedMessage, listRetainedMessages } from "./operations/retainedMessages.ts";

/** The operations of the data plane of AWS IoT that Hearth has. */
export const operations: readonly AnyOperation<IotDataDeps>[] = [publish, getRetainedMessage, listRetainedMessages];
