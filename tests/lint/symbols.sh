#!/bin/bash
# core has no clock, socket, file, entropy, environment, heap or threads: the linker's truth.
#
# usage: symbols.sh LIBRARY
#
# Lists the undefined symbols of the core archive and compares them with a ban list. The one threaded
# file (core/base/parallel.c) is exempt by name. sqrt and rounding are allowed, other functions of
# the mathematics library are not: their last bit depends on the processor.
set -euo pipefail
library=$1
exempt='parallel\.c\.o'
banned=$(tr -s ' \n' '|' <<'LIST' | sed 's/^|//; s/|$//'
time clock clock_gettime clock_getres gettimeofday nanosleep clock_nanosleep usleep sleep timer_.*
timespec_get ftime times getrusage
rand srand rand_r random srandom random_r drand48 erand48 lrand48 nrand48 mrand48 jrand48
getrandom getentropy arc4random.* randombytes.* crypto_.*_keypair crypto_.*_keygen
socket bind listen accept4? connect send sendto sendmsg recv recvfrom recvmsg getaddrinfo poll ppoll
select pselect epoll_.* kqueue
open(64)? openat(64)? creat read write p?readv? p?writev? lseek(64)? mmap(64)? munmap msync ftruncate(64)? fsync
fdatasync unlink rename mkdir opendir readdir(64)? stat(64)? fstat(64)? fcntl(64)? ioctl
f?open(64)? fdopen freopen(64)? fclose fread fwrite fflush fseeko? ftello? fgetc fgets fputc fputs puts
putc putchar getc getchar ungetc v?f?printf v?d?printf v?sn?printf v?asprintf v?f?scanf v?sscanf
perror __.*printf_chk __isoc99_.*scanf stdin stdout stderr
getenv secure_getenv setenv unsetenv putenv environ
exit _exit _Exit quick_exit atexit system popen pclose fork vfork posix_spawn.* execv?p?e? waitpid
signal sigaction raise kill
strcpy strcat sprintf gets strtok strncpy strncat stpcpy
atoi atol atoll atof strtol strtoll strtoul strtoull strtod strtof strtold strtoimax strtoumax
__isoc23_strto.* qsort_r bsearch qsort
setlocale localeconv newlocale uselocale localtime(_r)? gmtime(_r)? mktime strftime asctime ctime
malloc calloc realloc reallocarray free posix_memalign aligned_alloc memalign valloc strdup strndup
alloca sbrk brk
pthread_.* thrd_.* mtx_.* cnd_.* tss_.* sem_.* omp_.* GOMP_.* __kmpc_.*
log log2 log10 log1p logf exp exp2 exp10 expm1 expf pow powf cbrt hypot sin cos tan sincos asin acos
atan atan2 sinh cosh tanh asinh acosh atanh erf erfc tgamma lgamma gamma fma fmaf
gsl_.*
LIST
)
if [ ! -f "$library" ]; then
    echo "symbols: no library $library"
    exit 1
fi
undefined=$(nm --undefined-only --print-file-name "$library" 2>/dev/null |
    sed -n 's/^.*:\([^:]*\): *[Uvw] \([^@]*\).*$/\1 \2/p')
if [ -z "$undefined" ]; then
    echo "symbols: nothing to read in $library"
    exit 1
fi
# A key pair from a given seed draws nothing.
found=$(grep -Ev "^$exempt |_seed_keypair\$" <<<"$undefined" | grep -E " ($banned)\$" || true)
if [ -n "$found" ]; then
    sort -u <<<"${found//.o / uses }"
    echo "symbols: core must take these from its host (core/README.md)"
    exit 1
fi
echo "symbols: $(wc -l <<<"$undefined") references to the outside, none banned"
