import { expect } from 'chai'
import { readTarget, readTargetGroup } from '../../../src/aws/readTargetGroup.ts'
import { targetGroup, targetHealth } from '../awsAnswers.ts'
import { arnOf } from '../builders.ts'

describe('A target group', () => {
  it('is read with nothing optional', () => {
    expect(readTargetGroup(targetGroup('web'))).to.deep.equal({
      name: 'web',
      arn: arnOf('web'),
      type: 'instance',
      isUsed: true,
      tags: new Map(),
    })
    expect(readTargetGroup({})).to.deep.equal({ name: '', arn: '', type: '(no type)', isUsed: false, tags: new Map() })
  })

  it('is used only where a load balancer is named', () => {
    expect(readTargetGroup(targetGroup('web', { LoadBalancerArns: [] })).isUsed).to.equal(false)
    const { LoadBalancerArns: _, ...without } = targetGroup('web')
    expect(readTargetGroup(without).isUsed).to.equal(false)
  })
})

describe('A target', () => {
  it('is read with its state', () => {
    expect(readTarget(targetHealth('i-1'))).to.deep.equal({ id: 'i-1', state: 'healthy', because: '' })
  })

  it("has the load balancer's reason code and description, as far as they are there", () => {
    const because = (Reason?: 'Target.Timeout', Description?: string) =>
      readTarget(
        targetHealth('i-1', 'unhealthy', {
          ...(Reason && { Reason }),
          ...(Description !== undefined && { Description }),
        }),
      ).because
    expect(because('Target.Timeout', 'Request timed out')).to.equal('Target.Timeout: Request timed out')
    expect(because('Target.Timeout')).to.equal('Target.Timeout')
    expect(because(undefined, 'Request timed out')).to.equal('Request timed out')
    expect(because('Target.Timeout', '')).to.equal('Target.Timeout')
  })

  it('of which nothing is said is unknown', () => {
    expect(readTarget({})).to.deep.equal({ id: '(no id)', state: 'unknown', because: '' })
    expect(readTarget({ Target: { Id: 'i-1' } })).to.deep.equal({ id: 'i-1', state: 'unknown', because: '' })
  })
})
