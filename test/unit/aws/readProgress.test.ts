import { expect } from 'chai'
import { readBlocked, readProgress } from '../../../src/aws/readProgress.ts'
import { greenTarget, installedTarget } from '../awsAnswers.ts'

const installing = greenTarget('i-1', { Install: 'InProgress' })
const notBegun = greenTarget('i-9', {})
const failed = greenTarget('i-8', { Install: 'Failed' }, { status: 'Failed' })
const shifting = greenTarget('i-3', { ValidateService: 'Succeeded', AllowTraffic: 'InProgress' })
const arrived = greenTarget('i-4', {
  ValidateService: 'Succeeded',
  BeforeAllowTraffic: 'Succeeded',
  AllowTraffic: 'Succeeded',
})
const asking = greenTarget('i-1', { ValidateService: 'Succeeded', BeforeAllowTraffic: 'InProgress' })

const stepOf = (...targets: Parameters<typeof readProgress>[0]) => readProgress(targets).step

describe('Progress', () => {
  it('is installing while some instance has not finished ValidateService', () => {
    expect(readProgress([installing, installedTarget('i-2')])).to.deep.equal({
      step: 'installing',
      failed: new Set(),
      waitingFor: ['i-1'],
      askingSince: undefined,
    })
  })

  it('is installing before CodeDeploy has begun anywhere', () => {
    expect(stepOf(notBegun)).to.equal('installing')
  })

  it('is installing, and never arrived, while there is no instance at all', () => {
    expect(stepOf()).to.equal('installing')
  })

  it('is between batches where all that have begun are installed, one asks, and the rest have not begun', () => {
    expect(readProgress([asking, notBegun])).to.deep.equal({
      step: 'betweenBatches',
      failed: new Set(),
      waitingFor: ['i-9'],
      askingSince: undefined,
    })
    expect(stepOf(arrived, notBegun)).to.equal('betweenBatches')
  })

  it('is installing where the rest have not begun and none of those that have asks: CodeDeploy waits for none', () => {
    expect(stepOf(installedTarget('i-1'), notBegun)).to.equal('installing')
  })

  it('knows since when the last of those asks that have come to BeforeAllowTraffic', () => {
    const since = (id: string, seconds: number) =>
      greenTarget(
        id,
        {},
        {
          lifecycleEvents: [
            { lifecycleEventName: 'ValidateService', status: 'Succeeded' },
            { lifecycleEventName: 'BeforeAllowTraffic', status: 'InProgress', startTime: new Date(seconds * 1000) },
          ],
        },
      )
    expect(readProgress([since('i-1', 10), since('i-2', 30), installedTarget('i-3')]).askingSince).to.equal(30_000)
    expect(readProgress([arrived]).askingSince).to.equal(undefined)
  })

  it('is installing where of the rest one has begun', () => {
    expect(stepOf(installedTarget('i-2'), notBegun, installing)).to.equal('installing')
  })

  it('is installed once all have finished ValidateService', () => {
    expect(stepOf(installedTarget('i-1'), installedTarget('i-2'))).to.equal('installed')
  })

  it('is installed where CodeDeploy skipped ValidateService, having no script for it', () => {
    expect(stepOf(greenTarget('i-1', { Install: 'Succeeded', ValidateService: 'Skipped' }))).to.equal('installed')
  })

  it('is shifting once some instance has begun AllowTraffic', () => {
    expect(stepOf(installedTarget('i-1'), shifting)).to.equal('shifting')
    expect(stepOf(installedTarget('i-1'), arrived)).to.equal('shifting')
  })

  it('is arrived once all have succeeded in AllowTraffic', () => {
    expect(stepOf(arrived, { ...arrived })).to.equal('arrived')
  })

  it('leaves out the instances that CodeDeploy failed, and names them', () => {
    expect(readProgress([failed, installedTarget('i-1')])).to.deep.equal({
      step: 'installed',
      failed: new Set(['i-8']),
      waitingFor: [],
      askingSince: undefined,
    })
  })

  it('counts an instance as failed by one failed event, whatever its status says', () => {
    expect(readProgress([greenTarget('i-1', { Install: 'Failed' })]).failed).to.deep.equal(new Set(['i-1']))
  })

  it('has not arrived where every instance was failed', () => {
    expect(stepOf(failed)).to.equal('installing')
  })

  it('reads an id as CodeDeploy gives it, with or without an ARN around', () => {
    expect(readProgress([greenTarget('i-1', {}, { targetId: 'i-1' })]).waitingFor).to.deep.equal(['i-1'])
  })

  it('passes over what is no instance', () => {
    expect(stepOf({ deploymentTargetType: 'LambdaTarget' }, arrived)).to.equal('arrived')
  })
})

