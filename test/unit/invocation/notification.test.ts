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
const known = { deploymentId: 'd-ABC123' }

describe('A notification', () => {
  it('of EventBridge gives the id of its deployment, and nothing else is believed', () => {
    expect(readNotices(ofDeployment({ deploymentId: 'd-ABC123', state: 'SOMETHING NEW' }))).to.deep.equal([known])
  })

  for (const [what, text] of [
    ['with its status in capitals and an overview in a string', message()],
    ['in mixed case', message({ status: 'Succeeded', deploymentOverview: { Succeeded: 2 } })],
    [
      'of an instance, which names no deployment group',
      JSON.stringify({ deploymentId: 'd-ABC123', instanceId: 'i-1' }),
    ],
    ['that EventBridge has fed', JSON.stringify(ofDeployment({ deploymentId: 'd-ABC123' }))],
  ] as const) {
    it(`of SNS ${what} does so too`, () => {
      expect(readNotices(bySns(text))).to.deep.equal([known])
    })
  }

  it('of SNS may have any number of records, of which a broken one says why and loses no other', () => {
    expect(readNotices(bySns(message(), 'You have subscribed', message({ deploymentId: 7 }), 'null'))).to.deep.equal([
      known,
      { refusal: 'a message that is not JSON: "You have subscribed"' },
      { refusal: 'a notification without a deployment id: DeploymentId is not a string' },
      { refusal: 'a notification without a deployment id: DeploymentId is not a string' },
    ])
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
  ]) {
    it(`is none: ${JSON.stringify(event)}`, () => expect(readNotices(event)).to.equal(undefined))
  }
})
