import Foundation
import JSON
import Tensors
import Testing

@testable import Generation

@Suite struct ModelFolderWriterTests {
    private let scratch: Scratch
    private let out: String

    init() throws {
        scratch = try Scratch()
        out = scratch.path + "/out"
    }

    private static let bertVocabulary: Set = [
        "bert.embeddings.word_embeddings.weight", "cls.predictions.decoder.weight", "cls.predictions.bias", "cls.predictions.decoder.bias",
    ]

    /// The rows of the rounding fixture, and what PyTorch rounds them to.
    private func roundingRows() throws -> (rows: [[Float]], file: SafetensorsFile) {
        let file = try SafetensorsFile(path: fixture("rounding.safetensors"))
        let numbers = try #require(file["rows"]).floats()
        return (stride(from: 0, to: numbers.count, by: 4).map { Array(numbers[$0..<$0 + 4]) }, file)
    }

    private func appendFour(to folder: ModelFolder, multiple: Int = 1, output: [[Float]]? = nil) throws -> [String] {
        let words = try AddedWords([" blockchain", " ledger", "mint", " w\u{FC}rfel"], for: folder)
        let writer = try ModelFolderWriter(folder, vocabulary: .appending(words), padToMultipleOf: multiple, to: out)
        try writer.append(baseRows: 0..<words.firstID)
        try writer.append(input: rowStorage(roundingRows().rows), output: output.map(rowStorage), bias: nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).contains { $0.hasPrefix(".out.draft-") })
        return try writer.finish()
    }

    // MARK: Appending

    @Test func appendsRowsAndKeepsEveryOtherTensor() throws {
        let base = try ModelFolder(path: fixture("bert"))
        let remarks = try appendFour(to: base, multiple: 8)
        let new = try ModelFolder(path: out)
        let half = try #require(roundingRows().file["half"]).bytes
        let old = try #require(base.checkpoint.files.first)
        let file = try #require(new.checkpoint.files.first)
        #expect(file.metadata == old.metadata && file.tensors.map(\.key) == old.tensors.map(\.key))
        for tensor in old.tensors {
            let copy = try #require(file[tensor.key])
            #expect(copy.type == tensor.type)
            guard Self.bertVocabulary.contains(tensor.key) else {
                #expect(try copy.shape == tensor.shape && copy.bytes == tensor.bytes, "\(tensor.key)")
                continue
            }
            #expect(copy.shape == [16] + tensor.shape.dropFirst())
            #expect(try copy.bytes(rows: 0..<10) == tensor.bytes)
            if tensor.shape.count == 2 { #expect(try copy.bytes(rows: 10..<14) == half) }
            // What nobody has predicted and what stands for no token: the mean, to float16's precision.
            let numbers = try tensor.floats()
            let padding = try copy.floats().suffix(tensor.rowWidth)
            for (column, value) in padding.enumerated() {
                let own = stride(from: column, to: numbers.count, by: tensor.rowWidth).map { Double(numbers[$0]) }
                #expect(abs(Double(value) - own.reduce(0, +) / 10) < 1e-3)
            }
        }
        #expect(remarks.contains { $0.contains("cls.predictions.bias") })
        #expect(remarks.contains { $0.contains("left out") && $0.contains("pytorch_model.bin") })
        #expect(!FileManager.default.fileExists(atPath: out + "/pytorch_model.bin"))
        #expect(scratch.names == ["out"])
    }

    @Test func changesOneNumberOfTheConfiguration() throws {
        _ = try appendFour(to: ModelFolder(path: fixture("bert")))
        let old = try text(fixture("bert/config.json"))
        #expect(try text(out + "/config.json") == old.replacing("\"vocab_size\": 10", with: "\"vocab_size\": 14"))
        #expect(try text(out + "/vocab.txt") == text(fixture("bert/vocab.txt")))
    }

    @Test func writesTheWordsToEveryTokenizerFile() throws {
        let folder = try scratch.copy("bert")
        try #"{"[PAD]": 0}"#.write(toFile: folder + "/added_tokens.json", atomically: true, encoding: .utf8)
        _ = try appendFour(to: ModelFolder(path: folder))
        let added = Array(try #require(json(out + "/tokenizer.json")["added_tokens"]).elements.dropFirst(5))
        #expect(added.map { $0["id"]?.integer } == [10, 11, 12, 13])
        #expect(added.map { $0["content"]?.string } == ["blockchain", "ledger", "mint", "würfel"])
        #expect(added.map { $0["single_word"]?.boolean } == [true, true, false, true])
        #expect(added.allSatisfy { $0["special"]?.boolean == false && $0["normalized"]?.boolean == true })
        let decoder = try #require(json(out + "/tokenizer_config.json")["added_tokens_decoder"])
        #expect(decoder.members.map { $0.key.string } == (0...4).map(String.init) + ["10", "11", "12", "13"])
        #expect(decoder["12"]?["content"]?.string == "mint")
        #expect(try json(out + "/added_tokens.json")["würfel"]?.integer == 13)
        // The files begin as they did.
        #expect(try text(out + "/tokenizer.json").hasPrefix(text(folder + "/tokenizer.json").prefix(300)))
    }

    /// The base's padding is taken for the new tokens, in both matrices; shards and their index stay what they are.
    @Test func rewritesShards() throws {
        let base = try ModelFolder(path: fixture("llama"))
        let rows = try roundingRows()
        _ = try appendFour(to: base, output: rows.rows.reversed())
        let new = try ModelFolder(path: out)
        #expect(new.matrices.rows == 266 && new.checkpoint.files.count == 2)
        let brain = try #require(rows.file["brain"])
        for tensor in base.checkpoint.files.flatMap(\.tensors) {
            let copy = try #require(new.checkpoint[tensor.key])
            #expect((copy.path as NSString).lastPathComponent == (tensor.path as NSString).lastPathComponent)
            guard ["lm_head.weight", "model.embed_tokens.weight"].contains(tensor.key) else {
                #expect(try copy.shape == tensor.shape && copy.bytes == tensor.bytes)
                continue
            }
            #expect(try copy.bytes(rows: 0..<260) == tensor.bytes(rows: 0..<260))
            #expect(try copy.bytes(rows: 264..<266) == tensor.bytes(rows: 264..<266))
        }
        #expect(try new.matrices.input.bytes(rows: 260..<264) == brain.bytes)
        #expect(try new.matrices.output?.bytes(rows: 260..<261) == brain.bytes(rows: 3..<4))
        for name in ["model.safetensors.index.json", "config.json", "generation_config.json"] {
            #expect(try text(out + "/" + name) == text(fixture("llama/" + name)))
        }
    }

    @Test func countsTheGrowthInTheIndex() throws {
        let base = try ModelFolder(path: fixture("llama"))
        let rows = try roundingRows().rows
        _ = try appendFour(to: base, multiple: 32, output: rows)
        let metadata = try #require(json(out + "/model.safetensors.index.json")["metadata"])
        #expect(metadata["total_size"]?.integer == 4504 + 2 * 22 * 4 * 2)
        #expect(metadata["total_parameters"]?.integer == 2252 + 2 * 22 * 4)
        #expect(try json(out + "/config.json")["vocab_size"]?.integer == 288)
        let sizes = try ModelFolder(path: out).checkpoint.files.flatMap(\.tensors).reduce(0) { $0 + $1.byteRange.count }
        #expect(sizes == metadata["total_size"]?.integer)
    }

    // MARK: Replacing

    @Test func takesAnotherTokenizer() throws {
        let base = try ModelFolder(path: fixture("bert"))
        let tokenizer = scratch.path + "/new.json"
        let text = try text(fixture("bert/tokenizer.json"))
        // Other ids for the special tokens, another mask, no separator.
        let vocabulary = #"{"the": 0, "[UNK]": 1, "<mask>": 2, "[CLS]": 3, "[PAD]": 4, "ledger": 5}"#
        let model = #""model": {"type": "WordPiece", "unk_token": "[UNK]", "vocab": \#(vocabulary)}"#
        let head = text[..<(try #require(text.range(of: #""added_tokens""#)).lowerBound)]
        try (head + #""normalizer": null, "decoder": {"type": "WordPiece"}, "# + model + "}").write(
            toFile: tokenizer, atomically: true, encoding: .utf8)
        let writer = try ModelFolderWriter(base, vocabulary: .replacing(tokenizer: tokenizer), to: out)
        #expect(writer.rows == 6)
        try writer.append(baseRows: 8..<9)
        try writer.append(baseRows: 1..<2)
        try writer.append(input: rowStorage(roundingRows().rows), output: nil, bias: rowStorage([[1], [2], [3], [4]]))
        let remarks = try writer.finish()
        let new = try ModelFolder(path: out)
        #expect(new.matrices.rows == 6)
        #expect(try new.matrices.input.bytes(rows: 0..<1) == base.matrices.input.bytes(rows: 8..<9))
        #expect(try new.matrices.input.bytes(rows: 2..<6) == #require(roundingRows().file["half"]).bytes)
        #expect(try #require(new.checkpoint["cls.predictions.bias"]).floats().suffix(4) == [1, 2, 3, 4])
        let configuration = try json(out + "/config.json")
        #expect(configuration["vocab_size"]?.integer == 6 && configuration["pad_token_id"]?.integer == 4)
        let written = try json(out + "/tokenizer_config.json")
        #expect(written["mask_token"]?.string == "<mask>" && written["cls_token"]?.string == "[CLS]" && written["sep_token"] == nil)
        #expect(written["tokenizer_class"]?.string == "PreTrainedTokenizerFast")
        #expect(remarks.contains { $0.contains("sep_token") } && remarks.contains { $0.contains("vocab.txt") })
        #expect(!FileManager.default.fileExists(atPath: out + "/vocab.txt"))
    }

    @Test func mapsSpecialTokensByRole() throws {
        let base = try ModelFolder(path: fixture("llama"))
        let writer = try ModelFolderWriter(base, vocabulary: .replacing(tokenizer: fixture("bert")), to: out)
        let row: [[Float]] = Array(repeating: [0, 1, 2, 3], count: 10)
        try writer.append(input: rowStorage(row), output: rowStorage(row), bias: nil)
        let remarks = try writer.finish()
        let configuration = try json(out + "/config.json")
        // BERT's tokenizer knows neither: an id of the old vocabulary would be some other token.
        #expect(configuration["bos_token_id"]?.isNull == true && configuration["pad_token_id"]?.isNull == true)
        #expect(try json(out + "/generation_config.json")["eos_token_id"]?.isNull == true)
        #expect(remarks.contains { $0.contains("config.json: /bos_token_id was 258") })
        #expect(try text(out + "/tokenizer_config.json") == text(fixture("bert/tokenizer_config.json")))
    }

    // MARK: What goes wrong

    @Test func namesTheRowThatDoesNotFitItsType() throws {
        let base = try ModelFolder(path: fixture("bert"))
        let words = try AddedWords([" blockchain", " ledger"], for: base)
        for value in [65520, -Float.infinity, .nan] {
            let writer = try ModelFolderWriter(base, vocabulary: .appending(words), to: out)
            try writer.append(baseRows: 0..<10)
            #expect {
                try writer.append(input: rowStorage([[1, 2, 3, 65519], [1, 2, value, 4]]), output: nil, bias: nil)
            } throws: { error in
                guard case .notFinite(let key, _, row: 11, type: .float16) = error as? TensorFileError else { return false }
                return Self.bertVocabulary.contains(key)
            }
        }
        #expect(scratch.names == [])
    }

    @Test func refusesRowsOfAnotherNumberOrWidth() throws {
        let base = try ModelFolder(path: fixture("llama"))
        let words = try AddedWords([" blockchain"], for: base)
        let writer = try ModelFolderWriter(base, vocabulary: .appending(words), to: out)
        #expect(throws: ModelFolderError.wrongRowCount(expected: 261, written: 0)) { _ = try writer.finish() }
        try writer.append(baseRows: 0..<260)
        #expect(throws: ModelFolderError.wrongRowCount(expected: 261, written: 262)) { try writer.append(baseRows: 0..<2) }
        let row = rowStorage([[1, 2, 3, 4]])
        #expect(throws: ModelFolderError.noOutputRows(key: "lm_head.weight")) {
            try writer.append(input: row, output: nil, bias: nil)
        }
        #expect(throws: ModelFolderError.self) { try writer.append(input: rowStorage([[1]]), output: row, bias: nil) }
        #expect(throws: ModelFolderError.tooManyRows(.max)) {
            _ = try ModelFolderWriter(base, vocabulary: .appending(words), padToMultipleOf: .max, to: out)
        }
    }

    @Test func writesOverNothing() throws {
        let base = try ModelFolder(path: fixture("bert"))
        try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: false)
        _ = try appendFour(to: base)
        #expect(try ModelFolder(path: out).matrices.rows == 14)
        let before = try text(out + "/config.json")
        let words = try AddedWords([" blockchain"], for: base)
        for path in [out, out + "/", out + "/config.json"] {
            #expect(throws: ModelFolderError.outputExists(path)) {
                _ = try ModelFolderWriter(base, vocabulary: .appending(words), to: path)
            }
        }
        #expect(throws: ModelFolderError.self) {
            _ = try ModelFolderWriter(base, vocabulary: .appending(words), to: scratch.path + "/absent/out")
        }
        #expect(try text(out + "/config.json") == before && scratch.names == ["out"])
    }

    @Test func followsLinks() throws {
        let folder = scratch.path + "/cache"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        for name in try FileManager.default.contentsOfDirectory(atPath: fixture("bert")) {
            try FileManager.default.createSymbolicLink(atPath: folder + "/" + name, withDestinationPath: fixture("bert") + "/" + name)
        }
        _ = try appendFour(to: ModelFolder(path: folder))
        let type = try FileManager.default.attributesOfItem(atPath: out + "/vocab.txt")[.type] as? FileAttributeType
        #expect(type == .typeRegular)
    }
}
