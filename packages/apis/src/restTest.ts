import type { Caller } from "@hearth/model";
import type { ApiRecord } from "@hearth/store";
import type { RestApiContents } from "./restApiDefinition.ts";

/** A request that is simulated. */
export interface RestTest {
  readonly api: ApiRecord;
  /** The API as it is now, deployed or not. */
  readonly contents: RestApiContents;
  readonly method: string;
  /** Raw, with the query. */
  readonly pathWithQueryString: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly caller: Caller;
  /** UUID. */
  readonly requestId: string;
  readonly signal: AbortSignal;
}
