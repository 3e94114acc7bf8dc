import type { AnyOperation } from "@hearth/wire";
import type { IamDeps } from "./deps.ts";
import { attachRolePolicy } from "./operations/attachRolePolicy.ts";
import { attachUserPolicy } from "./operations/attachUserPolicy.ts";
import { createAccessKey } from "./operations/createAccessKey.ts";
import { createPolicy } from "./operations/createPolicy.ts";
import { createPolicyVersion } from "./operations/createPolicyVersion.ts";
import { createRole } from "./operations/createRole.ts";
import { createUser } from "./operations/createUser.ts";
import { deleteAccessKey } from "./operations/deleteAccessKey.ts";
import { deleteLoginProfile } from "./operations/deleteLoginProfile.ts";
import { deletePolicy } from "./operations/deletePolicy.ts";
import { deletePolicyVersion } from "./operations/deletePolicyVersion.ts";
import { deleteRole } from "./operations/deleteRole.ts";
import { deleteRolePermissionsBoundary } from "./operations/deleteRolePermissionsBoundary.ts";
import { deleteRolePolicy } from "./operations/deleteRolePolicy.ts";
import { deleteUser } from "./operations/deleteUser.ts";
import { deleteUserPermissionsBoundary } from "./operations/deleteUserPermissionsBoundary.ts";
import { deleteUserPolicy } from "./operations/deleteUserPolicy.ts";
import { detachRolePolicy } from "./operations/detachRolePolicy.ts";
import { detachUserPolicy } from "./operations/detachUserPolicy.ts";
import { getAccessKeyLastUsed } from "./operations/getAccessKeyLastUsed.ts";
import { getLoginProfile } from "./operations/getLoginProfile.ts";
import { getPolicy } from "./operations/getPolicy.ts";
import { getPolicyVersion } from "./operations/getPolicyVersion.ts";
import { getRole } from "./operations/getRole.ts";
import { getRolePolicy } from "./operations/getRolePolicy.ts";
import { getUser } from "./operations/getUser.ts";
import { getUserPolicy } from "./operations/getUserPolicy.ts";
import { listAccessKeys } from "./operations/listAccessKeys.ts";
import { listAccountAliases } from "./operations/listAccountAliases.ts";
import { listAttachedRolePolicies } from "./operations/listAttachedRolePolicies.ts";
import { listAttachedUserPolicies } from "./operations/listAttachedUserPolicies.ts";
import { listEntitiesForPolicy } from "./operations/listEntitiesForPolicy.ts";
import { listGroups } from "./operations/listGroups.ts";
import { listGroupsForUser } from "./operations/listGroupsForUser.ts";
import { listInstanceProfilesForRole } from "./operations/listInstanceProfilesForRole.ts";
import { listMFADevices } from "./operations/listMFADevices.ts";
import { listPolicies } from "./operations/listPolicies.ts";
import { listPolicyTags } from "./operations/listPolicyTags.ts";
import { listPolicyVersions } from "./operations/listPolicyVersions.ts";
import { listRolePolicies } from "./operations/listRolePolicies.ts";
import { listRoleTags } from "./operations/listRoleTags.ts";
import { listRoles } from "./operations/listRoles.ts";
import { listSSHPublicKeys } from "./operations/listSSHPublicKeys.ts";
import { listServiceSpecificCredentials } from "./operations/listServiceSpecificCredentials.ts";
import { listSigningCertificates } from "./operations/listSigningCertificates.ts";
import { listUserPolicies } from "./operations/listUserPolicies.ts";
import { listUserTags } from "./operations/listUserTags.ts";
import { listUsers } from "./operations/listUsers.ts";
import { listVirtualMFADevices } from "./operations/listVirtualMFADevices.ts";
import { putRolePermissionsBoundary } from "./operations/putRolePermissionsBoundary.ts";
import { putRolePolicy } from "./operations/putRolePolicy.ts";
import { putUserPermissionsBoundary } from "./operations/putUserPermissionsBoundary.ts";
import { putUserPolicy } from "./operations/putUserPolicy.ts";
import { setDefaultPolicyVersion } from "./operations/setDefaultPolicyVersion.ts";
import { simulateCustomPolicy } from "./operations/simulateCustomPolicy.ts";
import { simulatePrincipalPolicy } from "./operations/simulatePrincipalPolicy.ts";
import { tagPolicy } from "./operations/tagPolicy.ts";
import { tagRole } from "./operations/tagRole.ts";
import { tagUser } from "./operations/tagUser.ts";
import { untagPolicy } from "./operations/untagPolicy.ts";
import { untagRole } from "./operations/untagRole.ts";
import { untagUser } from "./operations/untagUser.ts";
import { updateAccessKey } from "./operations/updateAccessKey.ts";
import { updateAssumeRolePolicy } from "./operations/updateAssumeRolePolicy.ts";
import { updateRole } from "./operations/updateRole.ts";
import { updateRoleDescription } from "./operations/updateRoleDescription.ts";
import { updateUser } from "./operations/updateUser.ts";

