import { expect } from 'chai'
import { type Condition, generateAccount } from '../../simulator/account.ts'
import { sweepFunctionName } from '../../tools/greenlight.ts'
import { actionsOf, policiesOf } from '../../tools/templatePolicy.ts'
import { type Playground, playground } from '../gate/playground.ts'

describe('The role of the sweep in template.yaml, on what its bundle calls (P6)', () => {
  let aws: Playground
  beforeEach(async () => {
    const conditions: readonly Condition[] = ['missing', 'recorded', 'leftoverAttached']
    aws = await playground({
      sweeps: 'whenTold',
      settings: { GREENLIGHT_SWEEP_MODE: 'heal' },
      arrange: (world) => {
        generateAccount(world, { deploymentGroups: 3, conditionOf: (number) => conditions[number] ?? 'healthy' })
        const id = 'd-F00000002'
        world.autoScalingGroups
          .get(`CodeDeploy_group-2_${id}`)
          ?.tags.push(
            { key: 'greenlight:record', value: id, propagateAtLaunch: false },
            { key: 'greenlight:attached/web-2', value: id, propagateAtLaunch: false },
          )
      },
    })
    // One that is held while it is under way, and stopped while blue is being taken out of the load balancer.
    const id = aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
    await aws.until(id, 'Ready')
    await aws.sweep()
    await aws.time.advance(10_000)
    const targets = [...(aws.world.deployments.get(id)?.targets.values() ?? [])]
    expect(targets.map(({ label }) => label)).to.include('Green')
    aws.world.continueDeployment(id)
    for (let seconds = 0; seconds < 600; seconds++) {
      if ([...(aws.world.deployments.get(id)?.targets.values() ?? [])].some(({ label }) => label === 'Blue')) break
      await aws.time.advance(1_000)
    }
    aws.world.stopDeployment(id)
    await aws.time.advance(5_000)
    await aws.sweep()
  })
  afterEach(() => aws.end())

  const called = () =>
    aws.calls.filter(({ principal }) => principal.kind === 'lambda' && principal.functionName === sweepFunctionName)

  it('names every action that a sweep takes, and no other but what Lambda itself takes', () => {
    const byLambda = ['logs:CreateLogStream', 'logs:PutLogEvents']
    expect(actionsOf('SweepRole')).to.have.members([...new Set(called().map(({ action }) => action)), ...byLambda])
  })

  it('denies nothing, allows each call by one statement, and has no statement that nothing needs', () => {
    const allowing = policiesOf('SweepRole')
    expect(called().filter(({ outcome }) => outcome.startsWith('AccessDenied'))).to.deep.equal([])
    for (const call of called()) expect(allowing(call), call.action).to.have.length(1)
    expect(new Set(called().flatMap((call) => allowing(call)))).to.deep.equal(
      new Set(['ReadDeployments', 'ListDeploymentGroups', 'ListEverything', 'PutRight', 'RemoveRecords', 'HandOver']),
    )
  })
})
