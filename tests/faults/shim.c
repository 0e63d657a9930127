/* Counts the calls of a process to the file system below one folder, and lets the n-th one go wrong.

   Loaded by LD_PRELOAD. Calls of other folders (Python's own modules, libraries) are never touched.
   What is read through a mapping is not seen. A process that is not armed and finds FAULTS_CONTROL and
   FAULTS_BELOW in its environment does what the file of the first says, once for all such processes. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NOTHING, FAIL, FAIL_FROM_HERE, SHORTEN, SIGNAL_BEFORE, SIGNAL_AFTER };

static int armed;
static char folder[4096];
static atomic_long calls;
static long chosen;
static int action, number, only_copies, journal = -1;
static const char *control;
static long token = -1;

void faults_arm(const char *below, long nth, int what, int value, int copies_alone, int log) {
    snprintf(folder, sizeof folder, "%s", below);
    chosen = nth, action = what, number = value, only_copies = copies_alone, journal = log;
    atomic_store(&calls, 0);
    armed = 1, control = NULL;
}

__attribute__((constructor)) static void begin(void) {
    const char *below = getenv("FAULTS_BELOW");
    control = getenv("FAULTS_CONTROL");
    if (!control || !below) return;
    snprintf(folder, sizeof folder, "%s", below);
    armed = 1;
}

/* Read what is to go wrong: a number of the trial, the call, the action and its value. */
static void look(void) {
    char text[128];
    long trial, nth;
    int what, value, file = (int)syscall(SYS_openat, AT_FDCWD, control, O_RDONLY);
    if (file < 0) {
        chosen = 0;
        return;
    }
    ssize_t length = syscall(SYS_read, file, text, sizeof text - 1);
    syscall(SYS_close, file);
    text[length < 0 ? 0 : length] = 0;
    if (sscanf(text, "%ld %ld %d %d", &trial, &nth, &what, &value) != 4 || trial == token) return;
    token = trial, chosen = nth, action = what, number = value;
    atomic_store(&calls, 0);
}

/* Whether this process is the one in which it goes wrong: who removes the file. */
static int is_claimed(void) { return action == FAIL_FROM_HERE || !syscall(SYS_unlinkat, AT_FDCWD, control, 0); }

long faults_calls(void) { return atomic_load(&calls); }

static int is_below(const char *path) {
    size_t length = strlen(folder);
    return !strncmp(path, folder, length) && (path[length] == '/' || !path[length]);
}

static int of_descriptor(int descriptor, char *path, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, size - 1);
    path[length < 0 ? 0 : length] = 0;
    return length > 0;
}

/* The whole path of a name: the current folder is put before it. */
static void whole(int at, const char *name, char *path, size_t size) {
    char before[2048] = "";
    if (name[0] != '/' && (at == AT_FDCWD ? !getcwd(before, sizeof before) : !of_descriptor(at, before, sizeof before)))
        before[0] = 0;
    snprintf(path, size, name[0] == '/' ? "%s%s" : "%s/%s", before, name);
}

/* 1 where the call is the one that goes wrong; it is written into the journal in any case. */
static int counted(const char *call, const char *path, const char *second) {
    if (!armed || !is_below(path)) return 0;
    if (only_copies && strcmp(call, "copy_file_range")) return 0;
    if (control) look();
    long n = atomic_fetch_add(&calls, 1) + 1;
    if (journal >= 0) {
        char line[8400];
        int length = snprintf(line, sizeof line, "%s\t%s\t%s\n", call, path, second ? second : "");
        syscall(SYS_write, journal, line, (size_t)length);
    }
    int is_it = n == chosen || (action == FAIL_FROM_HERE && chosen && n > chosen);
    return is_it && (!control || is_claimed());
}

static int of_file(const char *call, int descriptor) {
    char path[4096];
    if (!armed) return 0;
    int kept = errno, found = of_descriptor(descriptor, path, sizeof path) && counted(call, path, NULL);
    errno = kept;
    return found;
}

static int of_name(const char *call, int at, const char *name, int at_second, const char *second) {
    char path[4096], other[4096] = "";
    if (!armed || !name) return 0;
    int kept = errno;
    whole(at, name, path, sizeof path);
    if (second) whole(at_second, second, other, sizeof other);
    int found = counted(call, path, other);
    errno = kept;
    return found;
}

static int fails(int is_it) {
    if (!is_it) return 0;
    if (action == SIGNAL_BEFORE) kill(getpid(), number);
    if (action != FAIL && action != FAIL_FROM_HERE) return 0;
    errno = number;
    return 1;
}

