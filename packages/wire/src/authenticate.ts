import type { Caller } from "@hearth/model";

/** An access key as `wire` needs it: the secret to verify with and the caller it stands for. */
export interface AccessKey {
  readonly secretAccessKey: string;
  readonly caller: Caller;
  /** Set on temporary credentials; must be presented as `X-Amz-Security-Token`. */
  readonly sessionToken?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
  /** The sandbox that it was issued to: it holds on that one's channel and nowhere else, and on a channel nothing else holds. */
  readonly channel?: string;
}

/**
 * Finds a key in memory; `undefined` when there is none. Session credentials are found by their token. Given by `access`; never touches PostgreSQL
 * on the warm path.
 */
export type FindAccessKey = (
  accessKeyId: string,
  sessionToken?: string,
) => Promise<AccessKey | undefined> | AccessKey | undefined;

/** What signing takes. */
export interface SigningSecret {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}
