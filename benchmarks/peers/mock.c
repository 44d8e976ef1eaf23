// mock.c - very fast OpenAI-like upstream for gateway benchmarks (one thread, epoll, loopback only).
//   cc -O2 -o mock mock.c && ./mock PORT
// POST /v1/chat/completions : JSON answer, or SSE when the body has "stream": true
//   body knobs that gateways forward:  "max_tokens": number of SSE content chunks (default 64)
//                                      "seed": microseconds between SSE chunks / before a JSON answer (default 0)
//                                      "top_logprobs": as many of them come together in one (default 1)
//                                      "user":"mock-echo" : answer with the last "content" string of the request
// A placeholder in the request (<EMAIL_ADDRESS_...>) comes back five times in a stream, cut in two each time.
// GET /v1/models, /health, /__last (last request body), /__stats
// Each SSE content chunk is "T%018llu" = CLOCK_MONOTONIC ns when it was sent, so that a client on the same
// machine can tell the lag of every chunk.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
typedef unsigned long long u64;
typedef struct {
    int fd;
    char *r;
    size_t rn, rcap;
    char *w;
    size_t wn, wo, wcap;
    int close_after;
    int timed;
    int stream;
    int left, together;
    u64 next, delay;
    char *echo;
    size_t echo_n, echo_o;
    char mark[96];
    size_t mark_n;
} conn;
static conn *conns[65536];
static int ep, ntimed;
static char *lastb;
static size_t lastn, lastcap;
static u64 nreq, nstream;
static u64 now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * 1000000000ull + t.tv_nsec;
}
static void cclose(conn *c) {
    if (c->timed)
        ntimed--;
    conns[c->fd] = 0;
    close(c->fd);
    free(c->r);
    free(c->w);
    free(c->echo);
    free(c);
}
static int out(conn *c, const char *b, size_t n) { // 0 ok, -1 dead
    if (c->wn == c->wo) {
        c->wn = c->wo = 0;
        ssize_t k = send(c->fd, b, n, MSG_NOSIGNAL);
        if (k < 0) {
            if (errno != EAGAIN)
                return -1;
            k = 0;
        }
        b += k;
        n -= k;
        if (!n)
            return 0;
    }
    if (c->wn + n > c->wcap) {
        c->wcap = (c->wn + n) * 2;
        c->w = realloc(c->w, c->wcap);
    }
    memcpy(c->w + c->wn, b, n);
    c->wn += n;
    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT, .data.fd = c->fd};
    epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
    return 0;
}
static int chunk(conn *c, const char *b, size_t n) {
    char t[4096];
    int k = snprintf(t, sizeof t, "%zx\r\n", n);
    memcpy(t + k, b, n);
    memcpy(t + k + n, "\r\n", 2);
    return out(c, t, k + n + 2);
}
static const char SSEH[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: "
                           "no-cache\r\nTransfer-Encoding: chunked\r\n\r\n";
#define CH                                                                                                             \
    "data: "                                                                                                           \
    "{\"id\":\"chatcmpl-mock0000000000000001\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":" \
    "\"mock\",\"system_fingerprint\":\"fp_mock\",\"choices\":[{\"index\":0,\"delta\":"
// What a chunk tells when `left` of them are left. One half of a placeholder ends a chunk, the other begins the next one,
// which has no time to be found in it.
static int words(conn *c, int left, char *t, size_t room) {
    int place = left % 13, half = (int)c->mark_n / 2;
    int first = place == 6 ? half : 0, second = place == 5 ? (int)c->mark_n - half : 0;
    return snprintf(t, room, "%.*s%sT%018llu %.*s", second, c->mark + half, second ? " " : "", now(), first, c->mark);
}
static int step(conn *c) { // send one content chunk; 1 = finished
    char b[2048];
    int n;
    if (c->left > 0) {
        if (c->echo) {
            size_t o = c->echo_o, e = o + 40;
            if (e >= c->echo_n || c->left == 1)
                e = c->echo_n;
            else {
                while (e < c->echo_n && c->echo[e] != ' ')
                    e++;
            }
            if (e - o > 1500)
                e = o + 1500;
            n = snprintf(b, sizeof b, CH "{\"content\":\"%.*s\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n",
                         (int)(e - o), c->echo + o);
            c->echo_o = e;
            if (e >= c->echo_n)
                c->left = 1;
        } else {
            int k = 0;
            char t[1536];
            for (int i = 0; i < c->together && c->left > i && k < 1024; i++)
                k += words(c, c->left - i, t + k, sizeof t - k);
            n = snprintf(b, sizeof b, CH "{\"content\":\"%.*s\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n", k, t);
        }
        c->left -= c->echo ? 1 : c->together;
        if (chunk(c, b, n))
            return -1;
        if (c->left > 0)
            return 0;
    }
    n = snprintf(b, sizeof b, CH "{},\"logprobs\":null,\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
    if (chunk(c, b, n))
        return -1;
    if (out(c, "0\r\n\r\n", 5))
        return -1;
    return 1;
}
static int json(conn *c) {
    static char *b;
    static size_t cap;
    const char *e = c->echo ? c->echo
                            : "The quarterly summary is ready: revenue grew by four percent, churn fell slightly, and "
                              "the team recommends keeping the present plan for the next two months.";
    size_t en = c->echo ? c->echo_n : strlen(e);
    if (cap < en + 2048) {
        cap = en * 2 + 4096;
        b = realloc(b, cap);
    }
    size_t bl = en;
    const char *p1 = "{\"id\":\"chatcmpl-mock0000000000000001\",\"object\":\"chat.completion\",\"created\":1700000000,"
                     "\"model\":\"mock\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"";
    const char *p2 = "\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":"
                     "250,\"completion_tokens\":30,\"total_tokens\":280},\"system_fingerprint\":\"fp_mock\"}";
    bl += strlen(p1) + strlen(p2);
    int h = sprintf(b, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", bl, p1);
    memcpy(b + h, e, en);
    h += en;
    strcpy(b + h, p2);
    h += strlen(p2);
    return out(c, b, h);
}
static long num(const char *b, size_t n, const char *key, long d) {
    const char *p = memmem(b, n, key, strlen(key));
    if (!p)
        return d;
    p += strlen(key);
    const char *e = b + n;
    while (p < e && (*p == ' ' || *p == ':'))
        p++;
    if (p < e && *p >= '0' && *p <= '9')
        return atol(p);
    return d;
}
static int tru(const char *b, size_t n, const char *key) {
    const char *p = memmem(b, n, key, strlen(key));
    if (!p)
        return 0;
    p += strlen(key);
    const char *e = b + n;
    while (p < e && (*p == ' ' || *p == ':'))
        p++;
    return e - p >= 4 && !memcmp(p, "true", 4);
}
static int arm(conn *c, u64 t) {
    if (!c->timed) {
        c->timed = 1;
        ntimed++;
    }
    c->next = t;
    return 0;
}
static int simple(conn *c, const char *ct, const char *b, size_t n) {
    char h[256];
    int k = snprintf(h, sizeof h, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n", ct, n);
    if (out(c, h, k))
        return -1;
    return out(c, b, n);
}
static int handle(conn *c, const char *req, size_t hn, const char *b, size_t n) {
    (void)hn;
    if (!memcmp(req, "GET ", 4)) {
        const char *m = "{\"object\":\"list\",\"data\":[{\"id\":\"mock\",\"object\":\"model\",\"created\":1700000000,"
                        "\"owned_by\":\"mock\"}]}";
        if (!strncmp(req + 4, "/__last", 7))
            return simple(c, "application/json", lastb ? lastb : "", lastn);
        if (!strncmp(req + 4, "/__stats", 8)) {
            char t[128];
            int k = sprintf(t, "{\"requests\":%llu,\"streams\":%llu}", nreq, nstream);
            return simple(c, "application/json", t, k);
        }
        return simple(c, "application/json", m, strlen(m));
    }
    nreq++;
    if (lastcap < n) {
        lastcap = n * 2;
        lastb = realloc(lastb, lastcap);
    }
    memcpy(lastb, b, n);
    lastn = n;
    free(c->echo);
    c->echo = 0;
    c->echo_n = c->echo_o = 0;
    if (memmem(b, n, "mock-echo", 9)) {
        const char *p = b, *q, *l = 0;
        while ((q = memmem(p, b + n - p, "\"content\"", 9))) {
            l = q;
            p = q + 9;
        }
        if (l) {
            l += 9;
            while (l < b + n && *l != '"')
                l++;
            l++;
            const char *e = l;
            while (e < b + n && *e != '"') {
                if (*e == '\\')
                    e++;
                e++;
            }
            c->echo = malloc(e - l + 1);
            memcpy(c->echo, l, e - l);
            c->echo_n = e - l;
        }
    }
    c->mark_n = 0;
    for (const char *p = b; p + 8 < b + n && (p = memchr(p, '<', b + n - p)); p++) {
        const char *e = memchr(p, '>', b + n - p);
        if (e && e - p > 8 && e - p < (long)sizeof c->mark && p[1] >= 'A' && p[1] <= 'Z') {
            c->mark_n = e - p + 1;
            memcpy(c->mark, p, c->mark_n);
            break;
        }
    }
    c->delay = (u64)num(b, n, "\"seed\"", 0) * 1000;
    c->stream = tru(b, n, "\"stream\"");
    if (!c->stream) {
        if (c->delay)
            return arm(c, now() + c->delay);
        return json(c);
    }
    nstream++;
    c->left = num(b, n, "\"max_tokens\"", 64);
    c->together = num(b, n, "\"top_logprobs\"", 1);
    char t[2048];
    int k = snprintf(
        t, sizeof t,
        CH
        "{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":null}]}\n\n");
    if (out(c, SSEH, sizeof SSEH - 1) || chunk(c, t, k))
        return -1;
    if (!c->delay) {
        int s;
        while (!(s = step(c)))
            ;
        c->stream = 0;
        return s < 0 ? -1 : 0;
    }
    int s = step(c);
    if (s < 0)
        return -1;
    if (s == 1) {
        c->stream = 0;
        return 0;
    }
    return arm(c, now() + c->delay);
}
static int parse(conn *c) { // handle every complete request in the buffer
    while (c->rn && !c->timed) {
        char *he = memmem(c->r, c->rn, "\r\n\r\n", 4);
        if (!he)
            return 0;
        size_t hn = he - c->r + 4, bn = 0;
        int chunked = 0;
        for (char *p = c->r; p < he;) {
            char *q = memmem(p, he + 2 - p, "\r\n", 2);
            if (!q)
                break;
            if (!strncasecmp(p, "content-length:", 15))
                bn = strtoul(p + 15, 0, 10);
            else if (!strncasecmp(p, "transfer-encoding:", 18))
                chunked = 1;
            else if (!strncasecmp(p, "connection: close", 17))
                c->close_after = 1;
            else if (!strncasecmp(p, "expect:", 7)) {
            }
            p = q + 2;
        }
        if (!chunked) {
            if (c->rn < hn + bn)
                return 0;
            if (handle(c, c->r, hn, c->r + hn, bn))
                return -1;
            memmove(c->r, c->r + hn + bn, c->rn - hn - bn);
            c->rn -= hn + bn;
        } else {
            static char *body;
            static size_t cap;
            size_t o = hn, n = 0;
            int done = 0;
            while (1) {
                char *q = memmem(c->r + o, c->rn - o, "\r\n", 2);
                if (!q)
                    break;
                size_t k = strtoul(c->r + o, 0, 16);
                size_t d = q - c->r + 2;
                if (c->rn < d + k + 2)
                    break;
                if (cap < n + k) {
                    cap = (n + k) * 2;
                    body = realloc(body, cap);
                }
                memcpy(body + n, c->r + d, k);
                n += k;
                o = d + k + 2;
                if (!k) {
                    done = 1;
                    break;
                }
            }
            if (!done)
                return 0;
            if (handle(c, c->r, hn, body ? body : "", n))
                return -1;
            memmove(c->r, c->r + o, c->rn - o);
            c->rn -= o;
        }
        if (c->close_after && !c->timed && c->wn == c->wo)
            return -1;
    }
    return 0;
}
int main(int ac, char **av) {
    int port = ac > 1 ? atoi(av[1]) : 9000;
    signal(SIGPIPE, SIG_IGN);
    int ls = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    setsockopt(ls, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(ls, (void *)&a, sizeof a) || listen(ls, 1024)) {
        perror("bind");
        return 1;
    }
    ep = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN, .data.fd = ls}, ev[256];
    epoll_ctl(ep, EPOLL_CTL_ADD, ls, &e);
    for (;;) {
        int to = -1;
        if (ntimed) {
            u64 t = now(), m = ~0ull;
            for (int i = 0; i < 4096; i++)
                if (conns[i] && conns[i]->timed && conns[i]->next < m)
                    m = conns[i]->next;
            to = m <= t ? 0 : (int)((m - t + 999999) / 1000000);
        }
        int n = epoll_wait(ep, ev, 256, to);
        for (int i = 0; i < n; i++) {
            int fd = ev[i].data.fd;
            if (fd == ls) {
                int f;
                while ((f = accept4(ls, 0, 0, SOCK_NONBLOCK)) >= 0) {
                    setsockopt(f, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                    conn *c = calloc(1, sizeof *c);
                    c->fd = f;
                    c->rcap = 65536;
                    c->r = malloc(c->rcap);
                    conns[f] = c;
                    struct epoll_event x = {.events = EPOLLIN, .data.fd = f};
                    epoll_ctl(ep, EPOLL_CTL_ADD, f, &x);
                }
                continue;
            }
            conn *c = conns[fd];
            if (!c)
                continue;
            int dead = 0;
            if (ev[i].events & EPOLLOUT) {
                ssize_t k = send(fd, c->w + c->wo, c->wn - c->wo, MSG_NOSIGNAL);
                if (k < 0 && errno != EAGAIN)
                    dead = 1;
                else if (k > 0)
                    c->wo += k;
                if (c->wo == c->wn) {
                    c->wo = c->wn = 0;
                    struct epoll_event x = {.events = EPOLLIN, .data.fd = fd};
                    epoll_ctl(ep, EPOLL_CTL_MOD, fd, &x);
                }
            }
            if (!dead && (ev[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) {
                for (;;) {
                    if (c->rn + 32768 > c->rcap) {
                        c->rcap *= 2;
                        if (c->rcap > (256u << 20)) {
                            dead = 1;
                            break;
                        }
                        c->r = realloc(c->r, c->rcap);
                    }
                    ssize_t k = recv(fd, c->r + c->rn, c->rcap - c->rn, 0);
                    if (k == 0) {
                        dead = 1;
                        break;
                    }
                    if (k < 0) {
                        if (errno != EAGAIN)
                            dead = 1;
                        break;
                    }
                    c->rn += k;
                    if ((size_t)k < c->rcap - (c->rn - k))
                        break;
                }
                if (!dead || c->rn)
                    if (parse(c))
                        dead = 1;
            }
            if (dead)
                cclose(c);
        }
        if (ntimed) {
            u64 t = now();
            for (int i = 0; i < 4096; i++) {
                conn *c = conns[i];
                if (!c || !c->timed || c->next > t)
                    continue;
                int s;
                if (c->stream) {
                    s = step(c);
                    if (s == 0) {
                        c->next += c->delay;
                        continue;
                    }
                } else
                    s = json(c);
                c->timed = 0;
                ntimed--;
                c->stream = 0;
                if (s < 0) {
                    cclose(c);
                    continue;
                }
                if (parse(c))
                    cclose(c);
            }
        }
    }
}
