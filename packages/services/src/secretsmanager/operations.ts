import type { AnyOperation } from "@hearth/wire";
import type { SecretsDeps } from "./deps.ts";
import { batchGetSecretValue } from "./operations/batchGetSecretValue.ts";
import { cancelRotateSecret } from "./operations/cancelRotateSecret.ts";
import { createSecret } from "./operations/createSecret.ts";
import { deleteResourcePolicy } from "./operations/deleteResourcePolicy.ts";
import { deleteSecret } from "./operations/deleteSecret.ts";
import { describeSecret } from "./operations/describeSecret.ts";
import { getRandomPassword } from "./operations/getRandomPassword.ts";
import { getResourcePolicy } from "./operations/getResourcePolicy.ts";
import { getSecretValue } from "./operations/getSecretValue.ts";
import { listSecretVersionIds } from "./operations/listSecretVersionIds.ts";
import { listSecrets } from "./operations/listSecrets.ts";
import { putResourcePolicy } from "./operations/putResourcePolicy.ts";
import { putSecretValue } from "./operations/putSecretValue.ts";
import { restoreSecret } from "./operations/restoreSecret.ts";
import { rotateSecret } from "./operations/rotateSecret.ts";
import { tagResource } from "./operations/tagResource.ts";
import { untagResource } from "./operations/untagResource.ts";
import { updateSecret } from "./operations/updateSecret.ts";
import { updateSecretVersionStage } from "./operations/updateSecretVersionStage.ts";
import { validateResourcePolicy } from "./operations/validateResourcePolicy.ts";

/** The operations of Secrets Manager that Hearth has: all but replication to other regions. */
export const operations: readonly AnyOperation<SecretsDeps>[] = [
  batchGetSecretValue,
  cancelRotateSecret,
  createSecret,
  deleteResourcePolicy,
  deleteSecret,
  describeSecret,
  getRandomPassword,
  getResourcePolicy,
  getSecretValue,
  listSecretVersionIds,
  listSecrets,
  putResourcePolicy,
  putSecretValue,
  restoreSecret,
  rotateSecret,
  tagResource,
  untagResource,
  updateSecret,
  updateSecretVersionStage,
  validateResourcePolicy,
];

/** Every operation of Secrets Manager. */
export const ALL_OPERATIONS = `
  BatchGetSecretValue CancelRotateSecret CreateSecret DeleteResourcePolicy DeleteSecret DescribeSecret GetRandomPassword GetResourcePolicy
  GetSecretValue ListSecretVersionIds ListSecrets PutResourcePolicy PutSecretValue RemoveRegionsFromReplication ReplicateSecretToRegions RestoreSecret
  RotateSecret StopReplicationToReplica TagResource UntagResource UpdateSecret UpdateSecretVersionStage ValidateResourcePolicy`;
