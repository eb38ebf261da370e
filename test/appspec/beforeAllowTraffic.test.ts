/**
 * `appspec/before-allow-traffic.sh`, run as the CodeDeploy agent runs it (F3), against a scripted server that stands for
 * Lambda, CodeDeploy, the instance metadata and the clock. The commands that it uses are those of simulator/instanceCommands, so
 * no test sleeps; every test runs once by the rules of AWS CLI 1 and once by those of AWS CLI 2.
 *
 * `GREENLIGHT_REAL_AWS=/path/to/aws` runs them with a real AWS CLI and the real curl instead (.ci/run does),
 * `SCRIPT_SHELL='busybox ash'` with another shell.
 */
import { spawn } from 'node:child_process'
import { accessSync, constants, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { parse } from 'yaml'
import manifest from '../../package.json' with { type: 'json' }
import { instancePath, realAws } from './instancePath.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const script = join(root, 'appspec/before-allow-traffic.sh')
const commands = instancePath()

/** The server's answer to one request; `takes` is how long the server needs for it, in the instance's seconds. */
type Reply =
  | {
      readonly status: number
      readonly headers?: Record<string, string>
      readonly body: string
      readonly takes?: number
    }
  | 'connection reset'
  | 'no answer'

interface Arranged {
  /** Answers to `lambda invoke`, in order. */
  readonly invoke?: readonly Reply[]
  readonly getDeployment?: readonly Reply[]
  readonly token?: readonly Reply[]
  readonly region?: readonly Reply[]
  /** What the instance metadata say of the id of the instance. */
  readonly instance?: string
  /** The answer to every further `lambda invoke`. */
  readonly invokeThen?: Reply
  /** Environment variables beside those of every test; `undefined` removes one. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Where the instance metadata answers, on an instance whose agent passes nothing on but its own variables (F61). */
  readonly metadataAt?: string
  /** Called when an invocation arrives, with the script's process id. */
  readonly onInvoke?: (pid: number) => void
}

interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  /** The requests in words, in order. */
  readonly requests: readonly string[]
  readonly payloads: readonly unknown[]
  readonly slept: readonly number[]
  readonly seconds: number
}

const says = (verdict: string, reason: string, takes = 0): Reply => ({
  status: 200,
  body: JSON.stringify({ verdict, reason, deploymentId: 'd-ABC123DEF' }),
  takes,
})
const succeeds = says('Succeeded', 'green is healthy in web')
const fails = says('Failed', 'i-0a1 is unhealthy in web: Target.Timeout')
const pending = (reason = 'i-0a1 is initial in web') => says('Pending', reason, 45)
const functionError = (message: string): Reply => ({
  status: 200,
  headers: { 'X-Amz-Function-Error': 'Unhandled' },
  body: JSON.stringify({ errorType: 'Error', errorMessage: message, trace: [] }),
})
/** An error in Lambda's form. */
const refuses = (status: number, type: string, message: string): Reply => ({
  status,
  headers: { 'x-amzn-ErrorType': type, 'content-type': 'application/json' },
  body: JSON.stringify({ Type: 'User', message }),
})
const throttled = refuses(429, 'TooManyRequestsException', 'Rate Exceeded.')
const denied = refuses(403, 'AccessDeniedException', 'User: web is not authorized to perform: lambda:InvokeFunction')
const noFunction = refuses(404, 'ResourceNotFoundException', 'Function not found: CodeDeployHook_greenlight')
/** An error in CodeDeploy's form. */
const codeDeployRefuses = (status: number, type: string, message: string): Reply => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.1' },
  body: JSON.stringify({ __type: type, message }),
})
const deployment = ({
  computePlatform = 'Server',
  deploymentType = 'BLUE_GREEN',
  deploymentOption = 'WITH_TRAFFIC_CONTROL',
  creator = 'user',
} = {}): Reply => ({
  status: 200,
  headers: { 'content-type': 'application/x-amz-json-1.1' },
  body: JSON.stringify({
    deploymentInfo: { computePlatform, deploymentStyle: { deploymentType, deploymentOption }, creator },
  }),
})
const firstHand = deployment()
const plain = (body: string): Reply => ({ status: 200, body })
const notFound: Reply = { status: 404, body: '' }

const scratch = mkdtempSync(join(tmpdir(), 'greenlight-test-'))

/** A directory with an `aws` command of the test's own, to put first on the PATH. */
function awsDirectory(create: (aws: string) => void): string {
  const directory = mkdtempSync(join(scratch, 'bin-'))
  create(join(directory, 'aws'))
  return directory
}

/**
 * A directory with the commands of an instance whose metadata answer at one address alone: each gets by itself what the
 * agent does not pass on, and the CLI finds its credentials only where the script has told it to look.
 */
function restricted(metadataAt: string, settings: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(scratch, 'bin-'))
  const exported = Object.entries(settings).map(([name, value]) => `export ${name}='${value}'`)
  const mode = metadataAt.includes('::') ? 'IPv6' : 'IPv4'
  const first: Readonly<Record<string, string>> = {
    aws: `[ "\${AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE:-IPv4}" = ${mode} ] || { echo 'Unable to locate credentials' >&2; exit 253; }`,
    curl: [
      'for arg; do',
      '  shift',
      '  case $arg in',
      `    'http://${metadataAt}/'*) arg="$AWS_EC2_METADATA_SERVICE_ENDPOINT\${arg#'http://${metadataAt}/'}" ;;`,
      "    http:*) echo 'curl: (7) Failed to connect' >&2; exit 7 ;;",
      '  esac',
      '  set -- "$@" "$arg"',
      'done',
    ].join('\n'),
  }
  for (const name of ['aws', 'curl', 'sleep', 'date']) {
    const text = ['#!/bin/sh', ...exported, first[name] ?? '', `exec '${join(commands[0] ?? '', name)}' "$@"`, '']
    writeFileSync(join(directory, name), text.join('\n'), { mode: 0o755 })
  }
  return directory
}

