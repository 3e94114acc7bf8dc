import { OWNER_ACCOUNT } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";

/** Execution environments of one function, its versions together. */
export interface FunctionEnvironments {
  readonly accountId: string;
  readonly region: string;
  readonly FunctionName: string;
  readonly starting: number;
  /** They wait for an invocation, initialised. */
  readonly warm: number;
  readonly busy: number;
}

/** What a process that runs functions knows about their environments. */
export interface EnvironmentsOverview {
  /** What runs functions: `docker` or `process`. */
  readonly driver: string;
  readonly frozen: number;
  /** Sandboxes that no function has yet. */
  readonly bootedAhead: number;
  readonly requestsWaiting: number;
  readonly functions: readonly FunctionEnvironments[];
}

export interface EnvironmentsDeps {
  environments(): EnvironmentsOverview;
}

/** The environments of the caller's account, and for the owner's root key those of all accounts. Answered by the process that runs functions. */
export const getEnvironments = operation({
  name: "GetEnvironments",
  http: ["GET", "/_hearth/environments", 200],
  input: z.object({}),
  errors: [],
  handle(_input, { caller: { accountId, principal } }, { environments }: EnvironmentsDeps) {
    const { driver, functions, ...counts } = environments();
    if (accountId === OWNER_ACCOUNT && principal.kind === "root") {
      return Promise.resolve({ driver, ...counts, functions });
    }
    return Promise.resolve({
      driver,
      ...{ frozen: 0, bootedAhead: 0, requestsWaiting: 0 },
      functions: functions.filter((it) => it.accountId === accountId),
    });
  },
});
