import {
  DescribeAutoScalingGroupsCommand,
  DescribeScalingActivitiesCommand,
  EnterStandbyCommand,
  ExitStandbyCommand,
} from '@aws-sdk/client-auto-scaling'
import { expect } from 'chai'
import { type Arranged, arrange, arrangeBlueGreen, greenOf, idsOf, inService, targetStates } from './arranged.ts'

describe('the capacity of a simulated Auto Scaling group', () => {
  let arranged: Arranged
  beforeEach(async () => {
    arranged = await arrange()
  })
  afterEach(() => arranged.end())

  const described = async (name: string) => {
    const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] })
    const { AutoScalingGroups: [group] = [] } = await arranged.time.run(arranged.clients().autoScaling.send(command))
    if (group === undefined) throw new Error(`There is no ${name}.`)
    return group
  }

  describe('in units', () => {
    for (const [why, options, weights] of [
      ['weights, which its instances show', {}, ['4', '2', '4']],
      [
        'processors, which its instances do not show',
        { desiredCapacityType: 'vcpu' },
        [undefined, undefined, undefined],
      ],
    ] as const) {
      it(`counts ${why}`, async () => {
        arranged.simulator.world.createAutoScalingGroup({
          name: 'blue',
          desiredCapacity: 8,
          weights: { large: 4, small: 2 },
          ...options,
        })
        const blue = await described('blue')
        expect(blue.DesiredCapacity).to.equal(8)
        expect(blue.Instances?.map(({ WeightedCapacity }) => WeightedCapacity)).to.deep.equal(weights)
        expect(blue.MixedInstancesPolicy?.LaunchTemplate?.Overrides).to.have.length(weights[0] === undefined ? 1 : 2)
        expect(blue.LaunchTemplate).to.equal(undefined)
      })
    }

    it('launches until there are enough, and terminates as long as enough are left', async () => {
      const { simulator, time } = arranged
      simulator.world.createAutoScalingGroup({ name: 'blue', desiredCapacity: 8, weights: { large: 4 }, maxSize: 40 })
      const scaledTo = async (desired: number) => {
        simulator.world.setDesiredCapacity('blue', desired)
        await time.advance(60_000)
        return inService(simulator, 'blue').length
      }
      expect([await scaledTo(13), await scaledTo(9), await scaledTo(8), await scaledTo(0)]).to.deep.equal([4, 3, 2, 0])
    })

    it('is copied to green, as much as is healthy', async () => {
      const { simulator, time } = arranged
      const { world } = simulator
      arrangeBlueGreen(simulator)
      world.autoScalingGroups.delete('blue')
      for (const id of world.instances.keys()) world.instances.delete(id)
      const options = { name: 'blue', targetGroups: ['web'], desiredCapacity: 8, weights: { large: 4 } }
      world.createAutoScalingGroup(options)
      const id = world.deploy({ deploymentGroup: 'production' })
      expect(await time.run(world.deploymentEnded(id))).to.equal('Succeeded')
      const green = await described(greenOf(id))
      expect([green.DesiredCapacity, green.Instances?.length]).to.deep.equal([8, 2])
    })
  })

  describe('of which an instance is in Standby', () => {
    const members = async () => {
      const { Instances = [], DesiredCapacity } = await described('blue')
      return [DesiredCapacity, ...Instances.map(({ LifecycleState }) => LifecycleState)]
    }
    const enter = (id: string, ShouldDecrementDesiredCapacity: boolean) => {
      const input = { AutoScalingGroupName: 'blue', InstanceIds: [id], ShouldDecrementDesiredCapacity }
      return arranged.time.run(arranged.clients().autoScaling.send(new EnterStandbyCommand(input)))
    }
    const exit = (id: string) => {
      const input = { AutoScalingGroupName: 'blue', InstanceIds: [id] }
      return arranged.time.run(arranged.clients().autoScaling.send(new ExitStandbyCommand(input)))
    }
    const refusal = (sent: Promise<unknown>) =>
      sent.then(
        () => 'accepted',
        ({ message }) => message,
      )
    const begin = (options = {}) => {
      const { simulator } = arranged
      arrangeBlueGreen(simulator)
      Object.assign(simulator.world.autoScalingGroups.get('blue') ?? {}, options)
      return idsOf(simulator, 'blue')
    }

    it('drains the instance, keeps it, and takes it back', async () => {
      const { simulator, time } = arranged
      const [id = ''] = begin()
      const { Activities: [entering] = [] } = await enter(id, true)
      expect(entering).to.deep.include({
        StatusCode: 'InProgress',
        Description: `Moving EC2 instance to Standby: ${id}`,
      })
      expect(targetStates(simulator, 'web')[id]).to.equal('draining')
      await time.advance(60_000)
      expect(await members()).to.deep.equal([1, 'Standby', 'InService'])
      expect(targetStates(simulator, 'web')[id]).to.equal(undefined)
      await exit(id)
      expect(await members()).to.deep.equal([2, 'Pending', 'InService'])
      await time.advance(60_000)
      expect(await members()).to.deep.equal([2, 'InService', 'InService'])
      expect(targetStates(simulator, 'web')[id]).to.equal('healthy')
      const { Activities = [] } = await time.run(
        arranged.clients().autoScaling.send(new DescribeScalingActivitiesCommand({ AutoScalingGroupName: 'blue' })),
      )
      expect(Activities.map(({ Description, StatusCode }) => `${Description} ${StatusCode}`)).to.deep.equal([
        `Moving EC2 instance out of Standby: ${id} Successful`,
        `Moving EC2 instance to Standby: ${id} Successful`,
      ])
    })

    it('launches another where the desired capacity is not decremented', async () => {
      const [id = ''] = begin()
      await enter(id, false)
      await arranged.time.advance(60_000)
      expect(await members()).to.deep.equal([2, 'Standby', 'InService', 'InService'])
    })

    it('is refused beyond the limits of the group, for another group and in another state', async () => {
      const { simulator } = arranged
      const [id = ''] = begin({ minSize: 2 })
      simulator.world.createAutoScalingGroup({ name: 'other', desiredCapacity: 1 })
      const [stranger = ''] = idsOf(simulator, 'other')
      expect(await refusal(enter(id, true))).to.equal('blue may not have fewer than 2.')
      expect(await refusal(enter(stranger, false))).to.contain('is not part of Auto Scaling group blue')
      expect(await refusal(exit(id))).to.contain('is in InService, not in Standby')
      await enter(id, false)
      await arranged.time.advance(60_000)
      Object.assign(simulator.world.autoScalingGroups.get('blue') ?? {}, { maxSize: 2 })
      expect(await refusal(exit(id))).to.equal('blue may not have more than 2.')
    })
  })
})
