import { matches } from '../model/namePattern.ts'
import type { TargetGroup } from '../model/targetGroup.ts'
import { testsTag } from '../model/testTargetGroups.ts'
import { listed } from '../sentences.ts'
import { consentComplaint } from './consent.ts'
import type { SeenAs } from './seen.ts'
import { testsOf } from './testing.ts'
import { complaintsAbout } from './usable.ts'

/**
 * What is healthy in a test target group says something about the wanted one only where nothing but the listener differs.
 *
 * @returns a sentence for each test target group that cannot be one, and for each wanted one that has no twin among them
 */
export const testComplaints = (seen: SeenAs<'gate' | 'preflight'>): readonly string[] => {
  const { goal, targetGroups } = seen
  const named = testsOf(seen).map((name) => ({ name, targetGroup: targetGroups.get(name) }))
  const usable = named.flatMap(({ name, targetGroup }) =>
    targetGroup === undefined || goal.wanted.includes(name) || complaintsAbout(name, targetGroup).length > 0
      ? []
      : [targetGroup],
  )
  return [
    ...named.flatMap(({ name, targetGroup }) => aboutTest(name, targetGroup, seen)),
    ...(usable.length === 0 ? [] : goal.wanted).flatMap((name) => {
      const wanted = targetGroups.get(name)
      return wanted === undefined || complaintsAbout(name, wanted).length > 0 ? [] : whyNoTwin(wanted, usable)
    }),
  ]
}

const aboutTest = (
  name: string,
  targetGroup: TargetGroup | undefined,
  { goal, settings, deployment }: SeenAs<'gate' | 'preflight'>,
): readonly string[] => {
  const toDo = `; see the tag ${testsTag}`
  if (goal.wanted.includes(name))
    return [`test target group ${name} is one that green is to have: name another one${toDo}`]
  const [complaint] = complaintsAbout(name, targetGroup, 'test target group')
  if (complaint !== undefined || targetGroup === undefined) return [`${complaint}${toDo}`]
  const { testNamePattern } = settings
  const parameter = `the stack's parameter TestTargetGroupNamePattern, which is ${testNamePattern}`
  return [
    ...(matches(testNamePattern, name)
      ? []
      : [`test target group ${name} does not match ${parameter}: rename either${toDo}`]),
    ...consentComplaint(deployment, 'test target group', targetGroup),
  ]
}

/** @param usable at least one */
const whyNoTwin = (wanted: TargetGroup, usable: readonly TargetGroup[]): readonly string[] => {
  const [nearest, ...others] = usable
    .map(({ name, traits }) => ({ name, differences: differencesOf(wanted.traits, traits) }))
    .sort((one, other) => one.differences.length - other.differences.length)
  if (nearest === undefined || nearest.differences.length === 0) return []
  const among = others.length > 0 ? `, the nearest of ${usable.length},` : ''
  return [
    `target group ${wanted.name} has no twin in the tag ${testsTag}: ${nearest.name}${among} has ${listed(nearest.differences)}`,
  ]
}

const differencesOf = (wanted: TargetGroup['traits'], found: TargetGroup['traits']): readonly string[] =>
  Object.entries(wanted).flatMap(([trait, value]) =>
    found[trait] === value ? [] : [`${trait} ${found[trait]} instead of ${value}`],
  )
