import { newApiId } from "@hearth/apis";
import { ConflictException } from "../../apigatewayv2/errors.ts";
import { scalar } from "../patch.ts";
import { type RestNoun, restPartOperations } from "../restParts.ts";
import * as words from "../words.ts";

/** https://docs.aws.amazon.com/apigateway/latest/api/API_RequestValidator.html */
export const requestValidator: RestNoun = {
  noun: "RequestValidator",
  kind: "requestValidator",
  path: "requestvalidators",
  label: "requestvalidator_id",
  members: words.requestValidatorMembers,
  patches: {
    "/name": scalar(),
    "/validateRequestBody": scalar("bool", { required: true }),
    "/validateRequestParameters": scalar("bool", { required: true }),
  },
  quota: 100,
  missing: "Invalid Request Validator identifier specified",
  newPartId: ({ deps }) => newApiId(deps.random, 6),
  complete: (_, settings) => ({ validateRequestBody: false, validateRequestParameters: false, ...settings }),
  checkUnused: async (edit, id) => {
    const user = (await edit.all("method")).find(({ settings }) => settings["requestValidatorId"] === id);
    if (user) throw new ConflictException(`Cannot delete request validator '${id}', is referenced in a method`);
  },
};

export const requestValidatorOperations = restPartOperations(requestValidator);
