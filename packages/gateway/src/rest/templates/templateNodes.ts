/** The nodes that velocityjs makes of a template, as far as templates of API Gateway have them. A block is a list that begins with its directive. */
export type TemplateNode =
  | string
  | Block
  | Reference
  | SetDirective
  | MacroCall
  | { readonly type: "raw"; readonly value: string }
  | { readonly type: "break" | "comment" };

export type Block = readonly [Directive, ...TemplateNode[]];

export type Directive =
  | { readonly type: "if" | "elseif"; readonly condition: Expression }
  | { readonly type: "foreach"; readonly to: string; readonly from: Expression }
  | { readonly type: "macro"; readonly id: string; readonly args?: readonly Reference[] | false }
  | { readonly type: "define"; readonly id: string }
  | { readonly type: "noescape" };

export interface Reference {
  readonly type: "references";
  readonly id: string;
  /** `$!` shows nothing for what is missing. */
  readonly leader: string;
  readonly path?: readonly PathPart[];
  /** Of `$name(…)`, which is no method of anything. */
  readonly args?: readonly Expression[] | false;
}

export type PathPart =
  | { readonly type: "property"; readonly id: string }
  | { readonly type: "index"; readonly id: Expression }
  | { readonly type: "method"; readonly id: string; readonly args?: readonly Expression[] | false };

export interface SetDirective {
  readonly type: "set";
  readonly equal: readonly [Reference, Expression];
}

export interface MacroCall {
  readonly type: "macro_call";
  readonly id: string;
  readonly args?: readonly Expression[] | false;
}

export type Expression =
  | Reference
  | { readonly type: "string"; readonly value: string; readonly isEval?: boolean }
  | { readonly type: "integer" | "decimal"; readonly value: string | number }
  | { readonly type: "bool"; readonly value: string }
  | { readonly type: "runt"; readonly value: string }
  | { readonly type: "map"; readonly value?: Readonly<Record<string, Expression>> }
  | { readonly type: "array"; readonly isRange?: false; readonly value: readonly Expression[] }
  | { readonly type: "array"; readonly isRange: true; readonly value: readonly (Reference | string | number)[] }
  | { readonly type: "math"; readonly operator: string; readonly expression: readonly Expression[] };