describe('What CodeDeploy has begun to take out of the load balancer', () => {
  const blue = (id: string | undefined, ...events: readonly (readonly [string, string | undefined])[]) => ({
    deploymentTargetType: 'InstanceTarget' as const,
    instanceTarget: {
      targetId: id,
      instanceLabel: 'Blue' as const,
      lifecycleEvents: events.map(([lifecycleEventName, status]) => ({
        lifecycleEventName,
        status: status as 'Pending',
      })),
    },
  })

  for (const [status, isBlocked] of [
    [undefined, false],
    ['Pending', false],
    ['Skipped', false],
    ['InProgress', true],
    ['Succeeded', true],
    ['Failed', true],
  ] as const) {
    it(`${isBlocked ? 'is' : 'is not'} an instance whose BlockTraffic is ${status}`, () => {
      const targets = [
        blue(
          'arn:aws:ec2:eu-west-1:123456789012:instance/b-1',
          ['BeforeBlockTraffic', 'Succeeded'],
          ['BlockTraffic', status],
        ),
      ]
      expect(readBlocked(targets)).to.deep.equal(new Set(isBlocked ? ['b-1'] : []))
    })
  }

  it('is told by BlockTraffic alone', () => {
    expect(readBlocked([blue('b-1', ['BeforeBlockTraffic', 'Succeeded']), blue('b-2')])).to.deep.equal(new Set())
  })

  it('is nothing where AWS leaves everything out', () => {
    const targets = [{}, { instanceTarget: {} }, blue(undefined, ['BlockTraffic', 'InProgress'])]
    expect(readBlocked(targets as Parameters<typeof readBlocked>[0])).to.deep.equal(new Set(['(no id)']))
  })
})

describe('Of an instance that CodeDeploy failed', () => {
  it('a status is enough, or a lifecycle event', () => {
    const byStatus = greenTarget('i-1', {}, { status: 'Failed' })
    const byEvent = greenTarget('i-2', { Install: 'Failed' })
    const untold = greenTarget('i-3', {}, { status: 'Failed', lifecycleEvents: undefined })
    expect(readProgress([byStatus, byEvent, untold, installedTarget('i-4')])).to.deep.equal({
      step: 'installed',
      failed: new Set(['i-1', 'i-2', 'i-3']),
      waitingFor: [],
      askingSince: undefined,
    })
  })
})

describe('Of a target of which AWS says nothing', () => {
  it('nothing has begun, and its id is not known', () => {
    expect(readProgress([{ instanceTarget: {} }])).to.deep.equal({
      step: 'installing',
      failed: new Set(),
      waitingFor: ['(no id)'],
      askingSince: undefined,
    })
  })
})

describe('Since when green asks', () => {
  it('is when the last of those came to BeforeAllowTraffic that are still there', () => {
    const at = (id: string, status: 'InProgress' | 'Succeeded', ms: number) =>
      greenTarget(
        id,
        {},
        {
          lifecycleEvents: [
            { lifecycleEventName: 'ValidateService', status: 'Succeeded' },
            { lifecycleEventName: 'BeforeAllowTraffic', status, startTime: new Date(ms) },
          ],
        },
      )
    expect(
      readProgress([at('i-1', 'InProgress', 1_000), at('i-2', 'InProgress', 2_000), at('i-3', 'Succeeded', 3_000)])
        .askingSince,
    ).to.equal(2_000)
    expect(readProgress([at('i-3', 'Succeeded', 3_000)]).askingSince).to.equal(undefined)
  })
})
