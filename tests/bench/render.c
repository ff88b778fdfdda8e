/*
 * The Mustache renderer by itself.
 *
 *     render TEMPLATES NAME VIEW SECONDS OUTPUT
 *
 * renders template NAME of the folder TEMPLATES from the JSON in the file VIEW for SECONDS, writes
 * the result to the file OUTPUT once, and prints microseconds each: rendering, parsing the view,
 * and copying as many bytes.
 */
#include "io.h"
#include "json.h"
#include "template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct job {
    struct template_set *templates;
    const char *name;
    struct strbuf view, output, copy;
    json_t *parsed;
};

static void render(struct job *j)
{
    struct err e;
    strbuf_reset(&j->output);
    if (template_render(j->templates, j->name, j->parsed, &j->output, &e))
        die("%s: %s", j->name, e.text);
}

static void parse(struct job *j)
{
    struct err e;
    json_t *value = json_parse(j->view.buf, j->view.len, "view", &e);
    if (!value)
        die("%s", e.text);
    json_decref(value);
}

static void copy(struct job *j)
{
    strbuf_reset(&j->copy);
    strbuf_add(&j->copy, j->output.buf, j->output.len);
    __asm__ volatile("" : : "r"(j->copy.buf) : "memory"); /* the copy must be made */
}

/* Microseconds of one call, over `seconds`, after a warm-up of a tenth of them. */
static double time_each(struct job *j, void (*call)(struct job *), double seconds)
{
    int64_t calls = 0, begin = clock_mono_us(), now, warm = (int64_t)(seconds * 1e5);
    bool counting = false;
    for (;;) {
        call(j);
        calls++;
        now = clock_mono_us();
        if (!counting && now - begin >= warm) {
            counting = true;
            calls = 0;
            begin = now;
        } else if (counting && now - begin >= (int64_t)(seconds * 1e6)) {
            return (double)(now - begin) / (double)calls;
        }
    }
}

int main(int argc, char **argv)
{
    struct err e;
    struct job j = {.view = STRBUF_INIT, .output = STRBUF_INIT, .copy = STRBUF_INIT};
    double seconds = argc == 6 ? strtod(argv[4], NULL) : 0;
    if (seconds <= 0)
        die("usage: render TEMPLATES NAME VIEW SECONDS OUTPUT");
    j.name = argv[2];
    j.templates = template_set_load(argv[1], &e);
    if (!j.templates || io_read_file(argv[3], 64 << 20, &j.view, &e))
        die("%s", e.text);
    j.parsed = json_parse(j.view.buf, j.view.len, "view", &e);
    if (!j.parsed)
        die("%s", e.text);
    double rendering = time_each(&j, render, seconds);
    double parsing = time_each(&j, parse, seconds / 2);
    double copying = time_each(&j, copy, seconds / 4);
    if (io_write_file(argv[5], j.output.buf, j.output.len, 0644, &e))
        die("%s", e.text);
    printf("{\"bytes\":%zu,\"render_us\":%.3f,\"parse_us\":%.3f,\"copy_us\":%.4f}\n", j.output.len,
           rendering, parsing, copying);
    json_decref(j.parsed);
    template_set_free(j.templates);
    strbuf_release(&j.view);
    strbuf_release(&j.output);
    strbuf_release(&j.copy);
    return 0;
}
