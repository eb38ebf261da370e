import { deploymentIdIn } from '../model/deploymentId.ts'

/** The deployment that a notification is about, or why it cannot be read. */
export type Notice = { readonly deploymentId: string } | { readonly refusal: string }

type Keys = Readonly<Record<string, unknown>>

/**
 * Reads which deployments EventBridge (F35) or SNS (F36) notify about. Greenlight believes only the id, and asks CodeDeploy
 * how the deployment stands.
 *
 * @returns one notice for the event, or for each record of SNS; undefined for an event of neither
 */
export const readNotices = (event: Keys): readonly Notice[] | undefined => {
  const { source, detail, Records: records } = event
  if (source === 'aws.codedeploy' && 'detail-type' in event) return [noticeOf(detail)]
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
    const parsed: unknown = JSON.parse(message)
    // A topic may also be fed by EventBridge, whose event is the message then.
    return noticeOf('detail' in keysOf(parsed) ? keysOf(parsed)['detail'] : parsed)
  } catch {
    // CodeDeploy sends such a message when a trigger is made (F36).
    return { refusal: `a message that is not JSON: ${JSON.stringify(message.slice(0, 100))}` }
  }
}

const noticeOf = (about: unknown): Notice => {
  const deploymentId = deploymentIdIn(keysOf(about)['deploymentId'])
  return typeof deploymentId === 'string'
    ? { deploymentId }
    : { refusal: `a notification without a deployment id: ${deploymentId.refusal}` }
}

const keysOf = (value: unknown): Keys => (typeof value === 'object' && value !== null ? { ...value } : {})
