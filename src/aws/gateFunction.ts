import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import type { SweepPorts } from '../reconcile/ports.ts'
import { ask, type Limits } from './send.ts'

/** The gate function of the same stack, as whoever notifies it sees it. Throws AwsError. */
export const gateFunctionPorts = (
  client: LambdaClient,
  limits: Limits,
  functionName: string,
): Pick<SweepPorts, 'notifyGate'> => ({
  // Asked again where it failed: a notification that comes twice changes nothing (P5).
  notifyGate: async (notification) => {
    const command = new InvokeCommand({
      FunctionName: functionName,
      InvocationType: 'Event',
      Payload: JSON.stringify(notification),
    })
    await ask('lambda:InvokeFunction', limits, (options) => client.send(command, options))
  },
})
