import { noDocker } from "@hearth/testkit";
import { driverContract } from "../testing/driverContract.ts";
import { TestDockerDriver } from "../testing/testDocker.ts";

driverContract("the docker driver", () => TestDockerDriver.make(), await noDocker());
