import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling'
import { CodeDeployClient, CreateDeploymentCommand, GetDeploymentCommand } from '@aws-sdk/client-codedeploy'
import { expect } from 'chai'
import { Refused, readFlags, serveAccount } from '../../simulator/serve.ts'

const refusalOf = (args: string[]) => {
  try {
    readFlags(args)
  } catch (error) {
    if (error instanceof Refused) return error.message
    throw error
  }
  throw new Error('It was not refused.')
}

describe('npm run simulator', () => {
  it('reads its flags', () => {
    expect(readFlags([])).to.deep.equal({ port: 4566, speed: 1, seed: 1 })
    expect(readFlags(['--port', '0', '--speed', '60', '--seed=7'])).to.deep.equal({ port: 0, speed: 60, seed: 7 })
    expect(readFlags(['--help'])).to.equal('help')
  })

  it('refuses unknown flags and values that are no numbers, in a sentence', () => {
    expect(refusalOf(['--colour', 'green'])).to.match(/--colour.*There are --port, --speed, --seed and --help\.$/s)
    expect(refusalOf(['green'])).to.contain('green')
    expect(refusalOf(['--port', 'abc'])).to.equal("--port takes a port from 0 to 65535, not 'abc'.")
    expect(refusalOf(['--port', ''])).to.equal("--port takes a port from 0 to 65535, not ''.")
    expect(refusalOf(['--speed', '0'])).to.equal("--speed takes a number above 0, up to 10000, not '0'.")
    expect(refusalOf(['--seed', '1.5'])).to.equal("--seed takes a whole number, not '1.5'.")
  })

  it('serves an account in which a deployment can be started, says how to point at it, and logs each call on one line', async () => {
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
      expect(said.slice(1)).to.have.length(3)
      expect(said[2]).to.match(/codedeploy:GetDeployment by user: ok \{.*\}$/)
    } finally {
      codeDeploy.destroy()
      autoScaling.destroy()
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

  it('ends cleanly on Ctrl-C', async () => {
    const file = fileURLToPath(new URL('../../simulator/main.ts', import.meta.url))
    const child = spawn(process.execPath, [file, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise((resolve) => child.stdout.once('data', resolve))
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGINT')
    expect(await ended).to.equal(0)
  })
})
