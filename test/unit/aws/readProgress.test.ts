import { expect } from 'chai'
import { readBlue, readProgress } from '../../../src/aws/readProgress.ts'
import type { Progress } from '../../../src/model/progress.ts'
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

/** The progress of greens that CodeDeploy lists and that nobody asks about; a test names only what matters to it. */
const progress = (listed: readonly string[], differences: Partial<Progress>): Progress => ({
  isWhole: true,
  asking: [],
  step: 'installing',
  givenUp: new Set(),
  listed: new Set(listed),
  waitingFor: [],
  hasBegunTraffic: false,
  askingSince: undefined,
  ...differences,
})
const stepOf = (...targets: Parameters<typeof readProgress>[0]) => readProgress(targets).step

describe('Progress', () => {
  it('is installing while some instance has not finished ValidateService', () => {
    expect(readProgress([installing, installedTarget('i-2')])).to.deep.equal(
      progress(['i-1', 'i-2'], { waitingFor: ['i-1'] }),
    )
  })

  it('is installing before CodeDeploy has begun anywhere', () => {
    expect(stepOf(notBegun)).to.equal('installing')
  })

  it('is installing, and never arrived, while there is no instance at all', () => {
    expect(stepOf()).to.equal('installing')
  })

  it('is between batches where all that have begun are installed, one asks, and the rest have not begun', () => {
    expect(readProgress([asking, notBegun])).to.deep.equal(
      progress(['i-1', 'i-9'], { step: 'betweenBatches', waitingFor: ['i-9'], asking: ['i-1'] }),
    )
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

  for (const status of ['Failed', 'Skipped'] as const) {
    it(`leaves out the instances that CodeDeploy itself gave up as ${status}, and names them`, () => {
      const given = greenTarget('i-8', {}, { status, lifecycleEvents: undefined })
      expect(readProgress([given, installedTarget('i-1')])).to.deep.equal(
        progress(['i-8', 'i-1'], { step: 'installed', givenUp: new Set(['i-8']), hasBegunTraffic: undefined }),
      )
      expect(stepOf(given, arrived)).to.equal('arrived')
    })
  }

  it('goes on with an instance of which one event failed: CodeDeploy may ignore that ApplicationStop did', () => {
    const stopFailed = { lifecycleEventName: 'ApplicationStop', status: 'Failed' as const }
    const allowed = { lifecycleEventName: 'AllowTraffic', status: 'Succeeded' as const }
    const went = greenTarget('i-1', {}, { lifecycleEvents: [stopFailed, allowed] })
    expect(readProgress([went])).to.deep.equal(progress(['i-1'], { step: 'arrived', hasBegunTraffic: true }))
  })

  it('knows whether any instance has begun AllowTraffic, though CodeDeploy gave it up since', () => {
    const gone = greenTarget('i-8', { AllowTraffic: 'Failed' }, { status: 'Failed' })
    const skipped = greenTarget('i-8', { AllowTraffic: 'Skipped' }, { status: 'Failed' })
    expect(readProgress([gone, installing]).hasBegunTraffic).to.equal(true)
    expect(readProgress([arrived, notBegun]).hasBegunTraffic).to.equal(true)
    expect(readProgress([skipped, asking]).hasBegunTraffic).to.equal(false)
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

describe('Traffic', () => {
  const green = (status: string) => greenTarget('i-1', { AllowTraffic: status as 'Pending' })
  const blue = (status: string | undefined, lifecycleEventName = 'BlockTraffic') => ({
    instanceTarget: {
      targetId: 'arn:aws:ec2:eu-west-1:123456789012:instance/b-1',
      lifecycleEvents: [{ lifecycleEventName, status: status as 'Pending' }],
    },
  })

  for (const [status, hasBegun] of [
    ['Pending', false],
    ['Skipped', false],
    ['InProgress', true],
    ['Succeeded', true],
    ['Failed', true],
    ['Unknown', true],
  ] as const) {
    it(`${hasBegun ? 'has begun' : 'has not begun'} to move where AllowTraffic or BlockTraffic is ${status}`, () => {
      expect(readProgress([installedTarget('i-2'), green(status)]).hasBegunTraffic).to.equal(hasBegun)
      expect(readBlue([blue(undefined), blue(status)]).hasBegunTraffic).to.equal(hasBegun)
    })
  }

  it('may have begun to move where CodeDeploy lists no target, or one without its events', () => {
    expect(readProgress([]).hasBegunTraffic).to.equal(undefined)
    expect(readProgress([{ instanceTarget: { targetId: 'i-1' } }, installedTarget('i-2')]).hasBegunTraffic).to.equal(
      undefined,
    )
    expect(readProgress([{ instanceTarget: { targetId: 'i-1' } }, shifting]).hasBegunTraffic).to.equal(true)
  })

  it('is taken from blue by BlockTraffic alone', () => {
    expect(readBlue([blue('Succeeded', 'BeforeBlockTraffic'), {}])).to.deep.equal({
      instances: ['b-1'],
      hasBegunTraffic: false,
      isOut: false,
    })
  })
})

describe('Blue is out of the load balancer', () => {
  const blue = (event?: string, status = 'InProgress') => ({
    instanceTarget: { status, lifecycleEvents: [{ lifecycleEventName: 'BlockTraffic', status: event }] },
  })
  const isOut = (...targets: readonly object[]) => readBlue(targets as Parameters<typeof readBlue>[0]).isOut

  it('once CodeDeploy is done with the BlockTraffic of each target that it lists', () => {
    expect(isOut()).to.equal(true)
    for (const event of ['Succeeded', 'Failed', 'Skipped']) expect(isOut(blue(event))).to.equal(true)
    for (const event of ['Pending', 'InProgress', 'Unknown', undefined]) {
      expect(isOut(blue('Succeeded'), blue(event))).to.equal(false)
    }
    expect(isOut({ instanceTarget: {} })).to.equal(false)
    expect(isOut({})).to.equal(false)
  })

  it('where it has given up a target', () => {
    expect(isOut(blue('Pending', 'Failed'), blue('Pending', 'Skipped'))).to.equal(true)
  })
})

describe('Of a target of which AWS says nothing', () => {
  it('nothing has begun, and its id is not known', () => {
    expect(readProgress([{ instanceTarget: {} }])).to.deep.equal(
      progress(['(no id)'], { waitingFor: ['(no id)'], hasBegunTraffic: undefined }),
    )
  })
})
