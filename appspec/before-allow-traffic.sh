#!/bin/sh
# Greenlight before-allow-traffic.sh
version=0.1.0
#
# Asks Greenlight whether CodeDeploy may send traffic to this instance, and passes the verdict on as an exit status.
#
# Put this file into your bundle and name it in appspec.yml under BeforeAllowTraffic (see appspec-ec2.yml). The instance
# profile needs the permissions in instance-profile-policy.json. The CodeDeploy agent passes no settings on to a script:
# change them here. Exit status 0 means that Greenlight said "Succeeded", or that this is no first-hand blue/green
# deployment (but one in place, a rollback, or one for an instance that Auto Scaling launched). Any other exit status
# fails this instance, and the last line on stderr says why.

# The name or ARN of Greenlight's function: the parameter FunctionName of its stack.
: "${GREENLIGHT_FUNCTION:=CodeDeployHook_greenlight}"
# How long to wait for a verdict, in seconds. Give the script's timeout in appspec.yml (3600 at most) 300 seconds more.
: "${GREENLIGHT_TIMEOUT_SECONDS:=1800}"
# How long one call may wait for a verdict, in seconds. Calls are short because a NAT gateway drops a connection that is
# silent for 350 seconds.
: "${GREENLIGHT_WAIT_SECONDS:=45}"
# What happens to a blue/green deployment when this script cannot reach Greenlight (no permission, no network, no such
# function): "fail" fails this instance, "pass" lets the deployment continue without a verdict.
: "${GREENLIGHT_UNREACHABLE:=fail}"
# The region of Greenlight's function: AWS_REGION, else AWS_DEFAULT_REGION, else the region of this instance.
# AWS_REGION=eu-west-1

set -u
umask 077

# The agent's own PATH may name /bin and /usr/bin only; the AWS CLI is often in one of the others.
PATH=${PATH:-/usr/bin:/bin}:/usr/local/bin:/snap/bin
# The AWS CLI makes one attempt; this script repeats it, and so knows how long a call takes at most.
AWS_MAX_ATTEMPTS=1
export PATH AWS_MAX_ATTEMPTS

# How often a call may fail in a row before this script gives up: nothing answers, or the function breaks.
tries=5
# How many seconds longer than it waits for a verdict a call may take, for a cold start or a slow network.
slack=15

work=''  # our directory for temporary files
child='' # the command that runs now
region=''
instance=''
token=''
started=''
passed=0
error='there was no time for a call'
advice=''

main() {
    check_settings
    work=$(mktemp -d "${TMPDIR:-/tmp}/greenlight.XXXXXX" 2>/dev/null) ||
        die "mktemp could not make a temporary directory in ${TMPDIR:-/tmp}: make room there, or set TMPDIR"
    started=$(date +%s)
    left=$GREENLIGHT_TIMEOUT_SECONDS
    if ! find_region; then
        end_unasked "the region is unknown: AWS_REGION and AWS_DEFAULT_REGION are not set, and $error" \
            "set AWS_REGION at the head of this script"
    fi
    find_instance
    say "before-allow-traffic.sh $version asks $GREENLIGHT_FUNCTION in $region about deployment $DEPLOYMENT_ID, for up to $GREENLIGHT_TIMEOUT_SECONDS s"
    ask_until_verdict
}

check_settings() {
    case ${DEPLOYMENT_ID:-} in
        '') refuse "DEPLOYMENT_ID is not set: let the CodeDeploy agent run this script, which sets it" ;;
        # codedeploy-local: the agent deploys to its own instance, and CodeDeploy knows nothing of it.
        d-*-local)
            say "nothing to gate: a local deployment, $DEPLOYMENT_ID"
            exit 0
            ;;
        d-*[!A-Z0-9]* | d-) refuse "DEPLOYMENT_ID is no deployment id (d-, then capital letters and digits): $DEPLOYMENT_ID" ;;
        d-*) ;;
        *) refuse "DEPLOYMENT_ID is no deployment id (d-, then capital letters and digits): $DEPLOYMENT_ID" ;;
    esac
    case ${LIFECYCLE_EVENT:-} in
        # Greenlight waits until every instance of green has finished ValidateService: it would wait for this script,
        # and this script for it.
        ApplicationStop | BeforeInstall | AfterInstall | ApplicationStart | ValidateService)
            refuse "LIFECYCLE_EVENT is $LIFECYCLE_EVENT: name this script under BeforeAllowTraffic in appspec.yml, because Greenlight gives no verdict before $LIFECYCLE_EVENT has ended" ;;
    esac
    case $GREENLIGHT_FUNCTION in
        -* | *[!A-Za-z0-9_:\$-]*) refuse "GREENLIGHT_FUNCTION is no name or ARN of a Lambda function: $GREENLIGHT_FUNCTION" ;;
    esac
    whole_number "$GREENLIGHT_TIMEOUT_SECONDS" 3300 ||
        refuse "GREENLIGHT_TIMEOUT_SECONDS is no whole number from 1 to 3300: $GREENLIGHT_TIMEOUT_SECONDS"
    whole_number "$GREENLIGHT_WAIT_SECONDS" 300 ||
        refuse "GREENLIGHT_WAIT_SECONDS is no whole number from 1 to 300: $GREENLIGHT_WAIT_SECONDS"
    case $GREENLIGHT_UNREACHABLE in
        fail | pass) ;;
        *) refuse "GREENLIGHT_UNREACHABLE is neither fail nor pass: $GREENLIGHT_UNREACHABLE" ;;
    esac
}

