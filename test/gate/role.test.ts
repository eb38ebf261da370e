import { expect } from 'chai'
import { actionsOf, policiesOf } from '../../tools/templatePolicy.ts'
import { type Playground, playground } from './playground.ts'

describe('The role of template.yaml, on what the bundle calls (P6)', () => {
  let aws: Playground
  beforeEach(async () => {
    aws = await playground({
      via: 'EventBridge',
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
    aws.world.deploymentGroups.get('shop/production')?.tags.push({ key: 'greenlight:mode', value: 'gate' })
    await aws.played(deploymentId)
    await aws.time.advance(120_000)
    // And one whose green never becomes healthy: it is stopped, and undone.
    const { sent, resend } = aws.world.notifications
    const late = sent.filter(({ state, instanceId }) => state === 'SUCCESS' && instanceId === undefined)
    const next = aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v3', healthy: false } })
    for (const notification of late) resend(notification)
    await aws.played(next)
    await aws.time.advance(400_000)
  })
  afterEach(() => aws.end())

  const called = () => aws.calls.filter(({ principal }) => principal.kind === 'lambda')

  it('names every action that hooks and notifications take, and no other but what Lambda itself takes', () => {
    const byLambda = ['logs:CreateLogStream', 'logs:PutLogEvents', 'sqs:SendMessage']
    expect(actionsOf('GateRole')).to.have.members([...new Set(called().map(({ action }) => action)), ...byLambda])
  })

  it('allows each call by one statement, and has no statement that nothing needs', () => {
    const allowing = policiesOf('GateRole')
    for (const call of called()) expect(allowing(call), call.action).to.have.length(1)
    expect(new Set(called().flatMap((call) => allowing(call)))).to.deep.equal(
      new Set(['ReadDeployments', 'ReadTargetsAndAnswer', 'ReadGroupsAndHealth', 'ChangeGreen', 'WriteRecords']),
    )
  })
})
