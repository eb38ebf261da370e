import type { TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2'
import { expect } from 'chai'
import { AwsError } from '../../../src/aws/awsError.ts'
import {
  autoScalingGroup,
  deploymentInfo,
  greenTarget,
  installedTarget,
  targetGroup,
  targetHealth,
} from '../awsAnswers.ts'
import { arnOf, deploymentId, greenName, settings } from '../builders.ts'
import { asking, healthy, initial, inTurn, nobody, reconciling } from '../reconciling.ts'

describe('A gate', () => {
  const { gate, attached, waits, logged, startAt } = reconciling()

  it('attaches what is missing, and passes once the load balancer finds green healthy', async () => {
    expect(await gate('hook', { targetHealth: inTurn(initial, initial, healthy) })).to.deep.equal({
      verdict: 'Succeeded',
      reason: `${greenName} has 2 of 2 instances healthy behind web`,
    })
    expect(attached).to.deep.equal([{ green: greenName, arns: [arnOf('web')], at: 0 }])
  })

  it('attaches nothing where nothing is missing', async () => {
    const autoScalingGroups = async () => [autoScalingGroup({ targetGroups: ['web'] })]
    expect(await gate('hook', { autoScalingGroups })).to.deep.include({ verdict: 'Succeeded' })
    expect(attached).to.deep.equal([])
  })

  it('looks after 1 s, then at growing intervals, at most 5 s, and once more before it passes', async () => {
    const looks: number[] = []
    await gate('hook', {
      autoScalingGroups: async () => [autoScalingGroup({ targetGroups: ['web'] })],
      targetHealth: async () => {
        looks.push(Date.now())
        return looks.length < 7 ? initial : healthy
      },
    })
    expect(looks).to.deep.equal([0, 1000, 2500, 4750, 8125, 13_125, 18_125, 18_125])
  })

  it('fails when green is not healthy in time, naming each instance', async () => {
    const unhealthy = targetHealth('i-2', 'unhealthy', { Reason: 'Target.Timeout', Description: 'Request timed out' })
    const targetHealthOf = async (): Promise<TargetHealthDescription[]> => [targetHealth('i-1'), unhealthy]
    expect(
      await gate('hook', { targetHealth: targetHealthOf }, { ...settings, healthTimeoutSeconds: 60 }),
    ).to.deep.equal({
      verdict: 'Failed',
      reason:
        `not healthy within 60 s: ${greenName} has 1 of 2 instances healthy behind web, and needs 2: ` +
        'i-2 is unhealthy in web (Target.Timeout: Request timed out)',
    })
    expect(Date.now()).to.be.within(60_000, 65_000)
  })

  it('tells what it waits for all the time', async () => {
    await gate('hook', { targetHealth: inTurn(initial, initial, healthy) })
    expect(waits).to.deep.equal([
      `${greenName} has 0 of 2 instances healthy behind web, and needs 2: i-1 is initial in web and i-2 is initial in web`,
    ])
  })

  it('logs what it waits for when that changes, not with every look', async () => {
    await gate('hook', { targetHealth: inTurn(initial, initial, initial, [targetHealth('i-1')], healthy) })
    expect(logged.map(({ message }) => message)).to.deep.equal(['Changing', 'Waiting', 'Waiting'])
  })

  describe('while CodeDeploy installs', () => {
    const installing = deploymentInfo({ status: 'InProgress' })
    const progress = [greenTarget('i-1', { Install: 'InProgress' }), installedTarget('i-2')]

    it('answers Pending to a call', async () => {
      expect(
        await gate('call', { deployment: async () => installing, greenTargets: async () => progress }),
      ).to.deep.equal({
        verdict: 'Pending',
        reason: 'CodeDeploy is still installing on i-1',
      })
      expect(attached).to.deep.equal([])
    })

    it('makes a hook wait', async () => {
      const greenTargets = inTurn(progress, progress, [asking('i-1'), asking('i-2')])
      expect(await gate('hook', { deployment: async () => installing, greenTargets })).to.deep.include({
        verdict: 'Succeeded',
      })
      expect(attached.map(({ at }) => at)).to.deep.equal([2500])
    })

    it('answers Succeeded to a call between batches, and attaches nothing: the last batch gates', async () => {
      const greenTargets = async () => [asking('i-1'), greenTarget('i-2', {})]
      expect(await gate('call', { deployment: async () => installing, greenTargets })).to.deep.equal({
        verdict: 'Succeeded',
        reason: 'nothing to gate: the last batch gates, and CodeDeploy has not begun with i-2',
      })
      expect(attached).to.deep.equal([])
    })

    it('makes a hook wait between batches', async () => {
      const greenTargets = inTurn([asking('i-1'), greenTarget('i-2', {})], [asking('i-1')])
      expect(await gate('hook', { deployment: async () => installing, greenTargets })).to.deep.include({
        verdict: 'Succeeded',
      })
    })
  })

  describe('that a notification asks for, in mode gate,', () => {
    const inGate = { ...settings, mode: 'gate' } as const
    const targetGroups = async () => new Map()
    const shifting = async () => [greenTarget('i-1', { ValidateService: 'Succeeded', AllowTraffic: 'InProgress' })]
    const installing = async () => [greenTarget('i-1', { Install: 'InProgress' })]

    for (const [when, status, greenTargets] of [
      ['at Ready', 'Ready', async () => [installedTarget('i-1')]],
      ['before it has begun', 'Queued', shifting],
      ['while CodeDeploy installs', 'InProgress', installing],
    ] as const) {
      it(`stops what AWS's answers refuse ${when}`, async () => {
        const stopped: string[] = []
        const deployment = async () => deploymentInfo({ status: stopped.length > 0 ? 'Stopped' : status })
        const stopDeployment = async (id: string) => void stopped.push(id)
        await gate('notification', { deployment, targetGroups, greenTargets, stopDeployment, isHeld: false }, inGate)
        expect(stopped).to.deep.equal([deploymentId])
      })
    }

    it('never stops what moves its traffic by the time of a fresh look, and says so', async () => {
      const deployment = inTurn(deploymentInfo(), deploymentInfo({ status: 'InProgress' }))
      expect(await gate('notification', { deployment, targetGroups, greenTargets: shifting }, inGate)).to.deep.equal({
        verdict: undefined,
        reason: 'target group web does not exist; but CodeDeploy has given traffic to some of green already',
      })
      expect(logged.map(({ message }) => message)).to.include('Not stopped')
    })

    it('never stops what it could not look at: the invocation fails', async () => {
      const stopped: string[] = []
      const targetHealth = () =>
        Promise.reject(new AwsError('AccessDenied: no', { code: 'AccessDenied', mayPass: false }))
      const stopDeployment = async (id: string) => void stopped.push(id)
      expect(await gate('notification', { targetHealth, stopDeployment }, inGate)).to.equal('threw: AccessDenied: no')
      expect(stopped).to.deep.equal([])
    })

    it('never stops what is baking', async () => {
      const deployment = inTurn(deploymentInfo(), deploymentInfo({ status: 'Baking' }))
      expect(await gate('notification', { deployment, targetGroups }, inGate))
        .to.have.property('reason')
        .that.matches(/; but deployment d-ABCDEF123 is Baking now$/)
    })
  })

  it('waits as long as it would, though somebody sets the clock meanwhile', async () => {
    const answers = inTurn(initial, initial, healthy)
    const targetHealth = async () => {
      startAt(Date.now() + 3_600_000)
      return answers()
    }
    expect(await gate('call', { targetHealth })).to.have.property('verdict', 'Succeeded')
  })

  it('takes green for installed at Ready, whatever its events say', async () => {
    expect(
      await gate('call', { greenTargets: async () => [greenTarget('i-1', {})] }, { ...settings, mode: 'gate' }),
    ).to.deep.include({
      verdict: 'Succeeded',
    })
  })

  describe('takes a second look', () => {
    for (const status of ['Stopped', 'Failed'] as const) {
      it(`and fails a deployment that is ${status} meanwhile`, async () => {
        const deployment = inTurn(deploymentInfo(), deploymentInfo(), deploymentInfo({ status }))
        expect(await gate('hook', { deployment })).to.deep.equal({
          verdict: 'Failed',
          reason: `deployment ${deploymentId} is over: it is ${status}`,
        })
      })
    }

    it('and passes one that somebody has continued meanwhile', async () => {
      const deployment = inTurn(deploymentInfo(), deploymentInfo(), deploymentInfo({ status: 'InProgress' }))
      expect(await gate('hook', { deployment })).to.deep.include({ verdict: 'Succeeded' })
    })

    it('and begins again where green is another one than before', async () => {
      const other = autoScalingGroup({ AutoScalingGroupName: 'other', instances: ['i-1'], targetGroups: ['web'] })
      const moved = deploymentInfo({ targetInstances: { autoScalingGroups: ['other'] } })
      expect(
        await gate('hook', {
          deployment: inTurn(deploymentInfo(), moved),
          autoScalingGroups: async ([name]) => [name === 'other' ? other : autoScalingGroup({ targetGroups: ['web'] })],
        }),
      ).to.deep.equal({ verdict: 'Succeeded', reason: 'other has 1 of 1 instance healthy behind web' })
    })
  })

  it('is not waited for longer than 30 s after a hook has failed', async () => {
    expect(await gate('aftermath')).to.equal(`threw: CodeDeploy has not ended deployment ${deploymentId} within 30 s`)
    expect(Date.now()).to.be.within(30_000, 35_000)
  })

  it('ends its wait at once when the deployment is stopped', async () => {
    const deployment = inTurn(deploymentInfo(), deploymentInfo(), deploymentInfo({ status: 'Stopped' }))
    // Somebody else is registered there as well: nothing may be detached.
    const health = async () => [...initial, targetHealth('x-1', 'unhealthy')]
    expect(await gate('hook', { deployment, targetHealth: health })).to.deep.include({ verdict: 'Failed' })
    expect(Date.now()).to.equal(1000)
  })

  it('gives the scripts of one green one health time-out together, though each call of them is short', async () => {
    startAt(1_000_000)
    const greenTargets = async () => [asking('i-1', 1_000_000 - 299_000), asking('i-2', 1_000_000 - 310_000)]
    const autoScalingGroups = async () => [autoScalingGroup({ targetGroups: ['web'] })]
    expect(await gate('call', { greenTargets, autoScalingGroups, targetHealth: async () => initial }))
      .to.have.property('reason')
      .that.matches(/^not healthy within 300 s: /)
    // Of its own it looks for 15 s.
    expect(Date.now()).to.be.within(1_015_000, 1_020_000)
  })

  it('attaches nothing where one of several greens is refused', async () => {
    const deployment = async () => deploymentInfo({ targetInstances: { autoScalingGroups: ['a', 'b'] } })
    const autoScalingGroups = async () => [autoScalingGroup({ AutoScalingGroupName: 'a' })]
    expect(await gate('hook', { deployment, autoScalingGroups })).to.deep.equal({
      verdict: 'Failed',
      reason: 'green b does not exist',
    })
    expect(attached).to.deep.equal([])
  })

  it('names Classic Load Balancers and VPC Lattice once, and is not held up by them', async () => {
    const loadBalancerInfo = { targetGroupInfoList: [{ name: 'web' }], elbInfoList: [{ name: 'old' }] }
    const lattice = { Identifier: 'arn:aws:vpc-lattice:eu-west-1:123456789012:targetgroup/tg-1', Type: 'vpc-lattice' }
    const group = autoScalingGroup({ targetGroups: ['web'], LoadBalancerNames: ['old'], TrafficSources: [lattice] })
    expect(
      await gate('hook', {
        deployment: async () => deploymentInfo({ loadBalancerInfo }),
        autoScalingGroups: async () => [group],
        targetHealth: inTurn(initial, healthy),
      }),
    ).to.deep.include({ verdict: 'Succeeded' })
    expect(logged.filter(({ facts }) => 'notHandled' in facts)).to.deep.equal([
      { message: 'Greenlight handles target groups alone', facts: { notHandled: ['old', lattice.Identifier] } },
    ])
  })

  it('gives green its whole time where it was attached only now, however long its scripts have asked', async () => {
    startAt(1_000_000)
    const greenTargets = async () => [asking('i-1', 0), asking('i-2', 0)]
    expect(await gate('call', { greenTargets, targetHealth: async () => initial })).to.have.property(
      'verdict',
      'Failed',
    )
    expect(Date.now()).to.be.within(1_300_000, 1_305_000)
  })

  describe('of a deployment', () => {
    it('that does not exist fails', async () => {
      expect(await gate('hook', { deployment: async () => undefined })).to.deep.equal({
        verdict: 'Failed',
        reason: `deployment ${deploymentId} does not exist in this account and region`,
      })
    })

    it('that Greenlight cannot read fails', async () => {
      expect(await gate('hook', { deployment: async () => ({}) })).to.deep.include({ verdict: 'Failed' })
    })

    it('that there is nothing to gate about passes, with one request', async () => {
      expect(
        await gate('call', {
          deployment: async () => deploymentInfo({ creator: 'codeDeployRollback' }),
          autoScalingGroups: nobody,
        }),
      ).to.deep.equal({
        verdict: 'Succeeded',
        reason: `nothing to gate: deployment ${deploymentId} is a rollback`,
      })
    })

    it('that has succeeded passes where green has everything, and changes nothing', async () => {
      const deployment = async () => deploymentInfo({ status: 'Succeeded' })
      const isHeld = false
      const namesGreen = async () => [greenName]
      const complete = async () => [autoScalingGroup({ targetGroups: ['web'] })]
      expect(
        await gate('call', { isHeld, deployment, autoScalingGroupsNamedBy: namesGreen, autoScalingGroups: complete }),
      ).to.deep.equal({
        verdict: 'Succeeded',
        reason: `deployment ${deploymentId} has succeeded, and ${greenName} has 2 of 2 instances healthy behind web`,
      })
      expect(
        await gate('call', {
          isHeld,
          deployment,
          autoScalingGroupsNamedBy: namesGreen,
          autoScalingGroups: complete,
          greenTargets: async () => [],
        }),
      ).to.deep.include({
        verdict: 'Succeeded',
      })
      const autoScalingGroupsNamedBy = async () => ['the next']
      const lacking = async () => [autoScalingGroup()]
      const missing = { isHeld, deployment, autoScalingGroups: lacking, autoScalingGroupsNamedBy }
      expect(await gate('call', missing)).to.deep.equal({
        verdict: 'Failed',
        reason: `deployment ${deploymentId} has succeeded, but ${greenName} is without web: its deployment group names the next now`,
      })
      expect(
        await gate('call', {
          isHeld,
          deployment,
          autoScalingGroupsNamedBy: namesGreen,
          autoScalingGroups: complete,
          targetHealth: async () => initial,
        }),
      )
        .to.have.property('reason')
        .that.matches(/^deployment d-ABCDEF123 has succeeded, but CodeDeploy_.* has 0 of 2 instances healthy/)
      expect(attached).to.deep.equal([])
    })

    it('that has succeeded fails where Auto Scaling knows no green', async () => {
      for (const named of [greenName, 'the next']) {
        expect(
          await gate('call', {
            isHeld: false,
            deployment: async () => deploymentInfo({ status: 'Succeeded' }),
            autoScalingGroupsNamedBy: async () => [named],
            autoScalingGroups: async () => [],
          }),
        ).to.deep.equal({
          verdict: 'Failed',
          reason: `deployment ${deploymentId} has succeeded, but green ${greenName} does not exist`,
        })
      }
    })

    for (const status of ['Ready', 'Succeeded', 'Stopped'] as const) {
      it(`that is ${status} is not done with while Auto Scaling does not show green yet: a hold would be left, or not made`, async () => {
        const changed: string[] = []
        const note = (what: string) => async () => {
          changed.push(`${what} after ${Date.now() / 1000} s`)
          throw new Error('that is enough')
        }
        await gate('notification', {
          isHeld: status !== 'Ready',
          deployment: async () => deploymentInfo({ status }),
          autoScalingGroupsNamedBy: async () => [greenName],
          autoScalingGroups: inTurn([], [], [autoScalingGroup({ targetGroups: ['web'] })]),
          tag: note('tag'),
          resume: note('resume'),
        })
        expect(changed).to.deep.equal([`${status === 'Ready' ? 'tag' : 'resume'} after 2.5 s`])
      })

      it(`that is ${status} is done with where Auto Scaling does not show green for 5 s, and says so unless nothing is due`, async () => {
        await gate('notification', {
          deployment: async () => deploymentInfo({ status }),
          autoScalingGroupsNamedBy: async () => [greenName],
          autoScalingGroups: async () => [],
        })
        expect(Date.now()).to.equal(8_125)
        expect(logged.filter(({ message }) => message !== 'Waiting')).to.deep.equal(
          {
            Ready: [{ message: 'Refused', facts: { reason: `green ${greenName} does not exist` } }],
            Succeeded: [{ message: 'Not attached', facts: { reason: `green ${greenName} does not exist` } }],
            Stopped: [],
          }[status],
        )
      })
    }
  })

  describe('of the ECS and Lambda platforms', () => {
    const deployment = async () =>
      deploymentInfo({ computePlatform: 'ECS', status: 'InProgress', loadBalancerInfo: {} })
    const tags = new Map([
      ['greenlight:auto-scaling-groups', greenName],
      ['greenlight:target-groups', 'web'],
    ])

    it('is of the Auto Scaling groups and target groups that the tags name, and never asks for instances', async () => {
      expect(
        await gate('hook', { deployment, deploymentGroupTags: async () => tags, greenTargets: nobody }),
      ).to.deep.include({
        verdict: 'Succeeded',
      })
      expect(attached.map(({ green }) => green)).to.deep.equal([greenName])
    })

    it('reads the tags once, however short it waits, and again before it passes', async () => {
      let reads = 0
      const deploymentGroupTags = async () => {
        reads++
        return tags
      }
      await gate('hook', { deployment, deploymentGroupTags, targetHealth: inTurn(initial, initial, healthy) })
      expect(reads).to.equal(2)
    })

    it('fails without the tags', async () => {
      expect(await gate('hook', { deployment, deploymentGroupTags: async () => new Map() })).to.have.property(
        'verdict',
        'Failed',
      )
    })
  })

  describe('as a dry run', () => {
    it('says what it would change next, and changes nothing', async () => {
      expect(await gate('call', { isDryRun: true })).to.deep.equal({
        verdict: 'Pending',
        reason: 'a dry run: autoscaling:AttachLoadBalancerTargetGroups would come next',
        wouldChange: [
          {
            call: 'autoscaling:AttachLoadBalancerTargetGroups',
            green: greenName,
            targetGroups: [{ name: 'web', arn: arnOf('web') }],
          },
        ],
      })
      expect(attached).to.deep.equal([])
    })

    it('is Pending at once where it would wait', async () => {
      const autoScalingGroups = async () => [autoScalingGroup({ targetGroups: ['web'] })]
      const targetHealthOf = async () => initial
      expect(await gate('call', { isDryRun: true, autoScalingGroups, targetHealth: targetHealthOf })).to.have.property(
        'verdict',
        'Pending',
      )
      expect(Date.now()).to.equal(0)
    })

    it('passes where nothing is to be done, after the second look', async () => {
      const autoScalingGroups = async () => [autoScalingGroup({ targetGroups: ['web'] })]
      expect(await gate('call', { isDryRun: true, autoScalingGroups })).to.deep.equal({
        verdict: 'Succeeded',
        reason: `${greenName} has 2 of 2 instances healthy behind web`,
      })
    })
  })

  it('reads three round trips deep where nothing is to be attached, and one more before it passes', async () => {
    const started: { name: string; at: number }[] = []
    const taking1s =
      <Asked extends unknown[], Answer>(name: string, ask: (...asked: Asked) => Promise<Answer>) =>
      async (...asked: Asked): Promise<Answer> => {
        started.push({ name, at: Date.now() })
        await new Promise((resolve) => setTimeout(resolve, 1000))
        return ask(...asked)
      }
    await gate('hook', {
      deployment: taking1s('deployment', async () => deploymentInfo()),
      autoScalingGroups: taking1s('groups', async () => [autoScalingGroup({ targetGroups: ['web'] })]),
      targetGroups: taking1s('target groups', async () => new Map([['web', targetGroup('web')]])),
      greenTargets: taking1s('targets', async () => [installedTarget('i-1')]),
      targetHealth: taking1s('health', async () => healthy),
    })
    expect(started).to.have.deep.members([
      { name: 'deployment', at: 0 },
      { name: 'groups', at: 1000 },
      { name: 'target groups', at: 1000 },
      { name: 'targets', at: 1000 },
      { name: 'health', at: 2000 },
      { name: 'deployment', at: 3000 },
      { name: 'health', at: 3000 },
    ])
  })
})

describe('A gate attaches', () => {
  const { gate, attached, waits } = reconciling()

  const complete = [autoScalingGroup({ targetGroups: ['web'] })]
  const lacking = [autoScalingGroup()]
  /** Attaches that end so, one after the other; tells when they were tried. */
  const ending = (...refusals: readonly (AwsError | undefined)[]) => {
    const tried: number[] = []
    const attachTargetGroups = async () => {
      const refusal = refusals[Math.min(tried.push(Date.now()), refusals.length) - 1]
      if (refusal !== undefined) throw refusal
    }
    return { tried, attachTargetGroups }
  }
  const refused = new AwsError('ValidationError: already attached', { code: 'ValidationError', mayPass: false })
  const throttled = new AwsError('Throttling: Rate exceeded', { code: 'Throttling', mayPass: true })

  it('once, though Auto Scaling shows it only later', async () => {
    const { tried, attachTargetGroups } = ending(undefined)
    expect(
      await gate('hook', { attachTargetGroups, autoScalingGroups: inTurn(lacking, lacking, complete) }),
    ).to.deep.include({
      verdict: 'Succeeded',
    })
    expect(tried).to.deep.equal([0])
    expect(waits).to.deep.equal([`${greenName} is still without web`])
  })

  it('again where it does not show after 10 s: somebody has detached it', async () => {
    const { tried, attachTargetGroups } = ending(undefined)
    const autoScalingGroups = async () => (tried.length > 1 ? complete : lacking)
    expect(await gate('hook', { attachTargetGroups, autoScalingGroups })).to.deep.include({ verdict: 'Succeeded' })
    expect(tried).to.deep.equal([0, 13_125])
  })

  it('and fails in the end where it never shows', async () => {
    const { attachTargetGroups } = ending(undefined)
    expect(await gate('hook', { attachTargetGroups, autoScalingGroups: async () => lacking })).to.deep.equal({
      verdict: 'Failed',
      reason: `not healthy within 300 s: ${greenName} is still without web`,
    })
  })

  it('and passes where somebody else was faster, even where that shows only later', async () => {
    const { attachTargetGroups } = ending(refused)
    const autoScalingGroups = inTurn(lacking, lacking, complete)
    expect(await gate('hook', { attachTargetGroups, autoScalingGroups })).to.deep.include({ verdict: 'Succeeded' })
  })

  it("and fails with AWS's words where it was refused and stays missing for 5 s", async () => {
    const { tried, attachTargetGroups } = ending(refused)
    expect(await gate('hook', { attachTargetGroups, autoScalingGroups: async () => lacking })).to.equal(
      'threw: ValidationError: already attached',
    )
    expect(tried).to.deep.equal([0])
    expect(Date.now()).to.be.within(5_000, 10_000)
  })

  it('again what was throttled, after another look', async () => {
    const { tried, attachTargetGroups } = ending(throttled, undefined)
    const autoScalingGroups = async () => (tried.length > 1 ? complete : lacking)
    expect(await gate('hook', { attachTargetGroups, autoScalingGroups })).to.deep.include({ verdict: 'Succeeded' })
    expect(tried).to.deep.equal([0, 1000])
  })

  it('never after the deployment was stopped, however often it was throttled before', async () => {
    const { tried, attachTargetGroups } = ending(throttled)
    const deployment = inTurn(deploymentInfo(), deploymentInfo(), deploymentInfo({ status: 'Stopped' }))
    const targetHealth = async () => []
    expect(await gate('hook', { attachTargetGroups, deployment, targetHealth })).to.deep.include({
      verdict: 'Failed',
    })
    expect(tried).to.deep.equal([0, 1000])
  })

  it('to one green after the other, with a look at the deployment in between', async () => {
    const targetInstances = { autoScalingGroups: ['a', 'b'] }
    const deployment = inTurn(
      deploymentInfo({ targetInstances }),
      deploymentInfo({ targetInstances, status: 'Stopped' }),
    )
    const autoScalingGroups = async () => ['a', 'b'].map((name) => autoScalingGroup({ AutoScalingGroupName: name }))
    const targetHealth = async () => []
    expect(await gate('hook', { deployment, autoScalingGroups, targetHealth })).to.deep.include({ verdict: 'Failed' })
    expect(attached.map(({ green }) => green)).to.deep.equal(['a'])
  })

  it('and lets an error that is no answer of AWS escape', async () => {
    const attachTargetGroups = () => Promise.reject(new TypeError('undefined is not a function'))
    expect(await gate('hook', { attachTargetGroups })).to.equal('threw: undefined is not a function')
  })
})
