# shellcheck shell=bash
# An instance's clock is the simulator's: it answers /sleep when so many simulated seconds are over, and /time with the
# simulated time, both beside the instance metadata.
#
# In bash alone, which can speak TCP: a script looks at the clock before and after each of its calls, and tests run
# hundreds of scripts. Starting Node.js takes ten times as long.

fail() { # fail WHAT: as this command, in one line
    printf '%s (simulated): %s\n' "${0##*/}" "$1" >&2
    exit 1
}

ask_clock() { # ask_clock PATH: prints the answer's text
    local endpoint=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-} address status line
    [ -n "$endpoint" ] || fail 'AWS_EC2_METADATA_SERVICE_ENDPOINT does not say where the simulated clock is'
    endpoint=${endpoint#http://}
    address=${endpoint%%/*}
    endpoint=${endpoint#"$address"}
    # What bash itself says about a connection that is refused names its source, not the clock.
    { exec 3<>"/dev/tcp/${address%:*}/${address##*:}"; } 2>/dev/null || fail "there is no simulated clock at $address"
    # HTTP/1.0: the answer is whole, and then the connection ends.
    printf 'GET %s%s HTTP/1.0\r\nHost: %s\r\n\r\n' "${endpoint%/}" "$1" "$address" >&3
    read -r _ status _ <&3
    [ "${status:-}" = 200 ] || fail "the simulated clock answered $1 with ${status:-nothing}"
    while read -r line && [ "$line" != $'\r' ]; do :; done <&3
    IFS= read -r -d '' line <&3 || :
    printf '%s\n' "$line"
}
