/* A disk and a clock that can fail, between a program and the C library (LD_PRELOAD).
 *
 * Of every file in STEADING_SHIM_DIR it is remembered what was done to it since its last flush. A power cut undoes all
 * of that and does a random part again: some writes, some halves of writes. What was flushed stays. Names are lost
 * alike: a file that was made, renamed or removed while its directory was not flushed since may be as before.
 *
 * What it does is read from a file in shared memory (STEADING_SHIM_CONTROL), whose fields are those of `struct control`
 * and of control.rs, in one order.
 *
 * Not modelled: what an earlier process had not flushed (a cut loses what this one wrote), directories that were made,
 * system calls that go past the C library, and writes through a mapping, which only the -shm file has, and that one is
 * deleted after a cut. After a flush that failed a later one is believed. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define SECTOR 512
#define TABLE 4096

struct control {
    /* What it is told. */
    uint64_t seed;
    uint64_t is_full;          /* writes that would make a file longer fail with ENOSPC */
    uint64_t failing_write;    /* every so many-th write, flush, read fails with EIO; 0 for none */
    uint64_t failing_flush;
    uint64_t failing_read;
    uint64_t flush_micros;     /* how long a flush takes */
    int64_t clock_millis;      /* how far the clock on the wall is off */
    uint64_t cut_at_write;     /* the power is cut after so many more writes, or before the end of such a flush */
    uint64_t cut_at_flush;
    uint64_t cut_manner;       /* 0: a random part is done again, 1: nothing is, 2: a beginning is */
    /* What it tells. */
    uint64_t writes;
    uint64_t flushes;
    uint64_t failed;
    uint64_t undone;           /* of the last cut: things that were undone */
    uint64_t done_again;
    uint64_t torn;
    uint64_t names_lost;
    uint64_t has_cut;
};

/* One thing that was done to a file since it was flushed. */
struct act {
    struct act *before, *after;
    uint64_t number;
    int is_truncation;
    off_t at, old_size, new_size;
    size_t old_length, new_length;
    char *old, *new;
};

struct file {
    dev_t device;
    ino_t inode;
    char *path;
    struct act *first, *last;
    struct file *next;
};

/* A name that was made, removed or moved since its directory was flushed. */
struct naming {
    struct naming *before, *after;
    char *directory, *from, *to, *grave;
};

static struct control off, *control = &off;
static struct file *files[TABLE];
static struct naming *first_naming, *last_naming;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *place, *graves;
static uint64_t acts, buried, randomness;
static __thread int is_inside;

