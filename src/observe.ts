import type { Deployment } from './deployment.ts'
import { readGreen } from './green.ts'
import type { Aim, Observation } from './judge.ts'
import type { Ports } from './ports.ts'
import { type Progress, readProgress } from './progress.ts'
import { readAim } from './tags.ts'

/** Looks at AWS again and again, for one invocation, and remembers what does not change meanwhile. */
export const observing = (ports: Ports) => {
  const aimOf = rememberAim(ports)
  const targetGroups = remember(ports.targetGroups)
  return {
    /** Which greens and which target groups the deployment is about, or a sentence why that cannot be said. */
    aimOf,
    /** What AWS says about them now. */
    observe: (deployment: Deployment, aim: Aim): Promise<Observation> =>
      observe(deployment, aim, { ...ports, targetGroups }),
  }
}

/**
 * Reads what does not depend on each other side by side: two round trips, the health of the targets included. That is
 * asked for even where something is still to be attached: whoever may not look must not act.
 */
const observe = async (deployment: Deployment, aim: Aim, ports: Ports): Promise<Observation> => {
  const found = ports.targetGroups(aim.wanted)
  const [groups, targetGroups, health, progress] = await Promise.all([
    ports.autoScalingGroups(aim.greens),
    found,
    found.then((targetGroups) => readHealth(targetGroups, ports)),
    readProgressOf(deployment, ports),
  ])
  return { aim, greens: groups.map(readGreen), targetGroups, health, progress }
}

const readHealth = async (targetGroups: Observation['targetGroups'], ports: Ports): Promise<Observation['health']> => {
  const arns = [...targetGroups].flatMap(([name, { TargetGroupArn: arn }]) =>
    arn === undefined ? [] : [{ name, arn }],
  )
  return new Map(await Promise.all(arns.map(async ({ name, arn }) => [name, await ports.targetHealth(arn)] as const)))
}

/** A Lambda or ECS deployment installs nothing on the instances of an Auto Scaling group. */
const nothingToInstall: Progress = { step: 'installed', failed: new Set(), waitingFor: [], askingSince: undefined }

const readProgressOf = async ({ id, status, subject }: Deployment, ports: Ports): Promise<Progress> => {
  if (subject.kind !== 'server') return nothingToInstall
  const progress = readProgress(await ports.greenTargets(id))
  // Ready says by itself that every green instance is installed (F4), Succeeded that all is over.
  return status === 'Ready' || status === 'Succeeded' ? { ...progress, step: 'installed' } : progress
}

/** For Lambda and ECS the tags say it, and are read once. */
const rememberAim = (ports: Ports) => {
  let tagged: Promise<Aim | string> | undefined
  return async ({ application, deploymentGroup, subject }: Deployment): Promise<Aim | string> => {
    if (subject.kind === 'server') return { greens: subject.greens, wanted: subject.wanted }
    const pairs = subject.kind === 'tagged' ? subject.pairs : []
    tagged ??= ports
      .deploymentGroupTags(application, deploymentGroup)
      .then((tags) => readAim({ application, deploymentGroup }, tags, pairs))
    return tagged
  }
}

/** What a target group is does not change while one invocation looks on; it is described once. */
const remember = (targetGroups: Ports['targetGroups']): Ports['targetGroups'] => {
  const known = new Map<string, ReturnType<Ports['targetGroups']>>()
  return (names) => {
    const key = names.join(' ')
    const answer = known.get(key) ?? targetGroups(names)
    known.set(key, answer)
    return answer
  }
}
