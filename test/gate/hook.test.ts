import { expect } from 'chai'
import type { Fault } from '../../simulator/wire/faults.ts'
import { type Playground, playground } from './playground.ts'

const tags = { 'greenlight:auto-scaling-groups': 'CodeDeploy_web', 'greenlight:target-groups': 'web' }
const report = 'codedeploy:PutLifecycleEventHookExecutionStatus'

/** An ECS deployment group whose tags name a group without its target group, and a deployment with Greenlight's hook. */
const deployWithHook = async (
  options: Parameters<typeof playground>[0] & { groupTags?: Readonly<Record<string, string>> } = {},
) => {
  const { groupTags = tags, arrange = () => {}, ...rest } = options
  const aws = await playground({
    ...rest,
    arrange: (world) => {
      world.createAutoScalingGroup({ name: 'CodeDeploy_web', desiredCapacity: 2 })
      world.createTargetGroup({ name: 'orders-1', targetType: 'ip' })
      world.createTargetGroup({ name: 'orders-2', targetType: 'ip' })
      world.createDeploymentGroup({
        application: 'orders',
        name: 'production',
        computePlatform: 'ECS',
        targetGroupPairs: [['orders-1', 'orders-2']],
        tags: groupTags,
      })
      arrange(world)
    },
  })
  const deploymentId = aws.world.deploy({
    application: 'orders',
    deploymentGroup: 'production',
    lambdaHooks: { BeforeAllowTraffic: aws.functionName },
  })
  return { aws, deploymentId }
}

/** The verdicts that CodeDeploy accepted. */
const accepted = (aws: Playground) =>
  aws.calls.filter(({ action, outcome }) => action === report && outcome === 'ok').map(({ input }) => input['status'])

