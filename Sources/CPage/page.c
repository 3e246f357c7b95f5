// The compiler copies the files as they are. SwiftPM's own `.embedInCode` writes them as a Swift array of numbers instead, which
// takes the Swift compiler 70 seconds for the 130 kB where this takes one.
#include "CPage.h"

// #embed is C23; Clang knows it in earlier versions too, and says so.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char html[] = {
#embed "page.html"
};
static const unsigned char css[] = {
#embed "page.css"
};
static const unsigned char js[] = {
#embed "page.js"
};
static const unsigned char icon[] = {
#embed "icon.svg"
};
static const unsigned char contract[] = {
#embed "../../openapi.yaml"
};

struct page_file page_html(void) { return (struct page_file){html, sizeof html}; }
struct page_file page_css(void) { return (struct page_file){css, sizeof css}; }
struct page_file page_js(void) { return (struct page_file){js, sizeof js}; }
struct page_file page_icon(void) { return (struct page_file){icon, sizeof icon}; }
struct page_file page_contract(void) { return (struct page_file){contract, sizeof contract}; }
