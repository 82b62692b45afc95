// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Several files: worker processes take them in rows, one file after the other in the same memory.
 * A crash costs the file that causes it: another worker takes the rest of the row. What workers
 * write goes into temporary files and from there, whole and in the order of the command line, to
 * where it belongs.
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "jobs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "array.h"
#include "file.h"
#include "memory.h"
#include "trouble.h"

/* Two descriptors for each row whose turn to be printed has not come: below 1024. */
enum { JOBS_MAX = 64, AHEAD = 4, WAITING_MAX = JOBS_MAX * AHEAD, ROW_MAX = 64 };

/* Of a file, by its worker. */
struct result {
    bool done;
    int code;
    off_t out, err; /* where what was written ends; the next file's begins there */
};

struct worker {
    pid_t pid;      /* 0: has ended */
    int status;     /* as of waitpid() */
    int trouble;    /* errno when it could not be started, else 0 */
    int out, err;   /* what it wrote; -1: nothing */
    unsigned first; /* of its files */
};

struct run {
    const struct options *options;
    file_command *one;
    unsigned jobs;
    unsigned row; /* files for a worker */
    bool progress;
    unsigned started, printed, running; /* files, files, workers */
    struct result *results;             /* shared with the workers */
    struct worker workers[WAITING_MAX]; /* of row i: [i % WAITING_MAX] */
};

static struct worker *worker_of(struct run *run, unsigned file)
{
    return &run->workers[file / run->row % WAITING_MAX];
}

/* Behind the row that has this file. */
static unsigned row_end(const struct run *run, unsigned file)
{
    unsigned end = (file / run->row + 1) * run->row;

    return end < run->options->file_count ? end : run->options->file_count;
}

/* ---- one worker ------------------------------------------------------------------ */

/* A descriptor only: a FILE would be flushed by every worker that inherits it. */
static int temporary(void)
{
    FILE *file = tmpfile();
    int fd = file ? dup(fileno(file)) : -1;

    if (file)
        fclose(file);
    return fd;
}

/* It ends with the process that started it, which may have ended before this was said. */
static void follow(pid_t parent)
{
    signal(SIGTERM, SIG_DFL);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != parent)
        exit(EXIT_TROUBLE);
}

static bool write_into(int out, int err)
{
    return dup2(out, STDOUT_FILENO) >= 0 && dup2(err, STDERR_FILENO) >= 0;
}

static void work_on(const struct run *run, unsigned file)
{
    struct result *result = &run->results[file];
    unsigned before = kept_count();

    clearerr(stdout); /* what was not written before is not this file's trouble */
    result->code = flushed(run->one(run->options, run->options->files[file]));
    result->out = lseek(STDOUT_FILENO, 0, SEEK_CUR);
    result->err = lseek(STDERR_FILENO, 0, SEEK_CUR);
    result->done = true;
    release_since(before);
}

static void work_on_row(const struct run *run, const struct worker *worker)
{
    for (unsigned file = worker->first; file < row_end(run, worker->first); file++)
        work_on(run, file);
}

_Noreturn static void work(const struct run *run, const struct worker *worker)
{
    if (!write_into(worker->out, worker->err))
        exit(EXIT_TROUBLE);
    work_on_row(run, worker);
    exit(EXIT_SAME);
}

/* Where not even one worker can be started. */
static void work_here(const struct run *run, struct worker *worker)
{
    int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);

    worker->trouble = 0;
    if (out >= 0 && err >= 0 && write_into(worker->out, worker->err))
        work_on_row(run, worker);
    else
        worker->trouble = errno;
    write_into(out, err);
    close(out);
    close(err);
}

static bool is_full(int trouble)
{
    return trouble == EAGAIN || trouble == ENOMEM;
}

static pid_t start_worker(const struct run *run, const struct worker *worker)
{
    pid_t parent = getpid(), pid = fork();

    if (pid)
        return pid;
    follow(parent);
    work(run, worker);
}

/* More workers than run now the machine does not take: it goes on with those. */
static bool is_crowded(struct run *run, struct worker *worker)
{
    if (!is_full(worker->trouble) || !run->running)
        return false;
    close(worker->out);
    close(worker->err);
    run->jobs = run->running;
    return true;
}

/* False: later, when another has ended. */
static bool start_at(struct run *run, unsigned first)
{
    struct worker *worker = worker_of(run, first);
    pid_t pid = -1;

    fflush(stdout);
    *worker = (struct worker){ .out = temporary(), .err = temporary(), .first = first };
    if (worker->out >= 0 && worker->err >= 0)
        pid = start_worker(run, worker);
    worker->trouble = pid < 0 ? errno : 0;
    if (is_crowded(run, worker))
        return false;
    worker->pid = pid > 0 ? pid : 0;
    run->running += pid > 0;
    if (worker->out >= 0 && worker->err >= 0 && is_full(worker->trouble))
        work_here(run, worker);
    return true;
}

static void start(struct run *run)
{
    if (start_at(run, run->started))
        run->started = row_end(run, run->started);
}

static void await_one(struct run *run)
{
    int status;
    pid_t pid = waitpid(-1, &status, 0);

    for (unsigned i = 0; pid > 0 && i < WAITING_MAX; i++) {
        struct worker *worker = &run->workers[i];

        if (worker->pid != pid)
            continue;
        worker->pid = 0;
        worker->status = status;
        run->running--;
    }
}

