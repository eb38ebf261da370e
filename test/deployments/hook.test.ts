import { expect } from 'chai'
import type { Fault } from '../../simulator/wire/faults.ts'
import { ownersAgree } from './ownersAgree.ts'
import { stateOf, untouched } from './playedDeployment.ts'
import { type Playground, playground } from './playground.ts'

const tags = { 'greenlight:auto-scaling-groups': 'CodeDeploy_web', 'greenlight:target-groups': 'web' }
const report = 'codedeploy:PutLifecycleEventHookExecutionStatus'

/** An ECS deployment group whose tags name a group without its target group, and a deployment with Greenlight's hook. */
const deployWithHook = async (
  options: Parameters<typeof playground>[0] & {
    groupTags?: Readonly<Record<string, string>>
    isAgreed?: boolean
  } = {},
) => {
  const { groupTags = tags, isAgreed = true, arrange = () => {}, ...rest } = options
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
      if (isAgreed) ownersAgree(world, 'orders/production')
    },
  })
  const deploymentId = aws.world.deploy({
    application: 'orders',
    deploymentGroup: 'production',
    lambdaHooks: { BeforeAllowTraffic: aws.functionName },
  })
  return { aws, deploymentId }
}

/** Nobody else is registered where the hook attaches, and green is never healthy. */
const failing = {
  groupTags: { ...tags, 'greenlight:target-groups': 'jobs' },
  settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '60' },
  sweeps: 'whenTold',
  arrange: (world: Playground['world']): void => {
    world.createTargetGroup({ name: 'jobs' })
    breakGreen(world)
  },
} as const

const breakGreen = ({ instances, breakInstance }: Playground['world']) => {
  for (const { instanceId, autoScalingGroupName: name } of instances.values()) {
    if (name === 'CodeDeploy_web') breakInstance(instanceId)
  }
}

/** The verdicts that CodeDeploy accepted. */
const accepted = (aws: Playground) =>
  aws.calls.filter(({ action, outcome }) => action === report && outcome === 'ok').map(({ input }) => input['status'])

