import { expect } from 'chai'
import { chooseRegions } from '../../../src/audit/chooseRegions.ts'

describe('The regions to audit', () => {
  const sources = {
    configuredRegion: async () => 'eu-west-1',
    enabledRegions: async () => ['us-east-1', 'eu-west-1'],
    explain: (error: unknown, region: string) => `${error} in ${region}`,
  }
  const withoutRegion = { ...sources, configuredRegion: () => Promise.reject(new Error('Region is missing')) }
  const denied = { ...sources, enabledRegions: () => Promise.reject('denied') }

  it('are those that the flags name, otherwise the configured one', async () => {
    expect(await chooseRegions({ regions: ['us-west-2'], allRegions: false }, withoutRegion)).to.deep.equal({
      regions: ['us-west-2'],
      failures: [],
    })
    expect(await chooseRegions({ regions: [], allRegions: false }, sources)).to.deep.equal({
      regions: ['eu-west-1'],
      failures: [],
    })
  })

  it('are none where none is configured, with a sentence that says how to name one', async () => {
    const reason = 'no region is configured: name one with --region or AWS_REGION, or use --all-regions'
    expect(await chooseRegions({ regions: [], allRegions: false }, withoutRegion)).to.deep.equal({
      regions: [],
      failures: [{ what: ['anything'], reason }],
    })
  })

  it('are the enabled ones, sorted, with --all-regions', async () => {
    const both = { regions: ['eu-west-1', 'us-east-1'], failures: [] }
    expect(await chooseRegions({ regions: [], allRegions: true }, sources)).to.deep.equal(both)
    expect(await chooseRegions({ regions: [], allRegions: true }, withoutRegion)).to.deep.equal(both)
  })

  it('are only the configured one where the enabled ones cannot be listed', async () => {
    const what = ['the list of enabled regions']
    const reason = (region: string) => `denied in ${region}; or name the regions with --region`
    expect(await chooseRegions({ regions: [], allRegions: true }, denied)).to.deep.equal({
      regions: ['eu-west-1'],
      failures: [{ what, reason: reason('eu-west-1') }],
    })
    const nothing = { ...denied, configuredRegion: withoutRegion.configuredRegion }
    expect(await chooseRegions({ regions: [], allRegions: true }, nothing)).to.deep.equal({
      regions: [],
      failures: [{ what, reason: reason('us-east-1') }],
    })
  })
})
