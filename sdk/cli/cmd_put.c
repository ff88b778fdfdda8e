/* athanor put: a CSV file becomes a data source. */
#include "api.h"
#include "args.h"
#include "out.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct upload {
    struct out *out;
    const char *name;
};

static void on_sent(void *arg, int64_t bytes, int64_t total)
{
    struct upload *u = arg;
    out_progress_bytes(u->out, u->name, bytes, total);
}

/* Its name, unless one was given: that of the file. */
static const char *name_of(const struct args *args)
{
    const char *file = args->operands[0], *slash = strrchr(file, '/');
    if (args->operand_count > 1)
        return args->operands[1];
    return strcmp(file, "-") == 0 ? NULL : slash ? slash + 1 : file;
}

static void put_path(struct strbuf *path, const struct args *args, const char *name)
{
    const char *project = args_text(args, OPT_PROJECT, NULL);
    char before = '?';
    strbuf_adds(path, "/api/v1/data-sources/");
    http_escape(path, name);
    if (project) {
        strbuf_adds(path, "?project=");
        http_escape(path, project);
        before = '&';
    }
    if (args_has(args, OPT_REPLACE))
        strbuf_addf(path, "%creplace=1", before);
}

/* What the site has made of it. */
static void tell(struct out *o, struct doc row)
{
    struct strbuf words = STRBUF_INIT;
    struct doc note = {0}, notes = doc_get(row, "notes");
    if (o->json) {
        out_json(o, row);
        return;
    }
    out_doc(o, doc_get(row, "reference"));
    out_bytes(o, "\n", 1);
    doc_put(&words, doc_get(row, "name"));
    out_note(o, "%s, version %lld: %lld rows, %lld columns, %lld bytes", words.buf,
             (long long)doc_int(row, "version", 1), (long long)doc_int(row, "rows", 0),
             (long long)doc_int(row, "column_count", 0), (long long)doc_int(row, "bytes", 0));
    while (doc_next(notes, &note)) {
        strbuf_reset(&words);
        doc_put(&words, note);
        out_note(o, "note: %s", words.buf);
    }
    strbuf_release(&words);
}

int cmd_put(struct cli *cli, struct err *e)
{
    const struct args *args = cli->args;
    const char *file = args->operands[0], *name = name_of(args);
    struct strbuf path = STRBUF_INIT;
    struct api_answer a;
    struct stat st;
    FILE *in = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
    if (!name)
        return err_field(e, "NAME", "what comes from stdin needs a name: athanor put - NAME");
    if (!in || fstat(fileno(in), &st) < 0 || S_ISDIR(st.st_mode)) {
        errno = in && S_ISDIR(st.st_mode) ? EISDIR : errno;
        return err_errno(e, "cannot read %s", file);
    }
    struct upload u = {cli->out, name};
    struct http_request r = {.method = "PUT",
                             .upload = in,
                             .upload_size = S_ISREG(st.st_mode) ? st.st_size - ftello(in) : -1,
                             .sent = on_sent,
                             .sent_arg = &u};
    api_answer_init(&a);
    put_path(&path, args, name);
    r.path = path.buf;
    int status = api_perform(cli, &r, false, &a, e);
    if (status < 0 && a.http.status == 409 && !args_has(args, OPT_REPLACE))
        err_wrap(e, "not uploaded (--replace makes it the next version of that name)");
    out_progress(cli->out, -1, NULL);
    if (status == 0)
        tell(cli->out, a.doc);
    if (in != stdin)
        fclose(in);
    api_answer_release(&a);
    strbuf_release(&path);
    return status;
}
