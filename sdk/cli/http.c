#include "http.h"

#include "interrupt.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { CONNECT_S = 15, SILENCE_S = 60, TURN_MS = 1000, ANSWER_MAX = 256 << 20 };

struct http {
    CURL *easy;
    CURLM *multi;
    const struct settings *settings;
    char error[CURL_ERROR_SIZE];
    const struct http_request *request; /* under way */
    struct http_answer *answer;
    bool is_broken_off; /* by the sink */
};

struct http *http_new(const struct settings *s, struct err *e)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        err_set(e, ERR_INTERNAL, "libcurl cannot be used");
        return NULL;
    }
    struct http *h = xcalloc(1, sizeof(*h));
    h->easy = curl_easy_init();
    h->multi = curl_multi_init();
    h->settings = s;
    if (!h->easy || !h->multi)
        die("no memory for libcurl");
    return h;
}

void http_free(struct http *h)
{
    if (!h)
        return;
    curl_easy_cleanup(h->easy);
    curl_multi_cleanup(h->multi);
    curl_global_cleanup();
    free(h);
}

void http_escape(struct strbuf *out, const char *text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *text; text++)
        if (strchr(plain, *text))
            strbuf_addc(out, *text);
        else
            strbuf_addf(out, "%%%02X", (unsigned char)*text);
}

void http_answer_init(struct http_answer *a)
{
    *a = (struct http_answer){.retry_after_s = -1};
    strbuf_init(&a->body);
}

void http_answer_release(struct http_answer *a)
{
    strbuf_release(&a->body);
}

/* The value where the header is this one, or NULL. */
static const char *header_value(const char *line, size_t len, const char *name, size_t *value_len)
{
    size_t n = strlen(name);
    if (len < n || strncasecmp(line, name, n) != 0)
        return NULL;
    while (n < len && line[n] == ' ')
        n++;
    while (len > n && strchr("\r\n ", line[len - 1]))
        len--;
    *value_len = len - n;
    return line + n;
}

static size_t on_header(char *line, size_t size, size_t count, void *arg)
{
    struct http_answer *a = ((struct http *)arg)->answer;
    size_t len = size * count, value_len;
    const char *value;
    if ((value = header_value(line, len, "etag:", &value_len)) && value_len < sizeof(a->etag)) {
        memcpy(a->etag, value, value_len);
        a->etag[value_len] = '\0';
    } else if ((value = header_value(line, len, "retry-after:", &value_len))) {
        if (!parse_int64(value, value_len, &a->retry_after_s))
            a->retry_after_s = -1;
    } else if (header_value(line, len, "x-athanor-unavailable:", &value_len)) {
        a->is_away = true;
    }
    return len;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct http *h = arg;
    size_t len = size * count;
    long status = 0;
    curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
    h->answer->status = (int)status;
    if (h->request->sink && (status == 200 || status == 206) && !h->answer->is_away) {
        h->is_broken_off = h->request->sink(h->request->sink_arg, bytes, len) < 0;
        return h->is_broken_off ? 0 : len;
    }
    if (h->answer->body.len + len > ANSWER_MAX)
        return 0;
    strbuf_add(&h->answer->body, bytes, len);
    return len;
}

static size_t on_upload(char *bytes, size_t size, size_t count, void *arg)
{
    FILE *in = ((struct http *)arg)->request->upload;
    size_t len = fread(bytes, 1, size * count, in);
    return len == 0 && ferror(in) ? CURL_READFUNC_ABORT : len;
}

static int on_progress(void *arg, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                       curl_off_t up)
{
    const struct http_request *r = ((struct http *)arg)->request;
    (void)down_total;
    (void)down;
    if (r->sent)
        r->sent(r->sent_arg, up, up_total > 0 ? up_total : r->upload_size);
    return 0;
}

