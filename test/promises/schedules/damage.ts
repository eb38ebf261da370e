import type { Account } from './account.ts'

/** What users and production have suffered since the beginning. */
export type Damage = {
  /** Requests that failed, and long connections that were cut. */
  readonly requestsFailed: number
  /** For each instance that serves nobody, though the deployment group names its Auto Scaling group. */
  readonly secondsWithoutTraffic: number
  /** For each broken instance of such an Auto Scaling group, until its replacement served. */
  readonly secondsWithoutReplacement: number
}

export const noDamage: Damage = { requestsFailed: 0, secondsWithoutTraffic: 0, secondsWithoutReplacement: 0 }

export const sumOf = (one: Damage, other: Damage): Damage => ({
  requestsFailed: one.requestsFailed + other.requestsFailed,
  secondsWithoutTraffic: one.secondsWithoutTraffic + other.secondsWithoutTraffic,
  secondsWithoutReplacement: one.secondsWithoutReplacement + other.secondsWithoutReplacement,
})

/** Measures the damage in an account. Call `notice` before everything that changes something, and at the end. */
export const measuring = ({ traffic, clock, deploymentGroup }: Account) => {
  let idle = 0
  let idleInstances = 0
  let at = clock.now()
  const notice = (): void => {
    idle += (idleInstances * (clock.now() - at)) / 1000
    at = clock.now()
    idleInstances = traffic.instancesWithoutTraffic(deploymentGroup.autoScalingGroups).length
  }
  const damage = (): Damage => {
    notice()
    const { autoScalingGroups } = deploymentGroup
    const outages = traffic.outages.filter((one) => autoScalingGroups.includes(one.autoScalingGroupName))
    const waited = outages.map(({ brokenAt, replacedAt }) => ((replacedAt ?? clock.now()) - brokenAt) / 1000)
    return {
      requestsFailed: traffic.count().failed,
      secondsWithoutTraffic: idle,
      secondsWithoutReplacement: waited.reduce((sum, one) => sum + one, 0),
    }
  }
  return { notice, damage }
}
