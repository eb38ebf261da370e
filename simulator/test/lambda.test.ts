import { expect } from 'chai'
import { type Arranged, arrange } from './arranged.ts'

describe("the simulator's Lambda", () => {
  let arranged: Arranged
  const events: unknown[] = []
  beforeEach(async () => {
    events.length = 0
    arranged = await arrange()
    const { world } = arranged.simulator
    world.createFunction({ name: 'echo', handler: (event, { functionName }) => ({ event, functionName }) })
    world.createFunction({
      name: 'throws',
      handler: (event) => {
        events.push(event)
        throw new TypeError('no')
      },
    })
    world.createFunction({ name: 'hangs', timeoutSeconds: 30, handler: () => new Promise(() => {}) })
    world.createFunction({
      name: 'slow',
      timeoutSeconds: 30,
      handler: async (_event, { getRemainingTimeInMillis }) => {
        await new Promise((resolve) => setTimeout(resolve, 10_000))
        return getRemainingTimeInMillis()
      },
    })
  })
  afterEach(() => arranged.end())

  const invoke = async (functionName: string, body = '{}', headers: Record<string, string> = {}) => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=AKIAX/20261123/eu-west-1/lambda/aws4_request, SignedHeaders=host, Signature=0'
    const path = `/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`
    const answer = await arranged.time.run(
      arranged.simulator.handle({ method: 'POST', path, headers: { authorization, ...headers }, body }),
    )
    return { ...answer, payload: answer.body === '' ? undefined : JSON.parse(answer.body) }
  }

  it('has no function of another region or account, and no other version', async () => {
    for (const name of [
      'arn:aws:lambda:us-east-1:123456789012:function:echo',
      'arn:aws:lambda:eu-west-1:999999999999:function:echo',
      'echo:live',
    ]) {
      expect((await invoke(name)).headers['x-amzn-errortype'], name).to.equal('ResourceNotFoundException')
    }
  })

  it('invokes by name, by ARN and by partial ARN, and returns what the function returns', async () => {
    for (const name of [
      'echo',
      'arn:aws:lambda:eu-west-1:123456789012:function:echo',
      '123456789012:function:echo:$LATEST',
    ]) {
      const answer = await invoke(name, '{"a":1}')
      expect(answer).to.deep.include({ status: 200, payload: { event: { a: 1 }, functionName: 'echo' } })
      expect(answer.headers)
        .to.include({ 'x-amz-executed-version': '$LATEST' })
        .and.not.have.property('x-amz-function-error')
    }
  })

  it('answers an error that the function throws as a function error, with status 200', async () => {
    const answer = await invoke('throws')
    expect(answer.status).to.equal(200)
    expect(answer.headers['x-amz-function-error']).to.equal('Unhandled')
    expect(answer.payload).to.include({ errorType: 'TypeError', errorMessage: 'no' })
  })

  it('ends a function at its time-out', async () => {
    const before = Date.now()
    const answer = await invoke('hangs')
    expect(Date.now() - before).to.equal(30_000)
    expect(answer.headers['x-amz-function-error']).to.equal('Unhandled')
    expect(answer.payload.errorMessage).to.match(/Task timed out after 30\.00 seconds$/)
  })

  it('tells a function how much time it has left', async () => {
    expect((await invoke('slow')).payload).to.equal(20_000)
  })

  it('retries an asynchronous invocation twice, after one and two minutes', async () => {
    const answer = await invoke('throws', '{"n":1}', { 'x-amz-invocation-type': 'Event' })
    expect(answer).to.include({ status: 202, body: '' })
    await arranged.time.advance(3_600_000)
    expect(events).to.deep.equal([{ n: 1 }, { n: 1 }, { n: 1 }])
    expect(arranged.simulator.world.invocations.map(({ at }) => at - Date.parse('2026-11-23T09:00:00Z'))).to.deep.equal(
      [0, 60_000, 180_000],
    )
  })

  for (const [whose, options, reserved] of [
    ['the account', { lambdaConcurrency: 1 }, undefined],
    ['the function', {}, 1],
  ] as const) {
    it(`refuses what would be one too many at once for ${whose}, and runs an asynchronous one later`, async () => {
      await arranged.end()
      arranged = await arrange(options)
      const { world } = arranged.simulator
      const begun: unknown[] = []
      const handler = async (event: unknown) => {
        begun.push(event)
        await arranged.simulator.clock.sleep(10_000)
      }
      world.createFunction({ name: 'busy', handler, reservedConcurrency: reserved })
      const later = { 'x-amz-invocation-type': 'Event' }
      await invoke('busy', '1', later)
      await invoke('busy', '2', later)
      const { status, headers } = await invoke('busy', '3')
      expect([status, headers['x-amzn-errortype']]).to.deep.equal([429, 'TooManyRequestsException'])
      expect(begun).to.deep.equal([1])
      await arranged.time.advance(60_000)
      expect(begun).to.deep.equal([1, 2])
    })
  }

  it('refuses a function that does not exist, a payload that is not JSON, and any other path', async () => {
    const missing = await invoke('nobody')
    expect(missing.status).to.equal(404)
    expect(missing.headers['x-amzn-errortype']).to.equal('ResourceNotFoundException')
    expect(missing.payload.Message).to.equal(
      'Function not found: arn:aws:lambda:eu-west-1:123456789012:function:nobody',
    )
    expect((await invoke('echo', '{')).headers['x-amzn-errortype']).to.equal('InvalidRequestContentException')
    expect((await invoke('a b')).headers['x-amzn-errortype']).to.equal('InvalidParameterValueException')
    const type = { 'x-amz-invocation-type': 'Later' }
    expect((await invoke('echo', '{}', type)).headers['x-amzn-errortype']).to.equal('InvalidParameterValueException')
  })

  it('throttles with TooManyRequestsException (429)', async () => {
    arranged.simulator.faults.add({ kind: 'throttle', action: 'lambda:InvokeFunction' })
    const answer = await invoke('echo')
    expect(answer.status).to.equal(429)
    expect(answer.headers['x-amzn-errortype']).to.equal('TooManyRequestsException')
  })
})
