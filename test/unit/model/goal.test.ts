import { expect } from 'chai'
import { isSameGoal, readGoal } from '../../../src/model/goal.ts'
import { deployment, greenName } from '../builders.ts'

const goal = (tags: Readonly<Record<string, string>> | undefined, pairs: readonly string[] = []) =>
  readGoal(
    deployment({ application: 'orders', subject: { kind: 'tagged', platform: 'ECS', pairs } }),
    tags === undefined ? undefined : new Map(Object.entries(tags)),
  )

describe('The tags of a Lambda or ECS deployment group', () => {
  it('say which Auto Scaling groups to gate, and their target groups', () => {
    expect(
      goal({ 'greenlight:auto-scaling-groups': 'a b', 'greenlight:target-groups': ' web\tapi  web ', owner: 'us' }),
    ).to.deep.equal({
      greens: ['a', 'b'],
      wanted: ['web', 'api'],
      tests: [],
    })
  })

  it('go on in /2, /3 and so on', () => {
    expect(
      goal({
        'greenlight:auto-scaling-groups/10': 'd',
        'greenlight:auto-scaling-groups/2': 'b',
        'greenlight:auto-scaling-groups': 'a',
        ...Object.fromEntries([3, 4, 5, 6, 7, 8, 9].map((part) => [`greenlight:auto-scaling-groups/${part}`, 'c'])),
        'greenlight:auto-scaling-groups/x': 'not one of ours',
        'greenlight:target-groups': 'web',
      }),
    ).to.deep.equal({ greens: ['a', 'b', 'c', 'd'], wanted: ['web'], tests: [] })
  })

  it('are refused with a gap between them: more was meant than would be gated', () => {
    expect(
      goal({
        'greenlight:auto-scaling-groups': 'a',
        'greenlight:target-groups/2': 'web',
        'greenlight:target-groups/4': 'api',
      }),
    ).to.deep.equal({
      refusal:
        'deployment group orders/production has no tag greenlight:target-groups and greenlight:target-groups/3, but one that continues it',
    })
  })

  it('are named when they are missing, with what to do', () => {
    expect(goal({})).to.deep.equal({
      refusal:
        'deployment group orders/production does not say in greenlight:auto-scaling-groups and greenlight:target-groups ' +
        'what to gate: tag it, or remove the hook from the AppSpec',
    })
    expect(goal({ 'greenlight:auto-scaling-groups': 'a', 'greenlight:target-groups': ' ' })).to.deep.equal({
      refusal:
        'deployment group orders/production does not say in greenlight:target-groups what to gate: tag it, or remove the ' +
        'hook from the AppSpec',
    })
  })

  it('may not name a target group that ECS moves by itself', () => {
    expect(
      goal({ 'greenlight:auto-scaling-groups': 'a', 'greenlight:target-groups': 'web orders-1' }, [
        'orders-1',
        'orders-2',
      ]),
    ).to.deep.equal({
      refusal:
        'tag greenlight:target-groups of deployment group orders/production names orders-1, which ECS moves by itself',
    })
  })
})

describe('The goal of a deployment', () => {
  it('is its own where it is of the Server platform, whatever the tags say', () => {
    const tags = new Map([['greenlight:auto-scaling-groups', 'other']])
    expect(readGoal(deployment(), tags)).to.deep.equal({ greens: [greenName], wanted: ['web'], tests: [] })
    expect(readGoal(deployment(), undefined)).to.deep.equal({ greens: [greenName], wanted: ['web'], tests: [] })
  })

  it('is refused where the deployment group with its tags is gone', () => {
    expect(goal(undefined)).to.deep.equal({ refusal: 'deployment group orders/production does not exist any more' })
  })

  it('is compared by its names', () => {
    const one = { greens: ['a'], wanted: ['web'], tests: [] }
    expect(isSameGoal(one, { greens: ['a'], wanted: ['web'], tests: [] })).to.equal(true)
    expect(isSameGoal(one, { greens: ['b'], wanted: ['web'], tests: [] })).to.equal(false)
    expect(isSameGoal(one, { refusal: 'gone' })).to.equal(false)
  })
})
