/*
 * route_list.h - the route table as JSON, for tools that compare it with the API's description.
 */
#ifndef PAGES_ROUTE_LIST_H
#define PAGES_ROUTE_LIST_H

#include "strbuf.h"

/* Appends an array, one route a line: {"methods":["GET"],"path","scope","params":[...]}. A
 * parameter is {"name","words":[...]} (none: any text) or {"name","low","high","default"}, the
 * latter three where they bound anything. */
void route_list_put(struct strbuf *out);

#endif
