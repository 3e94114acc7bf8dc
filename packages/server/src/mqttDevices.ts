import { createHash, timingSafeEqual } from "node:crypto";
import {
  type AccessKeys,
  type Authorizer,
  compilePolicy,
  evaluateIdentity,
  type Lookup,
  type Policy,
} from "@hearth/access";
import type { Clock } from "@hearth/kit";
import type { Device, DeviceAction, DeviceDoor } from "@hearth/iot";
import { AccessDeniedException, type AccountRegion, arn, type Caller } from "@hearth/model";
import type { IotCertificate, IotCertificateStore, IotPolicyStore } from "@hearth/store";

export interface MqttDevicesDeps {
  readonly keys: Pick<AccessKeys, "find">;
  readonly authorizer: Pick<Authorizer, "decide">;
  readonly certificates: Pick<IotCertificateStore, "findById">;
  readonly policies: Pick<IotPolicyStore, "ofCertificate">;
  /** The region of a user that names none, and all that are served. */
  readonly region: string;
  readonly regions: ReadonlySet<string>;
  readonly clock: Clock;
}

interface KnownCertificate {
  readonly certificate: IotCertificate;
  readonly policies: readonly Policy[];
}

const MAX_KNOWN = 100_000;
const MAX_POLICIES = 10;

/** Finds out who clients of MQTT are: users with an access key, and devices with a certificate, whose policies decide what they may do. */
export class MqttDevices implements DeviceDoor {
  readonly #deps: MqttDevicesDeps;
  /** By id of the certificate. */
  readonly #known = new Map<string, Promise<KnownCertificate | undefined>>();

  constructor(deps: MqttDevicesDeps) {
    this.#deps = deps;
  }

  /** Certificates or policies have changed: they are read again. */
  forget(): void {
    this.#known.clear();
  }

  async byKey(username: string, password: Uint8Array, sourceIp: string | undefined): Promise<Device | undefined> {
    const { keys, region: first, regions } = this.#deps;
    const [accessKeyId = "", region = first, ...more] = username.split("@");
    if (more.length > 0 || !regions.has(region) || !/^\w{3,128}$/.test(accessKeyId)) return undefined;
    const key = await keys.find(accessKeyId, undefined);
    if (!key || !isSame(key.secretAccessKey, password)) return undefined;
    const { caller } = key;
    const { accountId } = caller;
    return {
      accountId,
      region,
      principal: caller.userId,
      may: async (action, resource) => await this.#userMay(caller, { accountId, region }, action, resource, sourceIp),
      // Policies of users are asked when a client subscribes.
      mayReceive: () => true,
      isValid: async () => (await keys.find(accessKeyId, undefined))?.secretAccessKey === key.secretAccessKey,
    };
  }

  async byCertificate(certificateId: string, sourceIp: string | undefined): Promise<Device | undefined> {
    const found = await this.#certificate(certificateId);
    if (!found || !this.#holds(found)) return undefined;
    const { accountId, region } = found.certificate;
    let policies = found.policies;
    const decide = (action: DeviceAction, resource: string, clientId: string): boolean => {
      const resources = [arn({ service: "iot", region, accountId, resource })];
      const lookup = lookupOf(clientId, sourceIp);
      return evaluateIdentity(policies, { action: `iot:${action}`, resources, lookup }).effect === "allow";
    };
    const refresh = async (): Promise<boolean> => {
      const now = await this.#certificate(certificateId);
      if (!now || !this.#holds(now) || now.certificate.accountId !== accountId) return false;
      policies = now.policies;
      return true;
    };
    return {
      accountId,
      region,
      principal: certificateId,
      may: async (action, resource, clientId) => (await refresh()) && decide(action, resource, clientId),
      mayReceive: (topic, clientId) => decide("Receive", `topic/${topic}`, clientId),
      isValid: refresh,
    };
  }

  #holds({ certificate: { status, notBeforeMs, notAfterMs } }: KnownCertificate): boolean {
    const now = this.#deps.clock.now();
    return status === "ACTIVE" && notBeforeMs <= now && now <= notAfterMs;
  }

  async #certificate(certificateId: string): Promise<KnownCertificate | undefined> {
    const known = this.#known.get(certificateId);
    if (known) return await known;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    const read = this.#read(certificateId);
    this.#known.set(certificateId, read);
    const forget = (): void => {
      if (this.#known.get(certificateId) === read) this.#known.delete(certificateId);
    };
    try {
      const found = await read;
      // Clients choose which certificate they show: one that is not registered is not remembered.
      if (!found) forget();
      return found;
    } catch (error) {
      forget();
      throw error;
    }
  }

  async #read(certificateId: string): Promise<KnownCertificate | undefined> {
    const { certificates, policies: store } = this.#deps;
    const certificate = await certificates.findById(certificateId);
    if (!certificate) return undefined;
    const records = await store.ofCertificate(certificate, certificateId, { limit: MAX_POLICIES });
    const policies = records.flatMap(({ versions, defaultId }) => {
      const version = versions.find(({ id }) => id === defaultId);
      return version ? [compilePolicy(version.document)] : [];
    });
    return { certificate, policies };
  }

  async #userMay(
    caller: Caller,
    { accountId, region }: AccountRegion,
    action: DeviceAction,
    resource: string,
    sourceIp: string | undefined,
  ): Promise<boolean> {
    const origin = { sourceIp, secureTransport: true, userAgent: "mqtt" };
    const call = { service: "iot", operation: action, input: {}, region, caller, origin };
    const resources = [arn({ service: "iot", region, accountId, resource })] as const;
    try {
      await this.#deps.authorizer.decide(call, { action: `iot:${action}`, resources, accountId });
      return true;
    } catch (error) {
      if (error instanceof AccessDeniedException) return false;
      throw error;
    }
  }
}

/** Values of the policy variables and condition keys that a client of MQTT has. */
function lookupOf(clientId: string, sourceIp: string | undefined): Lookup {
  return (key) => {
    if (key === "iot:clientid") return [clientId];
    if (key === "aws:sourceip") return sourceIp === undefined ? undefined : [sourceIp];
    return key === "aws:securetransport" ? ["true"] : undefined;
  };
}

/** Takes the same time wherever the two differ. */
function isSame(secret: string, given: Uint8Array): boolean {
  const hash = (value: string | Uint8Array): Buffer => createHash("sha256").update(value).digest();
  return timingSafeEqual(hash(secret), hash(given));
}
