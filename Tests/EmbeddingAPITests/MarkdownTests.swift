import Testing

@testable import EmbeddingAPI

@Suite struct MarkdownTests {
    private func html(_ text: String) -> String {
        var html = HTMLWriter()
        Markdown(text).write(to: &html)
        return html.html
    }

    @Test func blocksAreToldApartByEmptyLinesAndListMarks() {
        #expect(html("one\ntwo\n\n\nthree\n") == "<p>one two</p><p>three</p>")
        #expect(html("such as\n- a\n- `b`\n\nend") == "<p>such as</p><ul><li>a</li><li><code>b</code></li></ul><p>end</p>")
        #expect(html("") == "")
    }

    @Test func codeAndLinksStandInText() {
        #expect(
            html("`a` or [b](/docs#c), [d](https://e/f)")
                == #"<p><code>a</code> or <a href="/docs#c">b</a>, <a href="https://e/f">d</a></p>"#)
        // What is no link, and what is left open, is text.
        #expect(html("`a [0, 1] (b)") == "<p>`a [0, 1] (b)</p>")
        #expect(html("[a](javascript:b)") == "<p>[a](javascript:b)</p>")
    }

    @Test func everythingIsEscaped() {
        #expect(
            html("<b> & `<i>` [\"](/\"<)")
                == #"<p>&lt;b&gt; &amp; <code>&lt;i&gt;</code> <a href="/&quot;&lt;">&quot;</a></p>"#)
    }
}