/** The operations of AWS IAM that Hearth has. */
export const operations: readonly AnyOperation<IamDeps>[] = [
  attachRolePolicy,
  attachUserPolicy,
  createAccessKey,
  createPolicy,
  createPolicyVersion,
  createRole,
  createUser,
  deleteAccessKey,
  deleteLoginProfile,
  deletePolicy,
  deletePolicyVersion,
  deleteRole,
  deleteRolePermissionsBoundary,
  deleteRolePolicy,
  deleteUser,
  deleteUserPermissionsBoundary,
  deleteUserPolicy,
  detachRolePolicy,
  detachUserPolicy,
  getAccessKeyLastUsed,
  getLoginProfile,
  getPolicy,
  getPolicyVersion,
  getRole,
  getRolePolicy,
  getUser,
  getUserPolicy,
  listAccessKeys,
  listAccountAliases,
  listAttachedRolePolicies,
  listAttachedUserPolicies,
  listEntitiesForPolicy,
  listGroups,
  listGroupsForUser,
  listInstanceProfilesForRole,
  listMFADevices,
  listPolicies,
  listPolicyTags,
  listPolicyVersions,
  listRolePolicies,
  listRoleTags,
  listRoles,
  listSSHPublicKeys,
  listServiceSpecificCredentials,
  listSigningCertificates,
  listUserPolicies,
  listUserTags,
  listUsers,
  listVirtualMFADevices,
  putRolePermissionsBoundary,
  putRolePolicy,
  putUserPermissionsBoundary,
  putUserPolicy,
  setDefaultPolicyVersion,
  simulateCustomPolicy,
  simulatePrincipalPolicy,
  tagPolicy,
  tagRole,
  tagUser,
  untagPolicy,
  untagRole,
  untagUser,
  updateAccessKey,
  updateAssumeRolePolicy,
  updateRole,
  updateRoleDescription,
  updateUser,
];

