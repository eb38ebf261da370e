import { expect } from 'chai'
import type { TargetGroup } from '../../../src/model/targetGroup.ts'
import { refusePreflight } from '../../../src/rules/preflight.ts'
import { arnOf, targetGroup } from '../builders.ts'
import { type Gated, gated } from './gating.ts'

const twin = (differences: Partial<TargetGroup> = {}) => targetGroup('greenlight-web', differences)
const having = (traits: TargetGroup['traits']) => ({ traits: { ...targetGroup('web').traits, ...traits } })
const reasonFor = (test: TargetGroup | undefined, seen: Gated = {}) => {
  const { tests = ['greenlight-web'], targetGroups = test === undefined ? [] : [test] } = seen
  const refused = refusePreflight(gated({ ...seen, tests, targetGroups: [targetGroup('web'), ...targetGroups] }))
  return refused === undefined ? undefined : refused.reason
}
const see = '; see the tag greenlight:test-target-groups'

describe('A test target group', () => {
  for (const [what, reason, expected] of [
    ['that has everything in common with the wanted one is its twin', reasonFor(twin()), undefined],
    ['that does not exist', reasonFor(undefined), `test target group greenlight-web does not exist${see}`],
    [
      'of another type',
      reasonFor(twin({ type: 'ip' })),
      `test target group greenlight-web is of target type ip; an Auto Scaling group needs instance${see}`,
    ],
    [
      'that no load balancer uses',
      reasonFor(twin({ isUsed: false })),
      `no load balancer uses test target group greenlight-web${see}`,
    ],
    [
      'that is wanted itself',
      reasonFor(undefined, { tests: ['web'] }),
      `test target group web is one that green is to have: name another one${see}`,
    ],
    [
      'that the stack may not use',
      reasonFor(undefined, { tests: ['web-test'], targetGroups: [targetGroup('web-test')] }),
      `test target group web-test does not match the stack's parameter TestTargetGroupNamePattern, which is greenlight-*: rename either${see}`,
    ],
    [
      'whose owner has not agreed',
      reasonFor(twin({ tags: new Map([['greenlight:gated-by', 'shop/test']]) })),
      `test target group greenlight-web does not say in its tag greenlight:gated-by that shop/production may have it gated; its owner can tag it: aws elbv2 add-tags --resource-arns ${arnOf('greenlight-web')} --tags Key=greenlight:gated-by,Value='shop/test shop/production'`,
    ],
    [
      'that is not alike, by every difference',
      reasonFor(twin(having({ port: '8080', 'health check path': '/up' }))),
      'target group web has no twin in the tag greenlight:test-target-groups: greenlight-web has port 8080 instead of 80 and health check path /up instead of /',
    ],
    [
      'that is the nearest of several',
      reasonFor(undefined, {
        tests: ['greenlight-web', 'greenlight-api'],
        targetGroups: [
          twin(having({ port: '8080', 'health check path': '/up' })),
          targetGroup('greenlight-api', having({ port: '81' })),
        ],
      }),
      'target group web has no twin in the tag greenlight:test-target-groups: greenlight-api, the nearest of 2, has port 81 instead of 80',
    ],
    ['once traffic has arrived', reasonFor(undefined, { progress: { step: 'arrived' } }), undefined],
  ] as const) {
    it(`${expected === undefined ? 'stands in the way of nobody' : 'is refused'}: one ${what}`, () =>
      expect(reason).to.equal(expected))
  }
})