static struct curl_slist *make_headers(const struct http *h, const struct http_request *r)
{
    struct curl_slist *list = NULL;
    char *line;
    if (h->settings->token) {
        line = xasprintf("Authorization: Bearer %s", h->settings->token);
        list = curl_slist_append(list, line);
        explicit_bzero(line, strlen(line));
        free(line);
    }
    if (r->body)
        list = curl_slist_append(list, "Content-Type: application/json");
    if (r->upload)
        list = curl_slist_append(list, "Content-Type: text/csv");
    list = curl_slist_append(list, "Expect:");
    for (size_t i = 0; i < ARRAY_LEN(r->headers) && r->headers[i]; i++)
        list = curl_slist_append(list, r->headers[i]);
    return list;
}

static void set_body(CURL *c, struct http *h, const struct http_request *r)
{
    if (r->upload) {
        curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(c, CURLOPT_READFUNCTION, on_upload);
        curl_easy_setopt(c, CURLOPT_READDATA, h);
        curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)r->upload_size);
    } else if (r->body) {
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, r->body);
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(r->body));
    } else if (r->method && strcmp(r->method, "POST") == 0) {
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, "");
    }
    if (r->method)
        curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, r->method);
}

static void set_options(struct http *h, const struct http_request *r, const char *url,
                        struct curl_slist *headers)
{
    CURL *c = h->easy;
    curl_easy_reset(c); /* which keeps the connection */
    curl_easy_setopt(c, CURLOPT_URL, url);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "athanor-client");
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, h->error);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)(r->silence_s ? r->silence_s : SILENCE_S));
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, h);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, h);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, h);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, r->sent ? 0L : 1L);
    if (h->settings->ca_file)
        curl_easy_setopt(c, CURLOPT_CAINFO, h->settings->ca_file);
    set_body(c, h, r);
}

/* Until it is done, somebody presses Ctrl-C or the time is over. Returns libcurl's code, or -1. */
static int turn(struct http *h, int64_t deadline_ms)
{
    int running = 1, left;
    struct curl_waitfd fd = {.fd = interrupt_fd(), .events = CURL_WAIT_POLLIN};
    while (curl_multi_perform(h->multi, &running) == CURLM_OK && running) {
        int64_t wait = deadline_ms ? deadline_ms - clock_mono_ms() : TURN_MS;
        if (interrupt_pending() || wait <= 0)
            return -1;
        curl_multi_poll(h->multi, &fd, fd.fd >= 0, (int)MIN(wait, TURN_MS), NULL);
    }
    CURLMsg *message = curl_multi_info_read(h->multi, &left);
    return message && message->msg == CURLMSG_DONE ? (int)message->data.result
                                                   : (int)CURLE_FAILED_INIT;
}

static int explain(struct http *h, int code, int64_t deadline_ms, struct err *e)
{
    const char *why = *h->error   ? h->error
                      : code >= 0 ? curl_easy_strerror((CURLcode)code)
                                  : "interrupted";
    if (h->is_broken_off)
        return err_set(e, ERR_IO, "broken off");
    if (code < 0 && deadline_ms && clock_mono_ms() >= deadline_ms)
        return err_set(e, ERR_TIMEOUT, "no end within the time given");
    return err_set(e, ERR_UNAVAILABLE, "no answer from %s: %s", h->settings->url, why);
}

int http_perform(struct http *h, const struct http_request *r, struct http_answer *a, struct err *e)
{
    http_answer_release(a);
    http_answer_init(a);
    char *url = xasprintf("%s%s", h->settings->url, r->path);
    struct curl_slist *headers = make_headers(h, r);
    long status = 0;
    h->request = r;
    h->answer = a;
    h->is_broken_off = false;
    h->error[0] = '\0';
    set_options(h, r, url, headers);
    curl_multi_add_handle(h->multi, h->easy);
    int code = turn(h, r->deadline_ms);
    curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
    a->status = (int)status;
    a->was_sent = code != CURLE_COULDNT_CONNECT && code != CURLE_COULDNT_RESOLVE_HOST;
    curl_multi_remove_handle(h->multi, h->easy);
    curl_slist_free_all(headers);
    free(url);
    return code == CURLE_OK ? 0 : explain(h, code, r->deadline_ms, e);
}
