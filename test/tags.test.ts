import { expect } from 'chai'
import { readAim } from '../src/tags.ts'

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

  it('go on in /2, /3 and so on, without a gap', () => {
    expect(
      aim({
        'greenlight:auto-scaling-groups': 'a',
        'greenlight:auto-scaling-groups/2': 'b',
        'greenlight:auto-scaling-groups/3': 'c',
        'greenlight:auto-scaling-groups/5': 'left out',
        'greenlight:target-groups': 'web',
      }),
    ).to.deep.equal({ greens: ['a', 'b', 'c'], wanted: ['web'] })
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
