import { InvalidParameterValueException } from "@hearth/model";
import { accessUri, brokerRefusal, secretMembers, secretPermissions } from "../brokers/sourceSecret.ts";
import type { MappedSource, NeededPermission, SourceName } from "../eventSource.ts";
import type { SourceDeps } from "../sourceDeps.ts";
import { type OwnArn, parseOwnArn } from "./ownArn.ts";

/** One kind of source on servers of the owner. */
export interface OwnKind {
  /** As logs and metrics name it. */
  readonly name: string;
  /** The first part of its ARNs. */
  readonly kind: string;
  /** What the rest of its ARNs looks like. */
  readonly rest: RegExp;
  /** The protocols of its URLs, such as `redis:`. */
  readonly protocols: readonly string[];
}

/** Where a mapping reads. */
export interface OwnPlace extends OwnArn {
  readonly arn: string;
  readonly url: string;
  /** Certificates (PEM) of the authorities that are trusted for TLS. */
  readonly authorities: readonly string[];
}

/** What this client shows to a server, as PEM, in the form of TLS options. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
  readonly passphrase?: string;
}

/** Where a mapping reads whose server may want a certificate of the client. */
export interface SecurePlace extends OwnPlace {
  readonly client?: ClientCertificate;
}

const CLIENT_CERTIFICATE = "CLIENT_CERTIFICATE_TLS_AUTH";
/** Protocols that use TLS. */
const SECURE = ["rediss:", "mqtts:", "wss:", "tls:"];

interface OwnParts {
  readonly name: string;
  serves(source: SourceName): boolean;
  permissions(mapping: MappedSource): readonly NeededPermission[];
  refusal(needed: NeededPermission): string;
  check(mapping: MappedSource): Promise<void>;
  /** Throws InvalidParameterValueException when the connection does not exist, or is not for the account. */
  placeOf(mapping: MappedSource): OwnPlace;
}

/**
 * What all sources of Hearth's own have in common. `HEARTH_SOURCE_CONNECTIONS` decides which account may read which server; the function's role is not asked, because
 * AWS's policies do not know these servers.
 */
export function ownSource(
  { name, kind, rest, protocols }: OwnKind,
  { connections, authorities }: Pick<SourceDeps, "connections" | "authorities">,
): OwnParts {
  const placeOf = ({ EventSourceArn: arn = "", accountId, region }: MappedSource): OwnPlace => {
    const parsed = parseOwnArn(arn);
    if (!parsed || parsed.accountId !== accountId || parsed.region !== region) {
      throw refused(`The event source ${arn} is not of this account and region.`);
    }
    const own = connections.filter((one) => one.name === parsed.connection);
    const found = own.find((one) => one.accountId === accountId) ?? own.find((one) => one.accountId === "*");
    if (!found) {
      throw refused(
        `The connection ${parsed.connection} does not exist, or is not for account ${accountId}. Connections are named by HEARTH_SOURCE_CONNECTIONS.`,
      );
    }
    if (!protocols.includes(new URL(found.url).protocol)) {
      const wanted = protocols.map((protocol) => `${protocol}//`).join(" or ");
      throw refused(
        `The connection ${parsed.connection} is of another kind of server: its URL must start with ${wanted}.`,
      );
    }
    return { ...parsed, arn, url: found.url, authorities };
  };
  return {
    name,
    serves({ EventSourceArn }) {
      const parsed = parseOwnArn(EventSourceArn);
      return parsed?.kind === kind && rest.test(parsed.rest);
    },
    permissions: () => [],
    refusal: ({ action }) => `The provided execution role does not have permissions to call ${action}`,
    async check(mapping) {
      placeOf(mapping);
    },
    placeOf,
  };
}

interface SecureParts extends Omit<OwnParts, "placeOf"> {
  /** With the certificate whose secret the mapping names. */
  placeOf(mapping: MappedSource): Promise<SecurePlace>;
}

/** A source whose mappings may name a secret with a certificate of the client, as those of Kafka do. */
export function secureSource(
  kind: OwnKind,
  { secretOf, ...deps }: Pick<SourceDeps, "connections" | "authorities" | "secretOf">,
): SecureParts {
  const { placeOf, check, ...common } = ownSource(kind, deps);
  return {
    ...common,
    permissions: (mapping) => secretPermissions(mapping, [CLIENT_CERTIFICATE]),
    refusal: brokerRefusal,
    async check(mapping) {
      await check(mapping);
      const { connection, url } = placeOf(mapping);
      if (accessUri(mapping, CLIENT_CERTIFICATE) === undefined || SECURE.includes(new URL(url).protocol)) return;
      throw refused(`The connection ${connection} does not use TLS, and has no use for ${CLIENT_CERTIFICATE}.`);
    },
    async placeOf(mapping) {
      const place = placeOf(mapping);
      const uri = accessUri(mapping, CLIENT_CERTIFICATE);
      if (uri === undefined) return place;
      const text = await secretOf(uri, mapping);
      const { certificate: cert, privateKey: key } = secretMembers(text, ["certificate", "privateKey"]);
      const { privateKeyPassword } = JSON.parse(text) as { readonly privateKeyPassword?: unknown };
      const passphrase = typeof privateKeyPassword === "string" ? { passphrase: privateKeyPassword } : {};
      return { ...place, client: { cert, key, ...passphrase } };
    },
  };
}

function refused(message: string): InvalidParameterValueException {
  return new InvalidParameterValueException(message);
}
