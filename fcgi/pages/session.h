/*
 * session.h - who asks, and whether the request is the site's own: cookies, tokens, one-time links.
 *
 * The database decides (authenticate, redeem_login); tokens themselves are never stored or logged.
 */
#ifndef PAGES_SESSION_H
#define PAGES_SESSION_H

#include "ctx.h"

/* Fills c->user; nobody is no error. -1 with c->problem when the database cannot say. */
MUST_CHECK int session_identify(struct ctx *c);

/* Says why nobody is logged in: 401 in c->problem, of a token whether it is unknown, expired or
 * revoked. Returns -1. */
int session_refuse(struct ctx *c);

/* The site's address as the browser sees it, http://host:port; that of the settings where the
 * request names no host. */
const char *session_origin(struct ctx *c);

/* For a request that changes something and came with a cookie (or none): it must come from a page
 * of this site. -1 with 403 in c->problem. */
MUST_CHECK int session_check_origin(struct ctx *c);

/* Whether the text is a path of this site that a browser may be sent to. */
bool session_is_local(const char *where);

/* GET and POST /login, POST /logout. */
int session_login_page(struct ctx *c);
int session_login(struct ctx *c);
int session_logout(struct ctx *c);

#endif
