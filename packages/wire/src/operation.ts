import type { AccessDeniedException, AwsError, Caller } from "@hearth/model";
import type { Readable } from "node:stream";
import type { z } from "zod";
import type { AccountQuota } from "./accountQuotas.ts";
import type { PieceSource } from "./pieceSource.ts";
import type { RawRequest } from "./rawRequest.ts";

type Method = "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "PATCH" | "OPTIONS";

/** Where members of the input travel in REST-JSON when it is not the JSON body or the path. */
export interface RestBinding {
  /** Method, path template with `{Member}` labels (and a fixed query such as `?List=ALL`), and the status of success. */
  readonly http: readonly [Method, string, number];
  /** The operation takes only requests with this header and these query parameters, whatever their values; such a route comes before one without. */
  readonly when?: { readonly header?: string; readonly query?: readonly string[] };
  /** Input member ─▶ query parameter. */
  readonly query?: Readonly<Record<string, string>>;
  /** Input member ─▶ header. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Input member that is a map ─▶ prefix of the headers that are its entries. */
  readonly headerPrefixes?: Readonly<Record<string, string>>;
  /** The input member that is the whole request body: raw bytes, or a structure in the protocol's own format. */
  readonly payload?: string;
  /**
   * The payload arrives as a `BodyStream`. It must be signed by its declared hash, or declared unsigned; the hash is verified while it is read,
   * and a wrong one is the stream's error at its end.
   */
  readonly streamsPayload?: true;
}

/** What a handler gets of the request besides its input. Do not spread it: some members are computed on access. */
export interface RequestContext {
  readonly caller: Caller;
  /** 12 digits: the account whose resources the request works on. The caller's own, unless a resource policy allows access to another. */
  readonly accountId: string;
  /** The region of the credential scope; of a global service the installation's first. */
  readonly region: string;
  /** UUID; also the answer's `x-amzn-RequestId`. */
  readonly requestId: string;
  /** Raw request headers, lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Scheme and authority the client used, such as `http://127.0.0.1:4566`. */
  readonly endpoint: string;
  /** The client's address, where it is known. */
  readonly sourceIp?: string | undefined;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
  /** The error for a caller who may not call another operation of the same service; `undefined` when it may. */
  refusalOf(operation: string, input: object): Promise<AccessDeniedException | undefined>;
}

/**
 * The body of an answer. A stream or source is sent piece by piece; when it fails, the connection is closed. A text is sent as UTF-8 in one piece with the headers,
 * which must be ASCII then.
 */
export type ReplyBody = string | Uint8Array | ReadableStream<Uint8Array> | Readable | PieceSource | null;

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

/** The output of an operation, with headers that belong to the answer. */
export class OutputWithHeaders {
  readonly output: object | undefined;
  readonly headers: Readonly<Record<string, string>>;
  constructor(output: object | undefined, headers: Readonly<Record<string, string>>) {
    this.output = output;
    this.headers = headers;
  }
}

export type ErrorClass = abstract new (...args: never[]) => AwsError;

/** What is declared of an operation besides how it is carried out. */
interface Declaration<Input extends z.ZodType = z.ZodType> extends Partial<RestBinding> {
  readonly name: string;
  readonly input: Input;
  /** What the answer holds, member by member: encoding follows it. */
  readonly output?: z.ZodType;
  /** What the operation may throw besides the errors that all operations share, such as AccessDeniedException. */
  readonly errors: readonly ErrorClass[];
  /** Largest body in bytes, where it differs from 6,291,456 for a raw payload and the service's limit for other bodies. */
  readonly maxBodyBytes?: number;
  /** AWS JSON: what precedes the name in `X-Amz-Target`, where it differs from the service's, as for the streams of DynamoDB. */
  readonly targetPrefix?: string;
  /** Counts towards the account's rate of invocations instead of that of requests. */
  readonly isInvocation?: true;
  /** Carries data instead of managing something, as Invoke does: CloudTrail's data event, which is recorded only where that is switched on. */
  readonly isDataEvent?: true;
}

/** One operation of one service, declared once: no HTTP inside the handler; what it may throw is listed. */
export interface Operation<Input extends z.ZodType, Deps> extends Declaration<Input> {
  /** Resolves with the output as a plain object (members in AWS's case), `undefined` for an empty body, one of both with headers, or a `Reply`. */
  handle(input: z.output<Input>, context: RequestContext, deps: Deps): Promise<object | Reply | undefined>;
}

/** Any declared operation that `Deps` is enough for. */
export interface AnyOperation<Deps> extends Declaration {
  handle(input: never, context: RequestContext, deps: Deps): Promise<object | Reply | undefined>;
}

/** Declares an operation; infers the types of `input`. */
export function operation<Input extends z.ZodType, Deps>(declaration: Operation<Input, Deps>): Operation<Input, Deps> {
  return declaration;
}

