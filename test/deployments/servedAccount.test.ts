/** Greenlight in the account that `npm run simulator` serves, on the wall clock. */
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { CodeDeployClient, CreateDeploymentCommand } from '@aws-sdk/client-codedeploy'
import { expect } from 'chai'
import { serveAccount } from '../../simulator/serve.ts'
import { greenlight } from '../../tools/greenlight.ts'

describe('npm run simulator, with Greenlight in its account', () => {
  it('fails a bad release by the verdict of the function, at the speed of the simulator', async () => {
    const simulator = await serveAccount({
      port: 0,
      speed: 100,
      say: () => {},
      functions: async (home) => [await greenlight(home)],
      script: fileURLToPath(new URL('../../appspec/before-allow-traffic.sh', import.meta.url)),
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

  it('ends cleanly on Ctrl-C, even while a function runs, and outlives a caller that hangs up', async () => {
    const file = fileURLToPath(new URL('../../simulator/main.ts', import.meta.url))
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
