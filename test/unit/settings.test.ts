import { expect } from 'chai'
import { readSettings } from '../../src/settings.ts'
import { readTemplate } from '../../tools/template.ts'

describe('Settings', () => {
  it('are read from the environment', () => {
    expect(
      readSettings({
        GREENLIGHT_MODE: 'gate',
        GREENLIGHT_MINIMUM_HEALTHY_PERCENT: '75',
        GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '120',
        GREENLIGHT_NAME_PATTERN: 'web-*',
        TEST_TARGET_GROUP_NAME_PATTERN: 'test-*',
        PATH: '/bin',
      }),
    ).to.deep.equal({
      mode: 'gate',
      minimumHealthyPercent: 75,
      healthTimeoutSeconds: 120,
      namePattern: 'web-*',
      testNamePattern: 'test-*',
    })
  })

  it("have the template's defaults", () => {
    const {
      Mode,
      MinimumHealthyPercent,
      HealthTimeoutSeconds,
      AutoScalingGroupNamePattern,
      TestTargetGroupNamePattern,
    } = readTemplate().Parameters
    expect(readSettings({})).to.deep.equal({
      mode: Mode?.Default,
      minimumHealthyPercent: MinimumHealthyPercent?.Default,
      healthTimeoutSeconds: HealthTimeoutSeconds?.Default,
      namePattern: AutoScalingGroupNamePattern?.Default,
      testNamePattern: TestTargetGroupNamePattern?.Default,
    })
  })

  it('have the bounds that the template has', () => {
    const { MinimumHealthyPercent: percent, HealthTimeoutSeconds: timeout } = readTemplate().Parameters
    const read = (percentValue: unknown, timeoutValue: unknown) =>
      readSettings({
        GREENLIGHT_MINIMUM_HEALTHY_PERCENT: String(percentValue),
        GREENLIGHT_HEALTH_TIMEOUT_SECONDS: String(timeoutValue),
      })
    expect(() => read(percent?.MinValue, timeout?.MinValue)).to.not.throw()
    expect(() => read(percent?.MaxValue, timeout?.MaxValue)).to.not.throw()
    for (const [tooLow, tooHigh] of [[Number(percent?.MinValue) - 1, Number(percent?.MaxValue) + 1]]) {
      expect(() => read(tooLow, 300)).to.throw()
      expect(() => read(tooHigh, 300)).to.throw()
    }
    expect(() => read(100, Number(timeout?.MinValue) - 1)).to.throw()
    expect(() => read(100, Number(timeout?.MaxValue) + 1)).to.throw()
  })

  for (const value of ['', '0', '-5', '7.5', '1e2', '0x10', ' 50', 'all', '101', '99999']) {
    it(`of ${JSON.stringify(value)} per cent are refused in a sentence that says what it must be`, () => {
      expect(() => readSettings({ GREENLIGHT_MINIMUM_HEALTHY_PERCENT: value })).to.throw(
        `GREENLIGHT_MINIMUM_HEALTHY_PERCENT is ${JSON.stringify(value)}; it must be a whole number from 1 to 100`,
      )
    })
  }

  it('are all complained about at once', () => {
    expect(() =>
      readSettings({ GREENLIGHT_MINIMUM_HEALTHY_PERCENT: 'x', GREENLIGHT_HEALTH_TIMEOUT_SECONDS: 'y' }),
    ).to.throw(/PERCENT is "x".*; GREENLIGHT_HEALTH_TIMEOUT_SECONDS is "y"/)
  })

  it('refuse a mode that is none, naming the three', () => {
    expect(() => readSettings({ GREENLIGHT_MODE: 'heel' })).to.throw(
      'GREENLIGHT_MODE is "heel"; it must be observe, heal or gate',
    )
  })
})
