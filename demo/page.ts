import { actNames } from './acts.ts'
import { type Look, wrap } from './look.ts'
import type { Runs } from './story.ts'
import { columns, failedIn, table } from './table.ts'
import { timeline } from './timeline.ts'

/** The lines that come first, while the simulator still plays. */
export const introduction = ({ copyLosesTargetGroups }: { copyLosesTargetGroups: boolean }, look: Look): string[] => {
  const deploys =
    'The same half hour twice, on a local AWS: CodeDeploy deploys v2 blue/green onto an Auto Scaling group behind a load balancer. Then the group scales out, an instance breaks, and the group scales in.'
  const defect = copyLosesTargetGroups
    ? "CodeDeploy's copy of the group (green) has lost its target group, so green serves only until something changes. Greenlight attaches the target group before traffic shifts."
    : "This is the day on which AWS mends it: CodeDeploy's copy of the group (green) keeps its target group. Greenlight has nothing to attach, and both runs should end alike."
  return [...paragraph(deploys, look), ...paragraph(defect, look), '']
}

/** The timeline of the two runs, their closing table, the other scenes, and what to do next. */
export const page = (runs: Runs, scenes: readonly (readonly string[])[], look: Look): string[] => [
  ...timeline(runs, look),
  '',
  ...closingTable(runs, look),
  '',
  ...remarks(runs).flatMap((remark) => paragraph(remark, look)),
  '',
  ...scenes.flatMap((scene) => [...scene, '']),
  ...next(look),
]

const paragraph = (text: string, { columns }: Look) =>
  wrap(text, Math.min(columns, 118)).map((line) => line.trimStart())

const closingTable = (runs: Runs, look: Look): string[] =>
  columns(
    ['', 'without Greenlight', 'with Greenlight'],
    table(runs).map((row) => [row.label, row.without, row.with]),
    look,
  )

const remarks = (runs: Runs): string[] => {
  const rows = table(runs)
  const isEqual = rows.every((row) => row.without.text === row.with.text)
  const breakdown = actNames.indexOf('breakdown')
  const failsInBoth = [runs.without, runs.with].every((run) => failedIn(run, breakdown).requests > 0)
  const { calls, scriptRuns, invocations } = runs.with
  const byLambda = calls.filter(({ principal }) => principal.kind === 'lambda').length
  return [
    ...(isEqual ? ['The two runs are equal in every number.'] : []),
    ...(failsInBoth
      ? ['After an instance breaks, its requests fail until health checks notice: Greenlight cannot prevent that.']
      : []),
    `What is real: with Greenlight, ${new Set(scriptRuns.map(({ instanceId }) => instanceId)).size} instances ran appspec/before-allow-traffic.sh, and the built Lambda bundle was invoked ${invocations} times and made ${byLambda} requests to AWS's APIs over HTTP.`,
    'AWS itself is simulated, and its defect is a switch of the simulator: --no-defect turns it off. The simulator counted every number above.',
  ]
}

const next = (look: Look) => {
  const steps = [
    ['README.md', 'what it does, and how to add it to yours'],
    ['npm run simulator', 'this local AWS on a port, for aws or an SDK'],
    ['npm test', 'checks every promise, on this machine'],
    ['sam build && sam deploy --guided', 'puts it into your account'],
  ] as const
  return [look.mark('bold', 'What next'), ...steps.map(([what, why]) => `  ${what.padEnd(34)}${why}`)]
}