/** A real CLI takes a second to start. */
const patience = realAws ? 60_000 : 15_000

const versions = realAws ? ['real'] : ['1', '2']
/** Also AWS CLI 2 before its error format of 2026, for tests that depend on the wording of errors. */
const wordings = realAws ? ['real'] : ['1', '2', '2.9']

/** A test that holds with each version of the AWS CLI. */
function withEachCli(sentence: string, test: (cli: string) => Promise<void>, clis = versions): void {
  it(sentence, async () => {
    // At the same time: a run spends most of its time on starting small processes.
    const results = await Promise.allSettled(clis.map(test))
    for (const [index, result] of results.entries()) {
      if (result.status === 'fulfilled') continue
      if (result.reason instanceof Error) result.reason.message = `AWS CLI ${clis[index]}: ${result.reason.message}`
      throw result.reason
    }
  }).timeout(patience + 1000)
}

/** A test that does not depend on the CLI, so that there is no need to repeat it with a real one. */
function withStandIns(sentence: string, test: (cli: string) => Promise<void>): void {
  if (!realAws) withEachCli(sentence, test)
}

/** Runs the script on an instance of its own, and checks what must hold after every run. */
async function run(cli: string, arranged: Arranged): Promise<Outcome> {
  const replies = {
    invoke: [...(arranged.invoke ?? [])],
    getDeployment: [...(arranged.getDeployment ?? [])],
    token: [...(arranged.token ?? [])],
    region: [...(arranged.region ?? [])],
  }
  const requests: string[] = []
  const payloads: unknown[] = []
  const slept: number[] = []
  const unarranged: string[] = []
  const start = 1_790_000_000
  let now = start

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://server')
    const name = `${request.method} ${pathname}`
    const signed = /Credential=AKID\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/.exec(request.headers.authorization ?? '')
    const [, region = '', service = ''] = signed ?? []
    let reply: Reply | undefined
    if (name === 'GET /metadata/time') reply = plain(String(now))
    else if (name === 'GET /metadata/sleep') {
      const seconds = Number(searchParams.get('seconds'))
      slept.push(seconds)
      now += seconds
      reply = plain('')
    } else if (name === 'PUT /metadata/latest/api/token') {
      // The script asks for the id of its instance in any case, and does without.
      if (replies.token.length > 0) requests.push('token')
      if (request.headers['x-aws-ec2-metadata-token-ttl-seconds']) reply = replies.token.shift() ?? notFound
    } else if (name === 'GET /metadata/latest/meta-data/instance-id') {
      reply = arranged.instance === undefined ? notFound : plain(arranged.instance)
    } else if (name === 'GET /metadata/latest/meta-data/placement/region') {
      requests.push(`region with ${request.headers['x-aws-ec2-metadata-token']}`)
      reply = replies.region.shift()
    } else if (service === 'lambda') {
      requests.push(`invoke ${decodeURIComponent(pathname.split('/')[3] ?? '')} in ${region}`)
      payloads.push(JSON.parse(body))
      if (child.pid !== undefined) arranged.onInvoke?.(child.pid)
      reply = replies.invoke.shift() ?? arranged.invokeThen
    } else if (service === 'codedeploy' && request.headers['x-amz-target'] === 'CodeDeploy_20141006.GetDeployment') {
      requests.push(`get-deployment ${JSON.parse(body).deploymentId} in ${region}`)
      reply = replies.getDeployment.shift()
    }
    if (reply === undefined) unarranged.push(name)
    if (reply === undefined || reply === 'connection reset') return void request.socket.destroy()
    if (reply === 'no answer') return
    now += reply.takes ?? 0
    response.writeHead(reply.status, reply.headers).end(reply.body)
  }
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const temporary = mkdtempSync(join(scratch, 'it has spaces '))
  const { PATH, ...environment } = { ...arranged.environment }
  const path = [...commands, dirname(process.execPath), process.env['PATH'] ?? '']
  if (PATH) path.unshift(PATH)
  const settings = {
    TMPDIR: temporary,
    SIMULATED_AWS_CLI: cli,
    AWS_ACCESS_KEY_ID: 'AKID',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_EC2_METADATA_DISABLED: 'true', // for a real CLI: no credentials but these
    AWS_ENDPOINT_URL: endpoint,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: `${endpoint}/metadata/`,
  }
  const passedOn =
    arranged.metadataAt === undefined
      ? { PATH: path.join(delimiter), ...settings, AWS_REGION: 'eu-west-1' }
      : {
          PATH: [restricted(arranged.metadataAt, settings), ...path].join(delimiter),
          HOME: '/root',
          USER: 'root',
        }
  const [command = script, ...args] = [...(process.env['SCRIPT_SHELL']?.split(' ') ?? []), script]
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: {
      ...passedOn,
      APPLICATION_NAME: 'shop',
      DEPLOYMENT_GROUP_NAME: 'web',
      DEPLOYMENT_GROUP_ID: '0a1b',
      DEPLOYMENT_ID: 'd-ABC123DEF',
      LIFECYCLE_EVENT: 'BeforeAllowTraffic',
      ...environment,
    },
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (output.stdout += chunk))
  child.stderr.on('data', (chunk) => (output.stderr += chunk))
  const { pid } = child
  const overdue = setTimeout(() => pid !== undefined && process.kill(-pid, 'SIGKILL'), patience)
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  clearTimeout(overdue)
  server.closeAllConnections()
  server.close()

  expect(unarranged, `requests that nobody arranged; stderr: ${output.stderr}`).to.deep.equal([])
  const left = Object.entries(replies).filter(([, list]) => list.length > 0)
  expect(left, `replies that nobody asked for; stderr: ${output.stderr}`).to.deep.equal([])
  expect(readdirSync(temporary), 'temporary files left behind').to.deep.equal([])
  expect(output.stderr.split('\n').filter(Boolean), 'lines on stderr').to.have.lengthOf.at.most(1)
  if (status !== 0) expect(output.stderr, 'a failure says why').to.match(/^Greenlight: [^\n]+\n$/)
  return { status, ...output, requests, payloads, slept, seconds: now - start }
}

