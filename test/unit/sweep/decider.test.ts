import { expect } from 'chai'
import type { Deployment } from '../../../src/model/deployment.ts'
import type { Refused } from '../../../src/model/refused.ts'
import { foreignRecords } from '../../../src/sweep/decider.ts'
import { deployment, ecs, green, greenName } from '../builders.ts'

/** Whether the records of green are foreign, where these deployments exist. */
const isForeign = async (
  tags: Readonly<Record<string, string>>,
  exist: readonly (Deployment | Refused)[] = [],
  later: readonly Deployment[] = [],
) => {
  const found = await foreignRecords([green({ tags })], {
    deployments: async (ids) => exist.filter((one) => !('id' in one) || ids.includes(one.id)),
    deploymentsOf: async function* () {
      yield later
    },
  })
  return found.has(greenName)
}

describe('Records', () => {
  const id = 'd-OTHER'
  const record = { 'greenlight:record': id }
  const other = (subject: Deployment['subject']) => deployment({ id, subject })
  const elsewhere = other({
    kind: 'server',
    greens: ['other'],
    isNamed: false,
    wanted: ['web'],
    classicLoadBalancers: [],
  })

  for (const [what, tags, exist, later, expected] of [
    ['there are none', {}, [], [], false],
    ['they name nonsense', { 'greenlight:record': 'nonsense' }, [], [], true],
    ['a hold alone names nobody', { 'greenlight:held': 'HealthCheck' }, [], [], true],
    ['they name a local deployment', { 'greenlight:record': 'd-A-local' }, [], [], true],
    ['their deployment does not exist', record, [], [], true],
    ['CodeDeploy tagged green with it', { ...record, CodeDeployProvisioningDeploymentId: id }, [], [], false],
    [
      'CodeDeploy tagged green with it, and names none yet',
      { ...record, CodeDeployProvisioningDeploymentId: id },
      [elsewhere],
      [],
      false,
    ],
    ['some deployment cannot be read', record, [{ refusal: 'unreadable' }], [], false],
    ['their deployment has this green', record, [{ ...deployment(), id }], [], false],
    ['tags tie their deployment to green', record, [other(ecs)], [], false],
    [
      'the copy has kept the tag that CodeDeploy gave its blue',
      { ...record, CodeDeployProvisioningDeploymentId: id },
      [{ ...elsewhere, subject: { ...elsewhere.subject, isNamed: true } } as Deployment],
      [],
      true,
    ],
    [
      'a stranger wrote over one of them, and another tells',
      { 'greenlight:record': 'nonsense', 'greenlight:attached/web': id },
      [{ ...deployment(), id }],
      [],
      false,
    ],
    ['their deployment is a rollback', record, [other({ kind: 'nothing', reason: 'is a rollback' })], [], true],
    ['their deployment has another green', record, [elsewhere], [elsewhere], true],
    ['CodeDeploy copied them to the green of a later one', record, [elsewhere], [deployment()], false],
  ] satisfies [string, Readonly<Record<string, string>>, (Deployment | Refused)[], Deployment[], boolean][]) {
    it(`are ${expected ? '' : 'not '}foreign where ${what}`, async () => {
      expect(await isForeign(tags, exist, later)).to.equal(expected)
    })
  }
})
