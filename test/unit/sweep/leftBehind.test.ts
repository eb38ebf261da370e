import { expect } from 'chai'
import type { AutoScalingGroup } from '../../../src/model/autoScalingGroup.ts'
import type { Deployment } from '../../../src/model/deployment.ts'
import type { DeploymentGroup } from '../../../src/model/deploymentGroup.ts'
import { leftBehind } from '../../../src/sweep/leftBehind.ts'
import type { RegionReading } from '../../../src/sweep/ports.ts'
import { deployment, green, greenName, target, targetGroup } from '../builders.ts'

const production: DeploymentGroup = {
  application: 'shop',
  name: 'production',
  arn: undefined,
  autoScalingGroups: ['blue'],
  wanted: ['web'],
  classicLoadBalancers: [],
  copies: true,
  waitMinutes: 60,
  keepsBlue: false,
  terminationHook: false,
}

const left = async ({
  groups = [green({ targetGroups: ['web'] })],
  made = [deployment({ status: 'Failed' })],
  of = {},
  isBusy = false,
  healthy = [],
  described = groups,
}: {
  groups?: readonly AutoScalingGroup[]
  made?: readonly Deployment[]
  of?: Partial<DeploymentGroup>
  isBusy?: boolean
  healthy?: readonly string[]
  described?: readonly AutoScalingGroup[]
}) => {
  const ports = {
    deployments: async (ids: readonly string[]) => made.filter(({ id }) => ids.includes(id)),
    autoScalingGroups: async (names: readonly string[]) => described.filter(({ name }) => names.includes(name)),
    targetGroups: async (names: readonly string[]) => new Map(names.map((name) => [name, targetGroup(name)])),
    targetHealth: async () => healthy.map((id) => target(id)),
  } as Partial<RegionReading> as RegionReading
  const found = await leftBehind(
    {
      deploymentGroups: new Map([['shop/production', { ...production, ...of }]]),
      autoScalingGroups: new Map(groups.map((one) => [one.name, one])),
      underWay: new Map(isBusy ? [['shop/production', []]] : []),
      foreign: new Map(),
    },
    ports,
  )
  return found.map((one) => {
    const serving =
      one.kind === 'leftover' && one.serving.length > 0 ? one.serving.map(({ name }) => ` serves in ${name}`) : []
    return `${one.kind}: ${one.autoScalingGroup.name}${serving.join('')}`
  })
}

describe('What deployments left behind', () => {
  it('is the green of one that failed', async () => {
    expect(await left({})).to.deep.equal([`leftover: ${greenName}`])
  })

  it('is a green that serves without a target group, where an instance of its own is healthy there', async () => {
    const groups = [green()]
    expect(await left({ groups, healthy: ['i-2'] })).to.deep.equal([`leftover: ${greenName} serves in web`])
    expect(await left({ groups, healthy: ['b-1'] })).to.deep.equal([`leftover: ${greenName}`])
    // What it has is not missing.
    expect(await left({ healthy: ['i-2'] })).to.deep.equal([`leftover: ${greenName}`])
  })

  it('is nothing that a deployment group names, or that is being deleted, or whose deployment is under way', async () => {
    expect(await left({ of: { autoScalingGroups: [greenName] } })).to.deep.equal([])
    expect(await left({ groups: [green({ isBeingDeleted: true })] })).to.deep.equal([])
    expect(await left({ made: [deployment()] })).to.deep.equal([])
  })

  it('is an earlier blue that still has a target group of its deployment group, unless a deployment is under way', async () => {
    const made = [deployment({ status: 'Succeeded' })]
    expect(await left({ made })).to.deep.equal([`keptBlue: ${greenName}`])
    expect(await left({ made, isBusy: true })).to.deep.equal([])
    expect(await left({ made, groups: [green()] })).to.deep.equal([])
  })

  it('is, where no deployment is known, only what a deployment group that keeps blue wants', async () => {
    const groups = [green({ name: 'old-blue', targetGroups: ['web'] })]
    expect(await left({ groups })).to.deep.equal([])
    expect(await left({ groups, of: { keepsBlue: true } })).to.deep.equal(['keptBlue: old-blue'])
  })

  it('is what has records, if it is nothing else', async () => {
    const tags = { 'greenlight:held': 'somebody HealthCheck' }
    expect(await left({ groups: [green({ name: 'workers', tags })] })).to.deep.equal(['recorded: workers'])
    expect(await left({ groups: [green({ tags })] })).to.deep.equal([`leftover: ${greenName}`])
    expect(await left({ groups: [green({ tags })], of: { autoScalingGroups: [greenName] } })).to.deep.equal([])
  })

  it('is nothing that was deleted in the meantime', async () => {
    expect(await left({ described: [] })).to.deep.equal([])
  })
})
