// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Several files: a worker process for each, so that the memory that a file
 * takes and a crash that it causes stay its own. What a worker writes goes into
 * temporary files and from there, whole and in the order of the command line,
 * to where it belongs.
 */
#define _XOPEN_SOURCE 700
#include "jobs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "array.h"
#include "file.h"
#include "memory.h"
#include "trouble.h"

/* Two descriptors for each file whose turn to be printed has not come: below 1024. */
enum { JOBS_MAX = 64, AHEAD = 4, WAITING_MAX = JOBS_MAX * AHEAD };

struct worker {
    pid_t pid;    /* 0: has ended */
    int status;   /* as of waitpid() */
    int trouble;  /* errno when it could not be started, else 0 */
    int out, err; /* what it wrote; -1: nothing */
};

struct run {
    const struct options *options;
    file_command *one;
    unsigned jobs;
    bool progress;
    unsigned started, printed, running;
    struct worker workers[WAITING_MAX]; /* of file i: [i % WAITING_MAX] */
};

static struct worker *worker_of(struct run *run, unsigned file)
{
    return &run->workers[file % WAITING_MAX];
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

_Noreturn static void work(const struct run *run, const struct worker *worker, const char *file)
{
    clearerr(stdout); /* what the parent could not write is not this file's trouble */
    exit(write_into(worker->out, worker->err) ? flushed(run->one(run->options, file)) : EXIT_TROUBLE);
}

/* Where not even one worker can be started. */
static void work_here(const struct run *run, struct worker *worker, const char *file)
{
    unsigned before = kept_count();
    int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);

    worker->trouble = 0;
    if (out >= 0 && err >= 0 && write_into(worker->out, worker->err))
        worker->status = flushed(run->one(run->options, file)) << 8; /* as waitpid() has it */
    else
        worker->trouble = errno;
    write_into(out, err);
    close(out);
    close(err);
    release_since(before);
}

static bool is_full(int trouble)
{
    return trouble == EAGAIN || trouble == ENOMEM;
}

static pid_t start_worker(const struct run *run, const struct worker *worker, const char *file)
{
    pid_t parent = getpid(), pid = fork();

    if (pid)
        return pid;
    follow(parent);
    work(run, worker, file);
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

static void start(struct run *run)
{
    const char *file = run->options->files[run->started];
    struct worker *worker = worker_of(run, run->started);
    pid_t pid = -1;

    fflush(stdout);
    *worker = (struct worker){ .out = temporary(), .err = temporary() };
    if (worker->out >= 0 && worker->err >= 0)
        pid = start_worker(run, worker, file);
    worker->trouble = pid < 0 ? errno : 0;
    if (is_crowded(run, worker))
        return;
    run->started++;
    worker->pid = pid > 0 ? pid : 0;
    run->running += pid > 0;
    if (worker->out >= 0 && worker->err >= 0 && is_full(worker->trouble))
        work_here(run, worker, file);
}

static void await_one(struct run *run)
{
    int status;
    pid_t pid = waitpid(-1, &status, 0);

    for (unsigned file = run->printed; pid > 0 && file < run->started; file++) {
        struct worker *worker = worker_of(run, file);

        if (worker->pid != pid)
            continue;
        worker->pid = 0;
        worker->status = status;
        run->running--;
    }
}

/* ---- results ------------------------------------------------------------------------ */

static void copy(int from, FILE *to)
{
    char block[1 << 14];
    ssize_t got;

    if (from < 0 || lseek(from, 0, SEEK_SET) < 0)
        return;
    while ((got = read(from, block, sizeof(block))) > 0)
        fwrite(block, 1, (size_t)got, to);
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
static int print_result(const struct worker *worker, const char *file)
{
    bool whole = !worker->trouble && WIFEXITED(worker->status);

    if (whole)
        copy(worker->out, stdout);
    copy(worker->err, stderr);
    if (worker->trouble)
        return complain_of_start(file, worker->trouble);
    return whole ? WEXITSTATUS(worker->status)
                 : complain_of_death(file, WTERMSIG(worker->status));
}

static int print_next(struct run *run)
{
    struct worker *worker = worker_of(run, run->printed);
    int result;

    array_next(run->printed == 0);
    result = print_result(worker, run->options->files[run->printed]);
    close(worker->out);
    close(worker->err);
    run->printed++;
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
           run->started - run->printed < run->jobs * AHEAD;
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

int each_file(const struct options *options, file_command *one)
{
    static struct run run;

    if (options->file_count == 1)
        return one(options, options->files[0]);
    run = (struct run){ .options = options, .one = one, .jobs = options->jobs ? options->jobs : 1,
                        .progress = isatty(STDERR_FILENO) };
    if (run.jobs > JOBS_MAX)
        run.jobs = JOBS_MAX;
    signal(SIGCHLD, SIG_DFL); /* a caller that ignores it would hide how workers ended */
    return run_all(&run);
}
