import { expect } from 'chai'
import { XMLParser } from 'fast-xml-parser'
import { type Simulator, simulate, type WireRequest } from '../simulate.ts'

/** A request for a service, signed as far as the simulator looks. */
const requestFor = (service: string, request: Partial<WireRequest>): WireRequest => ({
  method: 'POST',
  path: '/',
  body: '',
  ...request,
  headers: {
    authorization: `AWS4-HMAC-SHA256 Credential=x/20260101/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    ...request.headers,
  },
})

const form = (action: string, version: string) => ({ body: `Action=${action}&Version=${version}` })
const parsed = (xml: string) => new XMLParser({ ignoreAttributes: false }).parse(xml)

describe('a request for what the simulator does not serve', () => {
  let simulator: Simulator
  const ask = (service: string, request: Partial<WireRequest>) => simulator.handle(requestFor(service, request))
  const sentence = (operation: string, service: string) =>
    `This simulator does not serve ${operation} of ${service}. The services that it has are codedeploy, autoscaling, elasticloadbalancing, lambda, account.`

  before(async () => {
    simulator = await simulate({ inProcess: true })
  })
  after(() => simulator.close())

  it('is refused in the Query protocol, where the service speaks that', async () => {
    const { status, headers, body } = await ask('sts', form('GetCallerIdentity', '2011-06-15'))
    expect({ status, type: headers['content-type'] }).to.deep.equal({ status: 400, type: 'text/xml' })
    expect(parsed(body).ErrorResponse.Error).to.deep.equal({
      Type: 'Sender',
      Code: 'InvalidAction',
      Message: sentence('GetCallerIdentity', 'sts'),
    })
  })

  it('is refused as EC2 refuses, where the service is EC2', async () => {
    const { status, body } = await ask('ec2', form('DescribeInstances', '2016-11-15'))
    expect(status).to.equal(400)
    expect(parsed(body).Response.Errors.Error).to.deep.equal({
      Code: 'InvalidAction',
      Message: sentence('DescribeInstances', 'ec2'),
    })
  })

  it('is refused in the XML of S3, where the service is S3', async () => {
    const { status, body } = await ask('s3', { method: 'GET', path: '/releases?list-type=2' })
    expect(status).to.equal(501)
    expect(parsed(body).Error).to.include({ Code: 'NotImplemented', Message: sentence('GET /releases', 's3') })
  })

  it('is refused in XML, where the service speaks REST in XML', async () => {
    const { status, body } = await ask('route53', { method: 'GET', path: '/2013-04-01/hostedzone' })
    expect(status).to.equal(400)
    expect(parsed(body).ErrorResponse.Error.Message).to.equal(sentence('GET /2013-04-01/hostedzone', 'route53'))
  })

  it('is refused in JSON, where the service speaks JSON', async () => {
    const { status, body } = await ask('dynamodb', {
      headers: { 'x-amz-target': 'DynamoDB_20120810.ListTables' },
      body: '{}',
    })
    expect(status).to.equal(400)
    expect(JSON.parse(body)).to.deep.equal({
      __type: 'UnknownOperationException',
      message: sentence('ListTables', 'dynamodb'),
    })
  })

  it('is refused in REST JSON, where the service speaks that', async () => {
    const { status, headers, body } = await ask('eks', { method: 'GET', path: '/clusters' })
    expect({ status, type: headers['x-amzn-errortype'] }).to.deep.equal({
      status: 404,
      type: 'UnknownOperationException',
    })
    expect(JSON.parse(body)).to.deep.equal({ message: sentence('GET /clusters', 'eks') })
  })

  it('is answered with the operations of the service, where the service has no such operation', async () => {
    const { status, body } = await ask('lambda', { method: 'GET', path: '/2015-03-31/functions/' })
    expect(status).to.equal(404)
    expect(JSON.parse(body).message).to.equal(
      'This simulator does not serve GET /2015-03-31/functions/ of lambda. It serves Invoke.',
    )
    const classic = await ask('elasticloadbalancing', form('DescribeLoadBalancers', '2012-06-01'))
    expect(parsed(classic.body).ErrorResponse.Error.Message).to.equal(
      'This simulator does not serve DescribeLoadBalancers of version 2012-06-01, but operations of version 2015-12-01.',
    )
  })
})
