const NAME = /^AWS-Parameters-and-Secrets-Lambda-Extension(-Arm64)?$/;

/**
 * Whether a layer's name is that of AWS's Parameters and Secrets extension. AWS has it in another account for each region.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-integration-lambda-extensions.html#ps-integration-lambda-extensions-add
 */
export function isParametersLayer(LayerName: string): boolean {
  return NAME.test(LayerName);
}
