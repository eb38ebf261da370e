import { agreedBy, consentTag } from '../model/consent.ts'
import type { Deployment } from '../model/deployment.ts'
import type { TargetGroup } from '../model/targetGroup.ts'
import { shellWord } from '../sentences.ts'
import type { Answers } from './seen.ts'

type Seen = Pick<Answers, 'goal' | 'greens' | 'targetGroups'> & { readonly deployment: Deployment }

/**
 * Tags of a Lambda or ECS deployment group name what is changed, and whoever deploys may set them. So the owner of each Auto
 * Scaling group and of each target group has to agree, by a tag that names the deployment group.
 *
 * @returns a sentence for each that does not carry the tag, with the command that its owner runs
 */
export const consentComplaints = ({ deployment, goal, greens, targetGroups }: Seen): readonly string[] => {
  if (deployment.subject.kind !== 'tagged') return []
  return [
    ...greens
      .filter(({ name }) => goal.greens.includes(name))
      .flatMap(({ name, tags }) =>
        refused(
          deployment,
          `Auto Scaling group ${name}`,
          tags,
          (value) =>
            `aws autoscaling create-or-update-tags --tags ResourceId=${shellWord(name)},ResourceType=auto-scaling-group,Key=${consentTag},Value=${value},PropagateAtLaunch=false`,
        ),
      ),
    ...goal.wanted.flatMap((name) => {
      const targetGroup = targetGroups.get(name)
      return targetGroup === undefined ? [] : consentComplaint(deployment, 'target group', targetGroup)
    }),
  ]
}

/** What is missing where the owner of a target group has to agree, as above. */
export const consentComplaint = (
  deployment: Deployment,
  what: string,
  { name, arn, tags }: TargetGroup,
): readonly string[] =>
  refused(
    deployment,
    `${what} ${name}`,
    tags,
    (value) => `aws elbv2 add-tags --resource-arns ${arn} --tags Key=${consentTag},Value=${value}`,
  )

const refused = (
  { application, deploymentGroup }: Deployment,
  what: string,
  tags: ReadonlyMap<string, string>,
  command: (value: string) => string,
): readonly string[] => {
  const by = `${application}/${deploymentGroup}`
  const agreed = agreedBy(tags)
  if (agreed.includes(by)) return []
  const toDo = command(shellWord([...agreed, by].join(' ')))
  return [`${what} does not say in its tag ${consentTag} that ${by} may have it gated; its owner can tag it: ${toDo}`]
}
