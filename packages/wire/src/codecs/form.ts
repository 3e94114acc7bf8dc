import { SerializationException } from "@hearth/model";
import { fromText, type Shape } from "../schema/shape.ts";

type Pairs = readonly (readonly [string, string])[];

/** The pairs of an `application/x-www-form-urlencoded` body. */
export function decodeForm(body: Buffer): [string, string][] {
  return [...new URLSearchParams(body.toString())];
}

/** A node of the tree that dots in parameter names make: `Tags.member.1.Key=a`. */
interface Branch {
  text?: string;
  readonly children: Map<string, Branch>;
}

const MAX_DEPTH = 16;

/** Converts the flat parameters of AWS's query protocol to the object that `shape` describes; parameters unknown to the shape are left out. */
export function formInput(pairs: Pairs, shape: Shape): unknown {
  const root: Branch = { children: new Map() };
  for (const [name, text] of pairs) {
    const parts = name.split(".");
    if (parts.length > MAX_DEPTH)
      throw new SerializationException(`Parameter ${name.slice(0, 100)}… is nested too deeply`);
    let branch = root;
    for (const part of parts) {
      let child = branch.children.get(part);
      if (!child) branch.children.set(part, (child = { children: new Map() }));
      branch = child;
    }
    branch.text = text;
  }
  return grow(root, shape);
}

function grow(branch: Branch, shape: Shape): unknown {
  switch (shape.kind) {
    case "object": {
      const input: Record<string, unknown> = {};
      for (const [name, member] of shape.members) {
        const child = branch.children.get(member.traits.xmlName ?? name);
        if (child) input[name] = grow(child, member);
      }
      return input;
    }
    case "list":
      return numbered(parts(branch, shape, shape.item.traits.xmlName ?? "member")).map((item) =>
        grow(item, shape.item),
      );
    case "map": {
      const { entry = "entry", key: keyName = "key", value: valueName = "value" } = shape.traits.entryNames ?? {};
      const entries = numbered(parts(branch, shape, entry)).flatMap((one) => {
        const key = one.children.get(keyName)?.text;
        const value = one.children.get(valueName);
        return key === undefined || !value ? [] : [[key, grow(value, shape.value)] as const];
      });
      return Object.fromEntries(entries);
    }
    default:
      return fromText(branch.text ?? "", shape);
  }
}

/** The branch whose children are numbered: clients send lists and maps with a wrapper's name or, flattened, without one. */
function parts(branch: Branch, { traits }: Shape, wrapper: string): Branch {
  return traits.flattened ? branch : (branch.children.get(wrapper) ?? branch);
}

function numbered(branch: Branch): Branch[] {
  return [...branch.children]
    .filter(([name]) => /^\d{1,9}$/.test(name))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child);
}
