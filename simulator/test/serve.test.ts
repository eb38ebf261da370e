import { createServer } from 'node:net'
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling'
import { CodeDeployClient, CreateDeploymentCommand, GetDeploymentCommand } from '@aws-sdk/client-codedeploy'
import { expect } from 'chai'
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
      functions: async () => [{ name: 'CodeDeployHook_any', handler: () => 'here' }],
    })
    const configuration = {
      endpoint: simulator.endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    }
    const codeDeploy = new CodeDeployClient(configuration)
    const autoScaling = new AutoScalingClient(configuration)
    try {
      expect(said[0]).to.contain(`AWS_ENDPOINT_URL=${simulator.endpoint}`).and.to.contain('CodeDeployHook_any')
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

  it('says when the port is in use', async () => {
    const taken = createServer()
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port))
    })
    const failure = await serveAccount({ port, say: () => {} }).catch((error: unknown) => error)
    taken.close()
    expect(failure).to.be.instanceOf(Refused)
    expect((failure as Error).message).to.equal(`Port ${port} of 127.0.0.1 is in use. Choose another port with --port.`)
  })
})
