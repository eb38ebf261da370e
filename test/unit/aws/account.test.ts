import { expect } from 'chai'
import { enabledRegions } from '../../../src/aws/account.ts'
import { limits } from './answering.ts'

describe('The regions of an account', () => {
  it('are those that are enabled, a page after the other', async () => {
    const asked: object[] = []
    const pages = [
      { Regions: [{ RegionName: 'eu-west-1' }, {}], NextToken: 'more' },
      { Regions: [{ RegionName: 'us-east-1' }] },
    ]
    const client = {
      send: async ({ input }: { input: object }) => {
        asked.push(input)
        return pages[asked.length - 1]
      },
    } as never
    expect(await enabledRegions(client, limits)).to.deep.equal(['eu-west-1', 'us-east-1'])
    expect(asked).to.deep.equal([
      { RegionOptStatusContains: ['ENABLED', 'ENABLED_BY_DEFAULT'], MaxResults: 50 },
      { RegionOptStatusContains: ['ENABLED', 'ENABLED_BY_DEFAULT'], MaxResults: 50, NextToken: 'more' },
    ])
  })
})
