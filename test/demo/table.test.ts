import { expect } from 'chai'
import { table } from '../../demo/table.ts'
import { aRun } from './aRun.ts'

const cells = (run: Parameters<typeof aRun>[0]) =>
  Object.fromEntries(table({ without: aRun(run), with: aRun() }).map((row) => [row.label.trim(), row.without.text]))

describe('the closing table', () => {
  it('shows zeros for a world in which nothing failed', () => {
    expect(cells({})).to.deep.equal({
      'Requests served': '4 000',
      'Requests failed': '0',
      'during the deployment': '0',
      'during the scale-out': '0',
      'after an instance broke': '0',
      'during the scale-in': '0',
      'Long connections cut': '0',
      'Instances in service without traffic': '0 of 4',
      'after the scale-out': '0 of 4',
      'Unhealthy instance replaced': 'after 60 s',
    })
  })

  it('counts each failure in the act in which it happened, a cut connection by itself, and sums them up', () => {
    const scaleIn = { requests: 4000, failed: 300.4, connectionsCut: 40 }
    expect(
      cells({
        seen: {
          breakdown: { traffic: { requests: 3000, failed: 100.6, connectionsCut: 0 } },
          scaleIn: { traffic: scaleIn },
        },
      }),
    ).to.deep.include({
      'Requests served': '3 740',
      'Requests failed': '260',
      'during the deployment': '0',
      'during the scale-out': '0',
      'after an instance broke': '101',
      'during the scale-in': '159',
      'Long connections cut': '40',
    })
  })

  it('says how many instances got no traffic, and when', () => {
    const seen = { scaleOut: { inService: 6, withoutTraffic: 2 }, scaleIn: { withoutTraffic: 3 } }
    expect(cells({ seen })).to.deep.include({
      'after the scale-out': '2 of 6',
      'Instances in service without traffic': '3 of 4',
    })
  })

  it('says that the unhealthy instance was never replaced, and how long that was watched', () => {
    const outage = { brokenAt: 20 * 60_000, replacedAt: undefined }
    expect(cells({ outage })).to.deep.include({ 'Unhealthy instance replaced': 'never (within 10 minutes)' })
  })

  it('marks as fine only what cost users nothing', () => {
    const [, failed] = table({
      without: aRun({ seen: { scaleIn: { traffic: { requests: 1, failed: 1, connectionsCut: 0 } } } }),
      with: aRun(),
    })
    expect(failed).to.deep.equal({
      label: 'Requests failed',
      without: { text: '1', fine: false },
      with: { text: '0', fine: true },
    })
  })
})
