import type { ServiceRoom } from "@hearth/access";

/** Operations of API Gateway for HTTP and WebSocket APIs that Hearth has not. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/operations.html */
export const notBuilt: ServiceRoom["notBuilt"] = [
  { name: "CreatePortal", http: ["POST", "/v2/portals", 201] },
  { name: "CreatePortalProduct", http: ["POST", "/v2/portalproducts", 201] },
  { name: "CreateProductPage", http: ["POST", "/v2/portalproducts/{portalProductId}/productpages", 201] },
  {
    name: "CreateProductRestEndpointPage",
    http: ["POST", "/v2/portalproducts/{portalProductId}/productrestendpointpages", 201],
  },
  { name: "CreateRoutingRule", http: ["POST", "/v2/domainnames/{domainName}/routingrules", 201] },
  { name: "CreateVpcLink", http: ["POST", "/v2/vpclinks", 201] },
  { name: "DeletePortal", http: ["DELETE", "/v2/portals/{portalId}", 204] },
  { name: "DeletePortalProduct", http: ["DELETE", "/v2/portalproducts/{portalProductId}", 204] },
  {
    name: "DeletePortalProductSharingPolicy",
    http: ["DELETE", "/v2/portalproducts/{portalProductId}/sharingpolicy", 204],
  },
  {
    name: "DeleteProductPage",
    http: ["DELETE", "/v2/portalproducts/{portalProductId}/productpages/{productPageId}", 204],
  },
  {
    name: "DeleteProductRestEndpointPage",
    http: ["DELETE", "/v2/portalproducts/{portalProductId}/productrestendpointpages/{productRestEndpointPageId}", 204],
  },
  { name: "DeleteRoutingRule", http: ["DELETE", "/v2/domainnames/{domainName}/routingrules/{routingRuleId}", 204] },
  { name: "DeleteVpcLink", http: ["DELETE", "/v2/vpclinks/{vpcLinkId}", 202] },
  { name: "DisablePortal", http: ["DELETE", "/v2/portals/{portalId}/publish", 204] },
  { name: "ResetAuthorizersCache", http: ["DELETE", "/v2/apis/{apiId}/stages/{stageName}/cache/authorizers", 204] },
  { name: "GetModelTemplate", http: ["GET", "/v2/apis/{apiId}/models/{modelId}/template", 200] },
  { name: "GetPortal", http: ["GET", "/v2/portals/{portalId}", 200] },
  { name: "GetPortalProduct", http: ["GET", "/v2/portalproducts/{portalProductId}", 200] },
  { name: "GetPortalProductSharingPolicy", http: ["GET", "/v2/portalproducts/{portalProductId}/sharingpolicy", 200] },
  { name: "GetProductPage", http: ["GET", "/v2/portalproducts/{portalProductId}/productpages/{productPageId}", 200] },
  {
    name: "GetProductRestEndpointPage",
    http: ["GET", "/v2/portalproducts/{portalProductId}/productrestendpointpages/{productRestEndpointPageId}", 200],
  },
  { name: "GetRoutingRule", http: ["GET", "/v2/domainnames/{domainName}/routingrules/{routingRuleId}", 200] },
  { name: "ListRoutingRules", http: ["GET", "/v2/domainnames/{domainName}/routingrules", 200] },
  { name: "GetVpcLink", http: ["GET", "/v2/vpclinks/{vpcLinkId}", 200] },
  { name: "GetVpcLinks", http: ["GET", "/v2/vpclinks", 200] },
  { name: "ListPortalProducts", http: ["GET", "/v2/portalproducts", 200] },
  { name: "ListPortals", http: ["GET", "/v2/portals", 200] },
  { name: "ListProductPages", http: ["GET", "/v2/portalproducts/{portalProductId}/productpages", 200] },
  {
    name: "ListProductRestEndpointPages",
    http: ["GET", "/v2/portalproducts/{portalProductId}/productrestendpointpages", 200],
  },
  { name: "PreviewPortal", http: ["POST", "/v2/portals/{portalId}/preview", 202] },
  { name: "PublishPortal", http: ["POST", "/v2/portals/{portalId}/publish", 202] },
  { name: "PutPortalProductSharingPolicy", http: ["PUT", "/v2/portalproducts/{portalProductId}/sharingpolicy", 200] },
  { name: "PutRoutingRule", http: ["PUT", "/v2/domainnames/{domainName}/routingrules/{routingRuleId}", 200] },
  { name: "UpdatePortal", http: ["PATCH", "/v2/portals/{portalId}", 200] },
  { name: "UpdatePortalProduct", http: ["PATCH", "/v2/portalproducts/{portalProductId}", 200] },
  {
    name: "UpdateProductPage",
    http: ["PATCH", "/v2/portalproducts/{portalProductId}/productpages/{productPageId}", 200],
  },
  {
    name: "UpdateProductRestEndpointPage",
    http: ["PATCH", "/v2/portalproducts/{portalProductId}/productrestendpointpages/{productRestEndpointPageId}", 200],
  },
  { name: "UpdateVpcLink", http: ["PATCH", "/v2/vpclinks/{vpcLinkId}", 200] },
];
