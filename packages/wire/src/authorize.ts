import type { Caller } from "@hearth/model";

/** One call, authenticated and read, before it is carried out. */
export interface Call {
  /** Signing name: `lambda`, `iam` … */
  readonly service: string;
  /** AWS's name of the operation. */
  readonly operation: string;
  readonly input: unknown;
  /** The region of the credential scope; of a global service the installation's first. */
  readonly region: string;
  readonly caller: Caller;
  readonly origin: Origin;
}

/** Where a call came from. */
export interface Origin {
  readonly sourceIp: string | undefined;
  readonly secureTransport: boolean;
  readonly userAgent: string | undefined;
}

/**
 * Decides about a call: gives the account whose resources it may work on, which is the caller's own unless a policy of the resource lets
 * other accounts in. Throws AccessDeniedException. Implemented by `access`; makes no request on the warm path.
 */
export type Authorize = (call: Call) => string | Promise<string>;
