import { expect } from 'chai'
import type { Fault } from '../../../simulator/wire/faults.ts'
import { earlierDeployment } from '../deploymentStates.ts'
import { failedInvocations, instancesIn, minutes, tagged } from '../neverHarm/scene.ts'
import type { PlayedDeployment, World } from '../playedDeployment.ts'
import type { playground } from '../playground.ts'
import {
  begin,
  callsOf,
  greenTargets,
  killedAt,
  outcomeOf,
  played,
  recordsOf,
  registeredIn,
  registrationsOf,
  retag,
  saidBy,
  targetGroupOf,
  until,
  untilProving,
  wasStopped,
  wentOn,
} from './scene.ts'

type Known = NonNullable<NonNullable<Parameters<typeof playground>[0]>['known']>

/** The function never hears of these states. */
const deafTo =
  (...states: readonly string[]): Known =>
  (handler) =>
  async (event, context) =>
    states.includes(Object(Object(event)['detail'])['state']) ? null : handler(event, context)

describe('Test target groups: the end of the proof', () => {
  let deployment: PlayedDeployment
  afterEach(() => deployment.aws.end())

  for (const healthy of [true, false]) {
    const release = healthy ? 'good' : 'bad'
    const expected = healthy ? wentOn : wasStopped

    for (const [when, operation, of] of [
      ['before', 'CreateOrUpdateTags', 'greenlight:testing'],
      ['after', 'CreateOrUpdateTags', 'greenlight:testing'],
      ['before', 'RegisterTargets', ''],
      ['after', 'RegisterTargets', ''],
      ['before', 'DeregisterTargets', ''],
      ['after', 'DeregisterTargets', ''],
      ['before', 'DeleteTags', 'greenlight:testing'],
      ['after', 'DeleteTags', 'greenlight:testing'],
    ] as const) {
      it(`is the same for a ${release} release where the function dies ${when} ${operation}`, async () => {
        deployment = await begin({ healthy, meets: killedAt(when, operation, of) })
        await played(deployment)
        await deployment.later(minutes(6))
        expect(outcomeOf(deployment)).to.deep.equal(expected)
        expect(failedInvocations(deployment.aws)).to.have.length(1)
      })
    }

    it(`is the same for a ${release} release where every notification is lost`, async () => {
      deployment = await begin({ healthy, via: 'nobody' })
      await played(deployment)
      expect(outcomeOf(deployment)).to.deep.equal(expected)
      expect(registrationsOf(deployment)).to.have.length(2)
    })

    for (const [operation, kind, times] of [
      ['RegisterTargets', 'throttle', 4],
      ['RegisterTargets', 'error500', 4],
      ['RegisterTargets', 'ResourceInUse', 2],
      ['RegisterTargets', 'resetAfter', 1],
      ['DeregisterTargets', 'throttle', 12],
      ['DeregisterTargets', 'ResourceInUse', 2],
      ['DeregisterTargets', 'accessDenied', 2],
      ['DeregisterTargets', 'resetAfter', 1],
      ['DescribeTargetGroups', 'notYet', 1],
      ['DescribeTags', 'throttle', 4],
    ] as const) {
      it(`is the same for a ${release} release where AWS answers ${operation} ${times} times with ${kind}`, async () => {
        const fault: Fault = { action: `elasticloadbalancing:${operation}`, kind, times }
        deployment = await begin({ healthy, faults: [fault] })
        await played(deployment)
        expect(outcomeOf(deployment)).to.deep.equal(expected)
      })
    }
  }

  it('stops nobody where Greenlight may not register, says what it was refused, and goes on once it may', async () => {
    deployment = await begin()
    const { aws, id, later } = deployment
    const allow = aws.faults.add({
      action: 'elasticloadbalancing:RegisterTargets',
      kind: 'accessDenied',
      times: 'forever',
      principal: 'lambda',
    })
    await aws.until(id, 'Ready')
    await later(minutes(12))
    expect(outcomeOf(deployment)).to.deep.include({ status: 'Ready', attached: [], registered: [], usersTooEarly: [] })
    expect(saidBy(aws)).to.match(/RegisterTargets/)
    allow()
    await played(deployment)
    expect(outcomeOf(deployment)).to.deep.equal(wentOn)
  })

  it('keeps the record of what it may not deregister, and deregisters once it may', async () => {
    deployment = await begin({ healthy: false })
    const { aws, id, green, later } = deployment
    const allow = aws.faults.add({
      action: 'elasticloadbalancing:DeregisterTargets',
      kind: 'accessDenied',
      times: 'forever',
      principal: 'lambda',
    })
    await aws.played(id)
    await later(minutes(31))
    expect(recordsOf(aws.world, green)).to.include('greenlight:testing/greenlight-web')
    expect(outcomeOf(deployment)).to.deep.include({ status: 'Stopped', attached: [], held: [] })
    expect(aws.metrics('Refused')).to.be.above(0)
    allow()
    await later(minutes(11))
    expect(outcomeOf(deployment)).to.deep.equal(wasStopped)
  })

  for (const isStripped of [false, true]) {
    it(`comes with the sweep where STOP is lost${isStripped ? ', and the tags of the deployment group with it' : ''}`, async () => {
      deployment = await begin({ healthy: false, known: deafTo('STOP') })
      const { aws, id } = deployment
      await untilProving(deployment)
      // The run that waits for health is gone, too.
      for (const run of aws.runs) if (run.ended === undefined) run.die()
      aws.world.stopDeployment(id)
      if (isStripped) retag(aws.world, {})
      expect(registeredIn(aws.world)).to.have.length(2)
      await played(deployment)
      expect(outcomeOf(deployment)).to.deep.equal(wasStopped)
    })
  }

  for (const healthy of [true, false]) {
    it(`waits for no deregistration delay, of a ${healthy ? 'good' : 'bad'} release`, async () => {
      const slow = { deregistrationDelaySeconds: 1500 }
      const arrange = (world: World) => void Object.assign(targetGroupOf(world, 'greenlight-web'), slow)
      deployment = await begin({ healthy, arrange })
      const { aws, id, later } = deployment
      await aws.played(id)
      await later(60)
      const { registered, attached, held } = outcomeOf(deployment)
      expect({ registered, attached, held }).to.deep.equal({
        registered: [],
        attached: healthy ? ['web'] : [],
        held: [],
      })
      await later(minutes(36))
      expect(outcomeOf(deployment)).to.deep.equal(healthy ? wentOn : wasStopped)
      expect(failedInvocations(aws)).to.deep.equal([])
    })
  }

  for (const [what, strip] of [
    ["the deployment group's", ({ aws }: PlayedDeployment) => retag(aws.world, { 'greenlight:mode': 'gate' })],
    ["green's", ({ aws, green }: PlayedDeployment) => stripRecords(aws.world, green)],
  ] as const) {
    for (const healthy of [true, false]) {
      it(`leaves nothing registered where Terraform strips ${what} tags during the proof of a ${healthy ? 'good' : 'bad'} release`, async () => {
        deployment = await begin({ healthy })
        await untilProving(deployment)
        strip(deployment)
        await played(deployment)
        await deployment.later(minutes(6))
        const { usersTooEarly, ...outcome } = outcomeOf(deployment)
        const { usersTooEarly: none, ...expected } = healthy ? wentOn : wasStopped
        expect(outcome).to.deep.equal(expected)
        // Without the deployment group's tag the proof is one by attaching.
        if (what === "green's") expect(usersTooEarly).to.deep.equal(none)
      })
    }
  }

  it('is followed by the attachment though an instance was given up, and the news of the success is lost', async () => {
    deployment = await begin({
      instances: 4,
      known: deafTo('SUCCESS'),
      settings: { GREENLIGHT_MINIMUM_HEALTHY_PERCENT: '75' },
    })
    const { aws, green, later } = deployment
    while (instancesIn(aws.world, green).length < 4) await later(1)
    aws.world.failEvent(instancesIn(aws.world, green)[0] ?? '', 'Install')
    await played(deployment)
    expect(outcomeOf(deployment)).to.deep.equal(wentOn)
  })

  it('takes no record for its own that CodeDeploy copied from blue', async () => {
    deployment = await begin({ healthy: true })
    const { aws, green } = deployment
    earlierDeployment(aws.world, deployment.id, 'd-OLD000001')
    const records = {
      'greenlight:record': 'd-OLD000001',
      'greenlight:testing/greenlight-web': 'd-OLD000001 1764000000',
    }
    tagged(aws.world, 'blue', records)
    await until(deployment, () => instancesIn(aws.world, green).length === 2)
    expect(recordsOf(aws.world, green)).to.not.deep.equal([])
    await played(deployment)
    expect(registrationsOf(deployment)).to.have.length(2)
    expect(outcomeOf(deployment)).to.deep.equal(wentOn)
    expect(aws.log.filter(({ message }) => message === 'Finding')).to.deep.equal([])
  })

  for (const [what, record] of [
    ['nonsense', 'nonsense'],
    ['another deployment', 'd-OTHER0001 1764000000'],
  ] as const) {
    it(`deregisters nobody because of a record that somebody else wrote: ${what}`, async () => {
      deployment = await begin()
      const { aws, green, later } = deployment
      await played(deployment)
      const before = callsOf(deployment, 'DeregisterTargets').length
      const web = targetGroupOf(aws.world, 'greenlight-web')
      aws.world.targetHealth.register(web, instancesIn(aws.world, green))
      tagged(aws.world, green, { 'greenlight:testing/greenlight-web': record })
      await later(minutes(11))
      expect(callsOf(deployment, 'DeregisterTargets').slice(before)).to.deep.equal([])
      expect(registeredIn(aws.world)).to.have.length(2)
      expect(saidBy(aws)).to.include('greenlight:testing/greenlight-web')
      expect(failedInvocations(aws)).to.deep.equal([])
    })
  }

  it('is not attempted in a target group outside the pattern, whatever a record says: that is a finding', async () => {
    deployment = await begin({ arrange: (world) => void world.createTargetGroup({ name: 'theirs' }) })
    const { aws, id, green, later } = deployment
    await played(deployment)
    const [before, failed] = [callsOf(deployment, 'DeregisterTargets').length, failedInvocations(aws)]
    aws.world.targetHealth.register(targetGroupOf(aws.world, 'theirs'), instancesIn(aws.world, green))
    tagged(aws.world, green, { 'greenlight:record': id, 'greenlight:testing/theirs': `${id} 1764000000` })
    await later(minutes(11))
    expect(callsOf(deployment, 'DeregisterTargets').slice(before)).to.deep.equal([])
    expect(failedInvocations(aws)).to.deep.equal(failed)
    expect(saidBy(aws)).to.include('greenlight:testing/theirs')
  })

  const isShifting = (event: string, count: number) => () =>
    greenTargets(deployment).filter(({ lifecycleEvents }) =>
      lifecycleEvents.some(({ name, status }) => name === event && status === 'Succeeded'),
    ).length === count

  for (const [what, isSo] of [
    ['after the first batch', isShifting('AllowTraffic', 1)],
    ['when traffic has arrived', isShifting('AllowTraffic', 3)],
  ] as const) {
    it(`is clean where a person stops the deployment ${what}`, async () => {
      deployment = await begin({ instances: 3 })
      const { aws, id } = deployment
      await until(deployment, isSo)
      aws.world.stopDeployment(id)
      await played(deployment)
      const { status, held, registered, usersTooEarly } = outcomeOf(deployment)
      expect({ status, held, registered, usersTooEarly }).to.deep.equal({
        ...{ status: 'Stopped', held: [], registered: [], usersTooEarly: [] },
      })
      expect(recordsOf(aws.world, deployment.green).filter((key) => key.includes('testing'))).to.deep.equal([])
      expect(aws.traffic.count().failed).to.equal(0)
    })
  }

  it('is clean where blue cannot be deregistered and the deployment fails', async () => {
    deployment = await begin({ batches: [2, 1] })
    const { aws, id, green } = deployment
    aws.world.failDeregistration(instancesIn(aws.world, 'blue')[0] ?? '')
    expect(await aws.played(id)).to.equal('Failed')
    await deployment.later(minutes(11))
    expect(outcomeOf(deployment)).to.deep.include({ held: [], registered: [], usersTooEarly: [] })
    expect(recordsOf(aws.world, green).filter((key) => key.includes('testing'))).to.deep.equal([])
    expect(aws.traffic.count().failed).to.equal(0)
  })

  it("is nobody else's: an instance that another registered there by hand stays", async () => {
    deployment = await begin({ healthy: false })
    const { aws } = deployment
    const [other = ''] = instancesIn(aws.world, 'blue')
    aws.world.targetHealth.register(targetGroupOf(aws.world, 'greenlight-web'), [other])
    await played(deployment)
    expect(outcomeOf(deployment)).to.deep.equal(wasStopped)
    expect(registeredIn(aws.world)).to.deep.equal([other])
  })

  it('does not fail where the test target group, or green, is deleted during the proof', async () => {
    for (const what of ['greenlight-web', 'green']) {
      deployment = await begin({ healthy: false })
      const { aws, id, green, later } = deployment
      await untilProving(deployment)
      const group = aws.world.autoScalingGroups.get(green)
      if (what === 'greenlight-web') aws.world.deleteTargetGroup(what)
      else if (group) void aws.world.scaling.deleteGroup(group)
      await later(5)
      if (aws.world.deployments.get(id)?.status === 'Ready') aws.world.stopDeployment(id)
      await played(deployment)
      await later(minutes(11))
      expect(recordsOf(aws.world, green), what).to.deep.equal([])
      const { held = [], attached = [] } = outcomeOf({ ...deployment, aws }, green)
      expect({ held, attached }, what).to.deep.equal({ held: [], attached: [] })
      if (what === 'greenlight-web') await aws.end()
    }
  })
})

const stripRecords = (world: World, green: string): void => {
  const group = world.autoScalingGroups.get(green)
  if (group) group.tags = group.tags.filter(({ key }) => !key.startsWith('greenlight:'))
}
