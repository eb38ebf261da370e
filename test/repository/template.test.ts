import { existsSync, readFileSync } from 'node:fs'
import { expect } from 'chai'
import { bundle } from '../../tools/bundle.ts'
import { rolesOf } from '../../tools/roles.ts'
import { deploy } from '../../tools/stack.ts'
import { readTemplate, resourceOf, root } from '../../tools/template.ts'

const template = readTemplate()
const text = readFileSync(`${root}template.yaml`, 'utf8')
const gate = resourceOf(template, 'GateFunction')
const sweep = resourceOf(template, 'SweepFunction')

describe('template.yaml', () => {
  for (const [name, parameter] of Object.entries(template.Parameters)) {
    it(`describes the parameter ${name}, and gives it a default and bounds`, () => {
      expect(parameter).to.include.keys('Description', 'Default')
      const bounds = ['AllowedPattern', 'AllowedValues', 'MinValue'].filter((bound) => bound in parameter)
      expect(bounds).to.not.be.empty
    })
  }

  const settingsIn = (file: string) =>
    readFileSync(`${root}src/${file}`, 'utf8').match(/\b(GREENLIGHT|TEST)_[A-Z_]+/g) ?? []

  for (const [what, { Properties, Metadata }, settings] of [
    ['gate', gate, settingsIn('settings.ts')],
    // A sweep proves nothing, and waits for nothing to become healthy.
    [
      'sweep',
      sweep,
      [...settingsIn('settings.ts'), ...settingsIn('sweep/sweepSettings.ts')].filter(
        (name) => !/TIMEOUT|^TEST/.test(name),
      ),
    ],
  ] as const) {
    it(`gives the ${what} function every setting that it reads, from a parameter, and no other`, () => {
      const { Variables: variables } = Properties['Environment'] as { Variables: Record<string, { Ref: string }> }
      expect(Object.keys(variables)).to.have.members([...new Set(settings)])
      for (const { Ref: parameter } of Object.values(variables)) expect(template.Parameters).to.have.property(parameter)
    })

    it(`names a handler of the ${what} function that is there, and one entry point for it`, () => {
      const [entry, ...others] = Metadata?.BuildProperties?.EntryPoints ?? []
      expect(others).to.deep.equal([])
      expect(existsSync(`${root}${entry}`)).to.equal(true)
      expect(Properties['Handler']).to.equal(`${entry?.replace(/^src\/|\.ts$/g, '')}.handler`)
    })
  }

  it('builds both functions alike', () => {
    const { EntryPoints: _gate, ...gateBuild } = gate.Metadata?.BuildProperties ?? { EntryPoints: [] }
    const { EntryPoints: _sweep, ...sweepBuild } = sweep.Metadata?.BuildProperties ?? { EntryPoints: [] }
    expect(sweepBuild).to.deep.equal(gateBuild)
  })

  it('says why, right beside it, for each resource that is or has a *', () => {
    const lines = text.split('\n')
    const wide = lines.flatMap((line, index) => (/Resource:.*\*/.test(line) ? [index] : []))
    expect(wide).to.not.be.empty
    for (const index of wide) expect(lines[index - 1], `above line ${index + 1}`).to.match(/^\s+# /)
  })

  it('bundles neither the chain of credential providers nor a client of another service', async () => {
    const code = await bundle('GateFunction')
    expect(code).to.contain('AWS_ACCESS_KEY_ID')
    // Only the sweep invokes a function.
    expect(code).to.not.contain('X-Amz-Invocation-Type')
    expect(await bundle('SweepFunction')).to.contain('X-Amz-Invocation-Type')
    for (const unneeded of ['fromSSO', 'fromProcess', 'fromInstanceMetadata', 'sso-oidc'])
      expect(code).to.not.contain(unneeded)
  })
})

describe('The role of the sweep function [least power]', () => {
  const actionsOf = (id: string) =>
    rolesOf(deploy()).flatMap((role) =>
      role.id === id ? role.statements.flatMap(({ Action: actions }) => actions) : [],
    )

  it('may do less than that of the gate, but for listing and for asking the gate', () => {
    const more = actionsOf('SweepRole').filter((action) => !actionsOf('GateRole').includes(action))
    expect(more).to.have.members([
      'codedeploy:BatchGetDeploymentGroups',
      'codedeploy:ListApplications',
      'codedeploy:ListDeploymentGroups',
      'lambda:InvokeFunction',
    ])
    const less = actionsOf('GateRole').filter((action) => !actionsOf('SweepRole').includes(action))
    expect(less).to.have.members([
      'autoscaling:SuspendProcesses',
      'codedeploy:ContinueDeployment',
      'codedeploy:PutLifecycleEventHookExecutionStatus',
      'codedeploy:StopDeployment',
      'elasticloadbalancing:RegisterTargets',
      'sqs:SendMessage',
    ])
  })
})

describe('What invokes the gate function, and what becomes of it', () => {
  const { Events: events, EventInvokeConfig: config } = gate.Properties as {
    Events: Record<string, { Type: string; Properties: { Pattern: Record<string, unknown> } }>
    EventInvokeConfig: unknown
  }

  it('is CodeDeploy, by the five states of a deployment', () => {
    expect(Object.values(events).map(({ Type, Properties }) => ({ Type, ...Properties.Pattern }))).to.deep.equal([
      {
        Type: 'EventBridgeRule',
        source: ['aws.codedeploy'],
        'detail-type': ['CodeDeploy Deployment State-change Notification'],
        detail: { state: ['START', 'READY', 'SUCCESS', 'FAILURE', 'STOP'] },
      },
    ])
  })

  it('is tried three times, and kept in a queue if all three fail', () => {
    expect(config).to.deep.equal({
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 21600,
      DestinationConfig: { OnFailure: { Type: 'SQS', Destination: { 'Fn::GetAtt': 'FailedInvocations.Arn' } } },
    })
  })
})

describe('The sweep function', () => {
  const concurrency = (SweepMode: string) =>
    deploy(template, { parameters: { SweepMode } }).resources['SweepFunction']?.properties[
      'ReservedConcurrentExecutions'
    ]

  it('runs once at a time where it heals, and reserves nothing where it only looks', () => {
    expect([concurrency('heal'), concurrency('observe')]).to.deep.equal([1, undefined])
  })

  it('is not tried again, and does not queue up behind a long run', () => {
    expect(sweep.Properties['EventInvokeConfig']).to.deep.equal({
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    })
  })
})

describe('The alarms', () => {
  const alarms = Object.values(deploy(template, { parameters: { SweepMinutes: 7 } }).resources).filter(
    ({ type }) => type === 'AWS::CloudWatch::Alarm',
  )
  const facts = ['Namespace', 'MetricName', 'Statistic', 'TreatMissingData']
  const shown = alarms.map(({ properties }) => facts.map((fact) => properties[fact]).join(' '))

  it('ring for each event, and once for what lasts: they stay red until a sweep measures that it is over', () => {
    expect(shown).to.deep.equal([
      'AWS/Lambda Errors Sum notBreaching',
      'AWS/Lambda Errors Sum ignore',
      'AWS/Lambda Invocations Sum breaching',
      'Greenlight HealingStopped Sum notBreaching',
      'Greenlight FailedVerdicts Sum notBreaching',
      'Greenlight LeftAttached Maximum ignore',
      'Greenlight HeldBeyondEnd Maximum ignore',
    ])
  })

  it('ring where no sweep has run for ten times the minutes between two', () => {
    const found = alarms.find(({ properties }) => properties['MetricName'] === 'Invocations')?.properties ?? {}
    const { Period, EvaluationPeriods, Threshold, ComparisonOperator } = found
    expect({ Period, EvaluationPeriods, Threshold, ComparisonOperator }).to.deep.equal({
      ...{ Period: 600, EvaluationPeriods: 7, Threshold: 1, ComparisonOperator: 'LessThanThreshold' },
    })
  })
})
