import { expect } from 'chai'
import type { Deployment, NoDeployment } from '../../../src/model/deployment.ts'
import { otherIds, withOwnRecords } from '../../../src/rules/ownRecords.ts'
import { deployment, deploymentId, ecs, green, greenName } from '../builders.ts'

const blues = deployment({
  subject: { kind: 'server', greens: ['blue'], isNamed: true, wanted: ['web'], classicLoadBalancers: [] },
})

describe('The records of a green that another deployment is named in', () => {
  const noted = green({
    tags: {
      'greenlight:record': 'd-OTHER',
      'greenlight:held': 'd-OTHER 1 HealthCheck',
      'greenlight:attached/web': 'd-OTHER 1',
      'greenlight:testing/greenlight-web': 'd-OTHER 1',
      'greenlight:attached/api': `${deploymentId} 1`,
    },
  })
  const own = { api: { deploymentId, at: 1_000 } }
  const web = { deploymentId: 'd-OTHER', at: 1_000 }
  const all = { record: 'd-OTHER', held: { ...web, processes: ['HealthCheck'] } }

  const recordsBeside = (other: Deployment | NoDeployment | undefined, one: Deployment) => {
    const { records } = withOwnRecords(noted, one, new Map(other === undefined ? [] : [['d-OTHER', other]]))
    return {
      ...records,
      attached: Object.fromEntries(records.attached),
      testing: Object.fromEntries(records.testing),
    }
  }

  const none = { record: undefined, held: undefined, attached: own, testing: {}, copied: [], theirs: [] }
  const acts = ['greenlight:attached/web', 'greenlight:testing/greenlight-web']
  for (const [what, other, records] of [
    [
      'are so, where it is over and has the same green',
      deployment({ status: 'Stopped' }),
      { ...none, ...all, attached: { ...own, web }, testing: { 'greenlight-web': web } },
    ],
    [
      'are its own, where it is under way and has the same green',
      deployment({ status: 'Ready', deploymentGroup: 'elsewhere' }),
      { ...none, theirs: ['greenlight:record', 'greenlight:held', ...acts] },
    ],
    [
      'are copies from blue, where it is another one of the same deployment group',
      blues,
      { ...none, ...all, copied: acts },
    ],
    ['are left alone, where it is of another deployment group', { ...blues, deploymentGroup: 'elsewhere' }, none],
    ['are left alone, where it is of another application', { ...blues, application: 'elsewhere' }, none],
    ['are left alone, where it is of Lambda or ECS', deployment({ subject: ecs, status: 'Stopped' }), none],
    ['are left alone, where nobody asked for it', undefined, none],
    ['are left alone, where CodeDeploy does not know it', { refusal: 'no such deployment', isGone: true }, none],
  ] as const) {
    it(what, () => expect(recordsBeside(other, deployment())).to.deep.equal(records))
  }

  for (const [what, other, attached] of [
    ['are so, where both are of one deployment group', { status: 'InProgress' }, { ...own, web }],
    ['are so, where that of another one is over', { deploymentGroup: 'two', status: 'Stopped' }, { ...own, web }],
    ['are left alone, where that of another one is under way', { deploymentGroup: 'two', status: 'InProgress' }, own],
  ] as const) {
    it(`${what} for Lambda or ECS`, () => {
      const found = recordsBeside(deployment({ subject: ecs, ...other }), deployment({ subject: ecs }))
      expect(found).to.deep.include({ attached, copied: [] })
    })
  }

  it('name each of several deployments once, and their own not at all', () => {
    expect(otherIds([noted, green({ name: greenName })], deploymentId)).to.deep.equal(['d-OTHER'])
    const tags = {
      'greenlight:record': 'd-A',
      'greenlight:held': 'd-B 1 HealthCheck',
      'greenlight:attached/web': 'd-C 1',
      'greenlight:testing/greenlight-web': 'd-D 1',
    }
    expect(otherIds([green({ tags })], deploymentId)).to.deep.equal(['d-A', 'd-B', 'd-C', 'd-D'])
  })
})
