import { jsonDecoder, jsonEncoder } from "../codecs/json.ts";
import type { Service } from "../operation.ts";
import { encodeRestError } from "./rest/restJsonError.ts";
import { RestProtocol } from "./rest/restProtocol.ts";

/** REST-JSON, Lambda's protocol. https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html */
export class RestJsonProtocol extends RestProtocol {
  constructor(service: Service, maxBodyBytes: number) {
    super(service, maxBodyBytes, {
      contentType: "application/json",
      decoder: jsonDecoder,
      encoder: jsonEncoder,
      encodeError: (error) => encodeRestError(error, service.errorCodes),
    });
  }
}
