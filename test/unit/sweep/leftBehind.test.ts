import { expect } from 'chai'
import type { AutoScalingGroup } from '../../../src/model/autoScalingGroup.ts'
import type { Deployment } from '../../../src/model/deployment.ts'
import type { DeploymentGroup } from '../../../src/model/deploymentGroup.ts'
import { leftBehind } from '../../../src/sweep/leftBehind.ts'
import type { RegionReading } from '../../../src/sweep/ports.ts'
import { deployment, green, greenName } from '../builders.ts'

const production: DeploymentGroup = {
  application: 'shop',
  name: 'production',
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
  underWay = [],
  described = groups,
}: {
  groups?: readonly AutoScalingGroup[]
  made?: readonly Deployment[]
  of?: Partial<DeploymentGroup>
  underWay?: readonly string[]
  described?: readonly AutoScalingGroup[]
}) => {
  const ports = {
    deployments: async (ids: readonly string[]) => made.filter(({ id }) => ids.includes(id)),
    autoScalingGroups: async (names: readonly string[]) => described.filter(({ name }) => names.includes(name)),
  } as Partial<RegionReading> as RegionReading
  const found = await leftBehind(
    new Map([['shop/production', { ...production, ...of }]]),
    new Map(groups.map((one) => [one.name, one])),
    new Map(underWay.length > 0 ? [['shop/production', underWay]] : []),
    ports,
  )
  return found.map(({ kind, autoScalingGroup: { name } }) => `${kind}: ${name}`)
}

describe('What deployments left behind', () => {
  it('is the green of one that failed', async () => {
    expect(await left({})).to.deep.equal([`leftover: ${greenName}`])
  })

  it('is nothing that a deployment group names, or that is being deleted, or whose deployment is under way', async () => {
    expect(await left({ of: { autoScalingGroups: [greenName] } })).to.deep.equal([])
    expect(await left({ groups: [green({ isBeingDeleted: true })] })).to.deep.equal([])
    expect(await left({ made: [deployment()] })).to.deep.equal([])
  })

  it('is an earlier blue that still has a target group of its deployment group, unless a deployment is under way', async () => {
    const made = [deployment({ status: 'Succeeded' })]
    expect(await left({ made })).to.deep.equal([`keptBlue: ${greenName}`])
    expect(await left({ made, underWay: ['d-NEXT'] })).to.deep.equal([])
    expect(await left({ made, groups: [green()] })).to.deep.equal([])
  })

  it('is, where no deployment is known, only what a deployment group that keeps blue wants', async () => {
    const groups = [green({ name: 'old-blue', targetGroups: ['web'] })]
    expect(await left({ groups })).to.deep.equal([])
    expect(await left({ groups, of: { keepsBlue: true } })).to.deep.equal(['keptBlue: old-blue'])
  })

  it('is nothing that was deleted in the meantime', async () => {
    expect(await left({ described: [] })).to.deep.equal([])
  })
})
