// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * One start of the stage by UEFI, of a test's making (host.h). usage: firmware WORD...
 *   stage=ADDRESS level=N payload=FILE          where it lies; the FIT behind it
 *   memory=TYPE:BASE:SIZE[:ATTRIBUTE]           an entry of the map; with - behind it, without RAM
 *   odd=TYPE:BASE:PAGES:ATTRIBUTE               one that is only told
 *   tree=ADDRESS:FILE acpi                      configuration tables
 *   at=ADDRESS:FILE                             what a boot loader has put there
 *   volume=FOLDER device=N parent=N path=NODE   volumes; - for N: none; a path of some nodes
 *   options=LINE options-open=LINE              with its NUL, or without
 *   variable=NAME:VALUE fixup=STATUS
 *   below pages=N read=BYTES entry=BYTES short=NAME:LEN
 *   exits=N grow=N grow-by-file=N load=STATUS start=STATUS no-console
 *   out=FILE go-on may-map                      the prepared tree; on into the stage that is left for,
 *                                               to which the tree may give what the firmware keeps
 * On stderr is what it says; on stdout what came of it, the last line one of
 *   left ENTRY TREE | returned STATUS | passed ADDRESS SIZE DEVICE OPTIONS | stopped | no RAM
 * and with go-on what came of that: started ENTRY TREE | stopped | no RAM
 */
#define _GNU_SOURCE
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fuzz.h"
#include "host.h"

enum { TROUBLE = 2, BROKEN = 3, LOADS = 8 };

static struct start {
    struct host host;
    const uint8_t *payload;
    uint64_t payload_len;
    const char *tree;
    const char *loads[LOADS];
    unsigned load_count;
    const char *out;
    bool goes_on, may_map;
} start;

void fuzz_require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "firmware: %s\n", what);
    exit(BROKEN);
}

static _Noreturn void give_up(const char *what, const char *name)
{
    fprintf(stderr, "firmware: %s: %s\n", what, name);
    exit(TROUBLE);
}

/* ---- files ---------------------------------------------------------------------------------- */

static uint8_t *read_file(const char *name, uint64_t *len)
{
    FILE *file = fopen(name, "rb");
    uint8_t *bytes = NULL;

    if (!file || fseek(file, 0, SEEK_END))
        give_up("cannot be read", name);
    *len = (uint64_t)ftell(file);
    rewind(file);
    bytes = malloc(*len + 1);
    if (!bytes || fread(bytes, 1, *len, file) != *len)
        give_up("cannot be read", name);
    fclose(file);
    return bytes;
}

static int add_file(const char *path, const struct stat *about, int kind, struct FTW *at)
{
    struct host_volume *volume = &start.host.volumes[start.host.volume_count];
    struct host_file *file = &volume->files[volume->count];
    const char *name = path;

    (void)about;
    if (!at->level)
        return 0;
    if (volume->count++ == HOST_FILES)
        give_up("too many files", path);
    for (int i = strlen(path), level = at->level; level; level--)
        for (name = path + --i; *name != '/'; name = path + --i)
            ;
    snprintf(file->name, sizeof(file->name), "%s", name + 1);
    file->folder = kind == FTW_D;
    if (!file->folder)
        file->bytes = read_file(path, &file->len);
    file->whole = file->len;
    return 0;
}

static void take_volume(char *folder)
{
    if (start.host.volume_count == HOST_VOLUMES || nftw(folder, add_file, 4, 0))
        give_up("no volume", folder);
    start.host.volume_count++;
}

/* So much of it can be read. */
static void cut_file(char *word)
{
    struct host_volume *volume = &start.host.volumes[start.host.volume_count - 1];
    const char *colon = strchr(word, ':');

    for (unsigned i = 0; i < volume->count; i++)
        if (!strncmp(volume->files[i].name, word, (size_t)(colon - word)))
            volume->files[i].len = strtoull(colon + 1, NULL, 0);
}

/* ---- words ------------------------------------------------------------------------------------ */

static uint64_t number(const char **at)
{
    char *end;
    uint64_t value = strtoull(*at, &end, 0);

    if (end == *at)
        give_up("no number", *at);
    *at = *end == ':' ? end + 1 : end;
    return value;
}

static void take_memory(char *word)
{
    const char *at = word;
    uint32_t type = (uint32_t)number(&at);
    uint64_t base = number(&at), size = number(&at);
    bool empty = *at == '-';
    uint64_t attribute = *at && !empty ? number(&at) : EFI_MEMORY_WB;

    if (!host_add_memory(&start.host, type, (struct shim_range){ base, size }, attribute))
        give_up("no entry of a map", word);
    for (unsigned i = 0; i < start.host.count; i++)
        if (start.host.entries[i].physical == base)
            start.host.entries[i].padding = empty;
}

static void take_odd(char *word)
{
    struct efi_memory *entry = &start.host.odd[start.host.odd_count++];
    const char *at = word;

    entry->type = (uint32_t)number(&at);
    entry->physical = number(&at);
    entry->pages = number(&at);
    entry->attribute = number(&at);
}