describe('A hook, from CodeDeploy to its verdict', () => {
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

  it("attaches nobody else's production group, though the tags of one's own deployment group name it", async () => {
    expect(await deploy({ isAgreed: false })).to.equal('Failed')
    expect(accepted(aws)).to.deep.equal(['Failed'])
    expect(aws.changes().map(({ action }) => action)).to.deep.equal([report])
    const { message, reason } = aws.log.find(({ level }) => level === 'ERROR') ?? {}
    const says =
      'does not say in its tag greenlight:gated-by that orders/production may have it gated; its owner can tag it'
    const arn = aws.world.targetGroups.get('web')?.arn
    expect({ message, reason }).to.deep.equal({
      message: 'Verdict',
      reason:
        `Auto Scaling group CodeDeploy_web ${says}: aws autoscaling create-or-update-tags --tags ResourceId=CodeDeploy_web,` +
        'ResourceType=auto-scaling-group,Key=greenlight:gated-by,Value=orders/production,PropagateAtLaunch=false and ' +
        `target group web ${says}: aws elbv2 add-tags --resource-arns ${arn} --tags Key=greenlight:gated-by,Value=orders/production`,
    })
  })

  it('fails the deployment when green is not healthy in time, with the reason of each instance', async () => {
    expect(await deploy({ arrange: breakGreen, settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '60' } })).to.equal(
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

  it('fails when the tags name a target group that ECS moves by itself', async () => {
    expect(await deploy({ groupTags: { ...tags, 'greenlight:target-groups': 'orders-1' } })).to.equal('Failed')
    expect(aws.changes().map(({ action }) => action)).to.deep.equal([report])
  })

  describe('that CodeDeploy invokes', () => {
    for (const hookInvokedTwice of [false, true]) {
      for (const hookInvokedSynchronously of [false, true]) {
        const switches = { hookInvokedTwice, hookInvokedSynchronously }
        const outcomes = hookInvokedTwice ? ['returned', 'returned'] : ['returned']
        const how = `${hookInvokedTwice ? 'twice' : 'once'}, ${hookInvokedSynchronously ? 'waiting for it to return' : 'and does not wait for it'},`

        it(`${how} reports once, and passes the deployment`, async () => {
          expect(await deploy({ switches })).to.equal('Succeeded')
          expect(accepted(aws)).to.deep.equal(['Succeeded'])
          expect(aws.world.invocations.map(({ outcome }) => outcome)).to.deep.equal(outcomes)
          expect(stateOf(aws.world, 'CodeDeploy_web')).to.deep.equal({
            attached: ['web'],
            held: [],
            records: { 'greenlight:record': deploymentId, 'greenlight:attached/web': deploymentId },
          })
        })

        it(`${how} reports Failed once, and undoes what it did, in minutes`, async () => {
          expect(await deploy({ ...failing, switches, via: 'EventBridge' })).to.equal('Failed')
          const deployment = aws.world.deployments.get(deploymentId)
          expect((deployment?.completeTime ?? 0) - (deployment?.startTime ?? 0)).to.be.below(180_000)
          await aws.time.advance(300_000)
          await aws.sweep()
          expect(accepted(aws)).to.deep.equal(['Failed'])
          expect(stateOf(aws.world, 'CodeDeploy_web')).to.deep.equal(untouched)
        })
      }
    }
  })

  it('gives its verdict first, and undoes what it attached then', async () => {
    expect(await deploy(failing)).to.equal('Failed')
    await aws.time.advance(300_000)
    await aws.sweep()
    expect(aws.changes().map(({ action }) => action)).to.deep.equal([
      'autoscaling:CreateOrUpdateTags',
      'autoscaling:AttachLoadBalancerTargetGroups',
      report,
      'autoscaling:DetachLoadBalancerTargetGroups',
      'autoscaling:DeleteTags',
    ])
  })

  for (const [mode, status, reported, changes] of [
    ['gate', 'Succeeded', 'Succeeded', 3],
    ['heal', 'Succeeded', 'Succeeded', 3],
    ['observe', 'Succeeded', 'Succeeded', 1],
    ['heel', 'Failed', 'Failed', 1],
  ] as const) {
    it(`ends the deployment ${status} in mode ${mode}, having made ${changes === 1 ? 'no change but its report' : 'its changes'}`, async () => {
      expect(await deploy({ groupTags: { ...tags, 'greenlight:mode': mode } })).to.equal(status)
      expect(accepted(aws)).to.deep.equal([reported])
      expect(aws.changes()).to.have.length(changes)
    })
  }

  it('attaches many target groups, ten a call, on records of twenty-five a call', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `api-${index}`)
    const arrange = (world: Playground['world']) => {
      for (const name of names) world.createTargetGroup({ name })
    }
    const groupTags = {
      ...tags,
      'greenlight:target-groups': names.slice(0, 20).join(' '),
      'greenlight:target-groups/2': names.slice(20).join(' '),
    }
    expect(await deploy({ groupTags, arrange })).to.equal('Succeeded')
    expect(stateOf(aws.world, 'CodeDeploy_web')?.attached).to.deep.equal(names)
    const sizes = aws.changes().map(({ action, input }) => {
      const { Tags: tagged, TargetGroupARNs: arns } = input
      return [action.split(':')[1], [tagged ?? arns ?? []].flat().length]
    })
    expect(sizes).to.deep.equal([
      ['CreateOrUpdateTags', 25],
      ['CreateOrUpdateTags', 6],
      ['AttachLoadBalancerTargetGroups', 10],
      ['AttachLoadBalancerTargetGroups', 10],
      ['AttachLoadBalancerTargetGroups', 10],
      [report.split(':')[1], 0],
    ])
    const [first] = [aws.changes()[0]?.input['Tags']].flat()
    // Never propagated at launch, and the key that a sweep filters by comes first.
    expect(first).to.deep.equal({
      ResourceId: 'CodeDeploy_web',
      ResourceType: 'auto-scaling-group',
      Key: 'greenlight:record',
      Value: deploymentId,
      PropagateAtLaunch: false,
    })
  })

  it('gates every Auto Scaling group that the tags name, and all must pass', async () => {
    const arrange = (world: Playground['world']) => {
      const broken = world.createAutoScalingGroup({ name: 'CodeDeploy_two', desiredCapacity: 1 })
      for (const { instanceId, autoScalingGroupName: name } of world.instances.values()) {
        if (name === broken.name) world.breakInstance(instanceId)
      }
    }
    const groupTags = { ...tags, 'greenlight:auto-scaling-groups': 'CodeDeploy_web CodeDeploy_two' }
    const settings = { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '60' }
    expect(await deploy({ groupTags, arrange, settings })).to.equal('Failed')
    expect(aws.log.find(({ message }) => message === 'Verdict'))
      .to.have.property('reason')
      .that.matches(/^not healthy within 60 s: CodeDeploy_two has 0 of 1 instance healthy/)
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
    it(`reports all the same when the first try of the report fails: ${kind} [answered]`, async () => {
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
      it(`fails the deployment, long before the hour that CodeDeploy waits, when ${action} always fails: ${kind}`, async () => {
        expect(await deploy({ faults: [{ action, kind, times: 'forever' }] })).to.equal('Failed')
        expect(accepted(aws)).to.deep.equal(['Failed'])
        // What is left of its time it tries to clear up.
        await aws.time.advance(60_000)
        expect(aws.world.invocations.map(({ outcome }) => outcome)).to.deep.equal(['returned'])
      })
    }
  }

  for (const kind of ['malformed', 'empty', 'hangAfter', 'resetAfter'] as const) {
    it(`passes when AWS has attached and each answer is lost: ${kind}`, async () => {
      const action = 'autoscaling:AttachLoadBalancerTargetGroups'
      expect(
        await deploy({ faults: [{ action, kind, times: 'forever' }], switches: { reattachIsError: true } }),
      ).to.equal('Succeeded')
      expect(accepted(aws)).to.deep.equal(['Succeeded'])
    })
  }

  it('fails the invocation with the error of the report when the report always fails', async () => {
    await deploy({ faults: [{ action: report, kind: 'error500', times: 'forever' }] })
    expect(accepted(aws)).to.deep.equal([])
    expect(new Set(aws.world.invocations.map(({ outcome }) => outcome))).to.deep.equal(new Set(['threw']))
  })

  it("for a Server deployment gates like any other, and fails with AWS's own error where AWS refuses the report", async () => {
    aws = await playground({ settings: { GREENLIGHT_MODE: 'gate' } })
    deploymentId = aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
    await aws.until(deploymentId, 'Ready')
    expect(await aws.invoke({ DeploymentId: deploymentId, LifecycleEventHookExecutionId: 'execution-1' }))
      .to.have.property('errorMessage')
      .that.matches(
        /^codedeploy:PutLifecycleEventHookExecutionStatus failed: UnsupportedActionForDeploymentTypeException/,
      )
    expect(aws.log.find(({ message }) => message === 'Verdict')).to.have.property('verdict', 'Succeeded')
  })

  it('reports even for a malformed deployment id, when there is an execution id', async () => {
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
