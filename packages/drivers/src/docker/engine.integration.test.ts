import { noDocker } from "@hearth/testkit";
import { driverContract } from "../contract.ts";
import { TestDockerDriver } from "../testDocker.ts";

driverContract("the docker driver", () => TestDockerDriver.make(), await noDocker());
