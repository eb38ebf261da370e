/**
 * Why Greenlight runs. `hook`: CodeDeploy waits for a reported status. `call`: a script, a pipeline or a person reads the
 * return value. `notification`: CodeDeploy told of a deployment. `schedule`: a sweep finishes what is over. `healing`: a
 * sweep attaches what has been missing for long. `aftermath`: a hook was answered `Failed`, and its deployment ends.
 */
export type Trigger = 'hook' | 'call' | 'notification' | 'schedule' | 'healing' | 'aftermath'

/** Whether a caller waits for a verdict. */
export const expectsVerdict = (trigger: Trigger): trigger is 'hook' | 'call' => trigger === 'hook' || trigger === 'call'

/** Whether Greenlight heard of the deployment by itself: nobody named it, and nobody waits. */
export const isUnasked = (trigger: Trigger): boolean =>
  trigger === 'notification' || trigger === 'schedule' || trigger === 'healing'
