import { createHash } from "node:crypto";
import { type Logger, Semaphore } from "@hearth/kit";
import {
  type ApiDomain,
  ApiDomainStore,
  ApiKeyStore,
  type ApiMapping,
  ApiPartStore,
  type ApiRecord,
  ApiStore,
  type Database,
  UsagePlanStore,
} from "@hearth/store";
import { AccountShares, memoryOf } from "./accountShares.ts";
import {
  type ApiContents,
  type ApiDefinition,
  type ApiStage,
  contentsOf,
  DEPLOYED_KINDS,
  snapshotOf,
} from "./apiDefinition.ts";
import { DomainNames } from "./domainNames.ts";
import type { RestApiKey } from "./restApiDefinition.ts";
import { plansOfStage, readRestStages } from "./restStages.ts";

const CHANNEL = "hearth_apigateway";
/** Each of APIs and domain names, and of API keys; more are read again when they are asked for. */
const MAX_KNOWN = 10_000;
/** What clients asked for and what does not exist, apart from the others: a client that tries many names must not make those of others forgotten. */
const MAX_ABSENT = 100_000;
/** Look-ups at the same time: such a client must not take up the connections that other requests need. */
const LOOK_UPS = 8;

export interface ApiDirectoryDeps {
  readonly database: Database;
  readonly logger: Logger;
}

interface Known {
  readonly value: unknown;
}

/** A custom domain name with its mappings, those with the longest key first. */
export interface DomainMappings {
  readonly domain: Pick<ApiDomain, "domainName" | "accountId" | "region">;
  readonly mappings: readonly ApiMapping[];
}

/**
 * APIs and custom domain names as requests are served by them, kept in memory. PostgreSQL announces each change, also of what did not exist before; while
 * no announcement can arrive, because the connection is lost, what is in memory is served for as long as PostgreSQL cannot be read.
 */
export class ApiDirectory implements AsyncDisposable {
  readonly #deps: ApiDirectoryDeps;
  readonly #apis: ApiStore;
  readonly #parts: ApiPartStore;
  readonly #domains: ApiDomainStore;
  readonly #keys: ApiKeyStore;
  readonly #plans: UsagePlanStore;
  readonly #known = new Map<string, Known>();
  /** Apart from the others, because clients choose what is looked up. */
  readonly #knownKeys = new Map<string, Known>();
  readonly #absent = new Set<string>();
  /** Under way. */
  readonly #readings = new Map<string, Promise<unknown>>();
  readonly #lookUps = new Semaphore(LOOK_UPS);
  /** Of APIs, which can be large. */
  readonly #shares = new AccountShares();
  readonly #held = new WeakMap<object, { readonly accountId: string; readonly bytes: number }>();
  /** All custom domain names. */
  #names = new DomainNames([]);
  #readingNames: Promise<void> = Promise.resolve();
  #isListening = false;
  #listener: Promise<AsyncDisposable | undefined> | undefined;
  #isClosed = false;

  constructor(deps: ApiDirectoryDeps) {
    this.#deps = deps;
    this.#apis = new ApiStore(deps.database);
    this.#parts = new ApiPartStore(deps.database);
    this.#domains = new ApiDomainStore(deps.database);
    this.#keys = new ApiKeyStore(deps.database);
    this.#plans = new UsagePlanStore(deps.database);
  }

  /** The API with its stages; `undefined` when there is no such API. At once, where it is in memory. */
  findApi(apiId: string): ApiDefinition | undefined | Promise<ApiDefinition | undefined> {
    return this.#find(`api ${apiId}`, () => this.#readApi(apiId));
  }

  /** The custom domain name that a host name (lower case) belongs to, or `undefined`. At once, where it is in memory. */
  findDomain(host: string): DomainMappings | undefined | Promise<DomainMappings | undefined> {
    const name = this.#names.of(host) ?? host;
    return this.#find(`domain ${name}`, () => this.#readDomain(name));
  }

  /** The API key with this value in the account and region of an API; `undefined` when there is none. At once, where it is in memory. */
  findApiKey(
    owner: Pick<ApiRecord, "accountId" | "region">,
    value: string,
  ): RestApiKey | undefined | Promise<RestApiKey | undefined> {
    const digest = createHash("sha256").update(value).digest("hex");
    const key = `key ${owner.accountId} ${owner.region} ${digest}`;
    return this.#find(key, () => this.#readApiKey(owner, value), this.#knownKeys);
  }

  /** Whether a host name (lower case) belongs to a custom domain name; answered from memory, which `start` fills and announcements keep. */
  hasDomain(host: string): boolean {
    return this.#names.of(host) !== undefined;
  }

  /** Reads which custom domain names there are, and follows changes. */
  async start(): Promise<void> {
    await this.#listen();
    await this.#readNames();
  }

  /** One after the other: the last one read is the last one kept. */
  #readNames(): Promise<void> {
    return (this.#readingNames = this.#readingNames.then(() => this.#setNames()));
  }

