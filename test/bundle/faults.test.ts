import { expect } from 'chai'
import { type Simulator, simulate } from '../../simulator/simulate.ts'
import { kinds } from '../promises/faults/faultKinds.ts'
import { gateBundle } from './bundle.ts'
import { type Invoked, runtimeClientInUse, startLambdaRuntime } from './lambdaRuntime.ts'
import { arrangeMailer } from './servedHook.ts'

const functionName = 'CodeDeployHook_greenlight'
const report = 'codedeploy:PutLifecycleEventHookExecutionStatus'
/** Many at a time: most of their time they wait. */
const atATime = 5
/** How long the function may run: short where a fault lasts for ever, long enough where it passes. */
const foreverMs = 9_000
const passingMs = 30_000

type Ended = { readonly invoked: readonly Invoked[]; readonly accepted: readonly unknown[]; readonly status: string }

// On the wall clock, a minute a second: the function is a process of its own. All is in `test/promises/faults/`, in virtual time.
describe(`With every kind of fault, over sockets, under AWS's runtime client with ${runtimeClientInUse} [answered]`, function () {
  this.timeout(120_000)
  const ended = new Map<string, Ended>()

  before(async () => {
    await gateBundle()
    const left = Object.keys(kinds)
    const worker = async () => {
      for (let name = left.shift(); name !== undefined; name = left.shift()) ended.set(name, await struck(name))
    }
    await Promise.all(Array.from({ length: atATime }, worker))
  })

  for (const [name, kind] of Object.entries(kinds)) {
    it(`a hook has one verdict (${name})`, () => {
      const { invoked, accepted, status } = ended.get(name) ?? { invoked: [], accepted: [], status: '' }
      expect(invoked.filter((one) => 'error' in one)).to.deep.equal([])
      const verdict = kind.passes || kind.ofReads ? 'Succeeded' : accepted[0]
      expect({ accepted, status }).to.deep.equal({ accepted: [verdict], status: verdict })
    })
  }

  it("the run fails in AWS's words when the report is always refused", async () => {
    const { invoked, accepted } = await struck('throttled for ever', report)
    expect(accepted).to.deep.equal([])
    expect(invoked[0])
      .to.have.nested.property('error.errorMessage')
      .that.matches(new RegExp(`${report} failed: Throttling`))
  })

  /** Plays a Lambda deployment with Greenlight's hook, whose calls of this action meet the fault. */
  const struck = async (name: string, action?: string): Promise<Ended> => {
    const { fault, ofReads = false } = kinds[name] ?? {}
    const aws = await simulate({ speed: 60 })
    const runtime = await start(aws)
    try {
      const isForever = fault?.times === 'forever'
      const invoked: Invoked[] = []
      aws.world.createFunction({
        name: functionName,
        handler: async (event) => {
          const one = await runtime.invoke(event, isForever ? foreverMs : passingMs)
          invoked.push(one)
          if ('error' in one) throw new Error(one.error.errorMessage)
          return one.payload
        },
      })
      arrangeMailer(aws.world)
      const read = 'autoscaling:DescribeAutoScalingGroups'
      const change = 'autoscaling:AttachLoadBalancerTargetGroups'
      if (fault !== undefined) {
        const late = fault.kind === 'latency' && { latencyMs: passingMs * aws.clock.speed }
        aws.faults.add({ principal: 'lambda', action: action ?? (ofReads ? read : change), ...fault, ...late })
      }
      const deploymentId = aws.world.deploy({
        application: 'mailer',
        deploymentGroup: 'production',
        lambdaHooks: { BeforeAllowTraffic: functionName },
      })
      const over = aws.world.deploymentEnded(deploymentId)
      const failed = new Promise((resolve) => {
        const stop = aws.clock.every(1_000, () => {
          if (!invoked.some((one) => 'error' in one)) return
          stop()
          resolve(undefined)
        })
      })
      await Promise.race([over, failed])
      const accepted = aws.calls.filter((call) => call.action === report && call.outcome === 'ok')
      return {
        invoked,
        accepted: accepted.map(({ input }) => input['status']),
        status: aws.world.deployments.get(deploymentId)?.status ?? '',
      }
    } finally {
      await runtime.stop()
      await aws.close()
    }
  }
})

const start = async (aws: Simulator) => {
  const { accessKeyId, secretAccessKey } = aws.credentials({ kind: 'lambda', functionName })
  return startLambdaRuntime(await gateBundle(), {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: aws.world.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  })
}
