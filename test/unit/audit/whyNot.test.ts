import { AutoScalingClient } from '@aws-sdk/client-auto-scaling'
import { expect } from 'chai'
import { type Arranged, arrange } from '../../../simulator/test/arranged.ts'
import { givingUpAfter, NoAnswer } from '../../../src/audit/giveUp.ts'
import { regionsOf } from '../../../src/audit/regions.ts'
import { whyNot } from '../../../src/audit/whyNot.ts'
import { autoScalingReading } from '../../../src/aws/autoScaling.ts'
import { AwsError } from '../../../src/aws/awsError.ts'

const nowhere = { endpoint: undefined, profile: undefined }

describe('Why something could not be looked at', () => {
  const refused = (code: string, words: string) =>
    new AwsError(`codedeploy:ListApplications failed: ${code}: ${words}`, {
      code,
      mayPass: false,
      cause: new Error(words),
    })

  for (const [error, sentence] of [
    [
      refused('ExpiredToken', 'The security token included in the request is expired'),
      'your credentials have expired: log in again (aws sso login), or get new ones',
    ],
    [
      refused('UnrecognizedClient', 'The security token included in the request is invalid.'),
      'eu-west-1 does not accept your credentials (The security token included in the request is invalid): either the region is ' +
        'not enabled for the account (aws account get-region-opt-status --region-name eu-west-1), or the credentials are wrong ' +
        '(aws sts get-caller-identity)',
    ],
    [
      refused('AccessDenied', 'User: x is not authorized.'),
      'the permission codedeploy:ListApplications is missing (User: x is not authorized): add the policy that --policy prints ' +
        'to your user or role',
    ],
    [refused('Strange', 'Whatever.'), 'codedeploy:ListApplications failed: Strange: Whatever.'],
    [new Error('CodeDeploy described nothing'), 'CodeDeploy described nothing'],
  ] as const) {
    it(`is a sentence: ${sentence.slice(0, 60)}`, () => expect(whyNot(error, 'eu-west-1', nowhere)).to.equal(sentence))
  }

  for (const code of ['ENOTFOUND', 'EAI_AGAIN']) {
    it(`asks how a region is written that has no address: ${code}`, () => {
      const cause = Object.assign(new Error(`getaddrinfo ${code} codedeploy.eu-wst-1.amazonaws.com`), { code })
      const error = new AwsError('codedeploy:ListApplications failed', { code: '', mayPass: true, cause })
      expect(whyNot(new NoAnswer('silent', 10_000, error), 'eu-wst-1', nowhere)).to.equal(
        `nobody is there to ask in eu-wst-1 (${code}): check how the region is written, and that you are online`,
      )
    })
  }

  it('names the profile that has no credentials', () => {
    const error = refused('CredentialsProviderError', 'Could not load credentials from any providers')
    expect(whyNot(error, 'eu-west-1', { endpoint: undefined, profile: 'work' })).to.match(
      /^there are no credentials for profile work \(Could not load credentials from any providers\): log in/,
    )
  })
})

describe('A region that does not answer', () => {
  let arranged: Arranged
  beforeEach(async () => {
    arranged = await arrange()
    arranged.simulator.world.createAutoScalingGroup({ name: 'web' })
  })
  afterEach(() => arranged.end())

  const client = () =>
    new AutoScalingClient({
      endpoint: arranged.simulator.endpoint,
      region: 'eu-west-1',
      credentials: arranged.simulator.credentials({ kind: 'user' }),
      maxAttempts: 1,
    })
  /** How it ended, and after how many seconds of virtual time. */
  const ask = async (): Promise<{ ended: string; seconds: number }> => {
    const asked = client()
    const began = Date.now()
    const { autoScalingGroups } = autoScalingReading(asked, givingUpAfter(10_000))
    const ended = await arranged.time.run(
      autoScalingGroups(['web']).then(
        (groups) => `${groups.length} found`,
        (error) => whyNot(error, 'eu-west-1', nowhere),
      ),
    )
    asked.destroy()
    return { ended, seconds: (Date.now() - began) / 1000 }
  }

  it('is waited for while it throttles: that slows the audit down, and does not fail it', async () => {
    arranged.simulator.faults.add({ kind: 'throttle', times: 12 })
    const { ended, seconds } = await ask()
    expect(ended).to.equal('1 found')
    expect(seconds).to.be.above(10)
  })

  it('is given up where it answers with errors alone', async () => {
    arranged.simulator.faults.add({ kind: 'error500', times: 'forever' })
    const { ended, seconds } = await ask()
    expect(ended).to.equal(
      'eu-west-1 has answered with nothing but errors for 120 s (The request processing has failed because of an unknown ' +
        'error): try again later',
    )
    expect(seconds).to.be.within(120, 126)
  })

  it('is given up where it is silent', async () => {
    arranged.simulator.faults.add({ kind: 'hang', times: 'forever' })
    const { ended, seconds } = await ask()
    expect(ended).to.equal(
      'AWS in eu-west-1 gave no answer for 10 s (no answer within 10 s): check your network, proxy or VPN, or wait longer with ' +
        '--timeout',
    )
    expect(seconds).to.be.within(10, 12)
  })
})

describe('Which regions are looked at', () => {
  const sources = {
    home: async () => 'eu-west-1',
    enabled: async () => ['us-east-1', 'eu-west-1'],
    why: (error: unknown, region: string) => `${error} in ${region}`,
  }
  const homeless = { ...sources, home: () => Promise.reject(new Error('Region is missing')) }
  const denied = { ...sources, enabled: () => Promise.reject('denied') }

  it('is those named, else the own one', async () => {
    expect(await regionsOf({ regions: ['us-west-2'], allRegions: false }, homeless)).to.deep.equal({
      regions: ['us-west-2'],
      unseen: [],
    })
    expect(await regionsOf({ regions: [], allRegions: false }, sources)).to.deep.equal({
      regions: ['eu-west-1'],
      unseen: [],
    })
  })

  it('is none where none is configured, and says how to name one', async () => {
    const reason = 'no region is configured: name one with --region or AWS_REGION, or take --all-regions'
    expect(await regionsOf({ regions: [], allRegions: false }, homeless)).to.deep.equal({
      regions: [],
      unseen: [{ what: ['anything'], reason }],
    })
  })

  it('is those enabled, by name, wherever the caller is at home', async () => {
    const both = { regions: ['eu-west-1', 'us-east-1'], unseen: [] }
    expect(await regionsOf({ regions: [], allRegions: true }, sources)).to.deep.equal(both)
    expect(await regionsOf({ regions: [], allRegions: true }, homeless)).to.deep.equal(both)
  })

  it('is the own one at least, where that cannot be told', async () => {
    const what = ['which regions are enabled for the account']
    const reason = (region: string) => `denied in ${region}; or name the regions with --region`
    expect(await regionsOf({ regions: [], allRegions: true }, denied)).to.deep.equal({
      regions: ['eu-west-1'],
      unseen: [{ what, reason: reason('eu-west-1') }],
    })
    const nothing = { ...denied, home: homeless.home }
    expect(await regionsOf({ regions: [], allRegions: true }, nothing)).to.deep.equal({
      regions: [],
      unseen: [{ what, reason: reason('us-east-1') }],
    })
  })
})
