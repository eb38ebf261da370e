import {
  AttachLoadBalancerTargetGroupsCommand,
  AttachTrafficSourcesCommand,
  AutoScalingClient,
  CreateOrUpdateTagsCommand,
  DeleteTagsCommand,
  DescribeAutoScalingGroupsCommand,
  type DescribeAutoScalingGroupsCommandInput,
  DescribeLifecycleHooksCommand,
  DescribeLoadBalancerTargetGroupsCommand,
  DescribePoliciesCommand,
  DescribeTagsCommand,
  type DescribeTagsCommandInput,
  DetachLoadBalancerTargetGroupsCommand,
  DetachTrafficSourcesCommand,
  ResumeProcessesCommand,
  SetDesiredCapacityCommand,
  SuspendProcessesCommand,
} from '@aws-sdk/client-auto-scaling'
import {
  BatchGetDeploymentGroupsCommand,
  BatchGetDeploymentsCommand,
  BatchGetDeploymentTargetsCommand,
  CodeDeployClient,
  ContinueDeploymentCommand,
  CreateDeploymentCommand,
  type CreateDeploymentCommandInput,
  GetDeploymentCommand,
  GetDeploymentGroupCommand,
  ListApplicationsCommand,
  ListDeploymentConfigsCommand,
  ListDeploymentGroupsCommand,
  ListDeploymentsCommand,
  type ListDeploymentsCommandInput,
  ListDeploymentTargetsCommand,
  ListTagsForResourceCommand,
  PutLifecycleEventHookExecutionStatusCommand,
  StopDeploymentCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateDeploymentGroupCommand,
  type UpdateDeploymentGroupCommandInput,
} from '@aws-sdk/client-codedeploy'
import {
  CreateListenerCommand,
  CreateTargetGroupCommand,
  DeregisterTargetsCommand,
  DescribeAccountLimitsCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { expect } from 'chai'
import { type Arranged, arrange, arrangeBlueGreen, idsOf, inService } from './arranged.ts'

/** The error of a refused call: the SDK's name for it, the HTTP status, the message. */
const refusal = async (time: Arranged['time'], sent: Promise<unknown>) => {
  try {
    await time.run(sent)
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } }
    return { code: name, status: $metadata?.httpStatusCode, message }
  }
  throw new Error('It was not refused.')
}

