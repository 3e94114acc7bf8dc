import { newAccessKeyId, newSecretAccessKey } from "@hearth/access";
import { type Caller, choice, structure } from "@hearth/model";
import type { KeyOwner } from "@hearth/store";
import { operation } from "@hearth/wire";
import type { IamDeps } from "./iamDeps.ts";
import { LimitExceeded, NoSuchEntity, userNotFound } from "./iamErrors.ts";
import * as words from "./iamWords.ts";

/** Whose keys a request is about: the user it names, else the caller's own. */
function ownerOf(UserName: string | undefined, { accountId, principal }: Caller): KeyOwner {
  return { accountId, UserName: UserName ?? (principal.kind === "user" ? principal.UserName : undefined) };
}

function keyNotFound(AccessKeyId: string): NoSuchEntity {
  return new NoSuchEntity(`The Access Key with id ${AccessKeyId} cannot be found.`);
}

const createAccessKey = operation({
  name: "CreateAccessKey",
  input: structure({ UserName: words.UserName.optional() }),
  errors: [NoSuchEntity, LimitExceeded],
  async handle(input, { caller }, { accessKeys, clock, random }: Pick<IamDeps, "accessKeys" | "clock" | "random">) {
    const owner = ownerOf(input.UserName, caller);
    const key = { accessKeyId: newAccessKeyId("AKIA", random), secretAccessKey: newSecretAccessKey(random) };
    const CreateDate = new Date(Math.floor(clock.now() / 1000) * 1000);
    const outcome = await accessKeys.add(owner, key, CreateDate);
    if (outcome === "ownerMissing") throw userNotFound(owner.UserName ?? owner.accountId);
    if (outcome === "tooMany") throw new LimitExceeded("Cannot exceed quota for AccessKeysPerUser: 2");
    return {
      AccessKey: {
        UserName: owner.UserName,
        AccessKeyId: key.accessKeyId,
        Status: "Active",
        SecretAccessKey: key.secretAccessKey,
        CreateDate,
      },
    };
  },
});

const listAccessKeys = operation({
  name: "ListAccessKeys",
  input: structure({
    UserName: words.UserName.optional(),
    Marker: words.Marker.optional(),
    MaxItems: words.MaxItems.optional(),
  }),
  errors: [NoSuchEntity],
  async handle(input, { caller }, { accessKeys, users }: Pick<IamDeps, "accessKeys" | "users">) {
    const { accountId, UserName } = ownerOf(input.UserName, caller);
    const keys = await accessKeys.listOf({ accountId, UserName });
    if (keys.length === 0 && UserName !== undefined && !(await users.find({ accountId, UserName }))) {
      throw userNotFound(UserName);
    }
    const AccessKeyMetadata = keys.map(({ accessKeyId, status, createdAt }) => ({
      UserName,
      AccessKeyId: accessKeyId,
      Status: status,
      CreateDate: createdAt,
    }));
    return { AccessKeyMetadata, IsTruncated: false };
  },
});

const updateAccessKey = operation({
  name: "UpdateAccessKey",
  input: structure({
    UserName: words.UserName.optional(),
    AccessKeyId: words.AccessKeyId,
    Status: choice(["Active", "Inactive"]),
  }),
  errors: [NoSuchEntity],
  async handle({ UserName, AccessKeyId, Status }, { caller }, { accessKeys }: Pick<IamDeps, "accessKeys">) {
    const status = Status === "Active" ? "Active" : "Inactive";
    if (await accessKeys.setStatus(AccessKeyId, status, ownerOf(UserName, caller))) return undefined;
    throw keyNotFound(AccessKeyId);
  },
});

const deleteAccessKey = operation({
  name: "DeleteAccessKey",
  input: structure({ UserName: words.UserName.optional(), AccessKeyId: words.AccessKeyId }),
  errors: [NoSuchEntity],
  async handle({ UserName, AccessKeyId }, { caller }, { accessKeys }: Pick<IamDeps, "accessKeys">) {
    if (await accessKeys.remove(AccessKeyId, ownerOf(UserName, caller))) return undefined;
    throw keyNotFound(AccessKeyId);
  },
});

/** Uses are not written down: AWS answers the same for a key that was never used. */
const getAccessKeyLastUsed = operation({
  name: "GetAccessKeyLastUsed",
  input: structure({ AccessKeyId: words.AccessKeyId }),
  errors: [NoSuchEntity],
  async handle({ AccessKeyId }, { caller: { accountId } }, { accessKeys }: Pick<IamDeps, "accessKeys">) {
    const key = (await accessKeys.listAll(accountId)).find(({ accessKeyId }) => accessKeyId === AccessKeyId);
    if (!key) throw keyNotFound(AccessKeyId);
    return { UserName: key.UserName ?? undefined, AccessKeyLastUsed: { ServiceName: "N/A", Region: "N/A" } };
  },
});

export const accessKeyOperations = [
  createAccessKey,
  listAccessKeys,
  updateAccessKey,
  deleteAccessKey,
  getAccessKeyLastUsed,
];
