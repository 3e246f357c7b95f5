import Foundation
import JSON
import Tensors
import Testing

@testable import Hypernetworks

@Suite struct ZeTTConfigurationTests {
    /// The keys of benjamin/zett-hypernetwork-xlm-roberta-base that decide the forward pass.
    private static let published: [String: any Sendable] = [
        "hn_model_type": "roberta", "hn_embed_using_source_embeddings": true, "hn_concat_last_hidden_state": false,
        "hn_add_inter_token_attention": false, "hn_embed_target_priors": false, "hn_surface_maxlen": 7, "hn_n_layers": 3,
        "n_embd": 768, "hn_hidden_size": 768, "hn_intermediate_size": 1536, "hn_num_attention_heads": NSNull(),
        "hn_rescale_embeddings": true, "hn_single_head": false, "hn_predict_bias": true, "hn_embed_lang_id": true,
        "n_langs": 3, "langs": ["en", "de", "sw"], "hn_n_extra_tokens": 162, "separate_out_embeddings": false,
        "original_vocab_size": 250_002, "pad_token_id": 1, "hn_inter_token_attention_bias_scaler": 1.0,
        "hn_n_inter_token_blocks": 16, "hn_language_adapter_bottleneck_dim": 0, "architectures": ["ZettHypernet"],
        "torch_dtype": "float32",
    ]

    private func parse(_ changes: [String: any Sendable] = [:], without removed: String? = nil) throws -> ZeTTConfiguration {
        var keys = Self.published.merging(changes) { _, new in new }
        if let removed { keys[removed] = nil }
        return try ZeTTConfiguration(JSONDocument(parsing: Array(JSONSerialization.data(withJSONObject: keys))).root)
    }

    @Test func readsAPublishedConfiguration() throws {
        let configuration = try parse()
        #expect(configuration.hiddenSize == 768 && configuration.intermediateSize == 1536 && configuration.layers == 3)
        #expect(configuration.attentionHeads == 12)
        #expect(configuration.maximumLength == 7 && configuration.sourceIDLimit == 250_164)
        #expect(configuration.sourceWidth == 768)
        #expect(configuration.languages == 3 && configuration.languageIndex("de") == 1)
        #expect(configuration.languageIndex("fr") == nil)
        #expect(try parse(["separate_out_embeddings": true]).sourceWidth == 1536)
        #expect(try parse(["hn_n_extra_tokens": 0]).fallbackRows == 1)
    }

    @Test func languagesWithoutCodesGoByIndex() throws {
        let configuration = try parse(without: "langs")
        #expect(configuration.languageIndex("2") == 2)
        #expect(configuration.languageIndex("3") == nil && configuration.languageIndex("en") == nil)
        #expect(try parse(["hn_embed_lang_id": false]).languageIndex("en") == nil)
    }

    @Test func absentKeysHaveTheAuthorsDefaults() throws {
        #expect(try parse(without: "hn_surface_maxlen").maximumLength == 16)
        #expect(try parse(without: "hn_predict_bias").predictsBias)
        #expect(try !parse(without: "hn_rescale_embeddings").rescalesEmbeddings)
    }

    @Test(arguments: [
        ("hn_model_type", "t5"), ("hn_embed_using_source_embeddings", false), ("hn_concat_last_hidden_state", true),
        ("hn_add_inter_token_attention", true), ("hn_embed_target_priors", true),
        ("hn_language_adapter_bottleneck_dim", 64), ("hn_invented_yesterday", "on"),
    ] as [(String, any Sendable)])
    func refusesWhatIsNotBuiltByName(key: String, value: any Sendable) {
        let error = #expect(throws: HypernetworkError.self) { _ = try parse([key: value]) }
        guard case .unsupported(key, _, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func refusesAnAbsentSourceOfEmbeddings() {
        #expect(throws: HypernetworkError.unsupported(
            key: "hn_embed_using_source_embeddings", value: "absent", supported: "true")
        ) {
            _ = try parse(without: "hn_embed_using_source_embeddings")
        }
    }

    @Test(arguments: ["n_embd", "hn_hidden_size", "hn_intermediate_size", "original_vocab_size", "pad_token_id", "n_langs"])
    func namesMissingKeys(key: String) {
        #expect(throws: HypernetworkError.missingKey(key)) { _ = try parse(without: key) }
    }

