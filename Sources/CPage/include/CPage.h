// The files of the page, compiled into the binary.
#pragma once

#include <stddef.h>

struct page_file {
    const unsigned char *bytes;
    size_t count;
};

struct page_file page_html(void);
struct page_file page_css(void);
struct page_file page_js(void);
struct page_file page_icon(void);
/// The repository's `openapi.yaml`.
struct page_file page_contract(void);
