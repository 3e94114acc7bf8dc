import type { House } from "@hearth/access";
import { SsmParameterStore } from "@hearth/store";

export interface SsmDeps {
  readonly parameters: SsmParameterStore;
  readonly disk: House["disk"];
}

export function openSsmDeps({ database, disk }: House): SsmDeps {
  return { parameters: new SsmParameterStore(database), disk };
}
