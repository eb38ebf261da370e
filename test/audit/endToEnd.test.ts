import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import policy from '../../docs/audit-policy.json' with { type: 'json' }
import { type Condition, conditions, generateAccount } from '../../simulator/account.ts'
import { type Simulator, simulate } from '../../simulator/simulate.ts'
import { type Server, serve } from '../../simulator/wire/server.ts'
import { scopeOf } from '../../simulator/wire/signature.ts'
import { inTerminal } from '../../tools/terminal.ts'
import { type Built, build, type Ended, nobody, runs, somebody, source } from './commandLine.ts'

const allowed = policy.Statement.flatMap(({ Action: action }) => [action].flat())

describe('codedeploy-greenlight audit', function () {
  // Every test waits for a process or two.
  this.timeout(60_000)
  let built: Built
  let aws: Simulator
  before(async () => {
    built = await build()
  })
  after(() => built.remove())
  beforeEach(async () => {
    aws = await simulate({
      regions: { 'eu-west-1': 'ENABLED_BY_DEFAULT', 'ap-east-1': 'DISABLED' },
      authorize: ({ action, principal }) =>
        principal.kind !== 'user' || allowed.includes(action) || `${action} is not in docs/audit-policy.json`,
    })
  })
  afterEach(() => aws.close())

  const account = (...of: readonly Condition[]) =>
    generateAccount(aws.world, { deploymentGroups: of.length, conditionOf: (number) => of[number] ?? 'healthy' })
  const audit = (args: readonly string[] = [], env = somebody(aws)) => runs(built.file, ['audit', ...args], env)

  describe('of one region', () => {
    it('exits with 0 where nothing is wrong', async () => {
      account('healthy', 'doesNotWait')
      const { code, stdout, stderr } = await audit()
      expect([code, stderr, stdout.trimEnd().split('\n').at(-1)]).to.deep.equal([0, '', 'Nothing is wrong.'])
    })

    it('says that there is no deployment group', async () => {
      const { code, stdout } = await audit()
      expect([code, stdout]).to.deep.equal([
        0,
        'eu-west-1: no blue/green deployment group with traffic control on EC2\n\nNothing is wrong.\n',
      ])
    })

    it('shows each Auto Scaling group on a line and what to do about it, and exits with 1', async () => {
      account('missing', 'healthy')
      const { code, stdout } = await audit()
      const arn = aws.world.targetGroups.get('web-0')?.arn
      expect(code).to.equal(1)
      expect(stdout.split('\n')).to.deep.equal([
        'eu-west-1: 2 blue/green deployment groups',
        '',
        'DEPLOYMENT GROUP       AUTO SCALING GROUP              CHECK  WANTED  MISSING  MODE                 GATE        HOOK  VERDICT',
        "application-0/group-0  CodeDeploy_group-0_d-D00000000  ELB    web-0   web-0    (stack's parameter)  waits 60 m  no    lost its target groups",
        "application-0/group-1  CodeDeploy_group-1_d-D00000001  ELB    web-1   -        (stack's parameter)  waits 60 m  no    nothing wrong",
        '',
        'What to do',
        '',
        'lost its target groups (1)',
        '  Attach them. All instances then get traffic at once, so first check that they run the version that you want.',
        '',
        '  - application-0/group-0: CodeDeploy_group-0_d-D00000000 lacks web-0: instances that it launches get no traffic, instances that it terminates are not drained, and unhealthy instances are not replaced',
        `      aws autoscaling attach-load-balancer-target-groups --region eu-west-1 --auto-scaling-group-name CodeDeploy_group-0_d-D00000000 --target-group-arns ${arn}`,
        '',
        'The next deployment loses target groups again, unless you deploy Greenlight:',
        '',
        '      sam build && sam deploy --guided --region eu-west-1',
        '',
        '1 problem.',
        '',
      ])
    })

    it('prints one JSON object and nothing else with --json', async () => {
      account('missing')
      const { code, stdout, stderr } = await audit(['--json'])
      const arn = aws.world.targetGroups.get('web-0')?.arn
      expect([code, stderr, JSON.parse(stdout)]).to.deep.equal([
        1,
        '',
        {
          version: 1,
          outcome: 'somethingWrong',
          regions: [
            {
              region: 'eu-west-1',
              deploymentGroups: [
                {
                  application: 'application-0',
                  deploymentGroup: 'group-0',
                  wanted: ['web-0'],
                  waitMinutes: 60,
                  terminationHook: false,
                  mode: 'parameter',
                  deploymentsUnderWay: [],
                  autoScalingGroups: [
                    {
                      name: 'CodeDeploy_group-0_d-D00000000',
                      exists: true,
                      healthCheckType: 'ELB',
                      attached: [],
                      missing: ['web-0'],
                    },
                  ],
                },
              ],
              findings: [
                {
                  application: 'application-0',
                  deploymentGroup: 'group-0',
                  kind: 'missing',
                  autoScalingGroup: 'CodeDeploy_group-0_d-D00000000',
                  targetGroups: ['web-0'],
                  wrong: true,
                  sentence:
                    'application-0/group-0: CodeDeploy_group-0_d-D00000000 lacks web-0: instances that it launches get no ' +
                    'traffic, instances that it terminates are not drained, and unhealthy instances are not replaced',
                  commands: [
                    'aws autoscaling attach-load-balancer-target-groups --region eu-west-1 --auto-scaling-group-name ' +
                      `CodeDeploy_group-0_d-D00000000 --target-group-arns ${arn}`,
                  ],
                },
              ],
              couldNotLook: [],
            },
          ],
          couldNotLook: [],
        },
      ])
    })

    it('reports an Auto Scaling group and a target group that do not exist', async () => {
      account('noAutoScalingGroup', 'noTargetGroup')
      const { code, stdout } = await audit(['--json'])
      const [region] = JSON.parse(stdout).regions
      expect([code, region.findings.map(({ kind }: { kind: string }) => kind)]).to.deep.equal([
        1,
        ['noAutoScalingGroup', 'missing', 'unusableTargetGroup'],
      ])
    })

    it('shows the mode of each deployment group, and never says that nothing is wrong where it could not look', async () => {
      account('healthy', 'nobodyAsks', 'badTag')
      const verdicts = ({ stdout }: Ended) =>
        stdout
          .split('\n')
          .slice(3, 6)
          .map((row) => row.slice(72).trimStart().replaceAll(/ +/g, ' '))
      expect(verdicts(await audit())).to.deep.equal([
        "(stack's parameter) waits 60 m no nothing wrong",
        'gate no wait no mode gate, and no wait at Ready',
        'does not parse waits 60 m no tag that does not parse',
      ])
      aws.faults.add({ action: 'codedeploy:ListTagsForResource', kind: 'accessDenied', times: 'forever' })
      const unread = await audit()
      expect([unread.code, verdicts(unread)]).to.deep.equal([
        2,
        [
          '? waits 60 m no could not look at all of it',
          '? no wait no could not look at all of it',
          '? waits 60 m no could not look at all of it',
        ],
      ])
      expect(unread.stdout).to.not.match(/nothing (is )?wrong/i)
    })

    it('shows only the application or deployment group that the flags name, and exits with 2 where it does not exist', async () => {
      account('missing', 'healthy')
      expect((await audit(['--group', 'group-1'])).code).to.equal(0)
      const { code, stdout, stderr } = await audit(['--application', 'application-0', '--group', 'group-7'])
      expect([code, stdout.trimEnd().split('\n').at(-1), stderr]).to.deep.equal([
        2,
        'The audit could not look at everything.',
        'Could not look at application-0/group-7: there is no such blue/green deployment group with traffic control in eu-west-1.\n',
      ])
    })

    for (const args of [
      ['audit'],
      ['audit', '--group', 'group-99'],
      ['audit', '--all-regions', '--timeout', '5'],
      ['audit', '--policy'],
      ['--version'],
      ['--help'],
      [],
    ]) {
      it(`prints from a clone what it prints from the package: ${JSON.stringify(args)}`, async () => {
        account(...conditions)
        aws.faults.add({ action: 'account:ListRegions', kind: 'throttle', times: 2 })
        expect(await runs(source, args, somebody(aws))).to.deep.equal(await runs(built.file, args, somebody(aws)))
      })
    }

    it('prints from a clone the JSON that it prints from the package, except ages in milliseconds', async () => {
      account(...conditions)
      const asked = ['audit', '--json']
      const [here, there] = [await runs(source, asked, somebody(aws)), await runs(built.file, asked, somebody(aws))]
      const ageless = ({ stdout }: Ended) => stdout.replaceAll(/"ageMs": \d+/g, '"ageMs": 0')
      expect(ageless(here)).to.equal(ageless(there))
    })

    it('says that a deployment group names no Auto Scaling group, and that a deployment is under way', async () => {
      account('healthy', 'missing')
      Object.assign(aws.world.deploymentGroups.get('application-0/group-0') ?? {}, { autoScalingGroups: [] })
      aws.world.deploy({ application: 'application-0', deploymentGroup: 'group-1' })
      const { code, stdout, stderr } = await runs(source, ['audit'], somebody(aws))
      expect(stdout.split('\n').slice(3, 6)).to.deep.equal([
        "application-0/group-0  -                               -      web-0   -        (stack's parameter)  waits 60 m  no    names no Auto Scaling group",
        'application-0/group-0  CodeDeploy_group-0_d-D00000000  ELB    -       -        -                    -           -     kept blue still attached',
        "application-0/group-1  CodeDeploy_group-1_d-D00000001  ELB    web-1   web-1    (stack's parameter)  waits 60 m  no    a deployment is under way",
      ])
      expect([code, stderr]).to.deep.equal([
        2,
        'eu-west-1: Could not look at application-0/group-1: a deployment is under way, and CodeDeploy_group-1_d-D00000001 ' +
          'lacks web-1: audit it again after the deployment.\n',
      ])
    })

    it('makes each of the calls that docs/audit-policy.json allows, and no other', async () => {
      account(...conditions)
      const { code, stdout } = await audit(['--all-regions', '--json'])
      expect([code, JSON.parse(stdout).couldNotLook]).to.deep.equal([1, []])
      expect([...new Set(aws.calls.map(({ action }) => action))]).to.have.members(allowed)
      expect(JSON.parse((await runs(built.file, ['audit', '--policy'], nobody)).stdout)).to.deep.equal(policy)
    })
  })

  describe('in several regions', () => {
    let other: Simulator
    let both: Server
    beforeEach(async () => {
      other = await simulate({ region: 'us-east-1' })
      both = await serve((request, line) => {
        const there = scopeOf(request).region === 'us-east-1' ? other : aws
        return there.handle(request, line)
      }, 0)
    })
    afterEach(async () => {
      await both.close()
      await other.close()
    })

    it('audits them in the given order, and exits with the worst exit code', async () => {
      account('healthy')
      generateAccount(other.world, { deploymentGroups: 1, conditionOf: () => 'missing' })
      const args = ['--json', '--region', 'us-east-1,eu-west-1', '--endpoint-url', both.endpoint]
      const { code, stdout } = await audit(args)
      const regions = JSON.parse(stdout).regions
      expect([code, regions.map((one: { region: string; findings: unknown[] }) => [one.region, one.findings.length])])
        .to.deep.equal([1, [['us-east-1', 1], ['eu-west-1', 0]]]) // biome-ignore format: one thought
    })

    it('audits those that are enabled for the account with --all-regions', async () => {
      account('healthy')
      const { code, stdout, stderr } = await audit(['--all-regions'])
      expect([code, stderr, stdout.split('\n')[0]]).to.deep.equal([0, '', 'eu-west-1: 1 blue/green deployment group'])
    })

    it('audits the configured one where it may not list the enabled ones, and says what to do', async () => {
      account('missing')
      aws.faults.add({ action: 'account:ListRegions', kind: 'accessDenied' })
      const { code, stdout, stderr } = await audit(['--all-regions'])
      expect([code, stdout.split('\n')[0], stderr]).to.deep.equal([
        2,
        'eu-west-1: 1 blue/green deployment group',
        'Could not look at the list of enabled regions: you lack the permission account:ListRegions (User: ' +
          'arn:aws:iam::123456789012:user/you is not authorized to perform: account:ListRegions on resource: * because no ' +
          'identity-based policy allows the account:ListRegions action): add the policy that --policy prints to your user or ' +
          'role; or name the regions with --region.\n',
      ])
    })
  })

  describe('exits with 2, and says in one sentence what to do,', () => {
    const three = 'Could not look at the Auto Scaling groups, the applications and the deployments under way'

    it('without credentials', async () => {
      const { AWS_ENDPOINT_URL } = somebody(aws)
      const { code, stderr } = await audit([], { ...nobody, AWS_ENDPOINT_URL, AWS_REGION: 'eu-west-1' })
      expect([code, stderr]).to.deep.equal([
        2,
        `eu-west-1: ${three}: there are no credentials (Could not load credentials from any providers): log in (aws sso login), ` +
          'choose a profile that has credentials (--profile, AWS_PROFILE), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.\n',
      ])
    })

    it('without a region', async () => {
      const { code, stdout, stderr } = await audit([], { ...somebody(aws), AWS_REGION: undefined })
      expect([code, stdout, stderr]).to.deep.equal([
        2,
        '',
        'Could not look at anything: no region is configured: name one with --region or AWS_REGION, or use --all-regions.\n',
      ])
    })

    it('without a region, with --json, in the object too', async () => {
      const { code, stdout } = await audit(['--json'], { ...somebody(aws), AWS_REGION: undefined })
      expect([code, JSON.parse(stdout)]).to.deep.equal([
        2,
        {
          version: 1,
          outcome: 'couldNotLook',
          regions: [],
          couldNotLook: [
            {
              what: ['anything'],
              reason: 'no region is configured: name one with --region or AWS_REGION, or use --all-regions',
            },
          ],
        },
      ])
    })

    for (const [protocol, action, what] of [
      ['JSON', 'codedeploy:ListApplications', 'the applications'],
      ['Query', 'autoscaling:DescribeAutoScalingGroups', 'the Auto Scaling groups'],
    ] as const) {
      it(`with expired credentials, in the words of a service that speaks ${protocol}`, async () => {
        aws.faults.add({ action, kind: 'expiredToken', times: 'forever' })
        const { code, stderr } = await audit()
        expect([code, stderr]).to.deep.equal([
          2,
          `eu-west-1: Could not look at ${what}: your credentials have expired: log in again (aws sso login), or get new ones.\n`,
        ])
      })
    }

    it('with expired credentials, in the words of the service that lists regions', async () => {
      aws.faults.add({ kind: 'expiredToken', times: 'forever' })
      const { code, stderr } = await audit(['--all-regions'], { ...somebody(aws), AWS_REGION: undefined })
      expect([code, stderr]).to.deep.equal([
        2,
        'Could not look at the list of enabled regions: your credentials have expired: log in again (aws sso ' +
          'login), or get new ones; or name the regions with --region.\n',
      ])
    })

    it('with a region that is not enabled', async () => {
      const { code, stderr } = await audit(['--region', 'ap-east-1'])
      expect([code, stderr]).to.deep.equal([
        2,
        `ap-east-1: ${three}: ap-east-1 does not accept your credentials (Credential should be scoped to a valid region, not ` +
          "'ap-east-1'): check that the region is enabled for the account (aws account get-region-opt-status --region-name " +
          'ap-east-1), and that the credentials are right (aws sts get-caller-identity).\n',
      ])
    })

    it('with an endpoint that refuses connections', async () => {
      const { endpoint } = aws
      const env = somebody(aws)
      await aws.close()
      const { code, stderr } = await audit(['--timeout', '1'], env)
      expect([code, stderr]).to.deep.equal([
        2,
        `eu-west-1: ${three}: ${endpoint} did not answer for 1 s (connect ECONNREFUSED ${endpoint.slice(7)}): check ` +
          '--endpoint-url or AWS_ENDPOINT_URL, or wait longer with --timeout.\n',
      ])
    })

    it('with an endpoint that accepts requests and never answers', async () => {
      aws.faults.add({ kind: 'hang', times: 'forever' })
      const { code, stderr } = await audit(['--timeout', '0.5'])
      expect([code, stderr]).to.deep.equal([
        2,
        `eu-west-1: ${three}: ${aws.endpoint} did not answer for 0.5 s (no answer within 0.5 s): check --endpoint-url or ` +
          'AWS_ENDPOINT_URL, or wait longer with --timeout.\n',
      ])
    })

    it('with one permission missing, and shows the rest', async () => {
      account('doesNotWait')
      aws.faults.add({ action: 'autoscaling:DescribeAutoScalingGroups', kind: 'accessDenied', times: 'forever' })
      const { code, stdout, stderr } = await runs(source, ['audit'], somebody(aws))
      expect([code, stderr, stdout.split('\n')[3]]).to.deep.equal([
        2,
        'eu-west-1: Could not look at the Auto Scaling groups: you lack the permission ' +
          'autoscaling:DescribeAutoScalingGroups (User: arn:aws:iam::123456789012:user/you is not authorized to perform: autoscaling:DescribeAutoScalingGroups on ' +
          'resource: * because no identity-based policy allows the autoscaling:DescribeAutoScalingGroups action): add the ' +
          'policy that --policy prints to your user or role.\n',
        "application-0/group-0  CodeDeploy_group-0_d-D00000000  ?      web-0   ?        (stack's parameter)  no wait  no    could not look at it",
      ])
    })

    it('with one region of two, and shows the other', async () => {
      account('missing')
      const { code, stdout } = await audit(['--region', 'eu-west-1', '--region', 'ap-east-1'])
      expect(code).to.equal(2)
      expect(stdout).to.contain('lost its target groups').and.contain('ap-east-1: could not look at it')
    })

    it('with an unknown flag, naming the one that was meant', async () => {
      const { code, stdout, stderr } = await audit(['--regoin', 'eu-west-1'])
      expect([code, stdout]).to.deep.equal([2, ''])
      expect(stderr).to.equal("error: unknown option '--regoin'\n(Did you mean --region?)\n(More with --help.)\n")
    })
  })

  describe('with a profile of the AWS configuration', () => {
    let home: string
    beforeEach(async () => {
      home = await mkdtemp(join(tmpdir(), 'greenlight-home-'))
      const { accessKeyId, secretAccessKey } = aws.credentials({ kind: 'user' })
      const keys = JSON.stringify({ Version: 1, AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey })
      await writeFile(join(home, 'keys.json'), keys)
      await writeFile(
        join(home, 'config'),
        `[profile work]\nregion = eu-west-1\ncredential_process = cat ${join(home, 'keys.json')}\n`,
      )
    })
    afterEach(() => rm(home, { recursive: true }))

    it('takes region and credentials from it, by the credential chain of the AWS CLI', async () => {
      account('healthy')
      const env = { ...nobody, AWS_ENDPOINT_URL: aws.endpoint, AWS_CONFIG_FILE: join(home, 'config') }
      const { code, stderr } = await audit(['--profile', 'work'], env)
      expect([code, stderr]).to.deep.equal([0, ''])
      expect((await audit(['--profile', 'play', '--region', 'eu-west-1'], env)).stderr).to.contain(
        'there are no credentials for profile play (Could not load credentials from any providers): log in',
      )
    })
  })

  describe('in a terminal', () => {
    const shown = (
      args: readonly string[],
      env: Readonly<Record<string, string>> = {},
      columns = 100,
      file = built.file,
    ) =>
      inTerminal([process.execPath, '--no-warnings', file, 'audit', ...args], {
        columns,
        rows: 50,
        env: { ...somebody(aws), TERM: 'xterm-256color', ...env },
      })
    const ESC = '\u001b'

    it('shows a progress bar, then colours, and no line that is wider than the terminal', async () => {
      account('missing', 'healthy')
      const { code, output } = await shown([], {}, 100, source)
      expect(code).to.equal(1)
      expect(output).to.contain('1 of 1 applications').and.contain(`${ESC}[31mlost its target groups${ESC}[39m`)
      const page = output.slice(output.indexOf('eu-west-1')).replaceAll(RegExp(`${ESC}\\[\\d+m`, 'g'), '')
      // An ARN has no place where a shell would let it be broken.
      const lines = page.split('\r\n').filter((line) => !line.includes('arn:aws:'))
      expect(lines.filter((line) => line.length > 100)).to.deep.equal([])
    })

    for (const [how, args, env] of [
      ['with --no-color', ['--no-color'], {}],
      ['where NO_COLOR is set', [], { NO_COLOR: '1' }],
    ] as const) {
      it(`shows no colours ${how}`, async () => {
        account('missing')
        const { output } = await shown(args, env)
        expect(output.slice(output.indexOf('eu-west-1'))).to.not.contain(ESC)
      })
    }

    it('shows the table in paragraphs where it is narrow', async () => {
      account('missing')
      const { output } = await shown(['--no-color'], {}, 50, source)
      const page = output.slice(output.indexOf('eu-west-1')).split('\r\n')
      expect(page.slice(0, page.indexOf('What to do'))).to.deep.equal([
        'eu-west-1: 1 blue/green deployment group',
        '',
        'application-0/group-0',
        '  CodeDeploy_group-0_d-D00000000: lost its target',
        '  groups',
        '  check ELB, wanted web-0, missing web-0, mode',
        "  (stack's parameter), gate waits 60 m, hook no",
        '',
      ])
    })

    it('ends without an error where its reader ends first', async () => {
      account(...conditions)
      const { code, output } = await inTerminal(
        ['sh', '-c', `"$0" --no-warnings "$1" audit 2>&1 | head -n 1`, process.execPath, built.file],
        { columns: 90, rows: 50, env: somebody(aws) },
      )
      expect([code, output]).to.deep.equal([0, `eu-west-1: ${conditions.length} blue/green deployment groups\r\n`])
    })
  })
})