describe('A hook, from CodeDeploy to its verdict (built bundle, real protocols)', () => {
  let aws: Playground
  let deploymentId: string
  afterEach(() => aws.end())
  const deploy = async (options?: Parameters<typeof deployWithHook>[0]) => {
    ;({ aws, deploymentId } = await deployWithHook(options))
    return aws.played(deploymentId)
  }

  it('attaches what the tags name, waits for its health, and passes the deployment', async () => {
    expect(await deploy()).to.equal('Succeeded')
    expect(accepted(aws)).to.deep.equal(['Succeeded'])
    expect(aws.changes().map(({ action }) => action)).to.deep.equal([
      'autoscaling:CreateOrUpdateTags',
      'autoscaling:AttachLoadBalancerTargetGroups',
      report,
    ])
    expect(aws.log.at(-2)).to.deep.include({
      level: 'INFO',
      message: 'Verdict',
      deploymentId,
      invocation: 'hook',
      verdict: 'Succeeded',
      reason: 'CodeDeploy_web has 2 of 2 instances healthy behind web',
    })
  })

  it('fails the deployment when green is not healthy in time, with the reason of each instance', async () => {
    const breakAll = (world: Playground['world']) => {
      for (const { instanceId } of world.instances.values()) world.breakInstance(instanceId)
    }
    expect(await deploy({ arrange: breakAll, settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '60' } })).to.equal(
      'Failed',
    )
    expect(accepted(aws)).to.deep.equal(['Failed'])
    expect(aws.log.find(({ message }) => message === 'Verdict'))
      .to.have.property('reason')
      .that.matches(
        /^not healthy within 60 s: CodeDeploy_web has 0 of 2 .* i-\w+ is unhealthy in web \(Target\.ResponseCodeMismatch: /,
      )
  })

  it('fails without the tags, attaching nothing', async () => {
    expect(await deploy({ groupTags: {} })).to.equal('Failed')
    expect(aws.changes().map(({ action }) => action)).to.deep.equal([report])
    expect(aws.log.find(({ message }) => message === 'Verdict'))
      .to.have.property('reason')
      .that.matches(/^deployment group orders\/production does not say in greenlight:auto-scaling-groups/)
  })

  it('fails where the tags name a target group that ECS moves by itself', async () => {
    expect(await deploy({ groupTags: { ...tags, 'greenlight:target-groups': 'orders-1' } })).to.equal('Failed')
    expect(aws.changes().map(({ action }) => action)).to.deep.equal([report])
  })

  it('reports once, and is content the second time, where CodeDeploy invokes it twice (F32)', async () => {
    expect(await deploy({ switches: { hookInvokedTwice: true } })).to.equal('Succeeded')
    expect(accepted(aws)).to.deep.equal(['Succeeded'])
    expect(aws.world.invocations.map(({ outcome }) => outcome)).to.deep.equal(['returned', 'returned'])
  })

  it('fails settings that do not parse, naming the value', async () => {
    expect(await deploy({ settings: { GREENLIGHT_MINIMUM_HEALTHY_PERCENT: 'most' } })).to.equal('Failed')
    expect(accepted(aws)).to.deep.equal(['Failed'])
    expect(aws.log.find(({ message }) => message === 'Verdict')).to.have.property(
      'reason',
      'GREENLIGHT_MINIMUM_HEALTHY_PERCENT is "most"; it must be a whole number from 1 to 100',
    )
  })

  for (const kind of ['throttle', 'error500', 'hang', 'hangAfter', 'reset', 'resetAfter'] as const) {
    it(`reports all the same when the first try of the report meets: ${kind} (P1)`, async () => {
      expect(await deploy({ faults: [{ action: report, kind }] })).to.equal('Succeeded')
      expect(accepted(aws)).to.deep.equal(['Succeeded'])
    })
  }

  for (const action of [
    'codedeploy:GetDeployment',
    'codedeploy:ListTagsForResource',
    'autoscaling:DescribeAutoScalingGroups',
    'autoscaling:AttachLoadBalancerTargetGroups',
    'elasticloadbalancing:DescribeTargetGroups',
    'elasticloadbalancing:DescribeTargetHealth',
  ]) {
    it(`passes when the first try of ${action} fails in any way that may pass`, async () => {
      const kinds: Fault['kind'][] = ['throttle', 'error500', 'hang', 'hangAfter', 'reset', 'resetAfter']
      expect(await deploy({ faults: kinds.map((kind) => ({ action, kind })) })).to.equal('Succeeded')
      expect(accepted(aws)).to.deep.equal(['Succeeded'])
    })

    // An attach that was carried out is seen by the second look, whatever became of its answer.
    const unreadable = action === 'autoscaling:AttachLoadBalancerTargetGroups' ? [] : (['malformed', 'empty'] as const)
    for (const kind of ['throttle', 'hang', 'error500', 'accessDenied', ...unreadable] as const) {
      it(`fails the deployment, long before the hour of F33, when ${action} meets for ever: ${kind}`, async () => {
        expect(await deploy({ faults: [{ action, kind, times: 'forever' }] })).to.equal('Failed')
        expect(accepted(aws)).to.deep.equal(['Failed'])
        // What is left of its time it tries to clear up.
        await aws.time.advance(60_000)
        expect(aws.world.invocations.map(({ outcome }) => outcome)).to.deep.equal(['returned'])
      })
    }
  }

  for (const kind of ['malformed', 'empty', 'hangAfter', 'resetAfter'] as const) {
    it(`passes where the attach was carried out and its answer was lost for ever: ${kind}`, async () => {
      const action = 'autoscaling:AttachLoadBalancerTargetGroups'
      expect(
        await deploy({ faults: [{ action, kind, times: 'forever' }], switches: { reattachIsError: true } }),
      ).to.equal('Succeeded')
      expect(accepted(aws)).to.deep.equal(['Succeeded'])
    })
  }

  it('fails the invocation with the error of the report, where the report fails for ever', async () => {
    await deploy({ faults: [{ action: report, kind: 'error500', times: 'forever' }] })
    expect(accepted(aws)).to.deep.equal([])
    expect(new Set(aws.world.invocations.map(({ outcome }) => outcome))).to.deep.equal(new Set(['threw']))
  })

  it("for a Server deployment gates like any other, and fails with AWS's own error where AWS refuses the report (F33)", async () => {
    aws = await playground()
    deploymentId = aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
    await aws.until(deploymentId, 'Ready')
    expect(await aws.invoke({ DeploymentId: deploymentId, LifecycleEventHookExecutionId: 'execution-1' }))
      .to.have.property('errorMessage')
      .that.matches(
        /^codedeploy:PutLifecycleEventHookExecutionStatus failed: UnsupportedActionForDeploymentTypeException/,
      )
    expect(aws.log.find(({ message }) => message === 'Verdict')).to.have.property('verdict', 'Succeeded')
  })

  it('with an execution id and a broken deployment id still reports', async () => {
    aws = await playground()
    await aws.invoke({ DeploymentId: 'nonsense', LifecycleEventHookExecutionId: 'execution-1' })
    expect(aws.calls.map(({ action, input }) => ({ action, input }))).to.deep.equal([
      {
        action: report,
        input: { deploymentId: 'nonsense', lifecycleEventHookExecutionId: 'execution-1', status: 'Failed' },
      },
    ])
  })
})
