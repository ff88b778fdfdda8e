#include "inspect.h"

#include "experiment.h"
#include "io.h"
#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put_text(struct strbuf *out, const char *name, const char *value)
{
    strbuf_addf(out, "\"%s\":", name);
    if (value)
        json_put_cstring(out, value);
    else
        strbuf_adds(out, "null");
    strbuf_addc(out, ',');
}

int inspect_main(const struct conf *conf, const char *folder, enum experiment_use use)
{
    struct experiment x;
    struct err e = {0};
    struct strbuf out = STRBUF_INIT;
    char *cache = xasprintf("%s/describe", conf->state);
    int rc = experiment_load(&x, folder, cache, use, &e);
    strbuf_addc(&out, '{');
    put_text(&out, "folder", x.folder ? x.folder : folder);
    put_text(&out, "hash", x.hash);
    put_text(&out, "error", rc == 0 ? NULL : e.text);
    strbuf_adds(&out, "\"manifest\":");
    if (rc == 0)
        json_put_value(&out, x.manifest->root);
    else
        strbuf_adds(&out, "null");
    strbuf_addf(&out, ",\"retry\":%s,\"undescribed\":%s,\"slow\":%s}\n", x.retry ? "true" : "false",
                x.undescribed ? "true" : "false",
                rc != 0 && e.code == ERR_TIMEOUT ? "true" : "false");
    rc = io_write_all(STDOUT_FILENO, out.buf, out.len, &e);
    strbuf_release(&out);
    experiment_release(&x);
    free(cache);
    return rc == 0 ? 0 : 1;
}

int check_main(const char *folder)
{
    struct experiment x;
    struct err e = {0};
    int rc = experiment_load(&x, folder, NULL, EXPERIMENT_RUN, &e);
    if (rc != 0) {
        fprintf(stderr, "%s: %s\n", folder, e.text);
    } else {
        printf("%s is sound: \"%s\", version %s, %zu field(s)\n", x.manifest->name,
               x.manifest->title, *x.manifest->version ? x.manifest->version : "not given",
               x.manifest->configuration.count);
    }
    experiment_release(&x);
    return rc == 0 ? 0 : 1;
}
