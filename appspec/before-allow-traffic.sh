#!/bin/sh
# Asks Greenlight whether traffic may shift to this instance, and passes its verdict on to CodeDeploy as an exit status.
#
# Put this file into your bundle and name it in appspec.yml under BeforeAllowTraffic (see appspec-ec2.yml). The instance
# profile needs what instance-profile-policy.json allows. The CodeDeploy agent passes no settings on to a script: change
# them here. An exit status of 0 means that Greenlight said "Succeeded", or that this deployment is none of its business
# (in place, a rollback, an instance launched by Auto Scaling); anything else fails this instance, and the last line on
# stderr says why.

# The name or ARN of Greenlight's function: the parameter FunctionName of its stack.
: "${GREENLIGHT_FUNCTION:=CodeDeployHook_greenlight}"
# How long to wait for a verdict. The script's timeout in appspec.yml (3600 at most) must be 300 seconds longer.
: "${GREENLIGHT_TIMEOUT_SECONDS:=1800}"
# How long one call may take. Many short ones: a NAT gateway forgets a connection that is silent for 350 seconds.
: "${GREENLIGHT_WAIT_SECONDS:=45}"
# What happens to a blue/green deployment when Greenlight cannot be asked at all (no permission, no network, no such
# function): "fail" fails this instance, "pass" goes on without a verdict.
: "${GREENLIGHT_UNREACHABLE:=fail}"
# Where Greenlight is: AWS_REGION, else AWS_DEFAULT_REGION, else the region that this instance is in.
# AWS_REGION=eu-west-1

set -u
umask 077

# An agent started by init, cron or su may look only in /bin and /usr/bin; the AWS CLI is often in one of these.
PATH=${PATH:-/usr/bin:/bin}:/usr/local/bin:/snap/bin
# One attempt a call: this script does the repeating, so that a call's end can be foreseen.
AWS_MAX_ATTEMPTS=1
export PATH AWS_MAX_ATTEMPTS

# So many times is a call made that finds nobody, or a function that breaks, before that is believed.
tries=5
# Seconds that one call may take beyond the waiting that it asked for: a cold start, a slow network.
slack=15

work=''   # our directory for temporary files
child=''  # the command that runs now
region=''
started=''
passed=0
error='there was no time to ask'
advice=''

main() {
    check_settings
    work=$(mktemp -d "${TMPDIR:-/tmp}/greenlight.XXXXXX" 2>/dev/null) ||
        die "there is no room for a temporary directory in ${TMPDIR:-/tmp}"
    started=$(date +%s)
    left=$GREENLIGHT_TIMEOUT_SECONDS
    if ! find_region; then
        end_unasked "the region is unknown: AWS_REGION and AWS_DEFAULT_REGION are not set, and $error" \
            "set AWS_REGION at the head of this script"
    fi
    say "asking $GREENLIGHT_FUNCTION in $region about deployment $DEPLOYMENT_ID, for up to $GREENLIGHT_TIMEOUT_SECONDS s"
    ask_until_verdict
}

check_settings() {
    case ${DEPLOYMENT_ID:-} in
        '') refuse "DEPLOYMENT_ID is not set: this script is run by the CodeDeploy agent, which sets it" ;;
        d-*[!A-Z0-9]* | d-) refuse "DEPLOYMENT_ID is no deployment id (d- and then capitals and digits): $DEPLOYMENT_ID" ;;
        d-*) ;;
        *) refuse "DEPLOYMENT_ID is no deployment id (d- and then capitals and digits): $DEPLOYMENT_ID" ;;
    esac
    case ${LIFECYCLE_EVENT:-} in
        # Greenlight waits until every instance of green has finished ValidateService: it would wait for us, and we for it.
        ApplicationStop | BeforeInstall | AfterInstall | ApplicationStart | ValidateService)
            refuse "LIFECYCLE_EVENT is $LIFECYCLE_EVENT: name this script under BeforeAllowTraffic in appspec.yml, for until $LIFECYCLE_EVENT has ended Greenlight can give no verdict" ;;
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

