import type { Call } from '../simulator/simulate.ts'
import type { Run } from './story.ts'

/** One line of the story: who did what, and when (milliseconds since 1970). */
export type Told = { readonly at: number; readonly who: string; readonly what: string }

/** Things that happen as one, if they happen within so many milliseconds of each other. */
const TOGETHER_MILLISECONDS = 30_000

type Found = Readonly<Record<string, string | undefined>>
type Tell = (instances: string, found: Found, sum: number) => Omit<Told, 'at'>
type Rule = {
  readonly who: string
  /** What the simulator says. What differs only in the groups `instance` and `number` is told as one. */
  readonly said: RegExp
  /** What the story says; none: it leaves that out. */
  readonly told?: Tell
}
/** What is told as one, at the time when it was so of all. */
type Merged = { at: number; readonly tell: Tell; readonly found: Found; readonly instances: string[]; sum: number }

const INSTANCE = '(?<instance>(?:blue|green)-\\d+)'
const line = (who: string, what: string) => ({ who, what })
const rule = (who: string, said: string, told?: Tell): Rule => ({
  who,
  said: new RegExp(`^${said}$`),
  ...(told && { told }),
})

/** How the story says what the simulator says: shorter, several instances at once, and no machinery. */
const rules: readonly Rule[] = [
  rule('CodeDeploy', 'production <deployment>: is Created by user\\.', () => line('You', 'deploy v2 with CodeDeploy')),
  rule(
    'CodeDeploy',
    'production <deployment>: copies blue to green(?<lost>, without its target groups)?\\.',
    (_, { lost }) =>
      line('CodeDeploy', lost ? 'copies blue to green, without the target group' : 'copies blue to green'),
  ),
  rule('CodeDeploy', 'production <deployment>: traffic has moved to green.*', () =>
    line('CodeDeploy', 'has moved the traffic to green'),
  ),
  rule('CodeDeploy', 'production <deployment>: terminates blue in (?<wait>.*)\\.', (_, { wait }) =>
    line('CodeDeploy', `keeps blue for ${wait}, then terminates it`),
  ),
  rule('CodeDeploy', 'production <deployment>: is Succeeded\\.', () =>
    line('CodeDeploy', 'says: deployment Succeeded'),
  ),
  // The deployment that Auto Scaling makes for each instance it launches: the instance's coming into service says enough.
  rule('CodeDeploy', 'production <launch>: .*'),
  rule('Auto Scaling', `launches ${INSTANCE} in green\\.`, (which) => line('Auto Scaling', `launches ${which}`)),
  rule('Auto Scaling', `${INSTANCE} is in service in green\\.`, (which) =>
    line('Auto Scaling', `has ${which} in service`),
  ),
  // Said above.
  rule('Auto Scaling', 'deletes blue and its instances\\.'),
  rule('Auto Scaling', `terminates ${INSTANCE} in blue\\.`),
  rule(
    'Auto Scaling',
    `terminates ${INSTANCE} in green(?:, with (?<number>\\d+) connections open)?\\.`,
    (which, _, cut) => line('Auto Scaling', `terminates ${which}${cut > 0 ? ` with ${cut} connections open` : ''}`),
  ),
  rule(
    'Auto Scaling',
    'green shall have (?<wanted>\\d+) instances instead of (?<before>\\d+)\\.',
    (_, { wanted, before }) => line('A scaling policy', `wants ${wanted} instances, not ${before}`),
  ),
  rule('Auto Scaling', `replaces ${INSTANCE} in green, which is unhealthy\\.`, (which) =>
    line('Auto Scaling', `replaces ${which}, since it is unhealthy`),
  ),
  // The call of whoever attached it says it better.
  rule('Auto Scaling', '\\S+ is attached to green\\.'),
  rule('Load balancer', `registers ${INSTANCE} in web\\.`, (which) => line('Load balancer', `registers ${which}`)),
  rule('Load balancer', `finds ${INSTANCE} healthy in web\\.`, (which) =>
    line('Load balancer', `finds ${which} healthy`),
  ),
  rule('Load balancer', `finds ${INSTANCE} unhealthy in web \\((?<reason>[^:]*).*`, (which, { reason }) =>
    line('Load balancer', `finds ${which} unhealthy (${reason})`),
  ),
  rule('Load balancer', `drains ${INSTANCE} in web for (?<time>.*)\\.`, (which, { time }) =>
    line('Load balancer', `drains ${which} for ${time}`),
  ),
  // The runs of the script say which instance had it invoked.
  rule('Lambda', '\\S+ is invoked with .*'),
  rule('Script', `${INSTANCE} runs (?<script>\\S+)`, (which, { script }) =>
    line(which, `${several(which) ? 'run' : 'runs'} ${script}, to ask Greenlight`),
  ),
  rule('Greenlight', 'attaches (?<what>.*)', (_, { what }) => line('Greenlight', `attaches ${what}`)),
  rule('Instance', `${INSTANCE} ran \\S+ at \\w+: Greenlight: (?<verdict>.*)`, (_, { verdict = '' }) =>
    line('Greenlight', `says: ${verdict.replace('deployment <launch>', 'this deployment')}`),
  ),
  rule('Instance', `${INSTANCE} begins to answer every request wrong\\.`, (which) =>
    line(which, `${several(which) ? 'begin' : 'begins'} to answer every request wrong`),
  ),
]

