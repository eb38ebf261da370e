import { Logger } from '@aws-lambda-powertools/logger'
import type { Context } from 'aws-lambda'
import { type Allowance, type Answer, answer } from './answer.ts'
import { autoScalingPorts } from './aws/autoScaling.ts'
import { type Clients, createClients } from './aws/clients.ts'
import { codeDeployPorts, reportHook } from './aws/codeDeploy.ts'
import { elasticLoadBalancingPorts } from './aws/elasticLoadBalancing.ts'
import { readFunctionArn } from './aws/functionArn.ts'
import type { Limits } from './aws/send.ts'
import { type Log, logWith } from './log.ts'
import { reconcile } from './reconcile.ts'
import { readSettings } from './settings.ts'

// Once per cold start, in the first invocation: nothing that could throw runs before there is somebody to answer.
let clients: Clients | undefined
const logger = new Logger({ serviceName: 'greenlight' })

/** Called by AWS for every hook and call. Returns the verdict; a hook has been reported by then. */
export const handler = (
  event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis' | 'invokedFunctionArn'>,
): Promise<Answer> =>
  answer(event, {
    remainingMs: () => context.getRemainingTimeInMillis(),
    log: (ids) => logWith(logger, ids),
    conclude: (deploymentId, { kind }, allowance, log, waitingFor) => {
      clients ??= createClients()
      const limits = limitsOf(allowance, log, waitingFor)
      const ports = {
        ...codeDeployPorts(clients.codeDeploy, limits, readFunctionArn(context.invokedFunctionArn)),
        ...autoScalingPorts(clients.autoScaling, limits),
        ...elasticLoadBalancingPorts(clients.elasticLoadBalancing, limits),
      }
      const settings = readSettings(process.env)
      return reconcile(deploymentId, kind, { ports, settings, log, sleep: allowance.sleep, waitingFor })
    },
    report: (hook, status, allowance, log) => {
      clients ??= createClients()
      return reportHook(clients.codeDeploy, limitsOf(allowance, log), hook, status)
    },
  })

const limitsOf = (allowance: Allowance, log: Log, waitingFor: (reason: string) => void = () => {}): Limits => ({
  ...allowance,
  onFailedTry: (reason) => {
    log.warn('AWS could not be asked, and will be asked again', { reason })
    waitingFor(reason)
  },
})
