import { expect } from 'chai'
import { type GateRun, gateAtReady, playGate, testTargetGroup, threeWays, type Way } from '../../demo/gateAtReady.ts'
import { gateBundle, sweepBundle } from '../bundle/bundle.ts'
import { authorizeByTemplate } from '../policies/authorize.ts'
import { plain } from './aRun.ts'

const play = async (way: Way, copyLosesTargetGroups = true): Promise<GateRun> =>
  playGate({
    ...{ seed: 1, copyLosesTargetGroups, way, code: await gateBundle(), sweepCode: await sweepBundle() },
    authorize: authorizeByTemplate(),
  })
const sentencesOf = ({ told }: GateRun) => told.map(({ who, what }) => `${who} ${what}`)
const nothingLeft = { attached: 0, held: 0, tags: 0, registered: 0 }
const look = plain(80)

describe('the gate at Ready in npm start', () => {
  let runs: Readonly<Record<Way, GateRun>>
  before(async function () {
    this.timeout(60_000)
    runs = { nobody: await play('nobody'), attaching: await play('attaching'), testing: await play('testing') }
  })

  describe('in the second scene, by attaching', () => {
    it('continues the good release, stops the bad one with the reason, and takes everything back; no request fails', () => {
      const run = runs.attaching
      const { told: _, badAt: __, requests, ...rest } = run
      expect(rest).to.deep.equal({
        ...{ copyLosesTargetGroups: true, good: 'Succeeded', bad: 'Stopped', left: nothingLeft },
        ...{ connectionsCut: 0, serving: 2 },
      })
      expect(requests).to.include({ all: 60_000, failed: 0 })
      expect(requests.toBad, 'attaching is traffic').to.be.greaterThan(1_000)
      const said = sentencesOf(run)
      expect(said)
        .to.include('CodeDeploy copies blue to green-v2, without its target groups.')
        .and.to.include('Greenlight calls ContinueDeployment on deployment v2.')
        .and.to.include('Greenlight calls StopDeployment on deployment v3.')
      expect(said.find((sentence) => sentence.startsWith('Greenlight says Failed'))).to.match(
        /^Greenlight says Failed: not healthy within 300 s: .* 1 of 2 .*green-v3-2 is unhealthy/,
      )
      const lines = gateAtReady(run, look)
      expect(lines.filter((line) => line.length > 80)).to.deep.equal([])
      expect(lines.join(' ')).to.match(/No requests failed, no connections were cut\.$/)
    })

    it('shows no target group lost, attached or taken back on the day on which AWS mends the copy', async () => {
      const run = await play('attaching', false)
      expect(run).to.deep.include({ good: 'Succeeded', bad: 'Stopped', left: { ...nothingLeft, attached: 1 } })
      const text = gateAtReady(run, look).join(' ').replaceAll(/ +/g, ' ')
      expect(text)
        .to.contain('CodeDeploy copies blue to green-v2. ')
        .and.to.not.match(/without its target|(At|De)tach/)
      expect(text).to.contain('Greenlight leaves the target group that CodeDeploy copied, no suspended processes')
    })
  })

  describe('in the third scene, in a test target group', () => {
    it("stops the same bad release, which has met none of the users' requests", () => {
      const run = runs.testing
      const { told: _, badAt: __, ...rest } = run
      expect(rest).to.deep.equal({
        ...{ copyLosesTargetGroups: true, good: 'Succeeded', bad: 'Stopped', left: nothingLeft },
        ...{ requests: { all: 60_000, toBad: 0, failed: 0 }, connectionsCut: 0, serving: 2 },
      })
      const lines = testTargetGroup(run, look)
      expect(lines.filter((line) => line.length > 80)).to.deep.equal([])
      const text = lines.join(' ').replaceAll(/ +/g, ' ')
      expect(text)
        .to.contain('Greenlight calls RegisterTargets on greenlight-web.')
        .and.to.contain('1 of 2 instances healthy in test target group greenlight-web')
        .and.to.contain('Greenlight calls DeregisterTargets on greenlight-web.')
        .and.to.contain("v3 got 0 of 60 000 users' requests.")
        .and.to.not.match(/deployment v2|AttachLoadBalancer/)
    })

    it('ends with a table that counts what unproven instances served in each of three ways', () => {
      const lines = threeWays(runs, look)
      expect(lines.filter((line) => line.length > 80)).to.deep.equal([])
      expect(lines.map((line) => line.trim().split(/ {2,}/))).to.deep.equal([
        ['no gate', 'gate by attaching', 'test target group'],
        ['-'.repeat(lines[0]?.length ?? 0)],
        ['Bad release v3 ends as', 'Succeeded', 'Stopped', 'Stopped'],
        ["Users' requests in 20 minutes", '60 000', '60 000', '60 000'],
        ['served by unproven instances', '37 495', '4 915', '0'],
      ])
    })
  })
})