/* ---- results ------------------------------------------------------------------------ */

/* Of a file that is not done, all that there is. */
#define TO_THE_END ((off_t)1 << 62)

static void copy(int from, off_t at, off_t end, FILE *to)
{
    char block[1 << 14];
    ssize_t got = 1;

    while (at < end && got > 0) {
        size_t most = end - at < (off_t)sizeof(block) ? (size_t)(end - at) : sizeof(block);

        got = pread(from, block, most, at);
        if (got > 0)
            fwrite(block, 1, (size_t)got, to);
        at += got;
    }
    fflush(to);
}

static int complain_of_death(const char *file, int signal)
{
    char what[80];

    snprintf(what, sizeof(what), "the worker was killed by signal %d (%s)", signal,
             strsignal(signal));
    return complain_about(file, "worker", what,
                          "run dtshim on this file alone; if it dies again, report it with the "
                          "file");
}

static int complain_of_start(const char *file, int trouble)
{
    char what[120];

    snprintf(what, sizeof(what), "cannot start a worker: %s", strerror(trouble));
    return complain_about(file, "worker", what, "make /tmp writable, or use a smaller number "
                                                "with -j");
}

/* Of a worker that died in the middle, only what it complained of is worth printing. */
static int print_result(const struct run *run, const struct worker *worker, unsigned file)
{
    static const struct result none, whole_file = { .out = TO_THE_END, .err = TO_THE_END };
    const struct result *from = file == worker->first ? &none : &run->results[file - 1];
    const struct result *to = run->results[file].done ? &run->results[file] : &whole_file;
    const char *name = run->options->files[file];
    bool whole = !worker->trouble && (to->done || WIFEXITED(worker->status));

    if (whole)
        copy(worker->out, from->out, to->out, stdout);
    copy(worker->err, from->err, to->err, stderr);
    if (worker->trouble)
        return complain_of_start(name, worker->trouble);
    if (!whole)
        return complain_of_death(name, WTERMSIG(worker->status));
    return to->done ? to->code : WEXITSTATUS(worker->status);
}

/* What is left of a row: another worker takes it, as soon as there can be one. */
static void start_rest(struct run *run, unsigned first)
{
    while (!start_at(run, first))
        await_one(run);
}

static int print_next(struct run *run)
{
    unsigned file = run->printed++;
    struct worker *worker = worker_of(run, file);
    bool last = run->printed == row_end(run, file), done = run->results[file].done;
    int result;

    array_next(file == 0);
    result = print_result(run, worker, file);
    if (last || !done) {
        close(worker->out);
        close(worker->err);
    }
    if (!last && !done)
        start_rest(run, run->printed);
    return result;
}

/* ---- progress ------------------------------------------------------------------------- */

enum { PROGRESS_WIDTH = 72 };

static void show_progress(const struct run *run)
{
    char line[PROGRESS_WIDTH + 1];

    if (!run->progress || !run->started)
        return;
    snprintf(line, sizeof(line), "dtshim: %u/%u %s", run->started, run->options->file_count,
             file_base(run->options->files[run->started - 1]));
    fprintf(stderr, "\r%-*s", PROGRESS_WIDTH, line);
}

static void erase_progress(const struct run *run)
{
    if (run->progress)
        fprintf(stderr, "\r%*s\r", PROGRESS_WIDTH, "");
}

/* ---- all files -------------------------------------------------------------------------- */

static bool can_start(const struct run *run)
{
    return run->started < run->options->file_count && run->running < run->jobs &&
           run->started / run->row - run->printed / run->row < run->jobs * AHEAD;
}

static bool can_print(struct run *run)
{
    return run->printed < run->started && !worker_of(run, run->printed)->pid;
}

static int print_ready(struct run *run)
{
    int worst = EXIT_SAME;

    if (can_print(run))
        erase_progress(run);
    while (can_print(run)) {
        int result = print_next(run);

        worst = result > worst ? result : worst;
    }
    return worst;
}

static int run_all(struct run *run)
{
    int worst = EXIT_SAME;

    while (run->printed < run->options->file_count) {
        int result;

        while (can_start(run))
            start(run);
        show_progress(run);
        if (run->running)
            await_one(run);
        result = print_ready(run);
        worst = result > worst ? result : worst;
    }
    array_end();
    return worst;
}

/* Long rows, but for each worker several: none is to wait for the last of another. */
static unsigned row_of(unsigned files, unsigned jobs)
{
    unsigned row = files / (jobs * AHEAD);

    return row < 1 ? 1 : row < ROW_MAX ? row : ROW_MAX;
}

int each_file(const struct options *options, file_command *one)
{
    static struct run run;
    unsigned jobs = options->jobs ? options->jobs : 1;

    if (options->file_count == 1)
        return one(options, options->files[0]);
    if (jobs > JOBS_MAX)
        jobs = JOBS_MAX;
    run = (struct run){ .options = options, .one = one, .jobs = jobs,
                        .row = row_of(options->file_count, jobs),
                        .progress = isatty(STDERR_FILENO) };
    run.results = mmap(NULL, options->file_count * sizeof(*run.results), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (run.results == MAP_FAILED)
        return complain_of_start(options->files[0], errno);
    signal(SIGCHLD, SIG_DFL); /* a caller that ignores it would hide how workers ended */
    return run_all(&run);
}
