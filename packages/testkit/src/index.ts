export { rustFunction } from "./rustFunction.ts";
export { type DotnetFunction, compileCSharp, dotnetFunction } from "./dotnetFunction.ts";
export { ForkedAws, installedAws } from "./forkedAws.ts";
export { freePort } from "./freePort.ts";
export { dockerAvailable, findProgram, noDocker, noProgram } from "./availability.ts";
export { containersOf } from "./containersOf.ts";
export { engineProxy } from "./engineProxy.ts";
export { HangingProxy } from "./hangingProxy.ts";
export { FUNCTION_IMAGES, makeImages, shellAnswer, shellEvent } from "./functionImage.ts";
export { KafkaServer, noKafka } from "./kafka.ts";
export { type Ministack, noMinistack, startMinistack } from "./ministack.ts";
export { noOwnEngine, OwnEngine } from "./ownEngine.ts";
export { type OutsideAnswer, OutsideServer, type ReceivedRequest } from "./outsideServer.ts";
export { pause } from "./pause.ts";
export { type TestDatabase, type TestDatabaseOptions, testDatabase } from "./postgres.ts";
export { type TestCertificate, type TestCertificates, testCertificates } from "./certificates.ts";
export { loopbackAddress } from "./loopbackAddress.ts";
export { type LogicalPostgres, logicalPostgres } from "./logicalPostgres.ts";
export { type JumpingDatabase, jumpingDatabase } from "./jumpingDatabase.ts";
export { installObjectServer, noObjectServer, type ObjectServerKind, RunningObjectServer } from "./objectServer.ts";
export { noRabbitmq, RabbitmqServer } from "./rabbitmq.ts";
export { noRedis, type TestRedis, testRedis } from "./redis.ts";
export {
  type AwsCli,
  awsCli,
  awsEnvironment,
  type ProgramResult,
  readsEndpointUrl,
  runProgram,
  type RunProgramOptions,
} from "./programs.ts";
export { sampleFunctions } from "./sampleFunctions.ts";
export { skipReason, type SkipOptions } from "./skipReason.ts";
export {
  type ClientConfig,
  type Ended,
  RunningHearth,
  startHearth,
  type StartHearthOptions,
  withoutSettings,
} from "./startHearth.ts";
export { type TestServer, testMosquitto, testNats, testRedisWithTls } from "./testServer.ts";
export { findProvider, findProviderMirror, noTerraform } from "./terraform.ts";
export { ACCOUNT, HERE, REGION, SETTINGS, zipFunction } from "./zipFunction.ts";
export { zipOf, type ZipEntry } from "./zipOf.ts";
export { javaFunction } from "./javaFunction.ts";
export { pushTo, pushUnique, TestRegistry } from "./testRegistry.ts";
export { pushAwsLikeImage } from "./awsLikeImage.ts";
export { LANGUAGES } from "./languages.ts";
export { goFunction } from "./goFunction.ts";
