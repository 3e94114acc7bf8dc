import { type AwsError, UnknownOperationException } from "@hearth/model";
import { decodeJson, encodeJson } from "../codecs/json.ts";
import type { BoundOperation, RestBinding, Service } from "../operation.ts";
import { decodePercent, header, queryPairs, type RawRequest } from "../rawRequest.ts";
import { fromText, memberShape, type Shape, shapeOf } from "../schema/shape.ts";
import { entityTooLarge, notImplemented, payloadTooLarge } from "../wireErrors.ts";
import { encodeRestError } from "./restErrors.ts";
import type { Answer, ServiceProtocol, Target } from "./serviceProtocol.ts";

/** Invoke's limit. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_PAYLOAD_BYTES = 6_291_456;

interface Bound {
  readonly member: string;
  readonly name: string;
  readonly shape: Shape;
}

/** One operation's route with everything that reading its input needs, computed once. */
interface Route {
  readonly name: string;
  /** Absent: AWS has the operation and Hearth has not. */
  readonly operation?: BoundOperation;
  readonly labels: readonly Bound[];
  readonly query: readonly Bound[];
  readonly headers: readonly Bound[];
  readonly payload: string | undefined;
  readonly fixedQuery: readonly (readonly [string, string])[];
  readonly maxBodyBytes: number;
}

/** A node of the tree of path segments; `routes` by method, those with a fixed query first. */
class PathNode {
  readonly literals = new Map<string, PathNode>();
  label: PathNode | undefined;
  readonly routes = new Map<string, Route[]>();
}

/** REST-JSON: the operation is told by method and path, whose segments are split before they are decoded. */
export class RestJsonProtocol implements ServiceProtocol {
  readonly #root = new PathNode();

  constructor(service: Service, maxBodyBytes: number) {
    for (const operation of service.operations) this.#add(operation, operation, maxBodyBytes);
    for (const missing of service.notBuilt) this.#add(missing, undefined, maxBodyBytes);
  }

  #add(
    declared: Partial<RestBinding> & { readonly name: string },
    operation: BoundOperation | undefined,
    maxBodyBytes: number,
  ): void {
    if (!declared.http) throw new Error(`${declared.name} has no http binding`);
    const [method, template] = declared.http;
    const [path = "", fixed = ""] = template.split("?");
    const shape: Shape = operation ? shapeOf(operation.input) : { kind: "other" };
    const bound = (member: string, name: string): Bound => ({ member, name, shape: memberShape(shape, member) });
    const labels: Bound[] = [];
    let node = this.#root;
    for (const segment of segmentsOf(path)) {
      if (segment.startsWith("{")) {
        const member = segment.slice(1, -1);
        labels.push(bound(member, member));
        node = node.label ??= new PathNode();
      } else {
        let next = node.literals.get(segment);
        if (!next) node.literals.set(segment, (next = new PathNode()));
        node = next;
      }
    }
    const routes = node.routes.get(method) ?? [];
    routes.push({
      name: declared.name,
      ...(operation ? { operation } : {}),
      labels,
      query: Object.entries(declared.query ?? {}).map(([member, name]) => bound(member, name)),
      headers: Object.entries(declared.headers ?? {}).map(([member, name]) => bound(member, name.toLowerCase())),
      payload: declared.payload,
      fixedQuery: queryPairs(fixed),
      maxBodyBytes: operation?.maxBodyBytes ?? (declared.payload === undefined ? maxBodyBytes : MAX_PAYLOAD_BYTES),
    });
    routes.sort((a, b) => b.fixedQuery.length - a.fixedQuery.length);
    node.routes.set(method, routes);
  }

  match(request: RawRequest): Target | undefined {
    const labels: string[] = [];
    let node = this.#root;
    for (const segment of segmentsOf(request.path)) {
      const literal = node.literals.get(segment);
      if (literal) {
        node = literal;
        continue;
      }
      if (!node.label || segment === "") return undefined;
      labels.push(segment);
      node = node.label;
    }
    const routes = node.routes.get(request.method);
    if (!routes) return undefined;
    const query = request.search === "" ? undefined : queryPairs(request.search);
    const route = routes.find(({ fixedQuery }) =>
      fixedQuery.every(([name, value]) => query?.some(([n, v]) => n === name && v === value)),
    );
    return route && new RestTarget(route, request, labels, query);
  }

  unknown({ method, path }: RawRequest): UnknownOperationException {
    return new UnknownOperationException(`There is no operation ${method} ${path}`);
  }

  encode(operation: BoundOperation, output: object | undefined): Answer {
    const status = operation.http?.[2] ?? 200;
    if (output === undefined) return { status, headers: {}, body: null };
    return { status, headers: { "Content-Type": "application/json" }, body: encodeJson(output) };
  }

  encodeError = encodeRestError;
}

class RestTarget implements Target {
  readonly maxBodyBytes: number;
  readonly #route: Route;
  readonly #request: RawRequest;
  readonly #labels: readonly string[];
  readonly #query: readonly [string, string][] | undefined;

  constructor(
    route: Route,
    request: RawRequest,
    labels: readonly string[],
    query: readonly [string, string][] | undefined,
  ) {
    this.maxBodyBytes = route.maxBodyBytes;
    this.#route = route;
    this.#request = request;
    this.#labels = labels;
    this.#query = query;
  }

  tooLarge(): AwsError {
    const { name, payload } = this.#route;
    return payload === undefined ? entityTooLarge(name, this.maxBodyBytes) : payloadTooLarge(name, this.maxBodyBytes);
  }

  read(body: Buffer): { operation: BoundOperation; input: unknown } {
    const { operation, name, labels, query, headers, payload } = this.#route;
    if (!operation) throw notImplemented(name);
    const input: Record<string, unknown> = payload === undefined ? decodeJson(body) : { [payload]: body };
    for (let i = 0; i < labels.length; i++) {
      const { member, shape } = labels[i] as Bound;
      input[member] = fromText(decodePercent(this.#labels[i] as string), shape);
    }
    if (this.#query) {
      for (const { member, name: parameter, shape } of query) {
        const values = this.#query.filter(([n]) => n === parameter).map(([, value]) => value);
        if (shape.kind === "list") {
          if (values.length > 0) input[member] = values.map((value) => fromText(value, shape.item));
        } else if (values[0] !== undefined) input[member] = fromText(values[0], shape);
      }
    }
    for (const { member, name: field, shape } of headers) {
      const value = header(this.#request.headers, field);
      if (value !== undefined) input[member] = fromText(value, shape);
    }
    return { operation, input };
  }
}

/** Segments of a path without its leading slash; one trailing slash means nothing (older models of AWS have it). */
function segmentsOf(path: string): string[] {
  return path.slice(1, path.length > 1 && path.endsWith("/") ? -1 : undefined).split("/");
}
