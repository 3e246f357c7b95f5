import Testing

@testable import EmbeddingAPI

@Suite struct ContractPageTests {
    /// Every kind of limit, and names with markup in them.
    @Test func fieldsAreDescribedWithTypesDefaultsAndLimits() {
        let html = ContractPage(
            """
            info: {summary: "<Rows>"}
            components:
              schemas:
                Thing:
                  type: object
                  required: ["a&b"]
                  properties:
                    a&b: {type: array, minItems: 1, maxItems: 3, items: {$ref: "#/components/schemas/Part"}}
                    depth: {type: [integer, "null"], minimum: 0, default: 2}
                    scale: {type: number, exclusiveMinimum: 0, maximum: 9}
                    inner: {type: object, properties: {leaf: {description: "A `leaf`.", enum: [x, y]}}}
                Part: {description: One., type: string, const: "z"}
            """
        ).html
        #expect(html.contains("&lt;Rows&gt;"))
        #expect(html.contains("<dt><code>a&amp;b</code> <span class=\"note\">required</span></dt>"))
        #expect(html.contains("array of <a href=\"#schema-Part\">Part</a>, 1 to 3 elements"))
        #expect(html.contains("integer or null, 0 or more, default <code>2</code>"))
        #expect(html.contains("number, up to 9, more than 0"))
        #expect(html.contains("<p class=\"type\">one of <code>&quot;x&quot;</code> <code>&quot;y&quot;</code></p>"))
        #expect(html.contains("<dt><code>leaf</code></dt>") && html.contains("<p>A <code>leaf</code>.</p>"))
        #expect(html.contains("id=\"schema-Part\"") && html.contains("<code>&quot;z&quot;</code>"))
    }

    /// What stands at a path holds for its operations, and what stands at the top for all that say nothing else.
    @Test func operationsTellWhereTheyAreAndWhatTheyNeed() {
        let html = ContractPage(
            """
            security: [{}, {key: []}]
            tags: [{name: things}]
            paths:
              /things/{name}:
                servers: [{url: "http://elsewhere:1", description: For few}]
                parameters: [{name: name, in: path, schema: {type: string}}]
                get: {operationId: readThing, tags: [things]}
                post: {operationId: makeThing, tags: [things], security: []}
            components:
              securitySchemes: {key: {type: http, scheme: bearer, description: A secret.}}
            """
        ).html
        let articles = html.matches(of: /<article id="(read|make)Thing">.*?<\/article>/).map { String($0.0) }
        #expect(articles.count == 2)
        for article in articles {
            #expect(article.contains("<p class=\"note\">At <code>http://elsewhere:1</code>: For few</p>"))
            #expect(article.contains("<dt><code>name</code> <span class=\"note\">in path</span></dt>"))
        }
        #expect(articles[0].contains("Needs a <a href=\"#keys\">key</a> where the service has a file of keys"))
        #expect(!articles[1].contains("href=\"#keys\"") && !html.contains("<h4>Problems</h4>"))
        #expect(html.contains("<h2 id=\"keys-title\">Keys</h2><p>A secret.</p></section>"))
    }

    @Test(arguments: ["", "a: [", "paths: {/: {get: {tags: [a]}}}\ntags: [{name: a}]", "paths: 3\ncomponents: []"])
    func whatIsNoContractMakesAPageAllTheSame(yaml: String) {
        #expect(ContractPage(yaml).html.hasSuffix("</html>"))
    }
}
