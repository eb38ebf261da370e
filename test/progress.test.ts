import { expect } from 'chai'
import { readProgress } from '../src/progress.ts'
import { greenTarget, installedTarget } from './builders.ts'

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

describe('Progress (design 1, F2, F4)', () => {
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

  it('is installing where the rest have not begun and nobody of those that have asks: CodeDeploy waits for nobody', () => {
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
