import { Helper, parse } from "velocityjs";
import { type Budget, TemplateLimit } from "./budget.ts";
import { callMethod } from "./javaMethods.ts";
import { evaluateMath } from "./templateMath.ts";
import type {
  Block,
  Directive,
  Expression,
  MacroCall,
  PathPart,
  Reference,
  SetDirective,
  TemplateNode,
} from "./templateNodes.ts";
import {
  type Dictionary,
  isDictionary,
  isTrue,
  memberOf,
  newDictionary,
  newList,
  setMember,
  textOf,
  Tool,
} from "./templateValues.ts";

/** As API Gateway: a loop ends after so many rounds. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html */
const MAX_ROUNDS = 1_000;
const MAX_DEPTH = 100;
const MAX_PARSED = 100;

const parsed = new Map<string, readonly TemplateNode[]>();

/** Parses a template, and keeps the last ones: most are rendered again. Throws an Error that says where the template is wrong. */
export function parseTemplate(template: string): readonly TemplateNode[] {
  let nodes = parsed.get(template);
  if (nodes) return nodes;
  nodes = parse(template) as unknown as readonly TemplateNode[];
  if (parsed.size >= MAX_PARSED) parsed.clear();
  parsed.set(template, nodes);
  return nodes;
}

type Scope = Map<string, unknown>;

/**
 * Renders one template. The grammar is that of velocityjs; values and methods are Java's, as on AWS, and each node is a step of the budget. Nothing of
 * JavaScript can be reached: members are own members of documents, and methods those of `javaMethods.ts`.
 */
export class Interpreter {
  readonly #budget: Budget;
  /** The last one first asked; `#set` writes into the first one where the name has no other. */
  readonly #scopes: Scope[];
  readonly #macros = new Map<string, { readonly names: readonly string[]; readonly body: readonly TemplateNode[] }>();
  readonly #defined = new Map<string, readonly TemplateNode[]>();
  #depth = 0;
  #isBreaking = false;

  constructor(variables: Iterable<readonly [string, unknown]>, budget: Budget) {
    this.#scopes = [new Map(variables)];
    this.#budget = budget;
  }

