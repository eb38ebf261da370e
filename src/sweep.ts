import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics } from '@aws-lambda-powertools/metrics'
import { LambdaClient } from '@aws-sdk/client-lambda'
import type { Context } from 'aws-lambda'
import pLimit from 'p-limit'
import { autoScalingPorts } from './aws/autoScaling.ts'
import { clientOptions, createClients } from './aws/clients.ts'
import { codeDeployPorts } from './aws/codeDeploy.ts'
import { elasticLoadBalancingPorts } from './aws/elasticLoadBalancing.ts'
import { eyesOn, sweepingEyesOn } from './aws/eyes.ts'
import { readFunctionArn } from './aws/functionArn.ts'
import { gateFunctionPorts } from './aws/gateFunction.ts'
import type { Limits } from './aws/send.ts'
import { logWith } from './log.ts'
import { meterWith } from './meter.ts'
import { remembering } from './sweep/news.ts'
import { callsAtOnce } from './sweep/survey.ts'
import { type Report, sweepRegion } from './sweep/sweepRegion.ts'
import { readSweepSettings } from './sweep/sweepSettings.ts'

// Once per cold start.
const clients = { ...createClients(), lambda: new LambdaClient(clientOptions) }
const logger = new Logger({ serviceName: 'greenlight' })
const metrics = new Metrics({ namespace: 'Greenlight', serviceName: 'greenlight' })
const isNews = remembering()

/** Called by AWS on a schedule, whatever the event says. Fails where something could not be done: the next run tries again. */
export const handler = async (
  _event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis' | 'invokedFunctionArn'>,
): Promise<Report> => {
  const settings = readSweepSettings(process.env)
  const home = readFunctionArn(context.invokedFunctionArn)
  const turn = pLimit(callsAtOnce)
  return sweepRegion({
    remainingMs: () => context.getRemainingTimeInMillis(),
    settings,
    home,
    log: (ids) => logWith(logger, ids),
    // The stack is known by its gate function: its alarms look there.
    meter: () => meterWith(metrics, settings.gateFunction),
    ports: (allowance, log) => {
      const limits: Limits = {
        ...allowance,
        turn,
        onFailedTry: (reason) => log.warn('AWS could not be asked, and will be asked again', { reason }),
      }
      return {
        ...eyesOn(clients, limits),
        ...sweepingEyesOn(clients, limits),
        ...codeDeployPorts(clients.codeDeploy, limits, home),
        ...autoScalingPorts(clients.autoScaling, limits),
        ...elasticLoadBalancingPorts(clients.elasticLoadBalancing, limits),
        ...gateFunctionPorts(clients.lambda, limits, settings.gateFunction),
      }
    },
    startAt: Math.random(),
    isNews,
  })
}
