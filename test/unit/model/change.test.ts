import { expect } from 'chai'
import { type Change, factsOf, isAttach, keyOf, outstanding } from '../../../src/model/change.ts'

describe('A change in the log', () => {
  it('is told with the names of its target groups, and everything else as it is', () => {
    const call = 'autoscaling:AttachLoadBalancerTargetGroups'
    expect(factsOf({ call, green: 'g', targetGroups: [{ name: 'web', arn: 'arn' }] })).to.deep.equal({
      call,
      green: 'g',
      targetGroups: ['web'],
    })
    const untagging = { call: 'autoscaling:DeleteTags', green: 'g', keys: ['a'] } as const
    expect(factsOf(untagging)).to.deep.equal(untagging)
  })
})

describe('A change that does not show yet', () => {
  const targetGroups = [{ name: 'web', arn: 'arn' }]
  for (const [change, sentence] of [
    [{ call: 'autoscaling:AttachLoadBalancerTargetGroups', green: 'g', targetGroups }, 'g is still without web'],
    [{ call: 'autoscaling:DetachLoadBalancerTargetGroups', green: 'g', targetGroups }, 'g still has web'],
    [{ call: 'autoscaling:SuspendProcesses', green: 'g', processes: ['Launch'] }, 'g is not held yet: Launch'],
    [{ call: 'autoscaling:ResumeProcesses', green: 'g', processes: ['Launch'] }, 'g is not released yet: Launch'],
    [{ call: 'autoscaling:CreateOrUpdateTags', green: 'g', tags: { a: 'b' } }, 'g is still without the tags a'],
    [{ call: 'autoscaling:DeleteTags', green: 'g', keys: ['a'] }, 'g still has the tags a'],
    [
      { call: 'codedeploy:StopDeployment', deploymentId: 'd-1', reason: 'unhealthy', refusal: 'unhealthy' },
      'd-1 does not show codedeploy:StopDeployment yet',
    ],
    [
      { call: 'codedeploy:ContinueDeployment', deploymentId: 'd-1', reason: 'healthy' },
      'd-1 does not show codedeploy:ContinueDeployment yet',
    ],
  ] as const) {
    it(`is told: ${sentence}`, () => expect(outstanding(change)).to.equal(sentence))
  }
})

describe('A change', () => {
  const attach: Change = {
    call: 'autoscaling:AttachLoadBalancerTargetGroups',
    green: 'g',
    targetGroups: [{ name: 'web', arn: 'arn' }],
  }
  const detach: Change = { ...attach, call: 'autoscaling:DetachLoadBalancerTargetGroups' }
  const stop: Change = {
    call: 'codedeploy:StopDeployment',
    deploymentId: 'd-1',
    reason: '1 of 2 instances healthy',
    refusal: 'unhealthy',
  }

  it('is told from every other by its call and what it is asked for', () => {
    expect(keyOf(attach)).to.equal(keyOf({ ...attach, targetGroups: [{ name: 'web', arn: 'arn' }] }))
    expect(keyOf(attach)).to.not.equal(keyOf(detach))
    expect(keyOf(attach)).to.not.equal(keyOf({ ...attach, green: 'h' }))
  })

  it('that records is the same one in another second', () => {
    const tagged = (value: string, key = 'greenlight:attached/web') =>
      keyOf({ call: 'autoscaling:CreateOrUpdateTags', green: 'g', tags: { [key]: value } })
    expect(tagged('d-1 7')).to.equal(tagged('d-1 8'))
    expect(tagged('d-1 7')).to.not.equal(tagged('d-1 7', 'greenlight:attached/api'))
  })

  it('of a deployment is the same one with other words', () => {
    expect(keyOf(stop)).to.equal(keyOf({ ...stop, reason: '0 of 2 instances healthy' }))
    expect(keyOf(stop)).to.not.equal(keyOf({ ...stop, deploymentId: 'd-2' }))
  })

  it('attaches only where it is the call that does', () => {
    expect([attach, detach, stop].map(isAttach)).to.deep.equal([true, false, false])
  })
})
