import { expect } from 'chai'
import { AwsError } from '../../../src/aws/awsError.ts'
import { changing, outcomeOf } from '../../../src/aws/change.ts'
import type { Change } from '../../../src/model/change.ts'
import { deploymentId, greenName } from '../builders.ts'

const tag: Change = { call: 'autoscaling:CreateOrUpdateTags', green: greenName, tags: { a: 'b' } }
const stop: Change = { call: 'codedeploy:StopDeployment', deploymentId, reason: 'sick', refusal: 'unhealthy' }
const register: Change = {
  call: 'elasticloadbalancing:RegisterTargets',
  green: greenName,
  targetGroups: [{ name: 'greenlight-web', arn: 'arn' }],
  instances: ['i-1', 'i-2'],
}
const refused = (code: string, differences: { mayPass?: boolean; mayBeDone?: boolean } = {}) =>
  new AwsError(`${code}: no`, { code, mayPass: false, ...differences })

describe('The outcome of a change that AWS did not carry out', () => {
  it("is a refusal in AWS's own words", () => {
    expect(outcomeOf(refused('ValidationError'), tag)).to.deep.equal({
      kind: 'refused',
      refusal: { reason: 'ValidationError: no', kind: 'invalid' },
    })
  })

  for (const [code, kind, change] of [
    ['Throttling', 'passing', tag],
    ['ResourceInUse', 'passing', tag],
    ['ResourceContention', 'passing', tag],
    ['ScalingActivityInProgress', 'passing', tag],
    ['InstanceRefreshInProgress', 'passing', tag],
    ['AccessDenied', 'denied', tag],
    ['ValidationError', 'invalid', tag],
    ['DeploymentAlreadyCompleted', 'invalid', stop],
    ['LimitExceeded', 'unknown', tag],
    // One of the instances is not running, which fails the call for all: the next look shows which ones green has.
    ['InvalidTarget', 'passing', register],
  ] as const) {
    it(`is told by its kind: ${code} of ${change.call} is ${kind}`, () => {
      const error = refused(code, { mayPass: code === 'Throttling' })
      expect(outcomeOf(error, change)).to.have.nested.property('refusal.kind', kind)
    })
  }

  it('is unanswered where AWS may have carried it out all the same', () => {
    expect(outcomeOf(refused('TimeoutError', { mayPass: true, mayBeDone: true }), tag)).to.have.property(
      'kind',
      'unanswered',
    )
  })

  it('names the parameter that must match green where access is denied', () => {
    expect(outcomeOf(refused('AccessDenied'), tag)).to.deep.equal({
      kind: 'refused',
      refusal: {
        reason: `AccessDenied: no; the stack's parameter AutoScalingGroupNamePattern must match ${greenName}`,
        kind: 'denied',
      },
    })
  })

  it('names no parameter where access to the deployment is denied, and another one where that to a target group is', () => {
    const reasonOf = (change: Change) => {
      const outcome = outcomeOf(refused('AccessDenied'), change)
      return outcome.kind === 'done' ? undefined : outcome.refusal.reason
    }
    expect(reasonOf(stop)).to.equal('AccessDenied: no')
    expect(reasonOf(register)).to.equal(
      "AccessDenied: no; the stack's parameter TestTargetGroupNamePattern must match greenlight-web",
    )
  })
})

describe('A change', () => {
  const limits = { signal: new AbortController().signal, requestMs: 1000, onFailedTry: () => {}, sleep: async () => {} }
  const sending = (send: (command: { readonly input: object }) => Promise<object>) => {
    const client = { send } as never
    return changing({ autoScaling: client, codeDeploy: client, elasticLoadBalancing: client }, limits)
  }

  for (const [change, input] of [
    [
      { call: 'autoscaling:AttachLoadBalancerTargetGroups', green: 'g', targetGroups: [{ name: 'web', arn: 'arn' }] },
      { AutoScalingGroupName: 'g', TargetGroupARNs: ['arn'] },
    ],
    [
      { call: 'autoscaling:DetachLoadBalancerTargetGroups', green: 'g', targetGroups: [{ name: 'web', arn: 'arn' }] },
      { AutoScalingGroupName: 'g', TargetGroupARNs: ['arn'] },
    ],
    [
      { call: 'autoscaling:SuspendProcesses', green: 'g', processes: ['HealthCheck'] },
      { AutoScalingGroupName: 'g', ScalingProcesses: ['HealthCheck'] },
    ],
    [
      { call: 'autoscaling:ResumeProcesses', green: 'g', processes: ['HealthCheck'] },
      { AutoScalingGroupName: 'g', ScalingProcesses: ['HealthCheck'] },
    ],
    [
      { call: 'autoscaling:CreateOrUpdateTags', green: 'g', tags: { a: 'b' } },
      {
        Tags: [{ ResourceId: 'g', ResourceType: 'auto-scaling-group', Key: 'a', Value: 'b', PropagateAtLaunch: false }],
      },
    ],
    [
      { call: 'autoscaling:DeleteTags', green: 'g', keys: ['a'] },
      { Tags: [{ ResourceId: 'g', ResourceType: 'auto-scaling-group', Key: 'a' }] },
    ],
    [register, { TargetGroupArn: 'arn', Targets: [{ Id: 'i-1' }, { Id: 'i-2' }] }],
    [
      { ...register, call: 'elasticloadbalancing:DeregisterTargets', instances: ['i-1'] },
      { TargetGroupArn: 'arn', Targets: [{ Id: 'i-1' }] },
    ],
    [
      { call: 'codedeploy:ContinueDeployment', deploymentId, reason: 'healthy' },
      { deploymentId, deploymentWaitType: 'READY_WAIT' },
    ],
    [stop, { deploymentId, autoRollbackEnabled: false }],
  ] satisfies [Change, object][]) {
    it(`is sent once: ${change.call}`, async () => {
      const inputs: object[] = []
      const { change: make } = sending(async (command) => {
        inputs.push(command.input)
        return {}
      })
      expect(await make(change)).to.deep.equal({ kind: 'done' })
      expect(inputs).to.deep.equal([input])
    })
  }

  it('that AWS refuses is an outcome, whatever is thrown by the SDK', async () => {
    const { change: make } = sending(async () => Promise.reject(new Error('no')))
    expect(await make(tag)).to.have.property('kind', 'unanswered')
  })

  it('that names no process is not sent: Auto Scaling would take it for all of them', async () => {
    const sent: unknown[] = []
    const { change: make } = sending(async (command) => ({ sent: sent.push(command) }))
    const empty: Change = { call: 'autoscaling:SuspendProcesses', green: 'g', processes: [] }
    const thrown = await make(empty).catch((error: Error) => error.message)
    expect([thrown, sent]).to.deep.equal(['no scaling process is named', []])
  })
})