# Sets $region. Fails, with a reason in $error, where nobody knows it.
find_region() {
    region=${AWS_REGION:-${AWS_DEFAULT_REGION:-}}
    [ -z "$region" ] || return 0
    metadata=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}
    metadata=${metadata%/}
    try=1
    while :; do
        if ask_metadata --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/latest/api/token" &&
            ask_metadata --header "X-aws-ec2-metadata-token: $told" "$metadata/latest/meta-data/placement/region"; then
            case $told in
                '' | *[!a-z0-9-]*) error="$metadata said no region: $told" ;;
                *) region=$told && return 0 ;;
            esac
        fi
        [ "$try" -lt 4 ] || return 1
        pause "$try"
        try=$((try + 1))
    done
}

ask_metadata() { # ask_metadata CURL-ARGUMENT…: sets $told, or fails with $error
    # No proxy: it would answer for its own instance.
    run curl --silent --show-error --fail --noproxy '*' --connect-timeout 2 --max-time 5 "$@"
    status=$?
    told=$(plain_text "$work/out")
    [ "$status" -eq 0 ] && return 0
    find_error "curl exited with status $status"
    error="the instance metadata at $metadata did not answer: $error"
    return 1
}

# One call after another until there is a verdict, or no more time.
ask_until_verdict() {
    heard=''    # the last answer that was Pending
    misses=0    # calls in a row without an answer
    unreached=0 # of which so many in a row found nobody
    broken=0    # and so many a function that broke
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
                pause 5 # an answer may come at once, and every instance of a batch asks
                continue
                ;;
            busy)
                unreached=0 broken=0
                progress "no answer yet, asking again: $error"
                ;;
            broken)
                unreached=0 broken=$((broken + 1))
                progress "no verdict yet, asking again: $error"
                [ "$broken" -lt "$tries" ] || end_broken
                ;;
            unreached)
                broken=0 unreached=$((unreached + 1))
                progress "no answer yet, asking again: $error"
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

# Calls Greenlight once, for at most $1 seconds. Sets $outcome to one of
#   Succeeded, Failed, Pending   its verdict, with $reason
#   broken                       it ran and gave none ($error says what instead)
#   busy, unreached, refused     it was not reached ($error, $advice: see find_trouble)
call() {
    printf '{"DeploymentId":"%s","WaitSeconds":%d}' "$DEPLOYMENT_ID" "$1" >"$work/payload"
    : >"$work/answer"
    # fileb: both versions of the CLI send such a file as it is. A function's own error leaves the exit status at 0.
    run aws lambda invoke --function-name "$GREENLIGHT_FUNCTION" --payload "fileb://$work/payload" --region "$region" \
        --cli-connect-timeout 10 --cli-read-timeout "$(($1 + slack))" \
        --query FunctionError --output text "$work/answer"
    status=$?
    if [ "$status" -ne 0 ]; then
        find_trouble "$status" Lambda
        return
    fi
    function_error=$(plain_text "$work/out")
    answer=$(plain_text "$work/answer")
    outcome=broken
    if [ "$function_error" != None ]; then
        json_string errorMessage "$answer" || text=$answer
        error="$GREENLIGHT_FUNCTION failed ($function_error): $text"
        return
    fi
    if json_string verdict "$answer"; then
        case $text in
            Succeeded | Failed | Pending)
                outcome=$text
                json_string reason "$answer" && [ -n "$text" ] || text='(no reason given)'
                reason=$text
                return
                ;;
        esac
    fi
    error="$GREENLIGHT_FUNCTION gave an answer that is no verdict (is it Greenlight's?): $answer"
}

# What the failure of an aws command means: $1 is its exit status, $2 the service. Sets $error, $advice and $outcome:
#   busy       it is there, but not now: worth asking until time runs out
#   unreached  nobody knows yet: worth asking a few times more
#   refused    certain: asking again would change nothing
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
            advice="does this instance's aws command know 'aws lambda invoke' and 'aws deploy get-deployment'?"
            return
            ;;
    esac
    code='' # the service's; newer CLIs give their own errors one too, without "when calling"
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
            advice="see $2's throttles and errors in $region (for Lambda also the account's concurrency)"
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
            advice="look at the instance's credentials and at its clock"
            ;;
        '')
            case $error in
                *[Cc]redentials*) advice='give the instance an instance profile with the permissions in instance-profile-policy.json' ;;
                *onnect* | *timeout* | *endpoint*) advice="let the instance reach $2 in $region (a NAT gateway, or a VPC endpoint)" ;;
            esac
            ;;
    esac
}

