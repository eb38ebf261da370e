import { expect } from 'chai'
import { doors, inMode, type Life, lifeOf, live, productionOf, settled, stateOf } from './life.ts'
import { ready } from './standing.ts'
import { bySns, told } from './told.ts'

const nothingToGate = {
  'is a rollback': { creator: 'codeDeployRollback' },
  'was made by Auto Scaling for an instance that it launched': { creator: 'autoscaling' },
  'was made by Auto Scaling for an instance that it terminates': { creator: 'autoscalingTermination' },
  'brings outdated instances up to date': { creator: 'CodeDeployAutoUpdate' },
  'is in-place': { deploymentStyle: { deploymentType: 'IN_PLACE', deploymentOption: 'WITH_TRAFFIC_CONTROL' } },
  'is without traffic control': {
    deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITHOUT_TRAFFIC_CONTROL' },
  },
  'has only Classic Load Balancers (old), which Greenlight does not handle': {
    loadBalancerInfo: { elbInfoList: [{ name: 'old' }] },
  },
  'has a green given only by instance tags, without an Auto Scaling group': {
    targetInstances: { tagFilters: [{ Key: 'color', Value: 'green', Type: 'KEY_AND_VALUE' }] },
    blueGreen: { greenFleetProvisioningOption: { action: 'DISCOVER_EXISTING' }, deploymentReadyOption: {} },
  },
}

