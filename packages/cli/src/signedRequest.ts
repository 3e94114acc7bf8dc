import { Sha256 } from "@hearth/kit";
import { SignatureV4 } from "@smithy/signature-v4";
import { type AwsSettings, awsSettings, ProfileError } from "./awsSettings.ts";

/** Hearth refused a request or could not be reached. The message is shown to the user. */
export class RequestError extends Error {
  /** 0 when there was no answer. */
  readonly status: number;
  /** AWS's name of the error, such as `ResourceNotFoundException`; empty when there is none. */
  readonly code: string;

  constructor(message: string, { status = 0, code = "" } = {}) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface SignedRequest {
  /** As in the scope of the signature, such as `hearth` or `logs`. */
  readonly service: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Errors about the key itself, and not about what its owner may do. */
const KEY_REFUSED =
  /^(InvalidClientTokenId|UnrecognizedClientException|InvalidSignatureException|SignatureDoesNotMatch|IncompleteSignature)/;

/** Where requests go. Throws RequestError. */
export function endpointOf(env: Environment): URL {
  return webAddress(settingsOf(env).endpoint);
}

function settingsOf(env: Environment): AwsSettings {
  try {
    return awsSettings(env);
  } catch (error) {
    throw error instanceof ProfileError ? new RequestError(error.message) : error;
  }
}

function webAddress(text: string): URL {
  const isWeb = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (!isWeb) throw new RequestError(`AWS_ENDPOINT_URL=${text} is not a URL such as http://127.0.0.1:4566`);
  return new URL(text);
}

/** Sends one request, signed like any AWS request. Resolves with the parsed body, `undefined` when it is empty; rejects with RequestError. */
export async function sendSigned(env: Environment, request: SignedRequest): Promise<unknown> {
  const { endpoint: address, region, accessKeyId, secretAccessKey, sessionToken } = settingsOf(env);
  const endpoint = webAddress(address);
  const { service, method, path, query = {}, body } = request;
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const { protocol, hostname, host } = endpoint;
  const headers = { host, ...(body !== undefined && { "content-type": "application/json" }), ...request.headers };
  const unsigned = {
    method,
    protocol,
    hostname,
    path,
    query: { ...query },
    headers,
    ...(body !== undefined && { body }),
  };
  const signed = await signer.sign(unsigned);
  const url = new URL(path, endpoint);
  url.search = new URLSearchParams(query).toString();
  const response = await fetchOrExplain(url, { method, headers: signed.headers, ...(body !== undefined && { body }) });
  const text = await response.text();
  if (!response.ok) throw refusal(response, text, accessKeyId);
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new RequestError(
      `${url.origin} answers, but not as Hearth does. Check that AWS_ENDPOINT_URL is Hearth's address.`,
      { status: response.status },
    );
  }
}

/** `fetch` that rejects with RequestError when there is no connection. */
export async function fetchOrExplain(url: URL, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason =
      cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : String(cause);
    throw new RequestError(
      `cannot connect to Hearth at ${url.origin} (${reason}). Check that it runs and that AWS_ENDPOINT_URL is right.`,
    );
  }
}

function refusal({ status, headers, url }: Response, body: string, accessKeyId: string): RequestError {
  const { message, code } = parsedError(body);
  const name = (headers.get("x-amzn-errortype") ?? code).replace(/^.*#/, "").replace(/:.*$/, "");
  const said = message ?? `${new URL(url).origin} answered ${status}: ${body.slice(0, 200)}`;
  const isAboutKey = KEY_REFUSED.test(name);
  const advice = ` Hearth refused the key ${accessKeyId}: check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION.`;
  return new RequestError(isAboutKey ? said + advice : said, { status, code: name });
}

function parsedError(body: string): { readonly message?: string | undefined; readonly code: string } {
  try {
    const parsed = JSON.parse(body) as { message?: string; Message?: string; __type?: string };
    return { message: parsed.message ?? parsed.Message, code: parsed.__type ?? "" };
  } catch {
    return { code: "" };
  }
}
