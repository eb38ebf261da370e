import { expect } from 'chai'
import { badRelease, inMode, type PlayedDeployment, settled, untouched } from '../playedDeployment.ts'
import { atReady, begin, failedInvocations, instancesIn, minutes, refusals, succeeds, tagged } from './scene.ts'

/** More often than any invocation asks. */
const always = Number.POSITIVE_INFINITY

describe('Never harm: holds and records', () => {
  let deployment: PlayedDeployment
  afterEach(() => deployment.aws.end())

  for (const times of [1, always]) {
    const often = times === 1 ? 'once' : 'for twenty minutes'

    it(`resumes what it suspended although AWS has refused to, ${often}, when traffic had arrived`, async () => {
      const refusal = refusals('ResumeProcesses', 'ResourceInUse', times)
      deployment = await begin({ meets: refusal.meets })
      await atReady(deployment)
      await succeeds(deployment)
      await deployment.later(minutes(20))
      refusal.left = 0
      await deployment.later(minutes(6))
      expect(deployment.now()).to.deep.equal(settled)
    })

    it(`resumes what it suspended although AWS has refused to, ${often}, when the deployment was stopped`, async () => {
      const refusal = refusals('ResumeProcesses', 'ResourceInUse', times)
      deployment = await begin({ meets: refusal.meets })
      const { aws, id, later, now } = deployment
      await atReady(deployment)
      aws.world.stopDeployment(id)
      await later(minutes(20))
      refusal.left = 0
      await later(minutes(6))
      expect(now()).to.deep.equal(untouched)
    })
  }

  for (const operation of ['SuspendProcesses', 'CreateOrUpdateTags']) {
    it(`answers a gate that AWS refused ${operation} once because the resource was in use`, async () => {
      deployment = await begin({ via: 'nobody', mode: 'gate', meets: refusals(operation, 'ResourceInUse').meets })
      const { aws, id } = deployment
      await atReady(deployment)
      expect(await aws.invoke({ DeploymentId: id })).to.include({ verdict: 'Succeeded' })
    })
  }

  it('attaches after an instance refresh that went on while traffic arrived and the deployment succeeded', async () => {
    deployment = await begin()
    const { aws, later, now } = deployment
    const refresh = aws.faults.add({
      action: 'autoscaling:AttachLoadBalancerTargetGroups',
      kind: 'InstanceRefreshInProgress',
      times: 'forever',
    })
    await atReady(deployment)
    await succeeds(deployment)
    await later(minutes(20))
    expect(now()).to.deep.include({ attached: [], held: [] })
    refresh()
    await later(minutes(6))
    expect(now()).to.deep.equal(settled)
  })

  for (const [mode, isStoppedFirst] of [
    ['heal', false],
    ['gate', false],
    ['gate', true],
  ] as const) {
    it(`ends well when a pipeline deletes green ${isStoppedFirst ? 'after' : 'before'} it stops the deployment, in mode ${mode}`, async () => {
      // The gate waits at Ready, with green attached, when the pipeline gives up.
      deployment = await begin({ mode, healthy: false })
      const { aws, id, green, later, now } = deployment
      await atReady(deployment)
      const group = aws.world.autoScalingGroups.get(green)
      if (isStoppedFirst) aws.world.stopDeployment(id)
      if (group) void aws.world.scaling.deleteGroup(group)
      await later(isStoppedFirst ? 0 : 2)
      if (!isStoppedFirst) aws.world.stopDeployment(id)
      await later(minutes(20))
      expect(now()).to.equal(undefined)
      expect(failedInvocations(aws)).to.deep.equal([])
      expect(aws.metrics('Refused')).to.equal(0)
    })
  }

  it('releases green after success whatever its deployment group is tagged meanwhile', async () => {
    for (const tag of ['gaet', 'Observe ', '']) {
      deployment = await begin()
      const { aws, later, now } = deployment
      await atReady(deployment)
      expect(now()?.held).to.have.length(5)
      inMode(aws.world, tag)
      await succeeds(deployment)
      await later(minutes(6))
      expect(now()?.held, tag).to.deep.equal([])
      if (tag !== '') await aws.end()
    }
  })

  for (const mode of ['heal', 'gate'] as const) {
    it(`does not count that nothing was missing when somebody strips its tags, and finds what stays suspended, in mode ${mode}`, async () => {
      deployment = await begin({ mode })
      const { aws, id, green, later, now } = deployment
      await aws.until(id, 'Ready')
      // The gate has attached, and waits for health.
      await later(8)
      const group = aws.world.autoScalingGroups.get(green)
      if (group) group.tags = group.tags.filter(({ key }) => !key.startsWith('greenlight:'))
      if (mode === 'heal') aws.world.continueDeployment(id)
      expect(await aws.played(id)).to.equal('Succeeded')
      await later(minutes(6))
      expect(now()?.attached).to.deep.equal(['web'])
      expect(aws.metrics('NothingMissing')).to.equal(0)
      const finding = aws.log.find(({ reason }) => `${reason}`.includes(green) && /suspended/.test(`${reason}`))
      expect(now()?.held.length === 0 || finding !== undefined).to.equal(true)
    })
  }

  it('leaves what failed to be looked at: nothing of it is replaced', async () => {
    deployment = await begin({
      ...badRelease,
      mode: 'gate',
      arrange: (world) => {
        badRelease.arrange(world)
        Object.assign(world.autoScalingGroups.get('blue') ?? {}, { healthCheckGracePeriodSeconds: 0 })
      },
    })
    const { aws, id, green, later, now } = deployment
    await aws.until(id, 'Ready')
    const before = instancesIn(aws.world, green)
    expect(await aws.played(id)).to.equal('Stopped')
    await later(minutes(15))
    expect(instancesIn(aws.world, green)).to.deep.equal(before)
    expect(now()).to.deep.equal(untouched)
    expect(aws.traffic.count().failed).to.equal(0)
  })

  it('waits for no drain: a deregistration delay of an hour fails no invocation', async () => {
    deployment = await begin({
      ...badRelease,
      mode: 'gate',
      arrange: (world) => void Object.assign(world.targetGroups.get('web') ?? {}, { deregistrationDelaySeconds: 3600 }),
    })
    const { aws, id, later, now } = deployment
    expect(await aws.played(id)).to.equal('Stopped')
    await later(minutes(90))
    expect(failedInvocations(aws)).to.deep.equal([])
    expect(now()).to.deep.equal(untouched)
  })

  describe('that somebody else wrote', () => {
    const suspended = ['ReplaceUnhealthy', 'HealthCheck']
    for (const [what, tags] of [
      ['a record that is no deployment id', { 'greenlight:record': 'nonsense' }],
      ['a hold of nonsense', { 'greenlight:held': `nonsense 1 ${suspended.join(' ')}` }],
      [
        'a hold of another deployment',
        { 'greenlight:record': 'd-OTHER0001', 'greenlight:held': `d-OTHER0001 1764000000 ${suspended.join(' ')}` },
      ],
    ] as const) {
      it(`are found and never acted on: ${what}`, async () => {
        deployment = await begin()
        const { aws, green, later, now } = deployment
        await atReady(deployment)
        await succeeds(deployment)
        expect(now()).to.deep.equal(settled)
        aws.world.suspendProcesses(green, suspended)
        tagged(aws.world, green, tags)
        const lines = aws.log.length
        await later(minutes(16))
        expect(now()).to.deep.include({ attached: ['web'], held: suspended })
        expect(failedInvocations(aws)).to.deep.equal([])
        expect(aws.log.slice(lines).some(({ reason }) => `${reason}`.includes('greenlight:'))).to.equal(true)
      })
    }
  })
})
