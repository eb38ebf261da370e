import { expect } from 'chai'
import { useFakeTimers } from 'sinon'
import { type Log, logWith } from '../../src/log.ts'
import { withEnvironment } from '../environment.ts'

const ids = { requestId: 'r-1', deploymentId: 'd-ABCDEFGHI', invocation: 'hook' }

/** What is written, read again. */
const written = (tell: (log: Log) => void, level?: string) => {
  const leave = withEnvironment(level === undefined ? {} : { AWS_LAMBDA_LOG_LEVEL: level })
  const lines: string[] = []
  tell(logWith((line) => void lines.push(line), ids))
  leave()
  return lines.map((line) => JSON.parse(line))
}
const every = (log: Log) => {
  for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level]('Told', {})
}

describe('A line of the log', () => {
  it('is one JSON object: level, message, time, service, the ids and the facts', () => {
    const clock = useFakeTimers(0)
    const lines: string[] = []
    logWith((line) => void lines.push(line), ids).warn('Ignored', { reason: 'two\nlines', times: 2n })
    clock.restore()
    expect(lines).to.deep.equal([
      '{"level":"WARN","message":"Ignored","timestamp":"1970-01-01T00:00:00.000Z","service":"greenlight","requestId":"r-1",' +
        '"deploymentId":"d-ABCDEFGHI","invocation":"hook","reason":"two\\nlines","times":"2"}',
    ])
  })

  it('has an error with its stack, its cause and what it says beside them, but no whole response', () => {
    const cause = Object.assign(new TypeError('inner'), { $metadata: { requestId: 'aws-1' }, $response: { body: 'x' } })
    const error = new Error('outer', { cause })
    const [{ error: told }] = written((log) => log.error('Could not gate', { error }))
    expect(told).to.deep.equal({
      name: 'Error',
      message: 'outer',
      stack: error.stack,
      cause: { name: 'TypeError', message: 'inner', stack: cause.stack, $metadata: { requestId: 'aws-1' } },
    })
  })

  it('is written whatever its facts refer to', () => {
    const error: Error & { self?: Error } = new Error('round')
    error.self = error
    error.cause = error
    const [{ error: told }] = written((log) => log.error('Could not gate', { error }))
    expect(told).to.deep.equal({ name: 'Error', message: 'round', stack: error.stack })
  })

  for (const [level, levels] of [
    [undefined, ['INFO', 'WARN', 'ERROR']],
    ['DEBUG', ['DEBUG', 'INFO', 'WARN', 'ERROR']],
    ['WARN', ['WARN', 'ERROR']],
    // Lambda leaves out the rest.
    ['FATAL', ['DEBUG', 'INFO', 'WARN', 'ERROR']],
  ] as const) {
    it(`is written for ${levels.join(', ')} where Lambda's level of the log is ${level ?? 'not set'}`, () => {
      expect(written(every, level).map((line) => line.level)).to.deep.equal(levels)
    })
  }
})
