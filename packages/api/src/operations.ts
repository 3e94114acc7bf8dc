import type { Operation } from "@hearth/wire";
import type { z } from "zod";
import type { ApiDeps } from "./deps.ts";
import { addLayerVersionPermission } from "./operations/addLayerVersionPermission.ts";
import { addPermission } from "./operations/addPermission.ts";
import { createAlias } from "./operations/createAlias.ts";
import { createCodeSigningConfig } from "./operations/createCodeSigningConfig.ts";
import { createEventSourceMapping } from "./operations/createEventSourceMapping.ts";
import { createFunction } from "./operations/createFunction.ts";
import { createFunctionUrlConfig } from "./operations/createFunctionUrlConfig.ts";
import { deleteAlias } from "./operations/deleteAlias.ts";
import { deleteCodeSigningConfig } from "./operations/deleteCodeSigningConfig.ts";
import { deleteEventSourceMapping } from "./operations/deleteEventSourceMapping.ts";
import { deleteFunction } from "./operations/deleteFunction.ts";
import { deleteFunctionCodeSigningConfig } from "./operations/deleteFunctionCodeSigningConfig.ts";
import { deleteFunctionConcurrency } from "./operations/deleteFunctionConcurrency.ts";
import { deleteFunctionEventInvokeConfig } from "./operations/deleteFunctionEventInvokeConfig.ts";
import { deleteFunctionUrlConfig } from "./operations/deleteFunctionUrlConfig.ts";
import { deleteLayerVersion } from "./operations/deleteLayerVersion.ts";
import { getAccountSettings } from "./operations/getAccountSettings.ts";
import { getAlias } from "./operations/getAlias.ts";
import { getCode } from "./operations/getCode.ts";
import { getCodeSigningConfig } from "./operations/getCodeSigningConfig.ts";
import { getEventSourceMapping } from "./operations/getEventSourceMapping.ts";
import { getFunction } from "./operations/getFunction.ts";
import { getFunctionCodeSigningConfig } from "./operations/getFunctionCodeSigningConfig.ts";
import { getFunctionConcurrency } from "./operations/getFunctionConcurrency.ts";
import { getFunctionConfiguration } from "./operations/getFunctionConfiguration.ts";
import { getFunctionEventInvokeConfig } from "./operations/getFunctionEventInvokeConfig.ts";
import { getFunctionRecursionConfig } from "./operations/getFunctionRecursionConfig.ts";
import { getFunctionUrlConfig } from "./operations/getFunctionUrlConfig.ts";
import { getLayerVersion } from "./operations/getLayerVersion.ts";
import { getLayerVersionByArn } from "./operations/getLayerVersionByArn.ts";
import { getLayerVersionPolicy } from "./operations/getLayerVersionPolicy.ts";
import { getPolicy } from "./operations/getPolicy.ts";
import { getRuntimeManagementConfig } from "./operations/getRuntimeManagementConfig.ts";
import { invoke } from "./operations/invoke.ts";
import { invokeAsync } from "./operations/invokeAsync.ts";
import { invokeWithResponseStream } from "./operations/invokeWithResponseStream.ts";
import { listAliases } from "./operations/listAliases.ts";
import { listCodeSigningConfigs } from "./operations/listCodeSigningConfigs.ts";
import { listEventSourceMappings } from "./operations/listEventSourceMappings.ts";
import { listFunctionEventInvokeConfigs } from "./operations/listFunctionEventInvokeConfigs.ts";
import { listFunctionUrlConfigs } from "./operations/listFunctionUrlConfigs.ts";
import { listFunctions } from "./operations/listFunctions.ts";
import { listFunctionsByCodeSigningConfig } from "./operations/listFunctionsByCodeSigningConfig.ts";
import { listLayerVersions } from "./operations/listLayerVersions.ts";
import { listLayers } from "./operations/listLayers.ts";
import { listTags } from "./operations/listTags.ts";
import { listVersionsByFunction } from "./operations/listVersionsByFunction.ts";
import { publishLayerVersion } from "./operations/publishLayerVersion.ts";
import { deleteProvisionedConcurrencyConfig } from "./operations/deleteProvisionedConcurrencyConfig.ts";
import { deleteResourcePolicy } from "./operations/deleteResourcePolicy.ts";
import { getProvisionedConcurrencyConfig } from "./operations/getProvisionedConcurrencyConfig.ts";
import { getResourcePolicy } from "./operations/getResourcePolicy.ts";
import { listProvisionedConcurrencyConfigs } from "./operations/listProvisionedConcurrencyConfigs.ts";
import { putProvisionedConcurrencyConfig } from "./operations/putProvisionedConcurrencyConfig.ts";
import { publishVersion } from "./operations/publishVersion.ts";
import { putFunctionCodeSigningConfig } from "./operations/putFunctionCodeSigningConfig.ts";
import { putFunctionConcurrency } from "./operations/putFunctionConcurrency.ts";
import { putFunctionEventInvokeConfig } from "./operations/putFunctionEventInvokeConfig.ts";
import { putFunctionRecursionConfig } from "./operations/putFunctionRecursionConfig.ts";
import { putRuntimeManagementConfig } from "./operations/putRuntimeManagementConfig.ts";
import { putResourcePolicy } from "./operations/putResourcePolicy.ts";
import { removeLayerVersionPermission } from "./operations/removeLayerVersionPermission.ts";
import { removePermission } from "./operations/removePermission.ts";
import { tagResource } from "./operations/tagResource.ts";
import { untagResource } from "./operations/untagResource.ts";
import { updateAlias } from "./operations/updateAlias.ts";
import { updateCodeSigningConfig } from "./operations/updateCodeSigningConfig.ts";
import { updateEventSourceMapping } from "./operations/updateEventSourceMapping.ts";
import { updateFunctionCode } from "./operations/updateFunctionCode.ts";
import { updateFunctionConfiguration } from "./operations/updateFunctionConfiguration.ts";
import { updateFunctionEventInvokeConfig } from "./operations/updateFunctionEventInvokeConfig.ts";
import { updateFunctionUrlConfig } from "./operations/updateFunctionUrlConfig.ts";

