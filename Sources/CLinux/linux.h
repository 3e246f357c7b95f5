// What Swift's Glibc module leaves out of Linux's socket interface.

#pragma once

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static const uint32_t clinux_readable = EPOLLIN | EPOLLRDHUP;
static const uint32_t clinux_writable = EPOLLOUT;
static const uint32_t clinux_half_closed = EPOLLRDHUP;
static const uint32_t clinux_gone = EPOLLHUP | EPOLLERR;
static const uint32_t clinux_edge_triggered = EPOLLET;

static inline int clinux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

// <sys/socket.h> declares it only for _GNU_SOURCE, which would change types that other modules have seen already.
extern int accept4(int, struct sockaddr *, socklen_t *, int);

static inline int clinux_accept(int listener) { return accept4(listener, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC); }
