import {
  bool,
  choice,
  AliasedFunctionName,
  functionArn,
  integer,
  InvalidParameterValueException,
  isVersionNumber,
  LATEST,
  list,
  structure,
  text,
} from "@hearth/model";
import type { FunctionKey, FunctionUrlConfig } from "@hearth/store";
import type { z } from "zod";

/** What the operations on function URLs share: input members, rules, the URL and the answer. */

const METHODS = ["GET", "PUT", "HEAD", "POST", "PATCH", "DELETE", "*"];

const HeadersList = list({ max: 1024, pattern: ".*" }, { max: 100 });

export const AuthType = choice(["NONE", "AWS_IAM"]);
export const InvokeMode = choice(["RESPONSE_STREAM", "BUFFERED"]);
export const Cors = structure({
  AllowCredentials: bool().optional(),
  AllowHeaders: HeadersList.optional(),
  AllowMethods: list({ max: 6, pattern: ".*" }, { max: 6 }).optional(),
  AllowOrigins: list({ min: 1, max: 253, pattern: ".*" }, { max: 100 }).optional(),
  ExposeHeaders: HeadersList.optional(),
  MaxAge: integer({ min: 0, max: 86_400 }).optional(),
});

/** Functions and aliases can have a URL, versions cannot. */
export const urlTarget = {
  FunctionName: AliasedFunctionName,
  Qualifier: text({ min: 1, max: 128, pattern: "((?!^\\d+$)^[0-9a-zA-Z-_]+$)" }).optional(),
};

/** Refuses a version in a function's name or ARN, as AWS refuses it in `Qualifier`. */
export function aliasOnly(Qualifier: string | undefined): string | undefined {
  if (Qualifier === undefined || !(Qualifier === LATEST || isVersionNumber(Qualifier))) return Qualifier;
  throw new InvalidParameterValueException(
    `Function URLs belong to functions and aliases. The qualifier ${Qualifier} is a version.`,
  );
}

/** The `Cors` to store: none for an empty one, which removes it. Throws InvalidParameterValueException. */
export function corsOf(cors: z.output<typeof Cors> | undefined): z.output<typeof Cors> | undefined {
  const wrong = cors?.AllowMethods?.find((method) => !METHODS.includes(method));
  if (wrong !== undefined) {
    throw new InvalidParameterValueException(
      `AllowMethods contains '${wrong}'. Valid methods are: ${METHODS.join(", ")}.`,
    );
  }
  if (!cors || Object.keys(cors).length === 0) return undefined;
  if ((cors.AllowOrigins ?? []).length === 0) {
    throw new InvalidParameterValueException("You can't leave AllowOrigins as empty when Cors is enabled.");
  }
  return cors;
}

/** Settings that function URLs are built from. */
export interface FunctionUrlNames {
  /** `host` or `host:port` that function URLs end with. Default: the host of the endpoint that the client used. */
  readonly functionUrlHost?: string | undefined;
}

/** `http://<url-id>.lambda-url.<region>.<host>/`. `localhost` replaces an IP address, which cannot have subdomains. */
export function functionUrl(
  urlId: string,
  endpoint: string,
  region: string,
  { functionUrlHost }: FunctionUrlNames,
): string {
  const { protocol, hostname, port } = new URL(endpoint);
  const isAddress = /^[0-9.]+$/.test(hostname) || hostname.startsWith("[");
  const host = functionUrlHost ?? `${isAddress ? "localhost" : hostname}${port && `:${port}`}`;
  return `${protocol}//${urlId}.lambda-url.${region}.${host}/`;
}

/** A configuration as AWS's FunctionUrlConfig. Answers to changes leave out an InvokeMode that was never given. */
export function functionUrlAnswer(
  config: FunctionUrlConfig,
  key: FunctionKey,
  endpoint: string,
  names: FunctionUrlNames,
): Readonly<Record<string, unknown>> {
  return {
    FunctionUrl: functionUrl(config.urlId, endpoint, key.region, names),
    FunctionArn: functionArn({ ...key, Qualifier: config.Qualifier }),
    AuthType: config.AuthType,
    ...(config.Cors && { Cors: config.Cors }),
    CreationTime: config.CreationTime.toISOString(),
    LastModifiedTime: config.LastModifiedTime.toISOString(),
    ...(config.InvokeMode !== undefined && { InvokeMode: config.InvokeMode }),
  };
}

/** A configuration as reads show it, always with its InvokeMode. */
export function readFunctionUrlAnswer(
  ...args: Parameters<typeof functionUrlAnswer>
): Readonly<Record<string, unknown>> {
  return { InvokeMode: "BUFFERED", ...functionUrlAnswer(...args) };
}
