import { type AccountClient, ListRegionsCommand } from '@aws-sdk/client-account'
import { ask, type Limits } from './send.ts'

/** The most that ListRegions gives a page. */
const regionsPerPage = 50

/** Names of the regions that are enabled for the account. Throws AwsError. */
export const enabledRegions = async (client: AccountClient, limits: Limits): Promise<readonly string[]> => {
  const names: string[] = []
  let next: string | undefined
  do {
    const command = new ListRegionsCommand({
      RegionOptStatusContains: ['ENABLED', 'ENABLED_BY_DEFAULT'],
      MaxResults: regionsPerPage,
      ...(next !== undefined && { NextToken: next }),
    })
    const page = await ask('account:ListRegions', limits, (options) => client.send(command, options))
    names.push(...(page.Regions ?? []).flatMap(({ RegionName: name }) => name ?? []))
    next = page.NextToken
  } while (next)
  return names
}
