import { type AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling'
import {
  BatchGetDeploymentGroupsCommand,
  type CodeDeployClient,
  ListApplicationsCommand,
  ListDeploymentGroupsCommand,
} from '@aws-sdk/client-codedeploy'
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { AutoScalingGroup } from '../model/autoScalingGroup.ts'
import { recordKey } from '../model/records.ts'
import type { RegionReading, SweepPorts } from '../sweep/ports.ts'
import { autoScalingReading } from './autoScaling.ts'
import { AwsError } from './awsError.ts'
import { inChunksOf } from './chunks.ts'
import {
  deploymentIds,
  describeDeployments,
  goneCodes,
  idsPerCall,
  progressReading,
  tagsOf,
  underWay,
} from './codeDeploy.ts'
import { elasticLoadBalancingReading } from './elasticLoadBalancing.ts'
import { allOf, type Page, pagesOf } from './pages.ts'
import { readAutoScalingGroup } from './readAutoScalingGroup.ts'
import { readDeployment } from './readDeployment.ts'
import { readDeploymentGroup } from './readDeploymentGroup.ts'
import { ask, type Limits } from './send.ts'

/** The most that one BatchGetDeploymentGroups takes (F40). */
const deploymentGroupsPerCall = 100
/** The most that DescribeAutoScalingGroups gives a page (F22). */
const autoScalingGroupsPerPage = 100

type Clients = {
  readonly codeDeploy: CodeDeployClient
  readonly autoScaling: AutoScalingClient
  readonly elasticLoadBalancing: ElasticLoadBalancingV2Client
}

/** A region, looked at. No command here changes anything, and none may. */
export const regionReading = (
  { codeDeploy, autoScaling, elasticLoadBalancing }: Clients,
  limits: Limits,
): RegionReading => ({
  ...autoScalingReading(autoScaling, limits),
  ...elasticLoadBalancingReading(elasticLoadBalancing, limits),
  progress: progressReading(codeDeploy, limits),
  tagsOf: async ({ application, name, arn }) => {
    if (arn === undefined)
      throw new Error(`CodeDeploy names no service role of deployment group ${application}/${name}`)
    return (await tagsOf(codeDeploy, limits, arn)) ?? new Map()
  },

  applications: () =>
    allOf(async (nextToken) => {
      const command = new ListApplicationsCommand({ ...(nextToken !== undefined && { nextToken }) })
      const page = await ask('codedeploy:ListApplications', limits, (options) => codeDeploy.send(command, options))
      return { items: page.applications, next: page.nextToken }
    }),

  deploymentGroups: (application) => deploymentGroupsOf(application, codeDeploy, limits),

  // Of all on purpose, unlike where groups are named (F22): no deployment group names what deployments have left behind.
  everyAutoScalingGroup: () => pagesOf(autoScalingGroupPages(autoScaling, limits, { IncludeInstances: false })),

  everyDeploymentUnderWay: async () => {
    const ids = await allOf(deploymentIds(codeDeploy, limits, { includeOnlyStatuses: [...underWay] }))
    const described = await describeDeployments(codeDeploy, limits, ids)
    return described.map((info) => ({
      id: info.deploymentId ?? '',
      application: info.applicationName ?? '',
      deploymentGroup: info.deploymentGroupName ?? '',
      deployment: readDeployment(info),
    }))
  },

  deploymentsOf: async function* (applicationName, deploymentGroupName, { createdSince, succeeded }) {
    const input = {
      ...{ applicationName, deploymentGroupName },
      ...(createdSince && { createTimeRange: { start: createdSince } }),
      ...(succeeded && { includeOnlyStatuses: ['Succeeded' as const] }),
    }
    try {
      for await (const ids of pagesOf(deploymentIds(codeDeploy, limits, input))) {
        // What is looked for is mostly among the newest: do not describe a whole page at once.
        for (let from = 0; from < ids.length; from += idsPerCall) {
          const described = await describeDeployments(codeDeploy, limits, ids.slice(from, from + idsPerCall))
          yield described.map(readDeployment)
        }
      }
    } catch (error) {
      if (!(error instanceof AwsError && goneCodes.includes(error.code))) throw error
    }
  },

  deployments: async (ids) => (await describeDeployments(codeDeploy, limits, ids)).map(readDeployment),
})

/** What a sweep looks at beyond that. */
export const recordsReading = (
  { autoScaling }: Pick<Clients, 'autoScaling'>,
  limits: Limits,
): Pick<SweepPorts, 'recordedAutoScalingGroups'> => ({
  recordedAutoScalingGroups: () =>
    allOf(autoScalingGroupPages(autoScaling, limits, { Filters: [{ Name: 'tag-key', Values: [recordKey] }] })),
})

async function* deploymentGroupsOf(applicationName: string, client: CodeDeployClient, limits: Limits) {
  const pages = pagesOf(async (nextToken) => {
    const command = new ListDeploymentGroupsCommand({ applicationName, ...(nextToken !== undefined && { nextToken }) })
    const page = await ask('codedeploy:ListDeploymentGroups', limits, (options) => client.send(command, options))
    return { items: page.deploymentGroups, next: page.nextToken }
  })
  try {
    for await (const names of pages) {
      const batches = await inChunksOf(deploymentGroupsPerCall, names, async (chunk) => {
        const command = new BatchGetDeploymentGroupsCommand({ applicationName, deploymentGroupNames: [...chunk] })
        const send = (options: object) => client.send(command, options)
        return (await ask('codedeploy:BatchGetDeploymentGroups', limits, send)).deploymentGroupsInfo ?? []
      })
      const region = await client.config.region()
      yield batches.flat().flatMap((info) => readDeploymentGroup(info, region) ?? [])
    }
  } catch (error) {
    // Deleted since it was listed.
    if (!(error instanceof AwsError && error.code === 'ApplicationDoesNotExist')) throw error
  }
}

const autoScalingGroupPages =
  (
    client: AutoScalingClient,
    limits: Limits,
    only: { IncludeInstances?: false; Filters?: { Name: string; Values: string[] }[] },
  ) =>
  async (NextToken: string | undefined): Promise<Page<AutoScalingGroup>> => {
    const command = new DescribeAutoScalingGroupsCommand({
      ...only,
      MaxRecords: autoScalingGroupsPerPage,
      ...(NextToken !== undefined && { NextToken }),
    })
    const send = (options: object) => client.send(command, options)
    const page = await ask('autoscaling:DescribeAutoScalingGroups', limits, send)
    return { items: (page.AutoScalingGroups ?? []).map(readAutoScalingGroup), next: page.NextToken }
  }