whole_number() { # whole_number TEXT MOST: is it one, from 1 to MOST?
    case $1 in
        '' | 0* | *[!0-9]* | ?????*) return 1 ;;
    esac
    [ "$1" -le "$2" ]
}

# Sets $region. Fails, with the reason in $error, if neither a setting nor the instance metadata names it.
find_region() {
    region=${AWS_REGION:-${AWS_DEFAULT_REGION:-}}
    [ -z "$region" ] || return 0
    try=1
    while :; do
        ask_region "${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}" && return 0
        if [ -z "${AWS_EC2_METADATA_SERVICE_ENDPOINT:-}" ]; then
            first_error=$error
            # An instance with IPv6 alone. The AWS CLI looks for its credentials where this variable says.
            if ask_region 'http://[fd00:ec2::254]'; then
                export AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=IPv6
                return 0
            fi
            error=$first_error
        fi
        [ "$try" -lt 4 ] || return 1
        pause "$try"
        try=$((try + 1))
    done
}

# Sets $instance, by which Greenlight knows which script of a fleet is to act. Without it every one may.
find_instance() {
    [ -n "$token" ] || find_token "${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}" || return 0
    ask_metadata --header "X-aws-ec2-metadata-token: $token" "$metadata/latest/meta-data/instance-id" || return 0
    case $told in
        i-*[!0-9a-f]* | i-) ;;
        i-*) instance=$told ;;
    esac
}

ask_region() { # ask_region METADATA-ENDPOINT: sets $region, or fails with $error
    find_token "$1" || return 1
    ask_metadata --header "X-aws-ec2-metadata-token: $token" "$metadata/latest/meta-data/placement/region" || return 1
    case $told in
        '' | *[!a-z0-9-]*)
            error="$metadata answered with no region: $told"
            return 1
            ;;
    esac
    region=$told
}

find_token() { # find_token METADATA-ENDPOINT: sets $metadata and $token, or fails with $error
    metadata=${1%/}
    token=''
    ask_metadata --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/latest/api/token" || return 1
    token=$told
}

ask_metadata() { # ask_metadata CURL-ARGUMENT...: sets $told, or fails with $error
    # Not through a proxy: that would answer with the region of its own instance.
    run curl --silent --show-error --fail --globoff --noproxy '*' --connect-timeout 2 --max-time 5 "$@"
    status=$?
    told=$(plain_text "$work/out")
    [ "$status" -eq 0 ] && return 0
    find_error "curl exited with status $status"
    error="the instance metadata at $metadata did not answer: $error"
    return 1
}

