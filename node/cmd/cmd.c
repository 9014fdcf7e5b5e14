/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cmd/cmd.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/conf.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/log.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/stop.h"
#include "node/base/str.h"
#include "node/base/utf8.h"

#define WORDS_MAX    3
#define PROGRESS_MS  10000
#define LINE_MS      500
#define LETTERS_MAX  (2 * CMD_OPTIONS_MAX + 16)
#define SYSTEM_HOME  "/var/lib/sohoa"
#define USER_HOME    ".local/share/sohoa"
#define OPTION_FIRST 256 /* getopt_long's values for long options */

/* Options of every command; they may also stand before the command. */
static const struct cmd_option COMMON[] = {
    {'C', "home", N_("HOME"), N_("work in this data folder")},
    {0, "json", NULL, N_("print JSON Lines for programs")},
    {0, "lang", "vi|en", N_("language of texts for people (Vietnamese first)")},
    {'q', "quiet", NULL, N_("say nothing but results and errors")},
    {'v', "verbose", NULL, N_("also show technical details")},
    {'h', "help", NULL, N_("explain this command")},
    {0, NULL, NULL, NULL},
};

/* ---- what was given ------------------------------------------------------------- */

static size_t given_index(const struct cmd *c, const char *name)
{
    for (size_t i = 0; i < c->given_count; i++)
        if (strcmp(c->given[i].name, name) == 0)
            return i;
    return CMD_ANY;
}

bool cmd_has(const struct cmd *c, const char *name)
{
    return given_index(c, name) != CMD_ANY;
}

size_t cmd_value_count(const struct cmd *c, const char *name)
{
    size_t i = given_index(c, name);

    return i == CMD_ANY ? 0 : c->given[i].count;
}

const char *cmd_value_at(const struct cmd *c, const char *name, size_t at)
{
    size_t i = given_index(c, name);

    return i == CMD_ANY || at >= c->given[i].count ? NULL : c->given[i].values[at];
}

const char *cmd_value(const struct cmd *c, const char *name)
{
    size_t count = cmd_value_count(c, name);

    return count ? cmd_value_at(c, name, count - 1) : NULL;
}

int cmd_number(const struct cmd *c, const char *name, int64_t min, int64_t max,
               int64_t otherwise, int64_t *out, struct err *e)
{
    const char *text = cmd_value(c, name);

    *out = otherwise;
    if (text && !num_parse(text, min, max, out))
        return cmd_usage(e, "--%s: %lld … %lld", name, (long long)min, (long long)max);
    return 0;
}

int cmd_usage(struct err *e, const char *fmt, ...)
{
    char text[ERR_SUBJECT_MAX];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return err_set(e, ERR_USAGE, "%s", text);
}

/* ---- talking -------------------------------------------------------------------- */

void cmd_print(struct cmd *c, const char *fmt, ...)
{
    va_list ap;

    if (c->json)
        return;
    va_start(ap, fmt);
    if (vprintf(fmt, ap) < 0)
        c->output_failed = true;
    va_end(ap);
}

void cmd_talk(struct cmd *c, const char *fmt, ...)
{
    va_list ap;

    if (c->quiet || c->json)
        return;
    va_start(ap, fmt);
    (void)vfprintf(stderr, fmt, ap);
    va_end(ap);
}

void cmd_line(struct cmd *c, const struct jdoc *j)
{
    AUTO_STR struct str line = STR_INIT(STR_JSON_MAX);

    const char *type = jdoc_text(j, "type");

    if (!c->json)
        return;
    if (strcmp(type, "summary") == 0)
        c->ended = true;
    else if (strcmp(type, "error") != 0)
        c->told++;
    jdoc_print_line(j, &line);
    str_add_char(&line, '\n');
    if (line.over || fwrite(line.p, 1, line.len, stdout) != line.len ||
        fflush(stdout) != 0)
        c->output_failed = true;
}

void cmd_end(struct cmd *c)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();

    if (c->ended)
        return;
    jdoc_set_text(j, "type", "summary");
    jdoc_set_int(j, "count", c->told);
    cmd_line(c, j);
}

char *cmd_safe(const char *text)
{
    struct str out = STR_INIT(STR_TEXT_MAX * 4);

    utf8_safe(text, strlen(text), &out);
    return str_take(&out);
}

