/** The ARN of a source of Hearth's own: `arn:aws:hearth:<region>:<account>:<kind>/<connection>/<rest>`. */
export interface OwnArn {
  readonly region: string;
  readonly accountId: string;
  /** Such as `redis-stream`. */
  readonly kind: string;
  /** The name of a server in `HEARTH_SOURCE_CONNECTIONS`. */
  readonly connection: string;
  /** What is read there, such as a key or a topic filter. */
  readonly rest: string;
}

const ARN = /^arn:aws[a-z-]*:hearth:([a-z0-9-]+):(\d{12}):([a-z-]+)\/([a-zA-Z0-9_-]+)\/(.+)$/s;

/** `undefined` for any other ARN. */
export function parseOwnArn(arn: string | undefined): OwnArn | undefined {
  const [, region, accountId, kind, connection, rest] = ARN.exec(arn ?? "") ?? [];
  if (!region || !accountId || !kind || !connection || !rest) return undefined;
  return { region, accountId, kind, connection, rest };
}
