import { AccountClient, ListRegionsCommand, type ListRegionsCommandInput } from '@aws-sdk/client-account'
import { expect } from 'chai'
import { type Arranged, arrange } from './arranged.ts'

describe("the simulator's regions", () => {
  let arranged: Arranged
  let client: AccountClient
  beforeEach(async () => {
    arranged = await arrange({
      regions: { 'eu-west-1': 'ENABLED_BY_DEFAULT', 'ap-east-1': 'DISABLED', 'eu-south-1': 'ENABLED' },
    })
    const { endpoint, credentials } = arranged.simulator
    client = new AccountClient({
      endpoint,
      // One service for all regions.
      region: 'us-east-1',
      credentials: credentials({ kind: 'user' }),
      maxAttempts: 1,
    })
  })
  afterEach(async () => {
    client.destroy()
    await arranged.end()
  })

  const list = (input: ListRegionsCommandInput) => arranged.time.run(client.send(new ListRegionsCommand(input)))
  const errorOf = (input: ListRegionsCommandInput) => list(input).then(String, ({ name }: Error) => name)

  it('are listed by status, page by page', async () => {
    const asked: ListRegionsCommandInput = {
      RegionOptStatusContains: ['ENABLED', 'ENABLED_BY_DEFAULT'],
      MaxResults: 1,
    }
    const { Regions: first, NextToken } = await list(asked)
    expect(first).to.deep.equal([{ RegionName: 'eu-west-1', RegionOptStatus: 'ENABLED_BY_DEFAULT' }])
    const { Regions: second, NextToken: end } = await list({ ...asked, NextToken })
    expect(second).to.deep.equal([{ RegionName: 'eu-south-1', RegionOptStatus: 'ENABLED' }])
    expect(end).to.equal(undefined)
  })

  it('refuse a page that is too long, and a token that nobody was given', async () => {
    expect(await errorOf({ MaxResults: 51 })).to.equal('ValidationException')
    expect(await errorOf({ NextToken: 'x' })).to.equal('ValidationException')
  })

  it('fail as the service does', async () => {
    const { faults } = arranged.simulator
    for (const kind of ['throttle', 'accessDenied', 'expiredToken', 'error500'] as const) faults.add({ kind })
    expect([await errorOf({}), await errorOf({}), await errorOf({}), await errorOf({})]).to.deep.equal([
      'TooManyRequestsException',
      'AccessDeniedException',
      'ExpiredTokenException',
      'InternalServerException',
    ])
  })
})