# Makes one call after another until Greenlight gives a verdict or time runs out.
ask_until_verdict() {
    heard=''    # the reason of the last answer Pending
    misses=0    # how many calls in a row brought no answer
    unreached=0 # how many calls in a row did not reach the function
    broken=0    # how many calls in a row the function failed
    outcome=''
    look_at_clock
    while [ "$left" -gt 0 ]; do
        wait_seconds=$GREENLIGHT_WAIT_SECONDS
        [ "$left" -ge "$wait_seconds" ] || wait_seconds=$left
        call "$wait_seconds"
        look_at_clock
        case $outcome in
            Succeeded)
                say "Succeeded after $passed s: $reason"
                exit 0
                ;;
            Failed)
                die "Failed after $passed s: $reason"
                ;;
            Pending)
                heard=$reason misses=0 unreached=0 broken=0
                progress "Pending: $reason"
                # Every instance asks, and Greenlight may answer at once: it says how long to pause in a fleet.
                pause "$retry_after"
                continue
                ;;
            busy)
                unreached=0 broken=0
                progress "no answer yet, will ask again: $error"
                ;;
            broken)
                unreached=0 broken=$((broken + 1))
                progress "no verdict yet, will ask again: $error"
                [ "$broken" -lt "$tries" ] || end_broken
                ;;
            unreached)
                broken=0 unreached=$((unreached + 1))
                progress "no answer yet, will ask again: $error"
                [ "$unreached" -lt "$tries" ] || end_unasked "$error" "$advice"
                ;;
            refused)
                end_unasked "$error" "$advice"
                ;;
        esac
        misses=$((misses + 1))
        case $misses in
            1) pause 2 ;;
            2) pause 4 ;;
            3) pause 8 ;;
            4) pause 16 ;;
            *) pause 30 ;;
        esac
    done
    if [ -n "$heard" ]; then
        die "no verdict within $GREENLIGHT_TIMEOUT_SECONDS s (GREENLIGHT_TIMEOUT_SECONDS). Greenlight's last answer was Pending: $heard"
    fi
    case $outcome in
        broken) end_broken ;;
        *) end_unasked "no answer within $GREENLIGHT_TIMEOUT_SECONDS s: $error" "$advice" ;;
    esac
}

# Calls Greenlight once and lets it wait $1 seconds for its verdict. Sets $outcome to one of
#   Succeeded, Failed, Pending   the verdict, with $reason, and $retry_after: how many seconds to pause before the next call
#   broken                       the function ran and gave no verdict; $error says what it did instead
#   busy, unreached, refused     the call did not reach the function; $error and $advice: see find_trouble
call() {
    printf '{"DeploymentId":"%s","WaitSeconds":%d%s}' "$DEPLOYMENT_ID" "$1" \
        "${instance:+,\"InstanceId\":\"$instance\"}" >"$work/payload"
    : >"$work/answer"
    # fileb: both major versions of the CLI send the file unchanged. A failed function leaves the exit status at 0.
    run aws lambda invoke --function-name "$GREENLIGHT_FUNCTION" --payload "fileb://$work/payload" --region "$region" \
        --cli-connect-timeout 10 --cli-read-timeout "$(($1 + slack))" \
        --query FunctionError --output text "$work/answer"
    status=$?
    if [ "$status" -ne 0 ]; then
        find_trouble "$status" Lambda
        return
    fi
    function_error=$(plain_text "$work/out")
    if [ "$function_error" != None ]; then
        outcome=broken
        text=$(read_answer 's/^.*"errorMessage": *"(([^"\\]|\\.)*)".*$/\1/p')
        error="$GREENLIGHT_FUNCTION failed ($function_error): ${text:-$(plain_text "$work/answer")}"
        return
    fi
    # Greenlight writes these keys in this order and without spaces. A quotation mark in a reason has a backslash before
    # it, so nothing in a reason looks like a key.
    text=$(read_answer 's/^\{"verdict":"(Succeeded|Failed|Pending)","reason":"(.*)","deploymentId":".*\}$/\1 \2/p')
    if [ -z "$text" ]; then
        outcome=broken
        error="$GREENLIGHT_FUNCTION gave an answer that is no verdict (is it Greenlight's?): $(plain_text "$work/answer")"
        return
    fi
    retry_after=$(read_answer 's/^.*"deploymentId":"[^"]*","retryAfterSeconds":([1-9][0-9]{0,2})\}$/\1/p')
    retry_after=${retry_after:-5}
    outcome=${text%% *}
    reason=${text#* }
    [ -n "$reason" ] || reason='(no reason given)'
}

# read_answer SUBSTITUTION: writes what sed prints of the answer with this substitution, on one line and without JSON's
# backslashes. The function's JSON.stringify escapes quotation marks, backslashes and control characters and nothing else;
# a control character becomes a space. Between the first step and the last a newline stands for a backslash.
read_answer() {
    tr '\000-\037\177' ' ' <"$work/answer" | LC_ALL=C sed -En "$1" | LC_ALL=C sed '
        s/\\\\/\
/g
        s/\\"/"/g
        s/\\u..../ /g
        s/\\./ /g
        s/\n/\\/g'
}

# Reads why an aws command failed: $1 is its exit status, $2 the service. Sets $error, $advice (or leaves it empty) and
# $outcome:
#   busy       the service cannot answer now: worth asking until time runs out
#   unreached  the cause may pass or not: worth asking a few times more
#   refused    asking again would change nothing
find_trouble() {
    outcome=unreached
    advice=''
    find_error "aws exited with status $1"
    case $1 in
        126 | 127)
            outcome=refused
            advice='install the AWS command line interface, version 1 or 2'
            return
            ;;
        2 | 252)
            outcome=refused
            advice="install an AWS command line interface that knows 'aws lambda invoke' and 'aws deploy get-deployment'"
            return
            ;;
    esac
    code='' # the service's error code; newer CLIs put one before their own errors too, without "when calling"
    case $error in
        *'An error occurred ('*') when calling '*)
            code=${error#*'An error occurred ('}
            code=${code%%')'*}
            ;;
    esac
    case $code in
        *Throttl* | TooManyRequests* | RequestLimitExceeded | 429 | ResourceConflictException | ResourceNotReadyException | \
            Service* | Internal* | EC2UnexpectedException | RequestTimeout* | 5[0-9][0-9])
            outcome=busy
            advice="look at the throttles and errors of $2 in $region (for Lambda also at the account's concurrency)"
            ;;
        AccessDenied*)
            outcome=refused
            advice='give the instance profile the permissions in instance-profile-policy.json'
            ;;
        ResourceNotFoundException)
            outcome=refused
            advice="deploy Greenlight in $region, or set GREENLIGHT_FUNCTION to its function's name"
            ;;
        *DoesNotExist*)
            outcome=refused
            ;;
        *Token* | *Signature* | UnrecognizedClient*)
            advice="check the instance's credentials and its clock"
            ;;
        '')
            case $error in
                *[Cc]redentials*) advice='give the instance an instance profile with the permissions in instance-profile-policy.json' ;;
                *onnect* | *timeout* | *endpoint*) advice="let the instance reach $2 in $region (a NAT gateway, or a VPC endpoint)" ;;
            esac
            ;;
    esac
}