  render(nodes: readonly TemplateNode[]): string {
    if (++this.#depth > MAX_DEPTH) throw new TemplateLimit("the template is nested too deeply");
    const parts: string[] = [];
    for (const node of nodes) {
      if (this.#isBreaking) break;
      this.#budget.step();
      parts.push(this.#budget.text(typeof node === "string" ? node : this.#node(node)));
    }
    this.#depth--;
    return parts.join("");
  }

  #node(node: Exclude<TemplateNode, string>): string {
    if (isBlock(node)) return this.#block(node);
    switch (node.type) {
      case "references":
        return this.#shown(node);
      case "set":
        this.#set(node);
        return "";
      case "macro_call":
        return this.#callMacro(node);
      case "raw":
        return node.value;
      case "break":
        this.#isBreaking = true;
        return "";
      default:
        return "";
    }
  }

  #block([directive, ...nodes]: Block): string {
    switch (directive.type) {
      case "if":
        return this.#if(directive, nodes);
      case "foreach":
        return this.#forEach(directive, nodes);
      case "macro":
        this.#macros.set(directive.id, { names: (directive.args || []).map(({ id }) => id), body: nodes });
        return "";
      case "define":
        this.#defined.set(directive.id, nodes);
        return "";
      case "noescape":
        return this.render(nodes);
      default:
        throw new Error(`the directive ${directive.type} is not supported here`);
    }
  }

  #if({ condition }: Directive & { type: "if" | "elseif" }, nodes: readonly TemplateNode[]): string {
    let isTaken = isTrue(this.#value(condition));
    const taken: TemplateNode[] = [];
    for (const node of nodes) {
      const type = typeof node === "string" || isBlock(node) ? undefined : (node.type as string);
      if (type === "else" || type === "elseif") {
        if (isTaken) break;
        const other = node as unknown as { readonly condition?: Expression };
        isTaken = other.condition === undefined || isTrue(this.#value(other.condition));
      } else if (isTaken) taken.push(node);
    }
    return this.render(taken);
  }

  #forEach({ to, from }: Directive & { type: "foreach" }, nodes: readonly TemplateNode[]): string {
    const over = this.#value(from);
    const items = itemsOf(over);
    const count = Math.min(items.length, MAX_ROUNDS);
    const parts: string[] = [];
    const scope: Scope = new Map();
    this.#scopes.push(scope);
    for (let index = 0; index < count && !this.#isBreaking; index++) {
      const first = index === 0;
      const hasNext = index + 1 < items.length;
      scope.set(to, items[index]);
      scope.set("velocityCount", index + 1);
      const facts = { index, count: index + 1, hasNext, first, last: !hasNext };
      scope.set("foreach", newDictionary(Object.entries(facts)));
      parts.push(this.render(nodes));
    }
    this.#scopes.pop();
    this.#isBreaking = false;
    return parts.join("");
  }

  #callMacro({ id, args }: MacroCall): string {
    const given = (args || []).map((one) => this.#value(one));
    if (id === "evaluate") return this.render(parseTemplate(textOf(given[0] ?? "", this.#budget)));
    const macro = this.#macros.get(id);
    if (!macro) throw new Error(`there is no macro ${id}`);
    this.#scopes.push(new Map(macro.names.map((name, index) => [name, given[index]])));
    const text = this.render(macro.body);
    this.#scopes.pop();
    return text;
  }

  /** A reference as text: what is missing is shown as it is written. */
  #shown(reference: Reference): string {
    const defined = reference.path === undefined ? this.#defined.get(reference.id) : undefined;
    if (defined) return this.render(defined);
    const value = this.#reference(reference);
    if (value !== undefined && value !== null && !(value instanceof Tool)) return textOf(value, this.#budget);
    return reference.leader === "$!"
      ? ""
      : Helper.getRefText(reference as unknown as Parameters<typeof Helper.getRefText>[0]);
  }

  #reference({ id, path = [], args }: Reference): unknown {
    if (args !== undefined) return undefined;
    let value = this.#variable(id);
    for (const part of path) {
      if (value === undefined || value === null) return undefined;
      value = this.#part(value, part);
    }
    return value;
  }

  #part(value: unknown, part: PathPart): unknown {
    this.#budget.step();
    if (part.type === "method") {
      const given = (part.args || []).map((one) => this.#value(one));
      return callMethod(value, part.id, given, this.#budget);
    }
    const name = part.type === "property" ? part.id : this.#value(part.id);
    if (value instanceof Tool) return value.member(textOf(name, this.#budget));
    if (Array.isArray(value)) return part.type === "index" ? (value[Number(name)] as unknown) : undefined;
    return memberOf(value, textOf(name, this.#budget));
  }

  #variable(id: string): unknown {
    for (let at = this.#scopes.length - 1; at >= 0; at--) {
      const scope = this.#scopes[at];
      if (scope?.has(id)) return scope.get(id);
    }
    return undefined;
  }

  /** As Velocity: setting something to what is missing changes nothing. */
  #set({ equal: [reference, expression] }: SetDirective): void {
    const value = this.#value(expression);
    if (value === undefined || value === null) return;
    const { id, path = [] } = reference;
    const last = path.at(-1);
    if (!last) {
      const scope = this.#scopes.findLast((one) => one.has(id)) ?? this.#scopes[0];
      scope?.set(id, value);
      return;
    }
    let parent = this.#variable(id);
    for (const part of path.slice(0, -1)) {
      let next = this.#part(parent, part);
      // Overrides of `$context` are set without making the maps around them.
      if (next === undefined && isDictionary(parent) && part.type === "property")
        setMember(parent, part.id, (next = newDictionary()));
      parent = next;
    }
    if (last.type === "method") return;
    const name = last.type === "property" ? last.id : this.#value(last.id);
    if (Array.isArray(parent)) {
      if (typeof name === "number" && name >= 0 && name < parent.length) parent[name] = value;
    } else if (isDictionary(parent)) setMember(parent, textOf(name, this.#budget), value);
  }

  #value(expression: Expression): unknown {
    this.#budget.step();
    switch (expression.type) {
      case "references":
        return this.#reference(expression);
      case "string":
        return this.#string(expression.value, expression.isEval === true);
      case "integer":
      case "decimal":
        return Number(expression.value);
      case "bool":
        return expression.value === "null" ? undefined : expression.value === "true";
      case "map":
        return this.#map(expression.value ?? {});
      case "array":
        return expression.isRange === true
          ? this.#range(expression.value)
          : newList(expression.value.map((one) => this.#value(one)));
      case "math":
        return evaluateMath(expression, (operand) => this.#value(operand), this.#budget);
      default:
        return undefined;
    }
  }

  #string(value: string, isTemplate: boolean): string {
    return isTemplate && /[#$]/.test(value) ? this.render(parseTemplate(value)) : value;
  }

  #map(members: Readonly<Record<string, Expression>>): Dictionary {
    return newDictionary(
      Object.keys(members).map((name) => [this.#string(name, true), this.#value(members[name] as Expression)]),
    );
  }

  #range([from, to]: readonly (Reference | string | number)[]): unknown[] {
    const [begin = NaN, end = NaN] = [from, to].map((one) =>
      Math.trunc(Number(typeof one === "object" ? this.#reference(one) : one)),
    );
    if (Number.isNaN(begin) || Number.isNaN(end)) return newList([]);
    const length = Math.abs(end - begin) + 1;
    this.#budget.step(length);
    const direction = begin <= end ? 1 : -1;
    return newList(Array.from({ length }, (_, index) => begin + index * direction));
  }
}

/** A copy, because the rounds may change the list; not of more than they see, because loops in loops keep theirs. */
function itemsOf(over: unknown): unknown[] {
  if (Array.isArray(over)) return over.slice(0, MAX_ROUNDS + 1);
  return isDictionary(over) ? Object.values(over).slice(0, MAX_ROUNDS + 1) : [];
}

function isBlock(node: Exclude<TemplateNode, string>): node is Block {
  return Array.isArray(node);
}
