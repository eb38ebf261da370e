/**
 * The `aws` of simulator/instanceCommands, which differs between the versions of the AWS CLI as scripts notice it (F47).
 * Its words were compared with aws-cli 1.46.3 and 2.9.19. beforeAllowTraffic.test.ts runs appspec/before-allow-traffic.sh
 * with it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { expect } from 'chai'
import { runStandIn } from './runStandIn.ts'

const invoke = ['lambda', 'invoke', '--function-name', 'gate', '--region', 'eu-west-1']

describe("the simulated instance's aws command", () => {
  const directory = mkdtempSync(join(tmpdir(), 'greenlight-test-'))
  const payload = join(directory, 'payload.json')
  const answer = join(directory, 'answer.json')
  const echo = createServer((request, response) => {
    response.setHeader('X-Amz-Executed-Version', '$LATEST')
    request.pipe(response)
  })

  before((done) => {
    writeFileSync(payload, '{"a":1}')
    echo.listen(0, '127.0.0.1', done)
  })
  after(() => {
    echo.close()
    rmSync(directory, { recursive: true })
  })

  const run = (cli: string, args: readonly string[], environment: Record<string, string> = {}) =>
    runStandIn('aws', args, {
      cwd: directory,
      env: {
        PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
        SIMULATED_AWS_CLI: cli,
        AWS_ENDPOINT_URL: `http://127.0.0.1:${(echo.address() as AddressInfo).port}`,
        AWS_ACCESS_KEY_ID: 'AKID',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_MAX_ATTEMPTS: '1',
        ...environment,
      },
    })

  for (const cli of ['1', '2']) {
    it(`sends a fileb:// file unchanged, and prints the result (CLI ${cli})`, async () => {
      const { status, stdout } = await run(cli, [...invoke, '--payload', `fileb://${payload}`, answer])
      expect(status).to.equal(0)
      expect(JSON.parse(stdout)).to.deep.equal({ StatusCode: 200, ExecutedVersion: '$LATEST' })
      expect(readFileSync(answer, 'utf8')).to.equal('{"a":1}')
    })
  }

  it('sends a literal payload unchanged in CLI 1', async () => {
    await run('1', [...invoke, '--payload', '{"b":2}', answer])
    expect(readFileSync(answer, 'utf8')).to.equal('{"b":2}')
  })

  it('decodes a literal payload as base64 in CLI 2', async () => {
    const { status, stderr } = await run('2', [...invoke, '--payload', '{"b":2}', answer])
    expect({ status, stderr }).to.deep.equal({ status: 255, stderr: '\naws: [ERROR]: Invalid base64: "{"b":2}"\n' })
    await run('2', [...invoke, '--payload', 'eyJjIjozfQ==', answer])
    expect(readFileSync(answer, 'utf8')).to.equal('{"c":3}')
  })

  it('knows --cli-binary-format in CLI 2 only', async () => {
    const raw = [...invoke, '--cli-binary-format', 'raw-in-base64-out', '--payload', '{"d":4}', answer]
    expect((await run('2', raw)).status).to.equal(0)
    expect(readFileSync(answer, 'utf8')).to.equal('{"d":4}')
    const { status, stderr } = await run('1', raw)
    expect(status).to.equal(255)
    expect(stderr).to.match(/\nUnknown options: --cli-binary-format, /)
  })

  it('reads AWS_REGION in CLI 2 only', async () => {
    const [...withoutRegion] = invoke.slice(0, 4)
    const environment = { AWS_REGION: 'eu-west-1' }
    expect((await run('2', [...withoutRegion, answer], environment)).status).to.equal(0)
    expect(await run('1', [...withoutRegion, answer], environment)).to.deep.equal({
      status: 255,
      stdout: '',
      stderr: 'You must specify a region. You can also configure your region by running "aws configure".\n',
    })
  })

  for (const [what, args, environment] of [
    ['another operation', ['lambda', 'list-functions'], {}],
    ['another query', [...invoke, '--query', 'length(@)', '--output', 'text', 'answer'], {}],
    ['retries', [...invoke, 'answer'], { AWS_MAX_ATTEMPTS: '3' }],
    ['the real AWS', [...invoke, 'answer'], { AWS_ENDPOINT_URL: '' }],
    ['another version', [...invoke, 'answer'], { SIMULATED_AWS_CLI: '3' }],
  ] as const) {
    it(`refuses ${what} with exit status 70`, async () => {
      const { status, stderr } = await run('2', args, environment)
      expect(status).to.equal(70)
      expect(stderr).to.match(/^the simulator's aws command does not implement: /)
    })
  }
})
