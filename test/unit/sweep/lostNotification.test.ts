import { expect } from 'chai'
import { readInvocation } from '../../../src/invocation/invocation.ts'
import { lostNotificationOf } from '../../../src/sweep/lostNotification.ts'
import { deployment, deploymentId } from '../builders.ts'

const home = { partition: 'aws', region: 'eu-west-1', account: '123456789012' }

describe('A notification that CodeDeploy ought to have sent', () => {
  it('is read as one about that deployment', () => {
    expect(readInvocation(lostNotificationOf(deployment(), home, 0))).to.deep.equal({
      kind: 'notification',
      notices: [{ deploymentId, account: '123456789012', region: 'eu-west-1' }],
    })
  })

  it("has EventBridge's shape, and the state that CodeDeploy would tell", () => {
    const notification = lostNotificationOf(deployment({ status: 'InProgress' }), home, 0)
    expect(notification).to.deep.include({
      source: 'aws.codedeploy',
      account: '123456789012',
      region: 'eu-west-1',
      time: '1970-01-01T00:00:00.000Z',
      resources: ['arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:shop/production'],
    })
    const stateOf = (one: object) => ('detail' in one ? Object(one.detail).state : undefined)
    expect(stateOf(notification)).to.equal('START')
    expect(stateOf(lostNotificationOf(deployment(), home, 0))).to.equal('READY')
  })
})