describe(`appspec/before-allow-traffic.sh with ${realAws ?? 'the stand-ins of AWS CLI 1 and 2'}`, () => {
  after(() => rmSync(scratch, { recursive: true }))

  it('is executable', () => {
    accessSync(script, constants.X_OK)
  })

  it('carries the version of Greenlight at its head, for those who have copied it', () => {
    expect(readFileSync(script, 'utf8').split('\n').slice(1, 3)).to.deep.equal([
      '# Greenlight before-allow-traffic.sh',
      `version=${manifest.version}`,
    ])
  })

  describe('refuses a setting before it asks anything, in one sentence that names the value', () => {
    for (const [environment, sentence] of [
      [
        { DEPLOYMENT_ID: undefined },
        'DEPLOYMENT_ID is not set: let the CodeDeploy agent run this script, which sets it',
      ],
      [{ DEPLOYMENT_ID: '' }, 'DEPLOYMENT_ID is not set: let the CodeDeploy agent run this script, which sets it'],
      [{ DEPLOYMENT_ID: 'd-' }, 'DEPLOYMENT_ID is no deployment id (d-, then capital letters and digits): d-'],
      [
        { DEPLOYMENT_ID: 'd-1","x":"' },
        'DEPLOYMENT_ID is no deployment id (d-, then capital letters and digits): d-1","x":"',
      ],
      [{ DEPLOYMENT_ID: 'ABC' }, 'DEPLOYMENT_ID is no deployment id (d-, then capital letters and digits): ABC'],
      [{ GREENLIGHT_FUNCTION: 'my hook' }, 'GREENLIGHT_FUNCTION is no name or ARN of a Lambda function: my hook'],
      [{ GREENLIGHT_FUNCTION: '--debug' }, 'GREENLIGHT_FUNCTION is no name or ARN of a Lambda function: --debug'],
      [{ GREENLIGHT_TIMEOUT_SECONDS: '30m' }, 'GREENLIGHT_TIMEOUT_SECONDS is no whole number from 1 to 3300: 30m'],
      [{ GREENLIGHT_TIMEOUT_SECONDS: '3301' }, 'GREENLIGHT_TIMEOUT_SECONDS is no whole number from 1 to 3300: 3301'],
      [{ GREENLIGHT_TIMEOUT_SECONDS: '0' }, 'GREENLIGHT_TIMEOUT_SECONDS is no whole number from 1 to 3300: 0'],
      [{ GREENLIGHT_WAIT_SECONDS: '-1' }, 'GREENLIGHT_WAIT_SECONDS is no whole number from 1 to 300: -1'],
      [{ GREENLIGHT_WAIT_SECONDS: '010' }, 'GREENLIGHT_WAIT_SECONDS is no whole number from 1 to 300: 010'],
      [{ GREENLIGHT_WAIT_SECONDS: '301' }, 'GREENLIGHT_WAIT_SECONDS is no whole number from 1 to 300: 301'],
      [{ GREENLIGHT_UNREACHABLE: 'ignore' }, 'GREENLIGHT_UNREACHABLE is neither fail nor pass: ignore'],
      [
        { LIFECYCLE_EVENT: 'ValidateService' },
        'LIFECYCLE_EVENT is ValidateService: name this script under BeforeAllowTraffic in appspec.yml, because Greenlight gives no verdict before ValidateService has ended',
      ],
    ] as const) {
      const [[name, value] = []] = Object.entries(environment)
      it(`${name}=${value ?? '(none)'}`, async () => {
        const { status, stdout, stderr } = await run('2', { environment })
        expect({ status, stdout, stderr }).to.deep.equal({ status: 2, stdout: '', stderr: `Greenlight: ${sentence}\n` })
      })
    }
  })

  it('ends at once with 0 in a deployment of codedeploy-local, which CodeDeploy knows nothing of', async () => {
    const { status, stdout, stderr } = await run('2', { environment: { DEPLOYMENT_ID: 'd-ABC123DEF-local' } })
    expect({ status, stdout, stderr }).to.deep.equal({
      status: 0,
      stdout: 'Greenlight: nothing to gate: a local deployment, d-ABC123DEF-local\n',
      stderr: '',
    })
  })

  describe('passes the verdict on', () => {
    withEachCli('exits with 0 when Greenlight says Succeeded, and prints the reason', async (cli) => {
      const { status, stdout, stderr, requests, payloads } = await run(cli, { invoke: [succeeds] })
      expect({ status, stdout, stderr, requests, payloads }).to.deep.equal({
        status: 0,
        stdout:
          `Greenlight: before-allow-traffic.sh ${manifest.version} asks CodeDeployHook_greenlight in eu-west-1 about deployment d-ABC123DEF, for up to 1800 s\n` +
          'Greenlight: Succeeded after 0 s: green is healthy in web\n',
        stderr: '',
        requests: ['invoke CodeDeployHook_greenlight in eu-west-1'],
        payloads: [{ DeploymentId: 'd-ABC123DEF', WaitSeconds: 45 }],
      })
    })

    withEachCli('fails with one line when Greenlight says Failed, and does not ask again', async (cli) => {
      const { status, stderr, requests } = await run(cli, { invoke: [pending(), fails] })
      expect(status).to.equal(1)
      expect(stderr).to.match(/^Greenlight: Failed after (4[89]|50) s: i-0a1 is unhealthy in web: Target.Timeout\n$/)
      expect(requests).to.have.length(2)
    })

    withEachCli('asks again while the verdict is Pending, and prints each new reason once', async (cli) => {
      const { status, stdout, slept, payloads } = await run(cli, {
        invoke: [pending('none is healthy'), pending('none is healthy'), pending('one is healthy'), succeeds],
      })
      expect(status).to.equal(0)
      expect(stdout.replaceAll(/\d+ s/g, 'N s').split('\n').slice(1)).to.deep.equal([
        'Greenlight: N s: Pending: none is healthy',
        'Greenlight: N s: Pending: one is healthy',
        'Greenlight: Succeeded after N s: green is healthy in web',
        '',
      ])
      expect(payloads).to.have.length(4)
      for (const pause of slept) expect(pause).to.be.within(3, 5)
    })

    withEachCli('tells which instance asks, and pauses for as long as Greenlight says of a fleet', async (cli) => {
      const later = (retryAfterSeconds: unknown): Reply => {
        const answer = {
          verdict: 'Pending',
          reason: 'i-0a1 goes first',
          deploymentId: 'd-ABC123DEF',
          retryAfterSeconds,
        }
        return { status: 200, body: JSON.stringify(answer) }
      }
      const { slept, payloads } = await run(cli, {
        token: [plain('T0k+en==')],
        instance: 'i-0b2',
        invoke: [later(60), later('60'), later(0), later(9999), succeeds],
      })
      expect(payloads).to.deep.equal(
        Array.from({ length: 5 }, () => ({ DeploymentId: 'd-ABC123DEF', WaitSeconds: 45, InstanceId: 'i-0b2' })),
      )
      expect(slept[0]).to.be.within(30, 60)
      for (const pause of slept.slice(1)) expect(pause).to.be.within(3, 5)
    })

    for (const instance of ['i-', 'i-0B2', 'i-0b2"}', '<html>']) {
      withStandIns(`does without the id of its instance where the metadata say ${instance}`, async (cli) => {
        const { payloads } = await run(cli, { token: [plain('T0k+en==')], instance, invoke: [succeeds] })
        expect(payloads).to.deep.equal([{ DeploymentId: 'd-ABC123DEF', WaitSeconds: 45 }])
      })
    }

    withEachCli(
      'gives up after GREENLIGHT_TIMEOUT_SECONDS, and makes the last call no longer than the time left',
      async (cli) => {
        const { status, stderr, payloads, seconds } = await run(cli, {
          environment: { GREENLIGHT_TIMEOUT_SECONDS: '60', GREENLIGHT_WAIT_SECONDS: '40' },
          invoke: [says('Pending', 'none is healthy', 40), says('Pending', 'none is healthy yet', 20)],
        })
        const waits = payloads.map((payload) => Object(payload).WaitSeconds)
        expect(status).to.equal(1)
        expect(stderr).to.equal(
          "Greenlight: no verdict within 60 s (GREENLIGHT_TIMEOUT_SECONDS). Greenlight's last answer was Pending: none is healthy yet\n",
        )
        expect(waits[0]).to.equal(40)
        expect(waits[1]).to.be.within(15, 17)
        expect(seconds).to.be.within(60, 65)
      },
    )

    withEachCli('asks the function that GREENLIGHT_FUNCTION names, for GREENLIGHT_WAIT_SECONDS', async (cli) => {
      const arn = 'arn:aws-cn:lambda:cn-north-1:111122223333:function:gate:$LATEST'
      const { requests, payloads } = await run(cli, {
        environment: { GREENLIGHT_FUNCTION: arn, GREENLIGHT_WAIT_SECONDS: '7', AWS_REGION: 'cn-north-1' },
        invoke: [succeeds],
      })
      expect(requests).to.deep.equal([`invoke ${arn} in cn-north-1`])
      expect(payloads).to.deep.equal([{ DeploymentId: 'd-ABC123DEF', WaitSeconds: 7 }])
    })

    for (const [what, reason] of [
      ['quotation marks and backslashes', String.raw`"verdict":"Succeeded" \ \\ C:\new\table \u0041 ends in \\`],
      ['what a shell or printf would expand', '100% %s %d $(id) `id` $HOME * ~ !! & ; > /dev/null'],
      ['other alphabets', 'größer ist 緑 \u{1F7E2} \u2028 \u00a0.'],
      ['the words verdict and reason', 'verdict'],
    ] as const) {
      withEachCli(`prints a reason with ${what} as it is`, async (cli) => {
        const { status, stderr } = await run(cli, { invoke: [says('Failed', reason)] })
        expect({ status, stderr }).to.deep.equal({ status: 1, stderr: `Greenlight: Failed after 0 s: ${reason}\n` })
      })
    }

    withEachCli('prints a reason with control characters on one line, each as a space', async (cli) => {
      const { status, stderr } = await run(cli, { invoke: [says('Failed', 'a\n\tb\u0000\u001bc\u007fd \\n \ud83d.')] })
      expect({ status, stderr }).to.deep.equal({
        status: 1,
        stderr: 'Greenlight: Failed after 0 s: a  b  c d \\n  .\n',
      })
    })

    withStandIns('reads an answer that tells more after the verdict, and one without a reason', async (cli) => {
      const { status, stdout } = await run(cli, {
        invoke: [
          plain('{"verdict":"Pending","reason":"x","deploymentId":"d-ABC123DEF","more":{"reason":"y"}}'),
          says('Succeeded', ''),
        ],
      })
      expect(status).to.equal(0)
      expect(stdout)
        .to.contain('Pending: x\n')
        .and.to.match(/Succeeded after \d+ s: \(no reason given\)\n$/)
    })

    withEachCli('keeps its line shorter than the 2048 characters from which the agent drops it', async (cli) => {
      const { stderr } = await run(cli, { invoke: [says('Failed', 'i-0a1 is ünhealthy, '.repeat(200))] })
      expect(stderr.length).to.be.within(1000, 1600)
      expect(stderr).to.match(
        /^Greenlight: Failed after 0 s: i-0a1 .* \.\.\. \(cut: the function's log has the rest\)\n$/,
      )
    })
  })

  describe('asks again after', () => {
    for (const [what, reply, withCli] of [
      ['throttling', throttled, withEachCli],
      ['a failure of Lambda', refuses(500, 'ServiceException', 'oops'), withStandIns],
      ['a throttled EC2', refuses(502, 'EC2ThrottledException', 'oops'), withStandIns],
      ['a 503 in HTML', { status: 503, body: '<html>Service Unavailable</html>' }, withEachCli],
      ['an update of the function', refuses(409, 'ResourceConflictException', 'Pending'), withStandIns],
    ] as const) {
      withCli(`${what}, with growing pauses, more often than where nothing answers`, async (cli) => {
        const { status, slept, stderr } = await run(cli, { invoke: [...Array(5).fill(reply), succeeds] })
        expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' })
        for (const [index, most] of [2, 4, 8, 16, 30].entries()) expect(slept[index]).to.be.within(most / 2, most)
        expect(slept).to.have.length(5)
      })
    }

    for (const [what, reply, withCli] of [
      ['a failure of the network', 'connection reset', withEachCli],
      ['a failure of the function', functionError('boom'), withStandIns],
      ['an answer that is no verdict', plain('null'), withStandIns],
    ] as const) {
      withCli(`${what}, four times in a row`, async (cli) => {
        const { status, requests } = await run(cli, {
          invoke: [...Array(4).fill(reply), pending(), reply, succeeds],
        })
        expect(status).to.equal(0)
        expect(requests).to.have.length(7)
      })
    }
  })

  describe('takes for no verdict', () => {
    for (const [what, reply, sentence] of [
      [
        'a function error',
        functionError('the setting Mode is "x"\n  \\d+'),
        'CodeDeployHook_greenlight failed (Unhandled): the setting Mode is "x"   \\d+',
      ],
      [
        'a function error with a verdict inside',
        { status: 200, headers: { 'X-Amz-Function-Error': 'Unhandled' }, body: '{"verdict":"Succeeded"}' },
        'CodeDeployHook_greenlight failed (Unhandled): {"verdict":"Succeeded"}',
      ],
      [
        'an answer without a verdict',
        plain('{"statusCode":200,"reason":"\\"verdict\\":\\"Succeeded\\""}'),
        'CodeDeployHook_greenlight gave an answer that is no verdict (is it Greenlight\'s?): {"statusCode":200,"reason":"\\"verdict\\":\\"Succeeded\\""}',
      ],
      [
        'an unknown verdict',
        plain('{"verdict":"succeeded"}'),
        'CodeDeployHook_greenlight gave an answer that is no verdict (is it Greenlight\'s?): {"verdict":"succeeded"}',
      ],
      [
        'a verdict inside another answer',
        plain('{"answer":{"verdict":"Succeeded","reason":"x","deploymentId":"d-ABC123DEF"}}'),
        'CodeDeployHook_greenlight gave an answer that is no verdict (is it Greenlight\'s?): {"answer":{"verdict":"Succeeded","reason":"x","deploymentId":"d-ABC123DEF"}}',
      ],
      [
        'half an answer',
        plain('{"verdict":"Succeeded'),
        'CodeDeployHook_greenlight gave an answer that is no verdict (is it Greenlight\'s?): {"verdict":"Succeeded',
      ],
    ] as const) {
      withEachCli(`${what}, whatever GREENLIGHT_UNREACHABLE says`, async (cli) => {
        const { status, stderr } = await run(cli, {
          environment: { GREENLIGHT_UNREACHABLE: 'pass', GREENLIGHT_TIMEOUT_SECONDS: '1' },
          invoke: [reply],
          getDeployment: [firstHand],
        })
        expect({ status, stderr }).to.deep.equal({
          status: 1,
          stderr: `Greenlight: ${sentence}. Without a verdict this instance fails: deployment d-ABC123DEF is Server, BLUE_GREEN, WITH_TRAFFIC_CONTROL, created by user. To do: look at the function's log.\n`,
        })
      })
    }

    withStandIns('a function error, and gives up after the fifth in a row', async (cli) => {
      const { status, requests } = await run(cli, {
        invoke: Array(5).fill(functionError('boom')),
        getDeployment: [firstHand],
      })
      expect(status).to.equal(1)
      expect(requests.at(-1)).to.equal('get-deployment d-ABC123DEF in eu-west-1')
    })

    withStandIns('a function error in a rollback, which continues all the same', async (cli) => {
      const { status, stdout } = await run(cli, {
        environment: { GREENLIGHT_TIMEOUT_SECONDS: '1' },
        invoke: [functionError('boom')],
        getDeployment: [deployment({ creator: 'codeDeployRollback' })],
      })
      expect(status).to.equal(0)
      expect(stdout).to.contain('nothing to gate: deployment d-ABC123DEF is Server, BLUE_GREEN')
    })
  })

  describe('where it cannot ask Greenlight', () => {
    const causes: readonly [string, Partial<Arranged>, RegExp, RegExp][] = [
      [
        'no permission',
        { invoke: [denied] },
        /An error occurred \(AccessDeniedException\) when calling the Invoke operation.*: User: web is not authorized to perform: lambda:InvokeFunction/,
        /give the instance profile the permissions in instance-profile-policy.json/,
      ],
      [
        'no function',
        { invoke: [noFunction] },
        /An error occurred \(ResourceNotFoundException\) .*: Function not found: CodeDeployHook_greenlight/,
        /deploy Greenlight in eu-west-1, or set GREENLIGHT_FUNCTION to its function's name/,
      ],
      [
        'no network',
        { invoke: Array(5).fill('connection reset') },
        /Connection was closed before we received a valid response from endpoint URL: "http:.*"/,
        /let the instance reach Lambda in eu-west-1/,
      ],
      [
        'throttled to the end',
        { invokeThen: throttled, environment: { GREENLIGHT_TIMEOUT_SECONDS: '5' } },
        /no answer within 5 s: An error occurred \(TooManyRequestsException\) .*: Rate Exceeded/,
        /look at the throttles and errors of Lambda in eu-west-1/,
      ],
    ]
    for (const [cause, arranged, why, advice] of causes) {
      const arrange = (getDeployment: Reply[], GREENLIGHT_UNREACHABLE?: string): Arranged => ({
        ...arranged,
        getDeployment,
        environment: { ...arranged.environment, GREENLIGHT_UNREACHABLE },
      })
      withEachCli(
        `fails a first-hand deployment: ${cause}`,
        async (cli) => {
          const { status, stderr } = await run(cli, arrange([firstHand]))
          expect(status).to.equal(1)
          expect(stderr).to.match(
            new RegExp(
              `^Greenlight: could not ask CodeDeployHook_greenlight: ${why.source}\\. Without a verdict this instance fails: deployment d-ABC123DEF is Server, BLUE_GREEN, WITH_TRAFFIC_CONTROL, created by user\\. To do: ${advice.source}.*\n$`,
            ),
          )
        },
        wordings,
      )

      withStandIns(
        `lets a first-hand deployment continue with a warning where GREENLIGHT_UNREACHABLE is pass: ${cause}`,
        async (cli) => {
          const { status, stderr } = await run(cli, arrange([firstHand], 'pass'))
          expect(status).to.equal(0)
          expect(stderr).to.match(
            new RegExp(
              `^Greenlight: WARNING: could not ask CodeDeployHook_greenlight: ${why.source}\\. The deployment continues without a verdict, because GREENLIGHT_UNREACHABLE is pass: .* To do: ${advice.source}.*\n$`,
            ),
          )
        },
      )

      withStandIns(`lets a rollback continue: ${cause}`, async (cli) => {
        const { status, stdout, stderr } = await run(cli, arrange([deployment({ creator: 'codeDeployRollback' })]))
        expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' })
        expect(stdout).to.match(why)
      })
    }

    for (const [what, fields] of [
      ['is in place', { deploymentType: 'IN_PLACE' }],
      [
        'is in place, without a load balancer',
        { deploymentType: 'IN_PLACE', deploymentOption: 'WITHOUT_TRAFFIC_CONTROL' },
      ],
      ['is without traffic control', { deploymentOption: 'WITHOUT_TRAFFIC_CONTROL' }],
      ['is for an instance that Auto Scaling launched', { creator: 'autoscaling' }],
      ['is for an instance that Auto Scaling terminates', { creator: 'autoscalingTermination' }],
      ['updates an outdated instance', { creator: 'CodeDeployAutoUpdate' }],
      ['is for another platform', { computePlatform: 'ECS' }],
    ] as const) {
      withStandIns(`lets a deployment continue that ${what}`, async (cli) => {
        const { status, stdout, stderr } = await run(cli, { invoke: [denied], getDeployment: [deployment(fields)] })
        expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' })
        expect(stdout).to.contain('Greenlight: nothing to gate: deployment d-ABC123DEF is')
      })
    }

    for (const creator of ['CloudFormation', 'CodeDeploy', 'somebodyNew']) {
      withStandIns(`fails a deployment created by ${creator}`, async (cli) => {
        const { status } = await run(cli, { invoke: [denied], getDeployment: [deployment({ creator })] })
        expect(status).to.equal(1)
      })
    }

    const unknown: readonly [string, readonly Reply[], RegExp][] = [
      [
        'is denied',
        [codeDeployRefuses(400, 'AccessDeniedException', 'no')],
        /nor could CodeDeploy say what kind of deployment d-ABC123DEF is: An error occurred \(AccessDeniedException\) when calling the GetDeployment operation.*: no/,
      ],
      [
        'knows no such deployment',
        [codeDeployRefuses(400, 'DeploymentDoesNotExistException', 'none')],
        /\(DeploymentDoesNotExistException\)/,
      ],
      [
        'is throttled five times',
        Array(5).fill(codeDeployRefuses(400, 'ThrottlingException', 'Rate exceeded')),
        /\(ThrottlingException\)/,
      ],
      ['has no network', Array(5).fill('connection reset'), /Connection was closed/],
      [
        'answers with something else',
        [plain('{"deploymentInfo":{}}')],
        /deployment d-ABC123DEF is None, None, None, created by None/,
      ],
    ]
    for (const [what, getDeployment, why] of unknown) {
      withEachCli(`fails where get-deployment ${what}, too`, async (cli) => {
        const { status, stderr } = await run(cli, { invoke: [denied], getDeployment })
        expect(status).to.equal(1)
        expect(stderr)
          .to.match(/\(AccessDeniedException\) when calling the Invoke operation/)
          .and.to.match(why)
      })
    }

    withStandIns(
      'lets the deployment continue where get-deployment is denied, too, and GREENLIGHT_UNREACHABLE is pass',
      async (cli) => {
        const environment = { GREENLIGHT_UNREACHABLE: 'pass' }
        const getDeployment = [codeDeployRefuses(400, 'AccessDeniedException', 'no')]
        const { status, stderr } = await run(cli, { environment, invoke: [denied], getDeployment })
        expect(status).to.equal(0)
        expect(stderr).to.match(
          /^Greenlight: WARNING: .* nor could CodeDeploy say what kind .*: .*\(AccessDeniedException\)/,
        )
      },
    )

    withStandIns('tries get-deployment five times', async (cli) => {
      const busy = codeDeployRefuses(400, 'ThrottlingException', 'Rate exceeded')
      const { status } = await run(cli, {
        invoke: [denied],
        getDeployment: [busy, busy, 'connection reset', busy, deployment({ deploymentType: 'IN_PLACE' })],
      })
      expect(status).to.equal(0)
    })

    it('gives up at once where there is no aws command', async () => {
      // A shell's answer to a missing command. A PATH without aws is not enough: the script adds /usr/local/bin.
      const missing = '#!/bin/sh\necho "$0: 1: aws: not found" >&2\nexit 127\n'
      const PATH = awsDirectory((aws) => writeFileSync(aws, missing, { mode: 0o755 }))
      const { status, stderr, slept } = await run('none', { environment: { PATH } })
      expect({ status, slept }).to.deep.equal({ status: 1, slept: [] })
      expect(stderr).to.match(
        /could not ask CodeDeployHook_greenlight: .*aws: not found\. .* To do: install the AWS command line interface/,
      )
    })

    withEachCli('gives up after five tries where nothing listens', async (cli) => {
      const environment = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }
      const { status, stderr, slept } = await run(cli, { environment })
      expect(status).to.equal(1)
      expect(stderr).to.match(
        /Could not connect to the endpoint URL: "http:\/\/127.0.0.1:1\/2015-03-31.*To do: let the instance reach Lambda/,
      )
      expect(slept).to.have.length(8)
    })

    withEachCli(
      'gives up after five tries where there are no credentials',
      async (cli) => {
        const environment = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }
        const { status, stderr } = await run(cli, { environment })
        expect(status).to.equal(1)
        expect(stderr).to.match(/Unable to locate credentials.* To do: give the instance an instance profile/)
      },
      wordings,
    )
  })

  describe('takes its region', () => {
    withEachCli('from AWS_REGION before AWS_DEFAULT_REGION', async (cli) => {
      const environment = { AWS_REGION: 'eu-north-1', AWS_DEFAULT_REGION: 'us-east-1' }
      const { requests } = await run(cli, { environment, invoke: [succeeds] })
      expect(requests).to.deep.equal(['invoke CodeDeployHook_greenlight in eu-north-1'])
    })

    for (const metadataAt of ['169.254.169.254', '[fd00:ec2::254]']) {
      withStandIns(
        `from the instance metadata at ${metadataAt}, with nothing but the agent's own variables`,
        async (cli) => {
          const { status, stderr, requests } = await run(cli, {
            metadataAt,
            token: [plain('T0k+en==')],
            region: [plain('eu-north-1')],
            invoke: [succeeds],
          })
          expect({ status, stderr, requests }).to.deep.equal({
            status: 0,
            stderr: '',
            requests: ['token', 'region with T0k+en==', 'invoke CodeDeployHook_greenlight in eu-north-1'],
          })
        },
      )
    }

    withEachCli('from AWS_DEFAULT_REGION', async (cli) => {
      const environment = { AWS_REGION: undefined, AWS_DEFAULT_REGION: 'us-east-1' }
      const { requests } = await run(cli, { environment, invoke: [succeeds] })
      expect(requests).to.deep.equal(['invoke CodeDeployHook_greenlight in us-east-1'])
    })

    withEachCli('from the instance metadata, with a token, and tries again when those do not answer', async (cli) => {
      const { status, requests } = await run(cli, {
        environment: { AWS_REGION: undefined },
        token: [{ status: 503, body: '' }, plain('T0k+en=='), plain('T0k+en==')],
        region: [{ status: 404, body: 'none' }, plain('ap-southeast-2')],
        invoke: [denied],
        getDeployment: [deployment({ creator: 'autoscaling' })],
      })
      expect(status).to.equal(0)
      expect(requests).to.deep.equal([
        'token',
        'token',
        'region with T0k+en==',
        'token',
        'region with T0k+en==',
        'invoke CodeDeployHook_greenlight in ap-southeast-2',
        'get-deployment d-ABC123DEF in ap-southeast-2',
      ])
    })

    for (const [what, metadata, why] of [
      [
        'does not answer',
        { token: Array(4).fill({ status: 503, body: '' }) },
        /the instance metadata at http:.*\/metadata did not answer: curl: \(22\) The requested URL returned error: 503/,
      ],
      [
        'says something else',
        { token: Array(4).fill(plain('token')), region: Array(4).fill(plain('<html>')) },
        /http:.*\/metadata answered with no region: <html>/,
      ],
    ] as const) {
      withEachCli(
        `from nowhere, and lets GREENLIGHT_UNREACHABLE decide, where the instance metadata ${what}`,
        async (cli) => {
          const failed = await run(cli, { ...metadata, environment: { AWS_REGION: undefined } })
          expect(failed.status).to.equal(1)
          expect(failed.stderr)
            .to.match(
              /^Greenlight: could not ask CodeDeployHook_greenlight: the region is unknown: AWS_REGION and AWS_DEFAULT_REGION are/,
            )
            .and.to.match(why)
            .and.to.match(
              / Without a verdict this instance fails: .* To do: set AWS_REGION at the head of this script\.\n$/,
            )
          const environment = { AWS_REGION: undefined, GREENLIGHT_UNREACHABLE: 'pass' }
          const passed = await run(cli, { ...metadata, environment })
          expect(passed.status).to.equal(0)
          expect(passed.stderr).to.match(/^Greenlight: WARNING: .* the region is unknown/)
        },
      )
    }
  })

  describe('ends at once', () => {
    for (const [signal, status] of [
      ['SIGTERM', 143],
      ['SIGINT', 130],
      ['SIGHUP', 129],
    ] as const) {
      withEachCli(`on ${signal}, in the middle of a call, with one line and without leftovers`, async (cli) => {
        const { status: ended, stderr } = await run(cli, {
          invoke: ['no answer'],
          onInvoke: (pid) => process.kill(pid, signal),
        })
        expect(ended).to.equal(status)
        expect(stderr).to.match(new RegExp(`^Greenlight: stopped by ${signal} before Greenlight gave a verdict`))
      })
    }
  })
})