# Sets $error to the line on stderr that says why the last command failed, or to $1 if there is none. The AWS CLI writes
# an empty line before it and may write details after it; an old Python writes warnings before it; after wrong usage the
# CLI explains itself at length.
find_error() {
    error=''
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
            *'An error occurred ('* | 'aws: error'* | 'aws: [ERROR]'*)
                error=$line
                break
                ;;
            *[![:space:]]*) error=$line ;;
        esac
    done <"$work/err"
    error=${error#'aws: [ERROR]: '}
    [ -n "$error" ] || error=$1
}

# Ends because the script could not ask Greenlight: $1 says why, $2 what to do about it (may be empty).
end_unasked() {
    end_without_verdict "$GREENLIGHT_UNREACHABLE" "could not ask $GREENLIGHT_FUNCTION: ${1%.}" "$2"
}

# Ends because Greenlight's function failed. It was reached, so GREENLIGHT_UNREACHABLE does not apply.
end_broken() {
    end_without_verdict fail "${error%.}" "look at the function's log"
}

# end_without_verdict FAIL-OR-PASS WHAT-HAPPENED WHAT-TO-DO
# A launch, a rollback and a deployment in place continue all the same: this script is in their bundle too and must
# never stand in their way. Only a first-hand blue/green deployment fails.
end_without_verdict() {
    happened=$2 todo=${3:+ To do: $3.}
    look_up_deployment
    if [ "$deployment" = none ]; then
        say "nothing to gate: $described. ($happened.)"
        exit 0
    fi
    if [ "$1" = pass ]; then
        complain "WARNING: $happened. The deployment continues without a verdict, because GREENLIGHT_UNREACHABLE is pass: $described.$todo"
        exit 0
    fi
    die "$happened. Without a verdict this instance fails: $described.$todo"
}

