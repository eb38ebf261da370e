import sinon from 'sinon'
import { createClients } from '../../../src/aws/clients.ts'
import { withEnvironment } from '../../environment.ts'

export const limits = {
  signal: new AbortController().signal,
  requestMs: 1000,
  onFailedTry: () => {},
  sleep: async () => {},
}
export const home = { partition: 'aws', region: 'eu-west-1', account: '123456789012' }

type Client = { send: unknown }

/**
 * Clients of the SDK whose answers a test arranges, for one `describe`: every member of an answer is optional in the SDK's
 * types, and an answer that AWS cut short is an answer of nothing.
 */
export const answering = () => {
  const here: { clients: ReturnType<typeof createClients> } = {} as never
  let leave: () => void
  beforeEach(() => {
    leave = withEnvironment({ AWS_REGION: 'eu-west-1' })
    here.clients = createClients()
  })
  afterEach(() => {
    sinon.restore()
    leave()
  })
  return {
    here,
    /** Lets a client answer with these, one after the other; gives what it was asked. */
    answer: (client: Client, ...answers: readonly object[]): Readonly<Record<string, unknown>>[] => {
      const asked: Readonly<Record<string, unknown>>[] = []
      sinon.stub(client, 'send').callsFake(async ({ input }: { input: Readonly<Record<string, unknown>> }) => {
        const answer = answers[asked.push(input) - 1]
        if (answer === undefined) throw new Error('no other answer was arranged')
        return answer
      })
      return asked
    },
    /** Lets a client fail with an error of this name. */
    fail: (client: Client, name: string): void => {
      sinon.restore()
      sinon.stub(client, 'send').callsFake(async () => {
        throw Object.assign(new Error('no'), { name })
      })
    },
  }
}
