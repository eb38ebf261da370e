import { expect } from 'chai'
import { gateAtReady, playGate } from '../../demo/gateAtReady.ts'
import { gateBundle } from '../bundle/bundle.ts'
import { authorizeByTemplate } from '../policies/authorize.ts'

describe('the second scene of npm start, at the gate that Greenlight keeps by itself', () => {
  it('continues the good release, stops the bad one with the reason, and takes everything back; nobody loses a request', async () => {
    const run = await playGate({ seed: 1, code: await gateBundle(), authorize: authorizeByTemplate() })
    const { told, traffic, ...rest } = run
    expect(rest).to.deep.equal({
      good: 'Succeeded',
      bad: 'Stopped',
      left: { attached: 0, held: 0, tags: 0 },
      serving: 2,
    })
    expect({ failed: traffic.failed, connectionsCut: traffic.connectionsCut }).to.deep.equal({
      failed: 0,
      connectionsCut: 0,
    })
    const said = told.map(({ what }) => what)
    expect(said).to.include('calls ContinueDeployment on v2').and.to.include('calls StopDeployment on v3')
    expect(said.find((what) => what.startsWith('says: Failed'))).to.match(/^says: Failed: not healthy within 300 s: /)
    const lines = gateAtReady(run, { columns: 80, mark: (_, text) => text })
    expect(lines.filter((line) => line.length > 80)).to.deep.equal([])
    expect(lines.at(-1)).to.equal('No requests failed, no connections were cut.')
  })
})
