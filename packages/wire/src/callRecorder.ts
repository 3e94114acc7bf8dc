import type { AwsError } from "@hearth/model";
import type { Call } from "./authorize.ts";
import type { BoundOperation, Reply } from "./operation.ts";

/** A call whose signature holds and whose input is valid, with its result. */
export interface CallOutcome {
  readonly call: Call;
  readonly operation: BoundOperation;
  /** 12 digits: the account whose resources the call worked on; the caller's own when the call was denied. */
  readonly accountId: string;
  readonly requestId: string;
  /** Of a call that succeeded. */
  readonly output?: object | Reply | undefined;
  /** Of a call that failed or was denied. */
  readonly error?: AwsError;
}

/** Keeps the audit trail. Implemented by `access`. */
export interface CallRecorder {
  /** Whether a call of this operation with this result is recorded. Asked for every call, also on the warm path. */
  wants(operation: BoundOperation, error?: AwsError): boolean;
  /** The answer is sent when this resolves. Never rejects. */
  record(outcome: CallOutcome): Promise<void>;
}
