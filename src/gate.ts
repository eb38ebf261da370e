import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics } from '@aws-lambda-powertools/metrics'
import type { Context } from 'aws-lambda'
import { autoScalingPorts } from './aws/autoScaling.ts'
import { type Clients, createClients } from './aws/clients.ts'
import { codeDeployPorts, reportHook } from './aws/codeDeploy.ts'
import { elasticLoadBalancingPorts } from './aws/elasticLoadBalancing.ts'
import { readFunctionArn } from './aws/functionArn.ts'
import type { Limits } from './aws/send.ts'
import { type Allowance, type Answer, answer } from './invocation/answer.ts'
import { type Log, logWith } from './log.ts'
import { meterWith } from './meter.ts'
import { reconcile } from './reconcile/reconcile.ts'
import { readSettings } from './settings.ts'

// Once per cold start, in the first invocation: nothing that could throw runs before there is somebody to answer.
let clients: Clients | undefined
const logger = new Logger({ serviceName: 'greenlight' })
const metrics = new Metrics({ namespace: 'Greenlight', serviceName: 'greenlight' })

/** Called by AWS for every hook, call and notification. Returns the verdict; a hook has been reported by then. */
export const handler = (
  event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis' | 'invokedFunctionArn' | 'functionName'>,
): Promise<Answer | undefined> =>
  answer(event, {
    remainingMs: () => context.getRemainingTimeInMillis(),
    log: (ids) => logWith(logger, ids),
    meter: () => meterWith(metrics, context.functionName),
    conclude: (deploymentId, asked, allowance, log, meter, waitingFor) => {
      clients ??= createClients()
      const limits = limitsOf(allowance, log, waitingFor)
      const ports = {
        ...codeDeployPorts(clients.codeDeploy, limits, readFunctionArn(context.invokedFunctionArn)),
        ...autoScalingPorts(clients.autoScaling, limits),
        ...elasticLoadBalancingPorts(clients.elasticLoadBalancing, limits),
      }
      const settings = readSettings(process.env)
      return reconcile(deploymentId, asked, { ports, settings, log, meter, sleep: allowance.sleep, waitingFor })
    },
    report: (hook, status, allowance, log, waitingFor) => {
      clients ??= createClients()
      return reportHook(clients.codeDeploy, limitsOf(allowance, log, waitingFor), hook, status)
    },
  })

const limitsOf = (allowance: Allowance, log: Log, waitingFor: (reason: string) => void): Limits => ({
  ...allowance,
  onFailedTry: (reason) => {
    log.warn('AWS could not be asked, and will be asked again', { reason })
    waitingFor(reason)
  },
})
