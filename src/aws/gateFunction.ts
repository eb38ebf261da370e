import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import type { SweepPorts } from '../sweep/ports.ts'
import { clientOptions } from './clients.ts'
import { ask, type Limits } from './send.ts'

export const createLambdaClient = () => new LambdaClient(clientOptions)

/** Notifies the gate function of the same stack, as EventBridge does. Throws AwsError. */
export const gateFunctionNotifying = (
  client: LambdaClient,
  limits: Limits,
  functionName: string,
): Pick<SweepPorts, 'notifyGate'> => ({
  // Sent again where it failed: a notification that comes twice changes nothing.
  notifyGate: async (notification) => {
    const command = new InvokeCommand({
      FunctionName: functionName,
      InvocationType: 'Event',
      Payload: JSON.stringify(notification),
    })
    await ask('lambda:InvokeFunction', limits, (options) => client.send(command, options))
  },
})
