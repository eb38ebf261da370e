import { AccountClient, ListRegionsCommand } from '@aws-sdk/client-account'
import { clientOptions, type Whereabouts } from './clients.ts'
import { allOf } from './pages.ts'
import { ask, type Limits } from './send.ts'

export const createAccountClient = (whereabouts: Whereabouts) => new AccountClient({ ...clientOptions, ...whereabouts })

/** The most that ListRegions gives a page. */
const regionsPerPage = 50

/**
 * Names of the regions that are enabled for the account.
 *
 * @throws AwsError
 */
export const enabledRegions = async (client: AccountClient, limits: Limits): Promise<readonly string[]> => {
  const regions = await allOf(async (NextToken) => {
    const command = new ListRegionsCommand({
      RegionOptStatusContains: ['ENABLED', 'ENABLED_BY_DEFAULT'],
      MaxResults: regionsPerPage,
      ...(NextToken !== undefined && { NextToken }),
    })
    const page = await ask('account:ListRegions', limits, (options) => client.send(command, options))
    return { items: page.Regions, next: page.NextToken }
  })
  return regions.flatMap(({ RegionName: name }) => name ?? [])
}