describe('the AppSpec files', () => {
  const read = (name: string) => parse(readFileSync(join(root, 'appspec', name), 'utf8'))

  it('for EC2 names the script under BeforeAllowTraffic, with time for its last answer', () => {
    const { version, os, hooks } = read('appspec-ec2.yml')
    expect({ version, os, hooks }).to.deep.equal({
      version: 0.0,
      os: 'linux',
      hooks: { BeforeAllowTraffic: [{ location: 'before-allow-traffic.sh', timeout: 2100, runas: 'root' }] },
    })
    const [, seconds] = /GREENLIGHT_TIMEOUT_SECONDS:=(\d+)/.exec(readFileSync(script, 'utf8')) ?? []
    expect(Number(seconds) + 300).to.equal(2100)
  })

  for (const name of ['appspec-ecs.yaml', 'appspec-lambda.yaml']) {
    it(`${name} names the function under BeforeAllowTraffic`, () => {
      const { version, Resources, Hooks } = read(name)
      expect(version).to.equal(0.0)
      expect(Resources).to.have.length(1)
      expect(Hooks).to.deep.equal([{ BeforeAllowTraffic: 'CodeDeployHook_greenlight' }])
    })
  }

  it('come with a policy that allows what the script calls, and nothing else', () => {
    const policy = JSON.parse(readFileSync(join(root, 'appspec/instance-profile-policy.json'), 'utf8'))
    const allowed = policy.Statement.map((statement: { Action: string }) => statement.Action)
    const called = [...readFileSync(script, 'utf8').matchAll(/run aws (\S+) (\S+)/g)].map(([, ...words]) =>
      words.join(' '),
    )
    expect(called).to.deep.equal(['lambda invoke', 'deploy get-deployment'])
    expect(allowed).to.deep.equal(['lambda:InvokeFunction', 'codedeploy:GetDeployment'])
  })
})
