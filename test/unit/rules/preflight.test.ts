import { expect } from 'chai'
import { gate } from '../../../src/rules/gate.ts'
import { absenceComplaints, preflight, refusePreflight } from '../../../src/rules/preflight.ts'
import { complaintsAbout } from '../../../src/rules/usable.ts'
import {
  arnOf,
  deploymentId,
  green,
  greenName,
  heldGreen,
  seenAs,
  targetGroup,
  targetGroupsByName,
} from '../builders.ts'
import { type Gated, gated } from './gating.ts'

const refused = (reason: string) => ({ decision: 'refuse', refusal: 'preflight', reason })
const judged = (seen: Gated) => refusePreflight(gated(seen))

describe('Preflight', () => {
  it('is content where nothing stands in the way', () => {
    expect(judged({})).to.equal(undefined)
    expect(preflight(seenAs('preflight'), 0)).to.deep.equal({
      decision: 'done',
      reason: `nothing stands in the way of deployment ${deploymentId} yet`,
      left: [],
    })
  })

  it('is content before green exists', () => {
    expect(judged({ greens: [], progress: { step: 'installing' } })).to.equal(undefined)
  })

  it('refuses a target group that does not exist, and so does a gate, before all else', () => {
    const expected = refused('target group web does not exist')
    expect(judged({ targetGroups: [] })).to.deep.equal(expected)
    expect(preflight(seenAs('preflight', { targetGroups: targetGroupsByName([], ['web']) }), 0)).to.deep.equal(expected)
    expect(gate(gated({ targetGroups: [], greens: [], progress: { step: 'installing' } }), 0)).to.deep.equal(expected)
  })

  for (const type of ['ip', 'lambda', 'alb']) {
    it(`refuses a target group of type ${type}`, () => {
      expect(judged({ targetGroups: [targetGroup('web', { type })] })).to.deep.equal(
        refused(`target group web is of target type ${type}; an Auto Scaling group needs instance`),
      )
    })
  }

  it('refuses a target group that no load balancer uses', () => {
    expect(judged({ targetGroups: [targetGroup('web', { isUsed: false })] })).to.deep.equal(
      refused('no load balancer uses target group web'),
    )
  })

  it('refuses more target groups than an Auto Scaling group may have', () => {
    const targetGroups = Array.from({ length: 50 }, (_, index) => `other-${index}`)
    expect(judged({ greens: [heldGreen({ targetGroups })] })).to.deep.equal(
      refused(`${greenName} would have 51 target groups, more than the 50 that Auto Scaling allows`),
    )
  })

  it('allows as many as it may have', () => {
    const targetGroups = Array.from({ length: 49 }, (_, index) => `other-${index}`)
    expect(judged({ greens: [heldGreen({ targetGroups })] })).to.equal(undefined)
  })

  it('refuses a green whose tags leave no room for the records', () => {
    const tags = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`tag-${index}`, '']))
    expect(judged({ greens: [green({ tags: tags(48) })] })).to.deep.equal(
      refused(`${greenName} would have 51 tags with Greenlight's records, more than the 50 that Auto Scaling allows`),
    )
    expect(judged({ greens: [green({ tags: tags(47) })] })).to.equal(undefined)
    const ofAws = { 'aws:cloudformation:stack-name': 'shop', 'aws:cloudformation:stack-id': 'arn' }
    expect(judged({ greens: [green({ tags: { ...tags(47), ...ofAws } })] })).to.equal(undefined)
  })

  it('refuses a green that another AWS service manages, by name', () => {
    expect(judged({ greens: [heldGreen({ operator: 'ecs-managed-instances.amazonaws.com' })] })).to.deep.equal(
      refused(`green ${greenName} is managed by ecs-managed-instances.amazonaws.com, which lets nobody else change it`),
    )
  })

  it('refuses a green that is being deleted', () => {
    expect(judged({ greens: [heldGreen({ isBeingDeleted: true })] })).to.deep.equal(
      refused(`green ${greenName} is being deleted`),
    )
  })

  it('refuses a green that has a deleted target group of the same name', () => {
    const gone = arnOf('web').replace('0123456789abcdef', 'fedcba9876543210')
    expect(judged({ greens: [heldGreen({ attached: [gone] })] })).to.deep.equal(
      refused(`green ${greenName} has ${gone}, which does not exist any more: detach it`),
    )
  })

  it('names everything that is wrong at once, before anything is installed', () => {
    expect(
      judged({
        wanted: ['web', 'api'],
        targetGroups: [targetGroup('api', { type: 'ip' })],
        greens: [],
        progress: { step: 'installing' },
      }),
    ).to.deep.equal(
      refused(
        'target group web does not exist and target group api is of target type ip; an Auto Scaling group needs instance',
      ),
    )
  })

  it('lists what it misses, each in a clause of its own', () => {
    expect(judged({ wanted: ['web', 'api'], targetGroups: [] })).to.have.property(
      'reason',
      'target group web does not exist and target group api does not exist',
    )
    expect(judged({ wanted: ['web', 'api', 'old'], targetGroups: [] })).to.have.property(
      'reason',
      'target group web does not exist; target group api does not exist and target group old does not exist',
    )
  })
})

describe('A wanted target group', () => {
  it('has nothing wrong where it is of type instance and a load balancer uses it', () => {
    expect(complaintsAbout('web', targetGroup('web'))).to.deep.equal([])
  })

  it('is complained about once, for what stands in the way first', () => {
    expect(complaintsAbout('web', targetGroup('web', { type: 'ip', isUsed: false }))).to.deep.equal([
      'target group web is of target type ip; an Auto Scaling group needs instance',
    ])
  })
})

describe('An absent green', () => {
  it('is one that is not named, that does not exist, or that has no instances', () => {
    expect(absenceComplaints([], [])).to.deep.equal(['the deployment names no green Auto Scaling group'])
    expect(absenceComplaints(['a', 'b'], [green({ name: 'b', instances: [] })])).to.deep.equal([
      'green a does not exist',
      'green b has no instances',
    ])
    expect(absenceComplaints(['b'], [green({ name: 'b' })])).to.deep.equal([])
  })
})
