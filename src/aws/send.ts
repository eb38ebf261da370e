import type { DeserializeMiddleware, HttpHandlerOptions, MetadataBearer, MiddlewareStack } from '@smithy/types'
import { reasonOf } from '../wording.ts'

/** What one invocation allows its requests. */
export type Limits = {
  /** Aborts when the work must stop. */
  readonly signal: AbortSignal
  /** How long one try of one request may take, in milliseconds. */
  readonly requestMs: number
  /** Told of every try that failed, whether the SDK tries again or not, in a sentence. */
  readonly onFailedTry: (sentence: string) => void
}

/** Any command of any SDK client, as far as it matters here. */
type Command<Input extends object, Output extends MetadataBearer> = {
  readonly middlewareStack: Pick<MiddlewareStack<Input, Output>, 'add'>
}

/**
 * Sends one command within the limits.
 *
 * What may pass (throttling, 5xx, a hung or cut connection) is tried again by the SDK until the signal aborts.
 *
 * @param sent hands the command to its client: only there do the types of the two meet
 * @param action the IAM action, which is also how people know the operation: `codedeploy:GetDeployment`
 * @throws Error in a sentence with the action and AWS's own words; its cause is the SDK's error
 */
export const send = async <Input extends object, Output extends MetadataBearer>(
  action: string,
  command: Command<Input, Output>,
  { signal, requestMs, onFailedTry }: Limits,
  sent: (options: HttpHandlerOptions) => Promise<Output>,
): Promise<Output> => {
  const watch: DeserializeMiddleware<Input, Output> = (next) => async (args) => {
    try {
      return await next(args)
    } catch (error) {
      // What our own signal ends has not failed.
      if (!signal.aborted) onFailedTry(sentenceOf(action, error))
      throw error
    }
  }
  // Inside the SDK's retries and outside its parser: what passes here is one try.
  command.middlewareStack.add(watch, { step: 'deserialize', priority: 'high', name: 'greenlightWatch' })
  try {
    return await sent({ abortSignal: signal, requestTimeout: requestMs })
  } catch (error) {
    throw new Error(sentenceOf(action, error), { cause: error })
  }
}

/** Whether AWS answered with this error; the services and the SDK differ in whether they write "Exception" behind it. */
export const isNamed = (thrown: unknown, name: string): boolean => {
  const error = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown
  return error instanceof Error && error.name.replace(/Exception$/, '') === name.replace(/Exception$/, '')
}

const sentenceOf = (action: string, error: unknown): string => {
  const name = error instanceof Error && error.name !== 'Error' ? `${error.name}: ` : ''
  return `${action} failed: ${name}${reasonOf(error)}`
}