describe('the simulator, spoken to by the SDK clients over HTTP', () => {
  let arranged: Arranged
  let clients: ReturnType<Arranged['clients']>
  let webArn: string
  const world = () => arranged.simulator.world
  const run = <T>(sent: Promise<T>) => arranged.time.run(sent)
  const refused = (sent: Promise<unknown>) => refusal(arranged.time, sent)
  const code = async (sent: Promise<unknown>) => (await refused(sent)).code

  const begin = async (...options: Parameters<typeof arrange>) => {
    arranged = await arrange(...options)
    arrangeBlueGreen(arranged.simulator, { readyWaitMinutes: 30, tags: { team: 'shop' } })
    clients = arranged.clients()
    webArn = world().targetGroups.get('web')?.arn ?? ''
  }
  beforeEach(() => begin())
  afterEach(() => arranged.end())

  /** A deployment that is Ready. */
  const ready = async () => {
    const deploymentId = world().deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
    await arranged.time.advance(120_000)
    expect(world().deployments.get(deploymentId)?.status).to.equal('Ready')
    return deploymentId
  }

  describe('as CodeDeploy', () => {
    it('describes a deployment with its times, load balancer and green', async () => {
      const deploymentId = await ready()
      const { deploymentInfo } = await run(clients.codeDeploy.send(new GetDeploymentCommand({ deploymentId })))
      expect(deploymentInfo).to.deep.include({
        applicationName: 'shop',
        deploymentGroupName: 'production',
        deploymentId,
        status: 'Ready',
        creator: 'user',
        computePlatform: 'Server',
        deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
        targetInstances: { autoScalingGroups: [`CodeDeploy_production_${deploymentId}`] },
        loadBalancerInfo: { targetGroupInfoList: [{ name: 'web' }] },
        instanceTerminationWaitTimeStarted: false,
        createTime: new Date('2026-11-23T09:00:00Z'),
      })
      expect(deploymentInfo?.completeTime).to.equal(undefined)
      expect(deploymentInfo?.blueGreenDeploymentConfiguration?.deploymentReadyOption).to.deep.equal({
        actionOnTimeout: 'STOP_DEPLOYMENT',
        waitTimeInMinutes: 30,
      })
    })

    it('leaves out of a deployment what its deployment group says', async () => {
      world().createDeploymentGroup({ name: 'bare', leftOut: ['deploymentStyle', 'applicationName'] })
      const deploymentId = world().deploy({ deploymentGroup: 'bare' })
      const { deploymentInfo } = await run(clients.codeDeploy.send(new GetDeploymentCommand({ deploymentId })))
      expect(deploymentInfo).to.include({ deploymentId, deploymentGroupName: 'bare' })
      expect(deploymentInfo).to.not.have.any.keys('deploymentStyle', 'applicationName')
    })

    it('creates one deployment of a bundle at a time', async () => {
      world().putBundle('releases', 'shop.zip', { version: 'v3' })
      const input = {
        applicationName: 'shop',
        deploymentGroupName: 'production',
        revision: { revisionType: 'S3', s3Location: { bucket: 'releases', key: 'shop.zip', bundleType: 'zip' } },
      } as const
      const { deploymentId = '' } = await run(clients.codeDeploy.send(new CreateDeploymentCommand(input)))
      expect(world().deployments.get(deploymentId)?.revision.version).to.equal('v3')
      expect(await refused(clients.codeDeploy.send(new CreateDeploymentCommand(input)))).to.include({
        code: 'DeploymentLimitExceededException',
        status: 400,
      })
    })

    it('reads the hooks of an AppSpec for Lambda or ECS', async () => {
      world().createDeploymentGroup({ application: 'mailer', name: 'production', computePlatform: 'Lambda' })
      const content = 'version: 0.0\nResources: []\nHooks:\n  - BeforeAllowTraffic: CodeDeployHook_x\n'
      const create = (appSpec: string) =>
        clients.codeDeploy.send(
          new CreateDeploymentCommand({
            applicationName: 'mailer',
            deploymentGroupName: 'production',
            revision: { revisionType: 'AppSpecContent', appSpecContent: { content: appSpec } },
          }),
        )
      expect(await code(create('Hooks: 5'))).to.equal('InvalidRevisionException')
      const { deploymentId = '' } = await run(create(content))
      expect(world().deployments.get(deploymentId)?.lambdaHooks).to.deep.equal({
        BeforeAllowTraffic: 'CodeDeployHook_x',
      })
    })

    it('describes a deployment group and its tags, and changes the tags', async () => {
      const names = { applicationName: 'shop', deploymentGroupName: 'production' }
      const { deploymentGroupInfo } = await run(clients.codeDeploy.send(new GetDeploymentGroupCommand(names)))
      expect(deploymentGroupInfo?.autoScalingGroups?.map(({ name }) => name)).to.deep.equal(['blue'])
      const ResourceArn = world().deploymentGroups.get('shop/production')?.arn
      await run(
        clients.codeDeploy.send(
          new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'greenlight:mode', Value: 'gate' }] }),
        ),
      )
      await run(clients.codeDeploy.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['team'] })))
      const { Tags } = await run(clients.codeDeploy.send(new ListTagsForResourceCommand({ ResourceArn })))
      expect(Tags).to.deep.equal([{ Key: 'greenlight:mode', Value: 'gate' }])
    })

    it('lists deployments, newest first, by deployment group, status and time of creation', async () => {
      world().createAutoScalingGroup({ name: 'other' })
      world().createDeploymentGroup({ application: 'mailer', name: 'production', autoScalingGroup: 'other' })
      const list = async (input: ListDeploymentsCommandInput) =>
        (await run(clients.codeDeploy.send(new ListDeploymentsCommand(input)))).deployments
      const stopped = await ready()
      world().stopDeployment(stopped)
      const noon = new Date()
      await arranged.time.advance(1_000)
      const waiting = await ready()
      const elsewhere = world().deploy({ application: 'mailer', deploymentGroup: 'production' })
      const production = { applicationName: 'shop', deploymentGroupName: 'production' }
      expect(await list({})).to.deep.equal([elsewhere, waiting, stopped])
      expect(await list(production)).to.deep.equal([waiting, stopped])
      expect(await list({ ...production, includeOnlyStatuses: ['InProgress', 'Ready'] })).to.deep.equal([waiting])
      expect(await list({ ...production, createTimeRange: { end: noon } })).to.deep.equal([stopped])
      expect(await list({ createTimeRange: { start: noon } })).to.deep.equal([elsewhere, waiting])
      const refusedList = (input: ListDeploymentsCommandInput) =>
        code(clients.codeDeploy.send(new ListDeploymentsCommand(input)))
      expect(await refusedList({ applicationName: 'shop' })).to.equal('DeploymentGroupNameRequiredException')
      expect(await refusedList({ deploymentGroupName: 'production' })).to.equal('ApplicationNameRequiredException')
      expect(await refusedList({ createTimeRange: { start: new Date(), end: noon } })).to.equal(
        'InvalidTimeRangeException',
      )
      // @ts-expect-error a status that does not exist
      expect(await refusedList({ includeOnlyStatuses: ['Lost'] })).to.equal('InvalidDeploymentStatusException')
    })

    describe('listing every deployment group', () => {
      const applications = (nextToken?: string) =>
        clients.codeDeploy.send(new ListApplicationsCommand({ ...(nextToken && { nextToken }) }))
      const groups = (applicationName: string, nextToken?: string) =>
        clients.codeDeploy.send(new ListDeploymentGroupsCommand({ applicationName, ...(nextToken && { nextToken }) }))
      const batch = (applicationName: string, deploymentGroupNames: string[]) =>
        clients.codeDeploy.send(new BatchGetDeploymentGroupsCommand({ applicationName, deploymentGroupNames }))
      const numbered = (prefix: string) => Array.from({ length: 101 }, (_, index) => `${prefix}${index}`)

      it('lists a hundred applications a page', async () => {
        for (const application of numbered('a')) world().createDeploymentGroup({ application, name: 'production' })
        const first = await run(applications())
        const second = await run(applications(first.nextToken))
        const all = ['shop', ...numbered('a')]
        expect([first.applications, second.applications]).to.deep.equal([all.slice(0, 100), all.slice(100)])
        expect(second.nextToken).to.equal(undefined)
        expect(await code(applications('mine'))).to.equal('InvalidNextTokenException')
      })

      it('lists a hundred deployment groups of one application a page', async () => {
        for (const name of numbered('g')) world().createDeploymentGroup({ application: 'mail', name })
        const first = await run(groups('mail'))
        const second = await run(groups('mail', first.nextToken))
        const all = numbered('g')
        expect([first.deploymentGroups, second.deploymentGroups]).to.deep.equal([all.slice(0, 100), all.slice(100)])
        expect([first.applicationName, second.nextToken]).to.deep.equal(['mail', undefined])
        expect(await code(groups('mail', 'mine'))).to.equal('InvalidNextTokenException')
        expect(await code(groups('nobody'))).to.equal('ApplicationDoesNotExistException')
      })

      it('describes a hundred deployment groups of one application in one call, and leaves out one that does not exist', async () => {
        const { deploymentGroupsInfo, errorMessage } = await run(batch('shop', ['production', 'gone']))
        const one = new GetDeploymentGroupCommand({ applicationName: 'shop', deploymentGroupName: 'production' })
        expect(deploymentGroupsInfo).to.deep.equal([(await run(clients.codeDeploy.send(one))).deploymentGroupInfo])
        expect(errorMessage).to.equal('No Deployment Group found for name: gone')
        await run(batch('shop', Array(100).fill('production')))
        expect(await code(batch('shop', Array(101).fill('production')))).to.equal('BatchLimitExceededException')
        expect(await code(batch('shop', []))).to.equal('DeploymentGroupNameRequiredException')
        expect(await code(batch('nobody', ['production']))).to.equal('ApplicationDoesNotExistException')
      })

      it('is authorized on *, on the application, and on the deployment groups', async () => {
        await run(applications())
        await run(groups('shop'))
        await run(batch('shop', ['production']))
        expect(arranged.simulator.calls.map(({ action, resources }) => [action, resources])).to.deep.equal([
          ['codedeploy:ListApplications', ['*']],
          ['codedeploy:ListDeploymentGroups', ['arn:aws:codedeploy:eu-west-1:123456789012:application:shop']],
          [
            'codedeploy:BatchGetDeploymentGroups',
            ['arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:shop/production'],
          ],
        ])
      })
    })

    it('lists a hundred deployments a page', async () => {
      const ids = Array.from({ length: 101 }, () => {
        const id = world().deploy({ deploymentGroup: 'production' })
        world().stopDeployment(id)
        return id
      }).reverse()
      const list = (nextToken?: string) =>
        run(clients.codeDeploy.send(new ListDeploymentsCommand({ ...(nextToken && { nextToken }) })))
      const first = await list()
      const second = await list(first.nextToken)
      expect([first.deployments, second.deployments]).to.deep.equal([ids.slice(0, 100), ids.slice(100)])
      expect(second.nextToken).to.equal(undefined)
      expect(await code(clients.codeDeploy.send(new ListDeploymentsCommand({ nextToken: 'mine' })))).to.equal(
        'InvalidNextTokenException',
      )
    })

    it('describes twenty-five deployments in one call, and leaves out one that does not exist', async () => {
      const deploymentId = await ready()
      const batch = (deploymentIds: string[]) =>
        clients.codeDeploy.send(new BatchGetDeploymentsCommand({ deploymentIds }))
      const { deploymentsInfo } = await run(batch(['d-NOSUCH123', deploymentId]))
      const { deploymentInfo } = await run(clients.codeDeploy.send(new GetDeploymentCommand({ deploymentId })))
      expect(deploymentsInfo).to.deep.equal([deploymentInfo])
      await run(batch(Array(25).fill(deploymentId)))
      expect(await code(batch(Array(26).fill(deploymentId)))).to.equal('BatchLimitExceededException')
      expect(await code(batch([]))).to.equal('DeploymentIdRequiredException')
      expect(await code(batch(['nope']))).to.equal('InvalidDeploymentIdException')
    })

    describe('changing a deployment group', () => {
      const names = { applicationName: 'shop', currentDeploymentGroupName: 'production' }
      const update = (changes: Partial<UpdateDeploymentGroupCommandInput>) =>
        clients.codeDeploy.send(new UpdateDeploymentGroupCommand({ ...names, ...changes }))
      const described = async () =>
        (
          await run(
            clients.codeDeploy.send(
              new GetDeploymentGroupCommand({ applicationName: 'shop', deploymentGroupName: 'production' }),
            ),
          )
        ).deploymentGroupInfo

      it('changes the waits of later deployments, and nothing else', async () => {
        const before = await ready()
        const deploymentReadyOption = { actionOnTimeout: 'CONTINUE_DEPLOYMENT', waitTimeInMinutes: 0 } as const
        await run(update({ blueGreenDeploymentConfiguration: { deploymentReadyOption } }))
        expect((await described())?.blueGreenDeploymentConfiguration).to.deep.equal({
          terminateBlueInstancesOnDeploymentSuccess: { action: 'TERMINATE', terminationWaitTimeInMinutes: 5 },
          deploymentReadyOption,
          greenFleetProvisioningOption: { action: 'COPY_AUTO_SCALING_GROUP' },
        })
        expect(world().deployments.get(before)?.status).to.equal('Ready')
        world().stopDeployment(before)
        const after = world().deploy({ deploymentGroup: 'production' })
        expect(await arranged.time.run(world().deploymentEnded(after))).to.equal('Succeeded')
      })

      it('keeps triggers and the settings for automatic rollback', async () => {
        const trigger = {
          triggerName: 'to-greenlight',
          triggerTargetArn: 'arn:aws:sns:eu-west-1:123456789012:deployments',
          triggerEvents: ['DeploymentReady' as const, 'InstanceSuccess' as const],
        }
        const autoRollbackConfiguration = { enabled: true, events: ['DEPLOYMENT_STOP_ON_REQUEST' as const] }
        await run(update({ triggerConfigurations: [trigger], autoRollbackConfiguration }))
        expect(await described()).to.deep.include({ triggerConfigurations: [trigger], autoRollbackConfiguration })
        await run(update({}))
        expect(await described()).to.deep.include({ triggerConfigurations: [trigger], autoRollbackConfiguration })
        await run(update({ triggerConfigurations: [] }))
        expect((await described())?.triggerConfigurations).to.deep.equal([])
      })

      it('turns the termination hook on, and leaves it on', async () => {
        expect((await described())?.terminationHookEnabled).to.equal(false)
        await run(update({ terminationHookEnabled: true }))
        await run(update({}))
        expect((await described())?.terminationHookEnabled).to.equal(true)
      })

      it('is refused for a topic of another region, more than ten triggers, a new name, or another type', async () => {
        const trigger = (change = {}) => ({
          triggerConfigurations: [
            {
              triggerName: 'to-greenlight',
              triggerTargetArn: 'arn:aws:sns:eu-west-1:123456789012:deployments',
              triggerEvents: ['DeploymentReady' as const],
              ...change,
            },
          ],
        })
        const elsewhere = { triggerTargetArn: 'arn:aws:sns:us-east-1:123456789012:deployments' }
        expect(await code(update(trigger(elsewhere)))).to.equal('InvalidTriggerConfigException')
        expect(await code(update(trigger({ triggerEvents: ['Lunch'] })))).to.equal('InvalidTriggerConfigException')
        expect(await code(update(trigger({ triggerEvents: [] })))).to.equal('InvalidTriggerConfigException')
        const eleven = Array(11).fill(trigger().triggerConfigurations[0])
        expect(await code(update({ triggerConfigurations: eleven }))).to.equal('TriggerTargetsLimitExceededException')
        expect(await code(update({ newDeploymentGroupName: 'staging' }))).to.equal(
          'InvalidDeploymentGroupNameException',
        )
        expect(await code(update({ currentDeploymentGroupName: 'nobody' }))).to.equal(
          'DeploymentGroupDoesNotExistException',
        )
        world().createDeploymentGroup({ name: 'in-place', deploymentStyle: { deploymentType: 'IN_PLACE' } })
        const blueGreen = { blueGreenDeploymentConfiguration: {} }
        expect(await code(update({ currentDeploymentGroupName: 'in-place', ...blueGreen }))).to.equal(
          'InvalidBlueGreenDeploymentConfigurationException',
        )
        expect(await code(update({ autoRollbackConfiguration: { enabled: true } }))).to.equal(
          'InvalidAutoRollbackConfigException',
        )
        expect(await described()).to.deep.include({ triggerConfigurations: [], deploymentGroupName: 'production' })
      })
    })

    it('names the last attempted and the last successful deployment of a deployment group', async () => {
      const get = new GetDeploymentGroupCommand({ applicationName: 'shop', deploymentGroupName: 'production' })
      const last = async () => (await run(clients.codeDeploy.send(get))).deploymentGroupInfo
      expect(await last()).to.not.have.any.keys('lastAttemptedDeployment', 'lastSuccessfulDeployment')
      const succeeded = await ready()
      world().continueDeployment(succeeded)
      await arranged.time.run(world().deploymentEnded(succeeded))
      const attempted = await ready()
      const { lastAttemptedDeployment, lastSuccessfulDeployment } = (await last()) ?? {}
      expect(lastAttemptedDeployment).to.deep.include({ deploymentId: attempted, status: 'Ready' })
      expect(lastAttemptedDeployment?.endTime).to.equal(undefined)
      expect(lastSuccessfulDeployment).to.deep.include({ deploymentId: succeeded, status: 'Succeeded' })
      expect(lastSuccessfulDeployment?.endTime).to.be.instanceOf(Date)
    })

    describe('creating a deployment', () => {
      const create = (made: Partial<CreateDeploymentCommandInput>) =>
        clients.codeDeploy.send(
          new CreateDeploymentCommand({ applicationName: 'shop', deploymentGroupName: 'production', ...made }),
        )
      type Events = ('DEPLOYMENT_FAILURE' | 'DEPLOYMENT_STOP_ON_REQUEST')[]
      /** A deployment that somebody has stopped. */
      const stoppedWith = async (events: Events, enabled = true) => {
        const { deploymentId = '' } = await run(create({ autoRollbackConfiguration: { enabled, events } }))
        await arranged.time.advance(120_000)
        // Before its traffic moves nothing would be rolled back.
        await run(clients.codeDeploy.send(new ContinueDeploymentCommand({ deploymentId })))
        await arranged.time.advance(5_000)
        await run(clients.codeDeploy.send(new StopDeploymentCommand({ deploymentId })))
        await arranged.time.advance(60_000)
        const { deploymentInfo } = await run(clients.codeDeploy.send(new GetDeploymentCommand({ deploymentId })))
        expect(deploymentInfo?.autoRollbackConfiguration).to.deep.equal({ enabled, events })
        return deploymentInfo?.rollbackInfo?.rollbackDeploymentId
      }

      it('rolls back a stopped one only where it rolls back on stops', async () => {
        expect(await stoppedWith(['DEPLOYMENT_FAILURE'])).to.equal(undefined)
        expect(await stoppedWith(['DEPLOYMENT_STOP_ON_REQUEST'], false)).to.equal(undefined)
        expect(await stoppedWith(['DEPLOYMENT_STOP_ON_REQUEST'])).to.be.a('string')
      })

      it('rolls back a failed one only where it rolls back on failures', async () => {
        world().putBundle('releases', 'bad.zip', {
          version: 'v3',
          hooks: { AfterAllowTraffic: [{ script: '/no/such/script' }] },
        })
        const revision = { revisionType: 'S3', s3Location: { bucket: 'releases', key: 'bad.zip' } } as const
        const failedWith = async (events: Events) => {
          const made = create({ revision, autoRollbackConfiguration: { enabled: true, events } })
          const { deploymentId = '' } = await run(made)
          await arranged.time.advance(120_000)
          world().continueDeployment(deploymentId)
          expect(await arranged.time.run(world().deploymentEnded(deploymentId))).to.equal('Failed')
          const rollback = world().deployments.get(deploymentId)?.rollbackInfo?.rollbackDeploymentId
          if (rollback) await arranged.time.run(world().deploymentEnded(rollback))
          return rollback
        }
        expect(await failedWith(['DEPLOYMENT_STOP_ON_REQUEST'])).to.equal(undefined)
        expect(await failedWith(['DEPLOYMENT_FAILURE'])).to.be.a('string')
      })

      it('is refused with a configuration of another compute platform, and with a rollback without events', async () => {
        const configured = (deploymentConfigName: string) => code(create({ deploymentConfigName }))
        expect(await configured('CodeDeployDefault.LambdaAllAtOnce')).to.equal('InvalidComputePlatformException')
        expect(await configured('CodeDeployDefault.ECSAllAtOnce')).to.equal('InvalidComputePlatformException')
        expect(await code(create({ autoRollbackConfiguration: { enabled: true } }))).to.equal(
          'InvalidAutoRollbackConfigException',
        )
        expect(world().deployments.size).to.equal(0)
        await run(create({ deploymentConfigName: 'CodeDeployDefault.OneAtATime' }))
      })
    })

    it('lists the green targets and their lifecycle events', async () => {
      const deploymentId = await ready()
      const list = new ListDeploymentTargetsCommand({ deploymentId, targetFilters: { ServerInstanceLabel: ['Green'] } })
      const { targetIds = [] } = await run(clients.codeDeploy.send(list))
      expect(targetIds).to.deep.equal(inService(arranged.simulator, `CodeDeploy_production_${deploymentId}`))
      const get = new BatchGetDeploymentTargetsCommand({ deploymentId, targetIds })
      const { deploymentTargets = [] } = await run(clients.codeDeploy.send(get))
      const [target] = deploymentTargets
      expect(target?.instanceTarget).to.include({ instanceLabel: 'Green', status: 'Ready' })
      expect(target?.instanceTarget?.lifecycleEvents?.map(({ status }) => status)).to.deep.equal([
        ...Array(7).fill('Succeeded'),
        ...Array(3).fill('Pending'),
      ])
      expect(target?.instanceTarget?.lifecycleEvents?.[0]?.startTime).to.be.instanceOf(Date)
    })

    it('continues and stops, with the errors that AWS documents', async () => {
      const created = world().deploy({ deploymentGroup: 'production' })
      const go = (deploymentId: string, deploymentWaitType: 'READY_WAIT' | 'TERMINATION_WAIT' = 'READY_WAIT') =>
        clients.codeDeploy.send(new ContinueDeploymentCommand({ deploymentId, deploymentWaitType }))
      const stop = (deploymentId: string) => clients.codeDeploy.send(new StopDeploymentCommand({ deploymentId }))
      expect(await code(go(created))).to.equal('DeploymentIsNotInReadyStateException')
      await arranged.time.advance(120_000)
      expect(await code(go(created, 'TERMINATION_WAIT'))).to.equal('InvalidDeploymentStatusException')
      await run(go(created))
      await arranged.time.advance(1_000)
      expect(world().deployments.get(created)?.status).to.equal('InProgress')
      expect((await run(stop(created))).status).to.equal('Pending')
      await arranged.time.advance(10_000)
      expect(await code(stop(created))).to.equal('DeploymentAlreadyCompletedException')
      expect(await code(go(created))).to.equal('DeploymentAlreadyCompletedException')
      expect(await code(go('d-NOSUCH123'))).to.equal('DeploymentDoesNotExistException')
      // @ts-expect-error a wait type that does not exist
      expect(await code(go(created, 'LUNCH'))).to.equal('InvalidDeploymentWaitTypeException')
    })

    it('takes one report for each hook, and none for a Server deployment', async () => {
      const server = await ready()
      world().createDeploymentGroup({ name: 'ecs', computePlatform: 'ECS' })
      world().createFunction({ name: 'CodeDeployHook_test', handler: () => undefined })
      const ecs = world().deploy({ deploymentGroup: 'ecs', lambdaHooks: { BeforeAllowTraffic: 'CodeDeployHook_test' } })
      await arranged.time.advance(60_000)
      const [execution = ''] = world().hookExecutions.keys()
      const report = (deploymentId: string, id: string, status: 'Succeeded' | 'Failed' | 'Skipped') =>
        clients.codeDeploy.send(
          new PutLifecycleEventHookExecutionStatusCommand({ deploymentId, lifecycleEventHookExecutionId: id, status }),
        )
      expect(await code(report(server, execution, 'Succeeded'))).to.equal('UnsupportedActionForDeploymentTypeException')
      expect(await code(report(ecs, 'another', 'Succeeded'))).to.equal('InvalidLifecycleEventHookExecutionIdException')
      expect(await code(report(ecs, execution, 'Skipped'))).to.equal(
        'InvalidLifecycleEventHookExecutionStatusException',
      )
      const { lifecycleEventHookExecutionId } = await run(report(ecs, execution, 'Succeeded'))
      expect(lifecycleEventHookExecutionId).to.equal(execution)
      expect(await code(report(ecs, execution, 'Failed'))).to.equal('LifecycleEventAlreadyCompletedException')
    })

    it('refuses with the exceptions of its model', async () => {
      const get = (deploymentId: string) => clients.codeDeploy.send(new GetDeploymentCommand({ deploymentId }))
      const group = (applicationName: string, deploymentGroupName: string) =>
        clients.codeDeploy.send(new GetDeploymentGroupCommand({ applicationName, deploymentGroupName }))
      expect(await code(get(''))).to.equal('DeploymentIdRequiredException')
      expect(await refused(get('nope'))).to.deep.equal({
        code: 'InvalidDeploymentIdException',
        status: 400,
        message: 'Specified DeploymentId is not in the valid format: nope',
      })
      expect(await code(get('d-NOSUCH123'))).to.equal('DeploymentDoesNotExistException')
      expect(await code(group('nobody', 'production'))).to.equal('ApplicationDoesNotExistException')
      expect(await code(group('shop', 'nobody'))).to.equal('DeploymentGroupDoesNotExistException')
      expect(await code(group('a b', 'production'))).to.equal('InvalidApplicationNameException')
      const tags = (ResourceArn: string) => clients.codeDeploy.send(new ListTagsForResourceCommand({ ResourceArn }))
      expect(await code(tags('shop'))).to.equal('InvalidArnException')
      expect(await code(tags('arn:aws:codedeploy:eu-west-1:123456789012:application:shop'))).to.equal(
        'ArnNotSupportedException',
      )
      const targets = (deploymentId: string, targetIds: string[]) =>
        clients.codeDeploy.send(new BatchGetDeploymentTargetsCommand({ deploymentId, targetIds }))
      const created = world().deploy({ deploymentGroup: 'production' })
      expect(await code(targets(created, ['i-1']))).to.equal('DeploymentNotStartedException')
      await arranged.time.advance(60_000)
      expect(await code(targets(created, ['i-1']))).to.equal('DeploymentTargetDoesNotExistException')
      expect(await code(targets(created, Array(26).fill('i-1')))).to.equal('DeploymentTargetListSizeExceededException')
      expect(await code(clients.codeDeploy.send(new ListDeploymentConfigsCommand({})))).to.equal(
        'UnknownOperationException',
      )
    })
  })

  describe('as Auto Scaling', () => {
    const describeGroups = (input: DescribeAutoScalingGroupsCommandInput) =>
      clients.autoScaling.send(new DescribeAutoScalingGroupsCommand(input))
    const attach = (AutoScalingGroupName: string, TargetGroupARNs: string[]) =>
      clients.autoScaling.send(new AttachLoadBalancerTargetGroupsCommand({ AutoScalingGroupName, TargetGroupARNs }))

    it('describes groups by name, leaves out a missing one, and describes all of them without names', async () => {
      world().createAutoScalingGroup({ name: 'other', tags: { team: 'mail' }, suspendedProcesses: ['AZRebalance'] })
      const { AutoScalingGroups: found = [] } = await run(
        describeGroups({ AutoScalingGroupNames: ['other', 'nobody'] }),
      )
      expect(found).to.have.length(1)
      expect(found[0]).to.deep.include({
        AutoScalingGroupName: 'other',
        MinSize: 0,
        DesiredCapacity: 2,
        HealthCheckType: 'ELB',
        TargetGroupARNs: [],
        LoadBalancerNames: [],
        TrafficSources: [],
      })
      expect(found[0]?.Instances?.map(({ LifecycleState }) => LifecycleState)).to.deep.equal(['InService', 'InService'])
      expect(found[0]?.CreatedTime).to.be.instanceOf(Date)
      expect(found[0]?.SuspendedProcesses?.map(({ ProcessName }) => ProcessName)).to.deep.equal(['AZRebalance'])
      const { AutoScalingGroups: all = [] } = await run(describeGroups({ AutoScalingGroupNames: [] }))
      expect(all).to.have.length(2)
    })

    it("describes CodeDeploy's hooks of a group, which the deployment group names too", async () => {
      const deploymentGroup = world().deploymentGroups.get('shop/production')
      if (deploymentGroup) deploymentGroup.terminationHookEnabled = true
      const { LifecycleHooks: hooks = [] } = await run(
        clients.autoScaling.send(new DescribeLifecycleHooksCommand({ AutoScalingGroupName: 'blue' })),
      )
      expect(hooks.map(({ LifecycleTransition }) => LifecycleTransition)).to.deep.equal([
        'autoscaling:EC2_INSTANCE_LAUNCHING',
        'autoscaling:EC2_INSTANCE_TERMINATING',
      ])
      expect(hooks.map(({ NotificationMetadata }) => NotificationMetadata)).to.deep.equal([
        deploymentGroup?.id,
        deploymentGroup?.id,
      ])
      const { deploymentGroupInfo } = await run(
        clients.codeDeploy.send(
          new GetDeploymentGroupCommand({ applicationName: 'shop', deploymentGroupName: 'production' }),
        ),
      )
      const [hook, terminationHook] = hooks.map(({ LifecycleHookName }) => LifecycleHookName)
      expect(deploymentGroupInfo?.autoScalingGroups).to.deep.equal([{ name: 'blue', hook, terminationHook }])
    })

    it('filters by exact tag keys and values', async () => {
      world().createAutoScalingGroup({ name: 'other', tags: { team: 'mail' } })
      const named = async (Name: string, Values: string[]) =>
        (await run(describeGroups({ Filters: [{ Name, Values }] }))).AutoScalingGroups?.map(
          (one) => one.AutoScalingGroupName,
        )
      expect(await named('tag-key', ['team'])).to.deep.equal(['other'])
      expect(await named('tag:team', ['mail', 'shop'])).to.deep.equal(['other'])
      expect(await named('tag-value', ['ma*'])).to.deep.equal([])
      expect(await code(describeGroups({ Filters: [{ Name: 'colour', Values: ['green'] }] }))).to.equal(
        'ValidationError',
      )
    })

    it('pages, and takes 50 names at most, 100 with MaxRecords', async () => {
      for (let index = 0; index < 3; index += 1)
        world().createAutoScalingGroup({ name: `a${index}`, desiredCapacity: 0 })
      const first = await run(describeGroups({ MaxRecords: 3 }))
      expect(first.AutoScalingGroups).to.have.length(3)
      const second = await run(
        describeGroups({ MaxRecords: 3, ...(first.NextToken && { NextToken: first.NextToken }) }),
      )
      expect(second.AutoScalingGroups).to.have.length(1)
      expect(second.NextToken).to.equal(undefined)
      expect(await code(describeGroups({ AutoScalingGroupNames: Array(51).fill('a') }))).to.equal('ValidationError')
      await run(describeGroups({ AutoScalingGroupNames: Array(100).fill('a'), MaxRecords: 100 }))
      expect(await code(describeGroups({ MaxRecords: 101 }))).to.equal('ValidationError')
      expect(await code(describeGroups({ NextToken: 'mine' }))).to.equal('InvalidNextToken')
    })

    it('pages what it filters', async () => {
      for (const name of ['a', 'b', 'c', 'd'])
        world().createAutoScalingGroup({ name, desiredCapacity: 0, ...(name !== 'b' && { tags: { team: 'mail' } }) })
      const filtered = { Filters: [{ Name: 'tag-key', Values: ['team'] }], MaxRecords: 2 }
      const first = await run(describeGroups(filtered))
      const second = await run(describeGroups({ ...filtered, NextToken: first.NextToken ?? '' }))
      const names = [first, second].map((page) => page.AutoScalingGroups?.map((one) => one.AutoScalingGroupName))
      expect(names).to.deep.equal([['a', 'c'], ['d']])
      expect(second.NextToken).to.equal(undefined)
    })

    describe('suspending and resuming processes', () => {
      const suspend = (ScalingProcesses?: string[], AutoScalingGroupName = 'blue') =>
        clients.autoScaling.send(
          new SuspendProcessesCommand({ AutoScalingGroupName, ...(ScalingProcesses && { ScalingProcesses }) }),
        )
      const resume = (ScalingProcesses?: string[], AutoScalingGroupName = 'blue') =>
        clients.autoScaling.send(
          new ResumeProcessesCommand({ AutoScalingGroupName, ...(ScalingProcesses && { ScalingProcesses }) }),
        )
      const suspended = async () =>
        (
          await run(describeGroups({ AutoScalingGroupNames: ['blue'] }))
        ).AutoScalingGroups?.[0]?.SuspendedProcesses?.map(({ ProcessName }) => ProcessName)

      it('may be done twice, and changes only the processes that are named', async () => {
        await run(suspend(['HealthCheck', 'AZRebalance']))
        await run(suspend(['AZRebalance', 'Launch']))
        expect(await suspended()).to.deep.equal(['HealthCheck', 'AZRebalance', 'Launch'])
        await run(resume(['AZRebalance', 'Launch']))
        await run(resume(['AZRebalance', 'Launch']))
        expect(await suspended()).to.deep.equal(['HealthCheck'])
      })

      it('changes every process where none is named', async () => {
        await run(suspend())
        expect(await suspended()).to.have.members([
          'Launch',
          'Terminate',
          'AddToLoadBalancer',
          'AlarmNotification',
          'AZRebalance',
          'HealthCheck',
          'InstanceRefresh',
          'ReplaceUnhealthy',
          'ScheduledActions',
        ])
        await run(resume())
        expect(await suspended()).to.deep.equal([])
      })

      it('is refused for a process or a group that does not exist, and for a group under deletion', async () => {
        for (const change of [suspend, resume]) {
          expect(await code(change(['HealthCheck', 'Lunch']))).to.equal('ValidationError')
          expect((await refused(change([], 'nobody'))).message).to.contain("AutoScalingGroup 'nobody' not found")
        }
        Object.assign(world().autoScalingGroups.get('blue') ?? {}, { status: 'Delete in progress' })
        for (const change of [suspend, resume])
          expect(await refused(change(['Launch']))).to.deep.equal({
            code: 'ValidationError',
            status: 400,
            message: 'AutoScalingGroup blue is pending delete',
          })
        expect(await suspended()).to.deep.equal([])
      })
    })

    describe('tagging', () => {
      type Change = { Key: string; Value?: string; PropagateAtLaunch?: boolean; ResourceId?: string }
      const tags = (changes: Change[]) => ({
        Tags: changes.map((change) => ({ ResourceId: 'blue', ResourceType: 'auto-scaling-group', ...change })),
      })
      const put = (...changes: Change[]) => clients.autoScaling.send(new CreateOrUpdateTagsCommand(tags(changes)))
      const remove = (...changes: Change[]) => clients.autoScaling.send(new DeleteTagsCommand(tags(changes)))
      const many = (count: number, prefix: string) =>
        Array.from({ length: count }, (_, index) => ({ Key: `${prefix}${index}`, Value: '' }))
      const tagsOf = async (name: string) =>
        (await run(describeGroups({ AutoScalingGroupNames: [name] }))).AutoScalingGroups?.[0]?.Tags
      const tag = (Key: string, Value: string, PropagateAtLaunch: boolean) => ({
        ResourceId: 'blue',
        ResourceType: 'auto-scaling-group',
        Key,
        Value,
        PropagateAtLaunch,
      })

      it('creates and changes tags of several groups in one call', async () => {
        world().createAutoScalingGroup({ name: 'other', tags: { team: 'mail' } })
        await run(
          put(
            { Key: 'greenlight:record', Value: 'd-1', PropagateAtLaunch: false },
            { Key: 'team', Value: 'shop', PropagateAtLaunch: true },
            { Key: 'team', Value: 'post', ResourceId: 'other' },
          ),
        )
        await run(put({ Key: 'greenlight:record', Value: 'd-2' }))
        expect(await tagsOf('blue')).to.deep.equal([tag('greenlight:record', 'd-2', false), tag('team', 'shop', true)])
        expect((await tagsOf('other'))?.map(({ Value }) => Value)).to.deep.equal(['post'])
      })

      it('deletes tags, and ignores one that does not exist or has another value', async () => {
        await run(put({ Key: 'a', Value: '1' }, { Key: 'b', Value: '2' }, { Key: 'c', Value: '3' }))
        await run(remove({ Key: 'a' }, { Key: 'b', Value: '2' }, { Key: 'c', Value: '4' }, { Key: 'd' }))
        expect(await tagsOf('blue')).to.deep.equal([tag('c', '3', false)])
      })

      it('takes 25 tags a call and 50 a group at most, all or none', async () => {
        world().createAutoScalingGroup({ name: 'other', desiredCapacity: 0 })
        expect(await code(put(...many(26, 'a')))).to.equal('ValidationError')
        expect(await code(remove(...many(26, 'a')))).to.equal('ValidationError')
        await run(put(...many(25, 'a')))
        await run(put(...many(25, 'b')))
        const elsewhere = { Key: 'team', Value: 'mail', ResourceId: 'other' }
        expect(await refused(put(elsewhere, { Key: 'c', Value: '' }))).to.include({
          code: 'LimitExceededFault',
          status: 400,
        })
        expect(await tagsOf('other')).to.deep.equal([])
        await run(put(elsewhere, { Key: 'a1', Value: 'changed' }))
        expect(await tagsOf('blue')).to.have.length(50)
      })

      it('refuses a key or value that is too long, reserved keys, and groups that do not exist or are under deletion', async () => {
        await run(put({ Key: 'k'.repeat(128), Value: 'v'.repeat(256) }))
        expect(await code(put({ Key: 'k'.repeat(129), Value: '' }))).to.equal('ValidationError')
        expect(await code(put({ Key: '', Value: '' }))).to.equal('ValidationError')
        expect(await code(put({ Key: 'k', Value: 'v'.repeat(257) }))).to.equal('ValidationError')
        expect(await code(put({ Key: 'aws:k', Value: '' }))).to.equal('ValidationError')
        for (const change of [put, remove]) {
          const { message } = await refused(change({ Key: 'k' }, { Key: 'k', ResourceId: 'nobody' }))
          expect(message).to.contain("AutoScalingGroup name not found - AutoScalingGroup 'nobody' not found")
        }
        Object.assign(world().autoScalingGroups.get('blue') ?? {}, { status: 'Delete in progress' })
        for (const change of [put, remove])
          expect((await refused(change({ Key: 'k' }))).message).to.contain('pending delete')
        expect(await tagsOf('blue')).to.have.length(1)
      })

      it('describes tags by filter and by page', async () => {
        world().createAutoScalingGroup({ name: 'other', desiredCapacity: 0, tags: { team: 'shop', colour: 'red' } })
        await run(put({ Key: 'team', Value: 'shop', PropagateAtLaunch: true }))
        const describeTags = (input: Partial<DescribeTagsCommandInput>) =>
          clients.autoScaling.send(new DescribeTagsCommand(input))
        const paged = { Filters: [{ Name: 'key', Values: ['team'] }], MaxRecords: 1 }
        const first = await run(describeTags(paged))
        const second = await run(describeTags({ ...paged, NextToken: first.NextToken ?? '' }))
        expect(first.Tags).to.deep.equal([tag('team', 'shop', true)])
        expect(second.Tags?.map(({ ResourceId }) => ResourceId)).to.deep.equal(['other'])
        expect(second.NextToken).to.equal(undefined)
        const found = async (filters: Record<string, string>) => {
          const Filters = Object.entries(filters).map(([Name, value]) => ({ Name, Values: [value] }))
          return (await run(describeTags({ Filters }))).Tags?.map(({ ResourceId, Key }) => `${ResourceId} ${Key}`)
        }
        expect(await found({})).to.deep.equal(['blue team', 'other team', 'other colour'])
        expect(await found({ 'auto-scaling-group': 'other' })).to.deep.equal(['other team', 'other colour'])
        expect(await found({ value: 'red' })).to.deep.equal(['other colour'])
        expect(await found({ 'propagate-at-launch': 'true' })).to.deep.equal(['blue team'])
        expect(await found({ key: 'team', 'auto-scaling-group': 'other' })).to.deep.equal(['other team'])
        expect(await code(describeTags({ Filters: [{ Name: 'team', Values: [] }] }))).to.equal('ValidationError')
      })
    })

    it('attaches, describes and detaches target groups, ten a call', async () => {
      const other = world().createTargetGroup({ name: 'other' }).arn
      const state = async () =>
        (
          await run(
            clients.autoScaling.send(new DescribeLoadBalancerTargetGroupsCommand({ AutoScalingGroupName: 'blue' })),
          )
        ).LoadBalancerTargetGroups?.find((one) => one.LoadBalancerTargetGroupARN === other)?.State
      await run(attach('blue', [other]))
      expect(await state()).to.equal('Adding')
      await arranged.time.advance(20_000)
      expect(await state()).to.equal('InService')
      const detach = (arn: string) =>
        clients.autoScaling.send(
          new DetachLoadBalancerTargetGroupsCommand({ AutoScalingGroupName: 'blue', TargetGroupARNs: [arn] }),
        )
      await run(detach(other))
      expect(await state()).to.equal('Removing')
      await arranged.time.advance(61_000)
      expect(await state()).to.equal(undefined)
      expect(await code(detach(other))).to.equal('ValidationError')
      expect(await code(attach('blue', Array(11).fill(other)))).to.equal('ValidationError')
      expect(await code(attach('blue', []))).to.equal('ValidationError')
    })

    it('refuses to attach a target group that does not exist or is not of type instance, or to a group under deletion', async () => {
      const ip = world().createTargetGroup({ name: 'ip', targetType: 'ip' }).arn
      expect(await refused(attach('blue', [`${webArn}x`]))).to.include({ code: 'ValidationError', status: 400 })
      expect(await code(attach('blue', [ip]))).to.equal('ValidationError')
      expect((await refused(attach('nobody', [webArn]))).message).to.contain("AutoScalingGroup 'nobody' not found")
      Object.assign(world().autoScalingGroups.get('blue') ?? {}, { status: 'Delete in progress' })
      expect((await refused(attach('blue', [webArn]))).message).to.contain('pending delete')
    })

    it('accepts a target group that is attached already, or refuses it where a switch says so', async () => {
      await run(attach('blue', [webArn]))
      await arranged.end()
      await begin({ switches: { reattachIsError: true } })
      expect(await code(attach('blue', [webArn]))).to.equal('ValidationError')
    })

    it('lists the two families of attachments apart, or together where a switch says so', async () => {
      for (const trafficSourcesShowAsTargetGroups of [false, true]) {
        await arranged.end()
        await begin({ switches: { trafficSourcesShowAsTargetGroups } })
        const other = world().createTargetGroup({ name: 'other' }).arn
        const TrafficSources = [{ Identifier: other, Type: 'elbv2' }]
        await run(
          clients.autoScaling.send(new AttachTrafficSourcesCommand({ AutoScalingGroupName: 'blue', TrafficSources })),
        )
        const { AutoScalingGroups: [blue] = [] } = await run(describeGroups({ AutoScalingGroupNames: ['blue'] }))
        const sources = blue?.TrafficSources?.map(({ Identifier }) => Identifier)
        const both = trafficSourcesShowAsTargetGroups
        expect(blue?.TargetGroupARNs).to.deep.equal(both ? [webArn, other] : [webArn])
        expect(sources).to.have.members(both ? [webArn, other] : [other])
        const list = new DescribeLoadBalancerTargetGroupsCommand({ AutoScalingGroupName: 'blue' })
        const { LoadBalancerTargetGroups: listed = [] } = await run(clients.autoScaling.send(list))
        expect(listed.map((one) => one.LoadBalancerTargetGroupARN)).to.deep.equal([webArn])
        const detach = new DetachTrafficSourcesCommand({ AutoScalingGroupName: 'blue', TrafficSources })
        await run(clients.autoScaling.send(detach))
        expect(world().autoScalingGroups.get('blue')?.trafficSources).to.deep.equal([])
      }
    })

    it('sets a desired capacity between minimum and maximum', async () => {
      const set = (DesiredCapacity: number) =>
        clients.autoScaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: 'blue', DesiredCapacity }))
      await run(set(3))
      expect(world().autoScalingGroups.get('blue')?.desiredCapacity).to.equal(3)
      expect((await refused(set(21))).message).to.contain('above max value 20')
      expect(await code(set(-1))).to.equal('ValidationError')
    })

    it('refuses an operation that it does not have', async () => {
      expect(await code(clients.autoScaling.send(new DescribePoliciesCommand({})))).to.equal('InvalidAction')
    })
  })

  describe('as Elastic Load Balancing', () => {
    const byName = (Names: string[]) => clients.elb.send(new DescribeTargetGroupsCommand({ Names }))
    const health = (Targets?: { Id: string; Port?: number }[]) =>
      clients.elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: webArn, ...(Targets && { Targets }) }))

    it('describes twenty target groups at most, and fails the whole call for one missing name', async () => {
      const { TargetGroups: [web] = [] } = await run(byName(['web']))
      expect(web).to.deep.include({
        TargetGroupName: 'web',
        TargetGroupArn: webArn,
        TargetType: 'instance',
        Port: 80,
        HealthCheckIntervalSeconds: 10,
        Matcher: { HttpCode: '200' },
      })
      expect(web?.LoadBalancerArns).to.have.length(1)
      expect(await refused(byName(['web', 'nobody']))).to.deep.equal({
        code: 'TargetGroupNotFoundException',
        status: 400,
        message: 'One or more target groups not found',
      })
      expect(await code(byName(Array(21).fill('web')))).to.equal('ValidationError')
      expect(await code(byName(['x'.repeat(33)]))).to.equal('ValidationError')
    })

    it('describes target health with reason and description, also of a target that is not registered', async () => {
      const { TargetHealthDescriptions: all = [] } = await run(health())
      expect(all.map(({ TargetHealth }) => TargetHealth)).to.deep.equal([{ State: 'healthy' }, { State: 'healthy' }])
      const { TargetHealthDescriptions: [one] = [] } = await run(health([{ Id: 'i-0000' }]))
      expect(one?.TargetHealth).to.deep.equal({
        State: 'unused',
        Reason: 'Target.NotRegistered',
        Description: 'Target is not registered to the target group',
      })
    })

    it('tells targets apart by port', async () => {
      const [first = ''] = idsOf(arranged.simulator, 'blue')
      const { TargetHealthDescriptions: found } = await run(
        health([
          { Id: first, Port: 80 },
          { Id: first, Port: 81 },
        ]),
      )
      expect(found?.map(({ Target, TargetHealth }) => [Target?.Port, TargetHealth?.State])).to.deep.equal([
        [80, 'healthy'],
        [81, 'unused'],
      ])
    })

    it('registers and deregisters targets', async () => {
      const [first = ''] = idsOf(arranged.simulator, 'blue')
      const input = { TargetGroupArn: webArn, Targets: [{ Id: first }] }
      const state = async () => (await run(health([{ Id: first }]))).TargetHealthDescriptions?.[0]?.TargetHealth?.State
      await run(clients.elb.send(new DeregisterTargetsCommand(input)))
      expect(await state()).to.equal('draining')
      await run(clients.elb.send(new RegisterTargetsCommand(input)))
      expect(await state()).to.equal('initial')
      const nobody = new RegisterTargetsCommand({ TargetGroupArn: webArn, Targets: [{ Id: 'i-0' }] })
      expect(await code(clients.elb.send(nobody))).to.equal('InvalidTargetException')
    })

    it('registers none of the instances of a call while one of them is not running', async () => {
      const [first = '', second = ''] = idsOf(arranged.simulator, 'blue')
      const spare = world().createTargetGroup({ name: 'spare' })
      world().setDesiredCapacity('blue', 3)
      const launching = idsOf(arranged.simulator, 'blue').at(-1) ?? ''
      const register = (...ids: string[]) =>
        clients.elb.send(new RegisterTargetsCommand({ TargetGroupArn: spare.arn, Targets: ids.map((Id) => ({ Id })) }))
      expect(await refused(register(first, 'i-0', launching))).to.deep.equal({
        code: 'InvalidTargetException',
        status: 400,
        message: `The following targets are not in a running state and cannot be registered: 'i-0', '${launching}'`,
      })
      expect([...spare.targets.keys()]).to.deep.equal([])
      await run(register(first, second))
      expect([...spare.targets.keys()]).to.deep.equal([first, second])
    })

    it('creates a target group, and a listener of a load balancer that makes it one in use', async () => {
      const create = new CreateTargetGroupCommand({
        ...{ Name: 'greenlight-web', Protocol: 'HTTP', Port: 80, VpcId: 'vpc-1', HealthCheckPath: '/health' },
        Tags: [{ Key: 'greenlight:gated-by', Value: 'shop/production' }],
      })
      const { TargetGroups: [created] = [] } = await run(clients.elb.send(create))
      const TargetGroupArn = created?.TargetGroupArn ?? ''
      expect(created).to.deep.include({ VpcId: 'vpc-1', HealthCheckPath: '/health', HealthCheckPort: 'traffic-port' })
      expect(await code(clients.elb.send(create))).to.equal('DuplicateTargetGroupNameException')

      const targetGroup = world().targetGroups.get('greenlight-web')
      const [first = ''] = idsOf(arranged.simulator, 'blue')
      await run(clients.elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: first }] })))
      expect(targetGroup?.targets.get(first)?.reason).to.equal('Target.NotInUse')

      const [LoadBalancerArn = ''] = world().targetGroups.get('web')?.loadBalancerArns ?? []
      const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn }]
      const listen = (asked: object = {}) =>
        clients.elb.send(
          new CreateListenerCommand({ LoadBalancerArn, Protocol: 'HTTP', Port: 9000, DefaultActions, ...asked }),
        )
      const { Listeners: [listener] = [] } = await run(listen())
      expect(listener).to.deep.include({ LoadBalancerArn, Port: 9000, Protocol: 'HTTP', DefaultActions })
      expect(targetGroup?.loadBalancerArns).to.deep.equal([LoadBalancerArn])
      await arranged.time.advance(30_000)
      expect(targetGroup?.targets.get(first)?.state).to.equal('healthy')

      expect(await code(listen())).to.equal('DuplicateListenerException')
      const other = world().createTargetGroup({ name: 'other' }).loadBalancerArns[0] ?? ''
      expect(await code(listen({ LoadBalancerArn: other }))).to.equal('TargetGroupAssociationLimitException')
      expect(await code(listen({ LoadBalancerArn: `${other}x` }))).to.equal('LoadBalancerNotFoundException')
    })

    it('refuses unknown operations and malformed input', async () => {
      const of = (TargetGroupArn: string) => clients.elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }))
      expect(await code(of(`${webArn}x`))).to.equal('TargetGroupNotFoundException')
      expect(await code(of('web'))).to.equal('ValidationError')
      expect(await code(clients.elb.send(new DescribeAccountLimitsCommand({})))).to.equal('InvalidAction')
    })
  })

  it('records every call: the caller, the IAM action, the ARNs that it is authorized on, the end', async () => {
    const deploymentId = world().deploy({ deploymentGroup: 'production' })
    const { codeDeploy, autoScaling } = arranged.clients({ kind: 'lambda', functionName: 'gate' })
    await run(codeDeploy.send(new GetDeploymentCommand({ deploymentId })))
    await code(
      autoScaling.send(
        new AttachLoadBalancerTargetGroupsCommand({ AutoScalingGroupName: 'none', TargetGroupARNs: [webArn] }),
      ),
    )
    const principal = { kind: 'lambda', functionName: 'gate' }
    expect(arranged.simulator.calls.map(({ at: _, ...call }) => call)).to.deep.equal([
      {
        service: 'codedeploy',
        action: 'codedeploy:GetDeployment',
        principal,
        input: { deploymentId },
        resources: ['arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:shop/production'],
        context: {},
        outcome: 'ok',
        effect: 'nothing',
      },
      {
        service: 'autoscaling',
        action: 'autoscaling:AttachLoadBalancerTargetGroups',
        principal,
        input: { AutoScalingGroupName: 'none', TargetGroupARNs: [webArn] },
        resources: ['arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:*:autoScalingGroupName/none'],
        context: { 'autoscaling:TargetGroupARNs': [webArn] },
        outcome: 'ValidationError',
        effect: 'nothing',
      },
    ])
  })

  it('names the condition keys of IAM: the tags of the group, those asked for, and the attached target groups', async () => {
    world().createAutoScalingGroup({ name: 'green', tags: { team: 'shop', 'greenlight:record': 'd-1' } })
    const carried = {
      'aws:ResourceTag/team': 'shop',
      'autoscaling:ResourceTag/team': 'shop',
      'aws:ResourceTag/greenlight:record': 'd-1',
      'autoscaling:ResourceTag/greenlight:record': 'd-1',
    }
    const group = { AutoScalingGroupName: 'green' }
    const tag = { ResourceId: 'green', ResourceType: 'auto-scaling-group', Key: 'greenlight:held' }
    const { autoScaling } = clients
    await run(autoScaling.send(new AttachLoadBalancerTargetGroupsCommand({ ...group, TargetGroupARNs: [webArn] })))
    await run(autoScaling.send(new AttachTrafficSourcesCommand({ ...group, TrafficSources: [{ Identifier: webArn }] })))
    await run(autoScaling.send(new SuspendProcessesCommand({ ...group, ScalingProcesses: ['AZRebalance'] })))
    await run(autoScaling.send(new CreateOrUpdateTagsCommand({ Tags: [{ ...tag, Value: 'd-1 AZRebalance' }] })))
    await run(autoScaling.send(new DeleteTagsCommand({ Tags: [tag, { ...tag, Key: 'team' }] })))
    await run(autoScaling.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ['green'] })))
    const held = {
      'aws:ResourceTag/greenlight:held': 'd-1 AZRebalance',
      'autoscaling:ResourceTag/greenlight:held': 'd-1 AZRebalance',
    }
    expect(arranged.simulator.calls.map(({ context }) => context)).to.deep.equal([
      { ...carried, 'autoscaling:TargetGroupARNs': [webArn] },
      { ...carried, 'autoscaling:TrafficSourceIdentifiers': [webArn] },
      carried,
      {
        ...carried,
        'aws:TagKeys': ['greenlight:held'],
        'aws:RequestTag/greenlight:held': 'd-1 AZRebalance',
      },
      { ...carried, ...held, 'aws:TagKeys': ['greenlight:held', 'team'] },
      {},
    ])
    const { arn } = world().autoScalingGroups.get('green') ?? {}
    expect(arranged.simulator.calls.map(({ resources }) => resources)).to.deep.equal([...Array(5).fill([arn]), ['*']])
  })

  it('authorizes ListDeployments and BatchGetDeployments on their deployment groups', async () => {
    const deploymentId = world().deploy({ deploymentGroup: 'production' })
    const names = { applicationName: 'shop', deploymentGroupName: 'production' }
    await run(clients.codeDeploy.send(new ListDeploymentsCommand(names)))
    await run(clients.codeDeploy.send(new ListDeploymentsCommand({})))
    await run(clients.codeDeploy.send(new BatchGetDeploymentsCommand({ deploymentIds: [deploymentId, deploymentId] })))
    const arn = (name: string) => [`arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:${name}`]
    expect(arranged.simulator.calls.map(({ resources }) => resources)).to.deep.equal([
      arn('shop/production'),
      arn('*/*'),
      arn('shop/production'),
    ])
  })

  it('refuses and records a call that is signed for another region', async () => {
    const { simulator } = arranged
    const { endpoint } = simulator
    const credentials = simulator.credentials({ kind: 'user' })
    const elsewhere = { endpoint, credentials, region: 'us-east-1', maxAttempts: 1 }
    const away = [new CodeDeployClient(elsewhere), new AutoScalingClient(elsewhere)] as const
    const message = "Credential should be scoped to a valid region, not 'us-east-1'."
    expect(await refused(away[0].send(new ListDeploymentsCommand({})))).to.deep.equal({
      code: 'InvalidSignatureException',
      status: 400,
      message,
    })
    expect(await refused(away[1].send(new DescribeAutoScalingGroupsCommand({})))).to.deep.equal({
      code: 'SignatureDoesNotMatch',
      status: 403,
      message,
    })
    for (const client of away) client.destroy()
    expect(simulator.calls.map(({ outcome }) => outcome)).to.deep.equal([
      'InvalidSignatureException',
      'SignatureDoesNotMatch',
    ])
  })

  it("asks authorize before every call, and denies access in AWS's words", async () => {
    await arranged.end()
    await begin({ authorize: ({ action }) => action.startsWith('codedeploy:') || 'You shall not pass' })
    await run(
      clients.codeDeploy.send(
        new ListTagsForResourceCommand({ ResourceArn: world().deploymentGroups.get('shop/production')?.arn }),
      ),
    )
    const describe = clients.autoScaling.send(new DescribeAutoScalingGroupsCommand({}))
    expect(await refused(describe)).to.deep.equal({ code: 'AccessDenied', status: 403, message: 'You shall not pass' })
    arranged.simulator.faults.add({ kind: 'accessDenied', action: 'codedeploy:GetDeployment' })
    const deploymentId = world().deploy({ deploymentGroup: 'production' })
    expect(await refused(clients.codeDeploy.send(new GetDeploymentCommand({ deploymentId })))).to.deep.equal({
      code: 'AccessDeniedException',
      status: 400,
      message:
        'User: arn:aws:iam::123456789012:user/you is not authorized to perform: codedeploy:GetDeployment on resource: ' +
        'arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:shop/production because no identity-based policy ' +
        'allows the codedeploy:GetDeployment action',
    })
  })

  it('refuses an unsigned request with MissingAuthenticationToken', async () => {
    const { handle } = arranged.simulator
    const body = 'Action=DescribeAutoScalingGroups&Version=2011-01-01'
    const query = await handle({ method: 'POST', path: '/', headers: {}, body })
    expect(query.status).to.equal(403)
    expect(query.body).to.contain('<Code>MissingAuthenticationToken</Code>')
    const headers = { 'x-amz-target': 'CodeDeploy_20141006.GetDeployment' }
    const json = await handle({ method: 'POST', path: '/', headers, body: '{}' })
    expect(JSON.parse(json.body)).to.include({ __type: 'MissingAuthenticationToken' })
    expect((await handle({ method: 'GET', path: '/', headers: {}, body: '' })).status).to.equal(403)
  })
})
