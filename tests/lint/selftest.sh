#!/bin/bash
# The checks can fail: each is shown a small tree that is right and then one defect at a time.
# usage: selftest.sh LINT_FOLDER CHECK
set -euo pipefail
lint=$(cd "$1" && pwd)
check=$2
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
count=0

# A tree of two modules that every check accepts.
fresh() {
    rm -rf "$tree"
    mkdir -p "$tree/docs" "$tree/core/base" "$tree/sim/run" "$tree/tests"
    cat >"$tree/docs/architecture.md" <<'END'
<!-- layers:begin -->
| module | may include |
|---|---|
| core/base | |
| sim/run | core/base |
<!-- layers:end -->
END
    cat >"$tree/core/base/a.h" <<'END'
/** @file core/base/a.h
 * One function.
 */
#ifndef A_H
#define A_H

/** The answer. */
int a(void);

#endif
END
    printf '#include "core/base/a.h"\n\n#include <stddef.h>\n\nint a(void)\n{\n    return 42;\n}\n' >"$tree/core/base/a.c"
    printf '#include "core/base/a.h"\n\nint b(void);\n\nint b(void)\n{\n    return a();\n}\n' >"$tree/sim/run/b.c"
    printf 'Headers: a.h\n' >"$tree/core/base/README.md"
    printf 'See [base](../../core/base/README.md).\n' >"$tree/sim/run/README.md"
    printf '#!/bin/sh\necho hello\n' >"$tree/run.sh"
    cp "$lint/../../.clang-format" "$lint/../../.clang-tidy" "$tree/"
}

# archive EXPRESSION: a library whose one function returns the expression.
archive() {
    printf 'int a(void);\nint a(void)\n{\n    return (int)(%s);\n}\n' "$1" >"$tree/core/base/a.c"
    (
        cd "$tree"
        ${CC:-cc} -w -O0 -fno-builtin -include stdio.h -include stdlib.h -include string.h -include time.h \
            -include math.h -include pthread.h -include fcntl.h -c core/base/a.c -o a.c.o
        rm -f lib.a && ar rcs lib.a a.c.o
    )
}

run_check() {
    case $check in
    layers) python3 "$lint/layers.py" "$tree" ;;
    documentation) python3 "$lint/documentation.py" "$tree" ;;
    format) "$lint/format.sh" "$tree" ;;
    machine_paths) "$lint/machine_paths.sh" "$tree" /some/where ;;
    shell) "$lint/shell.sh" "$tree" ;;
    doxygen) "$lint/doxygen.sh" "$tree" "$tree/out" ;;
    symbols) "$lint/symbols.sh" "$tree/lib.a" ;;
    tidy) "$lint/tidy.sh" "$tree" "$tree" ;;
    esac
}

accepts() {
    local status=0
    run_check >"$tree/output" 2>&1 || status=$?
    if [ "$status" -eq 77 ]; then
        cat "$tree/output"
        exit 77
    fi
    if [ "$status" -ne 0 ]; then
        cat "$tree/output"
        echo "selftest: $check refuses $1"
        exit 1
    fi
    count=$((count + 1))
}

# refuses WHAT MESSAGE: the check must fail and say so.
refuses() {
    if run_check >"$tree/output" 2>&1; then
        echo "selftest: $check accepts $1"
        exit 1
    fi
    if ! grep -qF -- "$2" "$tree/output"; then
        cat "$tree/output"
        echo "selftest: $check does not explain $1"
        exit 1
    fi
    count=$((count + 1))
}

compile_commands() {
    printf '[\n{\n  "directory": "%s",\n  "command": "cc -std=c11 -I. -c sim/run/b.c",\n  "file": "%s"\n}\n]\n' \
        "$tree" "$tree/sim/run/b.c" >"$tree/compile_commands.json"
}

