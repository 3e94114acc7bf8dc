import type { Clock, Random } from "@hearth/kit";

export interface DoctorDeps {
  readonly clock: Clock;
  readonly random: Random;
}
