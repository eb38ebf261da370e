import { expect } from 'chai'
import { type Playground, playground } from './playground.ts'
import type { Meeting } from './runs.ts'

describe('The runs of a function in a playground', () => {
  let aws: Playground
  let deploymentId: string
  afterEach(() => aws.end())

  const ready = async (meets?: Meeting) => {
    aws = await playground({ inProcess: true, settings: { GREENLIGHT_MODE: 'gate' }, ...(meets && { meets }) })
    deploymentId = aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
    await aws.until(deploymentId, 'Ready')
  }
  const attachments = () => aws.attaches().length

  it('are known by their events, with how often they ask AWS', async () => {
    await ready()
    const asked = [aws.invoke({ DeploymentId: deploymentId }), aws.invoke({ DeploymentId: 'd-NOTHERE00' })]
    await aws.time.run(Promise.all(asked))
    expect(aws.runs.map(({ event, asked }) => ({ event, few: asked < 3 }))).to.deep.equal([
      { event: { DeploymentId: deploymentId }, few: false },
      { event: { DeploymentId: 'd-NOTHERE00' }, few: true },
    ])
  })

  for (const when of ['before', 'after'] as const) {
    it(`can be killed ${when} an attachment, and ask for nothing any more`, async () => {
      await ready(async (run, request, handle) => {
        if (!request.body.includes('Action=AttachLoadBalancerTargetGroups')) return handle()
        const response = when === 'before' ? undefined : await handle()
        run.die()
        return response ?? new Promise(() => {})
      })
      const { errorMessage } = await aws.invoke({ DeploymentId: deploymentId })
      expect(errorMessage).to.equal('Runtime exited with error: signal: killed')
      const calls = aws.calls.length
      await aws.time.advance(900_000)
      expect(aws.calls.length).to.equal(calls)
      expect(attachments()).to.equal(when === 'before' ? 0 : 1)
    })
  }
})
