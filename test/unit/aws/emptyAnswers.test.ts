import { CodeDeployClient, ContinueDeploymentCommand, ListTagsForResourceCommand } from '@aws-sdk/client-codedeploy'
import { expect } from 'chai'
import { type Simulator, simulate } from '../../../simulator/simulate.ts'
import { AwsError } from '../../../src/aws/awsError.ts'
import { beforeReading, readsOnly, refuseEmptyAnswers } from '../../../src/aws/emptyAnswers.ts'
import { act } from '../../../src/aws/send.ts'

describe('An answer without a body', () => {
  let aws: Simulator
  let client: CodeDeployClient
  beforeEach(async () => {
    aws = await simulate({ inProcess: true })
    client = new CodeDeployClient({
      endpoint: aws.endpoint,
      region: 'eu-west-1',
      credentials: aws.credentials({ kind: 'user' }),
      maxAttempts: 1,
    })
    client.middlewareStack.add(refuseEmptyAnswers(readsOnly), beforeReading)
    aws.world.createTargetGroup({ name: 'web' })
    aws.world.createAutoScalingGroup({ name: 'blue', targetGroups: ['web'] })
    aws.world.createDeploymentGroup({ name: 'production', autoScalingGroup: 'blue', targetGroups: ['web'] })
  })
  afterEach(() => aws.close())

  const limits = {
    signal: new AbortController().signal,
    sleep: async () => {},
    requestMs: 1_000,
    onFailedTry: () => {},
  }
  const tags = () =>
    act('codedeploy:ListTagsForResource', limits, (options) =>
      client.send(
        new ListTagsForResourceCommand({
          ResourceArn: 'arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:shop/production',
        }),
        options,
      ),
    )

  it('is none where something was asked for, and may be whole the next time', async () => {
    aws.faults.add({ action: 'codedeploy:ListTagsForResource', kind: 'empty' })
    const refused = await tags().catch((error: unknown) => error)
    expect(refused).to.be.instanceOf(AwsError).and.to.deep.include({ mayPass: true })
    expect(String(refused)).to.contain('codedeploy:ListTagsForResource failed: its answer cannot be read: it is empty')
    expect((await tags()).Tags).to.deep.equal([])
  })

  it('is the answer where nothing was asked for', async () => {
    const id = aws.world.deploy({ deploymentGroup: 'production' })
    Object.assign(aws.world.deployments.get(id) ?? {}, { status: 'Ready' })
    aws.faults.add({ action: 'codedeploy:ContinueDeployment', kind: 'empty' })
    await act('codedeploy:ContinueDeployment', limits, (options) =>
      client.send(new ContinueDeploymentCommand({ deploymentId: id }), options),
    )
  })
})
