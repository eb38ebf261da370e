import type { Refused } from './refused.ts'

/** The statuses of a deployment that Greenlight knows (F7). AWS may add one. */
export const statuses = [
  ...(['Created', 'Queued', 'InProgress', 'Baking', 'Ready'] as const),
  ...(['Succeeded', 'Failed', 'Stopped'] as const),
] as const
export type Status = (typeof statuses)[number]

export const isStatus = (status: string): status is Status => statuses.some((known) => known === status)

/** A CodeDeploy deployment with nothing optional, as far as Greenlight cares. */
export type Deployment = {
  readonly id: string
  readonly application: string
  readonly deploymentGroup: string
  /** A `Status`, or a word that AWS has added since. */
  readonly status: string
  /** How many minutes it is Ready for somebody to continue it; undefined: it does not wait (F5). */
  readonly waitMinutes: number | undefined
  readonly createdAt: Date | undefined
  /** When it was over, in milliseconds since 1970. */
  readonly completedAt: number | undefined
  /** Whether CodeDeploy rolls it back where it fails. */
  readonly autoRollback: boolean
  /** Id of the deployment that rolls this one back. */
  readonly rolledBackBy: string | undefined
  /** Id of the deployment that this one rolls back (F8). */
  readonly rollbackOf: string | undefined
  readonly subject: Subject
}

/** What CodeDeploy answered instead of a deployment that Greenlight can read. */
export type NoDeployment = Refused & {
  /** Whether CodeDeploy knows no such deployment. */
  readonly isGone: boolean
}

/** What there is to gate. */
export type Subject =
  /** Nothing: Greenlight never stands in the way of such a deployment. The reason completes "nothing to gate: …". */
  | { readonly kind: 'nothing'; readonly reason: string }
  /** A first-hand deployment of the Server platform: CodeDeploy itself names green and its target groups. */
  | {
      readonly kind: 'server'
      /** Names of Auto Scaling groups; empty where CodeDeploy names none and none can be guessed. */
      readonly greens: readonly string[]
      /** Whether CodeDeploy names them; else it is the name that a copy has as a rule, or none. */
      readonly isNamed: boolean
      /** Names of target groups: at least one. */
      readonly wanted: readonly string[]
      readonly classicLoadBalancers: readonly string[]
    }
  /** A Lambda or ECS deployment: tags of the deployment group name green and its target groups. */
  | {
      readonly kind: 'tagged'
      readonly platform: 'Lambda' | 'ECS'
      /** Names of target groups that ECS moves by itself: an Auto Scaling group must never get them. */
      readonly pairs: readonly string[]
    }

/** Whether it has come to its last status. */
export const isOver = ({ status }: Pick<Deployment, 'status'>): boolean =>
  status === 'Succeeded' || status === 'Failed' || status === 'Stopped'

/** An Auto Scaling group that carries the tag of the copy that CodeDeploy made for a deployment (F49). */
export type Copy = {
  readonly name: string
  /** In milliseconds since 1970. */
  readonly createdAt: number
}

/**
 * The deployment with the green that CodeDeploy made for it, where CodeDeploy does not name green itself. The copy of a later
 * deployment has blue's tags, and may carry this deployment's tag as well; but it is made after this deployment.
 */
export const withCopy = (deployment: Deployment, copies: readonly Copy[]): Deployment => {
  const { subject, completedAt = Number.POSITIVE_INFINITY } = deployment
  if (subject.kind !== 'server' || subject.isNamed) return deployment
  const [oldest, ...others] = copies
    .filter(({ createdAt }) => createdAt <= completedAt)
    .sort((one, other) => one.createdAt - other.createdAt)
  if (oldest === undefined) return deployment
  const { name } = [oldest, ...others].find((copy) => subject.greens.includes(copy.name)) ?? oldest
  return { ...deployment, subject: { ...subject, greens: [name] } }
}
