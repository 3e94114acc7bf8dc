import type { RestApiContents, RestAuthorizer, RestRoute } from "@hearth/apis";
import type { Caller } from "@hearth/model";
import type { ApiRecord } from "@hearth/store";

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

/** Runs methods and authorizers of REST APIs without a stage, where functions are run. Resolves with the members of AWS's answers. */
export interface RestTester {
  method(test: RestTest, route: RestRoute): Promise<object>;
  authorizer(test: RestTest, authorizer: RestAuthorizer): Promise<object>;
}
