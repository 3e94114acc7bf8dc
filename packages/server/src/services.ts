import type { ServiceRoom } from "@hearth/access";
import { admin, type AdminHouse } from "@hearth/admin";
import { lambda, type LambdaHouse, lambdaInvoke } from "@hearth/api";
import { iam, logs, sts } from "@hearth/services";

/** What the process offers to the services of the list below. */
export type ServiceHouse = LambdaHouse & AdminHouse;

/** Every service that Hearth answers. A new one is added here and nowhere else in this package. */
export const SERVICES: readonly ServiceRoom<ServiceHouse>[] = [lambda, lambdaInvoke, sts, iam, logs, admin];
