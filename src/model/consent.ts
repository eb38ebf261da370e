/** What the owner of an Auto Scaling group or a target group writes, to have a Lambda or ECS deployment group gate it. */
export const consentTag = 'greenlight:gated-by'

/** The deployment groups, `application/group`, to which an owner agrees. */
export const agreedBy = (tags: ReadonlyMap<string, string>): readonly string[] =>
  (tags.get(consentTag) ?? '').split(/\s+/).filter((name) => name !== '')
