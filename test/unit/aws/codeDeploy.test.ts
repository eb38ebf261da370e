import { expect } from 'chai'
import { codeDeployReading, reportHook } from '../../../src/aws/codeDeploy.ts'
import { nothingToInstall } from '../../../src/model/progress.ts'
import { reasonOf } from '../../../src/sentences.ts'
import { answering, home, limits } from './answering.ts'
import { simulated } from './simulated.ts'

describe('CodeDeploy', () => {
  const { here } = simulated()

  it('refuses a deployment that does not exist', async () => {
    expect(await here.time.run(here.ports.deployment('d-NOTHERE00'))).to.deep.equal({
      refusal: 'deployment d-NOTHERE00 does not exist in this account and region',
      isGone: true,
    })
  })

  it('gives every green target, though there are more than one batch takes, and none of blue', async () => {
    here.aws.world.createTargetGroup({ name: 'web' })
    here.aws.world.createAutoScalingGroup({ name: 'blue', targetGroups: ['web'], desiredCapacity: 60, maxSize: 100 })
    here.aws.world.createDeploymentGroup({
      name: 'production',
      autoScalingGroup: 'blue',
      targetGroups: ['web'],
      terminateBlueAfterMinutes: 60,
    })
    const deploymentId = here.aws.world.deploy({ deploymentGroup: 'production' })
    await here.time.advance(600_000)
    expect(await here.time.run(here.ports.progress(deploymentId))).to.have.property('step', 'arrived')
    const greens = [...here.aws.world.instances.values()].filter(({ autoScalingGroupName: name }) => name !== 'blue')
    const batches = here.aws.calls
      .filter(({ action }) => action === 'codedeploy:BatchGetDeploymentTargets')
      .map(({ input }) => input['targetIds'] as readonly string[])
    expect(batches.map((ids) => ids.length)).to.deep.equal([25, 25, 10])
    const asked = batches.flat().map((id) => id.split('/').at(-1))
    expect(new Set(asked)).to.deep.equal(new Set(greens.map(({ instanceId }) => instanceId)))
  })

  it('has no targets for a deployment that has not begun', async () => {
    here.aws.world.createTargetGroup({ name: 'web' })
    here.aws.world.createAutoScalingGroup({ name: 'blue', targetGroups: ['web'] })
    here.aws.world.createDeploymentGroup({ name: 'production', autoScalingGroup: 'blue', targetGroups: ['web'] })
    const id = here.aws.world.deploy({ deploymentGroup: 'production' })
    expect(await here.time.run(here.ports.progress(id))).to.deep.include({ step: 'installing', waitingFor: [] })
    expect(here.aws.calls.map(({ outcome }) => outcome)).to.deep.equal(['DeploymentNotStartedException'])
  })

  it('gives the tags of a deployment group, asked for by its ARN', async () => {
    here.aws.world.createDeploymentGroup({
      application: 'orders',
      name: 'production',
      computePlatform: 'ECS',
      tags: { a: '1', b: '' },
    })
    expect(await here.time.run(here.ports.deploymentGroupTags('orders', 'production'))).to.deep.equal(
      new Map([
        ['a', '1'],
        ['b', ''],
      ]),
    )
  })

  it('says whether a report was the one that counted', async () => {
    here.aws.world.createDeploymentGroup({ application: 'orders', name: 'production', computePlatform: 'Lambda' })
    let counted: boolean[] = []
    here.aws.world.createFunction({
      name: 'hook',
      handler: async (event) => {
        const { DeploymentId: deploymentId, LifecycleEventHookExecutionId: executionId } = event as Record<
          string,
          string
        >
        const hook = { kind: 'hook', deploymentId, executionId: executionId ?? '', refusal: undefined } as const
        counted = [
          await reportHook(here.clients.codeDeploy, here.limits, hook, 'Succeeded'),
          await reportHook(here.clients.codeDeploy, here.limits, hook, 'Succeeded'),
        ]
      },
    })
    const deploymentId = here.aws.world.deploy({
      application: 'orders',
      deploymentGroup: 'production',
      lambdaHooks: { BeforeAllowTraffic: 'hook' },
    })
    expect(await here.time.run(here.aws.world.deploymentEnded(deploymentId))).to.equal('Succeeded')
    expect(counted).to.deep.equal([true, false])
  })
})