static int sys_open(const char *path, int flags, mode_t mode) {
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

__attribute__((constructor)) static void begin(void) {
    const char *dir = getenv("STEADING_SHIM_DIR"), *file = getenv("STEADING_SHIM_CONTROL");
    if (!dir || !file || place) return;
    int fd = sys_open(file, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0) return;
    void *shared = mmap(NULL, sizeof off, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (shared == MAP_FAILED) return;
    control = shared;
    randomness = control->seed | 1;
    if (asprintf(&graves, "%s.graves", dir) < 0) abort();
    mkdir(graves, 0700);
    place = strdup(dir);
}

static uint64_t chance(uint64_t below) {
    randomness ^= randomness << 13;
    randomness ^= randomness >> 7;
    randomness ^= randomness << 17;
    return (randomness * 0x2545F4914F6CDD1DULL >> 33) % below;
}

static int ends_in(const char *text, const char *end) {
    size_t a = strlen(text), b = strlen(end);
    return a >= b && !strcmp(text + a - b, end);
}

/* Whether a path is one that is watched. */
static int is_watched(const char *path) {
    size_t length = place ? strlen(place) : 0;
    return length && !strncmp(path, place, length) && path[length] == '/' && !ends_in(path, "-shm") &&
           !ends_in(path, ".lock");
}

static struct file **slot(dev_t device, ino_t inode) {
    struct file **at = &files[inode % TABLE];
    while (*at && ((*at)->inode != inode || (*at)->device != device)) at = &(*at)->next;
    return at;
}

static struct file *file_of(int fd) {
    struct stat is;
    if (!place || fstat(fd, &is) || !S_ISREG(is.st_mode)) return NULL;
    return *slot(is.st_dev, is.st_ino);
}

static struct file *file_at(const char *path) {
    struct stat is;
    if (lstat(path, &is)) return NULL;
    return *slot(is.st_dev, is.st_ino);
}

static void forget_act(struct file *file, struct act *act) {
    *(act->before ? &act->before->after : &file->first) = act->after;
    *(act->after ? &act->after->before : &file->last) = act->before;
    free(act->old);
    free(act->new);
    free(act);
}

static void forget_file(dev_t device, ino_t inode) {
    struct file **at = slot(device, inode), *file = *at;
    if (!file) return;
    while (file->first) forget_act(file, file->first);
    *at = file->next;
    free(file->path);
    free(file);
}

static void watch(int fd, const char *path) {
    struct stat is;
    if (fstat(fd, &is) || !S_ISREG(is.st_mode)) return;
    struct file **at = slot(is.st_dev, is.st_ino);
    if (*at) return;
    *at = calloc(1, sizeof **at);
    if (!*at) abort();
    **at = (struct file){.device = is.st_dev, .inode = is.st_ino, .path = strdup(path)};
}

static void move_file(struct file *file, const char *path) {
    if (!file) return;
    free(file->path);
    file->path = strdup(path);
}

/* Reads what a file holds, whether or not it was opened for that. */
static size_t content(int fd, off_t at, size_t length, char **into) {
    *into = malloc(length ? length : 1);
    if (!*into) abort();
    int other = -1;
    size_t have = 0;
    while (have < length) {
        long got = syscall(SYS_pread64, other < 0 ? fd : other, *into + have, length - have, at + (off_t)have);
        if (got < 0 && errno == EBADF && other < 0) {
            char name[64];
            snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
            /* Closing this lets go of locks, which a file that is only written has none of. */
            if ((other = sys_open(name, O_RDONLY | O_CLOEXEC, 0)) >= 0) continue;
        }
        if (got <= 0) break;
        have += (size_t)got;
    }
    if (other >= 0) close(other);
    return have;
}

static struct act *remember(struct file *file, struct act is) {
    struct act *act = malloc(sizeof *act);
    if (!act) abort();
    *act = is;
    act->number = ++acts;
    act->before = file->last;
    *(file->last ? &file->last->after : &file->first) = act;
    file->last = act;
    return act;
}

static void pwrite_all(int fd, const char *from, size_t length, off_t at) {
    while (length) {
        long done = syscall(SYS_pwrite64, fd, from, length, at);
        if (done <= 0) return;
        from += done, at += done, length -= (size_t)done;
    }
}

static void redo_torn(int fd, const struct act *act) {
    off_t end = act->at + (off_t)act->new_length;
    for (off_t at = act->at; at < end;) {
        off_t next = (at / SECTOR + 1) * SECTOR;
        if (next > end) next = end;
        if (chance(2)) pwrite_all(fd, act->new + (at - act->at), (size_t)(next - at), at);
        at = next;
    }
    control->torn++;
}

/* The disk as it is after the power came back. */
static void cut_file(struct file *file) {
    int fd = sys_open(file->path, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0) return;
    size_t count = 0;
    for (struct act *act = file->last; act; act = act->before, count++) {
        struct stat is;
        if (fstat(fd, &is)) return;
        if (act->is_truncation) {
            if (ftruncate(fd, act->old_size)) return;
        } else {
            act->new_length = content(fd, act->at, act->new_length, &act->new);
        }
        pwrite_all(fd, act->old, act->old_length, act->at);
        if (!act->is_truncation && is.st_size > act->old_size && syscall(SYS_ftruncate, fd, act->old_size)) return;
    }
    control->undone += count;
    uint64_t manner = control->cut_manner, share = chance(5), kept = count ? chance(count + 1) : 0, number = 0;
    for (struct act *act = file->first; act && manner != 1; act = act->after, number++) {
        int is_torn = manner == 2 ? number == kept : chance(8) == 0;
        int is_done = manner == 2 ? number < kept : chance(4) < share;
        if (!is_done && !(is_torn && manner == 2)) continue;
        if (act->is_truncation) {
            if (is_done && syscall(SYS_ftruncate, fd, act->new_size)) return;
        } else if (is_torn) {
            redo_torn(fd, act);
        } else {
            pwrite_all(fd, act->new, act->new_length, act->at);
        }
        control->done_again++;
    }
    close(fd);
}

static void undo_naming(struct naming *one) {
    if (one->from && one->to) syscall(SYS_rename, one->to, one->from);
    if (!one->from && one->to) syscall(SYS_unlink, one->to);
    if (one->grave) syscall(SYS_rename, one->grave, one->from && !one->to ? one->from : one->to);
    control->names_lost++;
}

/* Never returns. The lock is held, so nothing is written any more. */
static void cut_power(void) {
    is_inside = 1;
    control->cut_at_write = control->cut_at_flush = 0;
    for (size_t at = 0; at < TABLE; at++)
        for (struct file *file = files[at]; file; file = file->next)
            if (file->first) cut_file(file);
    uint64_t count = 0;
    for (struct naming *one = first_naming; one; one = one->after) count++;
    /* Names come on the disk in their order. */
    uint64_t lost = control->cut_manner == 1 ? count : chance(count + 1);
    for (struct naming *one = last_naming; one && lost; one = one->before, lost--) undo_naming(one);
    control->has_cut = 1;
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

static int is_due(volatile uint64_t *countdown) {
    return *countdown && --*countdown == 0;
}

static int fails(uint64_t every, uint64_t count) {
    if (!every || count % every) return 0;
    control->failed++;
    return 1;
}

static ssize_t put(struct file *file, int fd, const void *from, size_t length, off_t at, int has_place) {
    struct stat is;
    control->writes++;
    if (fstat(fd, &is)) return -1;
    if (control->is_full && at + (off_t)length > is.st_size) {
        control->failed++;
        errno = ENOSPC;
        return -1;
    }
    if (fails(control->failing_write, control->writes)) {
        errno = EIO;
        return -1;
    }
    struct act act = {.at = at, .old_size = is.st_size};
    act.old_length = content(fd, at, length, &act.old);
    ssize_t done = has_place ? syscall(SYS_pwrite64, fd, from, length, at) : syscall(SYS_write, fd, from, length);
    if (done <= 0) {
        free(act.old);
        return done;
    }
    act.new_length = (size_t)done;
    if (act.old_length > (size_t)done) act.old_length = (size_t)done;
    remember(file, act);
    if (is_due(&control->cut_at_write)) cut_power();
    return done;
}

ssize_t write(int fd, const void *from, size_t length) {
    struct stat is;
    /* Without the lock, since a handler of signals may write to a pipe. */
    if (!place || is_inside || fstat(fd, &is) || !S_ISREG(is.st_mode)) return syscall(SYS_write, fd, from, length);
    pthread_mutex_lock(&lock);
    struct file *file = file_of(fd);
    if (!file) {
        pthread_mutex_unlock(&lock);
        return syscall(SYS_write, fd, from, length);
    }
    int is_appended = fcntl(fd, F_GETFL) & O_APPEND;
    off_t at = is_appended ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
    ssize_t done = put(file, fd, from, length, at, 0);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwrite64(int fd, const void *from, size_t length, off_t at) {
    pthread_mutex_lock(&lock);
    struct file *file = is_inside ? NULL : file_of(fd);
    ssize_t done = file ? put(file, fd, from, length, at, 1) : syscall(SYS_pwrite64, fd, from, length, at);
    pthread_mutex_unlock(&lock);
    return done;
}

#undef pwrite
ssize_t pwrite_plain(int, const void *, size_t, off_t) __asm__("pwrite");
ssize_t pwrite_plain(int fd, const void *from, size_t length, off_t at) {
    return pwrite64(fd, from, length, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    struct file *file = NULL;
    if (place && !is_inside) {
        pthread_mutex_lock(&lock);
        file = file_of(fd);
        pthread_mutex_unlock(&lock);
    }
    if (!file) return syscall(SYS_writev, fd, parts, count);
    /* A short write is one that the caller goes on from. */
    for (int at = 0; at < count; at++)
        if (parts[at].iov_len) return write(fd, parts[at].iov_base, parts[at].iov_len);
    return 0;
}

ssize_t copy_file_range(int from, off_t *a, int to, off_t *b, size_t length, unsigned flags) {
    if (!place) return syscall(SYS_copy_file_range, from, a, to, b, length, flags);
    errno = ENOSYS;
    return -1;
}

ssize_t sendfile64(int to, int from, off_t *at, size_t length) {
    if (!place) return syscall(SYS_sendfile, to, from, at, length);
    errno = ENOSYS;
    return -1;
}

static int may_read(int fd) {
    static uint64_t reads;
    if (!control->failing_read) return 1;
    pthread_mutex_lock(&lock);
    int is_failing = file_of(fd) && fails(control->failing_read, ++reads);
    pthread_mutex_unlock(&lock);
    if (is_failing) errno = EIO;
    return !is_failing;
}

ssize_t read(int fd, void *into, size_t length) {
    return may_read(fd) ? syscall(SYS_read, fd, into, length) : -1;
}

ssize_t pread64(int fd, void *into, size_t length, off_t at) {
    return may_read(fd) ? syscall(SYS_pread64, fd, into, length, at) : -1;
}

int ftruncate64(int fd, off_t size) {
    if (!place || is_inside) return (int)syscall(SYS_ftruncate, fd, size);
    pthread_mutex_lock(&lock);
    struct file *file = file_of(fd);
    struct stat is;
    if (file && !fstat(fd, &is) && is.st_size != size) {
        struct act act = {.is_truncation = 1, .at = size, .old_size = is.st_size, .new_size = size};
        if (is.st_size > size) act.old_length = content(fd, size, (size_t)(is.st_size - size), &act.old);
        remember(file, act);
    }
    int done = (int)syscall(SYS_ftruncate, fd, size);
    pthread_mutex_unlock(&lock);
    return done;
}

int ftruncate_plain(int, off_t) __asm__("ftruncate");
int ftruncate_plain(int fd, off_t size) {
    return ftruncate64(fd, size);
}

static void bury(const char *path, char **grave) {
    if (asprintf(grave, "%s/%llu", graves, (unsigned long long)++buried) < 0) abort();
    if (link(path, *grave)) {
        free(*grave);
        *grave = NULL;
        return;
    }
    move_file(file_at(path), *grave);
}

static void note_naming(const char *from, const char *to, char *grave) {
    struct naming *one = calloc(1, sizeof *one);
    if (!one) abort();
    const char *path = to ? to : from;
    *one = (struct naming){
        .before = last_naming,
        .directory = strndup(path, (size_t)(strrchr(path, '/') - path)),
        .from = from ? strdup(from) : NULL,
        .to = to ? strdup(to) : NULL,
        .grave = grave,
    };
    *(last_naming ? &last_naming->after : &first_naming) = one;
    last_naming = one;
}

static void forget_naming(struct naming *one) {
    *(one->before ? &one->before->after : &first_naming) = one->after;
    *(one->after ? &one->after->before : &last_naming) = one->before;
    if (one->grave) {
        struct stat is;
        if (!lstat(one->grave, &is) && is.st_nlink == 1) forget_file(is.st_dev, is.st_ino);
        syscall(SYS_unlink, one->grave);
    }
    free(one->directory);
    free(one->from);
    free(one->to);
    free(one->grave);
    free(one);
}

static int flush_directory(int fd) {
    char link_path[64], path[PATH_MAX];
    snprintf(link_path, sizeof link_path, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link_path, path, sizeof path - 1);
    if (length < 0) return -1;
    path[length] = 0;
    pthread_mutex_lock(&lock);
    for (struct naming *one = first_naming, *next; one; one = next) {
        next = one->after;
        if (!strcmp(one->directory, path)) forget_naming(one);
    }
    pthread_mutex_unlock(&lock);
    return 0;
}

static int flush(int fd, long call) {
    struct stat is;
    if (!place || is_inside || fstat(fd, &is)) return (int)syscall(call, fd);
    if (S_ISDIR(is.st_mode)) return flush_directory(fd);
    pthread_mutex_lock(&lock);
    struct file *file = file_of(fd);
    if (!file) {
        pthread_mutex_unlock(&lock);
        return (int)syscall(call, fd);
    }
    control->flushes++;
    uint64_t until = acts;
    if (is_due(&control->cut_at_flush)) cut_power();
    int is_failing = fails(control->failing_flush, control->flushes);
    uint64_t micros = control->flush_micros;
    pthread_mutex_unlock(&lock);
    if (micros) {
        struct timespec span = {.tv_sec = (time_t)(micros / 1000000), .tv_nsec = (long)(micros % 1000000) * 1000};
        nanosleep(&span, NULL);
    }
    if (is_failing) {
        errno = EIO;
        return -1;
    }
    pthread_mutex_lock(&lock);
    /* The file may have been forgotten meanwhile. */
    file = file_of(fd);
    while (file && file->first && file->first->number <= until) forget_act(file, file->first);
    pthread_mutex_unlock(&lock);
    return 0;
}

int fsync(int fd) {
    return flush(fd, SYS_fsync);
}

int fdatasync(int fd) {
    return flush(fd, SYS_fdatasync);
}

static int open_watched(const char *path, int flags, mode_t mode) {
    if (!place || is_inside || !is_watched(path) || (flags & O_TMPFILE) == O_TMPFILE || (flags & O_DIRECTORY))
        return sys_open(path, flags, mode);
    pthread_mutex_lock(&lock);
    struct stat is;
    int was_there = !lstat(path, &is);
    int fd = -1;
    if (!was_there && (flags & O_CREAT) && control->is_full) {
        control->failed++;
        errno = ENOSPC;
    } else {
        fd = sys_open(path, flags & ~O_TRUNC, mode);
    }
    if (fd >= 0) {
        watch(fd, path);
        if (!was_there && (flags & O_CREAT)) note_naming(NULL, path, NULL);
    }
    pthread_mutex_unlock(&lock);
    if (fd >= 0 && was_there && (flags & O_TRUNC)) ftruncate64(fd, 0);
    return fd;
}

#define MODE(flags, mode)                                   \
    mode_t mode = 0;                                        \
    if ((flags) & O_CREAT || ((flags) & O_TMPFILE) == O_TMPFILE) { \
        va_list rest;                                       \
        va_start(rest, flags);                              \
        mode = (mode_t)va_arg(rest, int);                   \
        va_end(rest);                                       \
    }

int open64(const char *path, int flags, ...) {
    MODE(flags, mode)
    return open_watched(path, flags, mode);
}

int open_plain(const char *, int, ...) __asm__("open");
int open_plain(const char *path, int flags, ...) {
    MODE(flags, mode)
    return open_watched(path, flags, mode);
}

int unlink(const char *path) {
    if (!place || is_inside || !is_watched(path)) return (int)syscall(SYS_unlink, path);
    pthread_mutex_lock(&lock);
    char *grave = NULL;
    bury(path, &grave);
    int done = (int)syscall(SYS_unlink, path);
    if (!done) note_naming(path, NULL, grave);
    pthread_mutex_unlock(&lock);
    return done;
}

int rename(const char *from, const char *to) {
    if (!place || is_inside || !is_watched(to)) return (int)syscall(SYS_rename, from, to);
    pthread_mutex_lock(&lock);
    char *grave = NULL;
    struct file *file = file_at(from);
    bury(to, &grave);
    int done = (int)syscall(SYS_rename, from, to);
    if (!done) {
        move_file(file, to);
        note_naming(from, to, grave);
    }
    pthread_mutex_unlock(&lock);
    return done;
}

int clock_gettime(clockid_t clock, struct timespec *is) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int done = real(clock, is);
    int64_t millis = control->clock_millis;
    if (done || !millis || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return done;
    int64_t nanos = is->tv_nsec + millis % 1000 * 1000000;
    is->tv_sec += millis / 1000 + (nanos < 0 ? -1 : nanos / 1000000000);
    is->tv_nsec = nanos < 0 ? nanos + 1000000000 : nanos % 1000000000;
    return 0;
}

int gettimeofday(struct timeval *restrict is, void *restrict zone) {
    (void)zone;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *is = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return 0;
}