/** https://smithy.io/2.0/aws/protocols/index.html; `cbor-1.1` is json-1.1 with CBOR in the place of JSON, as the SDK for Java speaks to Kinesis. */
export type Protocol = "json-1.0" | "json-1.1" | "cbor-1.1" | "query" | "rest-json" | "rest-xml" | "rpc-v2-cbor";

/** An operation with its dependencies filled in. */
export interface BoundOperation extends Declaration {
  run(input: unknown, context: RequestContext): Promise<object | Reply | undefined>;
}

/** A service as requests are routed to it: by the service name in the signature's credential scope. */
export interface Service {
  /** Signing name: `lambda`, `iam`, `sts`, `logs`. */
  readonly signingName: string;
  /** Each request says which of them it uses. A request that does not say is read as the first one. */
  readonly protocols: readonly [Protocol, ...Protocol[]];
  /** The XML namespace of answers; used by query and rest-xml. */
  readonly xmlNamespace?: string;
  /** What precedes the operation's name in `X-Amz-Target`, and the service's name in the paths of rpc-v2-cbor. */
  readonly targetPrefix?: string;
  /** Error codes that this service calls differently in JSON, REST-JSON and CBOR: Hearth's ─▶ the service's. */
  readonly errorCodes?: Readonly<Record<string, string>>;
  /**
   * For a service that speaks the query protocol, or spoke it before it spoke JSON: JSON code ─▶ query code. Its JSON errors have
   * the query code in the header `x-amzn-query-error` too.
   */
  readonly queryErrors?: Readonly<Record<string, string>>;
  /** Where the HTTP status of an error in the query protocol differs from that in JSON: JSON code ─▶ status. */
  readonly queryStatuses?: Readonly<Record<string, number>>;
  /** What precedes the code in `__type` of JSON errors, followed by `#`. */
  readonly errorNamespace?: string;
  /** Of the query protocol with answers in JSON: names of members that differ from the API's. */
  readonly queryJsonNames?: Readonly<Record<string, string>>;
  /** query: the member of the input that the path stands for, where the request does not have it, as requests to the URL of a queue. */
  readonly pathMember?: string;
  /** rest-xml: errors are `<Error>` without a wrapper, as S3 answers. */
  readonly bareXmlErrors?: true;
  /** rest-xml: the error that the service answers in the place of one that all services share, such as AccessDeniedException. */
  readonly translateError?: (error: AwsError) => AwsError;
  /** rest-xml: the value of a path label whose escapes are no UTF-8. Default: the escaped text. */
  readonly badLabel?: () => AwsError;
  /** Largest body in bytes unless an operation says otherwise. */
  readonly maxBodyBytes?: number;
  /** Bodies with `Content-Encoding: gzip` are unpacked before they are read; the limit of the size holds for the unpacked body too. */
  readonly acceptsGzip?: true;
  /**
   * Host names, in lower case and without port, that belong to this service whatever a request is signed for. What the first group captures
   * becomes the first segment of the path that is routed, as with buckets in host names.
   */
  readonly hosts?: readonly RegExp[];
  /** As `hosts`, and only for requests that are signed for this service. */
  readonly signedHosts?: readonly RegExp[];
  /** Whether a request without a signature is for this service; an anonymous caller then makes it, for whom only policies of resources can allow anything. */
  readonly takesUnsigned?: (request: RawRequest) => boolean | Promise<boolean>;
  /** Answers the question of a browser whether a page may send a request (OPTIONS); asked for requests that `takesUnsigned` takes. */
  readonly preflight?: (request: RawRequest) => Promise<Reply>;
  /** Headers that are added to the answer of a request, an error too. */
  readonly headersFor?: (request: RawRequest) => Promise<Readonly<Record<string, string>>> | undefined;
  /** Whether a parameter `X-Amz-…` of a pre-signed link, in lower case, stands for the header of its name. Default: none does. */
  readonly linkHeaders?: (name: string) => boolean;
  /** Checks a body that is read whole against what its request says about it, before the input is read. Throws an AwsError. */
  readonly checkBody?: (request: RawRequest, body: Uint8Array) => void;
  /** Headers of every answer that name the request, besides `x-amzn-RequestId`. */
  readonly idHeaders?: (requestId: string) => Readonly<Record<string, string>>;
  /** The error for a caller beyond a quota. Default: ThrottlingException. */
  readonly throttling?: (quota: AccountQuota) => AwsError;
  readonly operations: readonly BoundOperation[];
  /** Operations AWS has and Hearth has not: answered 400 NotImplementedException with the name. */
  readonly notBuilt: readonly (Partial<RestBinding> & { readonly name: string })[];
}

/** Fills `deps` into `operations`. */
export function bind<Deps>(operations: readonly AnyOperation<Deps>[], deps: Deps): readonly BoundOperation[] {
  return operations.map((declared) => ({
    ...declared,
    run: (input, context) => declared.handle(input as never, context, deps),
  }));
}
