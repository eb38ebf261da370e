import { expect } from 'chai'
import { type Simulator, simulate } from '../../../simulator/simulate.ts'
import { type VirtualTime, virtualTime } from '../../../simulator/virtualTime.ts'
import { attachedArns, inServiceOf } from '../../../simulator/world/state.ts'
import { withEnvironment } from '../../environment.ts'
import { authorizeByTemplate } from '../../policies/authorize.ts'

// Whole deployments on the sources in src/; test/deployments/ plays them, and many more, on what esbuild makes of them.
describe('From the beginning to the end of a deployment, the sources', () => {
  let time: VirtualTime
  let aws: Simulator
  let leave: () => void
  let id: string

  beforeEach(async () => {
    time = virtualTime()
    aws = await simulate({ authorize: authorizeByTemplate() })
    const functionName = 'CodeDeployHook_greenlight'
    const { accessKeyId, secretAccessKey } = aws.credentials({ kind: 'lambda', functionName })
    leave = withEnvironment({
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      POWERTOOLS_LOG_LEVEL: 'SILENT',
      POWERTOOLS_METRICS_DISABLED: 'true',
    })
    // A cold start of its own for every test: its clients know this simulator's address.
    const { handler } = (await import(`../../../src/gate.ts?${aws.endpoint}`)) as typeof import('../../../src/gate.ts')
    const { world } = aws
    world.createFunction({
      name: functionName,
      handler: (event, context) => handler(event, context),
      rules: [{ source: ['aws.codedeploy'] }],
    })
    world.createTargetGroup({ name: 'web', requestsPerSecond: 20 })
    world.createAutoScalingGroup({ name: 'blue', targetGroups: ['web'] })
    world.createDeploymentGroup({
      name: 'production',
      autoScalingGroup: 'blue',
      targetGroups: ['web'],
      readyWaitMinutes: 60,
    })
  })
  afterEach(async () => {
    leave()
    await aws.close()
    time.restore()
  })

  const group = () => aws.world.deploymentGroups.get('shop/production')
  const tag = (value: string) => void group()?.tags.push({ key: 'greenlight:mode', value })
  const begin = (healthy = true) => {
    id = aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v2', healthy } })
  }
  const ended = async () => {
    const status = await time.run(aws.world.deploymentEnded(id))
    await time.advance(400_000)
    return status
  }
  const green = () => {
    const found = aws.world.autoScalingGroups.get(`CodeDeploy_production_${id}`)
    return (
      found && { attached: attachedArns(found).length, held: found.suspendedProcesses.length, tags: found.tags.length }
    )
  }
  /** Nobody else calls AWS over the wire here. */
  const actions = () => aws.calls.map(({ action }) => action)

  it('heal: hold at Ready, attach and release on arrival, settle', async () => {
    begin()
    await time.advance(120_000)
    expect(green()).to.deep.equal({ attached: 0, held: 5, tags: 2 })
    aws.world.continueDeployment(id)
    expect(await ended()).to.equal('Succeeded')
    expect(green()).to.deep.equal({ attached: 1, held: 0, tags: 0 })
  })

  it('gate: continue what is healthy, and count what one invocation did though another forgets it', async () => {
    tag('gate')
    begin()
    expect(await ended()).to.equal('Succeeded')
    expect(green()).to.deep.equal({ attached: 1, held: 0, tags: 0 })
  })

  it('gate: stop what is not, and undo', async () => {
    tag('gate')
    begin(false)
    expect(await ended()).to.equal('Stopped')
    expect(green()).to.deep.equal({ attached: 0, held: 0, tags: 0 })
  })

  it('gate: stop at once what preflight refuses, and nothing that moves its traffic', async () => {
    tag('gate')
    begin()
    await time.advance(60_000)
    Object.assign(aws.world.targetGroups.get('web') ?? {}, { targetType: 'ip' })
    expect(await ended()).to.be.oneOf(['Stopped', 'Succeeded', 'Failed'])
    begin()
    expect(await ended()).to.equal('Stopped')
    expect(green()).to.equal(undefined)
  })

  for (const [action, healthy, status] of [
    ['codedeploy:StopDeployment', false, 'Stopped'],
    ['codedeploy:ContinueDeployment', true, 'Succeeded'],
  ] as const) {
    for (const kind of ['resetAfter', 'reset', 'throttle', 'accessDenied'] as const) {
      it(`gate: come to the same end where ${action} meets ${kind}`, async () => {
        tag('gate')
        aws.faults.add({ action, kind })
        begin(healthy)
        expect(await ended()).to.equal(status)
        expect(green()).to.deep.equal({ attached: healthy ? 1 : 0, held: 0, tags: 0 })
      })
    }
  }

  it('fail a call for a status that nobody knows, and let it pass in mode observe; a notification does nothing', async () => {
    begin()
    await time.advance(120_000)
    Object.assign(aws.world.deployments.get(id) ?? {}, { status: 'Paused' })
    const call = aws.world.lambda.named('CodeDeployHook_greenlight')
    if (call === undefined) throw new Error('no function')
    const asked = async (event: unknown) => JSON.parse((await time.run(aws.world.lambda.invoke(call, event))).payload)
    const notification = aws.world.notifications.sent.at(-1)?.event
    expect(await asked({ DeploymentId: id })).to.have.property(
      'reason',
      `deployment ${id} has status Paused, which Greenlight does not know`,
    )
    expect(await asked(notification)).to.equal(null)
    expect(green()).to.deep.equal({ attached: 0, held: 5, tags: 2 })
    tag('observe')
    expect(await asked({ DeploymentId: id })).to.deep.include({ verdict: 'Succeeded' })
    expect(await asked(notification)).to.equal(null)
    expect(green()).to.deep.equal({ attached: 0, held: 0, tags: 0 })
  })

  it('observe: nothing but the release of a hold', async () => {
    begin()
    await time.advance(120_000)
    tag('observe')
    aws.world.continueDeployment(id)
    expect(await ended()).to.equal('Succeeded')
    expect(green()).to.deep.equal({ attached: 0, held: 0, tags: 0 })
    const call = aws.world.lambda.named('CodeDeployHook_greenlight')
    if (call === undefined) throw new Error('no function')
    const { payload } = await time.run(aws.world.lambda.invoke(call, { DeploymentId: id }))
    expect(JSON.parse(payload))
      .to.deep.include({ verdict: 'Succeeded' })
      .and.have.property('reason')
      .that.matches(/^Bypassed: /)
    // An emergency bypass lets pass, whatever AWS does.
    aws.faults.add({ action: 'codedeploy:ListDeployments', kind: 'accessDenied', times: 'forever' })
    expect(JSON.parse((await time.run(aws.world.lambda.invoke(call, { DeploymentId: id }))).payload)).to.deep.include({
      verdict: 'Succeeded',
    })
  })

  it('a tag that is no mode: nothing', async () => {
    tag('heel')
    begin()
    await time.advance(120_000)
    expect(green()).to.deep.equal({ attached: 0, held: 0, tags: 0 })
    const call = aws.world.lambda.named('CodeDeployHook_greenlight')
    if (call === undefined) throw new Error('no function')
    const { payload } = await time.run(aws.world.lambda.invoke(call, { DeploymentId: id }))
    expect(JSON.parse(payload)).to.deep.include({
      verdict: 'Failed',
      reason: 'tag greenlight:mode of deployment group shop/production is "heel"; it must be observe, heal or gate',
    })
  })

  for (const autoRollback of [true, false]) {
    it(`fails halfway through deregistering blue: ${autoRollback ? 'undone after the rollback' : 'kept, with its record'}`, async () => {
      const found = group()
      if (found && autoRollback) found.autoRollback = { enabled: true, events: ['DEPLOYMENT_FAILURE'] }
      begin()
      aws.world.failDeregistration(inServiceOf(aws.world, 'blue')[1]?.instanceId ?? '')
      await time.advance(120_000)
      aws.world.continueDeployment(id)
      expect(await ended()).to.equal('Failed')
      await time.advance(900_000)
      expect(green()).to.deep.equal(
        autoRollback ? { attached: 0, held: 0, tags: 0 } : { attached: 1, held: 0, tags: 2 },
      )
      expect(actions()).to.not.include('codedeploy:StopDeployment')
    })
  }

  it('is released where its deployment group is deleted meanwhile, and keeps what it has', async () => {
    begin()
    await time.advance(120_000)
    aws.world.continueDeployment(id)
    await ended()
    const [notification] = aws.world.notifications.sent.filter(({ state }) => state === 'SUCCESS')
    Object.assign(aws.world.autoScalingGroups.get(`CodeDeploy_production_${id}`) ?? {}, {
      suspendedProcesses: ['HealthCheck'],
      tags: [{ key: 'greenlight:held', value: `${id} HealthCheck`, propagateAtLaunch: false }],
    })
    aws.world.deploymentGroups.delete('shop/production')
    if (notification) aws.world.notifications.resend(notification)
    await time.advance(60_000)
    expect(green()).to.deep.equal({ attached: 1, held: 0, tags: 0 })
  })

  for (const computePlatform of ['ECS', 'Lambda'] as const) {
    it(`${computePlatform}, without our tags: nothing but reading, and no verdict`, async () => {
      aws.world.createDeploymentGroup({ application: 'orders', name: 'production', computePlatform })
      id = aws.world.deploy({ application: 'orders', deploymentGroup: 'production' })
      expect(await ended()).to.equal('Succeeded')
      expect(new Set(actions())).to.deep.equal(new Set(['codedeploy:GetDeployment', 'codedeploy:ListTagsForResource']))
      expect(aws.world.invocations.every(({ outcome }) => outcome === 'returned')).to.equal(true)
    })
  }

  it('fails a hook for ECS, and then undoes what it attached where nobody is served by it', async () => {
    const { world } = aws
    world.createTargetGroup({ name: 'idle', loadBalancerArns: [] })
    world.createTargetGroup({ name: 'jobs' })
    world.createAutoScalingGroup({ name: 'CodeDeploy_workers' })
    const tags = { 'greenlight:auto-scaling-groups': 'CodeDeploy_workers', 'greenlight:target-groups': 'jobs' }
    world.createDeploymentGroup({ application: 'orders', name: 'production', computePlatform: 'ECS', tags })
    for (const { instanceId } of inServiceOf(world, 'CodeDeploy_workers')) world.breakInstance(instanceId)
    id = world.deploy({
      application: 'orders',
      deploymentGroup: 'production',
      lambdaHooks: { BeforeAllowTraffic: 'CodeDeployHook_greenlight' },
    })
    expect(await ended()).to.equal('Failed')
    expect(world.autoScalingGroups.get('CodeDeploy_workers')?.targetGroupArns.length).to.equal(1)
    expect(world.autoScalingGroups.get('CodeDeploy_workers')?.tags.map(({ key }) => key)).to.deep.equal([
      'greenlight:record',
      'greenlight:attached/jobs',
    ])
    // Nobody uses it any more: the next look at the deployment takes it back.
    Object.assign(world.targetGroups.get('jobs') ?? {}, { loadBalancerArns: [] })
    for (const notification of world.notifications.sent.slice(-1)) world.notifications.resend(notification)
    await time.advance(400_000)
    expect(world.autoScalingGroups.get('CodeDeploy_workers')?.targetGroupArns).to.deep.equal([])
    expect(world.autoScalingGroups.get('CodeDeploy_workers')?.tags).to.deep.equal([])
  })
})
