import { expect } from 'chai'
import { actionsOf, policiesOf } from '../../tools/templatePolicy.ts'
import { type Playground, playground } from './playground.ts'

describe('The role of template.yaml, on what the bundle calls (P6)', () => {
  let aws: Playground
  beforeEach(async () => {
    aws = await playground({
      arrange: (world) => {
        world.createAutoScalingGroup({ name: 'CodeDeploy_web' })
        world.createDeploymentGroup({
          application: 'orders',
          name: 'production',
          computePlatform: 'ECS',
          tags: { 'greenlight:auto-scaling-groups': 'CodeDeploy_web', 'greenlight:target-groups': 'web' },
        })
      },
    })
    const lambdaHooks = { BeforeAllowTraffic: aws.functionName }
    await aws.played(aws.world.deploy({ application: 'orders', deploymentGroup: 'production', lambdaHooks }))
    const deploymentId = aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
    await aws.until(deploymentId, 'Ready')
    await aws.invoke({ DeploymentId: deploymentId })
  })
  afterEach(() => aws.end())

  const called = () => aws.calls.filter(({ principal }) => principal.kind === 'lambda')

  it('names every action that a hook and a call take, and no other but writing the log', () => {
    const log = ['logs:CreateLogStream', 'logs:PutLogEvents']
    expect(actionsOf('GateRole')).to.have.members([...new Set(called().map(({ action }) => action)), ...log])
  })

  it('allows each call by one statement, and has no statement that nothing needs', () => {
    const allowing = policiesOf('GateRole')
    for (const call of called()) expect(allowing(call), call.action).to.have.length(1)
    expect(new Set(called().flatMap((call) => allowing(call)))).to.deep.equal(
      new Set(['ReadDeployments', 'ReadTargetsAndReport', 'ReadGroupsAndHealth', 'AttachTargetGroups']),
    )
  })
})
