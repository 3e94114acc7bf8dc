/** X-Ray's trace header: `Root=1-<8 digits>-<24 digits>;Parent=<16 digits>;Sampled=1`. https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader */
export interface Trace {
  readonly root?: string;
  readonly parent?: string;
  /** The decision of the caller; absent where it has not decided. */
  readonly isSampled?: boolean;
}

const ROOT = /^1-[0-9a-f]{8}-[0-9a-f]{24}$/;
const PARENT = /^[0-9a-f]{16}$/;
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;
const NONE = /^0+$/;

/** The members of a trace header that are well-formed. */
export function parseTrace(header: string): Trace {
  const parts = header.split(";").map((part) => part.trim());
  const member = (name: string): string =>
    parts.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
  const [root, parent, sampled] = [member("Root"), member("Parent"), member("Sampled")];
  return {
    ...(ROOT.test(root) && { root }),
    ...(PARENT.test(parent) && { parent }),
    ...((sampled === "0" || sampled === "1") && { isSampled: sampled === "1" }),
  };
}

/** The trace header that a W3C `traceparent` stands for; `undefined` for an invalid one. https://www.w3.org/TR/trace-context/#traceparent-header */
export function traceFromW3c(traceparent: string): string | undefined {
  const [, trace = "", parent = "", flags = ""] = TRACEPARENT.exec(traceparent.trim()) ?? [];
  if (trace === "" || traceparent.startsWith("ff") || NONE.test(trace) || NONE.test(parent)) return undefined;
  const sampled = Number.parseInt(flags, 16) & 1;
  return `Root=1-${trace.slice(0, 8)}-${trace.slice(8)};Parent=${parent};Sampled=${sampled}`;
}

/** A trace header as `traceparent`; `undefined` for one without a root and a parent. */
export function w3cFromTrace(header: string): string | undefined {
  const { root, parent, isSampled = false } = parseTrace(header);
  if (root === undefined || parent === undefined) return undefined;
  return `00-${root.slice(2).replace("-", "")}-${parent}-0${isSampled ? 1 : 0}`;
}
