// What Swift's Glibc module leaves out of Linux's interface.

#pragma once

#include <malloc.h>
#include <sched.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

static const uint32_t clinux_readable = EPOLLIN | EPOLLRDHUP;
static const uint32_t clinux_writable = EPOLLOUT;
static const uint32_t clinux_half_closed = EPOLLRDHUP;
static const uint32_t clinux_gone = EPOLLHUP | EPOLLERR;
static const uint32_t clinux_edge_triggered = EPOLLET;

static inline int clinux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

// How many processors this process may run on.
int sched_getaffinity(int, size_t, cpu_set_t *);

static inline int clinux_processors(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int count = 0;
    for (size_t i = 0; i < sizeof set / sizeof(long); i++) count += __builtin_popcountl(((unsigned long *)&set)[i]);
    return count;
}

static inline int clinux_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

// <sys/socket.h> declares it only for _GNU_SOURCE, which would change types that other modules have seen already.
extern int accept4(int, struct sockaddr *, socklen_t *, int);

static inline int clinux_accept(int listener, struct sockaddr *address, socklen_t *length) {
    return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

// Gives memory that the process has freed back to the system.
static inline void clinux_trim_heap(void) { malloc_trim(0); }