/** Every operation of AWS IAM. */
export const ALL_OPERATIONS = `
  AcceptDelegationRequest AcquireRole AddClientIDToOpenIDConnectProvider AddRoleToInstanceProfile AddUserToGroup
  AssociateDelegationRequest AttachGroupPolicy AttachRolePolicy AttachUserPolicy ChangePassword CreateAccessKey
  CreateAccountAlias CreateDelegationRequest CreateGroup CreateInstanceProfile CreateLoginProfile
  CreateOpenIDConnectProvider CreatePolicy CreatePolicyVersion CreateRole CreateSAMLProvider CreateServiceLinkedRole
  CreateServiceSpecificCredential CreateUser CreateVirtualMFADevice DeactivateMFADevice DeleteAccessKey
  DeleteAccountAlias DeleteAccountPasswordPolicy DeleteGroup DeleteGroupPolicy DeleteInstanceProfile
  DeleteLoginProfile DeleteOpenIDConnectProvider DeletePolicy DeletePolicyVersion DeleteRole
  DeleteRolePermissionsBoundary DeleteRolePolicy DeleteSAMLProvider DeleteSSHPublicKey DeleteServerCertificate
  DeleteServiceLinkedRole DeleteServiceSpecificCredential DeleteSigningCertificate DeleteUser
  DeleteUserPermissionsBoundary DeleteUserPolicy DeleteVirtualMFADevice DetachGroupPolicy DetachRolePolicy
  DetachUserPolicy DisableOrganizationsRootCredentialsManagement DisableOrganizationsRootSessions
  DisableOutboundWebIdentityFederation EnableMFADevice EnableOrganizationsRootCredentialsManagement
  EnableOrganizationsRootSessions EnableOutboundWebIdentityFederation GenerateCredentialReport
  GenerateOrganizationsAccessReport GenerateServiceLastAccessedDetails GetAccessKeyLastUsed
  GetAccountAuthorizationDetails GetAccountPasswordPolicy GetAccountProperties GetAccountSummary
  GetContextKeysForCustomPolicy GetContextKeysForPrincipalPolicy GetCredentialReport GetDelegationRequest GetGroup
  GetGroupPolicy GetHumanReadableSummary GetInstanceProfile GetLoginProfile GetMFADevice GetOpenIDConnectProvider
  GetOrganizationsAccessReport GetOutboundWebIdentityFederationInfo GetPolicy GetPolicyVersion GetRole GetRolePolicy
  GetRoleTemplateVersion GetSAMLProvider GetSSHPublicKey GetServerCertificate GetServiceLastAccessedDetails
  GetServiceLastAccessedDetailsWithEntities GetServiceLinkedRoleDeletionStatus GetUser GetUserPolicy ListAccessKeys
  ListAccountAliases ListAttachedGroupPolicies ListAttachedRolePolicies ListAttachedUserPolicies
  ListDelegationRequests ListEntitiesForPolicy ListGroupPolicies ListGroups ListGroupsForUser ListInstanceProfileTags
  ListInstanceProfiles ListInstanceProfilesForRole ListMFADeviceTags ListMFADevices ListOpenIDConnectProviderTags
  ListOpenIDConnectProviders ListOrganizationsFeatures ListPolicies ListPoliciesGrantingServiceAccess ListPolicyTags
  ListPolicyVersions ListRolePolicies ListRoleTags ListRoles ListSAMLProviderTags ListSAMLProviders ListSSHPublicKeys
  ListServerCertificateTags ListServerCertificates ListServiceSpecificCredentials ListSigningCertificates
  ListUserPolicies ListUserTags ListUsers ListVirtualMFADevices PutAccountProperties PutGroupPolicy
  PutRolePermissionsBoundary PutRolePolicy PutUserPermissionsBoundary PutUserPolicy RejectDelegationRequest
  RemoveClientIDFromOpenIDConnectProvider RemoveRoleFromInstanceProfile RemoveUserFromGroup
  ResetServiceSpecificCredential ResyncMFADevice SendDelegationToken SetDefaultPolicyVersion
  SetSecurityTokenServicePreferences SimulateCustomPolicy SimulatePrincipalPolicy TagInstanceProfile TagMFADevice
  TagOpenIDConnectProvider TagPolicy TagRole TagSAMLProvider TagServerCertificate TagUser UntagInstanceProfile
  UntagMFADevice UntagOpenIDConnectProvider UntagPolicy UntagRole UntagSAMLProvider UntagServerCertificate UntagUser
  UpdateAccessKey UpdateAccountPasswordPolicy UpdateAssumeRolePolicy UpdateDelegationRequest UpdateGroup
  UpdateLoginProfile UpdateOpenIDConnectProviderThumbprint UpdateRole UpdateRoleDescription UpdateSAMLProvider
  UpdateSSHPublicKey UpdateServerCertificate UpdateServiceSpecificCredential UpdateSigningCertificate UpdateUser
  UploadSSHPublicKey UploadServerCertificate UploadSigningCertificate`;
