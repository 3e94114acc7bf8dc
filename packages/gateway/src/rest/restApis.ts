import type { ApiDefinition, ApiDirectory, RestStage } from "@hearth/apis";
import type { Random } from "@hearth/kit";
import { mappingFor } from "../domainMapping.ts";
import type { HttpAddress } from "../httpAddress.ts";
import type { EndpointKind, HttpEndpoint, HttpReply } from "../httpEndpoint.ts";
import { REST_API_METRICS, type RequestMetrics } from "../requestMetrics.ts";
import { StageMetrics } from "../stageMetrics.ts";
import { type RestApiDeps, RestApiEndpoint } from "./restApiEndpoint.ts";
import { RestThrottles } from "./restThrottle.ts";

export interface RestApisDeps extends RestApiDeps {
  readonly directory: ApiDirectory;
  readonly requestMetrics: RequestMetrics;
  readonly random: Pick<Random, "fraction">;
}

/** The answer where a REST API has no such stage. */
const FORBIDDEN: HttpReply = {
  status: 403,
  headers: { "content-type": "application/json", "x-amzn-errortype": "ForbiddenException" },
  body: Buffer.from(JSON.stringify({ message: "Forbidden" })),
};
const NO_STAGE: HttpEndpoint = { serve: () => Promise.resolve(FORBIDDEN) };

/** REST APIs of API Gateway, by their own host name and by custom domain names. The first segment of the path names the stage. */
export class RestApis implements EndpointKind {
  readonly forms = ["api", "domain"] as const;
  readonly #deps: RestApisDeps;
  /** Endpoints by the stage as the directory has it, and by the prefix of their paths. */
  readonly #endpoints = new WeakMap<RestStage, Map<string, RestApiEndpoint>>();
  readonly #throttles = new WeakMap<RestStage, RestThrottles>();
  readonly #metrics = new WeakMap<RestStage, StageMetrics>();

  constructor(deps: RestApisDeps) {
    this.#deps = deps;
  }

  find(address: HttpAddress): HttpEndpoint | undefined | Promise<HttpEndpoint | undefined> {
    if (address.form === "domain") return this.#ofDomain(address);
    const api = this.#deps.directory.findApi(address.id);
    return api instanceof Promise ? api.then((found) => this.#ofApi(found, address)) : this.#ofApi(api, address);
  }

  #ofApi(api: ApiDefinition | undefined, { path, region }: HttpAddress): HttpEndpoint | undefined {
    if (api?.record.protocol !== "REST") return undefined;
    if (region !== undefined && region !== api.record.region) return undefined;
    if (api.record.settings["disableExecuteApiEndpoint"] === true) return NO_STAGE;
    const name = path.split("/", 2)[1] ?? "";
    const stage = api.restStages.get(name);
    return stage ? this.#endpoint(api, stage, `/${name}`) : NO_STAGE;
  }

  /** A mapping without a stage leaves it to the path to name one. */
  async #ofDomain({ id, path }: HttpAddress): Promise<HttpEndpoint | undefined> {
    const domain = await this.#deps.directory.findDomain(id);
    const mapping = domain && mappingFor(domain, path);
    if (!mapping) return undefined;
    const api = await this.#deps.directory.findApi(mapping.apiId);
    if (api?.record.protocol !== "REST") return undefined;
    const base = mapping.mappingKey === "" ? "" : `/${mapping.mappingKey}`;
    const named = mapping.stage === "" ? (path.slice(base.length).split("/", 2)[1] ?? "") : undefined;
    const stage = api.restStages.get(named ?? mapping.stage);
    return stage ? this.#endpoint(api, stage, named === undefined ? base : `${base}/${named}`) : NO_STAGE;
  }

  /** A stage with a canary has two endpoints, and each request goes to one of them. */
  #endpoint(api: ApiDefinition, stage: RestStage, prefix: string): RestApiEndpoint {
    const { canary } = stage;
    const isCanary = canary !== undefined && this.#deps.random.fraction() * 100 < canary.percentTraffic;
    return this.#endpointOf(api, isCanary ? canary.stage : stage, prefix, stage);
  }

  /** `shared`: the stage whose limits and metrics hold for both of its endpoints. */
  #endpointOf({ record }: ApiDefinition, stage: RestStage, prefix: string, shared: RestStage): RestApiEndpoint {
    let known = this.#endpoints.get(stage);
    if (!known) this.#endpoints.set(stage, (known = new Map()));
    let endpoint = known.get(prefix);
    if (endpoint) return endpoint;
    let throttles = this.#throttles.get(shared);
    if (!throttles) this.#throttles.set(shared, (throttles = new RestThrottles(shared, this.#deps.clock)));
    const metrics = this.#metricsOf(record, shared);
    endpoint = new RestApiEndpoint({ api: record, stage, throttles, metrics, prefix }, this.#deps);
    known.set(prefix, endpoint);
    return endpoint;
  }

  #metricsOf({ accountId, region, settings }: ApiDefinition["record"], stage: RestStage): StageMetrics {
    const known = this.#metrics.get(stage);
    if (known) return known;
    // Names in dimensions are ASCII, as on AWS.
    const { name = "" } = settings as { readonly name?: string };
    const ApiName = name.replaceAll(/[^\x20-\x7e]/g, "");
    const owner = { accountId, region };
    const measured = { names: REST_API_METRICS, owner, api: { ApiName }, stage: stage.stageName };
    const metrics = new StageMetrics(this.#deps.requestMetrics, measured);
    this.#metrics.set(stage, metrics);
    return metrics;
  }
}
