import type { ApiDefinition, ApiDirectory, ApiStage } from "@hearth/apis";
import type { Clock } from "@hearth/kit";
import { mappingFor } from "../domainMapping.ts";
import type { HttpAddress } from "../httpAddress.ts";
import type { EndpointKind, HttpEndpoint } from "../httpEndpoint.ts";
import { type HttpApiDeps, HttpApiEndpoint } from "./httpApiEndpoint.ts";
import { HTTP_API_METRICS, type RequestMetrics } from "../requestMetrics.ts";
import { StageMetrics } from "../stageMetrics.ts";
import { NOT_FOUND } from "./replies.ts";
import { Throttle } from "./throttle.ts";

export interface HttpApisDeps extends HttpApiDeps {
  readonly directory: ApiDirectory;
  /** Whether Hearth itself answers to a host name: no custom domain name takes it, whenever it was made. */
  readonly isOwnHost: (name: string) => boolean;
  readonly requestMetrics: RequestMetrics;
  readonly clock: Clock;
}

const DEFAULT_STAGE = "$default";

/**
 * HTTP APIs of API Gateway, by their own host name and by custom domain names. A stage is named by the first segment of the path, unless the API has the
 * stage `$default`.
 */
export class HttpApis implements EndpointKind {
  readonly forms = ["api", "domain"] as const;
  readonly unknown = () => NOT_FOUND;
  readonly #deps: HttpApisDeps;
  /** Endpoints by the stage as the directory has it, and by the prefix of their paths. */
  readonly #endpoints = new WeakMap<ApiStage, Map<string, HttpApiEndpoint>>();
  readonly #throttles = new WeakMap<ApiStage, Throttle>();
  readonly #metrics = new WeakMap<ApiStage, StageMetrics>();

  constructor(deps: HttpApisDeps) {
    this.#deps = deps;
  }

  ownsDomain(host: string): boolean {
    return this.#deps.directory.hasDomain(host) && !this.#deps.isOwnHost(host);
  }

  find(address: HttpAddress): HttpEndpoint | undefined | Promise<HttpEndpoint | undefined> {
    if (address.form === "domain") return this.#ofDomain(address);
    const api = this.#deps.directory.findApi(address.id);
    return api instanceof Promise ? api.then((found) => this.#ofApi(found, address)) : this.#ofApi(api, address);
  }

  #ofApi(api: ApiDefinition | undefined, { path, region, isPathForm }: HttpAddress): HttpEndpoint | undefined {
    if (api?.record.protocol !== "HTTP") return undefined;
    if (region !== undefined && region !== api.record.region) return undefined;
    if (api.record.settings["disableExecuteApiEndpoint"] === true) return undefined;
    const first = path.split("/", 2)[1] ?? "";
    // By the path form the stage is always named, so that the same path means the same with and without `$default`.
    const name = isPathForm && first === "%24default" ? DEFAULT_STAGE : first;
    const named = api.stages.get(name);
    if (named && (name !== DEFAULT_STAGE || isPathForm)) return this.#endpoint(api, named, `/${first}`);
    const standard = api.stages.get(DEFAULT_STAGE);
    return standard && this.#endpoint(api, standard, "");
  }

  async #ofDomain({ id, path }: HttpAddress): Promise<HttpEndpoint | undefined> {
    const domain = await this.#deps.directory.findDomain(id);
    const mapping = domain && mappingFor(domain, path);
    if (!mapping) return undefined;
    const api = await this.#deps.directory.findApi(mapping.apiId);
    const stage = api?.record.protocol === "HTTP" ? api.stages.get(mapping.stage) : undefined;
    return api && stage && this.#endpoint(api, stage, mapping.mappingKey === "" ? "" : `/${mapping.mappingKey}`);
  }

  #endpoint({ record }: ApiDefinition, stage: ApiStage, prefix: string): HttpApiEndpoint {
    let known = this.#endpoints.get(stage);
    if (!known) this.#endpoints.set(stage, (known = new Map()));
    let endpoint = known.get(prefix);
    if (endpoint) return endpoint;
    let throttle = this.#throttles.get(stage);
    if (!throttle) this.#throttles.set(stage, (throttle = new Throttle(stage, this.#deps.clock)));
    const metrics = this.#metricsOf(record, stage);
    endpoint = new HttpApiEndpoint({ api: record, stage, throttle, metrics, prefix }, this.#deps);
    known.set(prefix, endpoint);
    return endpoint;
  }

  #metricsOf({ accountId, region, apiId: ApiId }: ApiDefinition["record"], stage: ApiStage): StageMetrics {
    const known = this.#metrics.get(stage);
    if (known) return known;
    const owner = { accountId, region };
    const measured = { names: HTTP_API_METRICS, owner, api: { ApiId }, stage: stage.stageName };
    const metrics = new StageMetrics(this.#deps.requestMetrics, measured);
    this.#metrics.set(stage, metrics);
    return metrics;
  }
}
