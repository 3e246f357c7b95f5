import Foundation
import Hypernetworks
import Tensors
import Testing

@testable import Generation

/// What a model is loaded with beside its base, and what is refused.
@Suite struct ModelPartsTests {
    private let scratch: Scratch
    private let base: String

    init() throws {
        scratch = try Scratch()
        base = try DefaultModel.folder() + "/base"
    }

    private func write(_ text: String, _ name: String) throws -> String {
        let path = scratch.path + "/" + name
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test func methodsAreThoseThatThereIsSomethingFor() throws {
        let free: [Generation.Method] = [.mean, .weighted, .merge, .normal, .multivariate, .script, .description, .explicit]
        #expect(try sharedBase.get().methods == free)
        #expect(try sharedModel.get().methods == [.hypernetwork] + free)
        #expect(try ModelWithParts.shared.get().methods == free + [.wordVectors, .omp, .interpolation])
        for method in [Generation.Method.wordVectors, .omp, .interpolation, .hypernetwork] {
            let planner = RowPlanner(try sharedBase.get(), MethodChoice(method))
            #expect(throws: RowPlanError.self) { try planner.plan(NewToken(.sourceIDs([1_996]))) }
            #expect(method.modelNeeds != nil)
        }
    }

    @Test func everyFileCountsInTheDigest() throws {
        let plain = try ModelFiles(ModelPaths(base: base))
        let one = try ModelFiles(ModelWithParts.paths(scratch))
        let two = try ModelFiles(ModelWithParts.paths(scratch, translates: true))
        let names = ["word_vectors", "token_vectors", "donor/tokenizer.json", "donor/wte.weight"]
        #expect(one.parts.map(\.name) == plain.parts.map(\.name) + names)
        let translating = ["word_vectors", "source_word_vectors", "dictionary"] + names.dropFirst()
        #expect(two.parts.map(\.name) == plain.parts.map(\.name) + translating)
        #expect(Set([plain, one, two].map { $0.digest(weightFormat: .float32) }).count == 3)
        #expect(try ModelWithParts.shared.get().mappedBytes > sharedBase.get().mappedBytes + 30_522 * 50 * 4)
    }

    @Test func partsThatNeedOthers() throws {
        var paths = try ModelWithParts.paths(scratch, translates: true)
        func refusal(_ change: (inout ModelPaths) -> Void) -> ModelLoadError? {
            var changed = paths
            change(&changed)
            return #expect(throws: ModelLoadError.self) { try ModelFiles(changed) }
        }
        #expect(refusal { $0.parts.dictionary = nil } == .missingPart("dictionary", neededFor: "source_word_vectors"))
        #expect(refusal { $0.parts.sourceWordVectors = nil } == .missingPart("source_word_vectors", neededFor: "dictionary"))
        #expect(refusal { $0.parts.tokenVectors = nil } == .missingPart("token_vectors", neededFor: "dictionary"))
        paths = try ModelWithParts.paths(scratch)
        #expect(refusal { $0.parts.wordVectors = nil } == .missingPart("word_vectors", neededFor: "token_vectors"))
        #expect("\(ModelLoadError.missingPart("word_vectors", neededFor: "token_vectors"))" == "token_vectors needs word_vectors")
    }

    @Test func filesThatDoNotFit() throws {
        // Vectors of tokens that are made of other words.
        var paths = try ModelWithParts.paths(scratch)
        paths.parts.wordVectors = fixtureFile("mixtures/second.vec")
        #expect(throws: TokenVectorsError.self) { try ModelFiles(paths) }

        // Another width than the other language's.
        paths = try ModelWithParts.paths(scratch, translates: true)
        paths.parts.wordVectors = try write("1 2\nwort 1 2\n", "narrow.vec")
        let narrow = #expect(throws: ModelLoadError.self) { try ModelFiles(paths) }
        #expect("\(try #require(narrow))".contains("vectors of 50 numbers cannot be aligned with word_vectors, which have 2"))

        // No pair of the dictionary in both tables.
        paths = try ModelWithParts.paths(scratch, translates: true)
        paths.parts.dictionary = try write("the\tnowhere\n", "dictionary.txt")
        let unpaired = #expect(throws: ModelLoadError.self) { try EmbeddingModel(name: "x", paths: paths) }
        #expect(unpaired == .unusable(
            file: try #require(paths.parts.dictionary), reason: "no word of the dictionary has vectors in both languages"))
        paths.parts.dictionary = try write("the\teht\nno pair\n", "dictionary.txt")
        #expect(throws: TranslationDictionaryError.noPair(file: try #require(paths.parts.dictionary), line: 2)) { try ModelFiles(paths) }

        // Nothing to mix: the vectors of all tokens are zeros.
        paths = try ModelWithParts.paths(scratch)
        let zeros = try #require(paths.parts.tokenVectors)
        try zeroTokenVectors(zeros)
        let unusable = #expect(throws: ModelLoadError.self) { try EmbeddingModel(name: "x", paths: paths) }
        #expect("\(try #require(unusable))" == "\(zeros): \"token_vectors\" has no usable vector: all are zero, not finite or masked")
    }

    /// Keeps the header, which says what they are made of.
    private func zeroTokenVectors(_ path: String) throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let zeros = 30_522 * 50 * 4
        try Data(bytes.dropLast(zeros) + [UInt8](repeating: 0, count: zeros)).write(to: URL(fileURLWithPath: path))
    }

    @Test func donorsThatDoNotFit() throws {
        var paths = ModelPaths(base: base)
        paths.parts.donor = scratch.path + "/nowhere"
        #expect(throws: ModelLoadError.noFolder(scratch.path + "/nowhere", .base, exists: false)) { try ModelFiles(paths) }

        // One that has no token that the base has.
        let folder = scratch.path + "/donor"
        try FileManager.default.copyItem(atPath: fixtureFile("mixtures/donor"), toPath: folder)
        paths.parts.donor = folder
        let tokenizer = """
            {"added_tokens": [], "normalizer": null, "post_processor": null, "decoder": {"type": "ByteLevel"},
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
             "model": {"type": "BPE", "vocab": {"Zyx": 0}, "merges": []}}
            """
        try tokenizer.write(toFile: folder + "/tokenizer.json", atomically: true, encoding: .utf8)
        let error = #expect(throws: ModelLoadError.self) { try EmbeddingModel(name: "x", paths: paths) }
        #expect(error == .unusable(
            file: folder + "/model.safetensors", reason: "no row of donor table \"wte.weight\" is shared with the base and usable"))
    }
}
