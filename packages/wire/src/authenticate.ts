import type { Caller } from "@hearth/model";

/** An access key as `wire` needs it: the secret to verify signatures with, and the caller that it identifies. */
export interface AccessKey {
  readonly secretAccessKey: string;
  readonly caller: Caller;
  /** Set on temporary credentials; must be presented as `X-Amz-Security-Token`. */
  readonly sessionToken?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
  /**
   * The sandbox that it was issued to. Such a key is valid only in requests from that sandbox, and in pre-signed links to S3; requests from a sandbox are
   * valid only with its key.
   */
  readonly channel?: string;
}

/**
 * Finds a key in memory; `undefined` when there is none. Session credentials are found by their token. Implemented by `access`; does not query
 * PostgreSQL on the warm path.
 */
export type FindAccessKey = (
  accessKeyId: string,
  sessionToken?: string,
) => Promise<AccessKey | undefined> | AccessKey | undefined;

/** What a request is signed with. */
export interface SigningSecret {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}
