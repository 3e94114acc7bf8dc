/** What a request's host name and path say about the endpoint that it is for. */
export interface HttpAddress {
  /** `url`: a function URL; `api`: an API of API Gateway; `domain`: a custom domain name of API Gateway. */
  readonly form: "url" | "api" | "domain";
  /** The id in the host name or path; of a custom domain its name, in lower case and without port. */
  readonly id: string;
  /** As in the host name; `undefined` for the path form and for a custom domain. */
  readonly region: string | undefined;
  /** The request's host name in lower case, without port. With the path form it is a name of this Hearth, not the endpoint's. */
  readonly host: string;
  /** The raw path within the endpoint: begins with `/`, still percent-encoded, without the prefix of the path form, and with an API's stage. */
  readonly path: string;
  /** The endpoint was named by a path on a host that serves other things too: answers must not act in that host's name. */
  readonly isPathForm: boolean;
}

const HOST = /^([0-9a-z]{1,63})\.(lambda-url|execute-api)\.([a-z0-9-]+)\./;
const PATH_FORM = "/_hearth/";
const PATH = /^\/_hearth\/(url|api)\/([0-9a-z]{1,63})(\/.*)?$/s;

/**
 * The address that a request names, by host (`<id>.lambda-url.<region>.<domain>`, `<id>.execute-api.<region>.<domain>`, whatever the domain is) or by
 * path (`/_hearth/url/<id>/…`, `/_hearth/api/<id>/<stage>/…`); `undefined` when it is for something else. `path` is raw and has no query.
 */
export function addressOf(
  hostHeader: string | undefined,
  path: string,
  isCustomDomain: (host: string) => boolean,
): HttpAddress | undefined {
  const { host, named } = hostOf(hostHeader ?? "");
  if (named) {
    const { id, kind, region } = named;
    return { form: kind === "lambda-url" ? "url" : "api", id, region, host, path: path || "/", isPathForm: false };
  }
  if (host !== "" && isCustomDomain(host)) {
    return { form: "domain", id: host, region: undefined, host, path: path || "/", isPathForm: false };
  }
  const byPath = path.startsWith(PATH_FORM) ? PATH.exec(path) : null;
  if (!byPath) return undefined;
  const [, form, id = "", rest = "/"] = byPath;
  return { form: form as "url" | "api", id, region: undefined, host, path: rest, isPathForm: true };
}

interface Host {
  /** In lower case, without the port and without the dot that ends a fully qualified name. */
  readonly host: string;
  readonly named: { readonly id: string; readonly kind: string; readonly region: string } | undefined;
}

/** What was read from `Host` headers: most requests have the same few. */
const known = new Map<string, Host>();
const MAX_KNOWN = 1_000;
const MAX_HOST_LENGTH = 300;

function hostOf(header: string): Host {
  const found = known.get(header);
  if (found) return found;
  const host = header.replace(/:\d+$/, "").replace(/\.$/, "").toLowerCase();
  const [, id, kind, region] = HOST.exec(host) ?? [];
  const isNamed = id !== undefined && kind !== undefined && region !== undefined;
  const read: Host = { host, named: isNamed ? { id, kind, region } : undefined };
  if (header.length > MAX_HOST_LENGTH) return read;
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(header, read);
  return read;
}
