#!/bin/sh
# Every public function, type, field and macro of core and sim is documented: doxygen says so.
# usage: doxygen.sh ROOT OUTPUT_FOLDER
set -eu
root=$1
output=$2
if ! command -v doxygen >/dev/null; then
    echo "doxygen: not here"
    exit 77
fi
mkdir -p "$output"
# Headers that open with "Private to" are not public; comments in them may speak for several names.
private=$(cd "$root" && find core sim -name '*.h' -exec grep -l '^ [*] Private to ' {} + |
    sed "s|^|$root/|" | tr '\n' ' ')
cat >"$output/Doxyfile" <<END
PROJECT_NAME = Herstatt
INPUT = $root/core $root/sim
FILE_PATTERNS = *.h
EXCLUDE = $private
RECURSIVE = YES
STRIP_FROM_PATH = $root
OUTPUT_DIRECTORY = $output
GENERATE_HTML = NO
GENERATE_LATEX = NO
GENERATE_XML = YES
XML_PROGRAMLISTING = NO
QUIET = YES
WARNINGS = YES
WARN_IF_UNDOCUMENTED = YES
WARN_IF_DOC_ERROR = YES
WARN_LOGFILE = $output/warnings.txt
EXTRACT_ALL = NO
EXTRACT_STATIC = YES
OPTIMIZE_OUTPUT_FOR_C = YES
JAVADOC_AUTOBRIEF = YES
MACRO_EXPANSION = YES
EXPAND_ONLY_PREDEF = YES
PREDEFINED = HST_NODISCARD= "__attribute__(x)=" HST_STATUS_MAP(x)= "_Static_assert(x,y)="
EXCLUDE_SYMBOLS = X
END
doxygen "$output/Doxyfile"
# Fields declared together on one line, and constants on lines one below the other, share a comment,
# of which doxygen sees one name only.
found=$(grep -E '^[^ ]+:[0-9]+: warning: Member .* is not documented|^[^ ]+:[0-9]+: warning: Compound' \
    "$output/warnings.txt" | while IFS=: read -r file line text; do
    sed -n "${line}p" "$file" | grep -qF '/**<' ||
        sed -n "$((line - 1))p" "$file" | grep -q '^#define' || echo "${file#"$root"/}:$line:$text"
done)
if [ -n "$found" ]; then
    echo "$found"
    echo "doxygen: $(echo "$found" | wc -l) public names without a word"
    exit 1
fi
echo "doxygen: every public name is documented"
