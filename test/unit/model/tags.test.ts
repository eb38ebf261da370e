import { expect } from 'chai'
import { readAim } from '../../../src/model/tags.ts'

const group = { application: 'orders', deploymentGroup: 'production' }
const aim = (tags: Readonly<Record<string, string>>, pairs: readonly string[] = []) =>
  readAim(group, new Map(Object.entries(tags)), pairs)

describe('The tags of a Lambda or ECS deployment group (design 2.1)', () => {
  it('say which Auto Scaling groups to gate, and their target groups', () => {
    expect(
      aim({ 'greenlight:auto-scaling-groups': 'a b', 'greenlight:target-groups': ' web\tapi  web ', owner: 'us' }),
    ).to.deep.equal({
      greens: ['a', 'b'],
      wanted: ['web', 'api'],
    })
  })

  it('go on in /2, /3 and so on', () => {
    expect(
      aim({
        'greenlight:auto-scaling-groups/10': 'd',
        'greenlight:auto-scaling-groups/2': 'b',
        'greenlight:auto-scaling-groups': 'a',
        ...Object.fromEntries([3, 4, 5, 6, 7, 8, 9].map((part) => [`greenlight:auto-scaling-groups/${part}`, 'c'])),
        'greenlight:auto-scaling-groups/x': 'not one of ours',
        'greenlight:target-groups': 'web',
      }),
    ).to.deep.equal({ greens: ['a', 'b', 'c', 'd'], wanted: ['web'] })
  })

  it('are refused with a gap between them: whoever made it meant more than would be gated', () => {
    expect(
      aim({
        'greenlight:auto-scaling-groups': 'a',
        'greenlight:target-groups/2': 'web',
        'greenlight:target-groups/4': 'api',
      }),
    ).to.equal(
      'deployment group orders/production has no tag greenlight:target-groups and greenlight:target-groups/3, but one that goes on after it',
    )
  })

  it('are named when they are missing, with what to do', () => {
    expect(aim({})).to.equal(
      'deployment group orders/production does not say in greenlight:auto-scaling-groups and greenlight:target-groups ' +
        'what to gate: tag it, or take the hook out of the AppSpec',
    )
    expect(aim({ 'greenlight:auto-scaling-groups': 'a', 'greenlight:target-groups': ' ' })).to.equal(
      'deployment group orders/production does not say in greenlight:target-groups what to gate: tag it, or take the hook ' +
        'out of the AppSpec',
    )
  })

  it('may not name a target group that ECS moves by itself', () => {
    expect(
      aim({ 'greenlight:auto-scaling-groups': 'a', 'greenlight:target-groups': 'web orders-1' }, [
        'orders-1',
        'orders-2',
      ]),
    ).to.equal(
      'tag greenlight:target-groups of deployment group orders/production names orders-1, which ECS moves by itself',
    )
  })
})
