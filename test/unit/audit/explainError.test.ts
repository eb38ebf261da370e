import { expect } from 'chai'
import { explainError } from '../../../src/audit/explainError.ts'
import { TimedOut } from '../../../src/audit/timeout.ts'
import { AwsError } from '../../../src/aws/awsError.ts'

const noSettings = { endpoint: undefined, profile: undefined }

describe('The reason why the audit could not look at something', () => {
  const awsError = (code: string, words: string) =>
    new AwsError(`codedeploy:ListApplications failed: ${code}: ${words}`, {
      code,
      mayPass: false,
      cause: new Error(words),
    })

  for (const [error, sentence] of [
    [
      awsError('ExpiredToken', 'The security token included in the request is expired'),
      'your credentials have expired: log in again (aws sso login), or get new ones',
    ],
    [
      awsError('UnrecognizedClient', 'The security token included in the request is invalid.'),
      'eu-west-1 does not accept your credentials (The security token included in the request is invalid): check that the region ' +
        'is enabled for the account (aws account get-region-opt-status --region-name eu-west-1), and that the credentials are ' +
        'right (aws sts get-caller-identity)',
    ],
    [
      awsError('AccessDenied', 'User: x is not authorized.'),
      'you lack the permission codedeploy:ListApplications (User: x is not authorized): add the policy that --policy prints ' +
        'to your user or role',
    ],
    [awsError('Strange', 'Whatever.'), 'codedeploy:ListApplications failed: Strange: Whatever.'],
    [new Error('CodeDeploy described nothing'), 'CodeDeploy described nothing'],
  ] as const) {
    it(`is a sentence: ${sentence.slice(0, 60)}`, () =>
      expect(explainError(error, 'eu-west-1', noSettings)).to.equal(sentence))
  }

  for (const code of ['ENOTFOUND', 'EAI_AGAIN']) {
    it(`doubts the name of a region that has no address: ${code}`, () => {
      const cause = Object.assign(new Error(`getaddrinfo ${code} codedeploy.eu-wst-1.amazonaws.com`), { code })
      const error = new AwsError('codedeploy:ListApplications failed', { code: '', mayPass: true, cause })
      expect(explainError(new TimedOut('noAnswer', 10_000, error), 'eu-wst-1', noSettings)).to.equal(
        `eu-wst-1 has no address (${code}): check the name of the region, and that you are online`,
      )
    })
  }

  it('names the profile that has no credentials', () => {
    const error = awsError('CredentialsProviderError', 'Could not load credentials from any providers')
    expect(explainError(error, 'eu-west-1', { endpoint: undefined, profile: 'work' })).to.match(
      /^there are no credentials for profile work \(Could not load credentials from any providers\): log in/,
    )
  })
})
