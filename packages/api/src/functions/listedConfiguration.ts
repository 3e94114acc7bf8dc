import type { FunctionConfiguration } from "@hearth/model";
import { configurationOf, type FunctionRecord } from "@hearth/store";

/** Listings leave out states and the runtime's version. https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html */
export function listedConfiguration(record: FunctionRecord, Qualifier?: string): Partial<FunctionConfiguration> {
  const {
    State: _state,
    StateReason: _stateReason,
    StateReasonCode: _stateReasonCode,
    LastUpdateStatus: _status,
    LastUpdateStatusReason: _statusReason,
    LastUpdateStatusReasonCode: _statusReasonCode,
    RuntimeVersionConfig: _runtime,
    ...shown
  } = configurationOf(record, Qualifier);
  return shown;
}
