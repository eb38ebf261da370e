import { deploy, type Stack } from '../../tools/stack.ts'
import { readTemplate } from '../../tools/template.ts'

/** What SAM's transform made of template.yaml, where `.ci/run` names that file: all of this is tested on it as well. */
export const expandedBySam = process.env['GREENLIGHT_EXPANDED_TEMPLATE']

export const whatIsTested = expandedBySam === undefined ? 'template.yaml' : "template.yaml after SAM's transform"

/** The three partitions, each with a region of its own. */
export const locations = [
  { partition: 'aws', region: 'eu-west-1' },
  { partition: 'aws-cn', region: 'cn-north-1' },
  { partition: 'aws-us-gov', region: 'us-gov-west-1' },
] as const

/** The template, deployed there, with an SNS topic. */
export const stackIn = ({ partition, region }: (typeof locations)[number]): Stack =>
  deploy(readTemplate(expandedBySam), {
    partition,
    region,
    parameters: { NotificationTopicArn: `arn:${partition}:sns:${region}:123456789012:deployments` },
  })
