# Asterisk 22 of the kit, for tests/run/lab: a back-to-back agent with ring groups, queues and menus.

pbx_up() {
    PBXLAB_KAMAILIO=0 "$LAB/kit/up" --restart
}

pbx_down() {
    "$LAB/kit/down"
}

# pbx_config MODE: the product's configuration
pbx_config() {
    "$LAB/kit/call" config "$1"
}

# pbx_calls MODE TRUTH SCENARIO…
pbx_calls() {
    local mode=$1 truth=$2 calls
    shift 2
    calls=("$@")
    if [ "$mode" = hep ] && [ "$*" = all ]; then
        # in two scenarios nobody but the listener rings, and with the mirror alone there is none
        mapfile -t calls < <("$LAB/kit/call" --live list | sed -n 's/^\([0-9][0-9]\)-.*/\1/p' | grep -v '^0[57]$')
    fi
    PBXLAB_FIXTURES=$truth "$LAB/kit/call" --live --mode "$mode" "${calls[@]}"
}

# pbx_asked MODE: what the judge may ask for
pbx_asked() {
    if [ "$1" = all ]; then echo hep; else echo "$1"; fi
}
