import type { AnyOperation } from "@hearth/wire";
import type { SsmDeps } from "./deps.ts";
import { addTagsToResource } from "./operations/addTagsToResource.ts";
import { deleteParameter } from "./operations/deleteParameter.ts";
import { deleteParameters } from "./operations/deleteParameters.ts";
import { describeParameters } from "./operations/describeParameters.ts";
import { getParameter } from "./operations/getParameter.ts";
import { getParameterHistory } from "./operations/getParameterHistory.ts";
import { getParameters } from "./operations/getParameters.ts";
import { getParametersByPath } from "./operations/getParametersByPath.ts";
import { labelParameterVersion } from "./operations/labelParameterVersion.ts";
import { listTagsForResource } from "./operations/listTagsForResource.ts";
import { putParameter } from "./operations/putParameter.ts";
import { removeTagsFromResource } from "./operations/removeTagsFromResource.ts";
import { unlabelParameterVersion } from "./operations/unlabelParameterVersion.ts";

/** The operations of Systems Manager that Hearth has: those of Parameter Store. */
export const operations: readonly AnyOperation<SsmDeps>[] = [
  addTagsToResource,
  deleteParameter,
  deleteParameters,
  describeParameters,
  getParameter,
  getParameterHistory,
  getParameters,
  getParametersByPath,
  labelParameterVersion,
  listTagsForResource,
  putParameter,
  removeTagsFromResource,
  unlabelParameterVersion,
];

/** Every operation of Systems Manager. */
export const ALL_OPERATIONS = `
  AddTagsToResource AssociateOpsItemRelatedItem CancelCommand CancelMaintenanceWindowExecution CreateActivation CreateAssociation
  CreateAssociationBatch CreateCloudConnector CreateDocument CreateMaintenanceWindow CreateOpsItem CreateOpsMetadata CreatePatchBaseline
  CreateResourceDataSync DeleteActivation DeleteAssociation DeleteCloudConnector DeleteDocument DeleteInventory DeleteMaintenanceWindow DeleteOpsItem
  DeleteOpsMetadata DeleteParameter DeleteParameters DeletePatchBaseline DeleteResourceDataSync DeleteResourcePolicy
  DeregisterDefaultHostManagementConfiguration DeregisterManagedInstance DeregisterPatchBaselineForPatchGroup DeregisterTargetFromMaintenanceWindow
  DeregisterTaskFromMaintenanceWindow DescribeActivations DescribeAssociation DescribeAssociationExecutionTargets DescribeAssociationExecutions
  DescribeAutomationExecutions DescribeAutomationStepExecutions DescribeAvailablePatches DescribeDocument DescribeDocumentPermission
  DescribeEffectiveInstanceAssociations DescribeEffectivePatchesForPatchBaseline DescribeInstanceAssociationsStatus DescribeInstanceInformation
  DescribeInstancePatchStates DescribeInstancePatchStatesForPatchGroup DescribeInstancePatches DescribeInstanceProperties DescribeInventoryDeletions
  DescribeMaintenanceWindowExecutionTaskInvocations DescribeMaintenanceWindowExecutionTasks DescribeMaintenanceWindowExecutions
  DescribeMaintenanceWindowSchedule DescribeMaintenanceWindowTargets DescribeMaintenanceWindowTasks DescribeMaintenanceWindows
  DescribeMaintenanceWindowsForTarget DescribeOpsItems DescribeParameters DescribePatchBaselines DescribePatchGroupState DescribePatchGroups
  DescribePatchProperties DescribeSessions DisassociateOpsItemRelatedItem GetAccessToken GetAutomationExecution GetCalendarState GetCloudConnector
  GetCommandInvocation GetConnectionStatus GetDefaultPatchBaseline GetDeployablePatchSnapshotForInstance GetDocument GetExecutionPreview GetInventory
  GetInventorySchema GetMaintenanceWindow GetMaintenanceWindowExecution GetMaintenanceWindowExecutionTask GetMaintenanceWindowExecutionTaskInvocation
  GetMaintenanceWindowTask GetOpsItem GetOpsMetadata GetOpsSummary GetParameter GetParameterHistory GetParameters GetParametersByPath GetPatchBaseline
  GetPatchBaselineForPatchGroup GetResourcePolicies GetServiceSetting LabelParameterVersion ListAssociationVersions ListAssociations
  ListCloudConnectors ListCommandInvocations ListCommands ListComplianceItems ListComplianceSummaries ListDocumentMetadataHistory ListDocumentVersions
  ListDocuments ListInventoryEntries ListNodes ListNodesSummary ListOpsItemEvents ListOpsItemRelatedItems ListOpsMetadata
  ListResourceComplianceSummaries ListResourceDataSync ListTagsForResource ModifyDocumentPermission PutComplianceItems PutInventory PutParameter
  PutResourcePolicy RegisterDefaultHostManagementConfiguration RegisterDefaultPatchBaseline RegisterPatchBaselineForPatchGroup
  RegisterTargetWithMaintenanceWindow RegisterTaskWithMaintenanceWindow RemoveTagsFromResource ResetServiceSetting ResumeSession SendAutomationSignal
  SendCommand StartAccessRequest StartAssociationsOnce StartAutomationExecution StartChangeRequestExecution StartExecutionPreview StartSession
  StopAutomationExecution TerminateSession UnlabelParameterVersion UpdateAssociation UpdateAssociationStatus UpdateCloudConnector UpdateDocument
  UpdateDocumentDefaultVersion UpdateDocumentMetadata UpdateMaintenanceWindow UpdateMaintenanceWindowTarget UpdateMaintenanceWindowTask
  UpdateManagedInstanceRole UpdateOpsItem UpdateOpsMetadata UpdatePatchBaseline UpdateResourceDataSync UpdateServiceSetting ValidateCloudConnector`;
