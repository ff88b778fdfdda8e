#include "registry.h"

#include "experiment.h"
#include "inspector.h"
#include "io.h"
#include "json.h"
#include "json_text.h"
#include "log.h"
#include "signature.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    struct entry *next;
    struct registry *registry;
    char *name, *folder;
    uint64_t signature; /* as it was when it was last (or is being) inspected */
    bool seen;          /* by the look that is under way */
    bool gone;          /* its folder has; it goes when its inspector has ended */
    bool inspected;     /* at least once */
    bool due;           /* to be inspected */
    bool undescribed;   /* inspected but for describe, which has to run */
    bool told;          /* the database knows */
    int64_t retry_at;   /* 0: never by itself */
    struct inspection known;
    struct inspector *inspector; /* under way */
    int64_t since;               /* when it began */
    enum place { INSPECTING, DESCRIBING, DESCRIBING_SLOW, PLACES } place;
};

struct registry {
    struct loop *loop;
    struct dba *db;
    struct processes *processes;
    char *search_path;
    const char *config;
    loop_cb *changed;
    void *arg;
    struct entry *first;
    struct loop_timer *timer, *turn;
    struct params *params;
    int64_t runner; /* 0: not registered */
    int under_way[PLACES];
    bool looked;
};

static void start_inspectors(struct registry *r);

/* -- entries -- */

static struct entry *find(const struct registry *r, const char *name)
{
    struct entry *x = r->first;
    while (x && strcmp(x->name, name) != 0)
        x = x->next;
    return x;
}

static void entry_free(struct entry *x)
{
    inspector_free(x->inspector);
    inspection_release(&x->known);
    free(x->name);
    free(x->folder);
    free(x);
}

static void drop_gone(struct registry *r)
{
    for (struct entry **at = &r->first; *at;) {
        struct entry *x = *at;
        if (x->gone && x->told && !x->inspector) {
            *at = x->next;
            entry_free(x);
        } else {
            at = &x->next;
        }
    }
}

/* -- telling the database -- */

static void on_told(void *arg, const struct db_result *r, const struct err *e)
{
    struct registry *registry = arg;
    if (r)
        return;
    if (e->code != ERR_UNAVAILABLE)
        log_error("cannot tell the database of an experiment: %s", e->text);
    for (struct entry *x = registry->first; x; x = x->next)
        x->told = false; /* all of them, by the next look */
}

/* The name of a file or folder as the database takes it, which is text: any byte else is a `?`. */
static char *as_text(const char *name)
{
    char *text = xstrdup(name);
    json_mend(text, strlen(text), '?');
    return text;
}

static void tell_offer(struct registry *r, const struct entry *x)
{
    struct strbuf manifest = STRBUF_INIT;
    char *folder = as_text(x->folder);
    const json_t *m = x->known.manifest;
    if (m)
        json_put_value(&manifest, m);
    params_reset(r->params);
    params_int(r->params, r->runner);
    params_text(r->params, x->name);
    params_text(r->params, json_get_str(m, "title", x->name));
    params_text(r->params, json_get_str(m, "description", ""));
    params_text(r->params, json_get_str(m, "version", ""));
    if (m)
        params_textn(r->params, manifest.buf, manifest.len);
    else
        params_null(r->params);
    params_text(r->params, x->known.hash ? x->known.hash : "");
    params_text(r->params, folder);
    params_text(r->params, x->known.error);
    dba_query(r->db, "offer", r->params, on_told, r);
    strbuf_release(&manifest);
    free(folder);
}

static void tell(struct registry *r)
{
    if (!r->runner || !dba_is_up(r->db))
        return;
    for (struct entry *x = r->first; x; x = x->next) {
        if (x->told || !(x->inspected || x->gone))
            continue;
        x->told = true;
        if (x->gone) {
            params_reset(r->params);
            params_int(r->params, r->runner);
            params_text(r->params, x->name);
            dba_query(r->db, "withdraw", r->params, on_told, r);
        } else {
            tell_offer(r, x);
        }
    }
    drop_gone(r);
}

/* -- inspecting -- */

static void take(void *arg, struct inspection *found)
{
    struct entry *x = arg;
    struct registry *r = x->registry;
    inspector_free(x->inspector);
    x->inspector = NULL;
    r->under_way[x->place]--;
    x->undescribed = found->undescribed;
    if (!x->undescribed) { /* else what is known of it stays until describe has run */
        inspection_release(&x->known);
        x->known = *found;
        *found = (struct inspection){0};
        x->retry_at = x->known.retry ? clock_mono_ms() + REGISTRY_RETRY_MS : 0;
        x->inspected = true;
        x->told = false;
        if (x->known.error)
            log_warn("experiment %s is broken: %s", x->name, x->known.error);
        else
            log_info("experiment %s is offered", x->name);
    }
    tell(r);
    start_inspectors(r);
    if (!x->undescribed)
        r->changed(r->arg);
}

static void inspect(struct registry *r, struct entry *x, enum place place)
{
    struct err e = {0};
    x->due = x->undescribed = false;
    x->retry_at = 0;
    x->place = place;
    x->since = clock_mono_ms();
    x->inspector = inspector_start(r->loop, r->processes, r->config, x->folder, place != INSPECTING,
                                   take, x, &e);
    if (x->inspector) {
        r->under_way[place]++;
        return;
    }
    log_error("cannot inspect %s: %s", x->folder, e.text);
    x->retry_at = clock_mono_ms() + REGISTRY_EVERY_MS;
}