void cmd_error(struct cmd *c, const struct err *e)
{
    AUTO_MEM char *subject = cmd_safe(e->subject);

    if (c->json) {
        AUTO_JDOC struct jdoc *j = jdoc_object();
        AUTO_MEM char *detail = mem_printf(
            "%s%s%s", e->subject, e->subject[0] && e->detail[0] ? "; " : "", e->detail);

        jdoc_set_text(j, "type", "error");
        jdoc_set_text(j, "code", err_code_name(e->code));
        for (int lang = LANG_VI; lang <= LANG_EN; lang++) {
            AUTO_MEM char *text = mem_printf(
                "%s %s %s", i18n_text_in((enum lang)lang, err_code_what(e->code)),
                i18n_text_in((enum lang)lang, err_code_safe(e->code)),
                i18n_text_in((enum lang)lang, err_code_todo(e->code)));

            jdoc_set_text(j, lang == LANG_VI ? "vi" : "en", text);
        }
        jdoc_set_text(j, "detail", detail);
        cmd_line(c, j);
    }
    (void)fprintf(stderr, "sohoa: %s", _(err_code_what(e->code)));
    if (subject[0])
        (void)fprintf(stderr, " (%s)", subject);
    (void)fprintf(stderr, "\n  %s\n  %s\n  [%s]\n", _(err_code_safe(e->code)),
                  _(err_code_todo(e->code)), err_code_name(e->code));
    if (c->verbose && e->detail[0])
        (void)fprintf(stderr, "  %s\n", e->detail);
}

static void progress_line(struct cmd *c, uint64_t done, uint64_t all, int64_t *last_ms)
{
    AUTO_JDOC struct jdoc *line = NULL;
    int64_t now = clock_mono_ms();

    if (!getenv("SOHOA_PROGRESS") || (now - *last_ms < LINE_MS && done < all))
        return;
    *last_ms = now;
    line = jdoc_object();
    jdoc_set_text(line, "type", "progress");
    jdoc_set_int(line, "done", (int64_t)done);
    jdoc_set_int(line, "total", (int64_t)all);
    cmd_line(c, line);
    if (fflush(stdout) != 0)
        c->output_failed = true;
}

void cmd_progress(struct cmd *c, const char *what, uint64_t done, uint64_t all,
                  int64_t started_ms, int64_t *last_ms)
{
    bool terminal = isatty(STDERR_FILENO) == 1;
    int64_t now = clock_mono_ms();
    int64_t left_s = 0;

    if (c->json && all > 0)
        progress_line(c, done, all, last_ms);
    if (c->quiet || c->json || all == 0 ||
        (!terminal && now - *last_ms < PROGRESS_MS && done < all))
        return;
    if (done > 0)
        left_s = (now - started_ms) * (int64_t)(all - done) / (int64_t)done / 1000;
    *last_ms = now;
    (void)fprintf(stderr, "%s%s %llu/%llu", terminal ? "\r\033[K" : "", what,
                  (unsigned long long)done, (unsigned long long)all);
    if (done < all && done > 0)
        (void)fprintf(stderr, _(", about %lld min %02lld s left"),
                      (long long)(left_s / 60), (long long)(left_s % 60));
    if (!terminal || done >= all)
        (void)fputc('\n', stderr);
}

/* ---- help ----------------------------------------------------------------------- */

static void print_options(const struct cmd_option *rows)
{
    for (; rows && rows->name; rows++) {
        char left[80];
        const char *argument = rows->argument ? rows->argument : "";

        (void)snprintf(left, sizeof left, "%c%c%s--%s%s%s", rows->letter ? '-' : ' ',
                       rows->letter ? rows->letter : ' ', rows->letter ? ", " : "  ",
                       rows->name, argument[0] ? " " : "", argument);
        (void)printf("  %-30s %s\n", left, _(rows->help));
    }
}

int cmd_help(struct cmd *c)
{
    size_t count = 0;
    const struct command *rows = cmd_table(&count);

    if (c->spec) {
        (void)printf("%s\n\n", _(c->spec->summary));
        (void)printf("%s sohoa %s %s\n\n", _("Usage:"), c->spec->words,
                     c->spec->operands);
        (void)printf("%s\n\n%s\n", _(c->spec->help), _("Options:"));
        print_options(c->spec->options);
        print_options(COMMON);
        return EXIT_DONE;
    }
    (void)printf(
        "%s\n\n%s sohoa [-C HOME] [--json] [--lang vi|en] [-q|-v] %s\n\n",
        _("sohoa turns a commune's paper records into verified, searchable, safely "
          "kept data."),
        _("Usage:"), _("COMMAND [ARGUMENTS]"));
    for (size_t i = 0; i < count; i++)
        if (!rows[i].internal)
            (void)printf("  %-18s %s\n", rows[i].words, _(rows[i].summary));
    (void)printf("\n%s\n",
                 _("\"sohoa COMMAND --help\" explains one command. Data goes to "
                   "standard output, talk to standard error."));
    return EXIT_DONE;
}

/* ---- parsing -------------------------------------------------------------------- */

