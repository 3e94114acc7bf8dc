import { newApiId } from "@hearth/apis";
import { structure } from "@hearth/model";
import type { ApiPartKind } from "@hearth/store";
import { type AnyOperation, operation } from "@hearth/wire";
import { z } from "zod";
import type { ApiGatewayDeps } from "./deps.ts";
import { type Edit, editApi, findApi } from "./editing.ts";
import { BadRequestException, ConflictException, NotFoundException } from "./errors.ts";
import { pageOf } from "./paging.ts";
import * as words from "./words.ts";

export type Settings = Readonly<Record<string, unknown>>;

/** A kind of part of an API: `{noun}` is created, shown, listed, changed and deleted in the same way for all of them. */
export interface PartNoun {
  /** As in names of operations: `Route` for CreateRoute. */
  readonly noun: string;
  readonly kind: ApiPartKind;
  readonly idMember: string;
  /** What CreateX and UpdateX take besides ids. */
  readonly members: z.ZodRawShape;
  /** Of `members`, what CreateX must be given. */
  readonly required: readonly string[];
  /** Per API. */
  readonly quota: (deps: ApiGatewayDeps) => number;
  /** Adds what the client left out and checks the whole; `partId` is new for CreateX. Throws BadRequestException or ConflictException. */
  readonly complete: (edit: Edit, settings: Settings, partId: string) => Settings | Promise<Settings>;
  /** Throws ConflictException when another part needs this one. */
  readonly checkUnused?: (edit: Edit, partId: string) => Promise<void>;
  /** A part inside another one, such as a response of a route. */
  readonly parent?: {
    readonly kind: ApiPartKind;
    readonly idMember: string;
    readonly noun: string;
    readonly path: string;
  };
  /** Parts of this kind belong to one of the noun, which their member `idMember` names: they are deleted with it. */
  readonly child?: ApiPartKind;
  /** What is in the path after the API's. */
  readonly path: string;
}

/** The five operations of a kind of part. */
export function partOperations(noun: PartNoun): readonly AnyOperation<ApiGatewayDeps>[] {
  const { idMember, kind, members, parent } = noun;
  const base = `/v2/apis/{apiId}/${parent ? `${parent.path}/{${parent.idMember}}/` : ""}${noun.path}`;
  const one = `${base}/{${idMember}}`;
  const keys = { apiId: words.id, ...(parent && { [parent.idMember]: words.id }) };
  const shown = structure({ ...members, [idMember]: z.string(), apiGatewayManaged: z.boolean().optional() });
  const missing = (partId: unknown): NotFoundException =>
    new NotFoundException(`Invalid ${noun.noun} identifier specified: ${String(partId)}`);
  const belongs = (settings: Settings, input: Settings): boolean =>
    !parent || settings[parent.idMember] === input[parent.idMember];

  const create = operation({
    name: `Create${noun.noun}`,
    http: ["POST", base, 201],
    input: structure({ ...keys, ...withRequired(members, noun.required) }),
    output: shown,
    errors: [BadRequestException, ConflictException, NotFoundException],
    async handle(input: Settings, context, deps: ApiGatewayDeps) {
      const { apiId, ...settings } = input;
      return await editApi(deps, context, String(apiId), async (edit) => {
        if (parent && !(await edit.find(parent.kind, String(input[parent.idMember])))) {
          throw new NotFoundException(`Invalid ${parent.noun} identifier specified: ${String(input[parent.idMember])}`);
        }
        const quota = noun.quota(deps);
        if ((await edit.all(kind)).length >= quota) {
          throw new BadRequestException(`The API has ${quota} parts of the kind ${noun.noun}, which is its limit.`);
        }
        return await createPart(edit, noun, settings);
      });
    },
  });

  const get = operation({
    name: `Get${noun.noun}`,
    http: ["GET", one, 200],
    input: structure({ ...keys, [idMember]: words.id }),
    output: shown,
    errors: [NotFoundException],
    async handle(input: Settings, context, deps: ApiGatewayDeps) {
      const { apiId } = await findApi(deps, context, String(input["apiId"]));
      const part = await deps.parts.find({ apiId, kind, partId: String(input[idMember]) });
      if (!part || !belongs(part.settings, input)) throw missing(input[idMember]);
      return part.settings;
    },
  });

  const list = operation({
    name: `Get${noun.noun}s`,
    http: ["GET", base, 200],
    query: { maxResults: "maxResults", nextToken: "nextToken" },
    input: structure({ ...keys, maxResults: words.maxResults.optional(), nextToken: words.nextToken.optional() }),
    output: structure({ items: z.array(shown), nextToken: z.string().optional() }),
    errors: [BadRequestException, NotFoundException],
    async handle(input: Settings, context, deps: ApiGatewayDeps) {
      const { apiId } = await findApi(deps, context, String(input["apiId"]));
      const read = deps.parts.list.bind(deps.parts, { apiId, kind });
      const { items, ...rest } = await pageOf(input, read, ({ partId }) => partId);
      return { items: items.map(({ settings }) => settings).filter((settings) => belongs(settings, input)), ...rest };
    },
  });

  const update = operation({
    name: `Update${noun.noun}`,
    http: ["PATCH", one, 200],
    input: structure({ ...keys, ...members, [idMember]: words.id }),
    output: shown,
    errors: [BadRequestException, ConflictException, NotFoundException],
    async handle(input: Settings, context, deps: ApiGatewayDeps) {
      const { apiId, [idMember]: partId, ...changes } = input;
      return await editApi(deps, context, String(apiId), async (edit) => {
        const part = await edit.find(kind, String(partId));
        if (!part || !belongs(part.settings, input)) throw missing(partId);
        const settings = await noun.complete(edit, changed(part.settings, changes), part.partId);
        return (await edit.put(kind, part.partId, settings)).settings;
      });
    },
  });

  const remove = operation({
    name: `Delete${noun.noun}`,
    http: ["DELETE", one, 204],
    input: structure({ ...keys, [idMember]: words.id }),
    errors: [ConflictException, NotFoundException],
    async handle(input: Settings, context, deps: ApiGatewayDeps) {
      const work = async (edit: Edit): Promise<undefined> => {
        const part = await edit.find(kind, String(input[idMember]));
        if (!part || !belongs(part.settings, input)) throw missing(input[idMember]);
        await noun.checkUnused?.(edit, part.partId);
        for (const inner of noun.child ? await edit.all(noun.child) : []) {
          if (inner.settings[idMember] === part.partId) await edit.delete(inner.kind, inner.partId);
        }
        await edit.delete(kind, part.partId);
      };
      return await editApi(deps, context, String(input["apiId"]), work, { frees: true });
    },
  });

  return [create, get, list, update, remove];
}

/** Creates a part with a new id. Resolves with its settings. */
export async function createPart(edit: Edit, noun: PartNoun, settings: Settings): Promise<Settings> {
  const partId = newApiId(edit.deps.random, 7);
  const whole = await noun.complete(edit, changed({ [noun.idMember]: partId }, settings), partId);
  return (await edit.put(noun.kind, partId, whole)).settings;
}

/** Settings with changes. An empty text takes a setting away. */
export function changed(settings: Settings, changes: Settings): Settings {
  const merged = { ...settings, ...changes };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined && value !== ""));
}

export function without(settings: Settings, member: string): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => name !== member));
}

function withRequired(members: z.ZodRawShape, required: readonly string[]): z.ZodRawShape {
  const entries = Object.entries(members).map(([key, type]) => [
    key,
    required.includes(key) && type instanceof z.ZodOptional ? type.unwrap() : type,
  ]);
  return Object.fromEntries(entries) as z.ZodRawShape;
}
