# kamailio of the kit, for tests/run/lab: a proxy and registrar; every leg of a call has one Call-ID.

kamailio_run=$LAB/kamailio

pbx_up() {
    if [ ! -e /usr/lib/x86_64-linux-gnu/kamailio/modules/presence_dialoginfo.so ]; then
        # the kit's own installation, without starting its Asterisk
        "$LAB/kit/up" --build
    fi
    mkdir -p "$kamailio_run"
    chmod 777 "$kamailio_run"
    "$LAB/kit/conf/kamailio-db.sh" "$kamailio_run/kamailio.db"
    kamailio -f "$LAB/kit/conf/kamailio.cfg" -A "LABDB=\"sqlite:///$kamailio_run/kamailio.db\"" \
        -P "$kamailio_run/kamailio.pid" -m 64 -M 8 -w "$kamailio_run" -Y "$kamailio_run" -n 2 \
        >"$kamailio_run/said.log" 2>&1 || { tail -n 20 "$kamailio_run/said.log" >&2; return 1; }
    kamailio -v | head -n 1
}

pbx_down() {
    if [ -s "$kamailio_run/kamailio.pid" ]; then
        kill -TERM "$(cat "$kamailio_run/kamailio.pid")" || true
    fi
}

# pbx_config MODE: the product's configuration. kamailio mirrors to port 9061 and knows no key; its
# one hotline is the ring group.
pbx_config() {
    cat <<TOML
[site]
name = "PBX lab"

[web]
listen     = "127.0.0.1:18080"
public_url = "http://127.0.0.1:18080"

[store]
url = "sqlite://product.db"

[sip]
listen = ["udp://127.0.0.1:5060"]
TOML
    case "$1" in hep | all) printf '\n[hep]\nlisten = "udp://127.0.0.1:9061"\n' ;; esac
    cat <<TOML

[[pbx]]
name      = "kamailio"
address   = "sip:127.0.0.1:5080;transport=udp"
domain    = "127.0.0.1"
username  = "listener"
password  = "lablistener"
hotline   = "4008001234"
positions = ["801", "802", "803"]
TOML
    case "$1" in hep) echo 'member    = false' ;; esac
    case "$1" in member+dialog | all) echo 'watch     = ["4008001234", "801", "802", "803", "804"]' ;; esac
    cat <<TOML

[[hotline]]
name    = "400 热线"
number  = "4008001234"
aliases = ["+864008001234"]
TOML
}

# pbx_calls MODE TRUTH SCENARIO…
pbx_calls() {
    local mode=$1 truth=$2
    shift 2
    if [ "$mode" = hep ] && [ "$*" = all ]; then
        # in two scenarios nobody but the listener rings, and with the mirror alone there is none
        set -- 01 02 03 04 05 08 09 10 11 12 13 14 15
    fi
    sleep 2
    LAB_MODE=$mode PBXLAB_RUN=$kamailio_run python3 "$here/tests/lab/kamailio/live.py" "$LAB/kit" "$truth" "$@"
}

# pbx_asked MODE: what the judge may ask for. kamailio's dialog-info names the dialled number and not
# who answered, so that watching it tells no more than ringing along.
pbx_asked() {
    case "$1" in
        hep | all) echo hep ;;
        *) echo member ;;
    esac
}
