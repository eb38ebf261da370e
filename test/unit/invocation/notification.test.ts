import { expect } from 'chai'
import { readNotices } from '../../../src/invocation/notification.ts'

const ofDeployment = (detail: unknown) => ({
  source: 'aws.codedeploy',
  'detail-type': 'CodeDeploy Deployment State-change Notification',
  detail,
})
const bySns = (...messages: readonly string[]) => ({
  Records: messages.map((Message) => ({ EventSource: 'aws:sns', Sns: { Type: 'Notification', Message } })),
})
const message = (differences: object = {}) =>
  JSON.stringify({
    region: 'eu-west-1',
    deploymentId: 'd-ABC123',
    deploymentOverview: JSON.stringify({ Succeeded: 2 }),
    status: 'SUCCEEDED',
    ...differences,
  })
const home = { account: '123456789012', region: 'eu-west-1' }
const known = { deploymentId: 'd-ABC123', account: undefined, region: undefined }
const knownInRegion = { ...known, region: 'eu-west-1' }

describe('A notification', () => {
  it('of EventBridge gives the id of its deployment, and nothing else is believed', () => {
    expect(readNotices(ofDeployment({ deploymentId: 'd-ABC123', state: 'SOMETHING NEW' }))).to.deep.equal([known])
  })

  for (const [what, event, notice] of [
    [
      'of EventBridge',
      { ...ofDeployment({ deploymentId: 'd-ABC123', state: 'READY' }), ...home },
      { ...known, ...home },
    ],
    [
      'that is only the detail of such an event',
      { region: 'eu-west-1', deploymentId: 'd-ABC123', deploymentGroup: 'production', state: 'START' },
      knownInRegion,
    ],
    ['of SNS with its status in capitals and an overview in a string', bySns(message()), knownInRegion],
    [
      'of SNS in mixed case',
      bySns(message({ status: 'Succeeded', deploymentOverview: { Succeeded: 2 } })),
      knownInRegion,
    ],
    [
      'of SNS with an unknown status, no end and a rollback in a string',
      bySns(
        message({
          ...{ accountId: '123456789012', status: 'unknown', completeTime: null, deploymentOverview: undefined },
          ...{ createTime: 'Mon Mar 02 06:30:50 UTC 2026', rollbackInformation: '{}' },
        }),
      ),
      { ...known, ...home },
    ],
    ['that EventBridge has fed to SNS', bySns(JSON.stringify(ofDeployment({ deploymentId: 'd-ABC123' }))), known],
    [
      'that a notification rule has fed to SNS',
      bySns(
        JSON.stringify({
          ...home,
          detailType: 'CodeDeploy Deployment State-change Notification',
          notificationRuleArn: 'arn:aws:codestar-notifications:eu-west-1:123456789012:notificationrule/1',
          detail: { region: 'eu-west-1', deploymentId: 'd-ABC123', state: 'SUCCESS' },
          additionalAttributes: {},
        }),
      ),
      { ...known, ...home },
    ],
  ] as const) {
    it(`${what} gives the id of its deployment, and where that is`, () => {
      expect(readNotices(event)).to.deep.equal([notice])
    })
  }

  it('of SNS may have any number of records, of which a broken one says why and loses no other', () => {
    expect(readNotices(bySns(message(), 'You have subscribed', message({ deploymentId: 7 }), 'null'))).to.deep.equal([
      knownInRegion,
      { refusal: 'a message that is not JSON, of 19 characters' },
      { refusal: 'a notification without a deployment id: DeploymentId is not a string' },
      { refusal: 'a notification without a deployment id: DeploymentId is not a string' },
    ])
  })

  it('about an instance is not needed: the sweep sees that traffic has arrived', () => {
    const about = { deploymentId: 'd-ABC123', instanceId: 'i-1', state: 'SUCCESS' }
    for (const event of [ofDeployment(about), about, bySns(JSON.stringify(about))]) {
      expect(readNotices(event)).to.deep.equal([{ unneeded: 'it is about one instance of deployment d-ABC123' }])
    }
  })

  it('without an id says so', () => {
    expect(readNotices(ofDeployment(undefined))).to.deep.equal([
      { refusal: 'a notification without a deployment id: DeploymentId is not a string' },
    ])
    expect(readNotices(ofDeployment({ deploymentId: 'nonsense' }))).to.deep.equal([
      {
        refusal: 'a notification without a deployment id: DeploymentId "nonsense" is not "d-" and capitals and digits',
      },
    ])
  })

  for (const event of [
    {},
    { Records: [] },
    { Records: [{ s3: {} }] },
    { Records: [null] },
    { source: 'aws.codedeploy' },
    { deploymentId: 'd-ABC123' },
  ]) {
    it(`is none: ${JSON.stringify(event)}`, () => expect(readNotices(event)).to.equal(undefined))
  }
})
