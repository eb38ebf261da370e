import { expect } from 'chai'
import { readSweepSettings } from '../../../src/sweep/sweepSettings.ts'
import { readTemplate } from '../../../tools/template.ts'

describe('Settings of the sweep', () => {
  it('are those of the gate and its own', () => {
    expect(
      readSweepSettings({
        GREENLIGHT_MODE: 'gate',
        GREENLIGHT_SWEEP_MODE: 'heal',
        GREENLIGHT_GATE_FUNCTION: 'gate',
        GREENLIGHT_NAME_PATTERN: 'web-*',
      }),
    ).to.deep.equal({
      mode: 'gate',
      minimumHealthyPercent: 100,
      healthTimeoutSeconds: 300,
      sweepMode: 'heal',
      gateFunction: 'gate',
      namePattern: 'web-*',
      testNamePattern: 'greenlight-*',
    })
  })

  it("have the template's defaults", () => {
    const { SweepMode, AutoScalingGroupNamePattern } = readTemplate().Parameters
    expect(readSweepSettings({ GREENLIGHT_GATE_FUNCTION: 'gate' })).to.deep.include({
      sweepMode: SweepMode?.Default,
      namePattern: AutoScalingGroupNamePattern?.Default,
    })
  })

  it('refuse a mode that is none, and want to know the gate function', () => {
    expect(() => readSweepSettings({ GREENLIGHT_SWEEP_MODE: 'gate', GREENLIGHT_GATE_FUNCTION: '' })).to.throw(
      'GREENLIGHT_SWEEP_MODE is "gate"; it must be observe or heal; GREENLIGHT_GATE_FUNCTION is not set',
    )
  })
})
