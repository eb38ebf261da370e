import { type Simulator, simulate } from '../../../simulator/simulate.ts'
import { type VirtualTime, virtualTime } from '../../../simulator/virtualTime.ts'
import { autoScalingReading } from '../../../src/aws/autoScaling.ts'
import { changing } from '../../../src/aws/change.ts'
import { createClients } from '../../../src/aws/clients.ts'
import { codeDeployReading } from '../../../src/aws/codeDeploy.ts'
import { elasticLoadBalancingReading } from '../../../src/aws/elasticLoadBalancing.ts'
import type { Limits } from '../../../src/aws/send.ts'
import type { Ports } from '../../../src/reconcile/ports.ts'
import { withEnvironment } from '../../environment.ts'
import { authorizeByTemplate } from '../../policies/authorize.ts'

/** The adapters, through the SDK, against the simulator, in virtual time; for one `describe`. */
export const simulated = () => {
  const here: {
    time: VirtualTime
    aws: Simulator
    clients: ReturnType<typeof createClients>
    ports: Ports
    limits: Limits
    failedTries: string[]
    abort: AbortController
    began: number
  } = {} as never
  let leave: () => void

  beforeEach(async () => {
    here.time = virtualTime()
    here.began = Date.now()
    here.aws = await simulate({ authorize: authorizeByTemplate() })
    const functionName = 'CodeDeployHook_greenlight'
    const { accessKeyId, secretAccessKey } = here.aws.credentials({ kind: 'lambda', functionName })
    leave = withEnvironment({
      AWS_ENDPOINT_URL: here.aws.endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    })
    here.failedTries = []
    here.abort = new AbortController()
    here.limits = {
      signal: here.abort.signal,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      requestMs: 10_000,
      onFailedTry: (sentence) => void here.failedTries.push(sentence),
    }
    here.clients = createClients()
    const home = { partition: 'aws', region: 'eu-west-1', account: '123456789012' }
    here.ports = {
      ...codeDeployReading(here.clients.codeDeploy, here.limits, home),
      ...autoScalingReading(here.clients.autoScaling, here.limits),
      ...elasticLoadBalancingReading(here.clients.elasticLoadBalancing, here.limits),
      ...changing(here.clients, here.limits),
    }
  })
  afterEach(async () => {
    leave()
    await here.aws.close()
    here.time.restore()
  })

  return {
    here,
    asked: () => here.aws.calls.map(({ action }) => action),
    messageOf: (promise: Promise<unknown>): Promise<string> =>
      here.time.run(promise.then(() => 'no error').catch((error: Error) => error.message)),
    createTargetGroups: (count: number) =>
      Array.from({ length: count }, (_, index) => here.aws.world.createTargetGroup({ name: `web-${index}` })),
  }
}
