import { expect } from 'chai'
import { type GateRun, gateAtReady, playGate } from '../../demo/gateAtReady.ts'
import { gateBundle, sweepBundle } from '../bundle/bundle.ts'
import { authorizeByTemplate } from '../policies/authorize.ts'
import { plain } from './aRun.ts'

describe('the second scene of npm start, at the gate that Greenlight keeps by itself', () => {
  const play = async (copyLosesTargetGroups: boolean) =>
    playGate({
      ...{ seed: 1, copyLosesTargetGroups, code: await gateBundle(), sweepCode: await sweepBundle() },
      authorize: authorizeByTemplate(),
    })
  const page = (run: GateRun) => gateAtReady(run, plain(80))

  it('continues the good release, stops the bad one with the reason, and takes everything back; no request fails', async () => {
    const run = await play(true)
    const { told, traffic, ...rest } = run
    expect(rest).to.deep.equal({
      copyLosesTargetGroups: true,
      good: 'Succeeded',
      bad: 'Stopped',
      left: { attached: 0, held: 0, tags: 0 },
      serving: 2,
    })
    expect({ failed: traffic.failed, connectionsCut: traffic.connectionsCut }).to.deep.equal({
      failed: 0,
      connectionsCut: 0,
    })
    const said = told.map(({ who, what }) => `${who} ${what}`)
    expect(said)
      .to.include('CodeDeploy copies blue to green-v2, without its target groups.')
      .and.to.include('Greenlight calls ContinueDeployment on deployment v2.')
      .and.to.include('Greenlight calls StopDeployment on deployment v3.')
    expect(said.find((sentence) => sentence.startsWith('Greenlight says Failed'))).to.match(
      /^Greenlight says Failed: not healthy within 300 s: .*green-v3-1 is unhealthy/,
    )
    const lines = page(run)
    expect(lines.filter((line) => line.length > 80)).to.deep.equal([])
    expect(lines.at(-1)).to.equal('No requests failed, no connections were cut.')
  })

  it('shows no target group lost, attached or taken back on the day on which AWS mends the copy', async () => {
    const run = await play(false)
    expect(run).to.deep.include({ good: 'Succeeded', bad: 'Stopped', left: { attached: 1, held: 0, tags: 0 } })
    const text = page(run).join(' ').replaceAll(/ +/g, ' ')
    expect(text)
      .to.contain('CodeDeploy copies blue to green-v2. ')
      .and.to.not.match(/without its target|(At|De)tach/)
    expect(text).to.contain('Greenlight leaves the target group that CodeDeploy copied, no suspended processes')
  })
})
