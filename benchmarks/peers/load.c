// load.c - low-overhead closed-loop HTTP/1.1 POST load generator with SSE timing (one thread, epoll).
//   cc -O2 -o load load.c
//   ./load -u http://127.0.0.1:9000/v1/chat/completions -c 16 -d 5 -b bodies.ndjson [-n MAX] [-H 'K: V']... [-w WARM_S]
// bodies.ndjson: one request body a line, used in turn; "########" in a body is replaced by an 8-digit counter.
// Prints one JSON line: requests, errors, rps, latency percentiles (us), for SSE: time to first content chunk,
// lag of every chunk (needs mock.c's T<ns> chunks), chunks seen.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
typedef unsigned long long u64;
typedef struct {
    char *p;
    u64 t;
    size_t n;
} dummy;
typedef struct {
    int fd;
    char *out;
    size_t on, oo;
    u64 t0, ttfb, ttft;
    char buf[262144];
    size_t n;
    int st; /*0 head 1 body*/
    int status;
    int chunked;
    long long left;
    int cst; /*chunk state 0 size 1 data 2 crlf 3 trailer*/
    char line[64];
    int ln;
    int closeit;
    char tail[32];
    int tn;
    int counted;
} conn;
typedef struct {
    u64 *a;
    size_t n, cap;
} vec;
static void push(vec *v, u64 x) {
    if (v->n == v->cap) {
        v->cap = v->cap ? v->cap * 2 : 65536;
        v->a = realloc(v->a, v->cap * 8);
    }
    v->a[v->n++] = x;
}
static int cmp(const void *a, const void *b) {
    u64 x = *(u64 *)a, y = *(u64 *)b;
    return x < y ? -1 : x > y;
}
static u64 now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * 1000000000ull + t.tv_nsec;
}
static char host[128] = "127.0.0.1", path[1024] = "/";
static int port = 80;
static char **reqs;
static size_t *reqn;
static char **slot;
static int nreq;
static u64 ctr, sent, maxn = ~0ull;
static vec lat, ttf, lag, ttb;
static u64 errs, chunks, okc, bytes, tstart, tend, twarm;
static int ep, shown;
static int live;
static int start(conn *c);
static u64 salt;
static int copen(conn *c) {
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, host, &a.sin_addr);
    if (connect(c->fd, (void *)&a, sizeof a)) {
        perror("connect");
        close(c->fd);
        c->fd = -1;
        return -1;
    }
    int one = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e);
    return 0;
}
static int start(conn *c) {
    u64 t = now();
    if (t >= tend || sent >= maxn) {
        live--;
        close(c->fd);
        c->fd = -1;
        return 0;
    }
    int i = ctr % nreq;
    u64 id = ctr++;
    sent++;
    if (slot[i]) {
        char d[16];
        snprintf(d, sizeof d, "%08llu", (salt + id) % 100000000ull);
        memcpy(slot[i], d, 8);
    }
    c->st = 0;
    c->n = 0;
    c->ttfb = c->ttft = 0;
    c->chunked = 0;
    c->left = -1;
    c->cst = 0;
    c->ln = 0;
    c->tn = 0;
    c->status = 0;
    c->closeit = 0;
    c->t0 = now();
    size_t o = 0;
    while (o < reqn[i]) {
        ssize_t k = send(c->fd, reqs[i] + o, reqn[i] - o, MSG_NOSIGNAL);
        if (k <= 0)
            return -1;
        o += k;
    }
    return 0;
}
static void scan(conn *c, const char *b, size_t n, u64 t) { // find "T<18 digits>
    char j[64];
    if (c->tn) {
        size_t k = n < 24 ? n : 24;
        memcpy(j, c->tail, c->tn);
        memcpy(j + c->tn, b, k);
        size_t m = c->tn + k;
        char *p = memmem(j, m, "\"T0000", 6);
        if (p && (size_t)(p - j) < (size_t)c->tn && p + 20 <= j + m) {
            char d[20];
            memcpy(d, p + 2, 18);
            d[18] = 0;
            u64 s = strtoull(d, 0, 10);
            if (!c->ttft)
                c->ttft = t;
            if (c->t0 >= twarm)
                push(&lag, t - s);
            chunks++;
        }
    }
    const char *p = b, *e = b + n;
    while ((p = memmem(p, e - p, "\"T0000", 6))) {
        if (p + 20 > e)
            break;
        char d[20];
        memcpy(d, p + 2, 18);
        d[18] = 0;
        u64 s = strtoull(d, 0, 10);
        if (!c->ttft)
            c->ttft = t;
        if (c->t0 >= twarm)
            push(&lag, t - s);
        chunks++;
        p += 20;
    }
    // keep at most 19 bytes that hold no complete token
    size_t k = n < 19 ? n : 19;
    if (n < 19 && c->tn) {
        size_t keep = c->tn + n > 19 ? 19 - n : c->tn;
        memmove(c->tail, c->tail + c->tn - keep, keep);
        memcpy(c->tail + keep, b, n);
        c->tn = keep + n;
    } else {
        memcpy(c->tail, e - k, k);
        c->tn = k;
    }
}
static int finish(conn *c, u64 t) {
    if (c->t0 >= twarm) {
        if (c->status >= 200 && c->status < 300) {
            push(&lat, t - c->t0);
            push(&ttb, c->ttfb - c->t0);
            if (c->ttft)
                push(&ttf, c->ttft - c->t0);
            okc++;
        } else
            errs++;
    }
    if (c->closeit) {
        epoll_ctl(ep, EPOLL_CTL_DEL, c->fd, 0);
        close(c->fd);
        if (copen(c))
            return -1;
    }
    return start(c);
}
static int feed(conn *c, const char *b, size_t n, u64 t) { // returns 1 done, 0 more, -1 err
    while (n) {
        if (!c->chunked) {
            if (c->left < 0)
                return 0;
            size_t k = (long long)n < c->left ? n : (size_t)c->left;
            c->left -= k;
            b += k;
            n -= k;
            if (!c->left)
                return 1;
            continue;
        }
        if (c->cst == 0) {
            char ch = *b++;
            n--;
            if (ch == '\n') {
                c->line[c->ln] = 0;
                c->left = strtol(c->line, 0, 16);
                c->ln = 0;
                c->cst = c->left ? 1 : 3;
            } else if (c->ln < 60)
                c->line[c->ln++] = ch;
        } else if (c->cst == 1) {
            size_t k = (long long)n < c->left ? n : (size_t)c->left;
            c->left -= k;
            b += k;
            n -= k;
            if (!c->left)
                c->cst = 2;
        } else if (c->cst == 2) {
            if (*b == '\n')
                c->cst = 0;
            b++;
            n--;
        } else {
            if (*b == '\n')
                return 1;
            b++;
            n--;
        }
    }
    return (!c->chunked && c->left == 0) ? 1 : 0;
}
static int got(conn *c) {
    for (;;) {
        ssize_t k = recv(c->fd, c->buf + c->n, sizeof(c->buf) - 1 - c->n, MSG_DONTWAIT);
        if (k < 0)
            return errno == EAGAIN ? 0 : -1;
        u64 t = now();
        if (k == 0)
            return -1;
        bytes += k;
        if (!c->ttfb)
            c->ttfb = t;
        if (c->st == 0) {
            c->n += k;
            c->buf[c->n] = 0;
            char *he = memmem(c->buf, c->n, "\r\n\r\n", 4);
            if (!he)
                continue;
            size_t hn = he - c->buf + 4;
            c->status = atoi(c->buf + 9);
            for (char *p = c->buf; p < he;) {
                char *q = memmem(p, he + 2 - p, "\r\n", 2);
                if (!strncasecmp(p, "content-length:", 15))
                    c->left = strtol(p + 15, 0, 10);
                else if (!strncasecmp(p, "transfer-encoding: chunked", 26))
                    c->chunked = 1;
                else if (!strncasecmp(p, "connection: close", 17))
                    c->closeit = 1;
                p = q + 2;
            }
            c->st = 1;
            size_t bn = c->n - hn;
            if (c->status / 100 != 2 && !shown++) {
                fprintf(stderr, "HTTP %d: %.600s\n", c->status, c->buf + hn);
            }
            if (bn)
                scan(c, c->buf + hn, bn, t);
            int r = (c->left == 0 && !c->chunked) ? 1 : feed(c, c->buf + hn, bn, t);
            c->n = 0;
            if (r)
                return r == 1 ? (finish(c, t) ? -1 : 0) : -1;
        } else {
            scan(c, c->buf, k, t);
            int r = feed(c, c->buf, k, t);
            if (r)
                return r == 1 ? (finish(c, t) ? -1 : 0) : -1;
        }
    }
}
static void pct(const char *name, vec *v) {
    if (!v->n)
        return;
    qsort(v->a, v->n, 8, cmp);
    double s = 0;
    for (size_t i = 0; i < v->n; i++)
        s += v->a[i];
#define P(q) (v->a[(size_t)((v->n - 1) * q)] / 1000.0)
    printf(",\"%s\":{\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"max\":%.1f,\"mean\":%.1f}", name, P(.5), P(.9), P(.99),
           P(1.0), s / v->n / 1000);
}
int main(int ac, char **av) {
    int c = 1;
    double d = 5, w = 0;
    char *bf = 0, hd[8192] = "";
    int o;
    signal(SIGPIPE, SIG_IGN);
    char scratch[256];
    while ((o = getopt(ac, av, "u:c:d:n:w:b:H:")) > 0)
        switch (o) {
        case 'u': {
            char *p = strstr(optarg, "://");
            p = p ? p + 3 : optarg;
            char *s = strchr(p, '/');
            if (s) {
                snprintf(path, sizeof path, "%s", s);
            }
            snprintf(scratch, sizeof scratch, "%.*s", (int)(s ? s - p : (long)strlen(p)), p);
            char *k = strchr(scratch, ':');
            if (k) {
                port = atoi(k + 1);
                *k = 0;
            }
            if (strcmp(scratch, "localhost"))
                snprintf(host, sizeof host, "%.100s", scratch);
            break;
        }
        case 'c':
            c = atoi(optarg);
            break;
        case 'd':
            d = atof(optarg);
            break;
        case 'w':
            w = atof(optarg);
            break;
        case 'n':
            maxn = strtoull(optarg, 0, 10);
            break;
        case 'b':
            bf = optarg;
            break;
        case 'H':
            strcat(hd, optarg);
            strcat(hd, "\r\n");
            break;
        default:
            return 2;
        }
    if (!bf) {
        fprintf(stderr, "need -b\n");
        return 2;
    }
    FILE *f = fopen(bf, "r");
    if (!f) {
        perror(bf);
        return 2;
    }
    char *l = 0;
    size_t lc = 0;
    ssize_t k;
    int cap = 0;
    while ((k = getline(&l, &lc, f)) > 0) {
        if (l[k - 1] == '\n')
            k--;
        if (!k)
            continue;
        if (nreq == cap) {
            cap = cap ? cap * 2 : 64;
            reqs = realloc(reqs, cap * 8);
            reqn = realloc(reqn, cap * 8);
            slot = realloc(slot, cap * 8);
        }
        char *r = malloc(k + 9000);
        int h = snprintf(r, 9000,
                         "POST %s HTTP/1.1\r\nHost: %s:%d\r\nContent-Type: application/json\r\nAccept: "
                         "*/*\r\nContent-Length: %zd\r\n%s\r\n",
                         path, host, port, k, hd);
        memcpy(r + h, l, k);
        reqs[nreq] = r;
        reqn[nreq] = h + k;
        slot[nreq] = memmem(r + h, k, "########", 8);
        nreq++;
    }
    salt = (now() / 1000) % 90000000ull;
    ep = epoll_create1(0);
    tstart = now();
    twarm = tstart + (u64)(w * 1e9);
    tend = twarm + (u64)(d * 1e9);
    conn *cs = calloc(c, sizeof(conn));
    live = c;
    for (int i = 0; i < c; i++)
        if (copen(&cs[i]))
            return 1;
    for (int i = 0; i < c; i++)
        if (start(&cs[i]))
            errs++;
    struct epoll_event ev[256];
    u64 hard = tend + 20000000000ull;
    while (live > 0) {
        int n = epoll_wait(ep, ev, 256, 1000);
        u64 t = now();
        if (t > hard) {
            fprintf(stderr, "%d requests unfinished 20 s after the end\n", live);
            errs += live;
            break;
        }
        for (int i = 0; i < n; i++) {
            conn *x = ev[i].data.ptr;
            if (x->fd < 0)
                continue;
            if (got(x)) {
                if (x->t0 >= twarm && x->fd >= 0)
                    errs++;
                if (x->fd >= 0) {
                    close(x->fd);
                }
                if (now() < tend && !copen(x)) {
                    if (start(x))
                        errs++;
                } else {
                    live--;
                    x->fd = -1;
                }
            }
        }
    }
    u64 t = now();
    double el = (t - twarm) / 1e9;
    struct rusage ru;
    getrusage(RUSAGE_SELF, &ru);
    printf("{\"n\":%llu,\"errors\":%llu,\"sent\":%llu,\"secs\":%.3f,\"rps\":%.2f,\"bytes\":%llu,\"chunks\":%llu,"
           "\"client_cpu_s\":%.3f",
           okc, errs, sent, el, okc / el, bytes, chunks,
           ru.ru_utime.tv_sec + ru.ru_stime.tv_sec + (ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6);
    pct("lat_us", &lat);
    pct("ttfb_us", &ttb);
    pct("ttft_us", &ttf);
    pct("lag_us", &lag);
    printf("}\n");
    return 0;
}
