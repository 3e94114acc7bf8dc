import type { ServiceRoom } from "@hearth/access";

/** Operations of API Gateway for REST APIs that Hearth has not. https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html */
export const restNotBuilt: ServiceRoom["notBuilt"] = [
  { name: "CreateDocumentationPart", http: ["POST", "/restapis/{restapi_id}/documentation/parts", 201] },
  { name: "CreateDocumentationVersion", http: ["POST", "/restapis/{restapi_id}/documentation/versions", 201] },
  { name: "CreateDomainNameAccessAssociation", http: ["POST", "/domainnameaccessassociations", 201] },
  { name: "CreateVpcLink", http: ["POST", "/vpclinks", 202] },
  { name: "DeleteClientCertificate", http: ["DELETE", "/clientcertificates/{clientcertificate_id}", 202] },
  { name: "DeleteDocumentationPart", http: ["DELETE", "/restapis/{restapi_id}/documentation/parts/{part_id}", 202] },
  {
    name: "DeleteDocumentationVersion",
    http: ["DELETE", "/restapis/{restapi_id}/documentation/versions/{doc_version}", 202],
  },
  {
    name: "DeleteDomainNameAccessAssociation",
    http: ["DELETE", "/domainnameaccessassociations/{domain_name_access_association_arn}", 202],
  },
  { name: "DeleteVpcLink", http: ["DELETE", "/vpclinks/{vpclink_id}", 202] },
  { name: "GenerateClientCertificate", http: ["POST", "/clientcertificates", 201] },
  { name: "GetClientCertificate", http: ["GET", "/clientcertificates/{clientcertificate_id}", 200] },
  { name: "GetClientCertificates", http: ["GET", "/clientcertificates", 200] },
  { name: "GetDocumentationPart", http: ["GET", "/restapis/{restapi_id}/documentation/parts/{part_id}", 200] },
  { name: "GetDocumentationParts", http: ["GET", "/restapis/{restapi_id}/documentation/parts", 200] },
  {
    name: "GetDocumentationVersion",
    http: ["GET", "/restapis/{restapi_id}/documentation/versions/{doc_version}", 200],
  },
  { name: "GetDocumentationVersions", http: ["GET", "/restapis/{restapi_id}/documentation/versions", 200] },
  { name: "GetDomainNameAccessAssociations", http: ["GET", "/domainnameaccessassociations", 200] },
  { name: "GetModelTemplate", http: ["GET", "/restapis/{restapi_id}/models/{model_name}/default_template", 200] },
  { name: "GetSdk", http: ["GET", "/restapis/{restapi_id}/stages/{stage_name}/sdks/{sdk_type}", 200] },
  { name: "GetSdkType", http: ["GET", "/sdktypes/{sdktype_id}", 200] },
  { name: "GetSdkTypes", http: ["GET", "/sdktypes", 200] },
  { name: "GetVpcLink", http: ["GET", "/vpclinks/{vpclink_id}", 200] },
  { name: "GetVpcLinks", http: ["GET", "/vpclinks", 200] },
  { name: "ImportDocumentationParts", http: ["PUT", "/restapis/{restapi_id}/documentation/parts", 200] },
  { name: "RejectDomainNameAccessAssociation", http: ["POST", "/rejectdomainnameaccessassociations", 202] },
  { name: "UpdateClientCertificate", http: ["PATCH", "/clientcertificates/{clientcertificate_id}", 200] },
  { name: "UpdateDocumentationPart", http: ["PATCH", "/restapis/{restapi_id}/documentation/parts/{part_id}", 200] },
  {
    name: "UpdateDocumentationVersion",
    http: ["PATCH", "/restapis/{restapi_id}/documentation/versions/{doc_version}", 200],
  },
  { name: "UpdateVpcLink", http: ["PATCH", "/vpclinks/{vpclink_id}", 200] },
];