fresh
case $check in
layers)
    accepts "a right tree"
    echo '#include "sim/run/c.h"' >>"$tree/core/base/a.c"
    refuses "an include that crosses" "core/base may not include sim/run"
    fresh
    sed -i '1i #include <stdio.h>' "$tree/core/base/a.c"
    refuses "an own header that is second" "must come first"
    fresh
    echo '#include "../base/a.h"' >>"$tree/sim/run/b.c"
    refuses "an include with .." 'never ".."'
    fresh
    echo '#include "b.h"' >>"$tree/sim/run/b.c"
    refuses "an include that is not from the root" "from the root"
    fresh
    mkdir "$tree/sim/new" && echo 'int n;' >"$tree/sim/new/n.c"
    refuses "a folder without a row" "sim/new has sources but no row"
    fresh
    rm -r "$tree/sim/run"
    refuses "a row without a folder" "sim/run has a row but no sources"
    fresh
    sed -i 's/^| core\/base | |/| core\/base | sim\/run |/' "$tree/docs/architecture.md"
    refuses "a cycle in the table" "has no row above it"
    ;;
documentation)
    accepts "a right tree"
    rm "$tree/sim/run/README.md"
    refuses "a folder without README" "sim/run: no README.md"
    fresh
    echo 'Nothing.' >"$tree/core/base/README.md"
    refuses "a README without its header" "does not mention a.h"
    fresh
    sed -i 1d "$tree/core/base/a.h"
    refuses "a header without its opening" "does not open with"
    fresh
    echo '[lost](lost.md)' >>"$tree/sim/run/README.md"
    refuses "a link to nothing" "link to nothing: lost.md"
    ;;
format)
    accepts "a right tree"
    echo 'int  c;' >>"$tree/sim/run/b.c"
    refuses "a file off format" "sim/run/b.c"
    ;;
machine_paths)
    accepts "a right tree"
    printf 'see /hom''e/someone/notes\n' >"$tree/notes.md"
    refuses "a path of one machine" "notes.md:1"
    fresh
    echo 'built in /some/where/build' >"$tree/notes.md"
    refuses "the path of this build" "notes.md:1"
    ;;
shell)
    accepts "a right tree"
    # shellcheck disable=SC2016 # the defect itself
    printf '#!/bin/sh\nrm -rf $1/*\n' >"$tree/run.sh"
    refuses "an unquoted argument" "SC2086"
    ;;
doxygen)
    accepts "a right tree"
    sed -i 's|^int a|/** Two. */\nint two(void);\n\nint three(void);\n\nint a|; s|^/\*\* The answer. \*/||' "$tree/core/base/a.h"
    refuses "an undocumented function" "Member three"
    ;;
symbols)
    archive 'strlen("one")'
    accepts "a right archive"
    archive 'crypto_sign_seed_keypair(0, 0, 0)'
    accepts "keys from a seed"
    for call in 'time(0)' 'rand()' 'malloc(9) == 0' 'puts("")' 'getenv("A") == 0' 'log(2.5) > 1' \
        'crypto_sign_keypair(0, 0)' 'pthread_self() > 0' 'open("a", 0)' 'strtol("1", 0, 10)'; do
        archive "$call"
        refuses "$call in core" "a.c uses ${call%%(*}"
    done
    mv "$tree/a.c.o" "$tree/parallel.c.o" && rm "$tree/lib.a" && ar rcs "$tree/lib.a" "$tree/parallel.c.o"
    accepts "the exempt file"
    ;;
tidy)
    compile_commands
    accepts "a right tree"
    printf '\nint c(char *s, int n);\n\nint c(char *s, int n)\n{\n    if (n > 0)\n        return s[0];\n    return 0;\n}\n' >>"$tree/sim/run/b.c"
    refuses "a branch without braces" "readability-braces-around-statements"
    ;;
*)
    echo "selftest: no check $check"
    exit 2
    ;;
esac
echo "selftest: $check tells right from wrong ($count cases)"
