import type { Context } from 'aws-lambda'
import { autoScalingReading } from './aws/autoScaling.ts'
import { changing } from './aws/change.ts'
import { type Clients, createClients } from './aws/clients.ts'
import { codeDeployReading, reportHook } from './aws/codeDeploy.ts'
import { elasticLoadBalancingReading } from './aws/elasticLoadBalancing.ts'
import type { Limits } from './aws/send.ts'
import type { Allowance } from './deadline.ts'
import { answer, type Telling } from './invocation/answer.ts'
import { logWith, write } from './log.ts'
import { meterWith } from './meter.ts'
import { readFunctionArn } from './model/functionArn.ts'
import { reconcile } from './reconcile/reconcile.ts'
import { readSettings } from './settings.ts'

// Created in the first invocation, so that a failure still has a caller to answer.
let clients: Clients | undefined

/** Called by AWS for every hook, call and notification. Returns the verdict; that of a hook has been reported by then. */
export const handler = (
  event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis' | 'invokedFunctionArn' | 'functionName' | 'awsRequestId'>,
): ReturnType<typeof answer> =>
  answer(event, {
    remainingMs: () => context.getRemainingTimeInMillis(),
    home: () => readFunctionArn(context.invokedFunctionArn),
    log: (ids) => logWith(write, { requestId: context.awsRequestId, ...ids }),
    meter: () => meterWith(write, context.functionName),
    conclude: ({ deploymentId, trigger, isDryRun, caller }, allowance, telling) => {
      clients ??= createClients()
      const limits = limitsOf(allowance, telling)
      const ports = {
        ...codeDeployReading(clients.codeDeploy, limits, readFunctionArn(context.invokedFunctionArn)),
        ...autoScalingReading(clients.autoScaling, limits),
        ...elasticLoadBalancingReading(clients.elasticLoadBalancing, limits),
        ...changing(clients, limits),
      }
      const settings = readSettings(process.env)
      const task = { kind: 'deployment', id: deploymentId, trigger, isDryRun, caller } as const
      return reconcile(task, { ...telling, ports, settings, sleep: allowance.sleep })
    },
    report: (hook, status, allowance, telling) => {
      clients ??= createClients()
      return reportHook(clients.codeDeploy, limitsOf(allowance, telling), hook, status)
    },
  })

const limitsOf = (allowance: Allowance, { log, waitingFor, failedTry }: Telling): Limits => ({
  ...allowance,
  onFailedTry: (reason) => {
    log.warn('AWS request failed; retrying', { reason })
    waitingFor(reason)
    failedTry()
  },
})
