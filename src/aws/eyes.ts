import { type AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling'
import {
  BatchGetDeploymentGroupsCommand,
  BatchGetDeploymentsCommand,
  type CodeDeployClient,
  ListApplicationsCommand,
  ListDeploymentGroupsCommand,
  ListDeploymentsCommand,
  type ListDeploymentsCommandInput,
} from '@aws-sdk/client-codedeploy'
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { recordKey } from '../model/records.ts'
import type { Eyes, SweepPorts } from '../reconcile/ports.ts'
import { autoScalingReading } from './autoScaling.ts'
import { AwsError } from './awsError.ts'
import { inChunksOf } from './chunks.ts'
import { elasticLoadBalancingPorts } from './elasticLoadBalancing.ts'
import { ask, type Limits } from './send.ts'

/** BatchGetDeploymentGroups and BatchGetDeployments take so many and not one more (F40). */
const deploymentGroupsPerCall = 100
const deploymentsPerCall = 25
/** The most that DescribeAutoScalingGroups gives a page (F22). */
const autoScalingGroupsPerPage = 100

/** Statuses of a deployment that is not over (F7). */
const underWay = ['Created', 'Queued', 'InProgress', 'Baking', 'Ready'] as const

type Clients = {
  readonly codeDeploy: CodeDeployClient
  readonly autoScaling: AutoScalingClient
  readonly elasticLoadBalancing: ElasticLoadBalancingV2Client
}

/** A region, looked at. No command here changes anything, and none may. All of them throw AwsError. */
export const eyesOn = ({ codeDeploy, autoScaling, elasticLoadBalancing }: Clients, limits: Limits): Eyes => ({
  autoScalingGroups: autoScalingReading(autoScaling, limits).autoScalingGroups,
  targetGroups: elasticLoadBalancingPorts(elasticLoadBalancing, limits).targetGroups,

  applications: () =>
    all(async (nextToken) => {
      const command = new ListApplicationsCommand({ ...(nextToken !== undefined && { nextToken }) })
      const page = await ask('codedeploy:ListApplications', limits, (options) => codeDeploy.send(command, options))
      return { items: page.applications, next: page.nextToken }
    }),

  deploymentGroups: async function* (applicationName) {
    const pages = pagesOf(async (nextToken) => {
      const input = { applicationName, ...(nextToken !== undefined && { nextToken }) }
      const command = new ListDeploymentGroupsCommand(input)
      const page = await ask('codedeploy:ListDeploymentGroups', limits, (options) => codeDeploy.send(command, options))
      return { items: page.deploymentGroups, next: page.nextToken }
    })
    try {
      for await (const names of pages) {
        const batches = await inChunksOf(deploymentGroupsPerCall, names, async (chunk) => {
          const command = new BatchGetDeploymentGroupsCommand({ applicationName, deploymentGroupNames: [...chunk] })
          const send = (options: object) => codeDeploy.send(command, options)
          return (await ask('codedeploy:BatchGetDeploymentGroups', limits, send)).deploymentGroupsInfo ?? []
        })
        yield batches.flat()
      }
    } catch (error) {
      // Deleted since it was listed.
      if (!(error instanceof AwsError && error.code === 'ApplicationDoesNotExist')) throw error
    }
  },

  // Of all on purpose, unlike where groups are named (F22): what deployments have left behind no deployment group names.
  everyAutoScalingGroup: () =>
    pagesOf(async (NextToken) => {
      const command = new DescribeAutoScalingGroupsCommand({
        MaxRecords: autoScalingGroupsPerPage,
        IncludeInstances: false,
        ...(NextToken !== undefined && { NextToken }),
      })
      const send = (options: object) => autoScaling.send(command, options)
      const page = await ask('autoscaling:DescribeAutoScalingGroups', limits, send)
      return { items: page.AutoScalingGroups, next: page.NextToken }
    }),

  everyDeploymentUnderWay: async () => {
    const ids: string[] = []
    for await (const page of deploymentIds(codeDeploy, limits, { includeOnlyStatuses: [...underWay] }))
      ids.push(...page)
    return deployments(codeDeploy, limits, ids)
  },

  deployments: (ids) => deployments(codeDeploy, limits, ids),
})

/** What a sweep looks at beyond that. */
export const sweepingEyesOn = (
  { codeDeploy, autoScaling }: Pick<Clients, 'codeDeploy' | 'autoScaling'>,
  limits: Limits,
): Pick<SweepPorts, 'recordedAutoScalingGroups' | 'deploymentsOf'> => ({
  recordedAutoScalingGroups: () =>
    all(async (NextToken) => {
      const command = new DescribeAutoScalingGroupsCommand({
        Filters: [{ Name: 'tag-key', Values: [recordKey] }],
        MaxRecords: autoScalingGroupsPerPage,
        ...(NextToken !== undefined && { NextToken }),
      })
      const send = (options: object) => autoScaling.send(command, options)
      const page = await ask('autoscaling:DescribeAutoScalingGroups', limits, send)
      return { items: page.AutoScalingGroups, next: page.NextToken }
    }),

  deploymentsOf: async function* (applicationName, deploymentGroupName, { createdSince, succeeded }) {
    const asked = {
      applicationName,
      deploymentGroupName,
      ...(createdSince && { createTimeRange: { start: createdSince } }),
      ...(succeeded && { includeOnlyStatuses: ['Succeeded' as const] }),
    }
    try {
      for await (const ids of deploymentIds(codeDeploy, limits, asked)) {
        // What is looked for is mostly among the newest: not all of a page are asked about at once.
        for (let from = 0; from < ids.length; from += deploymentsPerCall) {
          yield await deployments(codeDeploy, limits, ids.slice(from, from + deploymentsPerCall))
        }
      }
    } catch (error) {
      if (!(error instanceof AwsError && goneCodes.includes(error.code))) throw error
    }
  },
})

const goneCodes = ['ApplicationDoesNotExist', 'DeploymentGroupDoesNotExist']

/** Ids of all deployments that this asks for, newest first. */
const deploymentIds = (codeDeploy: CodeDeployClient, limits: Limits, asked: ListDeploymentsCommandInput) =>
  pagesOf(async (nextToken) => {
    const command = new ListDeploymentsCommand({ ...asked, ...(nextToken !== undefined && { nextToken }) })
    const page = await ask('codedeploy:ListDeployments', limits, (options) => codeDeploy.send(command, options))
    return { items: page.deployments, next: page.nextToken }
  })

const deployments = async (codeDeploy: CodeDeployClient, limits: Limits, ids: readonly string[]) => {
  const batches = await inChunksOf(deploymentsPerCall, ids, async (chunk) => {
    const command = new BatchGetDeploymentsCommand({ deploymentIds: [...chunk] })
    const send = (options: object) => codeDeploy.send(command, options)
    return (await ask('codedeploy:BatchGetDeployments', limits, send)).deploymentsInfo ?? []
  })
  return batches.flat()
}

type Page<Item> = { readonly items: readonly Item[] | undefined; readonly next: string | undefined }

/** One page after the other, as long as there is a next one. */
async function* pagesOf<Item>(
  ask: (token: string | undefined) => Promise<Page<Item>>,
): AsyncGenerator<readonly Item[], void> {
  let token: string | undefined
  do {
    const { items = [], next } = await ask(token)
    yield items
    // Some services say with an empty token that there is no more.
    token = next === '' ? undefined : next
  } while (token !== undefined)
}

const all = async <Item>(ask: (token: string | undefined) => Promise<Page<Item>>): Promise<readonly Item[]> => {
  const items: Item[] = []
  for await (const page of pagesOf(ask)) items.push(...page)
  return items
}
