import { expect } from 'chai'
import { type Condition, generateAccount } from '../../../simulator/account.ts'
import type { Fault } from '../../../simulator/wire/faults.ts'
import { type Playground, playground } from '../playground.ts'
import { measureSweep } from './measure.ts'

const forever = { times: 'forever' } as const

describe('A sweep of a large account at 50 ms a call', function () {
  this.timeout(60_000)

  it('takes at most 320 calls, eight at once, 6 s and 64 MB for 1,000 deployment groups in 100 applications', async () => {
    const measured = await measureSweep({ applications: 100, deploymentGroups: 1_000, withHeap: true })
    expect(measured.report).to.deep.equal({
      deploymentGroups: 1_000,
      findings: {},
      handled: 0,
      failures: 0,
      cutShort: false,
    })
    expect(measured.calls).to.be.at.most(320)
    expect(measured.atOnce).to.equal(8)
    expect(measured.virtualSeconds).to.be.at.most(6)
    expect(measured.heapMB).to.be.below(64)

    const smaller = await measureSweep({ applications: 10, deploymentGroups: 100 })
    expect(measured.calls).to.be.at.most(10 * smaller.calls)
    expect(measured.virtualSeconds).to.be.at.most(10 * smaller.virtualSeconds)
  })

  it('takes longer and finds the same when it is throttled', async () => {
    const account = { applications: 30, deploymentGroups: 90 }
    const quick = await measureSweep(account)
    let asked = 0
    const everyOther: Fault = { kind: 'throttle', when: () => asked++ % 2 === 0, ...forever }
    const throttled = await measureSweep({ ...account, faults: [everyOther] })
    expect(throttled.report).to.deep.equal(quick.report)
    expect(throttled.calls).to.be.within(1.5 * quick.calls, 2.5 * quick.calls)
    expect(throttled.atOnce).to.be.at.most(8)
    expect(throttled.virtualSeconds).to.be.above(quick.virtualSeconds)
  })
})

describe('A sweep that has too little time', () => {
  let aws: Playground
  afterEach(() => aws.end())

  const begin = async (applications: number, faults: readonly Fault[], condition: Condition = 'recorded') => {
    aws = await playground({
      sweeps: 'whenTold',
      faults,
      arrange: (world) =>
        generateAccount(world, {
          applications,
          deploymentGroups: applications,
          instances: 0,
          conditionOf: () => condition,
        }),
    })
  }
  const recorded = () => [...aws.world.autoScalingGroups.values()].filter(({ tags }) => tags.length > 0).length
  const listed = () =>
    new Set(
      aws.calls
        .filter(({ action }) => action === 'codedeploy:ListDeploymentGroups')
        .map(({ input }) => input['applicationName']),
    )

  it('ends in time, and the next ones start elsewhere, until every application was seen', async () => {
    const slow = { action: 'codedeploy:ListDeploymentGroups', latencyMs: 9_000 } as const
    await begin(300, [{ kind: 'latency', ...slow, ...forever }], 'healthy')
    const began = Date.now()
    expect(await aws.sweep()).to.deep.include({ cutShort: true, failures: 0 })
    expect(Date.now() - began).to.be.below(270_000)
    expect(aws.metrics('SweepsCutShort')).to.equal(1)
    expect(listed().size).to.be.within(150, 250)
    for (let runs = 0; listed().size < 301 && runs < 10; runs++) {
      expect(await aws.sweep()).to.deep.include({ failures: 0 })
    }
    expect(listed().size).to.equal(301)
  })

  it('finishes what was begun before it looks at anything else, and says what it could not read', async () => {
    await begin(3, [{ kind: 'hang', action: 'codedeploy:ListApplications', ...forever }])
    const began = Date.now()
    const { errorMessage } = await aws.sweep()
    expect(recorded()).to.equal(0)
    expect(String(errorMessage)).to.match(/^1 thing could not be swept, and 3 were tried: .*no answer within/)
    expect(Date.now() - began).to.be.below(300_000)
    await aws.time.advance(60_000)
    expect(aws.log.filter(({ message }) => message === 'Could not be swept')).to.have.length(1)
    expect(aws.log.at(-1)).to.deep.include({ message: 'Swept', failures: 1 })
  })

  it('looks at the deployment groups although it cannot list what was begun', async () => {
    await begin(3, [
      {
        kind: 'accessDenied',
        action: 'autoscaling:DescribeAutoScalingGroups',
        when: ({ Filters }) => String(Filters) !== '',
      },
    ])
    const { errorMessage } = await aws.sweep()
    expect(String(errorMessage)).to.match(/^1 thing could not be swept, and 0 were tried: autoscaling:Describe/)
    expect(aws.log.find(({ message }) => message === 'Swept')).to.deep.include({ deploymentGroups: 4, failures: 1 })
  })

  it('gives no single deployment more than its share', async () => {
    const of = (input: Readonly<Record<string, unknown>>) => JSON.stringify(input).includes('d-D00000001')
    await begin(3, [{ kind: 'hang', action: 'codedeploy:GetDeployment', when: of, ...forever }])
    const began = Date.now()
    expect(String((await aws.sweep())['errorMessage'])).to.contain('out of time after 90 s')
    expect(recorded()).to.equal(1)
    expect(aws.log.find(({ message }) => message === 'Swept')).to.deep.include({ deploymentGroups: 4, failures: 1 })
    expect(Date.now() - began).to.be.below(120_000)
  })
})
