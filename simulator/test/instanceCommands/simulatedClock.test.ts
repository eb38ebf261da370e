/** The `date` and `sleep` of simulator/instanceCommands, with which scripts live in simulated time. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { runStandIn } from './runStandIn.ts'

describe("the simulated instance's date and sleep", () => {
  const asked: (string | undefined)[] = []
  const answers: Readonly<Record<string, string>> = {
    '/i-1/time': '1790000000',
    '/i-1/sleep?seconds=90': '',
    '/odd/time': 'noon',
  }
  const clock = createServer(({ url = '' }, response) => {
    asked.push(url)
    const answer = answers[url]
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'text/plain' }).end(answer)
  })
  before((done) => void clock.listen(0, '127.0.0.1', done))
  beforeEach(() => void asked.splice(0))
  after(() => void clock.close())

  const run = (command: string, args: readonly string[], metadata: string | undefined) =>
    runStandIn(command, args, {
      env: { PATH: process.env['PATH'], ...(metadata && { AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata }) },
    })
  const at = (path: string) => `http://127.0.0.1:${(clock.address() as AddressInfo).port}${path}`

  it('date +%s prints the simulated second', async () => {
    const { status, stdout, stderr } = await run('date', ['+%s'], at('/i-1'))
    expect({ status, stdout, stderr }).to.deep.equal({ status: 0, stdout: '1790000000\n', stderr: '' })
  })

  it('sleep ends when the clock says so, whether or not its address ends with a slash', async () => {
    const { status, stdout, stderr } = await run('sleep', ['90'], at('/i-1/'))
    expect({ status, stdout, stderr, asked }).to.deep.equal({
      status: 0,
      stdout: '',
      stderr: '',
      asked: ['/i-1/sleep?seconds=90'],
    })
  })

  for (const [what, command, args, metadata, sentence] of [
    ['any other format', 'date', ['-u'], () => at('/i-1'), 'takes +%s only, not: -u'],
    ['a part of a second', 'sleep', ['0.5'], () => at('/i-1'), 'takes one whole number of seconds, not: 0.5'],
    ['two numbers', 'sleep', ['1', '2'], () => at('/i-1'), 'takes one whole number of seconds, not: 1 2'],
    [
      'an answer that is no number',
      'date',
      ['+%s'],
      () => at('/odd'),
      'the simulated clock said no whole number of seconds: noon',
    ],
    [
      'an instance that is not there',
      'sleep',
      ['1'],
      () => at('/i-2'),
      'the simulated clock answered /sleep?seconds=1 with 404',
    ],
    [
      'a clock that is not there',
      'date',
      ['+%s'],
      () => 'http://127.0.0.1:1/i-1',
      'there is no simulated clock at 127.0.0.1:1',
    ],
    [
      'no clock',
      'date',
      ['+%s'],
      () => undefined,
      'AWS_EC2_METADATA_SERVICE_ENDPOINT does not say where the simulated clock is',
    ],
  ] as const) {
    it(`${command} fails at ${what}, in one line`, async () => {
      const { status, stdout, stderr } = await run(command, args, metadata())
      expect({ status, stdout, stderr }).to.deep.equal({
        status: 1,
        stdout: '',
        stderr: `${command} (simulated): ${sentence}\n`,
      })
    })
  }
})
