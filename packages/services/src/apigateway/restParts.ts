import { structure } from "@hearth/model";
import type { ApiPartKind } from "@hearth/store";
import { type AnyOperation, operation } from "@hearth/wire";
import { z } from "zod";
import type { ApiGatewayDeps } from "../apigatewayv2/deps.ts";
import {
  BadRequestException,
  ConflictException,
  LimitExceededException,
  NotFoundException,
} from "../apigatewayv2/errors.ts";
import { checkQuota, conforming, editRestApi, findRestApi, given, type RestEdit } from "./editing.ts";
import { pageOf } from "./paging.ts";
import { patched, type PatchTable, type Settings } from "./patch.ts";
import * as words from "./words.ts";

/** A kind of part of a REST API that is created, shown, listed, changed and deleted in the same way as others. */
export interface RestNoun {
  /** As in names of operations: `Model` for CreateModel. */
  readonly noun: string;
  readonly kind: ApiPartKind;
  /** What is in the path after the API's. */
  readonly path: string;
  /** The label of the part in paths. */
  readonly label: string;
  /** What CreateX takes besides the label of the API. */
  readonly members: z.ZodRawShape;
  readonly patches: PatchTable;
  /** Per API. */
  readonly quota: number;
  readonly missing: string;
  /** Its key among the parts of its kind: a new id, or its name. */
  readonly newPartId: (edit: RestEdit, settings: Settings) => string;
  /** Adds what the client left out and checks the whole. */
  readonly complete: (edit: RestEdit, settings: Settings) => Settings | Promise<Settings>;
  /** Throws ConflictException when another part needs this one. */
  readonly checkUnused: (edit: RestEdit, partId: string) => Promise<void>;
}

/** Creates a part. Rejects with ConflictException where one of its key exists. */
export async function createRestPart(edit: RestEdit, noun: RestNoun, settings: Settings): Promise<Settings> {
  const { kind } = noun;
  checkQuota((await edit.all(kind)).length, noun.quota, `parts of the kind ${noun.noun} for this API`);
  const partId = noun.newPartId(edit, settings);
  const whole = await noun.complete(edit, conforming(structure(noun.members), settings));
  const taken = await edit.find(kind, partId);
  if (taken) throw new ConflictException(`${noun.noun} name already exists for this REST API`);
  return (await edit.put(kind, partId, { id: partId, ...whole })).settings;
}

/** The five operations of a kind of part. */
export function restPartOperations(noun: RestNoun): readonly AnyOperation<ApiGatewayDeps>[] {
  const { kind, label, members } = noun;
  const base = `/restapis/{restapi_id}/${noun.path}`;
  const one = `${base}/{${label}}`;
  const keys = { restapi_id: words.id, [label]: words.id };
  const shown = structure({ ...members, id: z.string() });
  const errors = [BadRequestException, ConflictException, LimitExceededException, NotFoundException];
  const missing = (): NotFoundException => new NotFoundException(noun.missing);

  const create = operation({
    name: `Create${noun.noun}`,
    http: ["POST", base, 201],
    input: structure({ restapi_id: words.id, ...members }),
    output: shown,
    errors,
    async handle({ restapi_id, ...input }: Settings, context, deps: ApiGatewayDeps) {
      const work = (edit: RestEdit): Promise<Settings> => createRestPart(edit, noun, given(input));
      return await editRestApi(deps, context, String(restapi_id), work);
    },
  });

  const get = operation({
    name: `Get${noun.noun}`,
    http: ["GET", one, 200],
    input: structure(keys),
    output: shown,
    errors: [NotFoundException],
    async handle(input: Settings, context, deps: ApiGatewayDeps) {
      const { apiId } = await findRestApi(deps, context, String(input["restapi_id"]));
      const part = await deps.parts.find({ apiId, kind, partId: String(input[label]) });
      if (!part) throw missing();
      return part.settings;
    },
  });

  const list = operation({
    name: `Get${noun.noun}s`,
    http: ["GET", base, 200],
    query: words.pageQuery,
    input: structure({ restapi_id: words.id, ...words.pageMembers }),
    output: structure({ item: z.array(shown), position: z.string().optional() }),
    errors: [BadRequestException, NotFoundException],
    async handle({ restapi_id, ...page }, context, deps: ApiGatewayDeps) {
      const { apiId } = await findRestApi(deps, context, restapi_id);
      const read = deps.parts.list.bind(deps.parts, { apiId, kind });
      const { item, ...rest } = await pageOf(page, read, ({ partId }) => partId);
      return { item: item.map(({ settings }) => settings), ...rest };
    },
  });

  const update = operation({
    name: `Update${noun.noun}`,
    http: ["PATCH", one, 200],
    input: structure({ ...keys, patchOperations: words.patchOperations }),
    output: shown,
    errors,
    async handle(
      input: Settings & { patchOperations?: z.output<typeof words.patchOperations> },
      context,
      deps: ApiGatewayDeps,
    ) {
      return await editRestApi(deps, context, String(input["restapi_id"]), async (edit) => {
        const part = await edit.find(kind, String(input[label]));
        if (!part) throw missing();
        const changed = patched(part.settings, input.patchOperations, noun.patches);
        const whole = await noun.complete(edit, conforming(structure(members), changed));
        return (await edit.put(kind, part.partId, whole)).settings;
      });
    },
  });

  const remove = operation({
    name: `Delete${noun.noun}`,
    http: ["DELETE", one, 202],
    input: structure(keys),
    errors: [BadRequestException, ConflictException, NotFoundException],
    async handle(input: Settings, context, deps: ApiGatewayDeps) {
      const work = async (edit: RestEdit): Promise<undefined> => {
        const part = await edit.find(kind, String(input[label]));
        if (!part) throw missing();
        await noun.checkUnused(edit, part.partId);
        await edit.delete(kind, part.partId);
      };
      return await editRestApi(deps, context, String(input["restapi_id"]), work, { frees: true });
    },
  });

  return [create, get, list, update, remove];
}