  async #setNames(): Promise<void> {
    try {
      this.#names = new DomainNames(await this.#domains.allNames());
    } catch (error) {
      this.#deps.logger.warn({ err: error }, "cannot read custom domain names; those that were known are served");
    }
  }

  #find<T>(key: string, read: () => Promise<T | undefined>, of = this.#known): T | undefined | Promise<T | undefined> {
    if (this.#isListening) {
      const known = of.get(key);
      if (known) return known.value as T;
      if (this.#absent.has(key)) return undefined;
    }
    return this.#read(key, read, of);
  }

  async #read<T>(key: string, read: () => Promise<T | undefined>, of: Map<string, Known>): Promise<T | undefined> {
    if (!this.#isListening) await this.#listen();
    const underWay = this.#readings.get(key);
    if (underWay && this.#isListening) return (await underWay) as T | undefined;
    const reading = this.#lookUp(read);
    this.#readings.set(key, reading);
    try {
      const value = await reading;
      // Unless an announcement says that it was changed or made meanwhile.
      if (this.#readings.get(key) === reading) this.#keep(key, value, of);
      return value;
    } catch (error) {
      const known = of.get(key);
      if (known) return known.value as T;
      throw error;
    } finally {
      if (this.#readings.get(key) === reading) this.#readings.delete(key);
    }
  }

  async #lookUp<T>(read: () => Promise<T>): Promise<T> {
    using _permit = await this.#lookUps.acquire();
    return await read();
  }

  #keep(key: string, value: unknown, of: Map<string, Known>): void {
    of.delete(key);
    if (value === undefined) {
      if (this.#absent.size >= MAX_ABSENT) this.#absent.clear();
      this.#absent.add(key);
      return;
    }
    if (of.size >= MAX_KNOWN) {
      of.clear();
      if (of === this.#known) this.#shares.clear();
    }
    of.set(key, { value });
    const held = this.#held.get(value as object);
    if (!held) return;
    for (const gone of this.#shares.add(held.accountId, key, held.bytes)) of.delete(gone);
  }

  async #readApi(apiId: string): Promise<ApiDefinition | undefined> {
    const record = await this.#apis.findById(apiId);
    if (!record) return undefined;
    let bytes = memoryOf(record);
    const counted = <T>(document: T): T => {
      bytes += memoryOf(document);
      return document;
    };
    const of: Pick<ApiPartStore, "all" | "snapshot"> = {
      all: async (...asked) => counted(await this.#parts.all(...asked)),
      snapshot: async (...asked) => counted(await this.#parts.snapshot(...asked)),
    };
    const definition = await this.#definitionOf(record, of);
    this.#held.set(definition, { accountId: record.accountId, bytes });
    return definition;
  }

  async #definitionOf(record: ApiRecord, of: Pick<ApiPartStore, "all" | "snapshot">): Promise<ApiDefinition> {
    const { apiId } = record;
    if (record.protocol === "REST") {
      const restStages = await readRestStages(record, { parts: of, plans: this.#plans });
      return { record, stages: new Map(), restStages };
    }
    const parts = await of.all(apiId, [...DEPLOYED_KINDS, "stage"]);
    const plans = record.protocol === "WEBSOCKET" ? await this.#plans.ofApi(apiId) : [];
    let current: ApiContents | undefined;
    const stages: [string, ApiStage][] = [];
    for (const { kind, settings } of parts) {
      if (kind !== "stage") continue;
      const { autoDeploy, deploymentId } = settings as { autoDeploy?: boolean; deploymentId?: string };
      const copied =
        autoDeploy === true || deploymentId === undefined ? undefined : await of.snapshot(apiId, deploymentId);
      if (!copied && autoDeploy !== true) continue;
      const contents = copied ? contentsOf(copied) : (current ??= contentsOf(snapshotOf(record, parts)));
      const { stageName } = settings as { readonly stageName: string };
      const stage = { stageVariables: {}, routeSettings: {}, ...settings, stageName, contents };
      stages.push([stageName, { ...stage, plans: plansOfStage(plans, stageName) }]);
    }
    return { record, stages: new Map(stages), restStages: new Map() };
  }

  async #readApiKey(owner: Pick<ApiRecord, "accountId" | "region">, value: string): Promise<RestApiKey | undefined> {
    const found = await this.#keys.findByValue(owner, value);
    if (!found) return undefined;
    const { keyId, settings } = found.key;
    const { name, enabled = false } = settings as { readonly name?: string; readonly enabled?: boolean };
    return { keyId, value, enabled, planIds: found.planIds, ...(name !== undefined && { name }) };
  }

  async #readDomain(name: string): Promise<DomainMappings | undefined> {
    const domain = await this.#domains.findByName(name);
    if (!domain) return undefined;
    const mappings = await this.#domains.mappings(name);
    return { domain, mappings: mappings.toSorted((a, b) => b.mappingKey.length - a.mappingKey.length) };
  }

  /** Resolves when announcements arrive, or cannot arrive now. */
  async #listen(): Promise<void> {
    if (this.#isClosed) return;
    this.#listener ??= this.#open();
    if (!(await this.#listener)) this.#listener = undefined;
  }

  async #open(): Promise<AsyncDisposable | undefined> {
    const { database, logger } = this.#deps;
    try {
      return await database.listen(CHANNEL, {
        onNotify: (payload) => {
          this.#known.delete(payload);
          this.#knownKeys.delete(payload);
          this.#absent.delete(payload);
          this.#shares.delete(payload);
          this.#readings.delete(payload);
          if (payload.startsWith("domain ")) void this.#readNames();
        },
        onConnected: () => {
          this.#known.clear();
          this.#knownKeys.clear();
          this.#absent.clear();
          this.#shares.clear();
          this.#readings.clear();
          this.#isListening = true;
          void this.#readNames();
        },
        onLost: () => {
          this.#isListening = false;
        },
      });
    } catch (error) {
      logger.warn({ err: error }, "cannot listen for changes of APIs; they are read for each request");
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await (await this.#listener)?.[Symbol.asyncDispose]();
  }
}