# Sets $described, and $deployment: "gated" for a first-hand blue/green deployment, "none" for what is certainly none,
# else "unknown".
look_up_deployment() {
    deployment=unknown
    if [ -z "$region" ]; then
        described="without a region CodeDeploy cannot say what kind of deployment $DEPLOYMENT_ID is"
        return
    fi
    left=60 # appspec.yml leaves time for this after GREENLIGHT_TIMEOUT_SECONDS
    try=1
    while :; do
        run aws deploy get-deployment --deployment-id "$DEPLOYMENT_ID" --region "$region" \
            --cli-connect-timeout 10 --cli-read-timeout 20 --output text \
            --query 'deploymentInfo.[computePlatform, deploymentStyle.deploymentType, deploymentStyle.deploymentOption, creator]'
        status=$?
        [ "$status" -ne 0 ] || break
        find_trouble "$status" CodeDeploy
        if [ "$outcome" = refused ] || [ "$try" -ge "$tries" ]; then
            described="nor could CodeDeploy say what kind of deployment $DEPLOYMENT_ID is: ${error%.}"
            return
        fi
        pause $((try * 3))
        try=$((try + 1))
    done
    platform='' type='' option='' creator=''
    read -r platform type option creator <"$work/out"
    described="deployment $DEPLOYMENT_ID is $platform, $type, $option, created by $creator"
    case "$creator $platform $type $option" in
        codeDeployRollback\ * | autoscaling\ * | autoscalingTermination\ * | CodeDeployAutoUpdate\ *) deployment=none ;;
        *\ Lambda\ * | *\ ECS\ * | *\ IN_PLACE\ * | *\ WITHOUT_TRAFFIC_CONTROL) deployment=none ;;
        ?*' Server BLUE_GREEN WITH_TRAFFIC_CONTROL') deployment=gated ;;
    esac
}

plain_text() { # plain_text FILE: its beginning, on one line
    tr '\000-\037\177' ' ' <"$1" | head -c 65536 | sed 's/  *$//'
}

# Runs a command with its output in $work/out and $work/err. In the background, because a shell acts on a signal only
# after a command in the foreground has ended.
run() {
    "$@" </dev/null >"$work/out" 2>"$work/err" &
    child=$!
    wait "$child"
    set -- $?
    child=''
    return "$1"
}

# pause SECONDS: sleeps between half of that and all of it, so that the instances of a fleet do not ask in step, but not
# longer than $left, from which it takes the time slept.
pause() {
    seconds=$(od -An -N2 -tu2 /dev/urandom)
    seconds=$((($1 + 1) / 2 + ${seconds:-$$} % ($1 / 2 + 1)))
    [ "$seconds" -le "$left" ] || seconds=$left
    [ "$seconds" -gt 0 ] || return 0
    run sleep "$seconds" || die "sleep $seconds failed: $(plain_text "$work/err")"
    left=$((left - seconds))
}

look_at_clock() { # sets $passed and $left, both in seconds
    passed=$(($(date +%s) - started))
    left=$((GREENLIGHT_TIMEOUT_SECONDS - passed))
}

progress() { # says it, unless it is what was said last
    [ "$*" = "${said:-}" ] || say "$passed s: $*"
    said=$*
}

say() {
    fit_line "Greenlight: $*"
    printf '%s\n' "$line"
}

complain() {
    fit_line "Greenlight: $*"
    printf '%s\n' "$line" >&2
}

die() {
    complain "$*"
    exit 1
}

refuse() {
    complain "$*"
    exit 2
}

# Sets $line to $1, cut to what the agent keeps: it drops a whole line of 2048 characters or more. Half a character
# breaks its report, so the cut is at a space.
fit_line() {
    line=$1
    if [ "${#line}" -gt 1500 ]; then
        line=$(printf '%.1500s' "$line")
        line="${line% *} ... (cut: the function's log has the rest)"
    fi
}

# shellcheck disable=SC2317,SC2329 # the traps call it
stopped() { # stopped SIGNAL STATUS
    trap '' HUP INT TERM
    complain "stopped by SIG$1 before Greenlight gave a verdict. CodeDeploy does that when the script's timeout in appspec.yml is over: make it at least 300 s longer than GREENLIGHT_TIMEOUT_SECONDS, which is $GREENLIGHT_TIMEOUT_SECONDS"
    clean_up
    trap - EXIT # mksh would end with its status, not with ours
    exit "$2"
}

# shellcheck disable=SC2317,SC2329 # the traps call it
clean_up() {
    if [ -n "$child" ]; then
        kill "$child" 2>/dev/null
        wait "$child" 2>/dev/null
    fi
    [ -z "$work" ] || rm -rf "$work"
}

# Not in a function: in some shells a trap that a function sets ends with the function.
trap clean_up EXIT
trap 'stopped HUP 129' HUP
trap 'stopped INT 130' INT
trap 'stopped TERM 143' TERM
trap 'exit 141' PIPE

main
