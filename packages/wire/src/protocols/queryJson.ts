import type { AwsError } from "@hearth/model";
import { encodeJson } from "../codecs/json.ts";
import type { BoundOperation, Service } from "../operation.ts";
import { header, type RawRequest } from "../rawRequest.ts";
import { type Shape, shapeOf } from "../schema/shape.ts";
import { QueryProtocol } from "./query.ts";
import { queryErrorOf } from "./queryErrors.ts";
import type { Answer } from "./serviceProtocol.ts";

type ToJson = (value: unknown) => unknown;

/**
 * The query protocol with answers in JSON, which services that began with it give to `Accept: application/json`. API Gateway asks for it, so that templates of
 * APIs read `$.SendMessageResponse.SendMessageResult.MessageId`.
 */
export class QueryJsonProtocol extends QueryProtocol {
  readonly #service: Service;
  readonly #writers: ReadonlyMap<string, ToJson>;

  constructor(service: Service, maxBodyBytes: number) {
    super(service, maxBodyBytes);
    this.#service = service;
    const names = service.queryJsonNames ?? {};
    this.#writers = new Map(
      service.operations.flatMap(({ name, output }) =>
        output ? [[name, toJson(shapeOf(output), names)] as const] : [],
      ),
    );
  }

  override encode({ name }: BoundOperation, output: object | undefined, requestId: string): Answer {
    const write = this.#writers.get(name);
    return jsonAnswer(200, {
      [`${name}Response`]: {
        ...(output !== undefined && { [`${name}Result`]: write ? write(output) : output }),
        ResponseMetadata: { RequestId: requestId },
      },
    });
  }

  override encodeError(error: AwsError, requestId: string): Answer {
    const { status, type, code } = queryErrorOf(error, this.#service);
    const { message, headers } = error;
    return jsonAnswer(status, { Error: { Code: code, Message: message, Type: type }, RequestId: requestId }, headers);
  }
}

/** Whether a request in the query protocol wants its answer in JSON. */
export function wantsJson({ headers }: RawRequest): boolean {
  return /^application\/json\b/i.test(header(headers, "accept") ?? "");
}

function jsonAnswer(status: number, content: object, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { "Content-Type": "application/json", ...headers }, body: encodeJson(content) };
}

/** Maps whose entries have names of their own are lists of entries, as in XML. `names`: of members that are called differently in JSON. */
function toJson(shape: Shape, names: Readonly<Record<string, string>>, made = new Map<Shape, ToJson>()): ToJson {
  const earlier = made.get(shape);
  if (earlier) return earlier;
  let convert: ToJson = (value) => value;
  made.set(shape, (value) => convert(value)); // for a schema that contains itself
  switch (shape.kind) {
    case "list": {
      const item = toJson(shape.item, names, made);
      convert = (value) => (Array.isArray(value) ? value.map(item) : value);
      break;
    }
    case "map": {
      const inner = toJson(shape.value, names, made);
      const { key = "key", value: valueName = "value" } = shape.traits.entryNames ?? {};
      convert = (value) => membersOf(value)?.map(([name, one]) => ({ [key]: name, [valueName]: inner(one) })) ?? value;
      break;
    }
    case "object": {
      const members = new Map([...shape.members].map(([name, member]) => [name, toJson(member, names, made)]));
      convert = (value) => {
        const entries = membersOf(value)?.map(([name, one]) => [names[name] ?? name, members.get(name)?.(one) ?? one]);
        return entries ? (Object.fromEntries(entries) as unknown) : value;
      };
      break;
    }
    default:
      break;
  }
  return convert;
}

function membersOf(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  const isStructure =
    typeof value === "object" && value !== null && !(value instanceof Date) && !(value instanceof Uint8Array);
  return isStructure ? Object.entries(value).filter(([, one]) => one !== undefined && one !== null) : undefined;
}