static char *home_default(void)
{
    const char *given = getenv("SOHOA_HOME");
    const char *user = getenv("HOME");

    if (given && given[0])
        return mem_dup(given);
    if (fs_is_dir(SYSTEM_HOME))
        return mem_dup(SYSTEM_HOME);
    return fs_path(user && user[0] ? user : ".", USER_HOME);
}

static int take(struct cmd *c, const struct cmd_option *row, const char *value,
                struct err *e)
{
    size_t i = given_index(c, row->name);

    if (i == CMD_ANY) {
        if (c->given_count == CMD_OPTIONS_MAX)
            return cmd_usage(e, "--%s", row->name);
        i = c->given_count++;
        c->given[i].name = row->name;
    }
    if (c->given[i].count == CMD_VALUES_MAX)
        return cmd_usage(e, "--%s", row->name);
    c->given[i].values[c->given[i].count++] = value ? value : "";
    return 0;
}

/* All options of a command as getopt_long wants them. The index of a row comes back. */
struct option_set {
    const struct cmd_option *rows[CMD_OPTIONS_MAX * 2];
    struct option longs[CMD_OPTIONS_MAX * 2 + 1];
    char letters[LETTERS_MAX * 2];
    size_t count;
};

static void add_rows(struct option_set *set, const struct cmd_option *rows)
{
    for (; rows && rows->name; rows++) {
        size_t i = set->count++;
        size_t used = strlen(set->letters);

        set->rows[i] = rows;
        set->longs[i] = (struct option){
            .name = rows->name,
            .has_arg = rows->argument ? required_argument : no_argument,
            .val = OPTION_FIRST + (int)i,
        };
        if (rows->letter)
            (void)snprintf(set->letters + used, sizeof set->letters - used, "%c%s",
                           rows->letter, rows->argument ? ":" : "");
    }
}

static const struct cmd_option *row_of(const struct option_set *set, int val)
{
    if (val >= OPTION_FIRST)
        return set->rows[val - OPTION_FIRST];
    for (size_t i = 0; i < set->count; i++)
        if (set->rows[i]->letter == val)
            return set->rows[i];
    return NULL;
}

/* Options up to the first operand (@mode "+:") or mixed with operands (":"). */
static int parse(struct cmd *c, const struct cmd_option *rows, const char *mode,
                 int argc, char **argv, struct err *e)
{
    struct option_set set = {.count = 0};
    int val = 0;

    (void)snprintf(set.letters, sizeof set.letters, "%s", mode);
    add_rows(&set, COMMON);
    add_rows(&set, rows);
    optind = 0; /* glibc: begin anew */
    opterr = 0;
    while ((val = getopt_long(argc, argv, set.letters, set.longs, NULL)) != -1) {
        const struct cmd_option *row = NULL;

        if (val == ':')
            return cmd_usage(e, _("%s needs a value"), argv[optind - 1]);
        row = val == '?' ? NULL : row_of(&set, val);
        if (!row)
            return cmd_usage(e, _("unknown option %s"), argv[optind - 1]);
        if (take(c, row, optarg, e) < 0)
            return -1;
    }
    return optind;
}

/* The longest row whose words are the next operands. @used: how many words. */
static const struct command *find_command(int argc, char **argv, int *used)
{
    size_t count = 0;
    const struct command *rows = cmd_table(&count);
    char words[128] = "";
    const struct command *best = NULL;

    for (int n = 0; n < argc && n < WORDS_MAX; n++) {
        size_t at = strlen(words);

        if (at + strlen(argv[n]) + 2 > sizeof words)
            break;
        (void)snprintf(words + at, sizeof words - at, "%s%s", n ? " " : "", argv[n]);
        for (size_t i = 0; i < count; i++)
            if (strcmp(rows[i].words, words) == 0) {
                best = &rows[i];
                *used = n + 1;
            }
    }
    return best;
}

/* "bundle" alone: say which words go on. */
static int unknown_command(const char *word, struct err *e)
{
    size_t count = 0;
    const struct command *rows = cmd_table(&count);
    AUTO_STR struct str list = STR_INIT(ERR_SUBJECT_MAX);
    size_t n = strlen(word);

    for (size_t i = 0; i < count; i++)
        if (strncmp(rows[i].words, word, n) == 0 && rows[i].words[n] == ' ')
            str_addf(&list, "%ssohoa %s", list.len ? ", " : "", rows[i].words);
    if (list.len)
        return cmd_usage(e, "%s", str_text(&list));
    return cmd_usage(e, _("unknown command \"%s\""), word);
}