/** What happened in one world, in the words of the story and in its order. */
export const wording = (run: Run): Told[] => {
  const merged: Merged[] = []
  for (const { at, who, what } of everything(run)) {
    const said = named(what, run.names)
    const matched = rules.find((one) => one.who === who && one.said.test(said))
    if (matched === undefined) {
      // Better in the simulator's words than not at all.
      merged.push({ at, tell: () => line(who, said.replace(/\.$/, '')), found: {}, instances: [], sum: 0 })
      continue
    }
    const tell = matched.told
    if (tell === undefined) continue
    const { instance, number = '0', ...found } = matched.said.exec(said)?.groups ?? {}
    const open = merged.find(
      (one) =>
        one.tell === tell &&
        at - one.at <= TOGETHER_MILLISECONDS &&
        JSON.stringify(one.found) === JSON.stringify(found),
    )
    if (open) {
      open.at = at
      open.sum += Number(number)
      if (instance && !open.instances.includes(instance)) open.instances.push(instance)
      continue
    }
    merged.push({ at, tell, found, instances: instance ? [instance] : [], sum: Number(number) })
  }
  return merged
    .map(({ at, tell, found, instances, sum }) => ({ at, ...tell(list(instances), found, sum) }))
    .sort((one, other) => one.at - other.at)
}

/** The simulator's timeline, and beside it what Greenlight did and which scripts began, in the order of time. */
const everything = ({ timeline, calls, scriptRuns }: Run): Told[] =>
  [
    ...scriptRuns.map(({ at, instanceId, script }) => ({
      at,
      who: 'Script',
      what: `${instanceId} runs ${script.split('/').at(-1)}`,
    })),
    ...calls.filter(isGreenlightsAct).map((call) => ({ at: call.at.getTime(), who: 'Greenlight', what: act(call) })),
    ...timeline.map(({ at, who, what }) => ({ at: at.getTime(), who, what })),
  ].sort((one, other) => one.at - other.at)

const isGreenlightsAct = ({ principal, outcome, action }: Call) =>
  principal.kind === 'lambda' && outcome === 'ok' && !/:(Describe|Get|List|BatchGet)/.test(action)

/** Attaching in words, anything else by the name of its IAM action. */
const act = ({ action, input }: Call) => {
  const group = String(input['AutoScalingGroupName'] ?? '')
  if (!action.startsWith('autoscaling:Attach')) return `calls ${action}${group && ` on ${group}`}`
  const attached = JSON.stringify(input).matchAll(/:targetgroup\/([^/]+)\//g)
  return `attaches target group ${[...attached].map(([, name]) => name).join(', ')} to ${group}`
}

/** AWS's names replaced by those of the story. */
const named = (text: string, names: ReadonlyMap<string, string>) =>
  [...names].reduce((replaced, [name, short]) => replaced.replaceAll(name, short), text)

const several = (instances: string) => instances.includes(' ')

/** `green-1`; `green-1 and -2`; `green-1 to -4`. */
const list = (instances: readonly string[]): string => {
  const sorted = [...instances].sort((one, other) => numberOf(one) - numberOf(other))
  const [first = '', ...others] = sorted
  const numbers = others.map((instance) => `-${numberOf(instance)}`)
  const last = numbers.at(-1)
  if (last === undefined) return first
  const inARow = numberOf(sorted.at(-1) ?? '') - numberOf(first) === numbers.length
  if (inARow && numbers.length > 1) return `${first} to ${last}`
  return `${[first, ...numbers.slice(0, -1)].join(', ')} and ${last}`
}

const numberOf = (instance: string) => Number(instance.split('-').at(-1))