    @Test(arguments: [
        ("n_embd", -3), ("hn_hidden_size", "768"), ("hn_n_layers", 0), ("hn_single_head", 1), ("langs", ["en"]),
        ("langs", [1, 2, 3]), ("hn_num_attention_heads", 7), ("n_embd", 1 << 40), ("pad_token_id", 1.5),
    ] as [(String, any Sendable)])
    func refusesInvalidValues(key: String, value: any Sendable) {
        let error = #expect(throws: HypernetworkError.self) { _ = try parse([key: value]) }
        guard case .invalidValue(key, _, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}

@Suite struct ZeTTLoadingTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func load(_ name: String, baseWidth: Int, baseRows: Int) throws -> ZeTTHypernetwork {
        try ZeTTHypernetwork(folder: golden(name), base: [try matrix(rows: baseRows, columns: baseWidth)])
    }

    @Test func refusesABaseThatDoesNotFit() throws {
        #expect(throws: HypernetworkError.wrongBaseWidth(expected: 64, found: 63)) {
            _ = try load("zett-tied-lang-bias", baseWidth: 63, baseRows: 300)
        }
        #expect(throws: HypernetworkError.tooFewBaseRows(expected: 300, found: 299)) {
            _ = try load("zett-tied-lang-bias", baseWidth: 64, baseRows: 299)
        }
    }

    @Test func namesTheFileThatIsMissing() throws {
        let error = #expect(throws: HypernetworkError.self) { _ = try load("absent", baseWidth: 64, baseRows: 300) }
        #expect(error?.description.contains("absent/config.json") == true)
    }

    @Test func checksSourceIDs() throws {
        let hypernetwork = try load("zett-tied-lang-bias", baseWidth: 64, baseRows: 300)
        #expect(throws: HypernetworkError.emptySequence) { try hypernetwork.validate(sourceIDs: []) }
        #expect(throws: HypernetworkError.sequenceTooLong(count: 8, limit: 7)) {
            try hypernetwork.validate(sourceIDs: [2, 3, 4, 5, 6, 7, 8, 9])
        }
        #expect(throws: HypernetworkError.sourceIDOutOfRange(id: 322, limit: 322)) {
            try hypernetwork.validate(sourceIDs: [5, 322])
        }
        #expect(throws: HypernetworkError.sourceIDOutOfRange(id: -1, limit: 322)) {
            try hypernetwork.validate(sourceIDs: [-1])
        }
        #expect(throws: HypernetworkError.paddingSourceID(id: 1)) { try hypernetwork.validate(sourceIDs: [5, 1]) }
        try hypernetwork.validate(sourceIDs: [321])
        try hypernetwork.validate(sourceIDs: [1])
    }

    /// Tied and untied bases: an input and an output matrix give what the two side by side give.
    @Test func twoMatricesEqualTheirConcatenation() throws {
        let folder = golden("zett-untied-two-heads")
        let configuration = try ZeTTHypernetwork.readConfiguration(folder: folder)
        let goldenCase = try GoldenCase(path: folder + "/case.safetensors", configuration: configuration)
        let joined = try #require(goldenCase.sourceEmbeddings)
        let elements = try joined.floats()
        let width = configuration.embeddingSize
        var halves: [MappedTensor] = []
        for column in [0, width] {
            let starts = (0..<joined.rowCount).map { row in row * 2 * width + column }
            let half = starts.flatMap { start in elements[start..<start + width] }
            halves.append(try matrix(rows: joined.rowCount, columns: width, elements: half))
        }
        var workspace = ZeTTWorkspace(configuration)
        let fromJoined = try ZeTTHypernetwork(folder: folder, base: [joined])
        let fromHalves = try ZeTTHypernetwork(folder: folder, base: halves)
        let joinedRows = fromJoined.generate(goldenCase.tokens[...], workspace: &workspace)
        let halvesRows = fromHalves.generate(goldenCase.tokens[...], workspace: &workspace)
        for token in goldenCase.tokens.indices { #expect(joinedRows.bits(token) == halvesRows.bits(token)) }
    }

    private func matrix(rows: Int, columns: Int, elements: [Float]? = nil) throws -> MappedTensor {
        var writer = SafetensorsWriter()
        writer.add("base", shape: [rows, columns], elements: elements ?? [Float](repeating: 0, count: rows * columns))
        let path = scratch.newPath()
        try Data(writer.encoded()).write(to: URL(fileURLWithPath: path))
        return try #require(try SafetensorsFile(path: path)["base"])
    }
}
