#include "instance_page.h"

#include "form_page.h"
#include "page.h"

#include <string.h>

int instance_page(struct ctx *c)
{
    const char *tab = request_query(&c->req, "tab");
    struct form_page p;
    if (!tab || strcmp(tab, "configuration") != 0 || page_wants_view(c))
        return page_view(c);
    if (form_page_begin(c, &p, NULL) != 0)
        return -1;
    p.optional = true;
    if (p.chosen)
        form_page_fill_edit(c, &p);
    return form_page_end(c, &p, 200);
}
