import { expect } from 'chai'
import { useFakeTimers } from 'sinon'
import { type Meter, meterWith } from '../../src/meter.ts'

type Line = {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly [
      {
        readonly Namespace: string
        readonly Dimensions: readonly string[][]
        readonly Metrics: readonly [{ Name: string; Unit: string }]
      },
    ]
  }
  readonly [dimension: string]: unknown
}

/** What was counted, as CloudWatch reads it: a name, a value, and its dimensions beside the service. */
const counted = (count: (meter: Meter) => void) => {
  const lines: Line[] = []
  count(meterWith((line) => void lines.push(JSON.parse(line)), 'gate'))
  return lines.map((line) => {
    const [{ Namespace, Dimensions, Metrics }] = line._aws.CloudWatchMetrics
    const [{ Name, Unit }] = Metrics
    const [service = '', ...dimensions] = Dimensions.flat().map((key) => `${key}=${line[key]}`)
    expect([Namespace, service]).to.deep.equal(['Greenlight', 'service=greenlight'])
    return [Name, line[Name], Unit, ...dimensions].join(' ')
  })
}

describe('A meter', () => {
  it("writes each metric as one line in CloudWatch's embedded metric format", () => {
    const clock = useFakeTimers(1_000)
    const lines: string[] = []
    meterWith((line) => void lines.push(line), 'gate').healthWait(1_500)
    clock.restore()
    expect(lines).to.deep.equal([
      '{"_aws":{"Timestamp":1000,"CloudWatchMetrics":[{"Namespace":"Greenlight","Dimensions":[["service","function"]],' +
        '"Metrics":[{"Name":"HealthWait","Unit":"Seconds"}]}]},"service":"greenlight","function":"gate","HealthWait":1.5}',
    ])
  })

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
})
