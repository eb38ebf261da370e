import type { AutoScalingGroup } from '../model/autoScalingGroup.ts'
import type { Deployment } from '../model/deployment.ts'
import type { Goal } from '../model/goal.ts'
import type { Mode } from '../model/mode.ts'
import type { Progress } from '../model/progress.ts'
import type { Refused } from '../model/refused.ts'
import type { Routing, Target, TargetGroup } from '../model/targetGroup.ts'
import type { Trigger } from '../model/trigger.ts'
import type { Turn } from '../model/turn.ts'
import type { Settings } from '../settings.ts'
import type { Row, reads } from './table.ts'

/** What AWS answered to the questions of one look. */
export type Answers = {
  readonly choice: Choice
  readonly goal: Goal
  /** Those of the goal that exist. */
  readonly greens: readonly AutoScalingGroup[]
  /** By name; undefined for one that does not exist. At the end of a deployment those on record as well. */
  readonly targetGroups: ReadonlyMap<string, TargetGroup | undefined>
  readonly progress: Progress
  /**
   * By name of target group: of those in which green is judged, of those that may be detached, of those that the end attaches, and
   * of those in which green was tested.
   */
  readonly health: ReadonlyMap<string, readonly Target[]>
  /** By name of each target group that is about to be attached, where that registers an instance of green. */
  readonly routing: ReadonlyMap<string, Routing>
  readonly ending: Ending
  readonly arrival: Arrival
  readonly turn: Turn
}

/** How far CodeDeploy is once traffic has arrived at green. Read where a green is held. */
export type Arrival = {
  /** Names of the Auto Scaling groups that the deployment group names now. */
  readonly named: readonly string[]
  /** Whether CodeDeploy is done with taking blue out of the load balancer. */
  readonly isBlueOut: boolean
}

/** What the tags of a deployment group choose, and what they say that its deployment is about. */
export type Choice = {
  readonly mode: Mode | Refused
  readonly goal: Goal | Refused
  readonly tags: ReadonlyMap<string, string> | undefined
  /** In milliseconds since 1970. */
  readonly readAt: number
}

/** How things stand with the deployment group after a deployment. */
export type Ending = {
  /** Names of the Auto Scaling groups that it names now; undefined where it does not exist any more. */
  readonly named: readonly string[] | undefined
  /** Ids of its other deployments that are under way. */
  readonly underWay: readonly string[]
  /** Those of them that forbid to attach: first-hand ones, whose blue green may be, and rollbacks. */
  readonly inTheWay: readonly string[]
  readonly production: Production
}

/** Who carries the traffic without green; read only where something may be detached. */
export type Production = {
  /** Names of the Auto Scaling groups that the deployment group names beside green; none: what CodeDeploy labels Blue. */
  readonly names: readonly string[]
  /** Ids of its instances. */
  readonly instances: readonly string[]
  /** Whether CodeDeploy has begun to move the traffic of this deployment; undefined where its answer does not tell. */
  readonly hasBegunTraffic: boolean | undefined
  /** The other deployments of the deployment group that are under way and may move traffic. */
  readonly underWay: readonly {
    readonly id: string
    readonly greens: readonly string[]
    /** Whether CodeDeploy may be moving its traffic already. */
    readonly movesTraffic: boolean
  }[]
}

/** What a look has read for a row. */
export type SeenAs<R extends Row> = {
  [P in R]: {
    readonly row: P
    readonly trigger: Trigger
    readonly settings: Settings
    readonly deployment: Deployment
    /** Whether this is the second look, which reads only what can change the answer. */
    readonly isConfirmed: boolean
  } & Pick<Answers, (typeof reads)[P][number]>
}[R]

/** A look reads no more than its row needs, and ends as soon as what it has read decides. */
export type Seen =
  | SeenAs<Row>
  /** The deployment alone decides. */
  | { readonly row: 'deploymentOnly'; readonly deployment: Deployment | Refused }
  /** Green is not this stack's to change. */
  | { readonly row: 'notOurs'; readonly deployment: Deployment; readonly reason: string }
  /** The tags of its deployment group decide; or mode `observe` could not look any further. */
  | {
      readonly row: 'choiceOnly'
      readonly deployment: Deployment
      readonly choice: Choice
      readonly couldNotLook: string | undefined
    }
  /** Mode `observe`: what Greenlight would act on, and the greens, whose holds are released. */
  | {
      readonly row: 'observed'
      readonly deployment: Deployment
      readonly choice: Choice
      readonly would: SeenAs<Row>
      readonly greens: readonly AutoScalingGroup[]
    }
  /** A green on record about which no deployment decides any more. */
  | {
      readonly row: 'orphan'
      readonly settings: Settings
      readonly greens: readonly AutoScalingGroup[]
      /** Of the test target groups on record. */
      readonly targetGroups: Answers['targetGroups']
      readonly health: Answers['health']
      readonly why: string
    }
