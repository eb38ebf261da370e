import { expect } from 'chai'
import type { Finding } from '../../../src/sweep/finding.ts'
import { rememberingFindings } from '../../../src/sweep/toldFindings.ts'

const finding = (deploymentGroup: string): Finding => ({
  application: 'shop',
  deploymentGroup,
  kind: 'noAutoScalingGroup',
  autoScalingGroup: 'web',
})
const leftover = (ageMs: number): Finding => ({
  application: 'shop',
  deploymentGroup: 'production',
  kind: 'leftover',
  autoScalingGroup: 'web',
  deploymentId: 'd-1',
  status: 'Failed',
  ageMs,
  instances: 2,
  targetGroups: [],
})

describe('A finding is news', () => {
  it('once, and again when it is still so after an hour', () => {
    const isNews = rememberingFindings()
    expect([0, 1, 3_599_999, 3_600_000, 3_600_001].map((now) => isNews(finding('a'), now))).to.deep.equal([
      ...[true, false, false],
      ...[true, false],
    ])
  })

  it('whatever else was told', () => {
    const isNews = rememberingFindings()
    expect([isNews(finding('a'), 0), isNews(finding('b'), 1_800_000), isNews(finding('b'), 3_600_000)]).to.deep.equal([
      ...[true, true, false],
    ])
  })

  it('not because it has grown older, but because something else has changed', () => {
    const isNews = rememberingFindings()
    expect([isNews(leftover(1), 0), isNews(leftover(2), 1)]).to.deep.equal([true, false])
    expect(isNews({ ...leftover(2), instances: 3 } as Finding, 2)).to.equal(true)
  })
})
