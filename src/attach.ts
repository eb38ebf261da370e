import { AwsError } from './awsError.ts'
import type { Attachment } from './judge.ts'
import type { Log } from './log.ts'
import type { Ports } from './ports.ts'
import { listed } from './wording.ts'

/** How long Auto Scaling may take to show what was attached, before it is attached again. */
const unseenForMs = 10_000
/** How long a refused attach may still show as somebody else's, whose attach came first. */
const refusedForMs = 5_000

/**
 * Attaches at most one attachment a turn, so that the deployment is read again after every act (design 2.2); what it has
 * tried it remembers.
 *
 * @returns a function of the attachments that are missing, which gives nothing where it has attached, else what it waits for;
 *   it throws AwsError where an attach was refused and stays missing
 */
export const attaching = (ports: Pick<Ports, 'attachTargetGroups'>, log: Log) => {
  const tried = new Map<string, { readonly at: number; readonly refusal: AwsError | undefined }>()

  return async (attachments: readonly Attachment[]): Promise<string | undefined> => {
    for (const attachment of attachments) {
      const key = JSON.stringify(attachment)
      const { at = 0, refusal } = tried.get(key) ?? {}
      const passed = Date.now() - at
      // F21: attaching what is attached may be an error. Somebody faster is no reason to fail; the next look tells.
      if (refusal !== undefined && !refusal.mayPass && passed >= refusedForMs) throw refusal
      const due = !tried.has(key) || refusal?.mayPass || (refusal === undefined && passed >= unseenForMs)
      if (!due) continue

      const { green, targetGroups } = attachment
      log.info('Attaching target groups', { green, targetGroups: targetGroups.map(({ name }) => name) })
      try {
        await ports.attachTargetGroups(
          green,
          targetGroups.map(({ arn }) => arn),
        )
        tried.set(key, { at: Date.now(), refusal: undefined })
        return undefined
      } catch (error) {
        if (!(error instanceof AwsError)) throw error
        log.warn('Attaching was refused', { green, reason: error.message, mayPass: error.mayPass })
        tried.set(key, { at: Date.now(), refusal: error })
        return error.message
      }
    }
    return attachments.map(lacking).join(', ')
  }
}

/** A green and what it lacks, in a sentence. */
export const lacking = ({ green, targetGroups }: Attachment): string =>
  `${green} is still without ${listed(targetGroups.map(({ name }) => name))}`