/* How many describe commands are in their first moments. */
static int beginners(const struct registry *r)
{
    int count = 0;
    for (const struct entry *x = r->first; x; x = x->next)
        count +=
            x->inspector && x->place == DESCRIBING && clock_mono_ms() - x->since < REGISTRY_TURN_MS;
    return count;
}

static bool has_room(const struct registry *r, enum place place)
{
    switch (place) {
    case INSPECTING:
        return r->under_way[place] < REGISTRY_INSPECTORS;
    case DESCRIBING:
        return r->under_way[place] < REGISTRY_DESCRIBERS && beginners(r) < REGISTRY_INSPECTORS;
    default:
        return r->under_way[place] < REGISTRY_SLOW;
    }
}

static void start_inspectors(struct registry *r)
{
    bool waits = false;
    for (struct entry *x = r->first; x; x = x->next) {
        if (x->gone || x->inspector || !(x->due || x->undescribed))
            continue;
        enum place place = x->due ? INSPECTING : x->known.slow ? DESCRIBING_SLOW : DESCRIBING;
        if (has_room(r, place))
            inspect(r, x, place);
        else
            waits = waits || place == DESCRIBING;
    }
    if (waits && !loop_timer_active(r->turn))
        loop_timer_start(r->turn, REGISTRY_TURN_MS, 0);
}

static void on_turn(void *arg)
{
    start_inspectors(arg);
}

/* -- looking -- */

static void look_at(struct registry *r, const char *name, const char *folder)
{
    struct entry *x = find(r, name);
    if (x && x->seen)
        return; /* one before it on the path counts */
    uint64_t signature = signature_of(folder);
    if (!x) {
        x = xcalloc(1, sizeof(*x));
        *x = (struct entry){.next = r->first, .registry = r};
        x->name = xstrdup(name);
        x->folder = xstrdup(folder);
        r->first = x;
        x->due = true;
    }
    x->seen = true;
    if (x->gone || strcmp(x->folder, folder) != 0 || x->signature != signature ||
        (x->retry_at && clock_mono_ms() >= x->retry_at))
        x->due = true;
    if (strcmp(x->folder, folder) != 0) {
        free(x->folder);
        x->folder = xstrdup(folder);
    }
    if (x->signature != signature)
        x->known.slow = false;
    x->gone = false;
    x->signature = signature;
}

static void look_into(struct registry *r, const char *place)
{
    char **names = io_list(place, NULL);
    for (char **name = names; name && *name; name++) {
        char *folder = xasprintf("%s/%s", place, *name), *text = as_text(*name);
        if (**name != '.' && strlen(*name) <= 100 && experiment_is_there(folder))
            look_at(r, text, folder);
        free(text);
        free(folder);
    }
    io_list_free(names);
}

static void look(void *arg)
{
    struct registry *r = arg;
    for (struct entry *x = r->first; x; x = x->next)
        x->seen = false;
    for (const char *at = r->search_path; *at;) {
        size_t len = strcspn(at, ":");
        char *place = xstrndup(at, len);
        if (len)
            look_into(r, place);
        free(place);
        at += len + (at[len] == ':');
    }
    for (struct entry *x = r->first; x; x = x->next) {
        if (x->seen || x->gone)
            continue;
        log_info("experiment %s is gone", x->name);
        x->gone = true;
        x->told = false;
    }
    r->looked = true;
    start_inspectors(r);
    tell(r);
}

/* -- for the daemon -- */

struct registry *registry_new(struct loop *l, struct dba *db, struct processes *processes,
                              const char *search_path, const char *config, loop_cb *changed,
                              void *arg)
{
    struct registry *r = xcalloc(1, sizeof(*r));
    r->loop = l;
    r->db = db;
    r->processes = processes;
    r->search_path = xstrdup(search_path);
    r->config = config;
    r->changed = changed;
    r->arg = arg;
    r->params = params_new();
    r->timer = loop_timer_new(l, look, r);
    r->turn = loop_timer_new(l, on_turn, r);
    loop_timer_start(r->timer, 0, REGISTRY_EVERY_MS);
    return r;
}

void registry_free(struct registry *r)
{
    if (!r)
        return;
    while (r->first) {
        struct entry *x = r->first;
        r->first = x->next;
        entry_free(x);
    }
    loop_timer_free(r->timer);
    loop_timer_free(r->turn);
    params_free(r->params);
    free(r->search_path);
    free(r);
}

void registry_registered(struct registry *r, int64_t runner)
{
    r->runner = runner;
    for (struct entry *x = r->first; x; x = x->next)
        x->told = false;
    tell(r);
}

bool registry_is_settled(const struct registry *r)
{
    for (const struct entry *x = r->first; x; x = x->next)
        if (!x->gone && !x->inspected)
            return false;
    return r->looked;
}

bool registry_get(const struct registry *r, const char *name, struct offered *out)
{
    const struct entry *x = find(r, name);
    if (!x || x->gone || !x->known.manifest)
        return false;
    *out = (struct offered){x->name, x->folder, x->known.hash, x->known.manifest};
    return true;
}

size_t registry_put_names(const struct registry *r, struct params *p)
{
    struct params_slice *names = NULL;
    size_t count = 0;
    for (const struct entry *x = r->first; x; x = x->next) {
        if (x->gone || !x->known.manifest)
            continue;
        names = xreallocarray(names, count + 1, sizeof(*names));
        names[count++] = (struct params_slice){x->name, strlen(x->name)};
    }
    params_text_array(p, names, count);
    free(names);
    return count;
}
