/** Where the function lives. */
export type FunctionArn = { readonly partition: string; readonly region: string; readonly account: string }

/**
 * @param arn Lambda's `context.invokedFunctionArn`: `arn:<partition>:lambda:<region>:<account>:function:<name>`
 * @throws Error if it is none
 */
export const readFunctionArn = (arn: string): FunctionArn => {
  const [prefix, partition, service, region, account] = arn.split(':')
  if (prefix !== 'arn' || service !== 'lambda' || !partition || !region || !account) {
    throw new Error(`the function was invoked under ${JSON.stringify(arn)}, which is not the ARN of a Lambda function`)
  }
  return { partition, region, account }
}
