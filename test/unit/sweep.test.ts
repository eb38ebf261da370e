import { expect } from 'chai'
import { generateAccount } from '../../simulator/account.ts'
import { type Simulator, simulate } from '../../simulator/simulate.ts'
import { type VirtualTime, virtualTime } from '../../simulator/virtualTime.ts'
import { withEnvironment } from '../environment.ts'

// The entry as it stands in src/; test/deployments/sweep/ runs what esbuild makes of it.
describe('The sweep function', () => {
  let time: VirtualTime
  let aws: Simulator
  let leave: () => void
  let handler: typeof import('../../src/sweep.ts')['handler']

  // One cold start for all: the SDK clients of an environment outlive its invocations.
  before(async () => {
    time = virtualTime()
    aws = await simulate()
    leave = withEnvironment({
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      POWERTOOLS_LOG_LEVEL: 'SILENT',
      POWERTOOLS_METRICS_DISABLED: 'true',
      GREENLIGHT_SWEEP_MODE: 'heal',
      GREENLIGHT_GATE_FUNCTION: 'gate',
    })
    ;({ handler } = await import('../../src/sweep.ts'))
  })
  after(async () => {
    leave()
    await aws.close()
    time.restore()
  })

  const invoke = (invokedFunctionArn = 'arn:aws:lambda:eu-west-1:123456789012:function:sweep') =>
    time.run(handler({}, { invokedFunctionArn, getRemainingTimeInMillis: () => 300_000 }))
  const messageOf = (promise: Promise<unknown>) => promise.then(() => 'no error').catch(({ message }: Error) => message)

  it('finishes, hands over, heals and reports over the real SDK clients', async () => {
    const conditions = ['recorded', 'missing', 'healthy'] as const
    generateAccount(aws.world, { deploymentGroups: 3, conditionOf: (number) => conditions[number] ?? 'healthy' })
    const heard: unknown[] = []
    aws.world.createFunction({ name: 'gate', handler: (event) => void heard.push(event) })
    aws.world.deploy({ application: 'application-0', deploymentGroup: 'group-2' })
    aws.faults.add({ action: 'codedeploy:ListApplications', kind: 'throttle' })

    expect(await invoke()).to.deep.equal({
      deploymentGroups: 3,
      findings: { missing: 1 },
      handled: 3,
      failures: 0,
      cutShort: false,
    })
    expect(heard).to.have.length(1)
    expect(aws.world.autoScalingGroups.get('CodeDeploy_group-0_d-D00000000')?.tags).to.deep.equal([])
    expect(aws.world.autoScalingGroups.get('CodeDeploy_group-1_d-D00000001')?.targetGroupArns).to.have.length(1)
  })

  it('fails the invocation where its own surroundings are broken', async () => {
    expect(await messageOf(invoke('nonsense'))).to.contain('which is not the ARN of a Lambda function')
    const restore = withEnvironment({ GREENLIGHT_SWEEP_MODE: 'mend' })
    expect(await messageOf(invoke())).to.equal(
      'GREENLIGHT_SWEEP_MODE is "mend"; it must be observe or heal; GREENLIGHT_GATE_FUNCTION is not set',
    )
    restore()
  })
})
