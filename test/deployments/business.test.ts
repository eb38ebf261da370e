import { expect } from 'chai'
import { ready } from './deploymentStates.ts'
import { bySns, notifications } from './notifications.ts'
import {
  beginDeployment,
  doors,
  inMode,
  type PlayedDeployment,
  playedDeployment,
  productionOf,
  settled,
  stateOf,
} from './playedDeployment.ts'

const nothingToGate = {
  'is a rollback': { creator: 'codeDeployRollback' },
  'was made by Auto Scaling for an instance that it launched': { creator: 'autoscaling' },
  'was made by Auto Scaling for an instance that it terminates': { creator: 'autoscalingTermination' },
  'brings outdated instances up to date': { creator: 'CodeDeployAutoUpdate' },
  'is in-place': { deploymentStyle: { deploymentType: 'IN_PLACE', deploymentOption: 'WITH_TRAFFIC_CONTROL' } },
  'is without traffic control': {
    deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITHOUT_TRAFFIC_CONTROL' },
  },
  'is in-place ': { deploymentStyle: {} },
  'has no application or no deployment group': { application: undefined, deploymentGroup: undefined },
  'has only Classic Load Balancers (old), which Greenlight does not handle': {
    loadBalancerInfo: { elbInfoList: [{ name: 'old' }] },
  },
  'has a green given only by instance tags, without an Auto Scaling group': {
    targetInstances: { tagFilters: [{ Key: 'color', Value: 'green', Type: 'KEY_AND_VALUE' }] },
    blueGreen: { greenFleetProvisioningOption: { action: 'DISCOVER_EXISTING' }, deploymentReadyOption: {} },
  },
}

describe('Which deployments Greenlight handles', () => {
  let deployment: PlayedDeployment
  afterEach(() => deployment.aws.end())

  /** What an invocation has to say, and to show for it. */
  const invoked = async (event: unknown) => {
    const before = { calls: deployment.aws.calls.length, lines: deployment.aws.log.length }
    const answer = await deployment.aws.invoke(event)
    return {
      answer,
      actions: deployment.aws.calls.slice(before.calls).map(({ action }) => action),
      lines: deployment.aws.log
        .slice(before.lines)
        .map(({ level, message, reason }) => `${level} ${message}: ${reason}`),
    }
  }

  for (const [why, differences] of Object.entries(nothingToGate)) {
    it(`passes a hook and a call, and ignores notifications, in any mode, for a deployment that ${why}`, async () => {
      deployment = await beginDeployment()
      const { aws, id } = deployment
      await ready(deployment, 'Ready')
      Object.assign(aws.world.deployments.get(id) ?? {}, differences)
      const read = ['codedeploy:GetDeployment']
      const reason = `nothing to gate: deployment ${id} ${why.trim()}`
      for (const mode of ['heal', 'gate', 'observe', 'heel']) {
        inMode(aws.world, mode)
        for (const event of [notifications.EventBridge(id), notifications.SNS(id)]) {
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
    it(`logs one line and succeeds for a deployment that does not exist (${via})`, async () => {
      deployment = await beginDeployment()
      expect(await invoked(notifications[via]('d-NOTHERE00'))).to.deep.equal({
        answer: null,
        actions: ['codedeploy:GetDeployment'],
        lines: ['WARN Refused: deployment d-NOTHERE00 does not exist in this account and region'],
      })
      expect(deployment.aws.metrics('Refused')).to.equal(1)
    })

    it(`releases green, and keeps what serves, when the deployment group is deleted (${via})`, async () => {
      deployment = await beginDeployment({ via })
      const { aws, id, later, now, lines } = deployment
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
      it(`logs one line and changes nothing for a ${what} that Greenlight does not know (${via})`, async () => {
        deployment = await beginDeployment({ mode: 'gate' })
        await ready(deployment, 'Ready')
        Object.assign(deployment.aws.world.deployments.get(deployment.id) ?? {}, differences)
        const { answer, lines } = await invoked(notifications[via](deployment.id))
        expect({ answer, lines, changes: deployment.aws.changes() }).to.deep.equal({
          answer: null,
          lines: [`WARN Refused: deployment ${deployment.id} ${reason}`],
          changes: [],
        })
      })
    }

    it(`believes CodeDeploy and takes no name apart: a deployment group called blue_green_1 (${via})`, async () => {
      deployment = await beginDeployment({
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
      const { aws } = deployment
      const other = playedDeployment(aws, aws.world.deploy({ deploymentGroup: 'blue_green_1' }))
      aws.world.stopDeployment(deployment.id)
      expect(await aws.played(other.id)).to.equal('Succeeded')
      await other.later(60)
      expect(stateOf(aws.world, `CodeDeploy_blue_green_1_${other.id}`)).to.deep.equal(settled)
    })

    it(`attaches the wanted target groups alone, and none that only blue has (${via})`, async () => {
      deployment = await beginDeployment({
        via,
        waitsAtReady: false,
        arrange: (world) => {
          world.createTargetGroup({ name: 'api' })
          const blue = world.autoScalingGroups.get('blue')
          const api = world.targetGroups.get('api')
          if (blue && api) world.scaling.attach(blue, [api.arn], 'targetGroups')
        },
      })
      expect(await deployment.aws.played(deployment.id)).to.equal('Succeeded')
      await deployment.later(60)
      expect(deployment.now()).to.deep.equal(settled)
    })
  }

  it('handles each record of an SNS event on its own: a bad one stops no other, and a failed one fails the invocation', async () => {
    deployment = await beginDeployment()
    const { aws, id, now } = deployment
    await ready(deployment, 'Ready')
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
      'WARN Ignored: a message that is not JSON, of 32 characters',
      'WARN Ignored: a notification without a deployment id: DeploymentId is not a string',
    ])
    expect(now()?.held).to.have.length(5)
    expect(await invoked(bySns(...messages.filter((message) => !message.includes('DENIED'))))).to.deep.include({
      answer: null,
      actions: [],
    })
  })
})