describe('Whose business a deployment is (design 2.1; built bundle, real protocols)', () => {
  let life: Life
  afterEach(() => life.aws.end())

  /** What an invocation has to say, and to show for it. */
  const invoked = async (event: unknown) => {
    const before = { calls: life.aws.calls.length, lines: life.aws.log.length }
    const answer = await life.aws.invoke(event)
    return {
      answer,
      actions: life.aws.calls.slice(before.calls).map(({ action }) => action),
      lines: life.aws.log.slice(before.lines).map(({ level, message, reason }) => `${level} ${message}: ${reason}`),
    }
  }

  for (const [why, differences] of Object.entries(nothingToGate)) {
    it(`is nobody's where it ${why}: a hook and a call pass, a notification is not worth a line, in any mode`, async () => {
      life = await live()
      const { aws, id } = life
      await ready(life, 'Ready')
      Object.assign(aws.world.deployments.get(id) ?? {}, differences)
      const read = ['codedeploy:GetDeployment']
      const reason = `nothing to gate: deployment ${id} ${why}`
      for (const mode of ['heal', 'gate', 'observe', 'heel']) {
        inMode(aws.world, mode)
        for (const event of [told.EventBridge(id), told.SNS(id)]) {
          expect(await invoked(event)).to.deep.equal({ answer: null, actions: read, lines: [] })
        }
        expect(await invoked({ DeploymentId: id })).to.deep.equal({
          answer: { verdict: 'Succeeded', reason, deploymentId: id },
          actions: read,
          lines: [`INFO Verdict: ${reason}`],
        })
        const { lines } = await invoked({ DeploymentId: id, LifecycleEventHookExecutionId: 'execution-1' })
        expect(lines[0]).to.equal(`INFO Verdict: ${reason}`)
      }
    })
  }

  for (const via of doors) {
    it(`is nobody's where it does not exist: one line with the reason, and success (${via})`, async () => {
      life = await live()
      expect(await invoked(told[via]('d-NOTHERE00'))).to.deep.equal({
        answer: null,
        actions: ['codedeploy:GetDeployment'],
        lines: ['WARN Refused: deployment d-NOTHERE00 does not exist in this account and region'],
      })
      expect(life.aws.metrics('Refused')).to.equal(1)
    })

    it(`is told of, once its deployment group is deleted, without harm: released, and what serves is kept (${via})`, async () => {
      life = await live({ via })
      const { aws, id, later, now, lines } = life
      await aws.until(id, 'Ready')
      await later(20)
      aws.world.stopDeployment(id)
      aws.world.deploymentGroups.delete('shop/production')
      await later(60)
      expect(now()).to.deep.equal({ attached: [], held: [], records: {} })
      expect(lines('Could not handle a notification')).to.deep.equal([])
    })

    for (const [what, differences, reason] of [
      [
        'compute platform',
        { computePlatform: 'Kubernetes' },
        'is of compute platform Kubernetes, which Greenlight does not know',
      ],
      [
        'style',
        { deploymentStyle: { deploymentType: 'ROLLING', deploymentOption: 'WITH_TRAFFIC_CONTROL' } },
        'is of style ROLLING WITH_TRAFFIC_CONTROL, which Greenlight does not know',
      ],
      [
        'load balancer',
        { loadBalancerInfo: {} },
        'is with traffic control and names neither a target group nor a Classic Load Balancer',
      ],
    ] as const) {
      it(`is let alone where it is of a ${what} that Greenlight does not know: one line, and success (${via})`, async () => {
        life = await live({ mode: 'gate' })
        await ready(life, 'Ready')
        Object.assign(life.aws.world.deployments.get(life.id) ?? {}, differences)
        const { answer, lines } = await invoked(told[via](life.id))
        expect({ answer, lines, changes: life.aws.changes() }).to.deep.equal({
          answer: null,
          lines: [`WARN Refused: deployment ${life.id} ${reason}`],
          changes: [],
        })
      })
    }

    it(`goes by what CodeDeploy says, and no name is taken apart: a deployment group called blue_green_1 (F13, ${via})`, async () => {
      life = await live({
        via,
        mode: 'gate',
        arrange: (world) => {
          const group = productionOf(world)
          world.createDeploymentGroup({
            name: 'blue_green_1',
            autoScalingGroup: 'blue',
            targetGroups: ['web'],
            readyWaitMinutes: 60,
            tags: { 'greenlight:mode': 'gate' },
          })
          const [trigger] = group.triggers
          if (trigger) world.notifications.createTrigger('shop', 'blue_green_1', trigger)
        },
      })
      const { aws } = life
      const other = lifeOf(aws, aws.world.deploy({ deploymentGroup: 'blue_green_1' }))
      aws.world.stopDeployment(life.id)
      expect(await aws.played(other.id)).to.equal('Succeeded')
      await other.later(60)
      expect(stateOf(aws.world, `CodeDeploy_blue_green_1_${other.id}`)).to.deep.equal(settled)
    })

    it(`is of the wanted target groups alone: what blue has beyond them is not green's (${via})`, async () => {
      life = await live({
        via,
        waitsAtReady: false,
        arrange: (world) => {
          world.createTargetGroup({ name: 'api' })
          const blue = world.autoScalingGroups.get('blue')
          const api = world.targetGroups.get('api')
          if (blue && api) world.scaling.attach(blue, [api.arn], 'targetGroups')
        },
      })
      expect(await life.aws.played(life.id)).to.equal('Succeeded')
      await life.later(60)
      expect(life.now()).to.deep.equal(settled)
    })
  }

  it('of several records of one SNS event each is handled on its own: a bad one loses no other, and any that failed fails the invocation', async () => {
    life = await live()
    const { aws, id, now } = life
    await ready(life, 'Ready')
    aws.faults.add({
      action: 'codedeploy:GetDeployment',
      kind: 'accessDenied',
      times: 'forever',
      when: ({ deploymentId }) => deploymentId === 'd-DENIED',
    })
    const messages = [
      'You have successfully subscribed',
      JSON.stringify({ deploymentId: 'd-DENIED' }),
      '{"deploymentId": 7}',
    ]
    const { answer, lines } = await invoked(bySns(...messages, JSON.stringify({ deploymentId: id })))
    expect(answer['errorMessage']).to.match(
      /^1 of 2 deployments could not be handled: codedeploy:GetDeployment failed: AccessDenied/,
    )
    expect(lines.filter((line) => line.startsWith('WARN Ignored'))).to.deep.equal([
      'WARN Ignored: a message that is not JSON: "You have successfully subscribed"',
      'WARN Ignored: a notification without a deployment id: DeploymentId is not a string',
    ])
    expect(now()?.held).to.have.length(5)
    expect(await invoked(bySns(...messages.filter((message) => !message.includes('DENIED'))))).to.deep.include({
      answer: null,
      actions: [],
    })
  })
})
