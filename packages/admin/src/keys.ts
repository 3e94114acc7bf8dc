import { newAccessKeyId, newSecretAccessKey } from "@hearth/access";
import {
  AccessDeniedException,
  choice,
  ResourceConflictException,
  ResourceNotFoundException,
  structure,
  text,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import { AccountId } from "./accounts.ts";
import { type AdminDeps, ownerOnly } from "./deps.ts";

const AccessKeyId = text({ pattern: "\\w{3,128}" });

function keyNotFound(accessKeyId: string): ResourceNotFoundException {
  return new ResourceNotFoundException(
    `There is no key ${accessKeyId}. The key of HEARTH_ACCESS_KEY_ID is changed by configuration.`,
  );
}

/** Makes a root key of an account, or a key of one of its users. Its secret is shown this once. */
export const createKey = operation({
  name: "CreateKey",
  http: ["POST", "/_hearth/keys", 201],
  input: structure({ accountId: AccountId, userName: text({ min: 1, max: 128 }).optional() }),
  errors: [AccessDeniedException, ResourceNotFoundException, ResourceConflictException],
  async handle({ accountId, userName }, { caller }, { accessKeys, clock, random }: AdminDeps) {
    ownerOnly(caller, "CreateKey");
    const key = { accessKeyId: newAccessKeyId("AKIA", random), secretAccessKey: newSecretAccessKey(random) };
    switch (await accessKeys.add({ accountId, UserName: userName }, key, new Date(clock.now()))) {
      case "ownerMissing":
        throw new ResourceNotFoundException(
          userName === undefined
            ? `There is no account ${accountId}.`
            : `There is no user ${userName} in ${accountId}.`,
        );
      case "tooMany":
        throw new ResourceConflictException("There are two keys already. Delete one of them first.");
      case "added":
        return { accountId, userName, ...key, status: "Active" };
    }
  },
});

/** Every key but that of configuration; never a secret. */
export const listKeys = operation({
  name: "ListKeys",
  http: ["GET", "/_hearth/keys", 200],
  query: { accountId: "account" },
  input: structure({ accountId: AccountId.optional() }),
  errors: [AccessDeniedException],
  async handle({ accountId }, { caller }, { accessKeys }: AdminDeps) {
    ownerOnly(caller, "ListKeys");
    const keys = (await accessKeys.listAll(accountId)).map(({ UserName, createdAt, ...key }) => ({
      ...key,
      userName: UserName ?? undefined,
      createdAt: createdAt.toISOString(),
    }));
    return { keys };
  },
});

export const updateKey = operation({
  name: "UpdateKey",
  http: ["PUT", "/_hearth/keys/{accessKeyId}", 204],
  input: structure({ accessKeyId: AccessKeyId, status: choice(["Active", "Inactive"]) }),
  errors: [AccessDeniedException, ResourceNotFoundException],
  async handle({ accessKeyId, status }, { caller }, { accessKeys }: AdminDeps) {
    ownerOnly(caller, "UpdateKey");
    if (await accessKeys.setStatus(accessKeyId, status === "Active" ? "Active" : "Inactive")) return undefined;
    throw keyNotFound(accessKeyId);
  },
});

export const deleteKey = operation({
  name: "DeleteKey",
  http: ["DELETE", "/_hearth/keys/{accessKeyId}", 204],
  input: structure({ accessKeyId: AccessKeyId }),
  errors: [AccessDeniedException, ResourceNotFoundException],
  async handle({ accessKeyId }, { caller }, { accessKeys }: AdminDeps) {
    ownerOnly(caller, "DeleteKey");
    if (await accessKeys.remove(accessKeyId)) return undefined;
    throw keyNotFound(accessKeyId);
  },
});
