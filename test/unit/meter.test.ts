import { expect } from 'chai'
import { type Meter, meterWith } from '../../src/meter.ts'

/** What was counted: a name, a value, and its dimensions beside the function. */
const counted = (count: (meter: Meter) => void) => {
  const lines: string[] = []
  const metrics = {
    singleMetric: () => {
      const dimensions: string[] = []
      return {
        addDimension: (key: string, value: string) => void dimensions.push(`${key}=${value}`),
        addMetric: (name: string, unit: string, value: number) =>
          void lines.push([name, value, unit, ...dimensions].join(' ')),
      }
    },
  }
  count(meterWith(metrics as never, 'gate'))
  return lines
}

describe('A meter', () => {
  it('counts each time, for its function', () => {
    expect(counted((meter) => meter.count('Held'))).to.deep.equal(['Held 1 Count function=gate'])
    expect(counted((meter) => meter.count('Attached', 2))).to.deep.equal(['Attached 2 Count function=gate'])
  })

  it('counts refusals and findings by their kind', () => {
    expect(counted((meter) => meter.refused('tags'))).to.deep.equal(['Refused 1 Count function=gate kind=tags'])
    expect(counted((meter) => meter.found('missing', 3))).to.deep.equal(['Findings 3 Count function=gate kind=missing'])
  })

  it('measures what there is now', () => {
    expect(counted((meter) => meter.measure('LeftAttached', 0))).to.deep.equal(['LeftAttached 0 Count function=gate'])
  })

  it('counts verdicts by verdict, trigger and mode, and failed ones once more as an alarm needs it', () => {
    expect(counted((meter) => meter.verdict('hook', 'Succeeded'))).to.deep.equal([
      'Verdict 1 Count function=gate verdict=Succeeded invocation=hook mode=unknown',
    ])
    const failed = counted((meter) => {
      meter.inMode('gate')
      meter.verdict('call', 'Failed')
    })
    expect(failed).to.deep.equal([
      'Verdict 1 Count function=gate verdict=Failed invocation=call mode=gate',
      'FailedVerdicts 1 Count function=gate',
    ])
  })

  it('tells the wait for health in seconds', () => {
    expect(counted((meter) => meter.healthWait(1_500))).to.deep.equal(['HealthWait 1.5 Seconds function=gate'])
  })
})