static void take_node(char *name)
{
    uint8_t *at = start.host.path;
    size_t len = strlen(name) + 1;

    while (start.host.has_path && at[0] != EFI_PATH_END)
        at += at[2] | at[3] << 8;
    at[0] = EFI_PATH_MEDIA;
    at[1] = EFI_PATH_FILE;
    at[2] = (uint8_t)(EFI_PATH_HEADER + 2 * len);
    at[3] = (uint8_t)((EFI_PATH_HEADER + 2 * len) >> 8);
    for (size_t i = 0; i < len; i++)
        at[EFI_PATH_HEADER + 2 * i] = (uint8_t)name[i];
    memcpy(at + EFI_PATH_HEADER + 2 * len, (uint8_t[]){ EFI_PATH_END, 0xff, EFI_PATH_HEADER, 0 }, 4);
    start.host.has_path = true;
}

static void take_line(const char *line, bool open)
{
    uint32_t len = 0;

    for (; *line; line++)
        start.host.options[len++] = (uint8_t)*line;
    start.host.options_size = 2 * (len + !open);
    if (open)
        memset(start.host.options + len, 0x41, 64);
}

static void take_variable(char *word)
{
    char *colon = strchr(word, ':');

    *colon = '\0';
    start.host.variables[start.host.variable_count++] =
        (struct host_variable){ word, (uint8_t)strtoul(colon + 1, NULL, 0) };
}

static unsigned volume_number(const char *word)
{
    return *word == '-' ? (unsigned)HOST_NOWHERE : (unsigned)number(&word);
}

/* ---- words of one kind each --------------------------------------------------------------------- */

static void take_payload(char *name)
{
    start.payload = read_file(name, &start.payload_len);
}

static void take_tree(char *word)
{
    start.tree = word;
}

static void take_load(char *word)
{
    if (start.load_count == LOADS)
        give_up("too many files", word);
    start.loads[start.load_count++] = word;
}

static void take_device(char *word)
{
    start.host.device = volume_number(word);
}

static void take_parent(char *word)
{
    start.host.has_parent = true;
    start.host.parent_device = volume_number(word);
}

static void take_options(char *line)
{
    take_line(line, false);
}

static void take_open_options(char *line)
{
    take_line(line, true);
}

static void take_fixup(char *word)
{
    const char *at = word;

    start.host.has_fixup = true;
    start.host.fixup_status = number(&at);
}

static void take_start(char *word)
{
    const char *at = word;

    start.host.start_fails = true;
    start.host.start_status = number(&at);
}

static void take_out(char *name)
{
    start.out = name;
}

/* ---- all words -------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    void (*take)(char *value);
} takers[] = {
    { "memory", take_memory }, { "odd", take_odd }, { "payload", take_payload }, { "tree", take_tree },
    { "at", take_load }, { "volume", take_volume }, { "short", cut_file }, { "device", take_device },
    { "parent", take_parent }, { "path", take_node }, { "options", take_options },
    { "options-open", take_open_options }, { "variable", take_variable }, { "fixup", take_fixup },
    { "start", take_start }, { "out", take_out },
};

static const struct {
    const char *name;
    uint64_t *to;
} numbers[] = {
    { "stage", &start.host.machine.stage }, { "level", &start.host.machine.level },
    { "read", &start.host.read_most }, { "entry", &start.host.entry_size },
    { "load", &start.host.load_status }, { "pages", &start.host.pages_most },
    { "exits", &start.host.exit_failures }, { "grow", &start.host.grows },
    { "grow-by-file", &start.host.grows_by_file },
};

static const struct {
    const char *name;
    bool *to;
} flags[] = {
    { "acpi", &start.host.acpi }, { "below", &start.host.from_below },
    { "no-console", &start.host.no_console }, { "go-on", &start.goes_on },
    { "may-map", &start.may_map },
};

#define EACH(i, rows) unsigned i = 0; i < sizeof(rows) / sizeof(*(rows)); i++

static bool take_flag(const char *word)
{
    for (EACH(i, flags))
        if (!strcmp(flags[i].name, word))
            return *flags[i].to = true;
    return false;
}

static bool take_number(const char *name, const char *value)
{
    for (EACH(i, numbers))
        if (!strcmp(numbers[i].name, name)) {
            *numbers[i].to = number(&value);
            return true;
        }
    return false;
}

static void take_value(const char *name, char *value)
{
    for (EACH(i, takers))
        if (!strcmp(takers[i].name, name)) {
            takers[i].take(value);
            return;
        }
    give_up("no such word", name);
}

static void take_word(char *word)
{
    char *value = strchr(word, '=');

    if (value)
        *value++ = '\0';
    if (value && !take_number(word, value))
        take_value(word, value);
    else if (!value && !take_flag(word))
        give_up("no such word", word);
}

/* ---- the machine ------------------------------------------------------------------------------- */

