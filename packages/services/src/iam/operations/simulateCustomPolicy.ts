import { NotImplementedException } from "@hearth/model";
import { operation } from "@hearth/wire";
import { InvalidInput, MalformedPolicyDocument } from "../errors.ts";
import { answerSimulation, Documents, givenPolicies, SimulationInput, simulationShape } from "../simulation.ts";

export const simulateCustomPolicy = operation({
  name: "SimulateCustomPolicy",
  input: SimulationInput.extend({ PolicyInputList: Documents }),
  output: simulationShape,
  errors: [InvalidInput, NotImplementedException, MalformedPolicyDocument],
  async handle(input) {
    const limits = input.PermissionsBoundaryPolicyInputList;
    const boundary = limits && givenPolicies(limits, "PermissionsBoundaryPolicyInputList");
    return await answerSimulation(input, givenPolicies(input.PolicyInputList, "PolicyInputList"), boundary, undefined);
  },
});