describe('What CodeDeploy leaves out of an answer', () => {
  const { here, answer, fail } = answering()
  const untouched = { ...nothingToInstall, step: 'installing', hasBegunTraffic: undefined }
  const codeDeploy = () => codeDeployReading(here.clients.codeDeploy, limits, home)

  it('is no targets and no tags, and of a deployment an error', async () => {
    answer(here.clients.codeDeploy, {}, {}, {}, { targetIds: ['i-1'] }, {})
    expect(await codeDeploy().deployment('d-ABC123').catch(reasonOf)).to.equal(
      'codedeploy:GetDeployment was answered with nothing',
    )
    expect(await codeDeploy().progress('d-ABC123')).to.deep.equal(untouched)
    expect(await codeDeploy().deploymentGroupTags('shop', 'production')).to.deep.equal(new Map())
    // It is listed: only how far it is nobody says.
    expect(await codeDeploy().progress('d-ABC123')).to.deep.equal({
      ...untouched,
      listed: new Set(['i-1']),
      waitingFor: ['i-1'],
    })
  })

  it('is no Auto Scaling group and no deployment under way, and of a deployment group an error', async () => {
    answer(here.clients.codeDeploy, {}, { deploymentGroupInfo: {} }, {}, { deployments: ['d-1'] }, {})
    expect(await codeDeploy().autoScalingGroupsNamedBy('shop', 'production').catch(reasonOf)).to.equal(
      'codedeploy:GetDeploymentGroup was answered with nothing',
    )
    expect(await codeDeploy().autoScalingGroupsNamedBy('shop', 'production')).to.deep.equal([])
    expect(await codeDeploy().deploymentsUnderWay('shop', 'production')).to.deep.equal([])
    expect(await codeDeploy().deploymentsUnderWay('shop', 'production')).to.deep.equal([
      { id: 'd-1', status: '', kind: 'unreadable', greens: [] },
    ])
  })

  it('is a deployment that is refused, and that is not gone', async () => {
    answer(here.clients.codeDeploy, { deploymentInfo: { deploymentId: 'd-1' } })
    expect(await codeDeploy().deployment('d-1')).to.deep.equal({
      refusal: 'CodeDeploy described deployment d-1 without id or status',
      isGone: false,
    })
  })

  it('is fetched where CodeDeploy says that there is more', async () => {
    const of = (targetId: string, instanceLabel: string) => ({ instanceTarget: { targetId, instanceLabel } })
    const asked = answer(
      here.clients.codeDeploy,
      { targetIds: ['i-1'], nextToken: 'more' },
      { targetIds: ['i-2'] },
      { deploymentTargets: [of('i-1', 'Green'), of('i-2', 'Green'), of('i-3', 'Blue'), {}] },
      { Tags: [{ Key: 'a', Value: '1' }], NextToken: 'more' },
      { Tags: [{ Key: 'b' }, { Value: '3' }] },
    )
    expect(await codeDeploy().progress('d-ABC123')).to.deep.equal({
      ...untouched,
      listed: new Set(['i-1', 'i-2']),
      waitingFor: ['i-1', 'i-2'],
    })
    expect(asked[1]).to.deep.include({ nextToken: 'more' })
    expect(await codeDeploy().deploymentGroupTags('shop', 'production')).to.deep.equal(
      new Map([
        ['a', '1'],
        ['b', ''],
        ['', '3'],
      ]),
    )
    expect(asked.at(-1)).to.deep.equal({
      ResourceArn: 'arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:shop/production',
      NextToken: 'more',
    })
  })

  it('is a deployment group that is gone, and an error where access is denied', async () => {
    const read = [
      () => codeDeploy().deploymentGroupTags('shop', 'production'),
      () => codeDeploy().autoScalingGroupsNamedBy('shop', 'production'),
    ]
    for (const name of [
      'DeploymentGroupDoesNotExistException',
      'ApplicationDoesNotExistException',
      'InvalidArnException',
    ]) {
      fail(here.clients.codeDeploy, name)
      for (const ask of read) expect(await ask()).to.equal(undefined)
      expect(await codeDeploy().deploymentsUnderWay('shop', 'production')).to.deep.equal([])
    }
    fail(here.clients.codeDeploy, 'AccessDeniedException')
    for (const ask of read) expect(await ask().catch(reasonOf)).to.contain('failed: AccessDeniedException')
    expect(await codeDeploy().progress('d-1').catch(reasonOf)).to.contain('ListDeploymentTargets failed: AccessDenied')
  })

  it('is the blue instances, and whether it has begun to take one out of the load balancer', async () => {
    const blue = (targetId: string, status: string) => ({
      instanceTarget: {
        targetId,
        instanceLabel: 'Blue',
        lifecycleEvents: [{ lifecycleEventName: 'BlockTraffic', status }],
      },
    })
    const deploymentTargets = [blue('b-1', 'InProgress'), blue('b-2', 'Pending')]
    const asked = answer(here.clients.codeDeploy, { targetIds: ['b-1', 'b-2'] }, { deploymentTargets })
    expect(await codeDeploy().blueTargets('d-1')).to.deep.equal({
      instances: ['b-1', 'b-2'],
      hasBegunTraffic: true,
      isOut: false,
    })
    expect(asked[0]).to.deep.include({ targetFilters: { ServerInstanceLabel: ['Blue'] } })
  })

  it('is nothing of a report that AWS refuses: the error says so', async () => {
    const hook = { kind: 'hook', deploymentId: undefined, executionId: 'e', refusal: undefined } as const
    fail(here.clients.codeDeploy, 'LifecycleEventAlreadyCompletedException')
    expect(await reportHook(here.clients.codeDeploy, limits, hook, 'Failed')).to.equal(false)
    fail(here.clients.codeDeploy, 'InvalidDeploymentIdException')
    expect(await reportHook(here.clients.codeDeploy, limits, hook, 'Failed').catch(reasonOf)).to.contain(
      'InvalidDeploymentIdException',
    )
  })
})