# Sets $error to the line that matters of what the last command wrote on stderr, or to $1. The AWS CLI writes an empty
# line first and may write details after; an old Python writes warnings before; wrong usage is explained at length.
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

# Greenlight was not asked, because of $1; $2 says what to do about it (or nothing).
end_unasked() {
    end_without_verdict "$GREENLIGHT_UNREACHABLE" "Greenlight could not be asked: ${1%.}" "$2"
}

# Greenlight was asked, and broke. It exists, so GREENLIGHT_UNREACHABLE is not meant.
end_broken() {
    end_without_verdict fail "${error%.}" "see the function's log"
}

# end_without_verdict FAIL-OR-PASS WHAT-HAPPENED WHAT-TO-DO
# Nobody gave a verdict. A launch, a rollback and a deployment in place go on all the same: this script is in their
# bundle too, and must never stand in their way. Only a first-hand blue/green deployment is held up.
end_without_verdict() {
    happened=$2 todo=${3:+ To do: $3.}
    look_up_deployment
    if [ "$deployment" = none ]; then
        say "nothing to gate: $described. (${happened%.}.)"
        exit 0
    fi
    if [ "$1" = pass ]; then
        complain "WARNING: $happened. Going on without a verdict, as GREENLIGHT_UNREACHABLE=pass says: $described.$todo"
        exit 0
    fi
    die "$happened. No verdict, so this instance fails: $described.$todo"
}