static void settle(struct cmd *c)
{
    const char *lang = cmd_value(c, "lang");
    AUTO_CONF struct conf *conf = NULL;
    struct err ignored = ERR_INIT;

    c->json = cmd_has(c, "json");
    c->quiet = cmd_has(c, "quiet");
    c->verbose = cmd_has(c, "verbose");
    mem_free(c->home);
    c->home = cmd_has(c, "home") ? fs_absolute(cmd_value(c, "home")) : home_default();
    /* Settings that cannot be read are told by the command that needs them. */
    if (!lang && conf_load(c->home, &conf, &ignored) == 0)
        lang = conf_get(conf, "lang");
    i18n_init(lang && strcmp(lang, "en") == 0 ? LANG_EN : LANG_VI, NULL);
}

static int dispatch(struct cmd *c, int argc, char **argv, struct err *e)
{
    int at = parse(c, NULL, "+:", argc, argv, e);
    int used = 0;
    int rest = 0;

    if (at < 0)
        return -1;
    settle(c);
    if (at == argc) {
        (void)cmd_help(c);
        return cmd_has(c, "help") ? EXIT_DONE : EXIT_USAGE;
    }
    c->spec = find_command(argc - at, argv + at, &used);
    if (!c->spec)
        return unknown_command(argv[at], e);
    /* argv[0] for getopt is the last word of the command. */
    argv += at + used - 1;
    argc -= at + used - 1;
    rest = parse(c, c->spec->options, c->spec->internal ? "+:" : ":", argc, argv, e);
    if (rest < 0)
        return -1;
    settle(c);
    if (cmd_has(c, "help"))
        return cmd_help(c);
    c->operands = (const char *const *)(argv + rest);
    c->operand_count = (size_t)(argc - rest);
    if (c->operand_count < c->spec->operands_min)
        return cmd_usage(e, _("something is missing: sohoa %s %s"), c->spec->words,
                         c->spec->operands);
    if (c->operand_count > c->spec->operands_max)
        return cmd_usage(e, _("too many arguments: sohoa %s %s"), c->spec->words,
                         c->spec->operands);
    rest = c->spec->run(c, e);
    if (rest >= 0 && !c->spec->internal)
        cmd_end(c);
    return rest;
}

int cmd_main(int argc, char **argv)
{
    struct cmd *c = mem_new(1, sizeof *c);
    struct err e = ERR_INIT;
    int code = 0;

    c->home = home_default();
    /* Known before parsing ends, so that a usage error is JSON as well. */
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        c->json = c->json || strcmp(argv[i], "--json") == 0;
    code = dispatch(c, argc, argv, &e);
    if (code < 0) {
        cmd_error(c, &e);
        if (c->spec && !c->spec->internal && fs_is_dir(c->home))
            log_error(c->home, c->spec->words, &e);
        code = err_code_exit(e.code);
    }
    if (fflush(stdout) != 0 || c->output_failed)
        code = code == EXIT_DONE ? EXIT_FAILED : code;
    if (stop_requested() && code == EXIT_DONE && !c->until_stopped)
        code = EXIT_INTERRUPTED;
    mem_free(c->home);
    mem_free(c);
    return code;
}

/* ---- completion ------------------------------------------------------------------ */

static void complete_options(const struct cmd_option *rows)
{
    for (; rows && rows->name; rows++)
        (void)printf(" --%s", rows->name);
}

void cmd_complete(void)
{
    size_t count = 0;
    const struct command *rows = cmd_table(&count);

    (void)printf("# bash completion for sohoa\n_sohoa() {\n"
                 "    local cur=${COMP_WORDS[COMP_CWORD]} words= w\n"
                 "    for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
                 "        [[ $w == -* ]] || words=\"$words${words:+ }$w\"\n    done\n"
                 "    case $words in\n");
    for (size_t i = 0; i < count; i++) {
        if (rows[i].internal)
            continue;
        (void)printf("    '%s'*) COMPREPLY=($(compgen -f -W '", rows[i].words);
        complete_options(rows[i].options);
        complete_options(COMMON);
        (void)printf("' -- \"$cur\")); return ;;\n");
    }
    (void)printf("    esac\n    COMPREPLY=($(compgen -W \"$(\n");
    (void)printf("        printf '%%s\\n'");
    for (size_t i = 0; i < count; i++)
        if (!rows[i].internal)
            (void)printf(" '%s'", rows[i].words);
    (void)printf(
        " |\n        while read -r w; do\n"
        "            [[ -z $words || $w == \"$words \"* ]] || continue\n"
        "            w=${w#\"$words\"}; w=${w# }; echo \"${w%%%% *}\"\n"
        "        done)\" -- \"$cur\"))\n}\ncomplete -o filenames -F _sohoa sohoa\n");
}
