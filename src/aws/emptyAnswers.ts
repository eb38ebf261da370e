import { Readable } from 'node:stream'
import type { DeserializeMiddleware, MiddlewareStack } from '@smithy/types'

const asksFor = /^(BatchGet|Describe|Get|List)/

/**
 * Takes an answer without a body for none, where something was asked for: cut on its way and read as an answer, it would say
 * that there is nothing: no tags, so no mode observe; no deployments under way.
 *
 * @returns the same client
 */
export const refusingEmptyAnswers = <Input extends object, Output extends object, Client>(
  client: Client & { readonly middlewareStack: MiddlewareStack<Input, Output> },
): Client => {
  const refuse: DeserializeMiddleware<Input, Output> =
    (next, { commandName = '' }) =>
    async (given) => {
      const answered = await next(given)
      if (asksFor.test(commandName) && isEmpty(answered.response)) {
        // Read to its end all the same, or its socket would never be free again.
        if (answered.response.body instanceof Readable) answered.response.body.resume()
        // As the SDK marks what it could not read (send.ts).
        throw Object.assign(new Error('it is empty'), { $response: answered.response })
      }
      return answered
    }
  client.middlewareStack.add(refuse, { step: 'deserialize', priority: 'low', name: 'refuseEmptyAnswers' })
  return client
}

/** What the SDK's handler gives as response: an HttpResponse, though the types do not say so. */
const isEmpty = (response: unknown): response is { readonly body?: unknown } =>
  typeof response === 'object' &&
  response !== null &&
  'headers' in response &&
  typeof response.headers === 'object' &&
  response.headers !== null &&
  'content-length' in response.headers &&
  response.headers['content-length'] === '0'
