import type { Context } from 'aws-lambda'
import pLimit from 'p-limit'
import { autoScalingReading } from './aws/autoScaling.ts'
import { changing } from './aws/change.ts'
import { createClients } from './aws/clients.ts'
import { codeDeployReading } from './aws/codeDeploy.ts'
import { elasticLoadBalancingReading } from './aws/elasticLoadBalancing.ts'
import { createLambdaClient, gateFunctionNotifying } from './aws/gateFunction.ts'
import { recordsReading, regionReading } from './aws/region.ts'
import type { Limits } from './aws/send.ts'
import { logWith, write } from './log.ts'
import { meterWith } from './meter.ts'
import { readFunctionArn } from './model/functionArn.ts'
import { rememberingHandOvers } from './sweep/handedOver.ts'
import { callsAtOnce } from './sweep/survey.ts'
import { type Report, sweepRegion } from './sweep/sweepRegion.ts'
import { readSweepSettings } from './sweep/sweepSettings.ts'
import { rememberingFindings } from './sweep/toldFindings.ts'

// Once per cold start.
const clients = { ...createClients(), lambda: createLambdaClient() }
const isNews = rememberingFindings()
const handedOver = rememberingHandOvers()

/** Called by AWS on a schedule, whatever the event says. Fails where something could not be done: the next run tries again. */
export const handler = async (
  _event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis' | 'invokedFunctionArn' | 'awsRequestId'>,
): Promise<Report> => {
  const settings = readSweepSettings(process.env)
  const home = readFunctionArn(context.invokedFunctionArn)
  const turn = pLimit(callsAtOnce)
  return sweepRegion({
    remainingMs: () => context.getRemainingTimeInMillis(),
    settings,
    home,
    log: (ids) => logWith(write, { requestId: context.awsRequestId, ...ids }),
    // The alarms of the stack look at the metrics of its gate function.
    meter: () => meterWith(write, settings.gateFunction),
    ports: (allowance, log) => {
      const limits: Limits = {
        ...allowance,
        turn,
        onFailedTry: (reason) => log.warn('AWS request failed; retrying', { reason }),
      }
      return {
        ...regionReading(clients, limits),
        ...recordsReading(clients, limits),
        ...codeDeployReading(clients.codeDeploy, limits, home),
        ...autoScalingReading(clients.autoScaling, limits),
        ...elasticLoadBalancingReading(clients.elasticLoadBalancing, limits),
        ...changing(clients, limits),
        ...gateFunctionNotifying(clients.lambda, limits, settings.gateFunction),
      }
    },
    startAt: Math.random(),
    isNews,
    handedOver,
  })
}