# Sets $described, and $deployment: "gated" if it is a first-hand blue/green one, "none" if it certainly is not, else "unknown".
look_up_deployment() {
    deployment=unknown
    if [ -z "$region" ]; then
        described="what kind of deployment $DEPLOYMENT_ID is could not be asked either"
        return
    fi
    left=60 # for this there is time even when none is left for a verdict
    try=1
    while :; do
        run aws deploy get-deployment --deployment-id "$DEPLOYMENT_ID" --region "$region" \
            --cli-connect-timeout 10 --cli-read-timeout 20 --output text \
            --query 'deploymentInfo.[computePlatform, deploymentStyle.deploymentType, deploymentStyle.deploymentOption, creator]'
        status=$?
        [ "$status" -ne 0 ] || break
        find_trouble "$status" CodeDeploy
        if [ "$outcome" = refused ] || [ "$try" -ge "$tries" ]; then
            described="what kind of deployment $DEPLOYMENT_ID is could not be asked either: ${error%.}"
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

# json_string NAME OBJECT: sets $text to the string that the object has under that name, with its escapes resolved
# and control characters made spaces. Fails where there is none. A quotation mark inside a string has a backslash
# before it, so a quoted name before a colon is never part of a reason.
json_string() {
    rest=$2
    while :; do
        case $rest in
            *"\"$1\""*) rest=${rest#*"\"$1\""} ;;
            *) return 1 ;;
        esac
        rest=${rest#"${rest%%[! ]*}"}
        case $rest in
            :*) break ;;
        esac
    done
    rest=${rest#:}
    rest=${rest#"${rest%%[! ]*}"}
    case $rest in
        '"'*) rest=${rest#?} ;;
        *) return 1 ;;
    esac
    text=''
    hex='[0-9A-Fa-f]'
    while :; do
        plain=${rest%%[\\\"]*}
        text=$text$plain
        rest=${rest#"$plain"}
        case $rest in
            '"'*)
                return 0
                ;;
            \\u$hex$hex$hex$hex*)
                take_code_unit
                case $rest in
                    \\u[Dd][C-Fc-f]$hex$hex*)
                        if [ "$unit" -ge 55296 ] && [ "$unit" -le 56319 ]; then
                            high=$unit
                            take_code_unit
                            unit=$((65536 + (high - 55296) * 1024 + unit - 56320))
                        fi
                        ;;
                esac
                text=$text$(utf8 "$unit")
                ;;
            \\[bfnrt]*)
                text="$text "
                rest=${rest#??}
                ;;
            \\?*)
                rest=${rest#?}
                text=$text${rest%"${rest#?}"}
                rest=${rest#?}
                ;;
            *)
                return 1
                ;;
        esac
    done
}

take_code_unit() { # takes \uXXXX from the beginning of $rest and sets $unit to its number
    rest=${rest#??}
    unit=$((0x${rest%"${rest#????}"}))
    rest=${rest#????}
}

utf8() { # utf8 NUMBER: writes that character
    if [ "$1" -lt 32 ] || [ "$1" -eq 127 ]; then
        set -- 32
    elif [ "$1" -lt 128 ]; then
        :
    elif [ "$1" -lt 2048 ]; then
        set -- $((192 + $1 / 64)) $((128 + $1 % 64))
    elif [ "$1" -ge 55296 ] && [ "$1" -le 57343 ]; then
        set -- 239 191 189 # half of a pair: the replacement character
    elif [ "$1" -lt 65536 ]; then
        set -- $((224 + $1 / 4096)) $((128 + $1 / 64 % 64)) $((128 + $1 % 64))
    else
        set -- $((240 + $1 / 262144)) $((128 + $1 / 4096 % 64)) $((128 + $1 / 64 % 64)) $((128 + $1 % 64))
    fi
    printf '%b' "$(printf '\\0%03o' "$@")"
}

plain_text() { # plain_text FILE: its beginning, on one line
    tr '\000-\037\177' ' ' <"$1" | head -c 65536 | sed 's/  *$//'
}

# Runs a command with its output in $work/out and $work/err. In the background, so that a signal is not left waiting
# until the command ends.
run() {
    "$@" </dev/null >"$work/out" 2>"$work/err" &
    child=$!
    wait "$child"
    set -- $?
    child=''
    return "$1"
}

# pause SECONDS: between half of that and all of it, so that a fleet does not ask in step; not beyond the time left,
# which it makes less.
pause() {
    seconds=$(od -An -N2 -tu2 /dev/urandom)
    seconds=$((($1 + 1) / 2 + ${seconds:-$$} % ($1 / 2 + 1)))
    [ "$seconds" -le "$left" ] || seconds=$left
    [ "$seconds" -gt 0 ] || return 0
    run sleep "$seconds" || die "sleep $seconds did not work: $(plain_text "$work/err")"
    left=$((left - seconds))
}

look_at_clock() { # sets $passed and $left, both in seconds
    passed=$(($(date +%s) - started))
    left=$((GREENLIGHT_TIMEOUT_SECONDS - passed))
}

progress() { # says it, unless it was said last
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

# Sets $line to $1, or to so much of it as the agent keeps: it drops a line of 2048 characters or more altogether, and
# half a character breaks its report, so the cut is made at a space.
fit_line() {
    line=$1
    if [ "${#line}" -gt 1500 ]; then
        line=$(printf '%.1500s' "$line")
        line="${line% *} ... (cut: the rest is in the function's log)"
    fi
}

# shellcheck disable=SC2317 # the traps call it
stopped() { # stopped SIGNAL STATUS
    trap '' HUP INT TERM
    complain "stopped by SIG$1 before Greenlight gave a verdict (when CodeDeploy does that, the script's timeout in appspec.yml is over: it must be at least 300 s longer than GREENLIGHT_TIMEOUT_SECONDS, $GREENLIGHT_TIMEOUT_SECONDS)"
    clean_up
    trap - EXIT # mksh would end with its status, not with ours
    exit "$2"
}

# shellcheck disable=SC2317 # the traps call it
clean_up() {
    if [ -n "$child" ]; then
        kill "$child" 2>/dev/null
        wait "$child" 2>/dev/null
    fi
    [ -z "$work" ] || rm -rf "$work"
}

# Outside of any function: in some shells a trap set in one ends with it.
trap clean_up EXIT
trap 'stopped HUP 129' HUP
trap 'stopped INT 130' INT
trap 'stopped TERM 143' TERM
trap 'exit 141' PIPE

main
