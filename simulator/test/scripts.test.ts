import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { SimulateOptions } from '../simulate.ts'
import type { ScriptHook } from '../world/state.ts'
import { type Arranged, arrange, arrangeBlueGreen, greenOf, inService } from './arranged.ts'

describe('the scripts of simulated instances', () => {
  let arranged: Arranged
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'greenlight-'))
  })
  afterEach(async () => {
    await arranged.end()
    await rm(directory, { recursive: true })
  })

  const write = async (name: string, text: string) => {
    const file = join(directory, name)
    await writeFile(file, text)
    await chmod(file, 0o755)
    return file
  }

  /** A deployment whose bundle has this script under BeforeAllowTraffic. */
  const deploy = async (text: string, hook: Partial<ScriptHook> = {}, options: SimulateOptions = {}) => {
    arranged = await arrange(options)
    const { world } = arranged.simulator
    arrangeBlueGreen(arranged.simulator)
    const script = await write('hook.sh', text)
    const revision = { version: 'v2', hooks: { BeforeAllowTraffic: [{ script, ...hook }] } }
    const id = world.deploy({ deploymentGroup: 'production', revision })
    return { id, world, revision }
  }
  const ended = (id: string) => arranged.time.run(arranged.simulator.world.deploymentEnded(id))

  it('run as real processes on every green instance, and their output is kept', async () => {
    const { id, world } = await deploy('echo "hello from $LIFECYCLE_EVENT"; echo oops >&2')
    expect(await ended(id)).to.equal('Succeeded')
    expect(world.scriptRuns.map(({ instanceId }) => instanceId)).to.have.members(
      inService(arranged.simulator, greenOf(id)),
    )
    for (const run of world.scriptRuns) {
      expect(run).to.include({ deploymentId: id, event: 'BeforeAllowTraffic', exitCode: 0 })
      expect(run.output.split('\n')).to.have.members(['hello from BeforeAllowTraffic', 'oops', ''])
    }
  })

  it("see the environment of the agent and of an instance, without a region and without this process's own", async () => {
    process.env['GREENLIGHT_SECRET_OF_THE_TEST'] = 'x'
    const { id, world } = await deploy('env | cut -d= -f1 | sort', { environment: { MINE: '1' } })
    await ended(id)
    delete process.env['GREENLIGHT_SECRET_OF_THE_TEST']
    // Variables that shells set themselves, and that Node.js sets for every child under coverage.
    const shells = new Set(['PWD', 'OLDPWD', 'SHLVL', '_', 'NODE_V8_COVERAGE'])
    expect(
      world.scriptRuns[0]?.output
        .trim()
        .split('\n')
        .filter((name) => !shells.has(name)),
    ).to.deep.equal([
      'APPLICATION_NAME',
      'AWS_ACCESS_KEY_ID',
      'AWS_EC2_METADATA_SERVICE_ENDPOINT',
      'AWS_ENDPOINT_URL',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'DEPLOYMENT_GROUP_ID',
      'DEPLOYMENT_GROUP_NAME',
      'DEPLOYMENT_ID',
      'HOME',
      'LIFECYCLE_EVENT',
      'MINE',
      'PATH',
      'TMPDIR',
    ])
  })

  it('find AWS_REGION where the simulator sets it', async () => {
    const { id, world } = await deploy('echo $AWS_REGION', {}, { tellRegion: true, region: 'us-gov-west-1' })
    await ended(id)
    expect(world.scriptRuns[0]?.output).to.equal('us-gov-west-1\n')
  })

  it('fail their instance with a non-zero exit, and the deployment with the last healthy one', async () => {
    const { id, world } = await deploy('echo no; exit 3')
    expect(await ended(id)).to.equal('Failed')
    expect(world.scriptRuns.map(({ exitCode }) => exitCode)).to.deep.equal([3, 3])
    const [target] = world.deployments.get(id)?.targets.values() ?? []
    expect(target?.status).to.equal('Failed')
    expect(target?.lifecycleEvents.find(({ status }) => status === 'Failed')?.diagnostics).to.deep.equal({
      errorCode: 'ScriptFailed',
      scriptName: 'hook.sh',
      message: 'The script hook.sh exited with 3.',
      logTail: 'no\n',
    })
    expect(target?.lifecycleEvents.at(-1)?.status).to.equal('Skipped')
  })

  it('fail one instance only, where enough others are healthy', async () => {
    const { id, world } = await deploy('mkdir "$(dirname "$0")/first" 2>/dev/null || exit 1')
    expect(await ended(id)).to.equal('Succeeded')
    expect(world.scriptRuns.map(({ exitCode }) => exitCode)).to.have.members([0, 1])
    expect(Object.keys(Object.fromEntries(world.targetGroups.get('web')?.targets ?? []))).to.have.length(1)
  })

  it('are killed with their child processes when their simulated time is up', async () => {
    const { id, world } = await deploy(
      'node -e "fetch(process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT + \'/sleep?seconds=9999\')"',
      { timeoutSeconds: 300 },
    )
    const before = Date.now()
    expect(await ended(id)).to.equal('Failed')
    expect(Date.now() - before).to.be.within(300_000, 400_000)
    expect(world.scriptRuns[0]?.exitCode).to.equal(137)
    const [target] = world.deployments.get(id)?.targets.values() ?? []
    expect(target?.lifecycleEvents.find(({ status }) => status === 'Failed')?.diagnostics?.errorCode).to.equal(
      'ScriptTimedOut',
    )
  })

  it('sleep in simulated time, by the stand-in on their PATH', async () => {
    const { id, world } = await deploy('date +%s; sleep 600; date +%s')
    expect(await ended(id)).to.equal('Succeeded')
    const [before = 0, after = 0] = (world.scriptRuns[0]?.output ?? '').split('\n').map(Number)
    expect(after - before).to.be.within(600, 601)
  })

  it('ask the metadata service for the region, with a token (IMDSv2)', async () => {
    const { id, world } = await deploy(`
      at=$AWS_EC2_METADATA_SERVICE_ENDPOINT
      node -e '
        const at = process.argv[1] + "/latest/"
        const ask = async (path, init) => { const a = await fetch(at + path, init); return a.status + " " + await a.text() }
        const token = (await ask("api/token", { method: "PUT", headers: { "X-aws-ec2-metadata-token-ttl-seconds": "60" } })).slice(4)
        console.log(await ask("api/token", { method: "PUT" }))
        console.log(await ask("meta-data/placement/region"))
        console.log(await ask("meta-data/placement/region", { headers: { "X-aws-ec2-metadata-token": token } }))
      ' --input-type=module "$at"`)
    await ended(id)
    expect(world.scriptRuns[0]?.output).to.equal('400 Bad Request\n401 Unauthorized\n200 eu-west-1\n')
  })

  it('run on every instance that Auto Scaling launches; a failing one makes it terminate and relaunch, three times at most', async () => {
    const { id, world } = await deploy('[ ! -e "$(dirname "$0")/broken" ]')
    await ended(id)
    world.setDesiredCapacity(greenOf(id), 3)
    await arranged.time.advance(120_000)
    expect(inService(arranged.simulator, greenOf(id))).to.have.length(3)
    const good = world.scriptRuns.length
    await write('broken', '')
    world.setDesiredCapacity(greenOf(id), 4)
    await arranged.time.advance(3_600_000)
    expect(inService(arranged.simulator, greenOf(id))).to.have.length(3)
    expect(world.scriptRuns.slice(good).map(({ exitCode }) => exitCode)).to.deep.equal([1, 1, 1])
  })

  it('of the previous revision run on blue in a rollback, at BeforeAllowTraffic', async () => {
    arranged = await arrange()
    const { world } = arranged.simulator
    const script = await write('hook.sh', 'echo $DEPLOYMENT_ID')
    arrangeBlueGreen(arranged.simulator, {
      readyWaitMinutes: 30,
      revision: { version: 'v1', hooks: { BeforeAllowTraffic: [{ script }] } },
    })
    const id = world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
    await arranged.time.advance(120_000)
    world.stopDeployment(id)
    const rollback = world.rollBack(id)
    expect(await ended(rollback)).to.equal('Succeeded')
    expect(world.scriptRuns.map(({ instanceId }) => instanceId)).to.have.members(inService(arranged.simulator, 'blue'))
    expect(world.scriptRuns[0]?.output).to.equal(`${rollback}\n`)
  })

  it('do not outlive the simulator', async () => {
    const { world } = await deploy('echo $$; while :; do :; done')
    // Virtual time stands still while the script runs.
    const advancing = arranged.time.advance(300_000)
    while (!world.scriptRuns[0]?.output) await new Promise((resolve) => setImmediate(resolve))
    const pid = Number(world.scriptRuns[0]?.output)
    await arranged.simulator.close()
    expect(() => process.kill(pid, 0)).to.throw('ESRCH')
    await advancing
  })
})
