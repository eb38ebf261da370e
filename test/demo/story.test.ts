import { expect } from 'chai'
import { introduction, page } from '../../demo/page.ts'
import { sentences } from '../../demo/sentences.ts'
import { play, type Runs } from '../../demo/story.ts'
import { table } from '../../demo/table.ts'
import { bundle } from '../../tools/bundle.ts'
import { authorizeByTemplate } from '../policies/authorize.ts'
import { plain } from './aRun.ts'

/** What a terminal would take as a command. */
const controlCharacter = /\p{Cc}/u

describe('the story that npm start plays', function () {
  this.timeout(90_000)

  let code: string
  before(async () => {
    code = await bundle('GateFunction')
  })

  describe('while CodeDeploy loses target groups', () => {
    let runs: Runs
    before(async () => {
      runs = await play({ seed: 1, copyLosesTargetGroups: true, code, authorize: authorizeByTemplate() })
    })

    it('fails requests and cuts connections in the scale-in without Greenlight, and none with it', () => {
      const lost = ({ seen }: Runs['with']) => ({
        failed: seen.scaleIn.traffic.failed - seen.breakdown.traffic.failed,
        cut: seen.scaleIn.traffic.connectionsCut,
      })
      expect(lost(runs.with)).to.deep.equal({ failed: 0, cut: 0 })
      expect(lost(runs.without).cut).to.be.greaterThan(0)
      expect(lost(runs.without).failed).to.be.greaterThan(lost(runs.without).cut)
    })

    it('fails no request in either world while traffic shifts and green scales out', () => {
      for (const { seen } of [runs.without, runs.with]) expect(seen.scaleOut.traffic.failed).to.equal(0)
    })

    it('fails requests to the broken instance in both worlds, until the load balancer has noticed', () => {
      // Two checks, ten seconds apart.
      for (const { seen } of [runs.without, runs.with]) {
        const { requests, failed } = seen.breakdown.traffic
        expect(failed).to.be.within(1, (requests / 1500) * 20)
      }
      expect(runs.with.seen.scaleIn.traffic.failed).to.be.lessThan(runs.without.seen.scaleIn.traffic.failed)
    })

    it('leaves instances without traffic without Greenlight, and none with it', () => {
      const idle = ({ seen }: Runs['with']) => [seen.scaleOut, seen.scaleIn].map(({ withoutTraffic }) => withoutTraffic)
      expect(idle(runs.with)).to.deep.equal([0, 0])
      expect(idle(runs.without)).to.deep.equal([2, 3])
    })

    it('replaces the broken instance with Greenlight, and never without it', () => {
      expect(runs.without.outage.replacedAt).to.equal(undefined)
      const { brokenAt, replacedAt = Number.POSITIVE_INFINITY } = runs.with.outage
      expect((replacedAt - brokenAt) / 1000).to.be.within(1, 180)
    })

    it('breaks the same instance in both worlds, at the same time', () => {
      expect(runs.with.outage).to.include({ brokenAt: runs.without.outage.brokenAt })
      expect(runs.with.outage).to.have.property(
        'instanceId',
        (runs.without.outage as { instanceId?: string }).instanceId,
      )
    })

    it('runs the script on every instance of green, and the bundle answers each', () => {
      expect(runs.without).to.deep.include({ scriptRuns: [], invocations: 0 })
      const { scriptRuns, invocations } = runs.with
      expect(scriptRuns.map(({ exitCode }) => exitCode)).to.deep.equal(Array(7).fill(0))
      expect(invocations).to.be.at.least(7)
      expect(sentences(runs.with).map(({ who, what }) => `${who} ${what}`)).to.include.members([
        'Script before-allow-traffic.sh starts on green-1 to -4 for BeforeAllowTraffic.',
        'Greenlight calls AttachLoadBalancerTargetGroups on green.',
        'Auto Scaling attaches target group web to green.',
        'Load balancer drains green-1 and -2 in web for 60 s.',
      ])
    })

    it('names instances, groups and deployments as the story does, never by their ids', () => {
      for (const run of [runs.without, runs.with]) {
        const text = sentences(run).map(({ what }) => what)
        expect(text.filter((what) => /i-0|d-[A-Z0-9]{9}|CodeDeploy_|\0/.test(what))).to.deep.equal([])
      }
    })

    for (const columns of [80, 100]) {
      it(`fits ${columns} columns, one world after the other`, () => {
        const lines = [
          ...introduction({ copyLosesTargetGroups: true }, plain(columns)),
          ...page(runs, [], plain(columns)),
        ]
        expect(lines.filter((line) => line.length > columns || controlCharacter.test(line))).to.deep.equal([])
        expect(lines.join('\n')).to.match(/^both +09:00:00 {2}CodeDeploy creates/m)
      })
    }

    for (const columns of [120, 160]) {
      it(`fits ${columns} columns, the worlds side by side`, () => {
        const lines = page(runs, [], plain(columns))
        expect(lines.filter(({ length }) => length > columns)).to.deep.equal([])
        expect(lines.join('\n')).to.match(/^09:00:00 {2}CodeDeploy creates .* \| 09:00:00 {2}CodeDeploy creates/m)
      })
    }

    it('gives each world its lines in the order of time', () => {
      const times = page(runs, [], plain(160)).flatMap((line) => {
        const [, left, right] = /^(\d\d:\d\d:\d\d| {8}).{70} \| ?(\d\d:\d\d:\d\d)?/.exec(line) ?? []
        return [{ left: left?.trim(), right }]
      })
      for (const side of ['left', 'right'] as const) {
        const those = times.flatMap((time) => time[side] || [])
        expect(those).to.have.length.greaterThan(10)
        expect(those).to.deep.equal([...those].sort())
      }
    })
  })

  for (const seed of [1, 7]) {
    it(`ends alike in both worlds, in every cell, on the day on which AWS mends the copy (seed ${seed})`, async () => {
      const runs = await play({ seed, copyLosesTargetGroups: false, code, authorize: authorizeByTemplate() })
      const rows = table(runs)
      expect(rows.map((row) => row.with)).to.deep.equal(rows.map((row) => row.without))
      expect(runs.with.seen).to.deep.equal(runs.without.seen)
      expect(runs.with.outage).to.deep.equal(runs.without.outage)
      expect(runs.with.outage.replacedAt).to.be.a('number')
      // Greenlight suspends and resumes scaling processes, which costs no request; there is nothing to attach.
      expect(sentences(runs.with).filter(({ what }) => /[Aa]ttach/.test(what))).to.deep.equal([])
      expect(page(runs, [], plain(80))).to.include('The two runs are equal in every number.')
    })
  }

  it('ends in a sentence when the deployment does not succeed', async () => {
    const refuses =
      'exports.handler = async () => ({ verdict: "Failed", reason: "no luck today", deploymentId: "d-1" })'
    const error = await play({ seed: 1, copyLosesTargetGroups: true, code: refuses }).catch((thrown) => thrown)
    expect(error).to.be.an('error')
    expect(error.message).to.match(
      /^The deployment d-\w+ should have succeeded by now, but it is Failed\. .*no luck today$/,
    )
  })
})
