import Foundation
import Hypernetworks
import Testing

@Suite struct TranslationDictionaryTests {
    private let scratch: Scratch
    private let path: String

    init() throws {
        scratch = try Scratch()
        path = scratch.newPath()
    }

    private func read(_ bytes: [UInt8]) throws -> [String] {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return try TranslationDictionary(path: path).pairs.map { "\($0.source)=\($0.target)" }
    }

    @Test func readsPairs() throws {
        #expect(try read(Array("# a comment\nhouse\tHaus\n\nice cream\tEis\r\n\u{fc}\t\u{301}x".utf8)) == [
            "house=Haus", "ice cream=Eis", "\u{fc}=\u{301}x",
        ])
        #expect(try read([]).isEmpty)
    }

    @Test(arguments: [("a b\n", 1), ("a\tb\n\n#\nc\td\te\n", 4), ("a\tb\n\tc", 2), ("a\t\n", 1), (" \n", 1)])
    func refusesLinesThatAreNoPairs(text: String, line: Int) {
        #expect(throws: TranslationDictionaryError.noPair(file: path, line: line)) { try read(Array(text.utf8)) }
    }

    @Test func refusesWhatIsNoText() {
        #expect(throws: TranslationDictionaryError.notUTF8(file: path, line: 2)) { try read(Array("a\tb\nc\t".utf8) + [0xFF, 0x0A]) }
        #expect(throws: TranslationDictionaryError.self) { try TranslationDictionary(path: path + "-nowhere") }
        #expect("\(TranslationDictionaryError.noPair(file: "d.txt", line: 3))" == "d.txt:3: a line has two words with a tab between them")
    }
}
