# Sourced by the scripts: starts and ends the service, and says what failed.

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
binary=${1:-$here/../../.build/release/hyperembed}
folder=$(mktemp -d)
server=
token_request='{"tokens":[" blockchain"," tokenization"]}'

# Starts the service on a free port with further options; sets `url`, and `server` to its process id. Without a cache, equal
# requests have equal answers: `usage.cached` is 0 in all of them.
start_server() { start ' model .* ready ' "$binary" serve --port 0 --lame-duck 0 --cache-megabytes 0 "$@"; }

# The same for the server of StreamingServer.
start_streaming_server() { start '^listening' "$("$here/StreamingServer/build")"; }

# start PATTERN COMMAND...: until it has written a line like that, to standard output or error.
start() {
    local pattern=$1 tries
    shift
    # A script that is killed takes its server along.
    setpriv --pdeathsig KILL "$@" >"$folder/output" 2>"$folder/messages" &
    server=$!
    for tries in {1..300}; do
        if grep -qs "$pattern" "$folder/output" "$folder/messages"; then
            url=$(sed -n 's/^listening on //p' "$folder/output")
            return
        fi
        sleep 0.1
    done
    fail "$1 was not ready within 30 seconds"
}

# Ends the service, which must say that it has answered everything.
stop_server() {
    kill "$server"
    wait "$server" || fail "the service ended with status $?"
    server=
}

clean_up() {
    # bash tells of every process that dies of a signal.
    { [ -z "$server" ] || kill -KILL "$server" && wait "$server"; } 2>/dev/null || true
    cat "$folder/messages" >&2 || true
    rm -rf "$folder"
}
trap clean_up EXIT

fail() {
    echo "$*" >&2
    exit 1
}

# expect WHAT ACTUAL EXPECTED
expect() { [[ $2 == "$3" ]] || fail "$1: expected ${3:0:1000}, got ${2:0:1000}"; }

# expect_like WHAT ACTUAL PATTERN: the whole of ACTUAL must match the shell pattern.
expect_like() {
    # shellcheck disable=SC2053
    [[ $2 == $3 ]] || fail "$1: expected $3, got ${2:0:1000}"
}

ask() { curl --noproxy '*' --silent --show-error --max-time 30 "$@"; }

# What the service must answer to `token_request`, from the command line.
token_answer() { "$binary" generate ' blockchain' ' tokenization'; }

ask_for_tokens() { ask --header 'Content-Type: application/json' --data "$token_request" "$@"; }

# make_certificate NAME SUBJECT [OPTION...]: NAME.pem and NAME.key in `folder`, signed by itself or as the options say.
make_certificate() {
    local name=$1 subject=$2
    shift 2
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj "/CN=$subject" \
        -keyout "$folder/$name.key" -out "$folder/$name.pem" "$@" 2>"$folder/openssl-req" || fail "$(cat "$folder/openssl-req")"
}

make_server_certificate() {
    make_certificate "${1:-server}" localhost -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1' -addext basicConstraints=critical,CA:FALSE
}

start_tls_server() {
    make_server_certificate
    start_server --tls-certificate "$folder/server.pem" --tls-key "$folder/server.key" "$@"
}
