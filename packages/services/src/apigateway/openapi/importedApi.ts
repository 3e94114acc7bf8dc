import type { Settings } from "../patch.ts";

/** What a definition in OpenAPI says, in the words of API Gateway. */
export interface ImportedApi {
  /** Of the API itself. */
  readonly settings: Settings & { readonly name: string };
  /** By name. */
  readonly models: ReadonlyMap<string, ImportedModel>;
  /** By name. */
  readonly validators: ReadonlyMap<string, Settings>;
  /** By name. */
  readonly authorizers: ReadonlyMap<string, Settings>;
  /** By type. */
  readonly gatewayResponses: ReadonlyMap<string, Settings>;
  /** Also those without methods. */
  readonly paths: readonly string[];
  readonly methods: readonly ImportedMethod[];
  readonly warnings: readonly string[];
}

export interface ImportedModel {
  readonly schema: Settings;
  readonly description?: string;
}

export interface ImportedMethod {
  readonly path: string;
  readonly httpMethod: string;
  /** Without the ids of the authorizer and the validator. */
  readonly settings: Settings;
  /** Names. */
  readonly authorizer?: string;
  readonly validator?: string;
  readonly responses: readonly Settings[];
  readonly integration?: Settings;
  readonly integrationResponses: readonly Settings[];
}
