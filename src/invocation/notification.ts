import { deploymentIdIn } from '../model/deploymentId.ts'
import { counted } from '../sentences.ts'

/** The deployment that a notification is about, or why it cannot be read. */
export type Notice =
  | {
      readonly deploymentId: string
      /** The account and the region that it says it is from, as far as it says so. */
      readonly account: string | undefined
      readonly region: string | undefined
    }
  | { readonly refusal: string }
  /** It is about something that Greenlight needs no message of. */
  | { readonly unneeded: string }

type Keys = Readonly<Record<string, unknown>>

/**
 * Reads which deployments EventBridge (F35) or SNS (F36) notify about. Greenlight believes only the id, and asks CodeDeploy
 * how the deployment stands.
 *
 * @param event of EventBridge, or its bare `detail`, as a rule sends it that selects this part; or of SNS
 * @returns one notice for the event, or for each record of SNS; undefined for an event of neither
 */
export const readNotices = (event: Keys): readonly Notice[] | undefined => {
  const { source, Records: records } = event
  if (source === 'aws.codedeploy' && 'detail-type' in event) return [noticeOf(event)]
  if (typeof event['deploymentId'] === 'string' && 'state' in event) return [noticeOf(event)]
  if (
    !Array.isArray(records) ||
    records.length === 0 ||
    !records.every((record) => typeof keysOf(keysOf(record)['Sns'])['Message'] === 'string')
  ) {
    return undefined
  }
  return records.map((record) => readMessage(String(keysOf(keysOf(record)['Sns'])['Message'])))
}

const readMessage = (message: string): Notice => {
  try {
    return noticeOf(keysOf(JSON.parse(message)))
  } catch {
    // CodeDeploy sends such a message when a trigger is made (F36). Anybody may send to the topic: it is not shown.
    return { refusal: `a message that is not JSON, of ${counted(message.length, 'character')}` }
  }
}

/** @param event of EventBridge, also as a notification rule passes it on to SNS (F60); its detail; or CodeDeploy's own message */
const noticeOf = (event: Keys): Notice => {
  const about = 'detail' in event || 'detail-type' in event ? keysOf(event['detail']) : event
  const deploymentId = deploymentIdIn(about['deploymentId'])
  if (typeof deploymentId !== 'string') {
    return { refusal: `a notification without a deployment id: ${deploymentId.refusal}` }
  }
  // One for each instance of blue and green would cost a look at all of them: the sweep sees that traffic has arrived.
  if ('instanceId' in about) return { unneeded: `it is about one instance of deployment ${deploymentId}` }
  const account = textOf(event['account']) ?? textOf(about['accountId'])
  return { deploymentId, account, region: textOf(event['region']) ?? textOf(about['region']) }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const keysOf = (value: unknown): Keys => (typeof value === 'object' && value !== null ? { ...value } : {})