type LambdaOperation = Operation<z.ZodType, ApiDeps>;

/** Operations that processes of the role `invoker` serve. `control` serves all others. */
export const invokeOperations: readonly LambdaOperation[] = [invoke, invokeAsync, invokeWithResponseStream];

/** The other operations of the Lambda API that Hearth has. */
export const managementOperations: readonly LambdaOperation[] = [
  addLayerVersionPermission,
  addPermission,
  createAlias,
  createCodeSigningConfig,
  createEventSourceMapping,
  createFunction,
  createFunctionUrlConfig,
  deleteAlias,
  deleteCodeSigningConfig,
  deleteEventSourceMapping,
  deleteFunction,
  deleteFunctionCodeSigningConfig,
  deleteFunctionConcurrency,
  deleteFunctionEventInvokeConfig,
  deleteFunctionUrlConfig,
  deleteLayerVersion,
  getAccountSettings,
  getAlias,
  getCodeSigningConfig,
  getEventSourceMapping,
  getFunction,
  getFunctionCodeSigningConfig,
  getFunctionConcurrency,
  getFunctionConfiguration,
  getFunctionEventInvokeConfig,
  getFunctionRecursionConfig,
  getFunctionUrlConfig,
  getLayerVersion,
  getLayerVersionByArn,
  getLayerVersionPolicy,
  getPolicy,
  getRuntimeManagementConfig,
  listAliases,
  listCodeSigningConfigs,
  listEventSourceMappings,
  listFunctionEventInvokeConfigs,
  listFunctionUrlConfigs,
  listFunctions,
  listFunctionsByCodeSigningConfig,
  listLayerVersions,
  listLayers,
  listTags,
  listVersionsByFunction,
  publishLayerVersion,
  deleteProvisionedConcurrencyConfig,
  deleteResourcePolicy,
  getProvisionedConcurrencyConfig,
  getResourcePolicy,
  listProvisionedConcurrencyConfigs,
  putProvisionedConcurrencyConfig,
  publishVersion,
  putFunctionCodeSigningConfig,
  putFunctionConcurrency,
  putFunctionEventInvokeConfig,
  putFunctionRecursionConfig,
  putRuntimeManagementConfig,
  putResourcePolicy,
  removeLayerVersionPermission,
  removePermission,
  tagResource,
  untagResource,
  updateAlias,
  updateCodeSigningConfig,
  updateEventSourceMapping,
  updateFunctionCode,
  updateFunctionConfiguration,
  updateFunctionEventInvokeConfig,
  updateFunctionUrlConfig,
];

export const operations: readonly LambdaOperation[] = [...invokeOperations, ...managementOperations];

/** Operations that are not AWS's: links in answers point to them. On AWS the links point to S3. */
export const ownOperations: readonly LambdaOperation[] = [getCode];
