import type { AccessDeniedException, AwsError, Caller } from "@hearth/model";
import type { z } from "zod";

type Method = "GET" | "POST" | "PUT" | "DELETE" | "PATCH";

/** Where members of the input travel in REST-JSON when it is not the JSON body or the path. */
export interface RestBinding {
  /** Method, path template with `{Member}` labels (and a fixed query such as `?List=ALL`), and the status of success. */
  readonly http: readonly [Method, string, number];
  /** Input member ─▶ query parameter. */
  readonly query?: Readonly<Record<string, string>>;
  /** Input member ─▶ header. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The input member that is the raw request body. */
  readonly payload?: string;
}

/** What a handler knows of the request besides its input. Do not spread it: some members are computed when asked for. */
export interface RequestContext {
  readonly caller: Caller;
  /** 12 digits: whose resources the request may be about. The caller's own account unless a policy of the resource lets it into another. */
  readonly accountId: string;
  /** The region of the credential scope; of a global service the installation's first. */
  readonly region: string;
  /** UUID; also the answer's `x-amzn-RequestId`. */
  readonly requestId: string;
  /** Raw request headers, lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Scheme and authority the client used, such as `http://127.0.0.1:4566`. */
  readonly endpoint: string;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
  /** Why the caller may not do another operation of the same service; `undefined` where it may. */
  refusalOf(operation: string, input: object): Promise<AccessDeniedException | undefined>;
}

/** What an answer's body may be. A stream is sent in chunks; its error breaks the connection off. */
export type ReplyBody = Uint8Array | ReadableStream<Uint8Array> | null;

/** An answer that is more than a JSON body with the operation's own status. */
export class Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ReplyBody;
  constructor(status: number, headers: Readonly<Record<string, string>>, body: ReplyBody) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}

export type ErrorClass = abstract new (...args: never[]) => AwsError;

/** One operation of one service, declared once: no HTTP inside the handler; what it may throw is listed. */
export interface Operation<Input extends z.ZodType, Deps> extends Partial<RestBinding> {
  readonly name: string;
  readonly input: Input;
  /** What the answer's body holds, member by member: encoding follows it. */
  readonly output?: z.ZodType;
  readonly errors: readonly ErrorClass[];
  /** Largest body in bytes, where it differs from 6,291,456 for a raw payload and the door's own limit for JSON. */
  readonly maxBodyBytes?: number;
  /** Resolves with the output as a plain object (members in AWS's case), `undefined` for an empty body, or a `Reply`. */
  handle(input: z.output<Input>, context: RequestContext, deps: Deps): Promise<object | Reply | undefined>;
}

/** Declares an operation; infers the types of `input`. */
export function operation<Input extends z.ZodType, Deps>(declaration: Operation<Input, Deps>): Operation<Input, Deps> {
  return declaration;
}

export type Protocol = "rest-json" | "query" | "json-1.1";

/** An operation with its dependencies filled in. */
export interface BoundOperation extends Partial<RestBinding> {
  readonly name: string;
  readonly input: z.ZodType;
  readonly output?: z.ZodType;
  readonly maxBodyBytes?: number;
  run(input: unknown, context: RequestContext): Promise<object | Reply | undefined>;
}

/** A service as requests are routed to it: by the service name in the signature's credential scope. */
export interface Service {
  /** Signing name: `lambda`, `iam`, `sts`, `logs`. */
  readonly signingName: string;
  readonly protocol: Protocol;
  /** The XML namespace of query responses, or the prefix of `X-Amz-Target` in json-1.1; of no use in rest-json. */
  readonly namespace: string;
  /** Error codes for which this service has its own word: ours ─▶ its. */
  readonly errorCodes?: Readonly<Record<string, string>>;
  readonly operations: readonly BoundOperation[];
  /** Operations AWS has and Hearth has not: answered 400 NotImplementedException with the name. */
  readonly notBuilt: readonly (Partial<RestBinding> & { readonly name: string })[];
}

/** Any declared operation that `Deps` is enough for. */
export interface AnyOperation<Deps> extends Partial<RestBinding> {
  readonly name: string;
  readonly input: z.ZodType;
  readonly output?: z.ZodType;
  readonly errors: readonly ErrorClass[];
  readonly maxBodyBytes?: number;
  handle(input: never, context: RequestContext, deps: Deps): Promise<object | Reply | undefined>;
}

/** Fills `deps` into `operations`. */
export function bind<Deps>(operations: readonly AnyOperation<Deps>[], deps: Deps): readonly BoundOperation[] {
  return operations.map((declared) => ({
    ...declared,
    run: (input, context) => declared.handle(input as never, context, deps),
  }));
}
