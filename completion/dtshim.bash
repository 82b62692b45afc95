# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# shellcheck shell=bash
# Completion of dtshim for bash: commands, their options, the policy's words, files by their
# ending. The tables are held against the tool by test/host/test_completion.py.

# ---- what there is ---------------------------------------------------------------------------

_dtshim_commands="plan apply forecast diff check explain image report help"

# Of the policy: what a plan goes by, of which a forecast takes the second part.
_dtshim_plan_policy="--contract --layout --dom0-mem --dom0-base --machine-base --ipa-bits --offset-in
    --hypervisor --on-error --iommu-no-stage2 --memory-types --regions --machine-blocks
    --passthrough --domain-name"
_dtshim_both_policy="--iommu-drivers --ram --kernel-bits --xen-features --xen-version"
_dtshim_loaded="--xen --kernel --ramdisk --xen-at --kernel-at --ramdisk-at --tree-at --entry --efi-map"

# The options of a command; of none: what may stand in its place.
_dtshim_options() {
    local any="-h --help --version" plan="$_dtshim_plan_policy $_dtshim_both_policy"
    local files="$any -j --jobs -q --quiet --live --overlay"

    case $1 in
    plan) echo "$files $plan -v --verbose --json --load-addresses --map --stage --xen --kernel --ramdisk" ;;
    apply) echo "$files $plan -o --output --xen" ;;
    forecast) echo "$files $_dtshim_both_policy $_dtshim_loaded -o --output --json" ;;
    check) echo "$files $plan $_dtshim_loaded -v --verbose --list-rules --json" ;;
    diff) echo "$any --overlay" ;;
    explain) echo "$any $_dtshim_both_policy $_dtshim_loaded --json" ;;
    image) echo "-h --help --board --list -o --output --flash --uefi --loader --ram --policy --debian
        --fresh --stage --xen --kernel --ramdisk --tree --xen-line --dom0-line --imagebuilder
        --bring --no-firmware --non-free --rootfs --root-size --boot-size --sbom -q --quiet" ;;
    report) echo "-h --help -o --output $plan $_dtshim_loaded --live --overlay" ;;
    help) ;;
    *) echo "$any" ;;
    esac
}

# What an option takes: words, or @ and what kind of thing. Nothing: it takes no value.
_dtshim_value() {
    case $2 in
    --contract) echo xen native none ;;
    --layout) echo auto direct offset ;;
    --offset-in) echo property dma-ranges both ;;
    --on-error) echo halt pass-through ;;
    --regions) echo auto none ;;
    --kernel-bits) echo 32 64 ;;
    --xen-features) echo static-mem static-shm llc-coloring gicv3 none large-tree ;;
    --entry) echo image uefi ;;
    --loader) echo grub systemd-boot none ;;
    --debian) echo 12 13 ;;
    --passthrough) echo all-dma ;;
    --board) echo @board ;;
    --policy) echo @policy ;;
    --tree) echo @dtb ;;
    --overlay) echo @dtbo ;;
    --live) [[ $3 != = ]] || echo @folder ;;
    -o | --output | --stage | --xen | --kernel | --ramdisk | --efi-map | --flash | --imagebuilder | \
        --bring | --rootfs | --sbom) echo @file ;;
    -j | --jobs | --dom0-mem | --dom0-base | --machine-base | --ipa-bits | --hypervisor | \
        --iommu-drivers | --ram | --iommu-no-stage2 | --memory-types | --machine-blocks | \
        --domain-name | --xen-version | --xen-at | --kernel-at | --ramdisk-at | --tree-at | \
        --xen-line | --dom0-line | --root-size | --boot-size) echo @text ;;
    esac
}

# ---- how it is said ---------------------------------------------------------------------------

_dtshim_reply() {
    mapfile -t COMPREPLY < <(compgen "$@" 2>/dev/null)
}

# Those with this ending, and folders; where there are none, whatever there is.
_dtshim_files() {
    local ending=$1 word=$2

    compopt -o filenames -o default 2>/dev/null
    mapfile -t COMPREPLY < <({ compgen -f -X "!*$ending" -- "$word"; compgen -d -- "$word"; } | sort -u)
}

_dtshim_complete_value() {
    local kind=$1 word=$2 tool=$3

    case $kind in
    @text) ;;
    @file) _dtshim_files "" "$word" ;;
    @dtb | @dtbo) _dtshim_files ".${kind#@}" "$word" ;;
    @folder) compopt -o filenames 2>/dev/null; _dtshim_reply -d -- "$word" ;;
    @board) _dtshim_reply -W "$("$tool" image --list 2>/dev/null | sed -n 's/^\([^ ]*\) .*/\1/p')" -- "$word" ;;
    @policy)
        compopt -o nospace 2>/dev/null
        _dtshim_reply -W "$_dtshim_plan_policy $_dtshim_both_policy" -S = -- "--$word"
        COMPREPLY=("${COMPREPLY[@]#--}") ;;
    *) _dtshim_reply -W "$kind" -- "$word" ;;
    esac
}

# The arguments that stand by themselves.
_dtshim_complete_argument() {
    case $1 in
    plan | apply | forecast | check | diff | explain | report) _dtshim_files .dtb "$2" ;;
    esac
}

# Of explain the first of them is a log, which has no ending of its own.
_dtshim_is_log() {
    local i word last

    [[ $1 == explain ]] || return 1
    for ((i = 2; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]} last=${COMP_WORDS[i - 1]}
        [[ $word == -* || $word == = || $last == = || $(_dtshim_value explain "$last") ]] || return 1
    done
}

_dtshim_complete() {
    local command=$1 option=$2 equals=$3 word=$4 kind

    kind=$(_dtshim_value "$command" "$option" "$equals")
    if [[ $kind ]]; then
        _dtshim_complete_value "$kind" "$word" "${COMP_WORDS[0]}"
    elif [[ $word == -* ]]; then
        _dtshim_reply -W "$(_dtshim_options "$command")" -- "$word"
    elif _dtshim_is_log "$command"; then
        _dtshim_files "" "$word"
    else
        _dtshim_complete_argument "$command" "$word"
    fi
}

_dtshim() {
    local at=$COMP_CWORD before="" equals=""
    local word=${COMP_WORDS[at]} option=${COMP_WORDS[at - 1]}

    COMPREPLY=()
    if ((at < 2)); then
        _dtshim_reply -W "$_dtshim_commands $(_dtshim_options "")" -- "$word"
        return
    fi
    # readline takes "=" for a word of its own, unless COMP_WORDBREAKS lacks it.
    if [[ $word == --*=* ]]; then
        before=${word%%=*}= option=${word%%=*} word=${word#*=} equals="="
    elif [[ $word == = ]]; then
        word="" equals="="
    elif [[ $option == = ]]; then
        at=$((at - 1)) option=${COMP_WORDS[at - 1]} equals="="
    fi
    # image --policy WORD=VALUE
    [[ ! $equals || ${COMP_WORDS[at - 2]} != --policy ]] || option=--$option
    _dtshim_complete "${COMP_WORDS[1]}" "$option" "$equals" "$word"
    [[ ! $before ]] || COMPREPLY=("${COMPREPLY[@]/#/$before}")
}

complete -F _dtshim dtshim
