import * as v from 'valibot'
import { operation, type Service } from '../wire/operation.ts'
import { restJson } from '../wire/restJson.ts'
import { ServiceError } from '../wire/serviceError.ts'
import { pageOf } from './paging.ts'

/** Its API reference gives the largest page and the usual one. */
const largestPageSize = 50
const usualPageSize = 20

const regionStatuses = ['ENABLED', 'ENABLING', 'DISABLING', 'DISABLED', 'ENABLED_BY_DEFAULT'] as const
export type RegionStatus = (typeof regionStatuses)[number]

/**
 * AWS Account Management: only the list of the account's regions.
 *
 * @param regions by name, in the order in which they are listed
 */
export const accountManagement = (regions: Readonly<Record<string, RegionStatus>>): Service => ({
  name: 'account',
  isGlobal: true,
  protocol: restJson({ '/listRegions': 'ListRegions' }),
  operations: {
    ListRegions: operation({
      action: 'account:ListRegions',
      input: v.strictObject({
        MaxResults: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(largestPageSize)), usualPageSize),
        NextToken: v.optional(v.string()),
        RegionOptStatusContains: v.optional(v.array(v.picklist(regionStatuses))),
      }),
      run: ({ MaxResults, NextToken, RegionOptStatusContains: wanted }) => {
        const all = Object.entries(regions).map(([RegionName, RegionOptStatus]) => ({ RegionName, RegionOptStatus }))
        const listed = all.filter(({ RegionOptStatus: status }) => wanted?.includes(status) ?? true)
        const invalid = () => new ServiceError('ValidationException', `NextToken: '${NextToken}' was never given`)
        const { items, next } = pageOf(listed, NextToken, MaxResults, invalid)
        return { Regions: items, ...(next !== undefined && { NextToken: next }) }
      },
    }),
  },
})