static void afterwards(int is_it) {
    int kept = errno;
    if (is_it && action == SIGNAL_AFTER) kill(getpid(), number);
    errno = kept;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define BODY(is_it, failure, call)          \
    int it = is_it;                         \
    if (fails(it)) return failure;          \
    __typeof__(call) result = call;         \
    afterwards(it);                         \
    return result;
#define SHORTER(nbytes) (it && action == SHORTEN && (nbytes) > 1 ? (nbytes) / 2 : (nbytes))

ssize_t read(int f, void *to, size_t n) { BODY(of_file("read", f), -1, REAL(read)(f, to, SHORTER(n))) }
ssize_t pread(int f, void *to, size_t n, off_t o) { BODY(of_file("pread", f), -1, REAL(pread)(f, to, SHORTER(n), o)) }
ssize_t pread64(int f, void *to, size_t n, off64_t o) { BODY(of_file("pread", f), -1, REAL(pread64)(f, to, SHORTER(n), o)) }
ssize_t readv(int f, const struct iovec *v, int n) { BODY(of_file("readv", f), -1, REAL(readv)(f, v, SHORTER(n))) }
ssize_t preadv(int f, const struct iovec *v, int n, off_t o) { BODY(of_file("preadv", f), -1, REAL(preadv)(f, v, SHORTER(n), o)) }
ssize_t preadv64(int f, const struct iovec *v, int n, off64_t o) { BODY(of_file("preadv", f), -1, REAL(preadv64)(f, v, SHORTER(n), o)) }
ssize_t write(int f, const void *b, size_t n) { BODY(of_file("write", f), -1, REAL(write)(f, b, SHORTER(n))) }
ssize_t pwrite(int f, const void *b, size_t n, off_t o) { BODY(of_file("write", f), -1, REAL(pwrite)(f, b, SHORTER(n), o)) }
ssize_t pwrite64(int f, const void *b, size_t n, off64_t o) { BODY(of_file("write", f), -1, REAL(pwrite64)(f, b, SHORTER(n), o)) }
ssize_t writev(int f, const struct iovec *v, int n) { BODY(of_file("write", f), -1, REAL(writev)(f, v, SHORTER(n))) }
ssize_t pwritev(int f, const struct iovec *v, int n, off_t o) { BODY(of_file("write", f), -1, REAL(pwritev)(f, v, SHORTER(n), o)) }
ssize_t pwritev64(int f, const struct iovec *v, int n, off64_t o) { BODY(of_file("write", f), -1, REAL(pwritev64)(f, v, SHORTER(n), o)) }
ssize_t copy_file_range(int i, off64_t *a, int o, off64_t *b, size_t n, unsigned f) {
    BODY(of_file("copy_file_range", o), -1, REAL(copy_file_range)(i, a, o, b, SHORTER(n), f))
}
ssize_t sendfile(int o, int i, off_t *a, size_t n) { BODY(of_file("write", o), -1, REAL(sendfile)(o, i, a, SHORTER(n))) }
ssize_t sendfile64(int o, int i, off64_t *a, size_t n) { BODY(of_file("write", o), -1, REAL(sendfile64)(o, i, a, SHORTER(n))) }
int fsync(int f) { BODY(of_file("fsync", f), -1, REAL(fsync)(f)) }
int fdatasync(int f) { BODY(of_file("fsync", f), -1, REAL(fdatasync)(f)) }
int sync_file_range(int f, off64_t a, off64_t n, unsigned g) { BODY(of_file("sync_file_range", f), -1, REAL(sync_file_range)(f, a, n, g)) }
int ftruncate(int f, off_t n) { BODY(of_file("ftruncate", f), -1, REAL(ftruncate)(f, n)) }
int ftruncate64(int f, off64_t n) { BODY(of_file("ftruncate", f), -1, REAL(ftruncate64)(f, n)) }
int fallocate(int f, int m, off_t a, off_t n) { BODY(of_file("fallocate", f), -1, REAL(fallocate)(f, m, a, n)) }
int fallocate64(int f, int m, off64_t a, off64_t n) { BODY(of_file("fallocate", f), -1, REAL(fallocate64)(f, m, a, n)) }
int mkdir(const char *p, mode_t m) { BODY(of_name("mkdir", AT_FDCWD, p, 0, NULL), -1, REAL(mkdir)(p, m)) }
int mkdirat(int d, const char *p, mode_t m) { BODY(of_name("mkdir", d, p, 0, NULL), -1, REAL(mkdirat)(d, p, m)) }
int rmdir(const char *p) { BODY(of_name("rmdir", AT_FDCWD, p, 0, NULL), -1, REAL(rmdir)(p)) }
int unlink(const char *p) { BODY(of_name("unlink", AT_FDCWD, p, 0, NULL), -1, REAL(unlink)(p)) }
int unlinkat(int d, const char *p, int f) { BODY(of_name("unlink", d, p, 0, NULL), -1, REAL(unlinkat)(d, p, f)) }
int link(const char *p, const char *q) { BODY(of_name("link", AT_FDCWD, p, AT_FDCWD, q), -1, REAL(link)(p, q)) }
int linkat(int d, const char *p, int e, const char *q, int f) { BODY(of_name("link", d, p, e, q), -1, REAL(linkat)(d, p, e, q, f)) }
int symlink(const char *p, const char *q) { BODY(of_name("symlink", AT_FDCWD, q, 0, NULL), -1, REAL(symlink)(p, q)) }
int rename(const char *p, const char *q) { BODY(of_name("rename", AT_FDCWD, p, AT_FDCWD, q), -1, REAL(rename)(p, q)) }
int renameat(int d, const char *p, int e, const char *q) { BODY(of_name("rename", d, p, e, q), -1, REAL(renameat)(d, p, e, q)) }
int renameat2(int d, const char *p, int e, const char *q, unsigned f) { BODY(of_name("rename", d, p, e, q), -1, REAL(renameat2)(d, p, e, q, f)) }

#define MODE                                                 \
    mode_t mode = 0;                                         \
    if (flags & (O_CREAT | __O_TMPFILE)) {                   \
        va_list more;                                        \
        va_start(more, flags);                               \
        mode = va_arg(more, mode_t);                         \
        va_end(more);                                        \
    }
int open(const char *p, int flags, ...) { MODE BODY(of_name("open", AT_FDCWD, p, 0, NULL), -1, REAL(open)(p, flags, mode)) }
int open64(const char *p, int flags, ...) { MODE BODY(of_name("open", AT_FDCWD, p, 0, NULL), -1, REAL(open64)(p, flags, mode)) }
int openat(int d, const char *p, int flags, ...) { MODE BODY(of_name("open", d, p, 0, NULL), -1, REAL(openat)(d, p, flags, mode)) }
int openat64(int d, const char *p, int flags, ...) { MODE BODY(of_name("open", d, p, 0, NULL), -1, REAL(openat64)(d, p, flags, mode)) }
