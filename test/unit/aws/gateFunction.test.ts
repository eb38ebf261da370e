import { expect } from 'chai'
import { gateFunctionNotifying } from '../../../src/aws/gateFunction.ts'

describe('The gate function', () => {
  it('is notified by its name, without waiting for it', async () => {
    const asked: object[] = []
    const client = { send: async ({ input }: { input: object }) => void asked.push(input) } as never
    const limits = {
      signal: new AbortController().signal,
      requestMs: 1000,
      onFailedTry: () => {},
      sleep: async () => {},
    }
    await gateFunctionNotifying(client, limits, 'gate').notifyGate({ detail: 1 })
    expect(asked).to.deep.equal([{ FunctionName: 'gate', InvocationType: 'Event', Payload: '{"detail":1}' }])
  })
})
