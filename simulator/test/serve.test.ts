import { spawn } from 'node:child_process'
import { connect, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling'
import { CodeDeployClient, CreateDeploymentCommand, GetDeploymentCommand } from '@aws-sdk/client-codedeploy'
import { expect } from 'chai'
import { greenlight } from '../../tools/greenlight.ts'
import { commandLine, Refused, serveAccount } from '../serve.ts'
import { readCommandLine } from './readCommandLine.ts'

const read = (...args: readonly string[]) => readCommandLine(commandLine, ...args)

describe('npm run simulator', () => {
  it('reads its flags', () => {
    expect(read()).to.deep.equal({ port: 4566, speed: 1, seed: 1 })
    expect(read('--port', '0', '--speed', '60', '--seed=7')).to.deep.equal({ port: 0, speed: 60, seed: 7 })
  })

  for (const [args, sentence] of [
    [['--port', 'abc'], "option '--port <N>' argument 'abc' is invalid. Give a port from 0 to 65535."],
    [['--port', ''], "option '--port <N>' argument '' is invalid. Give a port from 0 to 65535."],
    [['--speed', '0'], "option '--speed <N>' argument '0' is invalid. Give a number above 0, up to 10000."],
    [['--speed', '-5'], "option '--speed <N>' argument '-5' is invalid. Give a number above 0, up to 10000."],
    [['--seed', '1.5'], "option '--seed <N>' argument '1.5' is invalid. Give a whole number, 0 or more."],
    [['--ports', '2'], "unknown option '--ports'\n(Did you mean --port?)"],
    [['green'], "there are flags only, and 'green' is none"],
  ] as const) {
    it(`refuses ${args.join(' ')} in a sentence that names the value`, () => {
      expect(read(...args)).to.equal(`error: ${sentence}\n(npm run simulator -- --help lists every flag.)\n`)
    })
  }

  it('serves an account that can deploy, says how to point the aws command at it, and logs each call on one line', async () => {
    const said: string[] = []
    const simulator = await serveAccount({
      port: 0,
      speed: 10_000,
      say: (line) => said.push(line),
      functions: async () => [{ name: 'CodeDeployHook_greenlight', handler: () => 'here' }],
    })
    const configuration = {
      endpoint: simulator.endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    }
    const codeDeploy = new CodeDeployClient(configuration)
    const autoScaling = new AutoScalingClient(configuration)
    try {
      expect(said[0]).to.contain(`AWS_ENDPOINT_URL=${simulator.endpoint}`).and.to.contain('CodeDeployHook_greenlight')
      const { deploymentId } = await codeDeploy.send(
        new CreateDeploymentCommand({
          applicationName: 'shop',
          deploymentGroupName: 'production',
          revision: { revisionType: 'S3', s3Location: { bucket: 'releases', key: 'shop/v2.zip', bundleType: 'zip' } },
        }),
      )
      await codeDeploy.send(new GetDeploymentCommand({ deploymentId }))
      const { AutoScalingGroups: groups = [] } = await autoScaling.send(new DescribeAutoScalingGroupsCommand({}))
      expect(groups.map(({ AutoScalingGroupName: name }) => name)).to.include('web-blue')
      expect(said.filter((line) => line.includes(' by user: '))).to.have.length(3)
      expect(said.join('\n')).to.match(/codedeploy:GetDeployment by user: ok \{.*\}$/m)
      expect(said.join('\n')).to.match(
        /Z CodeDeploy \((d-\w+)\): creates deployment \1 for production \(creator: user\)\.$/m,
      )
    } finally {
      codeDeploy.destroy()
      autoScaling.destroy()
      await simulator.close()
    }
  })

  it('fails a bad release by the verdict of the function, which lives at the speed of the simulator', async () => {
    const simulator = await serveAccount({
      port: 0,
      speed: 100,
      say: () => {},
      functions: async (home) => [await greenlight(home)],
    })
    try {
      const id = simulator.world.deploy({
        deploymentGroup: 'production',
        revision: simulator.world.bundles.get('releases/shop/v3.zip') ?? { version: '' },
      })
      await new Promise<void>((resolve) => {
        const stop = simulator.clock.every(1000, () => {
          if (simulator.world.deployments.get(id)?.status !== 'Ready') return
          stop()
          resolve()
        })
      })
      simulator.world.continueDeployment(id)
      expect(await simulator.world.deploymentEnded(id)).to.equal('Failed')
      expect(simulator.world.scriptRuns.map(({ output }) => output).join('')).to.match(/not healthy within 300 s: /)
    } finally {
      await simulator.close()
    }
  })

  it('says when the port is in use', async () => {
    const taken = createServer()
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port))
    })
    const failure = await serveAccount({ port, say: () => {} }).catch((error: unknown) => error)
    taken.close()
    expect(failure).to.be.instanceOf(Refused)
    expect((failure as Error).message).to.equal(`Port ${port} of 127.0.0.1 is in use: choose another with --port.`)
  })

  it('ends cleanly on Ctrl-C, even while a function is under way, and outlives a caller who hangs up', async () => {
    const file = fileURLToPath(new URL('../main.ts', import.meta.url))
    const child = spawn(process.execPath, [file, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise((resolve) => child.once('close', resolve))
    const lines: string[] = []
    const heard = (text: RegExp) =>
      new Promise<string>((resolve) => {
        const look = () => {
          const [found] = text.exec(lines.join('')) ?? []
          if (found !== undefined) resolve(found)
        }
        child.stdout.on('data', look)
      })
    child.stdout.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
    const endpoint = await heard(/http:\/\/127\.0\.0\.1:\d+/)

    await new Promise((resolve) => {
      const caller = connect(Number(endpoint.split(':').at(-1)), '127.0.0.1', () => {
        caller.write('POST / HTTP/1.1\r\nHost: aws\r\nContent-Length: 100\r\n\r\nabc', () => caller.destroy())
      })
      caller.once('close', resolve)
    })
    const waiting = heard(/"message":"Waiting"/)
    const codeDeploy = new CodeDeployClient({
      endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    })
    const revision = {
      revisionType: 'S3',
      s3Location: { bucket: 'releases', key: 'shop/v2.zip', bundleType: 'zip' },
    } as const
    const { deploymentId } = await codeDeploy.send(
      new CreateDeploymentCommand({ applicationName: 'shop', deploymentGroupName: 'production', revision }),
    )
    codeDeploy.destroy()
    // A hook waits until everything is installed, which takes most of a minute.
    const invocation = fetch(`${endpoint}/2015-03-31/functions/CodeDeployHook_greenlight/invocations`, {
      method: 'POST',
      headers: {
        authorization:
          'AWS4-HMAC-SHA256 Credential=x/20260101/eu-west-1/lambda/aws4_request, SignedHeaders=host, Signature=0',
      },
      body: JSON.stringify({ DeploymentId: deploymentId, LifecycleEventHookExecutionId: 'execution-1' }),
    }).catch(() => 'hung up')
    await waiting
    child.kill('SIGINT')
    expect(await ended).to.equal(0)
    expect(await invocation).to.equal('hung up')
  })
})
