import { expect } from 'chai'
import { type Simulator, simulate } from '../../simulator/simulate.ts'
import { type VirtualTime, virtualTime } from '../../simulator/virtualTime.ts'
import { withEnvironment } from '../environment.ts'

// The entry as it stands in src/; test/deployments/ runs what esbuild makes of it.
describe('The gate function', () => {
  let time: VirtualTime
  let aws: Simulator
  let leave: () => void
  let handler: typeof import('../../src/gate.ts')['handler']

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
    })
    ;({ handler } = await import('../../src/gate.ts'))
    aws.world.createTargetGroup({ name: 'web' })
    aws.world.createAutoScalingGroup({ name: 'blue', targetGroups: ['web'] })
    aws.world.createDeploymentGroup({
      name: 'production',
      autoScalingGroup: 'blue',
      targetGroups: ['web'],
      readyWaitMinutes: 60,
    })
  })
  after(async () => {
    leave()
    await aws.close()
    time.restore()
  })

  const invoke = (
    event: unknown,
    invokedFunctionArn = 'arn:aws:lambda:eu-west-1:123456789012:function:CodeDeployHook_greenlight',
  ) =>
    time.run(
      handler(event, {
        functionName: 'CodeDeployHook_greenlight',
        invokedFunctionArn,
        getRemainingTimeInMillis: () => 900_000,
      }),
    )

  it('comes to a verdict over the real SDK clients', async () => {
    const deploymentId = aws.world.deploy({ deploymentGroup: 'production' })
    await time.advance(120_000)
    aws.faults.add({ action: 'codedeploy:GetDeployment', kind: 'throttle' })
    expect(await invoke({ DeploymentId: deploymentId })).to.deep.equal({
      verdict: 'Succeeded',
      reason: `CodeDeploy_production_${deploymentId} has 2 of 2 instances healthy behind web`,
      deploymentId,
    })
  })

  it('reports the verdict of a hook', async () => {
    aws.world.createDeploymentGroup({ application: 'mailer', name: 'production', computePlatform: 'Lambda' })
    aws.world.createFunction({
      name: 'hook',
      handler: (event) =>
        handler(event, {
          functionName: 'hook',
          invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:hook',
          getRemainingTimeInMillis: () => 900_000,
        }),
    })
    const deploymentId = aws.world.deploy({
      application: 'mailer',
      deploymentGroup: 'production',
      lambdaHooks: { BeforeAllowTraffic: 'hook' },
    })
    expect(await time.run(aws.world.deploymentEnded(deploymentId))).to.equal('Failed')
    const reports = aws.calls.filter(({ action }) => action === 'codedeploy:PutLifecycleEventHookExecutionStatus')
    expect(reports.map(({ outcome }) => outcome)).to.deep.equal(['ok'])
  })

  it('answers even where its own surroundings are broken', async () => {
    expect(await invoke({ DeploymentId: 'd-ABC123' }, 'nonsense')).to.deep.equal({
      verdict: 'Failed',
      reason: 'the function was invoked under "nonsense", which is not the ARN of a Lambda function',
      deploymentId: 'd-ABC123',
    })
  })
})