/* ADDRESS:FILE, to lie there before the stage comes. */
static struct shim_range load(const char *word)
{
    struct shim_range at = { number(&word), 0 };
    uint8_t *bytes = read_file(word, &at.size);

    if (!machine_has(&start.host.machine, at))
        give_up("not in RAM", word);
    memcpy((void *)(uintptr_t)at.base, bytes, at.size);
    free(bytes);
    return at;
}

static void load_all(void)
{
    struct host *host = &start.host;

    for (unsigned i = 0; i < start.load_count; i++)
        host_carve(host, load(start.loads[i]), EFI_LOADER_DATA);
    if (!start.tree)
        return;
    host->tree_size = load(start.tree).size;
    host->tree = number(&start.tree);
    host_carve(host, (struct shim_range){ host->tree, host->tree_size }, EFI_ACPI_RECLAIM);
}

static void make(void)
{
    struct host *host = &start.host;

    host_banks(host);
    host->machine.own = machine_own(start.payload_len);
    if (!machine_make(&host->machine))
        give_up("no RAM can be had there", "memory=");
    if (!machine_has(&host->machine, (struct shim_range){ host->machine.stage, host->machine.own }))
        give_up("the stage is not in RAM", "stage=");
    machine_load(&host->machine, start.payload, start.payload_len);
    host_carve(host, (struct shim_range){ host->machine.stage, host->machine.own }, EFI_LOADER_CODE);
    load_all();
}

/* ---- what comes of it --------------------------------------------------------------------------- */

static const uint8_t *bytes_at(uint64_t at)
{
    return (const uint8_t *)(uintptr_t)at;
}

static void write_out(uint64_t tree)
{
    const uint8_t *at = bytes_at(tree);
    size_t len = (size_t)at[4] << 24 | at[5] << 16 | at[6] << 8 | at[7];
    FILE *file = start.out ? fopen(start.out, "wb") : NULL;

    fuzz_require(machine_cleaned((struct shim_range){ tree, len }), "a tree left in the caches");
    fuzz_require(machine_cleaned((struct shim_range){ start.host.machine.stage, start.host.machine.own }),
                 "the stage is left in the caches");
    if (!file || fwrite(at, 1, len, file) != len || fclose(file))
        give_up("cannot be written", "out=");
}

static void say_left(void)
{
    const struct machine *machine = &start.host.machine;

    fuzz_require(start.host.services_ended, "the stage is entered while UEFI goes on");
    if (start.out)
        write_out(machine->tree);
    printf("left 0x%llx 0x%llx\n", (unsigned long long)machine->entry,
           (unsigned long long)machine->tree);
}

static void say_returned(void)
{
    const struct host *host = &start.host;

    fuzz_require(!host->exits_tried, "back to a firmware that is gone");
    printf("pages %u files %u images %u\nreturned 0x%llx\n", host->allocated, host->files_open,
           host->image_left, (unsigned long long)host->status);
}

static void say_passed(void)
{
    const struct efi_loaded_image *image = &start.host.started_image;
    const uint16_t *options = image->options;
    unsigned device = HOST_NOWHERE;

    for (unsigned i = 0; i < start.host.volume_count; i++)
        if (image->device == host_volume_handle(i))
            device = i;
    printf("passed 0x%llx 0x%llx %u %u ", (unsigned long long)start.host.loaded_at,
           (unsigned long long)start.host.loaded_size, device, image->path == start.host.image.path);
    for (unsigned i = 0; i < image->options_size / 2 && options[i]; i++)
        putchar(options[i]);
    putchar('\n');
}

static void say_end(enum machine_end end)
{
    const struct machine *machine = &start.host.machine;

    if (end == MACHINE_STARTED && machine->entry == machine->stage)
        say_left();
    else if (end == MACHINE_STARTED)
        printf("started 0x%llx 0x%llx\n", (unsigned long long)machine->entry,
               (unsigned long long)machine->tree);
    else if (end == MACHINE_RETURNED)
        say_returned();
    else if (end == MACHINE_PASSED)
        say_passed();
    else
        puts(end == MACHINE_NO_RAM ? "no RAM" : "stopped");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct machine *machine = &start.host.machine;
    enum machine_end end;

    start.host.machine = (struct machine){ .level = 2, .tables = 4096, .mmu_was_on = true };
    start.host.entry_size = 48;
    start.host.words_shown = true;
    setenv("DTSHIM_SAY", "1", 1);
    for (int i = 1; i < argc; i++)
        take_word(argv[i]);
    make();
    end = host_run(&start.host);
    say_end(end);
    if (!start.goes_on || end != MACHINE_STARTED)
        return 0;
    machine->mmu_was_on = false;
    say_end(machine_run(machine, machine->tree, machine->level));
    fuzz_require(start.may_map || !host_kept_is_mapped(&start.host), "what the firmware keeps is mapped");
    return 0;
}
