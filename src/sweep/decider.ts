import { type AutoScalingGroup, copyTag, makerIdIn } from '../model/autoScalingGroup.ts'
import { agreedBy } from '../model/consent.ts'
import type { Deployment, NoDeployment } from '../model/deployment.ts'
import { deploymentIdIn } from '../model/deploymentId.ts'
import { isRefused } from '../model/refused.ts'
import { quoted } from '../sentences.ts'
import type { RegionReading } from './ports.ts'

/** What decides about the records of an Auto Scaling group; `why` is a sentence. */
export type Decider =
  | { readonly kind: 'deployment'; readonly deployment: Deployment }
  /** Nothing any more: its own deployment does not exist. */
  | { readonly kind: 'gone'; readonly why: string }
  /** Nobody may act on them: tags are written by anybody who may tag. */
  | { readonly kind: 'foreign'; readonly why: string }

/** The ids of the deployments that an Auto Scaling group's records name; none where it has no records. */
export const recordedIdsOf = ({
  records: { record, held, attached, testing },
}: AutoScalingGroup): readonly string[] => {
  const notes = [...(held === undefined ? [] : [held]), ...attached.values(), ...testing.values()]
  return [...new Set([...(record === undefined ? [] : [record]), ...notes.map(({ deploymentId }) => deploymentId)])]
}

/**
 * The deployment on record; or, where CodeDeploy has copied that record from blue, the one that the copy is the green of. A
 * stranger may have written over one of the records: then the others tell. Lambda and ECS deployments of several deployment
 * groups may have records on one green: each decides about its own.
 *
 * @param find the deployment of an id
 * @throws Error for a deployment that Greenlight cannot read: it may well be under way
 */
export const decidersOf = async (
  green: AutoScalingGroup,
  find: (id: string) => Promise<Deployment | NoDeployment>,
  ports: Pick<RegionReading, 'deploymentsOf'>,
): Promise<readonly Decider[]> => {
  const deciding: Decider[] = []
  const undecided: Decider[] = []
  for (const id of recordedIdsOf(green)) {
    const decider = await deciderBy(id, green, find, ports)
    if (decider.kind === 'deployment' && decider.deployment.subject.kind === 'server') return [...deciding, decider]
    if (decider.kind === 'deployment') deciding.push(decider)
    else undecided.push(decider)
  }
  if (deciding.length > 0) return deciding
  const [first] = undecided
  const nobody = { kind: 'foreign', why: `${green.name} has no record of a deployment` } as const
  return [undecided.find(({ kind }) => kind === 'gone') ?? first ?? nobody]
}

/** Later Lambda or ECS deployments that have succeeded, and so may take over what one that failed attached to green. */
export const successorsOf = async (
  green: AutoScalingGroup,
  { subject, status, application, deploymentGroup, createdAt }: Deployment,
  ports: Pick<RegionReading, 'deploymentsOf'>,
): Promise<readonly Deployment[]> => {
  if (subject.kind !== 'tagged' || status === 'Succeeded' || createdAt === undefined) return []
  const groups = new Set([
    `${application}/${deploymentGroup}`,
    ...agreedBy(green.tags).filter((name) => /^[^/]+\/./.test(name)),
  ])
  const found = [...groups].map(async (name) => {
    const [of = '', ...rest] = name.split('/')
    for await (const page of ports.deploymentsOf(of, rest.join('/'), { createdSince: createdAt, succeeded: true })) {
      const [newest] = page.flatMap((one) => (isRefused(one) ? [] : [one]))
      if (newest !== undefined) return [newest]
    }
    return []
  })
  return (await Promise.all(found)).flat()
}

const deciderBy = async (
  id: string,
  green: AutoScalingGroup,
  find: (id: string) => Promise<Deployment | NoDeployment>,
  ports: Pick<RegionReading, 'deploymentsOf'>,
): Promise<Decider> => {
  if (isRefused(deploymentIdIn(id))) return { kind: 'foreign', why: `${quoted(id)} is no id of a deployment` }
  const deployment = await find(id)
  if (isRefused(deployment)) {
    if (!deployment.isGone) throw new Error(deployment.refusal)
    const isOwn = makerIdIn(green.name) === id || green.tags.get(copyTag) === id
    return { kind: isOwn ? 'gone' : 'foreign', why: `deployment ${id} does not exist any more` }
  }
  const { subject, application, deploymentGroup, createdAt } = deployment
  if (subject.kind === 'nothing') return { kind: 'foreign', why: subject.reason }
  if (subject.kind === 'tagged' || isGreenOf(green, deployment)) return { kind: 'deployment', deployment }

  // A copy is younger than what it was copied from.
  const since = createdAt === undefined ? {} : { createdSince: createdAt }
  for await (const page of ports.deploymentsOf(application, deploymentGroup, since)) {
    const maker = page.flatMap((one) => (isRefused(one) ? [] : [one])).find((one) => isGreenOf(green, one))
    if (maker !== undefined) return { kind: 'deployment', deployment: maker }
  }
  const others = `nor of a later one of ${application}/${deploymentGroup}`
  return { kind: 'foreign', why: `${green.name} is not the green of deployment ${id}, ${others}` }
}

/**
 * While CodeDeploy names no green yet, its tag on the copy tells. Later the tag proves nothing: where the next copy keeps it,
 * it names the deployment before (F49).
 */
const isGreenOf = ({ name, tags }: AutoScalingGroup, { id, subject }: Deployment): boolean =>
  subject.kind === 'server' && (subject.greens.includes(name) || (!subject.isNamed && tags.get(copyTag) === id))

/** Why nobody may act on the records of these Auto Scaling groups, by name; only those of which that is so. */
export const foreignRecords = async (
  autoScalingGroups: readonly AutoScalingGroup[],
  ports: Pick<RegionReading, 'deployments' | 'deploymentsOf'>,
): Promise<ReadonlyMap<string, string>> => {
  const recorded = autoScalingGroups.filter((green) => recordedIdsOf(green).length > 0 && !green.isBeingDeleted)
  const ids = new Set(recorded.flatMap(recordedIdsOf).filter((id) => !isRefused(deploymentIdIn(id))))
  const described = await ports.deployments([...ids])
  const found = new Map(described.flatMap((one) => (isRefused(one) ? [] : [[one.id, one] as const])))
  const isAllReadable = !described.some(isRefused)
  const find = async (id: string) => found.get(id) ?? { refusal: `deployment ${id} does not exist`, isGone: true }
  // One that cannot be read may be that of the record.
  const known = recorded.filter(
    (green) => isAllReadable || recordedIdsOf(green).every((id) => found.has(id) || !ids.has(id)),
  )
  const deciders = await Promise.all(
    known.map(async (green) => ({ name: green.name, found: await decidersOf(green, find, ports) })),
  )
  return new Map(
    deciders.flatMap(({ name, found }) =>
      found.flatMap((decider) => (decider.kind === 'foreign' ? [[name, decider.why] as const] : [])),
    ),
  )
}
